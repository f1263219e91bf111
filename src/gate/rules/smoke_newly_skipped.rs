//! The set of skipped tests does not grow.

use std::collections::BTreeMap;

use super::smoke_failed::margin;
use super::{Area, Context, Rule, tests_against};
use crate::gate::baseline::TestKey;
use crate::gate::{Check, Reason, Weight};
use crate::model::phrase::plural;
use crate::model::{Outcome, Phrase};

pub(super) static RULE: Rule = Rule {
    id: "smoke.newly-skipped",
    area: Area::Smoke,
    title: "The set of skipped tests does not grow",
    how: "Where `gate.smoke.max-newly-skipped` is given, more tests that are skipped now and were not skipped in the \
          baseline fail the check; a skipped test that the baseline does not have is one of them. The number of \
          skipped tests may stay the same while others are skipped. Without a baseline that has tests, and where \
          skipped tests are counted and not listed, the verdict is undecided.",
    judge,
};

fn judge(context: &Context<'_>) -> Vec<Check> {
    const KEY: &str = "gate.smoke.max-newly-skipped";
    let Some(limit) = context.manifest.gate.smoke.max_newly_skipped else { return Vec::new() };
    let against = match tests_against(context, KEY) {
        Ok(against) => against,
        Err(reason) => return vec![Check::new(&RULE, format!("at most {limit}"), "not known").reasons([*reason])],
    };
    let changes = &against.compared.changes;
    let new = changes.tests.iter().filter(|test| test.is_newly_skipped());
    let mut wanted: BTreeMap<TestKey, u64> = BTreeMap::new();
    for test in new {
        *wanted.entry(test.name()).or_default() += 1;
    }
    let count = wanted.values().sum::<u64>();
    let after = &against.after.observed;
    let folded = after.unlisted_tests.get(&Outcome::Skipped).copied().unwrap_or(0);
    let unlisted = folded.saturating_add(after.skipped_unlisted);
    let mut check = Check::new(&RULE, format!("at most {limit}"), count.to_string())
        .reason_if(unlisted > 0, || {
            Reason::new(Weight::Gap, format!("{} more are counted and not listed", plural(unlisted, "skipped test")))
        })
        .reason_if(changes.unmatched_tests.1 > 0, || {
            let words = plural(changes.unmatched_tests.1, "test");
            Reason::new(Weight::Gap, format!("{words} may be new: the baseline does not list all of its tests"))
        });
    check = check.titled_above_zero(limit, "Not too many tests are newly skipped");
    check.margin = margin(count, limit);
    check.surplus = count.checked_sub(limit);
    if count > limit {
        for suite in &context.release.suites {
            for case in suite.value.cases().iter().filter(|case| case.outcome == Outcome::Skipped) {
                let key = TestKey {
                    suite: suite.value.name.clone(),
                    class: case.class.clone().unwrap_or_default(),
                    name: case.name.clone(),
                };
                let Some(left) = wanted.get_mut(&key).filter(|left| **left > 0) else { continue };
                *left -= 1;
                let phrase = Phrase::new().foreign(case.name.clone()).own(" is skipped, and was not in the baseline");
                let reason = Reason::new(Weight::Violation, phrase).scope(case.name.clone());
                check.reasons.push(reason.source(suite.source(&case.pointer)));
            }
        }
    }
    vec![check]
}
