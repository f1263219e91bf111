//! Rollback plans on two sides.

use std::collections::BTreeMap;
use std::fmt;

use super::changes::{Direction, Pair};
use crate::model::{Elapsed, StepOutcome};

/// A rollback plan on one side.
#[derive(Clone, Debug, PartialEq)]
pub struct PlanState {
    /// Its name, else the path of its artifact.
    pub label: String,
    /// Whether it would succeed.
    pub promise: Promise,
    /// What it is estimated to take, least and most; `None` where it does not say.
    pub estimated: Option<Estimate>,
    /// What became of its steps, by their titles; several where steps share their titles.
    pub steps: BTreeMap<String, Vec<StepOutcome>>,
}

/// Whether a plan would succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Promise {
    /// It would.
    Succeeds,
    /// It does not say.
    Open,
    /// It would not.
    Fails,
}

/// What a rollback is estimated to take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Estimate {
    /// The least.
    pub least: Elapsed,
    /// The most.
    pub most: Elapsed,
}

/// What changed of a rollback plan.
#[derive(Clone, Debug, PartialEq)]
pub struct PlanChange {
    /// The plan.
    pub plan: String,
    /// What of it.
    pub part: PlanPart,
}

/// What of a rollback plan changed.
#[derive(Clone, Debug, PartialEq)]
pub enum PlanPart {
    /// All of it: whether it would succeed; `None` on a side where it is not.
    Whole(Pair<Promise>),
    /// A step, by its title, and what became of it.
    Step(String, Pair<StepOutcome>),
    /// What it is estimated to take.
    Estimate(Pair<Estimate>),
}

impl From<Option<bool>> for Promise {
    fn from(succeeds: Option<bool>) -> Promise {
        match succeeds {
            Some(true) => Promise::Succeeds,
            None => Promise::Open,
            Some(false) => Promise::Fails,
        }
    }
}

impl Promise {
    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Promise::Succeeds => "succeeds",
            Promise::Open => "not stated",
            Promise::Fails => "fails",
        }
    }
}

impl fmt::Display for Estimate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.least == self.most { write!(f, "{}", self.most) } else { write!(f, "{} to {}", self.least, self.most) }
    }
}

impl PlanState {
    pub(super) fn new(name: Option<&str>, path: &str, succeeds: Option<bool>) -> PlanState {
        let label = name.filter(|name| !name.is_empty()).unwrap_or(path).to_owned();
        PlanState { label, promise: succeeds.into(), estimated: None, steps: BTreeMap::new() }
    }

    pub(super) fn add_step(&mut self, title: &str, outcome: StepOutcome) {
        let all = self.steps.entry(title.to_owned()).or_default();
        let place = all.partition_point(|known| *known <= outcome);
        all.insert(place, outcome);
    }
}

impl PlanChange {
    /// Where it leads. Steps that are there on one side only are those of another release, and an estimate is a guess.
    pub fn direction(&self) -> Direction {
        let rank = |outcome: StepOutcome| match outcome {
            StepOutcome::Passed => 0,
            StepOutcome::Planned => 1,
            StepOutcome::Skipped => 2,
            StepOutcome::Failed => 3,
        };
        match &self.part {
            PlanPart::Whole(
                Pair { before: Some(_), after: None } | Pair { before: None, after: Some(Promise::Fails) },
            ) => Direction::Worse,
            PlanPart::Whole(pair) => led(pair.before, pair.after),
            PlanPart::Step(_, pair) => led(pair.before.map(rank), pair.after.map(rank)),
            PlanPart::Estimate(_) => Direction::Neutral,
        }
    }
}

/// Where it leads that one value is another now, of those that are worse the greater they are.
fn led<T: Ord>(before: Option<T>, after: Option<T>) -> Direction {
    match (before, after) {
        (Some(before), Some(after)) if after > before => Direction::Worse,
        (Some(before), Some(after)) if after < before => Direction::Better,
        _ => Direction::Neutral,
    }
}
