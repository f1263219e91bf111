//! Diagnostics: what could not be read, and what a reader must know about the evidence.
//!
//! # Example
//!
//! ```
//! use signoff::diagnostics::{CODES, Diagnostic, Level, codes};
//! use signoff::model::Pointer;
//!
//! let diagnostic = Diagnostic::new(&codes::NOTHING_RAN, "no address was asked").at(Pointer::path("/pings"));
//! assert_eq!(diagnostic.level(), Level::Error);
//! assert!(CODES.iter().any(|code| code.id == "nothing-ran"));
//! ```

pub mod codes;

pub use codes::{CODES, Code};

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::model::Pointer;

/// How much a diagnostic weighs.
///
/// See the [example](mod@crate::diagnostics#example).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Evidence is missing or cannot be trusted: no verdict better than undecided.
    Error,
    /// Evidence contradicts itself or is weaker than it looks: no verdict better than conditional.
    Warning,
    /// Worth knowing; changes nothing.
    Note,
}

impl Level {
    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Note => "note",
        }
    }
}

/// A place in a text: line and column from 1, the column counted in characters.
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::diagnostics#example).")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct LineColumn {
    /// Line, from 1.
    pub line: u64,
    /// Column, from 1.
    pub column: u64,
}

impl fmt::Display for LineColumn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// One diagnostic about one artifact.
///
/// The message is lower-case and without full stop. It may quote the artifact: it is hostile text until escaped.
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::diagnostics#example).")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Diagnostic {
    /// Which kind of problem it is.
    #[serde(with = "crate::model::wire::code")]
    #[cfg_attr(test, schemars(with = "String"))]
    pub code: &'static Code,
    /// What is wrong, here.
    pub message: String,
    /// What the reader can do; `None` where the code's own help says all.
    pub help: Option<String>,
    /// Where it stands in the evidence.
    pub pointer: Pointer,
    /// Where it stands in the text; `None` where only the pointer is known.
    pub place: Option<LineColumn>,
    /// The other side of a contradiction; `None` for other diagnostics.
    pub other: Option<Pointer>,
}

impl Diagnostic {
    /// A diagnostic about the whole artifact.
    pub fn new(code: &'static Code, message: impl Into<String>) -> Diagnostic {
        Diagnostic { code, message: message.into(), help: None, pointer: Pointer::whole(), place: None, other: None }
    }

    /// Puts it at a pointer.
    #[must_use]
    pub fn at(mut self, pointer: Pointer) -> Diagnostic {
        self.pointer = pointer;
        self
    }

    /// Puts it at a line and column.
    #[must_use]
    pub const fn at_line(mut self, place: LineColumn) -> Diagnostic {
        self.place = Some(place);
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Diagnostic {
        self.help = Some(help.into());
        self
    }

    /// Names the other side of a contradiction.
    #[must_use]
    pub fn against(mut self, other: Pointer) -> Diagnostic {
        self.other = Some(other);
        self
    }

    /// How much it weighs.
    pub const fn level(&self) -> Level {
        self.code.level
    }
}

/// The nearest of `known` to `word`, where one is near enough to be meant.
pub(crate) fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let limit = match word.chars().count() {
        0..=2 => 0,
        length => (length / 3).max(1),
    };
    known
        .into_iter()
        .map(|candidate| (edit_distance(word, candidate), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, candidate)| (*distance, *candidate))
        .map(|(_, candidate)| candidate)
}

/// Insertions, deletions, substitutions and swaps of neighbours between two words, case ignored.
fn edit_distance(left: &str, right: &str) -> usize {
    let left: Vec<char> = left.chars().take(64).flat_map(char::to_lowercase).collect();
    let right: Vec<char> = right.chars().take(64).flat_map(char::to_lowercase).collect();
    let mut before = vec![0; right.len() + 1];
    let mut above: Vec<usize> = (0..=right.len()).collect();
    for (i, l) in left.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, r) in right.iter().enumerate() {
            let mut cost = (above[j] + usize::from(l != r)).min(above[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *l == right[j - 1] && left[i - 1] == *r {
                cost = cost.min(before[j - 1] + 1);
            }
            row.push(cost);
        }
        before = std::mem::replace(&mut above, row);
    }
    above[right.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_of_the_finger_is_found_and_a_stranger_is_not() {
        let known = ["passed", "failed", "skipped"];
        assert_eq!(nearest("pased", known), Some("passed"));
        assert_eq!(nearest("fialed", known), Some("failed"));
        assert_eq!(nearest("unrelated", known), None);
    }
}
