//! Formats whose home is the kind `security`.

mod bandit_json;
mod brakeman_json;
mod bundler_audit;
mod burp_api;
mod burp_xml;
mod cargo_audit;
mod checkov_json;
mod composer_audit;
mod cyclonedx;
mod dependency_check;
mod dotnet_list;
mod gitlab_security;
mod gitleaks;
mod gosec_json;
mod govulncheck;
mod grype_json;
mod kics_json;
mod mozilla_observatory;
mod nessus;
mod nikto_json;
mod npm_audit;
mod nuclei;
mod openvex;
mod osv_scanner;
mod pip_audit;
mod records;
mod retire_js;
mod safety;
mod safety_scan;
mod sarif;
mod semgrep_json;
mod signoff_security;
mod snyk;
mod sonarqube;
mod sslyze;
mod testssl_json;
mod trivy_json;
pub(super) mod trivy_operator;
mod trufflehog;
mod wapiti;
mod weakness;
mod yarn_audit;
mod zap;
mod zap_json;
mod zap_xml;

use super::Format;

/// The table, sorted by id.
pub static FORMATS: &[&Format] = &[
    &bandit_json::FORMAT,
    &brakeman_json::FORMAT,
    &bundler_audit::FORMAT,
    &burp_api::FORMAT,
    &cargo_audit::FORMAT,
    &checkov_json::FORMAT,
    &composer_audit::FORMAT,
    &cyclonedx::FORMAT,
    &dependency_check::FORMAT,
    &dotnet_list::FORMAT,
    &gitlab_security::FORMAT,
    &gitleaks::FORMAT,
    &gosec_json::FORMAT,
    &govulncheck::FORMAT,
    &grype_json::FORMAT,
    &kics_json::FORMAT,
    &mozilla_observatory::FORMAT,
    &nikto_json::FORMAT,
    &npm_audit::FORMAT,
    &nuclei::FORMAT,
    &openvex::FORMAT,
    &osv_scanner::FORMAT,
    &pip_audit::FORMAT,
    &retire_js::FORMAT,
    &safety::FORMAT,
    &safety_scan::FORMAT,
    &sarif::FORMAT,
    &semgrep_json::FORMAT,
    &signoff_security::FORMAT,
    &snyk::FORMAT,
    &sonarqube::FORMAT,
    &sslyze::FORMAT,
    &testssl_json::FORMAT,
    &trivy_json::FORMAT,
    &trivy_operator::FORMAT,
    &trufflehog::FORMAT,
    &wapiti::FORMAT,
    &yarn_audit::FORMAT,
    &zap_json::FORMAT,
];

/// Those that are XML, in the order of their ids.
pub static XML: &[&Format] = &[&burp_xml::FORMAT, &nessus::FORMAT, &zap_xml::FORMAT];
