//! Grype: known vulnerabilities of the packages in an image, a folder or an SBOM.
//!
//! ```json
//! {"matches": [{"vulnerability": {"id": "CVE-2021-33574", "severity": "Critical", "fix": {"versions": ["2.34"], "state": "fixed"}},
//!               "artifact": {"name": "glibc", "version": "2.31"}}],
//!  "source": {"type": "image", "target": {"userInput": "shop:1.0"}}, "descriptor": {"name": "grype", "version": "0.74.0"}}
//! ```
//!
//! Each match is a finding: one vulnerability of one package.
//! Severity is Grype's own: `Critical`, `High`, `Medium`, `Low`, `Unknown`, and `Negligible`, which is info.
//! `ignoredMatches` are suppressed.
//! A report without `matches` is no evidence; an empty list is a clean scan.
//! `alertsByPackage` lists packages that Grype cannot judge: those of a distribution that it does not know
//! (`distro-unknown`) or does not match (`distro-disabled`) were not looked at, so the evidence is incomplete, as for any
//! type of alert that is not known here.
//! For packages of a distribution that is out of support (`distro-eol`) vulnerabilities may be missing.
//! Keys by `grype/presenter/models` of anchore/grype, words by `grype/vulnerability/severity.go`.

use super::weakness::{NEWER, counted, cwe, id_of, severity, unique};
use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{INCOMPLETE, NOTHING_RAN, PARTLY_SCANNED, UNREADABLE_PART};
use crate::formats::Format;
use crate::model::finding::Package;
use crate::model::{Evidence, Finding, Kind, Location, Pointer, Scan, ScanClass, Severity, Suppression, Tool};
use crate::source::json::shorten;
use crate::source::{Diags, Doc, Json, JsonKind, Node, Probe, Stop};

pub(super) static FORMAT: Format = Format {
    id: "grype-json",
    kinds: &[Kind::Security],
    tool: "Grype",
    title: "JSON report",
    produce: "grype shop:1.0 -o json > grype.json",
    detect,
    read,
};

fn detect(probe: &Probe<'_>) -> bool {
    probe.document().is_some_and(|root| {
        let matches = root.get("matches");
        let is_match = matches.at(0).has(&["vulnerability", "artifact"]);
        // Xeol, which looks for what is out of support, writes the same.
        let name = root.path(&["descriptor", "name"]);
        let is_other = name.str().is_some_and(|name| !name.eq_ignore_ascii_case("grype"));
        let is_grype = name.is_string() || root.get("source").has(&["type", "target"]);
        matches.exists() && !is_other && (is_match || is_grype) && (matches.is_array() || matches.is_null())
    })
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let mut json = doc.json();
    let mut scan = Scan::new(ScanClass::Sca, Pointer::whole());
    let mut tool = Tool::new("Grype", None);
    let mut has_matches = false;
    let outcome = json.object(|json, key| member(json, key, &mut scan, &mut tool, &mut has_matches, evidence));
    let outcome = outcome.and_then(|()| json.end());
    scan.tool = Some(tool.clone());
    evidence.tool = Some(tool);
    evidence.scans.push(scan);
    outcome?;
    if !has_matches {
        let diagnostic = Diagnostic::new(&NOTHING_RAN, "there is no list of matches, not even an empty one");
        doc.report(diagnostic.at(Pointer::path("/matches")));
    }
    Ok(())
}

fn member(
    json: &mut Json<'_>,
    key: &str,
    scan: &mut Scan,
    tool: &mut Tool,
    has_matches: &mut bool,
    evidence: &mut Evidence,
) -> Result<(), Stop> {
    match key {
        "matches" => {
            *has_matches = json.kind()? == JsonKind::Array;
            json.array(|json, _| {
                scan.push(finding(json.record()?));
                Ok(())
            })?;
        }
        "ignoredMatches" => json.array(|json, _| {
            let tree = json.tree()?;
            let mut found = finding(tree.root());
            found.suppression = Some(ignored(tree.root().get("appliedIgnoreRules")));
            scan.push(found);
            Ok(())
        })?,
        "source" => {
            let tree = json.tree()?;
            let target = tree.root().get("target");
            let keys = ["userInput", "imageID", "path"];
            let named = || keys.iter().find_map(|key| target.get(key).filled());
            scan.targets.extend(if target.is_object() { named() } else { target.text() });
        }
        "alertsByPackage" => alerts(json)?,
        "descriptor" => {
            let tree = json.tree()?;
            tool.version = tree.root().get("version").filled().filter(|version| version != "[not provided]");
            evidence.time = tree.root().get("timestamp").time();
        }
        _ => json.skip()?,
    }
    Ok(())
}

