//! Decisions: named verdicts over sets of checks.

use std::collections::BTreeSet;

use crate::manifest::{Approval, Decision, Loaded, matches};

use super::rules::{Area, evidence_checks};
use super::verdict::{Check, Verdict};

/// A decision that was made.
///
/// See the [example](mod@crate::gate#example).
#[derive(Clone, Debug)]
pub struct Decided {
    /// Its name.
    pub name: String,
    /// Whether the overall verdict follows it.
    pub gating: bool,
    /// The worst of its checks.
    pub verdict: Verdict,
    /// What the verdict would be without waivers.
    pub strict_verdict: Verdict,
    /// Its checks: positions in the list of all checks.
    pub checks: Vec<usize>,
    /// What the manifest wants it to say; `None` where it wants nothing.
    pub statement: Option<String>,
    /// Who approved it.
    pub approvals: Vec<Approval>,
}

/// The decision of a manifest that names none.
const DEFAULT_NAME: &str = "Release validation";

pub(super) fn decide(checks: &mut Vec<Check>, loaded: &Loaded) -> Vec<Decided> {
    let keys = &loaded.manifest.decision;
    if keys.is_empty() {
        return vec![decided(DEFAULT_NAME, true, checks, (0..checks.len()).collect())];
    }
    let missing: Vec<Option<String>> = keys.iter().map(|keys| add_missing(keys, checks)).collect();
    let decisions: Vec<Decided> =
        keys.iter().zip(missing).map(|(keys, missing)| named(keys, missing.as_deref(), checks)).collect();
    let gating: BTreeSet<usize> =
        gating(&decisions).iter().flat_map(|decision| decision.checks.iter().copied()).collect();
    for (index, check) in checks.iter_mut().enumerate() {
        check.gating = gating.contains(&index);
    }
    decisions
}

/// The decisions that the overall verdict follows: those that gate, or all where none does, for a manifest in which nothing
/// gates would let everything through.
pub(super) fn gating(decisions: &[Decided]) -> Vec<&Decided> {
    let gating: Vec<&Decided> = decisions.iter().filter(|decision| decision.gating).collect();
    if gating.is_empty() { decisions.iter().collect() } else { gating }
}

/// Adds the check of a decision that names checks which were not made, and gives its id.
fn add_missing(keys: &Decision, checks: &mut Vec<Check>) -> Option<String> {
    let mut check = evidence_checks::missing(keys, checks)?;
    let twins = checks.iter().filter(|other| other.id.starts_with(&check.id)).count();
    if twins > 0 {
        check.id = format!("{}-{}", check.id, twins + 1);
    }
    let id = check.id.clone();
    let end = checks.iter().rposition(|check| check.rule.area == Area::Evidence).map_or(0, |last| last + 1);
    checks.insert(end, check);
    Some(id)
}

fn named(keys: &Decision, missing: Option<&str>, checks: &[Check]) -> Decided {
    let is_chosen = |check: &Check| {
        if std::ptr::eq(check.rule, evidence_checks::rule()) {
            return missing == Some(check.id.as_str());
        }
        if keys.checks.is_empty() {
            return check.rule.area != Area::Checklist;
        }
        // Nothing can be decided on evidence that is missing or cannot be trusted.
        check.rule.area == Area::Evidence || keys.checks.iter().any(|pattern| matches(pattern.get_ref(), &check.id))
    };
    let chosen = (0..).zip(checks).filter(|(_, check)| is_chosen(check)).map(|(index, _)| index).collect();
    let mut decision = decided(keys.name.get_ref(), keys.gating, checks, chosen);
    decision.statement = match decision.verdict {
        Verdict::Passed => keys.passed.clone(),
        Verdict::Conditional => keys.conditional.clone(),
        Verdict::Undecided | Verdict::Failed => None,
    };
    decision.approvals.clone_from(&keys.approval);
    decision
}

fn decided(name: &str, gating: bool, checks: &[Check], chosen: Vec<usize>) -> Decided {
    let worst = |of: fn(&Check) -> Verdict| chosen.iter().map(|i| of(&checks[*i])).max();
    Decided {
        name: name.to_owned(),
        gating,
        // A decision that rests on nothing decides nothing.
        verdict: worst(Check::verdict).unwrap_or(Verdict::Undecided),
        strict_verdict: worst(Check::strict_verdict).unwrap_or(Verdict::Undecided),
        checks: chosen,
        statement: None,
        approvals: Vec::new(),
    }
}
