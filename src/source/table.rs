//! CSV artifacts.

use std::io::Read;

use super::lines::lossy;
use super::{Diags, Line, Lines, Scan, Stop};
use crate::diagnostics::codes::{BAD_ENCODING, OUT_OF_RANGE, SYNTAX, UNREADABLE_PART};
use crate::diagnostics::{Code, Diagnostic, LineColumn};
use crate::model::{Elapsed, Pointer, Unit};

/// A reader of CSV records.
///
/// See the [example](mod@crate::source#example).
pub struct Table<'i> {
    reader: csv::Reader<Box<dyn Read + 'i>>,
    header: Vec<String>,
    record: csv::ByteRecord,
    /// Lines before those of the reader.
    before: u64,
    diags: Diags,
}

/// A record of a table that is scanned.
///
/// See the [example](mod@crate::source#example).
pub enum Record<'r, E> {
    /// What the scanner says of a line.
    Event(E, Line<'r>),
    /// A record that the scanner is not sure of.
    Row(Row<'r>),
}

/// One record.
///
/// See the [example](mod@crate::source#example).
pub struct Row<'r> {
    header: &'r [String],
    record: &'r csv::ByteRecord,
    before: u64,
    diags: &'r Diags,
}

impl<'i> Table<'i> {
    pub(super) fn new(
        input: Box<dyn Read + 'i>,
        has_header: bool,
        delimiter: u8,
        diags: Diags,
    ) -> Result<Table<'i>, Stop> {
        let mut reader = builder(delimiter, has_header).from_reader(input);
        let header = if has_header {
            let record = reader.byte_headers().map_err(|error| broken(&error))?;
            record.iter().map(|field| lossy(field).trim().to_owned()).collect()
        } else {
            Vec::new()
        };
        Ok(Table { reader, header, record: csv::ByteRecord::new(), before: 0, diags })
    }

    /// Reads a table whose header stands on the first line without quotation marks: with a scanner of lines
    /// as long as that one knows its way, then as any table.
    pub(super) fn scan<S: Scan>(
        mut lines: Lines<'_>,
        delimiter: u8,
        scanner: &S,
        mut take: impl FnMut(Record<'_, S::Event>),
    ) -> Result<(), Stop> {
        let diags = lines.diags.clone();
        let line = lines.next()?;
        let fields = line.iter().flat_map(|line| line.bytes.split(|byte| *byte == delimiter));
        let header: Vec<String> = fields.map(|field| lossy(field).trim().to_owned()).collect();
        let mut record = csv::ByteRecord::new();
        lines.scan(scanner, |event, line| {
            if let Some(event) = event {
                take(Record::Event(event, line));
            } else if builder(delimiter, false)
                .buffer_capacity(line.bytes.len().max(1))
                .from_reader(line.bytes)
                .read_byte_record(&mut record)
                .map_err(|error| broken(&error))?
            {
                let row = Row { header: &header, record: &record, before: line.number - 1, diags: &diags };
                take(Record::Row(row.checked()));
            }
            Ok(())
        })?;
        if lines.is_done() {
            return Ok(());
        }
        let before = lines.number;
        let reader = builder(delimiter, false).from_reader(Box::new(lines.into_rest()) as Box<dyn Read + '_>);
        let mut table = Table { reader, header, record, before, diags };
        while let Some(row) = table.next()? {
            take(Record::Row(row));
        }
        Ok(())
    }

    /// The names of the columns; empty where there is no header.
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// The position of a column.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.header.iter().position(|column| column == name)
    }

    /// The next record; `None` at the end. A record with another number of fields than the header is reported
    /// and still returned.
    ///
    /// # Errors
    /// The input cannot be read.
    #[expect(clippy::should_implement_trait, reason = "it fails, and lends")]
    pub fn next(&mut self) -> Result<Option<Row<'_>>, Stop> {
        if !self.reader.read_byte_record(&mut self.record).map_err(|error| broken(&error))? {
            return Ok(None);
        }
        let row = Row { header: &self.header, record: &self.record, before: self.before, diags: &self.diags };
        Ok(Some(row.checked()))
    }
}

fn builder(delimiter: u8, has_header: bool) -> csv::ReaderBuilder {
    let mut builder = csv::ReaderBuilder::new();
    builder.delimiter(delimiter).has_headers(has_header).flexible(true).buffer_capacity(256 * 1024);
    builder
}

fn broken(error: &csv::Error) -> Stop {
    let line = error.position().map_or(1, csv::Position::line);
    Stop(Box::new(Diagnostic::new(&SYNTAX, format!("not CSV: {error}")).at(Pointer::line(line))))
}

impl<'r> Row<'r> {
    /// Reports another number of fields than the header has.
    fn checked(self) -> Row<'r> {
        if !self.header.is_empty() && self.record.len() != self.header.len() {
            let message = format!("{} fields, the header has {}", self.record.len(), self.header.len());
            self.report(&UNREADABLE_PART, message);
        }
        self
    }

    /// A field by column name; `None` where there is no such column or field.
    pub fn get(&self, name: &str) -> Option<std::borrow::Cow<'r, str>> {
        self.at(self.header.iter().position(|column| column == name)?)
    }

    /// A field by position, from 0.
    pub fn at(&self, column: usize) -> Option<std::borrow::Cow<'r, str>> {
        let text = lossy(self.record.get(column)?);
        if let std::borrow::Cow::Owned(_) = text {
            self.report(&BAD_ENCODING, "a field is not UTF-8");
        }
        Some(text)
    }

    /// The bytes of a field by position, from 0.
    pub fn bytes(&self, column: usize) -> Option<&'r [u8]> {
        self.record.get(column)
    }

    /// How many fields there are.
    pub fn len(&self) -> usize {
        self.record.len()
    }

    /// Whether there is no field.
    pub fn is_empty(&self) -> bool {
        self.record.is_empty()
    }

    /// A count; blank and `N/A` are absent, what is none is reported.
    pub fn count(&self, name: &str) -> Option<u64> {
        let text = self.value(name)?;
        match text.parse() {
            Ok(count) => Some(count),
            Err(_) => self.not(name, &text, "a count"),
        }
    }

    /// A number; blank and `N/A` are absent, what is none is reported.
    pub fn f64(&self, name: &str) -> Option<f64> {
        let text = self.value(name)?;
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Some(number),
            _ => self.not(name, &text, "a number"),
        }
    }

    /// A time in `unit`; blank and `N/A` are absent, what is none is reported.
    pub fn elapsed(&self, name: &str, unit: Unit) -> Option<Elapsed> {
        let number = self.f64(name)?;
        Elapsed::from_f64(number, unit).ok().or_else(|| self.not(name, &number.to_string(), "a time"))
    }

    fn value(&self, name: &str) -> Option<String> {
        let text = self.get(name)?.trim().to_owned();
        (!text.is_empty() && text != "N/A").then_some(text)
    }

    fn not<T>(&self, name: &str, text: &str, what: &str) -> Option<T> {
        self.report(&OUT_OF_RANGE, format!("`{}` in column `{name}` is not {what}", super::json::shorten(text)));
        None
    }

    /// The line that the record starts on, from 1.
    pub fn line(&self) -> u64 {
        self.before + self.record.position().map_or(1, csv::Position::line)
    }

    /// The pointer to it.
    pub fn pointer(&self) -> Pointer {
        Pointer::line(self.line())
    }

    /// Reports a diagnostic at this record.
    pub fn report(&self, code: &'static Code, message: impl Into<String>) {
        let place = LineColumn { line: self.line(), column: 1 };
        self.diags.push(Diagnostic::new(code, message).at(self.pointer()).at_line(place));
    }
}
