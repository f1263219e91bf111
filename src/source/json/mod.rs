//! JSON artifacts: a cursor that walks a document of any size, and trees of the records that it stops at.
//!
//! A reader opens the objects and arrays that may be large with [`Json::object`] and [`Json::array`] and takes
//! their elements as [`Tree`]s: no more of the document than one element is held.
//! Small documents are taken whole with [`Json::tree`].

mod node;
mod tape;

use std::collections::HashSet;
use std::io::Read;

pub(crate) use node::escape_key;
pub(crate) use node::shorten;
pub use node::{Node, Tree, locate};
pub use tape::MAX_DEPTH;
use tape::{Fault, FaultKind};

use super::{Diags, Stop};
use crate::diagnostics::codes::{BAD_ENCODING, DUPLICATE_KEY, LIMIT, SYNTAX};
use crate::diagnostics::{Diagnostic, LineColumn};
use crate::model::Pointer;

/// Bytes that are read at once.
const BLOCK: usize = 256 * 1024;

/// A cursor over one JSON document.
///
/// See the [example](mod@crate::source#example).
pub struct Json<'i> {
    input: Box<dyn Read + 'i>,
    window: Vec<u8>,
    /// The next byte, as an index into `window`.
    at: usize,
    /// Whether `input` has ended.
    ended: bool,
    /// Up to where in `window` the place is known.
    counted: usize,
    /// Place of the byte at `counted`.
    start: LineColumn,
    path: Vec<Segment>,
    scratch: Vec<tape::Entry>,
    doubled: &'static [&'static str],
    diags: Diags,
}

enum Segment {
    Key(String),
    Index(usize),
}

/// What stands at the cursor.
///
/// See the [example](mod@crate::source#example).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JsonKind {
    /// `{`
    Object,
    /// `[`
    Array,
    /// Anything else.
    Scalar,
}

impl<'i> Json<'i> {
    pub(super) fn new(head: Vec<u8>, input: Box<dyn Read + 'i>, diags: Diags) -> Json<'i> {
        Json {
            input,
            window: head,
            at: 0,
            ended: false,
            counted: 0,
            start: LineColumn { line: 1, column: 1 },
            path: Vec::new(),
            scratch: Vec::new(),
            doubled: &[],
            diags,
        }
    }

    /// Lets keys stand more than once in the objects of [`Json::tree`]: for those that a tool is known to write twice.
    /// The reader takes all of them from [`Node::entries`], and what is worst counts.
    pub const fn allow_doubled(&mut self, keys: &'static [&'static str]) {
        self.doubled = keys;
    }

    /// What stands at the cursor.
    ///
    /// # Errors
    /// The text ends here.
    pub fn kind(&mut self) -> Result<JsonKind, Stop> {
        Ok(match self.peek()? {
            b'{' => JsonKind::Object,
            b'[' => JsonKind::Array,
            _ => JsonKind::Scalar,
        })
    }

