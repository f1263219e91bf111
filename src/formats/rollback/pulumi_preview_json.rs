//! Pulumi: a preview as JSON.
//!
//! ```json
//! {"steps":[{"op":"delete","urn":"urn:pulumi:staging::shop::aws:rds/instance:Instance::main"}],"changeSummary":{"delete":1}}
//! ```
//!
//! Two forms are read: the document of `pulumi preview --json`, and the events, one a line, that
//! `up`, `destroy` and `refresh` write with `--json`, that `preview` writes with `PULUMI_ENABLE_STREAMING_JSON_PREVIEW`,
//! and that `--event-log` writes.
//!
//! Each resource that would change is a step.
//! A replacement shows as several operations (`create-replacement`, `replace`, `delete-replaced`) and is one step.
//! What is deleted, replaced or discarded from the state cannot be undone by deploying back.
//! A diagnostic with the severity `error` means that it would fail.
//! An `errorEvent`, and a mandatory policy that is violated, mean the same. What else policy packs tell is left out.
//! Events of a run that is no preview say so; without a summary at the end the run was aborted, each of several in one log
//! needs its own, and aborted it was too where the
//! summary counts fewer resources that were created, updated or deleted (`resourceChanges`) than were begun; where it
//! counts more than the events list, some of these are missing.
//! Configuration and states are left out, since they hold secrets.
//! Source: `pkg/display/json.go` and `sdk/go/common/apitype/events.go` of Pulumi.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{CONTRADICTION, INCOMPLETE, NOTHING_RAN, TOOL_FAILED, UNREADABLE_PART};
use crate::formats::Format;
use crate::model::rollback::Claim;
use crate::model::{Action, Evidence, Kind, Plan, Pointer, Step, StepOutcome, Tool};
use crate::source::{Doc, Json, Node, Probe, Stop};

pub(super) static FORMAT: Format = Format {
    id: "pulumi-preview-json",
    kinds: &[Kind::Rollback],
    tool: "Pulumi",
    title: "Preview, document or events",
    produce: "pulumi preview --json > pulumi.json",
    detect,
    read,
};

fn detect(probe: &Probe<'_>) -> bool {
    let digest = probe.document().is_some_and(|root| {
        let step = root.get("steps").at(0);
        root.get("changeSummary").is_object()
            || step.has(&["op", "urn"])
            || root.has(&["steps", "diagnostics", "duration"]) && root.get("config").is_object()
    });
    digest || probe.records().next().is_some_and(is_event)
}

const EVENTS: &[&str] = &[
    "cancelEvent",
    "stdoutEvent",
    "diagnosticEvent",
    "preludeEvent",
    "summaryEvent",
    "resourcePreEvent",
    "resOutputsEvent",
    "resOpFailedEvent",
    "policyEvent",
    "startDebuggingEvent",
    "progressEvent",
    "policyLoadEvent",
    "policyRemediationEvent",
    "policyAnalyzeSummaryEvent",
    "policyRemediateSummaryEvent",
    "policyAnalyzeStackSummaryEvent",
    "errorEvent",
];

fn is_event(line: Node<'_>) -> bool {
    line.has(&["sequence", "timestamp"]) && EVENTS.iter().any(|event| line.get(event).exists())
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    evidence.tool = Some(Tool::new("Pulumi", None));
    let mut read = Read { previews: true, ..Read::default() };
    read.plan.of_resources = true;
    let result = if doc.is_lines() {
        doc.records(|tree| {
            let root = tree.root();
            if is_event(root) {
                read.event(root, evidence);
            } else {
                root.report(&UNREADABLE_PART, "the line is no event of Pulumi");
            }
            Ok(())
        })
    } else {
        read.document(&mut doc.json())
    };
    read.finish(doc, evidence, result.is_ok());
    result
}

