//! What the JUnit XML of Qt Test (`-xunitxml` of Qt 4 and 5) says in its own way.
//!
//! Rules: `QXunitTestLogger` in `src/testlib/qxunittestlogger.cpp` of Qt 5.15. Qt 6 writes `-junitxml` like others.

use crate::diagnostics::codes::UNKNOWN_WORD;
use crate::model::Outcome;
use crate::source::json::shorten;
use crate::source::{Element, Tag};

/// How a test function ended; with `b` before it, it is in the list of those that are known to be unreliable.
const RESULTS: &[(&str, Outcome)] = &[
    ("pass", Outcome::Passed),
    ("fail", Outcome::Failed),
    ("xpass", Outcome::Failed),
    ("xfail", Outcome::Warned),
    ("bpass", Outcome::Warned),
    ("bfail", Outcome::Warned),
    ("bxpass", Outcome::Warned),
    ("bxfail", Outcome::Warned),
];

/// Whether a property tells that the suite is one of Qt 4 or 5.
pub(super) fn is_told_by(property: Tag<'_>) -> bool {
    property.attr("name") == Some("QTestVersion")
        && property.attr("value").is_some_and(|version| version.starts_with("4.") || version.starts_with("5."))
}

/// How a test function ended; one that was skipped has no result, but a comment.
pub(super) fn status(element: &Element) -> Outcome {
    let Some(word) = element.attr("result").map(str::trim).filter(|word| !word.is_empty()) else {
        return Outcome::Skipped;
    };
    let known = RESULTS.iter().find(|(known, _)| *known == word).map(|(_, outcome)| *outcome);
    known.unwrap_or_else(|| {
        let message = format!("unknown word `{}` in `result`; the test is counted as errored", shorten(word));
        element.report(&UNKNOWN_WORD, message);
        Outcome::Errored
    })
}

/// Whether the suite counts a test function as a failure that does not count as one.
pub(super) fn is_counted_failure(element: &Element) -> bool {
    matches!(element.attr("result"), Some("bfail" | "bxpass"))
}
