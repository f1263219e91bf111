//! JSON whose text can be looked at: invisible and control characters stand as `\u202e`, which readers turn back.
//!
//! See the [example](mod@crate::safety#example).

use std::io;

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;

use super::visible;

/// A value as JSON for people and machines; no character in it hides or moves another.
///
/// # Errors
/// The value cannot be written as JSON.
///
/// See the [example](mod@crate::safety#example).
pub fn pretty(value: &impl Serialize) -> serde_json::Result<String> {
    let mut out = Vec::with_capacity(128);
    value.serialize(&mut Serializer::with_formatter(&mut out, Indented::default()))?;
    let json = String::from_utf8(out).map_err(serde::ser::Error::custom)?;
    Ok(escaped(&json).unwrap_or(json))
}

/// As [`pretty`], written piece by piece, and with a line feed at the end.
///
/// # Errors
/// The value cannot be written as JSON, or what is written is not taken.
pub(crate) fn write_pretty(value: &impl Serialize, out: &mut dyn io::Write) -> io::Result<()> {
    let mut pieces = Pieces { out, held: Vec::with_capacity(PIECE) };
    value.serialize(&mut Serializer::with_formatter(&mut pieces, Indented::default()))?;
    pieces.held.push(b'\n');
    pieces.pass_on()?;
    pieces.out.write_all(&pieces.held)
}

/// Bytes that are passed on at once.
const PIECE: usize = 64 * 1024;

/// Escapes what is written, as [`escaped`] does.
struct Pieces<'o> {
    out: &'o mut dyn io::Write,
    held: Vec<u8>,
}

impl Pieces<'_> {
    /// Passes on all that is held, but for the start of a character.
    fn pass_on(&mut self) -> io::Result<()> {
        let whole = match std::str::from_utf8(&self.held) {
            Ok(text) => text,
            Err(error) => std::str::from_utf8(&self.held[..error.valid_up_to()]).unwrap_or_default(),
        };
        match escaped(whole) {
            Some(escaped) => self.out.write_all(escaped.as_bytes())?,
            None => self.out.write_all(whole.as_bytes())?,
        }
        let length = whole.len();
        self.held.drain(..length);
        Ok(())
    }
}

impl io::Write for Pieces<'_> {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.held.extend_from_slice(bytes);
        if self.held.len() >= PIECE {
            self.pass_on()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A value as JSON on one line, as [`pretty`].
///
/// # Errors
/// The value cannot be written as JSON.
///
/// See the [example](mod@crate::safety#example).
pub fn compact(value: &impl Serialize) -> serde_json::Result<String> {
    let json = serde_json::to_string(value)?;
    Ok(escaped(&json).unwrap_or(json))
}

/// As `serde_json` indents, which writes every step of every line for itself.
#[derive(Default)]
struct Indented {
    depth: usize,
    /// Whether the list or object that ends next has something in it.
    has_value: bool,
}

/// A comma, the end of a line, and steps of two blanks for the next one.
const LINE: &[u8] = b",\n                                                                ";

impl Indented {
    fn open<W: io::Write + ?Sized>(&mut self, out: &mut W, bracket: &[u8]) -> io::Result<()> {
        self.depth += 1;
        self.has_value = false;
        out.write_all(bracket)
    }

    fn close<W: io::Write + ?Sized>(&mut self, out: &mut W, bracket: &[u8]) -> io::Result<()> {
        self.depth -= 1;
        if self.has_value {
            self.line(out, true)?;
        }
        self.has_value = true;
        out.write_all(bracket)
    }

    /// Goes to the next line, after a comma where this one does not begin or end anything.
    fn line<W: io::Write + ?Sized>(&self, out: &mut W, is_edge: bool) -> io::Result<()> {
        let blanks = 2 * self.depth;
        let at_once = blanks.min(LINE.len() - 2);
        out.write_all(&LINE[usize::from(is_edge)..2 + at_once])?;
        (at_once..blanks).try_for_each(|_| out.write_all(b" "))
    }
}

impl Formatter for Indented {
    fn begin_array<W: io::Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        self.open(out, b"[")
    }

    fn end_array<W: io::Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        self.close(out, b"]")
    }

    fn begin_array_value<W: io::Write + ?Sized>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.line(out, first)
    }

    fn end_array_value<W: io::Write + ?Sized>(&mut self, _: &mut W) -> io::Result<()> {
        self.has_value = true;
        Ok(())
    }

    fn begin_object<W: io::Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        self.open(out, b"{")
    }

    fn end_object<W: io::Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        self.close(out, b"}")
    }

    fn begin_object_key<W: io::Write + ?Sized>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.line(out, first)
    }

    fn begin_object_value<W: io::Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        out.write_all(b": ")
    }

    fn end_object_value<W: io::Write + ?Sized>(&mut self, _: &mut W) -> io::Result<()> {
        self.has_value = true;
        Ok(())
    }
}

