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

fn escape(text: Cow<'_, str>) -> Cow<'_, str> {
    let references =
        [(b'&', "&amp;"), (b'<', "&lt;"), (b'>', "&gt;"), (b'"', "&quot;"), (b'\'', "&#39;"), (b'`', "&#96;")];
    if find_any(&text, &references).is_none() {
        return text;
    }
    let mut out = String::with_capacity(text.len() + 16);
    refer(&mut out, &text, references);
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
