//! Formats whose home is the kind `security`.

mod sarif;
mod weakness;
mod zap;
mod zap_json;
mod zap_xml;

use super::Format;

/// The table, sorted by id.
pub static FORMATS: &[&Format] = &[&sarif::FORMAT, &zap_json::FORMAT, &zap_xml::FORMAT];