/// JSON text whose hidden characters, which can stand in strings alone, are escaped; `None` where there are none.
fn escaped(json: &str) -> Option<String> {
    let mut out = String::new();
    let mut done = 0;
    let mut at = 0;
    // Nearly all of it is ASCII, of which only these bytes hide.
    let may_hide = |byte: &u8| (*byte >= 0x7f) | ((*byte < b' ') & (*byte != b'\n'));
    loop {
        // As many bytes at once as are compared together.
        while json.as_bytes()[at..]
            .first_chunk::<64>()
            .is_some_and(|bytes| !bytes.iter().fold(false, |any, byte| any | may_hide(byte)))
        {
            at += 64;
        }
        let Some(skip) = json.as_bytes()[at..].iter().position(may_hide) else { break };
        at += skip;
        let Some(c) = json[at..].chars().next() else { break };
        if visible::is_hidden(c) {
            out.push_str(&json[done..at]);
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
            done = at + c.len_utf8();
        }
        at += c.len_utf8();
    }
    if done == 0 {
        return None;
    }
    out.push_str(&json[done..]);
    Some(out)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{PIECE, pretty, write_pretty};

    #[test]
    fn lines_are_indented_as_everywhere() {
        let mut value =
            json!({"a": [], "b": {}, "c": [1, "x", [[]], {"d": null, "e": [{}, 2.5]}], "f": {"g": {"h": [true]}}});
        for _ in 0..40 {
            value = json!([value, {"deeper": 1}]);
        }
        for value in [value, json!([]), json!({}), json!("a"), json!(null)] {
            let usual = serde_json::to_string_pretty(&value).expect("a value can be written");
            assert_eq!(pretty(&value).expect("a value can be written"), usual);
        }
    }

    #[test]
    fn what_is_written_piece_by_piece_is_the_same() {
        for length in [0, 1, 100, PIECE - 20, PIECE - 5, PIECE, 3 * PIECE + 1] {
            for end in ["a", "é", "\u{202e}", "\u{e0041}ü\u{9b}"] {
                let value = json!(["x".repeat(length) + end, end.repeat(length)]);
                let mut out = Vec::new();
                write_pretty(&value, &mut out).expect("memory takes all");
                let whole = pretty(&value).expect("a value can be written") + "\n";
                assert!(out == whole.as_bytes(), "{length} {end:?}");
            }
        }
    }

    #[test]
    fn hidden_characters_are_escaped_and_survive() {
        let text = "a\u{202e}b\u{7f}c\u{9b}d\u{e0041}e\u{ffff}ü\n";
        let json = pretty(&text).expect("a text can be written");
        assert_eq!(json, r#""a\u202eb\u007fc\u009bd\udb40\udc41e\uffffü\n""#);
        assert_eq!(serde_json::from_str::<String>(&json).expect("it is JSON"), text);
    }
}
