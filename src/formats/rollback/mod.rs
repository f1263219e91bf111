//! Formats whose home is the kind `rollback`.

use super::Format;

/// The table, sorted by id.
pub static FORMATS: &[&Format] = &[];
