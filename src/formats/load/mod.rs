//! Formats whose home is the kind `load`.

mod signoff_load;

use super::Format;

/// The table, sorted by id.
pub static FORMATS: &[&Format] = &[&signoff_load::FORMAT];
