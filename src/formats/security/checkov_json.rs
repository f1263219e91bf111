//! Checkov: the JSON report about infrastructure as code.
//!
//! ```json
//! {"check_type": "terraform", "results": {
//!    "passed_checks": [],
//!    "failed_checks": [{"check_id": "CKV_AWS_24", "check_name": "Ensure no security groups allow ingress to port 22",
//!      "file_path": "/main.tf", "file_line_range": [2, 9], "resource": "aws_security_group.open", "severity": null}],
//!    "skipped_checks": [], "parsing_errors": []},
//!  "summary": {"passed": 0, "failed": 1, "skipped": 0, "parsing_errors": 0, "checkov_version": "3.3.30"}}
//! ```
//!
//! Each failed check is one finding.
//! Checkov gives a severity only with a key of its platform: without one (`null`) it is unknown.
//! Skipped checks count as suppressed, with the comment that skips them.
//! Where several frameworks were scanned the report is an array of such objects.
//! A report without any check that passed or failed says nothing: where Checkov found no resource at all, it writes the
//! bare counts (`{"passed": 0, …}`) and exits with 0.
//! Files that could not be parsed were not tested.
//! With `--quiet` nothing but the failed checks is listed: passed and skipped checks and files that could not be parsed
//! are then known by the counts of the summary alone.
//! The lines of code of a finding are left out: they may hold secrets.
//! Keys by bridgecrewio/checkov, `checkov/common/output/report.py` and `record.py`.

use super::records::{entry, keep};
use crate::diagnostics::codes::{CONTRADICTION, INCOMPLETE, NOT_COUNTED, NOTHING_RAN};
use crate::diagnostics::{Code, Diagnostic};
use crate::formats::Format;
use crate::model::finding::Package;
use crate::model::phrase::plural;
use crate::model::{Evidence, Finding, Kind, Location, Pointer, Scan, ScanClass, Severity, Suppression, Tool};
use crate::source::{Doc, Json, JsonKind, Node, Probe, Stop, Tree};

pub(super) static FORMAT: Format = Format {
    id: "checkov-json",
    kinds: &[Kind::Security],
    tool: "Checkov",
    title: "JSON report",
    produce: "checkov --directory . --output json > checkov.json",
    detect,
    read,
};

fn detect(probe: &Probe<'_>) -> bool {
    let report = |node: Node<'_>| {
        let results = node.get("results");
        let full = node.get("check_type").is_string() && (results.has(&["failed_checks"]) || node.has(&["summary"]));
        full || node.has(&["passed", "failed", "skipped", "checkov_version"])
    };
    let Some(root) = probe.document() else { return false };
    if root.is_array() { !root.is_empty() && probe.elements().all(report) } else { report(root) }
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let diags = doc.diags().clone();
    let mut seen = Seen::default();
    let mut json = doc.json();
    let result = match json.kind()? {
        JsonKind::Array => json.array(|json, _| report(json, &mut evidence.scans, &mut seen)),
        JsonKind::Object | JsonKind::Scalar => report(&mut json, &mut evidence.scans, &mut seen),
    };
    let tool = Tool::new("Checkov", seen.version);
    for scan in &mut evidence.scans {
        scan.tool = Some(tool.clone());
    }
    evidence.tool = Some(tool);
    result?;
    json.end()?;
    if seen.checks == 0 {
        let message = match seen.skipped {
            0 => "no check ran on any resource".to_owned(),
            skipped => format!("no check ran, all {skipped} were skipped"),
        };
        diags.push(Diagnostic::new(&NOTHING_RAN, message));
    }
    Ok(())
}

#[derive(Default)]
struct Seen {
    version: Option<String>,
    /// Checks that passed or failed.
    checks: u64,
    skipped: u64,
}

