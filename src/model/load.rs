//! Load measurements.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::distribution::{Distribution, Pool};
use super::histogram::{Bin, Bins};
use super::pointer::Pointer;
use super::quantity::{Elapsed, Percentile, Rate, Ratio};
use super::release::{Source, Sourced};
use super::timeline::Timeline;

/// One run of a load test, as one artifact tells it.
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::model#example).")]
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct LoadRun {
    /// What the run is called; `None` where the artifact does not say.
    pub name: Option<String>,
    /// What was loaded (a base URL); `None` where the artifact does not say.
    pub target: Option<String>,
    /// Everything together.
    pub overall: Measurement,
    /// By request name, in the order of the artifact.
    pub endpoints: Vec<Endpoint>,
    /// The names of the endpoints whose requests stand beside others: they sum up others, or are parts of others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub beside: Vec<String>,
    /// Everything together but what stands beside others; `None` where nothing does, or everything. Formed when the
    /// single latencies are let go of.
    #[serde(skip)]
    pub alone: Option<Box<Measurement>>,
    /// Limits that the artifact itself declares.
    pub thresholds: Vec<Threshold>,
    /// How the latencies are spread; empty where the artifact does not hold every single one.
    /// Filled when the single latencies are let go of.
    #[serde(skip)]
    pub spread: Vec<Bin>,
    /// Requests over time; `None` where the artifact does not hold the time of every single one. Failures are counted
    /// in it only where the artifact tells of every request whether it failed, see [`LoadRun::timed_failures`].
    #[serde(default)]
    pub timeline: Option<Timeline>,
    /// Virtual users, threads or connections at the most; `None` where the artifact does not say.
    #[serde(default, deserialize_with = "super::wire::maybe_count")]
    pub users: Option<u64>,
    /// How long the run took; `None` where the artifact does not say.
    pub elapsed: Option<Elapsed>,
    /// When the first request started and the last one ended; `None` where the artifact does not say.
    #[cfg_attr(test, schemars(with = "Option<(String, String)>"))]
    pub span: Option<(Timestamp, Timestamp)>,
    /// Where it stands.
    pub pointer: Pointer,
    /// The runs of single shards that it was merged from; empty for a run as one artifact tells it.
    #[serde(skip)]
    pub parts: Vec<Source>,
}

impl LoadRun {
    /// The distributions that are kept: that of all together, or those of the endpoints.
    pub fn distributions(&mut self) -> impl Iterator<Item = &mut Distribution> {
        let measured = std::iter::once(&mut self.overall).chain(self.endpoints.iter_mut().map(|e| &mut e.measurement));
        measured.filter_map(|measurement| measurement.distribution.as_mut())
    }

    /// Lets go of the single latencies, of which only their spread is kept.
    pub fn forget(&mut self) {
        if self.is_pooled() || self.overall.distribution.is_some() {
            let mut bins = Bins::default();
            let all = self.overall.distribution.is_some();
            self.distributions().take(if all { 1 } else { usize::MAX }).for_each(|samples| bins.add(samples));
            self.spread = bins.filled();
        }
        if self.alone.is_none() {
            self.alone = self.requests_alone().map(Box::new);
        }
        self.overall.distribution = None;
        self.endpoints.iter_mut().for_each(|endpoint| endpoint.measurement.distribution = None);
    }

    /// What is known of everything but what stands beside others. The whole may leave out some of the endpoints, as
    /// JMeter's statistics do with transactions: then its counts are those of the whole less what is a part.
    fn requests_alone(&mut self) -> Option<Measurement> {
        let LoadRun { overall, endpoints, beside, elapsed, .. } = self;
        let (parts, mut alone): (Vec<&mut Measurement>, Vec<&mut Measurement>) = {
            let (parts, alone): (Vec<_>, Vec<_>) = endpoints.iter_mut().partition(|e| beside.contains(&e.name));
            let measured =
                |endpoints: Vec<_>| endpoints.into_iter().map(|e: &mut Endpoint| &mut e.measurement).collect();
            (measured(parts), measured(alone))
        };
        if parts.is_empty() || alone.is_empty() {
            return None;
        }
        let sum = |rows: &[&mut Measurement], of: fn(&Measurement) -> Option<u64>| {
            rows.iter().try_fold(0u64, |sum, row| sum.checked_add(of(row)?))
        };
        let all = sum(&parts, |m| m.requests).zip(sum(&alone, |m| m.requests));
        let are_all = overall.requests.is_none() || overall.requests == all.and_then(|(a, b)| a.checked_add(b));
        let count = |of: fn(&Measurement) -> Option<u64>| match are_all {
            true => sum(&alone, of),
            false => of(overall)?.checked_sub(sum(&parts, of)?),
        };
        let requests = count(|m| m.requests);
        let by_time = requests.zip(*elapsed).and_then(|(requests, elapsed)| Rate::of(requests, elapsed));
        let by_share = || overall.throughput?.share(requests?, overall.requests?);
        let whole = Measurement {
            requests,
            failures: count(|m| m.failures),
            throughput: by_time.or_else(by_share),
            pointer: overall.pointer.clone(),
            parts: overall.parts.clone(),
            ..Measurement::default()
        };
        if alone.iter().any(|row| row.distribution.is_some()) {
            return Some(whole.with_latencies(&Pool::of(alone.iter_mut().filter_map(|row| row.distribution.as_mut()))));
        }
        let whole = Measurement { mean: mean_without(overall, requests, &parts), ..whole };
        Some(if are_all { whole.with_summaries(&mut alone) } else { whole.within(overall, &alone) })
    }

