//! What detection looks at: the start of an artifact and the shape of it.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::sync::Arc;

use memchr::memmem;

use super::json::{Head, Node, Tree, parse_head, parse_line};
use super::lines::{first_line, lossy, without_return};
use super::{Diags, Mark, Xml};
use crate::diagnostics::Diagnostic;

/// Lines of the head that are tried as records of NDJSON.
const MAX_RECORDS: usize = 20;
const MAX_LINES: usize = 200;
/// Start tags of the head that detection knows.
const MAX_TAGS: usize = 300;

/// The start of an artifact.
///
/// See the [example](mod@crate::source#example).
#[derive(Debug)]
pub struct Probe<'h> {
    head: &'h [u8],
    complete: bool,
    /// What it looks like.
    pub shape: Shape<'h>,
    /// Why the whole content is no well-formed document although its start looks like one.
    pub broken: Option<Box<Diagnostic>>,
    /// The head as text, and the fields of its first line as CSV, once somebody has asked for them.
    text: OnceCell<Cow<'h, str>>,
    header: OnceCell<Option<Vec<String>>>,
}

/// What the start of an artifact looks like.
///
/// See the [example](mod@crate::source#example).
#[derive(Debug)]
pub enum Shape<'h> {
    /// One JSON document; cut off where the head is not all there is.
    /// A single line of NDJSON looks the same.
    Json(Tree),
    /// JSON documents on lines of their own, perhaps with lines of other text between them: the first few.
    Lines(Vec<Tree>),
    /// XML.
    Xml(XmlHead<'h>),
    /// Starts like JSON or XML, but is none.
    Broken(Box<Diagnostic>),
    /// Any other text.
    Text,
    /// Not text: its content starts with the magic number of what is named.
    Binary(&'static str),
}

/// The start of an XML document. Its root is known; other tags are looked for once somebody asks for them.
///
/// See the [example](mod@crate::source#example).
#[derive(Debug)]
pub struct XmlHead<'h> {
    head: &'h [u8],
    /// The local name of the root element; empty where its tag is not in the head.
    root: String,
    /// The names of its attributes.
    attributes: Vec<String>,
    /// Local name and depth of the first start tags.
    tags: OnceCell<Vec<(String, usize)>>,
}

impl XmlHead<'_> {
    /// The local name of the root element.
    pub fn root(&self) -> &str {
        &self.root
    }

    /// Whether the root has an attribute.
    pub fn root_has(&self, attribute: &str) -> bool {
        self.attributes.iter().any(|a| a == attribute)
    }

    /// Whether an element of this name stands at this depth in the head (the root has depth 0).
    pub fn has(&self, name: &str, depth: usize) -> bool {
        self.tags.get_or_init(|| tags(self.head)).iter().any(|(tag, d)| tag == name && *d == depth)
    }

    /// Whether the first element in the root has this name and these attributes.
    pub fn starts_with(&self, name: &str, attributes: &[(&str, &str)]) -> bool {
        let stands = |text: &str| memmem::find(self.head, text.as_bytes()).is_some();
        if !attributes.iter().all(|(_, value)| stands(value)) {
            return false;
        }
        let mut xml = Xml::new(Vec::new(), Box::new(self.head), Diags::default());
        loop {
            match xml.advance() {
                Ok(Mark::Open) if xml.open_elements() == 1 => {}
                Ok(Mark::Open) => {
                    let tag = xml.tag();
                    return tag.name() == name && attributes.iter().all(|(name, value)| tag.attr(name) == Some(value));
                }
                Ok(Mark::Close(_) | Mark::End) | Err(_) => return false,
            }
        }
    }
}

impl<'h> Probe<'h> {
    pub(super) fn new(head: &'h Arc<Vec<u8>>, complete: bool) -> Probe<'h> {
        let shape = shape(head, complete);
        let broken = match &shape {
            Shape::Json(tree) if complete && tree.is_cut() => match parse_head(head, true) {
                Head::Broken(diagnostic) => Some(Box::new(diagnostic)),
                Head::Document(..) => None,
            },
            _ => None,
        };
        Probe { head, complete, shape, broken, text: OnceCell::new(), header: OnceCell::new() }
    }

    /// The JSON document; of NDJSON the first record; absent for other shapes.
    pub fn first(&self) -> Option<Node<'_>> {
        match &self.shape {
            Shape::Json(tree) => Some(tree.root()),
            Shape::Lines(records) => records.first().map(Tree::root),
            _ => None,
        }
    }

