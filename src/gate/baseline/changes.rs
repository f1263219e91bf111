//! What changed between two sides.
//!
//! A change is a pair of what was and what is; which of the two is worse follows from the pair alone. So swapping the
//! sides mirrors every change, and two equal sides have none.

use std::collections::BTreeMap;

use super::side::{Figure, FindingKey, FindingState, Scanner, TestKey, TestState, WaiverKey, WaiverState};
use crate::gate::Verdict;
use crate::manifest::ItemStatus;
use crate::model::{Health, Outcome, Role, Severity};

/// What was and what is; `None` where there was or is none of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pair<T> {
    /// In the baseline.
    pub before: Option<T>,
    /// Now.
    pub after: Option<T>,
}

impl<T> Pair<T> {
    /// The pair of the other direction.
    #[must_use]
    pub fn swapped(self) -> Pair<T> {
        Pair { before: self.after, after: self.before }
    }
}

/// Where a change leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// A regression: `signoff diff` exits with 1.
    Worse,
    /// Different, and nobody can say that it is better or worse.
    Neutral,
    /// Better.
    Better,
}

impl Direction {
    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Direction::Worse => "worse",
            Direction::Neutral => "neutral",
            Direction::Better => "better",
        }
    }
}

/// Everything that changed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Changes {
    /// The overall verdict; `None` where it is the same, or is not known yet.
    pub verdict: Option<Pair<Verdict>>,
    /// Decisions, by name.
    pub decisions: Vec<CheckChange>,
    /// Checks, by id.
    pub checks: Vec<CheckChange>,
    /// Tests, and those that fail as they did before.
    pub tests: Vec<TestChange>,
    /// Tests that are on both sides and did not change.
    pub unchanged_tests: u64,
    /// Tests that are counted and not listed, on either side: about them nothing is known.
    pub unlisted_tests: (u64, u64),
    /// Tests of either side that are not found on the other, which counts tests that it does not list: they may be
    /// among those.
    pub unmatched_tests: (u64, u64),
    /// Findings in their places.
    pub findings: Vec<FindingChange>,
    /// Findings in a place that are open on both sides.
    pub unchanged_findings: u64,
    /// Scanners that ran on one side only, or not to their end on one side.
    pub scanners: Vec<ScannerChange>,
    /// Measurements.
    pub loads: Vec<LoadChange>,
    /// Services.
    pub services: Vec<ServiceChange>,
    /// Items of the checklist.
    pub checklist: Vec<ItemChange>,
    /// Waivers.
    pub waivers: Vec<WaiverChange>,
}

/// A verdict that changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckChange {
    /// The name of the decision, the id of the check.
    pub name: String,
    /// The verdict.
    pub verdict: Pair<Verdict>,
}

/// A test that changed, or fails as before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestChange {
    /// What recognises it, on each side: the names of suites may differ.
    pub key: Pair<TestKey>,
    /// What became of it.
    pub state: Pair<TestState>,
}

/// What a change of a test is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TestClass {
    /// It failed or ended in an error, and did not before.
    NewlyFailing,
    /// It was skipped, and ran before.
    NewlySkipped,
    /// It is not there any more.
    Disappeared,
    /// It warned, is flaky or only observes, and passed before; or the other way round.
    Changed,
    /// It was not there before.
    New,
    /// It runs, and was skipped before.
    Runs,
    /// It failed before and does not any more.
    Fixed,
    /// It fails as it did before: no change.
    StillFailing,
}

impl TestClass {
    /// Every class, in the order of reports.
    pub const ALL: [TestClass; 8] = [
        TestClass::NewlyFailing,
        TestClass::NewlySkipped,
        TestClass::Disappeared,
        TestClass::Changed,
        TestClass::New,
        TestClass::Runs,
        TestClass::Fixed,
        TestClass::StillFailing,
    ];

    /// The key of it in JSON.
    pub const fn word(self) -> &'static str {
        match self {
            TestClass::NewlyFailing => "newly_failing",
            TestClass::NewlySkipped => "newly_skipped",
            TestClass::Disappeared => "disappeared",
            TestClass::Changed => "changed",
            TestClass::New => "new",
            TestClass::Runs => "runs_again",
            TestClass::Fixed => "fixed",
            TestClass::StillFailing => "still_failing",
        }
    }
}

