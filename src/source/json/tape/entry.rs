//! What the parser keeps of a value: its type, and where it stands.

use std::borrow::Cow;

use crate::source::json::text;
use crate::source::lines::lossy;

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    Null,
    False,
    True,
    Number,
    /// A string without escapes.
    Plain,
    /// A string with escapes.
    Escaped,
    Array,
    Object,
    /// An object or array of which nothing is on the tape, because nobody reads it.
    Unread,
}

/// One value (or key) in the order of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    pub kind: Type,
    /// Offset of its first byte; for strings the byte after the quotation mark.
    pub start: u32,
    /// Length in bytes; for strings without the quotation marks.
    pub len: u32,
    /// Index of the entry after this one and all in it.
    pub next: u32,
    /// Index of the container; `u32::MAX` for the outermost value.
    pub parent: u32,
}

impl Entry {
    /// Its bytes; of strings those between the quotation marks.
    pub fn raw(self, bytes: &[u8]) -> &[u8] {
        &bytes[self.start as usize..(self.start + self.len) as usize]
    }

    /// The text of a string. A lone surrogate becomes U+FFFD.
    pub fn text(self, bytes: &[u8]) -> Cow<'_, str> {
        let raw = self.raw(bytes);
        if self.kind == Type::Escaped { text::unescape(raw) } else { lossy(raw) }
    }
}
