//! Tests: suites and their cases.

use jiff::Timestamp;
use serde::ser::{SerializeStruct, Serializer};
use serde::{Deserialize, Serialize};

use super::outcome::{Outcome, Tally};
use super::pointer::Pointer;
use super::quantity::Elapsed;

/// Passing cases of one artifact that are kept by name; what is beyond is counted only.
pub const MAX_KEPT_PASSED: u64 = 10_000;
/// Passing cases of all artifacts together that are kept by name, in the order of the artifacts.
pub const MAX_KEPT_PASSED_IN_ALL: u64 = 20_000;
/// Cases of one artifact that did not pass and are kept with their reasons.
pub const MAX_KEPT_OTHER: u64 = 10_000;
/// Cases of one artifact that are kept with their output.
pub const MAX_KEPT_DETAILS: u64 = 1_000;

/// Tests that a tool reports together.
///
/// See the [example](mod@crate::model#example).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(from = "SuiteRecord")]
pub struct Suite {
    /// Its name as the tool writes it; empty where it has none.
    pub name: String,
    /// What the suite is about, in the words of the report (`Core Infrastructure`); `None` where the artifact does not say.
    pub category: Option<String>,
    /// How long it took; `None` where the artifact does not say.
    pub elapsed: Option<Elapsed>,
    /// What the tests were run against (a base URL); `None` where the artifact does not say.
    pub target: Option<String>,
    /// The command that ran it; `None` where the artifact does not say.
    pub command: Option<String>,
    /// Where it stands.
    pub pointer: Pointer,
    cases: Vec<TestCase>,
    tally: Tally,
    folded: u64,
    details: u64,
    details_folded: u64,
    unlisted: u64,
}

/// A suite as it stands in a bundle. Its counts are not stated: they are those of the cases and of what is folded.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, schemars(rename = "Suite"))]
struct SuiteRecord {
    /// Its name as the tool writes it; empty where it has none.
    name: String,
    /// What the suite is about, in the words of the report.
    category: Option<String>,
    /// How long it took.
    elapsed: Option<Elapsed>,
    /// What the tests were run against.
    target: Option<String>,
    /// The command that ran it.
    command: Option<String>,
    /// Where it stands.
    pointer: Pointer,
    /// The cases that were kept.
    cases: Vec<TestCase>,
    /// How many cases were counted and not kept.
    folded: Tally,
    /// How many cases were kept without the output that they have.
    #[serde(default)]
    details_folded: u64,
    /// How many tests the tool says that it skipped and does not list; they are in no other count.
    #[serde(default, deserialize_with = "super::wire::count")]
    unlisted: u64,
}

impl From<SuiteRecord> for Suite {
    fn from(record: SuiteRecord) -> Suite {
        let SuiteRecord { name, category, elapsed, target, command, pointer, cases, folded, details_folded, unlisted } =
            record;
        let mut suite =
            Suite { name, category, elapsed, target, command, pointer, details_folded, unlisted, ..Suite::default() };
        cases.into_iter().for_each(|case| suite.push(case));
        suite.tally.merge(&folded);
        suite.folded += folded.total();
        suite
    }
}

impl Serialize for Suite {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Suite { name, category, elapsed, target, command, pointer, cases, tally, details_folded, unlisted, .. } =
            self;
        let mut kept = Tally::default();
        cases.iter().for_each(|case| kept.add(case.outcome, case.flaky));
        let mut record = serializer.serialize_struct("Suite", 9 + usize::from(*unlisted > 0))?;
        record.serialize_field("name", name)?;
        record.serialize_field("category", category)?;
        record.serialize_field("elapsed", elapsed)?;
        record.serialize_field("target", target)?;
        record.serialize_field("command", command)?;
        record.serialize_field("pointer", pointer)?;
        record.serialize_field("cases", cases)?;
        record.serialize_field("folded", &tally.without(&kept))?;
        record.serialize_field("details_folded", details_folded)?;
        if *unlisted > 0 {
            record.serialize_field("unlisted", unlisted)?;
        }
        record.end()
    }
}

#[cfg(test)]
super::wire::schema_of!(Suite, SuiteRecord);

