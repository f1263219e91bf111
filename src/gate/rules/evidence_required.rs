//! Evidence of every required kind is there.

use super::{Area, Context, Rule};
use crate::gate::{Check, Reason, Weight};
use crate::jq;
use crate::manifest::CustomCheck;
use crate::model::phrase::plural;
use crate::model::{ArtifactId, Health, Input, Kind, Phrase, Pointer, ScanClass, Source};

pub(super) static RULE: Rule = Rule {
    id: "evidence.required",
    area: Area::Evidence,
    title: "Evidence of every required kind is there",
    how: "For each kind in `gate.require` (or `--require`; smoke, security, load and rollback where neither says) an \
          artifact must hold evidence of that kind. A kind of which there is no artifact, or only artifacts that say \
          nothing, makes the verdict undecided: nobody looked. A list of revisions, and that migrations are in order, \
          rehearse no rollback. What people attest of security is no scan, nor are statements about vulnerabilities \
          (VEX) and what linters say without rules about security, and none of them is enough. Of the platform, \
          services of which nothing tells whether they are healthy are not enough, nor are samples of metrics that no \
          `[[gate.custom]]` asks for. One check per kind.",
    judge,
};

fn judge(context: &Context<'_>) -> Vec<Check> {
    let of_kind = |kind| {
        let there = context.release.has(kind);
        // Where there is any, those of which the format may hold some and which do not are none.
        let is_of_kind = |artifact: &Input| match there {
            true => artifact.holds.contains(&kind),
            false => artifact.kinds.contains(&kind),
        };
        let artifacts: Vec<Source> = (0..)
            .zip(&context.release.artifacts)
            .filter(|(_, artifact)| artifact.counted && is_of_kind(artifact))
            .map(|(index, _)| Source::new(ArtifactId(index), Pointer::whole()))
            .collect();
        let unjudged = unjudged(context, kind).filter(|_| there);
        let observed = match (there, artifacts.len() as u64) {
            (true, count) if unjudged.is_some() => format!("{}, nothing judged", plural(count, "artifact")),
            (true, count) => plural(count, "artifact"),
            (false, 0) => "no artifact".to_owned(),
            (false, count) => format!("{} without content", plural(count, "artifact")),
        };
        let mut check = Check::new(&RULE, format!("{kind} evidence"), observed)
            .reason_if(!there, || Reason::new(Weight::Gap, missing(context, kind)))
            .reasons(unjudged.map(|why| Reason::new(Weight::Gap, why)))
            .sources(artifacts);
        check.id = format!("evidence.required.{kind}");
        check.title = Phrase::from(format!("There is {kind} evidence"));
        check
    };
    let is_first = |index: usize| !context.required[..index].contains(&context.required[index]);
    (0..context.required.len()).filter(|index| is_first(*index)).map(|index| of_kind(context.required[index])).collect()
}

/// That there is no evidence of a kind.
fn missing(context: &Context<'_>, kind: Kind) -> String {
    match kind {
        Kind::Rollback if !context.release.plans.is_empty() => {
            format!("there is no {kind} evidence: what is given rehearses none")
        }
        _ => format!("there is no {kind} evidence"),
    }
}

/// Why the evidence of a kind that is there cannot fail a check; `None` where it can.
fn unjudged(context: &Context<'_>, kind: Kind) -> Option<&'static str> {
    let release = context.release;
    let asks = |keys: &CustomCheck| jq::fields(keys.expression.get_ref()).contains(&"platform");
    let has_health = || release.services.iter().any(|service| service.value.health != Health::Unknown);
    match kind {
        Kind::Security if release.scans.is_empty() => Some("there is no scan, only what people attest"),
        Kind::Security if release.scans.iter().any(|scan| scan.value.is_of_scanner()) => None,
        Kind::Security if release.scans.iter().any(|scan| scan.value.class == ScanClass::Linter) => {
            Some("there is no scan, only what linters say, which look for no weaknesses")
        }
        Kind::Security => Some("there is no scan, only statements about vulnerabilities (VEX)"),
        Kind::Platform => {
            let is_asked = || !release.samples.is_empty() && context.manifest.gate.custom.iter().any(asks);
            let is_judged = !release.alerts.is_empty() || has_health() || is_asked();
            (!is_judged).then_some("nothing tells whether a service is healthy, and no check asks for the samples")
        }
        Kind::Smoke | Kind::Load | Kind::Rollback => None,
    }
}
