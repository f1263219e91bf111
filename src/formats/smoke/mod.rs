//! Formats whose home is the kind `smoke`.

mod ctrf;
mod dart_test_json;
mod goss_json;
mod hurl_json;
mod jest_json;
mod mocha_json;
mod mochawesome_json;
mod newman_json;
mod playwright_json;
mod pytest_json_report;
mod recount;
mod rspec_json;
mod schemathesis_ndjson;
mod signoff_smoke;

use super::Format;

/// The table, sorted by id.
pub static FORMATS: &[&Format] = &[
    &ctrf::FORMAT,
    &dart_test_json::FORMAT,
    &goss_json::FORMAT,
    &hurl_json::FORMAT,
    &jest_json::FORMAT,
    &mocha_json::FORMAT,
    &mocha_json::STREAM,
    &mochawesome_json::FORMAT,
    &newman_json::FORMAT,
    &playwright_json::FORMAT,
    &pytest_json_report::FORMAT,
    &rspec_json::FORMAT,
    &schemathesis_ndjson::FORMAT,
    &signoff_smoke::FORMAT,
];
