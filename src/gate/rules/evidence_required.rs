//! Evidence of every required kind is there.

use super::{Area, Context, Rule};
use crate::gate::{Check, Reason, Weight};
use crate::model::{ArtifactId, Kind, Phrase, Pointer, Source};

pub(super) static RULE: Rule = Rule {
    id: "evidence.required",
    area: Area::Evidence,
    title: "Evidence of every required kind is there",
    how: "For each kind in `gate.require` (or `--require`; smoke, security, load and rollback where neither says) an \
          artifact must hold evidence of that kind. A kind of which there is no artifact, or only artifacts that say \
          nothing, makes the verdict undecided: nobody looked. What people attest of security is no scan, and not enough. \
          One check per kind.",
    judge,
};

fn judge(context: &Context<'_>) -> Vec<Check> {
    let of_kind = |kind| {
        let artifacts: Vec<Source> = (0..)
            .zip(&context.release.artifacts)
            .filter(|(_, artifact)| artifact.counted && artifact.kinds.contains(&kind))
            .map(|(index, _)| Source::new(ArtifactId(index), Pointer::whole()))
            .collect();
        let there = context.release.has(kind);
        let observed = match (there, artifacts.len() as u64) {
            (true, count) => crate::model::phrase::plural(count, "artifact"),
            (false, 0) => "no artifact".to_owned(),
            (false, count) => format!("{} without content", crate::model::phrase::plural(count, "artifact")),
        };
        let is_attested = kind == Kind::Security && there && context.release.scans.is_empty();
        let mut check = Check::new(&RULE, format!("{kind} evidence"), observed)
            .reason_if(!there, || Reason::new(Weight::Gap, format!("there is no {kind} evidence")))
            .reason_if(is_attested, || Reason::new(Weight::Gap, "there is no scan, only what people attest"))
            .sources(artifacts);
        check.id = format!("evidence.required.{kind}");
        check.title = Phrase::from(format!("There is {kind} evidence"));
        check
    };
    context.required.iter().copied().map(of_kind).collect()
}
