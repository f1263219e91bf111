//! Texts of artifacts, bounded.

/// Bytes of one text that are kept.
pub const MAX_KEPT_TEXT: usize = 64 * 1024;

/// A text as evidence keeps it: what is longer than [`MAX_KEPT_TEXT`] is cut between two characters,
/// with a mark that says how much is missing.
///
/// It takes the whole text, so that what is to be hidden in it can be found before anything is cut.
pub fn keep_text(text: &str) -> String {
    if text.len() <= MAX_KEPT_TEXT {
        return text.to_owned();
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
