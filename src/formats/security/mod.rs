//! Formats whose home is the kind `security`.

mod zap_json;

use super::Format;

/// The table, sorted by id.
pub static FORMATS: &[&Format] = &[&zap_json::FORMAT];
