//! The records of JMeter's CSV, taken without a CSV reader.

use std::borrow::Cow;

use memchr::memchr;

use crate::model::Elapsed;
use crate::source::{Marks, Scan, Seen, WIDTH, fixed, lossy, place};

use super::jmeter_jtl_csv::{Columns, TRANSACTION};
use super::requests::{status_failed, whole};

/// Columns that are told apart.
const MAX_COLUMNS: usize = 48;

/// A scanner of lines.
#[derive(Clone)]
pub(super) struct Samples {
    delimiter: u8,
    width: usize,
    columns: Columns,
    /// The fields of the last record that was taken.
    fields: [Field; MAX_COLUMNS],
}

/// What a record says.
#[derive(Clone, Copy)]
pub(super) struct Sample {
    /// How long it took.
    pub elapsed: Elapsed,
    /// When it started, in nanoseconds.
    pub start: Option<u64>,
    /// Whether it failed; `None` where the record does not say.
    pub failed: Option<bool>,
    /// Virtual users.
    pub users: Option<u64>,
    /// Whether it sums up others.
    pub is_transaction: bool,
    label: Field,
}

/// A field without its quotation marks, in offsets of the line.
#[derive(Clone, Copy)]
struct Field {
    start: u32,
    end: u32,
    /// Whether quotation marks stand doubled in it.
    doubled: bool,
}

impl Field {
    const NONE: Field = Field { start: 0, end: 0, doubled: false };

    fn new(start: usize, end: usize, doubled: bool) -> Field {
        let narrow = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Field { start: narrow(start), end: narrow(end), doubled }
    }

    /// Its bytes, in its line.
    fn of(self, line: &[u8]) -> Option<&[u8]> {
        line.get(self.start as usize..self.end as usize)
    }
}

/// Why a line is no record of its own.
enum Broken {
    /// It ends inside of quotation marks, and may go on in the next line.
    Open,
    /// Quotation marks stand in another way than the rules of CSV have it.
    Odd,
}

impl Sample {
    /// The label as it is written, in its line; `None` where that is not what it says.
    pub fn raw_label<'l>(&self, line: &'l [u8]) -> Option<&'l [u8]> {
        self.label.of(line).filter(|_| !self.label.doubled)
    }

    /// The label as it is written, in its line, where quotation marks in it are doubled.
    pub fn doubled_label<'l>(&self, line: &'l [u8]) -> Option<&'l [u8]> {
        self.label.of(line).filter(|_| self.label.doubled)
    }

    /// The label, in its line.
    pub fn label<'l>(&self, line: &'l [u8]) -> Cow<'l, str> {
        let bytes = self.label.of(line).unwrap_or_default();
        let text = lossy(bytes);
        if self.label.doubled { text.replace("\"\"", "\"").into() } else { text }
    }
}

impl Samples {
    /// For records of `width` fields.
    pub const fn new(delimiter: u8, width: usize, columns: Columns) -> Samples {
        Samples { delimiter, width, columns, fields: [Field::NONE; MAX_COLUMNS] }
    }

    /// The fields of a record, and how many there are.
    fn fields(&self, line: &[u8], fields: &mut [Field; MAX_COLUMNS]) -> Result<usize, Broken> {
        let mut count = 0;
        let mut start = 0;
        loop {
            let first = start;
            let field = if line.get(start) == Some(&b'"') {
                let (end, doubled) = closing(line, first + 1).ok_or(Broken::Open)?;
                start = end + 1;
                Field::new(first + 1, end, doubled)
            } else {
                start += memchr(self.delimiter, &line[start..]).unwrap_or(line.len() - start);
                Field::new(first, start, false)
            };
            if let Some(place) = fields.get_mut(count) {
                *place = field;
            }
            count += 1;
            match line.get(start) {
                None => return Ok(count),
                Some(byte) if *byte == self.delimiter => start += 1,
                Some(_) => return Err(Broken::Odd),
            }
        }
    }

    /// The record that a text starts with, where it is a line of as many fields as the header has, without quotation
    /// marks but around whole fields and in ASCII: how long it is, and its fields are known. `None` for any other.
    fn plain(&mut self, text: &[u8]) -> Option<usize> {
        let mut at = 0;
        let mut start = 0;
        let mut count = 0;
        loop {
            let Marks { mut separators, odd } = Marks::of(text.get(at..)?, self.delimiter)?;
            while separators != 0 {
                let end = at + place(separators);
                *self.fields.get_mut(count)? = Field::new(start, end, false);
                count += 1;
                start = end + 1;
                separators &= separators - 1;
            }
            if odd == 0 {
                at += WIDTH;
                continue;
            }
            let mut end = at + place(odd);
            let mut field = Field::new(start, end, false);
            if text.get(end) == Some(&b'"') && end == start {
                field = quoted(text, start)?;
                end = field.end as usize + 1;
            }
            *self.fields.get_mut(count)? = field;
            count += 1;
            match text.get(end)? {
                b'\n' => return (count == self.width).then_some(end),
                byte if *byte == self.delimiter && end > start => {
                    start = end + 1;
                    at = start;
                }
                _ => return None,
            }
        }
    }

