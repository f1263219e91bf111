//! Text in HTML.
//!
//! For element content and for attributes in double quotes; never for `<script>`, `<style>`, comments, `id`, `class` or addresses.
//!
//! See the [example](mod@crate::safety#example).

use std::borrow::Cow;

use super::{find_any, refer, visible};

/// Text on one line, for element content and for attributes alike.
///
/// See the [example](mod@crate::safety#example).
pub fn text(text: &str) -> Cow<'_, str> {
    escape(visible::one_line(text))
}

/// Text with its lines, for `<pre>`.
///
/// See the [example](mod@crate::safety#example).
pub fn block(text: &str) -> Cow<'_, str> {
    escape(visible::block(text))
}

/// Writes what [`text`] makes of a text.
pub(crate) fn push_text(out: &mut String, text: &str) {
    push(out, &visible::one_line(text));
}

/// Writes what [`block`] makes of a text.
pub(crate) fn push_block(out: &mut String, text: &str) {
    push(out, &visible::block(text));
}

const REFERENCES: [(u8, &str); 6] =
    [(b'&', "&amp;"), (b'<', "&lt;"), (b'>', "&gt;"), (b'"', "&quot;"), (b'\'', "&#39;"), (b'`', "&#96;")];

fn push(out: &mut String, text: &str) {
    refer(out, text, &REFERENCES);
}

fn escape(text: Cow<'_, str>) -> Cow<'_, str> {
    if find_any(&text, &REFERENCES).is_none() {
        return text;
    }
    let mut out = String::with_capacity(text.len() + 16);
    push(&mut out, &text);
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_text() {
        assert_eq!(
            text("<img src=x onerror='a`b`'>&\"\n"),
            "&lt;img src=x onerror=&#39;a&#96;b&#96;&#39;&gt;&amp;&quot; "
        );
        assert_eq!(block("a\n<\u{202e}"), "a\n&lt;\\u{202E}");
    }
}
