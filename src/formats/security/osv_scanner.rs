//! OSV-Scanner: known vulnerabilities of the packages in lock files, SBOMs and images.
//!
//! ```json
//! {"results": [{"source": {"path": "/src/go.mod", "type": "lockfile"}, "packages": [{
//!    "package": {"name": "github.com/gogo/protobuf", "version": "1.3.1", "ecosystem": "Go"},
//!    "vulnerabilities": [{"id": "GHSA-c3h9-896r-86jm", "database_specific": {"severity": "HIGH"}}],
//!    "groups": [{"ids": ["GHSA-c3h9-896r-86jm"], "max_severity": "8.6"}]}]}]}
//! ```
//!
//! Each vulnerability of each package is a finding, aliases included: the groups that put them together are smaller in number.
//! There is no field for the severity.
//! It is the word of the GitHub advisory (`database_specific.severity`), else `max_severity` of the group,
//! else the highest CVSS vector of the advisory or of the affected package, else unknown; most Go and malware advisories
//! have none.
//! What detectors found beside vulnerabilities of packages (`experimental_generic_findings`), such as weak passwords, are
//! findings too, with the severity by its number: 5 is critical, 0 unknown.
//! An empty list of results is a clean scan; a report without one says that nothing was scanned.
//! Keys by `pkg/models/results.go` of google/osv-scanner, and `inventory/finding.go` of google/osv-scalibr.

use std::collections::HashMap;

use super::records::{entry, keep};
use super::weakness::{cwe, first_line, id_of, unique};
use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{NOTHING_RAN, OUT_OF_RANGE};
use crate::formats::Format;
use crate::model::finding::Package;
use crate::model::{Evidence, Finding, Kind, Location, Pointer, Scan, ScanClass, Severity, Tool};
use crate::source::{Doc, Json, JsonKind, Node, Probe, Stop};
use crate::taxonomy::cvss;

pub(super) static FORMAT: Format = Format {
    id: "osv-scanner",
    kinds: &[Kind::Security],
    tool: "OSV-Scanner",
    title: "JSON report",
    produce: "osv-scanner scan source --format json --output osv.json .",
    detect,
    read,
};

fn detect(probe: &Probe<'_>) -> bool {
    probe.document().is_some_and(|root| {
        let results = root.get("results");
        let is_result = results.at(0).has(&["source", "packages"]);
        results.exists()
            && (results.is_array() || results.is_null())
            && (is_result || results.is_empty() && root.get("experimental_config").is_object())
    })
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let mut json = doc.json();
    let mut scan = Scan::new(ScanClass::Sca, Pointer::path("/results"));
    let mut has_results = false;
    let outcome = json.object(|json, key| match key {
        "results" => {
            has_results = json.kind()? == JsonKind::Array;
            json.array(|json, _| source(json, &mut scan))
        }
        "experimental_generic_findings" => json.array(|json, _| {
            scan.push(entry(json.record()?, generic));
            Ok(())
        }),
        _ => json.skip(),
    });
    let outcome = outcome.and_then(|()| json.end());
    let tool = Tool::new("OSV-Scanner", None);
    scan.tool = Some(tool.clone());
    evidence.tool = Some(tool);
    keep(scan, has_results || outcome.is_err(), &mut evidence.scans);
    outcome?;
    if !has_results {
        let diagnostic = Diagnostic::new(&NOTHING_RAN, "there is no list of results, not even an empty one");
        doc.report(diagnostic.at(Pointer::path("/results")));
    }
    Ok(())
}

fn source(json: &mut Json<'_>, scan: &mut Scan) -> Result<(), Stop> {
    let mut path = None;
    let mut findings = Vec::new();
    let outcome = json.object(|json, key| match key {
        "source" => {
            path = json.record()?.get("path").filled();
            Ok(())
        }
        "packages" => json.array(|json, _| {
            let node = json.record()?;
            if node.is_record() {
                package(node, &mut findings);
            }
            Ok(())
        }),
        _ => json.skip(),
    });
    for mut finding in findings {
        finding.locations.extend(path.clone().map(|place| Location { place, line: None, detail: None }));
        scan.push(finding);
    }
    scan.targets.extend(path);
    outcome
}

fn package(node: Node<'_>, findings: &mut Vec<Finding>) {
    let named = node.get("package");
    let name = named.get("name").text().unwrap_or_default();
    let version = named.get("version").filled().or_else(|| named.get("commit").filled());
    let scores = scores(node.get("groups"));
    for vulnerability in node.get("vulnerabilities").items() {
        let id = id_of(vulnerability, "id");
        let title = vulnerability.get("summary").filled().unwrap_or_else(|| format!("{id} in {name}"));
        let (severity, native) = severity(vulnerability, scores.get(&id).copied(), &name);
        let mut found = Finding::new(id, title, severity, vulnerability.pointer());
        found.native_severity = native;
        found.cwes = weaknesses(vulnerability);
        found.description = vulnerability.get("details").filled();
        found.references = vulnerability.get("aliases").strings();
        found.package = Some(Package {
            name: name.clone(),
            version: version.clone(),
            fixed: fixed(vulnerability, &name),
            purl: None,
        });
        findings.push(found);
    }
}

/// Severities by their numbers in `SeverityEnum`; 0 is unspecified.
const NUMBERED: [Severity; 6] =
    [Severity::Unknown, Severity::Info, Severity::Low, Severity::Medium, Severity::High, Severity::Critical];

