//! SARIF 2.1.0: checks that do not hold, and open findings.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::view::Subject;
use crate::gate::Verdict;
use crate::model::Severity;

/// Renders the report.
pub fn render(subject: &Subject<'_>) -> Value {
    let mut rules: BTreeMap<String, String> = BTreeMap::new();
    let mut results: Vec<Value> = Vec::new();
    let name = |artifact| subject.release.artifact(artifact).map(|artifact| artifact.name.clone()).unwrap_or_default();
    for check in &subject.judged.checks {
        let level = match check.verdict() {
            Verdict::Passed => continue,
            Verdict::Conditional => "warning",
            Verdict::Undecided | Verdict::Failed => "error",
        };
        rules.insert(check.rule.id.to_owned(), check.rule.title.to_owned());
        let verdict = check.verdict();
        for reason in check.reasons.iter().filter(|reason| reason.verdict() == verdict) {
            let mut result = json!({
                "ruleId": check.rule.id, "level": level, "message": {"text": reason.text.to_string()},
                "properties": {"check": check.id, "verdict": check.verdict().word()},
            });
            if let Some(source) = &reason.source {
                result["locations"] = json!([{
                    "physicalLocation": {"artifactLocation": {"uri": uri(&name(source.artifact))}},
                    "logicalLocations": [{"fullyQualifiedName": source.pointer.to_string()}],
                }]);
            }
            results.push(result);
        }
    }
    for scan in &subject.release.scans {
        for finding in scan.value.findings().iter().filter(|finding| finding.suppression.is_none()) {
            let id = format!("finding/{}", finding.rule);
            rules.entry(id.clone()).or_insert_with(|| finding.title.clone());
            let level = match finding.severity {
                Severity::Critical | Severity::High | Severity::Unknown => "error",
                Severity::Medium => "warning",
                Severity::Low | Severity::Info => "note",
            };
            let locations: Vec<Value> = finding
                .locations
                .iter()
                .take(5)
                .map(|location| {
                    let mut place = json!({"artifactLocation": {"uri": uri(&location.place)}});
                    if let Some(line) = location.line.filter(|line| *line > 0) {
                        place["region"] = json!({"startLine": line});
                    }
                    json!({"physicalLocation": place})
                })
                .collect();
            results.push(json!({
                "ruleId": id, "level": level, "message": {"text": finding.title}, "locations": locations,
                "properties": {
                    "severity": finding.severity.word(), "artifact": name(scan.artifact),
                    "pointer": finding.pointer.to_string(),
                },
            }));
        }
    }
    let rules: Vec<Value> =
        rules.into_iter().map(|(id, title)| json!({"id": id, "shortDescription": {"text": title}})).collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {"name": "signoff", "version": env!("CARGO_PKG_VERSION"), "rules": rules}},
            "invocations": [{"executionSuccessful": true}],
            "results": results,
        }],
    })
}

/// A URI reference: everything but what is surely allowed is percent-encoded; only http and https keep their scheme.
fn uri(place: &str) -> String {
    let web = place.starts_with("https://") || place.starts_with("http://");
    let mut out = String::new();
    for byte in place.bytes().take(2_000) {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => out.push(byte as char),
            b':' | b'?' | b'=' | b'&' | b'%' | b'+' | b'@' | b',' | b';' if web => out.push(byte as char),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}
