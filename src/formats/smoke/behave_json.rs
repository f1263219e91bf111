//! behave: the JSON report of Python's behave.
//!
//! ```json
//! [{"keyword": "Feature", "name": "Smoke", "location": "features/smoke.feature:2", "status": "passed", "elements": [
//!   {"type": "scenario", "keyword": "Scenario", "name": "health", "location": "features/smoke.feature:5", "status": "passed", "steps": [
//!     {"keyword": "Given", "name": "the base url", "result": {"status": "passed", "duration": 0.0001}}]}]}]
//! ```
//!
//! It looks like Cucumber's report, but times are in seconds, scenarios carry a `status`, and a step that did not run has no result.
//! A feature is a suite and a scenario is a test; a background is none, since its steps stand in each scenario again.
//! The status of the scenario counts: `error`, `hook_error`, `cleanup_error`, `undefined` and `pending` are errored,
//! `skipped` and `untested` skipped, `pending_warn` warned, `xfailed` passed and `xpassed` failed.
//! So is a scenario that passed with a pending step, which `@wip` lets pass: that step did nothing.
//! Where it is better than the worst step, that is a contradiction, and the step counts.
//! Old versions write no status for scenarios: then the worst step counts.
//! A feature that failed although none of its scenarios did (a hook around it) is an error.
//! An `error_message` may be an array of lines.
//!
//! Rules: behave `formatter/json.py` and `model_type.py` (`Status`).

use super::gherkin::{Dialect, add_step, dialect, read_features};
use super::steps::{Status, Steps};
use crate::diagnostics::codes::{CONTRADICTION, NOTHING_RAN, TOOL_FAILED};
use crate::diagnostics::{Code, Diagnostic};
use crate::formats::Format;
use crate::model::{Evidence, Kind, Outcome, Pointer, Suite, Tool, Unit};
use crate::source::{Doc, Node, Probe, Stop};

pub(super) static FORMAT: Format = Format {
    id: "behave-json",
    kinds: &[Kind::Smoke],
    tool: "behave",
    title: "JSON report",
    produce: "behave --format json --outfile behave.json",
    detect,
    read,
};

const STEPS: &[(&str, Status)] = &[
    ("passed", Status::Passed),
    ("failed", Status::Failed),
    ("skipped", Status::Skipped),
    ("untested", Status::Skipped),
    ("untested_pending", Status::Skipped),
    ("untested_undefined", Status::Skipped),
    ("undefined", Status::Undefined),
    ("pending", Status::Pending),
    ("pending_warn", Status::Passed),
    ("executing", Status::Unknown),
    ("error", Status::Unknown),
    ("hook_error", Status::Unknown),
    ("cleanup_error", Status::Unknown),
    ("xfailed", Status::Passed),
    ("xpassed", Status::Failed),
];

const SCENARIOS: &[(&str, Outcome)] = &[
    ("passed", Outcome::Passed),
    ("failed", Outcome::Failed),
    ("skipped", Outcome::Skipped),
    ("untested", Outcome::Skipped),
    ("untested_pending", Outcome::Skipped),
    ("untested_undefined", Outcome::Skipped),
    ("undefined", Outcome::Errored),
    ("pending", Outcome::Errored),
    ("pending_warn", Outcome::Warned),
    ("executing", Outcome::Errored),
    ("error", Outcome::Errored),
    ("hook_error", Outcome::Errored),
    ("cleanup_error", Outcome::Errored),
    ("xfailed", Outcome::Passed),
    ("xpassed", Outcome::Failed),
];

fn detect(probe: &Probe<'_>) -> bool {
    dialect(probe) == Some(Dialect::Behave)
}

/// The status of a feature, with its place.
#[derive(Default)]
struct Feature {
    status: Option<(Outcome, Pointer)>,
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    evidence.tool = Some(Tool::new("behave", None));
    let diags = doc.diags().clone();
    let report = |code: &'static Code, message: &str, at: Pointer| diags.push(Diagnostic::new(code, message).at(at));
    let result = read_features(doc, evidence, member, element, |feature, suite| {
        if let Some((Outcome::Failed | Outcome::Errored, at)) = feature.status
            && suite.tally().failed + suite.tally().errored == 0
        {
            report(&TOOL_FAILED, "the feature failed though none of its scenarios did", at);
        }
    });
    match evidence.tally() {
        _ if result.is_err() => {}
        tally if tally.total() == 0 => report(&NOTHING_RAN, "there is no scenario", Pointer::whole()),
        tally if tally.executed() == 0 => report(&NOTHING_RAN, "every scenario was skipped", Pointer::whole()),
        _ => {}
    }
    result
}

fn member(key: &str, value: Node<'_>, feature: &mut Feature) {
    if key == "status" {
        feature.status = value.word(SCENARIOS).map(|status| (status, value.pointer()));
    }
}

fn element(node: Node<'_>, _: &mut Feature, suite: &mut Suite, _: &mut Evidence) {
    if node.get("type").str().as_deref() == Some("background") {
        return;
    }
    let mut steps = Steps::default();
    let mut pending = None;
    for step in node.get("steps").items() {
        steps.own += 1;
        add_step(&mut steps, step, STEPS, Unit::Secs);
        if step.get("result").get("status").str().as_deref() == Some("pending_warn") {
            pending = Some(step.get("name").string().unwrap_or_default());
        }
    }
    let mut case = steps.case(node.require("name").string().unwrap_or_default(), node.pointer());
    let status = node.get("status");
    if status.is_some() {
        let stated = status.word(SCENARIOS).unwrap_or(Outcome::Errored);
        let is_bad = |outcome| matches!(outcome, Outcome::Failed | Outcome::Errored);
        if is_bad(case.outcome) && !is_bad(stated) {
            let message = format!("the scenario says {stated}, its steps say {}", case.outcome);
            node.diags().push(status.diagnostic(&CONTRADICTION, message).against(node.get("steps").pointer()));
        } else if stated != Outcome::Passed || case.outcome == Outcome::Passed {
            if case.outcome != stated && is_bad(stated) && !is_bad(case.outcome) {
                case.message = Some(format!("status `{}`", status.string().unwrap_or_default()));
            }
            case.outcome = stated;
        }
    }
    if let Some(step) = pending.filter(|_| case.outcome == Outcome::Passed) {
        case.outcome = Outcome::Warned;
        case.message = Some(format!("step pending: `{step}`"));
    }
    if let Some(location) = node.get("location").string() {
        let extra = case.extra();
        match location.rsplit_once(':') {
            Some((file, line)) if line.parse::<u64>().is_ok() => {
                extra.file = Some(file.to_owned());
                extra.line = line.parse().ok();
            }
            _ => extra.file = Some(location),
        }
    }
    let tags = node.get("tags").strings();
    if !tags.is_empty() {
        case.extra().facts.push(("tags".to_owned(), tags.join(" ")));
    }
    suite.push(case);
}
