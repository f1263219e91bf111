//! npm: the report of `npm audit --json`, also that of pnpm, which writes the older shape.
//!
//! ```json
//! {"auditReportVersion": 2,
//!  "vulnerabilities": {"debug": {"name": "debug", "severity": "moderate", "nodes": ["node_modules/debug"],
//!    "via": [{"title": "Regular Expression Denial of Service", "url": "https://github.com/advisories/GHSA-gxpj-cx7g-858c",
//!             "severity": "moderate", "cwe": ["CWE-400"]}]}},
//!  "metadata": {"vulnerabilities": {"moderate": 1, "total": 1}, "dependencies": {"total": 120}}}
//! ```
//!
//! npm 7 and newer list vulnerable packages: each is one finding, also a package that is only vulnerable because it
//! depends on another one, so there are more findings than advisories.
//! npm 6 and pnpm list advisories: each is one finding, with the paths to it as its occurrences, and their own totals
//! count paths. pnpm leaves out of its list, and not of these totals, what is below `--audit-level`, and in older versions
//! the advisories that its configuration ignores: a severity that is counted and not listed is told, and where nothing
//! less severe is listed either, the scan is taken for one that leaves it out. The totals of pnpm 11, which writes neither
//! `actions` nor `muted`, count advisories: each that is not listed is told.
//! Severity is npm's own word, with `moderate` for medium.
//! When the registry cannot be asked, npm and pnpm write an error document instead of a report; it is never read as a
//! clean one.
//! The proposed `actions` are left out.
//! Keys by npm/cli, `workspaces/arborist/lib/audit-report.js` and `lib/commands/audit.js`, and by pnpm/pnpm,
//! `lockfile/plugin-commands-audit/src/audit.ts` and `deps/compliance/audit/src/index.ts`.

use super::records::{entry, keep};
use super::weakness::unique;
use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{CONTRADICTION, MISSING_FIELD, NOTHING_RAN, TOOL_FAILED};
use crate::formats::Format;
use crate::model::finding::Package;
use crate::model::{Evidence, Finding, Kind, Location, Pointer, Scan, ScanClass, Severity, Tool};
use crate::source::{Diags, Doc, Json, JsonKind, Node, Probe, Stop, Tree};
use crate::taxonomy::cwe;

pub(super) static FORMAT: Format = Format {
    id: "npm-audit",
    kinds: &[Kind::Security],
    tool: "npm audit",
    title: "JSON report of npm 6 and newer, pnpm",
    produce: "npm audit --json > npm-audit.json",
    detect,
    read,
};

fn detect(probe: &Probe<'_>) -> bool {
    let Some(root) = probe.document().filter(|root| root.is_object()) else { return false };
    let error = root.get("error");
    root.get("auditReportVersion").is_number()
        || root.get("advisories").is_object() && root.get("metadata").get("vulnerabilities").is_object()
        || error.get("code").is_string() && error.get("summary").is_string()
        || error.get("code").str().is_some_and(|code| code.starts_with("ERR_PNPM_")) && error.get("message").is_string()
        || root.has(&["message", "method", "uri", "statusCode"])
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let mut scan = Scan::new(ScanClass::Sca, Pointer::whole());
    scan.tool = Some(Tool::new("npm audit", None));
    evidence.tool.clone_from(&scan.tool);
    let diags = doc.diags().clone();
    let mut json = doc.json();
    let result = report(&mut json, &mut scan, &diags);
    let ran = *result.as_ref().unwrap_or(&true);
    keep(scan, ran, &mut evidence.scans);
    result?;
    json.end()
}

pub(super) const SEVERITIES: &[(&str, Severity)] = &[
    ("critical", Severity::Critical),
    ("high", Severity::High),
    ("moderate", Severity::Medium),
    ("low", Severity::Low),
    ("info", Severity::Info),
    ("none", Severity::Info),
];

/// What the totals of a report count.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Counted {
    /// Of npm 7 and newer.
    Packages,
    /// Paths to vulnerable packages, of npm 6 and of pnpm before 11.
    Paths,
    Advisories,
}

