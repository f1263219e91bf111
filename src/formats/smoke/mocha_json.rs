//! Mocha: the reporters `json` (one document at the end of the run) and `json-stream` (a line for each event).
//!
//! ```json
//! {"stats": {"tests": 1, "passes": 1, "pending": 0, "failures": 0, "duration": 193}, "tests": [{"fullTitle": "core health"}],
//!  "pending": [], "failures": [], "passes": [{"title": "health", "fullTitle": "core health", "duration": 82, "currentRetry": 0}]}
//! ```
//!
//! ```json
//! ["start",{"total":8}]
//! ["pass",{"title":"health","fullTitle":"core health","duration":116,"currentRetry":0}]
//! ["end",{"tests":1,"passes":1,"pending":0,"failures":0}]
//! ```
//!
//! A test in `passes` passed, in `failures` failed, in `pending` was skipped.
//! A hook that fails stands in `failures` and not in `tests`: it counts as a test that errored, named like `"before each" hook for "login"`.
//! The tests that never ran because of it appear nowhere in the document; the stream tells how many were registered at the start, and signoff reports where not all of them ended.
//! Of a dry run (`--dry-run`) no test has a duration: none ran.
//! A test with `currentRetry` above 0 that passed is flaky.
//!
//! The stream has no line for pending tests: their number stands in its `end`, so they are counted without their names.
//! A stream without `end` is incomplete: the run was cut off. Several runs in one file (`>>`) each have to end.
//! Lines that are none of Mocha's events (output of the tests) are passed over.
//!
//! Times are milliseconds.
//! Lists by `lib/reporters/json.js` and `lib/reporters/json-stream.js`, names of hooks by `lib/suite.js` in mochajs/mocha.

use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{CONTRADICTION, INCOMPLETE, NOTHING_RAN, OUT_OF_RANGE};
use crate::formats::Format;
use crate::formats::smoke::recount::{declared, declared_failures, detail, explain, nothing_ran};
use crate::model::{Evidence, Kind, Outcome, Pointer, Suite, TestCase, Tool, Unit};
use crate::source::{Diags, Doc, Node, Probe, Stop, Tree};

pub(super) static FORMAT: Format = Format {
    id: "mocha-json",
    kinds: &[Kind::Smoke],
    tool: "Mocha",
    title: "JSON reporter",
    produce: "mocha --reporter json --reporter-option output=mocha.json",
    detect,
    read,
};

pub(super) static STREAM: Format = Format {
    id: "mocha-json-stream",
    kinds: &[Kind::Smoke],
    tool: "Mocha",
    title: "JSON stream reporter",
    produce: "mocha --reporter json-stream > mocha.ndjson",
    detect: detect_stream,
    read: read_stream,
};

/// Tests without a name that are counted one by one.
const MAX_UNNAMED: u64 = 1_000_000;