const fn is_bad(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Failed | Outcome::Errored)
}

impl TestChange {
    /// What it is.
    pub fn class(&self) -> TestClass {
        let (before, after) = match (self.state.before, self.state.after) {
            (before, None) if before.is_some() => return TestClass::Disappeared,
            (Some(before), Some(after)) => (before.outcome, after.outcome),
            _ => return TestClass::New,
        };
        match (before, after) {
            (before, after) if is_bad(before) && is_bad(after) => TestClass::StillFailing,
            (_, after) if is_bad(after) => TestClass::NewlyFailing,
            (Outcome::Skipped, Outcome::Skipped) => TestClass::Changed,
            (_, Outcome::Skipped) => TestClass::NewlySkipped,
            (before, _) if is_bad(before) => TestClass::Fixed,
            (Outcome::Skipped, _) => TestClass::Runs,
            _ => TestClass::Changed,
        }
    }

    /// Whether anything changed at all.
    pub fn is_change(&self) -> bool {
        self.state.before != self.state.after
    }

    /// Whether it is a test that is skipped now and was not before, be it that there was none.
    pub fn is_newly_skipped(&self) -> bool {
        let is_skipped = |state: Option<TestState>| state.is_some_and(|state| state.outcome == Outcome::Skipped);
        is_skipped(self.state.after) && !is_skipped(self.state.before)
    }

    /// Where it leads.
    pub fn direction(&self) -> Direction {
        // How much a test shows, best first.
        let rank = |state: TestState| match (state.outcome, state.flaky) {
            (Outcome::Passed, false) => 0,
            (Outcome::Passed, true) => 1,
            (Outcome::Warned, _) => 2,
            (Outcome::Info, _) => 3,
            (Outcome::Skipped, _) => 4,
            (Outcome::Failed | Outcome::Errored, _) => 5,
        };
        match (self.state.before, self.state.after) {
            (Some(before), Some(after)) => match rank(after).cmp(&rank(before)) {
                std::cmp::Ordering::Less => Direction::Better,
                std::cmp::Ordering::Equal => Direction::Neutral,
                std::cmp::Ordering::Greater => Direction::Worse,
            },
            // A test that is not there any more shows nothing, whatever it showed before.
            (Some(_), None) => Direction::Worse,
            (None, Some(after)) if rank(after) >= 4 => Direction::Worse,
            (None, _) => Direction::Neutral,
        }
    }

    /// What recognises it now, else what recognised it before.
    pub fn name(&self) -> TestKey {
        self.key.after.clone().or_else(|| self.key.before.clone()).unwrap_or_default()
    }
}

/// A finding in a place that is open on one side only, more often on one side, or with another severity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FindingChange {
    /// What recognises it.
    pub key: FindingKey,
    /// What is known of it.
    pub state: Pair<FindingState>,
    /// Whether its scanner ran to its end: where it did not, an absence says nothing.
    pub looked: Pair<()>,
}

/// What a change of a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FindingClass {
    /// It is open and was not, is open more often, or its severity rose.
    New,
    /// It is not open any more, and its scanner did not run to its end: nobody looked.
    NotLookedFor,
    /// It is not open any more, since it is suppressed.
    Suppressed,
    /// It is not open any more, is open less often, or its severity fell.
    Gone,
}

impl FindingClass {
    /// Every class, in the order of reports.
    pub const ALL: [FindingClass; 4] =
        [FindingClass::New, FindingClass::NotLookedFor, FindingClass::Suppressed, FindingClass::Gone];

    /// The key of it in JSON.
    pub const fn word(self) -> &'static str {
        match self {
            FindingClass::New => "new",
            FindingClass::NotLookedFor => "not_looked_for",
            FindingClass::Suppressed => "suppressed",
            FindingClass::Gone => "gone",
        }
    }
}

impl FindingChange {
    /// How many are open, by severity.
    pub fn open(state: Option<&FindingState>) -> BTreeMap<Severity, u64> {
        state.map(|state| state.open.clone()).unwrap_or_default()
    }

