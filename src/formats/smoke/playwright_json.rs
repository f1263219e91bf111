//! Playwright Test: the JSON reporter.
//!
//! ```json
//! {"config": {"version": "1.50.0"}, "suites": [{"title": "smoke.spec.ts", "file": "smoke.spec.ts", "specs": [
//!   {"title": "health", "ok": true, "tests": [{"projectName": "api", "expectedStatus": "passed", "status": "expected",
//!     "results": [{"status": "passed", "duration": 207, "retry": 0, "errors": []}]}]}]}],
//!  "errors": [], "stats": {"expected": 1, "unexpected": 0, "flaky": 0, "skipped": 0}}
//! ```
//!
//! One test is one spec in one project.
//! `expected` passed, also where the test is marked to fail (`test.fail()`) and does.
//! `flaky` passed on a later attempt: it counts as passed and is marked; `stats` counts it apart from `expected`.
//! `unexpected` failed; it errored where its last attempt timed out or was interrupted.
//! `skipped` was skipped, or never started because the run ended before; a test that was interrupted errored although Playwright calls it skipped.
//!
//! `errors` holds what went wrong outside of the tests: a file that cannot be loaded, a global setup that fails, no tests.
//! Each is an error of the tool, also where all counts are 0 or all tests passed.
//!
//! Where all tests of a JUnit XML in the same folder stand here, in suites of the same names and no better and no worse,
//! it is of the reporter `junit` of the same run: they are counted once, which is noted.
//!
//! Times are milliseconds.
//! With `failOnFlakyTests` in `config`, flaky tests mean that the run failed, as Playwright says by its exit code
//! (`packages/playwright/src/runner/failureTracker.ts`).
//! The commit is that of `config.metadata` (`gitCommit.hash`, `ci.commitHash`).
//! Output, attachments, steps and annotations other than the reason of a skip are left out.
//! Outcomes by `packages/playwright/src/common/test.ts` and `reporters/json.ts` in microsoft/playwright.

use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{CONTRADICTION, TOOL_FAILED};
use crate::formats::Format;
use crate::formats::smoke::recount::{declared_outcomes, explain, first_line, nothing_ran};
use crate::model::{Evidence, Kind, Outcome, Pointer, Shard, Suite, TestCase, Tool, Unit};
use crate::source::{Doc, Node, Probe, Stop, Tree};

pub(super) static FORMAT: Format = Format {
    id: "playwright-json",
    kinds: &[Kind::Smoke],
    tool: "Playwright Test",
    title: "JSON reporter",
    produce: "PLAYWRIGHT_JSON_OUTPUT_NAME=playwright.json npx playwright test --reporter=json",
    detect,
    read,
};

/// The outcomes of a test, in the order in which they are counted.
const STATUSES: &[(&str, usize)] = &[("expected", 0), ("unexpected", 1), ("flaky", FLAKY), ("skipped", 3)];
const FLAKY: usize = 2;

fn detect(probe: &Probe<'_>) -> bool {
    probe.document().is_some_and(|root| {
        let config = root.get("config");
        root.get("suites").is_array()
            && (config.has(&["rootDir"]) || config.get("projects").is_array())
            && (root.get("stats").get("unexpected").exists() || root.get("errors").is_array())
    })
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let diags = doc.diags().clone();
    let mut counts = [0u64; STATUSES.len()];
    let mut stats: Option<Tree> = None;
    let mut version = None;
    let mut fails_on_flaky = false;
    let mut json = doc.json();
    let result = json.object(|json, key| match key {
        "config" => {
            let tree = json.tree()?;
            let metadata = tree.root().get("metadata");
            fails_on_flaky = tree.root().get("failOnFlakyTests").bool() == Some(true);
            evidence.shard = shard(tree.root().get("shard"));
            version = tree.root().get("version").text();
            let commit = |keys: &[&str]| if metadata.is_object() { metadata.path(keys).filled() } else { None };
            evidence.subject.commit = commit(&["gitCommit", "hash"]).or_else(|| commit(&["ci", "commitHash"]));
            Ok(())
        }
        "suites" => json.array(|json, _| {
            evidence.suites.push(file(json.record()?, &mut counts));
            Ok(())
        }),
        "errors" => json.array(|json, _| {
            let tree = json.tree()?;
            let message = tree.root().get("message").text().or_else(|| tree.root().get("value").text());
            let message = first_line(&message.unwrap_or_default());
            tree.root().report(&TOOL_FAILED, format!("an error outside of the tests: {message}"));
            Ok(())
        }),
        "stats" => {
            stats = Some(json.tree()?);
            Ok(())
        }
        _ => json.skip(),
    });
    evidence.tool = Some(Tool::new("Playwright Test", version));
    result?;
    json.end()?;
    if let Some(stats) = stats.as_ref().map(Tree::root) {
        // The time at which the run began; how long it took tells when it ended.
        let start = stats.get("startTime").time();
        let took = stats.get("duration").elapsed(Unit::Millis).unwrap_or_default();
        let took = jiff::SignedDuration::from_nanos(i64::try_from(took.nanos()).unwrap_or(i64::MAX));
        evidence.time = start.and_then(|start| start.checked_add(took).ok());
        declared_outcomes(stats, STATUSES, &["unexpected"], &counts, &Pointer::path("/suites"));
    }
    let flaky = counts[FLAKY];
    if fails_on_flaky && flaky > 0 {
        let message =
            format!("`failOnFlakyTests` is set, and tests were flaky ({flaky}): the run failed by its own setting");
        diags.push(Diagnostic::new(&TOOL_FAILED, message).at(Pointer::path("/config/failOnFlakyTests")));
    }
    nothing_ran(&diags, evidence);
    Ok(())
}