/// Whether the audit ran.
fn report(json: &mut Json<'_>, scan: &mut Scan, diags: &Diags) -> Result<bool, Stop> {
    let mut metadata = None;
    let mut counted = Counted::Advisories;
    let mut has_list = false;
    let mut ran = true;
    let mut request: Option<Tree> = None;
    json.object(|json, key| match key {
        "vulnerabilities" => {
            (counted, has_list) = (Counted::Packages, json.kind()? == JsonKind::Object);
            json.object(|json, _| {
                scan.push(entry(json.record()?, package));
                Ok(())
            })
        }
        "advisories" => {
            has_list |= json.kind()? == JsonKind::Object;
            json.object(|json, _| {
                scan.push(entry(json.record()?, advisory));
                Ok(())
            })
        }
        "actions" | "muted" => {
            if counted == Counted::Advisories {
                counted = Counted::Paths;
            }
            json.skip()
        }
        "metadata" => {
            metadata = Some(json.tree()?);
            Ok(())
        }
        "error" => {
            let tree = json.tree()?;
            let error = tree.root();
            let code = error.get("code").text().unwrap_or_else(|| "an error".to_owned());
            let summary = ["summary", "message"].iter().find_map(|key| error.get(key).filled());
            let summary = summary.map(|summary| format!(": {}", first_line(&summary)));
            ran = false;
            error.report(&TOOL_FAILED, format!("the audit failed with {code}{}", summary.unwrap_or_default()));
            Ok(())
        }
        "message" => {
            request = Some(json.tree()?);
            Ok(())
        }
        _ => json.skip(),
    })?;
    if let Some(message) = request {
        let text = message.root().text().unwrap_or_default();
        ran = false;
        message.root().report(&TOOL_FAILED, format!("the registry could not be asked: {}", first_line(&text)));
    }
    if ran && !has_list {
        ran = false;
        diags.push(Diagnostic::new(&MISSING_FIELD, "neither `vulnerabilities` nor `advisories` is there"));
    }
    if let Some(metadata) = metadata {
        ran &= check_totals(metadata.root(), scan, counted);
    }
    Ok(ran)
}

fn first_line(text: &str) -> &str {
    text.trim().lines().next().unwrap_or("")
}

/// Whether there was anything to audit.
fn check_totals(metadata: Node<'_>, scan: &mut Scan, counted: Counted) -> bool {
    let dependencies = metadata.get("dependencies");
    let total = if dependencies.is_object() { dependencies.get("total") } else { metadata.get("totalDependencies") };
    let nothing = total.u64() == Some(0);
    if nothing {
        total.report(&NOTHING_RAN, "the project has no dependency, so nothing was audited");
    }
    let declared = metadata.get("vulnerabilities");
    if counted != Counted::Packages {
        let help = "see `--audit-level`, and which advisories the configuration ignores";
        let is_exact = counted == Counted::Advisories;
        missing(
            declared,
            scan,
            help,
            |says, listed| if is_exact { says.saturating_sub(listed) } else { part(says, listed) },
        );
        return !nothing;
    }
    for (word, severity) in SEVERITIES {
        let (node, counted) = (declared.get(word), scan.tally().of(*severity));
        if let Some(says) = node.u64().filter(|says| *says != counted) {
            let listed = Pointer::path("/vulnerabilities");
            let message = format!("says {says} {word}, counted {counted} packages");
            node.diags().push(node.diagnostic(&CONTRADICTION, message).against(listed));
        }
    }
    !nothing
}

/// Says which severities are counted while no advisory of them is listed.
pub(super) fn unlisted(declared: Node<'_>, scan: &mut Scan, help: &'static str) {
    missing(declared, scan, help, part);
}

/// How many of a total are missing that counts paths to a vulnerable package: only the difference between some and none
/// means something.
const fn part(says: u64, listed: u64) -> u64 {
    if listed == 0 { says } else { 0 }
}

/// Says how many of which severities are counted and not listed.
fn missing(declared: Node<'_>, scan: &mut Scan, help: &'static str, count: impl Fn(u64, u64) -> u64) {
    let is_unlisted = |(word, severity): &(&str, Severity)| {
        let listed = scan.tally().of(*severity);
        let missing = count(declared.get(word).u64()?, listed);
        (missing > 0).then(|| (declared.get(word), *severity, format!("{missing} {word}")))
    };
    let missing: Vec<_> = SEVERITIES.iter().filter_map(is_unlisted).collect();
    let Some((worst, severity, _)) = missing.first() else { return };
    let list: Vec<&str> = missing.iter().map(|(_, _, says)| says.as_str()).collect();
    let diagnostic = worst.diagnostic(&CONTRADICTION, format!("counted and not listed: {}", list.join(", ")));
    worst.diags().push(diagnostic.help(help));
    let at = Severity::ALL.iter().position(|known| known == severity).unwrap_or_default();
    let is_below_listed = Severity::ALL.iter().skip(at).any(|below| scan.tally().of(*below) > 0);
    if at > 0 && !is_below_listed {
        scan.threshold = Severity::ALL.get(at - 1).copied();
    }
}

