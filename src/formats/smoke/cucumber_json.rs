//! Cucumber: the JSON report of Cucumber-JVM, cucumber-js, cucumber-ruby, and of tools that write the same
//! (pytest-bdd, godog, Reqnroll, Karate).
//!
//! ```json
//! [{"uri": "smoke.feature", "keyword": "Feature", "name": "Smoke", "elements": [
//!   {"type": "scenario", "keyword": "Scenario", "name": "health", "line": 4, "steps": [
//!     {"keyword": "Given ", "name": "the base url", "result": {"status": "passed", "duration": 1667428}}]}]}]
//! ```
//!
//! A feature is a suite and a scenario is a test; each row of examples is a scenario of its own.
//! A scenario is what the worst of its steps is, hooks included (`before`, `after`, and hidden steps):
//! failed, then `ambiguous`, `undefined`, `unknown` and `pending` (all errored: nobody knows whether the behaviour holds), then skipped.
//! Cucumber itself fails a run for them, apart from old versions without `--strict`.
//! A background is no test, but where one of its steps failed, the scenario after it has failed.
//! A step without result did not run; a scenario without steps asserts nothing, and is skipped.
//! `duration` is in nanoseconds, and a scenario takes as long as its steps.
//! cucumber-js writes only the last attempt of a scenario that it tried again: flaky ones cannot be told here, but in its messages.
//! Embeddings, tables and doc strings are left out.
//!
//! Rules: cucumber/messages `getWorstTestStepResult`, cucumber-jvm `JsonFormatter`, cucumber-js `json_formatter`.

use super::gherkin::{Dialect, add_step, dialect, read_features};
use super::steps::{STATUSES, Steps};
use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::NOTHING_RAN;
use crate::formats::Format;
use crate::formats::native::time;
use crate::model::{Evidence, Kind, Suite, Unit};
use crate::source::{Doc, Node, Probe, Stop};

pub(super) static FORMAT: Format = Format {
    id: "cucumber-json",
    kinds: &[Kind::Smoke],
    tool: "Cucumber",
    title: "JSON report",
    produce: "cucumber-js --format json:cucumber.json",
    detect,
    read,
};

fn detect(probe: &Probe<'_>) -> bool {
    dialect(probe) == Some(Dialect::Cucumber)
}

#[derive(Default)]
struct Feature {
    uri: Option<String>,
    /// The steps of the background that stands before the next scenario.
    background: Steps,
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let result = read_features(doc, evidence, member, element, |_, _| {});
    match evidence.tally() {
        _ if result.is_err() => {}
        tally if tally.total() == 0 => doc.report(Diagnostic::new(&NOTHING_RAN, "there is no scenario")),
        tally if tally.executed() == 0 => doc.report(Diagnostic::new(&NOTHING_RAN, "every scenario was skipped")),
        _ => {}
    }
    result
}

fn member(key: &str, value: Node<'_>, feature: &mut Feature) {
    match key {
        "uri" => feature.uri = value.string(),
        // Reporters take the id for a text; one of another type shows that something else wrote the file.
        "id" => drop(value.str()),
        _ => {}
    }
}

fn element(node: Node<'_>, feature: &mut Feature, suite: &mut Suite, evidence: &mut Evidence) {
    let mut steps = Steps::default();
    let mut add = |step: Node<'_>| add_step(&mut steps, step, STATUSES, Unit::Nanos);
    let mut own = 0;
    node.get("before").items().for_each(&mut add);
    for step in node.get("steps").items() {
        step.get("before").items().for_each(&mut add);
        add(step);
        step.get("after").items().for_each(&mut add);
        own += u64::from(step.get("hidden").bool() != Some(true));
    }
    node.get("after").items().for_each(&mut add);
    steps.own = own;
    match node.get("type").str().as_deref() {
        Some("background") => {
            feature.background = steps;
            return;
        }
        // Cucumber-JVM before 2 lists the outline too, with steps that have no result, before what it stands for.
        Some("scenario_outline") if !node.get("steps").items().any(|step| step.get("result").is_some()) => return,
        _ => {}
    }
    steps.merge(std::mem::take(&mut feature.background));
    if node.get("start_timestamp").is_some() {
        evidence.add_time(time(node.get("start_timestamp")));
    }
    let mut case = steps.case(node.require("name").string().unwrap_or_default(), node.pointer());
    let tags: Vec<String> = node.get("tags").items().filter_map(|tag| tag.get("name").string()).collect();
    let extra = case.extra();
    extra.file.clone_from(&feature.uri);
    extra.line = node.get("line").u64();
    if !tags.is_empty() {
        extra.facts.push(("tags".to_owned(), tags.join(" ")));
    }
    suite.push(case);
}