/// Everything of a suite that holds text.
pub(super) struct SuiteTexts<'s> {
    pub name: &'s mut String,
    pub category: &'s mut Option<String>,
    pub target: &'s mut Option<String>,
    pub command: &'s mut Option<String>,
    pub pointer: &'s mut Pointer,
    pub cases: &'s mut [TestCase],
}

impl Suite {
    /// An empty suite.
    pub fn new(name: impl Into<String>, pointer: Pointer) -> Suite {
        Suite { name: name.into(), pointer, ..Suite::default() }
    }

    /// Adds a case: it is always counted, and kept while there is room
    /// (`MAX_KEPT_PASSED`, `MAX_KEPT_OTHER`, `MAX_KEPT_DETAILS`).
    pub fn push(&mut self, mut case: TestCase) {
        let is_kept = self.has_room(case.outcome, case.flaky);
        self.tally.add(case.outcome, case.flaky);
        if is_kept {
            if case.extra.as_ref().is_some_and(|extra| extra.detail.is_some()) {
                self.details += 1;
                if self.details > MAX_KEPT_DETAILS {
                    self.forget_detail(&mut case);
                }
            }
            self.cases.push(case);
        } else {
            self.folded += 1;
        }
    }

    /// Whether a case of this outcome would be kept, for readers that need not put together what is only counted.
    pub fn has_room(&self, outcome: Outcome, flaky: bool) -> bool {
        match outcome {
            Outcome::Passed if !flaky => self.tally.passed < MAX_KEPT_PASSED,
            _ => self.tally.total() - self.tally.passed < MAX_KEPT_OTHER,
        }
    }

    fn forget_detail(&mut self, case: &mut TestCase) {
        if case.extra.as_mut().and_then(|extra| extra.detail.take()).is_some() {
            self.details_folded += 1;
        }
    }

    /// Keeps no more than `room` passing cases by name, and takes those that are kept from it.
    /// Attempts that are still to be put together are kept.
    pub(crate) fn fold_passed(&mut self, room: &mut u64) {
        let is_plain = |case: &TestCase| {
            let is_attempt = case.extra.as_ref().is_some_and(|extra| extra.history.is_some());
            case.outcome == Outcome::Passed && !case.flaky && !is_attempt
        };
        let n_plain = self.cases.iter().filter(|case| is_plain(case)).count() as u64;
        if n_plain <= *room {
            *room -= n_plain;
            return;
        }
        self.folded += n_plain - *room;
        self.cases.retain(|case| {
            let is_kept = !is_plain(case) || *room > 0;
            *room -= u64::from(is_kept && is_plain(case));
            is_kept
        });
        self.cases.shrink_to_fit();
    }

    /// What the attempts in it have in common with others of the same test.
    pub(crate) fn attempts_mut(&mut self) -> impl Iterator<Item = &mut String> {
        self.cases.iter_mut().filter_map(|case| case.extra.as_mut()?.history.as_mut())
    }

    /// Counts a case without keeping it, for artifacts of many suites that have no `Room` any more.
    pub fn count(&mut self, outcome: Outcome, flaky: bool) {
        self.tally.add(outcome, flaky);
        self.folded += 1;
    }

    /// Counts so many cases that passed without keeping them.
    pub(crate) fn count_passed(&mut self, count: u64) {
        self.tally.passed += count;
        self.folded += count;
    }

    /// The cases that were kept, in the order of the artifact.
    pub fn cases(&self) -> &[TestCase] {
        &self.cases
    }

    /// The cases that were kept, for a reader that learns their classes after them. Outcomes are counted and stay.
    pub(crate) fn cases_mut(&mut self) -> &mut [TestCase] {
        &mut self.cases
    }

    /// Takes the kept cases out, for a reader that has to merge repeated attempts.
    /// The counts start again from nothing.
    pub fn take_cases(&mut self) -> Vec<TestCase> {
        self.tally = Tally::default();
        (self.folded, self.details) = (0, 0);
        std::mem::take(&mut self.cases)
    }

