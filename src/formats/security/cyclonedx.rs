//! CycloneDX: a bill of materials with vulnerabilities, or a VEX document, in JSON.
//!
//! ```json
//! {"bomFormat": "CycloneDX", "specVersion": "1.6",
//!  "components": [{"bom-ref": "jackson", "name": "jackson-databind", "version": "2.9.4"}],
//!  "vulnerabilities": [{"id": "CVE-2018-7489", "ratings": [{"severity": "critical", "score": 9.8, "method": "CVSSv31"}],
//!    "cwes": [184, 502], "affects": [{"ref": "jackson"}],
//!    "analysis": {"state": "not_affected", "justification": "code_not_reachable"}}]}
//! ```
//!
//! Each vulnerability is one finding, with the components that it affects as its places.
//! Of several ratings the highest counts; `none` is info, and a rating that has only a CVSS score is rated by it.
//! By its `analysis` a vulnerability that is `not_affected`, `false_positive` or `resolved` counts as suppressed;
//! `exploitable` and `in_triage` count.
//! Each analysis is also a statement that applies to matching findings of other artifacts, with the document's author,
//! where it names what it affects. One that takes findings out does so for the version of the component alone, or for the
//! `versions` that it lists and does not call affected; ranges are not compared, and take nothing out.
//! A document without components (VEX) states what is known of a product: it is no evidence that a scan ran.
//! A bill of materials without `vulnerabilities` is an inventory and no scan, and an empty list looks the same after a
//! clean scan and after none (Trivy writes it without `--scanners vuln`), so neither proves anything.
//! The XML form is not read.
//! By the CycloneDX specification, `schema/bom-1.6.schema.json`.

use std::collections::BTreeMap;

use super::records::{entry, expect_object, keep};
use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{NOT_COUNTED, NOT_EVIDENCE, NOTHING_RAN};
use crate::formats::Format;
use crate::model::finding::{Package, Statement};
use crate::model::purl;
use crate::model::{Evidence, Finding, Kind, Location, Pointer, Scan, ScanClass, Severity, Suppression, Tool};
use crate::source::{Doc, Json, Node, Probe, Stop};
use crate::taxonomy::cvss;

pub(super) static FORMAT: Format = Format {
    id: "cyclonedx",
    kinds: &[Kind::Security],
    tool: "CycloneDX",
    title: "Bill of materials with vulnerabilities, VEX",
    produce: "trivy image --format cyclonedx --scanners vuln --output bom.json shop:1.4.0",
    detect,
    read,
};

fn detect(probe: &Probe<'_>) -> bool {
    probe.document().is_some_and(|root| root.is_object() && root.get("bomFormat").raw() == "\"CycloneDX\"")
}

#[derive(Default)]
struct Bom {
    /// By reference.
    components: BTreeMap<String, Package>,
    /// Findings with what they affect, and what is stated of that.
    findings: Vec<(Finding, Vec<Affected>, Option<Statement>)>,
    has_list: bool,
    has_components: bool,
    subject: Option<String>,
    author: Option<String>,
    tool: Option<Tool>,
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let diags = doc.diags().clone();
    let mut bom = Bom::default();
    let mut json = doc.json();
    let result = report(&mut json, &mut bom, evidence);
    let class = if bom.has_components { ScanClass::Sca } else { ScanClass::Unknown };
    let found = bom.findings.len();
    let mut scan = Scan::new(class, Pointer::path("/vulnerabilities"));
    // Who wrote a document without components down scanned nothing.
    scan.tool = bom.tool.clone().filter(|_| bom.has_components);
    scan.targets.extend(bom.subject);
    for (finding, affected, statement) in bom.findings {
        scan.push(placed(finding, &affected, &bom.components));
        let Some(mut statement) = statement else { continue };
        statement.author.clone_from(&bom.author);
        statement.time = statement.time.or(evidence.time);
        let products = affected.iter().flat_map(|it| it.products(statement.suppresses, &bom.components));
        statement.products = products.collect();
        if statement.products.is_empty() {
            // Without products it would be about everything: it speaks of this document only.
            continue;
        }
        evidence.statements.push(statement);
    }
    evidence.tool = bom.tool;
    keep(scan, found > 0, &mut evidence.scans);
    result?;
    json.end()?;
    if !bom.has_list {
        let message = "is a bill of materials without `vulnerabilities`: an inventory, no scan";
        diags.push(Diagnostic::new(&NOT_EVIDENCE, message).help("scan it: `trivy sbom BOM`, `grype sbom:BOM`"));
    } else if found == 0 {
        let message = "`vulnerabilities` is empty, which an inventory that nobody scanned has too";
        let diagnostic = Diagnostic::new(&NOTHING_RAN, message).at(Pointer::path("/vulnerabilities"));
        diags.push(diagnostic.help("give the scanner's own report"));
    }
    Ok(())
}

