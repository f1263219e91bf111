//! Values of a JSON document, each knowing its pointer and its place.

use std::borrow::Cow;
use std::cell::Cell;

use jiff::Timestamp;

use super::bytes::Bytes;
use super::tape::{Entry, Fault, Tape, Type, Wants};
use crate::diagnostics::codes::{MISSING_FIELD, OUT_OF_RANGE, UNKNOWN_WORD, WRONG_TYPE};
use crate::diagnostics::{Code, Diagnostic, LineColumn, nearest};
use crate::model::{Elapsed, Pointer, Unit, first_chars};
use crate::source::Diags;

const ABSENT: u32 = u32::MAX;

/// The hint of a tree of which nothing was asked yet.
const NO_HINT: (u32, u32) = (ABSENT, 0);

/// A JSON value with its text: a whole document, a line of NDJSON, or one record of a large array.
///
/// See the [example](mod@crate::source#example).
#[derive(Debug)]
pub struct Tree {
    /// The text that it stands in.
    pub(super) bytes: Bytes,
    pub(super) tape: Tape,
    /// The line of NDJSON that it is.
    pub(super) line: Option<u64>,
    /// Path of the outermost value.
    pub(super) path: String,
    /// An offset before the value, and its place in the artifact.
    pub(super) counted: usize,
    pub(super) start: LineColumn,
    pub(super) diags: Diags,
    /// Whether only the start of the value was parsed.
    pub(super) is_cut: bool,
    /// An object, and the key in it that stands behind the member which was asked for last.
    pub(super) hint: Cell<(u32, u32)>,
}

impl Tree {
    /// A text without value, which starts at `start`.
    pub(super) fn new(bytes: Vec<u8>, start: LineColumn, diags: Diags) -> Tree {
        Tree::of(Bytes::Own(bytes), start, diags)
    }

    /// As [`Tree::new`].
    pub(super) fn of(bytes: Bytes, start: LineColumn, diags: Diags) -> Tree {
        let (tape, path, hint) = (Tape::default(), String::new(), Cell::new(NO_HINT));
        Tree { bytes, tape, line: None, path, counted: 0, start, diags, is_cut: false, hint }
    }

    /// Parses the value at `at`, in the first `filled` bytes, and returns its end.
    pub(super) fn parse(&mut self, filled: usize, at: usize, wants: Wants<'_>) -> Result<usize, Fault> {
        self.hint.set(NO_HINT);
        self.tape.parse(&self.bytes[..filled], at, wants)
    }

    /// As [`Tree::parse`], for a value of which nothing is read.
    pub(super) fn pass(&mut self, filled: usize, at: usize) -> Result<usize, Fault> {
        self.hint.set(NO_HINT);
        self.tape.pass(&self.bytes[..filled], at)
    }

    /// The value alone, which stands from `at` to `end`; the place of `at` is known.
    pub(super) fn cut_out(&self, at: usize, end: usize) -> Tree {
        Tree {
            tape: self.tape.cut_out(at),
            line: self.line,
            path: self.path.clone(),
            ..Tree::new(self.bytes[at..end].to_vec(), self.start, self.diags.clone())
        }
    }

    #[inline]
    fn entry(&self, index: u32) -> Option<Entry> {
        self.tape.entries.get(index as usize).copied()
    }

    /// Whether a key is this text.
    #[inline]
    fn is_text(&self, name: Entry, text: &str) -> bool {
        match name.kind {
            Type::Escaped => name.text(&self.bytes) == text,
            // Most keys of the same length differ in the first letter.
            _ if name.len as usize == text.len() => {
                let raw = name.raw(&self.bytes);
                raw.first() == text.as_bytes().first() && raw == text.as_bytes()
            }
            _ => false,
        }
    }

    /// The outermost value.
    pub const fn root(&self) -> Node<'_> {
        Node { tree: self, at: 0, position: None }
    }

    /// Whether only the start of it was parsed, because the text ends or is broken there.
    pub(in crate::source) const fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// The text of the record as it stands in the artifact.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn place(&self, offset: usize) -> LineColumn {
        let end = offset.min(self.bytes.len());
        locate(self.bytes.get(self.counted..end).unwrap_or_default(), self.start)
    }
}

