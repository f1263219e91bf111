//! Pointers into an artifact.

use std::fmt;

/// Where in an artifact a piece of evidence stands.
///
/// Printed and parsed as text: `/runs/0` (RFC 6901, or an element path such as
/// `/testsuites/testsuite[2]` for XML), `line 7`, or `line 7 /data/value` for a place inside a line of NDJSON.
///
/// See the [example](mod@crate::model#example).
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pointer {
    line: Option<u64>,
    path: Box<str>,
}

impl Pointer {
    /// The whole artifact.
    pub fn whole() -> Pointer {
        Pointer::default()
    }

    /// A line of text, NDJSON or CSV, from 1.
    pub fn line(line: u64) -> Pointer {
        Pointer { line: Some(line), path: Box::default() }
    }

    /// A path in a JSON document (RFC 6901) or an XML document (element path).
    pub fn path(path: impl Into<Box<str>>) -> Pointer {
        Pointer { line: None, path: path.into() }
    }

    /// A path inside the JSON document that stands on a line.
    pub fn in_line(line: u64, path: impl Into<Box<str>>) -> Pointer {
        Pointer { line: Some(line), path: path.into() }
    }

    /// The element of the same name and parent at another position: `/testsuite/testcase[2]`.
    pub(crate) fn with_position(&self, position: u64) -> Pointer {
        let stem = self.path.rsplit_once('[').map_or(&*self.path, |(stem, _)| stem);
        let mut path = String::with_capacity(stem.len() + digits(position) + "[]".len());
        path.push_str(stem);
        path.push('[');
        push_position(&mut path, position);
        path.push(']');
        Pointer { line: self.line, path: path.into() }
    }

    /// The line, where the pointer names one.
    pub const fn line_number(&self) -> Option<u64> {
        self.line
    }

    /// Puts another path in the place of this one's.
    pub(crate) fn set_path(&mut self, path: String) {
        self.path = path.into();
    }

    /// The path; empty for the whole document or line.
    pub fn as_path(&self) -> &str {
        &self.path
    }
}

/// How many digits [`push_position`] writes.
pub(crate) fn digits(position: u64) -> usize {
    position.checked_ilog10().unwrap_or_default() as usize + 1
}

/// Adds a position to the text of a path. Paths of many records are written, and most of them never looked at.
pub(crate) fn push_position(path: &mut String, position: u64) {
    let mut digits = [0; 20];
    let mut start = digits.len();
    let mut rest = position;
    while start == digits.len() || rest > 0 {
        start -= 1;
        digits[start] = b'0' + u8::try_from(rest % 10).unwrap_or_default();
        rest /= 10;
    }
    path.push_str(std::str::from_utf8(&digits[start..]).unwrap_or_default());
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.line, &*self.path) {
            (None, path) => f.write_str(path),
            (Some(line), "") => write!(f, "line {line}"),
            (Some(line), path) => write!(f, "line {line} {path}"),
        }
    }
}

impl std::str::FromStr for Pointer {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Pointer, Self::Err> {
        let Some(rest) = text.strip_prefix("line ") else {
            return Ok(Pointer::path(text));
        };
        let (line, path) = rest.split_once(' ').unwrap_or((rest, ""));
        Ok(Pointer { line: Some(line.parse()?), path: path.into() })
    }
}

#[cfg(test)]
mod tests {
    use super::{digits, push_position};

    #[test]
    fn positions_are_written_with_all_their_digits() {
        for position in [0, 7, 10, 99, 100, 1_234_567_890, u64::MAX] {
            let mut path = "/".to_owned();
            push_position(&mut path, position);
            assert_eq!(path, format!("/{position}"));
            assert_eq!(path.len(), 1 + digits(position));
        }
    }
}