fn report(json: &mut Json<'_>, bom: &mut Bom, evidence: &mut Evidence) -> Result<(), Stop> {
    json.object(|json, key| match key {
        "metadata" => {
            let tree = json.tree()?;
            let about = tree.root();
            evidence.time = about.get("timestamp").time();
            bom.tool = tool(about.get("tools"));
            let people = about.get("authors").items().find_map(|author| author.get("name").filled());
            let makers = || ["supplier", "manufacturer", "manufacture"].map(|key| about.get(key).get("name").filled());
            bom.author = people.or_else(|| makers().into_iter().flatten().next());
            let subject = about.get("component");
            bom.subject = subject.get("name").filled();
            component(subject, &mut bom.components);
            Ok(())
        }
        "components" => json.array(|json, _| {
            bom.has_components = true;
            let tree = json.tree()?;
            let mut open = vec![tree.root()];
            while let Some(node) = open.pop() {
                component(node, &mut bom.components);
                open.extend(node.get("components").items());
            }
            Ok(())
        }),
        "vulnerabilities" => {
            bom.has_list = true;
            json.array(|json, _| {
                let tree = json.tree()?;
                let mut about = (Vec::new(), None);
                let finding = entry(tree.root(), |node| {
                    let (finding, affected, statement) = vulnerability(node);
                    about = (affected, statement);
                    finding
                });
                bom.findings.push((finding, about.0, about.1));
                Ok(())
            })
        }
        _ => json.skip(),
    })
}

/// The first tool: a list until version 1.4, then an object with components and services.
fn tool(tools: Node<'_>) -> Option<Tool> {
    let first = if tools.is_array() { tools.at(0) } else { tools.get("components").at(0) };
    Some(Tool::new(first.get("name").filled()?, first.get("version").filled()))
}

fn component(node: Node<'_>, components: &mut BTreeMap<String, Package>) {
    let Some(name) = node.get("name").filled() else { return };
    let name = node.get("group").filled().map_or_else(|| name.clone(), |group| format!("{group}/{name}"));
    let purl = node.get("purl").filled();
    let package = Package { name, version: node.get("version").filled(), fixed: None, purl: purl.clone() };
    for reference in node.get("bom-ref").filled().into_iter().chain(purl) {
        components.entry(reference).or_insert_with(|| package.clone());
    }
}

const SEVERITIES: &[(&str, Severity)] = &[
    ("critical", Severity::Critical),
    ("high", Severity::High),
    ("medium", Severity::Medium),
    ("low", Severity::Low),
    ("info", Severity::Info),
    ("none", Severity::Info),
    ("unknown", Severity::Unknown),
];

fn rating(node: Node<'_>) -> Option<Severity> {
    expect_object(node);
    if let Some(severity) = node.get("severity").word_any_case(SEVERITIES).filter(|s| *s != Severity::Unknown) {
        return Some(severity);
    }
    let score = node.get("score").f64();
    let computed = || node.get("vector").text().as_deref().and_then(cvss::score).map(|scored| scored.severity);
    let by_vector = || {
        let text = node.get("vector").text()?;
        let prefix = if text.starts_with("CVSS:") { "" } else { "CVSS:3.1/" };
        cvss::score(&format!("{prefix}{text}")).map(|scored| scored.severity)
    };
    match node.get("method").text().as_deref() {
        Some("CVSSv2") => score.map(cvss::severity_v2).or_else(computed),
        Some("CVSSv3" | "CVSSv31") => score.map(Severity::from_cvss).or_else(by_vector),
        Some("CVSSv4") => score.map(Severity::from_cvss).or_else(computed),
        // The method may be left out; the vector says which it is.
        _ => computed(),
    }
}

/// Whether an analysis takes the vulnerability out of the count.
const STATES: &[(&str, bool)] = &[
    ("not_affected", true),
    ("false_positive", true),
    ("resolved", true),
    ("resolved_with_pedigree", true),
    ("exploitable", false),
    ("in_triage", false),
];

/// A component that a vulnerability is about.
struct Affected {
    /// Its reference.
    reference: String,
    /// The versions that a statement which suppresses covers; `None` where it lists none, and means that of the component.
    versions: Option<Vec<String>>,
    /// The versions that it lists and such a statement does not cover.
    others: Vec<String>,
}

