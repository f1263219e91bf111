//! Mochawesome, a reporter for Mocha and Cypress: its JSON, also as merged by mochawesome-merge.
//!
//! ```json
//! {"stats": {"tests": 1, "passes": 1, "pending": 0, "failures": 0, "testsRegistered": 1, "passPercent": 100, "other": 0, "skipped": 0},
//!  "results": [{"title": "", "root": true, "suites": [{"title": "core", "beforeHooks": [], "afterHooks": [], "suites": [],
//!    "tests": [{"title": "health", "state": "passed", "pass": true, "fail": false, "pending": false, "skipped": false}]}]}]}
//! ```
//!
//! The tests are counted, at any depth of suites.
//! `pending` (the author marked it) and `skipped` (never run, because a hook failed) are both skipped.
//! A hook that failed is a test that errored; Mochawesome counts it in `stats.other`, not in `stats.failures`.
//! A test without any state is one that the run did not get to: skipped.
//!
//! Versions before 4 have the object `suites` where newer ones have the array `results`.
//! Times are milliseconds.
//! The code of tests, contexts (screenshots) and diffs are left out.
//! States by `src/utils.js`, counts by `src/stats-collector.js` in adamgruber/mochawesome.

use crate::diagnostics::codes::UNREADABLE_PART;
use crate::formats::Format;
use crate::formats::smoke::recount::{claims_more, declared, declared_failures, detail, explain, nothing_ran};
use crate::model::{Evidence, Kind, Outcome, Suite, TestCase, Tool, Unit};
use crate::source::{Doc, JsonKind, Node, Probe, Stop, Tree};

pub(super) static FORMAT: Format = Format {
    id: "mochawesome-json",
    kinds: &[Kind::Smoke],
    tool: "Mochawesome",
    title: "JSON report",
    produce: "mocha --reporter mochawesome --reporter-options reportFilename=mochawesome,html=false",
    detect,
    read,
};

fn detect(probe: &Probe<'_>) -> bool {
    probe.document().is_some_and(|root| {
        let stats = root.get("stats");
        stats.has(&["tests", "passes", "failures"])
            && (stats.has(&["testsRegistered"]) || stats.has(&["passPercent"]))
            && (root.get("results").is_array() || root.get("suites").is_object())
    })
}

#[derive(Default)]
struct Counts {
    tests: u64,
    passes: u64,
    failures: u64,
    pending: u64,
    /// Those that the run did not get to.
    skipped: u64,
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let diags = doc.diags().clone();
    let mut counts = Counts::default();
    let mut stats: Option<Tree> = None;
    let mut version = None;
    let mut results = None;
    let mut json = doc.json();
    let result = json.object(|json, key| match key {
        "stats" => {
            stats = Some(json.tree()?);
            Ok(())
        }
        "meta" => {
            let tree = json.tree()?;
            version = tree.root().path(&["mochawesome", "version"]).text();
            Ok(())
        }
        "results" | "suites" => {
            results = Some(crate::model::Pointer::path(json.pointer()));
            if json.kind()? == JsonKind::Array {
                json.array(|json, _| {
                    evidence.suites.push(file(json.record()?, &mut counts));
                    Ok(())
                })
            } else {
                evidence.suites.push(file(json.record()?, &mut counts));
                Ok(())
            }
        }
        _ => json.skip(),
    });
    evidence.tool = Some(Tool::new("Mochawesome", version));
    if let Some(stats) = stats.as_ref().map(Tree::root) {
        evidence.time = stats.get("end").time();
    }
    result?;
    json.end()?;
    if let Some(stats) = stats.as_ref().map(Tree::root) {
        let results = results.unwrap_or_default();
        declared(stats.get("testsRegistered"), "registered tests", counts.tests, &results);
        declared(stats.get("passes"), "passes", counts.passes, &results);
        declared_failures(stats.get("failures"), "failures", counts.failures, &results);
        declared(stats.get("pending"), "pending tests", counts.pending, &results);
        let hooks = evidence.tally().errored;
        claims_more(stats.get("other"), "failures of hooks", hooks, &results);
        claims_more(stats.get("skipped"), "tests that a hook kept from running", counts.skipped, &results);
    }
    nothing_ran(&diags, evidence);
    Ok(())
}

/// The tests of one root suite, with those of the suites in it.
fn file(root: Node<'_>, counts: &mut Counts) -> Suite {
    let mut suite = Suite::new(root.get("title").text().unwrap_or_default(), root.pointer());
    let mut open = vec![(root, String::new())];
    while let Some((group, titles)) = open.pop() {
        for hook in group.get("beforeHooks").items().chain(group.get("afterHooks").items()) {
            if hook.get("fail").bool() == Some(true) || hook.get("state").str().as_deref() == Some("failed") {
                suite.push(case(hook, Outcome::Errored, &titles, group));
            }
        }
        for test in group.get("tests").items() {
            let outcome = outcome(test, counts);
            suite.push(case(test, outcome, &titles, group));
        }
        let inner: Vec<Node<'_>> = group.get("suites").items().collect();
        for group in inner.into_iter().rev() {
            let title = group.get("title").text().unwrap_or_default();
            open.push((group, if titles.is_empty() { title } else { format!("{titles} › {title}") }));
        }
    }
    suite
}

fn outcome(test: Node<'_>, counts: &mut Counts) -> Outcome {
    counts.tests += 1;
    // A hook that calls `skip` makes its tests pending and skipped at once.
    counts.skipped += u64::from(test.get("skipped").bool() == Some(true));
    let is =
        |key: &str, word: &str| test.get(key).bool() == Some(true) || test.get("state").str().as_deref() == Some(word);
    if is("fail", "failed") {
        counts.failures += 1;
        Outcome::Failed
    } else if is("pending", "pending") {
        counts.pending += 1;
        Outcome::Skipped
    } else if test.get("skipped").bool() == Some(true) {
        Outcome::Skipped
    } else if is("pass", "passed") {
        counts.passes += 1;
        Outcome::Passed
    } else if test.get("state").is_some() {
        test.get("state").report(&UNREADABLE_PART, format!("unknown state `{}`", test.get("state").raw()));
        Outcome::Errored
    } else {
        counts.skipped += 1;
        Outcome::Skipped
    }
}

fn case(test: Node<'_>, outcome: Outcome, titles: &str, group: Node<'_>) -> TestCase {
    let mut case = TestCase::new(test.require("title").text().unwrap_or_default(), outcome, test.pointer());
    case.class = Some(titles.to_owned()).filter(|titles| !titles.is_empty());
    case.elapsed = test.get("duration").elapsed(Unit::Millis);
    match outcome {
        Outcome::Failed | Outcome::Errored => {
            let err = test.get("err");
            explain(&mut case, &err.get("message").text().unwrap_or_else(|| "no reason given".to_owned()));
            if let Some(stack) = err.get("estack").text() {
                detail(&mut case, &stack);
            }
        }
        Outcome::Skipped if test.get("skipped").bool() == Some(true) => {
            case.message = Some("never ran: a hook failed or skipped it".to_owned());
        }
        _ => {}
    }
    if let Some(file) = group.get("file").filled() {
        case.extra().file = Some(file);
    }
    case
}
