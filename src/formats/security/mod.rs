//! Formats whose home is the kind `security`.

mod sarif;
mod signoff_security;
mod weakness;
mod zap;
mod zap_json;
mod zap_xml;

use super::Format;

/// The table, sorted by id.
pub static FORMATS: &[&Format] = &[&sarif::FORMAT, &signoff_security::FORMAT, &zap_json::FORMAT, &zap_xml::FORMAT];
