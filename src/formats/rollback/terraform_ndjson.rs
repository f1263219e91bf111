//! Terraform and OpenTofu: the log of `plan`, `apply` and `destroy` with `-json`.
//!
//! ```json
//! {"@level":"info","@message":"Terraform 1.11.4","@module":"terraform.ui","type":"version","terraform":"1.11.4"}
//! {"@level":"info","@message":"…","type":"planned_change","change":{"resource":{"addr":"aws_db_instance.main"},"action":"delete"}}
//! {"@level":"info","@message":"Plan: 0 to add, 0 to change, 1 to destroy.","type":"change_summary","changes":{"add":0,"change":0,"remove":1,"operation":"plan"}}
//! ```
//!
//! Each `planned_change` is a step; drift, refreshes and data sources, which a plan reads too, are none.
//! Changes that are deferred to another plan make the log incomplete; actions of a provider (Terraform 1.14) are listed
//! among the considerations.
//! What is destroyed, replaced or forgotten cannot be undone by planning back.
//! A failed plan may show a summary of zeros and its errors after it: only diagnostics decide.
//! A log without summary was cut off or aborted, and does not succeed; where another run follows in the same log, it needs
//! a summary of its own.
//! The warning `Resource targeting is in effect` (`-target`, and `-exclude` of OpenTofu) makes the log incomplete.
//! The log of an `apply` or `destroy` is no dry run, and is said to be none; its steps have the outcome of the real run.
//! Its summary is compared with what the lines before say is done.
//! The logs of `init`, `test` and `query` look alike, and are no evidence: they plan nothing.
//! Lines that are no JSON are reported.
//! Source: `internal/command/views/json` of Terraform.

use std::collections::BTreeMap;

use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{CONTRADICTION, INCOMPLETE, NOT_EVIDENCE};
use crate::formats::Format;
use crate::model::rollback::Claim;
use crate::model::{Action, Evidence, Kind, Plan, Pointer, Step, StepOutcome, Tool, Unit};
use crate::source::{Doc, Node, Probe, Stop};

pub(super) static FORMAT: Format = Format {
    id: "terraform-ndjson",
    kinds: &[Kind::Rollback],
    tool: "Terraform",
    title: "Log of plan, apply or destroy, NDJSON",
    produce: "terraform plan -json > plan.ndjson",
    detect,
    read,
};

fn detect(probe: &Probe<'_>) -> bool {
    probe.records().any(|line| line.has(&["@level", "@message", "@module", "type"]))
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    evidence.tool = Some(Tool::new("Terraform", None));
    let mut read = Read::default();
    let result = doc.records(|tree| {
        read.line(tree.root(), evidence);
        Ok(())
    });
    read.finish(doc, evidence);
    result
}

#[derive(Default)]
struct Read {
    plan: Plan,
    by_address: BTreeMap<String, usize>,
    /// The last summary: its operation, and where it stands.
    summary: Option<(Operation, Pointer)>,
    applies: bool,
    /// The first change that is put off to another plan.
    deferred: Option<Pointer>,
    /// The warning that not all was planned.
    targeted: Option<Pointer>,
    /// A summary that counts something else than the lines before it.
    contradiction: Option<Diagnostic>,
    /// What is done, as the summary of a run counts it: added, changed, removed.
    done: [u64; 3],
    /// Whether a line belongs to a plan or a run.
    plans: bool,
    /// The command whose log this is, where that is another one.
    other: Option<&'static str>,
}

/// Types of lines that only other commands write, by how they start, and those.
const OTHERS: &[(&str, &str)] = &[("init_output", "init"), ("test_", "test"), ("list_", "query")];

/// Types of lines of a plan or a run, by how they start.
const PLANS: &[&str] = &["apply_", "change_summary", "deferred_", "outputs", "planned_", "refresh_", "resource_drift"];

/// The warning about a plan that was limited: `internal/terraform/context_plan.go` of Terraform, `internal/tofu` of OpenTofu.
const TARGETING: &str = "Resource targeting is in effect";

#[derive(Clone, Copy, PartialEq, Eq)]
enum Operation {
    Plan,
    Run,
}

