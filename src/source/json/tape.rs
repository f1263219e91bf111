//! A strict JSON parser (RFC 8259) that keeps offsets instead of values.
//!
//! Stricter than most: duplicate keys are an error, because readers disagree about which one counts,
//! and the depth is limited everywhere, also in parts that nobody reads.

use std::collections::HashMap;

use super::shape::{Found, Shapes};
use super::text;

mod entry;
mod fault;
#[cfg(test)]
mod tests;

pub use entry::{Entry, Type};
pub use fault::{Fault, FaultKind};

/// Containers inside containers that are read; the limit of `serde_json` too.
pub const MAX_DEPTH: usize = 128;

/// Bytes of one record, which is held in memory as a whole: a document that no reader walks, an element of a list, a line.
pub const MAX_RECORD: usize = 256 * 1024 * 1024;

/// Values and keys of one record, those that nobody reads among them; most take memory beside their bytes.
pub const MAX_VALUES: usize = 32 * 1024 * 1024;

/// Elements of lists that nobody reads are held against others before them if they have no more values than this.
const MAX_ALIKE: usize = 64;

/// Elements of one list that detection looks at.
const MAX_LOOKED_AT: u32 = 64;

/// Keys of an object that are compared one with another; those of larger objects go through a map.
const MAX_COMPARED: usize = 24;

/// The container of the outermost value, which has none.
const NONE: u32 = u32::MAX;

/// The entries of a parsed value, and what the parser needs meanwhile.
/// One that is used again and again takes no new memory.
#[derive(Debug, Default)]
pub struct Tape {
    pub entries: Vec<Entry>,
    /// How many containers stand inside of each other at the deepest place.
    pub deepest: usize,
    /// The containers around the open one.
    open: Vec<Open>,
    /// Hash and entry of every key of the open objects.
    keys: Vec<(u64, u32)>,
    /// Values and keys that have no entries.
    passed: usize,
    /// How elements of lists were written that nobody reads.
    unread: Option<Box<Shapes>>,
}

/// What a reader says of a value before it is parsed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wants<'k> {
    /// Keys that may stand more than once in an object.
    pub doubled: &'k [&'k str],
    /// The members of the outermost object that are read; all where none is named. Objects and arrays that are others
    /// are checked like these, and are [`Type::Unread`].
    pub members: &'k [&'k str],
}

/// What of a value is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reading {
    All,
    /// What detection looks at.
    Head,
    Nothing,
}

/// A container that is being parsed.
#[derive(Clone, Copy, Debug)]
struct Open {
    /// Index of its entry.
    container: u32,
    is_object: bool,
    /// Where its keys start among those of all.
    first_key: usize,
    /// How many elements of a list stand before the one that is being parsed.
    before: u32,
    /// One bit for each of 64 kinds of hashes that its keys have.
    hashes: u64,
    /// Whether two keys may be the same.
    is_suspect: bool,
}

/// What surrounds the outermost value.
const OUTSIDE: Open = Open { container: NONE, is_object: false, first_key: 0, before: 0, hashes: 0, is_suspect: false };

impl Tape {
    /// Parses the value that starts at `at` in `bytes` (after white space) and returns the offset behind it.
    /// The offsets of entries and faults count from the start of `bytes`.
    pub fn parse(&mut self, bytes: &[u8], at: usize, wants: Wants<'_>) -> Result<usize, Fault> {
        let (parsed, end) = self.run(bytes, at, wants, Reading::All);
        parsed.map(|()| end).map_err(|fault| *fault)
    }

    /// As [`Tape::parse`], for a value of which nothing is read: not all of its parts have entries.
    pub fn pass(&mut self, bytes: &[u8], at: usize) -> Result<usize, Fault> {
        let (parsed, end) = self.run(bytes, at, Wants::default(), Reading::Nothing);
        parsed.map(|()| end).map_err(|fault| *fault)
    }

    /// As [`Tape::parse`], for the start of a text: a fault inside of an object or array ends it.
    /// What is open is closed, and `None` is returned as the offset. Lists have no more than their first elements.
    pub fn parse_cut(&mut self, bytes: &[u8]) -> Result<Option<usize>, Fault> {
        match self.run(bytes, 0, Wants::default(), Reading::Head) {
            (Ok(()), end) => Ok(Some(end)),
            (Err(_), _) if self.entries.first().is_some_and(|e| matches!(e.kind, Type::Array | Type::Object)) => {
                self.close_all(bytes.len().min(MAX_RECORD));
                Ok(None)
            }
            (Err(fault), _) => Err(*fault),
        }
    }

