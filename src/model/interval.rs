//! Where a percentile over several shards lies, as far as their summaries prove it.
//!
//! # The question
//! A shard has *n* samples in ascending order, x₀ ≤ … ≤ xₙ₋₁. Its summary tells *n*, perhaps x₀ and xₙ₋₁, and some
//! percentiles. The percentile *p* of all shards together, by the rule that is used everywhere (linear interpolation
//! between the closest ranks), stands at the position H = (N−1)·p of all N samples: with R = ⌊H⌋ and F = H − R it is
//! (1−F)·y_R + F·y_{R+1}. The mean of the shards' percentiles says nothing about it.
//!
//! # What a summary proves
//! Let q be a shard's percentile *p* and h = (n−1)·p its position, r = ⌊h⌋, f = h − r. Tools take q by linear
//! interpolation, q = (1−f)·x_r + f·x_{r+1}, or as the nearest rank, q = x_{⌈np⌉−1}, which is x_r where f ≤ 1−p and
//! x_{r+1} where f > 1−p. By either rule x_r ≤ q ≤ x_{⌈h⌉}, so that
//!
//! - at least r+1 samples are ≤ q, and at least n−⌈h⌉ are ≥ q.
//!
//! With a lower bound b of x_r (the percentile before, or the minimum), interpolation gives
//! x_{r+1} ≤ (q − (1−f)·b) / f, and where f > 1−p the nearest rank gives x_{r+1} = q, which is no more. So
//!
//! - where f > 1−p, at least r+2 samples are ≤ (q − (1−f)·b) / f;
//! - where f ≤ 1−p, likewise, at least n−r samples are ≥ (q − f·c) / (1−f), with an upper bound c of x_{r+1}.
//!
//! The minimum and the maximum are such statements too: all n samples are ≥ x₀ and ≤ xₙ₋₁, and one is ≤ x₀ and one
//! ≥ xₙ₋₁. A shard whose samples are all there makes one statement for each of them.
//!
//! # What follows for all
//! Statements of different shards add up. The least value U for which the shards together prove that at least k+1
//! samples are ≤ U is an upper bound of y_k; the greatest L for which they prove that at least N−k are ≥ L is a lower
//! one. The interval is what the interpolation gives with the bounds of y_R and y_{R+1}. No statement is lost on the
//! way, so it is as narrow as sums of single statements make it, and shards that agree give a narrow one.
//!
//! A percentile that a tool only estimates (a sketch, a rounded figure) proves no more than the estimate.

use std::collections::{BTreeMap, BTreeSet};

use super::load::{Bucket, Inexact, Interval, Measurement};
use super::quantity::{Elapsed, Percentile};

/// What is known of the samples of one shard.
#[derive(Clone, Debug, Default)]
pub struct Known {
    count: u64,
    /// A value, and how many samples at least are not above it.
    at_most: Vec<(u64, u64)>,
    /// A value, and how many samples at least are not below it.
    at_least: Vec<(u64, u64)>,
}

const WHOLE: u128 = Percentile::WHOLE as u128;

impl Known {
    /// What counts between bounds prove. Buckets that overlap prove less, and nothing that is wrong.
    fn of_buckets(buckets: &[Bucket]) -> Known {
        let mut known = Known { count: buckets.iter().map(|bucket| bucket.count).sum(), ..Known::default() };
        let mut proven = 0;
        let mut by_high: Vec<(u64, u64)> = buckets.iter().filter_map(|b| Some((b.high?.nanos(), b.count))).collect();
        by_high.sort_unstable();
        for (high, count) in by_high {
            proven += count;
            known.at_most.push((high, proven));
        }
        let mut by_low: Vec<(u64, u64)> = buckets.iter().map(|bucket| (bucket.low.nanos(), bucket.count)).collect();
        by_low.sort_unstable();
        proven = 0;
        for (low, count) in by_low.into_iter().rev() {
            proven += count;
            known.at_least.push((low, proven));
        }
        known
    }

