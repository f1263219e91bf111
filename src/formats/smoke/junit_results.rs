//! What the elements and attributes of one JUnit test case mean, put together.

use std::borrow::Cow;

use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{CONTRADICTION, INCOMPLETE, UNKNOWN_WORD, UNUSABLE_DETAIL};
use crate::model::{Elapsed, Outcome, TestCase, Unit, keep_text};
use crate::source::json::shorten;
use crate::source::{Diags, Element, plain_number};

/// What is longer is no duration of a test: some tools write nanoseconds.
const LONGEST_TEST: Elapsed = Elapsed::from_nanos(30 * 86_400 * 1_000_000_000);

/// Words of the attributes `status` and `result`: of GoogleTest, CTest, behave, Katalon and others.
/// `None` is a word that says that it ran, and not how it ended.
const WORDS: &[(&str, Option<Outcome>)] = &[
    ("run", None),
    ("completed", None),
    ("complete", None),
    ("executed", None),
    ("finished", None),
    ("done", None),
    ("passed", Some(Outcome::Passed)),
    ("pass", Some(Outcome::Passed)),
    ("success", Some(Outcome::Passed)),
    ("successful", Some(Outcome::Passed)),
    ("succeeded", Some(Outcome::Passed)),
    ("ok", Some(Outcome::Passed)),
    // Gatling's `assertions.xml`.
    ("true", Some(Outcome::Passed)),
    ("false", Some(Outcome::Failed)),
    ("warning", Some(Outcome::Warned)),
    ("warn", Some(Outcome::Warned)),
    ("failed", Some(Outcome::Failed)),
    ("fail", Some(Outcome::Failed)),
    ("failure", Some(Outcome::Failed)),
    ("ko", Some(Outcome::Failed)),
    ("errored", Some(Outcome::Errored)),
    ("error", Some(Outcome::Errored)),
    ("broken", Some(Outcome::Errored)),
    ("crashed", Some(Outcome::Errored)),
    ("panicked", Some(Outcome::Errored)),
    ("aborted", Some(Outcome::Errored)),
    ("timeout", Some(Outcome::Errored)),
    ("timedout", Some(Outcome::Errored)),
    ("interrupted", Some(Outcome::Errored)),
    ("cancelled", Some(Outcome::Errored)),
    ("canceled", Some(Outcome::Errored)),
    ("incomplete", Some(Outcome::Errored)),
    ("undefined", Some(Outcome::Errored)),
    ("hookerror", Some(Outcome::Errored)),
    ("cleanuperror", Some(Outcome::Errored)),
    ("skipped", Some(Outcome::Skipped)),
    ("skip", Some(Outcome::Skipped)),
    ("disabled", Some(Outcome::Skipped)),
    ("notrun", Some(Outcome::Skipped)),
    ("notexecuted", Some(Outcome::Skipped)),
    ("ignored", Some(Outcome::Skipped)),
    ("suppressed", Some(Outcome::Skipped)),
    ("pending", Some(Outcome::Skipped)),
    ("blocked", Some(Outcome::Skipped)),
    ("inconclusive", Some(Outcome::Skipped)),
    ("todo", Some(Outcome::Skipped)),
    ("untested", Some(Outcome::Skipped)),
    ("inactive", Some(Outcome::Skipped)),
    ("excluded", Some(Outcome::Skipped)),
    ("xfailed", Some(Outcome::Skipped)),
    // Testing Farm.
    ("notapplicable", Some(Outcome::Skipped)),
    ("info", Some(Outcome::Info)),
];

/// Reasons that CTest writes into `<skipped>` of tests that it counts as failed.
const FAILED_BY_CTEST: &[&str] =
    &["Unable to find executable", "Required Files Missing", "Fixture dependency failed", "Missing Configuration"];

/// The type of the mark for skipped that Node writes for a to-do.
pub(super) const TODO: &str = "todo";

