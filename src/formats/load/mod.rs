//! Formats whose home is the kind `load`.

use super::Format;

/// The table, sorted by id.
pub static FORMATS: &[&Format] = &[];
