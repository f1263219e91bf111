//! An element with all that is in it.

use super::{Element, Xml, XmlEvent};
use crate::diagnostics::codes::SYNTAX;
use crate::source::Stop;

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
    fn new(element: Element) -> XmlTree {
        XmlTree { element, children: Vec::new(), text: String::new() }
    }

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
        self.child(name)?.filled_text()
    }

    /// The text in it, trimmed; `None` where it is blank.
    pub fn filled_text(&self) -> Option<String> {
        let text = self.text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }
}

impl Xml<'_> {
    /// Takes all that is in an element that was just opened, up to its end tag.
    ///
    /// # Errors
    /// As [`Xml::next`].
    pub fn tree(&mut self, element: Element) -> Result<XmlTree, Stop> {
        let mut open: Vec<XmlTree> = Vec::new();
        let mut innermost = XmlTree::new(element);
        loop {
            match self.next_after(&mut innermost.text)? {
                XmlEvent::Open(element) => open.push(std::mem::replace(&mut innermost, XmlTree::new(element))),
                XmlEvent::Close(_) => {
                    let Some(mut outer) = open.pop() else { return Ok(innermost) };
                    std::mem::swap(&mut outer, &mut innermost);
                    innermost.children.push(outer);
                }
                XmlEvent::End => return self.stop(&SYNTAX, "the XML text ends inside of an element"),
            }
        }
    }
}
