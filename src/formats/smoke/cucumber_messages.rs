//! Cucumber: the message stream (NDJSON) of Cucumber-JVM, cucumber-js, cucumber-ruby and others.
//!
//! ```json
//! {"meta":{"protocolVersion":"24.0.0","implementation":{"name":"cucumber-js","version":"10.0.0"}}}
//! {"testCaseStarted":{"id":"s1","testCaseId":"c1","attempt":0,"timestamp":{"seconds":1763632800,"nanos":0}}}
//! {"testStepFinished":{"testCaseStartedId":"s1","testStepId":"t1","testStepResult":{"status":"PASSED","duration":{"seconds":0,"nanos":7000}}}}
//! {"testCaseFinished":{"testCaseStartedId":"s1","willBeRetried":false,"timestamp":{"seconds":1763632801,"nanos":0}}}
//! ```
//!
//! A feature is a suite and a test case (a scenario, or one row of its examples) is a test.
//! A test case is what the worst of its steps is, as in the JSON report: failed, then ambiguous, undefined, unknown and pending (errored), then skipped.
//! Of several attempts the last counts; one that passed after another attempt is flaky.
//! A test case that was started and not finished is errored; one that was never started is skipped.
//! A stream without `testRunFinished`, a feature file that cannot be parsed, a hook around the run that failed,
//! and a run that failed although no test did are errors.
//! Several runs in one stream (`>>`) are read one by one, and each has to end for itself: a run begins with `meta`, or with a second `testRunStarted`.
//! Runs of two commits are a contradiction.
//! Attachments and sources are left out.
//!
//! Rules: cucumber/messages (JSON schema) and its `getWorstTestStepResult`.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::steps::{STATUSES, Status, Steps};
use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{CONTRADICTION, INCOMPLETE, NOTHING_RAN, TOOL_FAILED, UNREADABLE_PART};
use crate::formats::Format;
use crate::model::{Elapsed, Evidence, Kind, Outcome, Pointer, Suite, Tally, TestCase, Tool};
use crate::source::json::shorten;
use crate::source::{Diags, Doc, Node, Probe, Stop};

pub(super) static FORMAT: Format = Format {
    id: "cucumber-messages",
    kinds: &[Kind::Smoke],
    tool: "Cucumber",
    title: "Message stream, NDJSON",
    produce: "cucumber-js --format message:cucumber.ndjson",
    detect,
    read,
};

fn detect(probe: &Probe<'_>) -> bool {
    probe.records().any(|record| {
        record.path(&["meta", "protocolVersion"]).is_string()
            || record.get("gherkinDocument").has(&["uri", "comments"])
            || record.path(&["gherkinDocument", "feature", "keyword"]).is_string()
            || record.get("testCaseStarted").has(&["id", "testCaseId"])
            || record.get("pickle").has(&["id", "uri", "steps"])
            || record.get("source").has(&["uri", "data", "mediaType"])
    })
}

/// A scenario as it will be run.
#[derive(Default)]
struct Pickle {
    name: String,
    uri: String,
    line: Option<u64>,
    tags: Vec<String>,
    steps: BTreeMap<String, String>,
}

/// A test case: a pickle with its hooks.
struct Case {
    pickle: String,
    pointer: Pointer,
    /// The text of each step; `None` for a hook.
    steps: BTreeMap<String, Option<String>>,
    last: Option<TestCase>,
}

/// An attempt that is not finished.
struct Attempt {
    case: usize,
    number: u64,
    pointer: Pointer,
    steps: Steps,
}

#[derive(Default)]
struct Run {
    /// Name and place of each feature, by its file.
    features: BTreeMap<String, (String, Pointer)>,
    lines: BTreeMap<String, u64>,
    pickles: BTreeMap<String, Pickle>,
    cases: Vec<Case>,
    index: BTreeMap<String, usize>,
    running: BTreeMap<String, Attempt>,
    started: bool,
    finished: bool,
    success: Option<(bool, Pointer)>,
    /// Whether anything was said of it.
    begun: bool,
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let diags = doc.diags().clone();
    let mut run = Run::default();
    let result = doc.records(|tree| {
        for (key, message) in tree.root().members() {
            if run.is_followed_by(&key) {
                if !run.finished {
                    message
                        .report(&INCOMPLETE, "another run begins before `testRunFinished`: the one before was stopped");
                }
                std::mem::take(&mut run).finish(evidence, &diags);
            }
            run.message(&key, message, evidence);
        }
        Ok(())
    });
    if !run.finished {
        doc.report(Diagnostic::new(&INCOMPLETE, "there is no `testRunFinished`: the run was stopped"));
    }
    run.finish(evidence, &diags);
    let tally = evidence.tally();
    if tally.total() == 0 {
        doc.report(Diagnostic::new(&NOTHING_RAN, "no test case is in the stream"));
    } else if tally.executed() == 0 {
        doc.report(Diagnostic::new(&NOTHING_RAN, "every test case was skipped"));
    }
    result
}

