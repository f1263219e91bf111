//! The part of a document that is being looked at, as text, and where in the document it stands.

use std::io::{ErrorKind, Read};

use crate::diagnostics::LineColumn;

/// Bytes that are read at once; at first fewer, since many documents are small.
const BLOCK: usize = 256 * 1024;
const FIRST_BLOCK: usize = 4 * 1024;
/// Bytes that are read at most for one tag that is still without its end, before it is looked at again.
const STRIDE: usize = 16 * 1024 * 1024;

/// A window over text that is read block by block. Each byte is checked once to be UTF-8.
pub(super) struct Window<'i> {
    input: Box<dyn Read + 'i>,
    text: String,
    /// The next byte, as an index into `text`.
    at: usize,
    block: Vec<u8>,
    /// Bytes at the start of `block` that are the start of a character.
    carried: usize,
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
    pub fn new(head: Vec<u8>, input: Box<dyn Read + 'i>) -> Window<'i> {
        let mut window = Window {
            input,
            text: String::new(),
            at: 0,
            block: Vec::new(),
            carried: 0,
            ended: false,
            broken: false,
            failed: None,
            counted: 0,
            start: LineColumn { line: 1, column: 1 },
        };
        window.text = String::from_utf8(head).unwrap_or_else(|error| {
            let valid = error.utf8_error().valid_up_to();
            window.broken = error.utf8_error().error_len().is_some();
            let mut bytes = error.into_bytes();
            window.block = bytes.split_off(valid);
            window.carried = window.block.len();
            // What was found to be text a moment ago.
            String::from_utf8(bytes).unwrap_or_default()
        });
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
        self.text.drain(..self.at);
        (self.at, self.counted) = (0, 0);
        let before = self.text.len();
        let enough = before + before.clamp(1, STRIDE);
        while !self.ended && !self.broken && self.failed.is_none() && self.text.len() < enough {
            self.failed = self.read().err();
        }
        match self.text.len() > before {
            true => Ok(true),
            // Nothing but the reason for it was found.
            false if self.broken || self.failed.is_some() => self.fill(),
            false => Ok(false),
        }
    }

    fn read(&mut self) -> std::io::Result<()> {
        if self.block.len() < BLOCK {
            let size = (self.block.len() * 8).clamp(FIRST_BLOCK, BLOCK);
            self.block.resize(size, 0);
        }
        let count = loop {
            match self.input.read(&mut self.block[self.carried..]) {
                Ok(count) => break count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        };
        let filled = self.carried + count;
        if count == 0 {
            self.ended = true;
            // Half of a character at the end.
            self.broken = self.carried > 0;
            return Ok(());
        }
        match std::str::from_utf8(&self.block[..filled]) {
            Ok(text) => {
                self.text.push_str(text);
                self.carried = 0;
            }
            Err(error) => {
                let valid = error.valid_up_to();
                self.broken = error.error_len().is_some();
                self.text.push_str(std::str::from_utf8(&self.block[..valid]).unwrap_or_default());
                self.block.copy_within(valid..filled, 0);
                self.carried = filled - valid;
            }
        }
        Ok(())
    }
}

/// The place behind `text` that starts at `start`; columns are characters.
fn locate(text: &[u8], start: LineColumn) -> LineColumn {
    let lines = memchr::memchr_iter(b'\n', text).count() as u64;
    let (line, base) = match lines {
        0 => (text, start.column),
        _ => (&text[memchr::memrchr(b'\n', text).map_or(0, |last| last + 1)..], 1),
    };
    let inner = line.iter().filter(|byte| (**byte & 0xc0) == 0x80).count();
    LineColumn { line: start.line + lines, column: base + (line.len() - inner) as u64 }
}
