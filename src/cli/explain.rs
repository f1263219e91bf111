//! `signoff explain`: where a figure of a report comes from, and what a code, rule or format means.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};
use serde_json::{Map, Value, json};

use super::baseline;
use super::figures;
use super::report::manifest_for;
use super::terminal::{BOLD, width, wrapped};
use crate::diagnostics::{CODES, nearest};
use crate::formats;
use crate::gate::{RULES, rules};
use crate::ingest::MAX_SIZE;
use crate::model::Pointer;
use crate::safety::redact::{Counts, Redactor};
use crate::safety::terminal::line;
use crate::safety::visible;
use crate::source::{Diags, discover, resolve};

/// Bytes of one artifact that are searched for a node.
const MAX_SEARCHED: u64 = 1024 * 1024 * 1024;
/// Characters of a node that are shown.
const MAX_SHOWN: usize = 4_000;
/// Lines that are shown around a node.
const CONTEXT: u64 = 2;
/// Characters of a line that are shown around a node.
const MAX_LINE: usize = 160;
/// Claims that are listed.
const MAX_CLAIMS: usize = 20;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A diagnostic code, a check or rule, a format, a place as the report prints it (`A7 /tests/10`, `A1 line 4`), a
    /// decision by its name, or a figure such as `verdict`, `tests.passed`, `findings.high`, `run.p95`
    #[arg(required = true, value_name = "REF", num_args = 1..)]
    reference: Vec<String>,
    /// The report that the place stands in, or the folder that holds it
    #[arg(long, value_name = "REPORT.json", default_value = "signoff-report/report.json")]
    report: PathBuf,
    /// The artifacts that the report was made of, to show the place itself
    #[arg(long, value_name = "PATH", num_args = 1..)]
    artifacts: Vec<PathBuf>,
    /// The manifest, for what it says to mask in what is shown [default: found as by `report`]
    #[arg(long, value_name = "FILE")]
    manifest: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let reference = args.reference.join(" ");
    let explained = explain(&reference, args)?;
    if args.json {
        serde_json::to_writer_pretty(&mut *out, &explained)?;
        writeln!(out)?;
    } else {
        as_text(&explained, out)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn explain(reference: &str, args: &Args) -> anyhow::Result<Value> {
    if let Some(code) = CODES.iter().find(|code| code.id == reference) {
        return Ok(json!({
            "kind": "diagnostic", "id": code.id, "level": code.level.word(), "meaning": code.meaning, "help": code.help,
        }));
    }
    if let Some(format) = formats::by_id(reference) {
        return Ok(json!({
            "kind": "format", "id": format.id, "tool": format.tool, "title": format.title,
            "evidence": format.kinds.iter().map(|kind| kind.word()).collect::<Vec<_>>(), "produce": format.produce,
            "about": formats::about(format.id),
        }));
    }
    let (id, pointer) = reference.split_once(' ').unwrap_or((reference, ""));
    if id.strip_prefix('A').is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit())) {
        return place(id, pointer.trim(), args);
    }
    if figures::is_figure(reference) {
        let mut figure = figures::explain(reference, &read_report(args)?).unwrap_or_default();
        figure["in"] = json!(args.report.display().to_string());
        return Ok(figure);
    }
    if let Some(check) = check_of_report(reference, args) {
        return Ok(check);
    }
    if let Some(rule) = rules::by_id(reference) {
        return Ok(json!({"kind": "rule", "id": rule.id, "title": rule.title, "how": rule.how}));
    }
    if let Some(decision) = decision_of_report(reference, args) {
        return Ok(decision);
    }
    let names: Vec<String> = figures::names().collect();
    let known = CODES.iter().map(|code| code.id).chain(RULES.iter().map(|rule| rule.id));
    let known = known.chain(formats::formats().map(|format| format.id)).chain(names.iter().map(String::as_str));
    match nearest(reference, known) {
        Some(near) => bail!("nothing is called `{reference}`: did you mean `{near}`?"),
        None => bail!(
            "nothing is called `{reference}`: give a diagnostic code, a rule, a format, a figure such as `tests.passed`, \
             or a place such as `A1 line 4`"
        ),
    }
}

fn read_report(args: &Args) -> anyhow::Result<Value> {
    let file = baseline::file(&args.report);
    let path = file.display();
    let text = fs::read(&file).with_context(|| format!("{path} cannot be read (--report names another)"))?;
    serde_json::from_slice(&text).with_context(|| format!("{path} is no report"))
}