fn detect(probe: &Probe<'_>) -> bool {
    probe.document().is_some_and(|root| {
        root.get("stats").has(&["tests", "passes", "failures"])
            && ["tests", "passes", "failures"].iter().all(|key| root.get(key).is_array())
    })
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let diags = doc.diags().clone();
    evidence.tool = Some(Tool::new("Mocha", None));
    let mut suite = Suite::new("", Pointer::whole());
    let mut stats: Option<Tree> = None;
    let (mut listed, mut passes, mut pending, mut failures, mut hooks) = (0u64, 0u64, 0u64, 0u64, 0u64);
    let mut unrun = 0;
    let mut json = doc.json();
    let result = json.object(|json, key| match key {
        "stats" => {
            stats = Some(json.tree()?);
            Ok(())
        }
        "tests" => json.array(|json, _| {
            listed += 1;
            json.skip()
        }),
        "passes" | "pending" | "failures" => json.array(|json, _| {
            let tree = json.tree()?;
            let (outcome, count) = match key {
                "passes" => (Outcome::Passed, &mut passes),
                "pending" => (Outcome::Skipped, &mut pending),
                _ if is_hook(tree.root()) => (Outcome::Errored, &mut failures),
                _ => (Outcome::Failed, &mut failures),
            };
            *count += 1;
            unrun += u64::from(outcome == Outcome::Passed && is_unrun(tree.root()));
            hooks += u64::from(outcome == Outcome::Errored);
            suite.push(test(tree.root(), outcome));
            Ok(())
        }),
        _ => json.skip(),
    });
    if let Some(stats) = stats.as_ref().map(Tree::root) {
        suite.elapsed = stats.get("duration").elapsed(Unit::Millis);
        evidence.time = stats.get("end").time();
    }
    evidence.suites.push(suite);
    result?;
    json.end()?;
    if let Some(stats) = stats.as_ref().map(Tree::root) {
        declared(stats.get("tests"), "tests", listed, &Pointer::path("/tests"));
        declared(stats.get("passes"), "passes", passes, &Pointer::path("/passes"));
        declared(stats.get("pending"), "pending tests", pending, &Pointer::path("/pending"));
        declared_failures(stats.get("failures"), "failures", failures, &Pointer::path("/failures"));
    }
    let told = passes + pending + failures - hooks;
    if told < listed {
        let message = format!("lists {listed} tests, but only {told} passed, failed or are pending");
        let diagnostic = Diagnostic::new(&CONTRADICTION, message).at(Pointer::path("/tests"));
        diags.push(diagnostic.against(Pointer::path("/passes")));
    }
    nothing_ran(&diags, evidence);
    dry_run(&diags, passes, unrun);
    Ok(())
}

/// Whether a test that passed has no duration, although it has what Mocha has written beside it since version 6.
fn is_unrun(node: Node<'_>) -> bool {
    node.has(&["currentRetry"]) && !node.has(&["duration"])
}

/// Mocha's `--dry-run` passes every test without running it.
fn dry_run(diags: &Diags, passes: u64, unrun: u64) {
    if passes > 0 && unrun == passes {
        let message = "no test that passed has a duration, as in a dry run (`--dry-run`): none ran";
        diags.push(Diagnostic::new(&NOTHING_RAN, message));
    }
}

/// Hooks are named by Mocha itself; tests are named by their authors.
pub(super) fn is_hook(node: Node<'_>) -> bool {
    node.get("title").str().is_some_and(|title| {
        ["before all", "before each", "after all", "after each"].iter().any(|hook| {
            title.strip_prefix('"').and_then(|t| t.strip_prefix(hook)).is_some_and(|t| t.starts_with("\" hook"))
        })
    })
}

/// A test of either reporter: the document has an object `err`, the stream a text `err` and a text `stack`.
fn test(node: Node<'_>, outcome: Outcome) -> TestCase {
    let name = node.require("title").text().unwrap_or_default();
    let mut case = TestCase::new(name, outcome, node.pointer());
    let full = node.get("fullTitle").filled().unwrap_or_default();
    case.class = full.strip_suffix(&*case.name).map(|group| group.trim_end().to_owned()).filter(|g| !g.is_empty());
    case.elapsed = node.get("duration").elapsed(Unit::Millis);
    let retry = node.get("currentRetry").u64().unwrap_or(0);
    case.flaky = outcome == Outcome::Passed && retry > 0;
    if matches!(outcome, Outcome::Failed | Outcome::Errored) {
        let err = node.get("err");
        let (message, stack) =
            if err.is_object() { (err.get("message"), err.get("stack")) } else { (err, node.get("stack")) };
        let message = message.text().or_else(|| stack.text());
        explain(&mut case, message.as_deref().unwrap_or("no reason given"));
        if let Some(stack) = stack.text() {
            detail(&mut case, &stack);
        }
    }
    let file = node.get("file").filled();
    if retry > 0 || file.is_some() {
        case.extra().file = file;
        case.extra().attempts = (retry > 0).then(|| retry.saturating_add(1));
    }
    case
}

fn detect_stream(probe: &Probe<'_>) -> bool {
    probe.records().next().is_some_and(|first| event(first).as_deref() == Some("start") && first.at(1).has(&["total"]))
}

