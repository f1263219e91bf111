//! What the formats that hold single requests have in common: samples by request name.

use std::collections::HashMap;

use jiff::Timestamp;

use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{FOLDED, NOTHING_RAN};
use crate::model::timeline::Timeline;
use crate::model::{Distribution, Elapsed, Endpoint, LoadRun, Measurement, Pointer, Rate};
use crate::source::Diags;

/// Request names that are kept apart; requests of further names are counted together.
pub(super) const MAX_NAMES: usize = 2_000;
/// Distinct latencies that all names together keep exactly.
const MAX_KEPT: usize = crate::model::distribution::MAX_EXACT;
/// Bytes of a request name that are kept.
const MAX_NAME: usize = 4096;
/// The name of what is beyond [`MAX_NAMES`].
const REST: &str = "(other)";

/// Requests by name.
#[derive(Default)]
pub(super) struct Requests {
    names: HashMap<Box<str>, usize>,
    groups: Vec<Group>,
    since_check: usize,
    rest: Option<usize>,
    span: Option<(u64, u64)>,
    timeline: Timeline,
}

/// The requests of one name.
pub(super) struct Group {
    name: Box<str>,
    line: Pointer,
    /// Requests that were made.
    pub requests: u64,
    /// Requests that failed.
    pub failures: u64,
    /// Requests of which nothing tells whether they failed.
    pub unknown: u64,
    /// Requests that a metric of their own judges: how many, and how many of them failed.
    judged: (u64, u64),
    latencies: Distribution,
}

impl Requests {
    /// The requests of a name, made on first use at `pointer`.
    pub fn group(&mut self, name: &str, pointer: impl FnOnce() -> Pointer) -> &mut Group {
        let name = clip(name);
        self.since_check += 1;
        if self.since_check > 1 << 18 {
            self.since_check = 0;
            self.keep_budget();
        }
        let index = match self.names.get(name) {
            Some(index) => *index,
            None if self.names.len() < MAX_NAMES => {
                let index = self.groups.len();
                self.names.insert(name.into(), index);
                self.groups.push(Group::new(name, pointer()));
                index
            }
            None => *self.rest.get_or_insert_with(|| {
                self.groups.push(Group::new(REST, pointer()));
                self.groups.len() - 1
            }),
        };
        &mut self.groups[index]
    }

    /// Takes the times of a request, in nanoseconds since any fixed moment, and whether it failed; `None` where the
    /// record does not say.
    pub fn spans(&mut self, start: u64, end: u64, failed: Option<bool>) {
        self.timeline.record(end, failed == Some(true));
        let (first, last) = self.span.unwrap_or((start, end));
        self.span = Some((first.min(start), last.max(end)));
    }

    /// When the last request ended, where the times are since the epoch.
    pub fn end(&self) -> Option<Timestamp> {
        let (_, end) = self.span?;
        Timestamp::from_nanosecond(i128::from(end)).ok()
    }

    fn keep_budget(&mut self) {
        while self.groups.iter().map(|group| group.latencies.kept()).sum::<usize>() > MAX_KEPT {
            let largest = self.groups.iter_mut().filter(|g| g.latencies.is_exact()).max_by_key(|g| g.latencies.kept());
            let Some(largest) = largest else { return };
            largest.latencies.coarsen();
        }
    }