/// A check as the report has it, with the rule behind it. A missing report only leaves the rule.
fn check_of_report(id: &str, args: &Args) -> Option<Value> {
    let report = read_report(args).ok()?;
    let check = report["checks"].as_array()?.iter().find(|check| check["id"] == id)?;
    let rule = check["rule"].as_str().and_then(rules::by_id)?;
    let place = |source: &Value| {
        let (artifact, pointer) = (source["artifact"].as_str()?, source["pointer"].as_str()?);
        Some(format!("{artifact} {pointer}").trim_end().to_owned())
    };
    let with_place = |reason: &Value| {
        let text = reason["text"].as_str().unwrap_or_default();
        place(&reason["source"]).map_or_else(|| text.to_owned(), |place| format!("{text} ({place})"))
    };
    let reasons = check["reasons"].as_array().into_iter().flatten();
    Some(json!({
        "kind": "check", "id": id, "title": check["title"], "verdict": check["verdict"],
        "expected": check["expected"], "observed": check["observed"], "margin": margin(&check["margin"]), "rule": rule.id, "how": rule.how,
        "reasons": reasons.map(with_place).collect::<Vec<_>>(),
        "sources": check["sources"].as_array().into_iter().flatten().filter_map(place).collect::<Vec<_>>(),
        "in": args.report.display().to_string(),
    }))
}

/// How far a value is from its limit, and how that share is computed.
fn margin(margin: &Value) -> Value {
    let Some(absolute) = margin["absolute"].as_str() else { return Value::Null };
    match margin["permille_of_limit"].as_i64() {
        Some(permille) => {
            json!(format!("{absolute}, {permille} thousandths of the limit (limit less value, by limit)"))
        }
        None => json!(absolute),
    }
}

/// A decision as the report has it: the checks that it is made of decide it, the worst first.
fn decision_of_report(name: &str, args: &Args) -> Option<Value> {
    let report = read_report(args).ok()?;
    let decision = report["decisions"].as_array()?.iter().find(|decision| decision["name"] == name)?;
    let reasons = decision["reasons"].as_array().into_iter().flatten();
    let text = |reason: &Value| {
        let part = |key: &str| reason[key].as_str().unwrap_or_default();
        format!("{}: {}", part("check"), part("text"))
    };
    Some(json!({
        "kind": "decision", "id": name, "verdict": decision["verdict"], "gating": decision["gating"],
        "statement": decision["statement"], "how": "the worst verdict of the checks that it names",
        "reasons": reasons.map(text).collect::<Vec<_>>(), "in": args.report.display().to_string(),
    }))
}

fn place(id: &str, pointer: &str, args: &Args) -> anyhow::Result<Value> {
    let report = read_report(args)?;
    let artifacts = report["artifacts"].as_array().map(Vec::as_slice).unwrap_or_default();
    let Some(artifact) = artifacts.iter().find(|artifact| artifact["id"] == id) else {
        bail!("{} has no artifact {id}: it has A1 to A{}", args.report.display(), artifacts.len());
    };
    let parsed: Pointer = pointer.parse().with_context(|| format!("`{pointer}` is no place in a file"))?;
    let mut claims = Vec::new();
    find_claims(&report, "", None, (id, pointer), &mut claims);
    let mut all = json!({
        "kind": "place", "id": id, "pointer": pointer, "path": artifact["path"], "format": artifact["format"], "mapping": artifact["mapping"],
        "sha256": artifact["sha256"], "bytes": artifact["bytes"], "claims": claims,
    });
    if args.artifacts.is_empty() {
        all["file"] = json!("not looked at: name the artifacts with --artifacts");
        return Ok(all);
    }
    let path = artifact["path"].as_str().unwrap_or_default();
    let digest = artifact["sha256"].as_str();
    // What came in a bundle lies elsewhere under the name that it had there.
    let bundled = artifact["bundled_path"].as_str();
    if let Some(bundle) = artifact["bundle"].as_str() {
        all["bundle"] = json!(bundle);
        all["bundled_path"] = json!(bundled);
    }
    let found = find(&args.artifacts, path, digest);
    let found = found
        .or_else(|| find(&args.artifacts, bundled?, digest))
        .filter(|content| bundled.is_none() || digest == Some(&content.sha256));
    let Some(content) = found else {
        if let (Some(bundle), Some(bundled)) = (artifact["bundle"].as_str(), bundled) {
            let path = artifacts.iter().find(|artifact| artifact["id"] == bundle).and_then(|a| a["path"].as_str());
            let path = path.unwrap_or(bundle);
            all["file"] = json!(format!(
                "came in the bundle {bundle} ({path}), which does not hold the file itself: name `{bundled}` with --artifacts"
            ));
            return Ok(all);
        }
        bail!("{id} ({path}) is not among the artifacts given");
    };
    all["file"] = json!(if digest == Some(&content.sha256) { "unchanged" } else { "CHANGED since the report" });
    let (loaded, _) = manifest_for(&args.artifacts, args.manifest.as_deref())?;
    let redactor = loaded.redactor.as_deref().unwrap_or_else(|| Redactor::standard());
    let given = redactor.redact(&content.given, &mut Counts::default());
    all["found"] = json!({"path": given, "sha256": content.sha256});
    match resolve(&content.text, &parsed) {
        None => all["node"] = Value::Null,
        Some(node) => {
            let text = safe(redactor, &node.text(&content.text));
            let end = node.place.line + text.matches('\n').map(|_| 1).sum::<u64>();
            all["line"] = node.place.line.into();
            all["column"] = node.place.column.into();
            all["node"] = visible::cut(&text, MAX_SHOWN).into();
            let whole = String::from_utf8_lossy(&content.text);
            all["context"] = around(redactor, &whole, node.place.line, end);
        }
    }
    Ok(all)
}

