//! Dart and Flutter tests: the JSON reporter, one event a line.
//!
//! ```json
//! {"protocolVersion":"0.1.1","runnerVersion":"1.25.0","pid":7504,"type":"start","time":0}
//! {"suite":{"id":0,"platform":"vm","path":"test/main_test.dart"},"type":"suite","time":0}
//! {"test":{"id":8,"name":"health","suiteID":0,"groupIDs":[6],"metadata":{"skip":false,"skipReason":null},"line":7},"type":"testStart","time":3672}
//! {"testID":8,"result":"success","skipped":false,"hidden":false,"type":"testDone","time":3708}
//! {"success":true,"type":"done","time":3760}
//! ```
//!
//! A test is what ends with `testDone` and is not `hidden`: `success` passed (skipped with `skipped: true`), `failure` failed, `error` errored.
//! Hidden tests load the files and run hooks; where one of them goes wrong it is not hidden any more and errored.
//! A test that started and never ended errored.
//! Several runs in one file (`>>`) each begin with `start`, number their tests anew, and have to end with `done`.
//! Without the event `done`, or with `success: null` in it, the run was cut off and the evidence is incomplete.
//!
//! Times are milliseconds since the start.
//! Lines that are no events are passed over: text, and the lines in brackets that Flutter's tool adds.
//! Printed output is left out.
//! Events by `pkgs/test/doc/json_reporter.md` in dart-lang/test.

use std::collections::BTreeMap;

use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{INCOMPLETE, TOOL_FAILED, UNREADABLE_PART};
use crate::formats::Format;
use crate::formats::smoke::recount::{detail, explain, first_line, nothing_ran};
use crate::model::{Elapsed, Evidence, Kind, Outcome, Pointer, Suite, TestCase, Tool, Unit};
use crate::source::{Doc, Node, Probe, Stop};

pub(super) static FORMAT: Format = Format {
    id: "dart-test-json",
    kinds: &[Kind::Smoke],
    tool: "dart test",
    title: "JSON reporter (dart test, flutter test)",
    produce: "dart test --reporter json > dart.ndjson",
    detect,
    read,
};

const RESULTS: &[(&str, Outcome)] =
    &[("success", Outcome::Passed), ("failure", Outcome::Failed), ("error", Outcome::Errored)];

fn detect(probe: &Probe<'_>) -> bool {
    probe.records().any(|record| {
        let is_type = |word: &str| record.get("type").str().as_deref() == Some(word);
        record.get("type").is_string()
            && (is_type("start") && record.has(&["protocolVersion", "runnerVersion"])
                || is_type("testStart") && record.get("test").has(&["suiteID", "groupIDs"])
                || is_type("testDone") && record.has(&["testID", "hidden"]))
    })
}

#[derive(Default)]
struct Run {
    suite: Suite,
    /// Paths of the files, by their number.
    files: BTreeMap<u64, String>,
    /// Tests that have started and not ended, by their number.
    open: BTreeMap<u64, Open>,
    is_begun: bool,
    is_done: bool,
    /// Tests of the runs before this one that failed or errored.
    bad_before: u64,
}

struct Open {
    case: TestCase,
    started: Option<Elapsed>,
    error: Option<(String, String)>,
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let diags = doc.diags().clone();
    let mut run = Run { suite: Suite::new("", Pointer::whole()), ..Run::default() };
    let mut version = None;
    let mut lines = doc.lines();
    let result = loop {
        let line = match lines.next() {
            Ok(Some(line)) => line,
            Ok(None) => break Ok(()),
            Err(stop) => break Err(stop),
        };
        if !line.bytes.starts_with(b"{") {
            continue;
        }
        match line.json() {
            Ok(tree) => {
                if tree.root().get("type").is_string() {
                    version = version.or_else(|| tree.root().get("runnerVersion").text());
                }
                run.event(tree.root());
            }
            Err(stop) => diags.push(*stop.0),
        }
    };
    run.give_up();
    evidence.tool = Some(Tool::new("dart test", version));
    evidence.suites.push(run.suite);
    result?;
    if !run.is_done {
        diags.push(Diagnostic::new(&INCOMPLETE, "the event `done` is missing: the run was cut off"));
    }
    nothing_ran(&diags, evidence);
    Ok(())
}

