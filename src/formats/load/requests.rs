//! What the formats that hold single requests have in common: samples by request name.

use std::collections::HashMap;

use jiff::Timestamp;

use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{FOLDED, NOTHING_RAN};
use crate::model::distribution::Pool;
use crate::model::order::sort_by_key;
use crate::model::timeline::Timeline;
use crate::model::{Distribution, Elapsed, Endpoint, LoadRun, Measurement, Pointer, Rate};
use crate::source::Diags;

/// Request names that are kept apart; requests of further names are counted together.
pub(super) const MAX_NAMES: usize = 2_000;
/// Distinct latencies that all names together keep exactly.
const MAX_KEPT: usize = crate::model::distribution::MAX_EXACT;
/// Bytes of a request name that are kept.
pub(super) const MAX_NAME: usize = 4096;
/// The name of what is beyond [`MAX_NAMES`].
pub(super) const REST: &str = "(other)";

/// Groups that are found without a look into the map; a power of two.
const RECENT: usize = 256;

/// Requests that are taken before it is looked how much is kept.
const CHECK_EVERY: usize = 1 << 18;

/// Requests by name.
pub(super) struct Requests {
    names: HashMap<Box<str>, usize>,
    groups: Vec<Group>,
    /// The group that was asked for last: several lines in a row are often of one request.
    last: usize,
    /// Groups that were asked for, each in the place of [`recent`].
    recent: [Option<usize>; RECENT],
    since_check: usize,
    /// Distinct latencies that may be kept, over all names.
    budget: usize,
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
    /// Requests that sum up others.
    pub sums: u64,
    /// Requests that a metric of their own judges: how many, and how many of them failed.
    judged: (u64, u64),
    latencies: Distribution,
}

impl Default for Requests {
    fn default() -> Requests {
        Requests {
            names: HashMap::new(),
            groups: Vec::new(),
            since_check: 0,
            budget: MAX_KEPT,
            rest: None,
            span: None,
            last: 0,
            recent: [None; RECENT],
            timeline: Timeline::default(),
        }
    }
}

impl Requests {
    /// The requests of a name, made on first use at `pointer`.
    pub fn group(&mut self, name: &str, pointer: impl FnOnce() -> Pointer) -> &mut Group {
        let index = self.find(name, pointer);
        self.at(index)
    }

    /// The requests of a name that was found.
    #[inline]
    pub fn at(&mut self, index: usize) -> &mut Group {
        self.since_check += 1;
        if self.since_check > CHECK_EVERY.min(self.budget) {
            self.since_check = 0;
            self.keep_budget();
        }
        &mut self.groups[index]
    }

    /// All of them, by name.
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// Where the requests of a name are, given as bytes that are not known to be text; `None` where it has to be
    /// looked for.
    #[inline]
    pub fn recall(&mut self, name: &[u8]) -> Option<usize> {
        let index = self.recent[recent(name)]?;
        let is_it = self.groups.get(index).is_some_and(|group| group.name.as_bytes() == name);
        (is_it && self.rest != Some(index)).then_some(index)
    }

