//! Jest and Vitest: the JSON output.
//!
//! ```json
//! {"numTotalTests": 1, "numPassedTests": 1, "numFailedTests": 0, "success": true, "startTime": 1795424477213,
//!  "testResults": [{"name": "/app/smoke.test.js", "status": "passed", "message": "", "assertionResults": [
//!    {"ancestorTitles": ["core"], "title": "health", "fullName": "core health", "status": "passed", "duration": 184}]}]}
//! ```
//!
//! `passed` and `failed` are what they say; `pending`, `skipped`, `disabled` and `todo` did not run and are skipped.
//! A test file that cannot be loaded holds no tests, or a single one with the status `error`, and is in none of the counts: it is one test that errored.
//! The same holds for a file that is `failed` although no test in it failed (a hook, a leak), and for one whose message says `Test suite failed to run` beside tests that failed.
//! `numRuntimeErrorTestSuites` that counts more such files than are found is an error of the tool.
//! A test that passed after more than one of Jest's `invocations`, or in Vitest with the messages of earlier attempts, is flaky.
//!
//! `success: false` without any test that failed is an error of the tool, `wasInterrupted` makes the evidence incomplete.
//! `--passWithNoTests` makes a success of a run without tests: it proves nothing.
//!
//! What Jest hands to a `testResultsProcessor` is read too: there the tests of a file are its `testResults`.
//!
//! Each file is a suite; times are milliseconds.
//! Coverage, snapshots and the details of matchers are left out.
//! Statuses by `packages/jest-types/src/TestResult.ts` in jestjs/jest and `packages/vitest/src/node/reporters/json.ts` in vitest-dev/vitest.

use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{CONTRADICTION, INCOMPLETE, TOOL_FAILED, UNREADABLE_PART};
use crate::formats::Format;
use crate::formats::smoke::recount::{between, declared, declared_failures, epoch_millis, explain, nothing_ran};
use crate::model::{Evidence, Kind, Outcome, Pointer, Suite, TestCase, Tool, Unit};
use crate::source::{Diags, Doc, Json, Node, Probe, Stop, Tree};

pub(super) static FORMAT: Format = Format {
    id: "jest-json",
    kinds: &[Kind::Smoke],
    tool: "Jest, Vitest",
    title: "JSON output",
    produce: "jest --json --outputFile=jest.json",
    detect,
    read,
};

const STATUSES: &[(&str, Outcome)] = &[
    ("passed", Outcome::Passed),
    ("failed", Outcome::Failed),
    ("skipped", Outcome::Skipped),
    ("pending", Outcome::Skipped),
    ("todo", Outcome::Skipped),
    ("disabled", Outcome::Skipped),
    ("error", Outcome::Errored),
];

/// What the document says about the whole run.
const TOTALS: &[&str] = &[
    "numTotalTests",
    "numTotalTestSuites",
    "numFailedTests",
    "numRuntimeErrorTestSuites",
    "success",
    "wasInterrupted",
];

/// How Jest heads what is wrong with a file itself, among the messages of its tests.
/// Rule: `formatExecError` in `packages/jest-message-util/src/index.ts`.
const FILE_FAILED: &str = "● Test suite failed to run";

fn detect(probe: &Probe<'_>) -> bool {
    probe.document().is_some_and(|root| {
        root.get("testResults").is_array()
            && root.get("numTotalTests").exists()
            && (root.get("numTotalTestSuites").exists() || root.get("numFailedTests").exists())
    })
}

#[derive(Default)]
struct Counts {
    tests: u64,
    failed: u64,
    /// Test files that failed themselves.
    files: u64,
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let diags = doc.diags().clone();
    let mut counts = Counts::default();
    let mut totals: Vec<(&str, Tree)> = Vec::new();
    let mut is_vitest = true;
    let mut json = doc.json();
    let result = json.object(|json, key| match key {
        key if TOTALS.contains(&key) => {
            is_vitest &= !["wasInterrupted", "numRuntimeErrorTestSuites"].contains(&key);
            let tree = json.tree()?;
            totals.extend(TOTALS.iter().find(|total| **total == key).map(|total| (*total, tree)));
            Ok(())
        }
        "openHandles" => {
            is_vitest = false;
            json.skip()
        }
        "testResults" => json.array(|json, _| file(json, &diags, evidence, &mut counts)),
        _ => json.skip(),
    });
    // Vitest writes the same document without these two keys.
    evidence.tool = Some(Tool::new(if is_vitest { "Vitest" } else { "Jest" }, None));
    result?;
    json.end()?;
    let files = Pointer::path("/testResults");
    let bad = evidence.tally().failed + evidence.tally().errored;
    for (key, tree) in &totals {
        let node = tree.root();
        match *key {
            "numTotalTests" => declared(node, "tests", counts.tests, &files),
            // Vitest counts groups of tests here, Jest files.
            "numTotalTestSuites" if !is_vitest => declared(node, "test files", evidence.suites.len() as u64, &files),
            "numFailedTests" => declared_failures(node, "failed tests", counts.failed, &files),
            "numRuntimeErrorTestSuites" => {
                if let Some(says) = node.u64().filter(|says| *says > counts.files) {
                    let message = format!("says that {says} test files failed themselves, found {}", counts.files);
                    diags.push(node.diagnostic(&TOOL_FAILED, message).against(files.clone()));
                }
            }
            "success" if node.bool() == Some(false) && bad == 0 => {
                node.report(&TOOL_FAILED, "the run was no success although no test failed");
            }
            "success" if node.bool() == Some(true) && bad > 0 => {
                let message = format!("says that the run was a success, counted {bad} tests that failed or errored");
                diags.push(node.diagnostic(&CONTRADICTION, message).against(files.clone()));
            }
            "wasInterrupted" if node.bool() == Some(true) => node.report(&INCOMPLETE, "the run was interrupted"),
            _ => {}
        }
    }
    nothing_ran(&diags, evidence);
    Ok(())
}

