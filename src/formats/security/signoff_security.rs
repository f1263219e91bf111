//! signoff's own format for a security assessment by a person: a Top-10 review, response headers, findings of a manual test.
//!
//! ```json
//! {"schema": "signoff.security/1", "author": "J. Doe", "document": "docs/security/owasp-report.md", "target": "https://staging.example.com",
//!  "categories": [{"code": "A01:2025", "name": "Broken Access Control", "status": "met"},
//!                 {"code": "A09:2025", "status": "partial", "note": "no alerting yet"}],
//!  "headers": [{"name": "Strict-Transport-Security", "present": false}],
//!  "recommendations": ["Add the headers in the middleware"],
//!  "findings": [{"rule": "MAN-1", "title": "Token in the log", "severity": "medium", "location": "src/auth.py", "cwe": 532}]}
//! ```
//!
//! A category is `met`, `partial`, `not_met` or `not_assessed`; it is shown as attested, never as scanned.
//! A header says whether it was `present`, and may say its `value`.
//! Findings are of severity `critical`, `high`, `medium`, `low` or `info`, and count like those of a scanner: a manual test is a scan of its own.
//! `location` and `cwe` are one value or an array; a CWE is `532` or `"CWE-532"`.
//! An assessment that assesses nothing (no category, no header, no finding, or every category `not_assessed`) is an error.
//! A category that stands twice with different words is a contradiction.
//! An unknown key is reported, since a misspelt one would be lost in silence.

use std::collections::BTreeMap;

use crate::diagnostics::codes::{CONTRADICTION, NOTHING_RAN, OUT_OF_RANGE, UNREADABLE_PART};
use crate::formats::Format;
use crate::formats::native::{header, known_keys};
use crate::model::assessment::{Assessment, Attestation, AttestedStatus, Header};
use crate::model::{Evidence, Finding, Kind, Location, Scan, ScanClass, Severity};
use crate::source::json::shorten;
use crate::source::{Doc, Node, Probe, Stop};

pub(super) static FORMAT: Format = Format {
    id: "signoff-security",
    kinds: &[Kind::Security],
    tool: "signoff",
    title: "Native security assessment (signoff.security/1)",
    produce: "$EDITOR security.json  # by hand, from the assessment",
    detect,
    read,
};

const SCHEMA: &str = "signoff.security/1";
const KEYS: &[&str] = &[
    "schema",
    "author",
    "document",
    "target",
    "categories",
    "headers",
    "recommendations",
    "findings",
    "tool",
    "time",
    "environment",
    "commit",
    "version",
    "product",
];
const FINDING_KEYS: &[&str] = &["rule", "title", "severity", "location", "cwe", "description", "solution"];
const SEVERITIES: &[(&str, Severity)] = &[
    ("critical", Severity::Critical),
    ("high", Severity::High),
    ("medium", Severity::Medium),
    ("low", Severity::Low),
    ("info", Severity::Info),
];

fn detect(probe: &Probe<'_>) -> bool {
    probe.first().is_some_and(|first| first.get("schema").str().as_deref() == Some(SCHEMA))
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    doc.records(|tree| {
        let root = tree.root();
        if root.get("schema").str().as_deref() == Some(SCHEMA) {
            document(root, evidence);
        } else {
            root.report(&UNREADABLE_PART, format!("the record is not of schema `{SCHEMA}`"));
        }
        Ok(())
    })
}

fn document(root: Node<'_>, evidence: &mut Evidence) {
    known_keys(root, KEYS);
    header(root, evidence);
    let assessment = Assessment {
        author: root.get("author").filled(),
        document: root.get("document").filled(),
        target: root.get("target").filled(),
        categories: root.get("categories").items().map(attestation).collect(),
        headers: root.get("headers").items().map(response_header).collect(),
        recommendations: root.get("recommendations").strings(),
        pointer: root.pointer(),
    };
    contradictions(root, &assessment.categories);
    let findings = root.get("findings");
    let assessed = assessment.categories.iter().any(|c| c.status != AttestedStatus::NotAssessed);
    if !assessed && assessment.headers.is_empty() && findings.is_empty() {
        root.report(&NOTHING_RAN, "nothing is assessed");
    }
    if findings.is_some() {
        let mut scan = Scan::new(ScanClass::Manual, findings.pointer());
        scan.tool.clone_from(&evidence.tool);
        scan.targets.extend(assessment.target.clone());
        findings.items().for_each(|node| scan.push(finding(node)));
        evidence.scans.push(scan);
    }
    evidence.assessments.push(assessment);
}

fn attestation(node: Node<'_>) -> Attestation {
    known_keys(node, &["code", "name", "status", "note"]);
    Attestation {
        code: node.require("code").string().unwrap_or_default(),
        name: node.get("name").filled(),
        // What cannot be read is not known to have been looked at.
        status: node.require("status").word(&AttestedStatus::ALL).unwrap_or(AttestedStatus::NotAssessed),
        note: node.get("note").filled(),
        pointer: node.pointer(),
    }
}

fn contradictions(root: Node<'_>, categories: &[Attestation]) {
    let mut seen: BTreeMap<&str, &Attestation> = BTreeMap::new();
    for (index, category) in categories.iter().enumerate() {
        match seen.get(category.code.as_str()) {
            Some(first) if first.status != category.status => {
                let (now, then) = (category.status.word(), first.status.word());
                let message = format!("`{}` is {then}, and further down {now}", shorten(&category.code));
                let diagnostic = root.get("categories").at(index).diagnostic(&CONTRADICTION, message);
                root.diags().push(diagnostic.against(first.pointer.clone()));
            }
            Some(_) => {}
            None => drop(seen.insert(&category.code, category)),
        }
    }
}

fn response_header(node: Node<'_>) -> Header {
    known_keys(node, &["name", "present", "value"]);
    Header {
        name: node.require("name").string().unwrap_or_default(),
        // A header that nobody says is there counts as missing.
        present: node.require("present").bool().unwrap_or(false),
        value: node.get("value").string(),
        pointer: node.pointer(),
    }
}

fn finding(node: Node<'_>) -> Finding {
    known_keys(node, FINDING_KEYS);
    let title = node.require("title").string().unwrap_or_default();
    let rule = node.get("rule").text().unwrap_or_else(|| title.clone());
    let word = node.require("severity");
    let severity = word.word_any_case(SEVERITIES).unwrap_or(Severity::Unknown);
    let mut finding = Finding::new(rule, title, severity, node.pointer());
    finding.native_severity = word.text();
    finding.locations = places(node.get("location"));
    finding.occurrences = finding.locations.len().max(1) as u64;
    let numbers = node.get("cwe");
    finding.cwes =
        if numbers.is_array() { numbers.items().filter_map(cwe).collect() } else { cwe(numbers).into_iter().collect() };
    finding.description = node.get("description").filled();
    finding.solution = node.get("solution").filled();
    finding
}

fn places(node: Node<'_>) -> Vec<Location> {
    node.strings().into_iter().map(|place| Location { place, ..Location::default() }).collect()
}

fn cwe(node: Node<'_>) -> Option<u32> {
    let text = node.text()?;
    let number = text.strip_prefix("CWE-").unwrap_or(&text).parse().ok();
    if number.is_none() {
        node.report(&OUT_OF_RANGE, format!("`{}` is no CWE number", shorten(&text)));
    }
    number
}
