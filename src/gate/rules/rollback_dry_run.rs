//! The rollback dry run succeeded.

use super::{Area, Context, Rule, applies};
use crate::gate::{Check, Reason, Weight};
use crate::model::{Kind, Phrase, StepOutcome};

pub(super) static RULE: Rule = Rule {
    id: "rollback.dry-run",
    area: Area::Rollback,
    title: "The rollback dry run succeeded",
    how: "No step may have failed and the tool must report no error. A dry run that does not say whether it succeeded, \
          or a file that records a real run instead, makes the verdict undecided. So does a plan that \
          nobody tried, such as a down script alone: add the result of a rehearsal to it. Skipped steps are \
          conditions. A list of revisions alone is no dry run.",
    judge,
};

fn judge(context: &Context<'_>) -> Vec<Check> {
    if !applies(context, Kind::Rollback) {
        return Vec::new();
    }
    let plans: Vec<_> = context.release.plans.iter().filter(|plan| plan.value.is_rehearsal()).collect();
    let mut check = Check::new(&RULE, "succeeds", "");
    let mut good = 0;
    for plan in &plans {
        let source = plan.source(&plan.value.pointer);
        match plan.value.succeeds() {
            Some(true) => good += 1,
            Some(false) => {
                let failed = plan.value.steps.iter().filter(|step| step.outcome == StepOutcome::Failed);
                let before = check.reasons.len();
                for step in failed {
                    let phrase = Phrase::from("the step ").foreign(step.title.clone()).own(" failed");
                    let reason = Reason::new(Weight::Violation, phrase).scope(step.title.clone());
                    check.reasons.push(reason.source(plan.source(&step.pointer)));
                }
                for error in &plan.value.errors {
                    let phrase = Phrase::from("the tool reports ").foreign(error.text.clone());
                    let reason = Reason::new(Weight::Violation, phrase).scope(error.text.clone());
                    check.reasons.push(reason.source(plan.source(&error.pointer)));
                }
                if check.reasons.len() == before {
                    let reason = Reason::new(Weight::Violation, "the dry run did not succeed");
                    check.reasons.push(reason.scope("dry-run").source(source.clone()));
                }
            }
            None if plan.value.steps.iter().all(|step| step.outcome == StepOutcome::Planned) => {
                let words = "its steps are planned and were not tried: add the result of a rehearsal \
                             (signoff.rollback/1, or the tool's own dry run)";
                check.reasons.push(Reason::new(Weight::Gap, words).source(source.clone()));
            }
            None => {
                let reason = Reason::new(Weight::Gap, "the dry run does not say whether it succeeded");
                check.reasons.push(reason.source(source.clone()));
            }
        }
        if plan.value.dry_run == Some(false) {
            let reason = Reason::new(Weight::Gap, "the artifact records a real run, not a dry run");
            check.reasons.push(reason.source(source.clone()));
        }
        for step in plan.value.steps.iter().filter(|step| step.outcome == StepOutcome::Skipped) {
            let phrase = Phrase::from("the step ").foreign(step.title.clone()).own(" was skipped");
            check.reasons.push(Reason::new(Weight::Condition, phrase).source(plan.source(&step.pointer)));
        }
        check.sources.push(source);
    }
    check.observed = format!("{good} of {} succeed", plans.len()).into();
    vec![check]
}