/// Lines around a node, with their numbers; none where lines are too long to be of help.
fn around(redactor: &Redactor, text: &str, first: u64, last: u64) -> Value {
    let (from, to) = (first.saturating_sub(CONTEXT).max(1), last + CONTEXT);
    let lines = (1_u64..).zip(text.lines()).skip_while(|(number, _)| *number < from);
    let lines: Vec<(u64, &str)> = lines.take_while(|(number, _)| *number <= to).collect();
    if lines.len() > 40 || lines.iter().any(|(_, line)| line.chars().nth(MAX_LINE).is_some()) {
        return Value::Null;
    }
    // Secrets over several lines are only seen in one piece; then the numbers are lost with them.
    let block = safe(redactor, &lines.iter().map(|(_, line)| *line).collect::<Vec<_>>().join("\n"));
    let shown: Vec<&str> = block.split('\n').collect();
    if shown.len() != lines.len() {
        return Value::Null;
    }
    lines.iter().zip(shown).map(|((number, _), text)| json!({"line": number, "text": text})).collect()
}

/// Text of an artifact without secrets, in which everything is visible.
fn safe(redactor: &Redactor, text: &str) -> String {
    let redacted = redactor.redact(text, &mut Counts::default()).into_owned();
    visible::block(&redacted).into_owned()
}

/// An artifact that was found again.
struct Content {
    given: String,
    sha256: String,
    text: Vec<u8>,
}

/// The artifact of this name, or one of the same content under another name.
fn find(paths: &[PathBuf], wanted: &str, digest: Option<&str>) -> Option<Content> {
    let all = discover(paths, &|_| false);
    let mut by_name = None;
    let mut by_digest = None;
    for found in &all {
        let _ = found.open(MAX_SIZE, &|_| {}, &mut |name, mut input| {
            let is_wanted = name == wanted || wanted.ends_with(&format!("/{name}"));
            if by_name.is_some() && !is_wanted {
                return;
            }
            let given = found.given.clone() + name.strip_prefix(found.name.as_str()).unwrap_or_default();
            let mut text = Vec::new();
            if input.normalise_encoding(&Diags::default()).is_ok() && input.read_ahead(MAX_SEARCHED).is_ok() {
                text = input.head().to_vec();
            }
            let Ok(Some(sealed)) = input.seal(MAX_SIZE) else { return };
            let content = Content { given, text, sha256: sealed.sha256 };
            if is_wanted {
                by_name = Some(content);
            } else if Some(content.sha256.as_str()) == digest {
                by_digest = Some(content);
            }
        });
    }
    by_name.or(by_digest)
}

