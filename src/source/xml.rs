//! XML artifacts: events with element paths, and small trees of single records.
//!
//! No entity is ever expanded but the five predefined ones and character references, nothing is fetched,
//! and a document type that declares entities is refused.

use std::cell::Cell;
use std::io::{BufRead, BufReader, Read};
use std::rc::Rc;

use quick_xml::events::{BytesStart, Event};

use super::{Diags, Stop};
use crate::diagnostics::codes::{
    BAD_ENCODING, LIMIT, OUT_OF_RANGE, REPAIRED, SYNTAX, UNKNOWN_WORD, UNSUPPORTED_VERSION,
};
use crate::diagnostics::{Code, Diagnostic, LineColumn};
use crate::model::{Elapsed, Pointer, Unit};

/// Elements inside elements that are read.
pub const MAX_DEPTH: usize = 256;
/// Attributes of one element that are read.
pub const MAX_ATTRIBUTES: usize = 1_000;

/// An event of an XML document.
#[derive(Debug)]
pub enum XmlEvent {
    /// A start tag.
    Open(Element),
    /// The end tag of an element, with its local name.
    Close(String),
    /// Text between tags, references resolved; never empty.
    Text(String),
    /// The end of the document.
    End,
}

/// A start tag.
#[derive(Debug)]
pub struct Element {
    /// Its local name, without namespace prefix.
    pub name: String,
    attributes: Vec<(String, String)>,
    /// Its path, with positions among siblings of the same name: `/testsuites/testsuite[2]`.
    pub pointer: Pointer,
    /// Where its tag ends.
    pub place: LineColumn,
    diags: Diags,
}

impl Element {
    /// The value of an attribute, by local name.
    pub fn attr(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
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
pub struct Xml<'i> {
    reader: quick_xml::Reader<Counted<'i>>,
    buffer: Vec<u8>,
    place: Rc<Cell<LineColumn>>,
    open: Vec<Open>,
    /// The end of an empty element that is still to be told.
    pending_close: Option<String>,
    /// An event that stopped a text and is still to be told.
    pending: Option<Event<'static>>,
    seen_root: bool,
    diags: Diags,
}

struct Open {
    name: String,
    /// Which of its siblings with the same name it is, from 1.
    position: u64,
    /// How many children of each name there were.
    children: Vec<(String, u64)>,
}

impl<'i> Xml<'i> {
    pub(super) fn new(input: Box<dyn Read + 'i>, diags: Diags) -> Xml<'i> {
        let place = Rc::new(Cell::new(LineColumn { line: 1, column: 1 }));
        let input = Counted { inner: BufReader::with_capacity(64 * 1024, input), place: place.clone() };
        Xml {
            reader: quick_xml::Reader::from_reader(input),
            buffer: Vec::new(),
            place,
            open: Vec::new(),
            pending_close: None,
            pending: None,
            seen_root: false,
            diags,
        }
    }

    /// The next event.
    ///
    /// # Errors
    /// The text is not well-formed, or exceeds a limit.
    #[expect(clippy::should_implement_trait, reason = "it fails, and its end is an event")]
    pub fn next(&mut self) -> Result<XmlEvent, Stop> {
        if let Some(name) = self.pending_close.take() {
            self.open.pop();
            return Ok(XmlEvent::Close(name));
        }
        let mut text = String::new();
        loop {
            let event = match self.pending.take() {
                Some(event) => event,
                None => self.read()?,
            };
            match event {
                Event::Text(part) => text.push_str(&part.xml10_content()),
                Event::CData(part) => text.push_str(&part.xml10_content()),
                Event::GeneralRef(reference) => text.push_str(&self.resolve(&reference)?),
                Event::Comment(_) | Event::PI(_) => {}
                Event::Decl(declaration) => {
                    let version = declaration.version().unwrap_or_default();
                    if version != "1.0" {
                        return self.stop(&UNSUPPORTED_VERSION, format!("XML {version} is not read, only XML 1.0"));
                    }
                }
                Event::DocType(declaration) => {
                    if declaration.to_ascii_uppercase().contains("<!ENTITY") {
                        return self.stop(&LIMIT, "the document type declares entities, which are never expanded");
                    }
                }
                other if !text.is_empty() => {
                    let text = std::mem::take(&mut text);
                    if self.open.is_empty() {
                        if !text.trim().is_empty() {
                            return self.stop(&SYNTAX, "text stands outside of the root element");
                        }
                        self.pending = Some(other);
                        continue;
                    }
                    self.pending = Some(other);
                    return Ok(XmlEvent::Text(self.check_chars(text)?));
                }
                Event::Start(tag) => return self.enter(&tag).map(XmlEvent::Open),
                Event::Empty(tag) => {
                    let element = self.enter(&tag)?;
                    self.pending_close = Some(element.name.clone());
                    return Ok(XmlEvent::Open(element));
                }
                Event::End(tag) => {
                    self.open.pop();
                    return Ok(XmlEvent::Close(tag.local_name().as_ref().to_owned()));
                }
                Event::Eof if !self.open.is_empty() => {
                    let name = self.open.last().map(|open| open.name.clone()).unwrap_or_default();
                    return self.stop(&SYNTAX, format!("the XML text ends inside of <{name}>"));
                }
                Event::Eof if !self.seen_root => return self.stop(&SYNTAX, "the XML text has no element"),
                Event::Eof => return Ok(XmlEvent::End),
            }
        }
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

    fn read(&mut self) -> Result<Event<'static>, Stop> {
        self.buffer.clear();
        match self.reader.read_event_into(&mut self.buffer) {
            Ok(event) => Ok(event.into_owned()),
            Err(quick_xml::Error::Encoding(_)) => self
                .stop(&BAD_ENCODING, "a byte that is not UTF-8 stands here, and the file declares no other encoding"),
            Err(quick_xml::Error::Io(error)) => Err(Stop::io(&error)),
            Err(error) => {
                let message = format!("not well-formed: {}", super::json::shorten(&error.to_string()));
                self.stop(&SYNTAX, message)
            }
        }
    }

    fn enter(&mut self, tag: &BytesStart<'_>) -> Result<Element, Stop> {
        if self.open.len() >= MAX_DEPTH {
            return self.stop(&LIMIT, format!("more than {MAX_DEPTH} elements inside each other"));
        }
        let name = tag.local_name().as_ref().to_owned();
        let position = match self.open.last_mut() {
            None if self.seen_root => return self.stop(&SYNTAX, "a second root element"),
            None => 1,
            Some(parent) => match parent.children.iter_mut().find(|(child, _)| *child == name) {
                Some((_, count)) => {
                    *count += 1;
                    *count
                }
                None => {
                    parent.children.push((name.clone(), 1));
                    1
                }
            },
        };
        self.seen_root = true;
        let mut attributes = Vec::new();
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
            let key = attribute.key.local_name().as_ref().to_owned();
            let value = self.check_chars(value)?;
            attributes.push((key, value));
        }
        let mut keys: Vec<&str> = attributes.iter().map(|(key, _)| key.as_str()).collect();
        keys.sort_unstable();
        if let Some(pair) = keys.windows(2).find(|pair| pair[0] == pair[1]) {
            let message = format!("the attribute `{}` stands twice in one element", super::json::shorten(pair[0]));
            return self.stop(&SYNTAX, message);
        }
        self.open.push(Open { name: name.clone(), position, children: Vec::new() });
        Ok(Element {
            name,
            attributes,
            pointer: Pointer::path(self.path()),
            place: self.place(),
            diags: self.diags.clone(),
        })
    }

