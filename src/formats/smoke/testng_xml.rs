//! TestNG: its own report, `testng-results.xml`.
//!
//! TestNG writes it into `test-output/`, Maven Surefire into `target/surefire-reports/`.
//!
//! ```xml
//! <testng-results ignored="0" total="2" passed="1" failed="1" skipped="0">
//!   <suite name="Suite" finished-at="2025-11-20T10:00:03 UTC" duration-ms="3000">
//!     <test name="Smoke" duration-ms="3000">
//!       <class name="com.shop.PayTest">
//!         <test-method is-config="true" name="setUp" duration-ms="10" status="PASS"/>
//!         <test-method name="pays" duration-ms="31" status="PASS"/>
//!         <test-method name="refunds" duration-ms="200" status="FAIL"><exception class="java.lang.AssertionError">…</exception></test-method>
//! ```
//!
//! # What is read
//! Each `<test-method>` is one test, each `<test>` a suite. `PASS` is passed, `FAIL` failed, `SKIP` skipped, and
//! `SUCCESS_PERCENTAGE_FAILURE` (failed, and so seldom that its `successPercentage` allows it) warned.
//! A method with `is-config` sets up or tears down: it is no test, and an errored one where it failed.
//! A result with `retried` is an attempt before another one of the same method: a test that passed after it is flaky.
//! Where no other one follows, it is errored.
//!
//! The totals of the root are compared with the count. Methods that were `ignored` (disabled, or not selected) are not
//! listed; how many there are is said.
//! TestNG can be made to write each suite or test into a file of its own, named in `url`: then the file does not say
//! how its tests ended, which is an error.
//!
//! The time is that of the suite, where it is in UTC: a shortened name of another zone tells no moment.
//! Beside it Surefire writes the same results as JUnit XML, and so does TestNG into `junitreports/`. Where all tests of
//! such a file stand here with the same class, name and outcome, they are counted once, which is noted.
//!
//! # What is left out
//! Parameters and the output of the reporter, which may hold passwords, groups and attributes.
//! Rules: `XMLSuiteResultWriter.java`, `AbstractXmlReporter.java` of TestNG 7.

use std::collections::BTreeMap;

use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{NOT_LISTED, NOTHING_RAN, UNREADABLE_PART};
use crate::formats::Format;
use crate::formats::smoke::claims::{compare, compare_failed, first, first_bad};
use crate::formats::smoke::recount::none_ran;
use crate::model::test::Room;
use crate::model::{Evidence, Kind, Outcome, Pointer, Suite, TestCase, Tool, Unit, keep_text};
use crate::source::{Doc, Element, Probe, Stop, Xml, XmlEvent, XmlTree};

pub(super) static FORMAT: Format = Format {
    id: "testng-xml",
    kinds: &[Kind::Smoke],
    tool: "TestNG",
    title: "TestNG's own report (testng-results.xml)",
    produce: "mvn test  # writes target/surefire-reports/testng-results.xml",
    detect: |probe: &Probe<'_>| probe.has_root("testng-results"),
    read,
};

const STATUSES: &[(&str, Outcome)] = &[
    ("PASS", Outcome::Passed),
    ("FAIL", Outcome::Failed),
    ("SKIP", Outcome::Skipped),
    ("SUCCESS_PERCENTAGE_FAILURE", Outcome::Warned),
];

/// Methods of one class that are tried again and remembered. The attempts of others are tests of their own.
const MAX_RETRIED: usize = 10_000;

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let (diags, room) = (doc.diags().clone(), doc.room());
    evidence.tool = Some(Tool::new("TestNG", None));
    let mut reader = Reader { room, ..Reader::default() };
    let result = reader.read(&mut doc.xml(), evidence);
    reader.close_class();
    let Reader { mut suites, root, n_retried, n_config, .. } = reader;
    suites.retain(|suite| suite.tally().total() > 0);
    evidence.suites = suites;
    result?;
    let tally = evidence.tally();
    if let Some(root) = &root {
        check(root, evidence, n_retried, n_config);
    }
    if let Some(message) = none_ran(&tally, "test") {
        diags.push(Diagnostic::new(&NOTHING_RAN, message));
    }
    Ok(())
}

#[derive(Default)]
struct Reader {
    root: Option<Element>,
    suites: Vec<Suite>,
    room: Room,
    class: Option<String>,
    /// Attempts before another one, of each method of the class: how many, and where the last one stands.
    retried: BTreeMap<String, (u64, Pointer)>,
    /// Attempts that are no tests of their own.
    n_retried: u64,
    /// Methods that set up or tear down and failed, which are tests here.
    n_config: u64,
}

impl Reader {
    fn read(&mut self, xml: &mut Xml<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
        loop {
            match xml.next()? {
                XmlEvent::Open(element) => match element.name.as_str() {
                    "testng-results" => self.root = Some(element),
                    "suite" => {
                        evidence.add_time(finished(&element));
                        stands_elsewhere(&element);
                    }
                    "test" => {
                        stands_elsewhere(&element);
                        let mut suite =
                            Suite::new(keep_text(element.attr("name").unwrap_or_default()), element.pointer());
                        suite.elapsed = element.elapsed("duration-ms", Unit::Millis);
                        self.suites.push(suite);
                    }
                    "class" => {
                        self.close_class();
                        self.class = class(&element);
                    }
                    "test-method" => {
                        let tree = xml.tree(element)?;
                        self.method(&tree);
                    }
                    _ => xml.skip()?,
                },
                XmlEvent::Close(name) if name == "class" => self.close_class(),
                XmlEvent::Close(_) => {}
                XmlEvent::End => return Ok(()),
            }
        }
    }

