//! What the raw outputs of k6 have in common: points of metrics.

use jiff::Timestamp;

use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{CHECKS_FAILED, CONTRADICTION, NOT_TESTED};
use crate::model::phrase::{plural, thousands};
use crate::model::{Elapsed, Endpoint, LoadRun, Pointer};
use crate::source::{Diags, WIDTH, count_digits, eight_digits};

use super::k6::{BROWSER_NAME, GRPC_NAME, dropped_iterations};
use super::requests::Requests;

/// The points of requests, collected.
#[derive(Default)]
pub(super) struct Points {
    requests: Requests,
    counted: u64,
    /// Iterations that were not started.
    dropped: u64,
    /// How often checks were made, and how often they failed, with the line of the first that did.
    checks: u64,
    failed_checks: Option<(u64, u64)>,
    durations: u64,
    /// The request that was chosen last.
    chosen: Chosen,
    /// Virtual users at the most.
    pub users: Option<u64>,
    name: String,
    /// Requests over other protocols than HTTP, all together.
    browser: Option<Box<Requests>>,
    grpc: Option<Box<Requests>>,
    /// Sessions.
    websocket: Option<Box<Requests>>,
}

/// A request by its tags.
#[derive(Clone, Copy, Default)]
struct Chosen {
    group: usize,
    /// Whether it failed by its status; `None` where there is none.
    failed: Option<bool>,
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
    /// `browser_http_req_duration`
    BrowserDuration,
    /// `browser_http_req_failed`
    BrowserFailed,
    /// `grpc_req_duration`
    GrpcDuration,
    /// `ws_connecting`
    WebSocketDuration,
    /// `dropped_iterations`
    Dropped,
    /// `checks`
    Checks,
}

impl Kind {
    /// The metric of this name; `None` for those that are passed over.
    pub fn of(metric: &[u8]) -> Option<Kind> {
        match metric {
            b"http_reqs" => Some(Kind::Requests),
            b"http_req_duration" => Some(Kind::Duration),
            b"http_req_failed" => Some(Kind::Failed),
            b"vus" | b"vus_max" => Some(Kind::Users),
            b"browser_http_req_duration" => Some(Kind::BrowserDuration),
            b"browser_http_req_failed" => Some(Kind::BrowserFailed),
            b"grpc_req_duration" => Some(Kind::GrpcDuration),
            b"dropped_iterations" => Some(Kind::Dropped),
            b"checks" => Some(Kind::Checks),
            b"ws_connecting" => Some(Kind::WebSocketDuration),
            _ => None,
        }
    }

    /// Whether its values are times.
    pub const fn is_time(self) -> bool {
        matches!(self, Kind::Duration | Kind::BrowserDuration | Kind::GrpcDuration | Kind::WebSocketDuration)
    }
}

impl Points {
    /// Takes one point, whatever was chosen before. `end` is when the request ended, in nanoseconds since the epoch; `value` is `None`
    /// where it cannot be read, which the caller has reported.
    pub fn add(&mut self, kind: Kind, value: Option<f64>, tags: Tags<'_>, end: Option<u64>, line: u64) {
        match kind {
            Kind::Requests => self.count(kind, Some(value.unwrap_or(1.0)), line),
            Kind::Users
            | Kind::BrowserDuration
            | Kind::BrowserFailed
            | Kind::GrpcDuration
            | Kind::WebSocketDuration
            | Kind::Dropped
            | Kind::Checks => {
                self.count(kind, value, line);
            }
            Kind::Duration | Kind::Failed => {
                let before = self.chosen;
                self.choose(tags, line);
                match kind {
                    Kind::Failed => self.judge_chosen(value),
                    _ => self.duration_of_chosen(value.and_then(|value| Elapsed::from_millis(value).ok()), end),
                }
                self.chosen = before;
            }
        }
    }

    /// Takes a point that is of no single request over HTTP; `value` is `None` where it cannot be read.
    pub fn count(&mut self, kind: Kind, value: Option<f64>, line: u64) {
        match kind {
            Kind::Users => self.users = self.users.max(value.map(whole)),
            Kind::Dropped => self.dropped = self.dropped.saturating_add(value.map_or(1, whole)),
            Kind::Checks => {
                self.checks += 1;
                // A value that cannot be read is no success.
                if value.is_none_or(|value| value == 0.0) {
                    self.failed_checks.get_or_insert((0, line)).0 += 1;
                }
            }
            Kind::Requests | Kind::Duration | Kind::Failed => {
                self.counted = self.counted.saturating_add(value.map_or(0, whole));
            }
            Kind::BrowserDuration | Kind::BrowserFailed => other(&mut self.browser, kind, value, line),
            Kind::GrpcDuration => other(&mut self.grpc, kind, value, line),
            Kind::WebSocketDuration => other(&mut self.websocket, kind, value, line),
        }
    }

    /// Chooses the request that what follows is about.
    pub fn choose(&mut self, tags: Tags<'_>, line: u64) {
        write_name(&mut self.name, tags);
        let group = self.requests.find(&self.name, || Pointer::line(line));
        let failed = tags.status.and_then(|status| status.parse().ok()).map(super::requests::status_failed);
        self.chosen = Chosen { group, failed };
    }

    /// Takes the duration of the chosen request; `None` where it cannot be read, which the caller has reported.
    pub fn duration_of_chosen(&mut self, latency: Option<Elapsed>, end: Option<u64>) {
        self.durations += 1;
        let Chosen { group, failed } = self.chosen;
        if let Some(end) = end {
            self.requests.spans(end.saturating_sub(latency.map_or(0, Elapsed::nanos)), end, failed);
        }
        self.requests.at(group).add(latency, failed);
    }

