//! Formats whose home is the kind `smoke`.

mod allure_globals;
mod allure_result;
mod behave_json;
mod bruno_json;
mod claims;
mod ctrf;
mod cucumber_json;
mod cucumber_messages;
mod dart_test_json;
mod failsafe_summary;
mod gherkin;
mod ginkgo_json;
mod go_test_json;
mod googletest_json;
mod goss_json;
mod hurl_json;
mod jest_json;
mod junit_counts;
mod junit_ginkgo;
mod junit_names;
mod junit_qt;
mod junit_reruns;
mod junit_results;
mod junit_suites;
mod junit_tags;
mod junit_xml;
mod karate_feature;
mod karate_summary;
mod libtest_json;
mod mocha_json;
mod mochawesome_json;
mod newman_json;
mod nunit_xml;
mod playwright_json;
mod postman_cli_json;
mod pytest_json_report;
mod recount;
mod robot_json;
mod robot_suites;
mod robot_xml;
mod rspec_json;
mod schemathesis_ndjson;
mod signoff_bundle;
mod signoff_smoke;
mod steps;
mod tap;
mod tap_below;
mod tap_lines;
mod tap_more;
mod tap_prove;
mod tap_yaml;
mod testcafe_json;
mod testng_xml;
mod trx;
mod webdriverio_json;
mod xunit_net_xml;

use super::Format;
pub(crate) use junit_xml::is_testlink;

/// The table, sorted by id.
pub static FORMATS: &[&Format] = &[
    &allure_result::CONTAINER,
    &allure_globals::FORMAT,
    &allure_result::FORMAT,
    &behave_json::FORMAT,
    &bruno_json::FORMAT,
    &ctrf::FORMAT,
    &cucumber_json::FORMAT,
    &cucumber_messages::FORMAT,
    &dart_test_json::FORMAT,
    &ginkgo_json::FORMAT,
    &go_test_json::FORMAT,
    &googletest_json::FORMAT,
    &goss_json::FORMAT,
    &hurl_json::FORMAT,
    &jest_json::FORMAT,
    &karate_feature::FORMAT,
    &karate_summary::FORMAT,
    &libtest_json::FORMAT,
    &mocha_json::FORMAT,
    &mocha_json::STREAM,
    &mochawesome_json::FORMAT,
    &newman_json::FORMAT,
    &playwright_json::FORMAT,
    &postman_cli_json::FORMAT,
    &pytest_json_report::FORMAT,
    &robot_json::FORMAT,
    &rspec_json::FORMAT,
    &schemathesis_ndjson::FORMAT,
    &signoff_bundle::FORMAT,
    &signoff_smoke::FORMAT,
    &tap::FORMAT,
    &testcafe_json::FORMAT,
    &webdriverio_json::FORMAT,
];

/// Those that are XML, in the order of their ids.
pub static XML: &[&Format] = &[
    &failsafe_summary::FORMAT,
    &junit_xml::FORMAT,
    &nunit_xml::NUNIT2,
    &nunit_xml::NUNIT3,
    &robot_xml::FORMAT,
    &testng_xml::FORMAT,
    &trx::FORMAT,
    &xunit_net_xml::FORMAT,
];
