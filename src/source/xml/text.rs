//! Text between tags: passed over or taken, with its line ends and references, and the characters that XML allows.

use super::MAX_TEXT;

/// The character that a reference means, `&name;`.
pub(super) fn resolve(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let (digits, radix) = number.strip_prefix('x').map_or((number, 10), |digits| (digits, 16));
        let is_unsigned = !digits.starts_with(['+', '-']);
        let code = u32::from_str_radix(digits, radix).ok().filter(|code| is_unsigned && *code != 0)?;
        return char::from_u32(code);
    }
    match name {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "apos" => Some('\''),
        "quot" => Some('"'),
        _ => None,
    }
}

/// What is known of a text of which nothing need be kept.
#[derive(Debug)]
pub(super) struct Passed {
    pub length: usize,
    pub is_blank: bool,
    pub suspect: Suspect,
}

impl Default for Passed {
    fn default() -> Passed {
        Passed { length: 0, is_blank: true, suspect: Suspect::default() }
    }
}

/// Characters that XML 1.0 does not allow.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Suspect {
    pub has_nul: bool,
    /// The first one.
    pub first: Option<char>,
}

/// Why a text is not read on.
pub(super) enum Excess {
    /// It is longer than [`MAX_TEXT`].
    Long,
    Nul,
}

impl Passed {
    /// Notes a part of the text, and adds it to `into` as it is meant.
    pub fn add(&mut self, part: &str, into: Option<&mut String>) -> Result<(), Excess> {
        self.length += part.len();
        if self.length > MAX_TEXT {
            return Err(Excess::Long);
        }
        self.is_blank = self.is_blank && part.trim_start().is_empty();
        self.suspect.look(part);
        if let Some(into) = into {
            push_lines(part, into);
        }
        Ok(())
    }
}

/// Adds a text in which each line ends with a line feed, whatever ends it as it is written.
fn push_lines(part: &str, into: &mut String) {
    let mut rest = part;
    while let Some(at) = memchr::memchr(b'\r', rest.as_bytes()) {
        into.push_str(&rest[..at]);
        into.push('\n');
        rest = &rest[at + 1..];
        rest = rest.strip_prefix('\n').unwrap_or(rest);
    }
    into.push_str(rest);
}

impl Suspect {
    /// Looks for characters that are not allowed.
    pub fn look(&mut self, text: &str) {
        let suspect = |byte: u8| (byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r')) | (byte == 0xef);
        if !text.bytes().fold(false, |any, byte| any | suspect(byte)) {
            return;
        }
        let bad =
            |c: char| matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}');
        self.has_nul |= text.contains('\0');
        if self.first.is_none() {
            self.first = text.chars().find(|c| bad(*c));
        }
    }
}

/// Of a text that is passed over for good only what would end reading is noted.
pub(super) fn passes(part: &str) -> Result<(), Excess> {
    match memchr::memchr(0, part.as_bytes()) {
        Some(_) => Err(Excess::Nul),
        None => Ok(()),
    }
}
