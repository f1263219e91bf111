//! The load runs of the shards of one test become one run.
//!
//! Runs belong together where their artifacts have the same format and the same name; where no other shard has a file
//! of that name, names that differ in nothing but the number of the shard are the same. Single latencies are put
//! together and so every figure is exact (endpoints of one name in one shard stay apart, for putting them together would
//! hide the slower one); of summaries the percentiles are only known to lie in an interval, and its
//! worse end stands for them. Where one of them does not say how many requests it made, all stay apart.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::distribution::Pool;
use crate::model::interval::{Known, merged};
use crate::model::load::Inexact;
use crate::model::shard::{of_name, without_number};
use crate::model::timeline::Timeline;
use crate::model::{
    ArtifactId, Distribution, Elapsed, Endpoint, Input, LoadRun, Measurement, Percentile, Rate, Ratio, Release, Source,
    Sourced,
};

/// Which shard an artifact is of: its number, and of how many where that is said. `by_name` tells whether the names
/// of artifacts count, and not only what bundles and the artifacts themselves say.
pub fn shard_of(artifact: &Input, by_name: bool) -> Option<(u32, Option<u32>)> {
    let said = artifact.origin.as_ref().and_then(|origin| origin.shard).or(artifact.shard);
    if let Some(shard) = said {
        return Some((shard.number, Some(shard.of)));
    }
    // What is in a bundle is of a shard; the bundle itself says nothing.
    let is_candidate = by_name && artifact.format.is_some() && artifact.shards.is_empty();
    if !is_candidate {
        return None;
    }
    of_name(&artifact.name).map(|named| (named.number, named.of))
}

