//! Distributions of samples: latencies that are still single values, and the quantiles over them.

mod pool;
mod wire;

pub use pool::Pool;

use super::load::{Inexact, Measurement};
use super::quantity::{Elapsed, Percentile};

/// Distinct values of one distribution that are kept exactly; beyond, values are kept to fewer binary digits.
pub const MAX_EXACT: usize = 1 << 22;
/// Values that are collected before they are sorted in: at least, and at most.
const FRESH: (usize, usize) = (1 << 10, 1 << 16);
/// Binary digits that are kept of a value: all of them, then eleven (an error below 0.05 %),
/// then eight (below 0.4 %).
const KEPT_BITS: [u32; 3] = [u64::BITS, 11, 8];

/// A collection of samples.
///
/// Every value is kept exactly, equal ones as one value and a count, up to `MAX_EXACT` distinct ones.
/// Beyond that the values are rounded to eleven binary digits, and where that is not enough to eight;
/// count, sum, smallest and largest stay exact. Memory is bounded in each case.
///
/// Merging is associative and commutative: all values are rounded as the coarsest of the parts is, rounding to
/// fewer digits after rounding to more is the same as doing so at once, and a union never has fewer distinct values
/// than its parts, so what was too much for a part is too much for the whole.
///
/// See the [example](mod@crate::model#example).
#[derive(Clone, Debug, Default)]
pub struct Distribution {
    count: u64,
    sum: u128,
    extremes: Option<(u64, u64)>,
    /// Values as they came.
    fresh: Vec<u64>,
    /// Distinct values in ascending order, with how often each occurs.
    sorted: Vec<(u64, u64)>,
    /// Which of [`KEPT_BITS`] applies.
    level: usize,
}

impl Distribution {
    /// Adds a sample.
    #[inline]
    pub fn record(&mut self, value: Elapsed) {
        let value = value.nanos();
        self.count += 1;
        self.sum += u128::from(value);
        self.extremes = Some(self.extremes.map_or((value, value), |(min, max)| (min.min(value), max.max(value))));
        self.fresh.push(value);
        if self.fresh.len() >= self.sorted.len().clamp(FRESH.0, FRESH.1) {
            self.settle();
        }
    }

    /// Adds all samples of another distribution.
    pub fn merge(&mut self, mut other: Distribution) {
        other.settle();
        self.settle();
        self.count += other.count;
        self.sum += other.sum;
        self.extremes = match (self.extremes, other.extremes) {
            (Some(mine), Some(theirs)) => Some((mine.0.min(theirs.0), mine.1.max(theirs.1))),
            (mine, theirs) => mine.or(theirs),
        };
        let level = self.level.max(other.level);
        self.round_to(level);
        other.round_to(level);
        self.add_sorted(&other.sorted);
    }

    /// All samples of several distributions.
    pub fn sum(distributions: impl IntoIterator<Item = Distribution>) -> Distribution {
        let mut left: Vec<Distribution> = distributions.into_iter().collect();
        // By pairs, so that no sample is moved more often than there are halvings.
        while left.len() > 1 {
            let mut pairs = std::mem::take(&mut left).into_iter();
            while let Some(mut first) = pairs.next() {
                if let Some(second) = pairs.next() {
                    first.merge(second);
                }
                left.push(first);
            }
        }
        left.pop().unwrap_or_default()
    }

    /// How many samples there are.
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// How many distinct values are kept, for budgets over several distributions.
    pub const fn kept(&self) -> usize {
        self.sorted.len() + self.fresh.len()
    }

    /// Whether every value is kept as it was.
    pub const fn is_exact(&self) -> bool {
        self.level == 0
    }

    /// The smallest sample; `None` where there is none.
    pub fn min(&self) -> Option<Elapsed> {
        self.extremes.map(|(min, _)| Elapsed::from_nanos(min))
    }

    /// The largest sample; `None` where there is none.
    pub fn max(&self) -> Option<Elapsed> {
        self.extremes.map(|(_, max)| Elapsed::from_nanos(max))
    }

