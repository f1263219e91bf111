//! How start tags are written: those that are written like one before are taken apart with less work.

use std::ops::Range;

use super::tag::{Attribute, NEVER, Span, Start, meant, value_end};
use crate::source::known::Lone;
use crate::source::marks::{WIDTH, word};

/// Shapes that are known at once: of a test case, what stands in it, and what it stands in.
const MAX_SHAPES: usize = 8;
/// Longer tags are scanned by themselves.
const MAX_LIKE: usize = 4_096;
/// Bytes of a value that may be the same in the next tag.
const MAX_AGAIN: usize = 128;
/// How often a value may be another one before it is not expected any more.
const PATIENCE: u8 = 3;

/// The shapes of the tags that were scanned last.
#[derive(Debug, Default)]
pub(super) struct Shapes {
    shapes: Vec<Shape>,
    /// The one that was of use last.
    last: usize,
    /// How many were learnt.
    learnt: u64,
}

impl Shapes {
    /// Takes a start tag apart that `text` begins with, if it is all here and written like one before.
    /// Where it is not, nothing of `start` is of use.
    pub fn scan(&mut self, text: &str, start: &mut Start) -> bool {
        let Some(first) = word(text.as_bytes()) else { return false };
        let mut is_like = |shape: &mut Shape| shape.may_start(first) && shape.scan(text, start);
        if self.shapes.get_mut(self.last).is_some_and(&mut is_like) {
            return true;
        }
        let before = self.last;
        let mut others = self.shapes.iter_mut().enumerate().filter(|(index, _)| *index != before);
        match others.find_map(|(index, shape)| is_like(shape).then_some(index)) {
            Some(index) => self.last = index,
            None => return false,
        }
        true
    }

    /// Takes the shape of a tag that was scanned, for those that follow it.
    pub fn learn(&mut self, tag: &str, start: &Start) {
        let name = &tag[1..start.name_end];
        let place = match self.shapes.iter().position(|shape| shape.name == name) {
            Some(place) => place,
            None if self.shapes.len() < MAX_SHAPES => {
                self.shapes.push(Shape::default());
                self.shapes.len() - 1
            }
            None => (self.last + 1) % MAX_SHAPES,
        };
        self.learnt += 1;
        self.shapes[place].learn(tag, start, self.learnt);
        self.last = place;
    }

    /// The shape of the last tag that had this local name.
    pub fn of(&mut self, local_name: &str) -> Option<&mut Shape> {
        self.shapes.iter_mut().find(|shape| shape.local_name() == local_name)
    }
}

/// How a start tag is written, but for the values of its attributes and whether it is empty: what stands before each value.
#[derive(Debug, Default)]
pub(super) struct Shape {
    pieces: Vec<Piece>,
    /// What it is told by; another one whenever it is learnt anew.
    serial: u64,
    /// The first bytes of such tags, and which of them are the same in all.
    first: u64,
    mask: u64,
    /// The name, with its prefix.
    name: String,
    name_end: usize,
    local_start: usize,
}

/// An attribute.
#[derive(Debug)]
struct Piece {
    /// What stands before the value, the quotation mark included.
    before: Lone,
    quote: u8,
    /// From where to where before its end the key stands.
    key: Range<u32>,
    /// The value of the last tag, with the quotation mark behind it, where it may be the same in the next one;
    /// empty where it is not known.
    again: Lone,
    /// How often it may still be another one.
    patience: u8,
}

impl Piece {
    /// Where the value that starts at `start` ends, and what stands in it; `None` where its end is not here.
    #[inline(always)]
    fn value_end(&mut self, bytes: &[u8], start: usize) -> Option<(usize, u8)> {
        if self.patience == 0 {
            return value_end(bytes, start, self.quote);
        }
        if !self.again.is_empty()
            && let Some(behind) = self.again.pass(bytes, start)
        {
            self.patience = PATIENCE;
            return Some((behind - 1, 0));
        }
        self.other_value_end(bytes, start)
    }

