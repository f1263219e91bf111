//! Load measurements.

use std::collections::BTreeMap;

use super::histogram::Bin;
use super::pointer::Pointer;
use super::quantity::{Elapsed, Percentile, Rate, Ratio};
use super::timeline::Timeline;

/// One run of a load test, as one artifact tells it.
#[derive(Clone, Debug, Default)]
pub struct LoadRun {
    /// What the run is called; `None` where the artifact does not say.
    pub name: Option<String>,
    /// What was loaded (a base URL); `None` where the artifact does not say.
    pub target: Option<String>,
    /// Everything together.
    pub overall: Measurement,
    /// By request name, in the order of the artifact.
    pub endpoints: Vec<Endpoint>,
    /// Limits that the artifact itself declares.
    pub thresholds: Vec<Threshold>,
    /// How the latencies are spread; empty where the artifact does not hold every single one.
    pub spread: Vec<Bin>,
    /// Requests over time; `None` where the artifact does not hold the time of every single one. Failures are counted
    /// in it only where the artifact tells of every request whether it failed, see [`LoadRun::timed_failures`].
    pub timeline: Option<Timeline>,
    /// Virtual users, threads or connections at the most; `None` where the artifact does not say.
    pub users: Option<u64>,
    /// How long the run took; `None` where the artifact does not say.
    pub elapsed: Option<Elapsed>,
    /// Where it stands.
    pub pointer: Pointer,
}

impl LoadRun {
    /// Whether the failures in the timeline are those of the run.
    pub fn timed_failures(&self) -> bool {
        self.timeline.as_ref().is_some_and(|timeline| Some(timeline.total().failures) == self.overall.failures)
    }
}

/// The measurements of one request name.
#[derive(Clone, Debug, Default)]
pub struct Endpoint {
    /// Its name as the tool writes it.
    pub name: String,
    /// What was measured.
    pub measurement: Measurement,
}

/// Counts and latencies. `None` means that the artifact does not say; it is never a made-up zero.
#[derive(Clone, Debug, Default)]
pub struct Measurement {
    /// Requests that were made.
    pub requests: Option<u64>,
    /// Requests that failed.
    pub failures: Option<u64>,
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
    pub samples: Option<u64>,
    /// Where it stands.
    pub pointer: Pointer,
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

    /// Whether anything was measured at all.
    pub fn is_empty(&self) -> bool {
        self.requests.is_none_or(|n| n == 0) && self.percentiles.is_empty() && self.max.is_none()
    }
}

/// A limit that a load artifact declares, with what the tool says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Threshold {
    /// The metric: `http_req_duration`, `http_req_failed{name:login}`.
    pub metric: String,
    /// The limit as written: `p(95)<500`.
    pub expression: String,
    /// Whether it holds, by the tool; `None` where the tool does not judge it.
    pub holds: Option<bool>,
    /// Where it stands.
    pub pointer: Pointer,
}
