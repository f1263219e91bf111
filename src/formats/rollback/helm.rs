//! Helm: the history and the status of a release.
//!
//! ```json
//! [{"revision":3,"updated":"2025-11-19T08:00:00Z","status":"superseded","chart":"shop-1.3.0","app_version":"1.3","description":"Upgrade complete"},
//!  {"revision":4,"updated":"2025-11-20T08:00:00Z","status":"deployed","chart":"shop-1.4.0","app_version":"1.4","description":"Upgrade complete"}]
//! ```
//!
//! - `helm-history` (`helm history -o json`): the revision that is deployed, and the one that
//!   `helm rollback` without number goes back to, which is the one before the last.
//!   It says what a rollback would do and is no dry run of it: it has no steps and states no success.
//!   Where the only revision is the first one there is nothing to go back to, and a rollback would fail.
//! - `helm-status` (`helm status -o json`, and `helm upgrade --dry-run -o json`): one revision.
//!   Only where Helm says `Dry run complete` it is a dry run that succeeded; one of a first install (`pending-install`)
//!   says nothing of a way back, which is an error.
//!
//! A revision that is `pending-…` belongs to an operation that did not finish, which is an error.
//! Several revisions with `deployed` come from a damaged history.
//! Values, manifest and notes are left out, since they hold secrets.
//! `helm rollback --dry-run` prints the same words as the real one and is not read.
//! States by `pkg/release/status.go` of Helm.

use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{CONTRADICTION, INCOMPLETE, MISSING_FIELD, NOTHING_RAN};
use crate::formats::Format;
use crate::model::order::sort_by_key;
use crate::model::rollback::{Claim, Revision};
use crate::model::{Evidence, Kind, Plan, Pointer, Tool};
use crate::source::{Doc, Node, Probe, Stop};

pub(super) static HISTORY: Format = Format {
    id: "helm-history",
    kinds: &[Kind::Rollback],
    tool: "Helm",
    title: "History of a release",
    produce: "helm history RELEASE -o json > helm-history.json",
    detect: |probe| {
        probe.elements().next().is_some_and(|entry| {
            entry.has(&["revision", "status", "chart", "description"]) && entry.get("revision").is_number()
        })
    },
    read: read_history,
};

pub(super) static STATUS: Format = Format {
    id: "helm-status",
    kinds: &[Kind::Rollback],
    tool: "Helm",
    title: "Status of a release, or dry run of an upgrade",
    produce: "helm status RELEASE -o json > helm-status.json",
    detect: is_status,
    read: read_status,
};

