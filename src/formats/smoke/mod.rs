//! Formats whose home is the kind `smoke`.

mod junit_counts;
mod junit_results;
mod junit_xml;
mod signoff_smoke;

use super::Format;

/// The table, sorted by id.
pub static FORMATS: &[&Format] = &[&junit_xml::FORMAT, &signoff_smoke::FORMAT];