    fn path(&self) -> String {
        let mut path = String::new();
        for (depth, open) in self.open.iter().enumerate() {
            path.push('/');
            path.push_str(&open.name);
            if depth > 0 {
                path.push('[');
                path.push_str(&open.position.to_string());
                path.push(']');
            }
        }
        path
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
        let bad =
            |c: char| matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}');
        if let Some(char) = text.chars().find(|c| bad(*c)) {
            if char == '\0' {
                return self.stop(&SYNTAX, "a NUL character is not allowed in XML");
            }
            let message = format!("the character U+{:04X} is not allowed in XML", u32::from(char));
            self.diags.push(Diagnostic::new(&REPAIRED, message).at(Pointer::path(self.path())).at_line(self.place()));
        }
        Ok(text)
    }

    /// Stops reading with a diagnostic at the current place.
    ///
    /// # Errors
    /// Always.
    pub fn stop<T>(&self, code: &'static Code, message: impl Into<String>) -> Result<T, Stop> {
        let diagnostic = Diagnostic::new(code, message).at(Pointer::path(self.path())).at_line(self.place());
        Err(Stop(Box::new(diagnostic)))
    }
}

/// Counts lines and columns as bytes are consumed.
struct Counted<'i> {
    inner: BufReader<Box<dyn Read + 'i>>,
    place: Rc<Cell<LineColumn>>,
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
        self.inner.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        let consumed = &self.inner.buffer()[..amount];
        self.place.set(super::json::locate(consumed, self.place.get()));
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
        ] {
            assert!(walk(bad).is_err_and(|e| e.starts_with("syntax")), "{bad}: {:?}", walk(bad));
        }
        let bomb = "<!DOCTYPE r [<!ENTITY a \"b\">]><r>&a;</r>";
        assert!(walk(bomb).is_err_and(|e| e.starts_with("limit")));
        assert!(walk(&"<a>".repeat(1000)).is_err_and(|e| e.starts_with("limit")));
    }
}
