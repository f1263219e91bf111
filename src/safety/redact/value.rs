//! Where a secret value ends, and what only looks like one.

use std::ops::Range;

/// The value that begins at a place: up to its closing quote, or to where an unquoted value ends.
pub fn value(text: &str, at: usize) -> Option<Value> {
    let open = text[at..].trim_start_matches(['[', ' ', '\t']);
    let at = text.len() - open.len();
    let n_backslashes = open.bytes().take_while(|byte| *byte == b'\\').count();
    let Some(quote) = open[n_backslashes..].chars().next().filter(|c| matches!(c, '"' | '\'' | '`')) else {
        let range = at..at + unquoted(open);
        return (!open.starts_with('{') || open.starts_with("{{")).then_some(Value { range, is_quoted: false });
    };
    let start = at + n_backslashes + 1;
    Some(Value { range: start..start + quoted(&text[start..], quote, n_backslashes), is_quoted: true })
}

/// A value and how it stands in the text.
pub struct Value {
    /// Where it is, without quotes.
    pub range: Range<usize>,
    /// Whether it stands in quotes.
    pub is_quoted: bool,
}

/// How long a quoted value is: up to the quote that is escaped as the opening one was, else to the end of the line.
fn quoted(text: &str, quote: char, n_backslashes: usize) -> usize {
    let mut run = 0;
    for (i, c) in text.char_indices() {
        if c == quote && (run <= n_backslashes || quote == '\'') && (n_backslashes > 0 || run % 2 == 0) {
            return i - run.min(n_backslashes);
        }
        run = if c == '\\' { run + 1 } else { 0 };
    }
    text.find(['\n', '\r']).unwrap_or(text.len())
}

/// How long an unquoted value is: to white space, a quote or a bracket of markup, or to where the next `name=` begins.
fn unquoted(text: &str) -> usize {
    let end = text.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | '`')).unwrap_or(text.len());
    let text = &text[..end];
    let next = text.match_indices(['&', ',', ';', '#', '?']).find(|(at, separator)| {
        let rest = &text[at + 1..];
        let name = rest.find(|c: char| !(c.is_alphanumeric() || "_-.%[]".contains(c))).unwrap_or(rest.len());
        let ends: &[char] = if *separator == "&" { &['=', '&', ';'] } else { &['=', ':'] };
        rest.is_empty() || (name > 0 && rest[name..].starts_with(ends))
    });
    let text = &text[..next.map_or(text.len(), |(at, _)| at)];
    let text = text.trim_end_matches([',', ';', '.', '\\']);
    // A bracket that the value itself did not open closes something around it.
    let unopened = |close: char, open: char| text.ends_with(close) && !text.contains(open);
    let n_closing = usize::from(unopened(')', '(') || unopened(']', '[') || unopened('}', '{'));
    text.len() - n_closing
}

/// Whether a value says that the secret is not there: empty, masked already, a variable, a placeholder.
pub fn is_placeholder(value: &str) -> bool {
    const WORDS: [&str; 19] = [
        "null",
        "none",
        "nil",
        "undefined",
        "true",
        "false",
        "redacted",
        "masked",
        "hidden",
        "removed",
        "filtered",
        "sensitive",
        "changeme",
        "empty",
        "unset",
        "string",
        "n/a",
        "yes",
        "no",
    ];
    let value = value.trim();
    let bare = value.trim_matches(|c: char| "<>[](){}*\"' .".contains(c));
    let is_enclosed = |open: &str, close: &str| value.starts_with(open) && value.ends_with(close);
    let is_name = |name: &str| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
    };
    bare.is_empty()
        || value.chars().all(|c| "xX*.-_•●#…".contains(c))
        || WORDS.iter().any(|word| bare.eq_ignore_ascii_case(word))
        || is_enclosed("${", "}")
        || is_enclosed("$(", ")")
        || is_enclosed("{{", "}}")
        || is_enclosed("<", ">")
        || value.strip_prefix('$').is_some_and(is_name)
        || value.strip_prefix('%').and_then(|rest| rest.strip_suffix('%')).is_some_and(is_name)
        || ["process.env.", "os.environ", "env.", "secrets."].iter().any(|start| value.starts_with(start))
}

