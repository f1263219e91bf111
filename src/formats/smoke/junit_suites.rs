//! What the attributes of a JUnit suite say: which tool wrote it, and how it ended where its test cases do not tell.
//!
//! Words: `TestScheduleResult` in `gluetool_modules_framework/libs/test_schedule.py` of Testing Farm, whose `results.xml`
//! says the result of each plan in `result`, and that of all in `overall-result`; a plan that could not be prepared has no
//! test case.

use crate::diagnostics::codes::TOOL_FAILED;
use crate::model::{Outcome, TestCase, Tool, keep_text};
use crate::source::Element;
use crate::source::json::shorten;

/// Words that say that a suite did not end well.
///
/// Others are passed over: tools write other things than results into such attributes of a suite.
const BAD: &[&str] = &[
    "failed",
    "fail",
    "failure",
    "error",
    "errored",
    "crashed",
    "aborted",
    "timeout",
    "timedout",
    "canceled",
    "cancelled",
];

/// What Testing Farm says of all as long as a plan is not complete.
const UNDEFINED: &str = "undefined";

/// The attribute and the word with which a suite says that it did not end well.
fn bad_word(suite: &Element) -> Option<(&'static str, &str)> {
    ["overall-result", "result", "status"].into_iter().find_map(|name| {
        let word = suite.attr(name)?.trim();
        let is_bad = BAD.iter().any(|bad| word.eq_ignore_ascii_case(bad));
        (is_bad || name == "overall-result" && word == UNDEFINED).then_some((name, word))
    })
}

/// Looks at a suite in which so many cases are listed, none of them bad.
///
/// Where it lists none, it is an errored case of its own; else what it says is reported.
pub(super) fn settle(suite: &Element, name: &str, n_cases: u64) -> Option<TestCase> {
    let (attribute, word) = bad_word(suite)?;
    if n_cases > 0 {
        let message = format!("`{attribute}` of the suite says `{}`, and no test in it failed", shorten(word));
        suite.report(&TOOL_FAILED, message);
        return None;
    }
    let mut case = TestCase::new(keep_text(name), Outcome::Errored, suite.pointer());
    case.message = Some(format!("the suite lists no test, and its `{attribute}` is `{}`", shorten(word)));
    Some(case)
}

pub(super) const PYTEST: &str = "pytest";
pub(super) const JEST_JUNIT: &str = "jest-junit";

/// The tool that a suite gives away; most dialects do not say.
pub(super) fn tool_of(element: &Element) -> Option<Tool> {
    let tool = match (element.name.as_str(), element.attr("name")) {
        ("testsuites", Some("nextest-run")) => "cargo-nextest",
        ("testsuites", Some("pytest tests")) | ("testsuite", Some("pytest")) => PYTEST,
        ("testsuites", Some("vitest tests")) => "Vitest",
        // Nobody else writes both without a content.
        ("testsuites", Some("")) if element.attr("id") == Some("") => "Playwright Test",
        ("testsuites", Some("jest tests")) => JEST_JUNIT,
        ("testsuite", Some("schemathesis")) => "Schemathesis",
        (_, Some("Mocha Tests")) => "Mocha",
        ("testsuites", Some("AllTests")) => "GoogleTest",
        _ if element.attr("noNamespaceSchemaLocation").is_some_and(|url| url.contains("surefire")) => "Maven Surefire",
        _ => return None,
    };
    Some(Tool::new(tool, None))
}