    /// How many of a severity are new: open now, and not before with this or a worse severity.
    ///
    /// One whose severity rose is new with that severity. One whose severity was not known and is now is new as well,
    /// and one of which it is not known any more.
    pub fn new_of(&self, severity: Severity) -> u64 {
        let count = |state: Option<&FindingState>, severity: Severity| {
            state.and_then(|state| state.open.get(&severity)).copied().unwrap_or(0)
        };
        let (before, after) = (self.state.before.as_ref(), self.state.after.as_ref());
        if severity == Severity::Unknown {
            return count(after, severity).saturating_sub(count(before, severity));
        }
        let mut totals = (0_u64, 0_u64);
        let mut seen = 0;
        for each in Severity::ALL.into_iter().filter(|each| *each != Severity::Unknown) {
            totals = (totals.0.saturating_add(count(before, each)), totals.1.saturating_add(count(after, each)));
            let more = totals.1.saturating_sub(totals.0);
            let new = more.saturating_sub(seen);
            seen = seen.max(more);
            if each == severity {
                return new;
            }
        }
        0
    }

    /// What it is.
    pub fn class(&self) -> FindingClass {
        let suppressed = |state: &Option<FindingState>| state.as_ref().map_or(0, |state| state.suppressed);
        if Severity::ALL.into_iter().any(|severity| self.new_of(severity) > 0) {
            FindingClass::New
        } else if self.looked.after.is_none() {
            FindingClass::NotLookedFor
        } else if suppressed(&self.state.after) > suppressed(&self.state.before) {
            FindingClass::Suppressed
        } else {
            FindingClass::Gone
        }
    }

    /// Where it leads.
    pub fn direction(&self) -> Direction {
        match self.class() {
            FindingClass::New => {
                let is_only_info = Severity::ALL.into_iter().all(|s| s == Severity::Info || self.new_of(s) == 0);
                if is_only_info { Direction::Neutral } else { Direction::Worse }
            }
            FindingClass::NotLookedFor | FindingClass::Suppressed => Direction::Neutral,
            FindingClass::Gone => Direction::Better,
        }
    }
}

/// A scanner that ran on one side only, or not to its end on one side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScannerChange {
    /// Its name in lower case; empty where it is not known.
    pub name: String,
    /// Whether it got to its end; `None` where it did not run.
    pub state: Pair<Scanner>,
}

impl ScannerChange {
    /// Where it leads.
    pub fn direction(&self) -> Direction {
        match self.state.after.cmp(&self.state.before) {
            std::cmp::Ordering::Less => Direction::Worse,
            std::cmp::Ordering::Equal => Direction::Neutral,
            std::cmp::Ordering::Greater => Direction::Better,
        }
    }
}

/// A measurement that changed.
#[derive(Clone, Debug, PartialEq)]
pub struct LoadChange {
    /// The run, on each side: the paths of artifacts may differ.
    pub run: Pair<String>,
    /// The endpoint; `None` for everything together.
    pub endpoint: Option<String>,
    /// The metric: `mean`, `p50`, …, `error-rate`.
    pub metric: &'static str,
    /// What was measured.
    pub figure: Pair<Figure>,
    /// Where it leads: neutral within the tolerance.
    pub direction: Direction,
}

impl LoadChange {
    /// How much it rose, in millionths: a latency of what it was before, a share of all requests. Negative where it
    /// fell; `None` where one side was not measured, or a latency was nothing before.
    pub fn increase(&self) -> Option<i64> {
        let million = |part: i128, whole: i128| {
            // Half a millionth is rounded away from nothing, whichever its sign.
            let doubled = part.checked_mul(2_000_000)?;
            let rounded = (doubled + part.signum() * whole).checked_div(whole.checked_mul(2)?)?;
            i64::try_from(rounded).ok()
        };
        match (self.figure.before?, self.figure.after?) {
            (Figure::Time(before), Figure::Time(after)) => {
                let (before, after) = (i128::from(before.nanos()), i128::from(after.nanos()));
                million(after - before, before)
            }
            (Figure::Share(before), Figure::Share(after)) => {
                let (old, new) = (i128::from(before.part()), i128::from(after.part()));
                let (of_old, of_new) = (i128::from(before.whole()), i128::from(after.whole()));
                million(new * of_old - old * of_new, of_old * of_new)
            }
            (Figure::Time(_), Figure::Share(_)) | (Figure::Share(_), Figure::Time(_)) => None,
        }
    }

