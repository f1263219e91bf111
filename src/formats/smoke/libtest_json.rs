//! Rust: the JSON lines of libtest (`cargo test`) and of `cargo nextest --message-format libtest-json`.
//!
//! ```json
//! {"type": "suite", "event": "started", "test_count": 2}
//! {"type": "test", "event": "started", "name": "tests::health"}
//! {"type": "test", "name": "tests::health", "event": "ok", "exec_time": 0.0006}
//! {"type": "suite", "event": "ok", "passed": 1, "failed": 0, "ignored": 1, "measured": 0, "filtered_out": 0, "exec_time": 0.1}
//! ```
//!
//! `cargo test` writes one suite after the other (library, binaries, documentation); each is a suite.
//! `exec_time` is in seconds.
//! `ok` is passed, `failed` failed, `ignored` skipped, `allowed_failure` warned, and a benchmark is an observation.
//! `timeout` only says that a test is slow; its result follows.
//! A test that was started and has no result is errored, and a suite without its end is incomplete.
//! The counts at the end of a suite are compared with its tests; tests that never started (`test_count`) make it incomplete.
//! nextest repeats a test as `name#2`: the last attempt counts, and one that passed then is flaky.
//! Lines that are no JSON (what tests print with `--nocapture`) are passed over with a note; `Running …` names the suite after it.
//! `cargo test` stops after the first suite that fails, so run it with `--no-fail-fast`: the suites behind it do not appear in the file.
//!
//! Rules: rust-lang/rust `library/test/src/formatters/json.rs`, nextest `reporter/structured/libtest.rs`.

use std::collections::BTreeMap;

use super::steps::split_message;
use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{CONTRADICTION, INCOMPLETE, NOTHING_RAN, REPAIRED, TOOL_FAILED};
use crate::formats::Format;
use crate::model::{Evidence, Kind, Outcome, Pointer, Suite, TestCase, Tool, Unit};
use crate::source::{Doc, Line, Node, Probe, Stop};

pub(super) static FORMAT: Format = Format {
    id: "libtest-json",
    kinds: &[Kind::Smoke],
    tool: "libtest",
    title: "JSON lines of cargo test and nextest",
    produce: "cargo +nightly test --no-fail-fast -- -Z unstable-options --format json --report-time > libtest.ndjson",
    detect,
    read,
};

#[derive(Clone, Copy)]
enum Event {
    Started,
    Slow,
    End(Outcome),
}

const EVENTS: &[(&str, Event)] = &[
    ("started", Event::Started),
    ("ok", Event::End(Outcome::Passed)),
    ("failed", Event::End(Outcome::Failed)),
    ("ignored", Event::End(Outcome::Skipped)),
    ("allowed_failure", Event::End(Outcome::Warned)),
    ("timeout", Event::Slow),
];

fn detect(probe: &Probe<'_>) -> bool {
    probe.records().any(|record| {
        let event = record.get("event").str();
        let known = event.is_some_and(|event| EVENTS.iter().any(|(word, _)| *word == event));
        match record.get("type").str().as_deref() {
            Some("suite") => known && (record.get("test_count").is_number() || record.has(&["passed", "filtered_out"])),
            Some("test") => known && record.get("name").is_string(),
            Some("bench") => record.has(&["name", "median", "deviation"]),
            _ => false,
        }
    })
}

#[derive(Default)]
struct Run {
    suites: Vec<Suite>,
    current: Option<Suite>,
    /// Tests that were started and have no result yet.
    running: BTreeMap<String, Pointer>,
    /// Failed tests of nextest, which may be tried again.
    retriable: BTreeMap<String, TestCase>,
    expected: Option<u64>,
    next_name: Option<String>,
    other_lines: u64,
    first_other: Option<Pointer>,
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    evidence.tool = Some(Tool::new("libtest", None));
    let mut run = Run::default();
    let mut lines = doc.lines();
    let result = loop {
        match lines.next() {
            Ok(Some(line)) if line.is_blank() => {}
            Ok(Some(line)) => run.line(&line, doc),
            Ok(None) => break Ok(()),
            Err(stop) => break Err(stop),
        }
    };
    run.abandon(doc);
    evidence.suites = run.suites;
    if let Some(pointer) = run.first_other {
        let message = format!("other text stands between the events, number of lines: {}", run.other_lines);
        doc.report(Diagnostic::new(&REPAIRED, message).at(pointer));
    }
    match evidence.tally() {
        tally if tally.total() == 0 => doc.report(Diagnostic::new(&NOTHING_RAN, "no test has a result")),
        tally if tally.executed() == 0 => doc.report(Diagnostic::new(&NOTHING_RAN, "every test was ignored")),
        _ => {}
    }
    result
}

impl Run {
    fn line(&mut self, line: &Line<'_>, doc: &Doc<'_>) {
        if line.bytes.first() == Some(&b'{') {
            match line.json() {
                Ok(tree) if tree.root().get("type").is_string() => return self.record(tree.root(), doc),
                Ok(_) => {}
                Err(stop) => return doc.report(*stop.0),
            }
        }
        let text = line.text();
        let text = text.trim();
        if text.starts_with("Running ") || text.starts_with("Doc-tests ") {
            self.next_name = Some(text.trim_start_matches("Running ").to_owned());
        } else {
            self.other_lines += 1;
            self.first_other.get_or_insert_with(|| line.pointer());
        }
    }

