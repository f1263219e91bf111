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
    if !text.contains(['&', '<', '>', '"', '\'', '`']) {
        return text;
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '`' => out.push_str("&#96;"),
            c => out.push(c),
        }
    }
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