    /// The JSON document, where it is one and not several lines.
    pub fn document(&self) -> Option<Node<'_>> {
        match &self.shape {
            Shape::Json(tree) => Some(tree.root()),
            _ => None,
        }
    }

    /// Whether it is one JSON object that has all of these keys.
    pub fn is_object_with(&self, keys: &[&str]) -> bool {
        self.document().is_some_and(|root| root.is_object() && root.has(keys))
    }

    /// The first elements of a JSON array; nothing for other shapes.
    pub fn elements(&self) -> impl Iterator<Item = Node<'_>> {
        self.document().filter(|root| root.is_array()).into_iter().flat_map(|root| root.items().take(MAX_RECORDS))
    }

    /// The first records of NDJSON; a single object counts as one record.
    pub fn records(&self) -> impl Iterator<Item = Node<'_>> {
        let trees = match &self.shape {
            Shape::Json(tree) => std::slice::from_ref(tree),
            Shape::Lines(records) => records.as_slice(),
            _ => &[],
        };
        trees.iter().map(Tree::root)
    }

    /// The start tags of XML.
    pub fn xml(&self) -> Option<&XmlHead<'h>> {
        match &self.shape {
            Shape::Xml(head) => Some(head),
            _ => None,
        }
    }

    /// Whether it is XML with this root element.
    pub fn has_root(&self, name: &str) -> bool {
        self.xml().is_some_and(|xml| xml.root() == name)
    }

    /// Whether it is no text.
    pub const fn is_binary(&self) -> bool {
        matches!(self.shape, Shape::Binary(_))
    }

    /// Whether these words stand in the head, of whatever shape it is.
    pub fn says(&self, words: &str) -> bool {
        memmem::find(self.head, words.as_bytes()).is_some()
    }

    /// The head as text, where it is neither JSON nor XML.
    pub fn text(&self) -> Option<&str> {
        matches!(self.shape, Shape::Text).then(|| self.lossy())
    }

    /// The head as text, where it is neither one JSON document nor XML: some of its lines may be JSON.
    pub fn text_or_lines(&self) -> Option<&str> {
        matches!(self.shape, Shape::Text | Shape::Lines(_)).then(|| self.lossy())
    }

    /// The offset of the first byte of a text that is not UTF-8; `None` where all of it is, and for other shapes.
    pub fn broken_text(&self) -> Option<usize> {
        self.text()?;
        std::str::from_utf8(self.head).err().map(|error| error.valid_up_to())
    }

    fn lossy(&self) -> &str {
        self.text.get_or_init(|| lossy(self.head))
    }

    /// The first line of a text, without its end.
    pub fn first_line(&self) -> Option<String> {
        matches!(self.shape, Shape::Text).then(|| lossy(first_line(self.head)).into_owned())
    }

    /// The fields of the first line of a text, as CSV.
    pub fn header(&self) -> Option<&[String]> {
        let read = || {
            let line = self.first_line()?;
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(line.as_bytes());
            let record = reader.records().next()?.ok()?;
            Some(record.iter().map(|field| field.trim().to_owned()).collect())
        };
        self.header.get_or_init(read).as_deref()
    }

    /// Whether it is a text whose first line, as CSV, has all of these columns.
    pub fn has_columns(&self, columns: &[&str]) -> bool {
        self.header().is_some_and(|header| columns.iter().all(|column| header.iter().any(|h| h == column)))
    }

    /// Whether the head is all there is.
    pub const fn is_complete(&self) -> bool {
        self.complete
    }
}

/// Magic numbers of what is often taken for an artifact.
const MAGIC: &[(&[u8], &str)] = &[
    (b"\x1f\x8b", "gzip data"),
    (b"\x28\xb5\x2f\xfd", "Zstandard data"),
    (b"PK\x03\x04", "a zip archive"),
    (b"PK\x05\x06", "an empty zip archive"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"\x1a\x45\xdf\xa3", "a WebM video"),
    (b"\x7fELF", "an executable"),
    (b"MZ\x90", "an executable"),
    (b"%PDF-", "a PDF document"),
    (b"BZh", "bzip2 data"),
    (b"\xfd7zXZ", "xz data"),
    (b"7z\xbc\xaf", "a 7-zip archive"),
];

fn shape(head: &Arc<Vec<u8>>, complete: bool) -> Shape<'_> {
    if let Some((_, what)) = MAGIC.iter().find(|(magic, _)| head.starts_with(magic)) {
        return Shape::Binary(what);
    }
    if head.get(4..8) == Some(b"ftyp") {
        return Shape::Binary("an MP4 video");
    }
    if head.get(257..262) == Some(b"ustar") {
        return Shape::Binary("a tar archive");
    }
    match head.iter().find(|b| !b.is_ascii_whitespace()) {
        Some(b'<') => xml_shape(head, complete),
        Some(b'{' | b'[' | b'"' | b'0'..=b'9' | b'-' | b't' | b'f' | b'n') => json_shape(head, complete),
        Some(_) => lines_shape(head, complete).unwrap_or_else(|| text_shape(head)),
        None => Shape::Text,
    }
}

