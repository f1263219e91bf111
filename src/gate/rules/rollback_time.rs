//! The rollback is quick enough.

use super::{Area, Context, Rule, applies, beyond, no_evidence};
use crate::gate::{Check, Margin, Reason, Weight};
use crate::model::{Elapsed, Kind, Plan, StepOutcome};

pub(super) static RULE: Rule = Rule {
    id: "rollback.time",
    area: Area::Rollback,
    title: "The rollback is quick enough",
    how: "The longest estimated or measured time must not exceed `gate.rollback.max-time`, or the time that the dry \
          run itself says it may take. Measured is the sum over all steps of a run that was not a dry one, where each \
          step that ran says how long it took: what a dry run took says nothing. Where a limit is given and no time \
          is known, the verdict is undecided.",
    judge,
};

fn judge(context: &Context<'_>) -> Vec<Check> {
    let of_policy = context.manifest.gate.rollback.max_time.map(|span| span.0);
    if !applies(context, Kind::Rollback) {
        let Some(limit) = of_policy else { return Vec::new() };
        let check = Check::new(&RULE, format!("at most {limit}"), "not estimated");
        return vec![check.reasons([no_evidence(Kind::Rollback, "gate.rollback.max-time")])];
    }
    let mut limit: Option<Elapsed> = None;
    let mut longest: Option<Elapsed> = None;
    let mut check = Check::new(&RULE, "", "not estimated");
    for plan in &context.release.plans {
        let Some(allowed) = of_policy.or(plan.value.allowed) else { continue };
        limit = Some(limit.map_or(allowed, |known| known.min(allowed)));
        let source = plan.source(&plan.value.pointer);
        let estimated = plan.value.estimated.map(|(_, most)| most);
        match estimated.max(measured(&plan.value)) {
            None => {
                check.reasons.push(Reason::new(Weight::Gap, "no time is estimated or measured").source(source));
            }
            Some(most) => {
                longest = longest.max(Some(most));
                if most > allowed {
                    let most = beyond(most.to_string(), &allowed.to_string(), true);
                    let words = format!("may take {most}, which is longer than {allowed}");
                    check.reasons.push(Reason::new(Weight::Violation, words).scope("time").source(source.clone()));
                }
                check.sources.push(source);
            }
        }
    }
    let Some(limit) = limit else { return Vec::new() };
    check.expected = format!("at most {limit}").into();
    if let Some(longest) = longest {
        let is_rounded = longest > limit && longest.to_string() == limit.to_string();
        check.observed = format!("{} {longest}", if is_rounded { "more than" } else { "up to" }).into();
        check.margin = Some(time_margin(longest, limit));
    }
    vec![check]
}

/// How long the steps of a real run took together; `None` where it was a dry one, or a step does not say.
fn measured(plan: &Plan) -> Option<Elapsed> {
    if plan.dry_run == Some(true) {
        return None;
    }
    let ran = || plan.steps.iter().filter(|step| matches!(step.outcome, StepOutcome::Passed | StepOutcome::Failed));
    let times: Option<Vec<Elapsed>> = ran().map(|step| step.elapsed).collect();
    times?.into_iter().reduce(Elapsed::saturating_add)
}

fn time_margin(seen: Elapsed, limit: Elapsed) -> Margin {
    let (sign, room) = match limit.nanos().checked_sub(seen.nanos()) {
        Some(room) => ("", room),
        None => ("-", seen.nanos() - limit.nanos()),
    };
    let share = i64::try_from(u128::from(room) * 1000 / u128::from(limit.nanos().max(1))).unwrap_or(i64::MAX);
    let permille = if sign.is_empty() { share } else { -share };
    Margin { absolute: format!("{sign}{}", Elapsed::from_nanos(room)), permille: Some(permille) }
}
