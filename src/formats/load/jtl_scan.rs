//! The records of JMeter's CSV, taken without a CSV reader.

use std::borrow::Cow;

use memchr::memchr;

use crate::model::Elapsed;
use crate::source::{Scan, Seen, fixed};

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
#[derive(Clone, Copy, Default)]
struct Field {
    start: usize,
    end: usize,
    /// Whether quotation marks stand doubled in it.
    doubled: bool,
}

/// Why a line is no record of its own.
enum Broken {
    /// It ends inside of quotation marks, and may go on in the next line.
    Open,
    /// Quotation marks stand in another way than the rules of CSV have it.
    Odd,
}

impl Sample {
    /// The label, in its line.
    pub fn label<'l>(&self, line: &'l [u8]) -> Cow<'l, str> {
        let bytes = line.get(self.label.start..self.label.end).unwrap_or_default();
        let text = std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed);
        if self.label.doubled { text.replace("\"\"", "\"").into() } else { text }
    }
}

impl Samples {
    /// For records of `width` fields.
    pub const fn new(delimiter: u8, width: usize, columns: Columns) -> Samples {
        Samples { delimiter, width, columns }
    }

    /// The fields of a record, and how many there are.
    fn fields(&self, line: &[u8], fields: &mut [Field; MAX_COLUMNS]) -> Result<usize, Broken> {
        let mut count = 0;
        let mut start = 0;
        loop {
            let mut field = Field { start, end: line.len(), doubled: false };
            if line.get(start) == Some(&b'"') {
                field.start += 1;
                let mut from = field.start;
                loop {
                    from += memchr(b'"', &line[from..]).ok_or(Broken::Open)? + 1;
                    if line.get(from) != Some(&b'"') {
                        break;
                    }
                    field.doubled = true;
                    from += 1;
                }
                field.end = from - 1;
                start = from;
            } else {
                start += memchr(self.delimiter, &line[start..]).unwrap_or(line.len() - start);
                field.end = start;
            }
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

    fn sample(&self, line: &[u8], fields: &[Field; MAX_COLUMNS]) -> Option<Sample> {
        let text = |column: Option<usize>| {
            let field = fields.get(column?)?;
            line.get(field.start..field.end)
        };
        let elapsed = Elapsed::from_nanos(fixed(text(self.columns.elapsed)?, 6)?);
        let failed = match text(self.columns.success) {
            Some(success) if success.eq_ignore_ascii_case(b"true") => Some(false),
            Some(success) if success.eq_ignore_ascii_case(b"false") => Some(true),
            Some(_) => return None,
            None => text(self.columns.code).map(|code| whole(code).is_none_or(status_failed)),
        };
        let label = fields.get(self.columns.label?).copied()?;
        std::str::from_utf8(line.get(label.start..label.end)?).ok()?;
        Some(Sample {
            elapsed,
            start: text(self.columns.time).and_then(whole).map(|start| start.saturating_mul(1_000_000)),
            failed,
            users: text(self.columns.users).and_then(whole),
            is_transaction: text(self.columns.message).is_some_and(|text| text.starts_with(TRANSACTION.as_bytes())),
            label,
        })
    }
}

/// Whether a line break stands in a field without quotation marks.
fn breaks_outside(line: &[u8], fields: &[Field; MAX_COLUMNS], count: usize) -> bool {
    let is_quoted = |field: &Field| field.start > 0 && line[field.start - 1] == b'"';
    let breaks = |field: &Field| memchr(b'\n', &line[field.start..field.end]).is_some();
    fields.get(..count).is_none_or(|fields| fields.iter().any(|field| !is_quoted(field) && breaks(field)))
}

impl Scan for Samples {
    type Event = Sample;

    fn line(&mut self, line: &[u8]) -> Seen<Sample> {
        // A carriage return inside of a line ends a record too.
        if self.width > MAX_COLUMNS || memchr(b'\r', line).is_some() {
            return Seen::Lost;
        }
        let mut fields = [Field::default(); MAX_COLUMNS];
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
