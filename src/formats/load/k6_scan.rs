//! The lines of k6's raw output as k6 writes them, taken without a parser.
//!
//! ```json
//! {"metric":"…","type":"Point","data":{"time":"…","value":…,"tags":{…}}}
//! {"type":"Point","data":{"time":"…","value":…,"tags":{…}},"metric":"…"}
//! ```
//!
//! The second order is that of old versions. A request writes several lines with the same tags:
//! they are compared with those of the line before, and only looked at where they differ.

use std::borrow::Cow;

use crate::model::Elapsed;
use crate::source::{Canonical, Line, Scan, Seen, Text, fixed};

use super::k6_raw::{Clock, Kind, Points, Tags};

/// A scanner of lines.
#[derive(Clone, Default)]
pub(super) struct Lines {
    /// The tags of the last line, and where the needed ones stand in them.
    tags: Vec<u8>,
    known: Known,
    /// The time of the last line.
    time: Vec<u8>,
    clock: Clock,
}

/// The tags that are needed, as offsets from the start of the tags.
#[derive(Clone, Copy, Default)]
struct Known {
    method: Option<Text>,
    name: Option<Text>,
    url: Option<Text>,
    status: Option<Text>,
}

/// A point that matters.
#[derive(Clone, Default)]
pub(super) struct Sample {
    value: Value,
    /// Where the tags start in the line.
    at: usize,
    tags: Known,
    /// Nanoseconds since the epoch.
    end: Option<u64>,
}

#[derive(Clone)]
enum Value {
    Duration(Elapsed),
    Other(Kind, f64),
}

impl Default for Value {
    fn default() -> Value {
        Value::Duration(Elapsed::ZERO)
    }
}

impl Sample {
    /// Adds it to what it is a sample of.
    pub fn add_to(self, points: &mut Points, line: &Line<'_>) {
        let text = line.bytes.get(self.at..).unwrap_or_default();
        let of = |tag: Option<Text>| -> Option<Cow<'_, str>> { tag.map(|tag| tag.of(text)) };
        let (method, name) = (of(self.tags.method), of(self.tags.name));
        let (url, status) = (of(self.tags.url), of(self.tags.status));
        let tags =
            Tags { method: method.as_deref(), name: name.as_deref(), url: url.as_deref(), status: status.as_deref() };
        match self.value {
            Value::Duration(latency) => points.duration(Some(latency), tags, self.end, line.number),
            Value::Other(kind, value) => points.add(kind, Some(value), tags, None, line.number),
        }
    }
}

impl Scan for Lines {
    type Event = Sample;

    fn line(&mut self, line: &[u8]) -> Seen<Sample> {
        self.point(line).unwrap_or(Seen::Unsure)
    }
}

impl Lines {
    /// `None` where the line is written in another way.
    fn point(&mut self, line: &[u8]) -> Option<Seen<Sample>> {
        let mut cursor = Canonical::new(line);
        let mut metric = None;
        if cursor.eat(b"{\"metric\":\"") {
            metric = Some(cursor.plain()?);
            expect(&mut cursor, b",\"type\":\"Point\",\"data\":{\"time\":\"")?;
        } else {
            expect(&mut cursor, b"{\"type\":\"Point\",\"data\":{\"time\":\"")?;
        }
        if !cursor.eat(&self.time) || !cursor.eat(b"\",\"value\":") {
            let time = cursor.plain()?;
            if !time.iter().all(|byte| byte.is_ascii_digit() || b"-T:.Z+".contains(byte)) {
                return None;
            }
            time.clone_into(&mut self.time);
            expect(&mut cursor, b",\"value\":")?;
        }
        let value = cursor.number()?;
        expect(&mut cursor, b",\"tags\":")?;
        let at = cursor.at();
        if self.tags.is_empty() || !cursor.eat(&self.tags) {
            let known = tags(&mut cursor)?;
            self.known = known;
            line[at..cursor.at()].clone_into(&mut self.tags);
        }
        match metric {
            Some(_) if cursor.rest() == b"}}" => {}
            None if cursor.eat(b"},\"metric\":\"") => {
                metric = Some(cursor.plain()?);
                if cursor.rest() != b"}" {
                    return None;
                }
            }
            _ => return None,
        }
        let metric = metric.filter(|metric| Canonical::is_text(metric))?;
        let Some(kind) = Kind::of(metric) else { return Some(Seen::Nothing) };
        let sample = match kind {
            Kind::Duration => {
                let value = Value::Duration(duration(value)?);
                Sample { value, at, tags: self.known, end: self.clock.nanos(&self.time) }
            }
            Kind::Failed => Sample { value: Value::Other(kind, other(value)?), at, tags: self.known, end: None },
            Kind::Requests | Kind::Users => Sample { value: Value::Other(kind, other(value)?), ..Sample::default() },
        };
        Some(Seen::Event(sample))
    }
}

fn expect(cursor: &mut Canonical<'_>, text: &[u8]) -> Option<()> {
    cursor.eat(text).then_some(())
}

/// Milliseconds; `None` for what is none.
fn duration(number: &[u8]) -> Option<Elapsed> {
    match fixed(number, 6) {
        Some(nanos) => Some(Elapsed::from_nanos(nanos)),
        None => Elapsed::from_millis(std::str::from_utf8(number).ok()?.parse().ok()?).ok(),
    }
}

fn other(number: &[u8]) -> Option<f64> {
    match number {
        b"0" => Some(0.0),
        b"1" => Some(1.0),
        _ => std::str::from_utf8(number).ok()?.parse().ok().filter(|value: &f64| value.is_finite()),
    }
}

/// The tags: texts under keys in ascending order, so that none stands twice; or none at all.
fn tags(cursor: &mut Canonical<'_>) -> Option<Known> {
    let mut known = Known::default();
    if cursor.eat(b"null") || cursor.eat(b"{}") {
        return Some(known);
    }
    let whole = *cursor;
    let text = whole.rest();
    let mut inner = Canonical::new(text);
    let mut last: &[u8] = b"";
    expect(&mut inner, b"{\"")?;
    loop {
        let key = inner.plain()?;
        if key <= last {
            return None;
        }
        last = key;
        expect(&mut inner, b":\"")?;
        let value = Some(inner.text()?);
        match key {
            b"method" => known.method = value,
            b"name" => known.name = value,
            b"url" => known.url = value,
            b"status" => known.status = value,
            _ => {}
        }
        if !inner.eat(b",\"") {
            break;
        }
    }
    expect(&mut inner, b"}")?;
    let taken = &text[..inner.at()];
    if !Canonical::is_text(taken) {
        return None;
    }
    expect(cursor, taken)?;
    Some(known)
}