/// The type of the error that godog writes for a pending step, beside a status that says the same
/// (`internal/formatters/fmt_junit.go` of godog 0.15).
pub(super) const PENDING: &str = "pending";

/// The types of the errors that PHPUnit writes of tests that it takes for risky, and does not fail for: of one that
/// asserts nothing, prints something, or covers what it does not name (`addRiskyTest` in `Util/Log/JUnit.php` and
/// `addFailure` in `Framework/TestResult.php` of PHPUnit 9; version 10 writes nothing of it).
const RISKY: &[&str] = &[
    "RiskyTestError",
    "OutputError",
    "CoveredCodeNotExecutedException",
    "MissingCoversAnnotationException",
    "UnintentionallyCoveredCodeError",
];

/// Whether a type of error says that PHPUnit takes the test for risky.
pub(super) fn is_risky(kind: &str) -> bool {
    let name = kind.strip_prefix(r"PHPUnit\Framework\").or_else(|| kind.strip_prefix("PHPUnit_Framework_"));
    name.is_some_and(|name| RISKY.contains(&name))
}

/// One result element: its message, its type, and its text.
#[derive(Debug, Default)]
pub(super) struct Problem {
    pub message: Option<String>,
    pub kind: Option<String>,
    pub text: String,
}

impl Problem {
    /// Whether a mark for skipped says that the test may fail: a to-do of Node (`internal/test_runner/reporter/junit.js`
    /// of Node.js 22), and a case of Catch2 that may or should fail (`catch_reporter_junit.cpp` of Catch2 3.5).
    fn may_fail(&self) -> bool {
        let message = self.message.as_deref().unwrap_or_default();
        self.kind.as_deref() == Some(TODO)
            || ["!mayfail", "!shouldfail"].iter().any(|tag| message == format!("TEST_CASE tagged with {tag}"))
    }

    /// Whether it says no more than that PHPUnit takes the test for risky. So it does with one that it stopped after a time,
    /// which did not come to its end.
    fn is_risky(&self) -> bool {
        self.kind.as_deref().is_some_and(is_risky) && !self.text.contains("Execution aborted after ")
    }

    /// The message, else the first line of the text that is not the `title` of the test, else the type.
    fn headline(&self, title: Option<&str>) -> Option<&str> {
        let is_title = |line: &str| title.is_some_and(|title| line.starts_with(title));
        let line = || self.text.lines().map(str::trim).find(|line| !line.is_empty() && !is_title(line));
        // Node writes it where a to-do has no reason.
        let is_said = |message: &&str| self.kind.as_deref() != Some(TODO) || *message != "true";
        self.message.as_deref().map(str::trim).filter(is_said).or_else(line).or(self.kind.as_deref())
    }
}

/// What the children and attributes of one case say.
#[derive(Debug, Default)]
pub(super) struct Results {
    pub status: Option<Outcome>,
    problems: Vec<(Outcome, Problem)>,
    earlier: Vec<Problem>,
    n_flaky: u64,
    n_reruns: u64,
    /// Errors that are counted as such, and say that a test is risky.
    n_risky: u64,
    /// Whether it says that it passed after it had failed, and not how often.
    is_said_flaky: bool,
}

impl Results {
    pub(super) fn problem(&mut self, outcome: Outcome, problem: Problem) {
        let is_risky = outcome == Outcome::Errored && problem.is_risky();
        self.n_risky += u64::from(is_risky);
        self.problems.push((if is_risky { Outcome::Warned } else { outcome }, problem));
    }

    pub(super) fn flaky(&mut self, problem: Problem) {
        self.n_flaky += 1;
        self.earlier.push(problem);
    }

    pub(super) fn rerun(&mut self, problem: Problem) {
        self.n_reruns += 1;
        self.earlier.push(problem);
    }

    /// Whether CTest could not run it, which it writes like a skipped test and counts as a failure.
    pub(super) fn settle_ctest(&mut self, element: &Element) -> bool {
        let failed = |problem: &Problem| problem.message.as_deref().is_some_and(|text| FAILED_BY_CTEST.contains(&text));
        let is_ctest = element.attr("status") == Some("notrun");
        let found = self.problems.iter_mut().find(|(_, problem)| is_ctest && failed(problem));
        let Some((outcome, _)) = found else { return false };
        *outcome = Outcome::Errored;
        self.status = None;
        true
    }

    /// Takes the failures of a case that says that it is flaky for those of attempts before one that passed; only for
    /// suites that count such cases apart (`CreateJUnitTestCase.kt` and `CreateTestSuitOverviewData.kt` of Flank).
    pub(super) fn settle_flaky(&mut self, element: &Element) {
        if element.attr("flaky") != Some("true") {
            return;
        }
        self.is_said_flaky = true;
        let is_bad = |(outcome, _): &mut (Outcome, Problem)| matches!(outcome, Outcome::Failed | Outcome::Errored);
        self.earlier.extend(self.problems.extract_if(.., is_bad).map(|(_, problem)| problem));
    }

    /// Whether a status `pending` and an error are one fact.
    fn is_pending(&self, element: &Element) -> bool {
        let is_error = |(_, problem): &(Outcome, Problem)| problem.kind.as_deref() == Some(PENDING);
        element.attr("status") == Some(PENDING) && self.problems.iter().any(is_error)
    }

    /// Where nothing is said of a case but a duration, not even its name, it never got to its end: pytest makes the node
    /// when the set-up is over, and names it with the report of the test, which an interrupt or `pytest.exit` leaves out
    /// (`update_testcase_duration` in `src/_pytest/junitxml.py` of pytest 9).
    pub(super) fn settle_unreported(&mut self, element: &Element) -> bool {
        let is_reported = self.status.is_some() || !self.problems.is_empty() || !self.earlier.is_empty();
        if is_reported || !element.attributes().map(|(name, _)| name).eq(["time"]) {
            return false;
        }
        let message = "a test has no name and no result: it was started, and the run was stopped before it ended";
        element.report(&INCOMPLETE, message);
        let message = Some("was started and did not end".to_owned());
        self.problem(Outcome::Errored, Problem { message, ..Problem::default() });
        true
    }

    /// How many marks for skipped it has; pytest writes one for each subtest.
    pub(super) fn n_skip_marks(&self) -> u64 {
        let listed = self.problems.iter().filter(|(o, _)| *o == Outcome::Skipped).map(|_| 1).sum::<u64>();
        listed.max(u64::from(self.status == Some(Outcome::Skipped)))
    }

    /// Whether it is marked as one that may fail, which the tool does not take for a failure then.
    fn may_fail(&self) -> bool {
        self.problems.iter().any(|(outcome, problem)| *outcome == Outcome::Skipped && problem.may_fail())
    }

    pub(super) fn n_problems(&self) -> u64 {
        let listed = self.problems.iter().filter(|(o, _)| matches!(o, Outcome::Failed | Outcome::Errored));
        listed.map(|_| 1).sum::<u64>() + self.n_reruns() + self.n_risky
    }

    pub(super) const fn n_reruns(&self) -> u64 {
        self.n_flaky + self.n_reruns
    }

    /// The worst of all that is said; where the rest says something else, that is reported.
    pub(super) fn outcome(&self, element: &Element) -> Outcome {
        let said = || self.problems.iter().map(|(outcome, _)| *outcome).chain(self.status);
        let unsaid = if self.n_reruns > 0 && self.n_flaky == 0 { Outcome::Failed } else { Outcome::Passed };
        let worst = said().max_by_key(|outcome| outcome.badness()).unwrap_or(unsaid);
        let is_bad = |outcome: Outcome| matches!(outcome, Outcome::Failed | Outcome::Errored);
        if is_bad(worst) && self.may_fail() {
            return Outcome::Warned;
        }
        if is_bad(worst)
            && !self.is_pending(element)
            && let Some(other) = said().find(|outcome| !is_bad(*outcome) && *outcome != Outcome::Warned)
        {
            element.report(&CONTRADICTION, format!("is {other} and {worst} at once; counted as {worst}"));
        }
        worst
    }

    /// Whether it passed, and not on the first attempt.
    pub(super) fn is_flaky(&self, outcome: Outcome) -> bool {
        outcome == Outcome::Passed && (self.n_flaky > 0 || self.is_said_flaky)
    }

    /// Puts message, detail and attempts into the case.
    pub(super) fn put(self, element: &Element, case: &mut TestCase) {
        let mut problems: Vec<&Problem> = self.problems.iter().map(|(_, problem)| problem).collect();
        if problems.is_empty() {
            problems = self.earlier.iter().collect();
        }
        // PHPUnit writes it above each message, and a row of data behind it.
        let title = element.attr("class").zip(element.attr("name")).map(|(class, name)| format!("{class}::{name}"));
        let headlines: Vec<&str> = problems.iter().filter_map(|problem| problem.headline(title.as_deref())).collect();
        if !headlines.is_empty() {
            case.message = Some(keep_text(&joined(&headlines, "\n")));
        } else if case.outcome != Outcome::Passed
            && let Some(word) = element.attr("status").or_else(|| element.attr("result"))
        {
            case.message = Some(format!("the status is `{}`", shorten(word)));
        }
        let texts: Vec<&str> =
            problems.iter().map(|problem| problem.text.trim()).filter(|text| !text.is_empty()).collect();
        let detail = joined(&texts, "\n\n");
        if !detail.is_empty() && case.message.as_deref() != Some(&*detail) {
            case.extra().detail = Some(keep_text(&detail));
        }
        let attempts = self.n_flaky + self.n_reruns;
        if attempts > 0 {
            case.extra().attempts = Some(attempts + 1);
        }
        if let Some(file) = element.filled("file") {
            case.extra().file = Some(keep_text(&file));
        }
        if let Some(line) = element.attr("line").and_then(|line| line.trim().parse().ok()) {
            case.extra().line = Some(line);
        }
    }
}

/// Texts with a separator between them; mostly there is one.
fn joined<'t>(texts: &[&'t str], separator: &str) -> Cow<'t, str> {
    match texts {
        [one] => Cow::Borrowed(one),
        _ => Cow::Owned(texts.join(separator)),
    }
}

