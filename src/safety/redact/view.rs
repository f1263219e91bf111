//! A text as the patterns look at it: without what hides, and with escapes decoded; every byte knows where it came from.

use std::borrow::Cow;
use std::ops::Range;

use super::traits::MAX_RESIDUE;
use crate::safety::visible;

/// A text that patterns are matched against.
pub struct View<'t> {
    /// The text.
    pub text: Cow<'t, str>,
    /// Where each byte, and the end, stands in the original; `None` where it is the original.
    at: Option<Vec<usize>>,
}

impl<'t> View<'t> {
    /// The original itself.
    pub const fn whole(text: &'t str) -> View<'t> {
        View { text: Cow::Borrowed(text), at: None }
    }

    /// This view without terminal sequences and invisible characters, which can stand in the middle of a secret or its name.
    pub fn stripped(&self) -> View<'t> {
        let text: &str = &self.text;
        let mut out = Builder::new(text.len());
        let mut at = 0;
        while let Some(c) = text[at..].chars().next() {
            if let Some(length) = visible::sequence(&text[at..]).or_else(|| residue(&text[at..])) {
                at += length;
                continue;
            }
            if !visible::is_hidden(c) || matches!(c, '\n' | '\r' | '\t') {
                out.push(c, self.origin(at));
            }
            at += c.len_utf8();
        }
        out.view(self.origin(text.len()))
    }

    /// This view with percent, backslash and entity escapes decoded once; `None` where there are none.
    pub fn decoded(&self) -> Option<View<'t>> {
        let text: &str = &self.text;
        let mut out = Builder::new(text.len());
        let mut at = 0;
        let mut n_decoded = 0;
        while let Some(c) = text[at..].chars().next() {
            let escape = match c {
                '%' => percent(&text[at..]),
                '\\' => backslash(&text[at..]),
                '&' => entity(&text[at..]),
                _ => None,
            };
            let (c, length) = escape.unwrap_or((c, c.len_utf8()));
            n_decoded += usize::from(escape.is_some());
            out.push(c, self.origin(at));
            at += length;
        }
        let end = self.origin(text.len());
        (n_decoded > 0).then(|| out.view(end))
    }

    /// A range of this view in the original.
    pub fn in_original(&self, range: &Range<usize>) -> Range<usize> {
        self.origin(range.start)..self.origin(range.end)
    }

    fn origin(&self, at: usize) -> usize {
        self.at.as_ref().map_or(at, |origins| origins[at])
    }
}

struct Builder {
    text: String,
    at: Vec<usize>,
}

impl Builder {
    fn new(capacity: usize) -> Builder {
        Builder { text: String::with_capacity(capacity), at: Vec::with_capacity(capacity + 1) }
    }

    fn push(&mut self, c: char, origin: usize) {
        self.text.push(c);
        self.at.resize(self.text.len(), origin);
    }

    fn view<'t>(mut self, end: usize) -> View<'t> {
        self.at.push(end);
        View { text: Cow::Owned(self.text), at: Some(self.at) }
    }
}

/// The length of a colour sequence that lost its first byte: `[0m`, `[1;31m`.
fn residue(text: &str) -> Option<usize> {
    let parameters = text.strip_prefix('[')?;
    let n = parameters.bytes().take(MAX_RESIDUE + 1).take_while(|byte| matches!(byte, b'0'..=b';')).count();
    (n > 0 && n <= MAX_RESIDUE && parameters[n..].starts_with('m')).then_some(n + 2)
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
        let view = View::whole(text).stripped();
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
