//! Formats whose home is the kind `load`.

mod k6;
mod k6_handle_summary;
mod k6_machine_readable_summary;
mod k6_raw;
mod k6_raw_csv;
mod k6_raw_ndjson;
mod k6_summary_export;
mod requests;
mod summary;
mod vegeta_raw;
mod vegeta_results_csv;
mod vegeta_results_ndjson;

use super::Format;

/// The table, sorted by id.
pub static FORMATS: &[&Format] = &[
    &k6_handle_summary::FORMAT,
    &k6_machine_readable_summary::FORMAT,
    &k6_raw_csv::FORMAT,
    &k6_raw_ndjson::FORMAT,
    &k6_summary_export::FORMAT,
    &vegeta_results_csv::FORMAT,
    &vegeta_results_ndjson::FORMAT,
];