impl Run {
    fn event(&mut self, node: Node<'_>) {
        let kind = node.get("type");
        match if kind.is_string() { kind.str() } else { None }.as_deref() {
            Some("suite") => {
                let suite = node.get("suite");
                if let (Some(id), Some(path)) = (suite.get("id").u64(), suite.get("path").text()) {
                    self.files.insert(id, path);
                }
            }
            Some("start") => self.begin(node),
            Some("testStart") => self.start(node),
            Some("error") => {
                let text = node.get("error").text().unwrap_or_default();
                let trace = node.get("stackTrace").text().unwrap_or_default();
                match node.get("testID").u64().and_then(|id| self.open.get_mut(&id)) {
                    Some(open) => open.error = open.error.take().or(Some((text, trace))),
                    None => node.report(&TOOL_FAILED, format!("a test failed after its end: {}", first_line(&text))),
                }
            }
            Some("testDone") => self.done(node),
            Some("done") => {
                self.is_done = true;
                let is_explained = self.n_bad() > self.bad_before;
                match node.get("success").bool() {
                    Some(true) => {}
                    Some(false) if is_explained => {}
                    Some(false) => node.report(&TOOL_FAILED, "the run was no success although no test failed"),
                    None => node.report(&INCOMPLETE, "the run was stopped before its end"),
                }
                self.suite.elapsed = node.get("time").elapsed(Unit::Millis);
            }
            _ => {}
        }
    }

    /// Another run, unless it is the first.
    fn begin(&mut self, node: Node<'_>) {
        if self.is_begun && !self.is_done {
            node.report(&INCOMPLETE, "another run begins before `done`: the one before was cut off");
        }
        self.give_up();
        self.files.clear();
        (self.is_begun, self.is_done, self.bad_before) = (true, false, self.n_bad());
    }

    fn n_bad(&self) -> u64 {
        let tally = self.suite.tally();
        tally.failed + tally.errored
    }

    /// The tests that are open will not end any more.
    fn give_up(&mut self) {
        for (_, open) in std::mem::take(&mut self.open) {
            let mut case = open.case;
            case.outcome = Outcome::Errored;
            case.message = Some("started and never ended".to_owned());
            self.suite.push(case);
        }
    }

    fn start(&mut self, node: Node<'_>) {
        let test = node.get("test");
        let Some(id) = test.require("id").u64() else { return };
        let name = test.require("name").text().unwrap_or_default();
        let mut case = TestCase::new(name, Outcome::Errored, test.pointer());
        case.class = test.get("suiteID").u64().and_then(|id| self.files.get(&id).cloned());
        case.message = test.get("metadata").get("skipReason").filled();
        case.extra().line = test.get("line").u64();
        self.open.insert(id, Open { case, started: node.get("time").elapsed(Unit::Millis), error: None });
    }

    fn done(&mut self, node: Node<'_>) {
        let open = node.require("testID").u64().and_then(|id| self.open.remove(&id));
        if node.require("hidden").bool() == Some(true) {
            return;
        }
        let Some(open) = open else {
            node.report(&UNREADABLE_PART, "a test ended that never started");
            return;
        };
        let mut case = open.case;
        case.outcome = node.require("result").word(RESULTS).unwrap_or(Outcome::Errored);
        if case.outcome == Outcome::Passed && node.get("skipped").bool() == Some(true) {
            case.outcome = Outcome::Skipped;
        }
        let ended = node.get("time").elapsed(Unit::Millis);
        case.elapsed = match (open.started, ended) {
            (Some(start), Some(end)) => end.nanos().checked_sub(start.nanos()).map(Elapsed::from_nanos),
            _ => None,
        };
        if case.outcome != Outcome::Skipped {
            case.message = None;
        }
        if let Some((text, trace)) = open.error {
            explain(&mut case, &text);
            detail(&mut case, &format!("{text}\n{trace}"));
        }
        case.pointer = node.pointer();
        self.suite.push(case);
    }
}
