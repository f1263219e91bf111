//! What changed between two sides.
//!
//! A change is a pair of what was and what is; which of the two is worse follows from the pair alone. So swapping the
//! sides mirrors every change, and two equal sides have none.

use super::finding_change::{FindingChange, FindingClass};
use super::plan_change::PlanChange;
use super::side::{Figure, Scanner, WaiverKey, WaiverState};
use super::test_change::{TestChange, TestClass};
use crate::gate::Verdict;
use crate::manifest::ItemStatus;
use crate::model::{Health, Role};

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

/// Tests, listed or not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// All.
    pub tests: u64,
    /// Those that failed or ended in an error.
    pub failing: u64,
    /// Those that did not run.
    pub skipped: u64,
}

impl Totals {
    fn is_worse_than(self, other: Totals) -> bool {
        self.tests < other.tests || self.failing > other.failing || self.skipped > other.skipped
    }
}

impl Pair<Totals> {
    /// Where it leads. Which tests they are is not known: fewer are worse, whatever became of them.
    pub fn direction(&self) -> Direction {
        let (before, after) = (self.before.unwrap_or_default(), self.after.unwrap_or_default());
        match (after.is_worse_than(before), before.is_worse_than(after)) {
            (true, _) => Direction::Worse,
            (false, true) => Direction::Better,
            (false, false) => Direction::Neutral,
        }
    }
}

/// Everything that changed.
///
/// See the [example](mod@crate::gate#example).
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
    /// How many tests there are in all; `None` where both sides list theirs, or they are as many.
    pub totals: Option<Pair<Totals>>,
    /// Findings in their places.
    pub findings: Vec<FindingChange>,
    /// Findings in a place that are open on both sides.
    pub unchanged_findings: u64,
    /// Scanners that ran on one side only, or not to their end on one side.
    pub scanners: Vec<ScannerChange>,
    /// Measurements.
    pub loads: Vec<LoadChange>,
    /// Load runs that made many times more or fewer requests.
    pub requests: Vec<RequestsChange>,
    /// Limits that load tests declare.
    pub limits: Vec<LimitChange>,
    /// Rollback plans.
    pub plans: Vec<PlanChange>,
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

/// A load run that made another multiple of requests: what it measured says more, or less.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestsChange {
    /// The run, as it is called now.
    pub run: String,
    /// Requests that it made.
    pub requests: Pair<u64>,
}

impl RequestsChange {
    /// How many times more or fewer requests there are where they are told.
    pub const TIMES: u64 = 2;

    /// Where it leads.
    pub fn direction(&self) -> Direction {
        if self.requests.after < self.requests.before { Direction::Worse } else { Direction::Better }
    }
}

/// A limit that a load test declares on both sides, and that another word is said of now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitChange {
    /// The run, as it is called now.
    pub run: String,
    /// The metric and the limit: `http_req_duration: p(95)<500`.
    pub limit: String,
    /// Whether it holds, by the tool; `None` where the tool does not judge it.
    pub holds: Pair<bool>,
}

impl LimitChange {
    /// Where it leads. One that nobody judges is between the two.
    pub fn direction(&self) -> Direction {
        match rank(self.holds.after).cmp(&rank(self.holds.before)) {
            std::cmp::Ordering::Less => Direction::Better,
            std::cmp::Ordering::Equal => Direction::Neutral,
            std::cmp::Ordering::Greater => Direction::Worse,
        }
    }
}

/// How bad it is that a limit holds, is not judged, does not hold.
pub(super) const fn rank(holds: Option<bool>) -> u8 {
    match holds {
        Some(true) => 0,
        None => 1,
        Some(false) => 2,
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
    /// Where it leads. What held and is not judged any more is worse; what did not hold and is not judged any more is
    /// neutral, and so is what is judged now and does not hold: the verdict over all of it says so.
    pub fn direction(&self) -> Direction {
        match (self.before, self.after) {
            (Some(before), Some(after)) if after > before => Direction::Worse,
            (Some(before), Some(after)) if after < before => Direction::Better,
            (Some(Verdict::Passed | Verdict::Conditional), None) => Direction::Worse,
            (None, Some(Verdict::Passed | Verdict::Conditional)) => Direction::Better,
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
            .map(Pair::<Verdict>::direction)
            .chain(unmatched)
            .chain(self.totals.iter().map(Pair::<Totals>::direction))
            .chain(verdicts)
            .chain(self.tests.iter().filter(|test| test.is_change()).map(TestChange::direction))
            .chain(self.findings.iter().map(FindingChange::direction))
            .chain(self.scanners.iter().map(ScannerChange::direction))
            .chain(self.loads.iter().map(|change| change.direction))
            .chain(self.requests.iter().map(RequestsChange::direction))
            .chain(self.limits.iter().map(LimitChange::direction))
            .chain(self.plans.iter().map(PlanChange::direction))
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