    /// Walks an object: `member` is called with each key and has to take the value
    /// ([`Json::tree`], [`Json::skip`], [`Json::object`], [`Json::array`]).
    /// Another type of value is reported and passed over.
    ///
    /// # Errors
    /// The text is no JSON, or `member` fails.
    pub fn object(&mut self, mut member: impl FnMut(&mut Json<'i>, &str) -> Result<(), Stop>) -> Result<(), Stop> {
        if self.peek()? != b'{' {
            return self.take_wrong("an object");
        }
        self.enter()?;
        let mut seen: HashSet<String> = HashSet::new();
        let mut first = true;
        loop {
            match (self.peek()?, first) {
                (b'}', _) => break,
                (b',', false) => {
                    self.at += 1;
                    if self.peek()? == b'}' {
                        return self.fault(self.at, &FaultKind::Syntax("a comma too many"));
                    }
                }
                (_, true) => {}
                (_, false) => return self.fault(self.at, &FaultKind::Syntax("expected `,` or `}`")),
            }
            first = false;
            if self.peek()? != b'"' {
                return self.fault(self.at, &FaultKind::Syntax("expected a key in double quotation marks"));
            }
            // Finding its end may move the window, and the key with it.
            let length = self.value_length()?;
            let key_at = self.at;
            let key = tape::unescape(&self.window[key_at..key_at + length], self.scratch[0]).into_owned();
            if !seen.insert(key.clone()) {
                return self.fault(key_at, &FaultKind::DuplicateKey(key));
            }
            self.at += length;
            if self.peek()? != b':' {
                return self.fault(self.at, &FaultKind::Syntax("expected `:`"));
            }
            self.at += 1;
            self.path.push(Segment::Key(key.clone()));
            member(self, &key)?;
            self.path.pop();
        }
        self.at += 1;
        Ok(())
    }

    /// Walks an array: `element` is called with each index and has to take the value.
    /// Another type of value is reported and passed over; `null` is passed over.
    ///
    /// # Errors
    /// The text is no JSON, or `element` fails.
    pub fn array(&mut self, mut element: impl FnMut(&mut Json<'i>, usize) -> Result<(), Stop>) -> Result<(), Stop> {
        if self.peek()? != b'[' {
            return self.take_wrong("an array");
        }
        self.enter()?;
        let mut index = 0;
        loop {
            match (self.peek()?, index) {
                (b']', _) => break,
                (_, 0) => {}
                (b',', _) => {
                    self.at += 1;
                    if self.peek()? == b']' {
                        return self.fault(self.at, &FaultKind::Syntax("a comma too many"));
                    }
                }
                _ => return self.fault(self.at, &FaultKind::Syntax("expected `,` or `]`")),
            }
            self.path.push(Segment::Index(index));
            element(self, index)?;
            self.path.pop();
            index += 1;
        }
        self.at += 1;
        Ok(())
    }

    fn enter(&mut self) -> Result<(), Stop> {
        // The path has one segment for each container that is open around this one.
        if self.path.len() >= MAX_DEPTH {
            return self.fault(self.at, &FaultKind::TooDeep);
        }
        self.at += 1;
        Ok(())
    }

    fn take_wrong(&mut self, expected: &str) -> Result<(), Stop> {
        let tree = self.tree()?;
        if !tree.root().is_null() {
            let found = shorten(tree.root().raw());
            let code = &crate::diagnostics::codes::WRONG_TYPE;
            tree.root().report(code, format!("expected {expected}, found `{found}`"));
        }
        Ok(())
    }

    /// Takes the value at the cursor.
    ///
    /// # Errors
    /// The text is no JSON.
    pub fn tree(&mut self) -> Result<Tree, Stop> {
        self.peek()?;
        let length = self.value_length()?;
        self.count_lines();
        let tree = Tree {
            bytes: self.window[self.at..self.at + length].to_vec(),
            entries: std::mem::take(&mut self.scratch),
            base: Pointer::path(self.pointer()),
            start: self.start,
            diags: self.diags.clone(),
        };
        self.at += length;
        Ok(tree)
    }

    /// Passes over the value at the cursor. It is checked like any other.
    ///
    /// # Errors
    /// The text is no JSON.
    pub fn skip(&mut self) -> Result<(), Stop> {
        match self.kind()? {
            JsonKind::Object => self.object(|json, _| json.skip()),
            JsonKind::Array => self.array(|json, _| json.skip()),
            JsonKind::Scalar => {
                self.at += self.value_length()?;
                Ok(())
            }
        }
    }

    /// Ends the document: nothing but white space may follow.
    ///
    /// # Errors
    /// Something follows.
    pub fn end(&mut self) -> Result<(), Stop> {
        loop {
            match self.window.get(self.at).copied() {
                Some(b' ' | b'\n' | b'\r' | b'\t') => self.at += 1,
                Some(_) => return self.fault(self.at, &FaultKind::Syntax("something follows the end of the document")),
                None if !self.fill()? => return Ok(()),
                None => {}
            }
        }
    }

    /// The pointer to the value at the cursor.
    pub fn pointer(&self) -> String {
        let mut path = String::new();
        for segment in &self.path {
            path.push('/');
            match segment {
                Segment::Key(key) => path.push_str(&escape_key(key)),
                Segment::Index(index) => path.push_str(&index.to_string()),
            }
        }
        path
    }

    /// The length of the value at the cursor; its entries are left in `scratch`.
    fn value_length(&mut self) -> Result<usize, Stop> {
        loop {
            match tape::parse_doubled(&self.window[self.at..], false, self.doubled, &mut self.scratch) {
                // A number that ends with the window may go on.
                Ok(Some(length)) if self.at + length < self.window.len() || self.ended => {
                    if self.path.len() + depth(&self.scratch) > MAX_DEPTH {
                        return self.fault(self.at, &FaultKind::TooDeep);
                    }
                    return Ok(length);
                }
                Ok(_) => {
                    self.fill()?;
                }
                Err(Fault { offset, kind }) => {
                    if kind != FaultKind::Truncated || !self.fill()? {
                        return self.fault(self.at + offset, &kind);
                    }
                }
            }
        }
    }

    fn peek(&mut self) -> Result<u8, Stop> {
        loop {
            match self.window.get(self.at) {
                Some(b' ' | b'\n' | b'\r' | b'\t') => self.at += 1,
                Some(byte) => return Ok(*byte),
                None => {
                    if !self.fill()? {
                        return self.fault(self.at, &FaultKind::Truncated);
                    }
                }
            }
        }
    }

    /// Reads more; false at the end of the input. What stands before the cursor may be forgotten.
    fn fill(&mut self) -> Result<bool, Stop> {
        if self.ended {
            return Ok(false);
        }
        self.count_lines();
        self.window.drain(..self.at);
        (self.at, self.counted) = (0, 0);
        let old = self.window.len();
        // Doubling keeps the cost of reading a long record again and again linear.
        self.window.resize(old + BLOCK.max(old), 0);
        let mut filled = old;
        while filled < self.window.len() {
            match self.input.read(&mut self.window[filled..]) {
                Ok(0) => {
                    self.ended = true;
                    break;
                }
                Ok(count) => filled += count,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Stop::io(&error)),
            }
        }
        self.window.truncate(filled);
        Ok(filled > old)
    }

    /// Brings the known place up to the cursor.
    fn count_lines(&mut self) {
        self.start = locate(&self.window[self.counted..self.at], self.start);
        self.counted = self.at;
    }

    fn fault<T>(&self, offset: usize, kind: &FaultKind) -> Result<T, Stop> {
        let place = locate(&self.window[self.counted..offset.min(self.window.len())], self.start);
        let diagnostic = describe(kind).at(Pointer::path(self.pointer())).at_line(place);
        Err(Stop(Box::new(diagnostic)))
    }
}

/// Containers inside containers of a parsed value.
fn depth(entries: &[tape::Entry]) -> usize {
    let mut open: Vec<u32> = Vec::new();
    let mut deepest = 0;
    for (index, entry) in (0u32..).zip(entries) {
        while open.last().is_some_and(|end| *end <= index) {
            open.pop();
        }
        if matches!(entry.kind, tape::Type::Array | tape::Type::Object) {
            open.push(entry.next);
            deepest = deepest.max(open.len());
        }
    }
    deepest
}

fn describe(kind: &FaultKind) -> Diagnostic {
    match kind {
        FaultKind::Truncated => Diagnostic::new(&SYNTAX, "the JSON text ends before it is complete"),
        FaultKind::Syntax(what) => Diagnostic::new(&SYNTAX, format!("not JSON: {what}")),
        FaultKind::TooDeep => Diagnostic::new(&LIMIT, format!("more than {MAX_DEPTH} levels of nesting")),
        FaultKind::TooLong => {
            let message = format!("one record is longer than {} MiB", tape::MAX_RECORD / 1024 / 1024);
            Diagnostic::new(&LIMIT, message).help("let the tool write its results one by one, or less with each")
        }
        FaultKind::TooMany => Diagnostic::new(&LIMIT, format!("one record has more than {} values", tape::MAX_VALUES)),
        FaultKind::Encoding => Diagnostic::new(&BAD_ENCODING, "a byte that is not UTF-8 stands in a string"),
        FaultKind::DuplicateKey(key) => {
            Diagnostic::new(&DUPLICATE_KEY, format!("the key `{}` stands twice in one object", shorten(key)))
        }
    }
}

/// Parses one line of NDJSON.
pub(super) fn parse_line(text: &[u8], line: u64, diags: &Diags) -> Result<Tree, Stop> {
    let mut entries = Vec::new();
    let start = LineColumn { line, column: 1 };
    let fault = |offset: usize, kind: &FaultKind| {
        describe(kind).at(Pointer::line(line)).at_line(locate(&text[..offset.min(text.len())], start))
    };
    match tape::parse(text, false, &mut entries) {
        Ok(Some(end)) if text[end..].iter().all(u8::is_ascii_whitespace) => {
            Ok(Tree { bytes: text.to_vec(), entries, base: Pointer::line(line), start, diags: diags.clone() })
        }
        Ok(end) => Err(fault(end.unwrap_or(0), &FaultKind::Syntax("something follows the end of the record")).into()),
        Err(Fault { offset, kind }) => Err(fault(offset, &kind).into()),
    }
}

/// The value of a string that is written with escapes, given without its quotation marks; they have been checked.
pub(super) fn unescape_text(raw: &[u8]) -> std::borrow::Cow<'_, str> {
    let len = u32::try_from(raw.len()).unwrap_or(u32::MAX);
    tape::unescape(raw, tape::Entry { kind: tape::Type::Escaped, start: 0, len, next: 0, parent: 0 })
}

