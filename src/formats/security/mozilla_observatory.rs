//! HTTP Observatory by Mozilla: scan and tests of a site's response headers, or the tests alone, from the API or the
//! command line (`mdn-http-observatory-scan`).
//!
//! ```json
//! {"scan": {"grade": "B+", "score": 80, "state": "FINISHED", "tests_failed": 1, "tests_passed": 1, "tests_quantity": 2},
//!  "tests": {
//!    "content-security-policy": {"pass": false, "score_modifier": -20, "result": "csp-implemented-with-unsafe-inline",
//!                                "score_description": "Content Security Policy (CSP) implemented unsafely"},
//!    "x-frame-options": {"pass": true, "score_modifier": 5, "result": "x-frame-options-implemented-via-csp"}}}
//! ```
//!
//! Each test is one entry.
//! Observatory has no severities: a failed test is high where it costs 40 points or more, medium from 20, low below,
//! which is signoff's reading.
//! A test that passed, or that did not apply, is counted as info and belongs to no OWASP category.
//! The weakness of a failed test is that of the header by the table of recommended headers.
//! Grade and response headers are left out.
//! Keys by mozilla/http-observatory, `httpobs/docs/api.md`, and mdn/mdn-http-observatory.

use super::records::{entry, keep};
use crate::diagnostics::codes::{CONTRADICTION, INCOMPLETE, NOTHING_RAN, TOOL_FAILED};
use crate::formats::Format;
use crate::model::{Evidence, Finding, Kind, Scan, ScanClass, Severity, Tool};
use crate::source::{Doc, Node, Probe, Stop};
use crate::taxonomy::headers;

pub(super) static FORMAT: Format = Format {
    id: "mozilla-observatory",
    kinds: &[Kind::Security],
    tool: "HTTP Observatory",
    title: "JSON of a scan with its tests",
    produce: "mdn-http-observatory-scan staging.example.com > observatory.json",
    detect,
    read,
};

fn detect(probe: &Probe<'_>) -> bool {
    let Some(root) = probe.document().filter(|root| root.is_object()) else { return false };
    let is_test = |node: Node<'_>| {
        node.has(&["expectation", "result", "pass"])
            && (node.has(&["score_modifier"]) || node.has(&["scoreModifier"]) || node.has(&["score_description"]))
    };
    let tests = root.get("tests");
    if tests.is_object() {
        let scan = root.get("scan");
        let graded = scan.has(&["grade"]) || scan.has(&["tests_quantity"]) || scan.has(&["testsQuantity"]);
        return tests.entries().all(|(_, test)| is_test(test)) && (graded || !tests.is_empty());
    }
    !root.is_empty() && root.entries().all(|(_, test)| is_test(test))
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let tree = doc.document()?;
    let root = tree.root();
    let about = root.get("scan");
    let list = if root.get("tests").is_object() { root.get("tests") } else { root };
    let mut scan = Scan::new(ScanClass::TlsHeaders, list.pointer());
    scan.tool = Some(Tool::new("HTTP Observatory", None));
    evidence.tool.clone_from(&scan.tool);
    let mut failed = 0;
    for (name, test) in list.members() {
        if test.get("pass").is_bool() && test.get("pass").bool() == Some(false) {
            failed += 1;
        }
        scan.push(entry(test, |test| finding(&name, test)));
    }
    let counted = scan.tally().total();
    keep(scan, counted > 0, &mut evidence.scans);
    if counted == 0 {
        list.report(&NOTHING_RAN, "no test was made");
    }
    let error = about.get("error");
    if error.is_some() {
        error.report(&TOOL_FAILED, format!("the scan failed: {}", error.text().unwrap_or_default()));
    }
    let state = about.get("state");
    match state.text().as_deref() {
        None | Some("FINISHED") => {}
        Some("FAILED" | "ABORTED") => state.report(&TOOL_FAILED, "the scan failed"),
        Some(other) => state.report(&INCOMPLETE, format!("the scan is in state `{other}`")),
    }
    for (keys, counted, what) in
        [(["tests_quantity", "testsQuantity"], counted, "tests"), (["tests_failed", "testsFailed"], failed, "failed")]
    {
        let declared = keys.iter().map(|key| about.get(key)).find(|node| node.is_some());
        if let Some((node, says)) = declared.and_then(|node| Some((node, node.u64()?))).filter(|(_, n)| *n != counted) {
            let message = format!("says {says} {what}, counted {counted}");
            doc.report(node.diagnostic(&CONTRADICTION, message).against(list.pointer()));
        }
    }
    Ok(())
}

fn finding(name: &str, test: Node<'_>) -> Finding {
    let pass = test.get("pass");
    if !pass.exists() {
        test.require("pass");
    }
    let modifier = [test.get("score_modifier"), test.get("scoreModifier")].into_iter().find_map(Node::f64);
    let severity = match (pass.bool(), modifier) {
        (Some(true), _) => Severity::Info,
        // The newer API writes null for a test that does not apply.
        (None, _) if pass.is_null() => Severity::Info,
        (Some(false), Some(points)) if points <= -40.0 => Severity::High,
        (Some(false), Some(points)) if points <= -20.0 => Severity::Medium,
        (Some(false), Some(_)) => Severity::Low,
        (Some(false) | None, _) => Severity::Unknown,
    };
    let result = test.get("result").filled();
    let text = test.get("score_description").filled().or_else(|| test.get("title").filled()).or(result.clone());
    let title = text.map_or_else(|| name.to_owned(), |text| format!("{name}: {text}"));
    let mut finding = Finding::new(name, title, severity, test.pointer());
    finding.native_severity = modifier.map(|points| format!("{points} points"));
    if pass.bool() == Some(false) {
        finding.cwes = headers::find(name).and_then(|header| header.cwe).into_iter().collect();
    }
    finding.description = result;
    finding
}