    /// What a record says; `None` where it is written in another way.
    fn sample(&self, line: &[u8], fields: &[Field; MAX_COLUMNS]) -> Option<Sample> {
        let label = fields.get(self.columns.label?).copied()?;
        std::str::from_utf8(label.of(line)?).ok()?;
        self.sample_of_text(line, fields)
    }

    /// As [`Samples::sample`], for a line that is known to be UTF-8.
    fn sample_of_text(&self, line: &[u8], fields: &[Field; MAX_COLUMNS]) -> Option<Sample> {
        let text = |column: Option<usize>| fields.get(column?)?.of(line);
        let elapsed = Elapsed::from_nanos(fixed(text(self.columns.elapsed)?, 6)?);
        let failed = match text(self.columns.success) {
            Some(b"true") => Some(false),
            Some(success) if success.eq_ignore_ascii_case(b"true") => Some(false),
            Some(success) if success.eq_ignore_ascii_case(b"false") => Some(true),
            Some(_) => return None,
            None => text(self.columns.code).map(|code| count(code).is_none_or(status_failed)),
        };
        Some(Sample {
            elapsed,
            start: text(self.columns.time).and_then(count).map(|start| start.saturating_mul(1_000_000)),
            failed,
            users: text(self.columns.users).and_then(count),
            is_transaction: text(self.columns.message).is_some_and(|text| text.starts_with(TRANSACTION.as_bytes())),
            label: fields.get(self.columns.label?).copied()?,
        })
    }
}

/// Where the quotation mark stands that closes what is open at a place, and whether doubled ones stand before it;
/// `None` where there is none.
fn closing(text: &[u8], mut from: usize) -> Option<(usize, bool)> {
    let mut doubled = false;
    loop {
        from += memchr(b'"', text.get(from..)?)?;
        if text.get(from + 1) != Some(&b'"') {
            return Some((from, doubled));
        }
        doubled = true;
        from += 2;
    }
}

/// The field in quotation marks that starts at a place; `None` where it does not end, or not in the same line, or is not
/// ASCII.
fn quoted(text: &[u8], start: usize) -> Option<Field> {
    let (end, doubled) = closing(text, start + 1)?;
    let is_plain = text[start + 1..end].iter().all(|byte| (0x20..0x80).contains(byte));
    is_plain.then(|| Field::new(start + 1, end, doubled))
}

/// A count as it is usually written; any other way is left to [`whole`].
fn count(text: &[u8]) -> Option<u64> {
    if text.is_empty() || text.len() > 18 || !text.iter().all(u8::is_ascii_digit) {
        return whole(text);
    }
    Some(text.iter().fold(0, |count, digit| count * 10 + u64::from(digit - b'0')))
}

/// Whether a line break stands in a field without quotation marks.
fn breaks_outside(line: &[u8], fields: &[Field; MAX_COLUMNS], count: usize) -> bool {
    let is_quoted = |field: &Field| field.start > 0 && line[field.start as usize - 1] == b'"';
    let breaks = |field: &Field| field.of(line).is_none_or(|field| memchr(b'\n', field).is_some());
    fields.get(..count).is_none_or(|fields| fields.iter().any(|field| !is_quoted(field) && breaks(field)))
}

impl Scan for Samples {
    type Event = Sample;

    fn next(&mut self, text: &[u8]) -> Option<(usize, Seen<Sample>)> {
        let end = self.plain(text)?;
        Some((end, self.sample_of_text(&text[..end], &self.fields).map_or(Seen::Unsure, Seen::Event)))
    }

    fn line(&mut self, line: &[u8]) -> Seen<Sample> {
        // A carriage return inside of a line ends a record too.
        if self.width > MAX_COLUMNS || memchr(b'\r', line).is_some() {
            return Seen::Lost;
        }
        let mut fields = [Field::NONE; MAX_COLUMNS];
        match self.fields(line, &mut fields) {
            Err(Broken::Open) => Seen::Open,
            Err(Broken::Odd) => Seen::Lost,
            // A line ends a record but inside of quotation marks.
            Ok(count) if memchr(b'\n', line).is_some() && breaks_outside(line, &fields, count) => Seen::Lost,
            Ok(count) if count == self.width => self.sample(line, &fields).map_or(Seen::Unsure, Seen::Event),
            Ok(_) => Seen::Unsure,
        }
    }
}
