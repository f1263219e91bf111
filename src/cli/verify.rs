//! `signoff verify`: re-hashes the artifacts and makes the report again: identical, or what differs.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use serde_json::Value;

use super::baseline;
use super::init::MANIFEST;
use super::progress::on_terminal;
use super::report::{manifest_for, require_paths};
use super::terminal::BOLD;
use crate::gate::baseline::Baseline;
use crate::ingest::Options;
use crate::manifest::Loaded;
use crate::model::digest::digest;
use crate::model::phrase::plural;
use crate::pipeline::{Request, Validation, validate};
use crate::report::made::{Made, templates_digest};
use crate::report::view::Subject;
use crate::report::{self, RENDERERS, RenderOptions, SUMS};
use crate::safety::redact::Redactor;
use crate::safety::terminal::line;

/// Characters of a differing line that are shown.
const MAX_EXCERPT: usize = 120;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The folder of the report; or a report.json alone, which is enough for the digests of the artifacts
    #[arg(value_name = "DIR|REPORT.json")]
    report: PathBuf,
    /// The artifacts that it was made of, as they were given to `report`
    #[arg(long, value_name = "PATH", num_args = 1..)]
    artifacts: Vec<PathBuf>,
    /// The manifest that it was made with [default: found as by `report`]
    #[arg(long, value_name = "FILE")]
    manifest: Option<PathBuf>,
    /// The earlier report that it was compared with
    #[arg(long, value_name = "REPORT.json")]
    baseline: Option<PathBuf>,
    /// The templates that it was made with
    #[arg(long, value_name = "DIR")]
    templates: Option<PathBuf>,
}

/// Where the report is.
struct Place {
    report: PathBuf,
    /// Its folder; `None` where `report.json` is all that there is.
    folder: Option<PathBuf>,
}

/// What was found out.
#[derive(Default)]
struct Findings {
    differs: Vec<String>,
    holds: Vec<String>,
    open: Vec<String>,
}

impl Findings {
    /// A file that is not there, once: the list of digests names it, and so does what is made again.
    fn missing(&mut self, name: &str) {
        let text = format!("{name} is missing");
        if !self.differs.contains(&text) {
            self.differs.push(text);
        }
    }
}

pub(super) fn run(args: &Args, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let mut findings = Findings::default();
    require_paths(std::slice::from_ref(&args.report))?;
    let place = match args.report.is_file() {
        true => Place { report: args.report.clone(), folder: None },
        false => Place { report: args.report.join("report.json"), folder: Some(args.report.clone()) },
    };
    let sums = match &place.folder {
        Some(folder) => sums(folder, &mut findings)?,
        None => None,
    };
    let path = &place.report;
    let report = fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
    match serde_json::from_slice::<Value>(&report) {
        Ok(report) if report["schema"] == report::json::SCHEMA => {
            again(args, &place, &report, sums.as_deref(), &mut findings)?;
        }
        _ if findings.differs.is_empty() => bail!("{} is no report of signoff", path.display()),
        _ => findings.open.push("report.json cannot be read any more, so nothing was made again".to_owned()),
    }
    for (mark, texts) in [("differs", &findings.differs), ("holds", &findings.holds), ("not checked", &findings.open)] {
        for text in texts {
            writeln!(out, "{BOLD}{mark}{BOLD:#}: {}", line(text))?;
        }
    }
    let is_same = findings.differs.is_empty();
    let result = match (is_same, findings.open.is_empty()) {
        (false, _) => "The report does not hold.",
        (true, true) => "The report holds: made again from the artifacts, it is identical.",
        (true, false) => "What was checked holds; not everything was checked.",
    };
    writeln!(out, "{result}")?;
    Ok(ExitCode::from(u8::from(!is_same)))
}

