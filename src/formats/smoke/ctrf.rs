//! CTRF, the Common Test Report Format, which reporters for many test tools write.
//!
//! ```json
//! {"reportFormat": "CTRF", "specVersion": "1.0.0", "results": {"tool": {"name": "jest"},
//!  "summary": {"tests": 1, "passed": 1, "failed": 0, "pending": 0, "skipped": 0, "other": 0, "start": 0, "stop": 0},
//!  "tests": [{"name": "should pass", "status": "passed", "duration": 100}]}}
//! ```
//!
//! The tests themselves are counted; where `summary` says something else, that is reported as a contradiction.
//! A test that is `passed` with a `rawStatus` of `failed` (expected to fail, in Playwright) failed where the summary counts
//! it as such: of two that disagree the worse counts.
//! Errors outside of the tests (`extra.errors` of the reporter for Playwright) are errors.
//! `skipped` and `pending` tests did not run, so both are skipped.
//! `other` is whatever the reporter could not map: with a `rawStatus` that says that the test did not run (`todo`, `disabled`) it is skipped, with one that says that it was stopped (`interrupted`, `timedOut`) it errored, otherwise it is a warning, never a pass.
//! A test with `flaky: true`, or one that passed with `retries` above 0, passed on a later attempt and is flaky.
//! One that was repeated although each of its `retryAttempts` passed is marked to fail (Playwright), and failed.
//! Older reporters leave out `reportFormat` and `specVersion`.
//! A test file that could not be loaded is absent from the reports of some tools (Jest): CTRF cannot tell of it.
//!
//! Times are milliseconds, points in time milliseconds since 1970 (0 where the converter did not know).
//! Steps, attachments, screenshots, parameters and free `extra` objects are left out.
//! The statuses are those of `schema/ctrf.schema.json` in ctrf-io/ctrf.

use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{MISSING_FIELD, TOOL_FAILED};
use crate::formats::Format;
use crate::formats::smoke::recount::{
    between, declared, declared_outcomes, detail, epoch_millis, explain, first_line, nothing_ran,
};
use crate::model::{Evidence, Kind, Outcome, Pointer, Suite, TestCase, Tool, Unit};
use crate::source::json::shorten;
use crate::source::{Alike, Doc, Json, JsonKind, Node, Probe, Stop, Tree};

pub(super) static FORMAT: Format = Format {
    id: "ctrf",
    kinds: &[Kind::Smoke],
    tool: "CTRF reporters",
    title: "Common Test Report Format",
    produce: "npx playwright test --reporter=playwright-ctrf-json-reporter",
    detect,
    read,
};

/// The statuses, in the order in which they are counted.
const STATUSES: &[(&str, usize)] =
    &[("passed", PASSED), ("failed", FAILED), ("skipped", 2), ("pending", 3), ("other", 4)];

fn detect(probe: &Probe<'_>) -> bool {
    probe.document().is_some_and(|root| {
        let results = root.get("results");
        let shape = results.get("tool").get("name").is_string() && results.get("tests").is_array();
        results.is_object() && (shape || root.get("reportFormat").str().as_deref() == Some("CTRF"))
    })
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let diags = doc.diags().clone();
    let mut report = Report {
        suite: Suite::new("", Pointer::path("/results/tests")),
        counts: [0; STATUSES.len()],
        doubtful: Vec::new(),
        summary: None,
        written: None,
    };
    let mut json = doc.json();
    let result = json.object(|json, key| match key {
        "timestamp" => {
            report.written = json.record()?.time();
            Ok(())
        }
        "results" => json.object(|json, key| report.member(json, key, evidence)),
        _ => json.skip(),
    });
    let Report { mut suite, mut counts, doubtful, summary, written } = report;
    let summary = summary.as_ref().map(Tree::root);
    settle(doubtful, summary, &mut counts, &mut suite);
    evidence.time = written;
    if let Some(summary) = summary {
        let (start, stop) = (epoch_millis(summary.get("start")), epoch_millis(summary.get("stop")));
        evidence.time = stop.or(written);
        let elapsed = summary.get("duration").elapsed(Unit::Millis).filter(|elapsed| elapsed.nanos() > 0);
        suite.elapsed = elapsed.or_else(|| between(start, stop));
    }
    let (pointer, total) = (suite.pointer.clone(), suite.tally().total());
    evidence.suites.push(suite);
    result?;
    json.end()?;
    match summary {
        Some(summary) => {
            declared(summary.get("tests"), "tests", total, &pointer);
            declared_outcomes(summary, STATUSES, &["failed"], &counts, &pointer);
        }
        None => {
            let diagnostic =
                Diagnostic::new(&MISSING_FIELD, "`summary` is missing: the tests cannot be held against it");
            diags.push(diagnostic.at(Pointer::path("/results")));
        }
    }
    nothing_ran(&diags, evidence);
    Ok(())
}

