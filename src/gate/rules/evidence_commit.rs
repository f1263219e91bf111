//! Every artifact says of which commit it is evidence.

use super::{Area, Context, Rule};
use crate::gate::{Check, Reason, Weight};
use crate::manifest::Presence;
use crate::model::{ArtifactId, Input, Phrase, Pointer, Source};

pub(super) static RULE: Rule = Rule {
    id: "evidence.commit",
    area: Area::Evidence,
    title: "Every artifact says of which commit it is evidence",
    how: "Most tools do not write the commit into their files, so nothing tells that these are about the build of \
          `subject.commit`; the report lists how many do not. Where `gate.evidence.commit = \"required\"`, each such \
          artifact makes the verdict undecided. Evidence of another commit is judged by `evidence.consistent`.",
    judge,
};

/// What is said where a commit is required and nothing says which.
pub(super) const NOT_STATED: &str =
    "the commit is required, and neither `--commit`, `--ci` nor `subject.commit` says which";

/// The commit that the evidence must be about.
pub(super) fn stated<'c>(context: &Context<'c>) -> Option<&'c String> {
    context.release.stated.commit.as_ref().or(context.manifest.subject.commit.as_ref())
}

/// The artifacts that count and name no commit.
pub(super) fn silent<'c>(context: &Context<'c>) -> impl Iterator<Item = (usize, &'c Input)> {
    crate::gate::evidence_without_commit(context.release)
}

fn judge(context: &Context<'_>) -> Vec<Check> {
    let asked = context.manifest.gate.evidence.commit.as_ref().map(|presence| *presence.get_ref());
    if asked != Some(Presence::Required) {
        return Vec::new();
    }
    let count = context.release.artifacts.iter().filter(|artifact| artifact.is_evidence()).count();
    let silent: Vec<_> = silent(context).collect();
    let observed = format!("{} of {count}", count - silent.len());
    let reasons = silent.into_iter().map(|(index, artifact)| {
        let phrase = Phrase::new().foreign(artifact.name.clone()).own(" names no commit");
        Reason::new(Weight::Gap, phrase).source(Source::new(ArtifactId(index), Pointer::whole()))
    });
    let check = Check::new(&RULE, format!("all {count} artifacts"), observed)
        .reasons(reasons)
        .reason_if(stated(context).is_none(), || Reason::new(Weight::Gap, NOT_STATED))
        .reason_if(count == 0, || Reason::new(Weight::Gap, "there is no artifact that could name one"));
    vec![check]
}
