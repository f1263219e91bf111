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

use memchr::memchr;

use crate::model::Elapsed;
use crate::source::{Canonical, Line, Scan, Seen, Text, fixed};

use super::k6_raw::{Clock, Kind, Points};
use super::k6_tags::{KnownTags, Needed};

/// Forms of lines that are remembered, and so many tags.
const MAX_FORMS: usize = 32;

/// A scanner of lines.
#[derive(Clone, Default)]
pub(super) struct Lines {
    /// The time of the last line, and up to its value.
    time: Vec<u8>,
    time_member: Vec<u8>,
    clock: Clock,
    /// The tags of lines so far, whose the last line had, and whose the last sample.
    tags: Vec<KnownTags>,
    last_tags: usize,
    sampled_tags: Option<usize>,
    /// The forms of the lines so far, and which one the last line had.
    forms: Vec<Form>,
    last_form: usize,
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
    /// Which tags the last of them had.
    tags: usize,
    /// The form that came after it the last time.
    next: usize,
}

/// A point that matters.
#[derive(Clone, Default)]
pub(super) struct Sample {
    value: Value,
    /// Where the tags start in the line.
    at: usize,
    /// The tags; `None` where they are those of the sample before it in the same block.
    tags: Option<Needed<Text>>,
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
        if let Some(tags) = self.tags {
            let text = line.bytes.get(self.at..).unwrap_or_default();
            tags.with(text, |tags| points.choose(tags, line.number));
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
    /// A line of a form that is known, first of all of the one that followed on that of the last line; `None` for any
    /// other.
    fn expected(&mut self, text: &[u8]) -> Option<(usize, Seen<Sample>)> {
        let mut cursor = Canonical::new(text);
        let mut index = self.forms.get(self.last_form)?.next;
        if !cursor.eat_all(&self.forms.get(index)?.head) {
            index = self.forms.iter().position(|form| cursor.eat_all(&form.head))?;
            self.forms[self.last_form].next = index;
        }
        self.time(&mut cursor)?;
        let value = cursor.number()?;
        let at = cursor.at();
        let form = self.forms.get_mut(index)?;
        if !self.tags.get(form.tags)?.eat(&mut cursor) {
            if self.tags.get(self.last_tags)?.eat(&mut cursor) {
                form.tags = self.last_tags;
            } else {
                self.tags.get_mut(form.tags)?.eat_like(&mut cursor)?;
                self.sampled_tags.take_if(|tags| *tags == form.tags);
            }
        }
        expect_all(&mut cursor, &form.tail)?;
        self.last_tags = form.tags;
        self.last_form = index;
        let seen = match form.kind {
            None => Seen::Nothing,
            Some(kind) => self.sample(kind, value, at)?,
        };
        Some((cursor.at() - 1, seen))
    }

    /// Keeps the form of a line that was taken.
    fn remember(&mut self, head: &[u8], tail: &[u8], kind: Option<Kind>) {
        let tags = self.last_tags;
        let index = match self.forms.iter().position(|form| form.head == head && form.tail == tail) {
            Some(index) => index,
            None if self.forms.len() == MAX_FORMS => return,
            None => {
                self.forms.push(Form { head: head.to_vec(), tail: tail.to_vec(), kind, tags, next: 0 });
                self.forms.len() - 1
            }
        };
        self.forms[index].tags = tags;
        if let Some(last) = self.forms.get_mut(self.last_form) {
            last.next = index;
        }
        self.last_form = index;
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
        let time = cursor.at();
        self.time(&mut cursor)?;
        let value = cursor.number()?;
        let at = cursor.at();
        self.other_tags(&mut cursor)?;
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
        Some(Point { seen, kind, time, tail })
    }

    /// Takes the time of a point and what follows, up to its value.
    #[inline]
    fn time(&mut self, cursor: &mut Canonical<'_>) -> Option<()> {
        if !self.time_member.is_empty() && cursor.eat_all(&self.time_member) {
            return Some(());
        }
        let text = cursor.rest();
        let length = match text.get(..self.time.len()).filter(|time| is_like(time, &self.time)) {
            Some(time) => time.len(),
            None => {
                let time = Canonical::new(text).plain()?;
                if !time.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'-' | b'T' | b':' | b'.' | b'Z' | b'+')) {
                    return None;
                }
                time.len()
            }
        };
        cursor.skip(length);
        expect(cursor, VALUE)?;
        text[..length].clone_into(&mut self.time);
        text[..length + VALUE.len()].clone_into(&mut self.time_member);
        Some(())
    }

    /// Takes the tags of a line of which is not known whose it has.
    fn other_tags(&mut self, cursor: &mut Canonical<'_>) -> Option<()> {
        if self.tags.get(self.last_tags).is_some_and(|tags| tags.eat(cursor)) {
            return Some(());
        }
        if self.tags.len() < MAX_FORMS {
            self.last_tags = self.tags.len();
            self.tags.push(KnownTags::default());
        }
        self.sampled_tags.take_if(|tags| *tags == self.last_tags);
        self.tags.get_mut(self.last_tags)?.eat_any(cursor)
    }

    /// A point that matters, with its value as it is written and the tags of the last line.
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
        let is_same = self.sampled_tags.replace(self.last_tags) == Some(self.last_tags);
        let tags = if is_same { None } else { self.tags.get(self.last_tags).map(KnownTags::needed) };
        Some(Seen::Event(Sample { value, at, tags, end }))
    }
}

/// What stands between the time and the value of a point.
const VALUE: &[u8; 10] = b"\",\"value\":";

/// Whether a time stamp is written as another one and differs in nothing but digits, as far as that is told at a glance.
#[inline]
fn is_like(time: &[u8], other: &[u8]) -> bool {
    const HALF: usize = 16;
    let is_like = |some: &[u8; HALF], others: &[u8; HALF]| {
        let mut odd = 0;
        for index in 0..HALF {
            let (byte, other) = (some[index], others[index]);
            let is_like = (byte == other) | (byte.is_ascii_digit() & other.is_ascii_digit());
            odd |= u8::from(!is_like);
        }
        odd == 0
    };
    let (first, last) = (time.first_chunk(), time.last_chunk());
    let (Some(first), Some(last)) = (first.zip(other.first_chunk()), last.zip(other.last_chunk())) else {
        return false;
    };
    time.len() == other.len() && time.len() <= 2 * HALF && is_like(first.0, first.1) && is_like(last.0, last.1)
}

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
