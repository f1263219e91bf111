//! How objects are written, but for their strings, numbers and literals.

use std::ops::Range;

use super::tape::{Entry, MAX_RECORD, Tape, Type};
use super::text::{end_of_number, end_of_plain, end_of_space};
use crate::source::known::Known;

/// Shapes that are remembered: of tests with and without steps, of those that failed.
const SHAPES: usize = 4;

/// Objects that may be like none before, beyond as many as were.
const MAX_MISSED: u64 = 256;

/// Objects of a shape that are looked at before it is told which scalars are the same in most.
const COMPARED: u64 = 16;

/// Scalars that have to be the same for that to pay.
const MIN_SAME: usize = 2;

/// How many objects have to be like one before, for each that is learned.
const FOUND_PER_SHAPE: u64 = 256;

/// Objects with more values, or of more bytes, are parsed one by one.
const MAX_ENTRIES: usize = 512;
const MAX_BYTES: usize = 64 * 1024;

/// The end of the string whose first byte stands at `at`, where the closing quotation mark or an escape is.
#[inline(always)]
fn end_of_text(bytes: &[u8], at: usize) -> Option<usize> {
    let mut is_ascii = true;
    let end = end_of_plain(bytes, at, &mut is_ascii);
    (is_ascii || std::str::from_utf8(bytes.get(at..end)?).is_ok()).then_some(end)
}

/// The end of the literal at `at`, if it is this one.
#[inline]
fn end_of_literal(bytes: &[u8], at: usize, word: &[u8]) -> Option<usize> {
    bytes.get(at..)?.starts_with(word).then_some(at + word.len())
}

/// The place behind the list of strings without escapes that starts at `at`, and how many they are.
fn end_of_texts(bytes: &[u8], mut at: usize) -> Option<(usize, usize)> {
    if bytes.get(at) != Some(&b'[') {
        return None;
    }
    for count in 1.. {
        at = end_of_space(bytes, at + 1);
        if *bytes.get(at)? != b'"' {
            return None;
        }
        at = end_of_text(bytes, at + 1)?;
        if *bytes.get(at)? != b'"' {
            return None;
        }
        at = end_of_space(bytes, at + 1);
        match bytes.get(at)? {
            b',' => {}
            b']' => return Some((at + 1, count)),
            _ => return None,
        }
    }
    None
}

/// The shapes of objects that were met; those that fitted more often come first.
#[derive(Debug, Default)]
pub(super) struct Shapes {
    known: Vec<Shape>,
    /// One that is being learned.
    spare: Shape,
    /// Where the parts stand of the object that was looked at last.
    parts: Vec<Range<usize>>,
    /// Where that starts, and whether it is like one of them.
    tried: Option<(usize, bool)>,
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
        let start = root.start as usize;
        let is_usual = root.kind == Type::Object && entries.len() <= MAX_ENTRIES && root.len as usize <= MAX_BYTES;
        if !is_usual
            || !self.pays()
            || self.learned > SHAPES as u64 + self.found / FOUND_PER_SHAPE
            || start + root.len as usize != end
            || self.is_known(bytes, start)
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

    /// Whether the object at `at` has one of the shapes.
    fn is_known(&mut self, bytes: &[u8], at: usize) -> bool {
        match self.tried.take() {
            Some((start, is_known)) if start == at => is_known,
            _ => self.position(None, bytes, at).is_some(),
        }
    }

