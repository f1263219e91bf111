//! What is quoted in a SQL script, where only its end matters.
//!
//! ```sql
//! CREATE FUNCTION dbo.f() RETURNS TABLE AS RETURN SELECT a AS [6" pipe] FROM t
//! DBMS_OUTPUT.PUT_LINE(q'[it's done]');
//! ```

use crate::formats::rollback::sql_tokens::{Backslash, alternatively_quoted, in_word};

/// Bytes in which a name in brackets ends. SQL Server takes 128 characters.
const MAX_BRACKETED: usize = 1024;

/// The length of a string or of a name in quotes that starts at `at` with `first`; `None` where none does.
pub(super) fn quoted(text: &str, at: usize, first: char, backslash: Backslash) -> Option<usize> {
    let rest = &text[at..];
    match first {
        '\'' | '"' if backslash == Backslash::Escapes => Some(escaped(rest, first).unwrap_or(rest.len())),
        '\'' | '"' | '`' => Some(rest[1..].find(first).map_or(rest.len(), |end| end + 2)),
        '[' => bracketed(text, at),
        'q' | 'Q' | 'n' | 'N' => prefixed(text, at),
        _ => None,
    }
}

/// A string in which a backslash takes away the meaning of the sign that follows it.
fn escaped(rest: &str, close: char) -> Option<usize> {
    let mut at = 1;
    loop {
        at += rest.get(at..)?.find([close, '\\'])?;
        if rest[at..].starts_with(close) {
            return Some(at + 1);
        }
        at += 1 + rest[at + 1..].chars().next()?.len_utf8();
    }
}

/// A name in brackets of SQL Server, in which quotes stand for themselves. What stands directly behind a name is an index
/// or the list of an array: `x[1]`, `ARRAY['a']`.
fn bracketed(text: &str, at: usize) -> Option<usize> {
    if text[..at].ends_with(|c| in_word(c) || matches!(c, '"' | '`' | ')' | ']')) {
        return None;
    }
    let rest = &text.as_bytes()[at..];
    let rest = &rest[..rest.len().min(MAX_BRACKETED)];
    let mut from = 1;
    loop {
        let end = from + memchr::memchr2(b']', b'\n', rest.get(from..)?)?;
        match (rest[end], rest.get(end + 1)) {
            (b'\n', _) => return None,
            (_, Some(b']')) => from = end + 2,
            _ => return Some(end + 1),
        }
    }
}

/// `q'[…]'` of Oracle, in which quotes stand for themselves.
fn prefixed(text: &str, at: usize) -> Option<usize> {
    let rest = &text[at..];
    let prefix = ["q'", "nq'"].into_iter().find(|prefix| {
        let start = rest.as_bytes().get(..prefix.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(prefix.as_bytes()))
    })?;
    if text[..at].ends_with(in_word) {
        return None;
    }
    let length = prefix.len() - 1;
    // As what else is quoted, one without end has all that follows.
    Some(alternatively_quoted(&rest[length..]).map_or(rest.len(), |end| length + end))
}

#[cfg(test)]
mod tests {
    use super::{Backslash, quoted};

    #[track_caller]
    fn check(text: &str, at: usize, expected: Option<&str>) {
        let first = text[at..].chars().next().expect("a character");
        assert_eq!(quoted(text, at, first, Backslash::Plain).map(|length| &text[at..at + length]), expected, "{text}");
    }

    #[test]
    fn brackets_and_the_quotes_of_oracle_hold_quotes() {
        check("[a'b]]c] d", 0, Some("[a'b]]c]"));
        check("a.[b\"c]", 2, Some("[b\"c]"));
        check("q'[it's]' x", 0, Some("q'[it's]'"));
        check("NQ'!it's!' x", 0, Some("NQ'!it's!'"));
        check("q'<it's>'", 0, Some("q'<it's>'"));
        check("q'[it's", 0, Some("q'[it's"));
    }

    #[test]
    fn a_backslash_takes_the_meaning_of_a_quote_away_where_it_escapes() {
        let check = |text: &str, expected: &str| {
            let length = quoted(text, 0, '\'', Backslash::Escapes).expect("a string");
            assert_eq!(&text[..length], expected);
        };
        check(r"'it\'s; a', b", r"'it\'s; a'");
        check(r"'a\\'; b", r"'a\\'");
        check(r"'it\", r"'it\");
        check("'a", "'a");
    }

    #[test]
    fn an_index_and_a_word_are_not_quoted() {
        check("ARRAY['a','b']", 5, None);
        check("x[1]", 1, None);
        check("'{}'::text[]", 10, None);
        check("[\n'a']", 0, None);
        check("[a", 0, None);
        check("freq'a'", 3, None);
        check("question", 0, None);
    }
}
