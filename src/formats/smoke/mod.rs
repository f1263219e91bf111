//! Formats whose home is the kind `smoke`.

mod allure_result;
mod behave_json;
mod cucumber_json;
mod cucumber_messages;
mod gherkin;
mod go_test_json;
mod karate_feature;
mod karate_summary;
mod libtest_json;
mod signoff_smoke;
mod steps;

use super::Format;

/// The table, sorted by id.
pub static FORMATS: &[&Format] = &[
    &allure_result::CONTAINER,
    &allure_result::FORMAT,
    &behave_json::FORMAT,
    &cucumber_json::FORMAT,
    &cucumber_messages::FORMAT,
    &go_test_json::FORMAT,
    &karate_feature::FORMAT,
    &karate_summary::FORMAT,
    &libtest_json::FORMAT,
    &signoff_smoke::FORMAT,
];
