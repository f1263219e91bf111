//! A strict JSON parser (RFC 8259) that keeps offsets instead of values.
//!
//! Stricter than most: duplicate keys are an error, because readers disagree about which one counts,
//! and the depth is limited everywhere, also in parts that nobody reads.

use std::borrow::Cow;
use std::collections::HashMap;

/// Containers inside containers that are read; the limit of `serde_json` too.
pub const MAX_DEPTH: usize = 128;

/// Bytes of one record, which is held in memory as a whole: a document that no reader walks, an element of a list, a line.
pub const MAX_RECORD: usize = 256 * 1024 * 1024;

/// Values of one record; each takes memory beside its bytes.
pub const MAX_VALUES: usize = 32 * 1024 * 1024;

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
}

/// One value (or key) in the order of the text.
#[derive(Clone, Copy, Debug)]
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

/// Why a text is not JSON, with the offset of the place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub offset: usize,
    pub kind: FaultKind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// The text ends inside the value.
    Truncated,
    Syntax(&'static str),
    TooDeep,
    TooLong,
    TooMany,
    Encoding,
    DuplicateKey(String),
}

/// Parses the value at the start of `bytes` (after white space) into `entries` and returns the offset behind it.
///
/// With `partial`, a fault inside of an object or array ends it: what is open is closed,
/// and `None` is returned as the offset.
pub fn parse(bytes: &[u8], partial: bool, entries: &mut Vec<Entry>) -> Result<Option<usize>, Fault> {
    parse_doubled(bytes, partial, &[], entries)
}

/// As [`parse`], but the keys in `doubled` may stand more than once in an object.
pub fn parse_doubled(
    bytes: &[u8],
    partial: bool,
    doubled: &[&str],
    entries: &mut Vec<Entry>,
) -> Result<Option<usize>, Fault> {
    entries.clear();
    let is_longer = bytes.len() > MAX_RECORD;
    let bytes = &bytes[..bytes.len().min(MAX_RECORD)];
    let mut parser = Parser { bytes, at: 0, entries, open: Vec::new(), hashes: Vec::new(), doubled };
    match parser.run() {
        Ok(()) => Ok(Some(parser.at)),
        Err(_) if partial && parser.entries.first().is_some_and(|e| matches!(e.kind, Type::Array | Type::Object)) => {
            parser.close_all();
            Ok(None)
        }
        Err(Fault { kind: FaultKind::Truncated, .. }) if is_longer => {
            Err(Fault { offset: 0, kind: FaultKind::TooLong })
        }
        Err(fault) => Err(fault),
    }
}

struct Parser<'b, 'e> {
    bytes: &'b [u8],
    at: usize,
    entries: &'e mut Vec<Entry>,
    /// Open containers: index of the entry and where its key hashes start.
    open: Vec<(u32, usize)>,
    /// Hash and entry of every key of the open objects.
    hashes: Vec<(u64, u32)>,
    /// Keys that may stand more than once in an object.
    doubled: &'b [&'b str],
}

impl Parser<'_, '_> {
    fn run(&mut self) -> Result<(), Fault> {
        loop {
            self.value()?;
            if self.entries.len() > MAX_VALUES {
                return self.fail(self.at, FaultKind::TooMany);
            }
            // A value is complete: go on in the container that it stands in.
            loop {
                let Some(&(container, first_hash)) = self.open.last() else { return Ok(()) };
                let is_object = self.entries[container as usize].kind == Type::Object;
                match (self.peek()?, is_object) {
                    (b',', _) => {
                        self.at += 1;
                        if is_object {
                            self.key()?;
                        }
                        break;
                    }
                    (b'}', true) | (b']', false) => {
                        self.at += 1;
                        self.close(container, first_hash)?;
                    }
                    (_, true) => return self.syntax("expected `,` or `}`"),
                    (_, false) => return self.syntax("expected `,` or `]`"),
                }
            }
        }
    }

