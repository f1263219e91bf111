//! The content of one artifact, as a format's reader gets it.

use std::io::Read;

use super::hashing::{Feed, Hashing};
use super::lines::{first_line, without_return};
use super::table::Record;
use super::{Diags, Json, JsonKind, Lines, Scan, Stop, Table, Tree, Xml};
use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{BAD_ENCODING, LIMIT};
use crate::model::test::Room;

/// Bytes of a text that is read as a whole.
const MAX_TEXT: u64 = 64 * 1024 * 1024;

/// The content of one artifact. A reader opens it once, as what it is.
///
/// See the [example](mod@crate::source#example).
pub struct Doc<'i> {
    head: Vec<u8>,
    rest: Option<&'i mut (dyn Feed + 'i)>,
    is_lines: bool,
    diags: Diags,
    room: Room,
}

impl<'i> Doc<'i> {
    pub(super) fn new(head: Vec<u8>, rest: &'i mut (dyn Feed + 'i), is_lines: bool, diags: Diags) -> Doc<'i> {
        Doc { head, rest: Some(rest), is_lines, diags, room: Room::default() }
    }

    /// The same where no more than so many passing tests will be kept by name, whatever the reader does.
    #[must_use]
    pub(crate) fn with_room(mut self, passed: u64) -> Doc<'i> {
        self.room = Room::for_passed(passed);
        self
    }

    /// How many test cases are worth keeping.
    pub(crate) const fn room(&self) -> Room {
        self.room
    }

    /// Where diagnostics go.
    pub const fn diags(&self) -> &Diags {
        &self.diags
    }

    /// Reports a diagnostic.
    pub fn report(&self, diagnostic: Diagnostic) {
        self.diags.push(diagnostic);
    }

    /// The first line, as far as it stands in the first bytes: a header tells how the rest is to be read.
    pub fn first_line(&self) -> Option<String> {
        std::str::from_utf8(first_line(&self.head)).ok().map(ToOwned::to_owned)
    }

    fn rest(&mut self) -> Box<dyn Feed + 'i> {
        match self.rest.take() {
            Some(rest) => Box::new(rest),
            None => Box::new(Hashing::new(std::io::empty())),
        }
    }

    fn all(&mut self) -> Box<dyn Read + 'i> {
        let head = std::mem::take(&mut self.head);
        Box::new(std::io::Cursor::new(head).chain(self.rest()))
    }

    /// Whether it is JSON on lines of its own; one line alone counts as a document.
    pub const fn is_lines(&self) -> bool {
        self.is_lines
    }

    /// As one JSON document, taken whole.
    ///
    /// # Errors
    /// It is no JSON, or something follows.
    pub fn document(&mut self) -> Result<Tree, Stop> {
        let mut json = self.json();
        let tree = json.tree()?;
        json.end()?;
        Ok(tree)
    }

    /// As JSON records, however they are written: NDJSON, the elements of an array, or one object.
    /// A line that is no JSON is reported and passed over.
    ///
    /// # Errors
    /// It is no JSON, or `record` fails.
    pub fn records(&mut self, mut record: impl FnMut(Tree) -> Result<(), Stop>) -> Result<(), Stop> {
        if self.is_lines {
            return self.lines().records(record);
        }
        let mut json = self.json();
        match json.kind()? {
            JsonKind::Array => json.array(|json, _| record(json.tree()?))?,
            JsonKind::Object | JsonKind::Scalar => record(json.tree()?)?,
        }
        json.end()
    }

    /// As JSON documents one after the other, on one line or on several each, or as the elements of an array.
    ///
    /// # Errors
    /// It is no JSON, or `document` fails.
    pub fn documents(&mut self, mut document: impl FnMut(Tree) -> Result<(), Stop>) -> Result<(), Stop> {
        if self.is_lines {
            return self.lines().records(document);
        }
        let mut json = self.json();
        match json.kind()? {
            JsonKind::Array => {
                json.array(|json, _| document(json.tree()?))?;
                json.end()
            }
            JsonKind::Object | JsonKind::Scalar => json.documents(document),
        }
    }

    /// As a cursor over one JSON document, for documents that may be large.
    /// The reader calls [`Json::end`] at the end.
    pub fn json(&mut self) -> Json<'i> {
        let head = std::mem::take(&mut self.head);
        let rest = self.rest();
        Json::new(head, rest, self.diags.clone())
    }

    /// As XML.
    pub fn xml(&mut self) -> Xml<'i> {
        let head = std::mem::take(&mut self.head);
        let rest = self.rest();
        Xml::new(head, rest, self.diags.clone())
    }

    /// As lines.
    pub fn lines(&mut self) -> Lines<'i> {
        let head = std::mem::take(&mut self.head);
        let rest = self.rest();
        Lines::new(head, rest, self.diags.clone())
    }

    /// As CSV whose first record names the columns.
    ///
    /// # Errors
    /// The first record cannot be read.
    pub fn table(&mut self) -> Result<Table<'i>, Stop> {
        self.table_of(b',')
    }

    /// As CSV with another delimiter than the comma, whose first record names the columns.
    ///
    /// # Errors
    /// The first record cannot be read.
    pub fn table_of(&mut self, delimiter: u8) -> Result<Table<'i>, Stop> {
        let all = self.all();
        Table::new(all, true, delimiter, self.diags.clone())
    }

    /// As CSV whose first record names the columns, with a scanner for the records that are written in the usual way.
    /// Returns false, with nothing read, where the header is written in a way that the scanner cannot start from.
    ///
    /// # Errors
    /// The input cannot be read.
    pub(crate) fn scan_table<S: Scan>(
        &mut self,
        delimiter: u8,
        scanner: &S,
        take: impl FnMut(Record<'_, S::Event>),
    ) -> Result<bool, Stop> {
        let Some(end) = memchr::memchr(b'\n', &self.head) else { return Ok(false) };
        let line = without_return(&self.head[..end]);
        if line.is_empty() || line.iter().any(|byte| matches!(byte, b'"' | b'\r')) {
            return Ok(false);
        }
        Table::scan(self.lines(), delimiter, scanner, take).map(|()| true)
    }

    /// As CSV without header.
    ///
    /// # Errors
    /// The input cannot be read.
    pub fn bare_table(&mut self) -> Result<Table<'i>, Stop> {
        let all = self.all();
        Table::new(all, false, b',', self.diags.clone())
    }

    /// As one text of a bounded length.
    ///
    /// # Errors
    /// It is longer than 64 MiB, or not UTF-8.
    pub fn text(&mut self) -> Result<String, Stop> {
        let mut bytes = Vec::new();
        self.all().take(MAX_TEXT + 1).read_to_end(&mut bytes).map_err(|error| Stop::io(&error))?;
        if bytes.len() as u64 > MAX_TEXT {
            return Err(Stop::new(&LIMIT, format!("texts of more than {} MiB are not read", MAX_TEXT / 1024 / 1024)));
        }
        String::from_utf8(bytes).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            Stop::new(&BAD_ENCODING, format!("the byte at offset {at} is not UTF-8"))
        })
    }
}
