//! Tests that changed.

use super::changes::{Direction, Pair};
use super::side::{TestKey, TestState};
use crate::model::Outcome;

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
