//! What Ginkgo says of a suite in the properties of its JUnit XML.
//!
//! Rules: `reporters/junit_report.go` of onsi/ginkgo, version 2.

use crate::diagnostics::codes::{NOTHING_RAN, TOOL_FAILED};
use crate::source::json::shorten;
use crate::source::{Element, Tag};

/// The properties that matter.
#[derive(Debug, Default)]
pub(super) struct Ginkgo {
    /// `None` where Ginkgo did not write the suite.
    succeeded: Option<bool>,
    reason: String,
    is_dry: bool,
}

impl Ginkgo {
    /// Looks at a property.
    pub(super) fn see(&mut self, property: Tag<'_>) {
        let value = property.attr("value").unwrap_or_default();
        match property.attr("name") {
            Some("SuiteSucceeded") => self.succeeded = Some(value == "true"),
            Some("SpecialSuiteFailureReason") => value.clone_into(&mut self.reason),
            Some("DryRun") => self.is_dry = value == "true",
            _ => {}
        }
    }

    /// Reports what the tests of the suite, of which so many are bad, do not tell.
    pub(super) fn report(&self, suite: &Element, bad: u64) {
        let Some(succeeded) = self.succeeded else { return };
        if self.is_dry {
            suite.report(&NOTHING_RAN, "a dry run of Ginkgo, in which nothing ran");
        } else if !succeeded && bad == 0 {
            let reason = if self.reason.is_empty() { "no reason given" } else { &self.reason };
            suite.report(&TOOL_FAILED, format!("the suite failed, and no test in it: {}", shorten(reason)));
        }
    }
}
