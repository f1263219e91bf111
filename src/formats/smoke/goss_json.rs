//! Goss: the output formats `json` and `structured`, also as `goss serve` answers.
//!
//! ```json
//! {"results": [{"resource-type": "HTTP", "resource-id": "http://127.0.0.1/health", "property": "status", "result": 0,
//!   "successful": true, "skipped": false, "duration": 523689683, "err": null, "expected": ["200"], "found": ["200"]}],
//!  "summary": {"test-count": 1, "failed-count": 0, "total-duration": 523920650}}
//! ```
//!
//! One test is one property of one resource, and `result` says what became of it: 0 passed, 1 failed, 2 skipped, 3 unknown, which errored.
//! `successful` is true for skipped tests too, so it counts only where `result` is absent and `skipped` is not true.
//! A test with an `err` could not be carried out: it errored.
//!
//! Durations are nanoseconds.
//! `meta` is left out.
//! Results by `resource/validate.go`, their output by `outputs/json.go` in goss-org/goss.

use crate::diagnostics::codes::{CONTRADICTION, MISSING_FIELD, OUT_OF_RANGE};
use crate::formats::Format;
use crate::formats::smoke::recount::{declared, declared_failures, explain, nothing_ran};
use crate::model::{Evidence, Kind, Outcome, Pointer, Suite, TestCase, Tool, Unit};
use crate::source::{Doc, Node, Probe, Stop, Tree};

pub(super) static FORMAT: Format = Format {
    id: "goss-json",
    kinds: &[Kind::Smoke],
    tool: "Goss",
    title: "JSON output of a validation",
    produce: "goss validate --format json > goss.json",
    detect,
    read,
};

fn detect(probe: &Probe<'_>) -> bool {
    probe.document().is_some_and(|root| {
        let results = root.get("results");
        let first = results.at(0);
        let is_goss = |result: Node<'_>| result.has(&["resource-type"]) || result.has(&["resource-id"]);
        if results.is_array() && !results.is_empty() {
            is_goss(first) && (root.get("summary").has(&["test-count"]) || !probe.is_complete())
        } else {
            // Go writes an empty list of results as null.
            root.get("summary").has(&["test-count", "failed-count"])
        }
    })
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let diags = doc.diags().clone();
    evidence.tool = Some(Tool::new("Goss", None));
    let mut suite = Suite::new("", Pointer::path("/results"));
    let mut summary: Option<Tree> = None;
    let mut fails = 0;
    let mut json = doc.json();
    let result = json.object(|json, key| match key {
        "results" => json.array(|json, _| {
            let tree = json.tree()?;
            fails += u64::from(tree.root().get("result").raw() == "1");
            suite.push(test(tree.root()));
            Ok(())
        }),
        "summary" => {
            summary = Some(json.tree()?);
            Ok(())
        }
        _ => json.skip(),
    });
    let summary = summary.as_ref().map(Tree::root);
    suite.elapsed = summary.and_then(|summary| summary.get("total-duration").elapsed(Unit::Nanos));
    let (pointer, tally) = (suite.pointer.clone(), *suite.tally());
    evidence.suites.push(suite);
    result?;
    json.end()?;
    if let Some(summary) = summary {
        declared(summary.get("test-count"), "tests", tally.total(), &pointer);
        // Newer versions count the result 1 only, older ones all that is no success.
        let bad = tally.failed + tally.errored;
        let failed = summary.get("failed-count");
        declared_failures(
            failed,
            "failed tests",
            if failed.raw() == fails.to_string() { fails } else { bad },
            &pointer,
        );
        declared(summary.get("skipped-count"), "skipped tests", tally.skipped, &pointer);
    }
    nothing_ran(&diags, evidence);
    Ok(())
}

fn test(node: Node<'_>) -> TestCase {
    let outcome = outcome(node);
    let kind = node.get("resource-type").text().unwrap_or_default();
    let id = node.get("resource-id").text().unwrap_or_default();
    let property = node.get("property").text().unwrap_or_default();
    let words: Vec<&str> = [&*kind, &*id, &*property].into_iter().filter(|word| !word.is_empty()).collect();
    if words.is_empty() {
        node.report(&MISSING_FIELD, "the result names no resource");
    }
    let mut case = TestCase::new(words.join(": "), outcome, node.pointer());
    case.class = Some(kind).filter(|kind| !kind.is_empty());
    case.elapsed = node.get("duration").elapsed(Unit::Nanos);
    let err = node.get("err");
    if !matches!(outcome, Outcome::Passed | Outcome::Skipped) {
        let reason = if err.is_string() { err.text() } else { None };
        let reason = reason.or_else(|| node.get("summary-line").filled()).or_else(|| node.get("human").filled());
        explain(&mut case, reason.as_deref().unwrap_or("no reason given"));
    }
    let matcher = node.get("matcher-result");
    let shown = |old: &str, new: &str| {
        let old = node.get(old);
        let value = if old.is_some() { old } else { matcher.get(new) };
        match value {
            value if value.is_array() && value.items().all(|item| !item.is_array() && !item.is_object()) => {
                Some(value.strings().join(", ")).filter(|text| !text.is_empty())
            }
            value if value.is_some() && !value.is_array() && !value.is_object() => value.text(),
            _ => None,
        }
    };
    let (expected, observed) = (shown("expected", "expected"), shown("found", "actual"));
    case.extra().expected = expected;
    case.extra().observed = observed;
    case.extra().category = node.get("title").filled();
    case
}

fn outcome(node: Node<'_>) -> Outcome {
    let successful = node.get("successful");
    let result = node.get("result");
    let outcome = match result.u64() {
        Some(0) => Outcome::Passed,
        Some(1) => Outcome::Failed,
        Some(2) => Outcome::Skipped,
        Some(3) => Outcome::Errored,
        Some(other) => {
            result.report(&OUT_OF_RANGE, format!("`{other}` is not a result: known are 0, 1, 2 and 3"));
            Outcome::Errored
        }
        None if node.get("skipped").bool() == Some(true) => Outcome::Skipped,
        None => match node.require("successful").bool() {
            Some(true) => Outcome::Passed,
            Some(false) => Outcome::Failed,
            None => Outcome::Errored,
        },
    };
    if outcome == Outcome::Passed && successful.bool() == Some(false) {
        let message = "says that the test was no success, but its result is 0";
        successful.diags().push(successful.diagnostic(&CONTRADICTION, message).against(result.pointer()));
        return Outcome::Failed;
    }
    let err = node.get("err");
    // Goss 0.3 writes an error as an empty object, and none as null.
    let has_error = err.is_some() && err.raw() != "\"\"";
    if has_error && outcome != Outcome::Skipped { Outcome::Errored } else { outcome }
}
