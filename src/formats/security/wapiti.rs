//! Wapiti: the JSON report of the scanner of web applications.
//!
//! ```json
//! {"vulnerabilities": {"SQL Injection": [{"method": "GET", "path": "/item", "info": "SQL Injection via injection in the parameter id",
//!    "level": 4, "parameter": "id", "module": "sql"}], "Open Redirect": []}, "anomalies": {}, "additionals": {},
//!  "infos": {"target": "https://staging.example.com/", "version": "Wapiti 3.2.4", "crawled_pages_nbr": 12}}
//! ```
//!
//! Each entry of `vulnerabilities` and `anomalies`, such as an error of the server, is one finding, named like its
//! category; those of `additionals`, which tell of the target, are findings too, as a rule of the severity info.
//! Severity is `level`: 4 critical, 3 high, 2 medium, 1 low, 0 info. The first versions 3.0 write a text and count the other
//! way: `"1"` high, `"2"` medium, `"3"` low (wapiti-scanner/wapiti, `wapitiCore/language/vulnerability.py`).
//! A scan that crawled no page (`crawled_pages_nbr`, from 3.1.4) has looked at nothing, and one that could not log in
//! (`logged_in`) at a part.
//! What was suppressed by the command line is only counted.
//! The requests (`http_request`, `curl_command`) and responses are left out: they carry cookies and tokens.
//! Keys by wapiti-scanner/wapiti, `wapitiCore/report/jsonreportgenerator.py` and `reportgenerator.py`.

use jiff::fmt::rfc2822::DateTimeParser;

use super::records::{entry, keep};
use super::weakness::counted;
use crate::diagnostics::codes::{NOT_COUNTED, NOTHING_RAN, PARTLY_SCANNED};
use crate::formats::Format;
use crate::model::{Evidence, Finding, Kind, Location, Pointer, Scan, ScanClass, Severity, Tool};
use crate::source::{Doc, Json, Node, Probe, Stop, Tree};

pub(super) static FORMAT: Format = Format {
    id: "wapiti-json",
    kinds: &[Kind::Security],
    tool: "Wapiti",
    title: "JSON report",
    produce: "wapiti -u https://staging.example.com/ -f json -o wapiti.json",
    detect,
    read,
};

/// How Wapiti writes when it ran: `Thu, 20 Nov 2025 09:00:00 +0000`.
static DATES: DateTimeParser = DateTimeParser::new();

fn detect(probe: &Probe<'_>) -> bool {
    probe.document().is_some_and(|root| {
        let infos = root.get("infos");
        let is_report = root.get("vulnerabilities").is_object() && root.get("anomalies").is_object();
        is_report && (!infos.exists() || infos.has(&["target"]) || infos.get("version").exists())
    })
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let mut json = doc.json();
    let mut scan = Scan::new(ScanClass::ActiveDast, Pointer::path("/vulnerabilities"));
    let mut infos = None;
    let outcome = json.object(|json, key| match key {
        "vulnerabilities" | "anomalies" | "additionals" => categories(json, &mut scan),
        "infos" => {
            infos = Some(json.tree()?);
            Ok(())
        }
        "suppressed_findings" => {
            let tree = json.tree()?;
            let suppressed = tree.root();
            if !suppressed.is_empty() {
                let number = counted(suppressed.len(), "finding");
                suppressed.report(&NOT_COUNTED, format!("suppressed by the command line of Wapiti: {number}"));
            }
            Ok(())
        }
        _ => json.skip(),
    });
    let outcome = outcome.and_then(|()| json.end());
    let infos = infos.as_ref().map(Tree::root);
    let version = infos.and_then(|infos| infos.get("version").filled());
    let version = version.map(|text| text.strip_prefix("Wapiti ").map(ToOwned::to_owned).unwrap_or(text));
    let tool = Tool::new("Wapiti", version);
    scan.tool = Some(tool.clone());
    evidence.tool = Some(tool);
    scan.targets.extend(infos.and_then(|infos| infos.get("target").filled()));
    evidence.time = infos.and_then(|infos| DATES.parse_timestamp(infos.get("date").text()?).ok());
    let ran = infos.is_none_or(has_crawled);
    keep(scan, ran, &mut evidence.scans);
    outcome
}

/// Whether a page was looked at.
fn has_crawled(infos: Node<'_>) -> bool {
    let pages = infos.get("crawled_pages_nbr");
    let nothing = pages.u64() == Some(0);
    if nothing {
        pages.report(&NOTHING_RAN, "no page was crawled");
    }
    let login = infos.get("auth").get("logged_in");
    if login.bool() == Some(false) {
        login.report(&PARTLY_SCANNED, "Wapiti could not log in");
    }
    !nothing
}

/// The findings of each category, by its name.
fn categories(json: &mut Json<'_>, scan: &mut Scan) -> Result<(), Stop> {
    json.object(|json, category| {
        let category = category.to_owned();
        json.array(|json, _| {
            scan.push(entry(json.record()?, |node| finding(node, &category)));
            Ok(())
        })
    })
}

/// The level that a text of the first versions 3.0 means, which count from the highest.
fn old_level(level: Node<'_>) -> Option<u64> {
    level.word(&[("1", 3), ("2", 2), ("3", 1)])
}

fn finding(node: Node<'_>, category: &str) -> Finding {
    let level = node.require("level");
    let number = if level.is_string() { old_level(level) } else { level.u64() };
    let severity = match number {
        Some(4) => Severity::Critical,
        Some(3) => Severity::High,
        Some(2) => Severity::Medium,
        Some(1) => Severity::Low,
        Some(0) => Severity::Info,
        Some(other) => {
            level.unknown_word::<()>(&other.to_string(), ["0", "1", "2", "3", "4"].into_iter());
            Severity::Unknown
        }
        None => Severity::Unknown,
    };
    let mut found = Finding::new(category, category, severity, node.pointer());
    found.native_severity = level.text();
    found.description = node.get("info").filled();
    let detail: Vec<String> =
        [node.get("method"), node.get("parameter")].into_iter().filter_map(Node::filled).collect();
    let detail = (!detail.is_empty()).then(|| detail.join(" "));
    found.locations =
        node.get("path").filled().map(|place| Location { place, line: None, detail }).into_iter().collect();
    found
}