/// What is read of a report.
struct Report {
    suite: Suite,
    /// How many tests have each of the [`STATUSES`].
    counts: [u64; STATUSES.len()],
    /// Tests that passed, if the summary does not say otherwise.
    doubtful: Vec<TestCase>,
    summary: Option<Tree>,
    /// When the report was written.
    written: Option<jiff::Timestamp>,
}

impl Report {
    /// A member of `results`.
    fn member(&mut self, json: &mut Json<'_>, key: &str, evidence: &mut Evidence) -> Result<(), Stop> {
        match key {
            "tool" => {
                let tool = json.record()?;
                let name = tool.get("name").filled();
                evidence.tool = name.map(|name| Tool::new(name, tool.get("version").text()));
                Ok(())
            }
            "summary" => {
                self.summary = Some(json.tree()?);
                Ok(())
            }
            "environment" => {
                environment(json.record()?, evidence, &mut self.suite);
                Ok(())
            }
            "tests" => json.array(|json, _| self.tests(json)),
            "extra" if json.kind()? == JsonKind::Object => json.object(|json, key| match key {
                "errors" if json.kind()? == JsonKind::Array => json.array(|json, _| {
                    error_of_run(json.record()?);
                    Ok(())
                }),
                _ => json.skip(),
            }),
            _ => json.skip(),
        }
    }

    /// A test, and where there is no room for more that passed, those behind it that did.
    fn tests(&mut self, json: &mut Json<'_>) -> Result<(), Stop> {
        test(json.record_of(MEMBERS)?, &mut self.counts, &mut self.suite, &mut self.doubtful);
        if self.suite.has_room(Outcome::Passed, false) {
            return Ok(());
        }
        let mut count = 0;
        json.pass_alike(PLAIN, |members| {
            let passed = is_plain_pass(members);
            count += u64::from(passed);
            passed
        });
        self.counts[PASSED] += count;
        self.suite.count_passed(count);
        Ok(())
    }
}

/// An error that belongs to no test, as the reporter for Playwright writes it.
fn error_of_run(error: Node<'_>) {
    let said = ["message", "stack", "value"].into_iter().find_map(|key| error.get(key).filled());
    if let Some(text) = said {
        error.report(&TOOL_FAILED, format!("an error outside of the tests: {}", shorten(&first_line(&text))));
    }
}

/// Settles tests that are listed as passed although the test tool itself says otherwise of them: they failed where the
/// summary counts just these as failed.
fn settle(doubtful: Vec<TestCase>, summary: Option<Node<'_>>, counts: &mut [u64; STATUSES.len()], suite: &mut Suite) {
    let count = doubtful.len() as u64;
    let failed = |summary: Node<'_>| summary.get("failed").u64() == counts[FAILED].checked_add(count);
    let have_failed = count > 0 && summary.is_some_and(failed);
    if have_failed {
        counts[PASSED] -= count;
        counts[FAILED] += count;
    }
    for mut case in doubtful {
        if have_failed {
            case.outcome = Outcome::Failed;
            case.flaky = false;
            case.message =
                Some("listed as passed, and counted as failed by the summary, as its `rawStatus` says".to_owned());
        }
        suite.push(case);
    }
}

fn environment(node: Node<'_>, evidence: &mut Evidence, suite: &mut Suite) {
    suite.name = node.get("reportName").filled().unwrap_or_default();
    evidence.subject.name = node.get("appName").filled();
    evidence.subject.version = node.get("appVersion").text().filter(|version| !version.is_empty());
    evidence.subject.commit = node.get("commit").filled();
    evidence.subject.environment = node.get("testEnvironment").filled();
}

/// Where those that passed, and those that failed, are counted.
const PASSED: usize = 0;
const FAILED: usize = 1;

/// So many tests at most wait for what the summary says of them.
const MAX_DOUBTFUL: usize = 10_000;

/// Words of test tools for a test that failed, in lower case.
const RAW_FAILURES: [&str; 3] = ["failed", "timedout", "interrupted"];

