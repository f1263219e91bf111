//! No test warned.

use super::{Area, Context, Rule, applies, listed, named, not_listed};
use crate::gate::{Check, Reason, Weight};
use crate::model::{Kind, Outcome};

pub(super) static RULE: Rule = Rule {
    id: "smoke.warned",
    area: Area::Smoke,
    title: "No test warned",
    how: "A test that warned ran and found something that is not as it should be. Each makes the verdict conditional.",
    judge,
};

fn judge(context: &Context<'_>) -> Vec<Check> {
    if !applies(context, Kind::Smoke) {
        return Vec::new();
    }
    let count = context.release.tests().warned;
    let reasons = listed(context, Outcome::Warned).map(|case| {
        let mut phrase = named(case.value).own(" warned");
        if let Some(message) = &case.value.message {
            phrase = phrase.own(": ").foreign(message.clone());
        }
        Reason::new(Weight::Condition, phrase).scope(case.value.name.clone()).source(case.source(&case.value.pointer))
    });
    let check = Check::new(&RULE, "none", count.to_string()).reasons(reasons);
    let more = count.saturating_sub(check.reasons.len() as u64);
    vec![check.reason_if(more > 0, || not_listed(Weight::Condition, more, "warned test"))]
}
