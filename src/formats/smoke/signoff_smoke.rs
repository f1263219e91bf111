//! signoff's own format for tests, easy to write from a shell script.
//!
//! One JSON document:
//!
//! ```json
//! {"schema": "signoff.smoke/1", "tests": [{"name": "API health check", "outcome": "passed"}]}
//! ```
//!
//! or NDJSON with one test a line, each with the schema:
//!
//! ```json
//! {"schema": "signoff.smoke/1", "name": "API health check", "outcome": "passed", "elapsed_ms": 30}
//! {"schema": "signoff.smoke/1", "name": "Login", "outcome": "skipped", "message": "no credentials"}
//! ```
//!
//! Outcomes are `passed`, `warned`, `failed`, `errored`, `skipped` and `info` (an observation that asserts nothing).
//! A test may say what it requested, expected and saw (`endpoint`, `expected`, `observed`, `response`), carry further
//! `facts`, and describe the `issue` that it found. Counts are never written: signoff counts the tests.
//! An unknown key is reported, since a misspelt one would be lost in silence.

use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{NOTHING_RAN, UNREADABLE_PART};
use crate::formats::Format;
use crate::formats::native::{facts, header, known_keys, time};
use crate::model::test::{Issue, TestExtra};
use crate::model::{Evidence, Kind, Outcome, Pointer, Suite, TestCase, Unit};
use crate::source::{Doc, Node, Probe, Stop};

pub(super) static FORMAT: Format = Format {
    id: "signoff-smoke",
    kinds: &[Kind::Smoke],
    tool: "signoff",
    title: "Native tests (signoff.smoke/1), JSON or NDJSON",
    produce: "printf '{\"schema\":\"signoff.smoke/1\",\"name\":\"health\",\"outcome\":\"passed\"}\\n' >> smoke.ndjson",
    detect,
    read,
};

const SCHEMA: &str = "signoff.smoke/1";
const OUTCOMES: &[(&str, Outcome)] = &[
    ("passed", Outcome::Passed),
    ("warned", Outcome::Warned),
    ("failed", Outcome::Failed),
    ("errored", Outcome::Errored),
    ("skipped", Outcome::Skipped),
    ("info", Outcome::Info),
];
const DOCUMENT_KEYS: &[&str] = &[
    "schema",
    "name",
    "command",
    "elapsed_ms",
    "tests",
    "tool",
    "time",
    "target",
    "environment",
    "commit",
    "version",
    "product",
];
const TEST_KEYS: &[&str] = &[
    "schema",
    "name",
    "outcome",
    "category",
    "class",
    "elapsed_ms",
    "message",
    "detail",
    "endpoint",
    "response",
    "expected",
    "observed",
    "facts",
    "flaky",
    "attempts",
    "file",
    "line",
    "issue",
    "time",
];

fn detect(probe: &Probe<'_>) -> bool {
    probe.first().is_some_and(|first| first.get("schema").str().as_deref() == Some(SCHEMA))
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let mut suites: Vec<Suite> = Vec::new();
    let mut lines = Suite::new("", Pointer::whole());
    doc.records(|tree| {
        let root = tree.root();
        if root.get("schema").str().as_deref() != Some(SCHEMA) {
            root.report(&UNREADABLE_PART, format!("the record is not of schema `{SCHEMA}`"));
        } else if root.get("tests").exists() {
            suites.push(document(root, evidence));
        } else {
            known_keys(root, TEST_KEYS);
            lines.push(test(root));
            evidence.add_time_of_part(time(root.get("time")));
        }
        Ok(())
    })?;
    if lines.tally().total() > 0 {
        suites.push(lines);
    }
    evidence.suites = suites;
    if evidence.tally().total() == 0 {
        doc.report(Diagnostic::new(&NOTHING_RAN, "no test is listed"));
    }
    Ok(())
}

fn document(root: Node<'_>, evidence: &mut Evidence) -> Suite {
    known_keys(root, DOCUMENT_KEYS);
    let mut suite = Suite::new(root.get("name").string().unwrap_or_default(), root.get("tests").pointer());
    suite.command = root.get("command").string();
    suite.target = root.get("target").string();
    suite.elapsed = root.get("elapsed_ms").elapsed(Unit::Millis);
    header(root, evidence);
    for node in root.get("tests").items() {
        known_keys(node, TEST_KEYS);
        suite.push(test(node));
    }
    suite
}

fn test(node: Node<'_>) -> TestCase {
    let name = node.require("name").string().unwrap_or_default();
    // A test whose outcome cannot be read is errored: it is not known to have passed.
    let outcome = node.require("outcome").word(OUTCOMES).unwrap_or(Outcome::Errored);
    let mut case = TestCase::new(name, outcome, node.pointer());
    case.class = node.get("class").string();
    case.flaky = node.get("flaky").bool().unwrap_or(false);
    case.elapsed = node.get("elapsed_ms").elapsed(Unit::Millis);
    case.message = node.get("message").string();
    let extra = TestExtra {
        detail: node.get("detail").string(),
        category: node.get("category").string(),
        endpoint: node.get("endpoint").string(),
        response: node.get("response").string(),
        expected: node.get("expected").text(),
        observed: node.get("observed").text(),
        facts: facts(node.get("facts")),
        attempts: node.get("attempts").u64(),
        file: node.get("file").string(),
        line: node.get("line").u64(),
        issue: node.get("issue").is_some().then(|| issue(node.get("issue"))),
        ..TestExtra::default()
    };
    if extra != TestExtra::default() {
        case.extra = Some(Box::new(extra));
    }
    case
}

fn issue(node: Node<'_>) -> Issue {
    known_keys(node, &["title", "severity", "impact", "root_cause", "recommendation", "workaround"]);
    Issue {
        title: node.require("title").string().unwrap_or_default(),
        severity: node.get("severity").string(),
        impact: node.get("impact").string(),
        root_cause: node.get("root_cause").string(),
        recommendation: node.get("recommendation").string(),
        workaround: node.get("workaround").string(),
    }
}
