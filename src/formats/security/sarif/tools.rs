//! What kind of scan a tool makes, by the name that it writes into SARIF.

use crate::diagnostics::codes::{Code, PARTLY_SCANNED, SCANNERS_UNSAID};
use crate::model::ScanClass;
use crate::model::ScanClass::{ActiveDast, IacConfig, Linter, PassiveDast, Sast, Sca, Secrets, TlsHeaders};

/// Names in lower case; what follows a name after a character that is no letter or digit does not matter.
/// Linters are those that have no rules about security, or have them among many others, or from plugins.
const TOOLS: &[(&str, ScanClass)] = &[
    ("actionlint", Linter),
    ("anchore", Sca),
    ("android lint", Linter),
    ("ansible lint", Linter),
    ("ansible-lint", Linter),
    ("bandit", Sast),
    ("bearer", Sast),
    ("binskim", Sast),
    ("biome", Linter),
    ("brakeman", Sast),
    ("buf", Linter),
    ("burp", ActiveDast),
    ("cargo-audit", Sca),
    ("cargo-deny", Sca),
    ("cfn-lint", Linter),
    ("cfn-nag", IacConfig),
    ("checkmarx", Sast),
    ("checkov", IacConfig),
    ("checkstyle", Linter),
    ("clair", Sca),
    ("clang-tidy", Linter),
    ("clippy", Linter),
    ("codeql", Sast),
    ("contrast scan", Sast),
    ("coverity", Sast),
    ("cppcheck", Sast),
    ("credo", Linter),
    ("cspell", Linter),
    ("dart analyzer", Linter),
    ("dastardly", ActiveDast),
    ("defsec", IacConfig),
    ("dependency-check", Sca),
    ("detect-secrets", Secrets),
    ("detekt", Linter),
    ("devskim", Sast),
    ("docker scout", Sca),
    ("docker-scout", Sca),
    ("dockle", IacConfig),
    ("errcheck", Linter),
    ("eslint", Linter),
    ("findsecbugs", Sast),
    ("flake8", Linter),
    ("flawfinder", Sast),
    ("fortify", Sast),
    ("ggshield", Secrets),
    ("gitguardian", Secrets),
    ("gitleaks", Secrets),
    ("gofmt", Linter),
    ("golangci-lint", Linter),
    ("golint", Linter),
    ("gosec", Sast),
    ("govulncheck", Sca),
    ("grype", Sca),
    ("hadolint", Linter),
    ("horusec", Sast),
    ("htmlhint", Linter),
    ("infer", Sast),
    ("inspectcode", Linter),
    ("jfrog binary secrets scanner", Secrets),
    ("jfrog sast", Sast),
    ("jfrog secrets scanner", Secrets),
    ("jfrog terraform scanner", IacConfig),
    ("jfrog xray scanner", Sca),
    ("jshint", Linter),
    ("kics", IacConfig),
    ("knip", Linter),
    ("ktlint", Linter),
    ("kube-linter", IacConfig),
    ("kube-score", IacConfig),
    ("kubescape", IacConfig),
    ("luacheck", Linter),
    ("lychee", Linter),
    ("markdownlint", Linter),
    ("microsoft (r) visual basic compiler", Linter),
    ("microsoft (r) visual c# compiler", Linter),
    ("microsoft devskim", Sast),
    ("mobsfscan", Sast),
    ("mypy", Linter),
    ("nightvision", ActiveDast),
    ("njsscan", Sast),
    ("nodejsscan", Sast),
    ("npm-audit", Sca),
    ("nuclei", ActiveDast),
    ("opengrep", Sast),
    ("osv-scanner", Sca),
    ("owasp dependency-check", Sca),
    ("owasp zap", PassiveDast),
    ("oxlint", Linter),
    ("php_codesniffer", Linter),
    ("phpstan", Linter),
    ("pip-audit", Sca),
    ("pmd", Linter),
    ("poutine", IacConfig),
    ("prettier", Linter),
    ("psalm", Sast),
    ("psscriptanalyzer", Sast),
    ("pylint", Linter),
    ("pyright", Linter),
    ("qodana", Linter),
    ("resharper", Linter),
    ("revive", Linter),
    ("roslynator", Linter),
    ("rubocop", Linter),
    ("ruff", Linter),
    ("scalafix", Linter),
    ("scalastyle", Linter),
    ("security code scan", Sast),
    ("semgrep", Sast),
    ("shell script analysis", Sast),
    ("shellcheck", Linter),
    ("slither", Sast),
    ("snyk code", Sast),
    ("snyk container", Sca),
    ("snyk iac", IacConfig),
    ("snyk infrastructure as code", IacConfig),
    ("snyk open source", Sca),
    ("snykcode", Sast),
    ("sobelow", Sast),
    ("sonarqube", Sast),
    ("spectral", Linter),
    ("spotbugs", Sast),
    ("stackhawk", ActiveDast),
    ("standardrb", Linter),
    ("staticcheck", Linter),
    ("stylelint", Linter),
    ("swiftlint", Linter),
    ("taplo", Linter),
    ("terrascan", IacConfig),
    ("testssl", TlsHeaders),
    ("textlint", Linter),
    ("tflint", Linter),
    ("tfsec", IacConfig),
    ("trivy", Sca),
    ("trufflehog", Secrets),
    ("tsc", Linter),
    ("typos", Linter),
    ("vale", Linter),
    ("veracode", Sast),
    ("yamllint", Linter),
    ("zap", PassiveDast),
    ("zaproxy", PassiveDast),
    ("zed attack proxy", PassiveDast),
    ("zizmor", IacConfig),
];

