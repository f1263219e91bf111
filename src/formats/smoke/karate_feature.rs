//! Karate: the report of one feature, `<package>.<feature>.karate-json.txt` in the folder of its reports.
//!
//! ```json
//! {"relativePath": "smoke.feature", "name": "Smoke", "packageQualifiedName": "smoke", "passedCount": 1, "failedCount": 0, "durationMillis": 120.5,
//!  "scenarioResults": [{"name": "health", "failed": false, "durationMillis": 80.1, "stepResults": [
//!    {"step": {"line": 3, "prefix": "Given", "text": "url base"}, "result": {"status": "passed", "millis": 1.2, "nanos": 1200000}}]}]}
//! ```
//!
//! The feature is a suite and a scenario is a test; each row of examples is a scenario of its own.
//! A scenario failed where Karate says so (`failed`) or where one of its steps failed.
//! One without a step that ran is skipped.
//! One that was left early with `karate.abort()` passes, as in Karate; the report shows that it was aborted.
//! Features that were called from a step (`callResults`) are parts of that step and no tests.
//! The counts of the feature are compared with its scenarios. `durationMillis` is in milliseconds.
//!
//! A dry run passes every step in no time (`nanos` is 0): a scenario of nothing but such steps did not run, and is skipped.
//!
//! Rules: karate `FeatureResult.toKarateJson`, `ScenarioResult.toKarateJson`, `StepResult`.

use jiff::Timestamp;

use super::steps::split_message;
use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{CONTRADICTION, NOTHING_RAN, TOOL_FAILED};
use crate::formats::Format;
use crate::model::{Evidence, Kind, Outcome, Pointer, Suite, TestCase, Tool, Unit};
use crate::source::{Doc, Node, Probe, Stop};

pub(super) static FORMAT: Format = Format {
    id: "karate-feature",
    kinds: &[Kind::Smoke],
    tool: "Karate",
    title: "Report of one feature",
    produce: "mvn test  # writes target/karate-reports/*.karate-json.txt",
    detect,
    read,
};

fn detect(probe: &Probe<'_>) -> bool {
    let root = probe.document();
    root.is_some_and(|root| {
        root.get("scenarioResults").is_array()
            && ["packageQualifiedName", "relativePath", "prefixedPath", "passedCount", "callDepth"]
                .iter()
                .any(|key| root.get(key).exists())
            || root.has(&["packageQualifiedName", "relativePath", "passedCount", "failedCount"])
    })
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    evidence.tool = Some(Tool::new("Karate", None));
    let mut suite = Suite::new("", Pointer::whole());
    let mut path = None;
    let mut stated: Vec<(Outcome, u64, Diagnostic)> = Vec::new();
    let mut json = doc.json();
    let result = json.object(|json, key| {
        if key == "scenarioResults" {
            suite.pointer = Pointer::path(json.pointer());
            return json.array(|json, _| {
                let tree = json.tree()?;
                let (case, ended) = scenario(tree.root());
                suite.push(case);
                evidence.add_time(ended);
                Ok(())
            });
        }
        let tree = json.tree()?;
        let value = tree.root();
        let mut says = |outcome| {
            let place = value.diagnostic(&CONTRADICTION, "");
            stated.extend(value.u64().map(|count| (outcome, count, place)));
        };
        match key {
            "name" => suite.name = value.string().unwrap_or_default(),
            "relativePath" => path = value.string(),
            "durationMillis" => suite.elapsed = value.elapsed(Unit::Millis),
            "passedCount" => says(Outcome::Passed),
            "failedCount" => says(Outcome::Failed),
            _ => {}
        }
        Ok(())
    });
    let result = result.and_then(|()| json.end());
    if suite.name.trim().is_empty() {
        suite.name = path.unwrap_or_default();
    }
    let tally = *suite.tally();
    let scenarios = suite.pointer.clone();
    evidence.suites.push(suite);
    result?;
    for (outcome, says, mut diagnostic) in stated {
        // A scenario without steps that ran is passed to Karate and skipped here.
        let counted = if outcome == Outcome::Passed { tally.passed + tally.skipped } else { tally.of(outcome) };
        if says != counted {
            diagnostic.message = format!("the feature says {says} {outcome}, counted {counted}");
            if outcome == Outcome::Failed && says > counted {
                diagnostic.code = &TOOL_FAILED;
                diagnostic.message.push_str(": the others are not listed");
            }
            doc.report(diagnostic.against(scenarios.clone()));
        }
    }
    if tally.total() == 0 {
        doc.report(Diagnostic::new(&NOTHING_RAN, "no scenario ran"));
    }
    Ok(())
}

const STEPS: &[(&str, Outcome)] =
    &[("passed", Outcome::Passed), ("failed", Outcome::Failed), ("skipped", Outcome::Skipped)];

/// The scenario, and when it ended.
fn scenario(node: Node<'_>) -> (TestCase, Option<Timestamp>) {
    let (mut ran, mut broken, mut aborted, mut reason) = (0, None, false, None);
    // A dry run passes every step in no time (karatelabs/karate, `ScenarioRuntime.execute`).
    let mut in_no_time = 0;
    let mut line = node.get("line").u64();
    for step in node.get("stepResults").items() {
        let result = step.get("result");
        match result.get("status").word(STEPS) {
            Some(Outcome::Skipped) => {}
            Some(Outcome::Failed) => {
                ran += 1;
                broken = broken.or(Some(Outcome::Failed));
                reason = reason.or_else(|| result.get("errorMessage").filled());
                line = step.path(&["step", "line"]).u64().or(line);
            }
            Some(_) => {
                ran += 1;
                in_no_time += u64::from(result.get("nanos").u64() == Some(0));
            }
            None => broken = Some(Outcome::Errored),
        }
        aborted |= result.get("aborted").bool() == Some(true);
    }
    let outcome = match (node.require("failed").bool(), broken) {
        (_, Some(outcome)) => outcome,
        (Some(true), None) => Outcome::Failed,
        (None, None) => Outcome::Errored,
        (Some(false), None) if ran == in_no_time => Outcome::Skipped,
        (Some(false), None) => Outcome::Passed,
    };
    let name = node.get("name").filled().or_else(|| node.get("refId").text()).unwrap_or_default();
    let mut case = TestCase::new(name, outcome, node.pointer());
    case.elapsed = node.get("durationMillis").elapsed(Unit::Millis);
    match outcome {
        Outcome::Passed => {}
        Outcome::Skipped => case.message = Some("no step ran".to_owned()),
        _ => split_message(&mut case, &node.get("error").filled().or(reason).unwrap_or_default()),
    }
    let extra = case.extra();
    extra.line = line;
    if let Some(id) = node.get("refId").text() {
        extra.facts.push(("scenario".to_owned(), id));
    }
    let tags = node.get("tags").strings();
    if !tags.is_empty() {
        extra.facts.push(("tags".to_owned(), tags.join(" ")));
    }
    if aborted {
        extra.facts.push(("aborted".to_owned(), "left early with karate.abort()".to_owned()));
    }
    let ended = node.get("endTime").u64().and_then(|millis| i64::try_from(millis).ok());
    let ended = ended.filter(|millis| *millis > 0).and_then(|millis| Timestamp::from_millisecond(millis).ok());
    (case, ended)
}
