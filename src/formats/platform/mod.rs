//! Formats whose home is the kind `platform`.

mod compose_ps;

use super::Format;

/// The table, sorted by id.
pub static FORMATS: &[&Format] = &[&compose_ps::FORMAT];