fn is_status(probe: &Probe<'_>) -> bool {
    let Some(root) = probe.document() else { return false };
    let info = root.get("info");
    let dated = ["last_deployed", "first_deployed", "deleted"].iter().any(|key| info.get(key).exists());
    root.get("name").is_string() && info.get("status").is_string() && dated
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Status {
    Deployed,
    Past,
    Failed,
    Pending,
    Gone,
}

const STATUSES: &[(&str, Status)] = &[
    ("deployed", Status::Deployed),
    ("superseded", Status::Past),
    ("failed", Status::Failed),
    ("uninstalled", Status::Gone),
    ("uninstalling", Status::Pending),
    ("pending-install", Status::Pending),
    ("pending-upgrade", Status::Pending),
    ("pending-rollback", Status::Pending),
    ("unknown", Status::Failed),
];

struct Entry {
    number: u64,
    status: Option<Status>,
    revision: Revision,
    pointer: Pointer,
}

fn read_history(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    evidence.tool = Some(Tool::new("Helm", None));
    let mut entries = Vec::new();
    let result = doc.records(|tree| {
        entries.extend(entry(tree.root()));
        Ok(())
    });
    sort_by_key(&mut entries, |entry| entry.number);
    let mut plan = Plan { method: Some("helm rollback".to_owned()), ..Plan::default() };
    let deployed: Vec<&Entry> = entries.iter().filter(|entry| entry.status == Some(Status::Deployed)).collect();
    if let [first, .., last] = *deployed {
        let message = format!("revisions {} and {} are both deployed", first.number, last.number);
        doc.report(Diagnostic::new(&CONTRADICTION, message).at(last.pointer.clone()).against(first.pointer.clone()));
    }
    let Some(last) = entries.last() else {
        doc.report(Diagnostic::new(&NOTHING_RAN, "the history has no revision"));
        return result;
    };
    plan.pointer = last.pointer.clone();
    plan.current = Some(deployed.last().unwrap_or(&last).revision.clone());
    // `action/rollback.go`: without a number Helm takes the last revision less one.
    let target = entries.iter().find(|entry| entry.number + 1 == last.number);
    plan.target = target.map(|entry| entry.revision.clone());
    if last.number == 1 && result.is_ok() {
        let text = "there is no earlier revision to go back to".to_owned();
        plan.errors.push(Claim { text, pointer: last.pointer.clone() });
    }
    if last.status == Some(Status::Failed) {
        plan.considerations.push(format!("revision {} failed", last.number));
    }
    if let Some(Status::Failed | Status::Gone) = target.and_then(|entry| entry.status) {
        let number = last.number - 1;
        plan.considerations.push(format!(
            "revision {number}, which a rollback goes back to, was not in use: it failed or was uninstalled"
        ));
    }
    evidence.plans.push(plan);
    result
}

fn entry(node: Node<'_>) -> Option<Entry> {
    let number = node.require("revision").u64();
    let status = status(node.require("status"));
    let parts = [node.get("chart").filled(), node.get("description").filled()];
    let subject: Vec<String> = parts.into_iter().flatten().collect();
    let subject = (!subject.is_empty()).then(|| subject.join(": "));
    let number = number?;
    Some(Entry { number, status, revision: Revision { id: number.to_string(), subject }, pointer: node.pointer() })
}

fn status(node: Node<'_>) -> Option<Status> {
    let status = node.word_any_case(STATUSES);
    if status == Some(Status::Pending) {
        let word = node.string().unwrap_or_default();
        node.report(&INCOMPLETE, format!("the revision is `{word}`: an operation of Helm did not finish"));
    }
    status
}

fn read_status(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let tree = doc.document()?;
    let root = tree.root();
    let info = root.get("info");
    evidence.tool = Some(Tool::new("Helm", None));
    let description = info.get("description").filled();
    let mut plan = Plan { name: root.get("name").filled(), pointer: info.pointer(), ..Plan::default() };
    let chart = root.path(&["chart", "metadata"]);
    let chart: Vec<String> = [chart.get("name").filled(), chart.get("version").text()].into_iter().flatten().collect();
    let subject = if chart.is_empty() { description.clone() } else { Some(chart.join("-")) };
    let revision = root.get("version").text().map(|id| Revision { id, subject });
    if description.as_deref() == Some("Dry run complete") {
        plan.method = Some("helm --dry-run".to_owned());
        plan.dry_run = Some(true);
        plan.stated_success = Some(true);
        plan.target = revision;
        let status = info.get("status");
        if status.str().as_deref() == Some("pending-install") {
            status.report(&NOTHING_RAN, "the dry run is that of a first install: there is nothing to go back to");
        }
    } else {
        let status = status(info.require("status"));
        plan.method = Some("helm status".to_owned());
        plan.current = revision;
        if status == Some(Status::Failed) {
            let text = description.unwrap_or_else(|| "the release failed".to_owned());
            plan.errors.push(Claim { text, pointer: info.get("status").pointer() });
        }
        if status == Some(Status::Gone) {
            root.report(&NOTHING_RAN, "the release is uninstalled");
        }
        if !root.get("name").is_some() {
            root.report(&MISSING_FIELD, "`name` is missing");
        }
    }
    evidence.plans.push(plan);
    Ok(())
}
