//! The lines of k6's raw output as k6 writes them, taken without a parser.
//!
//! ```json
//! {"metric":"…","type":"Point","data":{"time":"…","value":…,"tags":{…}}}
//! {"type":"Point","data":{"time":"…","value":…,"tags":{…}},"metric":"…"}
//! ```
//!
//! The second order is that of old versions. A request writes several lines, one for each metric, with the same time
//! and the same tags, and the next request writes the same metrics in the same order. So all of a line but its value
//! is known in advance and only compared; what is not as expected is looked at byte by byte.

use std::borrow::Cow;

use memchr::memchr;

use crate::model::Elapsed;
use crate::source::{Canonical, Line, Scan, Seen, Text, fixed};

use super::k6_raw::{Clock, Kind, Points, Tags};

/// Forms of lines that are remembered.
const MAX_FORMS: usize = 32;

/// A scanner of lines.
#[derive(Clone, Default)]
pub(super) struct Lines {
    /// The tags of the last line with the key before them, and where the needed ones stand in the tags.
    tags_member: Vec<u8>,
    known: Known,
    /// The time of the last line, and up to its value.
    time: Vec<u8>,
    time_member: Vec<u8>,
    clock: Clock,
    /// The forms of the lines so far, and which one the last line had.
    forms: Vec<Form>,
    last: usize,
    /// Whether the tags are those of the last sample.
    is_same: bool,
}

/// A line that was looked at byte by byte.
struct Point {
    seen: Seen<Sample>,
    kind: Option<Kind>,
    /// Where its time starts, and where its tags end.
    time: usize,
    tail: usize,
}

/// What all lines of one metric have in common.
#[derive(Clone)]
struct Form {
    /// Up to the time.
    head: Vec<u8>,
    /// From the end of the tags on, the line feed included.
    tail: Vec<u8>,
    kind: Option<Kind>,
    /// The form that came after it the last time.
    next: usize,
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
    /// Whether the tags are those of the sample before it in the same block.
    is_same: bool,
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
        let value = match self.value {
            Value::Duration(latency) => Ok(latency),
            Value::Other(Kind::Duration | Kind::Failed, value) => Err(value),
            Value::Other(kind, value) => return points.count(kind, Some(value), line.number),
        };
        if !self.is_same {
            let text = line.bytes.get(self.at..).unwrap_or_default();
            let of = |tag: Option<Text>| -> Option<Cow<'_, str>> { tag.map(|tag| tag.of(text)) };
            let (method, name) = (of(self.tags.method), of(self.tags.name));
            // The URL stands in for a name that is missing.
            let url = if name.as_ref().is_none_or(|name| name.is_empty()) { of(self.tags.url) } else { None };
            let status = of(self.tags.status);
            let tags = Tags {
                method: method.as_deref(),
                name: name.as_deref(),
                url: url.as_deref(),
                status: status.as_deref(),
            };
            points.choose(tags, line.number);
        }
        match value {
            Ok(latency) => points.duration_of_chosen(Some(latency), self.end),
            Err(value) => points.judge_chosen(Some(value)),
        }
    }
}

impl Scan for Lines {
    type Event = Sample;

    fn line(&mut self, line: &[u8]) -> Seen<Sample> {
        self.point(line).map_or(Seen::Unsure, |point| point.seen)
    }

    fn next(&mut self, text: &[u8]) -> Option<(usize, Seen<Sample>)> {
        if let Some(found) = self.expected(text) {
            return Some(found);
        }
        let end = memchr(b'\n', text)?;
        let point = self.point(&text[..end])?;
        self.remember(&text[..point.time], &text[point.tail..=end], point.kind);
        Some((end, point.seen))
    }
}

impl Lines {
    /// A line of the form that follows on that of the last one, with the same time and tags; `None` for any other.
    fn expected(&mut self, text: &[u8]) -> Option<(usize, Seen<Sample>)> {
        let index = self.forms.get(self.last)?.next;
        let form = self.forms.get(index)?;
        let mut cursor = Canonical::new(text);
        expect_all(&mut cursor, &form.head)?;
        expect_all(&mut cursor, &self.time_member)?;
        let value = cursor.number()?;
        let at = cursor.at() + TAGS.len();
        expect_all(&mut cursor, &self.tags_member)?;
        expect_all(&mut cursor, &form.tail)?;
        let seen = match form.kind {
            None => Seen::Nothing,
            Some(kind) => self.sample(kind, value, at)?,
        };
        self.last = index;
        Some((cursor.at() - 1, seen))
    }

