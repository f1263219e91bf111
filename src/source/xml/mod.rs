//! XML artifacts: events with element paths, and small trees of single records.
//!
//! The document is looked at through a window: no more of it is held than one tag, and texts that a reader takes.
//! A tag is taken apart where it stands; a text that nobody takes is passed over.
//! What is not written in the usual way (a document type, attributes that are no attributes) is left to quick-xml,
//! so that there is one opinion of what is well-formed.
//!
//! No entity is ever expanded but the five predefined ones and character references, nothing is fetched,
//! and a document type that declares entities is refused.

mod alike;
mod element;
mod markup;
mod memory;
mod number;
mod odd;
mod path;
mod shape;
mod tag;
#[cfg(test)]
mod tests;
mod text;
mod tree;
mod window;

use std::mem::take;
use std::rc::Rc;

pub use element::{Element, Tag};
pub(crate) use number::plain_number;
pub use path::Name;
pub use tree::XmlTree;

use self::memory::Memory;
use self::path::{Children, SharedNames, Step, path};
use self::shape::Shapes;
use self::tag::{Attribute, Start};
use self::text::Passed;
use self::window::{Fault, Window};
use super::hashing::Append;
use super::{Diags, Exceeded, Stop};
use crate::diagnostics::codes::{BAD_ENCODING, REPAIRED, SYNTAX};
use crate::diagnostics::{Code, Diagnostic, LineColumn};
use crate::model::Pointer;

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
    /// The end of the document.
    End,
}

/// Where the cursor has come to.
///
/// See the [example](mod@crate::source#example).
#[derive(Debug)]
pub enum Mark {
    /// Behind a start tag: [`Xml::tag`], [`Xml::element`].
    Open,
    /// Behind the end tag of an element, with its local name.
    Close(Name),
    /// The end of the document.
    End,
}

/// A cursor over an XML document.
///
/// See the [example](mod@crate::source#example).
pub struct Xml<'i> {
    window: Window<'i>,
    open: Vec<Open>,
    /// The names of the elements that are open, with their prefixes, one behind the other.
    full_names: String,
    /// The start tag that was met last.
    start: Start,
    /// How such tags were written that others may be like.
    shapes: Shapes,
    /// Whether the element that was opened last is empty, and still to be closed.
    closing: bool,
    /// Whether nobody wants what is passed over.
    skipping: bool,
    seen_start: bool,
    seen_root: bool,
    names: SharedNames,
    /// The memory of an element that is not needed any more.
    done_with: (String, Vec<Attribute>),
    /// Empty counts, with the memory of elements that were left.
    spare: Vec<Children>,
    diags: Diags,
}

/// An element that is open.
struct Open {
    name: Name,
    position: u64,
    /// Where its name starts in [`Xml::full_names`].
    full_name: usize,
    /// Itself as a step of a path, once an element in it is kept.
    step: Option<Rc<Step>>,
    children: Children,
}

impl<'i> Xml<'i> {
    pub(super) fn new(head: Vec<u8>, input: Box<dyn Append + 'i>, diags: Diags) -> Xml<'i> {
        let Memory { open, full_names, start, shapes, names, done_with, spare } = Memory::take();
        Xml {
            window: Window::new(head, input),
            open,
            full_names,
            start,
            shapes,
            closing: false,
            skipping: false,
            seen_start: false,
            seen_root: false,
            names,
            done_with,
            spare,
            diags,
        }
    }

    /// The next event. Text before it is passed over.
    ///
    /// # Errors
    /// The text is not well-formed, or exceeds a limit.
    #[expect(clippy::should_implement_trait, reason = "it fails, and its end is an event")]
    pub fn next(&mut self) -> Result<XmlEvent, Stop> {
        let mark = self.advance()?;
        Ok(self.event(mark))
    }

    /// As [`Xml::next`]; the text before it is added to `text`, references resolved.
    ///
    /// # Errors
    /// As [`Xml::next`].
    pub fn next_after(&mut self, text: &mut String) -> Result<XmlEvent, Stop> {
        let mark = self.advance_after(text)?;
        Ok(self.event(mark))
    }

    /// As [`Xml::next`], for readers that look at start tags where they stand.
    ///
    /// # Errors
    /// As [`Xml::next`].
    pub fn advance(&mut self) -> Result<Mark, Stop> {
        self.walk(None)
    }

    /// As [`Xml::next_after`], for readers that look at start tags where they stand.
    ///
    /// # Errors
    /// As [`Xml::next`].
    pub fn advance_after(&mut self, text: &mut String) -> Result<Mark, Stop> {
        self.walk(Some(text))
    }

    fn event(&mut self, mark: Mark) -> XmlEvent {
        match mark {
            Mark::Open => XmlEvent::Open(self.element()),
            Mark::Close(name) => XmlEvent::Close(name),
            Mark::End => XmlEvent::End,
        }
    }

    /// The start tag at the cursor, where [`Mark::Open`] was the last mark.
    pub fn tag(&self) -> Tag<'_> {
        Tag::new(self.window.behind(self.start.length), &self.start)
    }

