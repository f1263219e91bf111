//! Robot Framework's JSON result (`--output output.json`, version 7.2 and later; `rebot` and `to_json` of 7.0).
//!
//! ```json
//! {"generator": "Robot 7.2 (Python 3.12 on linux)", "suite": {"name": "Smoke", "tests": [
//!   {"id": "s1-t1", "name": "Health is 200", "status": "PASS", "elapsed_time": 0.031}]},
//!  "statistics": {"total": {"label": "All Tests", "pass": 1, "fail": 0, "skip": 0}}, "errors": []}
//! ```
//!
//! What is read, and how, is the same as for Robot Framework's `output.xml`; times are in seconds.
//! A file that is only a suite, as `TestSuite.to_json` of a result writes it, is read as well.

use crate::diagnostics::codes::MISSING_FIELD;
use crate::formats::Format;
use crate::formats::smoke::robot_suites::{Keywords, STATUSES, Suites, Totals, judge, tool};
use crate::model::{Evidence, Kind, Outcome, Pointer, TestCase, Unit, keep_text};
use crate::source::{Doc, Json, Node, Probe, Stop};

pub(super) static FORMAT: Format = Format {
    id: "robot-json",
    kinds: &[Kind::Smoke],
    tool: "Robot Framework",
    title: "Robot Framework JSON result",
    produce: "robot --output output.json tests/",
    detect,
    read,
};

fn detect(probe: &Probe<'_>) -> bool {
    let Some(root) = probe.document().filter(|root| root.is_object()) else { return false };
    let generator = root.get("generator");
    if generator.is_string() && root.get("suite").is_object() {
        return generator.str().is_some_and(|name| name.starts_with("Robot ") || name.starts_with("Rebot "));
    }
    is_suite(root) && root.get("status").is_string() && root.get("elapsed_time").is_number()
}

fn is_suite(root: Node<'_>) -> bool {
    let id = root.get("id");
    // Versions before 7.2 write none.
    let is_first =
        if id.exists() { id.is_string() && id.str().as_deref() == Some("s1") } else { root.has(&["source"]) };
    is_first && root.get("name").is_string() && (root.get("tests").is_array() || root.get("suites").is_array())
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let mut suites = Suites::default();
    let mut totals = None;
    let mut json = doc.json();
    let result = root(&mut json, &mut suites, &mut totals, evidence).and_then(|()| json.end());
    let keywords = suites.keywords;
    suites.put(evidence);
    result?;
    judge(evidence, keywords, totals, doc.diags());
    Ok(())
}

/// What a suite says of itself, in whichever order.
#[derive(Default)]
struct About {
    name: String,
    elapsed: Option<crate::model::Elapsed>,
    teardown: Option<(Outcome, Option<String>)>,
}

fn root(
    json: &mut Json<'_>,
    suites: &mut Suites,
    totals: &mut Option<Totals>,
    evidence: &mut Evidence,
) -> Result<(), Stop> {
    // A file that is only a suite has the members of a suite here.
    suites.open(Pointer::path(json.pointer()));
    let mut about = About::default();
    json.object(|json, key| match key {
        "generator" => {
            evidence.tool = json.record()?.str().map(|name| tool(&name));
            Ok(())
        }
        "suite" => suite(json, suites),
        "statistics" => {
            *totals = total(json.record()?.get("total"));
            Ok(())
        }
        _ => member(json, key, suites, &mut about),
    })?;
    end(suites, about);
    Ok(())
}

fn suite(json: &mut Json<'_>, suites: &mut Suites) -> Result<(), Stop> {
    suites.open(Pointer::path(json.pointer()));
    let mut about = About::default();
    json.object(|json, key| member(json, key, suites, &mut about))?;
    end(suites, about);
    Ok(())
}

fn end(suites: &mut Suites, about: About) {
    suites.name(&about.name);
    suites.elapsed(about.elapsed);
    suites.close(about.teardown);
}

fn member(json: &mut Json<'_>, key: &str, suites: &mut Suites, about: &mut About) -> Result<(), Stop> {
    match key {
        "tests" | "tasks" => json.array(|json, _| {
            let tree = json.tree()?;
            count_keywords(tree.root(), &mut suites.keywords);
            suites.push(test(tree.root()));
            Ok(())
        }),
        "suites" => json.array(|json, _| suite(json, suites)),
        "name" => {
            about.name = json.record()?.string().unwrap_or_default();
            Ok(())
        }
        "elapsed_time" => {
            about.elapsed = json.record()?.elapsed(Unit::Secs);
            Ok(())
        }
        "teardown" => {
            let tree = json.tree()?;
            let node = tree.root();
            about.teardown = node.get("status").word(STATUSES).map(|outcome| (outcome, node.get("message").filled()));
            Ok(())
        }
        _ => json.skip(),
    }
}

fn test(node: Node<'_>) -> TestCase {
    let status = node.get("status");
    if !status.is_some() {
        node.report(&MISSING_FIELD, "`status` is missing; the test is counted as errored");
    }
    let outcome = status.word(STATUSES).unwrap_or(Outcome::Errored);
    let name = node.require("name").string().unwrap_or_default();
    let mut case = TestCase::new(keep_text(&name), outcome, node.pointer());
    case.elapsed = node.get("elapsed_time").elapsed(Unit::Secs);
    case.message = node.get("message").filled().map(|text| keep_text(&text));
    if let Some(line) = node.get("lineno").u64() {
        case.extra().line = Some(line);
    }
    case
}

/// Counts the keywords of a test that call no others.
fn count_keywords(test: Node<'_>, keywords: &mut Keywords) {
    let mut open = calls(test);
    while let Some(node) = open.pop() {
        let inner = calls(node);
        if inner.is_empty() {
            keywords.see(node.get("status").str().as_deref());
        }
        open.extend(inner);
    }
}

/// What a test or keyword calls; log messages stand there too.
fn calls(node: Node<'_>) -> Vec<Node<'_>> {
    let body = node.get("body").items().filter(|item| item.get("status").is_some());
    body.chain([node.get("setup"), node.get("teardown")].into_iter().filter(|item| item.is_object())).collect()
}

fn total(node: Node<'_>) -> Option<Totals> {
    node.is_object().then(|| Totals {
        passed: node.get("pass").u64(),
        failed: node.get("fail").u64(),
        skipped: node.get("skip").u64(),
        pointer: node.pointer(),
    })
}
