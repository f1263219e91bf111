//! Requests over time: counts in buckets of equal width, never more than a few hundred.

use serde::{Deserialize, Serialize};

use super::quantity::Elapsed;

/// Buckets that are kept at the most.
pub const MAX_BUCKETS: u64 = 240;
/// The width of the finest buckets, in nanoseconds: an eighth of a second.
const FINEST: u64 = 125_000_000;

/// Requests by the time at which they ended.
///
/// Buckets start at whole multiples of their width, which doubles whenever the run would need more than
/// [`MAX_BUCKETS`]. So the buckets of a run depend on its requests alone, not on the order in which they were read or
/// on how they were split and merged.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(try_from = "Wire", into = "Wire")]
#[cfg_attr(test, schemars(with = "Wire"))]
pub struct Timeline {
    /// How often the width was doubled.
    doubled: u32,
    /// The number of the first bucket, counted in widths from the start of time.
    first: u64,
    buckets: Vec<Bucket>,
    /// The bucket of the last request: where it starts and ends, and its place. Most requests fall into it.
    last: (u64, u64, usize),
}

/// A timeline in a bundle.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct Wire {
    /// How often the width of an eighth of a second was doubled.
    doubled: u32,
    /// The number of the first bucket, counted in widths from the start of time.
    first: u64,
    /// Requests and failures of each bucket.
    buckets: Vec<(u64, u64)>,
}

impl From<Timeline> for Wire {
    fn from(timeline: Timeline) -> Wire {
        let buckets = timeline.buckets.iter().map(|bucket| (bucket.requests, bucket.failures)).collect();
        Wire { doubled: timeline.doubled, first: timeline.first, buckets }
    }
}

impl TryFrom<Wire> for Timeline {
    type Error = &'static str;

    fn try_from(wire: Wire) -> Result<Timeline, Self::Error> {
        let width =
            1_u64.checked_shl(wire.doubled).and_then(|times| FINEST.checked_mul(times)).filter(|_| wire.doubled < 37);
        let width = width.ok_or("a timeline has wider buckets than there is time")?;
        let count = wire.buckets.len() as u64;
        if count > MAX_BUCKETS || wire.first.checked_add(count).is_none_or(|last| last > u64::MAX / width + 1) {
            return Err("a timeline has more buckets than there may be");
        }
        if wire.buckets.iter().any(|(requests, failures)| failures > requests)
            || wire.buckets.iter().try_fold(0_u64, |sum, (requests, _)| sum.checked_add(*requests)).is_none()
        {
            return Err("a timeline has counts that cannot be");
        }
        let buckets = wire.buckets.into_iter().map(|(requests, failures)| Bucket { requests, failures }).collect();
        Ok(Timeline { doubled: wire.doubled, first: wire.first, buckets, last: (0, 0, 0) })
    }
}

/// The requests of one bucket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bucket {
    /// Requests that ended in it.
    pub requests: u64,
    /// Those of them that failed.
    pub failures: u64,
}

impl Timeline {
    /// Counts a request that ended at a time, in nanoseconds since any fixed moment.
    #[inline]
    pub fn record(&mut self, end: u64, failed: bool) {
        let (from, to, place) = self.last;
        let place = if from <= end && end < to { place } else { self.find(end) };
        if let Some(bucket) = self.buckets.get_mut(place) {
            bucket.requests += 1;
            bucket.failures += u64::from(failed);
        }
    }

    /// Adds all requests of another timeline.
    pub fn merge(&mut self, mut other: Timeline) {
        while self.doubled < other.doubled {
            self.double();
        }
        while other.doubled < self.doubled {
            other.double();
        }
        for (index, bucket) in (0..).zip(&other.buckets).filter(|(_, bucket)| bucket.requests > 0) {
            let at = (other.first + index).saturating_mul(other.nanos());
            let place = self.find(at);
            if let Some(mine) = self.buckets.get_mut(place) {
                mine.requests = mine.requests.saturating_add(bucket.requests);
                mine.failures = mine.failures.saturating_add(bucket.failures);
            }
        }
    }

    /// The buckets in order of time; those between the first and the last request are there even where they are empty.
    pub fn buckets(&self) -> &[Bucket] {
        &self.buckets
    }

    /// How long a bucket is.
    pub const fn width(&self) -> Elapsed {
        Elapsed::from_nanos(self.nanos())
    }

    /// All requests.
    pub fn total(&self) -> Bucket {
        sum(&self.buckets)
    }

