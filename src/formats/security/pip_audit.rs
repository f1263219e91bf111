//! pip-audit: the JSON report of the auditor of Python packages.
//!
//! ```json
//! {"dependencies": [
//!    {"name": "aiohttp", "version": "3.6.2", "vulns": [{"id": "PYSEC-2021-76", "fix_versions": ["3.7.4"],
//!       "aliases": ["CVE-2021-21330"], "description": "Open redirect in aiohttp"}]},
//!    {"name": "our-service", "skip_reason": "Dependency not found on PyPI and could not be audited"}],
//!  "fixes": []}
//! ```
//!
//! Each pair of package and vulnerability is one finding.
//! pip-audit knows no severities: every finding is of unknown severity.
//! A dependency with `skip_reason` was not audited: that is told, and where all were skipped nothing ran at all, though
//! pip-audit itself ends with "No known vulnerabilities found" and exit code 0.
//! The array that older versions write is read too.
//! `fixes` are left out.
//! Keys by pypa/pip-audit, `pip_audit/_format/json.py`.

use super::records::{keep, unreadable};
use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{NOT_TESTED, NOTHING_RAN};
use crate::formats::Format;
use crate::model::finding::Package;
use crate::model::{Evidence, Finding, Kind, Pointer, Scan, ScanClass, Severity, Tool};
use crate::source::{Doc, Json, JsonKind, Node, Probe, Stop};

pub(super) static FORMAT: Format = Format {
    id: "pip-audit",
    kinds: &[Kind::Security],
    tool: "pip-audit",
    title: "JSON report",
    produce: "pip-audit --format json --output pip-audit.json",
    detect,
    read,
};

fn detect(probe: &Probe<'_>) -> bool {
    let dependency =
        |node: Node<'_>| node.get("name").is_string() && (node.get("vulns").is_array() || node.has(&["skip_reason"]));
    let Some(root) = probe.document() else { return false };
    if root.is_array() {
        return !root.is_empty() && probe.elements().all(dependency);
    }
    let dependencies = root.get("dependencies");
    dependencies.is_array()
        && if dependencies.is_empty() {
            root.get("fixes").is_array() || root.len() == 1
        } else {
            dependency(dependencies.at(0))
        }
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let diags = doc.diags().clone();
    let mut scan = Scan::new(ScanClass::Sca, Pointer::whole());
    scan.tool = Some(Tool::new("pip-audit", None));
    evidence.tool.clone_from(&scan.tool);
    let mut seen = Seen::default();
    let mut json = doc.json();
    let result = report(&mut json, &mut scan, &mut seen);
    keep(scan, seen.audited > 0 || result.is_err(), &mut evidence.scans);
    result?;
    json.end()?;
    let at = Pointer::path(seen.list);
    let skipped = seen.skipped.len();
    if seen.audited == 0 && skipped == 0 {
        diags.push(Diagnostic::new(&NOTHING_RAN, "there was no dependency to audit").at(at));
    } else if seen.audited == 0 {
        diags.push(Diagnostic::new(&NOTHING_RAN, format!("all {skipped} dependencies were skipped")).at(at));
    } else if skipped > 0 {
        let total = seen.audited + skipped as u64;
        let names = seen.skipped.iter().take(5).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let more = if skipped > 5 { ", …" } else { "" };
        let message = format!("{skipped} of {total} dependencies were skipped: {names}{more}");
        diags.push(Diagnostic::new(&NOT_TESTED, message).at(at));
    }
    Ok(())
}

#[derive(Default)]
struct Seen {
    list: &'static str,
    audited: u64,
    skipped: Vec<String>,
}

fn report(json: &mut Json<'_>, scan: &mut Scan, seen: &mut Seen) -> Result<(), Stop> {
    let mut each = |json: &mut Json<'_>| {
        let tree = json.tree()?;
        dependency(tree.root(), scan, seen);
        Ok(())
    };
    if json.kind()? == JsonKind::Array {
        return json.array(|json, _| each(json));
    }
    json.object(|json, key| match key {
        "dependencies" => json.array(|json, _| each(json)),
        _ => json.skip(),
    })?;
    seen.list = "/dependencies";
    Ok(())
}

fn dependency(node: Node<'_>, scan: &mut Scan, seen: &mut Seen) {
    let name = node.require("name").text().unwrap_or_default();
    if node.get("skip_reason").is_some() {
        seen.skipped.push(name);
        return;
    }
    let vulnerabilities = node.require("vulns");
    if !vulnerabilities.is_array() {
        vulnerabilities.items().for_each(drop);
        seen.skipped.push(name);
        return;
    }
    seen.audited += 1;
    let version = node.get("version").text();
    for vulnerability in vulnerabilities.items() {
        if !vulnerability.is_object() {
            scan.push(unreadable(vulnerability));
            continue;
        }
        let id = vulnerability.require("id").text().unwrap_or_else(|| "unnamed".to_owned());
        let title = format!("{name} {}: {id}", version.as_deref().unwrap_or(""));
        let mut finding = Finding::new(id, title, Severity::Unknown, vulnerability.pointer());
        let fixes = vulnerability.get("fix_versions").strings();
        finding.package = Some(Package {
            name: name.clone(),
            version: version.clone(),
            fixed: (!fixes.is_empty()).then(|| fixes.join(", ")),
            purl: Some(format!("pkg:pypi/{name}")),
        });
        finding.description = vulnerability.get("description").filled();
        finding.references = vulnerability.get("aliases").strings();
        scan.push(finding);
    }
}
