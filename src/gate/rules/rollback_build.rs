//! The rollback was rehearsed on this build.

use super::{Area, Context, Rule, applies, evidence_commit, no_evidence};
use crate::gate::{Check, Reason, Weight};
use crate::manifest::Presence;
use crate::merge::same;
use crate::model::{Kind, Phrase};

pub(super) static RULE: Rule = Rule {
    id: "rollback.build",
    area: Area::Rollback,
    title: "The rollback was rehearsed on this build",
    how: "Where `subject.commit` is given and an artifact names both its commit and the revision that the rollback \
          starts from, that revision must be the commit: a rehearsal that starts from another build proves nothing \
          about this one and makes the verdict undecided. With `gate.rollback.build = \"required\"`, so does a dry \
          run that does not say on which build it was made.",
    judge,
};

fn judge(context: &Context<'_>) -> Vec<Check> {
    let is_required = context.manifest.gate.rollback.build.as_ref().is_some_and(|b| *b.get_ref() == Presence::Required);
    let Some(wanted) = evidence_commit::stated(context) else {
        let check = Check::new(&RULE, "a commit", "not stated")
            .reasons([Reason::new(Weight::Gap, evidence_commit::NOT_STATED)]);
        return if is_required { vec![check] } else { Vec::new() };
    };
    let mut check =
        Check::new(&RULE, Phrase::from("commit ").owner(wanted.chars().take(12).collect::<String>()), "not stated");
    if !applies(context, Kind::Rollback) {
        let reason = no_evidence(Kind::Rollback, "gate.rollback.build");
        return if is_required { vec![check.reasons([reason])] } else { Vec::new() };
    }
    let mut stated: u64 = 0;
    let plans = context.release.plans.iter().filter(|plan| plan.value.is_rehearsal());
    for plan in plans {
        let source = plan.source(&plan.value.pointer);
        let commit = context.release.artifact(plan.artifact).and_then(|artifact| artifact.subject.commit.as_ref());
        let start = plan.value.current.as_ref().map(|revision| revision.id.as_str());
        // Where an artifact names its commit, what looks like a commit is one, and no id of a migration.
        let is_commit =
            |id: &&str| commit.is_some() && id.len() >= 7 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
        let elsewhere = start.filter(is_commit).filter(|start| !same("commit", wanted, start));
        if let Some(start) = elsewhere {
            stated += 1;
            let phrase = Phrase::from("the dry run starts from ").foreign(start).own(", which is another build");
            check.reasons.push(Reason::new(Weight::Gap, phrase).source(source));
        } else if commit.is_some_and(|commit| same("commit", wanted, commit))
            || start.is_some_and(|start| same("commit", wanted, start))
        {
            stated += 1;
            check.observed = Phrase::from("this build");
            check.sources.push(source);
        } else if is_required && commit.is_none() {
            let words = "the dry run does not say on which build it was made";
            check.reasons.push(Reason::new(Weight::Gap, words).source(source));
        } else if commit.is_some() {
            // Evidence of another commit is judged by `evidence.consistent`, for all kinds alike.
            stated += 1;
            check.observed = Phrase::from("another build");
            check.reasons.push(Reason::new(Weight::Gap, "the dry run is of another commit").source(source));
        }
    }
    if stated == 0 && !is_required {
        return Vec::new();
    }
    if !check.reasons.is_empty() && stated > 0 {
        check.observed = Phrase::from("another build");
    }
    vec![check]
}