/// What the runs of the shards of one test have in common: format, name, which run of the artifact, its own name.
type Key = (Option<&'static str>, String, usize, Option<String>);

/// A run of a shard.
struct Member {
    number: u32,
    /// Where it stands in the release.
    index: usize,
    /// What it has in common with the same run of other shards whose files are called the same.
    same_name: Key,
    /// What it has in common with the same run of other shards whose files are called by their number.
    same_but_number: Key,
}

/// Puts together the load runs that are the shards of one. `by_name` as for [`shard_of`].
pub fn join(release: &mut Release, by_name: bool) {
    let members = members(release, by_name);
    let mut runs: Vec<Option<Sourced<LoadRun>>> = std::mem::take(&mut release.loads).into_iter().map(Some).collect();
    let left = take_groups(members, |member| member.same_name.clone(), &mut runs);
    take_groups(left, |member| member.same_but_number.clone(), &mut runs);
    release.loads = runs.into_iter().flatten().collect();
    release.loads.iter_mut().for_each(|run| run.value.forget());
}

fn members(release: &Release, by_name: bool) -> Vec<Member> {
    let mut of_artifact: BTreeMap<ArtifactId, usize> = BTreeMap::new();
    let mut members = Vec::new();
    for (index, run) in release.loads.iter().enumerate() {
        let nth = of_artifact.entry(run.artifact).or_default();
        *nth += 1;
        let Some(artifact) = release.artifacts.get(run.artifact.0) else { continue };
        let Some((number, _)) = shard_of(artifact, by_name) else { continue };
        let key = |name: String, title: Option<String>| (artifact.format, name, *nth, title);
        let name = match &artifact.origin {
            Some(origin) => origin.name.clone(),
            None => of_name(&artifact.name).map_or_else(|| artifact.name.clone(), |named| named.common),
        };
        let title = run.value.name.clone();
        let bare = title.as_ref().map(|title| without_number(title, number));
        let same_but_number = key(without_number(&name, number), bare);
        members.push(Member { number, index, same_name: key(name, title), same_but_number });
    }
    members
}

/// Makes one run of each group of runs of different shards, and returns what is in no such group.
fn take_groups(
    members: Vec<Member>,
    key: impl Fn(&Member) -> Key,
    runs: &mut [Option<Sourced<LoadRun>>],
) -> Vec<Member> {
    let mut groups: BTreeMap<Key, Vec<Member>> = BTreeMap::new();
    for member in members {
        groups.entry(key(&member)).or_default().push(member);
    }
    let mut left = Vec::new();
    for mut group in groups.into_values() {
        // Two runs of one shard are no shards of each other.
        let numbers: BTreeSet<u32> = group.iter().map(|member| member.number).collect();
        let first = group.iter().map(|member| member.index).min();
        // Of a whole whose parts do not all say how many requests they made nothing would be known.
        let says =
            |member: &Member| runs[member.index].as_ref().is_some_and(|run| run.value.overall.requests.is_some());
        let n_saying = group.iter().filter(|member| says(member)).count();
        let is_whole = n_saying == 0 || n_saying == group.len();
        let Some(first) = first.filter(|_| group.len() > 1 && numbers.len() == group.len() && is_whole) else {
            left.extend(group);
            continue;
        };
        group.sort_unstable_by_key(|member| (member.number, member.index));
        let shards: Vec<Sourced<LoadRun>> = group.into_iter().filter_map(|member| runs[member.index].take()).collect();
        runs[first] = Some(together(shards));
    }
    left
}

/// A measurement with its place.
type Placed = (Source, Measurement);

/// Several runs looked at as the shards of one.
pub fn together(mut shards: Vec<Sourced<LoadRun>>) -> Sourced<LoadRun> {
    let artifact = shards.first().map_or(ArtifactId(0), |run| run.artifact);
    let runs = || shards.iter().map(|run| &run.value);
    let same = |of: fn(&LoadRun) -> &Option<String>| {
        let first = runs().next().and_then(|run| of(run).clone());
        first.filter(|first| runs().all(|run| of(run).as_ref() == Some(first)))
    };
    let spans: Option<Vec<_>> = runs().map(|run| run.span).collect();
    let span = spans.and_then(|spans| {
        Some((spans.iter().map(|(start, _)| *start).min()?, spans.iter().map(|(_, end)| *end).max()?))
    });
    let elapsed = span.and_then(|(start, end)| {
        u64::try_from(end.as_nanosecond() - start.as_nanosecond()).ok().map(Elapsed::from_nanos)
    });
    let mut run = LoadRun {
        name: runs().next().and_then(|run| run.name.clone()),
        target: same(|run| &run.target),
        users: runs().try_fold(0u64, |sum, run| sum.checked_add(run.users?)),
        timeline: timelines(runs()),
        span,
        elapsed,
        pointer: runs().next().map(|run| run.pointer.clone()).unwrap_or_default(),
        parts: shards.iter().map(|run| run.source(&run.value.pointer)).collect(),
        ..LoadRun::default()
    };
    let pooled = shards.iter().all(|run| run.value.is_pooled());
    let known: Option<Vec<Known>> = if pooled { None } else { known_of(&mut shards) };
    run.beside = beside(&shards);
    let mut whole: Vec<Placed> = Vec::new();
    let twice = twice(&shards);
    let mut names: BTreeMap<String, usize> = BTreeMap::new();
    let mut endpoints: Vec<(String, Vec<Placed>)> = Vec::new();
    for shard in shards {
        let Sourced { artifact, value } = shard;
        let placed = |measurement: Measurement| (Source::new(artifact, measurement.pointer.clone()), measurement);
        run.thresholds.extend(value.thresholds.into_iter().map(|mut threshold| {
            threshold.part = Some(Source::new(artifact, threshold.pointer.clone()));
            threshold
        }));
        whole.push(placed(value.overall));
        for Endpoint { name, measurement } in value.endpoints {
            // Of several of one name in a shard nobody knows which of them belongs to which of another shard.
            let index = match twice.contains(&name) {
                true => endpoints.len(),
                false => *names.entry(name.clone()).or_insert(endpoints.len()),
            };
            if index == endpoints.len() {
                endpoints.push((name, Vec::new()));
            }
            endpoints[index].1.push(placed(measurement));
        }
    }
    run.endpoints =
        endpoints.into_iter().map(|(name, placed)| Endpoint { name, measurement: measured(placed, None) }).collect();
    run.overall = measured(whole, known);
    if pooled {
        let samples = run.endpoints.iter_mut().filter_map(|e| e.measurement.distribution.as_mut());
        run.overall = std::mem::take(&mut run.overall).with_latencies(&Pool::of(samples));
    }
    run.overall.throughput = run.overall.requests.zip(elapsed).and_then(|(count, time)| Rate::of(count, time));
    Sourced { artifact, value: run }
}

/// Names that several endpoints of one shard have.
fn twice(shards: &[Sourced<LoadRun>]) -> BTreeSet<String> {
    let mut twice = BTreeSet::new();
    for run in shards {
        let mut seen = BTreeSet::new();
        let names = run.value.endpoints.iter().map(|endpoint| &endpoint.name);
        twice.extend(names.filter(|name| !seen.insert(*name)).cloned());
    }
    twice
}

/// Names of endpoints that stand beside others in each shard that has them.
fn beside(shards: &[Sourced<LoadRun>]) -> Vec<String> {
    let mut beside: BTreeSet<&String> = shards.iter().flat_map(|run| &run.value.beside).collect();
    for run in shards {
        let names = run.value.endpoints.iter().map(|endpoint| &endpoint.name);
        names.filter(|name| !run.value.beside.contains(name)).for_each(|name| {
            beside.remove(name);
        });
    }
    beside.into_iter().cloned().collect()
}

/// Requests over time of all shards; `None` where one of them does not hold it.
fn timelines<'r>(runs: impl Iterator<Item = &'r LoadRun>) -> Option<Timeline> {
    let timelines: Vec<Timeline> = runs.map(|run| run.timeline.clone()).collect::<Option<_>>()?;
    timelines.into_iter().reduce(|mut all, timeline| {
        all.merge(timeline);
        all
    })
}

