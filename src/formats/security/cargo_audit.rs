//! cargo-audit: the JSON report about the crates of a `Cargo.lock`.
//!
//! ```json
//! {"database": {"advisory-count": 302}, "lockfile": {"dependency-count": 441}, "settings": {"ignore": []},
//!  "vulnerabilities": {"found": true, "count": 1, "list": [
//!    {"advisory": {"id": "RUSTSEC-2021-0020", "package": "hyper", "title": "Multiple Transfer-Encoding headers",
//!                  "aliases": ["CVE-2021-21299"], "cvss": null},
//!     "versions": {"patched": [">=0.14.3"]}, "package": {"name": "hyper", "version": "0.13.9"}}]},
//!  "warnings": {"unmaintained": []}}
//! ```
//!
//! Each entry of `vulnerabilities.list` is one finding.
//! The only severity is a CVSS vector: the finding's severity is that of the vector's base score, and unknown where
//! there is no vector.
//! `warnings` (unmaintained, unsound and yanked crates) are no vulnerabilities: they are counted in a note.
//! Advisories that `settings.ignore` leaves out never reach the report; the note names them.
//! Keys by rustsec/rustsec, `rustsec/src/report.rs`.

use super::records::{entry, keep};
use crate::diagnostics::codes::{CONTRADICTION, NOT_COUNTED, NOTHING_RAN};
use crate::formats::Format;
use crate::model::finding::Package;
use crate::model::{Evidence, Finding, Kind, Scan, ScanClass, Severity, Tool};
use crate::source::{Doc, Node, Probe, Stop};
use crate::taxonomy::cvss;

pub(super) static FORMAT: Format = Format {
    id: "cargo-audit",
    kinds: &[Kind::Security],
    tool: "cargo-audit",
    title: "JSON report",
    produce: "cargo audit --json > cargo-audit.json",
    detect,
    read,
};

fn detect(probe: &Probe<'_>) -> bool {
    probe
        .document()
        .is_some_and(|root| root.has(&["database", "lockfile"]) && root.get("vulnerabilities").has(&["found", "list"]))
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let tree = doc.document()?;
    let root = tree.root();
    let mut scan = Scan::new(ScanClass::Sca, root.get("vulnerabilities").pointer());
    scan.tool = Some(Tool::new("cargo-audit", None));
    evidence.tool.clone_from(&scan.tool);
    let list = root.get("vulnerabilities").require("list");
    for listed in list.items() {
        scan.push(entry(listed, vulnerability));
    }
    let declared = root.get("vulnerabilities").get("count");
    let counted = scan.tally().total();
    if let Some(says) = declared.u64().filter(|says| *says != counted) {
        let message = format!("says {says} vulnerabilities, counted {counted}");
        doc.report(declared.diagnostic(&CONTRADICTION, message).against(list.pointer()));
    }
    let mut ran = true;
    for (node, nothing) in [
        (root.get("lockfile").get("dependency-count"), "the lock file has no dependency"),
        (root.get("database").get("advisory-count"), "the database has no advisory"),
    ] {
        if node.u64() == Some(0) {
            node.report(&NOTHING_RAN, nothing);
            ran = false;
        }
    }
    scan.threshold = root.get("settings").get("severity").word_any_case(THRESHOLDS);
    beside(root);
    keep(scan, ran, &mut evidence.scans);
    Ok(())
}

fn vulnerability(node: Node<'_>) -> Finding {
    let advisory = node.require("advisory");
    let package = node.get("package");
    let id = if advisory.is_object() { advisory.require("id").text() } else { None };
    let id = id.unwrap_or_else(|| "unnamed".to_owned());
    let name = package.get("name").text().or_else(|| advisory.get("package").text()).unwrap_or_default();
    let title = advisory.get("title").filled().unwrap_or_else(|| id.clone());
    let vector = advisory.get("cvss").text();
    let severity = vector.as_deref().and_then(cvss::score).map_or(Severity::Unknown, |scored| scored.severity);
    let mut finding = Finding::new(id, format!("{name}: {title}"), severity, node.pointer());
    finding.native_severity = vector;
    let patched = node.get("versions").get("patched").strings();
    finding.package = Some(Package {
        purl: Some(format!("pkg:cargo/{name}")),
        name,
        version: package.get("version").text(),
        fixed: (!patched.is_empty()).then(|| patched.join("; ")),
    });
    finding.description = advisory.get("description").filled();
    finding.references = advisory.get("aliases").strings();
    finding.references.extend(advisory.get("url").filled());
    finding
}

/// Words of `severity` among the settings, by `cvss::Severity` of the crate `cvss`.
const THRESHOLDS: &[(&str, Severity)] =
    &[("critical", Severity::Critical), ("high", Severity::High), ("medium", Severity::Medium), ("low", Severity::Low)];

/// What the report has beside its vulnerabilities.
fn beside(root: Node<'_>) {
    let warnings = root.get("warnings");
    let mut kinds: Vec<(String, usize)> = Vec::new();
    if warnings.is_array() {
        // Older versions write one list.
        for warning in warnings.items() {
            // Of those with an advisory the kind is the key that it stands under.
            let kind = warning.get("kind");
            let named =
                if kind.is_object() { kind.members().next().map(|(name, _)| name.into_owned()) } else { kind.text() };
            let kind = named.unwrap_or_else(|| "other".to_owned());
            match kinds.iter_mut().find(|(known, _)| *known == kind) {
                Some((_, count)) => *count += 1,
                None => kinds.push((kind, 1)),
            }
        }
    } else {
        kinds.extend(warnings.members().map(|(kind, list)| (kind.into_owned(), list.len())).filter(|(_, n)| *n > 0));
    }
    if !kinds.is_empty() {
        let list: Vec<String> = kinds.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
        warnings.report(&NOT_COUNTED, format!("warnings that are no vulnerabilities: {}", list.join(", ")));
    }
    let ignored = root.get("settings").get("ignore");
    let ids = ignored.strings();
    if !ids.is_empty() {
        ignored.report(&NOT_COUNTED, format!("left out by the configuration: {}", ids.join(", ")));
    }
    let least = root.get("settings").get("severity");
    if let Some(word) = least.text() {
        least.report(&NOT_COUNTED, format!("what is less severe than `{word}` is left out by the configuration"));
    }
}
