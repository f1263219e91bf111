//! Every required test passed.

use super::{Area, Context, Rule, cases, did_you_mean, named};
use crate::gate::{Check, Reason, Weight};
use crate::manifest::matches;
use crate::model::phrase::plural;
use crate::model::{Outcome, Phrase, Tally};

pub(super) static RULE: Rule = Rule {
    id: "smoke.required",
    area: Area::Smoke,
    title: "Every required test passed",
    how: "Each name in `gate.smoke.required` (`*` stands for any text) must match at least one test, and every test \
          that it matches must have passed or warned. A required test that was skipped or is absent counts as failed. \
          Where there are so many tests that not all names are kept, one that is not found may be among the others, and the check is undecided.",
    judge,
};

fn judge(context: &Context<'_>) -> Vec<Check> {
    let required = &context.manifest.gate.smoke.required;
    if required.is_empty() {
        return Vec::new();
    }
    let mut check = Check::new(&RULE, plural(required.len() as u64, "name"), "");
    let mut met = 0;
    for name in required {
        let name = name.get_ref();
        let mut found = false;
        let mut bad = false;
        for case in cases(context).filter(|case| matches(name, &case.value.name)) {
            found = true;
            let source = case.source(&case.value.pointer);
            if matches!(case.value.outcome, Outcome::Passed | Outcome::Warned) {
                check.sources.push(source);
                continue;
            }
            bad = true;
            let phrase = Phrase::from("the required test ").and(named(case.value));
            let phrase = phrase.own(match case.value.outcome {
                Outcome::Skipped => " was skipped",
                Outcome::Info => " asserts nothing",
                _ => " did not pass",
            });
            check.reasons.push(Reason::new(Weight::Violation, phrase).scope(case.value.name.clone()).source(source));
        }
        let unknown = unnamed(context, found);
        if !bad && unknown > 0 {
            let phrase = match found {
                true => Phrase::from("whether every test was good that matches "),
                false => Phrase::from("whether there is a test "),
            };
            let names = if unknown == 1 { "name of 1 test was" } else { &*format!("names of {unknown} tests were") };
            let phrase = phrase.foreign(name.clone()).own(format!(" cannot be told: the {names} not kept"));
            check.reasons.push(Reason::new(Weight::Gap, phrase).scope(name.clone()));
            bad = true;
        } else if !found {
            let known = cases(context).map(|case| case.value.name.as_str());
            let phrase = did_you_mean(Phrase::from("there is no test ").foreign(name.clone()), name, known);
            check.reasons.push(Reason::new(Weight::Violation, phrase).scope(name.clone()));
        }
        met += u64::from(found && !bad);
    }
    check.observed = format!("{met} met").into();
    vec![check]
}

/// Tests whose names were not kept and that may decide about a name: any, or where tests are found those that did not
/// pass.
fn unnamed(context: &Context<'_>, found: bool) -> u64 {
    let mut kept = Tally::default();
    cases(context).for_each(|case| kept.add(case.value.outcome, case.value.flaky));
    let rest = context.release.tests().without(&kept);
    if found { rest.total() - rest.passed - rest.warned } else { rest.total() }
}
