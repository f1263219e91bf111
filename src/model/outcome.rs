//! Outcomes of tests and the counts over them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What became of one test.
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::model#example).")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It ran and what it asserts holds.
    Passed,
    /// It ran and reports something that is not as it should be, without failing.
    Warned,
    /// It ran and an assertion does not hold.
    Failed,
    /// It could not be run to its end.
    Errored,
    /// It did not run.
    Skipped,
    /// It ran and only observes: it asserts nothing.
    Info,
}

impl Outcome {
    /// Every outcome, in the order of reports.
    pub const ALL: [Outcome; 6] =
        [Outcome::Passed, Outcome::Warned, Outcome::Failed, Outcome::Errored, Outcome::Skipped, Outcome::Info];

    /// The word for it: `passed`, `warned`, ….
    pub const fn word(self) -> &'static str {
        match self {
            Outcome::Passed => "passed",
            Outcome::Warned => "warned",
            Outcome::Failed => "failed",
            Outcome::Errored => "errored",
            Outcome::Skipped => "skipped",
            Outcome::Info => "info",
        }
    }

    /// How bad it is: of several results of one test the worst counts.
    pub const fn badness(self) -> u8 {
        match self {
            Outcome::Info => 0,
            Outcome::Passed => 1,
            Outcome::Skipped => 2,
            Outcome::Warned => 3,
            Outcome::Failed => 4,
            Outcome::Errored => 5,
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// How many tests ended how. Always counted from cases.
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::model#example).")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Tally {
    /// Tests that passed, flaky ones included.
    #[serde(deserialize_with = "super::wire::count")]
    pub passed: u64,
    /// Tests that warned.
    #[serde(deserialize_with = "super::wire::count")]
    pub warned: u64,
    /// Tests that failed.
    #[serde(deserialize_with = "super::wire::count")]
    pub failed: u64,
    /// Tests that could not be run to their end.
    #[serde(deserialize_with = "super::wire::count")]
    pub errored: u64,
    /// Tests that did not run.
    #[serde(deserialize_with = "super::wire::count")]
    pub skipped: u64,
    /// Observations.
    #[serde(deserialize_with = "super::wire::count")]
    pub info: u64,
    /// Tests among the passed ones that needed more than one attempt.
    #[serde(deserialize_with = "super::wire::count")]
    pub flaky: u64,
}

impl Tally {
    /// Counts one more test.
    pub fn add(&mut self, outcome: Outcome, flaky: bool) {
        *self.slot(outcome) += 1;
        self.flaky += u64::from(flaky && outcome == Outcome::Passed);
    }

    /// Adds the counts of another tally.
    pub fn merge(&mut self, other: &Tally) {
        for outcome in Outcome::ALL {
            *self.slot(outcome) += other.of(outcome);
        }
        self.flaky += other.flaky;
    }

    /// What is left without the counts of a part of it.
    #[must_use]
    pub fn without(&self, part: &Tally) -> Tally {
        let mut rest = *self;
        for outcome in Outcome::ALL {
            *rest.slot(outcome) -= part.of(outcome).min(self.of(outcome));
        }
        rest.flaky -= part.flaky.min(self.flaky);
        rest
    }

    /// All tests, whatever became of them.
    pub const fn total(&self) -> u64 {
        self.passed + self.warned + self.failed + self.errored + self.skipped + self.info
    }

    /// Tests that ran: all but the skipped ones.
    pub const fn executed(&self) -> u64 {
        self.total() - self.skipped
    }

    /// The count of one outcome.
    pub const fn of(&self, outcome: Outcome) -> u64 {
        match outcome {
            Outcome::Passed => self.passed,
            Outcome::Warned => self.warned,
            Outcome::Failed => self.failed,
            Outcome::Errored => self.errored,
            Outcome::Skipped => self.skipped,
            Outcome::Info => self.info,
        }
    }

    const fn slot(&mut self, outcome: Outcome) -> &mut u64 {
        match outcome {
            Outcome::Passed => &mut self.passed,
            Outcome::Warned => &mut self.warned,
            Outcome::Failed => &mut self.failed,
            Outcome::Errored => &mut self.errored,
            Outcome::Skipped => &mut self.skipped,
            Outcome::Info => &mut self.info,
        }
    }
}
