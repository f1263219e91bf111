//! Enough tests ran, and at least one in each suite.

use super::{Area, Context, Rule, applies, beyond, no_evidence, suite_sources};
use crate::gate::{Check, Reason, Weight};
use crate::model::{Kind, Phrase, Ratio};

pub(super) static RULE: Rule = Rule {
    id: "smoke.executed",
    area: Area::Smoke,
    title: "Enough tests ran",
    how: "The share of tests that were not skipped must reach `gate.smoke.min-executed`. In each suite at least one \
          test must have run, whatever the share: a suite that was skipped as a whole makes the verdict undecided. So \
          does evidence in which no test asserts anything, but all that ran only observe.",
    judge,
};

fn judge(context: &Context<'_>) -> Vec<Check> {
    let limit = context.manifest.gate.smoke.min_executed.as_ref().map(|percent| percent.get_ref().0);
    if !applies(context, Kind::Smoke) {
        let Some(limit) = limit else { return Vec::new() };
        let check = Check::new(&RULE, format!("at least {}", limit.percent()), "none");
        return vec![check.reasons([no_evidence(Kind::Smoke, "gate.smoke.min-executed")])];
    }
    let tally = context.release.tests();
    let total = tally.total().saturating_add(context.release.skipped_unlisted());
    let ratio = Ratio::new(tally.executed(), total);
    let mut share = ratio.map_or_else(|| "none".to_owned(), Ratio::percent);
    let expected = match limit {
        Some(limit) => format!("at least {} and one in each suite", limit.percent()),
        None => "at least one in each suite".to_owned(),
    };
    let too_few = limit.zip(ratio).is_some_and(|(limit, ratio)| ratio < limit);
    if let Some(limit) = limit.filter(|_| too_few) {
        share = beyond(share, &limit.percent(), false);
    }
    let idle = context.release.suites.iter().filter(|suite| {
        let tally = suite.value.tally();
        tally.total() > 0 && tally.executed() == 0
    });
    let reasons: Vec<Reason> = idle
        .map(|suite| {
            let name = &suite.value.name;
            let of_suite = match name.trim() {
                "" => Phrase::from("every test"),
                _ => Phrase::from("every test of the suite ").foreign(name.clone()),
            };
            let phrase = of_suite.own(" was skipped");
            Reason::new(Weight::Gap, phrase).source(suite.source(&suite.value.pointer))
        })
        .collect();
    let observed = format!("{} of {total} ({share})", tally.executed());
    let check = Check::new(&RULE, expected, observed.clone())
        .reason_if(tally.executed() > 0 && tally.executed() == tally.info, || {
            Reason::new(Weight::Gap, "no test asserts anything: all that ran only observe")
        })
        .reason_if(too_few, || Reason::new(Weight::Violation, format!("only {observed} ran")))
        .reasons(reasons)
        .sources(suite_sources(context));
    vec![check]
}
