//! Formats whose home is the kind `smoke`.

mod signoff_smoke;

use super::Format;

/// The table, sorted by id.
pub static FORMATS: &[&Format] = &[&signoff_smoke::FORMAT];
