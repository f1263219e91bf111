//! Every shard of a test run that was split is there.

use std::collections::{BTreeMap, BTreeSet};

use super::{Area, Context, Rule};
use crate::gate::{Check, Reason, Weight};
use crate::merge::shards::shard_of;
use crate::model::phrase::plural;
use crate::model::{ArtifactId, Kind, Phrase, Pointer, Source};

pub(super) static RULE: Rule = Rule {
    id: "evidence.shards",
    area: Area::Evidence,
    title: "Every shard is there",
    how: "Where `gate.shards`, `--shard-count`, a bundle or an artifact itself says into how many shards the tests \
          were split, the artifacts must come from that many. A bundle says which shard it is (`signoff collect \
          --shard 3/8`), and so does the JSON of Playwright; where the number is given, an artifact also tells its \
          shard by a folder or its file name: `shard-2`, `shard_2`, `shard2`, `2-of-3` or `shard-2-of-3`, in capitals \
          or not. Shards are counted from 0 or 1. A shard that is \
          missing, one whose artifacts have the same bytes as those of another, one that two bundles with different \
          content claim to be, one without tests or load runs where another has some, one beyond the count, and one of \
          another count make the verdict undecided.",
    judge,
};

/// What was found of one shard.
#[derive(Default)]
struct Found {
    sources: Vec<Source>,
    /// The parts of bundles that say that they are this shard, with the name of each bundle.
    parts: BTreeSet<(String, usize)>,
    /// Of what is split: the kinds of evidence that are there.
    kinds: BTreeSet<Kind>,
}

/// What runs are split into shards: the rest of the evidence may come from one of them.
const SPLIT: [Kind; 2] = [Kind::Smoke, Kind::Load];

/// A run that was split, and what was found of it.
struct Split {
    /// How many shards there must be.
    count: u32,
    /// The format of the artifacts that say so; `None` for the run that the policy, the command line or bundles are about.
    format: Option<&'static str>,
    found: BTreeMap<u32, Found>,
}

fn judge(context: &Context<'_>) -> Vec<Check> {
    let artifacts = || (0..).zip(&context.release.artifacts);
    let by_name = context.shards.is_some();
    // What bundles say of themselves counts, even of one that holds nothing else.
    let said = artifacts().flat_map(|(_, artifact)| artifact.shards.iter().flatten().map(|shard| shard.of)).max();
    let whole = context.shards.or(said);
    let mut splits: Vec<Split> = Vec::new();
    splits.extend(whole.map(|count| Split { count, format: None, found: BTreeMap::new() }));
    let mut reasons = Vec::new();
    for (index, artifact) in artifacts().filter(|(_, artifact)| artifact.counted && artifact.format.is_some()) {
        let Some((number, of)) = shard_of(artifact, by_name) else { continue };
        let origin = artifact.origin.as_ref().filter(|origin| origin.shard.is_some());
        let source = Source::new(ArtifactId(index), Pointer::whole());
        // What an artifact says by itself may be about another run than the one whose number is given.
        let is_its_own = artifact.shard.is_some() && origin.is_none() && of != whole;
        let format = artifact.format.filter(|_| is_its_own);
        let count = if is_its_own { of } else { whole };
        let Some(count) = count else { continue };
        if let Some(other) = of.filter(|of| *of != count) {
            let phrase =
                Phrase::new().foreign(artifact.name.clone()).own(format!(" is a shard of {other}, not of {count}"));
            reasons.push(Reason::new(Weight::Gap, phrase).source(source));
            continue;
        }
        let at = splits.iter().position(|split| (split.count, split.format) == (count, format));
        let at = at.unwrap_or_else(|| {
            splits.push(Split { count, format, found: BTreeMap::new() });
            splits.len() - 1
        });
        let shard = splits[at].found.entry(number).or_default();
        shard.sources.push(source);
        shard.kinds.extend(artifact.holds.iter().filter(|kind| SPLIT.contains(kind)));
        shard.parts.extend(origin.map(|origin| (origin.bundle.clone(), origin.part)));
    }
    if splits.is_empty() {
        return Vec::new();
    }
    let there: Vec<String> = splits.iter().map(|split| split.judge(context, &mut reasons).to_string()).collect();
    let expected: Vec<String> = splits.iter().map(Split::words).collect();
    let found = splits.into_iter().flat_map(|split| split.found.into_values());
    let sources = found.filter_map(|shard| shard.sources.into_iter().next());
    vec![Check::new(&RULE, expected.join(", "), there.join(", ")).reasons(reasons).sources(sources)]
}

