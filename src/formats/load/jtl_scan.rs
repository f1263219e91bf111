//! The records of JMeter's CSV, taken without a CSV reader.

use std::borrow::Cow;

use memchr::memchr;

use crate::model::Elapsed;
use crate::source::{BLOCK, Marks, Scan, Seen, WIDTH, few_digits, fixed, lossy};

use super::jmeter_jtl_csv::{Columns, TRANSACTION, is_one, says_why};
use super::requests::{status_failed, whole};

/// Nanoseconds.
const MILLI: u64 = 1_000_000;

/// Fields that are found at once, where there are so many.
const TOGETHER: usize = 8;
/// Columns that are told apart: those of which [`Fields`] has a bit, less as many as are found at once.
const MAX_COLUMNS: usize = 63 - TOGETHER;

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
    /// Where each starts, in offsets of the record, and where one behind the last one would: one behind the separator.
    starts: [usize; 64],
    count: usize,
    /// Those that stand in quotation marks, and those in which such stand doubled. Bit *i* stands for field *i*.
    quoted: u64,
    doubled: u64,
}

impl Fields {
    const NONE: Fields = Fields { starts: [0; 64], count: 0, quoted: 0, doubled: 0 };

    fn clear(&mut self) {
        (self.count, self.quoted, self.doubled) = (0, 0, 0);
    }

    /// Adds a field without quotation marks; of more fields than there may be no one is kept.
    #[inline(always)]
    fn push(&mut self, end: usize) {
        self.count += 1;
        self.starts[self.count % 64] = end + 1;
    }

    /// Adds fields without quotation marks, of which each ends at a bit, counted from a place on.
    #[inline(always)]
    fn push_all(&mut self, mut bits: u64, place: usize) {
        let mut next = self.count + 1;
        self.count += bits.count_ones() as usize;
        // As many as there mostly are, without asking after each whether there is another: what is written behind the
        // last one is written over.
        if let Some(some) = self.starts.get_mut(next..).and_then(<[usize]>::first_chunk_mut::<TOGETHER>) {
            for start in some {
                *start = place + bits.trailing_zeros() as usize + 1;
                bits &= bits.wrapping_sub(1);
            }
            next += TOGETHER;
        }
        while bits != 0 && next < self.starts.len() {
            self.starts[next] = place + bits.trailing_zeros() as usize + 1;
            bits &= bits - 1;
            next += 1;
        }
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
    #[inline(always)]
    fn get(&self, index: usize) -> Option<Field> {
        if index >= self.count.min(self.starts.len() - 1) {
            return None;
        }
        let (start, end) = (self.starts[index], self.starts[index + 1] - 1);
        let bit = 1 << index;
        if self.quoted & bit == 0 {
            return Some(Field { start, end, doubled: false });
        }
        Some(Field { start: start + 1, end: end - 1, doubled: self.doubled & bit != 0 })
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
    /// Where the label starts and ends, and whether quotation marks stand doubled in it.
    label: (u32, u32, bool),
}

/// A field without its quotation marks, in offsets of the line.
#[derive(Clone, Copy)]
struct Field {
    start: usize,
    end: usize,
    /// Whether quotation marks stand doubled in it.
    doubled: bool,
}

impl Field {
    /// Its bytes, in its line.
    fn of(self, line: &[u8]) -> Option<&[u8]> {
        line.get(self.start..self.end)
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
    /// The label as it is written, in its line, and whether quotation marks in it are doubled.
    #[inline]
    pub fn raw_label<'l>(&self, line: &'l [u8]) -> (&'l [u8], bool) {
        let (start, end, doubled) = self.label;
        (line.get(start as usize..end as usize).unwrap_or_default(), doubled)
    }

    /// The label, in its line.
    pub fn label<'l>(&self, line: &'l [u8]) -> Cow<'l, str> {
        let (bytes, doubled) = self.raw_label(line);
        let text = lossy(bytes);
        if doubled { text.replace("\"\"", "\"").into() } else { text }
    }
}

impl Samples {
    /// For records of `width` fields.
    pub fn new(delimiter: u8, width: usize, columns: Columns) -> Samples {
        let Columns { time, elapsed, label, success, code, message, failure, users, .. } = columns;
        let [samples, errors] = columns.counts;
        let all = [time, elapsed, label, success, code, message, failure, users, samples, errors];
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
            let Marks { separators, odd } = Marks::of(text.get(at..)?, self.delimiter)?;
            if self.fields.count < self.needed {
                self.fields.push_all(separators, at);
            } else {
                self.fields.count += separators.count_ones() as usize;
            }
            if self.fields.overflows() {
                return None;
            }
            let Some(odd) = odd else {
                at += BLOCK;
                continue;
            };
            let mut end = at + odd;
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

    /// The count in a column; `None` where it is none.
    #[inline(always)]
    fn count(&self, column: Option<usize>, line: &[u8]) -> Option<u64> {
        let field = self.fields.get(column?)?;
        let text = field.of(line)?;
        few_digits(&line[field.start..], text.len()).or_else(|| count(text))
    }

    /// How long it took, in nanoseconds.
    #[inline(always)]
    fn elapsed(&self, line: &[u8]) -> Option<u64> {
        let field = self.fields.get(self.columns.elapsed?)?;
        let text = field.of(line)?;
        // More digits might be too many.
        match few_digits(&line[field.start..], text.len()).filter(|_| text.len() <= WIDTH) {
            Some(millis) => Some(millis * MILLI),
            None => fixed(text, 6),
        }
    }

    /// As [`Samples::sample`], for a line that is known to be UTF-8.
    fn sample_of_text(&self, line: &[u8]) -> Option<Sample> {
        let text = |column: Option<usize>| self.fields.get(column?)?.of(line);
        let [samples, errors] = self.columns.counts;
        if (samples.is_some() || errors.is_some()) && !is_one([text(samples), text(errors)]) {
            return None;
        }
        let label = self.fields.get(self.columns.label?)?;
        let elapsed = Elapsed::from_nanos(self.elapsed(line)?);
        let failed = match text(self.columns.success) {
            Some(b"true") => Some(false),
            Some(success) if success.eq_ignore_ascii_case(b"true") => Some(false),
            Some(success) if success.eq_ignore_ascii_case(b"false") => Some(true),
            Some(_) => return None,
            None if says_why(text(self.columns.failure)) => Some(true),
            None => text(self.columns.code).map(|_| self.count(self.columns.code, line).is_none_or(status_failed)),
        };
        Some(Sample {
            elapsed,
            start: self.count(self.columns.time, line).map(|start| start.saturating_mul(MILLI)),
            failed,
            users: self.count(self.columns.users, line),
            is_transaction: text(self.columns.message).is_some_and(|text| text.starts_with(TRANSACTION.as_bytes())),
            label: (u32::try_from(label.start).ok()?, u32::try_from(label.end).ok()?, label.doubled),
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

/// A count, wherever it stands, as it is usually written; any other way is left to [`whole`].
#[inline(never)]
fn count(text: &[u8]) -> Option<u64> {
    let digits = |count: u64, byte: &u8| match byte.wrapping_sub(b'0') {
        digit @ 0..=9 => Some(count * 10 + u64::from(digit)),
        _ => None,
    };
    // More digits might be too many.
    let usual = (1..=18).contains(&text.len()).then(|| text.iter().try_fold(0, digits));
    usual.flatten().or_else(|| whole(text))
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