    /// What a measurement proves; `None` where it does not say how many samples it rests on.
    pub fn of(measurement: &mut Measurement) -> Option<Known> {
        if let Some(distribution) = &mut measurement.distribution {
            let mut known = Known { count: distribution.count(), ..Known::default() };
            let mut seen = 0;
            for (low, high, count) in distribution.steps() {
                known.at_least.push((low, known.count - seen));
                seen += count;
                known.at_most.push((high, seen));
            }
            return Some(known);
        }
        let count = measurement.samples.or(measurement.requests)?;
        if !measurement.buckets.is_empty() {
            return Some(Known::of_buckets(&measurement.buckets));
        }
        let mut known = Known { count, ..Known::default() };
        if count == 0 {
            return Some(known);
        }
        let min = measurement.min.map(Elapsed::nanos);
        let max = measurement.max.map(Elapsed::nanos);
        let inner = measurement.percentiles.iter().filter(|(p, _)| (1..Percentile::WHOLE).contains(&p.parts()));
        let quantiles: Vec<Quantile> = inner.map(|(p, value)| Quantile::new(count, *p, value.nanos())).collect();
        for quantile in &quantiles {
            let before = quantiles.iter().filter(|other| other.ceil() <= quantile.rank).map(|other| other.value);
            let after = quantiles.iter().filter(|other| other.rank > quantile.rank).map(|other| other.value);
            known.at_most.push((quantile.value, quantile.rank + 1));
            known.at_least.push((quantile.value, count - quantile.ceil()));
            let least = before.max().or(min).unwrap_or(0);
            known.at_most.extend(quantile.next(least).map(|value| (value, quantile.rank + 2)));
            if let Some(most) = after.min().or(max) {
                known.at_least.extend(quantile.previous(most).map(|value| (value, count - quantile.rank)));
            }
        }
        known.at_least.extend(min.map(|min| (min, count)));
        known.at_most.extend(min.map(|min| (min, 1)));
        known.at_most.extend(max.map(|max| (max, count)));
        known.at_least.extend(max.map(|max| (max, 1)));
        Some(known)
    }
}

impl Measurement {
    /// What buckets say of percentiles: the bounds between which each of the usual ones lies. The upper one stands
    /// for it; one that has none is not known.
    #[must_use]
    pub fn with_buckets(mut self) -> Measurement {
        let usual = [Percentile::P50, Percentile::P90, Percentile::P95, Percentile::P99];
        self.intervals = merged(&[Known::of_buckets(&self.buckets)], usual);
        self.percentiles = self.intervals.iter().map(|(percentile, interval)| (*percentile, interval.high)).collect();
        self.inexact = Some(Inexact::Buckets);
        self
    }
}

impl Measurement {
    /// The latencies that rows prove which make it up, each of them a summary.
    #[must_use]
    pub fn with_summaries(mut self, rows: &mut [&mut Measurement]) -> Measurement {
        self.min = rows.iter().map(|row| row.min).collect::<Option<Vec<_>>>().and_then(|all| all.into_iter().min());
        self.max = rows.iter().map(|row| row.max).collect::<Option<Vec<_>>>().and_then(|all| all.into_iter().max());
        if let [only] = rows {
            self.percentiles.clone_from(&only.percentiles);
            self.intervals.clone_from(&only.intervals);
            self.inexact = only.inexact;
            return self;
        }
        let percentiles: BTreeSet<Percentile> = rows.iter().flat_map(|row| row.percentiles.keys().copied()).collect();
        let known: Option<Vec<Known>> = rows.iter_mut().map(|row| Known::of(row)).collect();
        let intervals = known.map(|known| merged(&known, percentiles)).unwrap_or_default();
        self.with_intervals(intervals)
    }

    /// The latencies that are known where some of the rows make it up, and nobody knows which: a percentile of several
    /// lies between the least and the most of theirs. One that was slower than the whole ever was is none of them.
    #[must_use]
    pub fn within(mut self, whole: &Measurement, rows: &[&mut Measurement]) -> Measurement {
        self.max = whole.max;
        let is_in = |row: &&&mut Measurement| row.max.zip(whole.max).is_none_or(|(row, whole)| row <= whole);
        let interval = |percentile: &Percentile| {
            let of_rows: Option<Vec<Elapsed>> =
                rows.iter().filter(is_in).map(|row| row.percentiles.get(percentile).copied()).collect();
            let (low, high) = (of_rows.iter().flatten().min()?, of_rows.iter().flatten().max()?);
            Some((*percentile, Interval { low: *low, high: *high }))
        };
        let intervals = whole.percentiles.keys().filter_map(interval).collect();
        self.with_intervals(intervals)
    }

