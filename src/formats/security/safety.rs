//! Safety: the JSON report of `safety check`, the auditor of Python packages.
//!
//! ```json
//! {"report_meta": {"safety_version": "2.3.5", "packages_found": 42, "vulnerabilities_found": 1},
//!  "scanned_packages": {"django": {"name": "django", "version": "4.0.1"}},
//!  "vulnerabilities": [{"vulnerability_id": "44742", "package_name": "django", "analyzed_version": "4.0.1",
//!     "CVE": "CVE-2022-22818", "severity": {"cvssv3": {"base_score": 6.1}}, "fixed_versions": ["4.0.2"]}],
//!  "ignored_vulnerabilities": []}
//! ```
//!
//! Each vulnerability of a package is one finding; `ignored_vulnerabilities` are suppressed, with their reason.
//! Severity is that of the CVSS score, of version 3 or else 2, which Safety writes only for those who have a key: without
//! one (`null`) it is unknown.
//! The lists of five or seven values that versions before 2 write are read too.
//! A report about no package says that nothing was looked at.
//! Versions 3 print a notice around the report where they print it: write it with `--save-json FILE`.
//! The report of `safety scan` is another one.
//! Keys by pyupio/safety, `safety/formatters/json.py` and `safety/models/vulnerabilities.py`.

use super::records::{entry, keep};
use super::weakness::first_line;
use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{CONTRADICTION, MISSING_FIELD, NOTHING_RAN};
use crate::formats::Format;
use crate::model::finding::Package;
use crate::model::{Evidence, Finding, Kind, Pointer, Scan, ScanClass, Severity, Suppression, Tool};
use crate::source::{Doc, JsonKind, Node, Probe, Stop, Tree};
use crate::taxonomy::cvss;

pub(super) static FORMAT: Format = Format {
    id: "safety",
    kinds: &[Kind::Security],
    tool: "Safety",
    title: "JSON report of `safety check`",
    produce: "safety check --save-json safety.json",
    detect,
    read,
};

fn detect(probe: &Probe<'_>) -> bool {
    let is_row = |node: Node<'_>| {
        node.is_array()
            && [5, 7].contains(&node.len())
            && node.items().take(5).all(Node::is_string)
            && node.at(4).str().is_some_and(|id| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit()))
    };
    probe.is_object_with(&["report_meta", "scanned_packages", "vulnerabilities"])
        || probe.document().is_some_and(|root| root.is_array() && !root.is_empty()) && probe.elements().all(is_row)
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let mut json = doc.json();
    let mut scan = Scan::new(ScanClass::Sca, Pointer::whole());
    let mut tool = Tool::new("Safety", None);
    let (mut meta, mut n_packages, mut has_list) = (None, None, false);
    let outcome = match json.kind()? {
        JsonKind::Array => {
            has_list = true;
            json.array(|json, _| {
                scan.push(row(json.record()?));
                Ok(())
            })
        }
        JsonKind::Object | JsonKind::Scalar => json.object(|json, key| match key {
            "report_meta" => {
                meta = Some(json.tree()?);
                Ok(())
            }
            "scanned_packages" => {
                let mut count = 0;
                json.object(|json, _| {
                    count += 1;
                    json.skip()
                })?;
                n_packages = Some(count);
                Ok(())
            }
            "vulnerabilities" => {
                has_list = json.kind()? == JsonKind::Array;
                json.array(|json, _| {
                    scan.push(entry(json.record()?, |node| vulnerability(node, false)));
                    Ok(())
                })
            }
            "ignored_vulnerabilities" => json.array(|json, _| {
                scan.push(entry(json.record()?, |node| vulnerability(node, true)));
                Ok(())
            }),
            _ => json.skip(),
        }),
    };
    let outcome = outcome.and_then(|()| json.end());
    let about = meta.as_ref().map(Tree::root);
    tool.version = about.and_then(|node| node.get("safety_version").filled());
    scan.tool = Some(tool.clone());
    evidence.tool = Some(tool);
    let found = scan.tally().total();
    let nothing = outcome.is_ok() && n_packages == Some(0) && found == 0;
    keep(scan, !nothing, &mut evidence.scans);
    outcome?;
    if !has_list {
        doc.report(Diagnostic::new(&MISSING_FIELD, "the list `vulnerabilities` is missing"));
    }
    if nothing {
        let diagnostic = Diagnostic::new(&NOTHING_RAN, "no package was looked at");
        doc.report(diagnostic.at(Pointer::path("/scanned_packages")));
    }
    let declared = about.map(|node| node.get("vulnerabilities_found"));
    if let Some((node, says)) = declared.and_then(|node| Some((node, node.u64()?))).filter(|(_, says)| *says > found) {
        let message = format!("says {says} vulnerabilities, counted {found}");
        doc.report(node.diagnostic(&CONTRADICTION, message).against(Pointer::path("/vulnerabilities")));
    }
    Ok(())
}

fn vulnerability(node: Node<'_>, ignored: bool) -> Finding {
    let name = node.require("package_name").text().unwrap_or_default();
    let id = node.get("vulnerability_id").text();
    let known: Vec<String> = node.get("CVE").filled().map(|list| names(&list)).unwrap_or_default();
    let rule = known.first().cloned().or_else(|| id.clone()).unwrap_or_else(|| "(no id)".to_owned());
    let advisory = node.get("advisory").filled();
    let title = advisory.as_deref().map_or_else(|| name.clone(), |text| format!("{name}: {}", first_line(text)));
    let rated = node.get("severity");
    let v3 = || rated.path(&["cvssv3", "base_score"]).f64_or_string().map(Severity::from_cvss);
    let v2 = || rated.path(&["cvssv2", "base_score"]).f64_or_string().map(cvss::severity_v2);
    let severity = if rated.is_object() { v3().or_else(v2) } else { None };
    let mut found = Finding::new(rule, title, severity.unwrap_or(Severity::Unknown), node.pointer());
    found.description = advisory;
    found.references = known.into_iter().skip(1).chain(id).chain(node.get("more_info_url").filled()).collect();
    let fixed = node.get("fixed_versions").strings();
    found.package = Some(Package {
        version: node.get("analyzed_version").filled(),
        fixed: (!fixed.is_empty()).then(|| fixed.join(", ")),
        purl: Some(format!("pkg:pypi/{name}")),
        name,
    });
    if ignored {
        let reason = node.get("ignored_reason").filled();
        found.suppression = Some(Suppression { by: "ignored by a Safety policy".to_owned(), reason });
    }
    found
}

/// The names in `CVE-2022-1, CVE-2022-2`.
fn names(list: &str) -> Vec<String> {
    list.split([',', ' ']).map(str::trim).filter(|name| !name.is_empty()).map(ToOwned::to_owned).collect()
}

/// A list of versions before 2: name, vulnerable versions, version, advisory, id, and perhaps two scores.
fn row(node: Node<'_>) -> Finding {
    let text = |index: usize| node.at(index).text().unwrap_or_default();
    let (name, advisory, id) = (text(0), text(3), text(4));
    let scores =
        [node.at(6).f64_or_string().map(Severity::from_cvss), node.at(5).f64_or_string().map(cvss::severity_v2)];
    let severity = scores.into_iter().flatten().next().unwrap_or(Severity::Unknown);
    let mut found = Finding::new(id, format!("{name}: {}", first_line(&advisory)), severity, node.pointer());
    found.description = Some(advisory);
    found.package = Some(Package { version: Some(text(2)), fixed: None, purl: Some(format!("pkg:pypi/{name}")), name });
    found
}
