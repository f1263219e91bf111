//! It is known where the rollback leads to.

use super::{Area, Context, Rule, applies, no_evidence};
use crate::gate::{Check, Reason, Weight};
use crate::manifest::Presence;
use crate::model::Kind;

pub(super) static RULE: Rule = Rule {
    id: "rollback.target",
    area: Area::Rollback,
    title: "It is known where the rollback leads to",
    how: "Where `gate.rollback.target = \"required\"`, each dry run must name the revision that is deployed \
          afterwards: a commit, a release, a version of the schema. One that does not makes the verdict undecided.",
    judge,
};

fn judge(context: &Context<'_>) -> Vec<Check> {
    if context.manifest.gate.rollback.target != Presence::Required {
        return Vec::new();
    }
    let check = Check::new(&RULE, "a revision in each dry run", "none");
    if !applies(context, Kind::Rollback) {
        return vec![check.reasons([no_evidence(Kind::Rollback, "gate.rollback.target")])];
    }
    let plans: Vec<_> = context.release.plans.iter().filter(|plan| plan.value.is_rehearsal()).collect();
    let named = plans.iter().filter(|plan| plan.value.target.is_some());
    let silent = plans.iter().filter(|plan| plan.value.target.is_none());
    let observed = format!("{} of {}", named.clone().count(), plans.len());
    let reasons = silent.map(|plan| {
        let reason = Reason::new(Weight::Gap, "the dry run does not say which revision it leads to");
        reason.source(plan.source(&plan.value.pointer))
    });
    let check = Check { observed: observed.into(), ..check };
    vec![check.reasons(reasons).sources(named.map(|plan| plan.source(&plan.value.pointer)))]
}