    /// Where the requests of a name are, made on first use at `pointer`.
    pub fn find(&mut self, name: &str, pointer: impl FnOnce() -> Pointer) -> usize {
        let name = clip(name);
        if self.groups.get(self.last).is_some_and(|group| *group.name == *name) && self.rest != Some(self.last) {
            return self.last;
        }
        if let Some(index) = self.recall(name.as_bytes()) {
            self.last = index;
            return index;
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
        self.last = index;
        self.recent[recent(name.as_bytes())] = Some(index);
        index
    }

    /// Takes the times of a request, in nanoseconds since any fixed moment, and whether it failed; `None` where the
    /// record does not say.
    #[inline]
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
        while self.groups.iter().map(|group| group.latencies.kept()).sum::<usize>() > self.budget {
            // The largest first; what cannot be coarser is passed over.
            let mut order: Vec<usize> = (0..self.groups.len()).collect();
            sort_by_key(&mut order, |index| std::cmp::Reverse(self.groups[*index].latencies.kept()));
            if !order.into_iter().any(|index| self.groups[index].latencies.coarsen()) {
                return;
            }
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
        self.keep_budget();
        let mut whole = Group::new("", Pointer::whole());
        let mut endpoints = Vec::new();
        for group in &mut self.groups {
            group.settle();
            whole.requests += group.requests;
            whole.failures += group.failures;
            whole.unknown += group.unknown;
        }
        let mut overall = whole.counts().with_latencies(&Pool::of(self.groups.iter_mut().map(|g| &mut g.latencies)));
        for mut group in self.groups.drain(..) {
            let mut measurement = group.counts().with_latencies(&Pool::of([&mut group.latencies]));
            measurement.distribution = Some(group.latencies);
            endpoints.push(Endpoint { name: group.name.into(), measurement });
        }
        if whole.requests == 0 {
            diags.push(Diagnostic::new(&NOTHING_RAN, "no request is recorded"));
            overall = Measurement { requests: Some(0), ..Measurement::default() };
        }
        let timed = self.timeline.total().requests;
        let timeline = (timed > 0 && timed == whole.requests).then_some(self.timeline);
        let elapsed = self.span.map(|(first, last)| Elapsed::from_nanos(last - first));
        overall.throughput = elapsed.and_then(|elapsed| Rate::of(whole.requests, elapsed));
        let time = |nanos| Timestamp::from_nanosecond(i128::from(nanos)).ok();
        let span = self.span.and_then(|(first, last)| Some((time(first)?, time(last)?)));
        LoadRun { overall, endpoints, timeline, elapsed, span, ..LoadRun::default() }
    }
}

impl Group {
    fn new(name: &str, line: Pointer) -> Group {
        let latencies = Distribution::default();
        Group { name: name.into(), line, requests: 0, failures: 0, unknown: 0, sums: 0, judged: (0, 0), latencies }
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where the first of them stands.
    pub const fn line(&self) -> &Pointer {
        &self.line
    }

    /// The slowest of them.
    pub fn slowest(&self) -> Option<Elapsed> {
        self.latencies.max()
    }

    /// Counts a request with its latency and whether it failed; `None` where the record does not say.
    #[inline]
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
    #[inline]
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

    fn counts(&self) -> Measurement {
        Measurement {
            requests: Some(self.requests),
            failures: (self.unknown == 0).then_some(self.failures),
            pointer: self.line.clone(),
            ..Measurement::default()
        }
    }
}

/// Where a group is remembered. Names of requests differ in their length and their ends; where two fall together, the
/// map is asked, whose places nobody can foresee.
fn recent(bytes: &[u8]) -> usize {
    let word = |part: Option<&[u8; 8]>| part.map_or(0, |part| u64::from_le_bytes(*part));
    let middle = bytes.get(bytes.len() / 2..).and_then(<[u8]>::first_chunk);
    let mixed = word(bytes.last_chunk()) ^ word(middle).rotate_left(23) ^ (bytes.len() as u64) << 56;
    (mixed.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (u64::BITS - RECENT.ilog2())) as usize
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

/// Whether an HTTP status means that the request failed: 400 and above, or 0 where there was no answer. What is below
/// 100 is no status: `50` is one that was cut off.
pub(super) const fn status_failed(status: u64) -> bool {
    status < 100 || status >= 400
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Inexact, Interval, Percentile};

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

    /// The budget holds over all names together, however many there are; what had to be rounded says so.
    #[test]
    fn latencies_are_bounded_over_all_names() {
        const BUDGET: usize = 1 << 13;
        let mut requests = Requests { budget: BUDGET, ..Requests::default() };
        let mut exact: HashMap<u64, Vec<u64>> = HashMap::new();
        let mut random = 1u64;
        for n in 0..400_000 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            // A few names with most of the requests, and a million more with one or none.
            let name = if n % 4 == 0 { 100 + random % 1_000_000 } else { random % 5 };
            let nanos = 1_000_000 + (random >> 20) % 50_000_000;
            requests.group(&name.to_string(), Pointer::whole).add(Some(Elapsed::from_nanos(nanos)), Some(false));
            if name < 5 {
                exact.entry(name).or_default().push(nanos);
            }
            if n % 1_000 > 0 {
                continue;
            }
            let kept: usize = requests.groups.iter().map(|group| group.latencies.kept()).sum();
            assert!(kept <= 3 * BUDGET, "{kept} values are kept after {n} requests");
        }
        let run = requests.finish(&Diags::default());
        assert_eq!((run.overall.requests, run.overall.inexact), (Some(400_000), Some(Inexact::Rounded)));
        for (name, mut values) in exact {
            let measured = run.endpoints.iter().find(|e| e.name == name.to_string()).map(|e| &e.measurement);
            let measured = measured.expect("the name is among the first");
            assert_eq!(measured.inexact, Some(Inexact::Rounded));
            values.sort_unstable();
            assert_eq!(measured.min.map(Elapsed::nanos), values.first().copied());
            assert_eq!(measured.max.map(Elapsed::nanos), values.last().copied());
            for (percentile, value) in &measured.percentiles {
                let rank = (values.len() - 1) as u64 * u64::from(percentile.parts()) / u64::from(Percentile::WHOLE);
                let truth = values[usize::try_from(rank).expect("a rank")];
                let error = truth.abs_diff(value.nanos());
                assert!(error * 200 <= truth, "{percentile} of {name}: {value} and not {truth} ns");
                let Interval { low, high } = measured.intervals[percentile];
                assert!(low <= *value && *value <= high && (high.nanos() - low.nanos()) * 100 <= truth);
            }
        }
    }
}