/// Checks the list of digests against the files; returns the list, where there is one.
fn sums(folder: &Path, findings: &mut Findings) -> anyhow::Result<Option<String>> {
    let path = folder.join(SUMS);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && folder.is_dir() => {
            findings.differs.push(format!("{SUMS} is missing"));
            return Ok(None);
        }
        Err(error) => return Err(error).with_context(|| format!("{} cannot be read", path.display())),
    };
    let (mut held, mut listed) = (0, Vec::new());
    for entry in text.lines() {
        let Some((sum, name)) = entry.split_once("  ") else {
            findings.differs.push(format!("{SUMS} has the line `{entry}`, which is no digest of a file"));
            continue;
        };
        // The list is no reason to read elsewhere.
        if !RENDERERS.iter().any(|form| form.files.contains(&name)) {
            findings.differs.push(format!("{SUMS} names `{name}`, which is no file of a report"));
            continue;
        }
        listed.push(name);
        match fs::read(folder.join(name)) {
            Err(_) => findings.missing(name),
            Ok(bytes) if digest(&bytes) == sum => held += 1,
            Ok(_) => findings.differs.push(format!("{name} was changed after {SUMS} was written")),
        }
    }
    // Whoever opens it takes it for a part of the report.
    let beside = RENDERERS.iter().flat_map(|form| form.files).filter(|name| !listed.contains(name));
    for name in beside.filter(|name| folder.join(name).symlink_metadata().is_ok()) {
        findings.differs.push(format!("{name} is no part of the report: {SUMS} does not list it"));
    }
    let have = if held == 1 { "has" } else { "have" };
    findings.holds.push(format!("{} {have} the digest that {SUMS} gives", plural(held, "file")));
    Ok(Some(text))
}

/// Makes the report again and compares.
fn again(
    args: &Args,
    place: &Place,
    report: &Value,
    sums: Option<&str>,
    findings: &mut Findings,
) -> anyhow::Result<()> {
    let version = report["generator"]["version"].as_str().unwrap_or("unknown");
    if version != env!("CARGO_PKG_VERSION") {
        let here = env!("CARGO_PKG_VERSION");
        findings.open.push(format!("the report is by signoff {version}, this is {here}: it may differ for that alone"));
    }
    let listed = listed(report);
    if args.artifacts.is_empty() {
        let listed = plural(listed.len() as u64, "artifact");
        findings.open.push(format!("{listed}, and what was made of them: name them with --artifacts"));
        return Ok(());
    }
    require_paths(&args.artifacts)?;
    let made = Made::from_report(report).context("report.json does not say with which options it was made")?;
    // The digests need no policy, and no more is asked of a report.json alone.
    let policy = manifest(args, &made, findings)?;
    if policy.is_none() && place.folder.is_some() {
        bail!("the report was made with a manifest: name it with --manifest");
    }
    let mut is_whole = policy.is_some();
    let (loaded, mut ignore) = policy.unwrap_or_default();
    if place.folder.is_some() {
        check_templates(args, &made, findings)?;
    }
    let mut baseline = None;
    if place.folder.is_some() || args.baseline.is_some() {
        baseline = earlier(args, &made, &loaded, findings)?;
    }
    is_whole &= baseline.is_some() || made.baseline.is_none();
    ignore.extend(args.baseline.as_deref().map(baseline::file));
    ignore.extend(place.folder.as_deref().map(report::written).unwrap_or_default());
    ignore.push(place.report.clone());
    let request = request(args, &made, loaded, baseline, ignore);
    let validation = validate(&request);
    if !compare_artifacts(&listed, &validation, findings) {
        findings.open.push("the text of the report: other artifacts make another one".to_owned());
        return Ok(());
    }
    if !is_whole {
        let missing = if made.baseline.is_some() { "the manifest and the baseline" } else { "the manifest" };
        findings.open.push(format!("what was made of the artifacts: name {missing}"));
        return Ok(());
    }
    compare_files(args, place, &made, validation.subject(&request, &made), sums, findings)
}

/// The artifacts that a report lists and the archives that they come from, with the digest of each.
fn listed(report: &Value) -> BTreeMap<String, Option<String>> {
    let text = |value: &Value| value.as_str().map(ToOwned::to_owned);
    let mut listed = BTreeMap::new();
    for artifact in report["artifacts"].as_array().into_iter().flatten() {
        listed.insert(text(&artifact["path"]).unwrap_or_default(), text(&artifact["sha256"]));
        if let Some(name) = artifact["archive"]["path"].as_str() {
            listed.insert(as_packed(name), text(&artifact["archive"]["sha256"]));
        }
    }
    listed
}