#[derive(Clone, Copy)]
enum Planned {
    Step(Action, Option<&'static str>),
    Nothing,
}

/// `internal/command/views/json/change.go`; `forget` is OpenTofu's word for `remove`.
const ACTIONS: &[(&str, Planned)] = &[
    ("noop", Planned::Step(Action::Noop, None)),
    ("move", Planned::Step(Action::Noop, None)),
    ("import", Planned::Step(Action::Noop, None)),
    ("create", Planned::Step(Action::Create, None)),
    ("update", Planned::Step(Action::Update, None)),
    ("delete", Planned::Step(Action::Delete, Some("destroys"))),
    ("replace", Planned::Step(Action::Replace, Some("destroys and makes anew"))),
    ("remove", Planned::Step(Action::Delete, Some("lets go of"))),
    ("forget", Planned::Step(Action::Delete, Some("lets go of"))),
    ("read", Planned::Nothing),
    ("open", Planned::Nothing),
    ("renew", Planned::Nothing),
    ("close", Planned::Nothing),
];

impl Read {
    fn line(&mut self, line: Node<'_>, evidence: &mut Evidence) {
        let time = line.get("@timestamp").time();
        evidence.add_time(time);
        let word = line.require("type").string().unwrap_or_default();
        self.plans |= PLANS.iter().any(|start| word.starts_with(start));
        if let Some((_, command)) = OTHERS.iter().find(|(start, _)| word.starts_with(start)) {
            self.other.get_or_insert(command);
        }
        match &*word {
            "version" => {
                let tofu = line.get("tofu");
                let (name, version) =
                    if tofu.is_some() { ("OpenTofu", tofu) } else { ("Terraform", line.get("terraform")) };
                evidence.tool = Some(Tool::new(name, version.string()));
                self.begins_anew();
            }
            "planned_change" => {
                self.begins_anew();
                self.planned(line.get("change"));
            }
            "change_summary" => self.summary(line.get("changes")),
            "diagnostic" => self.diagnostic(line),
            "apply_start" => self.started(line.get("hook")),
            "apply_complete" => self.ended(line.get("hook"), StepOutcome::Passed),
            "apply_errored" => self.ended(line.get("hook"), StepOutcome::Failed),
            "deferred_change" => {
                self.deferred.get_or_insert_with(|| line.pointer());
            }
            // Actions of a provider, since Terraform 1.14.
            "planned_action_invocation" => {
                let what = line.get("@message").filled().unwrap_or_else(|| "invokes an action".to_owned());
                self.plan.considerations.push(format!("{what}: what the action does cannot be told"));
            }
            // Whatever a newer version calls it.
            _ if line.get("@level").str().as_deref() == Some("error") => {
                let text = line.get("@message").filled().unwrap_or_else(|| "an error without text".to_owned());
                self.plan.errors.push(Claim { text, pointer: line.pointer() });
            }
            _ => {}
        }
    }

    /// What follows a summary belongs to another run, which needs one of its own: `terraform plan -json >> plan.ndjson`.
    fn begins_anew(&mut self) {
        self.summary = None;
    }

    fn planned(&mut self, change: Node<'_>) {
        let address = address(change);
        let action = change.require("action").word(ACTIONS);
        let (action, why) = match action {
            Some(Planned::Nothing) => return,
            Some(Planned::Step(action, why)) => (action, why),
            // What cannot be read may destroy.
            None => (Action::Update, Some("does something unknown to")),
        };
        let mut step = Step::new(action, address.clone(), StepOutcome::Planned, change.pointer());
        step.irreversible = why.map(|why| format!("{why} {address}"));
        let reason = change.get("reason").filled().map(|reason| reason.replace('_', " "));
        let word = change.get("action").string().filter(|word| word == "move" || word == "import");
        let remarks: Vec<String> = [word, reason].into_iter().flatten().collect();
        step.output = (!remarks.is_empty()).then(|| remarks.join("; "));
        self.by_address.insert(address, self.plan.steps.len());
        self.plan.steps.push(step);
    }

    fn started(&mut self, hook: Node<'_>) {
        let address = address(hook);
        let action = hook.require("action").word(ACTIONS);
        // What a plan does too: it reads data, and opens and closes what lives for a moment.
        self.applies |= !matches!(action, Some(Planned::Nothing));
        let Some(Planned::Step(action, why)) = action else { return };
        if let Some(step) = self.by_address.get(&address).and_then(|at| self.plan.steps.get_mut(*at)) {
            // Without lines for the plan (`apply PLANFILE`) a replacement shows as two steps.
            let pair = [step.action, action];
            if pair.contains(&Action::Create) && pair.contains(&Action::Delete) {
                step.action = Action::Replace;
                step.irreversible = Some(format!("destroys and makes anew {address}"));
            }
            step.outcome = StepOutcome::Planned;
            return;
        }
        let mut step = Step::new(action, address.clone(), StepOutcome::Planned, hook.pointer());
        step.irreversible = why.map(|why| format!("{why} {address}"));
        self.by_address.insert(address, self.plan.steps.len());
        self.plan.steps.push(step);
    }

    fn ended(&mut self, hook: Node<'_>, outcome: StepOutcome) {
        let Some(step) = self.by_address.get(&address(hook)).and_then(|at| self.plan.steps.get_mut(*at)) else {
            return;
        };
        if outcome == StepOutcome::Passed {
            let action = hook.get("action").string().unwrap_or_default();
            let counts = [("create", [1, 0, 0]), ("update", [0, 1, 0]), ("delete", [0, 0, 1]), ("replace", [1, 0, 1])];
            let counts = counts.into_iter().find(|(word, _)| *word == action).map_or([0; 3], |(_, counts)| counts);
            self.done.iter_mut().zip(counts).for_each(|(done, count)| *done += count);
        }
        if step.outcome != StepOutcome::Failed {
            step.outcome = outcome;
        }
        let took = hook.get("elapsed_seconds").elapsed(Unit::Secs);
        step.elapsed = match (step.elapsed, took) {
            (Some(before), Some(took)) => Some(before.saturating_add(took)),
            (before, took) => before.or(took),
        };
    }

