//! JSON artifacts: a cursor that walks a document of any size, and trees of the records that it stops at.
//!
//! A reader opens the objects and arrays that may be large with [`Json::object`] and [`Json::array`] and takes
//! their elements with [`Json::record`], which lends them, or as [`Tree`]s, which it may keep:
//! no more of the document than one element is held.
//! Small documents are taken whole with [`Json::tree`].

mod alike;
mod bytes;
mod de;
mod head;
mod node;
#[cfg(test)]
mod properties;
mod shape;
mod tape;
mod text;

use std::collections::HashSet;

pub(crate) use alike::Alike;
pub(crate) use de::Refused;
pub(super) use head::{Head, parse_head, parse_line};
pub(crate) use node::escape_key;
pub(crate) use node::shorten;
pub use node::{Node, Tree, locate};
use shape::Shapes;
pub use tape::MAX_DEPTH;
use tape::{Fault, FaultKind, Wants};
pub(super) use text::end_of_number;

use super::ahead::ROOM;
use super::hashing::Append;
use super::{Diags, Stop, fill_up_to_a_fault};
use crate::diagnostics::codes::{BAD_ENCODING, DUPLICATE_KEY, LIMIT, SYNTAX, WRONG_TYPE};
use crate::diagnostics::{Diagnostic, LineColumn};
use crate::model::Pointer;
use crate::model::pointer::push_position;

/// Bytes that are read at once.
const BLOCK: usize = 256 * 1024;
/// Bytes between the cursor and the last known place, from which on the place is found again.
const MAX_UNCOUNTED: usize = 16 * 1024;