    /// How much it rose, for people: `+12.5 %`, `-0.3 points`; `None` as for [`LoadChange::increase`].
    pub fn shown(&self) -> Option<String> {
        let increase = self.increase()?;
        #[expect(clippy::cast_precision_loss, reason = "shown with two decimals")]
        let percent = format!("{:.2}", increase as f64 / 1e4);
        let percent = percent.trim_end_matches('0').trim_end_matches('.');
        let percent = if percent == "-0" { "0" } else { percent };
        let sign = if increase > 0 { "+" } else { "" };
        let unit = if matches!(self.figure.before, Some(Figure::Share(_))) { "points" } else { "%" };
        Some(format!("{sign}{percent} {unit}"))
    }
}

/// A service that changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceChange {
    /// What kind of thing it is.
    pub role: Role,
    /// Its name.
    pub name: String,
    /// Its health.
    pub health: Pair<Health>,
}

impl ServiceChange {
    /// Where it leads.
    pub fn direction(&self) -> Direction {
        let rank = |health: Health| match health {
            Health::Healthy => 0,
            Health::Unknown => 1,
            Health::Unhealthy => 2,
        };
        match (self.health.before, self.health.after) {
            (Some(before), Some(after)) if rank(after) > rank(before) => Direction::Worse,
            (Some(before), Some(after)) if rank(after) < rank(before) => Direction::Better,
            (Some(_), None) | (None, Some(Health::Unhealthy)) => Direction::Worse,
            _ => Direction::Neutral,
        }
    }
}

/// An item of the checklist that changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemChange {
    /// What is to be done.
    pub item: String,
    /// How far it is.
    pub status: Pair<ItemStatus>,
}

impl ItemChange {
    /// Where it leads. An item that nobody asks for any more is neutral.
    pub fn direction(&self) -> Direction {
        match (self.status.before, self.status.after) {
            (Some(before), Some(after)) if after > before => Direction::Worse,
            (Some(before), Some(after)) if after < before => Direction::Better,
            _ => Direction::Neutral,
        }
    }
}

/// A waiver that changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaiverChange {
    /// What recognises it.
    pub key: WaiverKey,
    /// What is known of it.
    pub state: Pair<WaiverState>,
}

impl Pair<Verdict> {
    /// Where it leads: a verdict that is not given any more is neutral.
    pub fn direction(&self) -> Direction {
        match (self.before, self.after) {
            (Some(before), Some(after)) if after > before => Direction::Worse,
            (Some(before), Some(after)) if after < before => Direction::Better,
            _ => Direction::Neutral,
        }
    }
}

impl Changes {
    /// How many changes lead where.
    pub fn count(&self, direction: Direction) -> u64 {
        self.directions().filter(|found| *found == direction).count() as u64
    }

    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.directions().next().is_none() && self.waivers.is_empty()
    }

    fn directions(&self) -> impl Iterator<Item = Direction> {
        let verdicts = self.decisions.iter().chain(&self.checks).map(|change| change.verdict.direction());
        let ((before, after), unlisted) = (self.unmatched_tests, self.unlisted_tests);
        let is_fewer = before > unlisted.1;
        let unmatched =
            (before > 0 || after > 0).then_some(if is_fewer { Direction::Worse } else { Direction::Neutral });
        self.verdict
            .iter()
            .map(Pair::direction)
            .chain(unmatched)
            .chain(verdicts)
            .chain(self.tests.iter().filter(|test| test.is_change()).map(TestChange::direction))
            .chain(self.findings.iter().map(FindingChange::direction))
            .chain(self.scanners.iter().map(ScannerChange::direction))
            .chain(self.loads.iter().map(|change| change.direction))
            .chain(self.services.iter().map(ServiceChange::direction))
            .chain(self.checklist.iter().map(ItemChange::direction))
    }

    /// The tests of a class.
    pub fn tests_of(&self, class: TestClass) -> impl Iterator<Item = &TestChange> {
        self.tests.iter().filter(move |test| test.class() == class)
    }

    /// The findings of a class.
    pub fn findings_of(&self, class: FindingClass) -> impl Iterator<Item = &FindingChange> {
        self.findings.iter().filter(move |finding| finding.class() == class)
    }
}
