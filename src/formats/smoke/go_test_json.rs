//! Go: the event stream of `go test -json` (also `gotestsum --jsonfile` and `go tool test2json`).
//!
//! ```json
//! {"Time":"2025-11-20T10:00:00Z","Action":"run","Package":"example.com/smoke","Test":"TestHealth"}
//! {"Time":"2025-11-20T10:00:01Z","Action":"pass","Package":"example.com/smoke","Test":"TestHealth","Elapsed":0.03}
//! {"Time":"2025-11-20T10:00:01Z","Action":"pass","Package":"example.com/smoke","Elapsed":0.04}
//! ```
//!
//! A package is a suite, and each `pass`, `fail` or `skip` of a test is a test; subtests count beside their parents, as `go test` counts them.
//! `Elapsed` is in seconds.
//! A test that was started and has no result when its package ends is errored.
//! Names that are repeated (`-count=2`, `gotestsum --rerun-fails`) are counted each time, since the stream does not tell a retry from a repetition.
//! A benchmark that only printed something (`bench`) is an observation, and so is one of Go 1.20 and newer, which write no
//! event for its end, if its package passed.
//!
//! What the tests alone would hide is an error: a package that does not build (also where the stream ends before the package does), a package that failed although none of its tests did
//! (`TestMain`, a time-out, `os.Exit`), a test binary that ended before its last line `FAIL` (after a panic the tests behind it never run),
//! and a package that never ended, also where it begins again (a run that was killed, and another one behind it in the same file).
//! A result that `go` took from its cache (`(cached)`) is a warning: nothing ran against the target now.
//! A package without test files is left out.
//! Where all tests of a JUnit XML in the same folder stand here, in suites of the same names and no better and no worse,
//! gotestsum wrote both (`--junitfile`): they are counted once, which is noted.
//! Printed text is never taken for a result, whatever it says; it is shown as the reason of a test that failed.
//! Lines that are no JSON (compiler messages of Go before 1.24) are passed over with a note, and `FAIL pkg [build failed]` among them is an error.
//!
//! Rules: Go's `cmd/internal/test2json` (actions), `cmd/go/internal/test` (packages, build failures, cache).

use std::collections::{BTreeMap, HashSet};

use super::steps::{Output, split_message};
use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{
    CACHED, CONTRADICTION, DUPLICATE_NAME, INCOMPLETE, NOTHING_RAN, REPAIRED, TOOL_FAILED,
};
use crate::formats::Format;
use crate::formats::native::time;
use crate::model::{Evidence, Kind, Outcome, Pointer, Suite, TestCase, Tool, Unit};
use crate::source::json::shorten;
use crate::source::{Doc, Line, Node, Probe, Stop};

pub(super) static FORMAT: Format = Format {
    id: "go-test-json",
    kinds: &[Kind::Smoke],
    tool: "Go",
    title: "Event stream of go test -json",
    produce: "go test -json -count=1 ./... > go-test.ndjson",
    detect,
    read,
};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Action {
    Begin,
    Output,
    BuildOutput,
    BuildFail,
    End(Outcome),
    Other,
}

const ACTIONS: &[(&str, Action)] = &[
    ("start", Action::Begin),
    ("run", Action::Begin),
    ("pause", Action::Other),
    ("cont", Action::Other),
    ("output", Action::Output),
    ("pass", Action::End(Outcome::Passed)),
    ("fail", Action::End(Outcome::Failed)),
    ("skip", Action::End(Outcome::Skipped)),
    ("bench", Action::End(Outcome::Info)),
    ("attr", Action::Other),
    ("artifacts", Action::Other),
    ("build-output", Action::BuildOutput),
    ("build-fail", Action::BuildFail),
];

fn detect(probe: &Probe<'_>) -> bool {
    probe.records().any(|record| {
        record.get("Action").str().is_some_and(|action| ACTIONS.iter().any(|(word, _)| *word == action))
            && ["Package", "Test", "ImportPath"].iter().any(|key| record.get(key).is_string())
    })
}

/// What is known of a package so far.
#[derive(Default)]
struct Package {
    suite: Suite,
    /// Tests that were started and have no result yet.
    running: BTreeMap<String, (Pointer, Output)>,
    /// Hashes would do, but a collision would invent a diagnostic.
    names: HashSet<String>,
    /// What it printed outside of tests.
    output: Output,
    /// The test binary said at its end that something failed.
    said_fail: bool,
    printed: bool,
    failed_tests: bool,
    open: bool,
}