/// What a report says with this place as its source.
fn find_claims(value: &Value, key: &str, artifact: Option<&str>, wanted: (&str, &str), claims: &mut Vec<Value>) {
    match value {
        Value::Array(items) => {
            items.iter().for_each(|item| find_claims(item, key, artifact, wanted, claims));
        }
        Value::Object(members) => {
            let source = &value["source"];
            let artifact = source["artifact"].as_str().or(artifact);
            let pointer = source["pointer"].as_str().or_else(|| members.get("pointer")?.as_str());
            let is_wanted = |s: &Value| s["artifact"] == wanted.0 && s["pointer"] == wanted.1;
            let list = |key| members.get(key).and_then(Value::as_array).into_iter().flatten();
            let is_cited = list("sources").any(is_wanted) || list("reasons").any(|reason| is_wanted(&reason["source"]));
            if (artifact, pointer) == (Some(wanted.0), Some(wanted.1)) && key != "source" || is_cited {
                claims.push(claim(key, members));
            }
            for (key, value) in members.iter().filter(|(key, _)| !matches!(key.as_str(), "source" | "sources")) {
                find_claims(value, key, artifact, wanted, claims);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// What it is, how it is called, and what is said of it.
fn claim(list: &str, members: &Map<String, Value>) -> Value {
    const SHOWN: &[&str] = &[
        "id",
        "name",
        "title",
        "rule",
        "metric",
        "code",
        "text",
        "outcome",
        "severity",
        "health",
        "verdict",
        "observed",
        "expression",
        "holds",
        "succeeds",
        "message",
        "status",
    ];
    let mut all = Map::new();
    all.insert("in".to_owned(), list.into());
    for key in SHOWN {
        if let Some(value) = members.get(*key).filter(|value| !value.is_null() && !value.is_object()) {
            all.insert((*key).to_owned(), value.clone());
        }
    }
    Value::Object(all)
}

fn as_text(explained: &Value, out: &mut dyn Write) -> std::io::Result<()> {
    let text = |key: &str| explained[key].as_str().unwrap_or_default();
    let kind = text("kind");
    writeln!(out, "{BOLD}{}{BOLD:#}  {kind}", line(format!("{} {}", text("id"), text("pointer")).trim_end()))?;
    if kind == "place" {
        return place_as_text(explained, out);
    }
    for (key, value) in
        explained.as_object().into_iter().flatten().filter(|(key, _)| !matches!(key.as_str(), "kind" | "id"))
    {
        match value {
            Value::Array(items) if items.is_empty() => {}
            Value::Array(items) => {
                writeln!(out, "  {key}:")?;
                for item in items.iter().take(MAX_CLAIMS) {
                    writeln!(out, "    {}", line(&in_line(item)))?;
                }
                if let Some(more) = items.len().checked_sub(MAX_CLAIMS).filter(|more| *more > 0) {
                    writeln!(out, "    and {more} more, with --json")?;
                }
            }
            Value::Null => {}
            Value::String(value) => wrapped(out, &format!("  {key}: "), &line(value), "", width())?,
            other => writeln!(out, "  {key}: {other}")?,
        }
    }
    Ok(())
}

/// A text, or a text with its place.
fn in_line(item: &Value) -> String {
    let part = |key: &str| item[key].as_str().unwrap_or_default();
    match (item.as_str(), part("artifact")) {
        (Some(text), _) => text.to_owned(),
        _ if !item.is_object() => item.to_string(),
        (None, "") => part("text").to_owned(),
        (None, artifact) => format!("{} ({})", part("text"), format!("{artifact} {}", part("pointer")).trim_end()),
    }
}

fn place_as_text(explained: &Value, out: &mut dyn Write) -> std::io::Result<()> {
    let text = |key: &str| explained[key].as_str().unwrap_or("unknown");
    let mapping = explained["mapping"].as_str().map(|mapping| format!(", by `{}` of the manifest", line(mapping)));
    let mapping = mapping.unwrap_or_default();
    writeln!(out, "  artifact: {} ({}{mapping})", line(text("path")), line(text("format")))?;
    writeln!(out, "  sha256: {}", line(text("sha256")))?;
    writeln!(out, "  file: {}", line(text("file")))?;
    let claims = explained["claims"].as_array().map(Vec::as_slice).unwrap_or_default();
    if !claims.is_empty() {
        writeln!(out, "  the report says:")?;
    }
    for claim in claims.iter().take(MAX_CLAIMS) {
        let parts = claim.as_object().into_iter().flatten().map(|(key, value)| match value {
            Value::String(value) => format!("{key} {value}"),
            other => format!("{key} {other}"),
        });
        let parts: Vec<String> = parts.collect();
        writeln!(out, "    {}", line(&visible::cut(&parts.join(", "), 300)))?;
    }
    if claims.len() > MAX_CLAIMS {
        writeln!(out, "    and {} more", claims.len() - MAX_CLAIMS)?;
    }
    let Some(at) = explained["line"].as_u64() else {
        if explained.get("node").is_some() {
            writeln!(out, "  the file has no such place")?;
        }
        return Ok(());
    };
    let found = explained["found"]["path"].as_str().unwrap_or_default();
    writeln!(out, "  --> {}:{at}:{}", line(found), explained["column"])?;
    let node = explained["node"].as_str().unwrap_or_default();
    let last = at + node.matches('\n').map(|_| 1).sum::<u64>();
    match explained["context"].as_array() {
        Some(lines) => {
            for shown in lines {
                let number = shown["line"].as_u64().unwrap_or(0);
                let mark = if (at..=last).contains(&number) { '>' } else { ' ' };
                writeln!(out, "  {mark} {number:5} | {}", safe_line(shown["text"].as_str().unwrap_or_default()))?;
            }
            Ok(())
        }
        None => node.lines().try_for_each(|text| writeln!(out, "  > {}", safe_line(text))),
    }
}

/// A line of a block: commands to a CI system are broken, and its indentation stays.
fn safe_line(text: &str) -> String {
    line(text).into_owned()
}
