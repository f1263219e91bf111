//! Every suite that the policy names is there and ran.

use super::{Area, Context, Rule, did_you_mean};
use crate::gate::{Check, Reason, Weight};
use crate::manifest::matches;
use crate::model::Phrase;
use crate::model::phrase::plural;

pub(super) static RULE: Rule = Rule {
    id: "evidence.suites",
    area: Area::Evidence,
    title: "Every suite that the policy names is there",
    how: "Each pattern in `gate.required-suites` (`*` stands for any text) must match the name of a suite of tests in \
          which at least one test ran. One that matches nothing, or only suites in which nothing ran, makes the \
          verdict undecided.",
    judge,
};

fn judge(context: &Context<'_>) -> Vec<Check> {
    let patterns = &context.manifest.gate.required_suites;
    if patterns.is_empty() {
        return Vec::new();
    }
    let mut check = Check::new(&RULE, plural(patterns.len() as u64, "suite"), "");
    let mut met = 0;
    for pattern in patterns {
        let pattern = pattern.get_ref();
        let suites = context.release.suites.iter();
        let found: Vec<_> = suites.filter(|suite| matches(pattern, &suite.value.name)).collect();
        let ran = found.iter().filter(|suite| suite.value.tally().executed() > 0);
        let sources: Vec<_> = ran.map(|suite| suite.source(&suite.value.pointer)).collect();
        met += usize::from(!sources.is_empty());
        if sources.is_empty() {
            let phrase = match found.first() {
                Some(suite) => Phrase::from("in the suite ").foreign(suite.value.name.clone()).own(" no test ran"),
                None => {
                    let known = context.release.suites.iter().map(|suite| suite.value.name.as_str());
                    did_you_mean(Phrase::from("there is no suite ").foreign(pattern.clone()), pattern, known)
                }
            };
            check.reasons.push(Reason::new(Weight::Gap, phrase));
        }
        check.sources.extend(sources);
    }
    check.observed = format!("{met} of {}", patterns.len()).into();
    vec![check]
}
