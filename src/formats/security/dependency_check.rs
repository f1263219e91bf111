//! OWASP Dependency-Check: the JSON report.
//!
//! ```json
//! {"reportSchema": "1.1", "scanInfo": {"engineVersion": "12.2.2"}, "projectInfo": {"name": "shop"},
//!  "dependencies": [{"fileName": "guava-18.0.jar", "packages": [{"id": "pkg:maven/com.google.guava/guava@18.0"}],
//!    "vulnerabilities": [{"name": "CVE-2018-10237", "severity": "MEDIUM", "cwes": ["CWE-770"]}]}]}
//! ```
//!
//! Each vulnerability of each dependency is a finding; `suppressedVulnerabilities` are suppressed.
//! Severity is the word of the source, in any case: `CRITICAL` to `LOW` from the NVD, `critical`, `high`, `moderate` or
//! `medium`, `low` from the others, all in one file.
//! Where there is none, the CVSS score of version 3 or else 2 counts, else it is unknown.
//! A score may stand in place of the word; `0.0` there means that the source gave none (`OssIndexAnalyzer`), and is
//! unknown.
//! A report without dependencies says that nothing was scanned, and `analysisExceptions` that parts could not be.
//! Keys by `jsonReport.vsl` of dependency-check/DependencyCheck.

use super::weakness::{counted, cwes, id_of, package_url};
use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{INCOMPLETE, NOTHING_RAN};
use crate::formats::Format;
use crate::model::finding::Package;
use crate::model::{Evidence, Finding, Kind, Location, Pointer, Scan, ScanClass, Severity, Suppression, Tool};
use crate::source::{Doc, Node, Probe, Stop};
use crate::taxonomy::cvss;

pub(super) static FORMAT: Format = Format {
    id: "dependency-check",
    kinds: &[Kind::Security],
    tool: "OWASP Dependency-Check",
    title: "JSON report",
    produce: "dependency-check --scan . --format JSON --out dependency-check-report.json",
    detect,
    read,
};

fn detect(probe: &Probe<'_>) -> bool {
    probe.document().is_some_and(|root| {
        root.has(&["reportSchema", "dependencies"])
            && (root.get("scanInfo").exists() || root.get("projectInfo").exists())
    }) || probe.is_object_with(&["reportSchema", "scanInfo", "projectInfo"])
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let mut json = doc.json();
    let mut scan = Scan::new(ScanClass::Sca, Pointer::path("/dependencies"));
    let mut tool = Tool::new("OWASP Dependency-Check", None);
    let mut n_dependencies = 0;
    let outcome = json.object(|json, key| match key {
        "scanInfo" => {
            let tree = json.tree()?;
            tool.version = tree.root().get("engineVersion").filled();
            let exceptions = tree.root().get("analysisExceptions");
            if !exceptions.is_empty() {
                exceptions.report(&INCOMPLETE, format!("{} of the analysis", counted(exceptions.len(), "exception")));
            }
            Ok(())
        }
        "projectInfo" => {
            let tree = json.tree()?;
            scan.targets.extend(tree.root().get("name").filled());
            evidence.time = tree.root().get("reportDate").time();
            Ok(())
        }
        "dependencies" => json.array(|json, _| {
            let node = json.record()?;
            if node.is_record() {
                n_dependencies += 1;
                dependency(node, &mut scan);
            }
            Ok(())
        }),
        _ => json.skip(),
    });
    let outcome = outcome.and_then(|()| json.end());
    scan.tool = Some(tool.clone());
    evidence.tool = Some(tool);
    evidence.scans.push(scan);
    outcome?;
    if n_dependencies == 0 {
        let diagnostic = Diagnostic::new(&NOTHING_RAN, "no dependency was looked at");
        doc.report(diagnostic.at(Pointer::path("/dependencies")));
    }
    Ok(())
}

fn dependency(node: Node<'_>, scan: &mut Scan) {
    let file = node.get("fileName").text().unwrap_or_default();
    let id = node.get("packages").at(0).get("id").filled();
    let package = id
        .as_deref()
        .and_then(package_url)
        .unwrap_or_else(|| Package { name: id.unwrap_or_else(|| file.clone()), ..Package::default() });
    let place = node.get("filePath").filled().unwrap_or(file);
    for (key, suppressed) in [("vulnerabilities", false), ("suppressedVulnerabilities", true)] {
        for vulnerability in node.get(key).items() {
            let mut found = finding(vulnerability);
            found.package = Some(package.clone());
            found.locations = vec![Location { place: place.clone(), line: None, detail: None }];
            if suppressed {
                let reason = vulnerability.get("notes").filled();
                found.suppression = Some(Suppression { by: "suppression file".to_owned(), reason });
            }
            scan.push(found);
        }
    }
}

const SEVERITIES: &[(&str, Severity)] = &[
    ("critical", Severity::Critical),
    ("high", Severity::High),
    ("medium", Severity::Medium),
    ("moderate", Severity::Medium),
    ("low", Severity::Low),
    ("info", Severity::Info),
    ("informational", Severity::Info),
    ("none", Severity::Info),
    ("unknown", Severity::Unknown),
    ("unscored", Severity::Unknown),
];

fn finding(node: Node<'_>) -> Finding {
    let name = id_of(node, "name");
    let word = node.get("severity");
    let scored = || {
        let v4 = node.path(&["cvssv4", "vectorString"]).text().and_then(|v| cvss::score(&v)).map(|s| s.severity);
        let v3 = || node.path(&["cvssv3", "baseScore"]).f64_or_string().map(Severity::from_cvss);
        let v2 = || node.path(&["cvssv2", "score"]).f64_or_string().map(cvss::severity_v2);
        v3().or_else(v2).or(v4).unwrap_or(Severity::Unknown)
    };
    let severity = match word.filled().map(|text| text.trim().parse::<f64>()) {
        // Old sources write a score in place of the word, and 0 where they have none.
        Some(Ok(score)) if score > 0.0 => Severity::from_cvss(score),
        Some(Ok(_)) => Severity::Unknown,
        Some(Err(_)) => word.word_any_case(SEVERITIES).unwrap_or(Severity::Unknown),
        None => scored(),
    };
    let mut found = Finding::new(name.clone(), name, severity, node.pointer());
    found.native_severity = word.filled();
    found.cwes = cwes(node.get("cwes"));
    found.description = node.get("description").filled();
    found.references = node.get("references").items().filter_map(|r| r.get("url").filled()).take(5).collect();
    found
}
