//! No step of the rollback destroys anything without approval.

use super::{Area, Context, Rule, applies};
use crate::gate::{Check, Reason, Weight};
use crate::manifest::matches;
use crate::model::{Kind, Phrase};

pub(super) static RULE: Rule = Rule {
    id: "rollback.irreversible",
    area: Area::Rollback,
    title: "No step of the rollback destroys anything without approval",
    how: "A step that cannot be undone (a dropped column or table, a narrowed type, a destroyed or replaced resource) \
          fails the check unless a person accepts it by name in `[[gate.rollback.approved]]`; then it is a condition.",
    judge,
};

fn judge(context: &Context<'_>) -> Vec<Check> {
    if !applies(context, Kind::Rollback) {
        return Vec::new();
    }
    let approved = &context.manifest.gate.rollback.approved;
    let mut check = Check::new(&RULE, "none without approval", "");
    let mut count = 0_u64;
    for plan in &context.release.plans {
        for step in &plan.value.steps {
            let Some(why) = &step.irreversible else { continue };
            count += 1;
            let phrase = Phrase::new().foreign(step.title.clone()).own(" cannot be undone: ").foreign(why.clone());
            let accepted = approved.iter().find(|approval| matches(approval.step.get_ref(), &step.title));
            let reason = match accepted {
                None => Reason::new(Weight::Violation, phrase),
                Some(approval) => Reason::new(
                    Weight::Condition,
                    phrase.own(", accepted by ").owner(approval.by.clone()).own(": ").owner(approval.reason.clone()),
                ),
            };
            check.reasons.push(reason.scope(step.title.clone()).source(plan.source(&step.pointer)));
        }
        check.sources.push(plan.source(&plan.value.pointer));
    }
    check.observed = count.to_string().into();
    vec![check]
}
