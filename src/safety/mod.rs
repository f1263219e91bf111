//! What stands between the text of an artifact and every output.
//!
//! Artifacts are hostile input: a ZAP report carries working attack strings by its nature, a Newman report carries live tokens.
//! Whoever reads an artifact masks its secrets, in the text as it stands and before anything is cut; the writer of an output
//! passes each text through the rest, in this order:
//!
//! ```text
//! redact      secrets → [redacted:kind]             redact::Redactor
//! cut         what is too long → … (+12,345 chars)  visible::cut
//! escape      for the one output that is written    markdown, html, xml, csv, json, terminal
//! ```
//!
//! Redaction comes first: a secret that is cut in two still leaks its beginning.
//! Each function that escapes also makes control characters, bidirectional overrides and invisible characters visible ([`visible`]),
//! so no writer can forget it.
//!
//! # Example
//!
//! ```
//! use signoff::safety::redact::{Counts, Redactor};
//! use signoff::safety::{csv, html, json, markdown, terminal, visible, xml};
//!
//! let mut counts = Counts::default();
//! let text = Redactor::standard().redact("password=hunter22 | <script>", &mut counts);
//! assert_eq!((&*text, counts.total()), ("password=[redacted:secret] | <script>", 1));
//!
//! let text = visible::cut("a | <b>\u{202e}", 100);
//! assert_eq!(markdown::code(&text).as_str(), "`a | <b>\\u{202E}`");
//! assert_eq!(html::text(&text), "a | &lt;b&gt;\\u{202E}");
//! assert_eq!(xml::text(&text), "a | &lt;b&gt;\\u{202E}");
//! assert_eq!(csv::field("=1+1"), "\"'=1+1\"");
//! assert_eq!(terminal::message("50 %\n"), "50 %25%0A");
//! assert_eq!(json::compact(&"\u{202e}")?, r#""\u202e""#);
//! # Ok::<(), serde_json::Error>(())
//! ```

pub mod csv;
pub mod html;
pub(crate) mod identity;
pub mod json;
pub mod markdown;
pub mod redact;
pub mod terminal;
pub mod visible;
pub mod xml;

#[cfg(test)]
mod properties;

/// Writes a text, with references in place of what is special in it: bytes of ASCII that are no letters. What stands
/// between is copied in stretches.
#[inline]
pub(crate) fn refer<const N: usize>(out: &mut String, text: &str, references: [(u8, &str); N]) {
    let mut rest = text;
    while let Some(at) = find_any(rest, &references) {
        let special = rest.as_bytes()[at];
        out.push_str(&rest[..at]);
        references.iter().filter(|(byte, _)| *byte == special).for_each(|(_, reference)| out.push_str(reference));
        rest = &rest[at + 1..];
    }
    out.push_str(rest);
}

/// Where [`refer`] has something to do.
#[inline]
fn find_any<const N: usize>(text: &str, references: &[(u8, &str); N]) -> Option<usize> {
    find(text, |byte| references.iter().fold(0, |any, (special, _)| any << 1 | u8::from(byte == *special)))
}

/// Where the first byte stands of which something else than 0 is said; it may not be a letter.
///
/// Many bytes are asked at once, which is much faster as long as the answer is put together without a branch.
/// Where they do not come out even, the last ones are asked together with some before them.
#[inline]
fn find(text: &str, says: impl Fn(u8) -> u8) -> Option<usize> {
    const WIDTH: usize = 16;
    let bytes = text.as_bytes();
    let (chunks, rest) = bytes.as_chunks::<WIDTH>();
    let mut start = 0;
    while let Some(chunk) = chunks.get(start / WIDTH)
        && said(chunk, &says) == 0
    {
        start += WIDTH;
    }
    if bytes.len() - start < WIDTH {
        let mut some = [b'a'; WIDTH];
        let last = bytes.last_chunk().unwrap_or_else(|| {
            some[..rest.len()].copy_from_slice(rest);
            &some
        });
        if said(last, &says) == 0 {
            return None;
        }
    }
    bytes[start..].iter().position(|byte| says(*byte) != 0).map(|at| start + at)
}

/// What is said of some bytes taken together.
#[inline(always)]
fn said<const N: usize>(bytes: &[u8; N], says: &impl Fn(u8) -> u8) -> u8 {
    let (mut all, mut at) = ([0; N], 0);
    while at < N {
        all[at] = says(bytes[at]);
        at += 1;
    }
    all.iter().fold(0, |any, said| any | said)
}
