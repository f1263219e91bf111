//! Text in which everything can be seen.
//!
//! | in the text | one line | block |
//! |---|---|---|
//! | line break of any kind (LF, CR, CR LF, VT, FF, NEL, LS, PS) | space | line feed |
//! | tab | space | four spaces |
//! | ANSI colour sequence | nothing | nothing |
//! | other control character, bidirectional control, zero-width or otherwise invisible character, tag character, interlinear mark, noncharacter | `\u{202E}` | `\u{202E}` |
//! | more than four combining marks on one character | `…(+396 marks)` in their place | the same |
//!
//! Both functions are idempotent, and borrow where there is nothing to do.
//!
//! See the [example](mod@crate::safety#example).

use std::borrow::Cow;
use std::fmt::Write;

use super::find;

/// How many combining marks one character may carry.
const MARKS: usize = 4;

/// The text as one line in which everything can be seen.
///
/// See the [example](mod@crate::safety#example).
pub fn one_line(text: &str) -> Cow<'_, str> {
    if is_seen(text, b' ') {
        return Cow::Borrowed(text);
    }
    Cow::Owned(show(text, " ", " "))
}

/// The text with its lines, ended by line feeds, in which everything else can be seen.
///
/// See the [example](mod@crate::safety#example).
pub fn block(text: &str) -> Cow<'_, str> {
    if is_seen(text, b'\n') {
        return Cow::Borrowed(text);
    }
    Cow::Owned(show(text, "\n", "    "))
}

/// Whether every character of a text is shown as it is, as `kept` is.
fn is_seen(text: &str, kept: u8) -> bool {
    let mut rest = text;
    while let Some(at) = find(rest, |byte| is_other(byte).min(byte ^ kept)) {
        let Some(c) = rest[at..].chars().next() else { break };
        if is_hidden(c) || is_mark(c) {
            return false;
        }
        rest = &rest[at + c.len_utf8()..];
    }
    true
}

/// 0 of a character of ASCII that can be seen and of a space, and of no other byte.
#[inline(always)]
pub(crate) const fn is_other(byte: u8) -> u8 {
    b' '.saturating_sub(byte) | byte.saturating_sub(b'~')
}

/// The first `max_chars` characters of a text, followed by how many were left out: `… (+12,345 chars)`.
///
/// Redact before you cut.
///
/// See the [example](mod@crate::safety#example).
pub fn cut(text: &str, max_chars: usize) -> Cow<'_, str> {
    if text.len() <= max_chars {
        return Cow::Borrowed(text);
    }
    let Some((end, _)) = text.char_indices().nth(max_chars) else { return Cow::Borrowed(text) };
    let n_left = text[end..].chars().count();
    Cow::Owned(format!("{}… (+{} chars)", &text[..end], grouped(n_left)))
}