    /// A quantile by linear interpolation between the closest ranks (the rule of k6, of NumPy, and R's type 7);
    /// `None` where there is no sample.
    pub fn quantile(&mut self, percentile: Percentile) -> Option<Elapsed> {
        Pool::of([self]).quantiles(&[percentile]).first().map(|(value, _)| *value)
    }

    /// The distinct values, as far as they are kept, in ascending order: each as the least and the most that it may
    /// have been, with how often it occurs.
    pub fn steps(&mut self) -> impl Iterator<Item = (u64, u64, u64)> {
        self.settle();
        let level = self.level;
        let ends = self.extremes.unwrap_or_default();
        self.sorted.iter().map(move |(value, count)| {
            (edge(*value, level, Edge::Low, ends), edge(*value, level, Edge::High, ends), *count)
        })
    }

    /// Keeps values to fewer digits from now on, so that there are fewer of them; false where that is not possible
    /// any more.
    pub fn coarsen(&mut self) -> bool {
        let next = self.level + 1;
        if next == KEPT_BITS.len() {
            return false;
        }
        self.settle();
        self.fresh = Vec::new();
        self.round_to(next);
        self.sorted.shrink_to_fit();
        true
    }

    /// Rounds what is sorted in to a level that is not finer than the present one.
    fn round_to(&mut self, level: usize) {
        if level == self.level {
            return;
        }
        self.level = level;
        let mut kept: usize = 0;
        for index in 0..self.sorted.len() {
            let (value, count) = self.sorted[index];
            let value = round(value, level);
            match kept.checked_sub(1).and_then(|last| self.sorted.get_mut(last)) {
                Some(last) if last.0 == value => last.1 += count,
                _ => {
                    self.sorted[kept] = (value, count);
                    kept += 1;
                }
            }
        }
        self.sorted.truncate(kept);
    }

    /// Sorts in what was added.
    fn settle(&mut self) {
        if self.fresh.is_empty() {
            return;
        }
        let mut fresh = std::mem::take(&mut self.fresh);
        fresh.sort_unstable();
        let mut counted: Vec<(u64, u64)> = Vec::new();
        for value in fresh.drain(..) {
            add(&mut counted, (round(value, self.level), 1));
        }
        self.fresh = fresh;
        self.add_sorted(&counted);
    }

    /// Adds values that are rounded to the level already.
    fn add_sorted(&mut self, other: &[(u64, u64)]) {
        let mut merged = Vec::with_capacity(self.sorted.len() + other.len());
        let (mut left, mut right) = (self.sorted.iter().peekable(), other.iter().peekable());
        loop {
            let next = match (left.peek(), right.peek()) {
                (Some(l), Some(r)) if l.0 <= r.0 => left.next(),
                (Some(_), None) => left.next(),
                (_, Some(_)) => right.next(),
                (None, None) => break,
            };
            if let Some(entry) = next {
                add(&mut merged, *entry);
            }
        }
        self.sorted = merged;
        while self.sorted.len() > MAX_EXACT && self.level + 1 < KEPT_BITS.len() {
            self.round_to(self.level + 1);
        }
    }
}

fn add(sorted: &mut Vec<(u64, u64)>, (value, count): (u64, u64)) {
    match sorted.last_mut() {
        Some(last) if last.0 == value => last.1 += count,
        _ => sorted.push((value, count)),
    }
}

/// Binary digits of a value that are not kept at a level.
const fn dropped(value: u64, level: usize) -> u32 {
    beyond(value, KEPT_BITS[level])
}

/// Binary digits of a value behind its first ones.
const fn beyond(value: u64, first: u32) -> u32 {
    (u64::BITS - value.leading_zeros()).saturating_sub(first)
}

/// The middle of all values that agree in the digits that are kept.
const fn round(value: u64, level: usize) -> u64 {
    match dropped(value, level) {
        0 => value,
        dropped => ((value >> dropped) << dropped) | (1 << (dropped - 1)),
    }
}

/// Which of the values that a kept one may have been.
#[derive(Clone, Copy, Debug)]
enum Edge {
    Low,
    Kept,
    High,
}

