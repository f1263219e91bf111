//! Every artifact that the policy names is there.

use super::{Area, Context, Rule, did_you_mean};
use crate::gate::{Check, Reason, Weight};
use crate::manifest::{Spanned, matches};
use crate::model::phrase::plural;
use crate::model::{ArtifactId, Phrase, Pointer, Source};

pub(super) static RULE: Rule = Rule {
    id: "evidence.artifacts",
    area: Area::Evidence,
    title: "Every artifact that the policy names is there",
    how: "Each pattern in `gate.required-artifacts` must match the end of the name of an artifact that was \
          recognised. One that matches nothing makes the verdict undecided.",
    judge,
};

fn judge(context: &Context<'_>) -> Vec<Check> {
    let patterns = &context.manifest.gate.required_artifacts;
    if patterns.is_empty() {
        return Vec::new();
    }
    let mut sources = Vec::new();
    let mut reasons = Vec::new();
    for pattern in patterns.iter().map(Spanned::get_ref) {
        let any_folder = format!("*/{pattern}");
        let found = context.release.artifacts.iter().position(|artifact| {
            artifact.format.is_some() && (matches(pattern, &artifact.name) || matches(&any_folder, &artifact.name))
        });
        match found {
            Some(index) => sources.push(Source::new(ArtifactId(index), Pointer::whole())),
            None => {
                let known = context.release.artifacts.iter().flat_map(|artifact| {
                    let file = artifact.name.rsplit('/').next().unwrap_or_default();
                    [artifact.name.as_str(), file]
                });
                let phrase = Phrase::from("there is no artifact ").foreign(pattern.clone());
                reasons.push(Reason::new(Weight::Gap, did_you_mean(phrase, pattern, known)));
            }
        }
    }
    let observed = format!("{} of {}", sources.len(), patterns.len());
    vec![Check::new(&RULE, plural(patterns.len() as u64, "artifact"), observed).sources(sources).reasons(reasons)]
}