    /// One value; of containers only the start, up to and including the first key.
    /// Empty containers are closed at once, others are left open.
    fn value(&mut self) -> Result<(), Fault> {
        loop {
            let byte = self.peek()?;
            let start = self.at;
            match byte {
                b'{' | b'[' => {
                    if self.open.len() >= MAX_DEPTH {
                        return self.fail(start, FaultKind::TooDeep);
                    }
                    self.at += 1;
                    let kind = if byte == b'{' { Type::Object } else { Type::Array };
                    let index = self.push(kind, start, 0);
                    self.open.push((index, self.hashes.len()));
                    match (self.peek()?, kind) {
                        (b'}', Type::Object) | (b']', Type::Array) => {
                            self.at += 1;
                            let first_hash = self.hashes.len();
                            return self.close(index, first_hash);
                        }
                        (_, Type::Object) => self.key()?,
                        _ => {}
                    }
                }
                b'"' => {
                    self.string()?;
                    return Ok(());
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

    fn key(&mut self) -> Result<(), Fault> {
        match self.peek()? {
            b'"' => {}
            b'}' => return self.syntax("a comma too many"),
            _ => return self.syntax("expected a key in double quotation marks"),
        }
        let index = self.string()?;
        let entry = self.entries[index as usize];
        let hash = hash(&unescape(self.bytes, entry));
        self.hashes.push((hash, index));
        if self.peek()? != b':' {
            return self.syntax("expected `:`");
        }
        self.at += 1;
        Ok(())
    }

    fn close(&mut self, container: u32, first_hash: usize) -> Result<(), Fault> {
        self.duplicates(first_hash)?;
        self.hashes.truncate(first_hash);
        self.open.pop();
        self.finish(container);
        Ok(())
    }

    fn finish(&mut self, container: u32) {
        let next = self.index();
        let entry = &mut self.entries[container as usize];
        entry.next = next;
        entry.len = u32::try_from(self.at).unwrap_or(u32::MAX) - entry.start;
    }

    fn close_all(&mut self) {
        self.at = self.bytes.len();
        while let Some((container, first_hash)) = self.open.pop() {
            // A key whose value is cut off is no member.
            if let Some(&(_, key)) = self.hashes[first_hash..].last()
                && key + 1 == self.index()
            {
                self.entries.pop();
            }
            self.hashes.truncate(first_hash);
            self.finish(container);
        }
    }

    fn duplicates(&mut self, first: usize) -> Result<(), Fault> {
        let keys = &mut self.hashes[first..];
        if keys.len() < 2 {
            return Ok(());
        }
        let (bytes, doubled) = (self.bytes, self.doubled);
        let entries = &*self.entries;
        let text = |index: u32| unescape(bytes, entries[index as usize]);
        let fault = |index: u32| {
            let offset = entries[index as usize].start as usize;
            Err(Fault { offset, kind: FaultKind::DuplicateKey(text(index).into_owned()) })
        };
        if keys.len() <= 24 {
            for (i, (hash, index)) in keys.iter().enumerate() {
                if keys[..i]
                    .iter()
                    .any(|(h, k)| h == hash && text(*k) == text(*index) && !doubled.contains(&&*text(*k)))
                {
                    return fault(*index);
                }
            }
            return Ok(());
        }
        // The standard map is seeded at random, so that colliding keys cannot be prepared; no order leaves it.
        let mut seen = HashMap::with_capacity(keys.len());
        for (_, index) in keys.iter() {
            if seen.insert(text(*index), ()).is_some() && !doubled.contains(&&*text(*index)) {
                return fault(*index);
            }
        }
        Ok(())
    }

    fn string(&mut self) -> Result<u32, Fault> {
        self.at += 1;
        let start = self.at;
        let mut kind = Type::Plain;
        loop {
            let rest = &self.bytes[self.at..];
            let Some(stop) = memchr::memchr2(b'"', b'\\', rest) else {
                if let Some(bad) = rest.iter().position(|b| *b < 0x20) {
                    return self.fail(self.at + bad, FaultKind::Syntax("a control character stands in a string"));
                }
                self.check_utf8(start, self.bytes.len(), true)?;
                return self.fail(self.bytes.len(), FaultKind::Truncated);
            };
            if let Some(bad) = rest[..stop].iter().position(|b| *b < 0x20) {
                return self.fail(self.at + bad, FaultKind::Syntax("a control character stands in a string"));
            }
            self.at += stop;
            if self.bytes[self.at] == b'"' {
                self.check_utf8(start, self.at, false)?;
                let index = self.push(kind, start, self.at - start);
                self.at += 1;
                return Ok(index);
            }
            kind = Type::Escaped;
            self.escape()?;
        }
    }

    fn escape(&mut self) -> Result<(), Fault> {
        let Some(byte) = self.bytes.get(self.at + 1) else {
            return self.fail(self.bytes.len(), FaultKind::Truncated);
        };
        match byte {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => self.at += 2,
            b'u' => {
                let digits = &self.bytes[self.at + 2..self.bytes.len().min(self.at + 6)];
                if let Some(bad) = digits.iter().position(|b| !b.is_ascii_hexdigit()) {
                    return self.fail(self.at + 2 + bad, FaultKind::Syntax("`\\u` needs four hexadecimal digits"));
                }
                if digits.len() < 4 {
                    return self.fail(self.bytes.len(), FaultKind::Truncated);
                }
                self.at += 6;
            }
            _ => return self.syntax("unknown escape"),
        }
        Ok(())
    }

    fn check_utf8(&self, start: usize, end: usize, cut: bool) -> Result<(), Fault> {
        match std::str::from_utf8(&self.bytes[start..end]) {
            Ok(_) => Ok(()),
            Err(error) if cut && error.error_len().is_none() => Ok(()),
            Err(error) => Err(Fault { offset: start + error.valid_up_to(), kind: FaultKind::Encoding }),
        }
    }

    fn number(&mut self) -> Result<(), Fault> {
        let start = self.at;
        if self.bytes[self.at] == b'-' {
            self.at += 1;
        }
        match self.bytes.get(self.at) {
            Some(b'0') => {
                self.at += 1;
                if self.bytes.get(self.at).is_some_and(u8::is_ascii_digit) {
                    return self.syntax("a number starts with a needless zero");
                }
            }
            Some(b'1'..=b'9') => self.digits(),
            Some(_) => return self.syntax("a number needs a digit here"),
            None => return self.fail(self.at, FaultKind::Truncated),
        }
        if self.bytes.get(self.at) == Some(&b'.') {
            self.at += 1;
            self.some_digits()?;
        }
        if matches!(self.bytes.get(self.at), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.bytes.get(self.at), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.some_digits()?;
        }
        self.push(Type::Number, start, self.at - start);
        Ok(())
    }

    fn digits(&mut self) {
        while self.bytes.get(self.at).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
    }

    fn some_digits(&mut self) -> Result<(), Fault> {
        match self.bytes.get(self.at) {
            Some(b'0'..=b'9') => {
                self.digits();
                Ok(())
            }
            Some(_) => self.syntax("a number needs a digit here"),
            None => self.fail(self.at, FaultKind::Truncated),
        }
    }

    fn literal(&mut self, word: &'static [u8], kind: Type) -> Result<(), Fault> {
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
    fn peek(&mut self) -> Result<u8, Fault> {
        while let Some(byte) = self.bytes.get(self.at) {
            match byte {
                b' ' | b'\n' | b'\r' | b'\t' => self.at += 1,
                _ => return Ok(*byte),
            }
        }
        self.fail(self.at, FaultKind::Truncated)
    }

    fn index(&self) -> u32 {
        u32::try_from(self.entries.len()).unwrap_or(u32::MAX)
    }

    fn push(&mut self, kind: Type, start: usize, len: usize) -> u32 {
        let index = self.index();
        let parent = self.open.last().map_or(u32::MAX, |(container, _)| *container);
        let narrow = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        self.entries.push(Entry { kind, start: narrow(start), len: narrow(len), next: index + 1, parent });
        index
    }

    fn syntax<T>(&self, what: &'static str) -> Result<T, Fault> {
        self.fail(self.at, FaultKind::Syntax(what))
    }

    #[expect(clippy::unused_self, reason = "reads better beside `syntax`")]
    fn fail<T>(&self, offset: usize, kind: FaultKind) -> Result<T, Fault> {
        Err(Fault { offset, kind })
    }
}

/// FNV-1a; only to find candidates, which are compared.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// The text of a string entry. A lone surrogate becomes U+FFFD.
pub fn unescape(bytes: &[u8], entry: Entry) -> Cow<'_, str> {
    let raw = &bytes[entry.start as usize..(entry.start + entry.len) as usize];
    let raw = String::from_utf8_lossy(raw);
    if entry.kind != Type::Escaped {
        return raw;
    }
    let mut text = String::with_capacity(raw.len());
    let mut rest = &*raw;
    while let Some(at) = rest.find('\\') {
        text.push_str(&rest[..at]);
        let (decoded, used) = decode_escape(&rest.as_bytes()[at..]);
        text.push(decoded);
        rest = &rest[at + used..];
    }
    text.push_str(rest);
    Cow::Owned(text)
}

/// The character of a checked escape and how many bytes it takes.
fn decode_escape(escape: &[u8]) -> (char, usize) {
    let simple = match escape[1] {
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => {
            let high = hex4(&escape[2..6]);
            if (0xd800..0xdc00).contains(&high) && escape.len() >= 12 && &escape[6..8] == b"\\u" {
                let low = hex4(&escape[8..12]);
                if (0xdc00..0xe000).contains(&low) {
                    let code = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
                    return (char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), 12);
                }
            }
            return (char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER), 6);
        }
        other => other as char,
    };
    (simple, 2)
}

fn hex4(digits: &[u8]) -> u32 {
    digits.iter().fold(0, |code, digit| code * 16 + (*digit as char).to_digit(16).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn fault(text: &str) -> FaultKind {
        parse(text.as_bytes(), false, &mut Vec::new()).expect_err("must not parse").kind
    }

    #[test]
    fn agrees_with_serde_json_on_what_is_json() {
        let texts = [
            "{}",
            "[]",
            "1",
            "-0",
            "-0.0",
            "1e5",
            "1E+5",
            "01",
            "1.",
            ".5",
            "+1",
            "-",
            "1e",
            "\"\"",
            "\"a\\u0041\"",
            "\"\\x\"",
            "\"\\u12\"",
            "[1,]",
            "{\"a\":1,}",
            "{\"a\"}",
            "{\"a\":}",
            "{1:2}",
            "tru",
            "truex",
            "null",
            "[1 2]",
            "[[],{}]",
            "{\"a\":{\"b\":[1,2,{\"c\":null}]}}",
            "nul",
            "\"\u{1}\"",
            "[",
            "{",
            "{\"a\":[",
            "]",
        ];
        for text in texts {
            let ours = parse(text.as_bytes(), false, &mut Vec::new()).map(|end| end == Some(text.len()));
            let theirs = serde_json::from_str::<serde_json::Value>(text).is_ok();
            assert_eq!(ours == Ok(true), theirs, "{text}");
        }
    }

    #[test]
    fn keys_are_compared_after_unescaping() {
        assert_eq!(fault(r#"{"status":"fail","st\u0061tus":"pass"}"#), FaultKind::DuplicateKey("status".into()));
    }

    #[test]
    fn depth_is_limited() {
        assert_eq!(fault(&"[".repeat(100_000)), FaultKind::TooDeep);
        let deep = format!("{}{}", "[".repeat(MAX_DEPTH), "]".repeat(MAX_DEPTH));
        assert_eq!(parse(deep.as_bytes(), false, &mut Vec::new()), Ok(Some(deep.len())));
    }

    #[test]
    fn a_cut_text_gives_what_is_complete() {
        let mut entries = Vec::new();
        assert_eq!(parse(br#"{"a":[1,{"b":2,"c":"#, true, &mut entries), Ok(None));
        let kinds: Vec<Type> = entries.iter().map(|e| e.kind).collect();
        assert_eq!(
            kinds,
            [Type::Object, Type::Plain, Type::Array, Type::Number, Type::Object, Type::Plain, Type::Number]
        );
    }
}
