//! Formats whose home is the kind `security`.

mod sarif;
mod weakness;
mod zap_json;

use super::Format;

/// The table, sorted by id.
pub static FORMATS: &[&Format] = &[&sarif::FORMAT, &zap_json::FORMAT];
