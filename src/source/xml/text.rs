//! Text between tags: passed over or taken, with its line ends and references, and the characters that XML allows.

use memchr::memmem;
use quick_xml::errors::IllFormedError;

use super::{MAX_TEXT, Xml, too_long};
use crate::diagnostics::codes::{LIMIT, SYNTAX};
use crate::source::Stop;
use crate::source::json::shorten;

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

/// The character that a predefined reference means which these bytes start with, and how many it has behind its `&`.
#[inline]
pub(super) const fn named(reference: &[u8]) -> Option<(char, usize)> {
    match reference {
        [b'l', b't', b';', ..] => Some(('<', 3)),
        [b'g', b't', b';', ..] => Some(('>', 3)),
        [b'a', b'm', b'p', b';', ..] => Some(('&', 4)),
        [b'q', b'u', b'o', b't', b';', ..] => Some(('"', 5)),
        [b'a', b'p', b'o', b's', b';', ..] => Some(('\'', 5)),
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
enum Excess {
    /// It is longer than [`MAX_TEXT`].
    Long,
    Nul,
}

impl Passed {
    /// Notes a part of the text, and adds it to `into` as it is meant.
    fn add(&mut self, part: &str, into: Option<&mut String>) -> Result<(), Excess> {
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
    /// What there is in a text.
    pub fn of(text: &str) -> Suspect {
        let mut suspect = Suspect::default();
        suspect.look(text);
        suspect
    }

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
fn passes(part: &str) -> Result<(), Excess> {
    match memchr::memchr(0, part.as_bytes()) {
        Some(_) => Err(Excess::Nul),
        None => Ok(()),
    }
}

impl Xml<'_> {
    /// Passes over text up to `<`, `&` or the end.
    pub(super) fn text(&mut self, passed: &mut Passed, mut text: Option<&mut String>) -> Result<(), Stop> {
        // Mostly there is nothing but the indentation.
        let bytes = self.window.bytes();
        let blank = bytes.iter().take_while(|byte| matches!(byte, b' ' | b'\n' | b'\t')).count();
        if bytes.get(blank) == Some(&b'<') && blank < MAX_TEXT {
            if let Some(text) = text {
                text.push_str(&self.window.text()[..blank]);
            }
            self.window.consume(blank);
            return Ok(());
        }
        let mut length = 0;
        loop {
            let here = self.window.text();
            let found = memchr::memchr2(b'<', b'&', here.as_bytes());
            // A carriage return and the line feed behind it are one end of line.
            let end = found.unwrap_or_else(|| here.len() - usize::from(here.ends_with('\r')));
            self.take(end, passed, text.as_deref_mut())?;
            if found.is_some() {
                return Ok(());
            }
            length += end;
            if length > MAX_TEXT {
                return Err(too_long());
            }
            if !self.fill()? {
                let rest = self.window.bytes().len();
                return self.take(rest, passed, text);
            }
        }
    }

    /// Passes over so many bytes of text.
    fn take(&mut self, count: usize, passed: &mut Passed, text: Option<&mut String>) -> Result<(), Stop> {
        let part = &self.window.text()[..count];
        let taken = if self.skipping { passes(part) } else { passed.add(part, text) };
        self.window.consume(count);
        self.allow(taken)
    }

    fn allow(&self, taken: Result<(), Excess>) -> Result<(), Stop> {
        match taken {
            Ok(()) => Ok(()),
            Err(Excess::Nul) => self.stop(&SYNTAX, "a NUL character is not allowed in XML"),
            Err(Excess::Long) => self.stop(&LIMIT, format!("a text of more than {} MiB", MAX_TEXT / 1024 / 1024)),
        }
    }

    /// `&name;`, which is part of the text.
    pub(super) fn reference(&mut self, passed: &mut Passed, text: Option<&mut String>) -> Result<(), Stop> {
        let end = self.find(|bytes| memchr::memchr3(b';', b'&', b'<', &bytes[1..]).map(|at| at + 1))?;
        let Some(end) = end.filter(|end| self.window.bytes()[*end] == b';') else {
            self.window.consume(end.unwrap_or(self.window.bytes().len()));
            return self.ill_formed(IllFormedError::UnclosedReference);
        };
        self.window.consume(end + 1);
        let name = &self.window.behind(end + 1)[1..end];
        let Some(char) = resolve(name) else {
            return self.stop(&SYNTAX, format!("`&{};` cannot be resolved", shorten(name)));
        };
        if self.skipping {
            return Ok(());
        }
        // No end of line is made of it.
        let taken = passed.add(char.encode_utf8(&mut [0; 4]), None);
        if let Some(text) = text {
            text.push(char);
        }
        self.allow(taken)
    }

    /// Passes over what stands before `end`, and over it; false where it does not come.
    pub(super) fn take_until(
        &mut self,
        end: &str,
        mut into: Option<(&mut Passed, Option<&mut String>)>,
    ) -> Result<bool, Stop> {
        let mut length = 0;
        loop {
            let here = self.window.text();
            let found = memmem::find(here.as_bytes(), end.as_bytes());
            // The end may be cut by the window, and so may the end of a line.
            let cut = (1..end.len()).rev().find(|count| here.ends_with(&end[..*count]));
            let before = found.unwrap_or_else(|| here.len() - cut.unwrap_or(usize::from(here.ends_with('\r'))));
            match &mut into {
                Some((passed, text)) => self.take(before, passed, text.as_deref_mut())?,
                None => self.window.consume(before),
            }
            if found.is_some() {
                self.window.consume(end.len());
                return Ok(true);
            }
            length += before;
            if length > MAX_TEXT {
                return Err(too_long());
            }
            if !self.fill()? {
                self.window.consume_all();
                return Ok(false);
            }
        }
    }
}
