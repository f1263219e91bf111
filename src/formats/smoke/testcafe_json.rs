//! TestCafe: the JSON reporter.
//!
//! ```json
//! {"startTime": "2025-11-20T10:00:00.000Z", "endTime": "2025-11-20T10:00:09.000Z", "userAgents": ["Chrome 120 / Linux"],
//!  "passed": 1, "total": 2, "skipped": 0, "warnings": [],
//!  "fixtures": [{"name": "cart", "path": "cart.js", "tests": [
//!    {"name": "adds", "errs": [], "durationMs": 300, "unstable": false, "skipped": false},
//!    {"name": "pays", "errs": ["500 is not 200"], "durationMs": 500, "unstable": false, "skipped": false}]}]}
//! ```
//!
//! A test failed where it has `errs`, is skipped where it says so, and passed with neither; one that passed and is
//! `unstable` failed on another attempt (quarantine mode) and is flaky.
//! `total` are the tests that were to run, without those that are skipped: where fewer ended, the run was stopped.
//! `passed` is compared. A fixture is a suite, times are in milliseconds. Warnings are left out.
//! Rules: testcafe-reporter-json 2 (`src/index.js`) and DevExpress/testcafe (`src/reporter/index.ts`).

use crate::diagnostics::codes::INCOMPLETE;
use crate::formats::Format;
use crate::formats::smoke::recount::{declared, explain, nothing_ran};
use crate::model::{Evidence, Kind, Outcome, Suite, TestCase, Tool, Unit};
use crate::source::{Doc, Node, Probe, Stop};

pub(super) static FORMAT: Format = Format {
    id: "testcafe-json",
    kinds: &[Kind::Smoke],
    tool: "TestCafe",
    title: "JSON reporter",
    produce: "testcafe chrome:headless tests/ --reporter json:testcafe.json",
    detect,
    read,
};

fn detect(probe: &Probe<'_>) -> bool {
    probe.is_object_with(&["userAgents", "fixtures", "total", "passed"])
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let diags = doc.diags().clone();
    evidence.tool = Some(Tool::new("TestCafe", None));
    let tree = doc.document()?;
    let root = tree.root();
    evidence.time = root.get("endTime").time();
    let fixtures = root.require("fixtures");
    evidence.suites = fixtures.items().map(suite).collect();
    evidence.suites.retain(|suite| suite.tally().total() > 0);
    let (tally, total) = (evidence.tally(), root.get("total"));
    declared(root.get("passed"), "passed tests", tally.passed, &fixtures.pointer());
    if let Some(planned) = total.u64().filter(|planned| *planned > tally.executed()) {
        total.report(&INCOMPLETE, format!("{planned} tests were to run, {} ran", tally.executed()));
    }
    nothing_ran(&diags, evidence);
    Ok(())
}

fn suite(node: Node<'_>) -> Suite {
    let mut suite = Suite::new(node.get("name").text().unwrap_or_default(), node.pointer());
    let file = node.get("path").filled();
    for test in node.require("tests").items() {
        let mut case = case(test);
        if file.is_some() {
            case.extra().file.clone_from(&file);
        }
        suite.push(case);
    }
    suite
}

fn case(node: Node<'_>) -> TestCase {
    let errors = node.require("errs");
    let reason = errors.joined("\n");
    let outcome = match node.get("skipped").bool() {
        _ if !errors.is_array() => Outcome::Errored,
        _ if errors.items().next().is_some() => Outcome::Failed,
        Some(true) => Outcome::Skipped,
        _ => Outcome::Passed,
    };
    let mut case = TestCase::new(node.require("name").text().unwrap_or_default(), outcome, node.pointer());
    case.elapsed = node.get("durationMs").elapsed(Unit::Millis);
    case.flaky = outcome == Outcome::Passed && node.get("unstable").bool() == Some(true);
    explain(&mut case, &reason);
    case
}
