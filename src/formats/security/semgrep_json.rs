//! Semgrep (and Opengrep): the JSON report.
//!
//! ```json
//! {"version": "1.69.0", "results": [{"check_id": "python.lang.security.audit.shell-true", "path": "app/app.py", "start": {"line": 7},
//!    "extra": {"severity": "ERROR", "message": "Found subprocess call with shell=True.", "metadata": {"cwe": ["CWE-78: OS Command Injection"]}}}],
//!  "errors": [], "paths": {"scanned": ["app/app.py"]}}
//! ```
//!
//! Severities are `ERROR` high, `WARNING` medium, `INFO` low, as Semgrep's documentation equates them, or the newer
//! `CRITICAL`, `HIGH`, `MEDIUM`, `LOW`; `INVENTORY` and `EXPERIMENT` are info.
//! A finding with `is_ignored` (`nosemgrep`) is suppressed.
//! `errors` of the level `error` mean that parts were not scanned; those of the level `warn`, that some code was not
//! understood.
//! With `--verbose` it lists what it passed over: files that it failed to analyse, could not open, had too many
//! findings in, or passed over for a reason that is not known here make it partly scanned, and of those above its limit
//! of size (1 MB by default) the number is told.
//! A report without results whose list of scanned paths is empty or missing says that nothing was scanned.
//! CWE and OWASP categories come from the rule's metadata; the matched lines are left out.
//! Keys by `semgrep_output_v1.atd` of semgrep/semgrep-interfaces.

use super::records::keep;
use super::weakness::{counted, cwes, first_line, id_of};
use crate::diagnostics::codes::{INCOMPLETE, MISSING_FIELD, NOT_COUNTED, NOTHING_RAN, PARTLY_SCANNED};
use crate::diagnostics::{Code, Diagnostic};
use crate::formats::Format;
use crate::model::{Evidence, Finding, Kind, Location, Pointer, Scan, ScanClass, Severity, Suppression, Tool};
use crate::source::json::shorten;
use crate::source::{Doc, JsonKind, Node, Probe, Stop};

pub(super) static FORMAT: Format = Format {
    id: "semgrep-json",
    kinds: &[Kind::Security],
    tool: "Semgrep",
    title: "JSON report",
    produce: "semgrep scan --config auto --json --output semgrep.json",
    detect,
    read,
};

fn detect(probe: &Probe<'_>) -> bool {
    probe.document().is_some_and(|root| {
        let results = root.get("results");
        let is_result = results.at(0).has(&["check_id", "path", "extra"]);
        let scanned = || root.get("errors").is_array() && root.get("paths").is_object();
        results.is_array() && (is_result || results.is_empty() && scanned())
    })
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let mut json = doc.json();
    let mut scan = Scan::new(ScanClass::Sast, Pointer::path("/results"));
    let mut tool = Tool::new("Semgrep", None);
    let mut n_results: Option<u64> = None;
    let mut n_scanned: Option<u64> = None;
    let (mut failed, mut large) = (Passed::default(), Passed::default());
    let outcome = json.object(|json, key| match key {
        "version" => {
            tool.version = json.record()?.filled();
            Ok(())
        }
        "results" => {
            n_results = (json.kind()? == JsonKind::Array).then_some(0);
            json.array(|json, _| {
                n_results = n_results.map(|count| count + 1);
                scan.push(finding(json.record()?));
                Ok(())
            })
        }
        "errors" => {
            errors(json.record()?);
            Ok(())
        }
        "paths" => json.object(|json, key| match key {
            "scanned" => {
                let mut count = 0;
                json.array(|json, _| {
                    count += 1;
                    json.skip()
                })?;
                n_scanned = Some(count);
                Ok(())
            }
            "skipped" => json.array(|json, _| {
                let record = json.record()?;
                let reason = record.get("reason").str().unwrap_or_default();
                if TOO_LARGE.contains(&&*reason) {
                    large.add(record, &NOT_COUNTED);
                } else if !CHOSEN.contains(&&*reason) {
                    failed.add(record, &PARTLY_SCANNED);
                }
                Ok(())
            }),
            _ => json.skip(),
        }),
        "skipped_rules" => {
            let tree = json.tree()?;
            if let count @ 1.. = tree.root().len() {
                tree.root().report(&NOT_COUNTED, format!("rules that were not run: {count}"));
            }
            Ok(())
        }
        _ => json.skip(),
    });
    failed.report("files that could not be analysed", doc);
    large.report("files above the limit of size, which were not scanned", doc);
    let outcome = outcome.and_then(|()| json.end());
    scan.tool = Some(tool.clone());
    evidence.tool = Some(tool);
    keep(scan, n_results.is_some() || outcome.is_err(), &mut evidence.scans);
    outcome?;
    match n_results {
        None => doc.report(Diagnostic::new(&MISSING_FIELD, "the list `results` is missing")),
        Some(0) if n_scanned.is_none_or(|count| count == 0) => {
            doc.report(Diagnostic::new(&NOTHING_RAN, "no file was scanned").at(Pointer::path("/paths/scanned")));
        }
        Some(_) => {}
    }
    Ok(())
}

