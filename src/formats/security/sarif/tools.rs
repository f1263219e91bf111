//! What kind of scan a tool makes, by the name that it writes into SARIF.

use crate::model::ScanClass;
use crate::model::ScanClass::{ActiveDast, IacConfig, PassiveDast, Sast, Sca, Secrets, TlsHeaders};

/// Names in lower case; what follows a name after a character that is no letter or digit does not matter.
const TOOLS: &[(&str, ScanClass)] = &[
    ("anchore", Sca),
    ("bandit", Sast),
    ("bearer", Sast),
    ("binskim", Sast),
    ("brakeman", Sast),
    ("burp", ActiveDast),
    ("cargo-audit", Sca),
    ("cargo-deny", Sca),
    ("cfn-lint", IacConfig),
    ("cfn-nag", IacConfig),
    ("checkmarx", Sast),
    ("checkov", IacConfig),
    ("clair", Sca),
    ("codeql", Sast),
    ("contrast scan", Sast),
    ("coverity", Sast),
    ("cppcheck", Sast),
    ("dastardly", ActiveDast),
    ("defsec", IacConfig),
    ("dependency-check", Sca),
    ("detect-secrets", Secrets),
    ("devskim", Sast),
    ("docker scout", Sca),
    ("docker-scout", Sca),
    ("dockle", IacConfig),
    ("findsecbugs", Sast),
    ("flawfinder", Sast),
    ("fortify", Sast),
    ("ggshield", Secrets),
    ("gitguardian", Secrets),
    ("gitleaks", Secrets),
    ("gosec", Sast),
    ("govulncheck", Sca),
    ("grype", Sca),
    ("hadolint", IacConfig),
    ("horusec", Sast),
    ("infer", Sast),
    ("jfrog binary secrets scanner", Secrets),
    ("jfrog sast", Sast),
    ("jfrog secrets scanner", Secrets),
    ("jfrog terraform scanner", IacConfig),
    ("jfrog xray scanner", Sca),
    ("kics", IacConfig),
    ("kube-linter", IacConfig),
    ("kube-score", IacConfig),
    ("kubescape", IacConfig),
    ("microsoft devskim", Sast),
    ("mobsfscan", Sast),
    ("nightvision", ActiveDast),
    ("njsscan", Sast),
    ("nodejsscan", Sast),
    ("npm-audit", Sca),
    ("nuclei", ActiveDast),
    ("opengrep", Sast),
    ("osv-scanner", Sca),
    ("owasp dependency-check", Sca),
    ("owasp zap", PassiveDast),
    ("pip-audit", Sca),
    ("pmd", Sast),
    ("poutine", IacConfig),
    ("psalm", Sast),
    ("psscriptanalyzer", Sast),
    ("security code scan", Sast),
    ("semgrep", Sast),
    ("shell script analysis", Sast),
    ("shellcheck", Sast),
    ("slither", Sast),
    ("snyk code", Sast),
    ("snyk container", Sca),
    ("snyk iac", IacConfig),
    ("snyk infrastructure as code", IacConfig),
    ("snyk open source", Sca),
    ("snykcode", Sast),
    ("sobelow", Sast),
    ("sonarqube", Sast),
    ("spotbugs", Sast),
    ("stackhawk", ActiveDast),
    ("terrascan", IacConfig),
    ("testssl", TlsHeaders),
    ("tfsec", IacConfig),
    ("trivy", Sca),
    ("trufflehog", Secrets),
    ("veracode", Sast),
    ("zap", PassiveDast),
    ("zaproxy", PassiveDast),
    ("zed attack proxy", PassiveDast),
    ("zizmor", IacConfig),
];

/// The kind of scan of a tool; unknown where the name is not in the list.
pub(super) fn class_of(name: &str) -> ScanClass {
    TOOLS.iter().find(|(known, _)| is_named(name, known)).map_or(ScanClass::Unknown, |(_, class)| *class)
}

/// The kind of scan that a rule of Trivy belongs to, which makes several in one run, where it is not that of the tool.
/// By the names in its `pkg/report/sarif.go`.
pub(super) fn class_of_rule(name: &str) -> Option<ScanClass> {
    match name {
        "Misconfiguration" => Some(IacConfig),
        "Secret" => Some(Secrets),
        // It says what may be used, and nothing of weaknesses.
        "License" => Some(ScanClass::Unknown),
        _ => None,
    }
}

/// What a run without a single rule leaves unsaid, and what to do about it, of tools that list the rules of what they
/// found and nothing of what they looked at. By `pkg/report/sarif.go` of Trivy, the template `sarif-json` of ZAP, and
/// `src/generate-report.ts` of SvanBoxel/zaproxy-to-ghas, which calls it ZAProxy.
pub(super) fn silence(name: &str) -> Option<(&'static str, &'static str)> {
    if is_named(name, "trivy") {
        let what = "Trivy found nothing, and SARIF does not say what it looked for, nor whether it knew the target";
        return Some((what, "the JSON report lists the targets: `--format json`"));
    }
    let is_zap = ["owasp zap", "zap", "zaproxy", "zed attack proxy"].iter().any(|known| is_named(name, known));
    let what = "ZAP found nothing, and SARIF does not say whether it reached the site, nor how it looked at it";
    is_zap.then_some((what, "the JSON report lists the sites: the template `traditional-json`"))
}

/// Whether a tool's name is `known`, in any case and with anything after it.
pub(super) fn is_named(name: &str, known: &str) -> bool {
    let rest = name.split_at_checked(known.len()).filter(|(start, _)| start.eq_ignore_ascii_case(known));
    rest.is_some_and(|(_, rest)| !rest.starts_with(|c: char| c.is_ascii_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted() {
        for pair in TOOLS.windows(2) {
            assert!(pair[0].0 < pair[1].0, "`{}` does not stand before `{}`", pair[0].0, pair[1].0);
        }
    }

    #[test]
    fn names_are_found_with_what_follows_them() {
        assert_eq!(class_of("CodeQL command-line toolchain"), Sast);
        assert_eq!(class_of("Semgrep OSS"), Sast);
        assert_eq!(class_of("Trivy"), Sca);
        assert_eq!(class_of("docker-scout"), Sca);
        assert_eq!(class_of("zizmor"), IacConfig);
        assert_eq!(class_of("ZAProxy"), PassiveDast);
        assert_eq!(class_of("Zapper"), ScanClass::Unknown);
        assert_eq!(class_of("ESLint"), ScanClass::Unknown);
    }
}