    fn diagnostic(&mut self, line: Node<'_>) {
        let node = line.get("diagnostic");
        let severity = node.get("severity").word(&[("error", true), ("warning", false)]);
        if severity == Some(false) {
            if node.get("summary").str().as_deref() == Some(TARGETING) {
                self.targeted.get_or_insert_with(|| line.pointer());
            }
            return;
        }
        let summary = node.get("summary").filled().or_else(|| line.get("@message").filled());
        let at = node.get("address").filled().map(|address| format!("{address}: ")).unwrap_or_default();
        let text = format!("{at}{}", summary.unwrap_or_else(|| "an error without text".to_owned()));
        self.plan.errors.push(Claim { text, pointer: line.pointer() });
    }

    fn summary(&mut self, changes: Node<'_>) {
        let words = [("plan", Operation::Plan), ("apply", Operation::Run), ("destroy", Operation::Run)];
        let Some(operation) = changes.require("operation").word(&words) else { return };
        self.applies |= operation == Operation::Run;
        self.summary = Some((operation, changes.pointer()));
        if operation == Operation::Run {
            let [add, change, remove] = self.done;
            self.compare(changes, [("add", add), ("change", change), ("remove", remove)]);
            return;
        }
        let forgets =
            self.plan.steps.iter().any(|s| s.irreversible.as_deref().is_some_and(|why| why.starts_with("lets go")));
        let replaced = self.plan.count(Action::Replace);
        let counted = [
            ("add", self.plan.count(Action::Create) + replaced),
            ("change", self.plan.count(Action::Update)),
            ("remove", self.plan.count(Action::Delete) + replaced),
        ];
        if !forgets {
            self.compare(changes, counted);
        }
    }

    fn compare(&mut self, changes: Node<'_>, counted: [(&str, u64); 3]) {
        for (key, counted) in counted {
            let says = changes.get(key).u64();
            if says.is_some_and(|says| says != counted) && self.contradiction.is_none() {
                let says = says.unwrap_or_default();
                let message = format!("the summary says {says} to {key}, counted {counted} in the lines before");
                let first = self.plan.steps.first().map(|step| step.pointer.clone()).unwrap_or_default();
                self.contradiction = Some(changes.get(key).diagnostic(&CONTRADICTION, message).against(first));
            }
        }
    }

    fn finish(mut self, doc: &Doc<'_>, evidence: &mut Evidence) {
        if let Some(command) = self.other.filter(|command| !self.plans || *command == "test") {
            let message = format!("is the log of `terraform {command}`, which plans nothing");
            doc.report(Diagnostic::new(&NOT_EVIDENCE, message).help("give the log of `terraform plan -json`"));
            return;
        }
        let plan = &mut self.plan;
        plan.of_resources = true;
        plan.dry_run = Some(!self.applies);
        plan.method = Some(if self.applies { "terraform apply" } else { "terraform plan" }.to_owned());
        let wanted = if self.applies { Operation::Run } else { Operation::Plan };
        let ended = self.summary.is_some_and(|(operation, _)| operation == wanted);
        // A failed plan counts nothing, however much it had planned before.
        if let Some(diagnostic) = self.contradiction.filter(|_| plan.errors.is_empty()) {
            doc.report(diagnostic);
        }
        if !ended && plan.errors.is_empty() {
            let message = "the log ends without a summary of changes: it was cut off, or the run was aborted";
            doc.report(Diagnostic::new(&INCOMPLETE, message));
        }
        if let Some(pointer) = self.deferred.take() {
            let message = "changes are deferred to another plan, and not planned here";
            doc.report(Diagnostic::new(&INCOMPLETE, message).at(pointer));
        }
        if let Some(pointer) = self.targeted.take() {
            let message = "the plan does not cover everything: it was limited with -target or -exclude";
            let help = "plan everything, without these options";
            doc.report(Diagnostic::new(&INCOMPLETE, message).help(help).at(pointer));
        }
        plan.stated_success = Some(ended && plan.errors.is_empty());
        if self.applies {
            for step in &mut plan.steps {
                if step.outcome == StepOutcome::Planned && step.action != Action::Noop {
                    step.outcome = StepOutcome::Skipped;
                }
            }
        }
        evidence.plans.push(self.plan);
    }
}

fn address(node: Node<'_>) -> String {
    node.get("resource").require("addr").string().unwrap_or_default()
}