/// Files that were passed over for reasons that weigh the same.
#[derive(Default)]
struct Passed {
    count: u64,
    first: Option<Diagnostic>,
}

impl Passed {
    fn add(&mut self, record: Node<'_>, code: &'static Code) {
        self.count += 1;
        self.first.get_or_insert_with(|| record.diagnostic(code, ""));
    }

    fn report(self, what: &str, doc: &Doc<'_>) {
        if let Some(mut diagnostic) = self.first {
            diagnostic.message = format!("{what}: {}", self.count);
            doc.report(diagnostic);
        }
    }
}

/// One diagnostic for each level: a project may have hundreds.
fn errors(node: Node<'_>) {
    let of_level = |wanted: &[&str]| -> Vec<Node<'_>> {
        let level = |e: &Node<'_>| e.get("level").text().unwrap_or_else(|| "error".to_owned());
        node.items().filter(|e| wanted.contains(&level(e).as_str())).collect()
    };
    let text = |e: &Node<'_>| {
        let text = ["message", "long_msg", "short_msg", "type"]
            .iter()
            .find_map(|k| e.get(k).filled().filter(|t| !t.is_empty()));
        shorten(&first_line(&text.unwrap_or_default()))
    };
    if let [first, ..] = of_level(&["error"]).as_slice() {
        let count = of_level(&["error"]).len();
        first.report(&INCOMPLETE, format!("{} while scanning: {}", counted(count, "error"), text(first)));
    }
    if let [first, ..] = of_level(&["warn", "warning"]).as_slice() {
        let count = of_level(&["warn", "warning"]).len();
        first.report(
            &PARTLY_SCANNED,
            format!("{} about code that was not understood: {}", counted(count, "warning"), text(first)),
        );
    }
    // A rule for a newer version, or for a language that needs a plugin.
    let is_of_rule = |e: &&Node<'_>| {
        let kind = e.get("type");
        let kind = if kind.is_array() { kind.at(0).text() } else { kind.text() };
        kind.is_some_and(|kind| ["IncompatibleRule", "Missing plugin"].contains(&&*kind))
    };
    let infos = of_level(&["info"]);
    let not_run: Vec<_> = infos.iter().filter(is_of_rule).collect();
    if let [first, ..] = not_run.as_slice() {
        let message = format!("rules that were not run: {}, the first because {}", not_run.len(), text(first));
        first.report(&NOT_COUNTED, message);
    }
}

/// Why a file was passed over, by `semgrep_output_v1.atd`: the reasons that are a choice and no failure.
const CHOSEN: [&str; 12] = [
    "always_skipped",
    "binary",
    "cli_exclude_flags_match",
    "cli_include_flags_do_not_match",
    "dotfile",
    "excluded_by_config",
    "gitignore_patterns_match",
    "irrelevant_rule",
    "minified",
    "nonexistent_file",
    "semgrepignore_patterns_match",
    "wrong_language",
];
/// The reasons that are a limit which Semgrep has by default.
const TOO_LARGE: [&str; 2] = ["exceeded_size_limit", "too_big"];

const SEVERITIES: &[(&str, Severity)] = &[
    ("CRITICAL", Severity::Critical),
    ("HIGH", Severity::High),
    ("MEDIUM", Severity::Medium),
    ("LOW", Severity::Low),
    ("ERROR", Severity::High),
    ("WARNING", Severity::Medium),
    ("INFO", Severity::Low),
    ("INVENTORY", Severity::Info),
    ("EXPERIMENT", Severity::Info),
];

fn finding(node: Node<'_>) -> Finding {
    let rule = id_of(node, "check_id");
    let extra = node.get("extra");
    let metadata = extra.get("metadata");
    let severity = extra.require("severity").word_any_case(SEVERITIES).unwrap_or(Severity::Unknown);
    let message = extra.get("message").filled();
    let title = message.as_deref().map(first_line).unwrap_or_else(|| rule.clone());
    let mut found = Finding::new(rule, title, severity, node.pointer());
    found.native_severity = extra.get("severity").filled();
    found.confidence = metadata.get("confidence").text();
    found.cwes = cwes(metadata.get("cwe"));
    found.owasp = metadata.get("owasp").strings();
    found.locations = vec![Location {
        place: node.get("path").text().unwrap_or_default(),
        line: node.path(&["start", "line"]).u64(),
        detail: None,
    }];
    found.description = message;
    found.references = metadata.get("references").strings();
    found.fingerprint = extra.get("fingerprint").filled().filter(|text| text != "requires login");
    if extra.get("is_ignored").bool() == Some(true) {
        found.suppression = Some(Suppression { by: "nosemgrep".to_owned(), reason: None });
    }
    found
}
