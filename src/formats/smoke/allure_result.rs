//! Allure: the results folder of any Allure adapter, `*-result.json` and `*-container.json`.
//!
//! ```json
//! {"uuid": "20a2567d…", "historyId": "3708355f…", "name": "test_health", "status": "passed", "start": 1795424442317, "stop": 1795424442322,
//!  "labels": [{"name": "suite", "value": "test_smoke"}, {"name": "framework", "value": "pytest"}]}
//! ```
//!
//! Each result file is one attempt of one test.
//! Attempts with the same history id (where there is none: the test case id or full name, with the parameters) are one test:
//! when all files are merged, the latest attempt counts, and one that passed after another failed is flaky.
//! Of attempts without `stop` nobody knows that they were not the last, so the worst of these counts if it is worse.
//! Attempts stand in one folder and in one suite: the same test in another folder, another suite, or another part of a bundle is a run of its own, of which none hides another.
//! `broken` is errored, and so are `unknown` and a missing status; `skipped` is skipped.
//! `start` and `stop` are milliseconds since 1970.
//! A result whose stage is not `finished` is incomplete; adapters for JavaScript leave a skipped test `pending`.
//! So is one with a test case id and without history id and labels, which is errored: allure-pytest writes these when the
//! test is torn down, and the status `passed` already when it is set up (an interrupt, `pytest.exit`).
//! What a test is marked as (`flaky`, `known`, `muted`) changes nothing about its outcome; it is shown.
//! Parameters that the adapter masks or hides are left out, and so are steps and attachments.
//!
//! A container tells of the fixtures around tests and of no test.
//! A fixture that failed is a warning, since tests may have passed before their tear-down failed.
//!
//! Rules: allure-framework `allure2` (`TestResult`, `TestResultContainer`, `Status`, `Stage`) and its reading of retries.

use jiff::Timestamp;

use super::steps::split_message;
use crate::diagnostics::codes::{FIXTURE_FAILED, INCOMPLETE, MISSING_FIELD, OUT_OF_RANGE};
use crate::formats::Format;
use crate::model::{Elapsed, Evidence, Kind, Outcome, Suite, TestCase, Tool};
use crate::source::json::shorten;
use crate::source::{Doc, Node, Probe, Stop};

pub(super) static FORMAT: Format = Format {
    id: "allure-result",
    kinds: &[Kind::Smoke],
    tool: "Allure",
    title: "Result of one attempt of one test",
    produce: "pytest --alluredir allure-results",
    detect,
    read,
};

pub(super) static CONTAINER: Format = Format {
    id: "allure-container",
    kinds: &[Kind::Smoke],
    tool: "Allure",
    title: "Fixtures around tests (no tests)",
    produce: "pytest --alluredir allure-results",
    detect: detect_container,
    read: read_container,
};

const STATUSES: &[(&str, Outcome)] = &[
    ("passed", Outcome::Passed),
    ("failed", Outcome::Failed),
    ("broken", Outcome::Errored),
    ("skipped", Outcome::Skipped),
    ("unknown", Outcome::Errored),
];

fn is_container(root: Node<'_>) -> bool {
    root.get("uuid").is_string()
        && ["children", "befores", "afters"].iter().any(|key| root.get(key).is_array())
        && !["status", "labels", "historyId", "testCaseId"].iter().any(|key| root.get(key).exists())
}

fn detect(probe: &Probe<'_>) -> bool {
    probe.document().is_some_and(|root| {
        let has = |key: &&str| root.get(key).exists();
        root.get("uuid").is_string()
            && !is_container(root)
            && (["historyId", "testCaseId", "fullName", "labels"].iter().any(has)
                && ["status", "stage", "start", "stop"].iter().any(has)
                // All that a result needs.
                || root.get("status").is_string() && ["name", "start", "stop"].iter().all(has))
    })
}

fn detect_container(probe: &Probe<'_>) -> bool {
    probe.document().is_some_and(is_container)
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    evidence.tool = Some(Tool::new("Allure", None));
    let tree = doc.document()?;
    let root = tree.root();
    let stop = instant(root.get("stop"));
    let mut suite = Suite::new(suite_name(root), root.pointer());
    let mut case = case(root);
    if let (Some(start), Some(stop)) = (instant(root.get("start")), stop) {
        let nanos = u64::try_from(stop.duration_since(start).as_nanos());
        match nanos {
            Ok(nanos) => case.elapsed = Some(Elapsed::from_nanos(nanos)),
            Err(_) => root.get("stop").report(&OUT_OF_RANGE, "stands before `start`"),
        }
    }
    case.extra().finished = stop;
    evidence.time = stop;
    suite.push(case);
    evidence.suites.push(suite);
    Ok(())
}

