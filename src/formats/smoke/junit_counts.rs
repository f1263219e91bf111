//! The counts of a JUnit suite: what it lists, what it claims, and whether the two agree.

use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{CONTRADICTION, NOT_COUNTED, NOT_LISTED, OUT_OF_RANGE, TOOL_FAILED, UNUSABLE_DETAIL};
use crate::model::{Outcome, Pointer};
use crate::source::Element;
use crate::source::json::shorten;

/// What is listed in a suite.
#[derive(Clone, Debug, Default)]
pub(super) struct Counts {
    /// Test cases, and problems that stand in the suite itself.
    pub cases: u64,
    /// Those that failed or ended in an error.
    pub bad: u64,
    /// Those that did not run.
    pub skipped: u64,
    /// Those that carry a mark for skipped, whatever became of them.
    pub skip_marks: u64,
    /// Elements that tell a failure or error, those of repeated attempts included.
    pub problems: u64,
    /// Attempts before the last one.
    pub reruns: u64,
    /// Problems of the suite itself, which are counted as a case here.
    pub of_suite: u64,
    /// Cases that stand for a hook or a file that could not be loaded: tools list them and do not count them.
    pub hooks: u64,
    /// The first one that failed.
    pub first_bad: Option<Pointer>,
    /// The first one.
    pub first: Option<Pointer>,
}

impl Counts {
    pub(super) fn add(&mut self, outcome: Outcome, pointer: impl Fn() -> Pointer) {
        self.cases += 1;
        self.first.get_or_insert_with(&pointer);
        match outcome {
            Outcome::Failed | Outcome::Errored => {
                self.bad += 1;
                self.first_bad.get_or_insert_with(&pointer);
            }
            Outcome::Skipped => self.skipped += 1,
            Outcome::Passed | Outcome::Warned | Outcome::Info => {}
        }
    }

    pub(super) fn merge(&mut self, other: &Counts) {
        self.cases += other.cases;
        self.bad += other.bad;
        self.skipped += other.skipped;
        self.skip_marks += other.skip_marks;
        self.problems += other.problems;
        self.reruns += other.reruns;
        self.of_suite += other.of_suite;
        self.hooks += other.hooks;
        self.first_bad = self.first_bad.take().or_else(|| other.first_bad.clone());
        self.first = self.first.take().or_else(|| other.first.clone());
    }

    fn fits_tests(&self, tests: u64, inner: u64) -> bool {
        let listed = self.cases - self.of_suite - self.hooks.min(self.cases - self.of_suite);
        (listed..=self.cases + self.reruns).contains(&tests)
            || tests == self.cases + inner
            || tests == self.cases - self.skipped
    }

    fn fits_failures(&self, failures: u64, inner: u64) -> bool {
        let least = self.bad.saturating_sub(self.hooks + self.of_suite);
        (least..=self.problems.max(self.bad)).contains(&failures) || failures == self.bad + inner
    }

    fn fits_skipped(&self, skipped: u64) -> bool {
        (self.skipped..=self.skip_marks.max(self.skipped)).contains(&skipped)
    }
}

/// One suite: its own cases, and all with those of the suites in it.
#[derive(Clone, Debug, Default)]
pub(super) struct Listed {
    /// Directly in it.
    pub own: Counts,
    /// With the suites in it.
    pub all: Counts,
    /// Suites directly in it; Node counts them as tests.
    pub suites: u64,
    /// Suites directly in it that have a failure.
    pub bad_suites: u64,
    /// What was already reported of a suite in it, and so is not reported again.
    pub reported: Reported,
    /// Skipped tests that it counts and does not list.
    pub hidden_skips: u64,
    /// Suites in it that count more tests than they list, where a suite around them may tell that these were skipped.
    pub unlisted: Unlisted,
}

/// Tests that suites count and do not list, with what is to be said of it if nothing explains it.
#[derive(Clone, Debug, Default)]
pub(super) struct Unlisted {
    count: u64,
    contradictions: Vec<Diagnostic>,
}

impl Unlisted {
    pub(super) fn merge(&mut self, other: Unlisted) {
        self.count = self.count.saturating_add(other.count);
        self.contradictions.extend(other.contradictions);
    }
}

/// Which totals are reported as wrong.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Reported {
    pub tests: bool,
    pub failures: bool,
    pub skipped: bool,
}

