//! What the policy lets through although it does not hold: what waivers accept, and failing tests within a limit.

use std::collections::{BTreeMap, BTreeSet};

use super::verdict::{Check, Reason, Verdict};
use crate::model::{Outcome, Source, Sourced, Suite, TestCase};

/// What a policy lets through, by where it stands.
pub(crate) struct Accepted<'j> {
    /// Of which waivers accept all that stands against them, with the first of these reasons.
    waived: BTreeMap<&'j Source, &'j Reason>,
    /// Which something stands against that nobody accepts.
    objected: BTreeSet<&'j Source>,
    /// Outcomes of which no more tests than the policy allows have them.
    within: Vec<Outcome>,
}

/// Why a failing test is let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Acceptance {
    /// A waiver accepts it.
    Waived,
    /// No more tests failed than may.
    Within,
}

impl<'j> Accepted<'j> {
    pub(super) fn new(checks: &'j [Check]) -> Accepted<'j> {
        let all = || checks.iter().flat_map(|check| &check.reasons);
        let objected = all().filter(|reason| reason.verdict() >= Verdict::Undecided);
        let objected: BTreeSet<&Source> = objected.filter_map(|reason| reason.source.as_ref()).collect();
        let mut waived = BTreeMap::new();
        for reason in all().filter(|reason| reason.waived_by.is_some()) {
            if let Some(source) = reason.source.as_ref().filter(|source| !objected.contains(source)) {
                waived.entry(source).or_insert(reason);
            }
        }
        let holds = |id: &str| checks.iter().any(|check| check.rule.id == id && check.verdict() == Verdict::Passed);
        let limits = [(Outcome::Failed, "smoke.failed"), (Outcome::Errored, "smoke.errored")];
        let within = limits.into_iter().filter(|(_, id)| holds(id)).map(|(outcome, _)| outcome).collect();
        Accepted { waived, objected, within }
    }

    /// The reason that a waiver accepts at a place; `None` where something else stands against it.
    pub(crate) fn waived(&self, source: &Source) -> Option<&'j Reason> {
        self.waived.get(source).copied()
    }

    /// Why a test that failed or ended in an error is let through; `None` where it is not, and for every other test.
    pub(crate) fn test(&self, suite: &Sourced<Suite>, case: &TestCase) -> Option<Acceptance> {
        let is_failing = matches!(case.outcome, Outcome::Failed | Outcome::Errored);
        let is_within = is_failing && self.within.contains(&case.outcome);
        if !is_failing || !is_within && self.waived.is_empty() {
            return None;
        }
        let source = suite.source(&case.pointer);
        if self.waived.contains_key(&source) {
            return Some(Acceptance::Waived);
        }
        (is_within && !self.objected.contains(&source)).then_some(Acceptance::Within)
    }
}
