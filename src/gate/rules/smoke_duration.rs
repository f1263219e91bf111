//! The tests did not take too long.

use super::{Area, Context, Rule, applies, beyond, no_evidence};
use crate::gate::{Check, Reason, Weight};
use crate::model::{Elapsed, Kind, Phrase};

pub(super) static RULE: Rule = Rule {
    id: "smoke.duration",
    area: Area::Smoke,
    title: "The tests did not take too long",
    how: "Where `gate.smoke.max-duration` is given, the sum over all suites must not exceed it: the suite's own \
          duration, or the sum of its tests where it says none. Where neither the suite nor each of its tests says how long it took, the \
          verdict is undecided.",
    judge,
};

fn judge(context: &Context<'_>) -> Vec<Check> {
    let Some(limit) = context.manifest.gate.smoke.max_duration else { return Vec::new() };
    if !applies(context, Kind::Smoke) {
        let check = Check::new(&RULE, format!("at most {}", limit.0), "not measured");
        return vec![check.reasons([no_evidence(Kind::Smoke, "gate.smoke.max-duration")])];
    }
    let silent = context
        .release
        .suites
        .iter()
        .filter(|suite| suite.value.tally().executed() > 0 && suite.value.duration().is_none());
    let silent = silent.map(|suite| {
        let phrase = Phrase::from("how long the suite ").foreign(suite.value.name.clone()).own(" took is not known");
        Reason::new(Weight::Gap, phrase).source(suite.source(&suite.value.pointer))
    });
    let total = context.release.suites.iter().filter_map(|s| s.value.duration()).reduce(Elapsed::saturating_add);
    let observed = match total {
        Some(total) if total > limit.0 => beyond(total.to_string(), &limit.0.to_string(), true),
        Some(total) => total.to_string(),
        None => "not measured".to_owned(),
    };
    let check = Check::new(&RULE, format!("at most {}", limit.0), observed.clone())
        .reasons(silent)
        .reason_if(total.is_some_and(|total| total > limit.0), || {
            Reason::new(Weight::Violation, format!("the tests took {observed}")).scope("duration")
        });
    vec![check]
}