/// The report about one framework.
fn report(json: &mut Json<'_>, scans: &mut Vec<Scan>, seen: &mut Seen) -> Result<(), Stop> {
    let mut scan = Scan::new(ScanClass::IacConfig, Pointer::path(json.pointer()));
    let mut summary: Option<Tree> = None;
    let (mut passed, mut skipped, mut unparsed) = (0, 0, 0);
    let mut bare = false;
    let result = json.object(|json, key| match key {
        "check_type" => {
            let check_type = json.record()?.text();
            scan.class = class(check_type.as_deref().unwrap_or_default());
            scan.targets.extend(check_type);
            Ok(())
        }
        "results" => json.object(|json, key| match key {
            "passed_checks" => json.array(|json, _| {
                passed += 1;
                json.skip()
            }),
            "failed_checks" => json.array(|json, _| {
                scan.push(entry(json.record()?, |node| check(node, false)));
                Ok(())
            }),
            "skipped_checks" => json.array(|json, _| {
                skipped += 1;
                scan.push(entry(json.record()?, |node| check(node, true)));
                Ok(())
            }),
            "parsing_errors" => json.array(|json, _| {
                unparsed += 1;
                let tree = json.tree()?;
                let file = tree.root().text().unwrap_or_default();
                tree.root().report(&INCOMPLETE, format!("`{file}` could not be parsed and was not tested"));
                Ok(())
            }),
            _ => json.skip(),
        }),
        "summary" => {
            summary = Some(json.tree()?);
            Ok(())
        }
        "checkov_version" => {
            bare = true;
            seen.version = json.record()?.text();
            Ok(())
        }
        _ => json.skip(),
    });
    let failed = scan.tally().total();
    if let Some(summary) = &summary {
        let root = summary.root();
        seen.version = root.get("checkov_version").text().or(seen.version.take());
        passed = passed.max(root.get("passed").u64().unwrap_or(0));
        if result.is_ok() {
            skipped += unlisted(root.get("skipped"), skipped, &NOT_COUNTED, |count| {
                format!("skipped and not listed: {}", plural(count, "check"))
            });
            unlisted(root.get("parsing_errors"), unparsed, &INCOMPLETE, |count| {
                format!("not parsed, so not tested, and not listed: {}", plural(count, "file"))
            });
        }
        let declared = root.get("failed");
        if let Some(says) = declared.u64().filter(|says| result.is_ok() && *says != failed) {
            let message = format!("says {says} failed, counted {failed}");
            root.diags().push(declared.diagnostic(&CONTRADICTION, message).against(scan.pointer.clone()));
        }
    }
    seen.checks += passed + failed;
    seen.skipped += skipped;
    if !bare {
        keep(scan, passed + failed > 0 || result.is_err(), scans);
    }
    result
}

/// Reports how many more the summary counts than are listed, and returns their number.
fn unlisted(declared: Node<'_>, listed: u64, code: &'static Code, message: impl FnOnce(u64) -> String) -> u64 {
    let more = declared.u64().unwrap_or(0).saturating_sub(listed);
    if more > 0 {
        declared.report(code, message(more));
    }
    more
}

fn class(check_type: &str) -> ScanClass {
    match check_type {
        "secrets" => ScanClass::Secrets,
        "sca_package" | "sca_image" => ScanClass::Sca,
        kind if kind.starts_with("sast") => ScanClass::Sast,
        _ => ScanClass::IacConfig,
    }
}

const SEVERITIES: &[(&str, Severity)] = &[
    ("critical", Severity::Critical),
    ("high", Severity::High),
    ("important", Severity::High),
    ("medium", Severity::Medium),
    ("moderate", Severity::Medium),
    ("low", Severity::Low),
    ("info", Severity::Info),
    ("none", Severity::Info),
];

fn check(node: Node<'_>, skipped: bool) -> Finding {
    let id = node.require("check_id").text().unwrap_or_else(|| "unnamed".to_owned());
    let title = node.get("check_name").filled().unwrap_or_else(|| id.clone());
    let word = node.get("severity");
    let severity = word.word_any_case(SEVERITIES).unwrap_or(Severity::Unknown);
    let mut finding = Finding::new(id, title, severity, node.pointer());
    finding.native_severity = word.text();
    if let Some(place) = node.get("file_path").filled() {
        let line = node.get("file_line_range").at(0).u64();
        let detail = node.get("resource").filled();
        finding.locations.push(Location { place, line, detail });
    }
    let known = node.get("vulnerability_details");
    finding.package = known.get("package_name").filled().map(|name| Package {
        name,
        version: known.get("package_version").text(),
        fixed: known.get("lowest_fixed_version").filled(),
        purl: None,
    });
    finding.description = node.get("description").filled();
    finding.references = node.get("guideline").filled().into_iter().chain(known.get("id").filled()).collect();
    if skipped {
        let reason = node.get("check_result").get("suppress_comment").filled();
        finding.suppression = Some(Suppression { by: "checkov:skip".to_owned(), reason });
    }
    finding
}
