//! Sentences made of our own words and of foreign text, kept apart until a renderer escapes them.

use std::fmt;

/// A piece of a phrase.
///
/// See the [example](mod@crate::model#example).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Our own words.
    Own(String),
    /// Text from the manifest, written by the owner of the report: escaped, but shown as prose.
    Owner(String),
    /// Text from an artifact: hostile until escaped, and shown as code.
    Foreign(String),
}

/// A sentence of our own words with foreign text in it.
///
/// See the [example](mod@crate::model#example).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Phrase(Vec<Piece>);

impl Phrase {
    /// An empty phrase.
    pub const fn new() -> Phrase {
        Phrase(Vec::new())
    }

    /// An empty phrase, with room for so many pieces.
    pub(crate) fn with_room(pieces: usize) -> Phrase {
        Phrase(Vec::with_capacity(pieces))
    }

    /// Adds our own words.
    #[must_use]
    pub fn own(mut self, words: impl Into<String>) -> Phrase {
        let words = words.into();
        match self.0.last_mut() {
            Some(Piece::Own(last)) => last.push_str(&words),
            _ => self.0.push(Piece::Own(words)),
        }
        self
    }

    /// Adds text from the manifest.
    #[must_use]
    pub fn owner(mut self, text: impl Into<String>) -> Phrase {
        self.0.push(Piece::Owner(text.into()));
        self
    }

    /// Adds foreign text.
    #[must_use]
    pub fn foreign(mut self, text: impl Into<String>) -> Phrase {
        self.0.push(Piece::Foreign(text.into()));
        self
    }

    /// Adds another phrase.
    #[must_use]
    pub fn and(self, other: Phrase) -> Phrase {
        other.0.into_iter().fold(self, |phrase, piece| match piece {
            Piece::Own(words) => phrase.own(words),
            Piece::Owner(text) => phrase.owner(text),
            Piece::Foreign(text) => phrase.foreign(text),
        })
    }

    /// The pieces in order.
    pub fn pieces(&self) -> &[Piece] {
        &self.0
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        // Foreign text is shown even where it is empty: as `(empty)`.
        self.0.iter().all(|piece| matches!(piece, Piece::Own(text) | Piece::Owner(text) if text.is_empty()))
    }
}

impl From<&str> for Phrase {
    fn from(words: &str) -> Phrase {
        Phrase::new().own(words)
    }
}

impl From<String> for Phrase {
    fn from(words: String) -> Phrase {
        Phrase::new().own(words)
    }
}

/// As plain text; foreign text is not escaped.
impl fmt::Display for Phrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|piece| match piece {
            Piece::Own(text) | Piece::Owner(text) | Piece::Foreign(text) => f.write_str(text),
        })
    }
}

/// `1 test`, `2 tests`.
pub fn plural(count: u64, word: &str) -> String {
    match (count, word.strip_suffix('y')) {
        (1, _) => format!("1 {word}"),
        (_, Some(stem)) if !stem.ends_with(['a', 'e', 'o']) => format!("{} {stem}ies", thousands(count)),
        _ => format!("{} {word}s", thousands(count)),
    }
}

/// `1 test was`, `3 tests were`.
pub(crate) fn were(count: u64, word: &str) -> String {
    format!("{} {}", plural(count, word), if count == 1 { "was" } else { "were" })
}

/// `12,345`
pub fn thousands(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{plural, thousands};

    #[test]
    fn counts_read_well() {
        assert_eq!(plural(1, "test"), "1 test");
        assert_eq!(plural(0, "category"), "0 categories");
        assert_eq!(plural(2, "day"), "2 days");
        assert_eq!(thousands(1_234_567), "1,234,567");
    }
}