    /// Where the containers start that were open when the last parse failed.
    pub fn open_at(&self) -> impl Iterator<Item = usize> {
        self.open.iter().filter_map(|open| Some(self.entries.get(open.container as usize)?.start as usize))
    }

    /// The entries alone, as they are in a text that starts at `at`.
    pub fn cut_out(&self, at: usize) -> Tape {
        let at = narrow(at);
        let entries = self.entries.iter().map(|entry| Entry { start: entry.start - at, ..*entry }).collect();
        Tape { entries, ..Tape::default() }
    }

    /// How many values and keys the parsed value has.
    pub const fn values(&self) -> usize {
        self.entries.len() + self.passed
    }

    fn clear(&mut self) {
        self.passed = 0;
        self.entries.clear();
        self.open.clear();
        self.keys.clear();
        self.deepest = 0;
    }

    fn run(&mut self, bytes: &[u8], at: usize, wants: Wants<'_>, reading: Reading) -> (Parsed<()>, usize) {
        self.clear();
        let most = at.saturating_add(MAX_RECORD);
        let record = &bytes[..bytes.len().min(most)];
        let mut parser = Parser { bytes: record, at, tape: self, inner: OUTSIDE, wants, reading, has_doubled: false };
        let mut parsed = parser.run(NONE);
        let end = parser.at;
        let inner = parser.inner;
        if let Err(fault) = &mut parsed {
            // What is open is told with the containers around it.
            self.open.push(inner);
            if fault.kind == FaultKind::Truncated && bytes.len() > most {
                **fault = Fault { offset: at, kind: FaultKind::TooLong };
            }
        }
        (parsed, end)
    }

    /// Closes what is open at `end`.
    fn close_all(&mut self, end: usize) {
        while let Some(open) = self.open.pop() {
            let Some(start) = self.entries.get(open.container as usize).map(|entry| entry.start) else { continue };
            // A key whose value is cut off is no member.
            if let Some(&(_, key)) = self.keys[open.first_key..].last()
                && key + 1 == narrow(self.entries.len())
            {
                self.entries.pop();
            }
            self.keys.truncate(open.first_key);
            let next = narrow(self.entries.len());
            let entry = &mut self.entries[open.container as usize];
            (entry.next, entry.len) = (next, narrow(end) - start);
        }
    }
}

