//! Gitleaks: the JSON report of versions 4 to 8.
//!
//! ```json
//! [{"RuleID": "aws-access-token", "Description": "AWS access token", "File": "conf.py", "StartLine": 1,
//!   "Commit": "230fa58", "Secret": "REDACTED", "Match": "REDACTED", "Fingerprint": "230fa58:conf.py:aws-access-token:1"}]
//! ```
//!
//! Gitleaks has no severity: each leak is high.
//! The secret itself (`Secret`, `Match`; `offender` and `line` up to version 7) is never kept, nor are the author and the
//! message of the commit.
//!
//! Without a leak the whole report is `[]`, or `null` from version 7, which does not tell which tool wrote it:
//! name the format on the command line then. SARIF names its tool, but gives leaks no level: by its specification each is a
//! warning, and so medium; limit `gate.security.max-medium` where it is used.
//! Keys by `report/finding.go` of gitleaks/gitleaks.

use super::weakness::id_of;
use crate::formats::Format;
use crate::model::{Evidence, Finding, Kind, Location, Pointer, Scan, ScanClass, Severity, Tool};
use crate::source::{Doc, Node, Probe, Stop};

pub(super) static FORMAT: Format = Format {
    id: "gitleaks",
    kinds: &[Kind::Security],
    tool: "Gitleaks",
    title: "JSON report",
    produce: "gitleaks git --redact --report-format json --report-path gitleaks.json",
    detect,
    read,
};

fn detect(probe: &Probe<'_>) -> bool {
    probe.elements().next().is_some_and(|leak| {
        leak.has(&["RuleID", "File"])
            && ["Secret", "Match", "Fingerprint", "Entropy"].iter().any(|k| leak.get(k).exists())
            || leak.has(&["rule", "lineNumber"]) && (leak.get("offender").exists() || leak.get("commit").exists())
            // Version 4 has no number of a line yet.
            || leak.has(&["rule", "offender", "commit", "file"])
    })
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let mut json = doc.json();
    let mut scan = Scan::new(ScanClass::Secrets, Pointer::whole());
    let outcome = json.array(|json, _| {
        scan.push(finding(json.record()?));
        Ok(())
    });
    let tool = Tool::new("Gitleaks", None);
    scan.tool = Some(tool.clone());
    evidence.tool = Some(tool);
    evidence.scans.push(scan);
    outcome.and_then(|()| json.end())
}

fn finding(node: Node<'_>) -> Finding {
    let is_old = node.get("rule").exists();
    let [rule, file, line, commit] =
        if is_old { ["rule", "file", "lineNumber", "commit"] } else { ["RuleID", "File", "StartLine", "Commit"] };
    let id = id_of(node, rule);
    let title = node.get("Description").filled().unwrap_or_else(|| id.clone());
    let mut found = Finding::new(id, title, Severity::High, node.pointer());
    let commit = node.get(commit).filled().map(|hash| format!("commit {}", hash.chars().take(12).collect::<String>()));
    found.locations =
        vec![Location { place: node.get(file).text().unwrap_or_default(), line: node.get(line).u64(), detail: commit }];
    found.fingerprint = node.get("Fingerprint").filled();
    found
}
