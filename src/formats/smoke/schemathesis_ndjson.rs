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
    let mut run = Run::new();
    let result = doc.records(|tree| {
        if let Some((name, event)) = tree.root().entries().next() {
            run.take(&name, event);
        }
        Ok(())
    });
    evidence.tool = Some(Tool::new("Schemathesis", run.version.take()));
    evidence.time = run.time();
    let (open, is_finished) = (std::mem::take(&mut run.open), run.is_finished);
    evidence.suites.push(run.joined());
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

/// What the events so far tell.
struct Run {
    suite: Suite,
    /// Errors, by phase and operation.
    errors: Vec<(String, TestCase)>,
    /// Scenarios that ended in an error, by phase and operation: what went wrong stands in another event, perhaps a later
    /// one.
    errored: Vec<(String, TestCase)>,
    /// Scenarios that have not ended, by their ids.
    open: BTreeMap<String, Pointer>,
    version: Option<String>,
    is_begun: bool,
    is_finished: bool,
    /// Its end, in seconds of the epoch.
    ended: Option<f64>,
}

impl Run {
    fn new() -> Run {
        let (errors, errored, open) = (Vec::new(), Vec::new(), BTreeMap::new());
        let suite = Suite::new("", Pointer::whole());
        Run { suite, errors, errored, open, version: None, is_begun: false, is_finished: false, ended: None }
    }

    fn take(&mut self, name: &str, event: Node<'_>) {
        match name {
            "Initialize" => {
                self.version = event.get("schemathesis_version").text();
                if self.is_begun && !self.is_finished {
                    let message = "another run begins before `EngineFinished`: the one before was cut off";
                    event.report(&INCOMPLETE, message);
                }
                (self.is_begun, self.is_finished) = (true, false);
            }
            "ScenarioStarted" => self.open.extend(event.get("id").text().map(|id| (id, event.pointer()))),
            "ScenarioFinished" => {
                if let Some(id) = event.get("id").text() {
                    self.open.remove(&id);
                }
                let case = scenario(event);
                if case.outcome == Outcome::Errored && self.errored.len() < MAX_ERRORS {
                    self.errored.push((key(event.get("phase"), &case.name), case));
                } else {
                    self.suite.push(case);
                }
            }
            "NonFatalError" => self.error(event),
            "FatalError" => {
                self.is_finished = true;
                event.report(&TOOL_FAILED, format!("schemathesis failed: {}", first_line(&error_text(event))));
            }
            "Interrupted" => event.report(&INCOMPLETE, "the run was interrupted"),
            "EngineFinished" => {
                self.is_finished = true;
                self.suite.elapsed = event.get("running_time").elapsed(Unit::Secs);
                self.ended = event.get("timestamp").f64();
                if let Some(reason) = event.get("stop_reason").text().filter(|reason| reason != "completed") {
                    event.get("stop_reason").report(&INCOMPLETE, format!("the run was stopped: `{reason}`"));
                }
            }
            _ => {}
        }
    }

    fn error(&mut self, event: Node<'_>) {
        let label = event.get("label").text().unwrap_or_default();
        let mut case = TestCase::new(&*label, Outcome::Errored, event.pointer());
        case.class = phase(event.get("phase"));
        explain(&mut case, &error_text(event));
        if self.errors.len() < MAX_ERRORS {
            self.errors.push((key(event.get("phase"), &label), case));
        } else {
            self.suite.push(case);
        }
    }

    fn time(&self) -> Option<jiff::Timestamp> {
        #[expect(clippy::cast_possible_truncation, reason = "fractions of a millisecond do not matter")]
        let millis = (self.ended? * 1e3) as i64;
        jiff::Timestamp::from_millisecond(millis).ok()
    }

    /// The suite, in which a scenario that ended in an error says which, and an error of no scenario is a test itself.
    fn joined(self) -> Suite {
        let Run { mut suite, errors, errored, .. } = self;
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
        suite
    }
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
