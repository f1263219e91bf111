//! Burp Suite: a scan task as the REST API of the Professional and Enterprise editions answers it.
//!
//! ```json
//! {"task_id": "3", "scan_status": "succeeded", "scan_metrics": {"crawl_requests_made": 90, "audit_requests_made": 4336},
//!  "issue_events": [{"id": "0", "type": "issue_found", "issue": {
//!     "name": "Strict transport security not enforced", "type_index": 16777984, "severity": "low",
//!     "confidence": "certain", "origin": "https://staging.example.com", "path": "/"}}]}
//! ```
//!
//! Each event with an issue is one finding with Burp's own severity: high, medium, low, info; Burp has no critical.
//! `false_positive` counts as suppressed, `undefined` is unknown.
//! A task that has not `succeeded` is incomplete: what it found so far is shown. So is one whose crawl or audit had a
//! network error for each request that it made.
//! Where the audit made no request, nothing was attacked: it is a passive scan, or none where it audited no item either.
//! Requests and responses are left out: they carry cookies and tokens.
//! Keys by the API's own description, `GET /v0.1/scan/{task_id}`.

use super::records::{entry, keep};
use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{CONTRADICTION, INCOMPLETE, MISSING_FIELD, NOTHING_RAN, TOOL_FAILED};
use crate::formats::Format;
use crate::model::{Evidence, Finding, Kind, Location, Pointer, Scan, ScanClass, Severity, Suppression, Tool};
use crate::source::{Doc, Json, JsonKind, Node, Probe, Stop};

pub(super) static FORMAT: Format = Format {
    id: "burp-api",
    kinds: &[Kind::Security],
    tool: "Burp Suite",
    title: "JSON of a scan task from the REST API",
    produce: "curl http://127.0.0.1:1337/v0.1/scan/3 > burp.json",
    detect,
    read,
};

fn detect(probe: &Probe<'_>) -> bool {
    ["task_id", "scan_status", "scan_metrics"].iter().any(|key| probe.is_object_with(&["issue_events", key]))
        || probe.is_object_with(&["task_id", "scan_status", "scan_metrics"])
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let diags = doc.diags().clone();
    let mut scan = Scan::new(ScanClass::ActiveDast, Pointer::whole());
    scan.tool = Some(Tool::new("Burp Suite", None));
    evidence.tool.clone_from(&scan.tool);
    let mut seen = Seen::default();
    let mut json = doc.json();
    let result = report(&mut json, &mut scan, &mut seen);
    let found = scan.tally().total() + scan.tally().suppressed;
    let is_passive = seen.audited == Some(0);
    if is_passive {
        scan.class = ScanClass::PassiveDast;
    }
    let nothing = match (seen.requests, is_passive && seen.items.is_none_or(|items| items == 0)) {
        _ if found > 0 => None,
        (Some(0), _) => Some("the scan made no request"),
        (_, true) => Some("the scan crawled, and audited nothing"),
        _ => None,
    };
    keep(scan, nothing.is_none(), &mut evidence.scans);
    result?;
    json.end()?;
    if !seen.status {
        diags.push(Diagnostic::new(&INCOMPLETE, "`scan_status` is missing, so nothing says that the scan ended"));
    }
    match (seen.events, seen.declared) {
        (None, _) => diags.push(Diagnostic::new(&MISSING_FIELD, "`issue_events` is missing")),
        (Some(events), Some((says, mut diagnostic))) if events < says => {
            diagnostic.message = format!("says {says} events, counted {events}");
            diags.push(diagnostic.against(Pointer::path("/issue_events")));
        }
        (Some(_), _) => {}
    }
    if let Some(nothing) = nothing {
        diags.push(Diagnostic::new(&NOTHING_RAN, nothing).at(Pointer::path("/scan_metrics")));
    }
    Ok(())
}

#[derive(Default)]
struct Seen {
    status: bool,
    /// Requests that the scan made; `None` where the task does not say.
    requests: Option<u64>,
    /// Those of the audit, and the items that it came to the end of.
    audited: Option<u64>,
    items: Option<u64>,
    /// How many events the task says there are, and a diagnostic at that place; `None` where it does not say.
    declared: Option<(u64, Diagnostic)>,
    /// Events that are listed; `None` where there is no list.
    events: Option<u64>,
}