fn text_shape(head: &[u8]) -> Shape<'_> {
    if memchr::memchr(0, head).is_some() { Shape::Binary("binary data") } else { Shape::Text }
}

fn json_shape(head: &Arc<Vec<u8>>, complete: bool) -> Shape<'_> {
    if is_log(head) {
        return match lines_shape(head, complete) {
            Some(Shape::Lines(records)) if records.len() > 1 => Shape::Lines(records),
            _ => text_shape(head),
        };
    }
    match parse_head(head, false) {
        Head::Document(tree, end) => {
            let rest = end.map_or(&[][..], |end| &head[end..]);
            let scalar = !tree.root().is_object() && !tree.root().is_array();
            match rest.iter().position(|b| !b.is_ascii_whitespace()) {
                None if end.is_none() && complete => match lines_shape(head, complete) {
                    Some(Shape::Lines(records)) if records.len() > 1 => Shape::Lines(records),
                    _ => Shape::Json(tree),
                },
                None if scalar && !tree.root().is_null() => text_shape(head),
                None => Shape::Json(tree),
                Some(_) if scalar => lines_shape(head, complete).unwrap_or_else(|| text_shape(head)),
                // What follows on a line of its own makes it NDJSON; on the same line it is no JSON.
                Some(next) if rest[..next].contains(&b'\n') => match lines_shape(head, complete) {
                    Some(Shape::Lines(records))
                        if records.len() > 1 || memchr::memchr(b'\n', &head[..head.len() - rest.len()]).is_none() =>
                    {
                        Shape::Lines(records)
                    }
                    _ => Shape::Json(tree),
                },
                Some(_) => Shape::Json(tree),
            }
        }
        Head::Broken(diagnostic) => match lines_shape(head, complete) {
            Some(lines) => lines,
            None if matches!(head.iter().find(|b| !b.is_ascii_whitespace()), Some(b'{' | b'[' | b'"')) => {
                Shape::Broken(Box::new(diagnostic))
            }
            None => text_shape(head),
        },
    }
}

/// Whether it starts like a line of a log, `[INFO] …`, `[command]…`, `[+]ping ok`, which no JSON does.
fn is_log(head: &[u8]) -> bool {
    let start = head.trim_ascii_start();
    let word = start.strip_prefix(b"[").unwrap_or(b"");
    let is_sign = word.starts_with(b"+]") || word.starts_with(b"-]");
    is_sign
        || word.first().is_some_and(u8::is_ascii_alphabetic)
            && ![&b"true"[..], b"false", b"null"].iter().any(|literal| word.starts_with(literal))
}

/// Lines of JSON, perhaps among others; `None` where no line is a JSON object or array.
fn lines_shape(head: &[u8], complete: bool) -> Option<Shape<'_>> {
    let mut records = Vec::new();
    let whole = if complete { head } else { &head[..memchr::memrchr(b'\n', head)?] };
    for (number, line) in (1..).zip(whole.split(|b| *b == b'\n').take(MAX_LINES)) {
        let line = without_return(line);
        if matches!(line.first(), Some(b'{' | b'['))
            && let Ok(tree) = parse_line(line, number, &Diags::default())
        {
            records.push(tree);
            if records.len() == MAX_RECORDS {
                break;
            }
        }
    }
    (!records.is_empty()).then_some(Shape::Lines(records))
}

fn xml_shape(head: &[u8], complete: bool) -> Shape<'_> {
    let head = head.trim_ascii_start();
    let mut xml = Xml::new(Vec::new(), Box::new(head), Diags::default());
    let (mut root, mut attributes) = (String::new(), Vec::new());
    match xml.advance() {
        Ok(Mark::Open) => {
            xml.tag().name().clone_into(&mut root);
            attributes = xml.tag().attributes().map(|(name, _)| name.to_owned()).collect();
        }
        Err(stop) if complete => return Shape::Broken(stop.0),
        Ok(_) | Err(_) => {}
    }
    Shape::Xml(XmlHead { head, root, attributes, tags: OnceCell::new() })
}

/// Local name and depth of the first start tags.
fn tags(head: &[u8]) -> Vec<(String, usize)> {
    let mut xml = Xml::new(Vec::new(), Box::new(head), Diags::default());
    let mut tags = Vec::new();
    while tags.len() < MAX_TAGS {
        match xml.advance() {
            Ok(Mark::Open) => tags.push((xml.tag().name().to_owned(), xml.open_elements() - 1)),
            Ok(Mark::Close(_)) => {}
            // The reader of the format meets the same fault and reports it with its place.
            Ok(Mark::End) | Err(_) => break,
        }
    }
    tags
}
