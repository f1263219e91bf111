//! Formats whose home is the kind `security`.

mod bandit_json;
mod dependency_check;
mod gitleaks;
mod gosec_json;
mod grype_json;
mod nuclei;
mod osv_scanner;
mod sarif;
mod semgrep_json;
mod trivy_json;
mod weakness;
mod zap;
mod zap_json;
mod zap_xml;

use super::Format;

/// The table, sorted by id.
pub static FORMATS: &[&Format] = &[
    &bandit_json::FORMAT,
    &dependency_check::FORMAT,
    &gitleaks::FORMAT,
    &gosec_json::FORMAT,
    &grype_json::FORMAT,
    &nuclei::FORMAT,
    &osv_scanner::FORMAT,
    &sarif::FORMAT,
    &semgrep_json::FORMAT,
    &trivy_json::FORMAT,
    &zap_json::FORMAT,
    &zap_xml::FORMAT,
];