/// What was asked for when the report was made.
fn request(args: &Args, made: &Made, loaded: Loaded, baseline: Option<Baseline>, ignore: Vec<PathBuf>) -> Request {
    Request {
        paths: args.artifacts.clone(),
        loaded,
        as_of: made.as_of,
        require: made.require.clone(),
        commit: made.commit.clone(),
        digests: made.digests.clone(),
        ci: made.ci.clone(),
        shards: made.shards,
        options: Options {
            formats: made.formats.clone(),
            max_size: made.max_size,
            progress: on_terminal(false),
            ..Options::default()
        },
        baseline,
        ignore,
    }
}

/// The manifest that the report was made with; `None` where it is not found.
fn manifest(args: &Args, made: &Made, findings: &mut Findings) -> anyhow::Result<Option<(Loaded, Vec<PathBuf>)>> {
    let Some(wanted) = &made.policy else {
        return match &args.manifest {
            None => Ok(Some((Loaded::default(), Vec::new()))),
            Some(path) => bail!("the report was made without a manifest: leave {} out", path.display()),
        };
    };
    let in_first = args.artifacts.first().map(|path| path.join(MANIFEST));
    let candidates = [args.manifest.clone(), Some(PathBuf::from(MANIFEST)), in_first];
    let count = if args.manifest.is_some() { 1 } else { candidates.len() };
    let candidates: Vec<PathBuf> = candidates.into_iter().take(count).flatten().filter(|path| path.is_file()).collect();
    let same = |path: &&PathBuf| fs::read(path).is_ok_and(|bytes| digest(&bytes) == *wanted);
    let Some(path) = candidates.iter().find(same).or(candidates.first()) else { return Ok(None) };
    let found = manifest_for(&args.artifacts, Some(path))?;
    if found.0.digest().as_ref() == Some(wanted) {
        findings.holds.push(format!("{} is the manifest that the report was made with", path.display()));
    } else {
        findings.differs.push(format!("{} is another manifest than the report was made with", path.display()));
    }
    Ok(Some(found))
}

/// The earlier report that the report was compared with, under the name that it had then.
fn earlier(args: &Args, made: &Made, loaded: &Loaded, findings: &mut Findings) -> anyhow::Result<Option<Baseline>> {
    let redactor = loaded.redactor.as_deref().unwrap_or_else(|| Redactor::standard());
    match (&made.baseline, &args.baseline) {
        (None, None) => Ok(None),
        (None, Some(path)) => bail!("the report was made without a baseline: leave {} out", path.display()),
        (Some((name, _)), None) => {
            bail!("the report was compared with an earlier one, {name}: name it with --baseline")
        }
        (Some((name, wanted)), Some(path)) => {
            let mut found = baseline::load(path, redactor)?;
            if found.sha256 == *wanted {
                findings.holds.push(format!("{} is the baseline that the report was compared with", path.display()));
            } else {
                findings
                    .differs
                    .push(format!("{} is another baseline than the report was compared with", path.display()));
            }
            found.path.clone_from(name);
            Ok(Some(found))
        }
    }
}

fn check_templates(args: &Args, made: &Made, findings: &mut Findings) -> anyhow::Result<()> {
    let found = args.templates.as_deref().map(templates_digest);
    match (&made.templates, found) {
        (None, None) => {}
        (Some(_), None) => bail!("the report was made with templates of its own: name them with --templates"),
        (wanted, found) if *wanted == found => findings.holds.push("the templates are the same".to_owned()),
        _ => findings.differs.push("the templates are others than the report was made with".to_owned()),
    }
    Ok(())
}

/// The name of a packed file apart from that of its content.
fn as_packed(name: &str) -> String {
    format!("{name} as it is packed")
}

