//! Texts of artifacts, bounded.

use crate::safety::redact::cut::before_cut;

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

/// The first characters of a text, with `…` where there are more. Secrets are masked before it is cut.
pub(crate) fn first_chars(text: &str, max: usize) -> String {
    if text.len() <= max || text.char_indices().nth(max).is_none() {
        return text.to_owned();
    }
    let text = before_cut(text);
    match text.char_indices().nth(max) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.into_owned(),
    }
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

    #[test]
    fn a_secret_is_masked_before_it_is_cut_in_two() {
        let token = ["ghp", &"a1B2".repeat(9)].join("_");
        let text = format!("failed with {token} in the header");
        assert_eq!(first_chars(&text, 20), "failed with [redacte…");
        assert_eq!(first_chars(&text, 1_000), text);
        assert_eq!(first_chars("nöthing", 2), "nö…");
    }
}