    /// Everything of it that holds text.
    pub(super) fn texts(&mut self) -> SuiteTexts<'_> {
        let Suite { name, category, target, command, pointer, cases, .. } = self;
        SuiteTexts { name, category, target, command, pointer, cases }
    }

    /// The counts over all cases, kept or not.
    pub const fn tally(&self) -> &Tally {
        &self.tally
    }

    /// How long it took: its own time, else that of its cases together; `None` where neither says it in full.
    pub fn duration(&self) -> Option<Elapsed> {
        // Without the time of one test the sum is too small; those that are only counted have none any more.
        let ran = self.cases().iter().filter(|case| case.outcome != Outcome::Skipped);
        let of_cases: Option<Vec<Elapsed>> = ran.map(|case| case.elapsed).collect();
        let of_cases = of_cases.filter(|all| !all.is_empty() && self.folded() == 0);
        self.elapsed.or_else(|| of_cases?.into_iter().reduce(Elapsed::saturating_add))
    }

    /// Cases that were counted and not kept.
    pub const fn folded(&self) -> u64 {
        self.folded
    }

    /// Notes tests that the tool says that it skipped, and of which it tells no more.
    pub(crate) const fn skipped_unlisted(&mut self, count: u64) {
        let sum = self.unlisted.saturating_add(count);
        self.unlisted = if sum > super::wire::MAX_COUNT { super::wire::MAX_COUNT } else { sum };
    }

    /// Tests that the tool says that it skipped and does not list; the tally has none of them.
    pub(crate) const fn unlisted(&self) -> u64 {
        self.unlisted
    }

    /// The counts over all tests, with those that the tool says that it skipped and does not list.
    pub(crate) fn whole(&self) -> Tally {
        let skipped = self.tally.skipped.saturating_add(self.unlisted);
        Tally { skipped, ..self.tally }
    }

    /// Cases that were kept without the output that they have.
    pub(crate) const fn details_folded(&self) -> u64 {
        self.details_folded
    }
}

/// How many cases of one artifact may still be kept, whatever their suites.
#[derive(Clone, Copy, Debug)]
pub struct Room {
    passed: u64,
    other: u64,
    details: u64,
}

impl Default for Room {
    fn default() -> Room {
        Room { passed: MAX_KEPT_PASSED, other: MAX_KEPT_OTHER, details: MAX_KEPT_DETAILS }
    }
}

impl Room {
    /// As usual, but for no more than so many passing cases.
    pub fn for_passed(most: u64) -> Room {
        Room { passed: most.min(MAX_KEPT_PASSED), ..Room::default() }
    }

    /// Whether a case of this outcome would be kept.
    pub const fn has(&self, outcome: Outcome, flaky: bool) -> bool {
        match outcome {
            Outcome::Passed if !flaky => self.passed > 0,
            _ => self.other > 0,
        }
    }

    /// Adds a case to a suite: it is always counted, and kept while there is room.
    pub fn push(&mut self, suite: &mut Suite, mut case: TestCase) {
        let left = match case.outcome {
            Outcome::Passed if !case.flaky => &mut self.passed,
            _ => &mut self.other,
        };
        let Some(less) = left.checked_sub(1) else { return suite.count(case.outcome, case.flaky) };
        *left = less;
        if case.extra.as_ref().is_some_and(|extra| extra.detail.is_some()) {
            match self.details.checked_sub(1) {
                Some(less) => self.details = less,
                None => suite.forget_detail(&mut case),
            }
        }
        suite.push(case);
    }
}

/// One test.
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::model#example).")]
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TestCase {
    /// Its name as the tool writes it; empty where it has none.
    pub name: String,
    /// The class, module or file that the tool names it under; `None` where it has none.
    pub class: Option<String>,
    /// What became of it.
    pub outcome: Outcome,
    /// It passed, but not on the first attempt.
    pub flaky: bool,
    /// How long it took; `None` where the artifact does not say.
    pub elapsed: Option<Elapsed>,
    /// The reason for an outcome other than passed, one line or a few; `None` where there is none.
    pub message: Option<String>,
    /// What only some tools say.
    pub extra: Option<Box<TestExtra>>,
    /// Where it stands.
    pub pointer: Pointer,
}

impl TestCase {
    /// A case with nothing but a name and an outcome.
    pub fn new(name: impl Into<String>, outcome: Outcome, pointer: Pointer) -> TestCase {
        TestCase {
            name: name.into(),
            class: None,
            outcome,
            flaky: false,
            elapsed: None,
            message: None,
            extra: None,
            pointer,
        }
    }

    /// The further details, made on first use.
    pub fn extra(&mut self) -> &mut TestExtra {
        self.extra.get_or_insert_default()
    }
}

