//! How objects are written, but for their strings, numbers and literals.

use super::tape::{Entry, MAX_RECORD, Tape, Type};
use super::text::{end_of_number, end_of_plain, is_ascii};
use crate::source::known::Known;

/// Shapes that are remembered: of tests with and without steps, of those that failed.
const SHAPES: usize = 4;

/// Objects that may be like none before, beyond as many as were.
const MAX_MISSED: u64 = 256;

/// How many objects have to be like one before, for each that is learned.
const FOUND_PER_SHAPE: u64 = 256;

/// Objects with more values, or of more bytes, are parsed one by one.
const MAX_ENTRIES: usize = 512;
const MAX_BYTES: usize = 64 * 1024;

/// Where a string without escapes, a number or a literal stands; of strings what is between the quotation marks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scalar {
    pub start: usize,
    pub end: usize,
    pub is_text: bool,
}

/// The end of the string whose first byte stands at `at`, where the closing quotation mark or an escape is.
#[inline(always)]
fn end_of_text(bytes: &[u8], at: usize) -> Option<usize> {
    let mut bits = 0;
    let end = end_of_plain(bytes, at, &mut bits);
    (is_ascii(bits) || std::str::from_utf8(bytes.get(at..end)?).is_ok()).then_some(end)
}

/// The end of the number or literal at `at`.
#[inline(always)]
fn end_of_other(bytes: &[u8], at: usize) -> Option<usize> {
    let literal = |word: &[u8]| bytes[at..].starts_with(word).then_some(at + word.len());
    match bytes.get(at)? {
        b'-' | b'0'..=b'9' => end_of_number(bytes, at).ok(),
        b't' => literal(b"true"),
        b'f' => literal(b"false"),
        b'n' => literal(b"null"),
        _ => None,
    }
}

/// The shapes of objects that were met; those that fitted more often come first.
#[derive(Debug, Default)]
pub(super) struct Shapes {
    known: Vec<Shape>,
    /// One that is being learned.
    spare: Shape,
    /// Those of the record that was looked at last.
    scalars: Vec<Scalar>,
    /// How often an object was like one of them, how often not, and how often one was learned.
    found: u64,
    missed: u64,
    learned: u64,
}

impl Shapes {
    /// Whether it may pay to go on, because more objects were found to be alike than not.
    const fn pays(&self) -> bool {
        self.missed <= self.found + MAX_MISSED
    }

    /// Learns from an object that ends at `end`, if none was written like it. Its entries stand on the tape from
    /// `first` on, up to its end.
    pub(super) fn learn(&mut self, tape: &[Entry], first: usize, bytes: &[u8], end: usize, keys: &[&str]) {
        let Some((root, entries)) = tape.get(first..).and_then(|entries| Some((entries.first()?, entries))) else {
            return;
        };
        let is_usual = root.kind == Type::Object && entries.len() <= MAX_ENTRIES && root.len as usize <= MAX_BYTES;
        if !is_usual
            || !self.pays()
            || self.learned > SHAPES as u64 + self.found / FOUND_PER_SHAPE
            || (root.start + root.len) as usize != end
            || self.position(None, bytes, root.start as usize).is_some()
        {
            return;
        }
        self.learned += 1;
        self.spare.learn(entries, first, &bytes[..end], keys);
        match self.known.iter().position(|known| *known == self.spare) {
            Some(index) => {
                self.hit(index);
            }
            None => {
                let old = if self.known.len() < SHAPES { None } else { self.known.pop() };
                let new = std::mem::replace(&mut self.spare, old.unwrap_or_default());
                self.known.push(new);
            }
        }
    }

    /// Parses the object that starts at `at`, if it is written like one before. Objects and arrays that nobody reads
    /// are checked with `tape`; without it there can be none.
    pub(super) fn find(&mut self, tape: Option<&mut Tape>, bytes: &[u8], at: usize) -> Option<Found<'_>> {
        if !self.pays() {
            return None;
        }
        let Some((index, end, deepest)) = self.position(tape, bytes, at) else {
            self.missed += 1;
            return None;
        };
        self.found += 1;
        let index = self.hit(index);
        Some(Found { scalars: &self.scalars, places: &self.known[index].places, end, deepest })
    }

    /// The first shape that the object at `at` has, the offset behind it, and its depth.
    fn position(&mut self, mut tape: Option<&mut Tape>, bytes: &[u8], at: usize) -> Option<(usize, usize, usize)> {
        let scalars = &mut self.scalars;
        self.known.iter().enumerate().find_map(|(index, shape)| {
            let (end, deepest) = shape.parse(tape.as_deref_mut(), scalars, bytes, at)?;
            Some((index, end, deepest))
        })
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.known.len()
    }

    /// Counts that a shape fitted, and returns its place among those that fitted more often.
    fn hit(&mut self, index: usize) -> usize {
        self.known[index].hits += 1;
        if index > 0 && self.known[index - 1].hits < self.known[index].hits {
            self.known.swap(index - 1, index);
            return index - 1;
        }
        index
    }
}

