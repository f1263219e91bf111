//! xUnit.net's own XML, of v1, v2 and v3.
//!
//! Written by `xunit.console … -xml`, `dotnet test --logger xunit` and the runner of v3 (`-xml`, `--report-xunit`).
//!
//! ```xml
//! <assemblies timestamp="11/20/2025 10:00:00">
//!   <assembly name="Shop.Tests.dll" test-framework="xUnit.net 2.9.2" total="2" passed="1" failed="1" skipped="0" errors="0">
//!     <errors/>
//!     <collection name="Test collection for Shop.PayTests" total="2" passed="1" failed="1" skipped="0">
//!       <test name="Shop.PayTests.Pays" type="Shop.PayTests" method="Pays" time="0.031" result="Pass"/>
//!       <test name="Shop.PayTests.Refunds" type="Shop.PayTests" method="Refunds" time="0.2" result="Fail"><failure>…</failure></test>
//! ```
//!
//! # What is read
//! Each `<test>` is one test: `Pass`, `Fail`, `Skip`, and `NotRun` (v3: an explicit test), which is skipped.
//! A passed test with `<warnings>` is warned. `time` is in seconds.
//! Each `<error>` of an assembly (a fixture that could not be cleaned up, a crash of the runner) is an errored case of
//! its own, and so is the `<failure>` of a class in v1: xUnit.net does not count these among the tests.
//! The totals of each assembly are compared with the count.
//!
//! # What is left out
//! Captured output, traits and attachments.

use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{MISSING_FIELD, NOTHING_RAN};
use crate::formats::Format;
use crate::formats::smoke::claims::{compare, compare_failed, first, first_bad};
use crate::formats::smoke::recount::none_ran;
use crate::model::{Evidence, Kind, Outcome, Pointer, Suite, TestCase, Tool, Unit, keep_text};
use crate::source::{Doc, Element, Probe, Stop, Xml, XmlEvent, XmlTree};

pub(super) static FORMAT: Format = Format {
    id: "xunit-net-xml",
    kinds: &[Kind::Smoke],
    tool: "xUnit.net",
    title: "xUnit.net v1, v2 and v3 result",
    produce: "dotnet test --logger \"xunit;LogFilePath=xunit.xml\"",
    detect,
    read,
};

const RESULTS: &[(&str, Outcome)] =
    &[("Pass", Outcome::Passed), ("Fail", Outcome::Failed), ("Skip", Outcome::Skipped), ("NotRun", Outcome::Skipped)];

fn detect(probe: &Probe<'_>) -> bool {
    probe.has_root("assemblies")
        || probe.has_root("assembly")
            && probe.xml().is_some_and(|xml| xml.root_has("test-framework") && xml.root_has("total"))
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let mut suites = Vec::new();
    let result = assemblies(&mut doc.xml(), &mut suites, evidence);
    suites.retain(|suite: &Suite| suite.tally().total() > 0);
    evidence.suites = suites;
    result?;
    if let Some(message) = none_ran(&evidence.tally(), "test") {
        doc.report(Diagnostic::new(&NOTHING_RAN, message));
    }
    Ok(())
}

/// An assembly that is open.
struct Assembly {
    element: Element,
    /// Index of its first suite.
    start: usize,
    n_errors: u64,
    n_not_run: u64,
}

fn assemblies(xml: &mut Xml<'_>, suites: &mut Vec<Suite>, evidence: &mut Evidence) -> Result<(), Stop> {
    let mut assembly: Option<Assembly> = None;
    loop {
        match xml.next()? {
            XmlEvent::Open(element) => match element.name.as_str() {
                "assemblies" => evidence.time = time(&element, "finish-rtf"),
                "assembly" => {
                    if evidence.tool.is_none() {
                        evidence.tool = Some(tool(&element));
                    }
                    evidence.add_time(time(&element, "finish-rtf"));
                    suites.push(suite(&element, "name"));
                    assembly = Some(Assembly { element, start: suites.len() - 1, n_errors: 0, n_not_run: 0 });
                }
                "collection" | "class" => suites.push(suite(&element, "name")),
                "test" => {
                    let n_not_run = u64::from(element.attr("result") == Some("NotRun"));
                    let case = test(&xml.tree(element)?);
                    push(suites, case);
                    if let Some(assembly) = &mut assembly {
                        assembly.n_not_run += n_not_run;
                    }
                }
                "errors" => {}
                "error" | "failure" => {
                    let case = error(&xml.tree(element)?, suites.last());
                    push(suites, case);
                    if let Some(assembly) = &mut assembly {
                        assembly.n_errors += 1;
                    }
                }
                _ => xml.skip()?,
            },
            XmlEvent::Close(name) if name == "assembly" => {
                if let Some(assembly) = assembly.take() {
                    check(&assembly, suites.get(assembly.start..).unwrap_or_default());
                }
            }
            XmlEvent::Close(_) => {}
            XmlEvent::End => return Ok(()),
        }
    }
}