/// What can be told of the start of a JSON text, for detection.
pub(super) enum Head {
    /// One document, complete or cut off; the offset is that of what follows it.
    Document(Tree, Option<usize>),
    /// Not JSON from the start, or broken inside the head.
    Broken(Diagnostic),
}

/// Parses the start of a text; where it is not `complete`, what is cut off is closed.
pub(super) fn parse_head(text: &[u8], complete: bool) -> Head {
    let mut entries = Vec::new();
    let start = LineColumn { line: 1, column: 1 };
    // Detection looks at the start of what may be read record by record.
    match tape::parse(text, !complete || text.len() > tape::MAX_RECORD, &mut entries) {
        Ok(end) => {
            let tree = Tree { bytes: text.to_vec(), entries, base: Pointer::whole(), start, diags: Diags::default() };
            Head::Document(tree, end)
        }
        Err(Fault { offset, kind }) => {
            Head::Broken(describe(&kind).at_line(locate(&text[..offset.min(text.len())], start)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A reader that gives one byte at a time, so that every place is once the end of the window.
    struct Drops<'t>(&'t [u8]);

    impl Read for Drops<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let Some((first, rest)) = self.0.split_first() else { return Ok(0) };
            buffer[0] = *first;
            self.0 = rest;
            Ok(1)
        }
    }

    fn walk(text: &str) -> Result<Vec<String>, String> {
        let mut seen = Vec::new();
        let mut json = Json::new(Vec::new(), Box::new(Drops(text.as_bytes())), Diags::default());
        json.object(|json, key| {
            if key == "rows" {
                json.array(|json, _| {
                    let tree = json.tree()?;
                    let place = tree.root().get("n").place();
                    seen.push(format!("{}={} at {place}", tree.root().get("n").pointer(), tree.root().get("n").raw()));
                    Ok(())
                })
            } else {
                json.skip()
            }
        })
        .and_then(|()| json.end())
        .map_err(|stop| format!("{} at {:?}", stop.0.message, stop.0.place.map(|p| p.to_string())))?;
        Ok(seen)
    }

    #[test]
    fn records_carry_pointer_and_place() {
        let text = "{\"x\": {\"deep\": [1, [2]]},\n \"rows\": [{\"n\": 1},\n  {\"ü\":0, \"n\": 22}]}\n";
        assert_eq!(walk(text), Ok(vec!["/rows/0/n=1 at 2:17".into(), "/rows/1/n=22 at 3:16".into()]));
    }

    #[test]
    fn a_key_may_stand_across_the_end_of_the_window() {
        for padding in BLOCK - 20..BLOCK {
            let text = format!("{{\"x\": \"{}\", \"rows\": [{{\"n\": 1}}]}}", "-".repeat(padding));
            assert_eq!(walk(&text).map(|seen| seen.len()), Ok(1), "{padding}");
        }
    }

    #[test]
    fn a_key_may_be_doubled_where_its_reader_says_so() {
        let text = r#"[{"s": 1, "s": 2, "n": 3}, {"n": 1, "n": 2}]"#;
        let mut json = Json::new(Vec::new(), Box::new(Drops(text.as_bytes())), Diags::default());
        json.allow_doubled(&["s"]);
        let mut seen = Vec::new();
        let end = json.array(|json, _| {
            let tree = json.tree()?;
            seen.extend(tree.root().entries().filter(|(key, _)| key == "s").map(|(_, node)| node.raw().to_owned()));
            Ok(())
        });
        assert_eq!(seen, ["1", "2"]);
        assert_eq!(end.map_err(|stop| stop.0.code.id), Err("duplicate-key"));
    }

    #[test]
    fn faults_have_a_place() {
        assert_eq!(
            walk("{\"a\": 1,\n\"a\": 2}"),
            Err("the key `a` stands twice in one object at Some(\"2:1\")".into())
        );
        assert_eq!(
            walk("{\"rows\": [{\"n\""),
            Err("the JSON text ends before it is complete at Some(\"1:15\")".into())
        );
        assert_eq!(walk("{} x"), Err("not JSON: something follows the end of the document at Some(\"1:4\")".into()));
    }
}
