//! Distributions of samples: latencies that are still single values, and the quantiles over them.

use std::collections::BTreeMap;

use super::load::Measurement;
use super::quantity::{Elapsed, Percentile};

/// Distinct values of one distribution that are kept exactly; beyond, values are kept to eleven binary digits.
pub const MAX_EXACT: usize = 1 << 22;
/// Values that are collected before they are sorted in: at least, and at most.
const FRESH: (usize, usize) = (1 << 10, 1 << 16);
/// Binary digits that are kept of a value once there are too many: an error below 0.05 %.
const KEPT_BITS: u32 = 11;

/// A collection of samples.
///
/// Every value is kept exactly, equal ones as one value and a count, up to [`MAX_EXACT`] distinct ones.
/// Beyond that the values are rounded to eleven binary digits; count, sum, smallest and largest stay exact.
/// Memory is bounded in both cases.
#[derive(Clone, Debug, Default)]
pub struct Distribution {
    count: u64,
    sum: u128,
    extremes: Option<(u64, u64)>,
    /// Values as they came.
    fresh: Vec<u64>,
    /// Distinct values in ascending order, with how often each occurs.
    sorted: Vec<(u64, u64)>,
    coarse: bool,
}

impl Distribution {
    /// Adds a sample.
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
        self.coarse |= other.coarse;
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
        !self.coarse
    }

    /// The smallest sample; `None` where there is none.
    pub fn min(&self) -> Option<Elapsed> {
        self.extremes.map(|(min, _)| Elapsed::from_nanos(min))
    }

    /// The largest sample; `None` where there is none.
    pub fn max(&self) -> Option<Elapsed> {
        self.extremes.map(|(_, max)| Elapsed::from_nanos(max))
    }

    /// The mean, rounded to the nearest nanosecond; `None` where there is no sample.
    pub fn mean(&self) -> Option<Elapsed> {
        let count = u128::from(self.count);
        let mean = (self.sum + count / 2).checked_div(count)?;
        u64::try_from(mean).ok().map(Elapsed::from_nanos)
    }

    /// A quantile by linear interpolation between the closest ranks (the rule of k6, of NumPy, and R's type 7);
    /// `None` where there is no sample.
    pub fn quantile(&mut self, percentile: Percentile) -> Option<Elapsed> {
        self.settle();
        let last = u128::from(self.count.checked_sub(1)?);
        let whole = u128::from(Percentile::WHOLE);
        let position = last * u128::from(percentile.parts());
        let (rank, part) = (position / whole, position % whole);
        let (low, high) = self.at_ranks(rank);
        let between = (u128::from(high - low) * part + whole / 2) / whole;
        let (min, max) = self.extremes?;
        let value = u64::try_from(u128::from(low) + between).ok()?;
        Some(Elapsed::from_nanos(value.clamp(min, max)))
    }

    /// The samples of a rank, from 0, and of the next one.
    fn at_ranks(&self, rank: u128) -> (u64, u64) {
        let mut seen = 0;
        for (index, (value, count)) in self.sorted.iter().enumerate() {
            seen += u128::from(*count);
            if rank + 1 < seen {
                return (*value, *value);
            }
            if rank < seen {
                return (*value, self.sorted.get(index + 1).map_or(*value, |(next, _)| *next));
            }
        }
        (0, 0)
    }

    /// The distinct values in ascending order, with how often each occurs.
    pub fn values(&mut self) -> impl Iterator<Item = (Elapsed, u64)> {
        self.settle();
        self.sorted.iter().map(|(value, count)| (Elapsed::from_nanos(*value), *count))
    }

    /// Keeps values to fewer digits from now on, so that there are fewer of them.
    pub fn coarsen(&mut self) {
        self.settle();
        self.fresh = Vec::new();
        self.coarse = true;
        let mut rounded: Vec<(u64, u64)> = Vec::new();
        for (value, count) in self.sorted.drain(..) {
            add(&mut rounded, (round(value), count));
        }
        self.sorted = rounded;
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
            add(&mut counted, (if self.coarse { round(value) } else { value }, 1));
        }
        self.fresh = fresh;
        self.add_sorted(&counted);
    }

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
        if !self.coarse && self.sorted.len() > MAX_EXACT {
            self.coarsen();
        }
    }
}

fn add(sorted: &mut Vec<(u64, u64)>, (value, count): (u64, u64)) {
    match sorted.last_mut() {
        Some(last) if last.0 == value => last.1 += count,
        _ => sorted.push((value, count)),
    }
}

/// The middle of all values that agree in their first digits.
const fn round(value: u64) -> u64 {
    let bits = u64::BITS - value.leading_zeros();
    if bits <= KEPT_BITS {
        return value;
    }
    let dropped = bits - KEPT_BITS;
    ((value >> dropped) << dropped) | (1 << (dropped - 1))
}

impl Measurement {
    /// What samples say of latencies: smallest, mean, largest and the usual percentiles.
    /// Counts of requests are left to the caller.
    pub fn with_latencies(mut self, distribution: &mut Distribution) -> Measurement {
        self.min = distribution.min();
        self.mean = distribution.mean();
        self.max = distribution.max();
        let usual = [Percentile::P50, Percentile::P90, Percentile::P95, Percentile::P99];
        self.percentiles =
            usual.into_iter().filter_map(|p| Some((p, distribution.quantile(p)?))).collect::<BTreeMap<_, _>>();
        self.samples = (self.requests != Some(distribution.count())).then_some(distribution.count());
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
        assert_eq!((all.count(), all.mean(), all.max()), (merged.count(), merged.mean(), merged.max()));
    }

    #[test]
    fn coarse_values_are_near_and_the_extremes_exact() {
        let mut exact = of((1..200_000).map(|n| n * 7_919));
        let mut coarse = exact.clone();
        coarse.coarsen();
        assert!(!coarse.is_exact() && coarse.kept() < exact.kept() / 10);
        assert_eq!((exact.min(), exact.max(), exact.mean()), (coarse.min(), coarse.max(), coarse.mean()));
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