/// The name of an event: an array of a name and an object.
fn event(node: Node<'_>) -> Option<std::borrow::Cow<'_, str>> {
    let is_event = node.is_array() && node.len() == 2 && node.at(0).is_string() && node.at(1).is_object();
    is_event.then(|| node.at(0).str()).flatten()
}

fn read_stream(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let diags = doc.diags().clone();
    evidence.tool = Some(Tool::new("Mocha", None));
    let mut suite = Suite::new("", Pointer::whole());
    let mut run = StreamRun::default();
    let mut lines = doc.lines();
    while let Some(line) = lines.next()? {
        if !line.bytes.starts_with(b"[\"") {
            continue;
        }
        match line.json() {
            Ok(tree) => run.event(tree, &mut suite, evidence),
            Err(stop) => diags.push(*stop.0),
        }
    }
    evidence.suites.push(suite);
    if !run.is_ended {
        diags.push(Diagnostic::new(&INCOMPLETE, "the stream has no `end`: the run was cut off"));
        return Ok(());
    }
    nothing_ran(&diags, evidence);
    dry_run(&diags, run.passes, run.unrun);
    Ok(())
}

/// One run in a stream, from `start` to `end`.
#[derive(Default)]
struct StreamRun {
    start: Option<Tree>,
    passes: u64,
    /// Those of them that did not run.
    unrun: u64,
    failures: u64,
    hooks: u64,
    is_ended: bool,
}

impl StreamRun {
    fn event(&mut self, tree: Tree, suite: &mut Suite, evidence: &mut Evidence) {
        let data = tree.root().at(1);
        match event(tree.root()).as_deref() {
            Some("start") => {
                if self.start.is_some() && !self.is_ended {
                    data.report(&INCOMPLETE, "another run begins before `end`: the one before was cut off");
                }
                *self = StreamRun { start: Some(tree), ..StreamRun::default() };
            }
            Some("pass") => {
                self.passes += 1;
                self.unrun += u64::from(is_unrun(data));
                suite.push(test(data, Outcome::Passed));
            }
            Some("fail") => {
                let hook = is_hook(data);
                self.failures += 1;
                self.hooks += u64::from(hook);
                suite.push(test(data, if hook { Outcome::Errored } else { Outcome::Failed }));
            }
            Some("end") => self.end(data, suite, evidence),
            _ => {}
        }
    }

    /// Holds the run against what its `start` and its `end` say.
    fn end(&mut self, end: Node<'_>, suite: &mut Suite, evidence: &mut Evidence) {
        let skipped_before = suite.tally().skipped;
        unnamed(end.require("pending"), suite);
        let elapsed = end.get("duration").elapsed(Unit::Millis);
        // Of several runs none is the duration of all.
        suite.elapsed = elapsed.filter(|_| evidence.time.is_none());
        evidence.add_time(end.get("end").time());
        self.is_ended = true;
        declared(end.get("passes"), "passes", self.passes, &suite.pointer);
        declared_failures(end.get("failures"), "failures", self.failures, &suite.pointer);
        let Some(total) = self.start.as_ref().map(|tree| tree.root().at(1).get("total")) else { return };
        let told = self.passes + (suite.tally().skipped - skipped_before) + self.failures - self.hooks;
        if let Some(count) = total.u64().filter(|count| told < *count) {
            let message = format!("says that {count} tests are to run, counted {told} that ended");
            end.diags().push(total.diagnostic(&CONTRADICTION, message).against(end.pointer()));
        }
    }
}

/// Pending tests, of which the stream tells only how many there are.
fn unnamed(pending: Node<'_>, suite: &mut Suite) {
    let count = pending.u64().unwrap_or(0);
    if count > MAX_UNNAMED {
        pending.report(&OUT_OF_RANGE, format!("`{count}` is not a number of tests"));
        return;
    }
    for number in 1..=count {
        let mut case = TestCase::new(format!("pending test {number} of {count}"), Outcome::Skipped, pending.pointer());
        case.message = Some("the stream does not name it".to_owned());
        suite.push(case);
    }
}
