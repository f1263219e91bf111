//! GitLab: the security report of a CI job (`gl-sast-report.json` and its like), which the analyzers of GitLab and other
//! scanners write.
//!
//! ```json
//! {"version": "15.1.4", "vulnerabilities": [{"id": "a661", "name": "SQL Injection", "severity": "High",
//!    "scanner": {"id": "semgrep", "name": "Semgrep"}, "location": {"file": "src/User.java", "start_line": 49},
//!    "identifiers": [{"type": "semgrep_id", "value": "java_inject_rule-SqlInjection"},
//!                    {"type": "cwe", "name": "CWE-89", "value": "89"}, {"type": "owasp", "value": "A03:2021"}]}],
//!  "scan": {"scanner": {"name": "Semgrep", "version": "1.74.0"}, "type": "sast", "status": "success",
//!           "end_time": "2025-01-16T15:40:39"}}
//! ```
//!
//! Read are the reports of all types: `sast`, `secret_detection`, `dependency_scanning`, `container_scanning`,
//! `cluster_image_scanning`, `dast`, `api_fuzzing` and `coverage_fuzzing`.
//! The type tells what kind of scan it is; that of KICS, which calls itself `sast`, is of configuration, and of `dast`
//! nothing tells that it attacked.
//! Each vulnerability is one finding, also one that is flagged as a likely false positive; what was dismissed in GitLab
//! stands in no report.
//! Severity is the word of the report: `Critical`, `High`, `Medium`, `Low`, `Info`, or `Unknown`.
//! A finding is called by its CVE where it has one, else by its first identifier that is no CWE and no category of OWASP.
//!
//! A scan whose status is not `success` has failed, and messages of the level `fatal` or `warn` tell that parts were not
//! looked at. So does `partial_scan`, whose mode is `differential` where only what a merge request changes was scanned.
//! Without vulnerabilities it is a clean scan only where `scan` tells of it: old versions and some templates leave it out.
//! A scan of dependencies without a file of them, and one of a site without a page, have looked at nothing.
//! Points in time are in UTC, without saying so.
//! The extract of the source code, which holds the secret that was found, requests and other evidence are left out.
//! The bare arrays of versions before 2.0, and the reports about licences and code quality, are not read.
//! Keys by gitlab-org/security-products/security-report-schemas, `dist/*-report-format.json`, and `partial_scan` by
//! `lib/gitlab/ci/reports/security/scan.rb` of gitlab-org/gitlab.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::records::{entry, keep};
use super::weakness::{counted, cwe, first_line, severity, unique};
use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{INCOMPLETE, MISSING_FIELD, NOTHING_RAN, PARTLY_SCANNED, TOOL_FAILED};
use crate::formats::Format;
use crate::model::finding::Package;
use crate::model::{Evidence, Finding, Kind, Location, Pointer, Scan, ScanClass, Severity, Tool};
use crate::source::json::shorten;
use crate::source::{Doc, Json, JsonKind, Node, Probe, Stop, Tree};

pub(super) static FORMAT: Format = Format {
    id: "gitlab-security",
    kinds: &[Kind::Security],
    tool: "GitLab",
    title: "Security report of a CI job",
    produce: "semgrep scan --config auto --gitlab-sast --output gl-sast-report.json",
    detect,
    read,
};

fn detect(probe: &Probe<'_>) -> bool {
    probe.document().is_some_and(|root| {
        let list = root.get("vulnerabilities");
        let is_listed = list.at(0).has(&["identifiers", "location"]);
        let is_told = root.get("scan").has(&["scanner", "type"]);
        let is_empty = list.is_array() && list.is_empty() && root.get("remediations").is_array();
        // Old reports of DAST keep that of ZAP beside their own keys.
        root.get("version").is_string() && list.exists() && (is_listed || is_told || is_empty) && !root.has(&["site"])
    })
}