/// Whether a value after `name: ` is the beginning of a sentence, or a word that says something about a secret.
pub fn is_prose(text: &str, range: &Range<usize>) -> bool {
    const WORDS: [&str; 44] = [
        "authentication",
        "authorization",
        "auth",
        "bad",
        "bearer",
        "blank",
        "changed",
        "correct",
        "created",
        "credential",
        "credentials",
        "deleted",
        "denied",
        "detected",
        "digest",
        "exposed",
        "expired",
        "failed",
        "found",
        "header",
        "incorrect",
        "invalid",
        "leaked",
        "login",
        "match",
        "missing",
        "ok",
        "opaque",
        "passed",
        "password",
        "present",
        "realm",
        "rejected",
        "required",
        "revoked",
        "rotated",
        "scheme",
        "secret",
        "skipped",
        "strong",
        "token",
        "unknown",
        "valid",
        "wrong",
    ];
    let word = text[range.clone()].trim_end_matches([',', '.', ':', ';', '!', '?', ')']);
    if word.is_empty() || !word.chars().all(|c| c.is_alphabetic() || c == '-') {
        return false;
    }
    let capitals = word.chars().filter(|c| c.is_uppercase()).count();
    if capitals > 1 || (capitals == 1 && !word.starts_with(char::is_uppercase)) || word.chars().count() > 20 {
        return false;
    }
    let rest = text[range.end..].trim_start_matches([',', '.', ':', ';', '!', '?', ')']);
    let is_followed = rest.starts_with(' ') && rest.trim_start().starts_with(char::is_alphabetic);
    is_followed || WORDS.iter().any(|known| word.eq_ignore_ascii_case(known))
}

/// What base64 text stands for, where that is readable text.
pub fn base64_text(text: &str) -> Option<String> {
    let sextet = |byte: u8| -> Option<u32> {
        Some(u32::from(match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        }))
    };
    /// Bytes by which most of what is no text is told.
    const FIRST: usize = 12;
    let mut bytes = Vec::new();
    for group in text.trim_end_matches('=').as_bytes().chunks(4) {
        if group.len() == 1 {
            break;
        }
        let mut bits = 0;
        for i in 0..4 {
            bits = bits << 6 | group.get(i).map_or(Some(0), |byte| sextet(*byte))?;
        }
        // Digests, identifiers and names of classes are told by their first bytes.
        let some = &bits.to_be_bytes()[1..group.len()];
        if some.iter().any(|byte| byte.is_ascii_control() && !byte.is_ascii_whitespace() && *byte != 0x1b) {
            return None;
        }
        if bytes.is_empty() {
            bytes.reserve_exact(text.len() / 4 * 3 + 3);
        }
        bytes.extend_from_slice(some);
        if bytes.len() == FIRST && std::str::from_utf8(&bytes).is_err_and(|error| error.valid_up_to() + 4 <= FIRST) {
            return None;
        }
    }
    let n_valid = match std::str::from_utf8(&bytes) {
        Ok(_) => bytes.len(),
        Err(error) if bytes.len() - error.valid_up_to() < 4 => error.valid_up_to(),
        Err(_) => return None,
    };
    bytes.truncate(n_valid);
    String::from_utf8(bytes).ok()
}

/// Whether a text holds a payment card number: 15 or 16 digits of a known issuer with a valid check digit.
pub fn is_card(text: &str) -> bool {
    let digits: Vec<u32> = text.chars().filter_map(|c| c.to_digit(10)).collect();
    let prefix = digits.iter().take(4).fold(0, |number, digit| number * 10 + digit);
    let is_known = match digits.len() {
        15 => matches!(prefix / 100, 34 | 37),
        16 => matches!(prefix, 2221..=2720 | 3528..=3589 | 4000..=4999 | 5100..=5599 | 6011 | 6440..=6599),
        _ => false,
    };
    let is_even_place = |i: usize| i % 2 == 1;
    let sum: u32 = (digits.iter().rev().enumerate())
        .map(|(i, digit)| if is_even_place(i) { digit * 2 % 10 + digit * 2 / 10 } else { *digit })
        .sum();
    is_known && sum.is_multiple_of(10) && digits.iter().any(|digit| *digit != digits[0])
}

