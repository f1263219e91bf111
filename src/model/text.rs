//! Texts of artifacts, bounded.

use crate::safety::redact::sweep::before_cut;

/// Bytes of one text that are kept.
pub const MAX_KEPT_TEXT: usize = 64 * 1024;

/// A text as evidence keeps it: what is longer than [`MAX_KEPT_TEXT`] is cut between two characters,
/// with a mark that says how much is missing.
///
/// Secrets are masked before anything is cut: half of one would not be recognised any more.
pub fn keep_text(text: &str) -> String {
    if text.len() <= MAX_KEPT_TEXT {
        return text.to_owned();
    }
    let text = before_cut(text);
    if text.len() <= MAX_KEPT_TEXT {
        return text.into_owned();
    }
    let end = (0..=MAX_KEPT_TEXT).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    format!("{}… [{} more bytes]", &text[..end], text.len() - end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_between_characters() {
        assert_eq!(keep_text("short"), "short");
        let long = format!("{}€uro", "x".repeat(MAX_KEPT_TEXT - 1));
        assert_eq!(keep_text(&long), format!("{}… [6 more bytes]", "x".repeat(MAX_KEPT_TEXT - 1)));
    }
}
