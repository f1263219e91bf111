//! XML artifacts: events with element paths, and small trees of single records.
//!
//! No entity is ever expanded but the five predefined ones and character references, nothing is fetched,
//! and a document type that declares entities is refused.

use std::cell::Cell;
use std::collections::HashMap;
use std::fmt::Write;
use std::io::{BufRead, BufReader, Read};
use std::rc::Rc;

use quick_xml::events::{BytesStart, Event};

use super::{Diags, Exceeded, Stop};
use crate::diagnostics::codes::{
    BAD_ENCODING, LIMIT, OUT_OF_RANGE, REPAIRED, SYNTAX, UNKNOWN_WORD, UNSUPPORTED_VERSION,
};
use crate::diagnostics::{Code, Diagnostic, LineColumn};
use crate::model::{Elapsed, Pointer, Unit};

/// Elements inside elements that are read.
pub const MAX_DEPTH: usize = 256;
/// Attributes of one element that are read.
pub const MAX_ATTRIBUTES: usize = 1_000;
/// Bytes of the name of an element; the names of all that are open make up a pointer.
pub const MAX_NAME: usize = 256;
/// Bytes of one text or tag that are read.
pub const MAX_TEXT: usize = 64 * 1024 * 1024;

/// An event of an XML document.
///
/// See the [example](mod@crate::source#example).
#[derive(Debug)]
pub enum XmlEvent {
    /// A start tag.
    Open(Element),
    /// The end tag of an element, with its local name.
    Close(Name),
    /// Text between tags, references resolved; never empty.
    Text(String),
    /// The end of the document.
    End,
}

/// The local name of an element or attribute, of which a document has few: all that are equal share one text.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Name(Rc<str>);