/// What Kubescape writes over what Grype, which it runs, says of an image; where it looks at configuration, it calls itself
/// `kubescape`. By `core/pkg/resultshandling/printer/v2/sarifprinter.go` of kubescape/kubescape.
const KUBESCAPE_OF_IMAGES: &str = "Kubescape";

/// Whether this is Kubescape, looking at configuration.
pub(super) fn is_kubescape(name: &str) -> bool {
    is_named(name, "kubescape") && name != KUBESCAPE_OF_IMAGES
}

/// The kind of scan of a tool; unknown where the name is not in the list.
pub(super) fn class_of(name: &str) -> ScanClass {
    if name == KUBESCAPE_OF_IMAGES {
        return Sca;
    }
    TOOLS.iter().find(|(known, _)| is_named(name, known)).map_or(ScanClass::Unknown, |(_, class)| *class)
}

/// Words in the ids, tags and categories of rules about security that linters have among others: `security/detect-eval` of
/// ESLint, `Security/Eval` of RuboCop, `lint/security/noDangerouslySetInnerHtml` of Biome, `gosec` in golangci-lint,
/// `@microsoft/sdl/no-eval`.
const ABOUT_SECURITY: [&str; 6] = ["security", "gosec", "no-secrets", "no-unsanitized", "sdl/", "xss"];

/// Whether the id, a tag or the category of a rule of a linter says that it is about security.
pub(super) fn is_about_security(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    // The rules of flake8-bandit have the letter S and three digits, in Ruff too.
    let number = text.strip_prefix('s').filter(|rest| rest.len() == 3);
    ABOUT_SECURITY.iter().any(|word| text.contains(word))
        || number.is_some_and(|n| n.bytes().all(|b| b.is_ascii_digit()))
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

/// Whether the messages of a tool's results have a word for the severity, of which the score may know less.
pub(super) fn has_words(name: &str) -> bool {
    ["trivy", "grype", "snyk"].iter().any(|known| is_named(name, known)) || name == KUBESCAPE_OF_IMAGES
}

/// With what code, what, and what to do about it.
pub(super) type Silence = (&'static Code, &'static str, &'static str);

/// What a run without a single rule leaves unsaid, and what to do about it, of tools that list the rules of what they
/// found and nothing of what they looked at. By `pkg/report/sarif.go` of Trivy, the template `sarif-json` of ZAP, and
/// `src/generate-report.ts` of SvanBoxel/zaproxy-to-ghas, which calls it ZAProxy, and by Kubescape's `sarifprinter.go`.
pub(super) fn silence(name: &str) -> Option<Silence> {
    if is_named(name, "trivy") {
        let what = "Trivy found nothing, and SARIF does not say what it looked for, nor whether it knew the target";
        return Some((&SCANNERS_UNSAID, what, "the JSON report lists the targets: `--format json`"));
    }
    if is_kubescape(name) {
        let what = "Kubescape leaves out of SARIF what belongs to no file, as all that it finds in a cluster, and lists nothing else";
        return Some((&PARTLY_SCANNED, what, "scan files: `kubescape scan DIR --format sarif`"));
    }
    let is_zap = ["owasp zap", "zap", "zaproxy", "zed attack proxy"].iter().any(|known| is_named(name, known));
    let what = "ZAP found nothing, and SARIF does not say whether it reached the site, nor how it looked at it";
    is_zap.then_some((&SCANNERS_UNSAID, what, "the JSON report lists the sites: the template `traditional-json`"))
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
        assert_eq!((class_of("kubescape"), class_of("Kubescape")), (IacConfig, Sca));
        assert_eq!(class_of("Zapper"), ScanClass::Unknown);
        assert_eq!(class_of("ESLint"), Linter);
        assert_eq!(class_of("Microsoft (R) Visual C# Compiler"), Linter);
    }
}
