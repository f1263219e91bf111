//! GoogleTest: the JSON report.
//!
//! ```json
//! {"tests": 2, "failures": 1, "disabled": 0, "errors": 0, "timestamp": "2025-11-20T10:00:00Z", "time": "0.035s", "name": "AllTests",
//!  "testsuites": [{"name": "Pay", "tests": 2, "failures": 1, "time": "0.035s", "testsuite": [
//!    {"name": "Pays", "file": "pay_test.cc", "line": 7, "status": "RUN", "result": "COMPLETED", "time": "0.031s", "classname": "Pay"},
//!    {"name": "Refunds", "status": "RUN", "result": "COMPLETED", "time": "0s", "classname": "Pay",
//!     "failures": [{"failure": "pay_test.cc:12\nExpected equality", "type": ""}]}]}]}
//! ```
//!
//! A test that ran (`RUN`) failed where it has `failures`, and passed with none. One that was `SUPPRESSED` or `NOTRUN`
//! (disabled) or `SKIPPED` itself is skipped, one that was `INTERRUPTED` errored.
//! What failed outside of any test stands in a suite `NonTestSuiteFailure`, which GoogleTest does not count.
//! The totals of the root are compared with the count. `timestamp` has no zone of its own and is left out, and so are
//! parameters and recorded properties.
//! The words are those of `OutputJsonTestInfo` in `googletest/src/gtest.cc`, 1.8 to 1.17.

use crate::diagnostics::codes::UNREADABLE_PART;
use crate::formats::Format;
use crate::formats::smoke::recount::{declared, declared_failures, explain, nothing_ran};
use crate::model::{Elapsed, Evidence, Kind, Outcome, Suite, TestCase, Tool, Unit};
use crate::source::{Doc, Node, Probe, Stop};

pub(super) static FORMAT: Format = Format {
    id: "googletest-json",
    kinds: &[Kind::Smoke],
    tool: "GoogleTest",
    title: "JSON report",
    produce: "./shop_tests --gtest_output=json:googletest.json",
    detect,
    read,
};

const STATUSES: &[(&str, Outcome)] = &[("RUN", Outcome::Passed), ("NOTRUN", Outcome::Skipped)];

const RESULTS: &[(&str, Outcome)] = &[
    ("COMPLETED", Outcome::Passed),
    ("SUPPRESSED", Outcome::Skipped),
    ("SKIPPED", Outcome::Skipped),
    ("INTERRUPTED", Outcome::Errored),
];

/// The suite of what failed outside of any test.
const OUTSIDE: &str = "NonTestSuiteFailure";

fn detect(probe: &Probe<'_>) -> bool {
    probe.document().is_some_and(|root| {
        let is_suite = |suite: Node<'_>| suite.get("testsuite").is_array();
        root.has(&["tests", "failures", "testsuites"]) && root.get("testsuites").items().all(is_suite)
    })
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let diags = doc.diags().clone();
    evidence.tool = Some(Tool::new("GoogleTest", None));
    let mut suites = Vec::new();
    let result = doc.records(|tree| {
        let root = tree.root();
        let (mut n_tests, mut n_failed) = (0, 0);
        for node in root.get("testsuites").items() {
            let suite = suite(node);
            if suite.name != OUTSIDE {
                n_tests += suite.tally().total();
                n_failed += suite.tally().failed;
            }
            suites.push(suite);
        }
        let counted_at = root.get("testsuites").pointer();
        declared(root.get("tests"), "tests", n_tests, &counted_at);
        declared_failures(root.get("failures"), "failures", n_failed, &counted_at);
        Ok(())
    });
    suites.retain(|suite: &Suite| suite.tally().total() > 0);
    evidence.suites = suites;
    result?;
    nothing_ran(&diags, evidence);
    Ok(())
}

fn suite(node: Node<'_>) -> Suite {
    let mut suite = Suite::new(node.get("name").text().unwrap_or_default(), node.pointer());
    suite.elapsed = elapsed(node);
    let tests = node.get("testsuite");
    if !tests.is_array() {
        node.report(&UNREADABLE_PART, "the suite has no list of tests");
    }
    tests.items().map(case).for_each(|case| suite.push(case));
    suite
}

fn case(node: Node<'_>) -> TestCase {
    let mut outcome = node.require("status").word(STATUSES).unwrap_or(Outcome::Errored);
    if node.get("result").exists() {
        let result = node.get("result").word(RESULTS).unwrap_or(Outcome::Errored);
        outcome = if result.badness() > outcome.badness() { result } else { outcome };
    }
    let failures = node.get("failures");
    if failures.items().next().is_some() {
        outcome = Outcome::Failed;
    }
    let mut case = TestCase::new(node.get("name").text().unwrap_or_default(), outcome, node.pointer());
    case.class = node.get("classname").filled();
    case.elapsed = elapsed(node);
    let failed = failures.items().filter_map(|failure| failure.get("failure").filled());
    let skipped = node.get("skipped").items().filter_map(|skipped| skipped.get("message").filled());
    let reasons: Vec<String> = failed.chain(skipped).collect();
    explain(&mut case, &reasons.join("\n"));
    if let Some(file) = node.get("file").filled() {
        case.extra().file = Some(file);
        case.extra().line = node.get("line").u64();
    }
    case
}

/// A duration as protocol buffers write it: `0.035s`.
fn elapsed(node: Node<'_>) -> Option<Elapsed> {
    let text = node.get("time").text()?;
    let seconds = text.strip_suffix('s')?.parse::<f64>().ok()?;
    Elapsed::from_f64(seconds, Unit::Secs).ok()
}