/// Where a text ends that starts at `start`.
pub fn locate(text: &[u8], start: LineColumn) -> LineColumn {
    let chars = |bytes: &[u8]| bytes.iter().filter(|b| (**b & 0xc0) != 0x80).map(|_| 1u64).sum::<u64>();
    match memchr::memrchr(b'\n', text) {
        None => LineColumn { line: start.line, column: start.column + chars(text) },
        Some(last) => {
            let lines = memchr::memchr_iter(b'\n', text).map(|_| 1u64).sum::<u64>();
            LineColumn { line: start.line + lines, column: 1 + chars(&text[last + 1..]) }
        }
    }
}

/// One value of a [`Tree`], or the knowledge that it is absent.
///
/// The typed accessors return `None` for an absent or `null` value, and for a value of another type,
/// which they report as a diagnostic with its place.
///
/// See the [example](mod@crate::source#example).
#[derive(Clone, Copy)]
pub struct Node<'t> {
    tree: &'t Tree,
    at: u32,
    /// Which child of its container it is, where that is known; saves the search for it.
    position: Option<u32>,
}

impl<'t> Node<'t> {
    /// The member of an object; absent where this is no object or has no such key.
    ///
    /// Members are mostly asked for in the order in which they stand: the next one is looked at first.
    /// Of a key that stands twice ([`super::Json::allow_doubled`]) either may be found; those are taken from [`Node::entries`].
    pub fn get(self, key: &str) -> Node<'t> {
        let (first, end) = self.inside(Type::Object);
        let (object, hint) = self.tree.hint.get();
        let start = if object == self.at { hint } else { first };
        let found = self.find(key, start, end).or_else(|| self.find(key, first, start));
        let Some(at) = found else { return self.absent() };
        let node = Node { tree: self.tree, at, position: None };
        if let Some(entry) = node.entry() {
            self.tree.hint.set((self.at, entry.next));
        }
        node
    }

    /// Several members of an object at once, as [`Node::get`] finds each: one pass over the object, fastest where the
    /// keys are given in the order in which they mostly stand.
    pub fn get_all<const N: usize>(self, keys: [&str; N]) -> [Node<'t>; N] {
        let mut found = [self.absent(); N];
        let (mut next, end) = self.inside(Type::Object);
        // Behind the key that was found last.
        let mut expected = 0;
        while next < end
            && let Some(name) = self.tree.entry(next)
            && let Some(value) = self.tree.entry(next + 1)
        {
            let is_it = |index: &usize| found[*index].at == ABSENT && self.tree.is_text(name, keys[*index]);
            if let Some(index) = (expected..N).chain(0..expected).find(is_it) {
                found[index] = Node { tree: self.tree, at: next + 1, position: None };
                expected = index + 1;
            }
            next = value.next;
        }
        found
    }

    /// The index of the value of a key among those that stand from one index up to another one.
    #[inline]
    fn find(self, key: &str, mut next: u32, end: u32) -> Option<u32> {
        while next < end {
            let value = next + 1;
            if self.tree.is_text(self.tree.entry(next)?, key) {
                return Some(value);
            }
            next = self.tree.entry(value)?.next;
        }
        None
    }

    /// The element of an array, from 0; absent where this is no array or is shorter.
    pub fn at(self, index: usize) -> Node<'t> {
        self.children().nth(index).unwrap_or(self.absent())
    }

    /// A descendant by keys: `node.path(&["run", "stats"])`.
    pub fn path(self, keys: &[&str]) -> Node<'t> {
        keys.iter().fold(self, |node, key| node.get(key))
    }

    const fn absent(self) -> Node<'t> {
        Node { tree: self.tree, at: ABSENT, position: None }
    }

    #[inline]
    fn entry(self) -> Option<Entry> {
        self.tree.entry(self.at)
    }

    /// The first entry in it, and the first one behind it; nothing is between where it is of another kind.
    #[inline]
    fn inside(self, kind: Type) -> (u32, u32) {
        self.entry().filter(|entry| entry.kind == kind).map_or((0, 0), |entry| (self.at + 1, entry.next))
    }

    fn kind(self) -> Option<Type> {
        self.entry().map(|e| e.kind)
    }

    /// Whether there is a value, `null` included.
    pub fn exists(self) -> bool {
        self.kind().is_some()
    }

    /// Whether there is a value other than `null`.
    pub fn is_some(self) -> bool {
        self.kind().is_some_and(|k| k != Type::Null)
    }

    /// Whether it is `null`.
    pub fn is_null(self) -> bool {
        self.kind() == Some(Type::Null)
    }

    /// Whether it is an object.
    pub fn is_object(self) -> bool {
        self.kind() == Some(Type::Object)
    }

    /// Whether it is an array.
    pub fn is_array(self) -> bool {
        self.kind() == Some(Type::Array)
    }

    /// Whether it is a string.
    pub fn is_string(self) -> bool {
        matches!(self.kind(), Some(Type::Plain | Type::Escaped))
    }

    /// Whether it is a number.
    pub fn is_number(self) -> bool {
        self.kind() == Some(Type::Number)
    }

    /// Whether it is a boolean.
    pub fn is_bool(self) -> bool {
        matches!(self.kind(), Some(Type::True | Type::False))
    }

    /// Whether it is an object that has all of these keys: for detection.
    pub fn has(self, keys: &[&str]) -> bool {
        keys.iter().all(|key| self.get(key).exists())
    }

    /// How many elements or members it has; 0 for other values.
    pub fn len(self) -> usize {
        let children = self.children().count();
        if self.is_object() { children / 2 } else { children }
    }

    /// Whether it has no elements or members.
    pub fn is_empty(self) -> bool {
        self.children().next().is_none()
    }

    /// The elements of an array. Nothing where it is absent or `null`; another type is reported.
    pub fn items(self) -> impl Iterator<Item = Node<'t>> {
        if !self.is_array() && self.is_some() {
            self.wrong_type::<()>("an array");
        }
        let node = if self.is_array() { self } else { self.absent() };
        node.children()
    }

    /// The members of an object, in the order of the text; nothing for other values.
    pub fn entries(self) -> impl Iterator<Item = (Cow<'t, str>, Node<'t>)> {
        let mut children = if self.is_object() { self } else { self.absent() }.children();
        std::iter::from_fn(move || {
            let key = children.next()?;
            let value = children.next()?;
            Some((key.raw_text(), value))
        })
    }

    /// The members of an object. As [`Node::entries`], but another type is reported.
    pub fn members(self) -> impl Iterator<Item = (Cow<'t, str>, Node<'t>)> {
        if !self.is_object() && self.is_some() {
            self.wrong_type::<()>("an object");
        }
        self.entries()
    }

    fn children(self) -> impl Iterator<Item = Node<'t>> {
        let (mut next, end) = match self.entry() {
            Some(entry) if matches!(entry.kind, Type::Array | Type::Object) => (self.at + 1, entry.next),
            _ => (0, 0),
        };
        let mut position = 0;
        std::iter::from_fn(move || {
            (next < end).then(|| {
                let node = Node { tree: self.tree, at: next, position: Some(position) };
                next = node.entry().map_or(end, |e| e.next);
                position += 1;
                node
            })
        })
    }

    /// The text of a string or key.
    pub(super) fn raw_text(self) -> Cow<'t, str> {
        self.entry().map_or(Cow::Borrowed(""), |entry| entry.text(&self.tree.bytes))
    }

    /// The value as it stands in the text; empty where it is absent.
    pub fn raw(self) -> &'t str {
        let Some(entry) = self.entry() else { return "" };
        let quote = usize::from(self.is_string());
        let start = entry.start as usize - quote;
        let end = (entry.start + entry.len) as usize + quote;
        self.tree.bytes.get(start..end).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or("")
    }

    /// A string.
    pub fn str(self) -> Option<Cow<'t, str>> {
        match self.kind()? {
            Type::Plain | Type::Escaped => Some(self.raw_text()),
            Type::Null => None,
            _ => self.wrong_type("a string"),
        }
    }

    /// A string as an owned text.
    pub fn string(self) -> Option<String> {
        self.str().map(Cow::into_owned)
    }

    /// A string that is not blank; nothing is reported for a blank one.
    pub fn filled(self) -> Option<String> {
        self.filled_str().map(Cow::into_owned)
    }

    /// As [`Node::filled`], lent.
    pub fn filled_str(self) -> Option<Cow<'t, str>> {
        self.str().filter(|text| !text.trim().is_empty())
    }

    /// A string, number or boolean as text: for ids and labels that tools write in several types.
    pub fn text(self) -> Option<String> {
        self.text_str().map(Cow::into_owned)
    }

    /// As [`Node::text`], lent.
    pub fn text_str(self) -> Option<Cow<'t, str>> {
        match self.kind()? {
            Type::Plain | Type::Escaped => Some(self.raw_text()),
            Type::Number | Type::True | Type::False => Some(Cow::Borrowed(self.raw())),
            Type::Null => None,
            Type::Array | Type::Object | Type::Unread => self.wrong_type("a text"),
        }
    }

    /// The strings of an array, or one string: tools write `"CWE-79"` as well as `["CWE-79"]`.
    pub fn strings(self) -> Vec<String> {
        if self.is_array() { self.items().filter_map(Node::text).collect() } else { self.text().into_iter().collect() }
    }

    /// The strings of [`Node::strings`], with a separator between them.
    pub fn joined(self, separator: &str) -> String {
        let mut all = String::new();
        let (one, many) = if self.is_array() { (None, Some(self.items())) } else { (Some(self), None) };
        let texts = one.into_iter().chain(many.into_iter().flatten()).filter_map(Node::text_str);
        for (index, text) in texts.enumerate() {
            all.push_str(if index == 0 { "" } else { separator });
            all.push_str(&text);
        }
        all
    }

    /// A boolean.
    pub fn bool(self) -> Option<bool> {
        match self.kind()? {
            Type::True => Some(true),
            Type::False => Some(false),
            Type::Null => None,
            _ => self.wrong_type("true or false"),
        }
    }

    /// A count: a whole number that is not negative. `3.0` is one, `2.5` is not.
    pub fn u64(self) -> Option<u64> {
        match self.kind()? {
            Type::Number => self.parse_count(self.raw()),
            Type::Null => None,
            _ => self.wrong_type("a count"),
        }
    }

    /// A count that some tools write as a string: `"12"`.
    pub fn u64_or_string(self) -> Option<u64> {
        if self.is_string() { self.parse_count(self.raw_text().trim()) } else { self.u64() }
    }

    fn parse_count(self, text: &str) -> Option<u64> {
        if let Ok(count) = text.parse() {
            return Some(count);
        }
        match text.parse::<f64>() {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "exact below 2^53")]
            Ok(n) if (0.0..=9_007_199_254_740_992.0).contains(&n) && n.fract() == 0.0 => Some(n as u64),
            _ => self.reject(&OUT_OF_RANGE, format!("`{}` is not a count", shorten(text))),
        }
    }

    /// A number; one that is too large for a double is reported.
    pub fn f64(self) -> Option<f64> {
        match self.kind()? {
            Type::Number => self.parse_number(self.raw()),
            Type::Null => None,
            _ => self.wrong_type("a number"),
        }
    }

    /// A number that some tools write as a string: `"12.5"`.
    pub fn f64_or_string(self) -> Option<f64> {
        if self.is_string() { self.parse_number(self.raw_text().trim()) } else { self.f64() }
    }

    fn parse_number(self, text: &str) -> Option<f64> {
        match text.parse::<f64>() {
            Ok(n) if n.is_finite() => Some(n),
            _ => self.reject(&OUT_OF_RANGE, format!("`{}` is not a usable number", shorten(text))),
        }
    }

    /// A time in `unit`.
    pub fn elapsed(self, unit: Unit) -> Option<Elapsed> {
        let value = self.f64()?;
        match Elapsed::from_f64(value, unit) {
            Ok(elapsed) => Some(elapsed),
            Err(_) => self.reject(&OUT_OF_RANGE, format!("`{}` is not a time", shorten(self.raw()))),
        }
    }

    /// A point in time with its offset (RFC 3339); `None` where the text is none.
    pub fn time(self) -> Option<Timestamp> {
        self.str()?.parse().ok()
    }

    /// A word of a fixed list. A word that is not in it is reported, with the words that are.
    pub fn word<T: Copy>(self, words: &[(&str, T)]) -> Option<T> {
        let text = self.str()?;
        match words.iter().find(|(word, _)| *word == text) {
            Some((_, value)) => Some(*value),
            None => self.unknown_word(&text, words.iter().map(|(word, _)| *word)),
        }
    }

    /// As [`Node::word`], ignoring the case of ASCII letters and blanks around the word.
    pub fn word_any_case<T: Copy>(self, words: &[(&str, T)]) -> Option<T> {
        let text = self.str()?;
        match words.iter().find(|(word, _)| word.eq_ignore_ascii_case(text.trim())) {
            Some((_, value)) => Some(*value),
            None => self.unknown_word(&text, words.iter().map(|(word, _)| *word)),
        }
    }

    /// Reports a word that is not in a fixed list.
    pub fn unknown_word<'k, T>(self, word: &str, known: impl Iterator<Item = &'k str> + Clone) -> Option<T> {
        if self.tree.diags.fold(&UNKNOWN_WORD) {
            return None;
        }
        let list: Vec<String> = known.clone().map(|w| format!("`{w}`")).collect();
        let mut diagnostic = self.diagnostic(&UNKNOWN_WORD, format!("unknown word `{}`", shorten(word)));
        diagnostic.help = Some(match nearest(word, known) {
            Some(near) => format!("did you mean `{near}`? known are {}", list.join(", ")),
            None => format!("known are {}", list.join(", ")),
        });
        self.tree.diags.push(diagnostic);
        None
    }

    /// The member `key`, reported where it is absent or `null`.
    pub fn require(self, key: &str) -> Node<'t> {
        let node = self.get(key);
        if !node.is_some() {
            self.report(&MISSING_FIELD, format!("`{key}` is missing"));
        }
        node
    }

    /// Whether it is an object, as a record of a list has to be; anything else, `null` included, is reported.
    pub fn is_record(self) -> bool {
        self.is_object() || self.wrong_type::<()>("an object").is_some()
    }

    fn wrong_type<T>(self, expected: &str) -> Option<T> {
        let found = match self.kind() {
            None => "nothing",
            Some(Type::Null) => "null",
            Some(Type::True | Type::False) => "a boolean",
            Some(Type::Number) => "a number",
            Some(Type::Plain | Type::Escaped) => "a string",
            Some(Type::Array) => "an array",
            Some(Type::Object) => "an object",
            Some(Type::Unread) => "what was not read",
        };
        self.reject(&WRONG_TYPE, format!("expected {expected}, found {found}"))
    }

    /// Reports a diagnostic at this value.
    pub fn report(self, code: &'static Code, message: impl Into<String>) {
        if !self.tree.diags.fold(code) {
            self.tree.diags.push(self.diagnostic(code, message));
        }
    }

    fn reject<T>(self, code: &'static Code, message: impl Into<String>) -> Option<T> {
        self.report(code, message);
        None
    }

    /// A diagnostic at this value, to be completed and pushed by the caller.
    pub fn diagnostic(self, code: &'static Code, message: impl Into<String>) -> Diagnostic {
        let offset = self.entry().map_or(0, |e| e.start as usize - usize::from(self.is_string()));
        Diagnostic::new(code, message).at(self.pointer()).at_line(self.tree.place(offset))
    }

    /// Where the collected diagnostics go.
    pub const fn diags(self) -> &'t Diags {
        &self.tree.diags
    }

    /// The pointer to this value; of an absent value that of the outermost one.
    pub fn pointer(self) -> Pointer {
        let mut keys: Vec<Cow<'_, str>> = Vec::with_capacity(8);
        let mut at = self.at;
        let mut known = self.position;
        while let Some(entry) = self.tree.entry(at) {
            let Some(parent) = self.tree.entry(entry.parent) else { break };
            keys.push(if parent.kind == Type::Object {
                escape_key(Node { tree: self.tree, at: at - 1, position: None }.raw_text())
            } else {
                let container = Node { tree: self.tree, at: entry.parent, position: None };
                let search = || container.children().position(|child| child.at == at).unwrap_or(0);
                Cow::Owned(known.map_or_else(search, |position| position as usize).to_string())
            });
            known = None;
            at = entry.parent;
        }
        let length = self.tree.path.len() + keys.iter().map(|key| key.len() + 1).sum::<usize>();
        let mut path = String::with_capacity(length);
        path.push_str(&self.tree.path);
        for key in keys.iter().rev() {
            path.push('/');
            path.push_str(key);
        }
        match self.tree.line {
            Some(line) => Pointer::in_line(line, path),
            None => Pointer::path(path),
        }
    }

    /// Where this value stands in the text.
    pub fn place(self) -> LineColumn {
        self.tree.place(self.entry().map_or(0, |e| e.start as usize))
    }
}

impl std::fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.raw())
    }
}

/// A key as a reference token of RFC 6901.
pub(crate) fn escape_key(key: Cow<'_, str>) -> Cow<'_, str> {
    if key.contains(['~', '/']) { Cow::Owned(key.replace('~', "~0").replace('/', "~1")) } else { key }
}

/// A value for a message: one short line.
pub(crate) fn shorten(text: &str) -> String {
    first_chars(text, 60)
}
