//! SonarQube and SonarCloud: the answers of the API about issues and security hotspots.
//!
//! ```json
//! {"paging": {"pageIndex": 1, "pageSize": 500, "total": 1}, "issues": [{"key": "AYx1", "rule": "java:S2076",
//!    "severity": "BLOCKER", "component": "shop:src/main/java/Report.java", "line": 31, "status": "OPEN",
//!    "message": "Make sure that executing this OS command is safe here.", "type": "VULNERABILITY"}]}
//! ```
//!
//! Read are `/api/issues/search` and `/api/hotspots/search`, saved with `curl`.
//! Issues of the type `VULNERABILITY`, and those with an impact on `SECURITY`, are findings; bugs and code smells are not,
//! and their number is told. Severity is `BLOCKER` critical, `CRITICAL` high, `MAJOR` medium, `MINOR` low, `INFO` info, and
//! of an impact `BLOCKER`, `HIGH`, `MEDIUM`, `LOW`, `INFO`; the worse of both counts.
//! A hotspot is a finding whose severity is its `vulnerabilityProbability`.
//! What was resolved as false positive, accepted or not to be fixed counts as suppressed, and so does a hotspot that was
//! reviewed as safe; what is fixed or removed does not count.
//! An answer that lists fewer issues than its `total` is incomplete: ask for more on a page (`ps=500`).
//! An answer without a single entry looks the same for a project that was never analysed, so it proves nothing; neither
//! does the quality gate, which says nothing of single issues.
//! Keys by the API's own description, `/web_api/api/issues`, and SonarSource/sonarqube, `SearchResponseFormat.java`.

use super::records::{entry, keep};
use super::weakness::counted;
use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{INCOMPLETE, NOT_COUNTED, NOTHING_RAN};
use crate::formats::Format;
use crate::model::{Evidence, Finding, Kind, Location, Pointer, Scan, ScanClass, Severity, Suppression, Tool};
use crate::source::{Doc, Node, Probe, Stop, Tree};

pub(super) static FORMAT: Format = Format {
    id: "sonarqube",
    kinds: &[Kind::Security],
    tool: "SonarQube",
    title: "Issues or security hotspots (/api/issues/search, /api/hotspots/search)",
    produce: "curl -fsS -u \"$SONAR_TOKEN:\" 'http://localhost:9000/api/issues/search?componentKeys=shop&types=VULNERABILITY&ps=500' > sonar.json",
    detect,
    read,
};

fn detect(probe: &Probe<'_>) -> bool {
    let Some(root) = probe.document() else { return false };
    let is_paged = root.get("paging").is_object() || root.has(&["total", "p", "ps"]);
    let (issues, hotspots) = (root.get("issues"), root.get("hotspots"));
    let is_issue = |node: Node<'_>| !node.exists() || node.has(&["key", "rule", "component"]);
    let is_hotspot = |node: Node<'_>| !node.exists() || node.has(&["key", "component", "vulnerabilityProbability"]);
    is_paged && (issues.is_array() && is_issue(issues.at(0)) || hotspots.is_array() && is_hotspot(hotspots.at(0)))
}