/// What a report says of the scan.
#[derive(Default)]
struct About {
    scan: Option<Tree>,
    /// Files of dependencies that are listed; `None` where there is no list.
    n_files: Option<usize>,
    has_list: bool,
    /// What kind of scan the first vulnerability is of, and by which scanner.
    category: Option<String>,
    scanner: Option<String>,
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let mut json = doc.json();
    let mut scan = Scan::new(ScanClass::Unknown, Pointer::path("/vulnerabilities"));
    let mut about = About::default();
    let outcome = json.object(|json, key| member(json, key, &mut scan, &mut about));
    let outcome = outcome.and_then(|()| json.end());
    let told = about.scan.as_ref().map(Tree::root).filter(|node| node.is_object());
    let kind = told.and_then(|node| node.get("type").filled()).or(about.category.take());
    let scanner = told.map(|node| node.get("scanner"));
    let is_kics = scanner.is_some_and(|scanner| scanner.get("id").str().as_deref() == Some("kics"));
    scan.class = kind.as_deref().map_or(ScanClass::Unknown, |kind| class(kind, is_kics));
    scan.tool = scanner.and_then(|node| Some(Tool::new(node.get("name").filled()?, node.get("version").filled())));
    scan.tool = scan.tool.or_else(|| Some(Tool::new(about.scanner.take()?, None)));
    evidence.tool = Some(scan.tool.clone().unwrap_or_else(|| Tool::new("GitLab", None)));
    evidence.time = told.and_then(|node| ["end_time", "start_time"].into_iter().find_map(|key| time(node.get(key))));
    let found = scan.tally().total();
    if outcome.is_err() {
        keep(scan, found > 0, &mut evidence.scans);
        return outcome;
    }
    if !about.has_list {
        doc.report(Diagnostic::new(&MISSING_FIELD, "the list `vulnerabilities` is missing"));
    }
    let failed = told.is_some_and(has_failed);
    let nothing = if found == 0 && !failed { nothing_ran(&about, told) } else { None };
    if let Some(nothing) = nothing {
        doc.report(nothing);
        return Ok(());
    }
    keep(scan, !failed && about.has_list, &mut evidence.scans);
    Ok(())
}

fn member(json: &mut Json<'_>, key: &str, scan: &mut Scan, about: &mut About) -> Result<(), Stop> {
    match key {
        "vulnerabilities" => {
            about.has_list = json.kind()? == JsonKind::Array;
            json.array(|json, _| {
                let node = json.record()?;
                if scan.tally().total() == 0 {
                    about.category = node.get("category").filled();
                    about.scanner = node.path(&["scanner", "name"]).filled();
                }
                let target = ["image", "hostname"].iter().find_map(|key| node.get("location").get(key).filled());
                target.into_iter().for_each(|target| scan.add_target(target));
                scan.push(entry(node, finding));
                Ok(())
            })
        }
        "scan" => {
            about.scan = Some(json.tree()?);
            Ok(())
        }
        "dependency_files" => {
            let is_list = json.kind()? == JsonKind::Array;
            let mut n_files = 0;
            json.array(|json, _| {
                n_files += 1;
                json.skip()
            })?;
            about.n_files = is_list.then_some(n_files);
            Ok(())
        }
        _ => json.skip(),
    }
}

fn class(kind: &str, is_kics: bool) -> ScanClass {
    match kind {
        "sast" if is_kics => ScanClass::IacConfig,
        "sast" => ScanClass::Sast,
        "secret_detection" => ScanClass::Secrets,
        "dependency_scanning" | "container_scanning" | "cluster_image_scanning" => ScanClass::Sca,
        "dast" => ScanClass::PassiveDast,
        "api_fuzzing" => ScanClass::ActiveDast,
        _ => ScanClass::Unknown,
    }
}

/// A point in time, which is in UTC by the schema.
fn time(node: Node<'_>) -> Option<Timestamp> {
    let local = || Some(node.str()?.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp());
    node.time().or_else(local)
}

/// Says what `scan` tells of failures; true where the whole scan failed.
fn has_failed(node: Node<'_>) -> bool {
    let messages: Vec<Node<'_>> = node.get("messages").items().collect();
    let of_level = |level: &str| messages.iter().filter(|m| m.get("level").str().as_deref() == Some(level)).collect();
    let text = |node: &Node<'_>| shorten(&first_line(&node.get("value").text().unwrap_or_default()));
    for (level, code) in [("fatal", &INCOMPLETE), ("warn", &PARTLY_SCANNED)] {
        let told: Vec<&Node<'_>> = of_level(level);
        if let [first, ..] = told.as_slice() {
            let count = counted(told.len(), &format!("message of the level `{level}`"));
            first.report(code, format!("the scanner left {count}: {}", text(first)));
        }
    }
    let mode = node.path(&["partial_scan", "mode"]);
    if let Some(word) = mode.filled() {
        let message = format!("not all of the code was looked at: the scan was `{}`", shorten(&word));
        mode.diags().push(mode.diagnostic(&PARTLY_SCANNED, message).help("give the report of a full scan"));
    }
    let status = node.require("status");
    let word = status.text();
    let failed = word.as_deref().is_some_and(|word| word != "success");
    if failed {
        status.report(&TOOL_FAILED, format!("the scan ended as `{}`", shorten(&word.unwrap_or_default())));
    }
    failed
}

