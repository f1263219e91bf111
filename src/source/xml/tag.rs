//! Start tags that are written in the usual way: found and taken apart in one pass, without a copy of what is in them.

use std::ops::Range;

use super::MAX_ATTRIBUTES;
use super::text::{named, resolve};
use crate::source::{WIDE, first_in_value};

/// A start tag, by where its parts stand in its text.
///
/// Places count from the `<`. Values that differ from what is written stand in `beside`.
#[derive(Debug, Default)]
pub(super) struct Start {
    /// Bytes of the tag.
    pub length: usize,
    /// Where its name ends, with its prefix; it starts at 1.
    pub name_end: usize,
    /// Where its local name starts.
    pub local_start: usize,
    /// Whether it is an empty-element tag.
    pub is_empty: bool,
    /// Whether an attribute may stand twice.
    pub may_repeat: bool,
    /// The serial number of its shape; 0 where it has none that is known.
    pub shape: u64,
    pub attributes: Vec<Attribute>,
    pub beside: String,
}

/// One attribute.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Attribute {
    /// Its local name.
    pub key: Span,
    pub value: Span,
    /// Whether a character may stand in it that XML does not allow.
    pub is_suspect: bool,
}

/// From where to where, in the tag or in what stands beside it. A tag is never longer than [`super::MAX_TEXT`].
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Span {
    pub start: u32,
    pub end: u32,
    pub is_beside: bool,
}

impl Span {
    #[expect(clippy::cast_possible_truncation, reason = "longer tags are refused before they are taken apart")]
    pub const fn new(start: usize, end: usize, is_beside: bool) -> Span {
        Span { start: start as u32, end: end as u32, is_beside }
    }

    /// From so many bytes before `at` to so many before it.
    #[expect(clippy::cast_possible_truncation, reason = "as above")]
    pub const fn before(at: usize, back: &Range<u32>) -> Span {
        Span { start: at as u32 - back.start, end: at as u32 - back.end, is_beside: false }
    }

    #[inline]
    fn of<'t>(self, tag: &'t str, beside: &'t str) -> &'t str {
        let text = if self.is_beside { beside } else { tag };
        &text[self.start as usize..self.end as usize]
    }
}

impl Attribute {
    #[inline]
    pub fn key<'t>(&self, tag: &'t str, beside: &'t str) -> &'t str {
        self.key.of(tag, beside)
    }

    #[inline]
    pub fn has_key(&self, tag: &str, beside: &str, name: &str) -> bool {
        let text = if self.key.is_beside { beside } else { tag };
        text.as_bytes()[self.key.start as usize..self.key.end as usize] == *name.as_bytes()
    }

    #[inline]
    pub fn value<'t>(&self, tag: &'t str, beside: &'t str) -> &'t str {
        self.value.of(tag, beside)
    }
}

/// What a scan of a start tag came to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Scanned {
    Whole,
    /// Its end is not here yet.
    Cut,
    /// It is not written in the usual way; it may be well-formed all the same.
    Odd,
}

// What a byte means in a name.
const NAME: u8 = 0;
const COLON: u8 = 1;
const ENDS: u8 = 2;

static IN_NAME: [u8; 256] = {
    let mut table = [NAME; 256];
    let ends = b" \t\r\n/>=\"'<&";
    let mut at = 0;
    while at < ends.len() {
        table[ends[at] as usize] = ENDS;
        at += 1;
    }
    table[b':' as usize] = COLON;
    table
};

// What a byte means in a value; several may be put together.
const CHANGES: u8 = 1;
pub(super) const SUSPECT: u8 = 2;
pub(super) const NEVER: u8 = 4;

static IN_VALUE: [u8; 256] = {
    let mut table = [0; 256];
    let mut at = 0;
    while at < 0x20 {
        table[at] = SUSPECT;
        at += 1;
    }
    table[b'\t' as usize] = CHANGES;
    table[b'\n' as usize] = CHANGES;
    table[b'\r' as usize] = CHANGES;
    table[b'&' as usize] = CHANGES;
    // U+FFFE and U+FFFF start with it.
    table[0xef] = SUSPECT;
    table[b'<' as usize] = NEVER;
    table
};

pub(super) const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// Takes the next byte, or leaves with what its absence means.
macro_rules! byte {
    ($bytes:ident, $at:expr) => {
        match $bytes.get($at) {
            Some(byte) => *byte,
            None => return Scanned::Cut,
        }
    };
}