impl Run {
    /// Whether such a message begins another run.
    fn is_followed_by(&self, key: &str) -> bool {
        match key {
            "meta" => self.begun,
            "testRunStarted" => self.started,
            _ => false,
        }
    }

    fn message(&mut self, key: &str, message: Node<'_>, evidence: &mut Evidence) {
        self.begun = true;
        match key {
            "meta" => meta(message, evidence),
            "testRunStarted" => self.started = true,
            "gherkinDocument" => self.feature(message),
            "pickle" => self.pickle(message),
            "testCase" => self.test_case(message),
            "testCaseStarted" => self.started(message),
            "testStepFinished" => self.step(message),
            "testCaseFinished" => self.ended(message),
            "testRunHookFinished" => {
                let result = message.get("result");
                let status = result.require("status").word_any_case(STATUSES).unwrap_or(Status::Unknown);
                if status > Status::Skipped {
                    let reason = result.get("message").string().unwrap_or_default();
                    let reason = reason.lines().next().map(|line| format!(": {}", shorten(line))).unwrap_or_default();
                    message.report(&TOOL_FAILED, format!("a hook around the run failed{reason}"));
                }
            }
            "parseError" => {
                let uri = message.path(&["source", "uri"]).string().unwrap_or_default();
                message.report(&TOOL_FAILED, format!("the feature file `{}` cannot be parsed", shorten(&uri)));
            }
            "testRunFinished" => {
                self.finished = true;
                self.success = message.get("success").bool().map(|success| (success, message.pointer()));
                evidence.add_time(timestamp(message.get("timestamp")));
            }
            _ => {}
        }
    }

    fn feature(&mut self, document: Node<'_>) {
        let Some(uri) = document.get("uri").string() else { return };
        let feature = document.get("feature");
        let name = feature.get("name").filled().unwrap_or_else(|| uri.clone());
        self.features.insert(uri, (name, document.pointer()));
        for child in feature.get("children").items() {
            let of_rule = child.path(&["rule", "children"]).items();
            for scenario in std::iter::once(child).chain(of_rule).map(|child| child.get("scenario")) {
                let line = scenario.path(&["location", "line"]).u64();
                if let (Some(id), Some(line)) = (scenario.get("id").text(), line) {
                    self.lines.insert(id, line);
                }
            }
        }
    }

    fn pickle(&mut self, node: Node<'_>) {
        let line = node.path(&["location", "line"]).u64();
        let scenario = || node.get("astNodeIds").at(0).text();
        let pickle = Pickle {
            name: node.require("name").string().unwrap_or_default(),
            uri: node.get("uri").string().unwrap_or_default(),
            line: line.or_else(|| self.lines.get(&scenario()?).copied()),
            tags: node.get("tags").items().filter_map(|tag| tag.get("name").string()).collect(),
            steps: node
                .get("steps")
                .items()
                .filter_map(|step| Some((step.get("id").text()?, step.get("text").string()?)))
                .collect(),
        };
        if let Some(id) = node.require("id").text() {
            self.pickles.insert(id, pickle);
        }
    }

