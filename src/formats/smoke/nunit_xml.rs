//! NUnit's own XML: `TestResult.xml` of NUnit 3 and 4, and the older format of NUnit 2.
//!
//! NUnit 3 and 4 (`nunit3-console`, `dotnet test --logger nunit`):
//!
//! ```xml
//! <test-run testcasecount="2" result="Failed" total="2" passed="1" failed="1" engine-version="3.16.3.0">
//!   <test-suite type="TestFixture" fullname="Shop.PayTests" result="Failed">
//!     <test-case name="Pays" classname="Shop.PayTests" result="Passed" duration="0.031"/>
//!     <test-case name="Refunds" classname="Shop.PayTests" result="Failed" label="Error"><failure>…</failure></test-case>
//! ```
//!
//! NUnit 2 (also written by `nunit3-console --result=x.xml;format=nunit2`, Mono and Pester):
//!
//! ```xml
//! <test-results total="2" errors="0" failures="1" not-run="0">
//!   <test-suite name="Shop"><results>
//!     <test-case name="Shop.PayTests.Pays" executed="True" result="Success" success="True" time="0.031"/>
//! ```
//!
//! # What is read
//! Each `<test-case>` is one test; `duration` and `time` are in seconds.
//! `Failed` with the label `Error`, `Invalid` or `Cancelled` is errored, any other label failed.
//! `Skipped` (ignored and explicit tests) and `Inconclusive` (an assumption did not hold) are skipped: nothing was asserted.
//! `Warning` is warned. NUnit 2's `NotRunnable` and `Cancelled` are errored; without a `result` (before 2.5) `executed`
//! and `success` tell.
//!
//! A suite that failed although no test in it did (a tear-down that threw, an assembly that could not be loaded) is an
//! errored case of its own; so is a run that failed although nothing in it did. NUnit 2.5 and 2.6 write
//! `success="False"` on suites that are only inconclusive: there `result` counts.
//!
//! The totals of the root are compared with the count. NUnit 2 does not count tests that did not run, and NUnit 3 may
//! leave out explicit ones: that is no contradiction.
//!
//! # What is left out
//! Captured output, properties, attachments and the environment.

use crate::diagnostics::codes::{MISSING_FIELD, NOTHING_RAN};
use crate::formats::Format;
use crate::formats::smoke::claims::{compare, compare_failed, first, first_bad};
use crate::formats::smoke::recount::none_ran;
use crate::model::{Evidence, Kind, Outcome, Pointer, Suite, TestCase, Tool, Unit, keep_text};
use crate::source::{Doc, Element, Probe, Stop, Xml, XmlEvent, XmlTree};

pub(super) static NUNIT2: Format = Format {
    id: "nunit2-xml",
    kinds: &[Kind::Smoke],
    tool: "NUnit",
    title: "NUnit 2 result",
    produce: "nunit3-console Tests.dll --result=\"nunit2.xml;format=nunit2\"",
    detect: |probe| is_nunit(probe, "test-results"),
    read,
};

pub(super) static NUNIT3: Format = Format {
    id: "nunit3-xml",
    kinds: &[Kind::Smoke],
    tool: "NUnit",
    title: "NUnit 3 result",
    produce: "nunit3-console Tests.dll --result=TestResult.xml",
    detect: |probe| is_nunit(probe, "test-run"),
    read,
};

const RESULTS: &[(&str, Outcome)] = &[
    ("Passed", Outcome::Passed),
    ("Success", Outcome::Passed),
    ("Failed", Outcome::Failed),
    ("Failure", Outcome::Failed),
    ("Error", Outcome::Errored),
    ("NotRunnable", Outcome::Errored),
    ("Cancelled", Outcome::Errored),
    ("Warning", Outcome::Warned),
    ("Skipped", Outcome::Skipped),
    ("Ignored", Outcome::Skipped),
    ("Inconclusive", Outcome::Skipped),
];

const TRUTH: &[(&str, bool)] = &[("True", true), ("False", false)];