/// What is known of the latencies of all requests of each shard: of a run whose endpoints make them up, by endpoint.
fn known_of(shards: &mut [Sourced<LoadRun>]) -> Option<Vec<Known>> {
    let mut known = Vec::new();
    for run in shards.iter_mut().map(|shard| &mut shard.value) {
        if run.is_pooled() {
            known.extend(run.endpoints.iter_mut().filter_map(|endpoint| Known::of(&mut endpoint.measurement)));
        } else {
            known.push(Known::of(&mut run.overall)?);
        }
    }
    Some(known)
}

/// The measurements of the shards put together. `known` is what the shards prove of the latencies; `None` where that
/// is what the measurements say.
fn measured(mut placed: Vec<Placed>, known: Option<Vec<Known>>) -> Measurement {
    if placed.len() == 1
        && let Some((source, mut only)) = placed.pop()
    {
        only.parts = vec![source];
        return only;
    }
    let all = || placed.iter().map(|(_, measurement)| measurement);
    let sum = |of: fn(&Measurement) -> Option<u64>| all().map(of).try_fold(0u64, |sum, count| sum.checked_add(count?));
    let mut one = Measurement {
        requests: sum(|m| m.requests),
        failures: sum(|m| m.failures),
        failures_at_least: all()
            .any(|m| m.failures_at_least.is_some())
            .then(|| sum(|m| m.failures_at_least.or(m.failures)))
            .flatten(),
        stated_error_rate: error_rate(all()),
        pointer: all().next().map(|m| m.pointer.clone()).unwrap_or_default(),
        parts: placed.iter().map(|(source, _)| source.clone()).collect(),
        ..Measurement::default()
    };
    if all().all(|m| m.distribution.is_some()) {
        let mut samples = Distribution::sum(placed.into_iter().filter_map(|(_, m)| m.distribution));
        one = one.with_latencies(&Pool::of([&mut samples]));
        one.distribution = Some(samples);
        return one;
    }
    one.min = all().map(|m| m.min).collect::<Option<Vec<_>>>().and_then(|all| all.into_iter().min());
    one.max = all().map(|m| m.max).collect::<Option<Vec<_>>>().and_then(|all| all.into_iter().max());
    one.mean = mean(all());
    one.samples = all().any(|m| m.samples.is_some()).then(|| sum(|m| m.samples.or(m.requests))).flatten();
    let percentiles: BTreeSet<Percentile> = all().flat_map(|m| m.percentiles.keys().copied()).collect();
    let known = known.or_else(|| placed.iter_mut().map(|(_, measurement)| Known::of(measurement)).collect());
    let all = || placed.iter().map(|(_, measurement)| measurement);
    one.intervals = known.map(|known| merged(&known, percentiles)).unwrap_or_default();
    one.percentiles = one.intervals.iter().map(|(percentile, interval)| (*percentile, interval.high)).collect();
    let why = if all().all(|m| !m.buckets.is_empty()) { Inexact::Buckets } else { Inexact::Summaries };
    one.inexact = (!one.intervals.is_empty()).then_some(why);
    one
}

/// The mean of means, each with the weight of its samples; `None` where one of them is not known.
fn mean<'m>(all: impl Iterator<Item = &'m Measurement>) -> Option<Elapsed> {
    let (mut sum, mut samples) = (0u128, 0u128);
    for measurement in all {
        let count = u128::from(measurement.samples.or(measurement.requests)?);
        if count > 0 {
            sum = sum.checked_add(u128::from(measurement.mean?.nanos()).checked_mul(count)?)?;
            samples += count;
        }
    }
    let mean = (sum + samples / 2).checked_div(samples)?;
    u64::try_from(mean).ok().map(Elapsed::from_nanos)
}

/// The share of failed requests over all shards, where one of them states a share and no counts. Where the weight of
/// a share is not known, the worst of them stands for all; `None` where the counts say it, or a shard says nothing.
fn error_rate<'m>(all: impl Iterator<Item = &'m Measurement> + Clone) -> Option<Ratio> {
    if all.clone().all(|m| m.stated_error_rate.is_none()) {
        return None;
    }
    let rates: Vec<Ratio> = all.clone().map(Measurement::error_rate).collect::<Option<_>>()?;
    let (mut failed, mut requests) = (0u128, 0u128);
    for (rate, measurement) in rates.iter().zip(all) {
        let whole = match rate.whole() {
            Ratio::UNKNOWN_WHOLE => measurement.requests,
            whole => Some(whole),
        };
        let Some(whole) = whole else {
            return rates.iter().copied().max_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
        };
        requests += u128::from(whole);
        // A part of a request that failed is a request that failed.
        failed += (u128::from(rate.part()) * u128::from(whole)).div_ceil(u128::from(rate.whole()));
    }
    Ratio::new(u64::try_from(failed).ok()?, u64::try_from(requests).ok()?)
}