    /// Keeps the form of a line that was taken.
    fn remember(&mut self, head: &[u8], tail: &[u8], kind: Option<Kind>) {
        let is_it = |form: &Form| form.head == head && form.tail == tail;
        let expected = self.forms.get(self.last).map_or(0, |form| form.next);
        let known = match self.forms.get(expected) {
            Some(form) if is_it(form) => Some(expected),
            _ => self.forms.iter().position(is_it),
        };
        let index = match known {
            Some(index) => index,
            None if self.forms.len() == MAX_FORMS => return,
            None => {
                self.forms.push(Form { head: head.to_vec(), tail: tail.to_vec(), kind, next: 0 });
                self.forms.len() - 1
            }
        };
        if let Some(last) = self.forms.get_mut(self.last) {
            last.next = index;
        }
        self.last = index;
    }

    /// What a line says; `None` where it is written in another way.
    fn point(&mut self, line: &[u8]) -> Option<Point> {
        let mut cursor = Canonical::new(line);
        let mut metric = None;
        if cursor.eat(b"{\"metric\":\"") {
            metric = Some(cursor.plain()?);
            expect(&mut cursor, b",\"type\":\"Point\",\"data\":{\"time\":\"")?;
        } else {
            expect(&mut cursor, b"{\"type\":\"Point\",\"data\":{\"time\":\"")?;
        }
        let time_at = cursor.at();
        if self.time_member.is_empty() || !cursor.eat_all(&self.time_member) {
            let time = cursor.plain()?;
            if !time.iter().all(|byte| byte.is_ascii_digit() || b"-T:.Z+".contains(byte)) {
                return None;
            }
            expect(&mut cursor, VALUE)?;
            time.clone_into(&mut self.time);
            time.clone_into(&mut self.time_member);
            self.time_member.push(b'"');
            self.time_member.extend_from_slice(VALUE);
        }
        let value = cursor.number()?;
        let at = cursor.at() + TAGS.len();
        if self.tags_member.is_empty() || !cursor.eat_all(&self.tags_member) {
            expect(&mut cursor, TAGS)?;
            let known = tags(&mut cursor)?;
            self.known = known;
            line[at - TAGS.len()..cursor.at()].clone_into(&mut self.tags_member);
            self.is_same = false;
        }
        let tail = cursor.at();
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
        let kind = Kind::of(metric);
        let seen = match kind {
            None => Seen::Nothing,
            Some(kind) => self.sample(kind, value, at)?,
        };
        Some(Point { seen, kind, time: time_at, tail })
    }

    /// A point that matters, with its value as it is written.
    fn sample(&mut self, kind: Kind, value: &[u8], at: usize) -> Option<Seen<Sample>> {
        let value = match kind {
            Kind::Duration => Value::Duration(duration(value)?),
            kind if kind.is_time() => {
                duration(value)?;
                Value::Other(kind, other(value)?)
            }
            _ => Value::Other(kind, other(value)?),
        };
        let end = match kind {
            Kind::Duration => self.clock.nanos(&self.time),
            Kind::Failed => None,
            _ => return Some(Seen::Event(Sample { value, ..Sample::default() })),
        };
        let is_same = std::mem::replace(&mut self.is_same, true);
        let tags = if is_same { Known::default() } else { self.known };
        Some(Seen::Event(Sample { value, at, tags, is_same, end }))
    }
}

/// What stands before the value of a point, and before its tags.
const VALUE: &[u8; 9] = b",\"value\":";
const TAGS: &[u8; 8] = b",\"tags\":";

#[inline(always)]
fn expect<const LENGTH: usize>(cursor: &mut Canonical<'_>, text: &[u8; LENGTH]) -> Option<()> {
    cursor.eat(text).then_some(())
}

/// The same for what is known from other lines.
#[inline(always)]
fn expect_all(cursor: &mut Canonical<'_>, text: &[u8]) -> Option<()> {
    cursor.eat_all(text).then_some(())
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
    expect_all(cursor, taken)?;
    Some(known)
}
