//! The part of a document that is being looked at, as text, and where in the document it stands.

use std::io::ErrorKind;

use crate::diagnostics::LineColumn;
use crate::source::ahead::{ROOM, whole};
use crate::source::hashing::Append;
use crate::source::spare;

/// Bytes that are read at once; at first fewer, since many documents are small, and detection looks at the root only.
const BLOCK: usize = 256 * 1024;
const FIRST_BLOCK: usize = 512;
/// Bytes that are read at most for one tag that is still without its end, before it is looked at again.
const STRIDE: usize = 16 * 1024 * 1024;

/// A window over text that is read block by block. What stands in it is known to be UTF-8.
pub(super) struct Window<'i> {
    input: Box<dyn Append + 'i>,
    text: String,
    /// A text that is not needed any more.
    used: String,
    /// The next byte, as an index into `text`.
    at: usize,
    /// The start of a character that follows on `text`, or what is not UTF-8.
    carried: Vec<u8>,
    /// How many bytes are read at once.
    block: usize,
    /// Whether `input` has ended.
    ended: bool,
    /// Whether no text follows behind `text`, but other bytes.
    broken: bool,
    /// Why nothing can be read behind `text`.
    failed: Option<std::io::Error>,
    /// Up to where in `text` the place is known.
    counted: usize,
    /// The place of the byte at `counted`.
    start: LineColumn,
}

/// Why there is no more text.
pub(super) enum Fault {
    Io(std::io::Error),
    /// A byte follows that is not UTF-8.
    Encoding,
}

impl<'i> Window<'i> {
    /// A window over `head` and what follows it in `input`.
    pub fn new(mut head: Vec<u8>, input: Box<dyn Append + 'i>) -> Window<'i> {
        let ended = input.has_ended();
        if head.capacity() == 0 {
            head = spare::take();
            head.clear();
        }
        let mut window = Window {
            input,
            text: String::new(),
            used: String::new(),
            at: 0,
            carried: Vec::new(),
            block: FIRST_BLOCK,
            ended,
            broken: false,
            failed: None,
            counted: 0,
            start: LineColumn { line: 1, column: 1 },
        };
        window.take(head);
        // Half of a character at the end.
        window.broken |= window.ended && !window.carried.is_empty();
        window
    }

    /// The text from the next byte on, as far as it is here.
    pub fn text(&self) -> &str {
        &self.text[self.at..]
    }

    /// The text of so many bytes that was passed over last.
    pub fn behind(&self, count: usize) -> &str {
        &self.text[self.at - count..self.at]
    }

    /// As [`Window::text`].
    pub fn bytes(&self) -> &[u8] {
        &self.text.as_bytes()[self.at..]
    }

    /// Passes over bytes that are here.
    pub fn consume(&mut self, count: usize) {
        self.at += count;
    }

    /// Passes over all that is here.
    pub fn consume_all(&mut self) {
        self.at = self.text.len();
    }

    /// The place of the next byte.
    pub fn place(&self) -> LineColumn {
        locate(&self.text.as_bytes()[self.counted..self.at], self.start)
    }

    /// As [`Window::place`]; counts no byte twice.
    pub fn settled_place(&mut self) -> LineColumn {
        self.start = self.place();
        self.counted = self.at;
        self.start
    }

    /// Reads on, so that about as much again is here as before; false where nothing more follows.
    /// What was passed over is dropped.
    pub fn fill(&mut self) -> Result<bool, Fault> {
        if let Some(error) = self.failed.take() {
            return Err(Fault::Io(error));
        }
        if self.broken {
            return Err(Fault::Encoding);
        }
        if self.ended {
            return Ok(false);
        }
        self.settled_place();
        let before = self.text().len();
        let enough = before + before.clamp(1, STRIDE);
        while !self.ended && !self.broken && self.failed.is_none() && self.text().len() < enough {
            self.failed = match self.take_text() {
                Ok(true) => None,
                Ok(false) => self.read(enough).err(),
                Err(error) => Some(error),
            };
        }
        match self.text().len() > before {
            true => Ok(true),
            // Nothing but the reason for it was found.
            false if self.broken || self.failed.is_some() => self.fill(),
            false => Ok(false),
        }
    }

    /// Puts what is here before text that was read by another thread; false where there is none.
    fn take_text(&mut self) -> std::io::Result<bool> {
        if !self.carried.is_empty() {
            return Ok(false);
        }
        let Some(mut text) = self.input.text(&mut self.used)? else { return Ok(false) };
        let before = self.text.len() - self.at;
        if before > ROOM {
            self.drop_used();
            self.text.push_str(&text[ROOM..]);
            self.used = text;
        } else {
            text.replace_range(ROOM - before..ROOM, &self.text[self.at..]);
            self.used = std::mem::replace(&mut self.text, text);
            (self.at, self.counted) = (ROOM - before, ROOM - before);
        }
        Ok(true)
    }

    /// Drops what was passed over, of which the place is known.
    fn drop_used(&mut self) {
        self.text.drain(..self.at);
        (self.at, self.counted) = (0, 0);
    }

    /// Reads until so many bytes are here, or no more follow.
    fn read(&mut self, enough: usize) -> std::io::Result<()> {
        self.drop_used();
        let mut bytes = std::mem::take(&mut self.text).into_bytes();
        bytes.append(&mut self.carried);
        let enough = enough.max(bytes.len() + 1);
        let mut result = Ok(());
        while !self.ended && bytes.len() < enough {
            match self.input.append(&mut bytes, self.block) {
                Ok(count) => self.ended = count == 0,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => {
                    result = Err(error);
                    break;
                }
            }
            self.block = (self.block * 8).min(BLOCK);
        }
        self.take(bytes);
        // Half of a character at the end.
        self.broken |= self.ended && !self.carried.is_empty();
        result
    }

    /// Takes bytes as the text, as far as they are.
    fn take(&mut self, mut bytes: Vec<u8>) {
        self.carried = bytes.split_off(whole(&bytes));
        self.text = String::from_utf8(bytes).unwrap_or_else(|error| {
            let valid = error.utf8_error().valid_up_to();
            self.broken = true;
            let mut bytes = error.into_bytes();
            bytes.truncate(valid);
            // What was found to be text a moment ago.
            String::from_utf8(bytes).unwrap_or_default()
        });
    }
}

impl Drop for Window<'_> {
    fn drop(&mut self) {
        spare::keep(std::mem::take(&mut self.text).into_bytes());
    }
}

/// The place behind `text` that starts at `start`; columns are characters.
fn locate(text: &[u8], start: LineColumn) -> LineColumn {
    let lines = memchr::memchr_iter(b'\n', text).count() as u64;
    let (line, base) = match lines {
        0 => (text, start.column),
        _ => (&text[memchr::memrchr(b'\n', text).map_or(0, |last| last + 1)..], 1),
    };
    // So few at a time that a byte holds their number, which makes it some instructions for many of them.
    let inner = |some: &[u8]| some.iter().map(|byte| u8::from((byte & 0xc0) == 0x80)).sum::<u8>();
    let inner: usize = line.chunks(128).map(|some| usize::from(inner(some))).sum();
    LineColumn { line: start.line + lines, column: base + (line.len() - inner) as u64 }
}