/// The length of the IBAN that a text begins with.
pub fn iban(text: &str) -> Option<usize> {
    const LENGTHS: &str = "AD24 AE23 AT20 BE16 BG22 CH21 CY28 CZ24 DE22 DK18 EE20 ES24 FI18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 \
                           HR21 HU28 IE22 IL23 IS26 IT27 LB28 LI21 LT20 LU20 LV21 MC27 MD24 ME22 MK19 MT31 NL18 NO15 PK24 \
                           PL28 PT25 QA29 RO24 RS22 SA24 SE24 SI19 SK24 SM27 TR26 UA29 XK20";
    let country = text.get(..2)?;
    let length: usize = LENGTHS.split(' ').find_map(|entry| entry.strip_prefix(country))?.parse().ok()?;
    let mut compact = String::with_capacity(length);
    let mut end = 0;
    for (i, c) in text.char_indices() {
        match c {
            ' ' if i > 0 => {}
            c if c.is_ascii_uppercase() || c.is_ascii_digit() => compact.push(c),
            _ => return None,
        }
        end = i + 1;
        if compact.len() == length {
            break;
        }
    }
    let is_whole = compact.len() == length && !text[end..].starts_with(|c: char| c.is_alphanumeric());
    let rearranged = compact.chars().skip(4).chain(compact.chars().take(4));
    let remainder = rearranged.fold(0, |rest, c| {
        let value = c.to_digit(36).unwrap_or(0);
        (rest * if value > 9 { 100 } else { 10 } + value) % 97
    });
    (is_whole && remainder == 1).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_value(text: &str, expected: &str) {
        let found = value(text, 0).map(|value| &text[value.range]);
        assert_eq!(found, Some(expected), "{text}");
    }

    #[test]
    fn values_end_where_they_were_opened() {
        check_value("\"two words\", x", "two words");
        check_value("\"a\\\"b\", x", "a\\\"b");
        check_value("\\\"inner\\\"}\"", "inner");
        check_value("'single' x", "single");
        check_value("[\"in a list\"]", "in a list");
        check_value("\"cut off\nnext line", "cut off");
        check_value("a&b=c", "a");
        check_value("a,b;c d", "a,b;c");
        check_value("a;Name=b", "a");
        check_value("a(b)c).", "a(b)c)");
        check_value("abc)", "abc");
    }

    #[test]
    fn placeholders_are_no_secrets() {
        for value in
            ["", "****", "${DB_PASSWORD}", "$DB_PASSWORD", "{{ secret }}", "<redacted>", "[MASKED]", "null", "xxxx"]
        {
            assert!(is_placeholder(value), "{value}");
        }
        for value in ["hunter2", "$ecret", "p", "{a}"] {
            assert!(!is_placeholder(value), "{value}");
        }
    }

    #[test]
    fn check_digits_tell_numbers_from_accounts() {
        assert!(is_card("4012 8888 8888 1881"));
        assert!(!is_card("4012 8888 8888 1882"));
        assert!(!is_card("1700000000000000"));
        assert_eq!(iban("DE89 3704 0044 0532 0130 00 rest"), Some(27));
        assert_eq!(iban("DE88370400440532013000"), None);
    }

    #[test]
    fn base64_is_read_where_it_is_text() {
        assert_eq!(base64_text("dXNlcjpwYXNz").as_deref(), Some("user:pass"));
        assert_eq!(base64_text("dXNlcjpwYXM=").as_deref(), Some("user:pas"));
        assert_eq!(base64_text("e3b0c44298fc1c149afbf4c8996fb924"), None);
    }
}