    /// Parses the object that starts at `at`, if it is written like one before. Objects and arrays that nobody reads
    /// are checked with `tape`; without it there can be none.
    pub(super) fn find(&mut self, tape: Option<&mut Tape>, bytes: &[u8], at: usize) -> Option<Found<'_>> {
        if !self.pays() {
            return None;
        }
        let position = self.position(tape, bytes, at);
        self.tried = Some((at, position.is_some()));
        let Some((index, Parsed { end, deepest, values, is_tight })) = position else {
            self.missed += 1;
            return None;
        };
        self.found += 1;
        if !is_tight {
            self.known[index].compare(&self.parts, bytes, at..end);
        }
        let index = self.hit(index);
        Some(Found { parts: &self.parts, shape: &self.known[index], is_tight, end, deepest, values })
    }

    /// The first shape that the object at `at` has, and where that ends.
    fn position(&mut self, mut tape: Option<&mut Tape>, bytes: &[u8], at: usize) -> Option<(usize, Parsed)> {
        let parts = &mut self.parts;
        self.known.iter_mut().enumerate().filter(|(_, shape)| shape.pays()).find_map(|(index, shape)| {
            let mut parse = |frame: &Frame| frame.parse(tape.as_deref_mut(), parts, bytes, at);
            let tight = shape.tight.as_ref().and_then(&mut parse);
            let is_tight = tight.is_some();
            let Some(parsed) = tight.or_else(|| parse(&shape.loose)) else {
                shape.missed += 1;
                return None;
            };
            let (deepest, values) = (parsed.deepest.max(shape.deepest), parsed.values + shape.n_entries);
            Some((index, Parsed { deepest, values, is_tight, ..parsed }))
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
    /// Where its parts stand, but for those that are the same in most.
    parts: &'s [Range<usize>],
    shape: &'s Shape,
    is_tight: bool,
    /// The offset behind it.
    pub end: usize,
    /// How many containers stand inside of each other at the deepest place.
    pub deepest: usize,
    /// How many values and keys it has.
    pub values: usize,
}

impl<'s> Found<'s> {
    /// The member of this place in the list of keys that the reader asks for: whether it is a string, and its text.
    #[inline]
    pub fn member(&self, key: usize, bytes: &'s [u8]) -> Option<(bool, &'s [u8])> {
        self.scalar((*self.shape.places.get(key)?)?, bytes)
    }

    /// All scalars, in the order of the text.
    pub fn scalars(&self, bytes: &'s [u8]) -> impl Iterator<Item = (bool, &'s [u8])> {
        (0..self.shape.values.len()).filter_map(move |number| self.scalar(number, bytes))
    }

    #[inline]
    fn scalar(&self, number: usize, bytes: &'s [u8]) -> Option<(bool, &'s [u8])> {
        let frame = self.shape.tight.as_ref().filter(|_| self.is_tight).unwrap_or(&self.shape.loose);
        let value = self.shape.values.get(number)?;
        let raw = match frame.scalars.get(number)? {
            Some(index) => bytes.get(self.parts.get(*index)?.clone())?,
            None => &value.raw,
        };
        Some((value.part == Part::Text, raw))
    }
}

/// An object that has a shape.
struct Parsed {
    /// The offset behind it.
    end: usize,
    /// How many containers stand inside of each other at the deepest place, and how many values and keys there are.
    deepest: usize,
    values: usize,
    /// Whether it has the scalars too that are the same in most.
    is_tight: bool,
}

/// How an object is written, but for its strings, numbers and literals, and for members that nobody reads.
#[derive(Debug, Default)]
struct Shape {
    loose: Frame,
    /// The same with the scalars that most have in common; `None` where that is not known, or does not pay.
    tight: Option<Frame>,
    /// How many values and keys it has, but for what stands in those that nobody reads.
    n_entries: usize,
    /// The scalars of the object that it was learned from.
    values: Vec<Value>,
    /// How many were held against these, and how many were not like `tight`.
    compared: u64,
    strayed: u64,
    /// Which of the scalars the members are that the reader asks for.
    places: Vec<Option<usize>>,
    /// How many containers stand inside of each other at the deepest place.
    deepest: usize,
    /// How often another object was like it, and how often not.
    hits: u64,
    missed: u64,
}

/// A string, number or literal of the object that a shape was learned from.
#[derive(Debug)]
struct Value {
    part: Part,
    /// As it stands in the text, strings without their quotation marks.
    raw: Vec<u8>,
    /// Whether those after it had the same.
    is_same: bool,
}

/// Texts that are the same in all objects of a shape, and what stands between them.
#[derive(Debug, Default, PartialEq, Eq)]
struct Frame {
    /// What stands before each part, quotation marks included, and behind the last.
    texts: Known,
    /// What follows each of the texts.
    parts: Vec<Part>,
    /// Of each scalar, which of the parts it is; `None` where it stands in one of the texts.
    scalars: Vec<Option<usize>>,
}

/// A part of an object that may be another one in each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Text,
    Number,
    /// `true` or `false`.
    Flag,
    Null,
    /// An object or array that nobody reads.
    Unread,
    /// Nothing: the object ends.
    End,
}

impl PartialEq for Shape {
    fn eq(&self, other: &Shape) -> bool {
        self.loose == other.loose && self.places == other.places
    }
}

impl Shape {
    /// Whether it may pay to hold objects against it.
    const fn pays(&self) -> bool {
        self.missed <= 4 * self.hits + MAX_MISSED / 4
    }

    /// Learns from an object that `bytes` end with; its entries stand on the tape from `first` on.
    fn learn(&mut self, entries: &[Entry], first: usize, bytes: &[u8], keys: &[&str]) {
        (self.deepest, self.hits, self.missed, self.compared, self.strayed) = (0, 0, 0, 0, 0);
        self.loose.clear();
        self.tight = None;
        self.values.clear();
        self.n_entries = entries.len();
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
                    Some(_) if is_container => return self.loose.clear(),
                    Some(place) => self.places[place] = Some(scalars),
                    None => {}
                }
            }
            let part = match entry.kind {
                Type::Plain | Type::Escaped => Part::Text,
                Type::Unread => Part::Unread,
                Type::Array | Type::Object => continue,
                Type::Number => Part::Number,
                Type::True | Type::False => Part::Flag,
                Type::Null => Part::Null,
            };
            if part != Part::Unread {
                scalars += 1;
                self.values.push(Value { part, raw: entry.raw(bytes).to_vec(), is_same: true });
            }
            self.loose.push(&bytes[from..entry.start as usize], part);
            from = (entry.start + entry.len) as usize;
        }
        self.loose.push(&bytes[from..], Part::End);
    }

    /// Finds out which scalars most objects have in common, from one that stands at `object` and is not like `tight`.
    fn compare(&mut self, parts: &[Range<usize>], bytes: &[u8], object: Range<usize>) {
        if self.tight.is_some() {
            self.strayed += 1;
            if self.strayed > COMPARED + self.hits / 4 {
                self.tight = None;
            }
            return;
        }
        if self.compared == COMPARED {
            return;
        }
        self.compared += 1;
        let is_scalar = |(_, part): &(&Range<usize>, &Part)| **part != Part::Unread;
        let scalars = parts.iter().zip(&self.loose.parts).filter(is_scalar);
        for ((scalar, _), value) in scalars.zip(&mut self.values) {
            value.is_same &= bytes[scalar.clone()] == value.raw;
        }
        if self.compared < COMPARED || self.values.iter().filter(|value| value.is_same).count() < MIN_SAME {
            return;
        }
        let mut tight = Frame::default();
        let mut from = object.start;
        let mut values = self.values.iter();
        for (at, part) in parts.iter().zip(&self.loose.parts) {
            if *part != Part::Unread && values.next().is_some_and(|value| value.is_same) {
                tight.scalars.push(None);
            } else {
                tight.push(&bytes[from..at.start], *part);
                from = at.end;
            }
        }
        tight.push(&bytes[from..object.end], Part::End);
        self.tight = Some(tight);
    }
}

