//! The bytes of strings, numbers and white space, many at a time.

use std::borrow::Cow;

use crate::source::lines::lossy;
use crate::source::marks::{self, WIDE, WIDTH, all, count_digits, first_in_string};

/// The eight bytes from `at` on, the first one lowest.
#[inline(always)]
fn word(bytes: &[u8], at: usize) -> Option<u64> {
    marks::word(bytes.get(at..)?)
}

/// The place of the first byte from `at` on that ends a string or is no plain part of it: a quotation mark, a backslash,
/// a control character. `is_ascii` becomes false where one before it is not ASCII.
#[inline(always)]
pub(super) fn end_of_plain(bytes: &[u8], mut at: usize, is_ascii: &mut bool) -> usize {
    while let Some((first, are_ascii)) = bytes.get(at..).and_then(first_in_string) {
        *is_ascii &= are_ascii;
        at += first;
        if first < WIDE {
            return at;
        }
    }
    while let Some(byte) = bytes.get(at) {
        if matches!(byte, b'"' | b'\\' | 0..0x20) {
            break;
        }
        *is_ascii &= byte.is_ascii();
        at += 1;
    }
    at
}

/// The place behind the number that starts at `at`, or that of the byte at which it ceases to be one.
#[inline(always)]
pub(in crate::source) fn end_of_number(bytes: &[u8], mut at: usize) -> Result<usize, usize> {
    let digits = |at: usize| match bytes.get(at) {
        Some(b'0'..=b'9') => Ok(at + count_digits(&bytes[at..])),
        _ => Err(at),
    };
    at += usize::from(bytes.get(at) == Some(&b'-'));
    at = match bytes.get(at) {
        Some(b'0') if bytes.get(at + 1).is_some_and(u8::is_ascii_digit) => return Err(at + 1),
        Some(b'0') => at + 1,
        _ => digits(at)?,
    };
    if bytes.get(at) == Some(&b'.') {
        at = digits(at + 1)?;
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        at += 1;
        at += usize::from(matches!(bytes.get(at), Some(b'+' | b'-')));
        at = digits(at)?;
    }
    Ok(at)
}

/// The place behind the comma, and the blank behind it, that follow on a number without sign, decimals and exponent at `at`;
/// `None` where something else stands there.
#[inline]
pub(super) fn end_of_whole_number(bytes: &[u8], at: usize) -> Option<usize> {
    let mut end = match bytes.get(at)? {
        b'0' => at + 1,
        b'1'..=b'9' => at + count_digits(&bytes[at..]),
        _ => return None,
    };
    if *bytes.get(end)? != b',' {
        return None;
    }
    end += 1;
    Some(end + usize::from(bytes.get(end) == Some(&b' ')))
}

/// The place of the first byte from `at` on that is no white space.
#[inline]
pub(super) fn end_of_space(bytes: &[u8], mut at: usize) -> usize {
    while let Some(b' ' | b'\n' | b'\r' | b'\t') = bytes.get(at) {
        at += 1;
        while word(bytes, at) == Some(all(b' ')) {
            at += WIDTH;
        }
    }
    at
}

/// A hash of a key, only to find candidates, which are compared: of its length, its first and its last bytes.
/// The key stands at `at`; where its length is not given it goes to the end.
#[inline(always)]
pub(super) fn hash(bytes: &[u8], at: usize, len: Option<usize>) -> u64 {
    let len = len.unwrap_or(bytes.len() - at);
    let (head, tail) = match (len, word(bytes, at)) {
        (0, _) => (0, 0),
        (1..8, Some(word)) => (word & (u64::MAX >> (64 - 8 * len)), 0),
        (8.., Some(head)) => (head, word(bytes, at + len - 8).unwrap_or(0)),
        (_, None) => (bytes[at..at + len].iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)), 0),
    };
    let mixed = head.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ tail.wrapping_mul(0xc2b2_ae3d_27d4_eb4f) ^ len as u64;
    mixed.wrapping_mul(0xff51_afd7_ed55_8ccd)
}

/// The text of a string that is written with escapes, without its quotation marks. A lone surrogate becomes U+FFFD.
pub fn unescape(raw: &[u8]) -> Cow<'_, str> {
    let raw = lossy(raw);
    let mut text = String::with_capacity(raw.len());
    let mut rest = &*raw;
    while let Some(at) = rest.find('\\') {
        text.push_str(&rest[..at]);
        let (decoded, used) = decode_escape(&rest.as_bytes()[at..]);
        text.push(decoded);
        rest = &rest[at + used..];
    }
    text.push_str(rest);
    Cow::Owned(text)
}

/// The character of a checked escape and how many bytes it takes.
fn decode_escape(escape: &[u8]) -> (char, usize) {
    let simple = match escape[1] {
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => {
            let high = hex4(&escape[2..6]);
            if (0xd800..0xdc00).contains(&high) && escape.len() >= 12 && &escape[6..8] == b"\\u" {
                let low = hex4(&escape[8..12]);
                if (0xdc00..0xe000).contains(&low) {
                    let code = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
                    return (char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), 12);
                }
            }
            return (char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER), 6);
        }
        other => other as char,
    };
    (simple, 2)
}

fn hex4(digits: &[u8]) -> u32 {
    digits.iter().fold(0, |code, digit| code * 16 + (*digit as char).to_digit(16).unwrap_or(0))
}