impl Start {
    /// Takes a start tag apart that `text` begins with, if it is written in the usual way.
    pub fn scan(&mut self, text: &str) -> Scanned {
        let bytes = text.as_bytes();
        self.attributes.clear();
        self.beside.clear();
        // A bit for the shape of each name.
        let mut seen: u64 = 0;
        self.may_repeat = false;
        self.shape = 0;
        let (name_end, local_start) = name(bytes, 1);
        if name_end == 1 {
            return if bytes.len() > 1 { Scanned::Odd } else { Scanned::Cut };
        }
        (self.name_end, self.local_start) = (name_end, local_start);
        let mut at = name_end;
        loop {
            let before = at;
            while is_blank(byte!(bytes, at)) {
                at += 1;
            }
            match byte!(bytes, at) {
                b'>' => {
                    (self.length, self.is_empty) = (at + 1, false);
                    break;
                }
                b'/' => {
                    if byte!(bytes, at + 1) != b'>' {
                        return Scanned::Odd;
                    }
                    (self.length, self.is_empty) = (at + 2, true);
                    break;
                }
                _ => {}
            }
            let (key_end, key_start) = name(bytes, at);
            if byte!(bytes, key_end) != b'=' || key_end == at || before == at || self.attributes.len() >= MAX_ATTRIBUTES
            {
                return Scanned::Odd;
            }
            let quote = byte!(bytes, key_end + 1);
            if !matches!(quote, b'"' | b'\'') {
                return Scanned::Odd;
            }
            let start = key_end + 2;
            let Some((end, found)) = value_end(bytes, start, quote) else { return Scanned::Cut };
            if found & NEVER != 0 {
                return Scanned::Odd;
            }
            let key = &bytes[at..key_end];
            at = end + 1;
            if key.starts_with(b"xmlns") && (key.len() == 5 || key[5] == b':') {
                continue;
            }
            if self.push(text, Span::new(key_start, key_end, false), start..end, found).is_none() {
                return Scanned::Odd;
            }
            // Few names agree in their length and both ends.
            let ends = usize::from(bytes[key_start]) * 5 + usize::from(bytes[key_end - 1]) * 3;
            let shape = 1 << ((key_end - key_start + ends) % 64);
            self.may_repeat |= seen & shape != 0;
            seen |= shape;
        }
        Scanned::Whole
    }

    /// Adds an attribute whose value is written at `written`, with what was found in it;
    /// `None` where that is not written in the usual way.
    fn push(&mut self, text: &str, key: Span, written: Range<usize>, found: u8) -> Option<()> {
        let mut value = Span::default();
        let is_suspect = meant(text, written, found, &mut value, &mut self.beside)?;
        self.attributes.push(Attribute { key, value, is_suspect });
        Some(())
    }
}

/// Where the value that starts at `start` ends, and what stands in it; `None` where its end is not here.
#[inline]
pub(super) fn value_end(bytes: &[u8], start: usize, quote: u8) -> Option<(usize, u8)> {
    let mut end = start;
    let mut found = 0;
    loop {
        // Of what is between single quotes each byte is looked at.
        while quote == b'"'
            && let Some(first) = first_in_value(&bytes[end..])
        {
            end += first;
            if first < WIDE {
                break;
            }
        }
        let byte = *bytes.get(end)?;
        if byte == quote {
            return Some((end, found));
        }
        found |= IN_VALUE[usize::from(byte)];
        end += 1;
    }
}

/// Where the name that starts at `at` ends, and where its local part starts.
fn name(bytes: &[u8], mut at: usize) -> (usize, usize) {
    let start = at;
    let mut local = None;
    while let Some(byte) = bytes.get(at) {
        match IN_NAME[usize::from(*byte)] {
            NAME => {}
            COLON => {
                local.get_or_insert(at + 1);
            }
            _ => break,
        }
        at += 1;
    }
    (at, local.unwrap_or(start))
}

/// Tells in `value` where the value stands that is written at `written`, with what was found in it. Returns whether a
/// character may stand in it that XML does not allow; `None` where it is not written in the usual way.
#[inline]
pub(super) fn meant(
    text: &str,
    written: Range<usize>,
    found: u8,
    value: &mut Span,
    beside: &mut String,
) -> Option<bool> {
    let is_suspect = found & SUSPECT != 0;
    if found & CHANGES == 0 {
        *value = Span::new(written.start, written.end, false);
        return Some(is_suspect);
    }
    let before = beside.len();
    let has_numbers = normalise(text, written, beside)?;
    *value = Span::new(before, beside.len(), true);
    Some(is_suspect || has_numbers)
}

/// Adds the value that is meant by what is written: white space becomes spaces, and references are resolved.
/// Returns whether there are some by number among them, which may mean any character.
fn normalise(text: &str, written: Range<usize>, value: &mut String) -> Option<bool> {
    let bytes = text.as_bytes();
    let mut has_numbers = false;
    let (mut from, mut at) = (written.start, written.start);
    loop {
        while let Some(first) = first_in_value(&bytes[at..]) {
            at += first;
            if first < WIDE {
                break;
            }
        }
        if at >= written.end {
            break;
        }
        let byte = bytes[at];
        at += 1;
        if IN_VALUE[usize::from(byte)] & CHANGES == 0 {
            continue;
        }
        value.push_str(&text[from..at - 1]);
        if byte != b'&' {
            value.push(' ');
            at += usize::from(byte == b'\r' && at < written.end && bytes[at] == b'\n');
        } else if let Some((char, length)) = named(&bytes[at..written.end]) {
            value.push(char);
            at += length;
        } else {
            let reference = &text[at..written.end];
            let length = reference.find(';')?;
            has_numbers |= reference.starts_with('#');
            value.push(resolve(&reference[..length])?);
            at += length + 1;
        }
        from = at;
    }
    value.push_str(&text[from..written.end]);
    Some(has_numbers)
}
