//! Locust: the JSON statistics.
//!
//! ```json
//! [{"name": "/health", "method": "GET", "num_requests": 117, "num_failures": 0, "num_none_requests": 0,
//!   "total_response_time": 8700.5, "min_response_time": 3.9, "max_response_time": 343.5,
//!   "start_time": 1795424171.5, "last_request_timestamp": 1795424174.1, "response_times": {"150": 3, "48": 114}}]
//! ```
//!
//! Times are in milliseconds.
//! The file has no percentiles: they are computed by Locust's own rule from `response_times`, which Locust rounds to
//! two digits (147 becomes 150), so they are that coarse (locustio/locust, `locust/stats.py`).
//! The whole is merged from all entries; the rate is all requests over the time from the first start to the last request.
//! What Locust counts as a failure depends on the locustfile; by default it is every status of 400 and above.

use std::collections::BTreeMap;

use crate::formats::Format;
use crate::model::{Elapsed, Endpoint, Evidence, Kind, LoadRun, Measurement, Percentile, Rate, Tool, Unit};
use crate::source::{Doc, Node, Probe, Stop};

use super::summary::settle;
use crate::diagnostics::Diagnostic;

pub(super) static FORMAT: Format = Format {
    id: "locust-json",
    kinds: &[Kind::Load],
    tool: "Locust",
    title: "JSON statistics",
    produce: "locust --headless -u 10 -t 60s --json > locust.json",
    detect,
    read,
};

fn detect(probe: &Probe<'_>) -> bool {
    probe.elements().next().is_some_and(|first| first.has(&["num_requests", "num_failures", "response_times"]))
}

/// What is added up over all entries.
#[derive(Default)]
struct Sum {
    requests: u64,
    failures: u64,
    /// Milliseconds.
    total: f64,
    answered: u64,
    min: Option<Elapsed>,
    max: Option<Elapsed>,
    buckets: BTreeMap<u64, u64>,
    start: Option<f64>,
    end: Option<f64>,
    broken: bool,
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    evidence.tool = Some(Tool::new("Locust", None));
    let diags = doc.diags().clone();
    let mut run = LoadRun::default();
    let mut all = Sum::default();
    let result = doc.records(|tree| {
        let mut sum = Sum::default();
        let name = entry(tree.root(), &mut sum);
        let mut measurement = sum.measure();
        measurement.pointer = tree.root().pointer();
        run.endpoints.push(Endpoint { name, measurement });
        all.merge(sum);
        Ok(())
    });
    run.overall = all.measure();
    run.elapsed = all.start.zip(all.end).and_then(|(start, end)| Elapsed::from_secs(end - start).ok());
    run.overall.throughput = run.elapsed.zip(run.overall.requests).and_then(|(elapsed, n)| Rate::of(n, elapsed));
    settle(&mut run, &diags, |code, message| Diagnostic::new(code, message));
    evidence.loads.push(run);
    result
}

fn entry(node: Node<'_>, sum: &mut Sum) -> String {
    let (requests, failures) = (node.require("num_requests").u64(), node.require("num_failures").u64());
    sum.broken = requests.is_none() || failures.is_none();
    sum.requests = requests.unwrap_or_default();
    sum.failures = failures.unwrap_or_default();
    sum.answered = sum.requests.saturating_sub(node.get("num_none_requests").u64().unwrap_or_default());
    sum.total = node.get("total_response_time").f64().unwrap_or_default();
    sum.min = node.get("min_response_time").elapsed(Unit::Millis);
    sum.max = node.get("max_response_time").elapsed(Unit::Millis);
    sum.start = node.get("start_time").f64();
    sum.end = node.get("last_request_timestamp").f64();
    for (millis, count) in node.get("response_times").members() {
        let time = millis.parse().ok().and_then(|millis| Elapsed::from_millis(millis).ok());
        match (time, count.u64()) {
            (Some(time), Some(count)) => *sum.buckets.entry(time.nanos()).or_default() += count,
            (None, _) => {
                let shown = crate::source::json::shorten(&millis);
                count.report(&crate::diagnostics::codes::OUT_OF_RANGE, format!("`{shown}` is not a time"));
            }
            (_, None) => {}
        }
    }
    let name = node.get("name").string().unwrap_or_default();
    match node.get("method").filled() {
        Some(method) => format!("{method} {name}"),
        None => name,
    }
}

impl Sum {
    fn merge(&mut self, other: Sum) {
        self.broken |= other.broken;
        self.requests = self.requests.saturating_add(other.requests);
        self.failures = self.failures.saturating_add(other.failures);
        self.answered = self.answered.saturating_add(other.answered);
        self.total += other.total;
        self.min = [self.min, other.min].into_iter().flatten().min();
        self.max = self.max.max(other.max);
        self.start = [self.start, other.start].into_iter().flatten().reduce(f64::min);
        self.end = [self.end, other.end].into_iter().flatten().reduce(f64::max);
        for (time, count) in other.buckets {
            *self.buckets.entry(time).or_default() += count;
        }
    }

    fn measure(&self) -> Measurement {
        let counted = |n: u64| (!self.broken).then_some(n);
        #[expect(clippy::cast_precision_loss, reason = "a mean needs no more digits")]
        let mean = (self.answered > 0).then(|| self.total / self.answered as f64);
        let usual = [Percentile::P50, Percentile::P90, Percentile::P95, Percentile::P99];
        Measurement {
            requests: counted(self.requests),
            failures: counted(self.failures),
            min: self.min,
            mean: mean.and_then(|mean| Elapsed::from_millis(mean).ok()),
            max: self.max,
            percentiles: usual.into_iter().filter_map(|p| Some((p, self.percentile(p)?))).collect(),
            ..Measurement::default()
        }
    }

    /// From the slowest bucket down, until no more than that share of the requests is left.
    fn percentile(&self, percentile: Percentile) -> Option<Elapsed> {
        let all: u64 = self.buckets.values().sum();
        let share = u128::from(all) * u128::from(percentile.parts()) / u128::from(Percentile::WHOLE);
        let mut left = all;
        for (time, count) in self.buckets.iter().rev() {
            left -= count;
            if u128::from(left) <= share {
                return Some(Elapsed::from_nanos(*time));
            }
        }
        None
    }
}