/// The part of the tests that `--shard` asked for, counted from 1; `null` where it did not, and in merged reports.
fn shard(node: Node<'_>) -> Option<Shard> {
    let number = |key: &str| node.get(key).u64().and_then(|number| u32::try_from(number).ok());
    Shard::new(number("current")?, number("total")?).ok()
}

/// The tests of one file, with those of the groups in it.
fn file(root: Node<'_>, counts: &mut [u64; STATUSES.len()]) -> Suite {
    let mut suite = Suite::new(root.get("title").text().unwrap_or_default(), root.pointer());
    let file = root.get("file").filled();
    let mut open = vec![(root, String::new())];
    while let Some((group, titles)) = open.pop() {
        for spec in group.get("specs").items() {
            for test in spec.get("tests").items() {
                suite.push(case(spec, test, &titles, file.as_deref(), counts));
            }
        }
        let inner: Vec<Node<'_>> = group.get("suites").items().collect();
        for group in inner.into_iter().rev() {
            let title = group.get("title").text().unwrap_or_default();
            open.push((group, if titles.is_empty() { title } else { format!("{titles} › {title}") }));
        }
    }
    suite
}

fn case(
    spec: Node<'_>,
    test: Node<'_>,
    titles: &str,
    file: Option<&str>,
    counts: &mut [u64; STATUSES.len()],
) -> TestCase {
    let name = spec.require("title").text().unwrap_or_default();
    let status = test.require("status").word(STATUSES);
    if let Some(index) = status {
        counts[index] += 1;
    }
    let last = test.get("results").items().last();
    let ended = last.and_then(|last| last.get("status").str()).unwrap_or_default();
    let wanted = test.get("expectedStatus").str().unwrap_or_default();
    let is_wrong = matches!(&*ended, "passed" | "failed" | "timedOut") && !wanted.is_empty() && ended != wanted;
    if status == Some(0) && is_wrong {
        let message = format!("says that the test ended as expected, but it ended `{ended}` and should be `{wanted}`");
        let other = last.map(|last| last.get("status").pointer()).unwrap_or_default();
        test.diags().push(test.get("status").diagnostic(&CONTRADICTION, message).against(other));
    }
    let outcome = match status {
        Some(0) if is_wrong => Outcome::Failed,
        Some(0 | 2) => Outcome::Passed,
        Some(1) if ended == "timedOut" => Outcome::Errored,
        Some(1 | 3) if ended == "interrupted" => Outcome::Errored,
        Some(1) => Outcome::Failed,
        Some(_) => Outcome::Skipped,
        None => Outcome::Errored,
    };
    let mut case = TestCase::new(name, outcome, test.pointer());
    case.class = Some(titles.to_owned()).filter(|titles| !titles.is_empty());
    case.flaky = status == Some(2);
    // A test that never ended has the duration -1.
    let took = last.map(|last| last.get("duration")).filter(|took| took.f64().is_some_and(|took| took >= 0.0));
    case.elapsed = took.and_then(|took| took.elapsed(Unit::Millis));
    let fails = wanted == "failed";
    match outcome {
        Outcome::Passed if fails => case.message = Some("is marked to fail, and failed".to_owned()),
        Outcome::Passed => {}
        Outcome::Skipped if last.is_none() => case.message = Some("never started".to_owned()),
        Outcome::Skipped => {
            let reasons = test.get("annotations").items().filter(|a| {
                matches!(a.get("type").str().as_deref(), Some("skip" | "fixme")) && a.get("description").is_some()
            });
            case.message = reasons.filter_map(|a| a.get("description").text()).next();
        }
        _ => {
            let errors = last.map(|last| (last.get("errors").at(0), last.get("error")));
            let text = errors.and_then(|(first, only)| {
                let text = |node: Node<'_>| if node.is_object() { node.get("message").text() } else { node.text() };
                text(first).or_else(|| text(only))
            });
            match text {
                Some(text) => explain(&mut case, &text),
                None if fails => case.message = Some("is marked to fail, and passed".to_owned()),
                None => case.message = Some(ended.into_owned()).filter(|ended| !ended.is_empty()),
            }
        }
    }
    let attempts = test.get("results").len() as u64;
    let project = test.get("projectName").filled();
    let extra = case.extra();
    extra.file = spec.get("file").filled().or_else(|| file.map(ToOwned::to_owned));
    extra.line = spec.get("line").u64();
    extra.attempts = (attempts > 1).then_some(attempts);
    extra.facts.extend(project.map(|project| ("project".to_owned(), project)));
    case
}
