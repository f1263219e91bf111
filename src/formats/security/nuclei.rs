//! Nuclei: JSON lines, or the array of `-json-export`.
//!
//! ```json
//! {"template-id": "CVE-2021-44228", "info": {"name": "Apache Log4j2 RCE", "severity": "critical", "classification": {"cwe-id": ["cwe-502"]}}, "type": "http", "host": "http://shop:8080", "matched-at": "http://shop:8080/", "matcher-status": true}
//! ```
//!
//! Each row is a finding; rows for the same template with another matcher are others.
//! Severities are `critical`, `high`, `medium`, `low`, `info` and `unknown`; some old templates have none, which is unknown too.
//! A row with `"matcher-status": false` (`-matcher-status`) tells of a template that did not match: no finding.
//! One that has an `error` as well tells nothing; where a host has no other rows the scan is incomplete, and where more
//! templates over HTTP ended so than not, most of it was not tested.
//! Rows of version 2 are read as well (`templateID`, `matched`, `matcher_name`).
//! Requests, responses, `curl-command` and `extracted-results` are left out: they carry tokens.
//!
//! Without a match Nuclei writes an empty file, which proves nothing; `-matcher-status` writes a row for each template,
//! so that a clean scan is one that can be seen.
//! Keys by `pkg/output/output.go` of projectdiscovery/nuclei.

use std::collections::BTreeMap;

use super::weakness::{counted, cwes, id_of, severity};
use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{INCOMPLETE, NOT_COUNTED, NOT_TESTED, NOTHING_RAN};
use crate::formats::Format;
use crate::model::{Evidence, Finding, Kind, Location, Pointer, Scan, ScanClass, Severity, Tool};
use crate::source::json::shorten;
use crate::source::{Doc, Node, Probe, Stop};

pub(super) static FORMAT: Format = Format {
    id: "nuclei",
    kinds: &[Kind::Security],
    tool: "Nuclei",
    title: "JSON lines or array",
    produce: "nuclei -u https://staging.example.com -jsonl -matcher-status -o nuclei.jsonl",
    detect,
    read,
};

fn detect(probe: &Probe<'_>) -> bool {
    probe.records().chain(probe.elements()).any(is_row)
}

fn is_row(node: Node<'_>) -> bool {
    node.get("info").is_object()
        && (node.get("template-id").exists() || node.get("templateID").exists())
        && ["type", "host", "matched-at", "matched", "matcher-status"].iter().any(|key| node.get(key).exists())
        || node.get("template-id").is_string() && node.get("info").has(&["name", "severity"])
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let mut scan = Scan::new(ScanClass::ActiveDast, Pointer::whole());
    let (mut n_tried, mut n_errors): (u64, u64) = (0, 0);
    let mut hosts: BTreeMap<String, Reached> = BTreeMap::new();
    let outcome = doc.records(|tree| {
        let node = tree.root();
        evidence.add_time(node.get("timestamp").time());
        let matched = node.get("matcher-status").bool() != Some(false);
        let is_tried = matched || !node.get("error").is_some();
        n_tried += u64::from(is_tried);
        n_errors += u64::from(!is_tried);
        // Of an address that it cannot take apart Nuclei writes no host.
        let host = ["host", "url", "matched-at", "matched"].iter().find_map(|key| node.get(key).filled());
        if let Some(host) = host.as_deref().map(|host| host_of(host).to_ascii_lowercase())
            && (hosts.len() < MAX_HOSTS || hosts.contains_key(&host))
        {
            let reached = hosts.entry(host).or_insert_with(|| Reached::new(node.pointer()));
            reached.is_reached |= is_tried;
            // What does not listen on the port of another protocol is no part that was passed over.
            if node.get("type").str().as_deref() == Some("http") {
                *(if is_tried { &mut reached.answered } else { &mut reached.failed }) += 1;
            }
        }
        if let Some(host) = host {
            scan.add_target(host);
        }
        if matched {
            scan.push(finding(node));
        }
        Ok(())
    });
    let tool = Tool::new("Nuclei", None);
    scan.tool = Some(tool.clone());
    evidence.tool = Some(tool);
    evidence.scans.push(scan);
    outcome?;
    if n_tried == 0 {
        doc.report(Diagnostic::new(&NOTHING_RAN, "no template could be tried"));
        return Ok(());
    }
    errors(&hosts, n_errors, doc);
    Ok(())
}

/// Says of which hosts too little could be tried.
fn errors(hosts: &BTreeMap<String, Reached>, n_errors: u64, doc: &Doc<'_>) {
    let more = |count: usize| match count {
        0 => String::new(),
        more => format!(" and of {}", counted(more, "more host")),
    };
    let mut unreached = hosts.iter().filter(|(_, host)| !host.is_reached);
    let mut doubtful = hosts.iter().filter(|(_, host)| host.failed > host.answered);
    if let Some((host, Reached { first, .. })) = unreached.next() {
        let more = more(unreached.count());
        let message = format!("no template could be tried of {}{more}: each ended with an error", shorten(host));
        doc.report(Diagnostic::new(&INCOMPLETE, message).at(first.clone()));
    } else if let Some((host, Reached { first, answered, failed, .. })) = doubtful.next() {
        let (host, more, all) = (shorten(host), more(doubtful.count()), answered + failed);
        let message =
            format!("most templates could not be tried of {host}{more}: {failed} of {all} ended with an error");
        doc.report(Diagnostic::new(&NOT_TESTED, message).at(first.clone()));
    } else if n_errors > 0 {
        let message = format!("{n_errors} attempts ended with an error, and tell nothing");
        doc.report(Diagnostic::new(&NOT_COUNTED, message));
    }
}

/// What could be tried of a host, and where it is first named.
struct Reached {
    is_reached: bool,
    /// Templates over HTTP that could be tried.
    answered: u64,
    /// Templates over HTTP that ended with an error.
    failed: u64,
    first: Pointer,
}

impl Reached {
    const fn new(first: Pointer) -> Reached {
        Reached { is_reached: false, answered: 0, failed: 0, first }
    }
}

/// Hosts that are told apart.
const MAX_HOSTS: usize = 10_000;

/// The host of an address, without scheme, port and path: what listens on one of its ports is reached.
fn host_of(address: &str) -> &str {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let host = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) && !name.ends_with(':') => name,
        _ => host,
    }
}

const SEVERITIES: &[(&str, Severity)] = &[
    ("critical", Severity::Critical),
    ("high", Severity::High),
    ("medium", Severity::Medium),
    ("low", Severity::Low),
    ("info", Severity::Info),
    ("unknown", Severity::Unknown),
    ("undefined", Severity::Unknown),
];

fn finding(node: Node<'_>) -> Finding {
    let either = |keys: &[&str]| keys.iter().find_map(|key| node.get(key).filled());
    let id = either(&["template-id", "templateID"]).unwrap_or_else(|| id_of(node, "template-id"));
    let info = node.get("info");
    let word = info.get("severity");
    let title = info.get("name").filled().unwrap_or_else(|| id.clone());
    let mut found = Finding::new(id, title, severity(word, SEVERITIES), node.pointer());
    found.native_severity = word.filled();
    found.cwes = cwes(info.path(&["classification", "cwe-id"]));
    found.description = info.get("description").filled();
    found.solution = info.get("remediation").filled();
    found.references = info.get("reference").strings();
    let place = either(&["matched-at", "matched", "url", "host"]);
    let detail = either(&["matcher-name", "matcher_name"]);
    if place.is_some() || detail.is_some() {
        found.locations = vec![Location { place: place.unwrap_or_default(), line: None, detail }];
    }
    found
}