fn report(json: &mut Json<'_>, scan: &mut Scan, seen: &mut Seen) -> Result<(), Stop> {
    json.object(|json, key| match key {
        "scan_status" => {
            let tree = json.tree()?;
            let word = tree.root().text();
            seen.status = word.is_some();
            match word.as_deref() {
                None | Some("succeeded") => {}
                Some(word @ ("failed" | "cancelled")) => {
                    tree.root().report(&TOOL_FAILED, format!("the scan is `{word}`"));
                }
                Some(word) => tree.root().report(&INCOMPLETE, format!("the scan is not finished, it is `{word}`")),
            }
            Ok(())
        }
        "scan_metrics" => {
            let tree = json.tree()?;
            let counts = ["crawl", "audit"].map(|part| requests(tree.root(), part));
            seen.audited = counts[1];
            seen.items = tree.root().get("audit_queue_items_completed").u64();
            seen.requests = counts.iter().flatten().copied().reduce(u64::saturating_add);
            let declared = tree.root().get("issue_events");
            seen.declared = declared.u64().map(|says| (says, declared.diagnostic(&CONTRADICTION, "")));
            Ok(())
        }
        "issue_events" => {
            if json.kind()? == JsonKind::Array {
                seen.events = Some(0);
            }
            json.array(|json, _| {
                seen.events = seen.events.map(|events| events + 1);
                event(json.record()?, scan);
                Ok(())
            })
        }
        _ => json.skip(),
    })
}

/// How many requests a part of the scan made; says where each had a network error.
fn requests(metrics: Node<'_>, part: &str) -> Option<u64> {
    let made = metrics.get(&format!("{part}_requests_made")).u64();
    let errors = metrics.get(&format!("{part}_network_errors"));
    if made.zip(errors.u64()).is_some_and(|(made, errors)| made > 0 && errors >= made) {
        errors.report(&INCOMPLETE, format!("each request of the {part} had a network error"));
    }
    made
}

fn event(node: Node<'_>, scan: &mut Scan) {
    let found = node.get("issue");
    if found.is_some() {
        if found.is_object() {
            let origin = found.get("origin").filled();
            scan.targets.extend(origin.filter(|origin| !scan.targets.contains(origin)));
        }
        scan.push(entry(found, issue));
    } else if node.get("type").text().is_none_or(|kind| kind == "issue_found") {
        // Other events are about the progress of the scan.
        scan.push(entry(node, |node| {
            Finding::new("unreadable", "event without its issue", Severity::Unknown, node.require("issue").pointer())
        }));
    }
}

const SEVERITIES: &[(&str, Severity)] = &[
    ("high", Severity::High),
    ("medium", Severity::Medium),
    ("low", Severity::Low),
    ("info", Severity::Info),
    ("information", Severity::Info),
    ("undefined", Severity::Unknown),
    ("false_positive", Severity::Unknown),
];

fn issue(node: Node<'_>) -> Finding {
    let title = node.require("name").text().unwrap_or_else(|| "unnamed".to_owned());
    let word = node.require("severity");
    let severity = word.word_any_case(SEVERITIES).unwrap_or(Severity::Unknown);
    let rule = node.get("type_index").text().unwrap_or_else(|| title.clone());
    let mut finding = Finding::new(rule, title, severity, node.pointer());
    finding.native_severity = word.text();
    finding.confidence = node.get("confidence").filled();
    let origin = node.get("origin").text().unwrap_or_default();
    let path = node.get("path").text().unwrap_or_default();
    let detail = node.get("caption").filled().filter(|caption| *caption != path);
    finding.locations.push(Location { place: format!("{origin}{path}"), line: None, detail });
    finding.description = node.get("description").filled();
    finding.solution = node.get("remediation").filled();
    finding.fingerprint = node.get("serial_number").text();
    if word.text().is_some_and(|text| text.eq_ignore_ascii_case("false_positive")) {
        finding.suppression = Some(Suppression { by: "marked as false positive".to_owned(), reason: None });
    }
    finding
}
