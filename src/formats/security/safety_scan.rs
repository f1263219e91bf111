//! Safety: the JSON report of `safety scan`, which took the place of `safety check` in version 3.
//!
//! ```json
//! {"meta": {"scan_type": "scan", "timestamp": "2025-11-20T09:00:00Z", "telemetry": {"safety_version": "3.2.4"}, "schema_version": "3.0"},
//!  "scan_results": {"files": [], "projects": [{"id": "shop", "location": "/src", "git": {"commit": "9f2c1e7b3a4d"},
//!    "files": [{"location": "/src/requirements.txt", "type": "requirements.txt", "results": {"dependencies": [
//!      {"name": "django", "specifications": [{"raw": "django==4.0.1", "vulnerabilities": {
//!        "known_vulnerabilities": [{"id": "44742", "ignored": null, "vulnerable_spec": ">=4.0,<4.0.2"}],
//!        "remediation": {"vulnerabilities_found": 1, "recommended": "4.0.2"}}}]}]}}]}]}}
//! ```
//!
//! Each vulnerability of a specification of a package is one finding, called by the number that Safety gives it.
//! The report has no severity, so it is unknown, and no title.
//! Vulnerabilities that are `ignored` are suppressed, with the reason.
//! All packages are listed, so that a report without one says that nothing was looked at.
//! Keys by `report/schemas/v3_0` of pyupio/safety-schemas.

use super::weakness::id_of;
use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::NOTHING_RAN;
use crate::formats::Format;
use crate::model::finding::Package;
use crate::model::{Evidence, Finding, Kind, Location, Scan, ScanClass, Severity, Subject, Suppression, Tool};
use crate::source::{Doc, Node, Probe, Stop};

pub(super) static FORMAT: Format = Format {
    id: "safety-scan",
    kinds: &[Kind::Security],
    tool: "Safety",
    title: "JSON report of `safety scan`",
    produce: "safety scan --save-as json safety-scan.json",
    detect,
    read,
};

fn detect(probe: &Probe<'_>) -> bool {
    probe.document().is_some_and(|root| {
        root.get("meta").has(&["scan_type", "schema_version"]) && root.get("scan_results").is_object()
    })
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let tree = doc.document()?;
    let root = tree.root();
    let (meta, results) = (root.get("meta"), root.get("scan_results"));
    let tool = Tool::new("Safety", meta.path(&["telemetry", "safety_version"]).filled());
    evidence.time = meta.get("timestamp").time();
    let mut scan = Scan::new(ScanClass::Sca, results.pointer());
    scan.tool = Some(tool.clone());
    evidence.tool = Some(tool);
    let mut n_packages = 0_u64;
    for project in results.get("projects").items() {
        let commit = project.path(&["git", "commit"]).filled();
        let commit = commit.map(|commit| commit.trim_end_matches("-dirty").to_owned());
        evidence.add_subject(Subject { commit, ..Subject::default() });
        project.get("files").items().for_each(|node| file(node, &mut scan, &mut n_packages));
    }
    results.get("files").items().for_each(|node| file(node, &mut scan, &mut n_packages));
    if n_packages == 0 {
        doc.report(Diagnostic::new(&NOTHING_RAN, "no package was looked at").at(results.pointer()));
    }
    evidence.scans.push(scan);
    Ok(())
}

/// Reads what was found in one file, or in one environment.
fn file(node: Node<'_>, scan: &mut Scan, n_packages: &mut u64) {
    let place = node.get("location").filled().unwrap_or_default();
    for package in node.path(&["results", "dependencies"]).items() {
        *n_packages += 1;
        for specification in package.get("specifications").items() {
            for known in specification.path(&["vulnerabilities", "known_vulnerabilities"]).items() {
                scan.push(finding(known, specification, package, &place));
            }
        }
    }
    scan.targets.push(place);
}

fn finding(node: Node<'_>, specification: Node<'_>, package: Node<'_>, place: &str) -> Finding {
    let id = id_of(node, "id");
    let name = package.get("name").filled().unwrap_or_default();
    let raw = specification.get("raw").filled();
    let mut found = Finding::new(id.clone(), format!("{name}: vulnerability {id}"), Severity::Unknown, node.pointer());
    found.locations.push(Location { place: place.to_owned(), line: None, detail: raw.clone() });
    let version = raw.as_deref().and_then(|raw| Some(raw.split_once("==")?.1.trim().to_owned()));
    let fixed = specification.path(&["vulnerabilities", "remediation", "recommended"]).filled();
    found.package = Some(Package { name, version, fixed, purl: None });
    let ignored = node.get("ignored");
    found.suppression = ignored.is_some().then(|| Suppression {
        by: ignored.get("code").filled().unwrap_or_else(|| "ignored".to_owned()),
        reason: ignored.get("reason").filled(),
    });
    found
}
