//! Decisions: named verdicts over sets of checks.

use crate::diagnostics::codes::UNUSED_PATTERN;
use crate::manifest::{Approval, Loaded, matches};
use crate::model::{Notice, Phrase};

use super::rules::Area;
use super::verdict::{Check, Verdict};

/// A decision that was made.
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

pub(super) fn decide(checks: &[Check], loaded: &Loaded, notices: &mut Vec<Notice>) -> Vec<Decided> {
    let decided = |name: &str, gating, chosen: Vec<usize>| {
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
    };
    let all: Vec<usize> = (0..checks.len()).collect();
    if loaded.manifest.decision.is_empty() {
        return vec![decided(DEFAULT_NAME, true, all)];
    }
    let mut decisions = Vec::new();
    for keys in &loaded.manifest.decision {
        let chosen = if keys.checks.is_empty() {
            all.iter().copied().filter(|i| checks[*i].rule.area != Area::Checklist).collect()
        } else {
            let chosen = |check: &Check| keys.checks.iter().any(|pattern| matches(pattern.get_ref(), &check.id));
            all.iter().copied().filter(|i| chosen(&checks[*i])).collect()
        };
        for pattern in &keys.checks {
            if !checks.iter().any(|check| matches(pattern.get_ref(), &check.id)) {
                notices.push(Notice {
                    code: &UNUSED_PATTERN,
                    text: Phrase::from("the decision ")
                        .foreign(keys.name.clone())
                        .own(" names a check that was not made: ")
                        .foreign(pattern.get_ref().clone()),
                    source: None,
                    place: Some(loaded.place(&pattern.span())),
                    other: None,
                    help: UNUSED_PATTERN.help.to_owned(),
                });
            }
        }
        let mut decision = decided(&keys.name, keys.gating, chosen);
        decision.statement = match decision.verdict {
            Verdict::Passed => keys.passed.clone(),
            Verdict::Conditional => keys.conditional.clone(),
            Verdict::Undecided | Verdict::Failed => None,
        };
        decision.approvals.clone_from(&keys.approval);
        decisions.push(decision);
    }
    decisions
}
