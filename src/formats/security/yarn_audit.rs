//! Yarn: what `yarn audit --json` of version 1 and `yarn npm audit --json` of version 4 write, a JSON object on each line.
//!
//! ```json
//! {"type":"auditAdvisory","data":{"resolution":{"id":1108258,"path":"lodash"},"advisory":{"id":1108258,"module_name":"lodash","severity":"high","title":"Command Injection in lodash","github_advisory_id":"GHSA-35jh-r3h4-6jhm","findings":[{"version":"4.17.15","paths":["lodash"]}]}}}
//! {"type":"auditSummary","data":{"vulnerabilities":{"info":0,"low":0,"moderate":0,"high":1,"critical":0},"totalDependencies":233}}
//! ```
//!
//! Version 1 repeats an advisory for each path to it: each advisory is one finding, with its paths as occurrences, as in the
//! reports of npm 6.
//! Its summary counts paths; a severity that is counted there and not listed (`--level`) is told.
//! A report of version 1 without its summary was not written to its end, and one with an error is an audit that failed.
//! Version 4 writes a line for each advisory of a package, and nothing at all where there is none: an empty file proves
//! nothing.
//! It lists deprecated packages too, which are no vulnerabilities: their number is told.
//! Versions 2 and 3 write one document, which is read as one of npm 6.
//! Severity is Yarn's own word, with `moderate` for medium.
//! Keys by yarnpkg/yarn, `src/cli/commands/audit.js`, and yarnpkg/berry, `packages/plugin-npm-cli/sources/npmAuditUtils.ts`.

use std::collections::HashSet;

use super::npm_audit::{SEVERITIES, advisory, unlisted};
use super::records::keep;
use super::weakness::counted;
use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{INCOMPLETE, NOT_COUNTED, NOTHING_RAN, TOOL_FAILED, UNREADABLE_PART};
use crate::formats::Format;
use crate::model::finding::Package;
use crate::model::{Evidence, Finding, Kind, Location, Pointer, Scan, ScanClass, Severity, Tool};
use crate::source::json::shorten;
use crate::source::{Doc, Node, Probe, Stop, Tree};

pub(super) static FORMAT: Format = Format {
    id: "yarn-audit",
    kinds: &[Kind::Security],
    tool: "Yarn",
    title: "NDJSON report of `yarn audit` and `yarn npm audit`",
    produce: "yarn audit --json > yarn-audit.ndjson",
    detect,
    read,
};

fn detect(probe: &Probe<'_>) -> bool {
    probe.records().any(|record| {
        let data = record.get("data");
        match record.get("type").str().as_deref() {
            Some("auditAdvisory") => data.has(&["advisory"]),
            Some("auditSummary") => data.has(&["vulnerabilities"]),
            // Where the registry could not be asked nothing else tells what it is.
            Some("error") => data.str().is_some_and(|text| text.contains("/-/npm/v1/security/audits")),
            _ => record.get("value").is_string() && record.get("children").has(&["ID", "Issue", "Severity"]),
        }
    })
}

#[derive(Default)]
struct Seen {
    /// Advisories that were read; version 1 repeats them.
    advisories: HashSet<String>,
    summary: Option<Tree>,
    /// Lines of version 4, which has no summary.
    n_trees: u64,
    /// Deprecated packages, and where the first stands.
    deprecated: Option<(usize, Diagnostic)>,
    failed: bool,
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let mut scan = Scan::new(ScanClass::Sca, Pointer::whole());
    scan.tool = Some(Tool::new("yarn audit", None));
    evidence.tool.clone_from(&scan.tool);
    let mut seen = Seen::default();
    let outcome = doc.records(|tree| {
        record(tree, &mut scan, &mut seen);
        Ok(())
    });
    if let Some((count, mut diagnostic)) = seen.deprecated.take() {
        diagnostic.message = format!("deprecated, which is no vulnerability: {}", counted(count, "package"));
        doc.report(diagnostic);
    }
    let mut ran = !seen.failed;
    if outcome.is_ok() && !seen.failed {
        match &seen.summary {
            Some(summary) => ran = totals(summary.root().get("data"), &mut scan),
            None if seen.n_trees == 0 => {
                doc.report(Diagnostic::new(&INCOMPLETE, "the audit ended without its summary"));
            }
            None => {}
        }
    }
    keep(scan, ran, &mut evidence.scans);
    outcome
}

fn record(tree: Tree, scan: &mut Scan, seen: &mut Seen) {
    let node = tree.root();
    let data = node.get("data");
    match node.get("type").str().as_deref() {
        Some("auditAdvisory") => {
            let found = data.require("advisory");
            let id = found.get("id").text();
            if id.is_none_or(|id| seen.advisories.insert(id)) {
                scan.push(advisory(found));
            }
        }
        Some("auditSummary") => seen.summary = Some(tree),
        Some("error") => {
            seen.failed = true;
            let text = data.text().unwrap_or_default();
            node.report(
                &TOOL_FAILED,
                format!("the audit failed: {}", shorten(text.lines().next().unwrap_or_default())),
            );
        }
        // Warnings, progress, and what Yarn proposes to do.
        Some(_) => {}
        None if node.get("children").is_object() => {
            seen.n_trees += 1;
            let issue = node.get("children");
            if issue.get("ID").text().is_some_and(|id| id.ends_with("(deprecation)")) {
                let new = || (0, issue.diagnostic(&NOT_COUNTED, ""));
                seen.deprecated.get_or_insert_with(new).0 += 1;
            } else {
                scan.push(package(node, issue));
            }
        }
        None => node.report(&UNREADABLE_PART, "this line is no part of an audit"),
    }
}

/// Whether there was anything to audit.
fn totals(data: Node<'_>, scan: &mut Scan) -> bool {
    unlisted(data.get("vulnerabilities"), scan, "see `--level` and `--groups`");
    let total = data.get("totalDependencies");
    let nothing = total.u64() == Some(0);
    if nothing {
        total.report(&NOTHING_RAN, "the project has no dependency, so nothing was audited");
    }
    !nothing
}

/// An advisory about a package, of version 4.
fn package(node: Node<'_>, issue: Node<'_>) -> Finding {
    let name = node.require("value").text().unwrap_or_default();
    let severity = issue.require("Severity").word_any_case(SEVERITIES).unwrap_or(Severity::Unknown);
    let url = issue.get("URL").filled();
    let known = url.as_deref().and_then(|url| url.rsplit('/').next()).filter(|id| id.starts_with("GHSA-"));
    let rule = known.map(ToOwned::to_owned).or_else(|| issue.get("ID").text()).unwrap_or_else(|| name.clone());
    let title = issue.get("Issue").filled().unwrap_or_else(|| "vulnerable".to_owned());
    let mut finding = Finding::new(rule, format!("{name}: {title}"), severity, node.pointer());
    finding.native_severity = issue.get("Severity").text();
    let dependents = issue.get("Dependents").strings();
    finding.occurrences = dependents.len().max(1) as u64;
    finding.locations = dependents.into_iter().map(|place| Location { place, line: None, detail: None }).collect();
    finding.package = Some(Package {
        version: issue.get("Tree Versions").strings().into_iter().next(),
        fixed: None,
        purl: Some(format!("pkg:npm/{name}")),
        name,
    });
    finding.description =
        issue.get("Vulnerable Versions").filled().map(|range| format!("vulnerable versions: {range}"));
    finding.references = url.into_iter().collect();
    finding
}
