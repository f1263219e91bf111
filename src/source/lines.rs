//! Line-based artifacts: NDJSON and text.

use std::borrow::Cow;

use memchr::memchr;

use super::hashing::Feed;
use super::json::{Tree, parse_line};
use super::{Diags, Stop, fill};
use crate::diagnostics::codes::{BAD_ENCODING, LIMIT};
use crate::diagnostics::{Code, Diagnostic, LineColumn};
use crate::model::Pointer;

/// Bytes of one line that are read; a longer one is reported and passed over.
pub const MAX_LINE: usize = 64 * 1024 * 1024;
const BLOCK: usize = 512 * 1024;

/// Bytes as text; what is not UTF-8 in them is replaced.
#[inline]
pub(crate) fn lossy(bytes: &[u8]) -> Cow<'_, str> {
    // Far faster than the lossy reading, which sound text never needs.
    std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
}

/// The first line of a text, without its end.
pub(super) fn first_line(text: &[u8]) -> &[u8] {
    without_return(&text[..memchr(b'\n', text).unwrap_or(text.len())])
}

/// A line without the carriage return before its end.
pub(super) fn without_return(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// A reader of lines.
///
/// See the [example](mod@crate::source#example).
pub struct Lines<'i> {
    pub(super) input: Box<dyn Feed + 'i>,
    pub(super) window: Vec<u8>,
    pub(super) at: usize,
    pub(super) ended: bool,
    pub(super) number: u64,
    pub(super) diags: Diags,
}

/// One line, without its end.
///
/// See the [example](mod@crate::source#example).
#[derive(Clone, Copy)]
pub struct Line<'l> {
    /// Its number, from 1.
    pub number: u64,
    /// Its bytes, without line feed and carriage return.
    pub bytes: &'l [u8],
    pub(super) diags: &'l Diags,
}

impl<'l> Line<'l> {
    /// Parses it as JSON.
    ///
    /// # Errors
    /// It is no JSON; the diagnostic says where.
    pub fn json(&self) -> Result<Tree, Stop> {
        parse_line(self.bytes, self.number, self.diags)
    }

    /// Calls `record` with it, where it is JSON. A blank line is passed over, any other is reported.
    pub fn record(&self, record: impl FnOnce(Tree)) {
        if self.is_blank() {
            return;
        }
        match self.json() {
            Ok(tree) => record(tree),
            Err(stop) => self.diags.push(*stop.0),
        }
    }

    /// Its text; what is not UTF-8 is reported and replaced.
    pub fn text(&self) -> Cow<'l, str> {
        let text = lossy(self.bytes);
        if let Cow::Owned(_) = text {
            self.report(&BAD_ENCODING, "the line is not UTF-8");
        }
        text
    }

    /// Whether there is nothing in it but white space.
    pub fn is_blank(&self) -> bool {
        self.bytes.iter().all(u8::is_ascii_whitespace)
    }

    /// The pointer to it.
    pub fn pointer(&self) -> Pointer {
        Pointer::line(self.number)
    }

    /// Reports a diagnostic at this line.
    pub fn report(&self, code: &'static Code, message: impl Into<String>) {
        let place = LineColumn { line: self.number, column: 1 };
        self.diags.push(Diagnostic::new(code, message).at(self.pointer()).at_line(place));
    }
}

impl<'i> Lines<'i> {
    pub(super) fn new(head: Vec<u8>, input: Box<dyn Feed + 'i>, diags: Diags) -> Lines<'i> {
        let ended = input.has_ended();
        Lines { input, window: head, at: 0, ended, number: 0, diags }
    }

    /// The next line; `None` at the end.
    ///
    /// # Errors
    /// The input cannot be read.
    #[expect(clippy::should_implement_trait, reason = "it fails, and lends")]
    pub fn next(&mut self) -> Result<Option<Line<'_>>, Stop> {
        let mut searched = 0;
        let end = loop {
            if let Some(end) = memchr(b'\n', &self.window[self.at + searched..]) {
                break searched + end;
            }
            searched = self.window.len() - self.at;
            if searched > MAX_LINE {
                self.pass_over_line()?;
                searched = 0;
            } else if !self.fill()? {
                if searched == 0 {
                    return Ok(None);
                }
                break searched;
            }
        };
        self.number += 1;
        let start = self.at;
        self.at = (start + end + 1).min(self.window.len());
        let bytes = &self.window[start..start + end];
        let bytes = without_return(bytes);
        Ok(Some(Line { number: self.number, bytes, diags: &self.diags }))
    }

    /// Calls `record` with each line that is JSON; blank lines are passed over,
    /// and each line that is no JSON is reported.
    ///
    /// # Errors
    /// The input cannot be read, or `record` fails.
    pub fn records(&mut self, mut record: impl FnMut(Tree) -> Result<(), Stop>) -> Result<(), Stop> {
        while let Some(line) = self.next()? {
            if line.is_blank() {
                continue;
            }
            match line.json() {
                Ok(tree) => record(tree)?,
                Err(stop) => line.diags.push(*stop.0),
            }
        }
        Ok(())
    }

    /// Whether nothing is left.
    pub(super) fn is_done(&self) -> bool {
        self.ended && self.at == self.window.len()
    }

    pub(super) fn fill(&mut self) -> Result<bool, Stop> {
        if self.ended {
            return Ok(false);
        }
        self.window.drain(..self.at);
        self.at = 0;
        let old = self.window.len();
        self.window.resize(old + BLOCK.max(old), 0);
        let filled = old + fill(&mut *self.input, &mut self.window[old..]).map_err(|error| Stop::io(&error))?;
        self.ended = filled < self.window.len();
        self.window.truncate(filled);
        Ok(filled > old)
    }

    fn pass_over_line(&mut self) -> Result<(), Stop> {
        self.number += 1;
        let message = format!("a line of more than {} MiB is not read", MAX_LINE / 1024 / 1024);
        self.diags.push(Diagnostic::new(&LIMIT, message).at(Pointer::line(self.number)));
        loop {
            if let Some(end) = memchr(b'\n', &self.window[self.at..]) {
                self.at += end + 1;
                return Ok(());
            }
            self.at = self.window.len();
            if !self.fill()? {
                return Ok(());
            }
        }
    }
}
