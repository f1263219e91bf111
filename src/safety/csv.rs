//! Text in CSV (RFC 4180), for files that people open in a spreadsheet.
//!
//! A field that a spreadsheet would take for a formula gets an apostrophe in front; plain numbers stay as they are.
//!
//! See the [example](mod@crate::safety#example).

use std::borrow::Cow;

use super::visible;

/// Text as one field, quoted where it has to be.
///
/// See the [example](mod@crate::safety#example).
pub fn field(text: &str) -> Cow<'_, str> {
    let shown = visible::block(text);
    let is_formula = is_formula(text) || is_formula(&shown);
    if !is_formula && !shown.contains([',', '"', '\n', '\r', ';']) && shown.trim() == shown {
        return shown;
    }
    let guard = if is_formula { "'" } else { "" };
    Cow::Owned(format!("\"{guard}{}\"", shown.replace('"', "\"\"")))
}

/// Whether a spreadsheet would calculate the text; full-width signs count, as some spreadsheets take them for the plain ones.
fn is_formula(text: &str) -> bool {
    let is_start = |c| matches!(c, '=' | '+' | '-' | '@' | '\t' | '\r' | '＝' | '＋' | '－' | '＠');
    let is_number = |text: &str| text.strip_prefix(['-', '+']).is_some_and(is_plain_number);
    (text.starts_with(['\t', '\r']) || text.trim_start().starts_with(is_start)) && !is_number(text)
}

fn is_plain_number(text: &str) -> bool {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    [whole, fraction].iter().all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_quoted_where_needed() {
        assert_eq!(field("plain"), "plain");
        assert_eq!(field("a,b"), "\"a,b\"");
        assert_eq!(field("say \"x\"\r\nnow"), "\"say \"\"x\"\"\nnow\"");
    }

    #[test]
    fn formulas_are_disarmed_and_numbers_are_not() {
        assert_eq!(field("=1+1"), "\"'=1+1\"");
        assert_eq!(field("  @SUM(A1)"), "\"'  @SUM(A1)\"");
        assert_eq!(field("\t=x"), "\"'    =x\"");
        assert_eq!(field("+cmd|' /C calc'!A0"), "\"'+cmd|' /C calc'!A0\"");
        assert_eq!(field("-5"), "-5");
        assert_eq!(field("-5.25"), "-5.25");
        assert_eq!(field("-5+1"), "\"'-5+1\"");
    }
}
