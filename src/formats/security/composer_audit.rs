//! Composer: the JSON report of `composer audit` about the packages of PHP.
//!
//! ```json
//! {"advisories": {"guzzlehttp/psr7": [{"advisoryId": "PKSA-28sp-mbcj-jmbj", "packageName": "guzzlehttp/psr7",
//!    "affectedVersions": "<1.8.4", "title": "Inproper parsing of HTTP headers", "cve": "CVE-2022-24775",
//!    "link": "https://github.com/advisories/GHSA-q7rv-6hp3-vh96", "severity": "medium"}]},
//!  "abandoned": {"swiftmailer/swiftmailer": "symfony/mailer"}}
//! ```
//!
//! Each advisory of a package is one finding; `ignored-advisories` are suppressed, with their reason.
//! Severity is the word of the advisory, which versions before 2.7 do not write: without it (`null`) it is unknown.
//! A package that stands on a list of malware (`filter`, from 2.9) is a critical finding, one on another list of unknown
//! severity.
//! Where nothing was found the lists are empty: PHP writes `[]` for an empty object, and an object for a list with gaps.
//! Abandoned packages are no vulnerabilities: their number is told.
//! A repository that could not be asked for its advisories (`unreachable-repositories`) makes the audit incomplete.
//! Keys by composer/composer, `src/Composer/Advisory/Auditor.php` and `SecurityAdvisory.php`.

use super::records::{entry, keep};
use super::weakness::{counted, severity};
use crate::diagnostics::codes::{INCOMPLETE, NOT_COUNTED};
use crate::formats::Format;
use crate::model::finding::Package;
use crate::model::{Evidence, Finding, Kind, Scan, ScanClass, Severity, Suppression, Tool};
use crate::source::json::shorten;
use crate::source::{Doc, Node, Probe, Stop};

pub(super) static FORMAT: Format = Format {
    id: "composer-audit",
    kinds: &[Kind::Security],
    tool: "Composer",
    title: "JSON report of `composer audit`",
    produce: "composer audit --format=json > composer-audit.json",
    detect,
    read,
};

fn detect(probe: &Probe<'_>) -> bool {
    let Some(root) = probe.document() else { return false };
    let advisories = root.get("advisories");
    let first = || advisories.entries().next().is_some_and(|(_, list)| list.at(0).has(&["advisoryId", "packageName"]));
    let is_list = advisories.is_object() || advisories.is_null() || advisories.is_array() && advisories.is_empty();
    // Versions before 2.6 write nothing but the advisories.
    is_list && !root.get("metadata").exists() && (root.get("abandoned").exists() || root.len() == 1 || first())
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let tree = doc.document()?;
    let root = tree.root();
    let advisories = root.require("advisories");
    let mut scan = Scan::new(ScanClass::Sca, advisories.pointer());
    scan.tool = Some(Tool::new("composer audit", None));
    evidence.tool.clone_from(&scan.tool);
    each(advisories, |node| scan.push(entry(node, advisory)));
    each(root.get("ignored-advisories"), |node| {
        let mut ignored = entry(node, advisory);
        let reason = node.get("ignoreReason").filled();
        ignored.suppression = Some(Suppression { by: "ignored by the configuration of Composer".to_owned(), reason });
        scan.push(ignored);
    });
    each(root.get("filter"), |node| scan.push(entry(node, listed)));
    let unreachable = root.get("unreachable-repositories");
    if !unreachable.is_empty() {
        let first = unreachable.strings().first().map(|text| format!(": {}", shorten(text))).unwrap_or_default();
        unreachable.report(&INCOMPLETE, format!("a repository could not be asked for its advisories{first}"));
    }
    let abandoned = root.get("abandoned");
    if !abandoned.is_empty() {
        let packages = counted(abandoned.len(), "package");
        abandoned.report(&NOT_COUNTED, format!("abandoned, which is no vulnerability: {packages}"));
    }
    keep(scan, advisories.is_some(), &mut evidence.scans);
    Ok(())
}

/// Each entry of the lists that stand under the names of packages.
fn each<'t>(packages: Node<'t>, mut take: impl FnMut(Node<'t>)) {
    for (_, list) in packages.entries() {
        if list.is_array() {
            list.items().for_each(&mut take);
        } else if list.is_object() {
            list.entries().for_each(|(_, node)| take(node));
        } else {
            take(list);
        }
    }
}

const SEVERITIES: &[(&str, Severity)] = &[
    ("critical", Severity::Critical),
    ("high", Severity::High),
    ("medium", Severity::Medium),
    ("moderate", Severity::Medium),
    ("low", Severity::Low),
];

fn advisory(node: Node<'_>) -> Finding {
    let name = node.require("packageName").text().unwrap_or_default();
    let id = node.require("advisoryId").text();
    let known = node.get("cve").filled();
    let rule = known.clone().or_else(|| id.clone()).unwrap_or_else(|| "(no id)".to_owned());
    let title = node.get("title").filled().map_or_else(|| name.clone(), |title| format!("{name}: {title}"));
    let word = node.get("severity");
    let mut found = Finding::new(rule, title, severity(word, SEVERITIES), node.pointer());
    found.native_severity = word.filled();
    found.description = node.get("affectedVersions").filled().map(|versions| format!("affects {versions}"));
    found.references = id.filter(|_| known.is_some()).into_iter().chain(node.get("link").filled()).collect();
    found.package = Some(package(name));
    found
}

/// A package that stands on a list of such as are not to be used.
fn listed(node: Node<'_>) -> Finding {
    let name = node.require("packageName").text().unwrap_or_default();
    let list = node.get("listName").filled().unwrap_or_else(|| "(no name)".to_owned());
    let severity = if list == "malware" { Severity::Critical } else { Severity::Unknown };
    let reason = node.get("reason").filled().map(|reason| format!(": {reason}")).unwrap_or_default();
    let mut found = Finding::new(list.clone(), format!("{name}: {list}{reason}"), severity, node.pointer());
    found.references = node.get("url").filled().into_iter().collect();
    found.package = Some(package(name));
    found
}

fn package(name: String) -> Package {
    Package { purl: Some(format!("pkg:composer/{name}")), name, version: None, fixed: None }
}
