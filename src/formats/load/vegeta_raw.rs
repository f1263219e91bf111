//! What the encoded results of Vegeta have in common.

use crate::model::{Elapsed, Pointer};

use super::requests::{Requests, status_failed};

/// One request.
pub(super) struct Hit<'h> {
    /// `GET`
    pub method: &'h str,
    /// The URL.
    pub url: &'h str,
    /// The HTTP status, 0 without an answer; `None` where it cannot be read.
    pub code: Option<u64>,
    /// How long it took; `None` where it cannot be read.
    pub latency: Option<Elapsed>,
    /// When it was sent, in nanoseconds since the epoch.
    pub start: Option<u64>,
    /// Its line.
    pub line: u64,
}

/// Takes one request.
pub(super) fn add(requests: &mut Requests, name: &mut String, hit: &Hit<'_>) {
    name.clear();
    if !hit.method.is_empty() {
        name.push_str(hit.method);
        name.push(' ');
    }
    name.push_str(if hit.url.is_empty() { "(unnamed)" } else { hit.url });
    let failed = hit.code.is_none_or(status_failed);
    if let (Some(start), Some(latency)) = (hit.start, hit.latency) {
        requests.spans(start, start.saturating_add(latency.nanos()), Some(failed));
    }
    requests.group(name, || Pointer::line(hit.line)).add(hit.latency, Some(failed));
}
