//! Terraform and OpenTofu: a saved plan as JSON.
//!
//! ```json
//! {"format_version":"1.2","terraform_version":"1.11.4","resource_changes":[{"address":"aws_db_instance.main","mode":"managed","change":{"actions":["delete","create"]}}],"errored":false}
//! ```
//!
//! Each managed resource of `resource_changes` is a step; data sources are not.
//! `["delete","create"]` in either order is a replacement.
//! What is destroyed, replaced or forgotten cannot be undone by planning back.
//! `resource_drift` repeats resources and is not counted; `output_changes` are no steps.
//! The plan succeeds unless it says `errored`, which only Terraform 1.5 and later write:
//! older ones write no plan at all where planning fails.
//! `complete: false` (`-target`, deferred changes) is an error, since the plan does not cover everything.
//! A failed `check` does not stop Terraform, and stands among the considerations.
//! Attribute values are never read: they hold secrets in clear.
//! Source: `internal/command/jsonplan/plan.go` of Terraform.

use crate::diagnostics::codes::{INCOMPLETE, NOTHING_RAN, TOOL_FAILED, UNKNOWN_WORD, UNSUPPORTED_VERSION};
use crate::diagnostics::{Diagnostic, LineColumn};
use crate::formats::Format;
use crate::model::rollback::Claim;
use crate::model::{Action, Evidence, Kind, Plan, Pointer, Step, StepOutcome, Tool};
use crate::source::{Doc, Json, JsonKind, Node, Probe, Stop};

pub(super) static FORMAT: Format = Format {
    id: "terraform-plan-json",
    kinds: &[Kind::Rollback],
    tool: "Terraform",
    title: "Saved plan as JSON",
    produce: "terraform plan -out=plan.bin && terraform show -json plan.bin > plan.json",
    detect,
    read,
};

/// Keys of which a plan has at least one. A state has `values` instead.
const PLAN_KEYS: &[&str] =
    &["resource_changes", "planned_values", "output_changes", "errored", "applyable", "deferred_changes"];

fn detect(probe: &Probe<'_>) -> bool {
    probe.is_object_with(&["format_version"])
        && probe.document().is_some_and(|root| {
            PLAN_KEYS.iter().any(|key| root.get(key).exists()) && !root.has(&["values"]) && !root.has(&["valid"])
        })
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let mut read = Read::default();
    evidence.tool = Some(Tool::new("Terraform", None));
    let mut json = doc.json();
    let result = json.object(|json, key| read.member(json, key, evidence)).and_then(|()| json.end());
    let mut plan = read.plan;
    plan.method = Some("terraform plan".to_owned());
    plan.of_resources = true;
    plan.dry_run = Some(true);
    plan.stated_success = (result.is_ok() && !read.errored && read.knows_something).then_some(true);
    if result.is_ok() && !read.knows_something {
        doc.report(Diagnostic::new(&NOTHING_RAN, "the plan knows no resource and no output"));
    }
    if let Some((pointer, place)) = read.incomplete.filter(|_| !read.errored) {
        let message = "the plan does not cover everything: it was limited with -target, or changes were deferred";
        doc.report(Diagnostic::new(&INCOMPLETE, message).at(pointer).at_line(place));
    }
    evidence.plans.push(plan);
    result
}

#[derive(Default)]
struct Read {
    plan: Plan,
    errored: bool,
    knows_something: bool,
    incomplete: Option<(Pointer, LineColumn)>,
}

impl Read {
    fn member(&mut self, json: &mut Json<'_>, key: &str, evidence: &mut Evidence) -> Result<(), Stop> {
        match key {
            "resource_changes" => {
                return json.array(|json, _| {
                    let tree = json.tree()?;
                    self.knows_something = true;
                    self.plan.steps.extend(step(tree.root()));
                    Ok(())
                });
            }
            // Actions of a provider, since Terraform 1.14.
            "action_invocations" => {
                return json.array(|json, _| {
                    self.knows_something = true;
                    let address = json.record()?.get("address").filled().unwrap_or_default();
                    self.plan.considerations.push(format!("invokes `{address}`: what the action does cannot be told"));
                    Ok(())
                });
            }
            "output_changes" | "deferred_changes" => {
                self.knows_something |= !json.record()?.is_empty();
            }
            // A plan that changes nothing may have no list of changes: it has looked at what is there.
            "resource_drift" => {
                return json.array(|json, _| {
                    self.knows_something = true;
                    json.skip()
                });
            }
            // Long, and asked only where nothing else tells.
            "prior_state" if !self.knows_something => {
                self.knows_something = has_resources(json, &["values", "root_module"])?;
            }
            "terraform_version" => {
                evidence.tool = Some(Tool::new("Terraform", json.record()?.string()));
            }
            "timestamp" => {
                evidence.time = json.record()?.time();
            }
            "format_version" => {
                let tree = json.tree()?;
                let version = tree.root().string().unwrap_or_default();
                if !["0", "1"].contains(&version.split('.').next().unwrap_or("")) {
                    let message = format!("format_version `{version}` is not read, only 0.x and 1.x");
                    return Err(tree.root().diagnostic(&UNSUPPORTED_VERSION, message).into());
                }
            }
            "errored" => {
                let tree = json.tree()?;
                if tree.root().bool() == Some(true) {
                    self.errored = true;
                    let text = "planning failed, the plan is not complete".to_owned();
                    tree.root().report(&TOOL_FAILED, text.clone());
                    self.plan.errors.push(Claim { text, pointer: tree.root().pointer() });
                }
            }
            "complete" => {
                let tree = json.tree()?;
                if tree.root().bool() == Some(false) {
                    self.incomplete = Some((tree.root().pointer(), tree.root().place()));
                }
            }
            "checks" => {
                let tree = json.tree()?;
                self.knows_something |= !tree.root().is_empty();
                self.plan.considerations.extend(tree.root().items().filter_map(failed_check));
            }
            // Those of Terraform 1.2 alone.
            "condition_results" => {
                let tree = json.tree()?;
                self.plan.considerations.extend(tree.root().items().filter_map(failed_condition));
            }
            _ => json.skip()?,
        }
        Ok(())
    }
}