/// A count with commas between thousands.
fn grouped(count: usize) -> String {
    let digits = count.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

fn show(text: &str, line_break: &str, tab: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut marks = Marks::default();
    let mut at = 0;
    loop {
        let n_plain = find(&text[at..], is_other).unwrap_or(text.len() - at);
        if n_plain > 0 {
            marks.end(&mut out);
            marks.is_at_start = false;
            out.push_str(&text[at..at + n_plain]);
            at += n_plain;
        }
        let Some(c) = text[at..].chars().next() else { break };
        if matches!(c, '\u{1b}' | '\u{9b}')
            && let Some(length) = colour(&text[at..])
        {
            at += length;
            continue;
        }
        at += c.len_utf8();
        if is_mark(c) && !marks.is_at_start {
            marks.n += 1;
            if marks.n <= MARKS {
                out.push(c);
            }
            continue;
        }
        marks.end(&mut out);
        match c {
            '\r' if text[at..].starts_with('\n') => {}
            '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => out.push_str(line_break),
            '\t' => out.push_str(tab),
            c if is_hidden(c) || is_mark(c) => {
                let _ = write!(out, "\\u{{{:X}}}", u32::from(c));
            }
            c => out.push(c),
        }
        marks.is_at_start = matches!(c, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}');
    }
    marks.end(&mut out);
    out
}

/// The combining marks on the character that was written last.
struct Marks {
    n: usize,
    /// A mark here would sit on whatever our own writer put before the text.
    is_at_start: bool,
}

impl Default for Marks {
    fn default() -> Marks {
        Marks { n: 0, is_at_start: true }
    }
}

impl Marks {
    fn end(&mut self, out: &mut String) {
        if self.n > MARKS {
            let _ = write!(out, "…(+{} marks)", grouped(self.n - MARKS));
        }
        self.n = 0;
    }
}

/// The length of the ANSI colour sequence (SGR) that the text begins with.
fn colour(text: &str) -> Option<usize> {
    let parameters = text.strip_prefix("\u{1b}[").or_else(|| text.strip_prefix('\u{9b}'))?;
    let n = parameters.bytes().take_while(|byte| matches!(byte, b'0'..=b';')).count();
    parameters[n..].starts_with('m').then(|| text.len() - parameters.len() + n + 1)
}

/// The length of the terminal control sequence of any kind that the text begins with.
pub(super) fn sequence(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let (kind, start) = match text.chars().next()? {
        '\u{1b}' => (*bytes.get(1)?, 2),
        '\u{9b}' => (b'[', 2),
        '\u{9d}' => (b']', 2),
        _ => return None,
    };
    match kind {
        b'[' => {
            let n = bytes[start..].iter().take_while(|byte| matches!(byte, b' '..=b'?')).count();
            Some(start + n + usize::from(bytes.get(start + n).is_some_and(|byte| matches!(byte, b'@'..=b'~'))))
        }
        // An operating system command or device control string ends at BEL or ST; one without end hides nothing more.
        b']' | b'P' | b'^' | b'_' => {
            let rest = head(&text[start..], 4096).as_bytes();
            let end = (0..rest.len()).find_map(|i| match &rest[i..] {
                [7, ..] => Some(i + 1),
                [0x1b, b'\\', ..] | [0xc2, 0x9c, ..] => Some(i + 2),
                // Another sequence begins.
                [0x1b, ..] | [0xc2, 0x9d, ..] => Some(0),
                _ => None,
            });
            Some(start + end.unwrap_or(0))
        }
        b' '..=b'~' => Some(start),
        _ => Some(1),
    }
}

/// The first bytes of a text, up to a character's end.
pub(super) fn head(text: &str, max_bytes: usize) -> &str {
    let mut end = max_bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Whether nothing of a text can be seen.
pub(crate) fn is_blank(text: &str) -> bool {
    text.chars().all(|c| c.is_whitespace() || is_hidden(c))
}

/// Whether a character cannot be seen, or changes how others are seen.
///
/// See the [example](mod@crate::safety#example).
pub const fn is_hidden(c: char) -> bool {
    matches!(c,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}'
        | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0d}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}' | '\u{fdd0}'..='\u{fdef}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
        || (c as u32) & 0xfffe == 0xfffe
}

