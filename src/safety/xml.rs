//! Text in XML 1.0, with care for what reads JUnit files.
//!
//! Characters that XML does not allow are made visible with the rest of what hides.
//! `[[ATTACHMENT|` and `[[PROPERTY|` in a test's output are commands to Jenkins, GitLab and Testmo; in an artifact's text they are broken.
//!
//! See the [example](mod@crate::safety#example).

use std::borrow::Cow;

use super::visible;

/// Text of an element, with its lines.
///
/// See the [example](mod@crate::safety#example).
pub fn text(text: &str) -> Cow<'_, str> {
    escape(visible::block(text), false)
}

/// Text of an attribute in double quotes; line feeds survive as `&#10;`.
///
/// See the [example](mod@crate::safety#example).
pub fn attribute(text: &str) -> Cow<'_, str> {
    escape(visible::block(text), true)
}

fn escape(text: Cow<'_, str>, is_attribute: bool) -> Cow<'_, str> {
    if !text.contains(['&', '<', '>', '"', '\'', '\n', '[']) {
        return text;
    }
    let mut out = String::with_capacity(text.len() + 16);
    for (i, c) in text.char_indices() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' if is_attribute => out.push_str("&quot;"),
            '\'' if is_attribute => out.push_str("&#39;"),
            '\n' if is_attribute => out.push_str("&#10;"),
            '[' => {
                out.push('[');
                if text[i..].starts_with("[[") {
                    let word = text[i + 2..].trim_start();
                    if ["attachment", "property"].iter().any(|marker| starts_with_word(word, marker)) {
                        out.push('\\');
                    }
                }
            }
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

fn starts_with_word(text: &str, word: &str) -> bool {
    text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_and_illegal_characters_are_text() {
        assert_eq!(text("a <b> & \u{1}\u{fffe}]]>\n"), "a &lt;b&gt; &amp; \\u{1}\\u{FFFE}]]&gt;\n");
        assert_eq!(attribute("a\n\"'\t"), "a&#10;&quot;&#39;    ");
    }

    #[test]
    fn markers_of_junit_readers_are_broken() {
        assert_eq!(text("[[ATTACHMENT|/etc/passwd]]"), "[\\[ATTACHMENT|/etc/passwd]]");
        assert_eq!(text("[[[[property|k=v]]"), "[[[\\[property|k=v]]");
        assert_eq!(text("a[[1]]"), "a[[1]]");
    }
}