    fn with_intervals(mut self, intervals: BTreeMap<Percentile, Interval>) -> Measurement {
        self.percentiles = intervals.iter().map(|(percentile, interval)| (*percentile, interval.high)).collect();
        self.inexact = (!intervals.is_empty()).then_some(Inexact::Summaries);
        self.intervals = intervals;
        self
    }
}

/// A percentile of a shard.
struct Quantile {
    /// r
    rank: u64,
    /// f, in parts of [`WHOLE`].
    part: u128,
    /// 1 − p, in parts of [`WHOLE`].
    rest: u128,
    /// q, in nanoseconds.
    value: u64,
}

impl Quantile {
    fn new(count: u64, percentile: Percentile, value: u64) -> Quantile {
        let position = u128::from(count - 1) * u128::from(percentile.parts());
        let rank = u64::try_from(position / WHOLE).unwrap_or(u64::MAX);
        Quantile { rank, part: position % WHOLE, rest: WHOLE - u128::from(percentile.parts()), value }
    }

    /// ⌈h⌉
    const fn ceil(&self) -> u64 {
        self.rank + (self.part > 0) as u64
    }

    /// An upper bound of the sample after the position, from a lower bound of the one before it.
    fn next(&self, least: u64) -> Option<u64> {
        if self.part <= self.rest {
            return None;
        }
        // The tool may have rounded down.
        let value = u128::from(self.value) + 1;
        let most = (value * WHOLE).checked_sub((WHOLE - self.part) * u128::from(least.min(self.value)))?;
        u64::try_from(most.div_ceil(self.part)).ok()
    }

    /// A lower bound of the sample before the position, from an upper bound of the one after it.
    fn previous(&self, most: u64) -> Option<u64> {
        if self.part > self.rest || self.part == 0 {
            return None;
        }
        // The tool may have rounded up.
        let value = u128::from(self.value.checked_sub(1)?);
        let least = (value * WHOLE).checked_sub(self.part * u128::from(most.max(self.value)))?;
        u64::try_from(least / (WHOLE - self.part)).ok()
    }
}

/// The intervals in which percentiles over all shards lie; none for a percentile of which one end cannot be known.
pub fn merged(shards: &[Known], percentiles: impl IntoIterator<Item = Percentile>) -> BTreeMap<Percentile, Interval> {
    let count: u128 = shards.iter().map(|shard| u128::from(shard.count)).sum();
    let Some(last) = count.checked_sub(1) else { return BTreeMap::new() };
    let at_most = added(shards.iter().map(|shard| shard.at_most.clone()), false);
    let at_least = added(shards.iter().map(|shard| shard.at_least.clone()), true);
    let first = |all: &[(u64, u128)], needed: u128| {
        let at = all.partition_point(|(_, proven)| *proven < needed);
        all.get(at).map(|(value, _)| u128::from(*value))
    };
    let one = |percentile: Percentile| {
        let position = last * u128::from(percentile.parts());
        let (rank, part) = (position / WHOLE, position % WHOLE);
        let next = (rank + 1).min(last);
        let ends = |at: u128| Some((first(&at_least, count - at)?, first(&at_most, at + 1)?));
        let ((low, high), (low_next, high_next)) = (ends(rank)?, ends(next)?);
        let low = (low * (WHOLE - part) + low_next.max(low) * part) / WHOLE;
        let high = (high * (WHOLE - part) + high_next * part).div_ceil(WHOLE);
        let elapsed = |nanos: u128| u64::try_from(nanos).ok().map(Elapsed::from_nanos);
        // Summaries that contradict themselves may prove less at the high end than at the low one.
        Some((percentile, Interval { low: elapsed(low.min(high))?, high: elapsed(high.max(low))? }))
    };
    percentiles.into_iter().filter_map(one).collect()
}