impl Split {
    fn words(&self) -> String {
        let of = self.format.map(|format| format!(" of {format}")).unwrap_or_default();
        plural(u64::from(self.count), "shard") + &of
    }

    /// Adds what is wrong with it, and tells how many shards are there.
    fn judge(&self, context: &Context<'_>, reasons: &mut Vec<Reason>) -> u64 {
        let Split { count, format, found } = self;
        let first = u32::from(!found.contains_key(&0));
        let last = first.saturating_add(count - 1);
        // An unsplit run is its own only shard.
        let is_whole = *count == 1 && found.is_empty() && context.release.artifacts.iter().any(|a| a.format.is_some());
        if !is_whole {
            let missing: Vec<u32> =
                (first..=last).filter(|number| !found.contains_key(number)).take(MAX_NAMED).collect();
            let is_only = missing.len() == 1 && first == 1 && format.is_none();
            reasons.extend(missing.iter().map(|number| self.gone(context, *number, is_only)));
        }
        for (number, shard) in found.range(last.saturating_add(1)..) {
            let words = format!("there is a shard {number}, beyond the {count} that are expected");
            reasons.push(at(Reason::new(Weight::Gap, words), shard));
        }
        for kind in SPLIT.into_iter().filter(|kind| found.values().any(|shard| shard.kinds.contains(kind))) {
            for (number, shard) in found.iter().filter(|(_, shard)| !shard.kinds.contains(&kind)) {
                let words = format!("shard {number} has no {kind} evidence, which others have");
                reasons.push(at(Reason::new(Weight::Gap, words), shard));
            }
        }
        for (number, shard) in found.iter().filter(|(_, shard)| shard.parts.len() > 1) {
            let mut phrase =
                Phrase::from(format!("shard {number} is there {} times, with different content: ", shard.parts.len()));
            for (index, (bundle, _)) in shard.parts.iter().enumerate() {
                phrase = phrase.own(if index > 0 { ", " } else { "" }).foreign(bundle.clone());
            }
            reasons.push(at(Reason::new(Weight::Gap, phrase), shard));
        }
        found.range(first..=last).count() as u64 + u64::from(is_whole)
    }

    /// That a shard is missing. Where only the last one is, it may as well be the first of those that are counted from 0.
    fn gone(&self, context: &Context<'_>, number: u32, is_only: bool) -> Reason {
        let Split { count, format, .. } = self;
        let claims = |number: u32| {
            let is_it = move |shard: &Option<crate::model::Shard>| shard.is_some_and(|shard| shard.number == number);
            context.release.artifacts.iter().find(move |artifact| artifact.shards.iter().any(is_it))
        };
        let of = format.map(|format| format!(" of {format}")).unwrap_or_default();
        let mut phrase = Phrase::from(format!("there is no shard {number} of {count}{of}"));
        if is_only && number == *count {
            phrase = phrase.own(", or no shard 0 where they are counted from 0");
        }
        if let Some(bundle) = claims(number).filter(|_| format.is_none()) {
            phrase = phrase
                .own(": ")
                .foreign(bundle.name.clone())
                .own(" says that it is, and holds no artifact that could be read and that no other shard has");
        }
        let reason = Reason::new(Weight::Gap, phrase);
        // Which artifacts say so is known of those that speak for themselves.
        if format.is_some() { self.found.values().next().into_iter().fold(reason, at) } else { reason }
    }
}

fn at(mut reason: Reason, shard: &Found) -> Reason {
    reason.source = shard.sources.first().cloned();
    reason
}

/// Missing shards that are named.
const MAX_NAMED: usize = 100;
