//! Brakeman: the JSON report about the source code of Rails applications.
//!
//! ```json
//! {"scan_info": {"app_path": "/shop", "brakeman_version": "6.2.1", "checks_performed": ["SQL"], "end_time": "2025-11-20 09:00:00 +0000"},
//!  "warnings": [{"warning_type": "SQL Injection", "fingerprint": "1f4f", "check_name": "SQL", "message": "Possible SQL injection",
//!    "file": "app/models/order.rb", "line": 12, "confidence": "High", "cwe_id": [89]}],
//!  "ignored_warnings": [], "errors": []}
//! ```
//!
//! Each warning is one finding. Brakeman has no severity but its confidence, which its SARIF turns into levels: `High` is
//! high, `Medium` medium and `Weak` low, as they are there.
//! `ignored_warnings` are suppressed, with their note.
//! `errors` are files that Brakeman could not parse and checks that failed: parts were not scanned.
//! A report without a single check says that nothing was looked at. Code and user input are left out.
//! Keys by presidentbeef/brakeman, `lib/brakeman/report/report_json.rb` and `lib/brakeman/warning.rb`.

use super::records::{entry, keep};
use super::weakness::{counted, cwes, severity};
use crate::diagnostics::codes::{NOTHING_RAN, PARTLY_SCANNED};
use crate::formats::Format;
use crate::model::{Evidence, Finding, Kind, Location, Scan, ScanClass, Severity, Suppression, Tool};
use crate::source::json::shorten;
use crate::source::{Doc, Node, Probe, Stop};

pub(super) static FORMAT: Format = Format {
    id: "brakeman-json",
    kinds: &[Kind::Security],
    tool: "Brakeman",
    title: "JSON report",
    produce: "brakeman --format json --output brakeman.json",
    detect,
    read,
};

fn detect(probe: &Probe<'_>) -> bool {
    probe.document().is_some_and(|root| root.has(&["scan_info", "warnings"]) && root.get("warnings").is_array())
        && probe.document().is_some_and(|root| root.get("scan_info").get("brakeman_version").exists())
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let tree = doc.document()?;
    let root = tree.root();
    let about = root.get("scan_info");
    let warnings = root.get("warnings");
    let mut scan = Scan::new(ScanClass::Sast, warnings.pointer());
    scan.tool = Some(Tool::new("Brakeman", about.get("brakeman_version").filled()));
    evidence.tool.clone_from(&scan.tool);
    scan.targets.extend(about.get("app_path").filled());
    warnings.items().for_each(|node| scan.push(entry(node, warning)));
    for node in root.get("ignored_warnings").items() {
        let mut ignored = entry(node, warning);
        let reason = node.get("note").filled();
        ignored.suppression = Some(Suppression { by: "ignored by config/brakeman.ignore".to_owned(), reason });
        scan.push(ignored);
    }
    let errors = root.get("errors");
    if let Some(first) = errors.items().next() {
        let text = first.get("error").filled().map(|text| format!(": {}", shorten(&text))).unwrap_or_default();
        errors.report(&PARTLY_SCANNED, format!("{} of Brakeman{text}", counted(errors.len(), "error")));
    }
    let checks = about.get("checks_performed");
    let nothing = checks.is_array() && checks.is_empty();
    if nothing {
        checks.report(&NOTHING_RAN, "no check was performed");
    }
    keep(scan, !nothing, &mut evidence.scans);
    Ok(())
}

const CONFIDENCES: &[(&str, Severity)] =
    &[("High", Severity::High), ("Medium", Severity::Medium), ("Weak", Severity::Low)];

fn warning(node: Node<'_>) -> Finding {
    let kind = node.require("warning_type").text().unwrap_or_else(|| "unnamed".to_owned());
    let rule = node.get("check_name").filled().unwrap_or_else(|| kind.clone());
    let message = node.get("message").filled();
    let title = message.map_or_else(|| kind.clone(), |message| format!("{kind}: {message}"));
    let word = node.require("confidence");
    let mut found = Finding::new(rule, title, severity(word, CONFIDENCES), node.pointer());
    found.native_severity = word.filled();
    found.confidence = word.filled();
    found.cwes = cwes(node.get("cwe_id"));
    found.references = node.get("link").filled().into_iter().collect();
    found.fingerprint = node.get("fingerprint").filled();
    let place = node.get("file").text().unwrap_or_default();
    found.locations = vec![Location { place, line: node.get("line").u64(), detail: None }];
    found
}