/// How Eclipse marks a case that did not run, or not to its end (eclipse-jdt/eclipse.jdt.ui, `TestRunSessionSerializer`).
const MARKS: [(&str, Outcome); 2] = [("ignored", Outcome::Skipped), ("incomplete", Outcome::Errored)];

/// What `status` and `result` say of a case, and marks; a word that is not known makes it errored.
pub(super) fn status(element: &Element) -> Option<Outcome> {
    let mut worst: Option<Outcome> = None;
    for name in ["status", "result"] {
        let Some(text) = element.attr(name).map(str::trim).filter(|text| !text.is_empty()) else { continue };
        let plain: String = text.chars().filter(char::is_ascii_alphabetic).collect();
        let said = match WORDS.iter().find(|(word, _)| plain.eq_ignore_ascii_case(word)) {
            Some((_, said)) => *said,
            None => {
                let message = format!("unknown word `{}` in `{name}`; the test is counted as errored", shorten(text));
                element.report(&UNKNOWN_WORD, message);
                Some(Outcome::Errored)
            }
        };
        worst = worst.into_iter().chain(said).max_by_key(|outcome| outcome.badness());
    }
    let marked = MARKS.iter().filter(|(name, _)| element.attr(name) == Some("true")).map(|(_, outcome)| *outcome);
    worst.into_iter().chain(marked).max_by_key(|outcome| outcome.badness())
}

