//! What the policy lets through although it does not hold: what waivers accept, failing tests within a limit, and those
//! that no decision which gates asks for.

use std::collections::{BTreeMap, BTreeSet};

use super::verdict::{Check, Reason, Verdict};
use crate::model::{Outcome, Source, Sourced, Suite, TestCase};

/// What a policy lets through, by where it stands.
pub(crate) struct Accepted<'j> {
    /// Of which waivers accept all that stands against them, with the first of these reasons.
    waived: BTreeMap<&'j Source, &'j Reason>,
    /// Which something stands against that nobody accepts, in a check that gates.
    objected: BTreeSet<&'j Source>,
    /// Outcomes that tests may have, and why.
    let_through: Vec<(Outcome, Acceptance)>,
}

/// Why a failing test is let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Acceptance {
    /// A waiver accepts it.
    Waived,
    /// No more tests failed than may.
    Within,
    /// The overall verdict doesn't rest on how many tests failed.
    Outside,
}

impl<'j> Accepted<'j> {
    pub(super) fn new(checks: &'j [Check]) -> Accepted<'j> {
        let objected = checks.iter().filter(|check| check.gating).flat_map(|check| &check.reasons);
        let objected = objected.filter(|reason| reason.verdict() >= Verdict::Undecided);
        let objected: BTreeSet<&Source> = objected.filter_map(|reason| reason.source.as_ref()).collect();
        let mut waived = BTreeMap::new();
        for reason in checks.iter().flat_map(|check| &check.reasons).filter(|reason| reason.waived_by.is_some()) {
            if let Some(source) = reason.source.as_ref().filter(|source| !objected.contains(source)) {
                waived.entry(source).or_insert(reason);
            }
        }
        let acceptance = |id: &str| match checks.iter().find(|check| check.rule.id == id)? {
            check if check.verdict() == Verdict::Passed => Some(Acceptance::Within),
            check => (!check.gating).then_some(Acceptance::Outside),
        };
        let limits = [(Outcome::Failed, "smoke.failed"), (Outcome::Errored, "smoke.errored")];
        let let_through = limits.into_iter().filter_map(|(outcome, id)| Some((outcome, acceptance(id)?))).collect();
        Accepted { waived, objected, let_through }
    }

    /// The reason that a waiver accepts at a place; `None` where something else stands against it.
    pub(crate) fn waived(&self, source: &Source) -> Option<&'j Reason> {
        self.waived.get(source).copied()
    }

    /// Why a test that failed or ended in an error is let through; `None` where it is not, and for every other test.
    pub(crate) fn test(&self, suite: &Sourced<Suite>, case: &TestCase) -> Option<Acceptance> {
        let is_failing = matches!(case.outcome, Outcome::Failed | Outcome::Errored);
        let let_through = self.let_through.iter().find(|(outcome, _)| *outcome == case.outcome);
        if !is_failing || let_through.is_none() && self.waived.is_empty() {
            return None;
        }
        let source = suite.source(&case.pointer);
        if self.waived.contains_key(&source) {
            return Some(Acceptance::Waived);
        }
        let_through.filter(|_| !self.objected.contains(&source)).map(|(_, acceptance)| *acceptance)
    }
}
