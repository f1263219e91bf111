//! A text as the patterns look at it: without what hides, and with escapes decoded; every byte knows where it came from.

use std::borrow::Cow;
use std::ops::Range;

use super::traits::residue;
use crate::safety::visible;

/// A text that patterns are matched against.
pub struct View<'t> {
    /// The text.
    pub text: Cow<'t, str>,
    /// Where parts of the text, in their order, stand in the original, and last where both end;
    /// `None` where it is the original.
    parts: Option<Vec<Part>>,
}

/// From where on a text is what stands in the original from another place on, up to the next part.
#[derive(Clone, Copy)]
struct Part {
    at: usize,
    origin: usize,
}

impl<'t> View<'t> {
    /// The original itself.
    pub const fn whole(text: &'t str) -> View<'t> {
        View { text: Cow::Borrowed(text), parts: None }
    }

    /// This view without terminal sequences and invisible characters, which can stand in the middle of a secret or its name;
    /// `None` where there are none.
    pub fn stripped(&self) -> Option<View<'t>> {
        let text: &str = &self.text;
        self.replaced(text.char_indices().filter_map(|(at, c)| {
            let rest = &text[at..];
            let sequence = || visible::sequence(rest).or_else(|| residue(rest.as_bytes()));
            match c {
                ' '..='Z' | '\\'..='~' | '\n' | '\r' | '\t' => None,
                _ => {
                    sequence().or_else(|| visible::is_hidden(c).then(|| c.len_utf8())).map(|length| (at, length, None))
                }
            }
        }))
    }

    /// This view with percent, backslash and entity escapes decoded once; `None` where there are none.
    pub fn decoded(&self) -> Option<View<'t>> {
        let text: &str = &self.text;
        self.replaced(memchr::memchr3_iter(b'%', b'\\', b'&', text.as_bytes()).filter_map(|at| {
            let rest = &text[at..];
            let (c, length) = match rest.as_bytes()[0] {
                b'%' => percent(rest),
                b'\\' => backslash(rest),
                _ => entity(rest),
            }?;
            Some((at, length, Some(c)))
        }))
    }

    /// This view with what stands at some places, given with its length, left out or replaced; `None` where there are
    /// no such places. Those that stand inside of one before are passed over.
    fn replaced(&self, places: impl Iterator<Item = (usize, usize, Option<char>)>) -> Option<View<'t>> {
        let mut places = places.peekable();
        places.peek()?;
        let mut out = Builder { text: String::with_capacity(self.text.len()), parts: Vec::new() };
        let mut done = 0;
        for (at, length, c) in places {
            if at < done {
                continue;
            }
            out.copy(self, done..at);
            if let Some(c) = c {
                out.parts.push(Part { at: out.text.len(), origin: self.origin(at) });
                out.text.push(c);
            }
            done = at + length;
        }
        out.copy(self, done..self.text.len());
        out.parts.push(Part { at: out.text.len(), origin: self.origin(self.text.len()) });
        Some(View { text: Cow::Owned(out.text), parts: Some(out.parts) })
    }

    /// A range of this view in the original.
    pub fn in_original(&self, range: &Range<usize>) -> Range<usize> {
        self.origin(range.start)..self.origin(range.end)
    }

    fn origin(&self, at: usize) -> usize {
        let Some(parts) = &self.parts else { return at };
        let next = parts.partition_point(|part| part.at <= at);
        parts[..next].last().map_or(at, |part| part.origin + at - part.at)
    }
}

struct Builder {
    text: String,
    parts: Vec<Part>,
}

impl Builder {
    /// Adds a range of a view.
    fn copy(&mut self, view: &View<'_>, range: Range<usize>) {
        if range.is_empty() {
            return;
        }
        let at = self.text.len();
        self.parts.push(Part { at, origin: view.origin(range.start) });
        let parts = view.parts.as_deref().unwrap_or_default();
        let from = parts.partition_point(|part| part.at <= range.start);
        let inside = parts[from..].iter().take_while(|part| part.at < range.end);
        self.parts.extend(inside.map(|part| Part { at: at + part.at - range.start, origin: part.origin }));
        self.text.push_str(&view.text[range]);
    }
}

/// The character that percent escapes at the start of a text stand for, and their length.
fn percent(text: &str) -> Option<(char, usize)> {
    let byte = |i: usize| -> Option<u8> {
        let escape = text.get(3 * i..3 * i + 3)?.strip_prefix('%')?;
        u8::from_str_radix(escape, 16).ok().filter(|_| !escape.starts_with('+'))
    };
    let first = byte(0)?;
    let n = match first {
        0..=0x7f => 1,
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => return None,
    };
    let bytes: Vec<u8> = (0..n).map_while(byte).collect();
    let c = std::str::from_utf8(&bytes).ok()?.chars().next()?;
    Some((c, 3 * n))
}

/// The character that a backslash escape of JSON, JavaScript or Rust stands for, and its length.
fn backslash(text: &str) -> Option<(char, usize)> {
    let kind = text[1..].chars().next()?;
    let hex = |digits: &str| u32::from_str_radix(digits, 16).ok().and_then(char::from_u32);
    match kind {
        '"' | '\'' | '/' | '\\' => Some((kind, 2)),
        'n' => Some(('\n', 2)),
        'r' => Some(('\r', 2)),
        't' => Some(('\t', 2)),
        'x' => Some((hex(text.get(2..4)?)?, 4)),
        'u' => match text.get(2..)?.strip_prefix('{') {
            Some(rest) => {
                let digits = &rest[..rest.find('}').filter(|n| *n <= 6)?];
                Some((hex(digits)?, digits.len() + 4))
            }
            None => Some((hex(text.get(2..6)?)?, 6)),
        },
        _ => None,
    }
}

/// The character that an entity or character reference stands for, and its length.
fn entity(text: &str) -> Option<(char, usize)> {
    let end = text.bytes().take(12).position(|byte| byte == b';')?;
    let c = match &text[1..end] {
        "amp" | "AMP" => '&',
        "lt" | "LT" => '<',
        "gt" | "GT" => '>',
        "quot" | "QUOT" => '"',
        "apos" => '\'',
        "colon" => ':',
        "equals" => '=',
        "commat" => '@',
        "sol" => '/',
        name => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?)?
        }
    };
    Some((c, end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hides_is_taken_out_and_found_again() {
        let text = "pa\u{200b}ss\u{1b}[0mword=x";
        let view = View::whole(text).stripped().expect("something hides");
        assert_eq!(view.text, "password=x");
        let at = view.text.find("word").expect("the name is whole");
        assert_eq!(&text[view.in_original(&(at..at + 6))], "word=x");
    }

    #[test]
    fn escapes_are_decoded_one_layer_at_a_time() {
        let text = "a%2540%C3%A9\\u0041\\u{42}\\x43&amp;&#x44;%";
        let once = View::whole(text).decoded().expect("there are escapes");
        assert_eq!(once.text, "a%40éABC&D%");
        let twice = once.decoded().expect("there are escapes");
        assert_eq!(twice.text, "a@éABC&D%");
        assert_eq!(&text[twice.in_original(&(1..2))], "%2540");
        assert!(View::whole("100% of a \\ b & c").decoded().is_none());
    }
}
