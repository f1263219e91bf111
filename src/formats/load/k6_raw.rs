//! What the raw outputs of k6 have in common: points of metrics.

use jiff::Timestamp;

use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::CONTRADICTION;
use crate::model::{Elapsed, LoadRun, Pointer};
use crate::source::Diags;

use super::requests::Requests;

/// The points of requests, collected.
#[derive(Default)]
pub(super) struct Points {
    /// Judged by `http_req_failed`, which k6 has since 0.31.
    by_metric: Failed,
    requests: Requests,
    counted: u64,
    durations: u64,
    /// Virtual users at the most.
    pub users: Option<u64>,
    name: String,
}

#[derive(Default)]
struct Failed {
    seen: u64,
    by_name: std::collections::HashMap<Box<str>, (u64, u64)>,
}

/// The tags of a point that matter.
#[derive(Clone, Copy, Default)]
pub(super) struct Tags<'t> {
    /// `GET`
    pub method: Option<&'t str>,
    /// The request's name; by default its URL.
    pub name: Option<&'t str>,
    /// The URL.
    pub url: Option<&'t str>,
    /// The HTTP status, 0 without an answer.
    pub status: Option<&'t str>,
}

/// The metrics that are read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// `http_reqs`
    Requests,
    /// `http_req_duration`
    Duration,
    /// `http_req_failed`
    Failed,
    /// `vus`, `vus_max`
    Users,
}

impl Kind {
    /// The metric of this name; `None` for those that are passed over.
    pub fn of(metric: &[u8]) -> Option<Kind> {
        match metric {
            b"http_reqs" => Some(Kind::Requests),
            b"http_req_duration" => Some(Kind::Duration),
            b"http_req_failed" => Some(Kind::Failed),
            b"vus" | b"vus_max" => Some(Kind::Users),
            _ => None,
        }
    }
}

impl Points {
    /// Takes one point. `end` is when the request ended, in nanoseconds since the epoch; `value` is `None`
    /// where it cannot be read, which the caller has reported.
    pub fn add(&mut self, kind: Kind, value: Option<f64>, tags: Tags<'_>, end: Option<u64>, line: u64) {
        match kind {
            Kind::Requests => self.counted += value.map_or(1, whole),
            Kind::Users => self.users = self.users.max(value.map(whole)),
            Kind::Duration => self.duration(value, tags, end, line),
            Kind::Failed => self.failed(value, tags),
        }
    }

    fn duration(&mut self, value: Option<f64>, tags: Tags<'_>, end: Option<u64>, line: u64) {
        self.durations += 1;
        let latency = value.and_then(|value| Elapsed::from_millis(value).ok());
        if let Some(end) = end {
            self.requests.spans(end.saturating_sub(latency.map_or(0, Elapsed::nanos)), end);
        }
        let failed = tags.status.and_then(|status| status.parse().ok()).map(super::requests::status_failed);
        write_name(&mut self.name, tags);
        self.requests.group(&self.name, || Pointer::line(line)).add(latency, failed);
    }

    fn failed(&mut self, value: Option<f64>, tags: Tags<'_>) {
        self.by_metric.seen += 1;
        write_name(&mut self.name, tags);
        let name = self.requests.known(&self.name);
        let (failed, all) = match self.by_metric.by_name.get_mut(name) {
            Some(counts) => counts,
            None => self.by_metric.by_name.entry(name.into()).or_default(),
        };
        *all += 1;
        // A sample that cannot be read is no success.
        *failed += u64::from(value != Some(0.0));
    }

    /// The run that they make.
    pub fn finish(mut self, diags: &Diags) -> LoadRun {
        if self.by_metric.seen > 0 {
            for (name, (failed, all)) in &self.by_metric.by_name {
                self.requests.judge(name, *failed, *all);
            }
        }
        if self.counted > 0 && self.counted != self.durations {
            let message = format!(
                "`http_reqs` counts {} requests, {} of them have a duration: the output is not complete",
                self.counted, self.durations
            );
            diags.push(Diagnostic::new(&CONTRADICTION, message));
        }
        let mut run = self.requests.finish(diags);
        run.users = self.users;
        run
    }
}

fn write_name(name: &mut String, tags: Tags<'_>) {
    name.clear();
    if let Some(method) = tags.method.filter(|text| !text.is_empty()) {
        name.push_str(method);
        name.push(' ');
    }
    let label = tags.name.filter(|text| !text.is_empty()).or(tags.url).unwrap_or("");
    name.push_str(if label.is_empty() { "(unnamed)" } else { label });
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates, and NaN becomes 0")]
fn whole(value: f64) -> u64 {
    value as u64
}

/// Nanoseconds since the epoch of a time stamp; `None` for what is none or before the epoch.
pub(super) fn nanos(time: &str) -> Option<u64> {
    let time: Timestamp = time.parse().ok()?;
    u64::try_from(time.as_nanosecond()).ok()
}
