//! Credentials and cookies in headers.

use std::ops::Range;

use regex::Captures;

use super::rules::is_secret;
use super::value;
use crate::safety::visible::head;

/// What stands after `Authorization:`.
pub fn authorization(text: &str, captures: &Captures<'_>, out: &mut Vec<Range<usize>>) {
    credentials(text, captures.get_match().end(), out);
}

/// The credentials of an `Authorization` header whose value begins at a place.
pub fn credentials(text: &str, at: usize, out: &mut Vec<Range<usize>>) {
    let Some(first) = value::value(text, at) else { return };
    let line = if first.is_quoted { first.range.clone() } else { first.range.start..line_end(text, first.range.start) };
    let scheme = text[line.clone()].find([' ', '\t']).map(|n| line.start..line.start + n);
    let Some(scheme) = scheme.filter(|scheme| {
        text[scheme.clone()].bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') && scheme.len() <= 20
    }) else {
        if is_secret(text, &first.range, true) {
            out.push(first.range);
        }
        return;
    };
    let rest = text[scheme.end..line.end].trim_start();
    let start = line.end - rest.len();
    if rest.contains("=\"") || rest.contains(", ") && rest.contains('=') {
        // Digest, OAuth, Hawk, AWS4: the parts that prove something.
        for (offset, part) in parts(rest) {
            if let Some((name, content)) = part.split_once('=')
                && ["response", "signature", "mac", "token", "cnonce", "opaque", "ext"]
                    .iter()
                    .any(|secret| name.to_ascii_lowercase().ends_with(secret))
            {
                let content_start = start + offset + name.len() + 1;
                let range = trimmed(text, content_start..content_start + content.len());
                out.extend(Some(range).filter(|range| is_secret(text, range, false)));
            }
        }
        return;
    }
    let length = rest.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>')).unwrap_or(rest.len());
    let range = trimmed(text, start..start + length);
    if is_secret(text, &range, true) {
        out.push(range);
    }
}

/// The parts of a text between commas, with where they begin.
fn parts(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    text.split(',').map(move |part| {
        let start = at + part.len() - part.trim_start().len();
        at += part.len() + 1;
        (start, part.trim())
    })
}

/// A range without quotes, backslashes and commas around it.
pub fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let outer = &text[range.clone()];
    let left = outer.trim_start_matches(['"', '\'', '\\']);
    let start = range.end - left.len();
    start..start + left.trim_end_matches(['"', '\'', '\\', ',', ';']).len()
}

/// Where the line of a header ends; servers take no longer ones than this.
fn line_end(text: &str, at: usize) -> usize {
    let line = head(&text[at..], 8192);
    at + memchr::memchr2(b'\n', b'\r', line.as_bytes()).unwrap_or(line.len())
}

/// `Bearer …` and `Basic …` without the name of the header.
pub fn scheme(text: &str, captures: &Captures<'_>, out: &mut Vec<Range<usize>>) {
    let found = captures.get_match();
    let rest = &text[found.end()..];
    let length = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "-._~+/=".contains(c))).unwrap_or(rest.len());
    let range = found.end()..found.end() + length;
    let is_credential = if found.as_str().as_bytes()[1].eq_ignore_ascii_case(&b'a') {
        value::base64_text(&text[range.clone()]).is_some_and(|pair| pair.contains(':'))
    } else {
        length >= 6 && is_secret(text, &range, true) && text[range.clone()].contains(|c: char| !c.is_ascii_lowercase())
    };
    if is_credential {
        out.push(range);
    }
}

/// The values of the cookies that begin after a place, their attributes apart.
pub fn cookies(text: &str, captures: &Captures<'_>, out: &mut Vec<Range<usize>>) {
    cookie_values(text, captures.get_match().end(), out);
}

pub fn cookie_values(text: &str, at: usize, out: &mut Vec<Range<usize>>) {
    const ATTRIBUTES: [&str; 11] = [
        "path",
        "domain",
        "expires",
        "max-age",
        "secure",
        "httponly",
        "samesite",
        "partitioned",
        "priority",
        "version",
        "comment",
    ];
    let Some(first) = value::value(text, at) else { return };
    let end = if first.is_quoted { first.range.end } else { line_end(text, at) };
    let mut start = first.range.start;
    for part in text[first.range.start..end].split(';') {
        let part_start = start;
        start += part.len() + 1;
        let Some((name, content)) = part.split_once('=') else { continue };
        if name.contains(": ") {
            // Another header begins, which has its own match.
            break;
        }
        if name.trim().is_empty()
            || name.trim().contains([' ', '"'])
            || ATTRIBUTES.contains(&name.trim().to_ascii_lowercase().as_str())
        {
            continue;
        }
        let content_start = part_start + name.len() + 1;
        let length = content.trim_start_matches(['"', '\\']).len();
        let content_start = content_start + content.len() - length;
        let content = &text[content_start..content_start + length];
        let length =
            content.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | '\\')).unwrap_or(length);
        let range = content_start..content_start + length;
        out.extend(Some(range).filter(|range| is_secret(text, range, false)));
        if content[length..].contains(": ") {
            // Another header begins on the same line.
            break;
        }
    }
}
