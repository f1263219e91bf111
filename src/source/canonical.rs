//! JSON as one tool writes it, byte for byte, taken without a parser.
//!
//! What is not written in exactly the expected way is no error here: the caller gives the line to the parser.

use std::borrow::Cow;
use std::ops::Range;

use super::known::starts_with;
use super::lines::lossy;
use super::{WIDE, count_digits, few_digits, first_of_two};

/// A cursor over a line whose text is known in advance but for its values.
///
/// Every method returns `None` or `false` where the text is another one, or where it is no JSON.
/// Texts are only checked for their end and their escapes: [`Canonical::is_text`] checks the bytes of the whole.
#[derive(Clone, Copy)]
pub struct Canonical<'l> {
    line: &'l [u8],
    at: usize,
}

/// A string of JSON without its quotation marks, as it is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Text {
    start: u32,
    end: u32,
    escaped: bool,
}

impl Text {
    /// Its value. `text` is what it was found in, which [`Canonical::is_text`] holds good.
    #[inline]
    pub fn of(self, text: &[u8]) -> Cow<'_, str> {
        let raw = self.raw(text);
        if self.escaped {
            return super::json::unescape_text(raw);
        }
        lossy(raw)
    }

    /// The bytes of its value, as [`Text::of`].
    #[inline]
    pub fn bytes(self, text: &[u8]) -> Cow<'_, [u8]> {
        if self.escaped { Cow::Owned(self.of(text).into_owned().into_bytes()) } else { Cow::Borrowed(self.raw(text)) }
    }

    /// Where its bytes stand, up to the closing quotation mark.
    #[inline]
    pub const fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// The same text where what stands at `from` stands at `to`; `None` where it starts before.
    #[inline]
    pub fn moved(self, from: usize, to: usize) -> Option<Text> {
        let moved = |place: u32| u32::try_from((place as usize).checked_sub(from)? + to).ok();
        Some(Text { start: moved(self.start)?, end: moved(self.end)?, escaped: self.escaped })
    }

    /// Its bytes as they are written.
    #[inline]
    pub fn raw(self, text: &[u8]) -> &[u8] {
        text.get(self.range()).unwrap_or_default()
    }
}

impl<'l> Canonical<'l> {
    /// At the start of `line`.
    #[inline]
    pub const fn new(line: &'l [u8]) -> Canonical<'l> {
        Canonical { line, at: 0 }
    }

    /// How many bytes were taken.
    #[inline]
    pub const fn at(&self) -> usize {
        self.at
    }

    /// What is left.
    #[inline]
    pub fn rest(&self) -> &'l [u8] {
        &self.line[self.at..]
    }

    /// Takes so many bytes, or all that are left.
    #[inline]
    pub fn skip(&mut self, count: usize) {
        self.at = (self.at + count).min(self.line.len());
    }

    /// Takes `expected`; false where something else stands here.
    #[inline(always)]
    pub fn eat<const LENGTH: usize>(&mut self, expected: &[u8; LENGTH]) -> bool {
        // Of a length that is known, so that no call is needed to compare them.
        let eats = self.rest().first_chunk() == Some(expected);
        if eats {
            self.at += LENGTH;
        }
        eats
    }

    /// As [`Canonical::eat`], for what is known from other lines.
    #[inline]
    pub fn eat_all(&mut self, expected: &[u8]) -> bool {
        let eats = starts_with(self.rest(), expected);
        if eats {
            self.at += expected.len();
        }
        eats
    }

    /// Takes what follows an opening quotation mark, up to and including the closing one.
    #[inline]
    pub fn text(&mut self) -> Option<Text> {
        let start = u32::try_from(self.at).ok()?;
        let mut escaped = false;
        loop {
            self.at += end_of_text(self.rest())?;
            if self.line[self.at] == b'"' {
                let end = u32::try_from(self.at).ok()?;
                self.at += 1;
                return Some(Text { start, end, escaped });
            }
            escaped = true;
            self.at += match self.line.get(self.at + 1)? {
                b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => 2,
                b'u' if self.line.get(self.at + 2..self.at + 6)?.iter().all(u8::is_ascii_hexdigit) => 6,
                _ => return None,
            };
        }
    }