/// The value that a kept one may have been, within what the distribution is known to hold.
fn edge(value: u64, level: usize, which: Edge, (min, max): (u64, u64)) -> u64 {
    let dropped = dropped(value, level);
    let low = (value >> dropped) << dropped;
    let edge = match which {
        Edge::Low => low,
        Edge::Kept => value,
        Edge::High => low | ((1 << dropped) - 1),
    };
    edge.clamp(min, max)
}

impl Measurement {
    /// What samples say of latencies: smallest, mean, largest and the usual percentiles.
    /// Counts of requests are left to the caller.
    #[must_use]
    pub fn with_latencies(mut self, samples: &Pool<'_>) -> Measurement {
        const USUAL: [Percentile; 4] = [Percentile::P50, Percentile::P90, Percentile::P95, Percentile::P99];
        self.min = samples.min();
        self.mean = samples.mean();
        self.max = samples.max();
        let quantiles = samples.quantiles(&USUAL);
        self.percentiles = USUAL.into_iter().zip(quantiles.iter().map(|(value, _)| *value)).collect();
        self.inexact = (!samples.is_exact()).then_some(Inexact::Rounded);
        self.intervals = match self.inexact {
            Some(_) => USUAL.into_iter().zip(quantiles.into_iter().map(|(_, interval)| interval)).collect(),
            None => Default::default(),
        };
        self.samples = (self.requests != Some(samples.count())).then_some(samples.count());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: impl IntoIterator<Item = u64>) -> Distribution {
        let mut distribution = Distribution::default();
        for value in values {
            distribution.record(Elapsed::from_nanos(value));
        }
        distribution
    }

    fn mean(distribution: &mut Distribution) -> Option<Elapsed> {
        Pool::of([distribution]).mean()
    }

    #[track_caller]
    fn check(values: &[u64], percentile: Percentile, expected: Option<u64>) {
        assert_eq!(of(values.iter().copied()).quantile(percentile).map(Elapsed::nanos), expected);
    }

    #[test]
    fn quantiles_lie_between_the_closest_ranks() {
        check(&[], Percentile::P50, None);
        check(&[7], Percentile::P99, Some(7));
        check(&[10, 20], Percentile::P50, Some(15));
        check(&[40, 10, 30, 20], Percentile::P90, Some(37));
        check(&[5, 5, 5, 100], Percentile::P50, Some(5));
    }

    #[test]
    fn merging_is_the_same_as_recording_all() {
        let mut all = of((0..5000).map(|n| n * n));
        let mut merged = Distribution::sum([0..2000, 2000..2001, 2001..5000].map(|part| of(part.map(|n| n * n))));
        assert_eq!(all.quantile(Percentile::P95), merged.quantile(Percentile::P95));
        assert_eq!((all.count(), mean(&mut all), all.max()), (merged.count(), mean(&mut merged), merged.max()));
    }

    #[test]
    fn coarse_values_are_near_and_the_extremes_exact() {
        let mut exact = of((1..200_000).map(|n| n * 7_919));
        let mut coarse = exact.clone();
        coarse.coarsen();
        assert!(!coarse.is_exact() && coarse.kept() < exact.kept() / 10);
        assert_eq!((exact.min(), exact.max(), mean(&mut exact)), (coarse.min(), coarse.max(), mean(&mut coarse)));
        for percentile in [Percentile::P50, Percentile::P99] {
            let (exact, coarse) = (exact.quantile(percentile), coarse.quantile(percentile));
            let (exact, coarse) = (exact.map_or(0, Elapsed::nanos), coarse.map_or(0, Elapsed::nanos));
            assert!(exact.abs_diff(coarse) * 2_000 <= exact, "{exact} {coarse}");
        }
    }

    #[test]
    fn too_many_distinct_values_are_rounded_not_lost() {
        let many = MAX_EXACT as u64 + 100_000;
        let values: Vec<(u64, u64)> = (0..many).map(|n| (n * 1_000, 1)).collect();
        let mut distribution =
            Distribution { count: many, extremes: Some((0, many * 1_000)), ..Distribution::default() };
        distribution.add_sorted(&values);
        assert!(distribution.quantile(Percentile::P50).is_some() && !distribution.is_exact());
        assert_eq!(distribution.sorted.iter().map(|(_, count)| count).sum::<u64>(), many);
    }
}