impl Frame {
    fn clear(&mut self) {
        self.texts.clear();
        self.parts.clear();
        self.scalars.clear();
    }

    fn push(&mut self, text: &[u8], then: Part) {
        if !matches!(then, Part::Unread | Part::End) {
            self.scalars.push(Some(self.parts.len()));
        }
        self.texts.push(text);
        self.parts.push(then);
    }

    /// The object at `at`, if it is written like this, with the depth and the values of what nobody reads in it alone;
    /// `parts` has the places of its own. `None` also where fewer bytes follow than are compared together.
    fn parse(
        &self,
        mut tape: Option<&mut Tape>,
        parts: &mut Vec<Range<usize>>,
        bytes: &[u8],
        mut at: usize,
    ) -> Option<Parsed> {
        parts.clear();
        let (start, mut deepest, mut values) = (at, 0, 0);
        for (text, part) in self.texts.texts().zip(&self.parts) {
            at = text.pass(bytes, at)?;
            let end = match part {
                Part::Text => end_of_text(bytes, at)?,
                Part::Number => end_of_number(bytes, at).ok()?,
                Part::Flag => end_of_literal(bytes, at, b"true").or_else(|| end_of_literal(bytes, at, b"false"))?,
                Part::Null => end_of_literal(bytes, at, b"null")?,
                Part::Unread => {
                    let (end, levels, inside) = pass_unread(tape.as_deref_mut()?, bytes, at)?;
                    deepest = deepest.max(1 + levels);
                    values += inside;
                    end
                }
                Part::End => {
                    let parsed = Parsed { end: at, deepest, values, is_tight: false };
                    return (at - start <= MAX_RECORD).then_some(parsed);
                }
            };
            parts.push(at..end);
            at = end;
        }
        None
    }
}

/// Passes over the object or array at `at`, which nobody reads: where it ends, how many containers stand inside of each
/// other there, and how many values and keys it has.
fn pass_unread(tape: &mut Tape, bytes: &[u8], at: usize) -> Option<(usize, usize, usize)> {
    if let Some((end, count)) = end_of_texts(bytes, at) {
        return Some((end, 1, 1 + count));
    }
    let end = tape.pass(bytes, at).ok()?;
    Some((end, tape.deepest, tape.values()))
}
