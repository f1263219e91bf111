//! Every item of the checklist is done, and every acceptance criterion is proved.

use std::collections::BTreeSet;

use crate::manifest::Spanned;

use super::{Area, Context, Rule};
use crate::gate::{Check, Reason, Verdict, Weight};
use crate::manifest::{ItemStatus, Manifest, matches};
use crate::model::Phrase;

pub(super) static ITEMS: Rule = Rule {
    id: "checklist.items",
    area: Area::Checklist,
    title: "Every item of the checklist is complete",
    how: "Each item of `[[checklist]]` that is open or partial makes the verdict conditional; a blocked one fails the \
          check. An item is never better than the checks that it names: one that is called complete and whose checks \
          failed, are undecided, or were not made, is no more than that. Where an artifact of their kind could not be \
          read to its end, checks prove nothing.",
    judge,
};

pub(super) static CRITERIA: Rule = Rule {
    id: "checklist.criteria",
    area: Area::Checklist,
    title: "Every acceptance criterion is proved by its checks",
    how: "Each `[[criterion]]` with `checks` has the worst verdict of the checks that it names, after waivers. One \
          whose checks were not made is proved by nothing and makes the verdict undecided. A criterion without \
          `checks` is stated by people, shown as such, and not judged.",
    // What the other checks say is known only after waivers: see `prove`.
    judge: |_| Vec::new(),
};

fn judge(context: &Context<'_>) -> Vec<Check> {
    let items = &context.manifest.checklist;
    if items.is_empty() {
        return Vec::new();
    }
    let done = items.iter().filter(|item| item.status == ItemStatus::Complete).count();
    let reasons = items.iter().filter_map(|item| {
        let weight = match item.status {
            ItemStatus::Complete => return None,
            ItemStatus::Partial | ItemStatus::Open => Weight::Condition,
            ItemStatus::Blocked => Weight::Violation,
        };
        let mut phrase = Phrase::new().owner(item.item.clone()).own(format!(" is {}", item.status.word()));
        if let Some(note) = &item.note {
            phrase = phrase.own(": ").owner(note.clone());
        }
        Some(Reason::new(weight, phrase).scope(item.item.clone()))
    });
    let expected = format!("{0} of {0} complete", items.len());
    vec![Check::new(&ITEMS, expected, complete(done, items.len())).reasons(reasons)]
}

/// How many items are complete, and no check that they name says otherwise.
fn complete(done: usize, all: usize) -> Phrase {
    Phrase::from(format!("{done} of {all} complete"))
}

/// Holds items and criteria against the checks that they name, after waivers.
pub(in crate::gate) fn prove(manifest: &Manifest, unread: &BTreeSet<Area>, checks: &mut Vec<Check>) {
    let claimed = manifest.checklist.iter().filter(|item| item.status == ItemStatus::Complete);
    let unproved: Vec<Reason> = claimed
        .clone()
        .filter_map(|item| proof(&item.item, &item.checks, unread, checks))
        .filter(|reason| reason.verdict() >= Verdict::Undecided)
        .collect();
    if let Some(check) = checks.iter_mut().find(|check| check.rule.id == ITEMS.id) {
        check.observed = complete(claimed.count() - unproved.len(), manifest.checklist.len());
        check.reasons.extend(unproved);
    }
    let tied: Vec<_> = manifest.criterion.iter().filter(|criterion| !criterion.checks.is_empty()).collect();
    if tied.is_empty() {
        return;
    }
    let reasons: Vec<Reason> =
        tied.iter().filter_map(|criterion| proof(&criterion.text, &criterion.checks, unread, checks)).collect();
    let observed = format!("{} of {} proved", tied.len() - reasons.len(), tied.len());
    checks.push(Check::new(&CRITERIA, format!("{0} of {0} proved", tied.len()), observed).reasons(reasons));
}

/// What stands against something that the checks of some patterns prove; `None` where they all passed.
fn proof(what: &str, patterns: &[Spanned<String>], unread: &BTreeSet<Area>, checks: &[Check]) -> Option<Reason> {
    if patterns.is_empty() {
        return None;
    }
    let is_named = |check: &&Check| {
        check.rule.area != Area::Checklist && patterns.iter().any(|pattern| matches(pattern.get_ref(), &check.id))
    };
    let is_made = |pattern: &&Spanned<String>| {
        let mut made = checks.iter().filter(|check| check.rule.area != Area::Checklist);
        made.any(|check| matches(pattern.get_ref(), &check.id))
    };
    let missing = patterns.iter().find(|pattern| !is_made(pattern));
    let Some(worst) = checks.iter().filter(is_named).max_by_key(|check| (check.verdict(), check.strict_verdict()))
    else {
        let phrase = Phrase::new().owner(what).own(": none of the checks that prove it was made");
        return Some(Reason::new(Weight::Gap, phrase).scope(what));
    };
    let phrase = |words: &str| Phrase::new().owner(what).own(format!(": {words} ({})", worst.id));
    let strict = checks.iter().filter(is_named).map(Check::strict_verdict).max();
    let is_unread = checks.iter().filter(is_named).any(|check| unread.contains(&check.rule.area));
    let reason = match (worst.verdict(), strict) {
        (Verdict::Passed | Verdict::Conditional | Verdict::Undecided, _) if missing.is_some() => {
            let phrase = Phrase::new().owner(what).own(": the check ");
            let pattern = missing.map(|pattern| pattern.get_ref().clone()).unwrap_or_default();
            Reason::new(Weight::Gap, phrase.owner(pattern).own(", which has a part in proving it, was not made"))
        }
        (Verdict::Passed | Verdict::Conditional, _) if is_unread => {
            let words = ": what its checks rest on could not be read to its end (evidence.readable)";
            Reason::new(Weight::Gap, Phrase::new().owner(what).own(words))
        }
        (Verdict::Passed, _) => return None,
        // Without its waiver it would fail, and so would what rests on it.
        (Verdict::Conditional, Some(Verdict::Failed)) => Reason {
            waived_by: checks.iter().filter(is_named).flat_map(|check| &check.reasons).find_map(|r| r.waived_by),
            ..Reason::new(Weight::Violation, phrase("holds only with a waiver"))
        },
        (Verdict::Conditional, _) => Reason::new(Weight::Condition, phrase("holds on conditions")),
        (Verdict::Undecided, _) => Reason::new(Weight::Gap, phrase("is undecided")),
        (Verdict::Failed, _) => Reason::new(Weight::Violation, phrase("does not hold")),
    };
    Some(reason.scope(what))
}
