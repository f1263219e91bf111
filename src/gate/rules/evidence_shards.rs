//! Every shard of a test run that was split is there.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use super::{Area, Context, Rule};
use crate::gate::{Check, Reason, Weight};
use crate::model::phrase::plural;
use crate::model::{ArtifactId, Phrase, Pointer, Source};

pub(super) static RULE: Rule = Rule {
    id: "evidence.shards",
    area: Area::Evidence,
    title: "Every shard is there",
    how: "Where `gate.shards` or `--shard-count` says into how many shards the tests were split, the artifacts must \
          come from that many. An artifact tells its shard by a folder or its file name: `shard-2`, `shard_2`, \
          `shard2`, `2-of-3` or `shard-2-of-3`, in capitals or not, counted from 0 or 1. A shard that is missing, one \
          that has the same bytes as another, one beyond the count, and one of another count make the verdict \
          undecided.",
    judge,
};

/// Which shard an artifact is: its number, and of how many where it says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Shard {
    number: u32,
    of: Option<u32>,
}

fn judge(context: &Context<'_>) -> Vec<Check> {
    let Some(count) = context.shards else { return Vec::new() };
    let mut found: BTreeMap<u32, Source> = BTreeMap::new();
    let mut reasons = Vec::new();
    for (index, artifact) in (0..).zip(&context.release.artifacts).filter(|(_, a)| a.counted && a.format.is_some()) {
        let Some(shard) = shard(&artifact.name) else { continue };
        let source = Source::new(ArtifactId(index), Pointer::whole());
        if let Some(other) = shard.of.filter(|of| *of != count) {
            let phrase =
                Phrase::new().foreign(artifact.name.clone()).own(format!(" is a shard of {other}, not of {count}"));
            reasons.push(Reason::new(Weight::Gap, phrase).source(source));
            continue;
        }
        found.entry(shard.number).or_insert(source);
    }
    let first = u32::from(!found.contains_key(&0));
    let last = first.saturating_add(count - 1);
    // An unsplit run is its own only shard.
    let is_whole = count == 1 && found.is_empty() && context.release.artifacts.iter().any(|a| a.format.is_some());
    if !is_whole {
        let missing: Vec<u32> = (first..=last).filter(|number| !found.contains_key(number)).take(MAX_NAMED).collect();
        let shown = |number: &u32| Reason::new(Weight::Gap, format!("there is no shard {number} of {count}"));
        reasons.extend(missing.iter().map(shown));
    }
    for (number, source) in found.range(last.saturating_add(1)..) {
        let words = format!("there is a shard {number}, beyond the {count} that are expected");
        reasons.push(Reason::new(Weight::Gap, words).source(source.clone()));
    }
    let there = found.range(first..=last).count() as u64 + u64::from(is_whole);
    let check = Check::new(&RULE, plural(u64::from(count), "shard"), there.to_string()).reasons(reasons);
    vec![check.sources(found.into_values())]
}

/// Missing shards that are named.
const MAX_NAMED: usize = 100;

/// The shard that a name tells, by its last part that tells one.
fn shard(name: &str) -> Option<Shard> {
    static NAMED: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"(?:^|[^a-z0-9])shard[-_. ]?([0-9]{1,6})(?:[-_. ]?of[-_. ]?([0-9]{1,6}))?(?:$|[^0-9])").ok()
    });
    static COUNTED: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"(?:^|[^a-z0-9])([0-9]{1,6})[-_. ]?of[-_. ]?([0-9]{1,6})(?:$|[^a-z0-9])").ok());
    let name = name.to_lowercase();
    let of_part = |part: &str| {
        let captured = [&NAMED, &COUNTED].into_iter().find_map(|pattern| pattern.as_ref()?.captures(part))?;
        let number = |index| captured.get(index).and_then(|group| group.as_str().parse().ok());
        Some(Shard { number: number(1)?, of: number(2) })
    };
    name.split('/').rev().find_map(of_part)
}

#[cfg(test)]
mod tests {
    use super::{Shard, shard};

    #[track_caller]
    fn check(name: &str, expected: Option<(u32, Option<u32>)>) {
        assert_eq!(shard(name), expected.map(|(number, of)| Shard { number, of }), "{name}");
    }

    #[test]
    fn names_tell_their_shard() {
        check("shard-2/junit.xml", Some((2, None)));
        check("results/Shard_2.xml", Some((2, None)));
        check("SHARD2/junit.xml", Some((2, None)));
        check("e2e-shard-2-of-3.xml", Some((2, Some(3))));
        check("report-2-of-3/junit.xml", Some((2, Some(3))));
        check("junit.2of3.xml", Some((2, Some(3))));
        check("run-1-of-2/shard-0.xml", Some((0, None)));
        check("shards.zip!/shard-10/junit.xml", Some((10, None)));
    }

    #[test]
    fn other_names_tell_none() {
        check("junit.xml", None);
        check("shards-3/junit.xml", None);
        check("reshard-3.xml", None);
        check("proof-2-offers-3.xml", None);
        check("shard.xml", None);
    }
}