/// What a detector found that is no vulnerability of a package, such as a weak password.
fn generic(node: Node<'_>) -> Finding {
    let advisory = node.require("Adv");
    let title = advisory.get("Title").filled();
    let id = advisory.path(&["ID", "Reference"]).filled().or_else(|| title.clone());
    let id = id.unwrap_or_else(|| "unnamed".to_owned());
    let number = advisory.get("Sev").u64().and_then(|number| usize::try_from(number).ok());
    let severity = number.and_then(|number| NUMBERED.get(number)).copied().unwrap_or(Severity::Unknown);
    let mut found = Finding::new(id.clone(), title.unwrap_or(id), severity, node.pointer());
    found.native_severity = advisory.get("Sev").text();
    found.description = advisory.get("Description").filled();
    found.solution = advisory.get("Recommendation").filled();
    let place = node.path(&["Target", "Extra"]).filled();
    found.locations.extend(place.map(|place| Location { place: first_line(&place), line: None, detail: None }));
    found
}

const WORDS: &[(&str, Severity)] = &[
    ("CRITICAL", Severity::Critical),
    ("HIGH", Severity::High),
    ("MODERATE", Severity::Medium),
    ("MEDIUM", Severity::Medium),
    ("LOW", Severity::Low),
    ("NEGLIGIBLE", Severity::Info),
    ("NONE", Severity::Info),
    ("UNKNOWN", Severity::Unknown),
];

/// Where the highest score of the group of each vulnerability stands; the first group that names it counts.
fn scores(groups: Node<'_>) -> HashMap<String, Node<'_>> {
    let mut scores = HashMap::new();
    for group in groups.items() {
        for id in group.get("ids").strings() {
            scores.entry(id).or_insert_with(|| group.get("max_severity"));
        }
    }
    scores
}

fn severity(node: Node<'_>, of_group: Option<Node<'_>>, package: &str) -> (Severity, Option<String>) {
    let word = node.path(&["database_specific", "severity"]);
    // Other databases keep lists of vectors here.
    if word.is_string() && word.filled().is_some() {
        return (word.word_any_case(WORDS).unwrap_or(Severity::Unknown), word.filled());
    }
    if let Some(score) = of_group.filter(|score| score.filled().is_some()) {
        return (score.f64_or_string().map_or(Severity::Unknown, Severity::from_cvss), score.text());
    }
    let affected =
        node.get("affected").items().filter(|a| a.path(&["package", "name"]).text().is_none_or(|n| n == package));
    let vectors = [node.get("severity")].into_iter().chain(affected.map(|a| a.get("severity"))).flat_map(Node::items);
    let mut worst: Option<(Severity, String)> = None;
    for entry in vectors {
        let score = entry.get("score");
        let Some(text) = score.text() else { continue };
        let rated = if entry.get("type").text().is_some_and(|kind| kind.starts_with("CVSS")) {
            let scored = cvss::score(&text).map(|scored| scored.severity);
            if scored.is_none() {
                score.report(&OUT_OF_RANGE, "not a CVSS vector of a known version");
            }
            scored.unwrap_or(Severity::Unknown)
        } else {
            score.word_any_case(WORDS).unwrap_or(Severity::Unknown)
        };
        if worst.as_ref().is_none_or(|(severity, _)| rated < *severity) {
            worst = Some((rated, text));
        }
    }
    worst.map_or((Severity::Unknown, None), |(severity, text)| (severity, Some(text)))
}

fn weaknesses(node: Node<'_>) -> Vec<u32> {
    let own = node.path(&["database_specific", "cwe_ids"]).strings();
    let listed = node.get("affected").items().flat_map(|a| a.path(&["database_specific", "cwes"]).items());
    let listed = listed.filter_map(|weakness| weakness.get("cweId").text());
    unique(own.into_iter().chain(listed).filter_map(|text| cwe(&text)).collect())
}

/// The last version that mends it for the package.
fn fixed(node: Node<'_>, package: &str) -> Option<String> {
    let affected =
        node.get("affected").items().filter(|a| a.path(&["package", "name"]).text().as_deref() == Some(package));
    let events = affected.flat_map(|a| a.get("ranges").items()).flat_map(|range| range.get("events").items());
    events.filter_map(|event| event.get("fixed").text()).last()
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;
    use crate::ingest::read_with;

    /// Looking through all groups for each of them would be 200 million groups here.
    #[test]
    fn the_group_of_a_vulnerability_is_looked_up() {
        let (mut vulnerabilities, mut groups) = (String::new(), String::new());
        for n in 0..20_000 {
            let comma = if n == 0 { "" } else { "," };
            write!(vulnerabilities, r#"{comma}{{"id": "GHSA-{n}"}}"#).expect("text can be written");
            write!(groups, r#"{comma}{{"ids": ["GHSA-{n}"], "max_severity": "9.8"}}"#).expect("text can be written");
        }
        let text = format!(
            r#"{{"results": [{{"source": {{"path": "/go.mod", "type": "lockfile"}}, "packages": [{{"package":
            {{"name": "cart", "version": "1.0"}}, "vulnerabilities": [{vulnerabilities}], "groups": [{groups}]}}]}}]}}"#
        );
        let artifact = read_with(&FORMAT, "osv.json", text.as_bytes());
        let tally = artifact.evidence.scans[0].tally();
        assert_eq!(tally.of(Severity::Critical), 20_000);
    }
}