    /// What limits over all requests are judged by: everything together, and everything but what stands beside others.
    pub fn wholes(&self) -> impl Iterator<Item = &Measurement> {
        std::iter::once(&self.overall).chain(self.alone.as_deref())
    }

    /// Whether it declares thresholds and measures nothing.
    pub fn is_thresholds_alone(&self) -> bool {
        let says = self.overall.requests.or(self.overall.failures);
        let is_empty = says.is_none() && self.overall.is_empty() && self.overall.error_rate().is_none();
        is_empty && self.endpoints.is_empty() && !self.thresholds.is_empty()
    }

    /// Whether the latencies of all together are those of the endpoints, and each of them is kept.
    pub fn is_pooled(&self) -> bool {
        let counts = self.endpoints.iter().map(|e| e.measurement.distribution.as_ref().map(Distribution::count));
        let pooled: Option<u64> = counts.sum();
        let samples = self.overall.samples.or(self.overall.requests);
        self.overall.distribution.is_none() && pooled.is_some_and(|pooled| pooled > 0 && Some(pooled) == samples)
    }

    /// Forms everything anew that follows from single latencies and from buckets.
    pub fn recompute(&mut self) {
        if self.is_pooled() {
            let pool = Pool::of(self.endpoints.iter_mut().filter_map(|e| e.measurement.distribution.as_mut()));
            self.overall = std::mem::take(&mut self.overall).with_latencies(&pool);
        }
        let endpoints = self.endpoints.iter_mut().map(|endpoint| &mut endpoint.measurement);
        for measurement in std::iter::once(&mut self.overall).chain(endpoints) {
            if let Some(mut distribution) = measurement.distribution.take() {
                *measurement = std::mem::take(measurement).with_latencies(&Pool::of([&mut distribution]));
                measurement.distribution = Some(distribution);
            } else if !measurement.buckets.is_empty() {
                *measurement = std::mem::take(measurement).with_buckets();
            }
        }
    }
}

impl Sourced<LoadRun> {
    /// Where the run stands: one place, or one for each shard.
    pub fn places(&self) -> Vec<Source> {
        self.places_or(&self.value.parts, &self.value.pointer)
    }

    /// Where a measurement of the run stands: one place, or one for each shard.
    pub fn places_of(&self, measurement: &Measurement) -> Vec<Source> {
        self.places_or(&measurement.parts, &measurement.pointer)
    }

    /// Where a threshold of the run stands.
    pub fn place_of(&self, threshold: &Threshold) -> Source {
        threshold.part.clone().unwrap_or_else(|| self.source(&threshold.pointer))
    }

    fn places_or(&self, parts: &[Source], pointer: &Pointer) -> Vec<Source> {
        if parts.is_empty() { vec![self.source(pointer)] } else { parts.to_vec() }
    }
}

impl LoadRun {
    /// Whether the failures in the timeline are those of the run.
    pub fn timed_failures(&self) -> bool {
        self.timeline.as_ref().is_some_and(|timeline| Some(timeline.total().failures) == self.overall.failures)
    }
}

/// The measurements of one request name.
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::model#example).")]
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Endpoint {
    /// Its name as the tool writes it.
    pub name: String,
    /// What was measured.
    pub measurement: Measurement,
}