impl Affected {
    fn read(node: Node<'_>) -> Option<Affected> {
        let reference = node.get("ref").text()?;
        let versions = versions(node);
        let is_covered = |version: &Node<'_>| version.get("status").word(VERSION_STATUSES).unwrap_or(true);
        let (covered, others): (Vec<Node<'_>>, Vec<Node<'_>>) =
            versions.iter().partition(|version| is_covered(version));
        let names =
            |versions: Vec<Node<'_>>| versions.into_iter().filter_map(|it| it.get("version").filled()).collect();
        let (covered, others) = (names(covered), names(others));
        Some(Affected { reference, versions: (!versions.is_empty()).then_some(covered), others })
    }

    /// What a statement about it is about: package URLs where there are, else names, with a version where the statement
    /// suppresses, since that says nothing of other versions.
    fn products(&self, suppresses: bool, components: &BTreeMap<String, Package>) -> Vec<String> {
        let package = package(&self.reference, components);
        match &self.versions {
            _ if !suppresses => vec![product(&package, None)],
            Some(versions) => versions.iter().map(|version| product(&package, Some(version))).collect(),
            // Of a component without a version it is not known which of them the statement is about.
            None if package.version.is_none() && !has_version(&package) => Vec::new(),
            None => vec![product(&package, package.version.as_deref())],
        }
    }
}

fn has_version(package: &Package) -> bool {
    package.purl.as_deref().and_then(purl::parts).is_some_and(|(_, _, version)| version.is_some())
}