/// Whether the artifacts are those that the report lists.
fn compare_artifacts(
    listed: &BTreeMap<String, Option<String>>,
    validation: &Validation,
    findings: &mut Findings,
) -> bool {
    let mut given: BTreeMap<String, Option<String>> = BTreeMap::new();
    for artifact in &validation.release.artifacts {
        given.insert(artifact.name.clone(), artifact.sha256.clone());
        given.extend(artifact.packed.as_ref().map(|packed| (as_packed(&packed.name), Some(packed.sha256.clone()))));
    }
    let before = findings.differs.len();
    let elsewhere = |digest: &Option<String>, all: &BTreeMap<String, Option<String>>| {
        let same = all.iter().find(|(_, other)| digest.is_some() && *other == digest);
        same.map(|(name, _)| format!(" (the same content is called {name})")).unwrap_or_default()
    };
    for (name, digest) in listed {
        match given.get(name) {
            None => {
                let hint = elsewhere(digest, &given);
                findings.differs.push(format!("artifact missing: {name}{hint}"));
            }
            Some(now) if now != digest => {
                let shown = |digest: &Option<String>| digest.clone().unwrap_or_else(|| "unreadable".to_owned());
                findings.differs.push(format!("artifact changed: {name}: was {}, is {}", shown(digest), shown(now)));
            }
            Some(_) => {}
        }
    }
    for (name, digest) in given.iter().filter(|(name, _)| !listed.contains_key(*name)) {
        let hint = elsewhere(digest, listed);
        findings.differs.push(format!("artifact added: {name}{hint}"));
    }
    let is_same = findings.differs.len() == before;
    if is_same {
        findings.holds.push(match listed.len() {
            1 => "1 artifact has the digest that the report lists".to_owned(),
            n => format!("{n} artifacts have the digests that the report lists"),
        });
        let carried = validation.release.artifacts.iter().filter(|artifact| artifact.origin.is_some()).count();
        if carried > 0 {
            findings
                .holds
                .push(format!("{carried} of them came in bundles: their digests are as the bundles give them"));
        }
    }
    is_same
}

/// Every file of the report, made again, against the one in the folder.
fn compare_files(
    args: &Args,
    place: &Place,
    made: &Made,
    subject: Subject<'_>,
    sums: Option<&str>,
    findings: &mut Findings,
) -> anyhow::Result<()> {
    let is_here = |id: &str| place.folder.is_some() || id == "json";
    let forms: Vec<_> = RENDERERS.iter().filter(|form| made.forms.contains(&form.id) && is_here(form.id)).collect();
    let files = report::render(
        subject,
        &forms,
        RenderOptions {
            templates: args.templates.as_deref(),
            budget: made.budget,
            profile: made.profile,
            style: made.style,
        },
    )?;
    let expected_sums = report::sums(&files);
    let sums = sums.map(|sums| (SUMS, expected_sums.as_str(), Ok(sums.as_bytes().to_vec())));
    let read = |name| match &place.folder {
        Some(folder) => fs::read(folder.join(name)),
        None => fs::read(&place.report),
    };
    let all = files.iter().map(|file| (file.name, file.content.as_str(), read(file.name)));
    let mut same = 0_u64;
    for (name, expected, actual) in all.chain(sums) {
        match actual {
            Err(_) => findings.missing(name),
            Ok(actual) if actual == expected.as_bytes() => same += 1,
            Ok(actual) => findings.differs.push(first_difference(name, expected, &String::from_utf8_lossy(&actual))),
        }
    }
    findings.holds.push(format!("{} as when made again", plural(same, "file")));
    Ok(())
}

/// The first line that differs, and what stands there.
fn first_difference(name: &str, expected: &str, actual: &str) -> String {
    let same = expected.lines().zip(actual.lines()).take_while(|(a, b)| a == b).count();
    let (wanted, found) = (expected.lines().nth(same), actual.lines().nth(same));
    let prefix = match (wanted, found) {
        (Some(wanted), Some(found)) => wanted.chars().zip(found.chars()).take_while(|(a, b)| a == b).count(),
        _ => 0,
    };
    let excerpt = |text: Option<&str>| match text {
        None => "the end of the file".to_owned(),
        Some(text) => {
            let skipped =
                if text.chars().nth(MAX_EXCERPT).is_some() { prefix.saturating_sub(MAX_EXCERPT / 3) } else { 0 };
            let shown: String = text.chars().skip(skipped).take(MAX_EXCERPT).collect();
            format!("`{}{shown}`", if skipped > 0 { "…" } else { "" })
        }
    };
    if wanted.is_none() && found.is_none() {
        return format!("{name} differs in its line ends");
    }
    format!("{name}:{}: is {}, made again it is {}", same + 1, excerpt(found), excerpt(wanted))
}
