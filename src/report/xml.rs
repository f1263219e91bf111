//! A writer of XML: elements in lines of their own, indented by four spaces, passed on piece by piece.
//!
//! ```text
//! <?xml version="1.0" encoding="UTF-8"?>
//! <list>
//!     <item name="a"/>
//!     <item name="b">text</item>
//! </list>
//! ```
//!
//! Markup in texts is escaped here. Characters that XML 1.0 cannot hold are not: texts have passed
//! [`visible`](crate::safety::visible) before, which shows them, ANSI sequences and carriage returns among them.

use std::fmt::{self, Write};
use std::io;

use crate::safety::json::PIECE;
use crate::safety::refer;
use crate::safety::visible::is_hidden;

/// The end of a line, and what stands before an element that is as deep as elements of reports are.
const INDENT: &str = "\n                        ";
/// How much deeper an element stands than the one around it.
const STEP: usize = 4;

/// A document that is being written.
pub(super) struct Writer<'o> {
    to: &'o mut dyn io::Write,
    /// Whether all that was passed on was taken.
    taken: io::Result<()>,
    /// What was not passed on yet.
    out: String,
    /// The elements that are open, outermost first.
    open: Vec<&'static str>,
    place: Place,
}

/// What the document ends with so far.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// A start tag that still takes attributes.
    Tag,
    /// A whole tag: the next one stands in a line of its own.
    Line,
    /// Text: the next tag follows at once, since a line break would be text too.
    Text,
}

impl<'o> Writer<'o> {
    /// A document of nothing but its declaration.
    pub(super) fn new(to: &'o mut dyn io::Write) -> Writer<'o> {
        let out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>".to_owned();
        Writer { to, taken: Ok(()), out, open: Vec::new(), place: Place::Line }
    }

    /// Begins an element.
    pub(super) fn open(&mut self, name: &'static str) -> &mut Self {
        self.start_tag();
        self.out.push('<');
        self.out.push_str(name);
        self.open.push(name);
        self.place = Place::Tag;
        self
    }

    /// An attribute of the element that was just begun. Readers see line feeds in it as spaces.
    pub(super) fn attribute(&mut self, name: &str, value: &str) -> &mut Self {
        self.start_attribute(name);
        escape(&mut self.out, value);
        self.out.push('"');
        self
    }

    /// An attribute whose value a function writes, in which nothing is special.
    pub(super) fn plain_attribute(&mut self, name: &str, write: impl FnOnce(&mut String)) -> &mut Self {
        self.start_attribute(name);
        let start = self.out.len();
        write(&mut self.out);
        let value = &self.out[start..];
        debug_assert!(!value.contains(['<', '>', '&', '"', '\'', '\n']), "{value:?} has to be escaped");
        self.out.push('"');
        self
    }

    /// An attribute whose value is put together as it is written.
    pub(super) fn attribute_of(&mut self, name: &str, value: impl fmt::Display) -> &mut Self {
        self.start_attribute(name);
        // Writing into a `String` cannot fail.
        let _ = write!(Attribute(&mut self.out), "{value}");
        self.out.push('"');
        self
    }

    /// Text in the element that was begun last and not ended; an empty one gives it an end tag of its own.
    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        self.end_start_tag();
        escape(&mut self.out, text);
        self.place = Place::Text;
        self
    }

    /// Markup that is always the same, written as it stands, its own line breaks included.
    pub(super) fn markup(&mut self, markup: &'static str) -> &mut Self {
        self.end_start_tag();
        self.out.push_str(markup);
        self.place = Place::Text;
        self
    }

    /// Ends the element that was begun last and not ended.
    pub(super) fn close(&mut self) -> &mut Self {
        let name = self.open.pop().expect("an element is open");
        if self.place == Place::Tag {
            self.out.push_str("/>");
        } else {
            self.start_tag();
            self.out.push_str("</");
            self.out.push_str(name);
            self.out.push('>');
        }
        self.place = Place::Line;
        if self.out.len() >= PIECE {
            self.pass_on();
        }
        self
    }

    /// Ends the document, once every element is ended.
    ///
    /// # Errors
    /// Some of it was not taken.
    pub(super) fn finish(mut self) -> io::Result<()> {
        debug_assert!(self.open.is_empty(), "{:?} are open", self.open);
        self.out.push('\n');
        self.pass_on();
        self.taken
    }

    fn pass_on(&mut self) {
        if self.taken.is_ok() {
            self.taken = self.to.write_all(self.out.as_bytes());
        }
        self.out.clear();
    }

    /// Goes to where a tag may stand.
    fn start_tag(&mut self) {
        self.end_start_tag();
        if self.place != Place::Text {
            let depth = STEP * self.open.len();
            let at_once = depth.min(INDENT.len() - 1);
            self.out.push_str(&INDENT[..=at_once]);
            self.out.extend(std::iter::repeat_n(' ', depth - at_once));
        }
    }

    fn end_start_tag(&mut self) {
        if self.place == Place::Tag {
            self.out.push('>');
            self.place = Place::Line;
        }
    }

    fn start_attribute(&mut self, name: &str) {
        debug_assert!(self.place == Place::Tag, "{name} stands in no start tag");
        self.out.push(' ');
        self.out.push_str(name);
        self.out.push_str("=\"");
    }
}

/// The value of an attribute, escaped as it comes.
struct Attribute<'w>(&'w mut String);

impl Write for Attribute<'_> {
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        escape(self.0, piece);
        Ok(())
    }
}

