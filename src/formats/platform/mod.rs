//! Formats whose home is the kind `platform`.

mod compose_ps;
mod signoff_services;

use super::Format;

/// The table, sorted by id.
pub static FORMATS: &[&Format] = &[&compose_ps::FORMAT, &signoff_services::FORMAT];