#[inline]
fn narrow(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// A fault takes one word, so that passing on that there is none costs nothing.
type Parsed<T> = Result<T, Box<Fault>>;

struct Parser<'b, 't> {
    bytes: &'b [u8],
    at: usize,
    tape: &'t mut Tape,
    /// The container that the next value stands in.
    inner: Open,
    wants: Wants<'b>,
    reading: Reading,
    /// Whether a key stands twice that may: elsewhere it may not.
    has_doubled: bool,
}

impl Parser<'_, '_> {
    /// Parses a value in the container `outer`, which is open.
    fn run(&mut self, outer: u32) -> Parsed<()> {
        loop {
            self.value()?;
            if self.tape.values() > MAX_VALUES {
                return self.fail(self.at, FaultKind::TooMany);
            }
            // A value is complete: go on in the container that it stands in.
            loop {
                if self.inner.container == outer {
                    return Ok(());
                }
                match (self.peek()?, self.inner.is_object) {
                    (b',', true) => {
                        self.at += 1;
                        self.key()?;
                        break;
                    }
                    (b',', false) => {
                        self.at += 1;
                        if self.reading == Reading::Head {
                            self.inner.before += 1;
                            if self.inner.before < MAX_LOOKED_AT {
                                break;
                            }
                            self.pass_element()?;
                        } else if self.reading != Reading::Nothing {
                            break;
                        } else if !self.pass_alike() {
                            self.pass_numbers();
                            break;
                        }
                    }
                    (b'}', true) | (b']', false) => self.close()?,
                    (_, true) => return self.syntax("expected `,` or `}`"),
                    (_, false) => return self.syntax("expected `,` or `]`"),
                }
            }
        }
    }

    /// One value; of containers only the start, up to and including the first key.
    /// Empty containers are closed at once, others are left open.
    #[inline(always)]
    fn value(&mut self) -> Parsed<()> {
        loop {
            match self.peek()? {
                b'"' => return self.string().map(|_| ()),
                b'{' | b'[' if self.inner.container == 0 && self.is_unwanted() => return self.pass_unread(),
                b'{' => {
                    self.open(Type::Object)?;
                    if self.peek()? == b'}' {
                        return self.close();
                    }
                    self.key()?;
                }
                b'[' => {
                    self.open(Type::Array)?;
                    if self.peek()? == b']' {
                        return self.close();
                    }
                    if self.reading == Reading::Nothing && self.pass_alike() {
                        return Ok(());
                    }
                }
                b'-' | b'0'..=b'9' => return self.number(),
                b't' => return self.literal(b"true", Type::True),
                b'f' => return self.literal(b"false", Type::False),
                b'n' => return self.literal(b"null", Type::Null),
                b'N' | b'I' => return self.syntax("NaN and Infinity are not JSON numbers"),
                b'\'' => return self.syntax("strings need double quotation marks"),
                b'/' => return self.syntax("comments are not JSON"),
                b'}' | b']' => return self.syntax("a value is missing, or there is a comma too many"),
                _ => return self.syntax("expected a value"),
            }
        }
    }

    fn open(&mut self, kind: Type) -> Parsed<()> {
        let depth = self.tape.open.len() + 1;
        if depth > MAX_DEPTH {
            return self.fail(self.at, FaultKind::TooDeep);
        }
        self.tape.deepest = self.tape.deepest.max(depth);
        let container = self.push(kind, self.at, 0);
        self.at += 1;
        self.tape.open.push(self.inner);
        let first_key = self.tape.keys.len();
        self.inner = Open { container, is_object: kind == Type::Object, first_key, ..OUTSIDE };
        Ok(())
    }

    /// Ends the open container; its bracket stands here.
    fn close(&mut self) -> Parsed<()> {
        self.at += 1;
        if self.inner.is_suspect {
            self.duplicates(self.inner.first_key)?;
        }
        self.tape.keys.truncate(self.inner.first_key);
        let next = narrow(self.tape.entries.len());
        let first = self.inner.container as usize;
        let entry = &mut self.tape.entries[first];
        (entry.next, entry.len) = (next, narrow(self.at) - entry.start);
        self.inner = self.tape.open.pop().unwrap_or(OUTSIDE);
        if self.reading == Reading::Nothing && !self.inner.is_object && self.may_repeat(first) {
            let unread = self.tape.unread.get_or_insert_default();
            unread.learn(&self.tape.entries, first, self.bytes, self.at, &[]);
        }
        Ok(())
    }

    /// Whether others may be written like the container whose entries are the last ones, from `first` on: it is small,
    /// and there is no list of objects in it, which would have as many elsewhere only by chance.
    fn may_repeat(&self, first: usize) -> bool {
        let entries = &self.tape.entries[first..];
        let is_list = |two: &[Entry]| two[0].kind == Type::Array && two[1].kind == Type::Object;
        entries.len() <= MAX_ALIKE
            && !entries.windows(2).any(is_list)
            && !entries.iter().any(|entry| entry.kind == Type::Unread)
            && !self.has_doubled
    }

    /// Whether the container that starts here is a member of the outermost object that nobody reads.
    fn is_unwanted(&self) -> bool {
        // A key with escapes may be any of them.
        let is_named = |key: &Entry| {
            key.kind == Type::Escaped || self.wants.members.iter().any(|name| name.as_bytes() == key.raw(self.bytes))
        };
        !self.wants.members.is_empty() && self.inner.is_object && !self.tape.entries.last().is_some_and(is_named)
    }

    /// Checks the container that starts here. No more than its own entry is kept.
    fn pass_unread(&mut self) -> Parsed<()> {
        let first = self.tape.entries.len();
        let members = std::mem::take(&mut self.wants.members);
        self.reading = Reading::Nothing;
        self.run(self.inner.container)?;
        (self.reading, self.wants.members) = (Reading::All, members);
        self.tape.passed += self.tape.entries.len() - (first + 1);
        self.tape.entries.truncate(first + 1);
        let entry = &mut self.tape.entries[first];
        (entry.kind, entry.next) = (Type::Unread, narrow(first + 1));
        Ok(())
    }

    /// Checks the element that starts here, at which detection does not look. Nothing of it is kept.
    fn pass_element(&mut self) -> Parsed<()> {
        let (first, inner) = (self.tape.entries.len(), self.inner);
        let (depth, keys) = (self.tape.open.len(), self.tape.keys.len());
        self.reading = Reading::Nothing;
        let mut parsed = Ok(());
        if !self.pass_alike() {
            self.pass_numbers();
            parsed = self.run(inner.container);
        }
        self.tape.passed += self.tape.entries.len() - first;
        self.tape.entries.truncate(first);
        // Its first elements are looked at.
        self.tape.entries[inner.container as usize].kind = Type::Array;
        self.reading = Reading::Head;
        if parsed.is_err() {
            // Of an element with a fault in it nothing is kept either.
            self.tape.open.truncate(depth);
            self.tape.keys.truncate(keys);
            self.inner = inner;
        }
        parsed
    }

    /// Passes over an element that nobody reads, if it is written like one before.
    fn pass_alike(&mut self) -> bool {
        self.at = text::end_of_space(self.bytes, self.at);
        if self.bytes.get(self.at) != Some(&b'{') {
            return false;
        }
        let Some(unread) = &mut self.tape.unread else { return false };
        let Some(Found { end, deepest, values, .. }) = unread.find(None, self.bytes, self.at) else { return false };
        let depth = self.tape.open.len() + deepest;
        if depth > MAX_DEPTH || self.tape.values() + values > MAX_VALUES {
            return false;
        }
        self.tape.passed += values;
        self.tape.deepest = self.tape.deepest.max(depth);
        self.tape.entries[self.inner.container as usize].kind = Type::Unread;
        self.at = end;
        true
    }

    /// Passes over whole numbers that follow each other in a long list that nobody reads, but for the last one:
    /// bytes are written so.
    fn pass_numbers(&mut self) {
        // A shorter one may be a part of what others are like.
        if self.tape.entries.len() - self.inner.container as usize <= MAX_ALIKE {
            return;
        }
        let mut at = text::end_of_space(self.bytes, self.at);
        let room = MAX_VALUES.saturating_sub(self.tape.values());
        let mut passed = 0;
        while passed < room
            && let Some(next) = text::end_of_whole_number(self.bytes, at)
        {
            at = next;
            passed += 1;
        }
        if passed > 0 {
            self.at = at;
            self.tape.passed += passed;
            self.tape.entries[self.inner.container as usize].kind = Type::Unread;
        }
    }

    #[inline(always)]
    fn key(&mut self) -> Parsed<()> {
        match self.peek()? {
            b'"' => {}
            b'}' => return self.syntax("a comma too many"),
            _ => return self.syntax("expected a key in double quotation marks"),
        }
        let index = self.string()?;
        let entry = self.tape.entries[index as usize];
        let hash = if entry.kind == Type::Escaped {
            text::hash(entry.text(self.bytes).as_bytes(), 0, None)
        } else {
            text::hash(self.bytes, entry.start as usize, Some(entry.len as usize))
        };
        let bit = 1 << (hash >> 58);
        if self.inner.hashes & bit != 0 && !self.inner.is_suspect {
            let others = &self.tape.keys[self.inner.first_key..];
            self.inner.is_suspect = others.len() >= MAX_COMPARED || others.iter().any(|(other, _)| *other == hash);
        }
        self.inner.hashes |= bit;
        self.tape.keys.push((hash, index));
        if self.peek()? != b':' {
            return self.syntax("expected `:`");
        }
        self.at += 1;
        Ok(())
    }

    /// Refuses keys that stand twice, but for those that may.
    #[cold]
    fn duplicates(&mut self, first: usize) -> Parsed<()> {
        // Two of them may be the same.
        self.has_doubled |= !self.wants.doubled.is_empty();
        let keys = &self.tape.keys[first..];
        let text = |index: u32| self.tape.entries[index as usize].text(self.bytes);
        let fault = |index: u32| {
            let offset = self.tape.entries[index as usize].start as usize;
            self.fail(offset, FaultKind::DuplicateKey(text(index).into_owned()))
        };
        if keys.len() <= MAX_COMPARED {
            for (i, (hash, index)) in keys.iter().enumerate() {
                let is_same = |(h, k): &(u64, u32)| h == hash && text(*k) == text(*index);
                if keys[..i].iter().any(is_same) && !self.wants.doubled.contains(&&*text(*index)) {
                    return fault(*index);
                }
            }
            return Ok(());
        }
        // The standard map is seeded at random, so that colliding keys cannot be prepared; no order leaves it.
        let mut seen = HashMap::with_capacity(keys.len());
        for (_, index) in keys {
            if seen.insert(text(*index), ()).is_some() && !self.wants.doubled.contains(&&*text(*index)) {
                return fault(*index);
            }
        }
        Ok(())
    }

    #[inline(always)]
    fn string(&mut self) -> Parsed<u32> {
        let start = self.at + 1;
        let mut kind = Type::Plain;
        let mut is_ascii = true;
        let mut at = start;
        loop {
            at = text::end_of_plain(self.bytes, at, &mut is_ascii);
            match self.bytes.get(at) {
                Some(b'"') => break,
                Some(b'\\') => {
                    kind = Type::Escaped;
                    at = self.escape(at)?;
                }
                Some(_) => return self.fail(at, FaultKind::Syntax("a control character stands in a string")),
                None => {
                    self.check_utf8(start, at, true)?;
                    return self.fail(at, FaultKind::Truncated);
                }
            }
        }
        if !is_ascii {
            self.check_utf8(start, at, false)?;
        }
        self.at = at + 1;
        Ok(self.push(kind, start, at - start))
    }

    /// The place behind the escape at `at`.
    fn escape(&self, at: usize) -> Parsed<usize> {
        let Some(byte) = self.bytes.get(at + 1) else {
            return self.fail(self.bytes.len(), FaultKind::Truncated);
        };
        match byte {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Ok(at + 2),
            b'u' => {
                let digits = &self.bytes[at + 2..self.bytes.len().min(at + 6)];
                if let Some(bad) = digits.iter().position(|b| !b.is_ascii_hexdigit()) {
                    return self.fail(at + 2 + bad, FaultKind::Syntax("`\\u` needs four hexadecimal digits"));
                }
                if digits.len() < 4 {
                    return self.fail(self.bytes.len(), FaultKind::Truncated);
                }
                Ok(at + 6)
            }
            _ => self.fail(at, FaultKind::Syntax("unknown escape")),
        }
    }

    #[cold]
    fn check_utf8(&self, start: usize, end: usize, cut: bool) -> Parsed<()> {
        match std::str::from_utf8(&self.bytes[start..end]) {
            Ok(_) => Ok(()),
            Err(error) if cut && error.error_len().is_none() => Ok(()),
            Err(error) => self.fail(start + error.valid_up_to(), FaultKind::Encoding),
        }
    }

    fn number(&mut self) -> Parsed<()> {
        let start = self.at;
        match text::end_of_number(self.bytes, start) {
            Ok(end) => {
                self.at = end;
                self.push(Type::Number, start, end - start);
                Ok(())
            }
            Err(at) => {
                self.at = at;
                match self.bytes.get(at) {
                    Some(b'0'..=b'9') => self.syntax("a number starts with a needless zero"),
                    Some(_) => self.syntax("a number needs a digit here"),
                    None => self.fail(at, FaultKind::Truncated),
                }
            }
        }
    }

    fn literal(&mut self, word: &'static [u8], kind: Type) -> Parsed<()> {
        let rest = &self.bytes[self.at..];
        if rest.starts_with(word) {
            self.push(kind, self.at, word.len());
            self.at += word.len();
            Ok(())
        } else if rest.len() < word.len() && word.starts_with(rest) {
            self.fail(self.bytes.len(), FaultKind::Truncated)
        } else {
            self.syntax("expected a value")
        }
    }

    /// The next byte that is not white space.
    #[inline(always)]
    fn peek(&mut self) -> Parsed<u8> {
        match self.bytes.get(self.at) {
            Some(byte) if *byte > b' ' => Ok(*byte),
            _ => self.peek_behind_space(),
        }
    }

    fn peek_behind_space(&mut self) -> Parsed<u8> {
        self.at = text::end_of_space(self.bytes, self.at);
        match self.bytes.get(self.at) {
            Some(byte) => Ok(*byte),
            None => self.fail(self.at, FaultKind::Truncated),
        }
    }

    #[inline(always)]
    fn push(&mut self, kind: Type, start: usize, len: usize) -> u32 {
        let index = narrow(self.tape.entries.len());
        let parent = self.inner.container;
        self.tape.entries.push(Entry { kind, start: narrow(start), len: narrow(len), next: index + 1, parent });
        index
    }

    #[cold]
    fn syntax<T>(&self, what: &'static str) -> Parsed<T> {
        self.fail(self.at, FaultKind::Syntax(what))
    }

    #[cold]
    #[expect(clippy::unused_self, reason = "reads better beside `syntax`")]
    fn fail<T>(&self, offset: usize, kind: FaultKind) -> Parsed<T> {
        Err(Box::new(Fault { offset, kind }))
    }
}
