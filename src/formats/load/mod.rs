//! Formats whose home is the kind `load`.

mod ab_text;
mod artillery_json;
mod autocannon_json;
mod bombardier_json;
mod fortio_json;
mod gatling;
mod gatling_simulation_log;
mod gatling_stats_js;
mod ghz_json;
mod hey_csv;
mod jmeter_aggregate_csv;
mod jmeter_jtl_csv;
mod jmeter_jtl_xml;
mod jmeter_statistics_json;
mod jtl_beside;
mod jtl_scan;
mod k6;
mod k6_handle_summary;
mod k6_machine_readable_summary;
mod k6_raw;
mod k6_raw_csv;
mod k6_raw_ndjson;
mod k6_scan;
mod k6_summary_export;
mod k6_tags;
mod locust_csv;
mod locust_json;
mod oha_csv;
mod oha_json;
mod plain_csv;
pub(super) mod prometheus_histogram;
mod requests;
mod siege_json;
mod siege_text;
mod signoff_load;
mod summary;
mod taurus_final_stats_csv;
mod taurus_final_stats_xml;
#[cfg(test)]
mod twice;
mod vegeta_raw;
mod vegeta_report;
mod vegeta_results_csv;
mod vegeta_results_ndjson;
mod wrk;

use super::Format;

/// The table, sorted by id.
pub static FORMATS: &[&Format] = &[
    &ab_text::FORMAT,
    &artillery_json::FORMAT,
    &autocannon_json::FORMAT,
    &bombardier_json::FORMAT,
    &fortio_json::FORMAT,
    &gatling::ASSERTIONS,
    &gatling::GLOBAL,
    &gatling_simulation_log::FORMAT,
    &gatling::STATS,
    &gatling_stats_js::FORMAT,
    &ghz_json::FORMAT,
    &hey_csv::FORMAT,
    &jmeter_aggregate_csv::FORMAT,
    &jmeter_jtl_csv::FORMAT,
    &jmeter_statistics_json::FORMAT,
    &k6_handle_summary::FORMAT,
    &k6_machine_readable_summary::FORMAT,
    &k6_raw_csv::FORMAT,
    &k6_raw_ndjson::FORMAT,
    &k6_summary_export::FORMAT,
    &locust_csv::AUX,
    &locust_json::FORMAT,
    &locust_csv::STATS,
    &oha_csv::FORMAT,
    &oha_json::FORMAT,
    &prometheus_histogram::FORMAT,
    &siege_json::FORMAT,
    &siege_text::FORMAT,
    &signoff_load::FORMAT,
    &taurus_final_stats_csv::FORMAT,
    &vegeta_report::FORMAT,
    &vegeta_results_csv::FORMAT,
    &vegeta_results_ndjson::FORMAT,
    &wrk::WRK,
    &wrk::WRK2,
];

/// Those that are XML, in the order of their ids.
pub static XML: &[&Format] = &[&jmeter_jtl_xml::FORMAT, &taurus_final_stats_xml::FORMAT];
