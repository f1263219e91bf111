//! The records of JMeter's CSV, taken without a CSV reader.

use std::borrow::Cow;

use memchr::memchr;

use crate::model::Elapsed;
use crate::source::{Marks, Scan, Seen, WIDTH, count_marks, eight_digits, fixed, lossy, place};

use super::jmeter_jtl_csv::{Columns, TRANSACTION, is_one};
use super::requests::{status_failed, whole};

/// Columns that are told apart: those of which [`Fields`] has a bit, less as many as are found at once.
const MAX_COLUMNS: usize = 64 - WIDTH;

/// A scanner of lines.
#[derive(Clone)]
pub(super) struct Samples {
    delimiter: u8,
    width: usize,
    columns: Columns,
    /// How many columns there are up to the last one that says something.
    needed: usize,
    /// The fields of the last record that was taken.
    fields: Fields,
}

/// The fields of a record.
#[derive(Clone)]
struct Fields {
    /// Where each ends, in offsets of the record: before the separator that stands before the next one.
    ends: [u32; 64],
    count: usize,
    /// Those that stand in quotation marks, and those in which such stand doubled. Bit *i* stands for field *i*.
    quoted: u64,
    doubled: u64,
}

impl Fields {
    const NONE: Fields = Fields { ends: [0; 64], count: 0, quoted: 0, doubled: 0 };

    fn clear(&mut self) {
        (self.count, self.quoted, self.doubled) = (0, 0, 0);
    }

    /// Adds a field without quotation marks; of more fields than there may be no one is kept.
    #[inline(always)]
    fn push(&mut self, end: usize) {
        self.ends[self.count % 64] = u32::try_from(end).unwrap_or(u32::MAX);
        self.count += 1;
    }

    /// Adds a field in quotation marks.
    fn push_quoted(&mut self, end: usize, doubled: bool) {
        let bit = 1 << (self.count % 64);
        self.quoted |= bit;
        self.doubled |= if doubled { bit } else { 0 };
        self.push(end);
    }

    /// Whether there are so many that not all of them are kept.
    const fn overflows(&self) -> bool {
        self.count > MAX_COLUMNS
    }

    /// A field without its quotation marks.
    #[inline]
    fn get(&self, index: usize) -> Option<Field> {
        let end = *self.ends.get(..self.count)?.get(index)?;
        let start = if index == 0 { 0 } else { self.ends[index - 1].saturating_add(1) };
        let bit = 1 << index;
        if self.quoted & bit == 0 {
            return Some(Field { start, end, doubled: false });
        }
        Some(Field { start: start + 1, end: end.saturating_sub(1), doubled: self.doubled & bit != 0 })
    }
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
    pub fn new(delimiter: u8, width: usize, columns: Columns) -> Samples {
        let Columns { time, elapsed, label, success, code, message, users, counts: [samples, errors], .. } = columns;
        let all = [time, elapsed, label, success, code, message, users, samples, errors];
        let last = all.into_iter().flatten().max();
        let needed = last.map_or(0, |last| last + 1);
        Samples { delimiter, width, columns, needed, fields: Fields::NONE }
    }

    /// Finds the fields of a record.
    fn split(&mut self, line: &[u8]) -> Result<(), Broken> {
        self.fields.clear();
        let mut start = 0;
        loop {
            if line.get(start) == Some(&b'"') {
                let (end, doubled) = closing(line, start + 1).ok_or(Broken::Open)?;
                start = end + 1;
                self.fields.push_quoted(start, doubled);
            } else {
                start += memchr(self.delimiter, &line[start..]).unwrap_or(line.len() - start);
                self.fields.push(start);
            }
            match line.get(start) {
                None => return Ok(()),
                Some(byte) if *byte == self.delimiter => start += 1,
                Some(_) => return Err(Broken::Odd),
            }
        }
    }