#[derive(Clone, Copy)]
enum Op {
    Step(Action, Option<&'static str>),
    Nothing,
}

/// `pkg/resource/deploy/step.go`
const OPS: &[(&str, Op)] = &[
    ("same", Op::Step(Action::Noop, None)),
    ("create", Op::Step(Action::Create, None)),
    ("import", Op::Step(Action::Noop, None)),
    ("update", Op::Step(Action::Update, None)),
    ("delete", Op::Step(Action::Delete, Some("destroys"))),
    ("discard", Op::Step(Action::Delete, Some("lets go of"))),
    ("replace", Op::Step(Action::Replace, Some("destroys and makes anew"))),
    ("create-replacement", Op::Step(Action::Replace, Some("destroys and makes anew"))),
    ("delete-replaced", Op::Step(Action::Replace, Some("destroys and makes anew"))),
    ("import-replacement", Op::Step(Action::Replace, Some("destroys and makes anew"))),
    ("discard-replaced", Op::Nothing),
    ("remove-pending-replace", Op::Nothing),
    ("read", Op::Nothing),
    ("read-replacement", Op::Nothing),
    ("read-discard", Op::Nothing),
    ("refresh", Op::Nothing),
];

#[derive(Default)]
struct Read {
    plan: Plan,
    events: bool,
    previews: bool,
    summary: bool,
    nothing: bool,
    /// Steps by the URN of their resource.
    by_urn: BTreeMap<String, usize>,
    /// The operations that were met, by their words.
    seen: BTreeMap<String, u64>,
    /// Of these, the ones of a run that is no preview.
    begun: BTreeMap<String, u64>,
}

impl Read {
    /// The states in the steps are long, so each step is read by itself.
    fn document(&mut self, json: &mut Json<'_>) -> Result<(), Stop> {
        let mut summary = None;
        json.object(|json, key| match key {
            "steps" => json.array(|json, _| {
                let tree = json.tree()?;
                self.operation(tree.root(), tree.root().pointer());
                Ok(())
            }),
            "diagnostics" => json.array(|json, _| {
                self.diagnostic(json.record()?);
                Ok(())
            }),
            "maybeCorrupt" => {
                self.maybe_corrupt(json.record()?);
                Ok(())
            }
            "changeSummary" => {
                summary = Some(json.tree()?);
                Ok(())
            }
            // One event alone: nothing followed it.
            "sequence" => {
                self.events = true;
                json.skip()
            }
            _ => json.skip(),
        })?;
        json.end()?;
        self.summary = !self.events;
        self.nothing = self.summary && self.seen.is_empty() && summary.as_ref().is_none_or(|s| s.root().is_empty());
        if let Some(summary) = summary {
            self.compare(summary.root());
        }
        Ok(())
    }

    fn event(&mut self, line: Node<'_>, evidence: &mut Evidence) {
        self.events = true;
        let time = line.get("timestamp").f64().and_then(|secs| SignedDuration::try_from_secs_f64(secs).ok());
        evidence.time = evidence.time.max(time.and_then(|time| Timestamp::from_duration(time).ok()));
        let pre = line.get("resourcePreEvent");
        // What follows a summary belongs to another run, which needs one of its own.
        if pre.exists() || line.get("preludeEvent").exists() {
            self.summary = false;
        }
        if pre.exists() {
            let is_planned = pre.get("planning").bool() == Some(true);
            self.previews &= is_planned;
            if !is_planned {
                *self.begun.entry(pre.get("metadata").get("op").string().unwrap_or_default()).or_default() += 1;
            }
            self.operation(pre.get("metadata"), line.pointer());
        }
        let ended = line.get("resOutputsEvent");
        if ended.is_some() && ended.get("planning").bool() != Some(true) {
            self.ended(ended.get("metadata"), StepOutcome::Passed);
        }
        if line.get("resOpFailedEvent").exists() {
            let node = line.get("resOpFailedEvent").get("metadata");
            self.ended(node, StepOutcome::Failed);
            let text = format!("{} failed", title(&node.get("urn").string().unwrap_or_default()));
            self.plan.errors.push(Claim { text, pointer: line.pointer() });
        }
        if line.get("diagnosticEvent").is_some() {
            self.diagnostic(line.get("diagnosticEvent"));
        }
        let error = line.get("errorEvent");
        if error.exists() {
            let text = error.get("error").filled().unwrap_or_else(|| "an error without text".to_owned());
            let text = text.trim().lines().next().unwrap_or("").to_owned();
            self.plan.errors.push(Claim { text, pointer: line.pointer() });
        }
        let policy = line.get("policyEvent");
        if policy.get("enforcementLevel").str().as_deref() == Some("mandatory") {
            let name = policy.get("policyName").string().unwrap_or_default();
            let text = format!("the mandatory policy {name} is violated");
            self.plan.errors.push(Claim { text, pointer: line.pointer() });
        }
        let summary = line.get("summaryEvent");
        if summary.is_some() {
            self.summary = true;
            self.maybe_corrupt(summary.get("maybeCorrupt"));
            self.hold_begun(summary);
            self.hold_listed(summary.get("resourceChanges"));
        }
    }

    /// Holds what a run has done by its summary against what it has begun (`pkg/engine/update.go`): an operation that
    /// failed is no change, and is an error of its own.
    fn hold_begun(&mut self, summary: Node<'_>) {
        let changes = summary.get("resourceChanges");
        let begun = std::mem::take(&mut self.begun);
        if !self.plan.errors.is_empty() {
            return;
        }
        for op in ["create", "update", "delete"] {
            let (begun, done) = (begun.get(op).copied().unwrap_or(0), changes.get(op).u64().unwrap_or(0));
            if done < begun {
                let message = format!("the summary counts fewer operations to {op} than were begun: {done} of {begun}");
                summary.report(&INCOMPLETE, message);
            }
        }
    }

    /// Holds what the summary of events counts against the operations that they list: where fewer are listed, the
    /// beginning is missing. A refresh is one operation, which the summary counts by what came of it.
    fn hold_listed(&self, changes: Node<'_>) {
        if self.seen.contains_key("refresh") {
            return;
        }
        for op in ["create", "update", "delete"] {
            let listed = self.seen.get(op).copied().unwrap_or(0);
            let says = changes.get(op);
            if let Some(number) = says.u64().filter(|number| *number > listed) {
                says.report(&INCOMPLETE, format!("the summary counts {number} to {op}, and {listed} are listed"));
            }
        }
    }