fn push(suites: &mut Vec<Suite>, case: TestCase) {
    if suites.is_empty() {
        suites.push(Suite::new("", Pointer::whole()));
    }
    if let Some(suite) = suites.last_mut() {
        suite.push(case);
    }
}

fn check(assembly: &Assembly, suites: &[Suite]) {
    let mut tally = crate::model::Tally::default();
    for suite in suites {
        tally.merge(suite.tally());
    }
    let tests = tally.total() - assembly.n_errors;
    compare(&assembly.element, "total", &[tests, tests - assembly.n_not_run], first(suites));
    let most = tally.failed + tally.errored;
    compare_failed(&assembly.element, &["failed"], most - assembly.n_errors, most, first_bad(suites));
    compare_failed(&assembly.element, &["errors"], 0, assembly.n_errors, first_bad(suites));
}

fn suite(element: &Element, name: &str) -> Suite {
    let mut suite = Suite::new(keep_text(element.attr(name).unwrap_or_default()), element.pointer());
    suite.elapsed = element.elapsed("time", Unit::Secs);
    suite
}

/// `xUnit.net 2.9.2` or `xUnit.net v3 1.0.0`.
fn tool(element: &Element) -> Tool {
    let framework = element.attr("test-framework").unwrap_or("xUnit.net");
    let version = framework.split_whitespace().last().filter(|word| word.starts_with(|c: char| c.is_ascii_digit()));
    Tool::new("xUnit.net", version.map(ToOwned::to_owned))
}

fn time(element: &Element, name: &str) -> Option<jiff::Timestamp> {
    element.attr(name)?.trim().parse().ok()
}

fn test(tree: &XmlTree) -> TestCase {
    let element = &tree.element;
    let mut outcome = match element.attr("result") {
        Some(_) => element.word("result", RESULTS).unwrap_or(Outcome::Errored),
        None => {
            element.report(&MISSING_FIELD, "`result` is missing; the test is counted as errored");
            Outcome::Errored
        }
    };
    let warnings: Vec<String> = tree
        .child("warnings")
        .map(|list| list.all("warning").filter_map(XmlTree::filled_text).collect())
        .unwrap_or_default();
    if outcome == Outcome::Passed && !warnings.is_empty() {
        outcome = Outcome::Warned;
    }
    let name = element.filled("name").or_else(|| element.filled("method")).unwrap_or_default();
    let mut case = TestCase::new(keep_text(&name), outcome, element.pointer());
    case.class = element.filled("type");
    case.elapsed = element.elapsed("time", Unit::Secs);
    let failure = tree.child("failure");
    let message = failure.and_then(|f| f.child_text("message")).or_else(|| tree.child_text("reason"));
    // v1 writes `<reason><message>…`.
    let message = message.or_else(|| tree.child("reason")?.child_text("message"));
    let message = message.or_else(|| (!warnings.is_empty()).then(|| warnings.join("\n")));
    case.message = message.map(|text| keep_text(&text));
    if let Some(trace) = failure.and_then(|f| f.child_text("stack-trace")) {
        case.extra().detail = Some(keep_text(&trace));
    }
    if let Some(file) = element.filled("source-file") {
        case.extra().file = Some(keep_text(&file));
        case.extra().line = element.count("source-line");
    }
    case
}

/// An error of an assembly, or the failure of a class.
fn error(tree: &XmlTree, suite: Option<&Suite>) -> TestCase {
    let element = &tree.element;
    let name = element.filled("name").or_else(|| element.filled("type"));
    let name = name.or_else(|| suite.map(|suite| suite.name.clone())).unwrap_or_default();
    let mut case = TestCase::new(keep_text(&name), Outcome::Errored, element.pointer());
    let failure = tree.child("failure").unwrap_or(tree);
    case.message = failure.child_text("message").map(|text| keep_text(&text));
    if let Some(trace) = failure.child_text("stack-trace") {
        case.extra().detail = Some(keep_text(&trace));
    }
    case
}
