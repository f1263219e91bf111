//! Schemathesis 4: the event stream of `--report ndjson`.
//!
//! ```json
//! {"Initialize":{"command":"st run http://127.0.0.1/openapi.json","schemathesis_version":"4.32.5"}}
//! {"ScenarioFinished":{"phase":"fuzzing","status":"success","elapsed_time":0.064,"recorder":{"label":"GET /health"}}}
//! {"EngineFinished":{"running_time":5.9,"stop_reason":"completed"}}
//! ```
//!
//! One test is one `ScenarioFinished`: an operation of the API in one phase (examples, coverage, fuzzing, stateful).
//! `success` passed, `failure` failed, `error` and `interrupted` errored, `skip` was skipped (a schema without examples).
//! The checks that failed are the reason; there may be many in one scenario, which is still one test.
//! A `NonFatalError` whose operation has no scenario that errored is a test of its own that errored.
//!
//! `FatalError` is an error of the tool.
//! `Interrupted`, a `stop_reason` other than `completed` (`failure_limit`), a scenario that started and did not finish, and a stream without `EngineFinished` make the evidence incomplete.
//! Several runs in one file (`>>`) each begin with `Initialize` and have to end.
//!
//! Times are seconds.
//! Generated cases, requests and responses are left out: they carry tokens and attack strings.
//! Events by `src/schemathesis/engine/events.py` and `engine/__init__.py` in schemathesis/schemathesis.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{INCOMPLETE, TOOL_FAILED};
use crate::formats::Format;
use crate::formats::smoke::recount::{detail, explain, first_line, nothing_ran};
use crate::model::{Evidence, Kind, Outcome, Pointer, Suite, TestCase, Tool, Unit};
use crate::source::{Doc, Node, Probe, Stop};

pub(super) static FORMAT: Format = Format {
    id: "schemathesis-ndjson",
    kinds: &[Kind::Smoke],
    tool: "Schemathesis",
    title: "Event stream (NDJSON)",
    produce: "st run https://staging.example.com/openapi.json --report ndjson",
    detect,
    read,
};

const STATUSES: &[(&str, Outcome)] = &[
    ("success", Outcome::Passed),
    ("failure", Outcome::Failed),
    ("error", Outcome::Errored),
    ("interrupted", Outcome::Errored),
    ("skip", Outcome::Skipped),
];
/// Errors that are held until the end, where they are put together.
const MAX_ERRORS: usize = 1_000;
/// Reasons that are listed for one scenario.
const MAX_REASONS: usize = 5;

fn detect(probe: &Probe<'_>) -> bool {
    probe.records().any(|record| {
        record.get("Initialize").has(&["schemathesis_version"])
            || record.get("ScenarioStarted").has(&["suite_id", "phase"])
            || record.get("ScenarioFinished").has(&["suite_id", "status"])
    })
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let diags = doc.diags().clone();
    let mut suite = Suite::new("", Pointer::whole());
    let mut errors: Vec<(String, TestCase)> = Vec::new();
    let mut errored: Vec<(String, TestCase)> = Vec::new();
    let mut open: BTreeMap<String, Pointer> = BTreeMap::new();
    let (mut version, mut is_begun, mut is_finished, mut time) = (None, false, false, None);
    let result = doc.records(|tree| {
        let root = tree.root();
        let Some((name, event)) = root.entries().next() else { return Ok(()) };
        match &*name {
            "Initialize" => {
                version = event.get("schemathesis_version").text();
                if is_begun && !is_finished {
                    let message = "another run begins before `EngineFinished`: the one before was cut off";
                    event.report(&INCOMPLETE, message);
                }
                (is_begun, is_finished) = (true, false);
            }
            "ScenarioStarted" => {
                if let Some(id) = event.get("id").text() {
                    open.insert(id, event.pointer());
                }
            }
            "ScenarioFinished" => {
                if let Some(id) = event.get("id").text() {
                    open.remove(&id);
                }
                let case = scenario(event);
                // What went wrong stands in another event, perhaps after this one.
                if case.outcome == Outcome::Errored && errored.len() < MAX_ERRORS {
                    errored.push((key(event.get("phase"), &case.name), case));
                } else {
                    suite.push(case);
                }
            }
            "NonFatalError" => {
                let label = event.get("label").text().unwrap_or_default();
                let mut case = TestCase::new(&*label, Outcome::Errored, event.pointer());
                case.class = phase(event.get("phase"));
                explain(&mut case, &error_text(event));
                if errors.len() < MAX_ERRORS {
                    errors.push((key(event.get("phase"), &label), case));
                } else {
                    suite.push(case);
                }
            }
            "FatalError" => {
                is_finished = true;
                event.report(&TOOL_FAILED, format!("schemathesis failed: {}", first_line(&error_text(event))));
            }
            "Interrupted" => event.report(&INCOMPLETE, "the run was interrupted"),
            "EngineFinished" => {
                is_finished = true;
                suite.elapsed = event.get("running_time").elapsed(Unit::Secs);
                time = event.get("timestamp").f64();
                if let Some(reason) = event.get("stop_reason").text().filter(|reason| reason != "completed") {
                    event.get("stop_reason").report(&INCOMPLETE, format!("the run was stopped: `{reason}`"));
                }
            }
            _ => {}
        }
        Ok(())
    });
    let told: BTreeSet<String> = errored.iter().map(|(key, _)| key.clone()).collect();
    for (key, mut case) in errored {
        let error = errors.iter().find(|(other, _)| *other == key && case.message.is_none());
        if let Some((_, error)) = error {
            case.message.clone_from(&error.message);
        }
        suite.push(case);
    }
    for (_, case) in errors.into_iter().filter(|(key, _)| !told.contains(key)) {
        suite.push(case);
    }
    evidence.tool = Some(Tool::new("Schemathesis", version));
    #[expect(clippy::cast_possible_truncation, reason = "fractions of a millisecond do not matter")]
    let millis = time.map(|secs: f64| (secs * 1e3) as i64);
    evidence.time = millis.and_then(|millis| jiff::Timestamp::from_millisecond(millis).ok());
    evidence.suites.push(suite);
    result?;
    if let Some(first) = open.values().min() {
        let message = format!("scenarios that started and did not finish: {}", open.len());
        diags.push(Diagnostic::new(&INCOMPLETE, message).at(first.clone()));
    }
    if !is_finished {
        diags.push(Diagnostic::new(&INCOMPLETE, "the event `EngineFinished` is missing: the run was cut off"));
    }
    nothing_ran(&diags, evidence);
    Ok(())
}

