//! gosec: the JSON report.
//!
//! ```json
//! {"Golang errors": {}, "Issues": [{"severity": "HIGH", "confidence": "MEDIUM", "cwe": {"id": "338"}, "rule_id": "G404",
//!    "details": "Use of weak random number generator", "file": "/src/main.go", "line": "91", "nosec": false}],
//!  "Stats": {"files": 156, "lines": 46219, "nosec": 0, "found": 1}, "GosecVersion": "2.21.4"}
//! ```
//!
//! Severities are `HIGH`, `MEDIUM`, `LOW`; gosec has no critical.
//! An issue with `nosec` or with suppressions is suppressed, and `Stats.found` does not count it; where that number
//! disagrees with the list, it is said, and so is how often `#nosec` left out what is not listed.
//! `Golang errors` are packages that did not compile: parts were not scanned.
//! `Stats.files` of 0 says that nothing was scanned; gosec always writes it, so that a report of no issue without it says
//! nothing.
//! The code is left out, which for hard-coded credentials (G101) would quote them.
//! Keys by `report/json` and `issue/issue.go` of securego/gosec.

use super::weakness::{counted, cwes, id_of};
use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{CONTRADICTION, INCOMPLETE, NOT_COUNTED, NOTHING_RAN};
use crate::formats::Format;
use crate::model::{Evidence, Finding, Kind, Location, Pointer, Scan, ScanClass, Severity, Suppression, Tool};
use crate::source::json::shorten;
use crate::source::{Doc, Node, Probe, Stop};

pub(super) static FORMAT: Format = Format {
    id: "gosec-json",
    kinds: &[Kind::Security],
    tool: "gosec",
    title: "JSON report",
    produce: "gosec -fmt json -out gosec.json ./...",
    detect,
    read,
};

fn detect(probe: &Probe<'_>) -> bool {
    probe.document().is_some_and(|root| {
        let issue = root.get("Issues").at(0);
        root.get("Issues").exists() && (root.get("Stats").is_object() || root.get("Golang errors").exists())
            || issue.has(&["rule_id", "severity", "details", "nosec"])
    })
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let mut json = doc.json();
    let mut scan = Scan::new(ScanClass::Sast, Pointer::path("/Issues"));
    let mut tool = Tool::new("gosec", None);
    let mut stats = None;
    let outcome = json.object(|json, key| match key {
        "GosecVersion" => {
            tool.version = json.record()?.filled();
            Ok(())
        }
        "Golang errors" => {
            let tree = json.tree()?;
            // Some write an empty text for none.
            if tree.root().raw() == "\"\"" {
                return Ok(());
            }
            if let Some((package, first)) = tree.root().members().next() {
                let error = first.at(0).get("error").text().unwrap_or_default();
                let places = counted(tree.root().len(), "place");
                let message = format!("code in {places} could not be read: {}: {}", shorten(&package), shorten(&error));
                first.report(&INCOMPLETE, message);
            }
            Ok(())
        }
        "Issues" => json.array(|json, _| {
            scan.push(finding(json.record()?));
            Ok(())
        }),
        "Stats" => {
            stats = Some(json.tree()?);
            Ok(())
        }
        _ => json.skip(),
    });
    let outcome = outcome.and_then(|()| json.end());
    let (counted, suppressed) = (scan.tally().total(), scan.tally().suppressed);
    scan.tool = Some(tool.clone());
    evidence.tool = Some(tool);
    evidence.scans.push(scan);
    outcome?;
    if let Some(stats) = stats {
        let stats = stats.root();
        let files = stats.get("files");
        if files.u64() == Some(0) {
            files.report(&NOTHING_RAN, "no file was scanned");
        } else if !files.exists() && counted + suppressed == 0 {
            stats.report(&NOTHING_RAN, "`files` is missing, so nothing tells that a file was scanned");
        }
        let nosec = stats.get("nosec");
        if let Some(count) = nosec.u64().filter(|count| *count > suppressed) {
            nosec.report(&NOT_COUNTED, format!("`#nosec` stands at {count} places, whose issues are left out"));
        }
        let found = stats.get("found");
        // Old versions count what is suppressed too.
        if let Some(says) = found.u64()
            && !(counted..=counted + suppressed).contains(&says)
        {
            let message = format!("says {says} issues, counted {counted}");
            doc.report(found.diagnostic(&CONTRADICTION, message).against(Pointer::path("/Issues")));
        }
    } else {
        doc.report(Diagnostic::new(&NOTHING_RAN, "`Stats` is missing, so nothing tells what was scanned"));
    }
    Ok(())
}

const SEVERITIES: &[(&str, Severity)] =
    &[("HIGH", Severity::High), ("MEDIUM", Severity::Medium), ("LOW", Severity::Low), ("UNDEFINED", Severity::Unknown)];

fn finding(node: Node<'_>) -> Finding {
    let rule = id_of(node, "rule_id");
    let severity = node.require("severity").word_any_case(SEVERITIES).unwrap_or(Severity::Unknown);
    let title = node.get("details").filled().unwrap_or_else(|| rule.clone());
    let mut found = Finding::new(rule, title, severity, node.pointer());
    found.native_severity = node.get("severity").filled();
    found.confidence = node.get("confidence").filled();
    found.cwes = cwes(node.path(&["cwe", "id"]));
    found.references.extend(node.path(&["cwe", "url"]).filled());
    // A line is a text, and may be a range: `12-14`.
    let line = node.get("line").text().and_then(|text| text.split('-').next()?.trim().parse().ok());
    found.locations = vec![Location { place: node.get("file").text().unwrap_or_default(), line, detail: None }];
    let mut suppressions = node.get("suppressions").items();
    found.suppression = match suppressions.next() {
        Some(first) => Some(Suppression {
            by: first.get("kind").filled().unwrap_or_else(|| "suppression".to_owned()),
            reason: first.get("justification").filled(),
        }),
        None if node.get("nosec").bool() == Some(true) => Some(Suppression { by: "nosec".to_owned(), reason: None }),
        None => None,
    };
    found
}
