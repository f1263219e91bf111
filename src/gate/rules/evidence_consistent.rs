//! The evidence does not contradict itself.

use super::{Area, Context, Rule, evidence_commit};
use crate::diagnostics::Level;
use crate::gate::{Check, Reason, Weight};
use crate::merge::same;
use crate::model::{ArtifactId, Input, Phrase, Pointer, Source};

pub(super) static RULE: Rule = Rule {
    id: "evidence.consistent",
    area: Area::Evidence,
    title: "The evidence does not contradict itself",
    how: "Totals that a file states are compared with what is counted in it, and what artifacts say about product, \
          version, commit, environment and target is compared with the manifest and with each other. Each \
          contradiction makes the verdict conditional and is printed with both places, and so does each other warning. \
          Evidence about another commit \
          than the one of `--commit`, `subject.commit` or the CI system proves nothing about this release and makes the verdict undecided.",
    judge,
};

fn judge(context: &Context<'_>) -> Vec<Check> {
    let release = context.release;
    let contradictions = release.notices.iter().filter(|notice| notice.code.level == Level::Warning);
    let stated = evidence_commit::stated(context);
    let foreign = |artifact: &Input| {
        let mut commits = artifact.subjects().filter_map(|subject| subject.commit.clone()).filter(|_| artifact.counted);
        commits.find(|said| stated.is_some_and(|wanted| !same("commit", wanted, said)))
    };
    let mut reasons: Vec<Reason> = contradictions
        .map(|notice| {
            let name = notice.source.as_ref().and_then(|source| release.artifact(source.artifact));
            let phrase = match name {
                Some(artifact) => Phrase::new().foreign(artifact.name.clone()).own(": ").and(notice.text.clone()),
                None => notice.text.clone(),
            };
            let mut reason = Reason::new(Weight::Condition, phrase);
            reason.source.clone_from(&notice.source);
            reason
        })
        .collect();
    for (index, artifact) in (0..).zip(&release.artifacts) {
        let Some(said) = foreign(artifact) else { continue };
        let phrase = Phrase::new().foreign(artifact.name.clone()).own(" is evidence of another commit: ").foreign(said);
        reasons.push(Reason::new(Weight::Gap, phrase).source(Source::new(ArtifactId(index), Pointer::whole())));
    }
    let observed = match reasons.len() as u64 {
        0 => "none".to_owned(),
        count => count.to_string(),
    };
    vec![Check::new(&RULE, "no contradiction and no warning", observed).reasons(reasons)]
}
