//! signoff's own format for a rehearsed rollback, easy to write from the script that rehearses it.
//!
//! ```json
//! {"schema": "signoff.rollback/1", "method": "Simulated rollback without execution", "dry_run": true, "succeeds": true,
//!  "current": {"id": "de255fd", "subject": "Fix tool call display"}, "target_revision": {"id": "a920e69", "subject": "Major update"},
//!  "files": ["src/workers/tasks.py"],
//!  "steps": [{"title": "Identify the current commit", "command": "git rev-parse HEAD", "output": "de255fd…", "outcome": "passed"}],
//!  "commands": [{"note": "Restart services", "line": "docker compose restart api worker"}],
//!  "estimated_s": [180, 300], "estimate_note": "build time dependent", "allowed_s": 900,
//!  "migrations": [{"id": "f031ea488d6d", "reversible": true}],
//!  "considerations": ["Test the database rollback in staging before production"]}
//! ```
//!
//! `steps` are what the rehearsal did or simulated; each is `passed`, `failed`, `skipped` or `planned` (not tried).
//! A step that cannot be undone says why in `irreversible`.
//! `commands` are what the real rollback would run.
//! `estimated_s` is the least and the most time in seconds, or one number; `allowed_s` is the time that it may take.
//! `succeeds` is the author's verdict; a failed step outweighs it, and that is a contradiction.
//! A rehearsal without steps, or with none that was passed, failed or planned, is an error.
//! Several rehearsals are one document a line. An unknown key is reported, since a misspelt one would be lost in silence.

use crate::diagnostics::codes::{CONTRADICTION, NOTHING_RAN, OUT_OF_RANGE, UNREADABLE_PART};
use crate::formats::Format;
use crate::formats::native::{header, known_keys};
use crate::model::rollback::{Command, Migration, Revision};
use crate::model::{Action, Elapsed, Evidence, Kind, Plan, Step, StepOutcome, Unit};
use crate::source::{Doc, Node, Probe, Stop};

pub(super) static FORMAT: Format = Format {
    id: "signoff-rollback",
    kinds: &[Kind::Rollback],
    tool: "signoff",
    title: "Native rollback rehearsal (signoff.rollback/1), JSON or NDJSON",
    produce: "rehearse-rollback.sh > rollback.json",
    detect,
    read,
};

const SCHEMA: &str = "signoff.rollback/1";
const KEYS: &[&str] = &[
    "schema",
    "name",
    "method",
    "dry_run",
    "current",
    "target_revision",
    "files",
    "steps",
    "commands",
    "estimated_s",
    "estimate_note",
    "allowed_s",
    "migrations",
    "considerations",
    "succeeds",
    "tool",
    "time",
    "target",
    "environment",
    "commit",
    "version",
    "product",
];
const STEP_KEYS: &[&str] = &["title", "command", "output", "outcome", "irreversible", "elapsed_ms"];
const OUTCOMES: &[(&str, StepOutcome)] = &[
    ("passed", StepOutcome::Passed),
    ("failed", StepOutcome::Failed),
    ("skipped", StepOutcome::Skipped),
    ("planned", StepOutcome::Planned),
];

fn detect(probe: &Probe<'_>) -> bool {
    probe.first().is_some_and(|first| first.get("schema").str().as_deref() == Some(SCHEMA))
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    doc.records(|tree| {
        let root = tree.root();
        if root.get("schema").str().as_deref() == Some(SCHEMA) {
            header(root, evidence);
            evidence.plans.push(plan(root));
        } else {
            root.report(&UNREADABLE_PART, format!("the record is not of schema `{SCHEMA}`"));
        }
        Ok(())
    })
}

fn plan(root: Node<'_>) -> Plan {
    known_keys(root, KEYS);
    let plan = Plan {
        name: root.get("name").filled(),
        method: root.get("method").filled(),
        dry_run: root.get("dry_run").bool(),
        current: revision(root.get("current")),
        target: revision(root.get("target_revision")),
        files: root.get("files").strings(),
        steps: root.get("steps").items().map(step).collect(),
        commands: root.get("commands").items().map(command).collect(),
        estimated: estimated(root.get("estimated_s")),
        of_resources: false,
        estimate_note: root.get("estimate_note").filled(),
        allowed: root.get("allowed_s").elapsed(Unit::Secs),
        migrations: root.get("migrations").items().map(migration).collect(),
        considerations: root.get("considerations").strings(),
        stated_success: root.get("succeeds").bool(),
        errors: Vec::new(),
        pointer: root.pointer(),
    };
    if plan.steps.is_empty() {
        root.report(&NOTHING_RAN, "the rehearsal has no steps");
    } else if plan.steps.iter().all(|step| step.outcome == StepOutcome::Skipped) {
        root.get("steps").report(&NOTHING_RAN, "every step was skipped");
    }
    let failed = plan.steps.iter().find(|step| step.outcome == StepOutcome::Failed);
    if let (Some(true), Some(failed)) = (plan.stated_success, failed) {
        let message = "the rehearsal says that it succeeds, and a step of it failed";
        let diagnostic = root.get("succeeds").diagnostic(&CONTRADICTION, message);
        root.diags().push(diagnostic.against(failed.pointer.clone()));
    }
    plan
}

fn revision(node: Node<'_>) -> Option<Revision> {
    if !node.is_some() {
        return None;
    }
    known_keys(node, &["id", "subject"]);
    Some(Revision { id: node.require("id").text()?, subject: node.get("subject").filled() })
}

fn step(node: Node<'_>) -> Step {
    known_keys(node, STEP_KEYS);
    let title = node.require("title").string().unwrap_or_default();
    // A step whose outcome cannot be read is not known to have worked.
    let outcome = node.require("outcome").word(OUTCOMES).unwrap_or(StepOutcome::Failed);
    let mut step = Step::new(Action::Run, title, outcome, node.pointer());
    step.command = node.get("command").filled();
    step.output = node.get("output").string();
    step.irreversible = node.get("irreversible").filled();
    step.elapsed = node.get("elapsed_ms").elapsed(Unit::Millis);
    step
}

fn command(node: Node<'_>) -> Command {
    known_keys(node, &["note", "line"]);
    Command { note: node.get("note").filled(), line: node.require("line").string().unwrap_or_default() }
}

/// One number of seconds, or the least and the most.
fn estimated(node: Node<'_>) -> Option<(Elapsed, Elapsed)> {
    if !node.is_array() {
        let elapsed = node.elapsed(Unit::Secs)?;
        return Some((elapsed, elapsed));
    }
    let (least, most) = (node.at(0).elapsed(Unit::Secs), node.at(1).elapsed(Unit::Secs));
    match (least, most, node.len()) {
        (Some(least), Some(most), 2) if least <= most => Some((least, most)),
        _ => {
            node.report(&OUT_OF_RANGE, format!("`{}` is not the least and the most time", node.raw()));
            None
        }
    }
}

fn migration(node: Node<'_>) -> Migration {
    known_keys(node, &["id", "reversible", "note"]);
    Migration {
        id: node.require("id").text().unwrap_or_default(),
        reversible: node.get("reversible").bool(),
        note: node.get("note").filled(),
        pointer: node.pointer(),
    }
}