    /// The same requests in at most so many steps from the first bucket on, for people: where each starts, how long it
    /// is, and its requests. The last one is as long as what is left.
    pub fn steps(&self, most: usize) -> impl Iterator<Item = (Elapsed, Elapsed, Bucket)> {
        let size = self.buckets.len().div_ceil(most.max(1)).max(1);
        let nanos = |buckets: usize| Elapsed::from_nanos(self.nanos().saturating_mul(buckets as u64));
        self.buckets
            .chunks(size)
            .enumerate()
            .map(move |(index, step)| (nanos(index * size), nanos(step.len()), sum(step)))
    }

    const fn nanos(&self) -> u64 {
        FINEST.saturating_mul(1_u64.wrapping_shl(self.doubled))
    }

    /// The place of the bucket of a time, which is made where it is not there.
    fn find(&mut self, time: u64) -> usize {
        let mut index = time / self.nanos();
        if self.buckets.is_empty() {
            self.first = index;
            self.buckets.push(Bucket::default());
        }
        loop {
            let last = self.first + self.buckets.len() as u64 - 1;
            if self.first.min(index) + MAX_BUCKETS > last.max(index) {
                break;
            }
            self.double();
            index /= 2;
        }
        if index < self.first {
            let missing = usize::try_from(self.first - index).unwrap_or(0);
            self.buckets.splice(0..0, std::iter::repeat_n(Bucket::default(), missing));
            self.first = index;
        }
        let place = usize::try_from(index - self.first).unwrap_or(0);
        if place >= self.buckets.len() {
            self.buckets.resize(place + 1, Bucket::default());
        }
        let from = index.saturating_mul(self.nanos());
        self.last = (from, from.saturating_add(self.nanos()), place);
        place
    }

    /// Makes the buckets twice as wide.
    fn double(&mut self) {
        let first = self.first / 2;
        let mut wide: Vec<Bucket> = Vec::with_capacity(self.buckets.len() / 2 + 1);
        for (index, bucket) in (self.first..).zip(&self.buckets) {
            let place = usize::try_from(index / 2 - first).unwrap_or(0);
            if place >= wide.len() {
                wide.push(Bucket::default());
            }
            wide[place].requests += bucket.requests;
            wide[place].failures += bucket.failures;
        }
        self.first = first;
        self.buckets = wide;
        self.doubled += 1;
        self.last = (0, 0, 0);
    }
}

fn sum(buckets: &[Bucket]) -> Bucket {
    buckets.iter().fold(Bucket::default(), |sum, bucket| Bucket {
        requests: sum.requests.saturating_add(bucket.requests),
        failures: sum.failures.saturating_add(bucket.failures),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    fn of(times: impl IntoIterator<Item = u64>) -> Timeline {
        let mut timeline = Timeline::default();
        for time in times {
            timeline.record(time, time % 3 == 0);
        }
        timeline.last = (0, 0, 0);
        timeline
    }

    #[test]
    fn a_short_run_has_fine_buckets_and_its_pauses_are_shown() {
        let timeline = of([10 * SECOND, 10 * SECOND + 1, 11 * SECOND]);
        assert_eq!(timeline.width(), Elapsed::from_nanos(FINEST));
        let requests: Vec<u64> = timeline.buckets().iter().map(|bucket| bucket.requests).collect();
        assert_eq!(requests, [2, 0, 0, 0, 0, 0, 0, 0, 1]);
    }

    #[test]
    fn any_order_and_any_split_give_the_same_buckets() {
        let times: Vec<u64> = (0..5_000_u64).map(|n| SECOND * 1_000 + n * n * 40_009).collect();
        let all = of(times.iter().copied());
        assert!(all.buckets().len() as u64 <= MAX_BUCKETS && all.buckets().len() as u64 > MAX_BUCKETS / 2 - 2);
        assert_eq!(all.total().requests, 5_000);
        assert_eq!(all, of(times.iter().rev().copied()));
        let mut merged = of(times.iter().copied().skip(3_000));
        merged.merge(of(times.iter().copied().take(3_000)));
        merged.last = (0, 0, 0);
        assert_eq!(all, merged);
    }

    #[test]
    fn the_widest_span_there_is_stays_bounded() {
        let timeline = of([u64::MAX, 0, u64::MAX / 2]);
        assert!(timeline.buckets().len() as u64 <= MAX_BUCKETS);
        assert_eq!(timeline.total().requests, 3);
    }

    #[test]
    fn fewer_buckets_lose_no_request() {
        let timeline = of((0..400).map(|n| n * FINEST));
        let steps: Vec<_> = timeline.steps(12).collect();
        assert!(steps.len() <= 12);
        assert_eq!(steps.iter().map(|(_, _, bucket)| bucket.requests).sum::<u64>(), 400);
        let length: u64 = steps.iter().map(|(_, length, _)| length.nanos()).sum();
        assert_eq!(length, timeline.width().nanos() * timeline.buckets().len() as u64);
    }
}
