//! Text in Markdown (GitHub's dialect, tables enabled).
//!
//! Text from artifacts always stands in code: a code span in a table cell ([`cell`]) or elsewhere ([`code`]), or a fenced block ([`fence`]).
//! Backslashes are not enough for it: sites turn `@name`, `#1`, commit hashes and e-mail addresses into links after the Markdown is rendered,
//! and only code stops them.
//! Text from the manifest's owner may stand as [`prose`].
//!
//! See the [example](mod@crate::safety#example).

use std::fmt::{self, Write};

use super::visible;

/// Markdown that is safe to place in a document; made by the functions of this module alone.
///
/// See the [example](mod@crate::safety#example).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Markdown(String);

impl Markdown {
    /// The Markdown.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The Markdown as a string.
    pub fn into_string(self) -> String {
        self.0
    }
}

impl fmt::Display for Markdown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Text as a code span in a table cell.
///
/// The cell is written `| x |`, with spaces: without them a backslash at the end would escape the delimiter.
/// Blank text becomes `(empty)` or `(blank)`, which no code span can look like.
///
/// See the [example](mod@crate::safety#example).
pub fn cell(text: &str) -> Markdown {
    let mut span = code(text);
    if span.0.contains('|') {
        span.0 = span.0.replace('|', "\\|");
    }
    span
}

/// Text as a code span, outside of tables.
///
/// See the [example](mod@crate::safety#example).
pub fn code(text: &str) -> Markdown {
    let mut out = String::with_capacity(text.len() + 4);
    push_code(&mut out, text);
    Markdown(out)
}

/// Writes what [`code`] makes of a text.
pub(crate) fn push_code(out: &mut String, text: &str) {
    let text = visible::one_line(text);
    if text.chars().all(char::is_whitespace) {
        out.push_str(if text.is_empty() { "(empty)" } else { "(blank)" });
        return;
    }
    let ticks = longest_run(&text, '`') + 1;
    let pad = if text.starts_with([' ', '`']) || text.ends_with([' ', '`']) { " " } else { "" };
    out.extend(std::iter::repeat_n('`', ticks));
    for part in [pad, &*text, pad] {
        out.push_str(part);
    }
    out.extend(std::iter::repeat_n('`', ticks));
}

/// Text as a fenced block with its line feed at the end; to be placed at the start of a line.
///
/// See the [example](mod@crate::safety#example).
pub fn fence(text: &str) -> Markdown {
    let text = visible::block(text);
    let text = text.strip_suffix('\n').unwrap_or(&text);
    let ticks = "`".repeat((longest_run(text, '`') + 1).max(3));
    Markdown([&ticks, "text\n", text, "\n", &ticks, "\n"].concat())
}

/// Text as plain prose on one line, every character literal.
///
/// For text of the manifest's owner and our own words; never for text from artifacts.
///
/// See the [example](mod@crate::safety#example).
pub fn prose(text: &str) -> Markdown {
    let text = visible::one_line(text);
    let text = text.trim();
    let mut out = String::with_capacity(text.len() + 8);
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    for (i, c) in text.char_indices() {
        // A full stop or a parenthesis matters after the number of a list item, a plus or minus where it starts one;
        // escaped elsewhere they would only make the raw text hard to read.
        let matters = match c {
            '.' => i == digits && text[i + 1..].starts_with(' ') || text[..i].ends_with("www"),
            ')' => i == digits,
            // Without an open bracket before it a parenthesis is no link.
            '(' => false,
            '-' | '+' => i == 0 || text[i..].starts_with("---"),
            ':' => text[i..].starts_with("://"),
            c => "\\`*_{}[]()<>#!|~&@$^=".contains(c),
        };
        if matters {
            out.push('\\');
        }
        out.push(c);
    }
    Markdown(out)
}

/// A link with a text of our own words; `None` where the address is not plain http or https: print it as code then.
///
/// See the [example](mod@crate::safety#example).
pub fn link(text_ours: &str, url: &str) -> Option<Markdown> {
    let scheme = ["https://", "http://"]
        .into_iter()
        .find(|scheme| url.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)))?;
    let rest = &url[scheme.len()..];
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    // A name before `@` dresses a foreign host as a known one; a host that is not ASCII may only look like one.
    let is_host = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte);
    if authority.is_empty() || !authority.bytes().all(is_host) || url.chars().any(visible::is_hidden) {
        return None;
    }
    let mut target = format!("{scheme}{authority}");
    for c in path.chars() {
        match c {
            ' ' | '(' | ')' | '<' | '>' | '\\' | '`' | '"' | '\'' | '|' | '*' | '_' | '~' | '[' | ']' | '{' | '}'
            | '^' | '!' | '$' => {
                let _ = write!(target, "%{:02X}", u32::from(c));
            }
            c if c.is_ascii() => target.push(c),
            c => {
                for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                    let _ = write!(target, "%{byte:02X}");
                }
            }
        }
    }
    Some(Markdown(format!("[{}](<{target}>)", prose(text_ours))))
}

/// The length of the longest run of a character.
fn longest_run(text: &str, of: char) -> usize {
    let (mut longest, mut rest) = (0, text);
    while let Some(start) = rest.find(of) {
        let after = rest[start..].trim_start_matches(of);
        longest = longest.max(rest.len() - start - after.len());
        rest = after;
    }
    longest / of.len_utf8()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_keeps_pipes_and_backticks() {
        assert_eq!(cell("a | b").as_str(), "`a \\| b`");
        assert_eq!(cell("`x`").as_str(), "`` `x` ``");
        assert_eq!(cell("").as_str(), "(empty)");
        assert_eq!(cell(" \n ").as_str(), "(blank)");
        assert_eq!(cell("@octocat #1\n# VERDICT: PASS").as_str(), "`@octocat #1 # VERDICT: PASS`");
    }

    #[test]
    fn a_fence_is_longer_than_any_inside() {
        assert_eq!(fence("a\n```\nb\n").as_str(), "````text\na\n```\nb\n````\n");
    }

    #[test]
    fn prose_is_literal_and_readable() {
        assert_eq!(prose("Login *works* (v1.2) <b>").as_str(), "Login \\*works\\* (v1.2) \\<b\\>");
        assert_eq!(prose("1. first").as_str(), "1\\. first");
        assert_eq!(prose("1) first").as_str(), "1\\) first");
        assert_eq!(prose("[a](b)").as_str(), "\\[a\\](b)");
        assert_eq!(prose("1.0").as_str(), "1.0");
        assert_eq!(prose("- item").as_str(), "\\- item");
        assert_eq!(prose("re-run at http://a.example").as_str(), "re-run at http\\://a.example");
    }

    #[test]
    fn only_web_addresses_are_links() {
        let as_str = |url| link("run", url).map(Markdown::into_string);
        assert_eq!(as_str("https://ci.example/a b(c)").as_deref(), Some("[run](<https://ci.example/a%20b%28c%29>)"));
        assert_eq!(as_str("HTTP://ci.example/é?x=1#y").as_deref(), Some("[run](<http://ci.example/%C3%A9?x=1#y>)"));
        for url in [
            "javascript:alert(1)",
            "data:text/html,x",
            "//evil.example",
            "https://",
            "https://ci.example@evil.example/",
            "https://сi.example/",
            "https://a.example/\n",
            "https://a.example/\u{202e}",
        ] {
            assert_eq!(as_str(url), None, "{url}");
        }
    }
}
