//! Formats whose home is the kind `security`.

mod burp_api;
mod burp_xml;
mod cargo_audit;
mod checkov_json;
mod cyclonedx;
mod mozilla_observatory;
mod nikto_json;
mod npm_audit;
mod openvex;
mod pip_audit;
mod records;
mod sarif;
mod signoff_security;
mod snyk;
mod sslyze;
mod testssl_json;
mod weakness;
mod zap;
mod zap_json;
mod zap_xml;

use super::Format;

/// The table, sorted by id.
pub static FORMATS: &[&Format] = &[
    &burp_api::FORMAT,
    &burp_xml::FORMAT,
    &cargo_audit::FORMAT,
    &checkov_json::FORMAT,
    &cyclonedx::FORMAT,
    &mozilla_observatory::FORMAT,
    &nikto_json::FORMAT,
    &npm_audit::FORMAT,
    &openvex::FORMAT,
    &pip_audit::FORMAT,
    &sarif::FORMAT,
    &signoff_security::FORMAT,
    &snyk::FORMAT,
    &sslyze::FORMAT,
    &testssl_json::FORMAT,
    &zap_json::FORMAT,
    &zap_xml::FORMAT,
];
