//! WebdriverIO: the JSON reporter, of one worker or merged.
//!
//! ```json
//! {"start": "2025-11-20T10:00:00.000Z", "end": "2025-11-20T10:00:09.000Z", "capabilities": {"browserName": "chrome"}, "framework": "mocha",
//!  "suites": [{"name": "cart", "duration": 900, "hooks": [],
//!    "tests": [{"name": "adds", "duration": 300, "state": "passed"},
//!              {"name": "pays", "duration": 500, "state": "failed", "error": {"message": "500 is not 200"}}]}],
//!  "specs": ["cart.e2e.js"], "state": {"passed": 1, "failed": 1, "skipped": 0}}
//! ```
//!
//! A test is one entry of `tests`: `passed`, `failed`, and `skipped` or `pending`, which are skipped. A test without a state
//! never ended, and is errored.
//! A hook with an `error` is a test that errored, which `state` counts as a failure; the tests behind it did not run, and
//! are not in the file.
//! The counts of `state` are compared. A worker of several files lists each suite once for each of them, and counts so.
//! Times are in milliseconds. Of the capabilities nothing is read.
//! Rules: `@wdio/json-reporter` 9, `index.ts` and `utils.ts`.

use crate::formats::Format;
use crate::formats::smoke::recount::{declared, declared_failures, detail, explain, nothing_ran};
use crate::model::{Evidence, Kind, Outcome, Suite, TestCase, Tool, Unit};
use crate::source::{Doc, Node, Probe, Stop};

pub(super) static FORMAT: Format = Format {
    id: "webdriverio-json",
    kinds: &[Kind::Smoke],
    tool: "WebdriverIO",
    title: "JSON reporter, of one worker or merged",
    produce: "npx wdio run wdio.conf.js  # reporters: [['json', {outputDir: './results'}]]",
    detect,
    read,
};

const STATES: &[(&str, Outcome)] = &[
    ("passed", Outcome::Passed),
    ("failed", Outcome::Failed),
    ("skipped", Outcome::Skipped),
    ("pending", Outcome::Skipped),
];

fn detect(probe: &Probe<'_>) -> bool {
    probe.is_object_with(&["capabilities", "suites", "specs", "state"])
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let diags = doc.diags().clone();
    evidence.tool = Some(Tool::new("WebdriverIO", None));
    let tree = doc.document()?;
    let root = tree.root();
    evidence.time = root.get("end").time();
    let suites = root.require("suites");
    evidence.suites = suites.items().map(suite).collect();
    let (tally, at, state) = (evidence.tally(), suites.pointer(), root.get("state"));
    evidence.suites.retain(|suite| suite.tally().total() > 0);
    declared(state.get("passed"), "passed tests", tally.passed, &at);
    declared_failures(state.get("failed"), "failed tests and hooks", tally.failed + tally.errored, &at);
    nothing_ran(&diags, evidence);
    Ok(())
}

fn suite(node: Node<'_>) -> Suite {
    let mut suite = Suite::new(node.get("name").text().unwrap_or_default(), node.pointer());
    suite.elapsed = node.get("duration").elapsed(Unit::Millis);
    node.get("tests").items().map(test).for_each(|case| suite.push(case));
    let failed = node.get("hooks").items().filter(|hook| hook.get("error").is_some());
    failed.map(hook).for_each(|case| suite.push(case));
    suite
}

fn test(node: Node<'_>) -> TestCase {
    let outcome = node.require("state").word(STATES).unwrap_or(Outcome::Errored);
    let mut case = TestCase::new(node.require("name").text().unwrap_or_default(), outcome, node.pointer());
    case.elapsed = node.get("duration").elapsed(Unit::Millis);
    reason(&mut case, node.get("error"));
    case
}

fn hook(node: Node<'_>) -> TestCase {
    let mut case = TestCase::new(node.get("title").text().unwrap_or_default(), Outcome::Errored, node.pointer());
    case.elapsed = node.get("duration").elapsed(Unit::Millis);
    reason(&mut case, node.get("error"));
    case
}

fn reason(case: &mut TestCase, error: Node<'_>) {
    let message = if error.is_string() { error.string() } else { error.get("message").text() };
    explain(case, &message.unwrap_or_default());
    if let Some(stack) = error.get("stack").filled() {
        detail(case, &stack);
    }
}
