//! Start tags as readers get them: lent, or to keep.

use std::num::NonZeroU64;
use std::rc::Rc;

use super::number::plain_number;
use super::path::{Name, Step, pointer};
use super::tag::{Attribute, Start};
use crate::diagnostics::codes::{OUT_OF_RANGE, UNKNOWN_WORD};
use crate::diagnostics::{Code, Diagnostic, LineColumn};
use crate::model::{Elapsed, Pointer, Unit};
use crate::source::Diags;

/// The start tag at the cursor, lent: for readers that pass over most elements.
///
/// See the [example](mod@crate::source#example).
#[derive(Clone, Copy, Debug)]
pub struct Tag<'x> {
    text: &'x str,
    start: &'x Start,
}

impl<'x> Tag<'x> {
    pub(super) fn new(text: &'x str, start: &'x Start) -> Tag<'x> {
        Tag { text, start }
    }

    /// Its local name, without namespace prefix.
    pub fn name(self) -> &'x str {
        &self.text[self.start.local_start..self.start.name_end]
    }

    /// The value of an attribute, by local name.
    pub fn attr(self, name: &str) -> Option<&'x str> {
        let Tag { text, start } = self;
        let attribute = start.attributes.iter().find(|at| at.has_key(text, &start.beside, name))?;
        Some(attribute.value(text, &start.beside))
    }

    /// Whether it is an empty-element tag, `<name/>`.
    pub fn is_empty(self) -> bool {
        self.start.is_empty
    }

    /// All attributes in the order of the text.
    pub fn attributes(self) -> impl Iterator<Item = (&'x str, &'x str)> {
        let Tag { text, start } = self;
        start.attributes.iter().map(|at| (at.key(text, &start.beside), at.value(text, &start.beside)))
    }

    /// A number that all tags have which have the same attributes in the same order; `None` where that is not known.
    /// Others may have another one all the same.
    pub(crate) fn shape(self) -> Option<NonZeroU64> {
        NonZeroU64::new(self.start.shape)
    }

    /// The value of the attribute that stands at this place among all, from 0.
    pub(crate) fn value(self, index: usize) -> Option<&'x str> {
        self.start.attributes.get(index).map(|attribute| attribute.value(self.text, &self.start.beside))
    }

    /// The values in which a character may stand that XML does not allow.
    pub(super) fn suspects(self) -> impl Iterator<Item = &'x str> {
        let Tag { text, start } = self;
        start.attributes.iter().filter(|at| at.is_suspect).map(|at| at.value(text, &start.beside))
    }

    /// An attribute that stands twice.
    pub(super) fn repeated(self) -> Option<&'x str> {
        let Tag { text, start } = self;
        if start.attributes.len() <= 16 {
            let mut rest = start.attributes.iter().map(|at| at.key(text, &start.beside));
            while let Some(key) = rest.next() {
                if rest.clone().any(|other| other == key) {
                    return Some(key);
                }
            }
            return None;
        }
        let mut keys: Vec<&str> = self.attributes().map(|(key, _)| key).collect();
        keys.sort_unstable();
        keys.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0])
    }

    /// What an element of its own keeps of it, in the memory of one that is not needed any more.
    pub(super) fn keep(self, (mut text, mut attributes): (String, Vec<Attribute>)) -> (String, usize, Vec<Attribute>) {
        text.clear();
        text.reserve_exact(self.text.len() + self.start.beside.len());
        text.push_str(self.text);
        text.push_str(&self.start.beside);
        attributes.clear();
        attributes.reserve_exact(self.start.attributes.len());
        attributes.extend_from_slice(&self.start.attributes);
        (text, self.text.len(), attributes)
    }
}

/// A start tag to keep.
///
/// See the [example](mod@crate::source#example).
#[derive(Debug)]
pub struct Element {
    /// Its local name, without namespace prefix.
    pub name: Name,
    /// Where its tag ends.
    pub place: LineColumn,
    /// The tag, and behind it what its attributes mean where that is not what is written.
    pub(super) text: String,
    /// Where the tag ends in `text`.
    pub(super) split: usize,
    pub(super) attributes: Vec<Attribute>,
    pub(super) outer: Option<Rc<Step>>,
    pub(super) position: u64,
    pub(super) diags: Diags,
}

impl Element {
    /// Its path, with positions among siblings of the same name: `/testsuites/testsuite[2]`.
    pub fn pointer(&self) -> Pointer {
        pointer(self.outer.as_deref(), &self.name, self.position)
    }

    /// The value of an attribute, by local name.
    pub fn attr(&self, name: &str) -> Option<&str> {
        let (tag, beside) = self.text.split_at(self.split);
        let attribute = self.attributes.iter().find(|at| at.has_key(tag, beside, name))?;
        Some(attribute.value(tag, beside))
    }

    /// As [`Element::attr`], owned, `None` where it is blank.
    pub fn filled(&self, name: &str) -> Option<String> {
        self.attr(name).filter(|value| !value.trim().is_empty()).map(ToOwned::to_owned)
    }

    /// All attributes in the order of the text.
    pub fn attributes(&self) -> impl Iterator<Item = (&str, &str)> {
        let (tag, beside) = self.text.split_at(self.split);
        self.attributes.iter().map(move |at| (at.key(tag, beside), at.value(tag, beside)))
    }

    /// A count; what is none is reported, a blank one is absent.
    pub fn count(&self, name: &str) -> Option<u64> {
        let text = self.attr(name)?.trim();
        if text.is_empty() {
            return None;
        }
        match text.parse() {
            Ok(count) => Some(count),
            Err(_) => self
                .reject(&OUT_OF_RANGE, format!("`{name}=\"{}\"` is not a count", crate::source::json::shorten(text))),
        }
    }

    /// A time in `unit`; what is none is reported, a blank one is absent. Separators of thousands (`1,234.5`) and
    /// a decimal comma (`0,083`) are read.
    pub fn elapsed(&self, name: &str, unit: Unit) -> Option<Elapsed> {
        let text = self.attr(name)?.trim();
        if text.is_empty() {
            return None;
        }
        match plain_number(text).and_then(|n| Elapsed::from_f64(n, unit).ok()) {
            Some(elapsed) => Some(elapsed),
            None => {
                self.reject(&OUT_OF_RANGE, format!("`{name}=\"{}\"` is not a time", crate::source::json::shorten(text)))
            }
        }
    }

    /// A word of a fixed list, in any case; one that is not in it is reported, with the words that are.
    pub fn word<T: Copy>(&self, name: &str, words: &[(&str, T)]) -> Option<T> {
        let text = self.attr(name)?.trim();
        if let Some((_, value)) = words.iter().find(|(word, _)| word.eq_ignore_ascii_case(text)) {
            return Some(*value);
        }
        let list: Vec<String> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
        let message = format!("unknown word `{}` in `{name}`", crate::source::json::shorten(text));
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
        Diagnostic::new(code, message).at(self.pointer()).at_line(self.place)
    }
}