/// The members of a test that are read.
const MEMBERS: &[&str] = &[
    "name",
    "status",
    "rawStatus",
    "duration",
    "retries",
    "flaky",
    "retryAttempts",
    "suite",
    "filePath",
    "line",
    "message",
    "trace",
];

/// Those that tell whether a test is like most in a large artifact.
const PLAIN: &[&str] = &["name", "status", "rawStatus", "duration", "retries", "flaky"];

/// Whether a test passed, was not flaky, and there is nothing to report of it.
fn is_plain_pass(members: &Alike<'_>) -> bool {
    let is_whole = |text: &[u8]| text.len() <= 9 && text.iter().all(u8::is_ascii_digit);
    members.raw(1) == Some((true, b"passed"))
        && matches!(members.raw(0), Some((true, name)) if !name.is_empty())
        && members
            .raw(2)
            .is_none_or(|(is_text, raw)| is_text && matches!(raw, b"passed" | b"pass" | b"success" | b"ok"))
        && members.raw(3).is_none_or(|(is_text, duration)| !is_text && is_whole(duration))
        && members.raw(4).is_none_or(|retries| retries == (false, b"0"))
        && members.raw(5).is_none_or(|flaky| flaky == (false, b"false"))
}

fn test(node: Node<'_>, counts: &mut [u64; STATUSES.len()], suite: &mut Suite, doubtful: &mut Vec<TestCase>) {
    let name = node.require("name");
    let status = node.require("status").word(STATUSES);
    if let Some(index) = status {
        counts[index] += 1;
    }
    let raw = node.get("rawStatus").text_str().unwrap_or_default();
    let outcome = match status {
        Some(PASSED) => Outcome::Passed,
        Some(FAILED) => Outcome::Failed,
        Some(2 | 3) => Outcome::Skipped,
        Some(_) => other(&raw),
        None => Outcome::Errored,
    };
    let elapsed = node.get("duration").elapsed(Unit::Millis);
    let retries = node.get("retries").u64().unwrap_or(0);
    // Playwright repeats what passes although it is marked to fail; its reporter writes how each attempt ended.
    let attempts: Vec<Node<'_>> = if retries > 0 { node.get("retryAttempts").items().collect() } else { Vec::new() };
    let is_passed = |attempt: &Node<'_>| attempt.get("status").text().as_deref() == Some("passed");
    let is_marked = attempts.len() as u64 >= retries.max(1) && attempts.iter().all(is_passed);
    let outcome = if is_marked && outcome == Outcome::Passed { Outcome::Failed } else { outcome };
    let flaky = outcome == Outcome::Passed && (retries > 0 || node.get("flaky").bool() == Some(true));
    let is_doubtful = outcome == Outcome::Passed
        && doubtful.len() < MAX_DOUBTFUL
        && RAW_FAILURES.iter().any(|word| raw.eq_ignore_ascii_case(word));
    if !is_doubtful && !suite.has_room(outcome, flaky) {
        return suite.count(outcome, flaky);
    }
    let mut case = TestCase::new(name.text().unwrap_or_default(), outcome, node.pointer());
    let names = node.get("suite").joined(" > ");
    case.class = Some(names).filter(|names| !names.is_empty()).or_else(|| node.get("filePath").filled());
    case.elapsed = elapsed;
    case.flaky = flaky;
    if outcome != Outcome::Passed {
        if is_marked && status == Some(PASSED) {
            case.message = Some("repeated although no attempt failed: it is marked to fail".to_owned());
        } else if let Some(message) = node.get("message").filled() {
            explain(&mut case, &message);
        } else if !raw.is_empty() && outcome != Outcome::Failed {
            case.message = Some(raw.into_owned());
        }
        if let Some(trace) = node.get("trace").filled() {
            detail(&mut case, &trace);
        }
    }
    let (file, line) = (node.get("filePath").filled(), node.get("line").u64());
    if retries > 0 || file.is_some() {
        let extra = case.extra();
        extra.file = file;
        extra.line = line;
        extra.attempts = (retries > 0).then(|| retries.saturating_add(1));
    }
    if is_doubtful {
        doubtful.push(case);
    } else {
        suite.push(case);
    }
}

/// What the reporter could not map, by the word of the test tool itself.
fn other(raw: &str) -> Outcome {
    match raw.to_ascii_lowercase().as_str() {
        "todo" | "skipped" | "pending" | "disabled" | "ignored" | "notrun" | "not_run" => Outcome::Skipped,
        "interrupted" | "timedout" | "cancelled" | "canceled" | "error" | "broken" => Outcome::Errored,
        _ => Outcome::Warned,
    }
}