/// Whether there is a resource or a module at a path in a state.
fn has_resources(json: &mut Json<'_>, path: &[&str]) -> Result<bool, Stop> {
    let mut found = false;
    if json.kind()? != JsonKind::Object {
        return json.skip().map(|()| false);
    }
    json.object(|json, key| match path.split_first() {
        Some((next, rest)) if key == *next => {
            found |= has_resources(json, rest)?;
            Ok(())
        }
        None if ["resources", "child_modules"].contains(&key) && json.kind()? == JsonKind::Array => {
            json.array(|json, _| {
                found = true;
                json.skip()
            })
        }
        _ => json.skip(),
    })?;
    Ok(found)
}

fn failed_check(check: Node<'_>) -> Option<String> {
    let status = check.get("status").string()?;
    if !["fail", "error"].contains(&&*status) {
        return None;
    }
    let name = check.path(&["address", "to_display"]).string().unwrap_or_else(|| "a check".to_owned());
    let problems = check.get("instances").items().flat_map(|instance| instance.get("problems").items());
    let messages: Vec<String> = problems.filter_map(|problem| problem.get("message").filled()).collect();
    Some(if messages.is_empty() {
        format!("{name} does not hold")
    } else {
        format!("{name} does not hold: {}", messages.join("; "))
    })
}

fn failed_condition(condition: Node<'_>) -> Option<String> {
    if condition.get("result").bool() != Some(false) || condition.get("unknown").bool() == Some(true) {
        return None;
    }
    let name = condition.get("address").filled().unwrap_or_else(|| "a condition".to_owned());
    Some(match condition.get("error_message").filled() {
        Some(message) => format!("{name} does not hold: {message}"),
        None => format!("{name} does not hold"),
    })
}

fn step(change: Node<'_>) -> Option<Step> {
    let mut address = change.require("address").string().unwrap_or_default();
    if change.get("mode").str().as_deref() == Some("data") {
        return None;
    }
    if let Some(deposed) = change.get("deposed").filled() {
        address.push_str(&format!(" (deposed {deposed})"));
    }
    let actions = change.get("change").require("actions");
    let words = actions.strings();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    // An action that is no text is one that is not known.
    let words = if words.len() == actions.len() { words } else { vec!["?"] };
    let (action, irreversible) = match *words {
        ["no-op"] => (Action::Noop, None),
        // A managed resource is never only read, but nothing would change.
        ["read"] => (Action::Noop, None),
        ["create"] => (Action::Create, None),
        ["update"] => (Action::Update, None),
        ["delete"] => (Action::Delete, Some(format!("destroys {address}"))),
        ["delete", "create"] | ["create", "delete"] => {
            (Action::Replace, Some(format!("destroys {address} and makes it anew")))
        }
        ["forget"] => (Action::Delete, Some(format!("lets go of {address} without destroying it"))),
        ["create", "forget"] | ["forget", "create"] => {
            (Action::Replace, Some(format!("makes {address} anew and lets go of the old one")))
        }
        _ => {
            if !words.is_empty() {
                actions.report(&UNKNOWN_WORD, format!("unknown actions `{}`", words.join("`, `")));
            }
            // What cannot be read may destroy.
            (Action::Update, Some("the plan does something that is not known".to_owned()))
        }
    };
    let mut step = Step::new(action, address, StepOutcome::Planned, change.pointer());
    step.irreversible = irreversible;
    let reason = change.get("action_reason").filled().map(|reason| reason.replace('_', " "));
    let moved = change.get("previous_address").filled().map(|from| format!("moved from {from}"));
    let imported = change.get("change").get("importing").is_object().then(|| "imported".to_owned());
    let remarks: Vec<String> = [reason, moved, imported].into_iter().flatten().collect();
    step.output = (!remarks.is_empty()).then(|| remarks.join("; "));
    Some(step)
}
