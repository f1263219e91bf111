//! Bruno: the JSON report of `bru run`.
//!
//! ```json
//! [{"iterationIndex": 0, "results": [
//!    {"test": {"filename": "health.bru"}, "name": "health", "path": "health", "status": "pass", "error": null,
//!     "request": {"method": "GET", "url": "https://staging.example.com/health"}, "response": {"status": 200},
//!     "assertionResults": [{"lhsExpr": "res.status", "rhsExpr": "eq 200", "status": "pass"}],
//!     "testResults": [{"description": "says ok", "status": "pass"}]}],
//!   "summary": {"totalRequests": 1, "failedTests": 0, "failedAssertions": 0}}]
//! ```
//!
//! Versions up to 1.20 write one such object, without a list around it.
//!
//! # What is read
//! One test is one assertion (`assertionResults`) or one test of a script (`testResults`, `preRequestTestResults`,
//! `postResponseTestResults`) of one request. A script that threw (`isScriptError`) is errored.
//! A request that got no answer, or whose script failed before it, has `error` and is an errored test of its own.
//! A request that was skipped (by a script, by `--bail`, a file that cannot be read) is a skipped test.
//! A request that was answered and of which nothing is asserted is an observation: Bruno takes it for passed, whatever
//! the answer was; a run of nothing else proves nothing. Iterations that `--bail` did not come to are only counted, and their requests are skipped.
//!
//! The class of a test is its request, and each iteration is a suite. The totals of `summary` are compared with the count.
//!
//! # What is left out
//! Headers, bodies and queries of URLs: they carry tokens.
//! The shape is that of `packages/bruno-cli/src/commands/run.js` in usebruno/bruno 1 to 4.

use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{NOT_LISTED, NOTHING_RAN, UNREADABLE_PART};
use crate::formats::Format;
use crate::formats::smoke::recount::{bare_url, declared, declared_failures, detail, explain, nothing_ran};
use crate::model::{Evidence, Kind, Outcome, Suite, TestCase, Tool, Unit};
use crate::source::{Doc, Node, Probe, Stop};

pub(super) static FORMAT: Format = Format {
    id: "bruno-json",
    kinds: &[Kind::Smoke],
    tool: "Bruno",
    title: "JSON report",
    produce: "bru run --reporter-json bruno.json",
    detect,
    read,
};

/// The lists of what was asserted of a request.
const LISTS: &[&str] = &["assertionResults", "preRequestTestResults", "postResponseTestResults", "testResults"];

const WORDS: &[(&str, Outcome)] =
    &[("pass", Outcome::Passed), ("fail", Outcome::Failed), ("error", Outcome::Errored), ("skipped", Outcome::Skipped)];

/// The totals of what failed in each list.
const FAILED: &[(&str, &str, &str)] = &[
    ("assertionResults", "failedAssertions", "failed assertions"),
    ("testResults", "failedTests", "failed tests"),
    ("preRequestTestResults", "failedPreRequestTests", "failed tests before requests"),
    ("postResponseTestResults", "failedPostResponseTests", "failed tests after responses"),
];

fn detect(probe: &Probe<'_>) -> bool {
    let is_request = |node: Node<'_>| node.get("test").get("filename").exists() && node.has(&["request", "response"]);
    let is_run = |node: Node<'_>| {
        let results = node.get("results");
        results.is_array()
            && (is_request(results.at(0)) || results.is_empty() && node.get("summary").get("totalRequests").exists())
    };
    probe.elements().next().is_some_and(is_run) || probe.document().is_some_and(is_run)
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let diags = doc.diags().clone();
    evidence.tool = Some(Tool::new("Bruno", None));
    let mut suites = Vec::new();
    let result = doc.records(|tree| {
        suites.push(iteration(tree.root()));
        Ok(())
    });
    suites.retain(|suite: &Suite| suite.tally().total() > 0 || suite.unlisted() > 0);
    evidence.suites = suites;
    result?;
    let tally = evidence.tally();
    if tally.info > 0 && tally.executed() == tally.info {
        diags.push(Diagnostic::new(&NOTHING_RAN, "nothing is asserted of any answer"));
    }
    nothing_ran(&diags, evidence);
    Ok(())
}