/// The results of one test file.
fn file(json: &mut Json<'_>, diags: &Diags, evidence: &mut Evidence, counts: &mut Counts) -> Result<(), Stop> {
    let pointer = Pointer::path(json.pointer());
    let mut suite = Suite::new("", pointer.clone());
    let (mut start, mut end, mut status, mut message) = (None, None, None, None);
    // Whether the failure of the file stands among its tests.
    let mut has_record = false;
    let result = json.object(|json, key| {
        match key {
            "name" | "testFilePath" => suite.name = json.record()?.text().unwrap_or_default(),
            "status" => status = json.record()?.string(),
            "message" | "failureMessage" => message = json.record()?.filled(),
            "startTime" => start = epoch_millis(json.record()?),
            "endTime" => end = epoch_millis(json.record()?),
            "assertionResults" | "testResults" => json.array(|json, _| {
                let tree = json.tree()?;
                let is_test = tree.root().get("status").str().as_deref() != Some("error");
                let case = assertion(tree.root());
                has_record |= !is_test;
                counts.tests += u64::from(is_test);
                counts.failed += u64::from(case.outcome == Outcome::Failed);
                suite.push(case);
                Ok(())
            })?,
            _ => json.skip()?,
        }
        Ok(())
    });
    suite.elapsed = between(start, end);
    evidence.add_time(end);
    let tally = suite.tally();
    let is_failed = match status.as_deref() {
        Some("failed") => true,
        Some("passed" | "pending" | "skipped" | "todo" | "disabled" | "focused") => false,
        _ => message.is_some(),
    };
    let has_bad = tally.failed + tally.errored > 0;
    let own = message.as_deref().and_then(of_file);
    counts.files += u64::from(has_record);
    if result.is_ok() && is_failed && !has_record && (!has_bad || own.is_some()) {
        let name = if tally.total() == 0 { "the test file" } else { "the test file, outside of its tests" };
        let mut case = TestCase::new(name, Outcome::Errored, pointer);
        let reason = if has_bad { own } else { message.as_deref() };
        explain(&mut case, reason.unwrap_or("the file failed, no reason given"));
        counts.files += 1;
        suite.push(case);
    }
    if result.is_ok() && status.is_none() && suite.name.is_empty() && suite.tally().total() == 0 {
        let diagnostic = Diagnostic::new(&UNREADABLE_PART, "the record is not the result of a test file");
        diags.push(diagnostic.at(suite.pointer));
    } else {
        evidence.suites.push(suite);
    }
    result
}

/// What a message says of the file itself, behind the messages of its tests.
fn of_file(message: &str) -> Option<&str> {
    let starts = message.match_indices(FILE_FAILED).map(|(at, _)| message.split_at(at));
    let mut headings =
        starts.filter(|(before, _)| before.rsplit('\n').next().is_none_or(|line| line.trim().is_empty()));
    headings.next().map(|(_, text)| text)
}

fn assertion(node: Node<'_>) -> TestCase {
    let outcome = node.require("status").word(STATUSES).unwrap_or(Outcome::Errored);
    let is_file = outcome == Outcome::Errored && !node.get("title").is_some();
    let title = if is_file { "the test file".to_owned() } else { node.require("title").text().unwrap_or_default() };
    let mut case = TestCase::new(title, outcome, node.pointer());
    let ancestors: Vec<String> = node.get("ancestorTitles").strings();
    case.class = Some(ancestors.join(" › ")).filter(|class| !class.is_empty());
    case.elapsed = node.get("duration").elapsed(Unit::Millis);
    let attempts = node.get("invocations").u64().unwrap_or(1);
    let messages = node.get("failureMessages");
    case.flaky = outcome == Outcome::Passed && (attempts > 1 || !messages.is_empty());
    if outcome == Outcome::Failed || outcome == Outcome::Errored {
        explain(&mut case, &messages.at(0).text().unwrap_or_default());
    }
    let line = node.get("location").get("line").u64();
    if line.is_some() || attempts > 1 {
        case.extra().line = line;
        case.extra().attempts = (attempts > 1).then_some(attempts);
    }
    case
}