/// Whether a character sits on the one before it.
const fn is_mark(c: char) -> bool {
    matches!(c,
        '\u{300}'..='\u{34e}' | '\u{350}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{591}'..='\u{5bd}' | '\u{5bf}'
        | '\u{5c1}' | '\u{5c2}' | '\u{5c4}' | '\u{5c5}' | '\u{5c7}' | '\u{610}'..='\u{61a}' | '\u{64b}'..='\u{65f}'
        | '\u{670}' | '\u{6d6}'..='\u{6dc}' | '\u{6df}'..='\u{6e4}' | '\u{6e7}' | '\u{6e8}' | '\u{6ea}'..='\u{6ed}'
        | '\u{711}' | '\u{730}'..='\u{74a}' | '\u{7eb}'..='\u{7f3}' | '\u{8d3}'..='\u{902}' | '\u{93a}' | '\u{93c}'
        | '\u{941}'..='\u{948}' | '\u{94d}' | '\u{951}'..='\u{957}' | '\u{e31}' | '\u{e34}'..='\u{e3a}'
        | '\u{e47}'..='\u{e4e}' | '\u{eb1}' | '\u{eb4}'..='\u{ebc}' | '\u{ec8}'..='\u{ece}' | '\u{f18}' | '\u{f19}'
        | '\u{f35}' | '\u{f37}' | '\u{f39}' | '\u{f71}'..='\u{f7e}' | '\u{f80}'..='\u{f84}' | '\u{135d}'..='\u{135f}'
        | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}' | '\u{2cef}'..='\u{2cf1}'
        | '\u{2de0}'..='\u{2dff}' | '\u{302a}'..='\u{302f}' | '\u{3099}' | '\u{309a}' | '\u{a66f}'..='\u{a672}'
        | '\u{a674}'..='\u{a67d}' | '\u{fe0e}' | '\u{fe0f}' | '\u{fe20}'..='\u{fe2f}' | '\u{1d165}'..='\u{1d169}'
        | '\u{1d16d}'..='\u{1d172}' | '\u{1f3fb}'..='\u{1f3ff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(one_line(text), expected);
        assert_eq!(one_line(expected), expected, "idempotent");
    }

    #[test]
    fn plain_text_is_borrowed() {
        assert!(matches!(one_line("GET /health returns 200"), Cow::Borrowed(_)));
        assert!(matches!(block("two\nlines"), Cow::Borrowed(_)));
        assert!(matches!(one_line("検証 é"), Cow::Borrowed(_)));
        check("検証 é ⚠\u{fe0f}", "検証 é ⚠\u{fe0f}");
    }

    #[test]
    fn line_breaks_become_spaces_or_line_feeds() {
        check("a\r\nb\rc\nd\u{b}e\u{c}f\u{85}g\u{2028}h\u{2029}i\tj", "a b c d e f g h i j");
        assert_eq!(block("a\r\nb\rc\n\td\u{2028}e"), "a\nb\nc\n    d\ne");
    }

    #[test]
    fn colours_go_and_other_sequences_show() {
        check("\u{1b}[1;31mred\u{1b}[0m \u{9b}32mgreen\u{1b}[m", "red green");
        check("FAIL\u{1b}[1A\u{1b}[2KPASS", "FAIL\\u{1B}[1A\\u{1B}[2KPASS");
        check("\u{1b}]8;;https://evil.example\u{7}x", "\\u{1B}]8;;https://evil.example\\u{7}x");
        check("\u{1b}\u{1b}[0m[31m", "\\u{1B}[31m");
    }

    #[test]
    fn what_hides_is_shown() {
        check("verdict: \u{202e}SSAP", "verdict: \\u{202E}SSAP");
        check("pa\u{200b}ss\u{e0041}\u{fffe}\u{1ffff}", "pa\\u{200B}ss\\u{E0041}\\u{FFFE}\\u{1FFFF}");
        check("a\0b\u{7f}", "a\\u{0}b\\u{7F}");
    }

    #[test]
    fn combining_marks_are_capped_and_never_sit_on_our_own_text() {
        check(&format!("a{}b", "\u{301}".repeat(1000)), "a\u{301}\u{301}\u{301}\u{301}…(+996 marks)b");
        check("\u{338}PASS", "\\u{338}PASS");
        check("ab\n\u{301}c\u{301}", "ab \\u{301}c\u{301}");
    }

    #[test]
    fn a_cut_says_how_much_is_gone() {
        assert_eq!(cut("short", 5), "short");
        assert_eq!(cut("ééééé", 5), "ééééé");
        assert_eq!(cut(&"é".repeat(12_350), 5), "ééééé… (+12,345 chars)");
    }
}