#[derive(Default)]
struct Run {
    /// In the order of their first event.
    packages: Vec<Package>,
    index: BTreeMap<String, usize>,
    builds: BTreeMap<String, Output>,
    /// Builds that failed, until a package that failed names them.
    failed_builds: BTreeMap<String, Pointer>,
    other_lines: u64,
    first_other: Option<Pointer>,
    repeated: u64,
    first_repeated: Option<(String, Pointer)>,
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    evidence.tool = Some(Tool::new("Go", None));
    let mut run = Run::default();
    let mut lines = doc.lines();
    let result = loop {
        match lines.next() {
            Ok(Some(line)) if line.is_blank() => {}
            Ok(Some(line)) => run.line(&line, evidence, doc),
            Ok(None) => break Ok(()),
            Err(stop) => break Err(stop),
        }
    };
    run.finish(evidence, doc);
    result
}

impl Run {
    fn line(&mut self, line: &Line<'_>, evidence: &mut Evidence, doc: &Doc<'_>) {
        if line.bytes.first() == Some(&b'{') {
            match line.json() {
                Ok(tree) if tree.root().get("Action").exists() => return self.event(tree.root(), evidence, doc),
                Ok(_) => {}
                Err(stop) => return doc.report(*stop.0),
            }
        }
        let text = line.text();
        if text.starts_with("FAIL") && (text.contains("[build failed]") || text.contains("[setup failed]")) {
            line.report(&TOOL_FAILED, format!("a package does not build: `{}`", shorten(text.trim())));
        }
        self.other_lines += 1;
        self.first_other.get_or_insert_with(|| line.pointer());
    }

    fn event(&mut self, event: Node<'_>, evidence: &mut Evidence, doc: &Doc<'_>) {
        let Some(action) = event.get("Action").word(ACTIONS) else { return };
        if matches!(action, Action::BuildOutput | Action::BuildFail) {
            let import = event.get("ImportPath").string().unwrap_or_default();
            if action == Action::BuildFail {
                self.failed_builds.insert(import.clone(), event.pointer());
            }
            let output = self.builds.entry(import).or_default();
            output.push(&event.get("Output").str().unwrap_or_default());
            return;
        }
        let name = event.get("Package").string().unwrap_or_default();
        let at = *self.index.entry(name.clone()).or_insert_with(|| {
            let suite = Suite::new(name, event.pointer());
            self.packages.push(Package { suite, ..Package::default() });
            self.packages.len() - 1
        });
        let package = &mut self.packages[at];
        let test = event.get("Test").string();
        match (action, test) {
            (Action::Begin, Some(test)) => {
                // Before Go 1.20 nothing else tells that a package begins.
                if package.running.contains_key(&test) {
                    package.begins_again(event);
                }
                package.open = true;
                package.running.insert(test, (event.pointer(), Output::default()));
            }
            (Action::Begin, None) => {
                if package.open {
                    package.begins_again(event);
                }
                package.open = true;
            }
            (Action::Output, test) => package.printed(&event.get("Output").str().unwrap_or_default(), test.as_deref()),
            (Action::End(outcome), Some(test)) => {
                package.open = true;
                if !package.names.insert(test.clone()) {
                    self.repeated += 1;
                    self.first_repeated.get_or_insert((test.clone(), event.pointer()));
                }
                package.test(test, outcome, event);
            }
            (Action::End(outcome), None) => {
                evidence.add_time(time(event.get("Time")));
                if outcome == Outcome::Failed
                    && let Some(import) = event.get("FailedBuild").str()
                {
                    self.failed_builds.remove(&*import);
                }
                package.end(outcome, event, &self.builds, doc);
            }
            (Action::BuildOutput | Action::BuildFail | Action::Other, _) => {}
        }
    }

    fn finish(self, evidence: &mut Evidence, doc: &Doc<'_>) {
        for mut package in self.packages {
            if package.open {
                let message =
                    format!("the package `{}` has no result: the run was stopped", shorten(&package.suite.name));
                doc.report(Diagnostic::new(&INCOMPLETE, message).at(package.suite.pointer.clone()));
                package.give_up("has no result: the run was stopped");
            }
            if package.suite.tally().total() > 0 {
                evidence.suites.push(package.suite);
            }
        }
        for (import, pointer) in self.failed_builds {
            let output = self.builds.get(&import).map(Output::text).unwrap_or_default();
            doc.report(Diagnostic::new(&TOOL_FAILED, does_not_build(&import, &output)).at(pointer));
        }
        if let Some((name, pointer)) = self.first_repeated {
            let message =
                format!("{} results are of tests that have one already, `{}` first", self.repeated, shorten(&name));
            doc.report(Diagnostic::new(&DUPLICATE_NAME, message).at(pointer));
        }
        if let Some(pointer) = self.first_other {
            let message = format!("other text stands between the events, number of lines: {}", self.other_lines);
            doc.report(Diagnostic::new(&REPAIRED, message).at(pointer).help("keep standard error out of the file"));
        }
        match evidence.tally() {
            tally if tally.total() == 0 => doc.report(Diagnostic::new(&NOTHING_RAN, "no test has a result")),
            tally if tally.executed() == 0 => doc.report(Diagnostic::new(&NOTHING_RAN, "every test was skipped")),
            _ => {}
        }
    }
}