fn case(root: Node<'_>) -> TestCase {
    let name = root.get("name").filled().or_else(|| root.get("fullName").string());
    let status = root.get("status").word(STATUSES);
    if !root.get("status").is_some() {
        root.report(&MISSING_FIELD, "`status` is missing: the test did not get to its end");
    }
    let mut case = TestCase::new(name.unwrap_or_default(), status.unwrap_or(Outcome::Errored), root.pointer());
    if let Some(stage) = root.get("stage").str()
        && stage != "finished"
        && !(stage == "pending" && case.outcome == Outcome::Skipped)
    {
        let message = format!("the test is `{}`, not finished", shorten(&stage));
        root.diags().push(root.get("stage").diagnostic(&INCOMPLETE, message));
    }
    let details = root.get("statusDetails");
    if case.outcome != Outcome::Passed {
        split_message(&mut case, &details.get("message").string().unwrap_or_default());
        if let Some(trace) = details.get("trace").filled() {
            case.extra().detail = Some(trace);
        }
    }
    if case.outcome == Outcome::Passed && was_stopped(root) {
        root.report(&INCOMPLETE, "has neither `historyId` nor `labels`: the run was stopped before the test ended");
        case.outcome = Outcome::Errored;
    }
    case.class = label(root, "testClass").or_else(|| label(root, "package"));
    let parameters = parameters(root);
    let extra = case.extra();
    extra.history = root.get("historyId").filled().or_else(|| {
        // Tests that differ only in what is hidden would be taken for attempts of one test.
        if root.get("parameters").items().any(is_hidden) {
            return None;
        }
        let id = root.get("testCaseId").filled().or_else(|| root.get("fullName").filled())?;
        Some(parameters.iter().fold(id, |id, (name, value)| format!("{id} {name}={value}")))
    });
    // The same test in another suite is another run of it: in another browser, on another machine.
    extra.history = extra.history.take().map(|id| format!("{id}\n{}", suite_name(root)));
    extra.facts = parameters;
    for mark in ["flaky", "known", "muted"] {
        if details.get(mark).bool() == Some(true) {
            extra.facts.push(("marked".to_owned(), mark.to_owned()));
        }
    }
    if let Some(framework) = label(root, "framework") {
        extra.facts.push(("framework".to_owned(), framework));
    }
    case
}

/// Whether allure-pytest wrote it of a test that was set up and not torn down (`pytest_runtest_setup`,
/// `pytest_runtest_teardown` and `pytest_runtest_makereport` in `listener.py` of allure-pytest 2.16).
fn was_stopped(root: Node<'_>) -> bool {
    let has = |key| root.get(key).is_some();
    has("testCaseId") && has("fullName") && !has("historyId") && !has("labels")
}

fn parameters(root: Node<'_>) -> Vec<(String, String)> {
    let shown = |node: &Node<'_>| !is_hidden(*node) && node.get("excluded").bool() != Some(true);
    let text = |node: Node<'_>| Some((node.get("name").text()?, node.get("value").text()?));
    root.get("parameters").items().filter(shown).filter_map(text).collect()
}

fn is_hidden(parameter: Node<'_>) -> bool {
    matches!(parameter.get("mode").str().as_deref(), Some("masked" | "hidden"))
}

fn label(root: Node<'_>, name: &str) -> Option<String> {
    let label = root.get("labels").items().find(|label| label.get("name").str().as_deref() == Some(name))?;
    label.get("value").text().filter(|value| !value.trim().is_empty())
}

/// As Allure's own report groups: parent suite, suite, sub-suite; else the package or the title path.
fn suite_name(root: Node<'_>) -> String {
    let parts: Vec<String> = ["parentSuite", "suite", "subSuite"].iter().filter_map(|name| label(root, name)).collect();
    if parts.is_empty() {
        label(root, "package").unwrap_or_else(|| root.get("titlePath").joined(" / "))
    } else {
        parts.join(" / ")
    }
}

fn instant(node: Node<'_>) -> Option<Timestamp> {
    let elapsed = node.f64()?;
    #[expect(clippy::cast_possible_truncation, reason = "what is out of range is refused by the time stamp")]
    let time = Timestamp::from_millisecond(elapsed as i64);
    if time.is_err() {
        node.report(&OUT_OF_RANGE, format!("`{}` is not a time in milliseconds", node.raw()));
    }
    time.ok()
}

fn read_container(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    evidence.tool = Some(Tool::new("Allure", None));
    let tree = doc.document()?;
    for key in ["befores", "afters"] {
        for fixture in tree.root().get(key).items() {
            let status = fixture.get("status");
            if let Some(Outcome::Failed | Outcome::Errored) = status.word(STATUSES) {
                let name = fixture.get("name").string().unwrap_or_default();
                let reason = fixture.path(&["statusDetails", "message"]).string();
                let reason = reason.map(|reason| format!(": {}", shorten(reason.trim()))).unwrap_or_default();
                status.report(&FIXTURE_FAILED, format!("the fixture `{}` failed{reason}", shorten(&name)));
            }
        }
    }
    Ok(())
}