    #[cold]
    fn other_value_end(&mut self, bytes: &[u8], start: usize) -> Option<(usize, u8)> {
        let (end, found) = value_end(bytes, start, self.quote)?;
        self.patience -= 1;
        self.again.clear();
        if found == 0 && end - start < MAX_AGAIN {
            self.again.set(&bytes[start..=end]);
        }
        Some((end, found))
    }
}

impl Shape {
    /// Whether a tag may be like it that has these first bytes.
    #[inline(always)]
    const fn may_start(&self, first: u64) -> bool {
        (self.first ^ first) & self.mask == 0
    }

    /// As [`Shapes::scan`], if it is written like the one of the shape.
    pub fn scan(&mut self, text: &str, start: &mut Start) -> bool {
        let bytes = text.as_bytes();
        start.beside.clear();
        start.may_repeat = false;
        if start.attributes.len() != self.pieces.len() {
            start.attributes.resize(self.pieces.len(), Attribute::default());
        }
        let mut at = 0;
        let mut attributes = start.attributes.iter_mut();
        for piece in &mut self.pieces {
            let Some(attribute) = attributes.next() else { return false };
            let Some(from) = piece.before.pass(bytes, at) else { return false };
            let Some((end, found)) = piece.value_end(bytes, from) else { return false };
            if found & NEVER != 0 {
                return false;
            }
            attribute.key = Span::before(from, &piece.key);
            attribute.is_suspect = false;
            if found == 0 {
                attribute.value = Span::new(from, end, false);
            } else {
                let Some(is_suspect) = meant(text, from..end, found, &mut attribute.value, &mut start.beside) else {
                    return false;
                };
                attribute.is_suspect = is_suspect;
            }
            at = end + 1;
        }
        (start.length, start.is_empty) = match bytes[at..] {
            [b'>', ..] => (at + 1, false),
            [b'/', b'>', ..] => (at + 2, true),
            _ => return false,
        };
        (start.name_end, start.local_start, start.shape) = (self.name_end, self.local_start, self.serial);
        !self.pieces.is_empty()
    }

    fn learn(&mut self, tag: &str, start: &Start, serial: u64) {
        self.serial = serial;
        self.pieces.clear();
        self.name.clear();
        // Nothing is like it.
        (self.first, self.mask) = (0, u64::MAX);
        (self.name_end, self.local_start) = (start.name_end, start.local_start);
        if tag.len() > MAX_LIKE || start.may_repeat || start.attributes.iter().any(|it| it.key.is_beside) {
            return;
        }
        let bytes = tag.as_bytes();
        self.name.push_str(&tag[1..start.name_end]);
        let mut from = 0;
        for Attribute { key, .. } in &start.attributes {
            // Behind the key stand `=` and the quotation mark: else it would be odd.
            let value_start = key.end as usize + 2;
            let (before, quote) = (&bytes[from..value_start], bytes[value_start - 1]);
            let Some(length) = memchr::memchr(quote, &bytes[value_start..]) else { break };
            let key = 2 + key.end - key.start..2;
            let again = Lone::default();
            self.pieces.push(Piece { before: Lone::of(before), quote, key, again, patience: PATIENCE });
            // The quotation mark at the end of a value belongs to no piece.
            from = value_start + length + 1;
        }
        let end = if start.is_empty { "/>" } else { ">" };
        if &tag[from.min(tag.len())..] != end {
            self.pieces.clear();
            return;
        }
        let same = &bytes[..start.name_end.min(WIDTH)];
        let mut first = [0; WIDTH];
        first[..same.len()].copy_from_slice(same);
        self.first = u64::from_le_bytes(first);
        self.mask = u64::MAX >> ((WIDTH - same.len()) * 8);
    }

    /// The name, with its prefix, of the elements that have this shape.
    pub fn full_name(&self) -> &str {
        &self.name
    }

    /// The name without its prefix.
    fn local_name(&self) -> &str {
        self.name.get(self.local_start.saturating_sub(1)..).unwrap_or_default()
    }
}