/// Statements of several shards added up: each value with how many samples of all are proven to be on its side.
/// In the order in which the proven counts grow: values ascend, or descend.
fn added(shards: impl Iterator<Item = Vec<(u64, u64)>>, descend: bool) -> Vec<(u64, u128)> {
    let order = |values: &mut Vec<(u64, u64)>| match descend {
        false => values.sort_unstable(),
        true => values.sort_unstable_by_key(|(value, count)| (std::cmp::Reverse(*value), *count)),
    };
    let mut steps: Vec<(u64, u64)> = Vec::new();
    for mut statements in shards {
        order(&mut statements);
        let mut proven = 0;
        for (value, count) in statements {
            if count > proven {
                steps.push((value, count - proven));
                proven = count;
            }
        }
    }
    order(&mut steps);
    let mut sum = 0;
    let running = steps.into_iter().map(|(value, count)| {
        sum += u128::from(count);
        (value, sum)
    });
    running.collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::Distribution;
    use crate::model::distribution::Pool;

    fn of(values: &[u64]) -> Distribution {
        let mut distribution = Distribution::default();
        values.iter().for_each(|value| distribution.record(Elapsed::from_nanos(*value)));
        distribution
    }

    fn percentile(percent: f64) -> Percentile {
        Percentile::from_percent(percent).expect("a percentile")
    }

    fn exact(shards: &[Vec<u64>], wanted: Percentile) -> u64 {
        of(&shards.concat()).quantile(wanted).expect("there are samples").nanos()
    }

    /// The rule by which the tool of a shard takes percentiles.
    #[derive(Clone, Copy, Debug)]
    enum Rule {
        Linear,
        Nearest,
    }

    /// The summary of a shard: its count, and what of minimum, maximum and percentiles is told.
    fn summary(values: &[u64], told: &[f64], has_min: bool, rule: Rule) -> Measurement {
        let mut distribution = of(values);
        let mut sorted = values.to_vec();
        sorted.sort_unstable();
        let quantile = |p: Percentile, distribution: &mut Distribution| match rule {
            Rule::Linear => distribution.quantile(p).expect("there are samples"),
            Rule::Nearest => {
                let rank = (sorted.len() as u128 * u128::from(p.parts())).div_ceil(WHOLE).max(1);
                Elapsed::from_nanos(sorted[usize::try_from(rank).expect("a rank") - 1])
            }
        };
        let told = told.iter().map(|percent| percentile(*percent));
        Measurement {
            requests: Some(values.len() as u64),
            percentiles: told.map(|p| (p, quantile(p, &mut distribution))).collect(),
            min: distribution.min().filter(|_| has_min),
            max: distribution.max(),
            ..Measurement::default()
        }
    }

    fn interval(mut shards: Vec<Measurement>, wanted: Percentile) -> Option<Interval> {
        let known: Vec<Known> = shards.iter_mut().map(|shard| Known::of(shard).expect("it has a count")).collect();
        merged(&known, [wanted]).get(&wanted).copied()
    }

    fn shard() -> impl Strategy<Value = (Vec<u64>, Vec<f64>, bool, Rule, bool)> {
        let values = prop_oneof![
            prop::collection::vec(0..50u64, 1..12),
            prop::collection::vec(0..1_000_000u64, 1..300),
            prop::collection::vec(prop_oneof![9 => 1_000..2_000u64, 1 => 1_000_000..9_000_000u64], 1..300),
        ];
        let told = proptest::sample::subsequence(vec![50.0, 75.0, 90.0, 95.0, 99.0, 99.9], 0..=6);
        let rule = prop_oneof![Just(Rule::Linear), Just(Rule::Nearest)];
        (values, told, any::<bool>(), rule, prop::bool::weighted(0.2))
    }

    proptest! {
        #[test]
        fn the_true_percentile_lies_in_the_interval(
            shards in prop::collection::vec(shard(), 1..9),
            wanted in proptest::sample::select(vec![1.0, 50.0, 90.0, 95.0, 99.0, 99.9]),
        ) {
            let wanted = percentile(wanted);
            let values: Vec<Vec<u64>> = shards.iter().map(|(values, ..)| values.clone()).collect();
            let truth = exact(&values, wanted);
            let summaries = shards.iter().map(|(values, told, has_min, rule, has_all)| {
                let distribution = has_all.then(|| of(values));
                Measurement { distribution, ..summary(values, told, *has_min, *rule) }
            });
            let all_min = shards.iter().all(|(_, _, has_min, _, has_all)| *has_min || *has_all);
            match interval(summaries.collect(), wanted) {
                Some(Interval { low, high }) => {
                    // One nanosecond for the rounding of the truth itself.
                    prop_assert!(low.nanos() <= truth + 1 && truth <= high.nanos() + 1, "{low:?} {truth} {high:?}");
                }
                None => prop_assert!(!all_min),
            }
        }

        #[test]
        fn shards_whose_samples_are_there_leave_no_doubt(
            shards in prop::collection::vec(prop::collection::vec(0..1_000u64, 1..60), 1..5),
            wanted in proptest::sample::select(vec![50.0, 95.0, 99.9]),
        ) {
            let wanted = percentile(wanted);
            let all = shards.iter().map(|values| Measurement { distribution: Some(of(values)), ..Measurement::default() });
            let Interval { low, high } = interval(all.collect(), wanted).expect("all is known");
            let truth = exact(&shards, wanted);
            prop_assert!(high.nanos() - low.nanos() <= 1 && low.nanos() <= truth && truth <= high.nanos());
        }

        #[test]
        fn the_order_of_shards_does_not_matter(shards in prop::collection::vec(shard(), 1..5)) {
            let summaries: Vec<Measurement> = shards.iter().map(|(values, told, has_min, rule, _)| summary(values, told, *has_min, *rule)).collect();
            let reversed = summaries.iter().rev().cloned().collect();
            prop_assert_eq!(interval(summaries, Percentile::P95), interval(reversed, Percentile::P95));
        }

        #[test]
        fn a_pool_is_what_merging_gives(shards in prop::collection::vec(prop::collection::vec(0..5_000u64, 1..200), 1..5), coarse in any::<bool>()) {
            let mut all: Vec<Distribution> = shards.iter().map(|values| of(values)).collect();
            if coarse {
                all.iter_mut().for_each(|one| assert!(one.coarsen()));
            }
            let mut sum = Distribution::sum(all.clone());
            let percentiles = [Percentile::P50, Percentile::P95, Percentile::P99];
            let (pool, one) = (Pool::of(&mut all), Pool::of([&mut sum]));
            prop_assert_eq!((pool.count(), pool.mean(), pool.min(), pool.max()), (one.count(), one.mean(), one.min(), one.max()));
            let values = |pool: &Pool<'_>| pool.quantiles(&percentiles).into_iter().map(|(value, _)| value).collect::<Vec<_>>();
            if !coarse {
                prop_assert_eq!(values(&pool), values(&one));
            }
            for (wanted, (_, Interval { low, high })) in percentiles.into_iter().zip(pool.quantiles(&percentiles)) {
                let truth = exact(&shards, wanted);
                prop_assert!(low.nanos() <= truth + 1 && truth <= high.nanos() + 1);
            }
        }
    }

    /// Shards of the same samples: the interval is a small part of what lies between the neighbouring percentiles,
    /// and at its widest where p·n is no whole number, so that one sample of each shard may stand on either side.
    #[test]
    fn equal_shards_give_a_narrow_interval() {
        for size in [100_u64, 997, 1_000, 1_009, 10_000] {
            // A curve like that of response times: flat, with a long tail.
            let values: Vec<u64> = (0..size).map(|n| 10_000_000 + 40_000_000_000 / (size - n) / 2).collect();
            for rule in [Rule::Linear, Rule::Nearest] {
                for shards in [2, 3, 8] {
                    let all = vec![values.clone(); shards];
                    let one = summary(&values, &[50.0, 75.0, 90.0, 95.0, 99.0], true, rule);
                    let Interval { low, high } = interval(vec![one.clone(); shards], Percentile::P95).expect("known");
                    let truth = exact(&all, Percentile::P95);
                    let step = one.percentiles[&Percentile::P99].nanos() - one.percentiles[&Percentile::P90].nanos();
                    assert!(low.nanos() <= truth && truth <= high.nanos(), "{size} {rule:?} {shards}");
                    let width = high.nanos() - low.nanos();
                    let part = if size % 100 == 0 { 10 } else { 2 };
                    assert!(width * part <= step, "{size} {rule:?} {shards}: {low:?} to {high:?} of {step}");
                }
            }
        }
    }

    #[test]
    fn what_cannot_be_known_is_not_said() {
        let values: Vec<u64> = (0..100).collect();
        let mut known = summary(&values, &[95.0], true, Rule::Linear);
        assert!(interval(vec![known.clone()], Percentile::P95).is_some());
        assert!(Known::of(&mut Measurement { requests: None, ..known.clone() }).is_none());
        known.max = None;
        assert_eq!(interval(vec![known.clone(), known], Percentile::P99), None);
        assert_eq!(merged(&[], [Percentile::P95]), BTreeMap::new());
    }
}