/// What tells that a report without a vulnerability proves nothing.
fn nothing_ran(about: &About, told: Option<Node<'_>>) -> Option<Diagnostic> {
    let Some(node) = told else {
        let message = "the report has no vulnerability and no `scan`, so nothing tells that a scan was made";
        return Some(Diagnostic::new(&NOTHING_RAN, message).at(Pointer::path("/scan")));
    };
    let pages = node.get("scanned_resources");
    match node.get("type").str().as_deref() {
        Some("dependency_scanning") if about.n_files == Some(0) => {
            let message = "no file of dependencies was found";
            Some(Diagnostic::new(&NOTHING_RAN, message).at(Pointer::path("/dependency_files")))
        }
        Some("dast" | "api_fuzzing") if pages.is_array() && pages.is_empty() => {
            Some(pages.diagnostic(&NOTHING_RAN, "no page was looked at"))
        }
        _ => None,
    }
}

const SEVERITIES: &[(&str, Severity)] = &[
    ("Critical", Severity::Critical),
    ("High", Severity::High),
    ("Medium", Severity::Medium),
    ("Low", Severity::Low),
    ("Info", Severity::Info),
    ("Unknown", Severity::Unknown),
    ("Undefined", Severity::Unknown),
];

fn finding(node: Node<'_>) -> Finding {
    let identifiers: Vec<Identifier> = node.get("identifiers").items().map(Identifier::read).collect();
    let of_kind =
        |kind: &'static str| identifiers.iter().filter(move |id| id.kind == kind).filter_map(Identifier::name);
    let named = || {
        let rules = identifiers.iter().filter(|id| !["cwe", "owasp"].contains(&id.kind.as_str()));
        rules.chain(&identifiers).find_map(Identifier::name)
    };
    let rule = of_kind("cve").next().or_else(named).or_else(|| node.get("cve").filled());
    let rule = rule.unwrap_or_else(|| {
        node.require("identifiers");
        "(no id)".to_owned()
    });
    let title = ["name", "message"].iter().find_map(|key| node.get(key).filled());
    let title = title.map_or_else(|| rule.clone(), |title| first_line(&title));
    let mut found = Finding::new(rule, title, severity(node.require("severity"), SEVERITIES), node.pointer());
    found.native_severity = node.get("severity").filled();
    found.confidence = node.get("confidence").filled();
    found.cwes = unique(of_kind("cwe").filter_map(|name| cwe(&name)).collect());
    found.owasp = of_kind("owasp").collect();
    found.description = node.get("description").filled();
    found.solution = node.get("solution").filled();
    found.references = of_kind("cve").chain(of_kind("ghsa")).filter(|id| *id != found.rule).collect();
    found.references.extend(node.get("links").items().filter_map(|link| link.get("url").filled()).take(5));
    let location = node.get("location");
    found.locations.extend(place(location));
    let dependency = location.get("dependency");
    found.package = dependency.path(&["package", "name"]).filled().map(|name| Package {
        name,
        version: dependency.get("version").filled(),
        ..Package::default()
    });
    found
}

/// One of the names of a vulnerability.
struct Identifier {
    /// `cve`, `cwe`, `owasp`, or what the scanner calls its rules: `semgrep_id`.
    kind: String,
    name: Option<String>,
    value: Option<String>,
}

impl Identifier {
    fn read(node: Node<'_>) -> Identifier {
        Identifier {
            kind: node.get("type").text().unwrap_or_default().to_ascii_lowercase(),
            name: node.get("name").filled(),
            value: node.get("value").filled(),
        }
    }

    /// What it is called by: its value, but `CWE-79` rather than `79`.
    fn name(&self) -> Option<String> {
        let [first, second] = if self.kind == "cwe" { [&self.name, &self.value] } else { [&self.value, &self.name] };
        first.as_ref().or(second.as_ref()).cloned()
    }
}

/// Where a vulnerability is: in a file, an image, or at an address.
fn place(location: Node<'_>) -> Option<Location> {
    let filled = |key: &str| location.get(key).filled();
    if let Some(place) = filled("file") {
        return Some(Location { place, line: location.get("start_line").u64(), detail: filled("method") });
    }
    if let Some(place) = filled("image") {
        return Some(Location { place, line: None, detail: filled("operating_system") });
    }
    if let Some(host) = filled("hostname") {
        let detail: Vec<String> = [filled("method"), filled("param")].into_iter().flatten().collect();
        let detail = Some(detail.join(" ")).filter(|detail| !detail.is_empty());
        return Some(Location { place: host + &filled("path").unwrap_or_default(), line: None, detail });
    }
    filled("crash_type").map(|place| Location { place, line: None, detail: filled("crash_state") })
}
