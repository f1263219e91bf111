//! SARIF 2.1.0: checks that do not hold, and open findings.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::view::Subject;
use crate::gate::{Check, Verdict};
use crate::model::{ArtifactId, Finding, Location, Release, Scan, Severity, Sourced};

/// Places of a finding that are listed.
const MAX_LOCATIONS: usize = 5;

/// Renders the report.
pub fn render(subject: &Subject<'_>) -> Value {
    let mut rules: BTreeMap<String, String> = BTreeMap::new();
    let mut results: Vec<Value> = Vec::new();
    for check in subject.judged.checks.iter().filter(|check| check.verdict() != Verdict::Passed) {
        rules.insert(check.rule.id.to_owned(), check.rule.title.to_owned());
        results.extend(of_check(subject, check));
    }
    let accepted = subject.judged.accepted();
    for scan in &subject.release.scans {
        for finding in scan.value.findings().iter().filter(|finding| finding.suppression.is_none()) {
            rules.entry(rule_of(finding)).or_insert_with(|| finding.title.clone());
            let mut result = of_finding(subject, scan, finding);
            let reason = accepted.waived(&scan.source(&finding.pointer));
            if let Some(waiver) = reason.and_then(|reason| subject.judged.waivers.get(reason.waived_by?)) {
                let because = waiver.waiver.reason.get_ref();
                result["suppressions"] = json!([{"kind": "external", "status": "accepted", "justification": because}]);
            }
            results.push(result);
        }
    }
    // Section 3.27.23: where one result of a run has suppressions, every result has them, if none then an empty list.
    if results.iter().any(|result| result.get("suppressions").is_some()) {
        for result in results.iter_mut().filter(|result| result.get("suppressions").is_none()) {
            result["suppressions"] = json!([]);
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

/// The reasons that decide about a check.
fn of_check<'c>(subject: &Subject<'c>, check: &'c Check) -> impl Iterator<Item = Value> {
    let (release, verdict) = (subject.release, check.verdict());
    let level = if verdict == Verdict::Conditional || !check.gating { "warning" } else { "error" };
    check.reasons.iter().filter(move |reason| reason.verdict() == verdict).map(move |reason| {
        let mut result = json!({
            "ruleId": check.rule.id, "level": level, "message": {"text": reason.text.to_string()},
            "properties": {"check": check.id, "verdict": verdict.word(), "gating": check.gating},
        });
        if let Some(source) = &reason.source {
            result["locations"] = json!([{
                "physicalLocation": {"artifactLocation": {"uri": uri(name(release, source.artifact))}},
                "logicalLocations": [{"fullyQualifiedName": source.pointer.to_string()}],
            }]);
        }
        result
    })
}

fn of_finding(subject: &Subject<'_>, scan: &Sourced<Scan>, finding: &Finding) -> Value {
    let level = match finding.severity {
        Severity::Critical | Severity::High | Severity::Unknown => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    };
    let place = |location: &Location| {
        let mut place = json!({"artifactLocation": {"uri": uri(&location.place)}});
        if let Some(line) = location.line.filter(|line| *line > 0) {
            place["region"] = json!({"startLine": line});
        }
        json!({"physicalLocation": place})
    };
    let locations: Vec<Value> = finding.locations.iter().take(MAX_LOCATIONS).map(place).collect();
    json!({
        "ruleId": rule_of(finding), "level": level, "message": {"text": finding.title}, "locations": locations,
        "properties": {
            "severity": finding.severity.word(), "artifact": name(subject.release, scan.artifact),
            "pointer": finding.pointer.to_string(),
        },
    })
}

/// The rule of a finding; rules of scanners have names of their own beside those of the gate.
fn rule_of(finding: &Finding) -> String {
    format!("finding/{}", finding.rule)
}

fn name(release: &Release, artifact: ArtifactId) -> &str {
    release.artifact(artifact).map_or("", |artifact| &artifact.name)
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
