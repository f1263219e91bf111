//! testssl.sh: the JSON reports about the TLS configuration of a server, flat (`--jsonfile`) and pretty
//! (`--jsonfile-pretty`).
//!
//! ```json
//! [{"id": "TLS1", "ip": "shop.example.com/203.0.113.7", "port": "443", "severity": "LOW", "finding": "offered"},
//!  {"id": "heartbleed", "ip": "shop.example.com/203.0.113.7", "port": "443", "severity": "OK",
//!   "cve": "CVE-2014-0160", "cwe": "CWE-119", "finding": "not vulnerable"}]
//! ```
//!
//! Each row is one entry with testssl's own severity: CRITICAL, HIGH, MEDIUM and LOW are problems.
//! INFO and OK are counted as info: OK is a check that passed, so it is given no weakness and belongs to no OWASP
//! category.
//! WARN is a check that could not be made: it is counted as unknown, and a warning says which.
//! The one exception is `engine_problem`, which only says that the local OpenSSL has no GOST engine.
//! FATAL, a `scanProblem` and an interrupted scan make the scan incomplete.
//! In the pretty report the problems of the client (`clientProblem…`) stand beside the results and are not counted.
//! With `--severity` testssl.sh writes no row below that word: it stands in the `Invocation` of the pretty report; a report
//! without a single OK or INFO was made with it, and leaves out what is below the least of its rows.
//! testssl.sh 3.0 writes invalid JSON when it dies: such a file is refused.
//! Severities by drwetter/testssl.sh, `fileout` and `show_finding` in `testssl.sh`.

use std::collections::BTreeSet;

use super::records::{keep, unreadable};
use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{INCOMPLETE, NOT_TESTED, NOTHING_RAN, UNREADABLE_PART};
use crate::formats::Format;
use crate::model::{Evidence, Finding, Kind, Location, Pointer, Scan, ScanClass, Severity, Tool};
use crate::source::{Doc, Json, JsonKind, Node, Probe, Stop};
use crate::taxonomy::cwe;

pub(super) static FORMAT: Format = Format {
    id: "testssl-json",
    kinds: &[Kind::Security],
    tool: "testssl.sh",
    title: "JSON report, flat and pretty",
    produce: "testssl.sh --jsonfile-pretty testssl.json https://staging.example.com",
    detect,
    read,
};

fn detect(probe: &Probe<'_>) -> bool {
    let Some(root) = probe.document() else { return false };
    if root.is_object() {
        let other = ["Invocation", "openssl", "startTime", "clientProblem1"];
        return root.get("scanResult").is_array() && other.iter().any(|key| root.has(&[key]))
            || root.has(&["Invocation", "openssl"])
            || root.has(&["clientProblem1"]);
    }
    let row = |node: Node<'_>| node.has(&["id", "ip", "port", "severity", "finding"]);
    !root.is_empty() && probe.elements().all(row)
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let diags = doc.diags().clone();
    let mut rows = Rows {
        scan: Scan::new(ScanClass::TlsHeaders, Pointer::whole()),
        hosts: BTreeSet::new(),
        checks: 0,
        version: None,
        is_full: false,
        least: None,
    };
    let mut json = doc.json();
    let result = match json.kind()? {
        JsonKind::Array => json.array(|json, _| {
            let tree = json.tree()?;
            let row = tree.root();
            let host = row.get("ip").text().unwrap_or_default();
            let port = row.get("port").text().unwrap_or_default();
            // Rows about the client have no host.
            rows.add(row, if host == "/" { String::new() } else { format!("{host}:{port}") });
            Ok(())
        }),
        JsonKind::Object | JsonKind::Scalar => pretty(&mut json, &mut rows),
    };
    let Rows { mut scan, hosts, checks, version, is_full, least } = rows;
    scan.threshold = scan.threshold.or(least.filter(|_| !is_full));
    scan.targets = hosts.into_iter().collect();
    let tool = Tool::new("testssl.sh", version);
    scan.tool = Some(tool.clone());
    evidence.tool = Some(tool);
    keep(scan, checks > 0, &mut evidence.scans);
    result?;
    json.end()?;
    if checks == 0 {
        diags.push(Diagnostic::new(&NOTHING_RAN, "no server was tested"));
    }
    Ok(())
}