/// An object that is written like one before.
pub(super) struct Found<'s> {
    /// Its strings, numbers and literals.
    pub scalars: &'s [Scalar],
    /// Which of them the members are that the reader asks for.
    pub places: &'s [Option<usize>],
    /// The offset behind it.
    pub end: usize,
    /// How many containers stand inside of each other at the deepest place.
    pub deepest: usize,
}

/// How an object is written, but for its strings, numbers and literals, and for members that nobody reads.
#[derive(Debug, Default)]
struct Shape {
    /// What stands before each of them, quotation marks included, and behind the last.
    texts: Known,
    /// What follows each of the texts.
    parts: Vec<Part>,
    /// Which of the scalars the members are that the reader asks for.
    places: Vec<Option<usize>>,
    /// How many containers stand inside of each other at the deepest place.
    deepest: usize,
    /// How often another object was like it.
    hits: u64,
}

/// A part of an object that may be another one in each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Text,
    /// A number or literal.
    Other,
    /// An object or array that nobody reads.
    Unread,
    /// Nothing: the object ends.
    End,
}

impl PartialEq for Shape {
    fn eq(&self, other: &Shape) -> bool {
        self.texts == other.texts && self.parts == other.parts && self.places == other.places
    }
}

impl Shape {
    /// Learns from an object that `bytes` end with; its entries stand on the tape from `first` on.
    fn learn(&mut self, entries: &[Entry], first: usize, bytes: &[u8], keys: &[&str]) {
        (self.deepest, self.hits) = (0, 0);
        self.texts.clear();
        self.parts.clear();
        self.places.clear();
        self.places.resize(keys.len(), None);
        let mut is_key = vec![false; entries.len()];
        let mut depths = vec![0; entries.len()];
        let mut from = entries.first().map_or(0, |root| root.start as usize);
        let mut scalars = 0;
        for (index, entry) in entries.iter().enumerate() {
            if entry.kind == Type::Object {
                let mut key = index + 1;
                while key < entry.next as usize - first {
                    is_key[key] = true;
                    key = entries[key + 1].next as usize - first;
                }
            }
            if is_key[index] {
                continue;
            }
            let is_container = matches!(entry.kind, Type::Object | Type::Array | Type::Unread);
            if is_container {
                depths[index] = 1 + if index == 0 { 0 } else { depths[entry.parent as usize - first] };
                self.deepest = self.deepest.max(depths[index]);
            }
            if index > 0 && is_key[index - 1] && entry.parent as usize == first {
                let name = entries[index - 1].text(bytes);
                match keys.iter().position(|key| *key == name) {
                    Some(_) if is_container => return self.parts.clear(),
                    Some(place) => self.places[place] = Some(scalars),
                    None => {}
                }
            }
            let part = match entry.kind {
                Type::Plain | Type::Escaped => Part::Text,
                Type::Unread => Part::Unread,
                Type::Array | Type::Object => continue,
                _ => Part::Other,
            };
            scalars += usize::from(part != Part::Unread);
            self.piece(&bytes[from..entry.start as usize], part);
            from = (entry.start + entry.len) as usize;
        }
        self.piece(&bytes[from..], Part::End);
    }

    fn piece(&mut self, text: &[u8], then: Part) {
        self.texts.push(text);
        self.parts.push(then);
    }

    /// The end and the depth of the object at `at`, if it is written like this one; `scalars` has its strings, numbers
    /// and literals. `None` also where fewer bytes follow than are compared at once.
    fn parse(
        &self,
        mut tape: Option<&mut Tape>,
        scalars: &mut Vec<Scalar>,
        bytes: &[u8],
        mut at: usize,
    ) -> Option<(usize, usize)> {
        scalars.clear();
        let (start, mut deepest) = (at, self.deepest);
        for (text, part) in self.texts.texts().zip(&self.parts) {
            at = text.pass(bytes, at)?;
            let end = match part {
                Part::Text => end_of_text(bytes, at)?,
                Part::Other => end_of_other(bytes, at)?,
                Part::Unread => {
                    let tape = tape.as_deref_mut()?;
                    at = tape.pass(bytes, at).ok()?;
                    deepest = deepest.max(1 + tape.deepest);
                    continue;
                }
                Part::End => return (at - start <= MAX_RECORD).then_some((at, deepest)),
            };
            scalars.push(Scalar { start: at, end, is_text: *part == Part::Text });
            at = end;
        }
        None
    }
}