/// The totals that a suite claims; `None` where it does not say.
#[derive(Debug, Default)]
pub(super) struct Claimed {
    pub tests: Option<u64>,
    /// With `errors`.
    failures: Option<u64>,
    errors: Option<u64>,
    skipped: Option<u64>,
    disabled: Option<u64>,
    /// Tests that failed and then passed, of Flank and Firebase Test Lab, which does not count them as failures.
    flakes: Option<u64>,
    /// The tool counts assertions or requests where others count tests.
    counts_else: bool,
    /// pytest counts subtests that passed, and lists none of them.
    counts_subtests: bool,
    /// Cases that Boost.Test stopped, and counts as failures too or not, by its version.
    aborted: u64,
}

impl Claimed {
    pub(super) fn of(element: &Element) -> Claimed {
        let failures = count(element, &["failures"]);
        let mut errors = count(element, &["errors"]);
        // It writes one number into both.
        if errors == failures && element.attr("name").is_some_and(|name| name.starts_with("TestCafe Tests")) {
            errors = None;
        }
        // Later versions count a case that was aborted in both.
        let aborted = errors.filter(|errors| is_boost(element) && Some(*errors) <= failures);
        if aborted.is_some() {
            errors = None;
        }
        Claimed {
            tests: count(element, &["tests"]),
            failures: failures.or(errors).map(|_| failures.unwrap_or(0).saturating_add(errors.unwrap_or(0))),
            errors,
            skipped: count(element, &["skipped", "skips", "skip", "ignored", "pending"]),
            disabled: count(element, &["disabled"]),
            flakes: count(element, &["flakes"]),
            counts_else: counts_else(element) || is_boost(element),
            counts_subtests: false,
            aborted: aborted.unwrap_or(0),
        }
    }

    /// Knows that pytest wrote it.
    pub(super) const fn is_of_pytest(&mut self) {
        self.counts_subtests = true;
    }

    /// Adds to-dos, which the tool lists and does not count.
    pub(super) fn count_todos(&mut self, n_todos: u64) {
        self.tests = self.tests.map(|tests| tests.saturating_add(n_todos));
    }

    /// Leaves `errors` out, which count something else than tests.
    pub(super) fn ignore_errors(&mut self) {
        let errors = self.errors.take().unwrap_or(0);
        self.failures = self.failures.map(|failures| failures.saturating_sub(errors));
    }

    /// Whether it says that tests in it were skipped.
    pub(super) fn has_skipped(&self) -> bool {
        self.skipped.is_some_and(|skipped| skipped > 0)
    }

    /// Whether it says that tests in it passed after they had failed.
    pub(super) fn has_flakes(&self) -> bool {
        self.flakes.is_some_and(|flakes| flakes > 0)
    }

    /// Compares what a suite claims with what it lists. Where one `around` it says that tests were skipped, and the suite
    /// itself says nothing of that, tests that it counts and does not list are left to the other in `listed.unlisted`.
    pub(super) fn check(&self, element: &Element, listed: &mut Listed, around: bool) -> Reported {
        let mut reported = listed.reported;
        let cases = listed.all.cases;
        let mut unlisted = None;
        let hidden = self.hidden_skips(listed);
        if let Some(hidden) = hidden {
            let message = format!("{hidden} skipped tests are counted and not listed");
            element.report(&NOT_LISTED, message);
            (reported.tests, reported.skipped) = (true, true);
            listed.hidden_skips = hidden;
            listed.unlisted = Unlisted::default();
        }
        if !around {
            for contradiction in std::mem::take(&mut listed.unlisted).contradictions {
                element.push(contradiction);
                reported.tests = true;
            }
        }
        let both = [&listed.own, &listed.all];
        if let Some(tests) = self.tests
            && !reported.tests
            && !self.counts_else
            && !both.iter().any(|counts| counts.fits_tests(tests, listed.suites))
        {
            let message = format!("`tests` says {tests}, counted {cases}");
            if self.are_subtests(tests, listed) {
                element.report(&NOT_COUNTED, message + ": pytest counts subtests that passed, and does not list them");
                return Reported { tests: true, ..reported };
            }
            let found = contradiction(element, message, listed.all.first.as_ref());
            match tests.checked_sub(cases).filter(|_| around && self.skipped.is_none()) {
                Some(count) => unlisted = Some(Unlisted { count, contradictions: vec![found] }),
                None => {
                    element.push(found);
                    reported.tests = true;
                }
            }
        }
        if let Some(failures) = self.failures
            && !reported.failures
            && !both.iter().any(|counts| {
                let with_aborted = failures.saturating_add(self.aborted);
                [failures, with_aborted].iter().any(|failures| counts.fits_failures(*failures, listed.bad_suites))
            })
        {
            let bad = listed.all.bad;
            let message = format!("`failures` and `errors` say {failures}, counted {bad}");
            if failures > bad {
                let message = format!("{message}: the others are not listed");
                element.report(&TOOL_FAILED, message);
            } else {
                element.push(contradiction(element, message, listed.all.first_bad.as_ref()));
            }
            reported.failures = true;
        }
        // A hook that fails takes the tests behind it along: tools count these as skipped or not at all.
        if !reported.skipped && listed.all.hooks == 0 && !self.skips_fit(&both) {
            let says = self.skipped.unwrap_or(0).saturating_add(self.disabled.unwrap_or(0));
            let message = format!("`skipped` says {says}, counted {}", listed.all.skipped);
            element.push(contradiction(element, message, listed.all.first.as_ref()));
            reported.skipped = true;
        }
        listed.unlisted.merge(unlisted.unwrap_or_default());
        reported
    }

