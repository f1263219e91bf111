//! The walk over the document from tag to tag.

use memchr::memmem;
use quick_xml::Error;
use quick_xml::errors::{IllFormedError, SyntaxError};
use quick_xml::events::{BytesDecl, BytesStart, Event};
use quick_xml::parser::{ElementParser, Parser};

use super::odd::OddFault;
use super::tag::{Scanned, is_blank};
use super::text::{Passed, Suspect};
use super::{MAX_ATTRIBUTES, MAX_DEPTH, MAX_NAME, MAX_TEXT, Mark, Xml, too_long};
use crate::diagnostics::codes::{LIMIT, SYNTAX, UNSUPPORTED_VERSION};
use crate::source::Stop;
use crate::source::json::shorten;

impl Xml<'_> {
    /// Goes on to the next tag, or to the end. The text before it is added to `text`, where somebody wants it.
    pub(super) fn walk(&mut self, mut text: Option<&mut String>) -> Result<Mark, Stop> {
        if std::mem::take(&mut self.closing) {
            return Ok(self.leave());
        }
        let mut passed = Passed::default();
        if !std::mem::replace(&mut self.seen_start, true) {
            self.byte_order_mark()?;
        }
        loop {
            self.text(&mut passed, text.as_deref_mut())?;
            match self.ahead(2)? {
                [b'&', ..] => self.reference(&mut passed, text.as_deref_mut())?,
                [_, b'/', ..] => {
                    self.end_tag()?;
                    self.settle(&passed)?;
                    return Ok(self.leave());
                }
                [_, b'?', ..] => self.instruction()?,
                [_, b'!', ..] => self.bang(&mut passed, text.as_deref_mut())?,
                [_, _, ..] => {
                    let (name, position) = self.start_tag()?;
                    self.settle(&passed)?;
                    self.enter(name, position);
                    return Ok(Mark::Open);
                }
                [_] => {
                    self.window.consume_all();
                    return self.syntax(SyntaxError::UnclosedTag);
                }
                [] => return self.end(&passed),
            }
        }
    }

    /// At most so many bytes from the next one on; fewer where the document ends.
    fn ahead(&mut self, count: usize) -> Result<&[u8], Stop> {
        while self.window.bytes().len() < count && self.fill()? {}
        let bytes = self.window.bytes();
        Ok(&bytes[..bytes.len().min(count)])
    }

    fn byte_order_mark(&mut self) -> Result<(), Stop> {
        if self.ahead(3)? == b"\xef\xbb\xbf" {
            self.window.consume(3);
        }
        Ok(())
    }

    fn end(&mut self, passed: &Passed) -> Result<Mark, Stop> {
        if self.open.is_empty() {
            self.settle(passed)?;
        }
        match self.open.last() {
            Some(open) => self.stop(&SYNTAX, format!("the XML text ends inside of <{}>", open.name)),
            None if !self.seen_root => self.stop(&SYNTAX, "the XML text has no element"),
            None => Ok(Mark::End),
        }
    }

    /// `<!…`: a comment, CDATA, or a document type.
    fn bang(&mut self, passed: &mut Passed, text: Option<&mut String>) -> Result<(), Stop> {
        match self.ahead(9)? {
            b"<![CDATA[" => {
                self.window.consume(9);
                match self.take_until("]]>", Some((passed, text)))? {
                    true => Ok(()),
                    false => self.syntax(SyntaxError::UnclosedCData),
                }
            }
            [_, _, b'-', b'-', ..] => {
                self.window.consume(4);
                match self.take_until("-->", None)? {
                    true => Ok(()),
                    false => self.syntax(SyntaxError::UnclosedComment),
                }
            }
            [_, _, b'D' | b'd', ..] => self.document_type(),
            [_, _, b'[', ..] => self.syntax(SyntaxError::UnclosedCData),
            [_, _, b'-', ..] => self.syntax(SyntaxError::UnclosedComment),
            _ => {
                self.window.consume(2);
                self.syntax(SyntaxError::InvalidBangMarkup)
            }
        }
    }

    /// `<?…?>`: the XML declaration, which tells the version, or an instruction, which tells nothing.
    fn instruction(&mut self) -> Result<(), Stop> {
        let end = match self.ahead(3)? {
            b"<?>" => None,
            _ => self.find(|bytes| memmem::find(&bytes[2..], b"?>").map(|at| at + 4))?,
        };
        let Some(end) = end else {
            let is_declaration = matches!(self.ahead(6)?, [b'<', b'?', b'x', b'm', b'l', next] if is_after_xml(*next));
            self.window.consume_all();
            return self.syntax(match is_declaration {
                true => SyntaxError::UnclosedXmlDecl,
                false => SyntaxError::UnclosedPI,
            });
        };
        self.window.consume(end);
        let content = &self.window.behind(end)[2..end - 2];
        let is_declaration = content.strip_prefix("xml").is_some_and(|rest| rest.bytes().next().is_none_or(is_blank));
        if !is_declaration {
            return Ok(());
        }
        let declaration = BytesDecl::from_start(BytesStart::from_content(content, 3));
        let version = declaration.version().unwrap_or_default();
        match &*version {
            // What 1.1 allows beyond 1.0 (references to control characters, more names) is a fault in its place.
            "1.0" | "1.1" => Ok(()),
            version => self.stop(&UNSUPPORTED_VERSION, format!("XML {version} is not read, only XML 1.0 and 1.1")),
        }
    }

    /// `<!DOCTYPE …>`, which may hold declarations.
    fn document_type(&mut self) -> Result<(), Stop> {
        loop {
            let mut reader = quick_xml::Reader::from_str(self.window.text());
            let read = match reader.read_event() {
                Ok(Event::DocType(declaration)) => Ok(declaration.to_ascii_uppercase().contains("<!ENTITY")),
                Ok(_) => Err(Error::Syntax(SyntaxError::InvalidBangMarkup)),
                Err(error) => Err(error),
            };
            let end = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
            if matches!(read, Err(Error::Syntax(SyntaxError::UnclosedDoctype))) && self.fill()? {
                continue;
            }
            self.window.consume(end.min(self.window.bytes().len()));
            return match read {
                Ok(true) => self.stop(&LIMIT, "the document type declares entities, which are never expanded"),
                Ok(false) => Ok(()),
                Err(error) => self.not_well_formed(&error),
            };
        }
    }

    /// `</name>`
    fn end_tag(&mut self) -> Result<(), Stop> {
        let start = self.open.last().map_or(0, |open| open.full_name);
        let expected = &self.full_names[start..];
        if let Some(rest) = self.window.bytes()[2..].strip_prefix(expected.as_bytes())
            && rest.first() == Some(&b'>')
        {
            let length = 3 + expected.len();
            self.window.consume(length);
            return if self.open.is_empty() { self.unmatched(length) } else { Ok(()) };
        }
        let length = self.tag_end()?;
        self.window.consume(length);
        if self.open.is_empty() {
            return self.unmatched(length);
        }
        let (expected, found) = (&self.full_names[start..], self.end_name(length));
        if expected == found {
            return Ok(());
        }
        self.ill_formed(IllFormedError::MismatchedEndTag { expected: expected.to_owned(), found: found.to_owned() })
    }

    fn unmatched(&self, length: usize) -> Result<(), Stop> {
        self.ill_formed(IllFormedError::UnmatchedEndTag(self.end_name(length).to_owned()))
    }

    /// The name in the end tag of this length that was just passed over.
    fn end_name(&self, length: usize) -> &str {
        let content = &self.window.behind(length)[2..length - 1];
        let end = content.bytes().rposition(|byte| !is_blank(byte)).map_or(content.len(), |last| last + 1);
        &content[..end]
    }

    /// The length of the tag that starts at the cursor; stops where it does not end.
    fn tag_end(&mut self) -> Result<usize, Stop> {
        if let Some(end) = self.find(|bytes| ElementParser::Outside.feed(&bytes[1..]).map(|at| at + 2))? {
            return Ok(end);
        }
        let mut parser = ElementParser::Outside;
        parser.feed(&self.window.bytes()[1..]);
        let error = parser.eof_error(&[]);
        self.window.consume_all();
        self.syntax(error)
    }

    /// `<name …>`: reads it to its end, and returns its local name and its position among its siblings.
    fn start_tag(&mut self) -> Result<(super::Name, u64), Stop> {
        let scanned = loop {
            if self.shapes.scan(self.window.text(), &mut self.start) {
                break Scanned::Whole;
            }
            match self.start.scan(self.window.text()) {
                Scanned::Cut if self.fill()? => {}
                Scanned::Whole => {
                    self.learn_shape();
                    break Scanned::Whole;
                }
                scanned => break scanned,
            }
        };
        if scanned != Scanned::Whole {
            let end = self.tag_end()?;
            self.start.odd_name(&self.window.text()[..end]);
        }
        self.window.consume(self.start.length);
        if self.start.length > MAX_TEXT {
            return Err(too_long());
        }
        if self.open.len() >= MAX_DEPTH {
            return self.stop(&LIMIT, format!("more than {MAX_DEPTH} elements inside each other"));
        }
        let tag = self.window.behind(self.start.length);
        let name = &tag[self.start.local_start..self.start.name_end];
        if name.len() > MAX_NAME {
            return self.stop(&LIMIT, format!("the name of an element has more than {MAX_NAME} bytes"));
        }
        let name = self.names.get(name);
        let position = match self.open.last_mut() {
            None if self.seen_root => return self.stop(&SYNTAX, "a second root element"),
            None => 1,
            Some(parent) => parent.children.next(&name),
        };
        self.seen_root = true;
        if scanned == Scanned::Whole {
            self.check_attributes()?;
        } else {
            self.odd_attributes()?;
        }
        if self.start.may_repeat
            && let Some(twice) = self.tag().repeated()
        {
            let message = format!("the attribute `{}` stands twice in one element", shorten(twice));
            return self.stop(&SYNTAX, message);
        }
        Ok((name, position))
    }

    /// Those that have attributes are often followed by others that are written alike.
    fn learn_shape(&mut self) {
        if !self.start.attributes.is_empty() {
            self.shapes.learn(&self.window.text()[..self.start.length], &self.start);
        }
    }

    fn odd_attributes(&mut self) -> Result<(), Stop> {
        let tag = self.window.behind(self.start.length);
        let read = self.start.odd_attributes(tag);
        self.check_attributes()?;
        match read {
            Ok(()) => Ok(()),
            Err(OddFault::Syntax(message)) => self.stop(&SYNTAX, message),
            Err(OddFault::Many) => self.stop(&LIMIT, format!("an element with more than {MAX_ATTRIBUTES} attributes")),
        }
    }

    /// Looks for characters in the values that are not allowed.
    fn check_attributes(&self) -> Result<(), Stop> {
        for value in self.tag().suspects() {
            self.check(&Suspect::of(value))?;
        }
        Ok(())
    }

    /// Where something stands that `search` finds in the bytes from the next one on.
    pub(super) fn find(&mut self, search: impl Fn(&[u8]) -> Option<usize>) -> Result<Option<usize>, Stop> {
        loop {
            if let Some(at) = search(self.window.bytes()) {
                return Ok(Some(at));
            }
            if !self.fill()? {
                return Ok(None);
            }
        }
    }

    fn syntax<T>(&self, error: SyntaxError) -> Result<T, Stop> {
        self.not_well_formed(&Error::Syntax(error))
    }

    pub(super) fn ill_formed<T>(&self, error: IllFormedError) -> Result<T, Stop> {
        self.not_well_formed(&Error::IllFormed(error))
    }

    fn not_well_formed<T>(&self, error: &Error) -> Result<T, Stop> {
        self.stop(&SYNTAX, format!("not well-formed: {}", shorten(&error.to_string())))
    }
}

const fn is_after_xml(byte: u8) -> bool {
    is_blank(byte) || byte == b'?'
}