    fn test_case(&mut self, node: Node<'_>) {
        let pickle = node.require("pickleId").text().unwrap_or_default();
        let texts = self.pickles.get(&pickle).map(|pickle| &pickle.steps);
        let text = |step: Node<'_>| {
            let id = step.get("pickleStepId").text()?;
            Some(texts.and_then(|texts| texts.get(&id)).cloned().unwrap_or_default())
        };
        let steps = node.get("testSteps").items();
        let steps = steps.filter_map(|step| Some((step.require("id").text()?, text(step)))).collect();
        let case = Case { pickle, pointer: node.pointer(), steps, last: None };
        if let Some(id) = node.require("id").text() {
            self.index.insert(id, self.cases.len());
            self.cases.push(case);
        }
    }

    fn started(&mut self, node: Node<'_>) {
        let case = node.require("testCaseId").text().unwrap_or_default();
        let case = *self.index.entry(case).or_insert_with(|| {
            node.report(&UNREADABLE_PART, "the test case that was started is not in the stream");
            let pointer = node.pointer();
            self.cases.push(Case { pickle: String::new(), pointer, steps: BTreeMap::new(), last: None });
            self.cases.len() - 1
        });
        let number = node.get("attempt").u64().unwrap_or(0);
        if let Some(id) = node.require("id").text() {
            self.running.insert(id, Attempt { case, number, pointer: node.pointer(), steps: Steps::default() });
        }
    }

    fn step(&mut self, node: Node<'_>) {
        let id = node.require("testCaseStartedId").text().unwrap_or_default();
        let Some(attempt) = self.running.get_mut(&id) else {
            node.report(&UNREADABLE_PART, "the step belongs to no test case that runs");
            return;
        };
        let step = node.get("testStepId").text().unwrap_or_default();
        let text = self.cases[attempt.case].steps.get(&step).cloned();
        attempt.steps.own += u64::from(!matches!(text, Some(None)));
        let result = node.require("testStepResult");
        let status = result.get("status").word_any_case(STATUSES).unwrap_or(Status::Unknown);
        let elapsed = elapsed(result.get("duration"));
        let text = text.flatten().unwrap_or_else(|| "hook".to_owned());
        attempt.steps.add(status, &text, result.get("message").string(), elapsed);
    }

    fn ended(&mut self, node: Node<'_>) {
        let id = node.require("testCaseStartedId").text().unwrap_or_default();
        let Some(attempt) = self.running.remove(&id) else {
            node.report(&UNREADABLE_PART, "the test case that finished does not run");
            return;
        };
        self.result(attempt, None);
    }

    /// Notes what came of an attempt, unless a later one is known already.
    fn result(&mut self, attempt: Attempt, unfinished: Option<&str>) {
        let case = &mut self.cases[attempt.case];
        let attempts = attempt.number + 1;
        let known = case.last.as_ref().and_then(|last| last.extra.as_ref()?.attempts);
        if known.is_some_and(|known| known > attempts) {
            return;
        }
        let nothing = Pickle::default();
        let pickle = self.pickles.get(&case.pickle).unwrap_or(&nothing);
        let mut test = attempt.steps.case(pickle.name.clone(), attempt.pointer);
        if let Some(why) = unfinished {
            test.outcome = Outcome::Errored;
            test.message = Some(why.to_owned());
        }
        test.flaky = attempt.number > 0 && test.outcome == Outcome::Passed;
        let extra = test.extra();
        extra.attempts = Some(attempts);
        extra.file = Some(pickle.uri.clone()).filter(|uri| !uri.is_empty());
        extra.line = pickle.line;
        if !pickle.tags.is_empty() {
            extra.facts.push(("tags".to_owned(), pickle.tags.join(" ")));
        }
        case.last = Some(test);
    }

    fn finish(mut self, evidence: &mut Evidence, diags: &Diags) {
        for (_, attempt) in std::mem::take(&mut self.running) {
            self.result(attempt, Some("was started and did not finish"));
        }
        let mut suites: Vec<Suite> = Vec::new();
        let mut known: BTreeMap<String, usize> = BTreeMap::new();
        for case in self.cases {
            let pickle = self.pickles.get(&case.pickle);
            let uri = pickle.map(|pickle| pickle.uri.clone()).unwrap_or_default();
            let at = *known.entry(uri).or_insert_with_key(|uri| {
                let (name, pointer) =
                    self.features.get(uri).cloned().unwrap_or_else(|| (uri.clone(), Pointer::whole()));
                suites.push(Suite::new(name, pointer));
                suites.len() - 1
            });
            suites[at].push(case.last.unwrap_or_else(|| {
                let name = pickle.map(|pickle| pickle.name.clone()).unwrap_or_default();
                let mut test = TestCase::new(name, Outcome::Skipped, case.pointer);
                test.message = Some("was not started".to_owned());
                test
            }));
        }
        let mut tally = Tally::default();
        suites.iter().for_each(|suite| tally.merge(suite.tally()));
        match self.success {
            Some((false, at)) if tally.failed + tally.errored == 0 => {
                diags.push(Diagnostic::new(&TOOL_FAILED, "the run failed though none of its tests did").at(at));
            }
            Some((true, at)) if tally.failed > 0 => {
                let message = format!("the run says that it succeeded, counted {} failed", tally.failed);
                let first = suites.iter().flat_map(Suite::cases).find(|case| case.outcome == Outcome::Failed);
                let other = first.map(|case| case.pointer.clone()).unwrap_or_default();
                diags.push(Diagnostic::new(&CONTRADICTION, message).at(at).against(other));
            }
            _ => {}
        }
        evidence.suites.extend(suites);
    }
}

/// What a run says of its tool and its commit.
fn meta(message: Node<'_>, evidence: &mut Evidence) {
    let tool = message.get("implementation");
    let tool = tool.get("name").string().map(|name| Tool::new(name, tool.get("version").text()));
    evidence.tool = tool.or(evidence.tool.take());
    let revision = message.path(&["ci", "git", "revision"]);
    let Some(commit) = revision.filled() else { return };
    match &evidence.subject.commit {
        Some(before) if *before != commit => {
            let message = format!("this run is of commit {}, one before it of {}", shorten(&commit), shorten(before));
            revision.report(&CONTRADICTION, message);
            // What is of two commits proves nothing of either.
            evidence.subject.commit = None;
        }
        _ => evidence.subject.commit = Some(commit),
    }
}

fn elapsed(node: Node<'_>) -> Option<Elapsed> {
    let seconds = node.get("seconds").u64_or_string()?;
    let nanos = node.get("nanos").u64_or_string().unwrap_or(0);
    seconds.checked_mul(1_000_000_000)?.checked_add(nanos).map(Elapsed::from_nanos)
}

fn timestamp(node: Node<'_>) -> Option<Timestamp> {
    let seconds = i64::try_from(node.get("seconds").u64_or_string()?).ok()?;
    let nanos = i32::try_from(node.get("nanos").u64_or_string().unwrap_or(0)).ok()?;
    Timestamp::new(seconds, nanos).ok()
}
