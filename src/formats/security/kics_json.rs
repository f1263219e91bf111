//! KICS: the JSON report about infrastructure as code.
//!
//! ```json
//! {"kics_version": "v1.7.13", "files_scanned": 3, "files_parsed": 3, "files_failed_to_scan": 0, "queries_total": 1043,
//!  "queries_failed_to_execute": 0, "severity_counters": {"HIGH": 1}, "total_counter": 1,
//!  "queries": [{"query_name": "S3 Bucket Without Encryption", "query_id": "38c5ee0d", "severity": "HIGH", "cwe": "311",
//!    "files": [{"file_name": "main.tf", "line": 3, "resource_name": "orders"}]}]}
//! ```
//!
//! Each place of a query is one finding, as KICS counts them too (`total_counter`); where it counts more than are listed,
//! that is said.
//! Severity is KICS's own word: `CRITICAL`, `HIGH`, `MEDIUM`, `LOW`, `INFO`; `TRACE`, the word for entries of a bill of
//! materials, is info.
//! A report about no file, of which none could be parsed, or made with no query, says that nothing was looked at; files that failed to be scanned and
//! queries that failed to be executed make it partly scanned.
//! Versions before 1.3 write no version, and no total.
//! Found and expected values are left out: they may quote a password.
//! Keys by Checkmarx/kics, `pkg/model/summary.go`.

use super::records::{entry, keep};
use super::weakness::{counted, cwes, severity};
use crate::diagnostics::codes::{CONTRADICTION, NOTHING_RAN, PARTLY_SCANNED};
use crate::formats::Format;
use crate::model::{Evidence, Finding, Kind, Location, Scan, ScanClass, Severity, Tool};
use crate::source::{Doc, Node, Probe, Stop};

pub(super) static FORMAT: Format = Format {
    id: "kics-json",
    kinds: &[Kind::Security],
    tool: "KICS",
    title: "JSON report",
    produce: "kics scan -p . --report-formats json -o results",
    detect,
    read,
};

fn detect(probe: &Probe<'_>) -> bool {
    probe.document().is_some_and(|root| {
        let is_own = root.has(&["kics_version"]) || root.has(&["files_scanned", "queries_total"]);
        is_own && root.get("queries").exists()
    })
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let tree = doc.document()?;
    let root = tree.root();
    let queries = root.get("queries");
    let mut scan = Scan::new(ScanClass::IacConfig, queries.pointer());
    scan.tool = Some(Tool::new("KICS", root.get("kics_version").filled()));
    evidence.tool.clone_from(&scan.tool);
    evidence.time = root.get("end").time();
    scan.targets = root.get("paths").strings();
    for query in queries.items() {
        for place in query.get("files").items() {
            scan.push(entry(place, |place| finding(query, place)));
        }
    }
    let mut ran = true;
    let nothings = [
        ("files_scanned", "no file was scanned"),
        ("files_parsed", "no file could be parsed"),
        ("queries_total", "no query was loaded"),
    ];
    for (key, nothing) in nothings {
        if root.get(key).u64() == Some(0) {
            root.get(key).report(&NOTHING_RAN, nothing);
            ran = false;
        }
    }
    for (key, noun, what) in
        [("files_failed_to_scan", "file", "be scanned"), ("queries_failed_to_execute", "query", "be executed")]
    {
        let failed = root.get(key).u64().and_then(|count| usize::try_from(count).ok()).unwrap_or(0);
        if failed > 0 {
            let number =
                if noun == "query" && failed > 1 { format!("{failed} queries") } else { counted(failed, noun) };
            root.get(key).report(&PARTLY_SCANNED, format!("{number} failed to {what}"));
        }
    }
    let total = root.get("total_counter");
    let listed = scan.tally().total();
    if let Some(says) = total.u64().filter(|says| *says > listed) {
        let message = format!("says {says} results, {listed} are listed");
        doc.report(total.diagnostic(&CONTRADICTION, message).against(queries.pointer()));
    }
    keep(scan, ran, &mut evidence.scans);
    Ok(())
}

const SEVERITIES: &[(&str, Severity)] = &[
    ("CRITICAL", Severity::Critical),
    ("HIGH", Severity::High),
    ("MEDIUM", Severity::Medium),
    ("LOW", Severity::Low),
    ("INFO", Severity::Info),
    ("TRACE", Severity::Info),
];

fn finding(query: Node<'_>, place: Node<'_>) -> Finding {
    let rule = query.require("query_id").text().unwrap_or_else(|| "(no id)".to_owned());
    let title = query.get("query_name").filled().unwrap_or_else(|| rule.clone());
    let word = query.require("severity");
    let mut found = Finding::new(rule, title, severity(word, SEVERITIES), place.pointer());
    found.native_severity = word.filled();
    found.cwes = cwes(query.get("cwe"));
    found.description = query.get("description").filled();
    found.references = query.get("query_url").filled().into_iter().collect();
    let file = place.get("file_name").text().unwrap_or_default();
    let detail = place.get("resource_name").filled().filter(|name| name != "n/a");
    found.locations = vec![Location { place: file, line: place.get("line").u64(), detail }];
    found
}