/// Packages with alerts of the same meaning.
struct Alerted {
    count: usize,
    /// The first package, and the type of its alert.
    first: String,
    /// Where that alert stands.
    at: Diagnostic,
    diags: Diags,
}

impl Alerted {
    fn report(self, message: &str, help: &str) {
        let Alerted { count, first, mut at, diags } = self;
        at.message = format!("{message}: {}, the first is {first}", counted(count, "package"));
        diags.push(at.help(help));
    }
}

/// Reports the alerts: how many packages were not looked at, and for how many vulnerabilities may be missing.
fn alerts(json: &mut Json<'_>) -> Result<(), Stop> {
    let (mut unmatched, mut ended) = (None, None);
    let outcome = json.array(|json, _| {
        let node = json.record()?;
        let is_ended = |alert: &Node<'_>| alert.get("type").text().as_deref() == Some("distro-eol");
        let (old, other): (Vec<_>, Vec<_>) = node.require("alerts").items().partition(is_ended);
        for (alerts, seen, code) in [(other, &mut unmatched, &INCOMPLETE), (old, &mut ended, &PARTLY_SCANNED)] {
            let Some(alert) = alerts.first() else { continue };
            let new = || Alerted {
                count: 0,
                first: named(node, *alert),
                at: alert.diagnostic(code, ""),
                diags: node.diags().clone(),
            };
            seen.get_or_insert_with(new).count += 1;
        }
        Ok(())
    });
    if let Some(alerted) = unmatched {
        alerted.report("not matched with vulnerabilities", "scan them with a tool that knows their distribution");
    }
    if let Some(alerted) = ended {
        alerted.report("vulnerabilities may be missing, the distribution is out of support", NEWER);
    }
    outcome
}

/// The package and the type of one of its alerts.
fn named(node: Node<'_>, alert: Node<'_>) -> String {
    let name = node.path(&["package", "name"]).text().unwrap_or_default();
    format!("`{}` ({})", shorten(&name), shorten(&alert.require("type").text().unwrap_or_default()))
}

const SEVERITIES: &[(&str, Severity)] = &[
    ("Critical", Severity::Critical),
    ("High", Severity::High),
    ("Medium", Severity::Medium),
    ("Low", Severity::Low),
    ("Negligible", Severity::Info),
    ("Unknown", Severity::Unknown),
];

fn finding(node: Node<'_>) -> Finding {
    let vulnerability = node.get("vulnerability");
    let artifact = node.get("artifact");
    let id = if vulnerability.is_object() {
        id_of(vulnerability, "id")
    } else {
        node.report(&UNREADABLE_PART, "a match without vulnerability");
        "(no id)".to_owned()
    };
    let name = artifact.get("name").text().unwrap_or_default();
    let version = artifact.get("version").filled();
    let severity = severity(vulnerability.get("severity"), SEVERITIES);
    let title = format!("{id} in {name} {}", version.as_deref().unwrap_or_default());
    let mut found = Finding::new(id, title.trim(), severity, node.pointer());
    found.native_severity = vulnerability.get("severity").filled();
    found.cwes =
        unique(vulnerability.get("cwes").items().filter_map(|c| c.get("cwe").text()).filter_map(|t| cwe(&t)).collect());
    found.description = vulnerability.get("description").filled();
    found.references.extend(vulnerability.get("dataSource").filled());
    let fixed = vulnerability.path(&["fix", "versions"]).strings();
    let fixed = (!fixed.is_empty()).then(|| fixed.join(", "));
    found.package = Some(Package { name, version, fixed, purl: artifact.get("purl").filled() });
    let places =
        artifact.get("locations").items().filter_map(|l| l.get("path").text().or_else(|| l.get("realPath").text()));
    found.locations = places.map(|place| Location { place, line: None, detail: None }).collect();
    found.occurrences = (found.locations.len() as u64).max(1);
    found
}

fn ignored(rules: Node<'_>) -> Suppression {
    let rule = rules.at(0);
    let status = rule.get("vex-status").filled().map(|status| format!("VEX: {status}"));
    Suppression {
        by: status.unwrap_or_else(|| "ignore rule".to_owned()),
        reason: rule.get("reason").filled().or_else(|| rule.get("vex-justification").filled()),
    }
}
