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
