//! Bandit: the JSON report.
//!
//! ```json
//! {"generated_at": "2025-11-20T09:00:00Z", "errors": [], "metrics": {"_totals": {"loc": 120, "nosec": 0}},
//!  "results": [{"test_id": "B602", "test_name": "subprocess_popen_with_shell_equals_true", "issue_severity": "HIGH",
//!               "issue_confidence": "HIGH", "issue_cwe": {"id": 78}, "filename": "app/app.py", "line_number": 7}]}
//! ```
//!
//! Severities are `HIGH`, `MEDIUM`, `LOW`; `UNDEFINED` is unknown. Bandit has no critical.
//! `errors` are files that Bandit could not parse: parts were not scanned.
//! A report without results and without a line of code in its metrics, which Bandit always writes, says that nothing was
//! scanned.
//! The metrics count what was found before `--severity-level`, `--confidence-level` and `--baseline` take findings out of
//! the list (`bandit/core/tester.py`, `get_issue_list` in `manager.py`): how many are left out is said, and the scan is
//! taken for one that leaves out findings of these severities.
//! Lines with `nosec` are only counted by Bandit, not listed, so they are in no count here; how many there are is said.
//! The text of the hard-coded password checks (B105, B106, B107) quotes the password and is left out, like all code.
//! Keys by `bandit/formatters/json.py` of PyCQA/bandit.

use super::weakness::{QUOTING, counted, cwes, id_of};
use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{INCOMPLETE, MISSING_FIELD, NOT_COUNTED, NOTHING_RAN};
use crate::formats::Format;
use crate::model::{Evidence, Finding, Kind, Location, Pointer, Scan, ScanClass, Severity, Tool};
use crate::source::json::shorten;
use crate::source::{Doc, JsonKind, Node, Probe, Stop, Tree};

pub(super) static FORMAT: Format = Format {
    id: "bandit-json",
    kinds: &[Kind::Security],
    tool: "Bandit",
    title: "JSON report",
    produce: "bandit -r src -f json -o bandit.json",
    detect,
    read,
};

fn detect(probe: &Probe<'_>) -> bool {
    probe.document().is_some_and(|root| {
        let results = root.get("results");
        let is_result = results.at(0).has(&["test_id", "issue_severity"]);
        is_result || results.exists() && root.get("metrics").is_object() && root.has(&["generated_at", "errors"])
    })
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let mut json = doc.json();
    let mut scan = Scan::new(ScanClass::Sast, Pointer::path("/results"));
    let mut totals: Option<Tree> = None;
    let mut has_results = false;
    let outcome = json.object(|json, key| match key {
        "generated_at" => {
            evidence.time = json.record()?.time();
            Ok(())
        }
        "errors" => {
            let tree = json.tree()?;
            if let Some(first) = tree.root().items().next() {
                let file = first.get("filename").text().unwrap_or_default();
                let message = format!("{} could not be parsed: {}", counted(tree.root().len(), "file"), shorten(&file));
                tree.root().report(&INCOMPLETE, message);
            }
            Ok(())
        }
        "metrics" => json.object(|json, key| match key {
            "_totals" => {
                totals = Some(json.tree()?);
                Ok(())
            }
            _ => json.skip(),
        }),
        "results" => {
            has_results = json.kind()? == JsonKind::Array;
            json.array(|json, _| {
                scan.push(finding(json.record()?));
                Ok(())
            })
        }
        _ => json.skip(),
    });
    let outcome = outcome.and_then(|()| json.end());
    let is_counted = totals.as_ref().is_some_and(|totals| totals.root().get("loc").exists());
    if let Some(totals) = totals.filter(|_| outcome.is_ok()) {
        metrics(totals.root(), &mut scan);
    }
    let is_clean = scan.tally().total() == 0;
    let tool = Tool::new("Bandit", None);
    scan.tool = Some(tool.clone());
    evidence.tool = Some(tool);
    evidence.scans.push(scan);
    outcome?;
    if !has_results {
        doc.report(Diagnostic::new(&MISSING_FIELD, "the list `results` is missing"));
    } else if is_clean && !is_counted {
        let message = "`loc` is missing in the totals of the metrics, so nothing tells that code was looked at";
        doc.report(Diagnostic::new(&NOTHING_RAN, message).at(Pointer::path("/metrics")));
    }
    Ok(())
}

