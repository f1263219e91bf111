//! Formats whose home is the kind `smoke`.

mod claims;
mod ctrf;
mod dart_test_json;
mod goss_json;
mod hurl_json;
mod jest_json;
mod junit_counts;
mod junit_results;
mod junit_xml;
mod mocha_json;
mod mochawesome_json;
mod newman_json;
mod nunit_xml;
mod playwright_json;
mod pytest_json_report;
mod recount;
mod rspec_json;
mod schemathesis_ndjson;
mod signoff_smoke;
mod xunit_net_xml;

use super::Format;

/// The table, sorted by id.
pub static FORMATS: &[&Format] = &[
    &ctrf::FORMAT,
    &dart_test_json::FORMAT,
    &goss_json::FORMAT,
    &hurl_json::FORMAT,
    &jest_json::FORMAT,
    &junit_xml::FORMAT,
    &mocha_json::FORMAT,
    &mocha_json::STREAM,
    &mochawesome_json::FORMAT,
    &newman_json::FORMAT,
    &nunit_xml::NUNIT2,
    &nunit_xml::NUNIT3,
    &playwright_json::FORMAT,
    &pytest_json_report::FORMAT,
    &rspec_json::FORMAT,
    &schemathesis_ndjson::FORMAT,
    &signoff_smoke::FORMAT,
    &xunit_net_xml::FORMAT,
];