/// Details of a test that only some tools give. `None` and empty mean that the artifact does not say.
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::model#example).")]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TestExtra {
    /// Stack trace, diff, captured output: shown folded.
    pub detail: Option<String>,
    /// The group that the test belongs to, where it differs from the suite's.
    pub category: Option<String>,
    /// What was requested: `/health`, `GET https://…`.
    pub endpoint: Option<String>,
    /// What came back.
    pub response: Option<String>,
    /// What was asked for: `401 or 422`, `< 1000ms`.
    pub expected: Option<String>,
    /// What was seen: `500`, `31ms`.
    pub observed: Option<String>,
    /// Further facts in the order of the artifact: label and text.
    pub facts: Vec<(String, String)>,
    /// Attempts that were made, the last one included.
    pub attempts: Option<u64>,
    /// What attempts of the same test have in common, where each attempt is an artifact of its own (Allure's history id).
    /// It is compared and never shown: after reading it is a digest, and in a bundle a number.
    pub history: Option<String>,
    /// When it ended: of several attempts with the same history the latest counts.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub finished: Option<Timestamp>,
    /// Source file of the test.
    pub file: Option<String>,
    /// Line in that file, from 1.
    pub line: Option<u64>,
    /// The issue that the test found, as its author describes it.
    pub issue: Option<Issue>,
}

/// A problem that somebody describes: in an artifact (a smoke test's issue) or in the manifest.
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::model#example).")]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Issue {
    /// One line.
    pub title: String,
    /// As written: `Low`; `None` where it is not said.
    pub severity: Option<String>,
    /// What it means for users or operation.
    pub impact: Option<String>,
    /// Why it happens.
    pub root_cause: Option<String>,
    /// What to do.
    pub recommendation: Option<String>,
    /// What helps until then.
    pub workaround: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_suites_share_the_room_of_their_artifact() {
        let mut room = Room { passed: 2, other: 1, details: 1 };
        let mut suites = [Suite::default(), Suite::default()];
        for suite in &mut suites {
            for outcome in [Outcome::Passed, Outcome::Passed, Outcome::Failed] {
                room.push(suite, TestCase::new("t", outcome, Pointer::whole()));
            }
        }
        let [first, second] = &suites;
        assert_eq!((first.cases().len(), first.folded(), first.tally().failed), (3, 0, 1));
        assert_eq!((second.cases().len(), second.folded(), second.tally().failed), (0, 3, 1));
    }

    #[test]
    fn what_is_kept_without_its_output_is_counted() {
        let mut room = Room { passed: 0, other: 3, details: 1 };
        let mut suite = Suite::default();
        for number in 0..4 {
            let mut case = TestCase::new(number.to_string(), Outcome::Failed, Pointer::whole());
            case.extra().detail = Some("a stack trace".to_owned());
            room.push(&mut suite, case);
        }
        let with_detail = |case: &TestCase| case.extra.as_ref().is_some_and(|extra| extra.detail.is_some());
        assert_eq!(suite.cases().iter().map(with_detail).collect::<Vec<_>>(), [true, false, false]);
        assert_eq!((suite.folded(), suite.details_folded(), suite.tally().failed), (1, 2, 4));
        let text = serde_json::to_string(&suite).expect("a suite can be written");
        let read: Suite = serde_json::from_str(&text).expect("and read");
        assert_eq!((read.cases().len(), read.folded(), read.details_folded(), read.tally().failed), (3, 1, 2, 4));
    }

    #[test]
    fn passing_cases_are_folded_in_their_order_and_no_others() {
        let mut suite = Suite::default();
        let outcomes = [Outcome::Passed, Outcome::Failed, Outcome::Passed, Outcome::Passed, Outcome::Skipped];
        for (number, outcome) in outcomes.into_iter().enumerate() {
            let mut case = TestCase::new(number.to_string(), outcome, Pointer::whole());
            // An attempt of a test, which is put together with the others later.
            case.extra().history = (number == 3).then(|| "a test".to_owned());
            suite.push(case);
        }
        let mut room = 1;
        suite.fold_passed(&mut room);
        assert_eq!(suite.cases().iter().map(|case| case.name.as_str()).collect::<Vec<_>>(), ["0", "1", "3", "4"]);
        assert_eq!((room, suite.folded(), suite.tally().passed), (0, 1, 3));
    }
}
