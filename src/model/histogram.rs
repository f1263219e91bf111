//! How samples are spread: counts between the numbers of a fixed series.

use std::collections::BTreeMap;

use super::distribution::Distribution;
use super::quantity::Elapsed;

/// The bounds of one decade, the R10 series of preferred numbers (ISO 3), in hundredths.
const SERIES: [u64; 10] = [100, 125, 160, 200, 250, 320, 400, 500, 630, 800];

/// Samples between two bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bin {
    /// The smallest value that belongs to it.
    pub from: Elapsed,
    /// The smallest value that does not any more.
    pub to: Elapsed,
    /// How many samples.
    pub count: u64,
}

/// Samples by bin: ten bins to a decade; values below 100 ns stand together in the first.
#[derive(Clone, Debug, Default)]
pub struct Bins(BTreeMap<Elapsed, Bin>);

impl Bins {
    /// Counts all samples of a distribution.
    pub fn add(&mut self, distribution: &mut Distribution) {
        let mut bin: Option<Bin> = None;
        // The values come in order, so a bin is complete when a value lies beyond it.
        for (value, _, count) in distribution.steps() {
            match &mut bin {
                Some(bin) if value < bin.to.nanos() => bin.count += count,
                _ => {
                    self.put(bin.take());
                    bin = Some(Bin { count, ..bin_of(Elapsed::from_nanos(value)) });
                }
            }
        }
        self.put(bin);
    }

    fn put(&mut self, bin: Option<Bin>) {
        if let Some(bin) = bin {
            let known = self.0.entry(bin.from).or_insert(Bin { count: 0, ..bin });
            known.count = known.count.saturating_add(bin.count);
        }
    }

    /// The bins from the one of the smallest to the one of the largest sample, also those that are empty.
    pub fn filled(self) -> Vec<Bin> {
        let mut bins: Vec<Bin> = Vec::new();
        for bin in self.0.into_values() {
            while let Some(last) = bins.last().filter(|last| last.to < bin.from) {
                let next = bin_of(last.to);
                bins.push(next);
            }
            bins.push(bin);
        }
        bins
    }
}

/// Bins put together to three to a decade, which people can read: 1, 2, 5, 10.
pub fn coarse(bins: &[Bin]) -> Vec<Bin> {
    let mut coarse: Vec<Bin> = Vec::new();
    for bin in bins {
        let starts = [1, 2, 5].contains(&leading(bin.from.nanos()));
        match coarse.last_mut() {
            Some(last) if !starts => {
                last.to = bin.to;
                last.count += bin.count;
            }
            _ => coarse.push(*bin),
        }
    }
    coarse
}

/// A number of the form 1, 2 or 5 times a power of ten as this digit; 0 for others.
const fn leading(mut value: u64) -> u64 {
    while value >= 10 && value.is_multiple_of(10) {
        value /= 10;
    }
    if value < 10 { value } else { 0 }
}

/// The empty bin of a value.
fn bin_of(value: Elapsed) -> Bin {
    let value = value.nanos();
    let mut decade = 1_u64;
    while value / 100 >= decade * 10 {
        decade *= 10;
    }
    if value < 100 {
        return Bin { from: Elapsed::ZERO, to: Elapsed::from_nanos(100), count: 0 };
    }
    let place = SERIES.iter().rposition(|step| *step <= value / decade).unwrap_or(0);
    let at = |place: usize| match SERIES.get(place) {
        Some(step) => step.saturating_mul(decade),
        None => decade.saturating_mul(1_000),
    };
    Bin { from: Elapsed::from_nanos(at(place)), to: Elapsed::from_nanos(at(place + 1).max(value)), count: 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[u64]) -> Vec<(u64, u64, u64)> {
        let mut distribution = Distribution::default();
        values.iter().for_each(|value| distribution.record(Elapsed::from_nanos(*value)));
        let mut bins = Bins::default();
        bins.add(&mut distribution);
        bins.filled().iter().map(|bin| (bin.from.nanos(), bin.to.nanos(), bin.count)).collect()
    }

    #[test]
    fn a_value_on_a_bound_belongs_to_the_bin_that_it_starts() {
        assert_eq!(of(&[100, 124, 125]), [(100, 125, 2), (125, 160, 1)]);
        assert_eq!(of(&[999_999, 1_000_000]), [(800_000, 1_000_000, 1), (1_000_000, 1_250_000, 1)]);
    }

    #[test]
    fn gaps_are_empty_bins() {
        assert_eq!(of(&[200, 400]), [(200, 250, 1), (250, 320, 0), (320, 400, 0), (400, 500, 1)]);
    }

    #[test]
    fn zero_and_the_largest_value_have_a_place() {
        assert_eq!(of(&[0, 99]), [(0, 100, 2)]);
        assert_eq!(of(&[u64::MAX - 1]).iter().map(|bin| bin.2).sum::<u64>(), 1);
    }

    #[test]
    fn coarse_bins_hold_the_same_samples() {
        let mut distribution = Distribution::default();
        (1..5_000).for_each(|n| distribution.record(Elapsed::from_nanos(n * n)));
        let mut bins = Bins::default();
        bins.add(&mut distribution);
        let coarse = coarse(&bins.filled());
        assert_eq!(coarse.iter().map(|bin| bin.count).sum::<u64>(), 4_999);
        assert!(coarse.windows(2).all(|pair| pair[0].to == pair[1].from));
        assert!(coarse.len() <= 20, "{}", coarse.len());
    }
}
