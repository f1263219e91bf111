//! Hurl: the report of `--report-json`, and what `--json` prints.
//!
//! ```json
//! [{"filename": "health.hurl", "success": true, "time": 46, "cookies": [], "entries": [
//!   {"index": 1, "line": 1, "asserts": [{"line": 2, "success": true}], "calls": [
//!     {"request": {"method": "GET", "url": "http://127.0.0.1:8765/health"}, "response": {"status": 200}}]}]}]
//! ```
//!
//! One test is one run of one file, as Hurl itself judges it by `success`.
//! A retried entry is written once for each attempt with the same `index`: only its last attempt counts, failed attempts before it are no failures.
//! Where a file failed without any failed assert in a last attempt (no connection, a capture, a body that cannot be read) it errored.
//! A file that succeeded without any entry ran nothing (`skip: true`, an empty file): it is skipped, never passed.
//! Hurl writes no report at all where a file has a syntax error.
//!
//! `--json` prints one such object for each file: a single document, or a line each.
//! Times are milliseconds; those inside of `calls` are microseconds and left out.
//! Cookies, captures, headers, bodies, queries and the `curl` command are left out: they carry tokens.
//! The shape is that of `packages/hurl/src/report/json` in Orange-OpenSource/hurl.

use std::collections::BTreeMap;

use crate::diagnostics::codes::{CONTRADICTION, UNREADABLE_PART};
use crate::formats::Format;
use crate::formats::smoke::recount::{detail, nothing_ran};
use crate::model::{Evidence, Kind, Outcome, Pointer, Suite, TestCase, Tool, Unit};
use crate::source::{Doc, Node, Probe, Stop};

pub(super) static FORMAT: Format = Format {
    id: "hurl-json",
    kinds: &[Kind::Smoke],
    tool: "Hurl",
    title: "JSON report",
    produce: "hurl --test --report-json hurl-report smoke/*.hurl",
    detect,
    read,
};

const KEYS: &[&str] = &["filename", "entries", "success", "time"];

fn detect(probe: &Probe<'_>) -> bool {
    let is_run = |node: Node<'_>| node.has(KEYS) && node.get("entries").is_array();
    // The last element of a cut head may lack keys.
    probe.elements().next().is_some_and(|first| is_run(first) || cut(probe, first))
        || probe.records().next().is_some_and(is_run)
}

/// A first file so long that its end is not in the head: `entries` stands before `filename`.
fn cut(probe: &Probe<'_>, first: Node<'_>) -> bool {
    !probe.is_complete() && first.get("entries").at(0).has(&["asserts", "calls", "index"])
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let diags = doc.diags().clone();
    evidence.tool = Some(Tool::new("Hurl", None));
    let mut suite = Suite::new("", Pointer::whole());
    let result = doc.records(|tree| {
        let root = tree.root();
        if root.has(&["entries", "success"]) {
            suite.push(run(root));
        } else {
            root.report(&UNREADABLE_PART, "the record is not the run of a Hurl file");
        }
        Ok(())
    });
    evidence.suites.push(suite);
    result?;
    nothing_ran(&diags, evidence);
    Ok(())
}

fn run(node: Node<'_>) -> TestCase {
    let entries = node.get("entries");
    // Of each entry the last attempt.
    let mut last: BTreeMap<String, Node<'_>> = BTreeMap::new();
    let mut attempts: BTreeMap<String, u64> = BTreeMap::new();
    for (position, entry) in entries.items().enumerate() {
        let index = entry.get("index").text().unwrap_or_else(|| format!("at {position}"));
        *attempts.entry(index.clone()).or_default() += 1;
        last.insert(index, entry);
    }
    let failed: Vec<Node<'_>> = entries
        .items()
        .filter(|entry| last.values().any(|last| last.pointer() == entry.pointer()))
        .flat_map(|entry| entry.get("asserts").items())
        .filter(|assert| assert.get("success").bool() != Some(true))
        .collect();
    let outcome = match node.require("success").bool() {
        Some(true) if !failed.is_empty() => {
            let message = "says that the file succeeded, but an assert of a last attempt failed";
            let success = node.get("success");
            success.diags().push(success.diagnostic(&CONTRADICTION, message).against(failed[0].pointer()));
            Outcome::Failed
        }
        Some(true) if entries.is_empty() => Outcome::Skipped,
        Some(true) => Outcome::Passed,
        Some(false) if failed.is_empty() => Outcome::Errored,
        Some(false) => Outcome::Failed,
        None => Outcome::Errored,
    };
    let name = node.require("filename").text().unwrap_or_default();
    let mut case = TestCase::new(name, outcome, node.pointer());
    case.elapsed = node.get("time").elapsed(Unit::Millis);
    match (outcome, failed.first()) {
        (Outcome::Skipped, _) => case.message = Some("no entry ran".to_owned()),
        (Outcome::Passed, _) => {}
        (_, Some(assert)) => reason(&mut case, *assert),
        (_, None) => case.message = Some("no assert failed: no answer, or it could not be read".to_owned()),
    }
    let most = attempts.values().copied().max().unwrap_or(0);
    let place = match failed.first() {
        Some(assert) => {
            entries.items().filter(|e| assert.pointer().as_path().starts_with(e.pointer().as_path())).last()
        }
        None => entries.items().last(),
    };
    let call = place.map(|entry| entry.get("calls").at(0));
    let extra = case.extra();
    extra.attempts = (most > 1).then_some(most);
    if let Some(call) = call {
        let url = call.path(&["request", "url"]).filled().map(|url| bare(&url).to_owned());
        let method = call.path(&["request", "method"]).filled();
        extra.endpoint = url.map(|url| method.map_or(url.clone(), |method| format!("{method} {url}")));
        extra.response = call.path(&["response", "status"]).text();
    }
    case
}

/// Hurl draws the place in the file below the first line, and what was seen behind `actual value is`.
fn reason(case: &mut TestCase, assert: Node<'_>) {
    let text = assert.get("message").text().unwrap_or_default();
    let title = text.lines().next().unwrap_or_default().trim();
    let seen = text.lines().find_map(|line| line.split_once('^').map(|(_, rest)| rest.trim_start_matches('^').trim()));
    let line = assert.get("line").u64();
    let mut message = if title.is_empty() { "an assert failed".to_owned() } else { title.to_owned() };
    if let Some(seen) = seen.filter(|seen| !seen.is_empty()) {
        message = format!("{message}: {seen}");
    }
    case.message = Some(message);
    detail(case, &text);
    case.extra().line = line;
}

/// A URL without query and credentials.
fn bare(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or_default()
}
