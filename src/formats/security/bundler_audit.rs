//! bundler-audit: the JSON report about the gems of a `Gemfile.lock`.
//!
//! ```json
//! {"version": "0.9.1", "created_at": "2025-11-20 09:00:00 +0000", "results": [{"type": "unpatched_gem",
//!    "gem": {"name": "rack", "version": "2.2.2"}, "advisory": {"id": "CVE-2020-8184", "title": "Percent-encoded cookies",
//!      "cvss_v3": 7.5, "patched_versions": ["~> 2.1.4", ">= 2.2.3"], "criticality": "high"}}]}
//! ```
//!
//! Each advisory of a gem is one finding. Severity is the word that bundler-audit makes of the CVSS score (`criticality`);
//! where there is none it is unknown.
//! A source of gems without encryption (`insecure_source`) is a medium finding, which is signoff's reading.
//! An empty list of results is a clean audit. Advisories that the configuration ignores never reach the report.
//! Keys by rubysec/bundler-audit, `lib/bundler/audit/results` and `lib/bundler/audit/advisory.rb`.

use super::records::{entry, keep};
use super::weakness::{RATINGS, id_of, severity};
use crate::diagnostics::codes::UNKNOWN_WORD;
use crate::formats::Format;
use crate::model::finding::Package;
use crate::model::{Evidence, Finding, Kind, Location, Scan, ScanClass, Severity, Tool};
use crate::source::{Doc, Node, Probe, Stop};

pub(super) static FORMAT: Format = Format {
    id: "bundler-audit",
    kinds: &[Kind::Security],
    tool: "bundler-audit",
    title: "JSON report",
    produce: "bundle-audit check --update --format json --output bundler-audit.json",
    detect,
    read,
};

fn detect(probe: &Probe<'_>) -> bool {
    probe.document().is_some_and(|root| {
        let results = root.get("results");
        let first = results.at(0);
        let is_result = first.has(&["type", "gem", "advisory"]) || first.has(&["type", "source"]);
        // An empty report has nothing else to be known by.
        let is_empty = root.len() == 3 && results.is_empty();
        root.get("version").is_string()
            && root.get("created_at").is_string()
            && (results.is_array() || results.is_null())
            && (is_result || is_empty)
    })
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let tree = doc.document()?;
    let root = tree.root();
    let results = root.require("results");
    let mut scan = Scan::new(ScanClass::Sca, results.pointer());
    scan.tool = Some(Tool::new("bundler-audit", root.get("version").filled()));
    evidence.tool.clone_from(&scan.tool);
    results.items().for_each(|node| scan.push(entry(node, result)));
    keep(scan, results.is_array(), &mut evidence.scans);
    Ok(())
}

fn result(node: Node<'_>) -> Finding {
    let kind = node.require("type");
    match kind.str().as_deref() {
        Some("unpatched_gem") => unpatched(node),
        Some("insecure_source") => {
            let source = node.get("source").text().unwrap_or_default();
            let mut found = Finding::new("insecure_source", "insecure_source", Severity::Medium, node.pointer());
            found.locations = vec![Location { place: source, line: None, detail: None }];
            found
        }
        other => {
            let word = crate::source::json::shorten(other.unwrap_or_default());
            kind.report(&UNKNOWN_WORD, format!("unknown kind of result `{word}`"));
            Finding::new("unknown", "unknown result", Severity::Unknown, node.pointer())
        }
    }
}

fn unpatched(node: Node<'_>) -> Finding {
    let (gem, advisory) = (node.get("gem"), node.require("advisory"));
    let name = gem.get("name").text().unwrap_or_default();
    let id = if advisory.is_object() { id_of(advisory, "id") } else { "(no id)".to_owned() };
    let title = advisory.get("title").filled().map_or_else(|| name.clone(), |title| format!("{name}: {title}"));
    let word = advisory.get("criticality");
    let mut found = Finding::new(id, title, severity(word, RATINGS), node.pointer());
    found.native_severity = word.filled();
    found.description = advisory.get("description").filled();
    found.references = advisory.get("url").filled().into_iter().collect();
    let patched = advisory.get("patched_versions").strings();
    found.package = Some(Package {
        purl: Some(format!("pkg:gem/{name}")),
        version: gem.get("version").text(),
        fixed: (!patched.is_empty()).then(|| patched.join("; ")),
        name,
    });
    found
}
