//! What stands between the text of an artifact and every output.
//!
//! Artifacts are hostile input: a ZAP report carries working attack strings by its nature, a Newman report carries live tokens.
//! The model keeps such text raw; the writer of an output passes it through here, in this order:
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
pub mod json;
pub mod markdown;
pub mod redact;
pub mod terminal;
pub mod visible;
pub mod xml;

#[cfg(test)]
mod properties;

/// Writes a text, with references in place of what is special in it: bytes of ASCII. What stands between is copied in
/// stretches.
#[inline]
pub(crate) fn refer(out: &mut String, text: &str, reference: impl Fn(u8) -> Option<&'static str>) {
    let mut rest = text;
    while let Some((at, reference)) = rest.bytes().enumerate().find_map(|(at, byte)| Some((at, reference(byte)?))) {
        out.push_str(&rest[..at]);
        out.push_str(reference);
        rest = &rest[at + 1..];
    }
    out.push_str(rest);
}