/// Whether a case stands for a hook (Mocha; jest-junit 17, `utils/buildJsonResults.js`), a package (gotestsum) or a file
/// that could not be loaded (jest-junit): these tools list it and do not count it.
pub(super) fn is_hook(outcome: Outcome, name: &str, class: Option<&str>) -> bool {
    let hook = ["\"before all\" hook", "\"before each\" hook", "\"after all\" hook", "\"after each\" hook"];
    matches!(outcome, Outcome::Failed | Outcome::Errored)
        && (hook.iter().any(|hook| name.contains(hook))
            || name == "TestMain"
            || name.trim_start().starts_with("Test execution failure: could be caused by test hooks")
            || class.is_some_and(|class| class.ends_with("Test suite failed to run")))
}

/// Whether a case is a configuration function of Common Test, which lists these and counts none (`count_tcs` in
/// `cth_surefire.erl` of OTP 28); each of its cases names its log.
pub(super) fn is_configuration(element: &Element, name: &str) -> bool {
    matches!(name, "init_per_suite" | "end_per_suite" | "init_per_group" | "end_per_group")
        && element.attr("log").is_some()
}

/// Reads the attribute `time`, and remembers what is no duration.
#[derive(Debug, Default)]
pub(super) struct Durations {
    n_bad: u64,
    first: Option<Diagnostic>,
}

