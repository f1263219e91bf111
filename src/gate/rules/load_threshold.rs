//! Every limit that a load artifact declares holds.

use super::{Area, Context, Rule};
use crate::gate::{Check, Reason, Weight};
use crate::model::Phrase;

pub(super) static RULE: Rule = Rule {
    id: "load.thresholds",
    area: Area::Load,
    title: "Every limit that the load test declares holds",
    how: "Limits that an artifact itself declares (k6 thresholds, Gatling assertions) must hold by the tool's own \
          verdict. One that does not fails the check; one that the tool did not judge makes the verdict conditional.",
    judge,
};

fn judge(context: &Context<'_>) -> Vec<Check> {
    let declared = || context.release.loads.iter().flat_map(|run| run.value.thresholds.iter().map(move |t| (run, t)));
    if declared().next().is_none() {
        return Vec::new();
    }
    let total = declared().count();
    let held = declared().filter(|(_, threshold)| threshold.holds == Some(true)).count();
    let reasons = declared().filter_map(|(run, threshold)| {
        let (weight, words) = match threshold.holds {
            Some(true) => return None,
            Some(false) => (Weight::Violation, " does not hold"),
            None => (Weight::Condition, " was not judged"),
        };
        let name = format!("{}: {}", threshold.metric, threshold.expression);
        let phrase = Phrase::new().foreign(name.clone()).own(words);
        Some(Reason::new(weight, phrase).scope(name).source(run.place_of(threshold)))
    });
    let check = Check::new(&RULE, format!("all {total} hold"), format!("{held} of {total} hold"))
        .reasons(reasons)
        .sources(declared().map(|(run, threshold)| run.place_of(threshold)));
    vec![check]
}