/// The name of a phase, which some events write as an object.
fn phase(node: Node<'_>) -> Option<String> {
    if node.is_object() { node.get("name").text() } else { node.text() }
}

fn key(node: Node<'_>, label: &str) -> String {
    format!("{} {label}", phase(node).unwrap_or_default())
}

fn scenario(event: Node<'_>) -> TestCase {
    let recorder = event.get("recorder");
    let label = recorder.get("label").text().or_else(|| event.get("label").text()).unwrap_or_default();
    let outcome = event.require("status").word(STATUSES).unwrap_or(Outcome::Errored);
    let mut case = TestCase::new(label, outcome, event.pointer());
    case.class = phase(event.get("phase"));
    case.elapsed = event.get("elapsed_time").elapsed(Unit::Secs);
    match outcome {
        Outcome::Skipped => case.message = event.get("skip_reason").filled(),
        Outcome::Passed => {}
        _ => reasons(&mut case, recorder.get("checks")),
    }
    case
}

/// The checks that failed, each title once.
fn reasons(case: &mut TestCase, checks: Node<'_>) {
    let mut seen = BTreeSet::new();
    let mut titles = Vec::new();
    let mut texts = Vec::new();
    for check in checks.entries().flat_map(|(_, list)| list.items()) {
        if check.get("status").str().as_deref() == Some("success") {
            continue;
        }
        let failure = check.path(&["failure_info", "failure"]);
        let title = failure.get("title").filled().or_else(|| check.get("name").text()).unwrap_or_default();
        if !seen.insert(title.clone()) {
            continue;
        }
        let message = failure.get("message").filled();
        texts.push(message.map_or(title.clone(), |message| format!("{title}: {message}")));
        titles.push(title);
    }
    if titles.is_empty() {
        return;
    }
    let more = titles.len().saturating_sub(MAX_REASONS);
    titles.truncate(MAX_REASONS);
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    case.message = Some(format!("{}{rest}", titles.join(", ")));
    detail(case, &texts.join("\n"));
}

/// The text of an error, which has been written in several shapes.
fn error_text(event: Node<'_>) -> String {
    let candidates = [event.get("info"), event.get("value"), event.get("exception"), event.get("error"), event];
    candidates
        .into_iter()
        .find_map(|node| {
            if node.is_string() {
                return node.filled();
            }
            ["message", "title", "type"].iter().find_map(|key| {
                let part = node.get(key);
                if part.is_string() { part.filled() } else { None }
            })
        })
        .unwrap_or_else(|| "no reason given".to_owned())
}