impl Name {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::ops::Deref for Name {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl PartialEq<str> for Name {
    fn eq(&self, other: &str) -> bool {
        *self.0 == *other
    }
}

impl PartialEq<&str> for Name {
    fn eq(&self, other: &&str) -> bool {
        *self.0 == **other
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Names that are shared; a document that has more pays for its own.
const MAX_SHARED: usize = 64;

#[derive(Default)]
struct SharedNames(Vec<Name>);

impl SharedNames {
    fn get(&mut self, text: &str) -> Name {
        if let Some(name) = self.0.iter().find(|name| ***name == *text) {
            return name.clone();
        }
        let name = Name(Rc::from(text));
        if self.0.len() < MAX_SHARED {
            self.0.push(name.clone());
        }
        name
    }
}

/// A start tag.
///
/// See the [example](mod@crate::source#example).
#[derive(Debug)]
pub struct Element {
    /// Its local name, without namespace prefix.
    pub name: Name,
    attributes: Vec<(Name, String)>,
    /// Its path, with positions among siblings of the same name: `/testsuites/testsuite[2]`.
    pub pointer: Pointer,
    /// Where its tag ends.
    pub place: LineColumn,
    diags: Diags,
}

impl Element {
    /// The value of an attribute, by local name.
    pub fn attr(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| *key == *name).map(|(_, value)| value.as_str())
    }

    /// As [`Element::attr`], owned, `None` where it is blank.
    pub fn filled(&self, name: &str) -> Option<String> {
        self.attr(name).filter(|value| !value.trim().is_empty()).map(ToOwned::to_owned)
    }

    /// All attributes in the order of the text.
    pub fn attributes(&self) -> impl Iterator<Item = (&str, &str)> {
        self.attributes.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// A count; what is none is reported, a blank one is absent.
    pub fn count(&self, name: &str) -> Option<u64> {
        let text = self.attr(name)?.trim();
        if text.is_empty() {
            return None;
        }
        match text.parse() {
            Ok(count) => Some(count),
            Err(_) => self.reject(&OUT_OF_RANGE, format!("`{name}=\"{}\"` is not a count", super::json::shorten(text))),
        }
    }

    /// A time in `unit`; what is none is reported, a blank one is absent. Thousands separators are read.
    pub fn elapsed(&self, name: &str, unit: Unit) -> Option<Elapsed> {
        let text = self.attr(name)?.trim();
        if text.is_empty() {
            return None;
        }
        let number = text.replace(',', "").parse::<f64>().ok();
        match number.and_then(|n| Elapsed::from_f64(n, unit).ok()) {
            Some(elapsed) => Some(elapsed),
            None => self.reject(&OUT_OF_RANGE, format!("`{name}=\"{}\"` is not a time", super::json::shorten(text))),
        }
    }

    /// A word of a fixed list, in any case; one that is not in it is reported, with the words that are.
    pub fn word<T: Copy>(&self, name: &str, words: &[(&str, T)]) -> Option<T> {
        let text = self.attr(name)?.trim();
        if let Some((_, value)) = words.iter().find(|(word, _)| word.eq_ignore_ascii_case(text)) {
            return Some(*value);
        }
        let list: Vec<String> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
        let message = format!("unknown word `{}` in `{name}`", super::json::shorten(text));
        self.push(self.diagnostic(&UNKNOWN_WORD, message).help(format!("known are {}", list.join(", "))));
        None
    }

    /// Reports a diagnostic at this element.
    pub fn report(&self, code: &'static Code, message: impl Into<String>) {
        self.diags.push(self.diagnostic(code, message));
    }

    /// Pushes a diagnostic that was made with [`Element::diagnostic`].
    pub fn push(&self, diagnostic: Diagnostic) {
        self.diags.push(diagnostic);
    }

    fn reject<T>(&self, code: &'static Code, message: impl Into<String>) -> Option<T> {
        self.report(code, message);
        None
    }

    /// A diagnostic at this element, to be completed and pushed by the caller.
    pub fn diagnostic(&self, code: &'static Code, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(code, message).at(self.pointer.clone()).at_line(self.place)
    }
}

/// An element with all that is in it, for records.
///
/// See the [example](mod@crate::source#example).
#[derive(Debug)]
pub struct XmlTree {
    /// The start tag.
    pub element: Element,
    /// The elements in it.
    pub children: Vec<XmlTree>,
    /// The text directly in it, put together.
    pub text: String,
}

impl XmlTree {
    /// The first child of a name.
    pub fn child(&self, name: &str) -> Option<&XmlTree> {
        self.children.iter().find(|child| child.element.name == name)
    }

    /// All children of a name.
    pub fn all<'x>(&'x self, name: &'x str) -> impl Iterator<Item = &'x XmlTree> {
        self.children.iter().filter(move |child| child.element.name == name)
    }

    /// The text of the first child of a name, trimmed; `None` where it is absent or blank.
    pub fn child_text(&self, name: &str) -> Option<String> {
        let text = self.child(name)?.text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// The text in it, trimmed; `None` where it is blank.
    pub fn filled_text(&self) -> Option<String> {
        let text = self.text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }
}

/// A reader of XML events.
///
/// See the [example](mod@crate::source#example).
pub struct Xml<'i> {
    reader: quick_xml::Reader<Counted<'i>>,
    buffer: Vec<u8>,
    place: Rc<Cell<LineColumn>>,
    /// Bytes since the last event, bounded by the reader.
    since: Rc<Cell<usize>>,
    open: Vec<Open>,
    /// The path of the innermost element that is open.
    path: String,
    /// An event that is still to be told.
    pending: Option<Pending>,
    /// Whether nobody wants the texts.
    skipping: bool,
    seen_root: bool,
    names: SharedNames,
    diags: Diags,
}

enum Pending {
    Open(Element, bool),
    Close,
}

struct Open {
    name: Name,
    /// The length of the path of the element around it.
    outer_path: usize,
    children: Children,
}

/// Names of children that are looked for one after the other.
const FEW: usize = 16;

/// How many children of each name there were.
#[derive(Default)]
struct Children {
    few: Vec<(Name, u64)>,
    more: HashMap<Name, u64>,
}

impl Children {
    /// Counts a child and returns its position among those of the same name, from 1.
    fn next(&mut self, name: &Name) -> u64 {
        if let Some(at) = self.few.iter().position(|(few, _)| few == name) {
            self.few[at].1 += 1;
            return self.few[at].1;
        }
        if self.few.len() < FEW {
            self.few.push((name.clone(), 1));
            return 1;
        }
        let count = self.more.entry(name.clone()).or_default();
        *count += 1;
        *count
    }
}

impl<'i> Xml<'i> {
    pub(super) fn new(input: Box<dyn Read + 'i>, diags: Diags) -> Xml<'i> {
        let place = Rc::new(Cell::new(LineColumn { line: 1, column: 1 }));
        let since = Rc::new(Cell::new(0));
        let inner = BufReader::with_capacity(64 * 1024, input);
        let input = Counted { inner, place: place.clone(), since: since.clone() };
        Xml {
            reader: quick_xml::Reader::from_reader(input),
            buffer: Vec::new(),
            place,
            since,
            open: Vec::new(),
            path: String::new(),
            pending: None,
            skipping: false,
            seen_root: false,
            names: SharedNames::default(),
            diags,
        }
    }

    /// The next event.
    ///
    /// # Errors
    /// The text is not well-formed, or exceeds a limit.
    #[expect(clippy::should_implement_trait, reason = "it fails, and its end is an event")]
    pub fn next(&mut self) -> Result<XmlEvent, Stop> {
        match self.pending.take() {
            Some(Pending::Open(element, is_empty)) => return Ok(self.enter(element, is_empty)),
            Some(Pending::Close) => return Ok(self.leave()),
            None => {}
        }
        let mut buffer = std::mem::take(&mut self.buffer);
        let event = self.read(&mut buffer);
        self.buffer = buffer;
        event
    }

    fn read(&mut self, buffer: &mut Vec<u8>) -> Result<XmlEvent, Stop> {
        let mut text = String::new();
        loop {
            buffer.clear();
            self.since.set(0);
            let event = match self.reader.read_event_into(buffer) {
                Ok(event) => event,
                Err(quick_xml::Error::Encoding(_)) => {
                    let message = "a byte that is not UTF-8 stands here, and the file declares no other encoding";
                    return self.stop(&BAD_ENCODING, message);
                }
                Err(quick_xml::Error::Io(error)) => return Err(Stop::io(&error)),
                Err(error) => {
                    let message = format!("not well-formed: {}", super::json::shorten(&error.to_string()));
                    return self.stop(&SYNTAX, message);
                }
            };
            let next = match event {
                Event::Text(part) => {
                    self.add(&mut text, &part.xml10_content())?;
                    continue;
                }
                Event::CData(part) => {
                    self.add(&mut text, &part.xml10_content())?;
                    continue;
                }
                Event::GeneralRef(reference) => {
                    let resolved = self.resolve(&reference)?;
                    self.add(&mut text, &resolved)?;
                    continue;
                }
                Event::Comment(_) | Event::PI(_) => continue,
                Event::Decl(declaration) => {
                    let version = declaration.version().unwrap_or_default();
                    if version != "1.0" {
                        return self.stop(&UNSUPPORTED_VERSION, format!("XML {version} is not read, only XML 1.0"));
                    }
                    continue;
                }
                Event::DocType(declaration) => {
                    if declaration.to_ascii_uppercase().contains("<!ENTITY") {
                        return self.stop(&LIMIT, "the document type declares entities, which are never expanded");
                    }
                    continue;
                }
                Event::Start(tag) => Some(Pending::Open(self.element(&tag)?, false)),
                Event::Empty(tag) => Some(Pending::Open(self.element(&tag)?, true)),
                Event::End(_) => Some(Pending::Close),
                Event::Eof => None,
            };
            if self.open.is_empty() && !text.trim().is_empty() {
                return self.stop(&SYNTAX, "text stands outside of the root element");
            }
            if !text.is_empty() && !self.open.is_empty() && next.is_some() {
                self.pending = next;
                return Ok(XmlEvent::Text(self.check_chars(text)?));
            }
            return match next {
                Some(Pending::Open(element, is_empty)) => Ok(self.enter(element, is_empty)),
                Some(Pending::Close) => Ok(self.leave()),
                None => match self.open.last() {
                    Some(open) => self.stop(&SYNTAX, format!("the XML text ends inside of <{}>", open.name)),
                    None if !self.seen_root => self.stop(&SYNTAX, "the XML text has no element"),
                    None => Ok(XmlEvent::End),
                },
            };
        }
    }

    /// Adds to a text, which is bounded like a line of text is.
    fn add(&self, text: &mut String, part: &str) -> Result<(), Stop> {
        if self.skipping {
            return match memchr::memchr(0, part.as_bytes()) {
                Some(_) => self.stop(&SYNTAX, "a NUL character is not allowed in XML"),
                None => Ok(()),
            };
        }
        if text.len() + part.len() > MAX_TEXT {
            return self.stop(&LIMIT, format!("a text of more than {} MiB", MAX_TEXT / 1024 / 1024));
        }
        text.push_str(part);
        Ok(())
    }

    fn enter(&mut self, element: Element, is_empty: bool) -> XmlEvent {
        let outer_path = self.path.len();
        self.path.clear();
        self.path.push_str(element.pointer.as_path());
        self.open.push(Open { name: element.name.clone(), outer_path, children: Children::default() });
        if is_empty {
            self.pending = Some(Pending::Close);
        }
        XmlEvent::Open(element)
    }

    fn leave(&mut self) -> XmlEvent {
        let Some(open) = self.open.pop() else { return XmlEvent::Close(self.names.get("")) };
        self.path.truncate(open.outer_path);
        XmlEvent::Close(open.name)
    }

    /// Takes all that is in an element that was just opened, up to its end tag.
    ///
    /// # Errors
    /// As [`Xml::next`].
    pub fn tree(&mut self, element: Element) -> Result<XmlTree, Stop> {
        let mut open = vec![XmlTree { element, children: Vec::new(), text: String::new() }];
        loop {
            match self.next()? {
                XmlEvent::Open(element) => open.push(XmlTree { element, children: Vec::new(), text: String::new() }),
                XmlEvent::Text(text) => {
                    if let Some(innermost) = open.last_mut() {
                        innermost.text.push_str(&text);
                    }
                }
                XmlEvent::Close(_) => {
                    let Some(done) = open.pop() else { return self.stop(&SYNTAX, "an end tag too many") };
                    match open.last_mut() {
                        Some(outer) => outer.children.push(done),
                        None => return Ok(done),
                    }
                }
                XmlEvent::End => return self.stop(&SYNTAX, "the XML text ends inside of an element"),
            }
        }
    }

    /// Passes over all that is in an element that was just opened, up to its end tag.
    ///
    /// # Errors
    /// As [`Xml::next`].
    pub fn skip(&mut self) -> Result<(), Stop> {
        self.skipping = true;
        let result = self.skip_to_close();
        self.skipping = false;
        result
    }

    fn skip_to_close(&mut self) -> Result<(), Stop> {
        let mut depth = 1;
        while depth > 0 {
            match self.next()? {
                XmlEvent::Open(_) => depth += 1,
                XmlEvent::Close(_) => depth -= 1,
                XmlEvent::Text(_) => {}
                XmlEvent::End => return self.stop(&SYNTAX, "the XML text ends inside of an element"),
            }
        }
        Ok(())
    }

    /// How many elements are open, the one that was just opened included.
    pub fn open_elements(&self) -> usize {
        self.open.len()
    }

    /// Where the last event ends.
    pub fn place(&self) -> LineColumn {
        self.place.get()
    }

    /// The element of a start tag, which is not yet among those that are open.
    fn element(&mut self, tag: &BytesStart<'_>) -> Result<Element, Stop> {
        if self.open.len() >= MAX_DEPTH {
            return self.stop(&LIMIT, format!("more than {MAX_DEPTH} elements inside each other"));
        }
        let name = self.names.get(tag.local_name().as_ref());
        if name.len() > MAX_NAME {
            return self.stop(&LIMIT, format!("the name of an element has more than {MAX_NAME} bytes"));
        }
        let pointer = match self.open.last_mut() {
            None if self.seen_root => return self.stop(&SYNTAX, "a second root element"),
            None => format!("/{name}"),
            Some(parent) => {
                let position = parent.children.next(&name);
                let mut path = String::with_capacity(self.path.len() + name.len() + 8);
                path.push_str(&self.path);
                path.push('/');
                path.push_str(&name);
                let _ = write!(path, "[{position}]");
                path
            }
        };
        self.seen_root = true;
        let mut attributes: Vec<(Name, String)> = Vec::new();
        for attribute in tag.attributes().with_checks(false) {
            let attribute = match attribute {
                Ok(attribute) => attribute,
                Err(error) => return self.stop(&SYNTAX, format!("an attribute is not well-formed: {error}")),
            };
            if attributes.len() >= MAX_ATTRIBUTES {
                return self.stop(&LIMIT, format!("an element with more than {MAX_ATTRIBUTES} attributes"));
            }
            if attribute.value.contains('<') {
                return self.stop(&SYNTAX, "`<` stands in the value of an attribute");
            }
            let key = attribute.key.as_ref();
            if key == "xmlns" || key.starts_with("xmlns:") {
                continue;
            }
            let value = match attribute.normalized_value(quick_xml::XmlVersion::Explicit1_0) {
                Ok(value) => value.into_owned(),
                Err(error) => {
                    let error = error.to_string();
                    return self
                        .stop(&SYNTAX, format!("an attribute cannot be read: {}", super::json::shorten(&error)));
                }
            };
            let key = self.names.get(attribute.key.local_name().as_ref());
            let value = self.check_chars(value)?;
            attributes.push((key, value));
        }
        if let Some(twice) = repeated(&attributes) {
            let message = format!("the attribute `{}` stands twice in one element", super::json::shorten(twice));
            return self.stop(&SYNTAX, message);
        }
        let place = self.place();
        Ok(Element { name, attributes, pointer: Pointer::path(pointer), place, diags: self.diags.clone() })
    }

    fn resolve(&self, reference: &quick_xml::events::BytesRef<'_>) -> Result<String, Stop> {
        let name = reference.xml10_content();
        if let Ok(Some(char)) = reference.resolve_char_ref() {
            return Ok(char.to_string());
        }
        match &*name {
            "lt" => Ok("<".to_owned()),
            "gt" => Ok(">".to_owned()),
            "amp" => Ok("&".to_owned()),
            "apos" => Ok("'".to_owned()),
            "quot" => Ok("\"".to_owned()),
            name => self.stop(&SYNTAX, format!("`&{};` cannot be resolved", super::json::shorten(name))),
        }
    }

    /// Characters that XML 1.0 does not allow are kept (real tools write them) with a note; NUL is refused.
    fn check_chars(&self, text: String) -> Result<String, Stop> {
        let suspect = |byte: u8| (byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r')) | (byte == 0xef);
        if !text.bytes().fold(false, |any, byte| any | suspect(byte)) {
            return Ok(text);
        }
        let bad =
            |c: char| matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}');
        if text.contains('\0') {
            return self.stop(&SYNTAX, "a NUL character is not allowed in XML");
        }
        if let Some(char) = text.chars().find(|c| bad(*c)) {
            let message = format!("the character U+{:04X} is not allowed in XML", u32::from(char));
            let pointer = Pointer::path(self.path.as_str());
            self.diags.push(Diagnostic::new(&REPAIRED, message).at(pointer).at_line(self.place()));
        }
        Ok(text)
    }

    /// Stops reading with a diagnostic at the current place.
    ///
    /// # Errors
    /// Always.
    pub fn stop<T>(&self, code: &'static Code, message: impl Into<String>) -> Result<T, Stop> {
        let pointer = Pointer::path(self.path.as_str());
        let diagnostic = Diagnostic::new(code, message).at(pointer).at_line(self.place());
        Err(Stop(Box::new(diagnostic)))
    }
}

/// An attribute that stands twice.
fn repeated(attributes: &[(Name, String)]) -> Option<&str> {
    if attributes.len() <= 16 {
        let mut rest = attributes.iter();
        while let Some((key, _)) = rest.next() {
            if rest.clone().any(|(other, _)| other == key) {
                return Some(key);
            }
        }
        return None;
    }
    let mut keys: Vec<&str> = attributes.iter().map(|(key, _)| key.as_str()).collect();
    keys.sort_unstable();
    keys.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0])
}

/// Counts lines and columns as bytes are consumed, and bounds the bytes of one event.
struct Counted<'i> {
    inner: BufReader<Box<dyn Read + 'i>>,
    place: Rc<Cell<LineColumn>>,
    since: Rc<Cell<usize>>,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.place.set(super::json::locate(&buffer[..count], self.place.get()));
        Ok(count)
    }
}

impl BufRead for Counted<'_> {
    fn fill_buf(&mut self) -> std::io::Result<&[u8]> {
        if self.since.get() > MAX_TEXT {
            let message = format!("one tag or text is longer than {} MiB", MAX_TEXT / 1024 / 1024);
            return Err(std::io::Error::other(Exceeded(message)));
        }
        self.inner.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        let consumed = &self.inner.buffer()[..amount];
        self.place.set(super::json::locate(consumed, self.place.get()));
        self.since.set(self.since.get() + amount);
        self.inner.consume(amount);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(text: &str) -> Result<Vec<String>, String> {
        let mut xml = Xml::new(Box::new(text.as_bytes()), Diags::default());
        let mut seen = Vec::new();
        loop {
            match xml.next().map_err(|stop| format!("{}: {}", stop.0.code.id, stop.0.message))? {
                XmlEvent::Open(e) => seen.push(format!("{} {}", e.pointer, e.attr("n").unwrap_or("-"))),
                XmlEvent::Text(text) => seen.push(format!("`{text}`")),
                XmlEvent::Close(name) => seen.push(format!("/{name}")),
                XmlEvent::End => return Ok(seen),
            }
        }
    }

    #[test]
    fn elements_have_paths_and_text_is_whole() {
        let seen = walk("<a><b n='1'/>x &lt;<![CDATA[<&]]>&#65;<!-- c -->y<x:b n='&quot;'></x:b></a>");
        let expected = ["/a -", "/a/b[1] 1", "/b", "`x <<&Ay`", "/a/b[2] \"", "/b", "/a"];
        assert_eq!(seen, Ok(expected.map(String::from).to_vec()));
    }

    #[test]
    fn what_is_no_xml_is_refused() {
        for bad in [
            "<a><b></a>",
            "<a/><b/>",
            "<a/>x",
            "<a>&foo;</a>",
            "<a x='1' x='2'/>",
            "<a>&#0;</a>",
            "<a",
            "",
            "<a><![CDATA[x</a>",
            "<a x='<'/>",
            "<a></b></a>",
            "</a>",
        ] {
            assert!(walk(bad).is_err_and(|e| e.starts_with("syntax")), "{bad}: {:?}", walk(bad));
        }
        let bomb = "<!DOCTYPE r [<!ENTITY a \"b\">]><r>&a;</r>";
        assert!(walk(bomb).is_err_and(|e| e.starts_with("limit")));
        assert!(walk(&"<a>".repeat(1000)).is_err_and(|e| e.starts_with("limit")));
        assert!(walk(&format!("<{}/>", "a".repeat(1000))).is_err_and(|e| e.starts_with("limit")));
    }
}