/// What became of an issue.
enum State {
    Open,
    Suppressed(&'static str),
    Gone,
}

/// What an answer has beside its findings.
#[derive(Default)]
struct Beside {
    listed: u64,
    /// Issues about something else than security.
    others: usize,
    paging: Option<Tree>,
    total: Option<Tree>,
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let mut json = doc.json();
    let mut scan = Scan::new(ScanClass::Sast, Pointer::whole());
    scan.tool = Some(Tool::new("SonarQube", None));
    evidence.tool.clone_from(&scan.tool);
    let mut beside = Beside::default();
    let outcome = json.object(|json, key| {
        match key {
            "issues" => {
                scan.pointer = Pointer::path("/issues");
                json.array(|json, _| {
                    issue(json.record()?, &mut scan, &mut beside);
                    Ok(())
                })?;
            }
            "hotspots" => {
                scan.pointer = Pointer::path("/hotspots");
                json.array(|json, _| {
                    beside.listed += 1;
                    let node = json.record()?;
                    keep_open(entry(node, hotspot), hotspot_state(node), &mut scan);
                    Ok(())
                })?;
            }
            "paging" => beside.paging = Some(json.tree()?),
            "total" => beside.total = Some(json.tree()?),
            _ => json.skip()?,
        }
        Ok(())
    });
    let outcome = outcome.and_then(|()| json.end());
    let place = scan.pointer.clone();
    let nothing = outcome.is_ok() && beside.listed == 0;
    keep(scan, !nothing, &mut evidence.scans);
    outcome?;
    let paging = beside.paging.as_ref().map(|paging| paging.root().get("total"));
    let total = paging.or(beside.total.as_ref().map(Tree::root)).and_then(|node| Some((node, node.u64()?)));
    if let Some((node, total)) = total.filter(|(_, total)| *total > beside.listed) {
        node.report(&INCOMPLETE, format!("{} of {total} are listed, the others stand on other pages", beside.listed));
    } else if nothing {
        let message = "nothing is listed, which the answer about a project that was never analysed is too";
        doc.report(Diagnostic::new(&NOTHING_RAN, message).at(place.clone()));
    }
    if beside.others > 0 {
        let message = format!("about something else than security: {}", counted(beside.others, "issue"));
        doc.report(Diagnostic::new(&NOT_COUNTED, message).at(place));
    }
    Ok(())
}

/// Keeps a finding, unless it is gone.
fn keep_open(mut finding: Finding, state: State, scan: &mut Scan) {
    match state {
        State::Gone => return,
        State::Suppressed(by) => finding.suppression = Some(Suppression { by: by.to_owned(), reason: None }),
        State::Open => {}
    }
    scan.push(finding);
}

fn issue(node: Node<'_>, scan: &mut Scan, beside: &mut Beside) {
    beside.listed += 1;
    let is_of_security = |impact: Node<'_>| impact.get("softwareQuality").str().as_deref() == Some("SECURITY");
    let kind = node.get("type").str();
    let is_other = matches!(kind.as_deref(), Some("BUG" | "CODE_SMELL")) || kind.is_none() && node.has(&["impacts"]);
    if is_other && !node.get("impacts").items().any(is_of_security) {
        beside.others += 1;
        return;
    }
    let finding = entry(node, |node| {
        let impact = node.get("impacts").items().find(|impact| is_of_security(*impact));
        let impact = impact.map(|impact| impact.get("severity"));
        let rated = [Some(node.get("severity")).filter(|word| word.is_some()), impact];
        let severity = rated.into_iter().flatten().filter_map(|word| word.word(SEVERITIES)).min();
        let word = node.get("severity").filled().or_else(|| impact?.filled());
        let rule = node.get("rule").text();
        described(node, rule, severity.unwrap_or(Severity::Unknown), word)
    });
    keep_open(finding, issue_state(node), scan);
}

const SEVERITIES: &[(&str, Severity)] = &[
    ("BLOCKER", Severity::Critical),
    ("CRITICAL", Severity::High),
    ("HIGH", Severity::High),
    ("MAJOR", Severity::Medium),
    ("MEDIUM", Severity::Medium),
    ("MINOR", Severity::Low),
    ("LOW", Severity::Low),
    ("INFO", Severity::Info),
];

/// `issueStatus` came with SonarQube 10.4; before, `resolution` says it.
fn issue_state(node: Node<'_>) -> State {
    let word = |key: &str| node.get(key).str().unwrap_or_default();
    match (&*word("issueStatus"), &*word("resolution"), &*word("status")) {
        ("FALSE_POSITIVE", _, _) | (_, "FALSE-POSITIVE", _) => State::Suppressed("resolved as false positive"),
        ("ACCEPTED", _, _) | (_, "WONTFIX", _) => State::Suppressed("accepted, not to be fixed"),
        ("FIXED", _, _) | (_, "FIXED" | "REMOVED", _) | (_, _, "CLOSED") => State::Gone,
        _ => State::Open,
    }
}

fn hotspot_state(node: Node<'_>) -> State {
    match node.get("resolution").str().as_deref() {
        Some("SAFE") => State::Suppressed("reviewed as safe"),
        Some("FIXED") => State::Gone,
        _ => State::Open,
    }
}

fn hotspot(node: Node<'_>) -> Finding {
    let word = node.require("vulnerabilityProbability");
    let severity = word.word(SEVERITIES).unwrap_or(Severity::Unknown);
    let rule = node.get("ruleKey").filled().or_else(|| node.get("securityCategory").text());
    described(node, rule, severity, word.filled())
}

fn described(node: Node<'_>, rule: Option<String>, severity: Severity, word: Option<String>) -> Finding {
    let rule = rule.unwrap_or_else(|| "(no id)".to_owned());
    let title = node.require("message").filled().unwrap_or_else(|| rule.clone());
    let mut found = Finding::new(rule, title, severity, node.pointer());
    found.native_severity = word;
    // The key of the project stands before the path.
    let component = node.get("component").filled().unwrap_or_default();
    let place = component.split_once(':').map_or(component.as_str(), |(_, path)| path).to_owned();
    found.locations = vec![Location { place, line: node.get("line").u64(), detail: None }];
    found
}