    fn operation(&mut self, node: Node<'_>, pointer: Pointer) {
        let op = node.require("op");
        let urn = node.require("urn").string().unwrap_or_default();
        *self.seen.entry(op.string().unwrap_or_default()).or_default() += 1;
        // The stack itself is a resource of Pulumi's own.
        if urn.contains("::pulumi:pulumi:Stack::") {
            return;
        }
        let (action, why) = match op.word(OPS) {
            Some(Op::Nothing) => return,
            Some(Op::Step(action, why)) => (action, why),
            // What cannot be read may destroy.
            None => (Action::Update, Some("does something unknown to")),
        };
        let title = title(&urn);
        let irreversible = why.map(|why| format!("{why} {title}"));
        if let Some(step) = self.by_urn.get(&urn).and_then(|at| self.plan.steps.get_mut(*at)) {
            if let Some(action) = together(step.action, action) {
                step.action = action;
                step.irreversible = irreversible.or(step.irreversible.take());
            }
            return;
        }
        let mut step = Step::new(action, title, StepOutcome::Planned, pointer);
        step.irreversible = irreversible;
        self.by_urn.insert(urn, self.plan.steps.len());
        self.plan.steps.push(step);
    }

    fn ended(&mut self, node: Node<'_>, outcome: StepOutcome) {
        let urn = node.get("urn").string().unwrap_or_default();
        if let Some(step) = self.by_urn.get(&urn).and_then(|at| self.plan.steps.get_mut(*at))
            && step.outcome != StepOutcome::Failed
        {
            step.outcome = outcome;
        }
    }

    fn diagnostic(&mut self, node: Node<'_>) {
        let words = [("info", false), ("info#err", false), ("warning", false), ("debug", false), ("error", true)];
        if node.get("severity").word(&words) != Some(false) {
            let message = node.get("message").filled().unwrap_or_else(|| "an error without text".to_owned());
            let text = message.trim().lines().next().unwrap_or("").to_owned();
            let urn = node.get("urn").filled().map(|urn| format!("{}: ", title(&urn))).unwrap_or_default();
            self.plan.errors.push(Claim { text: format!("{urn}{text}"), pointer: node.pointer() });
        }
    }

    fn maybe_corrupt(&mut self, node: Node<'_>) {
        if node.bool() == Some(true) {
            node.report(&TOOL_FAILED, "the state may be corrupt");
            self.plan.errors.push(Claim { text: "the state may be corrupt".to_owned(), pointer: node.pointer() });
        }
    }

    /// The summary of a document counts resources by operation; a replacement stands in it as `replace`.
    fn compare(&self, summary: Node<'_>) {
        for (op, says) in summary.members() {
            if !["create", "update", "delete"].contains(&&*op) {
                continue;
            }
            let counted = self.seen.get(&*op).copied().unwrap_or(0);
            if let Some(number) = says.u64().filter(|number| *number != counted) {
                let message = format!("the summary says {number} to {op}, counted {counted}");
                let first = self.plan.steps.first().map(|step| step.pointer.clone()).unwrap_or_default();
                says.diags().push(says.diagnostic(&CONTRADICTION, message).against(first));
            }
        }
    }

    fn finish(mut self, doc: &Doc<'_>, evidence: &mut Evidence, complete: bool) {
        let plan = &mut self.plan;
        plan.dry_run = Some(!self.events || self.previews);
        plan.method = Some(if plan.dry_run == Some(true) { "pulumi preview" } else { "pulumi up" }.to_owned());
        plan.stated_success = (!self.nothing).then_some(complete && self.summary && plan.errors.is_empty());
        if self.nothing {
            doc.report(Diagnostic::new(&NOTHING_RAN, "the preview has no step"));
        }
        if complete && !self.summary {
            let message = "the events end without a summary: the run was aborted, or the file is cut off";
            doc.report(Diagnostic::new(&INCOMPLETE, message));
        }
        evidence.plans.push(self.plan);
    }
}

/// What a resource goes through by two operations; `None` where the first says it all. A replacement is made of several.
fn together(before: Action, after: Action) -> Option<Action> {
    match (before, after) {
        (Action::Replace, _) => None,
        (Action::Delete, Action::Create) | (Action::Create, Action::Delete) => Some(Action::Replace),
        (_, Action::Replace) | (Action::Noop, _) | (_, Action::Delete) => Some(after),
        _ => None,
    }
}

/// Type and name of a resource, of `urn:pulumi:STACK::PROJECT::PARENT$TYPE::NAME`.
fn title(urn: &str) -> String {
    let parts: Vec<&str> = urn.splitn(4, "::").collect();
    match *parts {
        [_, _, kind, name] => format!("{} {name}", kind.rsplit('$').next().unwrap_or(kind)),
        _ => urn.to_owned(),
    }
}