/// The requests of one iteration.
fn iteration(root: Node<'_>) -> Suite {
    let name = root.get("iterationIndex").u64().and_then(|index| index.checked_add(1));
    let name = name.map_or_else(String::new, |number| format!("iteration {number}"));
    let mut suite = Suite::new(name, root.pointer());
    let results = root.get("results");
    if !results.is_array() {
        root.report(&UNREADABLE_PART, "the iteration has no list of results");
        return suite;
    }
    for request in results.items() {
        cases(request).into_iter().for_each(|case| suite.push(case));
    }
    let summary = root.get("summary");
    if let (0, Some(skipped)) = (results.len(), summary.get("skippedRequests").u64().filter(|skipped| *skipped > 0)) {
        summary.report(&NOT_LISTED, format!("{skipped} skipped requests are counted and not listed"));
        suite.skipped_unlisted(skipped);
        return suite;
    }
    declared(summary.get("totalRequests"), "requests", results.len() as u64, &results.pointer());
    for (list, total, what) in FAILED {
        let failed = results.items().filter(|request| !is_skipped(*request)).flat_map(|r| r.get(list).items());
        let failed = failed.filter(|test| test.get("isScriptError").bool() != Some(true));
        let n_failed = failed.filter(|test| test.get("status").str().as_deref() != Some("pass")).count();
        declared_failures(summary.get(total), what, n_failed as u64, &results.pointer());
    }
    suite
}

fn is_skipped(request: Node<'_>) -> bool {
    request.get("skipped").bool() == Some(true) || request.get("status").str().as_deref() == Some("skipped")
}

/// What is asserted of a request, or the request itself.
fn cases(request: Node<'_>) -> Vec<TestCase> {
    let mut cases: Vec<TestCase> = LISTS.iter().flat_map(|list| request.get(list).items()).map(assertion).collect();
    let error = request.get("error");
    if is_skipped(request) {
        cases.push(whole(request, Outcome::Skipped));
    } else if error.is_some() || request.get("status").str().as_deref() == Some("error") {
        cases.push(whole(request, Outcome::Errored));
    } else if !LISTS.iter().any(|list| request.get(list).is_array()) {
        request.report(&UNREADABLE_PART, "the record is not the result of a request");
        cases.push(whole(request, Outcome::Errored));
    } else if cases.is_empty() {
        cases.push(whole(request, Outcome::Info));
    }
    let class = request_name(request);
    let (url, method) = (request.get("request").get("url").filled(), request.get("request").get("method").filled());
    let url = url.map(|url| bare_url(&url));
    let endpoint = url.map(|url| method.map_or(url.clone(), |method| format!("{method} {url}")));
    // Where there is no answer it is a word.
    let answer = request.get("response").get("status").text();
    let answer = answer.filter(|status| status.bytes().all(|byte| byte.is_ascii_digit()));
    for case in &mut cases {
        case.class = Some(class.clone()).filter(|class| !class.is_empty());
        if endpoint.is_some() || answer.is_some() {
            let extra = case.extra();
            extra.endpoint.clone_from(&endpoint);
            extra.response.clone_from(&answer);
        }
    }
    cases
}

/// The path of a request in its collection.
fn request_name(request: Node<'_>) -> String {
    let path = request.get("path").filled().or_else(|| request.get("test").get("filename").filled());
    path.or_else(|| request.get("name").filled()).unwrap_or_default()
}

/// A request as a test of its own.
fn whole(request: Node<'_>, outcome: Outcome) -> TestCase {
    let name = request.get("name").filled().unwrap_or_else(|| request_name(request));
    let mut case = TestCase::new(name, outcome, request.pointer());
    case.elapsed = request.get("runDuration").elapsed(Unit::Secs);
    match outcome {
        Outcome::Info => case.message = Some("nothing is asserted of the answer".to_owned()),
        Outcome::Skipped => case.message = request.get("response").get("statusText").filled(),
        _ => explain(&mut case, &request.get("error").text().unwrap_or_else(|| "the request failed".to_owned())),
    }
    case
}

/// One assertion, or one test of a script.
fn assertion(node: Node<'_>) -> TestCase {
    let outcome = match node.get("isScriptError").bool() {
        Some(true) => Outcome::Errored,
        _ => node.require("status").word(WORDS).unwrap_or(Outcome::Errored),
    };
    let part = |key: &str| node.get(key).filled();
    let assertion = || Some([part("lhsExpr")?, part("rhsExpr").unwrap_or_default()].join(" ").trim_end().to_owned());
    let name = part("description").or_else(assertion).unwrap_or_default();
    let mut case = TestCase::new(name, outcome, node.pointer());
    if outcome != Outcome::Passed {
        explain(&mut case, &part("error").unwrap_or_default());
        detail(&mut case, &part("stack").unwrap_or_default());
    }
    case
}