struct Rows {
    scan: Scan,
    hosts: BTreeSet<String>,
    /// Rows about a server, whatever they say.
    checks: u64,
    version: Option<String>,
    /// Whether it has rows that are no problem.
    is_full: bool,
    /// The least severity of its problems.
    least: Option<Severity>,
}

/// The least severity that the command line of testssl lets into the report; `None` where it asks for none.
fn threshold(invocation: &str) -> Option<Severity> {
    let mut words = invocation.split_whitespace();
    let word = words.find_map(|word| match word.strip_prefix("--severity")? {
        "" => Some(None),
        rest => rest.strip_prefix('=').map(Some),
    })?;
    let word = word.or_else(|| words.next())?;
    WORDS.iter().find(|(known, _)| known.eq_ignore_ascii_case(word)).and_then(|(_, word)| match word {
        Word::Problem(severity) if *severity <= Severity::Low => Some(*severity),
        Word::Problem(_) | Word::Passed | Word::NotTested | Word::Fatal => None,
    })
}

fn pretty(json: &mut Json<'_>, rows: &mut Rows) -> Result<(), Stop> {
    json.object(|json, key| match key {
        "version" => {
            // Followed by junk: `3.0.8  from`.
            let text = json.record()?.text().unwrap_or_default();
            rows.version = text.split_whitespace().next().map(ToOwned::to_owned);
            Ok(())
        }
        "Invocation" => {
            let tree = json.tree()?;
            rows.scan.threshold = tree.root().text().as_deref().and_then(threshold);
            Ok(())
        }
        "scanTime" => {
            let tree = json.tree()?;
            let text = tree.root().text().unwrap_or_default();
            if text.to_lowercase().contains("interrupted") {
                tree.root().report(&INCOMPLETE, format!("testssl says: {text}"));
            }
            Ok(())
        }
        "scanResult" => json.array(|json, _| {
            host(json.record()?, rows);
            Ok(())
        }),
        key if key.starts_with("clientProblem") || key.starts_with("scanProblem") => {
            let tree = json.tree()?;
            if tree.root().is_array() {
                tree.root().items().for_each(problem);
            } else {
                problem(tree.root());
            }
            Ok(())
        }
        _ => json.skip(),
    })
}

/// The sections that every pretty report has, where they are not left out on purpose.
const SECTIONS: &[&str] = &[
    "protocols",
    "ciphers",
    "pfs",
    "fs",
    "serverPreferences",
    "serverDefaults",
    "headerResponse",
    "vulnerabilities",
    "rating",
];

/// The sections of one server of the pretty report.
fn host(node: Node<'_>, rows: &mut Rows) {
    if node.get("severity").is_some() {
        problem(node);
        return;
    }
    let name = node.get("targetHost").text().unwrap_or_default();
    let address = node.get("ip").text().unwrap_or_default();
    let port = node.get("port").text().unwrap_or_default();
    let place = format!("{name}/{address}:{port}");
    for section in SECTIONS.iter().map(|name| node.get(name)).filter(|section| section.exists() && !section.is_array())
    {
        section.report(&UNREADABLE_PART, "this section is no list of rows");
    }
    for (_, section) in node.entries().filter(|(_, section)| section.is_array()) {
        for row in section.items() {
            rows.add(row, place.clone());
        }
    }
}

/// What the words of testssl mean.
#[derive(Clone, Copy)]
enum Word {
    Problem(Severity),
    Passed,
    NotTested,
    Fatal,
}

const WORDS: &[(&str, Word)] = &[
    ("CRITICAL", Word::Problem(Severity::Critical)),
    ("HIGH", Word::Problem(Severity::High)),
    ("MEDIUM", Word::Problem(Severity::Medium)),
    ("LOW", Word::Problem(Severity::Low)),
    ("INFO", Word::Problem(Severity::Info)),
    ("DEBUG", Word::Problem(Severity::Info)),
    ("OK", Word::Passed),
    ("WARN", Word::NotTested),
    ("FATAL", Word::Fatal),
];