    /// The record that a text starts with, where it is a line of as many fields as the header has, without quotation
    /// marks but around whole fields and in ASCII: how long it is, and where the fields are that are needed.
    /// `None` for any other.
    fn plain(&mut self, text: &[u8]) -> Option<usize> {
        self.fields.clear();
        let mut at = 0;
        loop {
            let Marks { mut separators, odd } = Marks::of(text.get(at..)?, self.delimiter)?;
            if self.fields.count < self.needed {
                while separators != 0 {
                    self.fields.push(at + place(separators));
                    separators &= separators - 1;
                }
            } else {
                self.fields.count += count_marks(separators);
            }
            if self.fields.overflows() {
                return None;
            }
            if odd == 0 {
                at += WIDTH;
                continue;
            }
            let mut end = at + place(odd);
            match text[end] {
                b'\n' => {
                    self.fields.push(end);
                    return (self.fields.count == self.width).then_some(end);
                }
                // Only at the start of a field.
                b'"' if end.checked_sub(1).is_none_or(|before| text[before] == self.delimiter) => {
                    let doubled;
                    (end, doubled) = quoted(text, end)?;
                    self.fields.push_quoted(end, doubled);
                }
                // A tab is a control character too.
                byte if byte == self.delimiter => self.fields.push(end),
                _ => return None,
            }
            match text.get(end)? {
                b'\n' => return (self.fields.count == self.width).then_some(end),
                byte if *byte == self.delimiter => at = end + 1,
                _ => return None,
            }
        }
    }

    /// What a record says; `None` where it is written in another way.
    fn sample(&self, line: &[u8]) -> Option<Sample> {
        let label = self.fields.get(self.columns.label?)?;
        std::str::from_utf8(label.of(line)?).ok()?;
        self.sample_of_text(line)
    }

    /// As [`Samples::sample`], for a line that is known to be UTF-8.
    fn sample_of_text(&self, line: &[u8]) -> Option<Sample> {
        let text = |column: Option<usize>| self.fields.get(column?)?.of(line);
        if !is_one(self.columns.counts.map(text)) {
            return None;
        }
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
            label: self.fields.get(self.columns.label?)?,
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

/// The field in quotation marks that starts at a place: where it ends, and whether quotation marks stand doubled in it;
/// `None` where it does not end, or not in the same line, or is not ASCII.
fn quoted(text: &[u8], start: usize) -> Option<(usize, bool)> {
    let (end, doubled) = closing(text, start + 1)?;
    let is_plain = text[start + 1..end].iter().all(|byte| (0x20..0x80).contains(byte));
    is_plain.then_some((end + 1, doubled))
}

/// A count as it is usually written; any other way is left to [`whole`].
fn count(text: &[u8]) -> Option<u64> {
    let digits = |count: u64, byte: &u8| match byte.wrapping_sub(b'0') {
        digit @ 0..=9 => Some(count * 10 + u64::from(digit)),
        _ => None,
    };
    // More digits might be too many.
    let usual = match (text.len(), eight_digits(text)) {
        (8..=18, Some(first)) => text[WIDTH..].iter().try_fold(first, digits),
        (1..8, _) => text.iter().try_fold(0, digits),
        _ => None,
    };
    usual.or_else(|| whole(text))
}

/// Whether a line break stands in a field without quotation marks.
fn breaks_outside(line: &[u8], fields: &Fields) -> bool {
    let breaks = |field: Field| field.of(line).is_none_or(|field| memchr(b'\n', field).is_some());
    (0..fields.count).any(|index| fields.quoted & (1 << index) == 0 && fields.get(index).is_none_or(breaks))
}

impl Scan for Samples {
    type Event = Sample;

    fn next(&mut self, text: &[u8]) -> Option<(usize, Seen<Sample>)> {
        let end = self.plain(text)?;
        Some((end, self.sample_of_text(&text[..end]).map_or(Seen::Unsure, Seen::Event)))
    }

    fn line(&mut self, line: &[u8]) -> Seen<Sample> {
        // A carriage return inside of a line ends a record too.
        if self.width > MAX_COLUMNS || memchr(b'\r', line).is_some() {
            return Seen::Lost;
        }
        match self.split(line) {
            Err(Broken::Open) => Seen::Open,
            Err(Broken::Odd) => Seen::Lost,
            Ok(()) if self.fields.overflows() => Seen::Unsure,
            // A line ends a record but inside of quotation marks.
            Ok(()) if memchr(b'\n', line).is_some() && breaks_outside(line, &self.fields) => Seen::Lost,
            Ok(()) if self.fields.count == self.width => self.sample(line).map_or(Seen::Unsure, Seen::Event),
            Ok(()) => Seen::Unsure,
        }
    }
}
