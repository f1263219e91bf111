//! Formats whose home is the kind `smoke`.

mod claims;
mod junit_counts;
mod junit_results;
mod junit_xml;
mod nunit_xml;
mod robot_json;
mod robot_suites;
mod robot_xml;
mod signoff_smoke;
mod tap;
mod tap_lines;
mod xunit_net_xml;

use super::Format;

/// The table, sorted by id.
pub static FORMATS: &[&Format] = &[
    &junit_xml::FORMAT,
    &nunit_xml::NUNIT2,
    &nunit_xml::NUNIT3,
    &robot_json::FORMAT,
    &robot_xml::FORMAT,
    &signoff_smoke::FORMAT,
    &tap::FORMAT,
    &xunit_net_xml::FORMAT,
];