/// Counts and latencies. `None` means that the artifact does not say; it is never a made-up zero.
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::model#example).")]
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Measurement {
    /// Requests that were made.
    #[serde(default, deserialize_with = "super::wire::maybe_count")]
    pub requests: Option<u64>,
    /// Requests that failed; the most that can have, where `failures_at_least` says something else.
    #[serde(default, deserialize_with = "super::wire::maybe_count")]
    pub failures: Option<u64>,
    /// The fewest requests that can have failed, where the artifact counts failures twice and not which are the same;
    /// `None` where that is `failures`.
    #[serde(default, deserialize_with = "super::wire::maybe_count", skip_serializing_if = "Option::is_none")]
    pub failures_at_least: Option<u64>,
    /// The share of failed requests as the tool gives it; see [`Measurement::error_rate`].
    pub stated_error_rate: Option<Ratio>,
    /// Requests per second.
    pub throughput: Option<Rate>,
    /// The fastest answer.
    pub min: Option<Elapsed>,
    /// The mean.
    pub mean: Option<Elapsed>,
    /// The slowest answer.
    pub max: Option<Elapsed>,
    /// The percentiles that the artifact gives or that were computed from its samples.
    pub percentiles: BTreeMap<Percentile, Elapsed>,
    /// How many samples the latencies rest on, where that is not the number of requests.
    #[serde(default, deserialize_with = "super::wire::maybe_count")]
    pub samples: Option<u64>,
    /// The latencies one by one; `None` where the artifact does not have them, or nobody needs them any more.
    pub distribution: Option<Distribution>,
    /// The latencies as counts between bounds; empty where the artifact has no histogram.
    #[serde(default)]
    pub buckets: Vec<Bucket>,
    /// Where each percentile lies that is not known exactly. Its value in `percentiles` is the likeliest where values
    /// were rounded, and the worse end where summaries were merged.
    #[serde(skip)]
    pub intervals: BTreeMap<Percentile, Interval>,
    /// Why percentiles are not exact; `None` where they are, or are the tool's own.
    #[serde(skip)]
    pub inexact: Option<Inexact>,
    /// Where it stands.
    pub pointer: Pointer,
    /// The measurements of single shards that it was merged from; empty for one that an artifact tells.
    #[serde(skip)]
    pub parts: Vec<Source>,
}

/// How many latencies lie between two bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Bucket {
    /// The lower bound.
    pub low: Elapsed,
    /// The upper bound; `None` where there is none.
    pub high: Option<Elapsed>,
    /// How many; in parts of the whole where the number of requests is not known.
    #[serde(deserialize_with = "super::wire::count")]
    pub count: u64,
}

/// The least and the most that a value can be.
///
/// See the [example](mod@crate::model#example).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    /// The least.
    pub low: Elapsed,
    /// The most.
    pub high: Elapsed,
}

/// Why a percentile is not exact.
///
/// See the [example](mod@crate::model#example).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Inexact {
    /// There were too many distinct values, so they were kept to a few digits.
    Rounded,
    /// The artifact has a histogram: counts between bounds.
    Buckets,
    /// It was merged from summaries, which do not have the single values.
    Summaries,
}

impl Measurement {
    /// The share of failed requests: from the counts where both are known, else as the tool gives it.
    /// A share that the reader formed from counts itself, since the tool does not count
    /// unanswered requests among the requests, comes first.
    pub fn error_rate(&self) -> Option<Ratio> {
        if let Some(stated) = self.stated_error_rate.filter(|rate| rate.whole() != Ratio::UNKNOWN_WHOLE) {
            return Some(stated);
        }
        match (self.failures, self.requests) {
            (Some(failures), Some(requests)) if failures <= requests => Ratio::new(failures, requests),
            _ => self.stated_error_rate,
        }
    }

    /// The least that the share of failed requests can be, where that is not [`Measurement::error_rate`].
    pub fn least_error_rate(&self) -> Option<Ratio> {
        Ratio::new(self.failures_at_least?, self.requests?)
    }

    /// Whether the value of a percentile is the worse end of an interval, and not the percentile itself.
    pub fn is_bound(&self, percentile: Percentile) -> bool {
        let of_interval = matches!(self.inexact, Some(Inexact::Summaries | Inexact::Buckets));
        of_interval && self.intervals.get(&percentile).is_some_and(|interval| interval.low < interval.high)
    }

    /// Whether anything was measured at all.
    pub fn is_empty(&self) -> bool {
        self.requests.is_none_or(|n| n == 0) && self.percentiles.is_empty() && self.max.is_none()
    }
}

/// The mean of a whole of so many requests without its parts.
fn mean_without(whole: &Measurement, requests: Option<u64>, parts: &[&mut Measurement]) -> Option<Elapsed> {
    let sum = |mean: Option<Elapsed>, count: Option<u64>| u128::from(mean?.nanos()).checked_mul(u128::from(count?));
    let mut rest = sum(whole.mean, whole.requests)?;
    for part in parts.iter().filter(|part| part.requests != Some(0)) {
        rest = rest.checked_sub(sum(part.mean, part.requests)?)?;
    }
    u64::try_from(rest.checked_div(u128::from(requests?))?).ok().map(Elapsed::from_nanos)
}

/// A limit that a load artifact declares, with what the tool says of it.
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::model#example).")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Threshold {
    /// The metric: `http_req_duration`, `http_req_failed{name:login}`.
    pub metric: String,
    /// The limit as written: `p(95)<500`.
    pub expression: String,
    /// Whether it holds, by the tool; `None` where the tool does not judge it.
    pub holds: Option<bool>,
    /// Where it stands.
    pub pointer: Pointer,
    /// The place of a threshold whose run was merged; `None` where it stands in the run's own artifact.
    #[serde(skip)]
    pub part: Option<Source>,
}