    fn method(&mut self, tree: &XmlTree) {
        let element = &tree.element;
        let is = |name: &str| element.attr(name).is_some_and(|word| word.trim().eq_ignore_ascii_case("true"));
        let outcome = match element.attr("status") {
            Some(_) => element.word("status", STATUSES).unwrap_or(Outcome::Errored),
            None => Outcome::Errored,
        };
        let name = element.filled("name").unwrap_or_default();
        if is("is-config") {
            if matches!(outcome, Outcome::Failed | Outcome::Errored) {
                self.n_config += 1;
                let case = case(tree, name, Outcome::Errored);
                self.push(case);
            }
        } else if is("retried") && (self.retried.len() < MAX_RETRIED || self.retried.contains_key(&name)) {
            self.n_retried += 1;
            let (count, last) = self.retried.entry(name).or_insert_with(|| (0, Pointer::whole()));
            *count += 1;
            *last = element.pointer();
        } else {
            let mut case = case(tree, name, outcome);
            if let Some((count, _)) = self.retried.get_mut(&case.name).filter(|(count, _)| *count > 0) {
                case.flaky = outcome == Outcome::Passed;
                case.extra().attempts = count.checked_add(1);
                *count = 0;
            }
            self.push(case);
        }
    }

    /// Leaves a class: what is to be tried again, and was not, did not come to an end.
    fn close_class(&mut self) {
        let left: Vec<_> = std::mem::take(&mut self.retried).into_iter().collect();
        for (name, (count, pointer)) in left.into_iter().filter(|(_, (count, _))| *count > 0) {
            let mut case = TestCase::new(keep_text(&name), Outcome::Errored, pointer);
            case.message = Some("was to be tried again, and no other attempt follows".to_owned());
            case.extra().attempts = Some(count);
            self.n_retried -= 1;
            self.push(case);
        }
        self.class = None;
    }

    fn push(&mut self, mut case: TestCase) {
        case.class.clone_from(&self.class);
        if self.suites.is_empty() {
            self.suites.push(Suite::new("", Pointer::whole()));
        }
        if let Some(suite) = self.suites.last_mut() {
            self.room.push(suite, case);
        }
    }
}

fn case(tree: &XmlTree, name: String, outcome: Outcome) -> TestCase {
    let element = &tree.element;
    let mut case = TestCase::new(keep_text(&name), outcome, element.pointer());
    case.elapsed = element.elapsed("duration-ms", Unit::Millis);
    if let Some(exception) = tree.child("exception").filter(|_| outcome != Outcome::Passed) {
        let message = exception.child_text("message").or_else(|| exception.element.filled("class"));
        case.message = message.map(|text| keep_text(&text));
        let trace = exception.child_text("full-stacktrace").or_else(|| exception.child_text("short-stacktrace"));
        if let Some(trace) = trace {
            case.extra().detail = Some(keep_text(&trace));
        }
    }
    case
}

/// The name of a class, of which a setting of TestNG writes the package apart.
fn class(element: &Element) -> Option<String> {
    let name = element.filled("name")?;
    match element.filled("package") {
        Some(package) => Some(keep_text(&format!("{package}.{name}"))),
        None => Some(keep_text(&name)),
    }
}

/// Reports a suite or test whose results stand in another file.
fn stands_elsewhere(element: &Element) {
    if let Some(url) = element.filled("url") {
        let message = format!("the results stand in another file, `{}`", crate::source::json::shorten(&url));
        element.report(&UNREADABLE_PART, message);
    }
}

/// When a suite ended: `2025-11-20T10:00:03 UTC`, and with a `Z` up to TestNG 7.0.
fn finished(suite: &Element) -> Option<jiff::Timestamp> {
    let text = suite.attr("finished-at")?.trim();
    let local = text.strip_suffix(" UTC").or_else(|| text.strip_suffix(" GMT")).or_else(|| text.strip_suffix('Z'))?;
    format!("{local}Z").parse().ok()
}

/// Holds the totals of the root against the count.
fn check(root: &Element, evidence: &Evidence, n_retried: u64, n_config: u64) {
    let tally = evidence.tally();
    let count = |name: &str| root.attr(name).and_then(|text| text.trim().parse::<u64>().ok());
    let tests = tally.total() - n_config;
    let ignored = count("ignored").unwrap_or(0);
    let most = tests.saturating_add(n_retried).saturating_add(ignored);
    let fitting = count("total").map_or(tests, |total| total.clamp(tests, most));
    compare(root, "total", &[tests, fitting], first(&evidence.suites));
    let bad = tally.failed + tally.errored;
    let most = bad.saturating_add(tally.warned).saturating_add(n_retried);
    compare_failed(root, &["failed"], tally.failed, most, first_bad(&evidence.suites));
    if ignored > 0 {
        root.report(
            &NOT_LISTED,
            format!("{ignored} methods were ignored (disabled or not selected) and are not listed"),
        );
    }
}