/// Reports a row that says that something could not be tested.
fn problem(row: Node<'_>) {
    let id = row.get("id").text().unwrap_or_default();
    let text = row.get("finding").text().unwrap_or_default();
    match row.get("severity").word_any_case(WORDS) {
        Some(Word::Fatal) => row.report(&INCOMPLETE, format!("{id}: {text}")),
        Some(Word::NotTested) if text.to_lowercase().contains("interrupted") => {
            row.report(&INCOMPLETE, format!("{id}: {text}"));
        }
        // Says that the local OpenSSL has no GOST engine.
        Some(Word::NotTested) if id != "engine_problem" => row.report(&NOT_TESTED, format!("{id}: {text}")),
        Some(Word::NotTested | Word::Problem(_) | Word::Passed) | None => {}
    }
}

impl Rows {
    fn add(&mut self, row: Node<'_>, place: String) {
        if !row.is_object() {
            self.scan.push(unreadable(row));
            return;
        }
        let id = row.require("id").text().unwrap_or_else(|| "unnamed".to_owned());
        let text = row.get("finding").text().unwrap_or_default();
        let word = row.require("severity");
        let meaning = word.text().and_then(|text| WORDS.iter().find(|(word, _)| *word == text)).map(|(_, word)| *word);
        if !matches!(meaning, Some(Word::Problem(_) | Word::Passed)) {
            problem(row);
        }
        let severity = match meaning {
            Some(Word::Problem(severity)) => severity,
            Some(Word::Passed) => Severity::Info,
            Some(Word::NotTested | Word::Fatal) | None => Severity::Unknown,
        };
        match meaning {
            Some(Word::Problem(severity)) if severity <= Severity::Low => self.least = self.least.max(Some(severity)),
            Some(Word::Problem(_) | Word::Passed) => self.is_full = true,
            Some(Word::NotTested | Word::Fatal) | None => {}
        }
        let mut finding = Finding::new(id.clone(), format!("{id}: {text}"), severity, row.pointer());
        finding.native_severity = word.text();
        if !matches!(meaning, Some(Word::Passed)) {
            let weaknesses = row.get("cwe").text().unwrap_or_default();
            finding.cwes = weaknesses.split_whitespace().filter_map(cwe::parse).collect();
            let known = row.get("cve").text().unwrap_or_default();
            finding.references = known.split_whitespace().map(ToOwned::to_owned).collect();
        }
        if !place.is_empty() {
            finding.locations.push(Location { place: place.clone(), line: None, detail: None });
            if !matches!(meaning, Some(Word::Fatal)) {
                self.checks += 1;
                self.hosts.insert(place);
            }
        }
        self.scan.push(finding);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::{Options, read_bytes};

    #[test]
    fn rows_without_any_that_passed_are_those_above_a_least_severity() {
        let row = |severity: &str| {
            format!(r#"{{"id": "x", "ip": "a/1.2.3.4", "port": "443", "severity": "{severity}", "finding": "f"}}"#)
        };
        for (words, least) in [
            (&["CRITICAL", "MEDIUM", "HIGH"][..], Some(Severity::Medium)),
            (&["HIGH", "WARN"], Some(Severity::High)),
            (&["HIGH", "OK"], None),
            (&["INFO"], None),
        ] {
            let rows: Vec<String> = words.iter().map(|word| row(word)).collect();
            let text = format!("[{}]", rows.join(","));
            let artifact = read_bytes("testssl.json", text.as_bytes(), &Options::default());
            assert_eq!(artifact.evidence.scans[0].threshold, least, "{words:?}");
        }
    }

    #[test]
    fn the_least_severity_stands_in_the_command_line() {
        for (invocation, severity) in [
            ("testssl.sh --severity HIGH --jsonfile-pretty t.json https://shop.example.com", Some(Severity::High)),
            ("testssl.sh --quiet --severity=critical shop.example.com", Some(Severity::Critical)),
            ("testssl.sh --jsonfile-pretty t.json https://shop.example.com/--severity", None),
            ("testssl.sh --severity", None),
            ("testssl.sh --severity INFO shop.example.com", None),
        ] {
            assert_eq!(threshold(invocation), severity, "{invocation}");
        }
    }
}