fn is_nunit(probe: &Probe<'_>, root: &str) -> bool {
    probe.has_root(root)
        && probe.xml().is_some_and(|xml| xml.root_has("total") || xml.root_has("result") || xml.has("test-suite", 1))
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let mut xml = doc.xml();
    let mut reader = Reader {
        frames: Vec::new(),
        suites: Vec::new(),
        n_explicit: 0,
        n_invalid: 0,
        n_not_executed: 0,
        n_of_suite: 0,
    };
    let root = reader.read(&mut xml, evidence);
    reader.suites.retain(|suite| suite.tally().total() > 0);
    evidence.suites = reader.suites;
    let root = root?;
    let tally = evidence.tally();
    let (cases, bad) = (first(&evidence.suites), first_bad(&evidence.suites));
    let listed = tally.total() - reader.n_of_suite;
    let most = tally.failed + tally.errored;
    let least = most - reader.n_of_suite;
    if root.name == "test-run" {
        compare(&root, "total", &[listed, listed - reader.n_explicit], cases);
        compare_failed(&root, &["failed"], least, most, bad);
    } else {
        // Tests that cannot run are counted in `invalid` only.
        compare(&root, "total", &[listed, listed - reader.n_not_executed, listed - tally.skipped], cases);
        compare_failed(&root, &["failures", "errors"], least - reader.n_invalid, most, bad);
    }
    if let Some(message) = none_ran(&tally, "test case") {
        root.report(&NOTHING_RAN, message);
    } else if most == 0 && has_failed(&root) && root.attr("failed").is_none_or(|failed| failed.trim() == "0") {
        let mut suite = Suite::new("", root.pointer());
        let mut case = TestCase::new("test-run", Outcome::Errored, root.pointer());
        case.message = Some("the run failed, and no test in it".to_owned());
        suite.push(case);
        evidence.suites.push(suite);
    }
    Ok(())
}

struct Reader {
    frames: Vec<Frame>,
    suites: Vec<Suite>,
    /// Explicit tests, which may be left out of the totals.
    n_explicit: u64,
    /// Tests that cannot run.
    n_invalid: u64,
    /// Tests that NUnit 2 marks as not executed.
    n_not_executed: u64,
    /// Failures of suites, which are counted as a case here.
    n_of_suite: u64,
}

/// A suite that is open.
struct Frame {
    element: Element,
    /// Index of its suite.
    suite: usize,
    /// Whether a test in it failed.
    bad: bool,
    /// The message of the suite itself.
    message: Option<String>,
}

impl Reader {
    /// Reads to the end; the result is the root.
    fn read(&mut self, xml: &mut Xml<'_>, evidence: &mut Evidence) -> Result<Element, Stop> {
        let mut root = None;
        loop {
            match xml.next()? {
                XmlEvent::Open(element) => match element.name.as_str() {
                    "test-run" | "test-results" if root.is_none() => {
                        header(&element, evidence);
                        root = Some(element);
                    }
                    "test-suite" => self.open_suite(element),
                    "test-case" => {
                        let tree = xml.tree(element)?;
                        self.case(&tree);
                    }
                    "failure" | "reason" => {
                        let tree = xml.tree(element)?;
                        if let Some(frame) = self.frames.last_mut() {
                            frame.message = frame.message.take().or_else(|| tree.child_text("message"));
                        }
                    }
                    "environment" => {
                        let version = element.filled("nunit-version").or_else(|| element.filled("framework-version"));
                        if let Some(tool) = evidence.tool.as_mut().filter(|tool| tool.version.is_none()) {
                            tool.version = version;
                        }
                        xml.skip()?;
                    }
                    "results" => {}
                    _ => xml.skip()?,
                },
                XmlEvent::Close(name) if name == "test-suite" => self.close_suite(),
                XmlEvent::Close(_) => {}
                XmlEvent::End => break,
            }
        }
        match root {
            Some(root) => Ok(root),
            None => xml.stop(&MISSING_FIELD, "the root element is missing"),
        }
    }

    fn open_suite(&mut self, element: Element) {
        let name = element.filled("fullname").or_else(|| element.filled("name")).unwrap_or_default();
        let mut suite = Suite::new(keep_text(&name), element.pointer());
        suite.elapsed = elapsed(&element);
        self.frames.push(Frame { element, suite: self.suites.len(), bad: false, message: None });
        self.suites.push(suite);
    }

    fn close_suite(&mut self) {
        let Some(mut frame) = self.frames.pop() else { return };
        if has_failed(&frame.element)
            && !frame.bad
            && let Some(suite) = self.suites.get_mut(frame.suite)
        {
            frame.bad = true;
            self.n_of_suite += 1;
            let mut case = TestCase::new(suite.name.clone(), Outcome::Errored, frame.element.pointer());
            let message = "the suite failed, and no test in it";
            case.message = Some(frame.message.take().map_or_else(|| message.to_owned(), |text| keep_text(&text)));
            suite.push(case);
        }
        if let Some(outer) = self.frames.last_mut() {
            outer.bad |= frame.bad;
        }
    }