/// A vulnerable package of npm 7 and newer.
fn package(node: Node<'_>) -> Finding {
    let name = node.require("name").text().unwrap_or_default();
    let severity = node.require("severity").word_any_case(SEVERITIES).unwrap_or(Severity::Unknown);
    let advisories: Vec<Node<'_>> = node.get("via").items().filter(|via| via.is_object()).collect();
    let through: Vec<String> = node.get("via").items().filter(|via| via.is_string()).filter_map(Node::text).collect();
    let title = match advisories.iter().find_map(|via| via.get("title").filled()) {
        Some(title) => format!("{name}: {title}"),
        None if through.is_empty() => format!("{name} is vulnerable"),
        None => format!("{name} depends on vulnerable versions of {}", through.join(", ")),
    };
    let ids: Vec<String> = advisories.iter().filter_map(|via| via.get("url").filled()).collect();
    // Of several advisories none stands for the others: what is said of one, such as a waiver, is not said of all.
    let mut rules: Vec<&str> = ids.iter().filter_map(|url| url.rsplit('/').next()).collect();
    rules.retain(|id| id.starts_with("GHSA-"));
    rules.sort_unstable();
    rules.dedup();
    let rule = if rules.is_empty() { name.clone() } else { rules.join(", ") };
    let mut finding = Finding::new(rule, title, severity, node.pointer());
    finding.native_severity = node.get("severity").text();
    finding.cwes = weaknesses(advisories.iter().map(|via| via.get("cwe")));
    finding.locations = node.get("nodes").items().filter_map(Node::text).map(place).collect();
    finding.occurrences = finding.locations.len().max(1) as u64;
    let fix = node.get("fixAvailable");
    let fix = if fix.is_object() { Some((fix.get("name").text(), fix.get("version").text())) } else { None };
    let mends_itself = fix.as_ref().is_some_and(|(fixed, _)| fixed.as_deref() == Some(name.as_str()));
    finding.package = Some(Package {
        version: None,
        fixed: fix.as_ref().filter(|_| mends_itself).and_then(|(_, version)| version.clone()),
        purl: Some(format!("pkg:npm/{name}")),
        name,
    });
    finding.description = node.get("range").filled().map(|range| format!("vulnerable versions: {range}"));
    finding.solution = match fix {
        Some((Some(name), Some(version))) => Some(format!("update {name} to {version}")),
        _ => None,
    };
    finding.references = ids;
    finding
}

/// An advisory of npm 6.
pub(super) fn advisory(node: Node<'_>) -> Finding {
    let name = node.get("module_name").text().unwrap_or_else(|| {
        node.report(&MISSING_FIELD, "`module_name` is missing");
        String::new()
    });
    let severity = node.require("severity").word_any_case(SEVERITIES).unwrap_or(Severity::Unknown);
    let title = node.get("title").filled().unwrap_or_else(|| "vulnerable".to_owned());
    let cves = node.get("cves").strings();
    let rule = node.get("github_advisory_id").filled().or_else(|| cves.first().cloned());
    let rule = rule.or_else(|| node.get("id").text()).unwrap_or_else(|| name.clone());
    let mut finding = Finding::new(rule, format!("{name}: {title}"), severity, node.pointer());
    finding.native_severity = node.get("severity").text();
    finding.cwes = weaknesses(std::iter::once(node.get("cwe")));
    let mut paths = 0;
    for found in node.get("findings").items() {
        for path in found.get("paths").items() {
            paths += 1;
            finding.locations.extend(path.text().map(place));
        }
    }
    finding.occurrences = paths.max(1);
    finding.package = Some(Package {
        version: node.get("findings").at(0).get("version").text(),
        // npm writes <0.0.0 where no version mends it.
        fixed: node.get("patched_versions").filled().filter(|range| range != "<0.0.0"),
        purl: Some(format!("pkg:npm/{name}")),
        name,
    });
    finding.description = node.get("overview").filled();
    finding.solution = node.get("recommendation").filled();
    finding.references = cves.into_iter().chain(node.get("url").filled()).collect();
    finding
}

fn place(place: String) -> Location {
    Location { place, line: None, detail: None }
}

fn weaknesses<'t>(nodes: impl Iterator<Item = Node<'t>>) -> Vec<u32> {
    unique(nodes.flat_map(Node::strings).filter_map(|text| cwe::parse(&text)).collect())
}