    /// Whether more tests than cases may be subtests that passed: pytest lists no such test, and all else fits.
    fn are_subtests(&self, tests: u64, listed: &Listed) -> bool {
        let both = [&listed.own, &listed.all];
        let fits = |failures| both.iter().any(|counts| counts.fits_failures(failures, listed.bad_suites));
        let has_both = self.failures.is_some() && self.skipped.is_some();
        self.counts_subtests
            && tests > listed.all.cases
            && has_both
            && self.failures.is_none_or(fits)
            && self.skips_fit(&both)
    }

    /// How many skipped tests the suite counts and does not list, where that explains its totals.
    fn hidden_skips(&self, listed: &Listed) -> Option<u64> {
        let skipped = self.skipped?.saturating_add(self.disabled.unwrap_or(0));
        let hidden = skipped.checked_sub(listed.all.skipped).filter(|hidden| *hidden > 0)?;
        let explained = [0, hidden].contains(&listed.unlisted.count);
        let tests = self.tests?;
        // Bruno does not count a request that was skipped among the tests, of which it has none then.
        let is_only_skipped = tests == 0 && listed.all.cases == 0 && listed.suites == 0;
        let fits = is_only_skipped || tests == listed.all.cases.checked_add(hidden)?;
        (!listed.reported.tests && explained && fits).then_some(hidden)
    }

    fn skips_fit(&self, both: &[&Counts; 2]) -> bool {
        let candidates = match (self.skipped, self.disabled) {
            (None, None) => return true,
            // GoogleTest counts the tests that skip themselves nowhere at the root.
            (None, Some(disabled)) => return both.iter().any(|counts| disabled <= counts.skip_marks),
            (skipped, disabled) => [skipped, disabled, skipped.zip(disabled).map(|(s, d)| s.saturating_add(d))],
        };
        candidates.into_iter().flatten().any(|skipped| both.iter().any(|counts| counts.fits_skipped(skipped)))
    }
}

fn contradiction(element: &Element, message: String, other: Option<&Pointer>) -> Diagnostic {
    let mut diagnostic = element.diagnostic(&CONTRADICTION, message);
    diagnostic.other = other.cloned();
    diagnostic
}

/// Catch2 and doctest (`JUnitReporter` in `doctest.h` of 2.4) write the number of assertions, Newman's root the number of
/// scripts.
fn counts_else(element: &Element) -> bool {
    let names: Vec<&str> = element.attributes().map(|(name, _)| name).collect();
    element.attr("hostname") == Some("tbd")
        || names.contains(&"doctest_version")
        || names == ["name", "errors", "failures", "tests"]
        || (element.name == "testsuites" && names == ["name", "tests", "time"])
}

/// Boost.Test counts the cases that passed without a warning in `tests`, and those that were stopped in `failures` too
/// (`junit_log_formatter.ipp` of Boost 1.86); 1.74 counts all that ran in `tests`, and each bad one once.
fn is_boost(element: &Element) -> bool {
    let names = element.attributes().map(|(name, _)| name);
    element.name == "testsuite" && names.eq(["tests", "skipped", "errors", "failures", "id", "name", "time"])
}

/// A count under the first of several names that is there; what is none is noted.
fn count(element: &Element, names: &[&str]) -> Option<u64> {
    let (name, text) = names.iter().find_map(|name| Some((name, element.attr(name)?.trim())))?;
    if text.is_empty() {
        return None;
    }
    let number = text.parse().ok().or_else(|| {
        // Some tools write every number as a decimal: `3.0`.
        text.strip_suffix(".0").and_then(|whole| whole.parse().ok())
    });
    if number.is_none() {
        // What is claimed to have failed may be anything.
        let code = if ["failures", "errors"].contains(name) { &OUT_OF_RANGE } else { &UNUSABLE_DETAIL };
        element.report(code, format!("`{name}=\"{}\"` is not a count", shorten(text)));
    }
    number
}