    /// As [`Xml::tag`], to keep.
    pub fn element(&mut self) -> Element {
        let place = self.window.settled_place();
        let outer = self.step();
        let memory = take(&mut self.done_with);
        let (text, split, attributes) = self.tag().keep(memory);
        let (name, position) = match self.open.last() {
            Some(open) => (open.name.clone(), open.position),
            None => (self.names.get(""), 1),
        };
        Element { name, place, text, split, attributes, outer, position, diags: self.diags.clone() }
    }

    /// Takes the memory of an element for the next one, where there are very many.
    pub(crate) fn done_with(&mut self, element: Element) {
        self.done_with = (element.text, element.attributes);
    }

    /// The step that leads to the innermost element but one.
    fn step(&mut self) -> Option<Rc<Step>> {
        let (_, outer) = self.open.split_last_mut()?;
        if let Some(step) = outer.last()?.step.as_ref() {
            return Some(step.clone());
        }
        let mut last: Option<Rc<Step>> = None;
        for open in outer {
            let step =
                open.step.get_or_insert_with(|| Rc::new(Step::new(last.take(), open.name.clone(), open.position)));
            last = Some(step.clone());
        }
        last
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
            match self.advance()? {
                Mark::Open => depth += 1,
                Mark::Close(_) => depth -= 1,
                Mark::End => return self.stop(&SYNTAX, "the XML text ends inside of an element"),
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
        self.window.place()
    }

    /// Stops reading with a diagnostic at the current place.
    ///
    /// # Errors
    /// Always.
    pub fn stop<T>(&self, code: &'static Code, message: impl Into<String>) -> Result<T, Stop> {
        let diagnostic = Diagnostic::new(code, message).at(self.pointer()).at_line(self.place());
        Err(Stop(Box::new(diagnostic)))
    }

    /// The path of the innermost element that is open.
    pub(crate) fn pointer(&self) -> Pointer {
        Pointer::path(path(self.open.iter().map(|open| (open.name.as_str(), open.position))))
    }

    /// Enters the element whose start tag is at the cursor.
    fn enter(&mut self, name: Name, position: u64) {
        let full_name = self.full_names.len();
        self.closing = self.start.is_empty;
        if !self.closing {
            let tag = self.window.behind(self.start.length);
            self.full_names.push_str(&tag[1..self.start.name_end]);
        }
        let children = self.spare.pop().unwrap_or_default();
        self.open.push(Open { name, position, full_name, step: None, children });
    }

    /// Leaves the innermost element.
    fn leave(&mut self) -> Mark {
        match self.open.pop() {
            Some(mut open) => {
                self.full_names.truncate(open.full_name);
                open.children.clear();
                self.spare.push(open.children);
                Mark::Close(open.name)
            }
            None => Mark::Close(self.names.get("")),
        }
    }

    /// Looks at a text that has come to its end: text has no place outside of the root, and no NUL anywhere.
    /// Other characters that XML 1.0 does not allow are kept (real tools write them) with a note.
    fn settle(&self, passed: &Passed) -> Result<(), Stop> {
        if self.open.is_empty() {
            return match passed.is_blank {
                true => Ok(()),
                false => self.stop(&SYNTAX, "text stands outside of the root element"),
            };
        }
        self.check(&passed.suspect)
    }

    fn check(&self, suspect: &text::Suspect) -> Result<(), Stop> {
        if suspect.has_nul {
            return self.stop(&SYNTAX, "a NUL character is not allowed in XML");
        }
        if let Some(char) = suspect.first {
            let message = format!("the character U+{:04X} is not allowed in XML", u32::from(char));
            self.diags.push(Diagnostic::new(&REPAIRED, message).at(self.pointer()).at_line(self.place()));
        }
        Ok(())
    }

    /// Reads on; false where nothing more follows.
    fn fill(&mut self) -> Result<bool, Stop> {
        if self.window.bytes().len() > MAX_TEXT {
            return Err(too_long());
        }
        match self.window.fill() {
            Ok(more) => Ok(more),
            Err(Fault::Io(error)) => Err(Stop::io(&error)),
            Err(Fault::Encoding) => {
                self.window.consume_all();
                let message = "a byte that is not UTF-8 stands here, and the file declares no other encoding";
                self.stop(&BAD_ENCODING, message)
            }
        }
    }
}

impl Drop for Xml<'_> {
    fn drop(&mut self) {
        Memory {
            open: take(&mut self.open),
            full_names: take(&mut self.full_names),
            start: take(&mut self.start),
            shapes: take(&mut self.shapes),
            names: take(&mut self.names),
            done_with: take(&mut self.done_with),
            spare: take(&mut self.spare),
        }
        .keep();
    }
}

fn too_long() -> Stop {
    let message = format!("one tag or text is longer than {} MiB", MAX_TEXT / 1024 / 1024);
    Stop::io(&std::io::Error::other(Exceeded(message)))
}