    /// As [`Canonical::text`], for a text that is written without escapes.
    #[inline]
    pub fn plain(&mut self) -> Option<&'l [u8]> {
        let text = self.text()?;
        (!text.escaped).then(|| text.raw(self.line))
    }

    /// Takes a number and returns it as it is written.
    #[inline]
    pub fn number(&mut self) -> Option<&'l [u8]> {
        let start = self.at;
        self.at = super::json::end_of_number(self.line, start).ok()?;
        Some(&self.line[start..self.at])
    }

    /// Takes a number and returns it, where it is written with up to fifteen digits and nothing else.
    #[inline(always)]
    pub fn count(&mut self) -> Option<u64> {
        let rest = self.rest();
        let digits = count_digits(rest);
        let is_usual =
            !matches!(rest.get(digits), Some(b'.' | b'e' | b'E')) && (rest.first() != Some(&b'0') || digits == 1);
        match few_digits(rest, digits).filter(|count| is_usual && *count <= MAX_FIXED) {
            Some(count) => {
                self.at += digits;
                Some(count)
            }
            None => fixed(self.number()?, 0),
        }
    }

    /// Whether these bytes may stand in JSON strings: no control characters, and UTF-8.
    pub fn is_text(bytes: &[u8]) -> bool {
        let mut odd = false;
        for byte in bytes {
            odd |= !(0x20..0x80).contains(byte);
        }
        !odd || (bytes.iter().all(|byte| *byte >= 0x20) && std::str::from_utf8(bytes).is_ok())
    }
}

/// Where the first quotation mark or backslash stands. Many texts are shorter than a call costs.
#[inline]
fn end_of_text(text: &[u8]) -> Option<usize> {
    let mut at = 0;
    while at < SHORT {
        match first_of_two(&text[at..], b'"', b'\\') {
            Some(WIDE) => at += WIDE,
            Some(found) => return Some(at + found),
            None => break,
        }
    }
    memchr::memchr2(b'"', b'\\', &text[at..]).map(|found| at + found)
}

/// Bytes that are looked at before a longer search is started.
const SHORT: usize = 4 * WIDE;

/// The largest number that [`fixed`] tells.
const MAX_FIXED: u64 = 999_999_999_999_999;

/// The value of a number that is written with digits and at most a point, in units of 10⁻`places`:
/// `None` where it has more than `places` decimals or more than fifteen digits.
/// Within these limits rounding the product of the double nearest to it gives the same.
#[inline]
pub fn fixed(number: &[u8], places: usize) -> Option<u64> {
    // Fifteen digits and a point. No number of this length is too large on the way.
    if number.len() > 16 {
        return None;
    }
    let mut value = 0;
    let mut point = None;
    for (index, byte) in number.iter().enumerate() {
        match byte.wrapping_sub(b'0') {
            digit @ 0..=9 => value = value * 10 + u64::from(digit),
            _ if *byte == b'.' && point.is_none() => point = Some(index),
            _ => return None,
        }
    }
    let (digits, decimals) = match point {
        Some(point) => (number.len() - 1, number.len() - 1 - point),
        None => (number.len(), 0),
    };
    let missing = places.checked_sub(decimals)?;
    let value = value.checked_mul(10u64.checked_pow(u32::try_from(missing).ok()?)?)?;
    (digits > 0 && value <= MAX_FIXED).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_json() {
        for text in ["0", "-0", "12.50", "1e5", "1E+5", "01", "1.", ".5", "-", "1e", "+1", "00", "0.0", "NaN", ""] {
            let mut cursor = Canonical::new(text.as_bytes());
            let ours = cursor.number().is_some() && cursor.rest().is_empty();
            assert_eq!(ours, serde_json::from_str::<f64>(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn counts_are_fixed_numbers_without_decimals() {
        let numbers =
            ["0", "7", "12345678", "123456789", "999999999999999", "1000000000000000", "12345678901234567890"];
        let others = ["", "-1", "01", "00", "1.5", "1.0", "1e2", "1E2", "1-", "x"];
        for text in numbers.into_iter().chain(others) {
            for behind in ["", ",", ",\"bytes_out\":0,\"bytes_in\":36}"] {
                let line = format!("{text}{behind}");
                let (mut cursor, mut slow) = (Canonical::new(line.as_bytes()), Canonical::new(line.as_bytes()));
                let expected = slow.number().and_then(|number| fixed(number, 0));
                assert_eq!(cursor.count(), expected, "{line}");
                assert!(expected.is_none() || cursor.at() == slow.at(), "{line}");
            }
        }
    }

    #[test]
    fn fixed_numbers_are_exact() {
        assert_eq!(fixed(b"36.481713", 6), Some(36_481_713));
        assert_eq!(fixed(b"0", 6), Some(0));
        assert_eq!(fixed(b"7.5", 6), Some(7_500_000));
        assert_eq!(fixed(b"7.1234567", 6), None);
        assert_eq!(fixed(b"1e3", 6), None);
        assert_eq!(fixed(b"-1", 6), None);
        assert_eq!(fixed(b"", 6), None);
        assert_eq!(fixed(b".", 6), None);
        assert_eq!(fixed(b"1000000000", 6), None);
    }

    #[test]
    fn texts_end_at_their_quotation_mark() {
        let line = br#"a\"b\u0026c","x"#;
        let mut cursor = Canonical::new(line);
        let text = cursor.text().expect("a text");
        assert_eq!((text.of(line).as_ref(), cursor.rest()), ("a\"b&c", &br#","x"#[..]));
        assert_eq!(Canonical::new(br"a\x").text(), None);
        assert_eq!(Canonical::new(br#"a\u12"b"#).text(), None);
    }
}
