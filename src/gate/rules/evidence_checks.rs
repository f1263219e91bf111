//! Every check that a decision names was made.

use super::{Area, Rule};
use crate::gate::{Check, Reason, Weight, slug};
use crate::manifest::Decision;
use crate::model::Phrase;
use crate::model::phrase::plural;

pub(super) static RULE: Rule = Rule {
    id: "evidence.checks",
    area: Area::Evidence,
    title: "Every check that a decision names was made",
    how: "A rule makes no check where there is nothing to judge: no scan, no service, no limit. Where a decision names \
          such a check, it cannot rest on it, and its verdict is undecided. One check per decision that this happens \
          to, which counts for that decision only.",
    // What was made is known only after all other rules: see `missing`.
    judge: |_| Vec::new(),
};

/// The rule.
pub(in crate::gate) fn rule() -> &'static Rule {
    &RULE
}

/// The check of a decision that names checks which were not made; `None` where all were.
pub(in crate::gate) fn missing(decision: &Decision, made: &[Check]) -> Option<Check> {
    let was_made = |pattern: &str| made.iter().any(|check| crate::manifest::matches(pattern, &check.id));
    let patterns = decision.checks.iter().map(crate::manifest::Spanned::get_ref);
    let reasons: Vec<Reason> = patterns
        .filter(|pattern| !was_made(pattern))
        .map(|pattern| {
            let phrase = Phrase::from("the check ").foreign(pattern.clone()).own(" was not made");
            Reason::new(Weight::Gap, phrase)
        })
        .collect();
    if reasons.is_empty() {
        return None;
    }
    let total = decision.checks.len();
    let observed = format!("{} of {total}", total - reasons.len());
    let mut check = Check::new(&RULE, plural(total as u64, "named check"), observed).reasons(reasons);
    check.id = format!("{}.{}", RULE.id, slug(decision.name.get_ref()));
    check.title = Phrase::from("Every check that ").owner(decision.name.get_ref().clone()).own(" names was made");
    Some(check)
}
