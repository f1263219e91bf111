//! Formats whose home is the kind `rollback`.

mod signoff_rollback;

use super::Format;

/// The table, sorted by id.
pub static FORMATS: &[&Format] = &[&signoff_rollback::FORMAT];