/// What the totals of the metrics tell of the list of findings. The SARIF report has them too.
pub(super) fn metrics(totals: Node<'_>, scan: &mut Scan) {
    by_nosec(totals);
    left_out(totals, scan);
    let lines = totals.get("loc");
    if lines.u64() == Some(0) && scan.tally().total() + scan.tally().suppressed == 0 {
        lines.report(&NOTHING_RAN, "no line of code was looked at");
    }
}

/// Says how much a comment in the code leaves out.
fn by_nosec(totals: Node<'_>) {
    for (key, what) in [("nosec", "lines"), ("skipped_tests", "tests")] {
        if let Some(count) = totals.get(key).u64().filter(|count| *count > 0) {
            totals.get(key).report(&NOT_COUNTED, format!("left out by `nosec`, number of {what}: {count}"));
        }
    }
}

/// Says how many findings were counted and not listed, and sets the threshold of the scan above the worst of them.
fn left_out(totals: Node<'_>, scan: &mut Scan) {
    let all = ["HIGH", "MEDIUM", "LOW", "UNDEFINED"].iter().filter_map(|w| totals.get(&format!("SEVERITY.{w}")).u64());
    // SARIF gives some findings the severity of others of their rule, and loses none.
    if all.fold(0, u64::saturating_add) <= scan.tally().total() + scan.tally().suppressed {
        return;
    }
    let more = |(word, severity, above): &(&'static str, Severity, Severity)| {
        let counted = totals.get(&format!("SEVERITY.{word}")).u64()?;
        let more = counted.saturating_sub(scan.tally().of(*severity));
        (more > 0).then_some((*word, *above, more))
    };
    let missing: Vec<_> = THRESHOLDS.iter().filter_map(more).collect();
    let Some((word, above, _)) = missing.first() else { return };
    let list: Vec<String> = missing.iter().map(|(word, _, more)| format!("{more} {word}")).collect();
    let message = format!("left out by a least severity or confidence, or by a baseline: {}", list.join(", "));
    totals.get(&format!("SEVERITY.{word}")).report(&NOT_COUNTED, message);
    scan.threshold = Some(*above);
}

/// The words of the totals, worst first, and the severity above each.
const THRESHOLDS: &[(&str, Severity, Severity)] = &[
    ("HIGH", Severity::High, Severity::Critical),
    ("MEDIUM", Severity::Medium, Severity::High),
    ("LOW", Severity::Low, Severity::Medium),
];

const SEVERITIES: &[(&str, Severity)] =
    &[("HIGH", Severity::High), ("MEDIUM", Severity::Medium), ("LOW", Severity::Low), ("UNDEFINED", Severity::Unknown)];

fn finding(node: Node<'_>) -> Finding {
    let rule = id_of(node, "test_id");
    let severity = node.require("issue_severity").word_any_case(SEVERITIES).unwrap_or(Severity::Unknown);
    let text = node.get("issue_text").filled().filter(|_| !QUOTING.contains(&rule.as_str()));
    let title = node.get("test_name").filled().unwrap_or_else(|| rule.clone());
    let mut found = Finding::new(rule, title, severity, node.pointer());
    found.native_severity = node.get("issue_severity").filled();
    found.confidence = node.get("issue_confidence").filled();
    found.cwes = cwes(node.path(&["issue_cwe", "id"]));
    found.description = text;
    found.references.extend(node.get("more_info").filled());
    found.locations = vec![Location {
        place: node.get("filename").text().unwrap_or_default(),
        line: node.get("line_number").u64(),
        detail: None,
    }];
    found
}