    /// The run that they make. Where nothing was requested, that is reported.
    pub fn finish(mut self, diags: &Diags) -> LoadRun {
        if let Some(rest) = self.rest {
            let group = &self.groups[rest];
            let message = format!(
                "more than {MAX_NAMES} request names; {} requests of further names are counted as `{REST}`",
                group.requests
            );
            diags.push(Diagnostic::new(&FOLDED, message).at(group.line.clone()).help(
                "give requests with ids in their URL one name in the load script (k6: tag `name`, JMeter: label)",
            ));
        }
        let mut whole = Group::new("", Pointer::whole());
        let mut endpoints = Vec::new();
        let mut latencies = Vec::new();
        for mut group in self.groups.drain(..) {
            group.settle();
            let measurement = group.measure();
            whole.requests += group.requests;
            whole.failures += group.failures;
            whole.unknown += group.unknown;
            latencies.push(group.latencies);
            endpoints.push(Endpoint { name: group.name.into(), measurement });
        }
        whole.latencies = Distribution::sum(latencies);
        let mut overall = whole.measure();
        if whole.requests == 0 {
            diags.push(Diagnostic::new(&NOTHING_RAN, "no request is recorded"));
            overall = Measurement { requests: Some(0), ..Measurement::default() };
        }
        let spread = whole.latencies.histogram();
        let timed = self.timeline.total().requests;
        let timeline = (timed > 0 && timed == whole.requests).then_some(self.timeline);
        let elapsed = self.span.map(|(first, last)| Elapsed::from_nanos(last - first));
        overall.throughput = elapsed.and_then(|elapsed| Rate::of(whole.requests, elapsed));
        LoadRun { overall, endpoints, spread, timeline, elapsed, ..LoadRun::default() }
    }
}

impl Group {
    fn new(name: &str, line: Pointer) -> Group {
        let latencies = Distribution::default();
        Group { name: name.into(), line, requests: 0, failures: 0, unknown: 0, judged: (0, 0), latencies }
    }

    /// Counts a request with its latency and whether it failed; `None` where the record does not say.
    pub fn add(&mut self, latency: Option<Elapsed>, failed: Option<bool>) {
        self.requests += 1;
        match failed {
            Some(failed) => self.failures += u64::from(failed),
            None => self.unknown += 1,
        }
        if let Some(latency) = latency {
            self.latencies.record(latency);
        }
    }

    /// Counts the verdict on a request that is told apart from the request itself.
    pub fn judge(&mut self, failed: bool) {
        self.judged.0 += 1;
        self.judged.1 += u64::from(failed);
    }

    fn settle(&mut self) {
        let (judged, failed) = self.judged;
        if judged > 0 {
            self.failures = failed;
            self.unknown = self.requests.saturating_sub(judged);
        }
    }

    fn measure(&mut self) -> Measurement {
        let measurement = Measurement {
            requests: Some(self.requests),
            failures: (self.unknown == 0).then_some(self.failures),
            pointer: self.line.clone(),
            ..Measurement::default()
        };
        measurement.with_latencies(&mut self.latencies)
    }
}

/// The start of a name that is longer than any name should be.
fn clip(name: &str) -> &str {
    if name.len() <= MAX_NAME {
        return name;
    }
    let end = (0..=MAX_NAME).rev().find(|end| name.is_char_boundary(*end));
    &name[..end.unwrap_or_default()]
}

/// Parses a decimal number of `unit` as time; `None` for what is none, is negative or not finite.
pub(super) fn latency(field: &[u8], unit: crate::model::Unit) -> Option<Elapsed> {
    let text = std::str::from_utf8(field).ok()?.trim();
    Elapsed::from_f64(text.parse().ok()?, unit).ok()
}

/// Parses a count of something since a fixed moment.
pub(super) fn whole(field: &[u8]) -> Option<u64> {
    std::str::from_utf8(field).ok()?.trim().parse().ok()
}

/// Whether an HTTP status means that the request failed: 400 and above, or 0 where there was no answer.
pub(super) const fn status_failed(status: u64) -> bool {
    status == 0 || status >= 400
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_bounded_and_nothing_is_lost() {
        let mut requests = Requests::default();
        for n in 0..MAX_NAMES as u64 + 500 {
            let name = format!("GET /item/{n}");
            requests.group(&name, || Pointer::line(n + 1)).add(Some(Elapsed::from_nanos(n)), Some(n % 2 == 0));
        }
        let diags = Diags::default();
        let run = requests.finish(&diags);
        assert_eq!(run.endpoints.len(), MAX_NAMES + 1);
        assert_eq!(run.endpoints.last().map(|e| (&*e.name, e.measurement.requests)), Some((REST, Some(500))));
        assert_eq!((run.overall.requests, run.overall.failures), (Some(2_500), Some(1_250)));
        assert_eq!(diags.take().iter().map(|d| d.code.id).collect::<Vec<_>>(), ["folded"]);
    }
}