    fn case(&mut self, tree: &XmlTree) {
        let element = &tree.element;
        let outcome = outcome(tree);
        let name = element.filled("name").or_else(|| element.filled("fullname")).unwrap_or_default();
        let mut case = TestCase::new(keep_text(&name), outcome, element.pointer());
        case.class = element.filled("classname");
        case.elapsed = elapsed(element);
        let (failure, reason) = (tree.child("failure"), tree.child("reason"));
        let message = failure.and_then(|f| f.child_text("message")).or_else(|| reason?.child_text("message"));
        case.message = message.map(|text| keep_text(&text));
        if outcome == Outcome::Warned && case.message.is_none() {
            let assertions = tree.child("assertions").map(|list| list.all("assertion").collect::<Vec<_>>());
            let texts: Vec<String> =
                assertions.unwrap_or_default().iter().filter_map(|a| a.child_text("message")).collect();
            case.message = Some(keep_text(&texts.join("\n"))).filter(|text| !text.is_empty());
        }
        if let Some(trace) = failure.and_then(|f| f.child_text("stack-trace")) {
            case.extra().detail = Some(keep_text(&trace));
        }
        self.n_invalid += u64::from(element.attr("result") == Some("NotRunnable"));
        self.n_not_executed += u64::from(element.attr("executed") == Some("False"));
        self.n_explicit += u64::from(element.attr("label") == Some("Explicit"));
        if let Some(frame) = self.frames.last_mut() {
            frame.bad |= matches!(outcome, Outcome::Failed | Outcome::Errored);
        } else if self.suites.is_empty() {
            self.suites.push(Suite::new("", Pointer::whole()));
        }
        let index = self.frames.last().map_or(0, |frame| frame.suite);
        if let Some(suite) = self.suites.get_mut(index) {
            suite.push(case);
        }
    }
}

/// The tool and the time of the run.
fn header(root: &Element, evidence: &mut Evidence) {
    evidence.tool = Some(Tool::new("NUnit", root.filled("engine-version")));
    // NUnit 2 writes date and time without zone, which tells no moment.
    let time = root.attr("end-time").or_else(|| root.attr("start-time"));
    evidence.time = time.and_then(|text| text.trim().parse().ok());
}

fn elapsed(element: &Element) -> Option<crate::model::Elapsed> {
    element.elapsed("duration", Unit::Secs).or_else(|| element.elapsed("time", Unit::Secs))
}

/// Whether a run or suite says that it failed. One that did not run, or is inconclusive, is no success either.
fn has_failed(element: &Element) -> bool {
    let result = element.attr("result").map(str::trim).and_then(|word| {
        RESULTS.iter().find(|(known, _)| known.eq_ignore_ascii_case(word)).map(|(_, outcome)| *outcome)
    });
    match result {
        Some(Outcome::Failed | Outcome::Errored) => true,
        Some(Outcome::Skipped) => false,
        _ => element.attr("success").is_some_and(|word| word.trim().eq_ignore_ascii_case("false")),
    }
}

fn outcome(tree: &XmlTree) -> Outcome {
    let element = &tree.element;
    if element.attr("result").is_some() {
        let outcome = element.word("result", RESULTS).unwrap_or(Outcome::Errored);
        let label = element.attr("label").unwrap_or_default();
        return match outcome {
            Outcome::Failed if ["Error", "Invalid", "Cancelled"].contains(&label) => Outcome::Errored,
            outcome => outcome,
        };
    }
    match (element.word("executed", TRUTH), element.word("success", TRUTH)) {
        (Some(false), _) => Outcome::Skipped,
        (_, Some(true)) => Outcome::Passed,
        (_, Some(false)) => Outcome::Failed,
        (_, None) if tree.child("failure").is_some() => Outcome::Failed,
        // What some converters write, as `testcase` of JUnit: it ran, and nothing says that it failed.
        (Some(true), None) => Outcome::Passed,
        (None, None) => {
            element.report(&MISSING_FIELD, "neither `result`, `success` nor `executed` tells how the test ended");
            Outcome::Errored
        }
    }
}
