//! AWS CloudFormation: a change set, as `aws cloudformation describe-change-set` prints it.
//!
//! ```json
//! {"StackName": "shop", "ChangeSetName": "rollback-to-1-3-0", "Status": "CREATE_COMPLETE", "ExecutionStatus": "AVAILABLE",
//!  "Changes": [{"Type": "Resource", "ResourceChange": {"Action": "Modify", "LogicalResourceId": "Api",
//!    "ResourceType": "AWS::ECS::Service", "Replacement": "False"}}]}
//! ```
//!
//! Each change of a resource is a step; a change set is a dry run, since nothing is done before it is executed.
//! `Add` creates, `Import` and `SyncWithActual` (of a drift-aware change set) leave as it is, `Remove` deletes, and `Modify` replaces where `Replacement` is `True`.
//! Where it is `Conditional` CloudFormation itself does not know, and the worse is taken; `Dynamic` is a change that can be
//! told when the change set is executed only.
//! What changes in a nested stack stands in a change set of its own: it is taken for something that cannot be undone.
//! What is removed or replaced cannot be undone by deploying back, unless its `PolicyAction` retains it or takes a snapshot.
//! It would succeed where it was made (`CREATE_COMPLETE`) and can be executed (`AVAILABLE`).
//! One that failed because there is nothing to change is a plan without steps; any other that failed is an error.
//! Changes on further pages (`NextToken`) make it incomplete. Parameters and values are left out: they may hold secrets.
//! Keys by the reference of the API, `DescribeChangeSet`.

use crate::diagnostics::codes::{INCOMPLETE, UNKNOWN_WORD};
use crate::formats::Format;
use crate::model::rollback::{Claim, Revision};
use crate::model::{Action, Evidence, Kind, Plan, Pointer, Step, StepOutcome, Tool};
use crate::source::{Doc, Node, Probe, Stop};

pub(super) static FORMAT: Format = Format {
    id: "cloudformation-change-set",
    kinds: &[Kind::Rollback],
    tool: "AWS CloudFormation",
    title: "Change set",
    produce: "aws cloudformation describe-change-set --stack-name shop --change-set-name rollback > change-set.json",
    detect,
    read,
};

fn detect(probe: &Probe<'_>) -> bool {
    probe.is_object_with(&["ChangeSetName", "StackName", "Status"])
        || probe.document().is_some_and(|root| root.get("Changes").at(0).get("ResourceChange").exists())
}

/// What CloudFormation says where old and new template are the same.
const UNCHANGED: [&str; 2] = ["didn't contain changes", "No updates are to be performed"];

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let tree = doc.document()?;
    let root = tree.root();
    evidence.tool = Some(Tool::new("AWS CloudFormation", None));
    evidence.time = root.get("CreationTime").time();
    let mut plan = Plan {
        name: root.get("StackName").filled(),
        method: Some("AWS CloudFormation change set".to_owned()),
        dry_run: Some(true),
        of_resources: true,
        pointer: Pointer::whole(),
        ..Plan::default()
    };
    let subject = root.get("Description").filled();
    plan.target = root.get("ChangeSetName").filled().map(|id| Revision { id, subject });
    plan.steps = root.get("Changes").items().map(|change| step(change.require("ResourceChange"))).collect();
    let more = root.get("NextToken");
    if more.filled().is_some() {
        more.report(&INCOMPLETE, "more changes follow, which are not in this answer");
    }
    state(root, &mut plan);
    evidence.plans.push(plan);
    Ok(())
}

/// Whether the change set could be made and executed.
fn state(root: Node<'_>, plan: &mut Plan) {
    let status = root.require("Status");
    let reason = root.get("StatusReason").filled().unwrap_or_default();
    let is_executable = || root.get("ExecutionStatus").str().as_deref() == Some("AVAILABLE");
    match status.str().as_deref() {
        Some("CREATE_COMPLETE") => plan.stated_success = Some(is_executable()),
        Some("FAILED") if UNCHANGED.iter().any(|words| reason.contains(words)) => plan.stated_success = Some(true),
        Some("FAILED") => {
            let text = if reason.is_empty() { "FAILED".to_owned() } else { reason };
            plan.errors.push(Claim { text, pointer: root.pointer() });
        }
        Some(other) => {
            status.report(&INCOMPLETE, format!("the change set is `{other}`"));
            plan.stated_success = Some(false);
        }
        None => {}
    }
}

/// A stack in a stack: what changes in it stands in a change set of its own (`ChangeSetId`).
const NESTED: &str = "AWS::CloudFormation::Stack";

fn step(change: Node<'_>) -> Step {
    let parts = [change.get("ResourceType").filled(), change.require("LogicalResourceId").filled()];
    let title = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let word = change.require("Action");
    let replacement = change.get("Replacement").str().unwrap_or_default();
    let (action, why) = match (word.str().as_deref().unwrap_or_default(), &*replacement) {
        ("Add", _) => (Action::Create, None),
        ("Import" | "SyncWithActual", _) => (Action::Noop, None),
        ("Modify", "True") => (Action::Replace, Some("destroys and makes anew")),
        ("Modify", "Conditional") => (Action::Replace, Some("may destroy and make anew")),
        ("Modify", _) if change.get("ResourceType").str().as_deref() == Some(NESTED) => {
            (Action::Update, Some("changes what only its own change set lists in"))
        }
        ("Modify", _) => (Action::Update, None),
        ("Remove", _) => (Action::Delete, Some("destroys")),
        ("Dynamic", _) => (Action::Update, Some("does something that is not known yet to")),
        (other, _) => {
            word.report(&UNKNOWN_WORD, format!("unknown action `{}`", crate::source::json::shorten(other)));
            (Action::Update, Some("does something unknown to"))
        }
    };
    let kept =
        change.get("PolicyAction").str().is_some_and(|policy| policy.contains("Retain") || policy.contains("Snapshot"));
    let irreversible = why.filter(|_| !kept).map(|why| format!("{why} {title}"));
    let mut step = Step::new(action, title, StepOutcome::Planned, change.pointer());
    step.irreversible = irreversible;
    step
}
