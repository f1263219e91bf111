//! What the encoded results of Vegeta have in common.

use crate::model::{Elapsed, Pointer};
use crate::source::lossy;

use super::requests::{Requests, status_failed};

/// One request.
pub(super) struct Hit<'h> {
    /// `GET`; UTF-8, as the URL.
    pub method: &'h [u8],
    /// The URL.
    pub url: &'h [u8],
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
pub(super) fn add(requests: &mut Requests, name: &mut Vec<u8>, hit: &Hit<'_>) {
    name.clear();
    if !hit.method.is_empty() {
        name.extend_from_slice(hit.method);
        name.push(b' ');
    }
    name.extend_from_slice(if hit.url.is_empty() { b"(unnamed)" } else { hit.url });
    // As Vegeta counts what succeeded (tsenart/vegeta, `lib/attack.go`).
    let failed = hit.code.is_none_or(|code| code < 200 || status_failed(code));
    if let (Some(start), Some(latency)) = (hit.start, hit.latency) {
        requests.spans(start, start.saturating_add(latency.nanos()), Some(failed));
    }
    // Most are of a name that is known, and need not be looked at as text.
    let known = requests.recall(name);
    let index = known.unwrap_or_else(|| requests.find(&lossy(name), || Pointer::line(hit.line)));
    requests.at(index).add(hit.latency, Some(failed));
}
