//! Secrets whose form goes beyond one pattern: keys of several lines, tokens with their mark in the middle.

use std::ops::Range;

use regex::Captures;

use crate::safety::visible::head;

/// The longest private key that is looked for, in bytes.
const MAX_KEY: usize = 16_384;

/// The shortest first line of a private key of PuTTY, which writes 64 letters a line.
const MIN_LINE: usize = 20;

/// A PEM private key up to its end line, or as far as a cut one goes.
pub fn private_key(text: &str, captures: &Captures<'_>, out: &mut Vec<Range<usize>>) {
    let begin = captures.get_match();
    let rest = head(&text[begin.end()..], MAX_KEY);
    let end_line = rest.find("-----END ").and_then(|end| {
        let dashes = rest[end + 5..].find("-----")?;
        Some(end + 5 + dashes + 5)
    });
    let is_body = |c: char| c.is_ascii_alphanumeric() || c.is_whitespace() || "+/=\\:,-".contains(c);
    let cut = || {
        let body = &rest[..rest.find("-----").unwrap_or(rest.len())];
        body.find(|c| !is_body(c)).unwrap_or(body.len())
    };
    out.push(begin.start()..begin.end() + end_line.unwrap_or_else(cut));
}

/// The private lines of a key as PuTTY writes it, up to its check sum, or as far as a cut one goes.
///
/// Source: the manual of PuTTY, appendix C, "PPK file format".
pub fn putty_key(text: &str, captures: &Captures<'_>, out: &mut Vec<Range<usize>>) {
    let start = captures.get_match().end();
    let rest = head(&text[start..], MAX_KEY);
    let rest = &rest[..rest.find("Private-").unwrap_or(rest.len())];
    let is_body = |c: char| c.is_ascii_alphanumeric() || c.is_whitespace() || "+/=\\".contains(c);
    let body = rest[..rest.find(|c| !is_body(c)).unwrap_or(rest.len())].trim_end();
    let key = body.trim_start();
    // Words are shorter than the lines of a key.
    let is_key = key.find(char::is_whitespace).unwrap_or(key.len()) >= MIN_LINE;
    out.extend(is_key.then(|| start + body.len() - key.len()..start + body.len()));
}

/// A token of Terraform, whose mark stands behind its first fourteen letters and digits.
pub fn terraform_token(text: &str, captures: &Captures<'_>, out: &mut Vec<Range<usize>>) {
    let mark = captures.get_match();
    let before = &text[..mark.start()];
    let first = before.len() - before.trim_end_matches(|c: char| c.is_ascii_alphanumeric()).len();
    if first > 0 {
        out.push(mark.start() - first..mark.end());
    }
}