impl Package {
    fn printed(&mut self, text: &str, test: Option<&str>) {
        self.printed = true;
        match test {
            Some(test) => {
                if let Some((_, output)) = self.running.get_mut(test)
                    && !is_frame(text)
                {
                    output.push(text);
                }
            }
            None => self.output.push(text),
        }
        // A test that prints without a line feed at its end gets the line of the package for its own.
        if text.trim_end() == "FAIL" {
            self.said_fail = true;
        }
    }

    fn test(&mut self, name: String, outcome: Outcome, event: Node<'_>) {
        let output = self.running.remove(&name).map(|(_, output)| output).unwrap_or_default();
        let mut case = TestCase::new(name, outcome, event.pointer());
        case.elapsed = event.get("Elapsed").elapsed(Unit::Secs);
        if outcome != Outcome::Passed {
            self.failed_tests |= outcome == Outcome::Failed;
            split_message(&mut case, &output.text());
        }
        self.suite.push(case);
    }

    /// Of a benchmark Go 1.20 and newer say that it runs and what it prints, and not how it ends.
    fn observe_benchmarks(&mut self) {
        let is_benchmark = |name: &str| name.starts_with("Benchmark");
        for (name, (pointer, _)) in self.running.iter().filter(|(name, _)| is_benchmark(name)) {
            self.suite.push(TestCase::new(name.clone(), Outcome::Info, pointer.clone()));
        }
        self.running.retain(|name, _| !is_benchmark(name));
    }

    /// An earlier run of it was stopped, which another one that ended does not make good.
    fn begins_again(&mut self, event: Node<'_>) {
        let name = shorten(&self.suite.name);
        event.report(
            &INCOMPLETE,
            format!("the package `{name}` begins again before it had a result: a run was stopped"),
        );
        self.give_up("has no result: the run was stopped");
        self.forget_run();
    }

    /// Nothing of a run counts for the next one.
    fn forget_run(&mut self) {
        (self.open, self.failed_tests, self.said_fail, self.printed) = (false, false, false, false);
        self.output = Output::default();
    }

    fn give_up(&mut self, why: &str) {
        for (name, (pointer, output)) in std::mem::take(&mut self.running) {
            let mut case = TestCase::new(name, Outcome::Errored, pointer);
            split_message(&mut case, &output.text());
            case.message = Some(why.to_owned());
            self.suite.push(case);
        }
    }

    fn end(&mut self, outcome: Outcome, event: Node<'_>, builds: &BTreeMap<String, Output>, doc: &Doc<'_>) {
        let name = shorten(&self.suite.name);
        self.suite.elapsed = event.get("Elapsed").elapsed(Unit::Secs);
        let output = self.output.text();
        let build = event.get("FailedBuild").string();
        if build.is_some() || (outcome == Outcome::Failed && output.contains("[build failed]")) {
            let build = build.and_then(|import| builds.get(&import)).map(Output::text).unwrap_or_default();
            doc.report(event.diagnostic(&TOOL_FAILED, does_not_build(&self.suite.name, &build)));
        } else if outcome == Outcome::Failed && !self.failed_tests && self.running.is_empty() {
            let last = output.lines().rev().find(|line| !line.trim().is_empty() && !line.starts_with("FAIL"));
            let last = last.map(|line| format!(": `{}`", shorten(line.trim()))).unwrap_or_default();
            let message = format!("the package `{name}` failed though none of its tests did{last}");
            doc.report(event.diagnostic(&TOOL_FAILED, message));
        } else if outcome == Outcome::Failed && self.printed && !self.said_fail {
            let message =
                format!("the tests of `{name}` ended early (panic, exit or time-out): others may not have run");
            doc.report(event.diagnostic(&INCOMPLETE, message));
        } else if outcome == Outcome::Passed && self.failed_tests {
            event.report(&CONTRADICTION, format!("the package `{name}` passed though a test of it failed"));
        }
        if outcome == Outcome::Passed && output.contains("(cached)") {
            doc.report(event.diagnostic(&CACHED, format!("the results of `{name}` come from the cache")));
        }
        if outcome == Outcome::Passed && output.lines().any(|line| line == "PASS") {
            self.observe_benchmarks();
        }
        self.give_up("has no result although its package ended");
        self.forget_run();
    }
}

/// What is said of a package whose build wrote `output`.
fn does_not_build(package: &str, output: &str) -> String {
    let reason = output.lines().find(|line| !line.starts_with('#')).map(|line| format!(": {}", shorten(line)));
    format!("the package `{}` does not build{}", shorten(package), reason.unwrap_or_default())
}

/// Lines that the testing package prints around each test.
fn is_frame(text: &str) -> bool {
    let text = text.trim_start();
    ["=== RUN", "=== PAUSE", "=== CONT", "=== NAME", "--- FAIL:", "--- PASS:", "--- SKIP:"]
        .iter()
        .any(|prefix| text.starts_with(prefix))
}
