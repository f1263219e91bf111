//! Formats whose home is the kind `security`.

mod signoff_security;
mod zap_json;

use super::Format;

/// The table, sorted by id.
pub static FORMATS: &[&Format] = &[&signoff_security::FORMAT, &zap_json::FORMAT];