    fn record(&mut self, record: Node<'_>, doc: &Doc<'_>) {
        match record.get("type").str().as_deref() {
            Some("suite") => match record.require("event").word(EVENTS) {
                Some(Event::Started) => {
                    self.abandon(doc);
                    self.current = Some(Suite::new(self.next_name.take().unwrap_or_default(), record.pointer()));
                    self.expected = record.get("test_count").u64();
                }
                Some(Event::End(outcome)) => self.suite_end(record, outcome, doc),
                Some(Event::Slow) | None => {}
            },
            Some("test") => self.test(record),
            Some("bench") => {
                let case = TestCase::new(name(record), Outcome::Info, record.pointer());
                self.running.remove(&case.name);
                self.push(case);
            }
            // `report` tells times of the compilation; other types are not about tests.
            _ => {}
        }
    }

    fn push(&mut self, case: TestCase) {
        let pointer = || case.pointer.clone();
        self.current.get_or_insert_with(|| Suite::new("", pointer())).push(case);
    }

    fn test(&mut self, record: Node<'_>) {
        let name = name(record);
        let outcome = match record.require("event").word(EVENTS) {
            Some(Event::Started) => {
                self.running.insert(name, record.pointer());
                return;
            }
            Some(Event::Slow) => return,
            Some(Event::End(outcome)) => outcome,
            None => Outcome::Errored,
        };
        self.running.remove(&name);
        let (base, attempt) = attempt(&name);
        let mut case = TestCase::new(base, outcome, record.pointer());
        case.elapsed = record.get("exec_time").elapsed(Unit::Secs);
        if outcome != Outcome::Passed {
            let message = record.get("message").string().or_else(|| record.get("reason").string()).unwrap_or_default();
            let output = record.get("stdout").string().unwrap_or_default();
            split_message(&mut case, if output.trim().is_empty() { &message } else { &output });
            if !message.is_empty() {
                case.message = Some(message);
            }
        }
        let earlier = self.retriable.remove(base);
        if let Some(attempt) = attempt {
            case.flaky = outcome == Outcome::Passed;
            case.extra().attempts = Some(attempt);
        } else if let Some(earlier) = earlier {
            self.push(earlier);
        }
        // Only nextest writes names with the binary before a dollar sign.
        if outcome == Outcome::Failed && base.contains('$') {
            self.retriable.insert(base.to_owned(), case);
        } else {
            self.push(case);
        }
    }

    fn suite_end(&mut self, record: Node<'_>, outcome: Outcome, doc: &Doc<'_>) {
        let mut suite = self.close().unwrap_or_else(|| Suite::new("", record.pointer()));
        suite.elapsed = record.get("exec_time").elapsed(Unit::Secs);
        let tally = *suite.tally();
        let count = |key: &str| record.get(key).u64();
        for (key, counted) in [("passed", tally.passed), ("failed", tally.failed), ("ignored", tally.skipped)] {
            if let Some(says) = count(key).filter(|says| *says != counted) {
                let message = format!("the suite says {says} {key}, counted {counted}");
                doc.report(record.get(key).diagnostic(&CONTRADICTION, message).against(suite.pointer.clone()));
            }
        }
        let expected = self.expected.take();
        if let Some(expected) = expected.filter(|expected| *expected > tally.total()) {
            let message = format!("{} of {expected} tests have a result", tally.total());
            doc.report(record.diagnostic(&INCOMPLETE, message));
        }
        if outcome == Outcome::Failed && tally.failed + tally.errored == 0 {
            doc.report(record.diagnostic(&TOOL_FAILED, "the suite failed though none of its tests did"));
        }
        self.suites.push(suite);
    }

    /// Ends a suite whose end is missing.
    fn abandon(&mut self, doc: &Doc<'_>) {
        if let Some(suite) = self.close() {
            let message = "the suite has no end: the run was stopped";
            doc.report(Diagnostic::new(&INCOMPLETE, message).at(suite.pointer.clone()));
            self.suites.push(suite);
        }
    }

    /// Ends the suite at hand.
    fn close(&mut self) -> Option<Suite> {
        for (name, pointer) in std::mem::take(&mut self.running) {
            let (base, attempts) = attempt(&name);
            self.retriable.remove(base);
            let mut case = TestCase::new(base, Outcome::Errored, pointer);
            case.message = Some("was started and has no result".to_owned());
            if attempts.is_some() {
                case.extra().attempts = attempts;
            }
            self.push(case);
        }
        for (_, case) in std::mem::take(&mut self.retriable) {
            self.push(case);
        }
        self.current.take()
    }
}

fn name(record: Node<'_>) -> String {
    record.require("name").string().unwrap_or_default()
}

/// The name without nextest's number of the attempt, and that number.
fn attempt(name: &str) -> (&str, Option<u64>) {
    match name.rsplit_once('#') {
        Some((base, number)) if base.contains('$') => match number.parse() {
            Ok(number) if number > 1 => (base, Some(number)),
            _ => (name, None),
        },
        _ => (name, None),
    }
}
