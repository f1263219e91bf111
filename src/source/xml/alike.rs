//! Elements that are written alike, one behind the other, and elements with nothing but text in them: passed over without
//! the bookkeeping that one by itself needs.
//!
//! Nothing is passed over that is not well-formed, or about which anything would be reported: that is left for the walk.

use memchr::memmem;

use super::tag::is_blank;
use super::text::{Suspect, named, resolve};
use super::{MAX_DEPTH, Tag, Xml};

/// Bytes of the longest reference that is resolved here, `&#x10FFFF;`.
const MAX_REFERENCE: usize = 10;

impl Xml<'_> {
    /// Passes over elements that follow here, have this local name, have the attributes that another one before had,
    /// are empty but for elements of the names in `inner` with text, and that `takes` takes; it is shown each of them once,
    /// with its position among its siblings of that name. The first other one is left for [`Xml::advance`].
    pub(crate) fn pass_alike(&mut self, name: &str, inner: &[&str], mut takes: impl FnMut(Tag<'_>, u64) -> bool) {
        if self.closing || self.open.len() + 2 > MAX_DEPTH {
            return;
        }
        let (Some(parent), Some(shape)) = (self.open.last_mut(), self.shapes.of(name)) else { return };
        let name = self.names.get(name);
        let before = parent.children.count(&name);
        let mut count = 0;
        loop {
            let text = self.window.text();
            let blank = text.bytes().take_while(|byte| is_blank(*byte)).count();
            let text = &text[blank..];
            if !shape.scan(text, &mut self.start) {
                break;
            }
            let tag = Tag::new(&text[..self.start.length], &self.start);
            let rest = match self.start.is_empty {
                true => Some(0),
                false => only(&text[self.start.length..], shape.full_name(), inner),
            };
            let Some(rest) = rest.filter(|_| !is_suspect(tag) && takes(tag, before + count + 1)) else { break };
            count += 1;
            self.window.consume(blank + self.start.length + rest);
        }
        if count > 0 {
            parent.children.add(&name, count);
        }
    }

    /// Leaves the element that was just opened if nothing stands in it but elements of the names in `inner` with text.
    /// Where there is anything else, or its end is not here, the cursor stays.
    pub(crate) fn pass_only(&mut self, inner: &[&str]) -> bool {
        if self.closing || self.open.len() + 1 > MAX_DEPTH {
            return false;
        }
        let Some(open) = self.open.last() else { return false };
        let Some(length) = only(self.window.text(), &self.full_names[open.full_name..], inner) else { return false };
        self.window.consume(length);
        self.leave();
        true
    }
}

/// Whether a value holds a character that XML does not allow.
fn is_suspect(tag: Tag<'_>) -> bool {
    tag.suspects().any(|value| Suspect::of(value) != Suspect::default())
}

/// The length of the rest of an element of this name, its end tag included, if nothing stands in it but elements of the
/// names in `inner` with text.
fn only(text: &str, name: &str, inner: &[&str]) -> Option<usize> {
    let mut rest = text;
    loop {
        let tag = rest.trim_start_matches([' ', '\n', '\t']).strip_prefix('<')?;
        if let Some(end) = tag.strip_prefix('/') {
            let rest = end.strip_prefix(name)?.strip_prefix('>')?;
            return Some(text.len() - rest.len());
        }
        let (name, content) = inner.iter().find_map(|name| Some((name, tag.strip_prefix(name)?.strip_prefix('>')?)))?;
        rest = passed(content)?.strip_prefix(name)?.strip_prefix('>')?;
    }
}

/// What follows a text and the `</` behind it, if it has neither references that cannot be resolved nor NUL in it.
fn passed(text: &str) -> Option<&str> {
    let mut rest = text;
    loop {
        let at = memchr::memchr3(b'<', b'&', 0, rest.as_bytes())?;
        rest = &rest[at..];
        if let Some(reference) = rest.strip_prefix('&') {
            let length = match named(reference.as_bytes()) {
                Some((_, length)) => length,
                None => {
                    let end = reference.bytes().take(MAX_REFERENCE).position(|byte| byte == b';')?;
                    resolve(&reference[..end])?;
                    end + 1
                }
            };
            rest = &reference[length..];
        } else if let Some(characters) = rest.strip_prefix("<![CDATA[") {
            let end = memmem::find(characters.as_bytes(), b"]]>")?;
            if characters.as_bytes()[..end].contains(&0) {
                return None;
            }
            rest = &characters[end + 3..];
        } else {
            return rest.strip_prefix("</");
        }
    }
}
