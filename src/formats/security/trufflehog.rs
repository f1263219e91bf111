//! TruffleHog: the JSON lines of version 3.
//!
//! ```json
//! {"SourceMetadata":{"Data":{"Git":{"commit":"fbc14303ffbf","file":"keys","repository":"https://git.example.com/shop","line":4}}},"SourceName":"trufflehog - git","DetectorName":"AWS","Verified":true,"Raw":"REDACTED"}
//! {"level":"info-0","ts":"2025-11-20T09:00:00Z","logger":"trufflehog","msg":"finished scanning","chunks":979,"bytes":4205183,"verified_secrets":1,"unverified_secrets":0,"trufflehog_version":"3.95.2"}
//! ```
//!
//! Each secret is one finding; a list of the lines (`jq -s`) is read too.
//! TruffleHog has no severity: as with Gitleaks each secret is high, whether it could be verified or not, which is told as
//! its confidence.
//! The secret itself (`Raw`, `RawV2`, `Redacted`) and what was learnt with it are never kept.
//!
//! Without a secret the output is empty, which proves nothing; the log, which TruffleHog writes to standard error, tells
//! that the scan was finished and how much it looked at: write both into the file.
//! A log of level `error` makes the scan incomplete, and so do more secrets that it counts than are listed; a scan that
//! looked at no chunk has looked at nothing.
//! Reports of version 2, which was written in Python, are not read.
//! Keys by trufflesecurity/trufflehog, `pkg/output/json.go` and `main.go`.

use super::records::keep;
use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{INCOMPLETE, NOTHING_RAN, UNREADABLE_PART};
use crate::formats::Format;
use crate::model::{Evidence, Finding, Kind, Location, Pointer, Scan, ScanClass, Severity, Tool};
use crate::source::json::shorten;
use crate::source::{Doc, Node, Probe, Stop};

pub(super) static FORMAT: Format = Format {
    id: "trufflehog",
    kinds: &[Kind::Security],
    tool: "TruffleHog",
    title: "JSON lines, with or without its log",
    produce: "trufflehog git file://. --json --no-update > trufflehog.ndjson 2>&1",
    detect,
    read,
};

fn detect(probe: &Probe<'_>) -> bool {
    probe.records().chain(probe.elements()).any(|record| {
        record.has(&["SourceMetadata", "DetectorName"]) || record.has(&["level", "msg"]) && is_log(record)
    })
}

/// Whether it is a line of the log.
fn is_log(node: Node<'_>) -> bool {
    node.get("logger").str().as_deref() == Some("trufflehog")
}

#[derive(Default)]
struct Seen {
    version: Option<String>,
    /// Whether a line tells that the scan was finished.
    is_finished: bool,
    /// Whether it looked at nothing.
    is_empty: bool,
    /// How many secrets it counted, and where.
    counted: Option<(u64, Diagnostic)>,
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let mut scan = Scan::new(ScanClass::Secrets, Pointer::whole());
    let mut seen = Seen::default();
    let outcome = doc.records(|tree| {
        let node = tree.root();
        if node.get("DetectorName").exists() {
            secret(node, &mut scan);
        } else if node.has(&["level", "msg"]) {
            evidence.add_time(node.get("ts").time());
            log(node, &mut seen);
        } else {
            node.report(&UNREADABLE_PART, "this line is neither a secret nor a log");
        }
        Ok(())
    });
    let tool = Tool::new("TruffleHog", seen.version.filter(|version| version != "dev"));
    scan.tool = Some(tool.clone());
    evidence.tool = Some(tool);
    let found = scan.tally().total();
    keep(scan, !seen.is_empty && (seen.is_finished || found > 0), &mut evidence.scans);
    outcome?;
    if found == 0 && !seen.is_finished {
        doc.report(Diagnostic::new(&INCOMPLETE, "nothing tells that the scan was finished"));
    }
    if let Some((says, mut diagnostic)) = seen.counted.filter(|(says, _)| *says > found) {
        diagnostic.message = format!("says {says} secrets, {found} are listed");
        doc.report(diagnostic.help("write the output and the log into one file: `> trufflehog.ndjson 2>&1`"));
    }
    Ok(())
}

/// A line of the log.
fn log(node: Node<'_>, seen: &mut Seen) {
    let message = node.get("msg").text().unwrap_or_default();
    if node.get("level").str().as_deref() == Some("error") {
        let error = node.get("errors").at(0).text().or_else(|| node.get("error").filled());
        let error = error.map(|error| format!(": {}", shorten(&error))).unwrap_or_default();
        node.report(&INCOMPLETE, format!("TruffleHog says: {}{error}", shorten(&message)));
    }
    if message == "finished scanning" {
        seen.is_finished = true;
        seen.version = node.get("trufflehog_version").filled();
        let counts = ["verified_secrets", "unverified_secrets"].map(|key| node.get(key).u64().unwrap_or(0));
        seen.counted = Some((counts[0].saturating_add(counts[1]), node.diagnostic(&INCOMPLETE, "")));
        let chunks = node.get("chunks");
        if chunks.u64() == Some(0) {
            seen.is_empty = true;
            chunks.report(&NOTHING_RAN, "no chunk was looked at");
        }
    }
}

fn secret(node: Node<'_>, scan: &mut Scan) {
    let rule = node.get("DetectorName").filled().unwrap_or_else(|| "(no id)".to_owned());
    let verified = node.get("Verified").bool() == Some(true);
    let mut found = Finding::new(rule.clone(), rule, Severity::High, node.pointer());
    found.confidence = Some(if verified { "verified" } else { "not verified" }.to_owned());
    found.description = node.get("DetectorDescription").filled();
    let data = node.path(&["SourceMetadata", "Data"]);
    if let Some((_, source)) = data.members().next() {
        let place = ["file", "link", "page", "image", "bucket"].iter().find_map(|key| source.get(key).filled());
        let commit = source.get("commit").filled();
        let detail = commit.map(|hash| format!("commit {}", hash.chars().take(12).collect::<String>()));
        if let Some(place) = place {
            found.locations = vec![Location { place, line: source.get("line").u64().filter(|line| *line > 0), detail }];
        }
        let target = ["repository", "bucket", "image"].iter().find_map(|key| source.get(key).filled());
        target.into_iter().for_each(|target| scan.add_target(target));
    }
    scan.push(found);
}