/// A cursor over one JSON document.
///
/// See the [example](mod@crate::source#example).
pub struct Json<'i> {
    input: Box<dyn Append + 'i>,
    /// The bytes that have been read and are still needed, the pointer to the cursor, and the record before the cursor.
    window: Tree,
    /// Bytes that are not needed any more.
    used: Vec<u8>,
    /// How many of the bytes of the window are filled.
    filled: usize,
    /// The next byte, as an index into the window.
    at: usize,
    /// Whether `input` has ended.
    ended: bool,
    /// Why nothing can be read behind what is here.
    failed: Option<std::io::Error>,
    /// How many containers are open.
    depth: usize,
    /// Where the containers start that are known to go on behind the window.
    cut: Vec<usize>,
    doubled: &'static [&'static str],
    /// How the records were written that others may be like.
    shapes: Shapes,
    /// How many elements of the innermost list were passed over together since the last one that was taken.
    passed: usize,
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
    pub(super) fn new(head: Vec<u8>, input: Box<dyn Append + 'i>, diags: Diags) -> Json<'i> {
        let (filled, ended) = (head.len(), input.has_ended());
        let window = Tree::new(head, LineColumn { line: 1, column: 1 }, diags);
        Json {
            input,
            window,
            used: Vec::new(),
            filled,
            at: 0,
            ended,
            failed: None,
            depth: 0,
            cut: Vec::new(),
            doubled: &[],
            shapes: Shapes::default(),
            passed: 0,
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
            let end = self.value_end(&[])?;
            let key = self.window.root().raw_text().into_owned();
            if seen.contains(&key) {
                return self.fault(self.at, &FaultKind::DuplicateKey(key));
            }
            self.at = end;
            if self.peek()? != b':' {
                return self.fault(self.at, &FaultKind::Syntax("expected `:`"));
            }
            self.at += 1;
            let outer = self.window.path.len();
            self.window.path.push('/');
            self.window.path.push_str(&escape_key((&*key).into()));
            member(self, &key)?;
            self.window.path.truncate(outer);
            seen.insert(key);
        }
        self.leave();
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
            let outer = self.window.path.len();
            self.window.path.push('/');
            push_position(&mut self.window.path, index as u64);
            element(self, index)?;
            self.window.path.truncate(outer);
            index += 1 + std::mem::take(&mut self.passed);
        }
        self.leave();
        Ok(())
    }

    fn enter(&mut self) -> Result<(), Stop> {
        if self.depth >= MAX_DEPTH {
            return self.fault(self.at, &FaultKind::TooDeep);
        }
        self.depth += 1;
        self.at += 1;
        Ok(())
    }

    const fn leave(&mut self) {
        self.depth -= 1;
        self.at += 1;
    }

    fn take_wrong(&mut self, expected: &str) -> Result<(), Stop> {
        let value = self.record()?;
        if !value.is_null() {
            let found = shorten(value.raw());
            value.report(&WRONG_TYPE, format!("expected {expected}, found `{found}`"));
        }
        Ok(())
    }

    /// Takes the value at the cursor, and lends it until the cursor goes on.
    ///
    /// # Errors
    /// The text is no JSON.
    pub fn record(&mut self) -> Result<Node<'_>, Stop> {
        self.record_of(&[])
    }

    /// As [`Json::record`], for an object of which no other members are read than those that are named. All of it is
    /// checked; what stands in other members is not kept.
    ///
    /// # Errors
    /// The text is no JSON.
    pub fn record_of(&mut self, members: &[&str]) -> Result<Node<'_>, Stop> {
        self.peek()?;
        let end = self.value_end(members)?;
        if self.at - self.window.counted > MAX_UNCOUNTED {
            self.count_lines();
        }
        self.at = end;
        Ok(self.window.root())
    }

    /// Takes the value at the cursor, to be kept.
    ///
    /// # Errors
    /// The text is no JSON.
    pub fn tree(&mut self) -> Result<Tree, Stop> {
        self.peek()?;
        let end = self.value_end(&[])?;
        self.count_lines();
        let tree = self.window.cut_out(self.at, end);
        self.at = end;
        Ok(tree)
    }

    /// Passes over the value at the cursor. It is checked like any other.
    ///
    /// # Errors
    /// The text is no JSON.
    pub fn skip(&mut self) -> Result<(), Stop> {
        let kind = self.kind()?;
        // What stands in the window as a whole is checked at once. Of anything else, a fault in it too,
        // the parts are looked at one by one.
        if kind != JsonKind::Scalar && self.cut.binary_search(&self.at).is_err() {
            match self.window.pass(self.filled, self.at) {
                Ok(end) if self.depth + self.window.tape.deepest <= MAX_DEPTH => {
                    self.at = end;
                    return Ok(());
                }
                Err(Fault { kind: FaultKind::Truncated, .. }) => {
                    self.cut.clear();
                    self.cut.extend(self.window.tape.open_at());
                }
                Ok(_) | Err(_) => {}
            }
        }
        match kind {
            JsonKind::Object => self.object(|json, _| json.skip()),
            JsonKind::Array => self.array(|json, _| json.skip()),
            JsonKind::Scalar => {
                self.at = self.value_end(&[])?;
                Ok(())
            }
        }
    }

    /// Ends the document: nothing but white space may follow.
    ///
    /// # Errors
    /// Something follows.
    pub fn end(&mut self) -> Result<(), Stop> {
        match self.is_at_end()? {
            true => Ok(()),
            false => self.fault(self.at, &FaultKind::Syntax("something follows the end of the document")),
        }
    }

    /// Takes documents that stand one after the other, each on lines of its own, as programs write a stream of them.
    /// Their pointers have the line on which each starts.
    ///
    /// # Errors
    /// The text is no JSON, two stand on one line, or `document` fails.
    pub fn documents(&mut self, mut document: impl FnMut(Tree) -> Result<(), Stop>) -> Result<(), Stop> {
        let mut last = 0;
        while !self.is_at_end()? {
            let mut tree = self.tree()?;
            let root = tree.root();
            let (line, more) = (root.place().line, memchr::memchr_iter(b'\n', root.raw().as_bytes()).count());
            if line <= last {
                return self.fault(self.at, &FaultKind::Syntax("a document starts on the line where another one ends"));
            }
            last = line + more as u64;
            tree.line = Some(line);
            document(tree)?;
        }
        Ok(())
    }

    /// Passes over white space; whether nothing else follows.
    fn is_at_end(&mut self) -> Result<bool, Stop> {
        loop {
            match self.ahead().first().copied() {
                Some(b' ' | b'\n' | b'\r' | b'\t') => self.at += 1,
                Some(_) => return Ok(false),
                None if !self.fill()? => return Ok(true),
                None => {}
            }
        }
    }

    /// How many diagnostics there are of the document.
    pub fn reported(&self) -> u64 {
        self.window.diags.count()
    }

    /// The pointer to the value at the cursor.
    pub fn pointer(&self) -> String {
        self.window.path.clone()
    }

    /// The bytes from the cursor on, as far as they have been read.
    fn ahead(&self) -> &[u8] {
        &self.window.bytes[self.at..self.filled]
    }

    /// The end of the value at the cursor; the window has its entries.
    fn value_end(&mut self, members: &[&str]) -> Result<usize, Stop> {
        let wants = Wants { doubled: self.doubled, members };
        loop {
            match self.window.parse(self.filled, self.at, wants) {
                // A number that ends with the window may go on.
                Ok(end) if end < self.filled || self.ended => {
                    if self.depth + self.window.tape.deepest > MAX_DEPTH {
                        return self.fault(self.at, &FaultKind::TooDeep);
                    }
                    return Ok(end);
                }
                Ok(_) => {
                    self.fill()?;
                }
                Err(Fault { offset, kind }) => {
                    if kind != FaultKind::Truncated {
                        return self.fault(offset, &kind);
                    }
                    let ahead = offset - self.at;
                    if !self.fill()? {
                        return self.fault(self.at + ahead, &kind);
                    }
                }
            }
        }
    }

    fn peek(&mut self) -> Result<u8, Stop> {
        loop {
            self.at = text::end_of_space(&self.window.bytes[..self.filled], self.at);
            match self.ahead().first().copied() {
                Some(byte) => return Ok(byte),
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
        if let Some(error) = self.failed.take() {
            return Err(Stop::io(&error));
        }
        if self.ended {
            return Ok(false);
        }
        self.count_lines();
        self.cut.clear();
        let old = self.filled - self.at;
        if old <= ROOM && self.take_block(old).map_err(|error| Stop::io(&error))? {
            return Ok(true);
        }
        let window = self.window.bytes.own();
        window.copy_within(self.at..self.filled, 0);
        (self.at, self.window.counted) = (0, 0);
        // Doubling keeps the cost of reading a long record again and again linear.
        let wanted = old + BLOCK.max(old);
        if window.len() < wanted {
            window.resize(wanted, 0);
        }
        let (count, failed) = fill_up_to_a_fault(&mut *self.input, &mut window[old..wanted]);
        self.filled = old + count;
        self.ended = count < wanted - old && failed.is_none();
        self.failed = failed;
        // What stands before a fault is read.
        match count == 0 && self.failed.is_some() {
            true => self.fill(),
            false => Ok(count > 0),
        }
    }

    /// Puts so many bytes that are here before bytes that were read by another thread; false where there are none.
    fn take_block(&mut self, old: usize) -> std::io::Result<bool> {
        let Some(mut block) = self.input.read_block(&mut self.used)? else { return Ok(false) };
        let window = self.window.bytes.own();
        block[ROOM - old..ROOM].copy_from_slice(&window[self.at..self.filled]);
        self.filled = block.len();
        self.used = std::mem::replace(window, block);
        (self.at, self.window.counted) = (ROOM - old, ROOM - old);
        Ok(true)
    }

    /// Brings the known place up to the cursor.
    fn count_lines(&mut self) {
        self.window.start = self.window.place(self.at);
        self.window.counted = self.at;
    }

    fn fault<T>(&self, offset: usize, kind: &FaultKind) -> Result<T, Stop> {
        let place = self.window.place(offset.min(self.filled));
        let diagnostic = describe(kind).at(Pointer::path(self.pointer())).at_line(place);
        Err(Stop(Box::new(diagnostic)))
    }
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

/// The value of a string that is written with escapes, given without its quotation marks; they have been checked.
pub(super) fn unescape_text(raw: &[u8]) -> std::borrow::Cow<'_, str> {
    text::unescape(raw)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

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

    impl Append for Drops<'_> {
        fn has_ended(&self) -> bool {
            false
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