    /// Takes what the metric of failures says of the chosen request. A value that cannot be read is no success.
    pub fn judge_chosen(&mut self, value: Option<f64>) {
        self.requests.at(self.chosen.group).judge(value != Some(0.0));
    }

    /// When the last request ended; `None` where the points do not say.
    pub fn end(&self) -> Option<Timestamp> {
        self.requests.end()
    }

    /// The runs that they make, one for each protocol; that of HTTP first.
    pub fn finish(self, diags: &Diags) -> Vec<LoadRun> {
        if self.counted > 0 && self.counted != self.durations {
            let message = format!(
                "`http_reqs` counts {} requests, {} of them have a duration: the output is not complete",
                self.counted, self.durations
            );
            diags.push(Diagnostic::new(&CONTRADICTION, message));
        }
        if self.dropped > 0 {
            diags.push(Diagnostic::new(&NOT_TESTED, dropped_iterations(self.dropped)));
        }
        if let Some((failed, line)) = self.failed_checks {
            let message = format!("{} of {} failed", thousands(failed), plural(self.checks, "check"));
            diags.push(Diagnostic::new(&CHECKS_FAILED, message).at(Pointer::line(line)));
        }
        let others = [(BROWSER_NAME, self.browser), (GRPC_NAME, self.grpc)];
        let others = others.into_iter().filter_map(|(name, requests)| Some(of_other(name, *requests?, diags)));
        let mut runs: Vec<LoadRun> = others.collect();
        // Beside requests, sessions are a part of them that says nothing about failures.
        if let Some(sessions) = self.websocket.filter(|_| runs.is_empty() && self.durations == 0 && self.counted == 0) {
            runs.push(of_other("WebSocket", *sessions, diags));
        }
        if runs.is_empty() || self.durations > 0 || self.counted > 0 {
            runs.insert(0, self.requests.finish(diags));
        }
        runs.iter_mut().for_each(|run| run.users = self.users);
        if let [only] = runs.as_mut_slice() {
            only.name = None;
        }
        runs
    }
}

/// Takes a point of another protocol than HTTP. A value that cannot be read is no success.
fn other(requests: &mut Option<Box<Requests>>, kind: Kind, value: Option<f64>, line: u64) {
    let group = requests.get_or_insert_default().group("", || Pointer::line(line));
    if kind.is_time() {
        group.add(value.and_then(|value| Elapsed::from_millis(value).ok()), None);
    } else {
        group.judge(value != Some(0.0));
    }
}

/// The run of another protocol, of which all requests are together.
fn of_other(name: &str, requests: Requests, diags: &Diags) -> LoadRun {
    let mut run = requests.finish(diags);
    if let Some(Endpoint { measurement, .. }) = run.endpoints.pop() {
        run.pointer = measurement.pointer;
        run.overall.distribution = measurement.distribution;
    }
    run.name = Some(name.to_owned());
    run
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

/// Reads time stamps that mostly differ in the fraction of the second.
#[derive(Clone, Default)]
pub(super) struct Clock {
    /// A time stamp up to the second, and what follows the fraction.
    known: Option<[u8; SECOND]>,
    zone: Vec<u8>,
    second: u64,
}

/// Bytes of a time stamp up to the second.
const SECOND: usize = 19;

impl Clock {
    /// As [`nanos`].
    pub fn nanos(&mut self, time: &[u8]) -> Option<u64> {
        let split = fraction(time);
        if let Some((fraction, zone)) = split
            && time.first_chunk() == self.known.as_ref()
            && zone == self.zone
        {
            return Some(self.second + fraction);
        }
        let nanos = nanos(std::str::from_utf8(time).ok()?)?;
        if let Some((fraction, zone)) = split.filter(|_| &time[SECOND - 2..SECOND] != b"60") {
            self.known = time.first_chunk().copied();
            self.zone = zone.to_vec();
            self.second = nanos.saturating_sub(fraction);
        }
        Some(nanos)
    }
}

/// The fraction of the second in nanoseconds, and what follows it.
fn fraction(time: &[u8]) -> Option<(u64, &[u8])> {
    let rest = time.get(SECOND..)?.strip_prefix(b".")?;
    let digits = count_digits(rest);
    if !(1..=9).contains(&digits) {
        return None;
    }
    let (digits, zone) = rest.split_at(digits);
    let (first, others) = match eight_digits(digits) {
        Some(first) => (first, &digits[WIDTH..]),
        None => (0, digits),
    };
    let value = others.iter().fold(first, |value, digit| value * 10 + u64::from(digit - b'0'));
    let missing = u32::try_from(9 - digits.len()).ok()?;
    Some((value * 10u64.pow(missing), zone))
}

/// Nanoseconds since the epoch of a time stamp; `None` for what is none or before the epoch.
pub(super) fn nanos(time: &str) -> Option<u64> {
    let time: Timestamp = time.parse().ok()?;
    u64::try_from(time.as_nanosecond()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_reads_what_the_parser_reads() {
        let mut clock = Clock::default();
        for time in [
            "2026-03-01T12:00:00.001295727Z",
            "2026-03-01T12:00:00.5Z",
            "2026-03-01T12:00:00.5+02:00",
            "2026-03-01T12:00:00.123456789+02:00",
            "2026-03-01T12:00:00Z",
            "2026-03-01T12:00:01.25Z",
            "2026-03-01T23:59:60.25Z",
            "2026-03-01T23:59:60.75Z",
            "2026-03-01T12:00:01.1234567891Z",
            "2026-03-01T12:00:01.25",
            "1969-03-01T12:00:01.25Z",
            "soon",
        ] {
            assert_eq!(clock.nanos(time.as_bytes()), nanos(time), "{time}");
        }
    }
}
