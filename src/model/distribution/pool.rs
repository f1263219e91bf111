//! Several distributions looked at as one.

use super::{Distribution, Edge, beyond, edge};
use crate::model::load::Interval;
use crate::model::quantity::{Elapsed, Percentile};

/// Samples that are sorted on one thread, as fast as another one would start.
const FEW: usize = 1 << 14;

/// Several distributions looked at as one, without merging them.
pub struct Pool<'d>(Vec<&'d Distribution>);

impl<'d> Pool<'d> {
    /// Of these distributions.
    pub fn of(distributions: impl IntoIterator<Item = &'d mut Distribution>) -> Pool<'d> {
        let mut all: Vec<&mut Distribution> = distributions.into_iter().collect();
        settle(&mut all);
        Pool(all.into_iter().map(|distribution| &*distribution).collect())
    }

    /// How many samples there are.
    pub fn count(&self) -> u64 {
        self.0.iter().map(|one| one.count).sum()
    }

    /// Whether every value is kept as it was.
    pub fn is_exact(&self) -> bool {
        self.0.iter().all(|one| one.is_exact())
    }

    /// The smallest sample; `None` where there is none.
    pub fn min(&self) -> Option<Elapsed> {
        self.0.iter().filter_map(|one| one.min()).min()
    }

    /// The largest sample; `None` where there is none.
    pub fn max(&self) -> Option<Elapsed> {
        self.0.iter().filter_map(|one| one.max()).max()
    }

    /// The mean, rounded to the nearest nanosecond; `None` where there is no sample.
    pub fn mean(&self) -> Option<Elapsed> {
        let count = u128::from(self.count());
        let sum: u128 = self.0.iter().map(|one| one.sum).sum();
        let mean = (sum + count / 2).checked_div(count)?;
        u64::try_from(mean).ok().map(Elapsed::from_nanos)
    }

    /// Quantiles by linear interpolation between the closest ranks (the rule of k6, of NumPy, and R's type 7),
    /// each with the interval in which the exact one lies; none where there is no sample.
    pub fn quantiles(&self, percentiles: &[Percentile]) -> Vec<(Elapsed, Interval)> {
        let Some(last) = self.count().checked_sub(1).map(u128::from) else { return Vec::new() };
        let whole = u128::from(Percentile::WHOLE);
        let position = |percentile: &Percentile| last * u128::from(percentile.parts());
        let mut ranks: Vec<u128> = percentiles.iter().map(|p| position(p) / whole).collect();
        ranks.extend(ranks.clone().into_iter().map(|rank| (rank + 1).min(last)));
        ranks.sort_unstable();
        ranks.dedup();
        let along = |which: Edge| -> Vec<u64> {
            let values = self.at_ranks(&ranks, which);
            let at = |rank: u128| ranks.binary_search(&rank).ok().and_then(|index| values.get(index)).copied();
            let one = |percentile: &Percentile| {
                let (rank, part) = (position(percentile) / whole, position(percentile) % whole);
                let low = at(rank).unwrap_or_default();
                let high = at((rank + 1).min(last)).unwrap_or(low);
                let between = (u128::from(high - low) * part + whole / 2) / whole;
                low + u64::try_from(between).unwrap_or_default()
            };
            percentiles.iter().map(one).collect()
        };
        let elapsed = Elapsed::from_nanos;
        let values = along(Edge::Kept);
        if self.is_exact() {
            return values.into_iter().map(|v| (elapsed(v), Interval { low: elapsed(v), high: elapsed(v) })).collect();
        }
        let (lows, highs) = (along(Edge::Low), along(Edge::High));
        let ends = lows.into_iter().zip(highs).map(|(low, high)| Interval { low: elapsed(low), high: elapsed(high) });
        values.into_iter().map(elapsed).zip(ends).collect()
    }

    /// The samples of some ranks, counted from 0 and in ascending order.
    ///
    /// The values are counted by size first; only those in the buckets that hold a rank are then put in order.
    fn at_ranks(&self, ranks: &[u128], which: Edge) -> Vec<u64> {
        let edge = |one: &Distribution, value: u64| edge(value, one.level, which, one.extremes.unwrap_or_default());
        let lists = || self.0.iter().filter_map(|one| Some((one, one.sorted.first()?.0, one.sorted.last()?.0)));
        let many: usize = self.0.iter().map(|one| one.sorted.len()).sum();
        let buckets = Buckets { digits: (many.max(1).ilog2().saturating_sub(5)).clamp(2, 10) };
        let Some(first) = lists().map(|(one, low, _)| buckets.number(edge(one, low))).min() else { return Vec::new() };
        let last = lists().map(|(one, _, high)| buckets.number(edge(one, high))).max().unwrap_or(first);
        let mut counts = vec![0u64; last - first + 1];
        for (one, ..) in lists() {
            for (value, count) in &one.sorted {
                counts[buckets.number(edge(one, *value)) - first] += count;
            }
        }
        let mut found = Vec::with_capacity(ranks.len());
        let mut seen = 0;
        for (number, count) in (first..).zip(counts) {
            let before = seen;
            seen += u128::from(count);
            if ranks.get(found.len()).is_none_or(|rank| *rank >= seen) {
                continue;
            }
            let mut inside: Vec<(u64, u64)> = Vec::new();
            for (one, ..) in lists() {
                let from = one.sorted.partition_point(|(value, _)| buckets.number(edge(one, *value)) < number);
                let rest = one.sorted[from..].iter().map(|(value, count)| (edge(one, *value), *count));
                inside.extend(rest.take_while(|(value, _)| buckets.number(*value) == number));
            }
            inside.sort_unstable();
            let mut seen = before;
            for (value, count) in inside {
                seen += u128::from(count);
                while ranks.get(found.len()).is_some_and(|rank| *rank < seen) {
                    found.push(value);
                }
            }
        }
        found
    }
}

/// Sorts in what was added to each, half of it on another thread where it is much.
fn settle(all: &mut [&mut Distribution]) {
    let n_fresh: usize = all.iter().map(|one| one.fresh.len()).sum();
    let mut before = 0;
    let is_half = |one: &&mut Distribution| {
        before += one.fresh.len();
        before > n_fresh / 2
    };
    let half = all.iter().position(is_half).filter(|_| n_fresh > FEW);
    let middle = half.map_or(all.len(), |half| half.max(1));
    let (one, other) = all.split_at_mut(middle);
    let sort = |half: &mut [&mut Distribution]| half.iter_mut().for_each(|distribution| distribution.settle());
    if other.is_empty() {
        return sort(one);
    }
    std::thread::scope(|scope| {
        scope.spawn(|| sort(other));
        sort(one);
    });
}

/// Values by their size: a bucket for each number of binary digits and the first of these.
struct Buckets {
    /// Binary digits after the first one that tell buckets apart.
    digits: u32,
}

impl Buckets {
    /// The number of the bucket of a value; larger values have no smaller one.
    fn number(&self, value: u64) -> usize {
        let dropped = beyond(value, self.digits + 1);
        // No more than 64 * 2^10.
        usize::try_from((u64::from(dropped) << self.digits) + (value >> dropped)).unwrap_or(usize::MAX)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn ranks_are_those_of_all_samples_in_order(
            lists in prop::collection::vec((prop::collection::vec((0u32..40, 0u64..64), 0..60), any::<bool>()), 0..6),
            which in prop::sample::select(&[Edge::Low, Edge::Kept, Edge::High][..]),
        ) {
            let mut distributions: Vec<Distribution> = Vec::new();
            for (samples, is_coarse) in lists {
                let mut one = Distribution::default();
                for (digits, value) in samples {
                    one.record(Elapsed::from_nanos(value << digits));
                }
                if is_coarse {
                    one.coarsen();
                }
                distributions.push(one);
            }
            let pool = Pool::of(&mut distributions);
            let mut all = Vec::new();
            for one in &pool.0 {
                for (value, count) in &one.sorted {
                    let value = edge(*value, one.level, which, one.extremes.unwrap_or_default());
                    all.extend(std::iter::repeat_n(value, usize::try_from(*count).expect("a few")));
                }
            }
            all.sort_unstable();
            let ranks: Vec<u128> = (0..all.len() as u128).step_by(3).collect();
            let expected: Vec<u64> = all.into_iter().step_by(3).collect();
            prop_assert_eq!(pool.at_ranks(&ranks, which), expected);
        }

        #[test]
        fn samples_are_sorted_on_two_threads_as_on_one(sizes in prop::collection::vec(0u64..12_000, 0..6)) {
            let mut some: Vec<Distribution> = Vec::new();
            for size in sizes {
                let mut one = Distribution::default();
                // Fewer than are sorted in as they come.
                one.fresh.extend((0..size).map(|n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 52));
                some.push(one);
            }
            let mut alone = some.clone();
            alone.iter_mut().for_each(Distribution::settle);
            let pool = Pool::of(&mut some);
            prop_assert!(pool.0.iter().all(|one| one.fresh.is_empty()));
            prop_assert!(pool.0.iter().zip(&alone).all(|(one, other)| one.sorted == other.sorted));
        }

        #[test]
        fn buckets_keep_the_order(values in prop::collection::vec((0u32..64, any::<u64>()), 2..20), digits in 2u32..=10) {
            let buckets = Buckets { digits };
            let mut values: Vec<u64> = values.into_iter().map(|(dropped, value)| value >> dropped).collect();
            values.sort_unstable();
            let numbers: Vec<usize> = values.into_iter().map(|value| buckets.number(value)).collect();
            prop_assert!(numbers.is_sorted());
        }
    }
}