/// The versions that are affected or not, since version 1.4 of the format; some write one where a list belongs.
fn versions(affected: Node<'_>) -> Vec<Node<'_>> {
    let list = affected.get("versions");
    if list.is_object() { vec![list] } else { list.items().collect() }
}

/// Whether a statement that suppresses may cover a version of this status.
const VERSION_STATUSES: &[(&str, bool)] = &[("affected", false), ("unaffected", true), ("unknown", false)];

fn vulnerability(node: Node<'_>) -> (Finding, Vec<Affected>, Option<Statement>) {
    // The id is optional.
    let id = node.get("id").filled().or_else(|| node.get("references").at(0).get("id").filled());
    let id = id.or_else(|| node.get("bom-ref").filled());
    let id = id.unwrap_or_else(|| node.require("id").text().unwrap_or_else(|| "unnamed".to_owned()));
    let severity = node.get("ratings").items().filter_map(rating).min().unwrap_or(Severity::Unknown);
    let description = node.get("description").filled().or_else(|| node.get("detail").filled());
    let mut finding = Finding::new(id.clone(), id.clone(), severity, node.pointer());
    finding.native_severity = node.get("ratings").items().find_map(|rating| rating.get("severity").text());
    finding.cwes = node.get("cwes").items().filter_map(Node::u64).filter_map(|id| u32::try_from(id).ok()).collect();
    finding.description = description;
    finding.solution = node.get("recommendation").filled();
    finding.references = node.get("references").items().filter_map(|other| other.get("id").filled()).collect();
    let affected: Vec<Affected> = node.get("affects").items().filter_map(Affected::read).collect();

    let analysis = node.get("analysis");
    expect_object(analysis);
    let state = analysis.get("state");
    let suppresses = state.word(STATES).unwrap_or(false);
    let reasons = ["justification", "detail"].into_iter().filter_map(|key| analysis.get(key).filled());
    let reason = Some(reasons.collect::<Vec<_>>().join(": ")).filter(|reason| !reason.is_empty());
    let statement = state.text().map(|status| {
        if suppresses {
            finding.suppression = Some(Suppression { by: format!("VEX: {status}"), reason: reason.clone() });
        }
        let vulnerabilities = std::iter::once(id).chain(finding.references.iter().cloned()).collect();
        Statement {
            vulnerabilities,
            products: Vec::new(),
            suppresses,
            status,
            reason,
            author: None,
            // Since version 1.5.
            time: ["lastUpdated", "firstIssued"].into_iter().find_map(|key| analysis.get(key).time()),
            pointer: node.pointer(),
        }
    });
    if suppresses {
        let has_range = |affected: &Node<'_>| versions(*affected).iter().any(|version| version.get("range").is_some());
        if let Some(first) = node.get("affects").items().find(has_range) {
            let message = "ranges of versions are not compared: the statement takes nothing out for them";
            first.get("versions").report(&NOT_COUNTED, message);
        }
    }
    (finding, affected, statement)
}

/// The finding with its package and places, which are known once the components are. An analysis takes it not out of the
/// count where the version of a component is listed as affected.
fn placed(mut finding: Finding, affected: &[Affected], components: &BTreeMap<String, Package>) -> Finding {
    let packages: Vec<Package> = affected.iter().map(|it| package(&it.reference, components)).collect();
    let is_affected = |(affected, package): (&Affected, &Package)| {
        package.version.as_ref().is_some_and(|own| affected.others.contains(own))
    };
    if affected.iter().zip(&packages).any(is_affected) {
        finding.suppression = None;
    }
    for package in &packages {
        let detail = package.version.clone();
        finding.locations.push(Location { place: package.name.clone(), line: None, detail });
    }
    finding.occurrences = packages.len().max(1) as u64;
    if let Some(first) = packages.into_iter().next() {
        finding.title = format!("{}: {}", first.name, finding.rule);
        finding.package = Some(first);
    }
    finding
}

/// A reference into another document ends in that document's own reference: `urn:cdx:UUID/1#REF`.
fn inner(reference: &str) -> &str {
    reference.split_once('#').filter(|(urn, _)| urn.starts_with("urn:cdx:")).map_or(reference, |(_, inner)| inner)
}

/// What a statement says that is about a package: its package URL where there is one, else its name.
fn product(package: &Package, version: Option<&str>) -> String {
    let Some(purl) = &package.purl else {
        return version.map_or_else(|| package.name.clone(), |version| format!("{}@{version}", package.name));
    };
    match (purl::parts(purl), version) {
        (Some((_, _, Some(own))), Some(version)) if decoded(own) == version => purl.clone(),
        (Some((kind, path, _)), Some(version)) => format!("pkg:{kind}/{path}@{}", encoded(version)),
        _ => purl.clone(),
    }
}

/// The package that a reference means: a component of the document, or what a package URL names.
fn package(reference: &str, components: &BTreeMap<String, Package>) -> Package {
    if let Some(package) = components.get(reference) {
        return package.clone();
    }
    let name = inner(reference);
    match purl::parts(name) {
        Some((_, path, version)) => {
            Package { name: decoded(path), version: version.map(decoded), fixed: None, purl: Some(name.to_owned()) }
        }
        None => Package { name: name.to_owned(), ..Package::default() },
    }
}

/// The signs that package URLs encode in names and versions.
fn decoded(part: &str) -> String {
    [("%40", "@"), ("%2B", "+"), ("%2b", "+"), ("%3A", ":"), ("%3a", ":")]
        .iter()
        .fold(part.to_owned(), |text, (code, sign)| text.replace(code, sign))
}

/// A version as it stands in a package URL.
fn encoded(version: &str) -> String {
    [("%", "%25"), ("@", "%40"), ("?", "%3F"), ("#", "%23")]
        .iter()
        .fold(version.to_owned(), |text, (sign, code)| text.replace(sign, code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_that_suppresses_is_about_versions() {
        let component = |version: &str, purl: Option<&str>| Package {
            name: "shop/cart".to_owned(),
            version: Some(version.to_owned()),
            fixed: None,
            purl: purl.map(ToOwned::to_owned),
        };
        let components: BTreeMap<String, Package> = [
            ("name", component("1.0", None)),
            ("bare", component("1.0%", Some("pkg:npm/cart?arch=any"))),
            ("full", component("1:1.0", Some("pkg:deb/debian/cart@1%3A1.0?arch=any"))),
        ]
        .map(|(reference, package)| (reference.to_owned(), package))
        .into();
        for (reference, versions, suppressing, other) in [
            ("name", None, vec!["shop/cart@1.0"], "shop/cart"),
            ("name", Some(vec!["2.0"]), vec!["shop/cart@2.0"], "shop/cart"),
            ("bare", None, vec!["pkg:npm/cart@1.0%25"], "pkg:npm/cart?arch=any"),
            ("bare", Some(vec![]), vec![], "pkg:npm/cart?arch=any"),
            ("full", None, vec!["pkg:deb/debian/cart@1%3A1.0?arch=any"], "pkg:deb/debian/cart@1%3A1.0?arch=any"),
            (
                "full",
                Some(vec!["2.0", "3.0"]),
                vec!["pkg:deb/debian/cart@2.0", "pkg:deb/debian/cart@3.0"],
                "pkg:deb/debian/cart@1%3A1.0?arch=any",
            ),
            ("urn:cdx:0/1#pkg:npm/pay@3", None, vec!["pkg:npm/pay@3"], "pkg:npm/pay@3"),
            ("elsewhere", Some(vec!["2"]), vec!["elsewhere@2"], "elsewhere"),
        ] {
            let versions = versions.map(|list: Vec<&str>| list.into_iter().map(ToOwned::to_owned).collect());
            let affected = Affected { reference: reference.to_owned(), versions, others: Vec::new() };
            assert_eq!(affected.products(true, &components), suppressing, "{reference}");
            assert_eq!(affected.products(false, &components), [other], "{reference}");
        }
    }
}
