//! Text in HTML.
//!
//! For element content and for attributes in double quotes; never for `<script>`, `<style>`, comments, `id`, `class` or addresses.
//!
//! See the [example](mod@crate::safety#example).

use std::borrow::Cow;

use super::visible;

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
    let is_special = |byte: u8| matches!(byte, b'&' | b'<' | b'>' | b'"' | b'\'' | b'`');
    let mut rest: &str = &text;
    let mut out = String::new();
    while let Some(at) = rest.bytes().position(is_special) {
        if out.is_empty() {
            out.reserve(text.len() + 16);
        }
        out.push_str(&rest[..at]);
        out.push_str(match rest.as_bytes()[at] {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' => "&quot;",
            b'\'' => "&#39;",
            _ => "&#96;",
        });
        rest = &rest[at + 1..];
    }
    if out.is_empty() {
        return text;
    }
    out.push_str(rest);
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