/// Writes a text, with references in place of what is special in text or in an attribute.
fn escape(out: &mut String, text: &str) {
    debug_assert!(!text.contains(|c| c != '\n' && is_hidden(c)), "{text:?} has not been made visible");
    refer(out, text, &[(b'<', "&lt;"), (b'>', "&gt;"), (b'&', "&amp;"), (b'"', "&quot;"), (b'\'', "&apos;")]);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use quick_xml::XmlVersion;
    use quick_xml::escape::resolve_predefined_entity;
    use quick_xml::events::Event;

    use super::*;
    use crate::safety::visible::block;

    /// What stands in an element `a` that the closure fills.
    #[track_caller]
    fn check(fill: impl FnOnce(&mut Writer<'_>), expected: &str) {
        let expected = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{expected}\n");
        assert_eq!(written(|xml| fill(xml.open("a"))), expected);
    }

    /// The document of which `fill` begins the root and what is in it.
    fn written(fill: impl FnOnce(&mut Writer<'_>)) -> String {
        let mut out = Vec::new();
        let mut xml = Writer::new(&mut out);
        fill(&mut xml);
        xml.close();
        xml.finish().expect("memory takes all");
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn a_long_document_is_passed_on_in_pieces() {
        let many = PIECE / 10;
        let whole = written(|xml| {
            xml.open("a");
            (0..many).for_each(|n| _ = xml.open("b").attribute_of("n", n).close());
        });
        let rows = (0..many).map(|n| format!("    <b n=\"{n}\"/>\n")).collect::<String>();
        assert_eq!(whole, format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a>\n{rows}</a>\n"));
    }

    #[test]
    fn what_is_not_taken_is_told_at_the_end() {
        let mut full: &mut [u8] = &mut [0; 100];
        let mut xml = Writer::new(&mut full);
        xml.open("a").attribute("b", &"c".repeat(100)).close();
        xml.finish().expect_err("there is room for 100 bytes");
    }

    #[test]
    fn an_element_without_content_is_one_tag() {
        check(|_| {}, "<a/>");
        check(
            |xml| _ = xml.attribute("b", "c").attribute_of("d", 1).plain_attribute("e", |out| out.push('f')),
            "<a b=\"c\" d=\"1\" e=\"f\"/>",
        );
    }

    #[test]
    fn elements_stand_in_lines_of_their_own() {
        check(|xml| _ = xml.open("b").close().open("b").close(), "<a>\n    <b/>\n    <b/>\n</a>");
        check(|xml| _ = xml.open("b").open("c").close().close(), "<a>\n    <b>\n        <c/>\n    </b>\n</a>");
    }

    #[test]
    fn no_white_space_is_added_to_text() {
        check(|xml| _ = xml.text("b\nc"), "<a>b\nc</a>");
        check(|xml| _ = xml.text(""), "<a></a>");
        check(|xml| _ = xml.text("b").open("c").close().open("d").close(), "<a>b<c/>\n    <d/>\n</a>");
    }

    #[test]
    fn markup_stands_as_it_is() {
        check(|xml| _ = xml.open("b").close().markup("\n<c/>"), "<a>\n    <b/>\n<c/></a>");
        check(|xml| _ = xml.markup("<c>&amp;</c>"), "<a><c>&amp;</c></a>");
    }

    #[test]
    fn what_is_special_is_escaped() {
        check(|xml| _ = xml.text("<b c=\"d\">'&amp;]]>é"), "<a>&lt;b c=&quot;d&quot;&gt;&apos;&amp;amp;]]&gt;é</a>");
        check(|xml| _ = xml.attribute("b", "<c d=\"e\">'&é\n"), "<a b=\"&lt;c d=&quot;e&quot;&gt;&apos;&amp;é\n\"/>");
        check(|xml| _ = xml.attribute_of("b", format_args!("{}<{:?}", "&", "c")), "<a b=\"&amp;&lt;&quot;c&quot;\"/>");
    }

    #[test]
    #[cfg(debug_assertions)]
    #[should_panic(expected = "has not been made visible")]
    fn text_that_hides_something_is_noticed() {
        Writer::new(&mut io::sink()).open("a").text("b\u{1b}[31m");
    }

    /// Any text, and such as is made of what is special.
    fn texts() -> impl Strategy<Value = String> {
        prop_oneof![any::<String>(), "[<>&\"'\n;\\]a#x0-9é]{0,12}"]
    }

    /// The root element of a document: the values of its attributes, and the text in it.
    fn read(document: &str) -> quick_xml::Result<(Vec<String>, String)> {
        let (mut values, mut text) = (Vec::new(), String::new());
        let mut reader = quick_xml::Reader::from_str(document);
        let mut depth = 0;
        loop {
            match reader.read_event()? {
                Event::Start(tag) => {
                    for attribute in tag.attributes() {
                        values.push(attribute?.normalized_value(XmlVersion::Explicit1_0)?.into_owned());
                    }
                    depth += 1;
                }
                Event::End(_) => depth -= 1,
                Event::Text(piece) if depth > 0 => text.push_str(&piece.xml10_content()),
                Event::GeneralRef(name) => text.push_str(resolve_predefined_entity(&name).expect("a known name")),
                Event::Eof => return Ok((values, text)),
                _ => {}
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_is_written_reads_back(text in texts(), value in texts()) {
            let (text, value) = (block(&text), block(&value));
            let document = written(|xml| {
                xml.open("a").attribute("b", &value).attribute_of("c", format_args!("{value}-{value}"));
                xml.text(&text);
            });
            let as_read = value.replace('\n', " ");
            let expected = (vec![as_read.clone(), format!("{as_read}-{as_read}")], text.into_owned());
            prop_assert_eq!(read(&document)?, expected);
        }
    }
}