impl Durations {
    /// The duration of a suite or test in seconds, where it is one.
    pub(super) fn read(&mut self, element: &Element) -> Option<Elapsed> {
        let text = element.attr("time")?.trim();
        if text.is_empty() {
            return None;
        }
        let elapsed = duration(text)
            .or_else(|| iso_duration(text))
            .filter(|elapsed| element.name != "testcase" || *elapsed <= LONGEST_TEST);
        if elapsed.is_none() {
            self.n_bad += 1;
            self.first.get_or_insert_with(|| {
                let message = format!("`time=\"{}\"` is not a duration in seconds", shorten(text));
                element.diagnostic(&UNUSABLE_DETAIL, message)
            });
        }
        elapsed
    }

    /// One note for all that is no duration.
    pub(super) fn report(self, diags: &Diags) {
        let Some(mut note) = self.first else { return };
        if self.n_bad > 1 {
            note.message += &format!(", and {} more like it", self.n_bad - 1);
        }
        diags.push(note);
    }
}

/// A duration in seconds.
pub(super) fn duration(text: &str) -> Option<Elapsed> {
    plain_number(text).and_then(|number| Elapsed::from_f64(number, Unit::Secs).ok())
}

/// A duration in the way of ISO 8601, as `current-dateTime()` and its like give it in XQuery.
fn iso_duration(text: &str) -> Option<Elapsed> {
    let duration: jiff::SignedDuration = text.starts_with('P').then(|| text.parse().ok()).flatten()?;
    u64::try_from(duration.as_nanos()).ok().map(Elapsed::from_nanos)
}

/// Whether an attribute `time` is certainly a duration of a test: a few digits, perhaps with decimals.
pub(super) fn is_plain_duration(text: &str) -> bool {
    let mut digits = 0;
    let mut whole = None;
    for byte in text.bytes() {
        match byte {
            b'0'..=b'9' => digits += 1,
            b'.' if whole.is_none() => whole = Some(std::mem::take(&mut digits)),
            _ => return false,
        }
    }
    let (whole, decimals) = whole.map_or((digits, 1), |whole| (whole, digits));
    (1..=6).contains(&whole) && (1..=20).contains(&decimals)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_plainly_a_duration_is_one() {
        for text in ["0", "0.031", "12", "123456.7", "0.00000000000000000001"] {
            assert!(is_plain_duration(text), "{text}");
            assert!(duration(text).is_some(), "{text}");
        }
        for text in
            ["", ".", "5.", ".5", "1.2.3", "-1", "1,5", "1e3", "NaN", " 1", "1234567", "0.000000000000000000001"]
        {
            assert!(!is_plain_duration(text), "{text}");
        }
    }
}
