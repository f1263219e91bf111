//! What the scanners' formats have in common: CWE numbers in all spellings, titles of one line, ids.

use std::collections::BTreeSet;

use crate::model::Severity;
use crate::model::finding::Package;
use crate::model::purl;
use crate::source::Node;

/// The number in `CWE-79`, `CWE-79: Cross-site Scripting`, `cwe-079`, `external/cwe/cwe-079` or `79`. ZAP's -1 means that
/// there is none, and converters write it as `external/cwe/cwe--1`.
pub(super) fn cwe(text: &str) -> Option<u32> {
    let text = text.trim().to_ascii_lowercase();
    let rest = match text.rfind("cwe") {
        Some(at) if text[at + 3..].starts_with("--") => return None,
        Some(at) => text[at + 3..].trim_start_matches(['-', '_', ':', ' ']),
        None => text.as_str(),
    };
    let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    if digits < rest.len() && !text.contains("cwe") {
        return None;
    }
    rest[..digits].parse().ok().filter(|number| *number > 0)
}

/// The CWE numbers of a string, a number or a list of them, each once.
pub(super) fn cwes(node: Node<'_>) -> Vec<u32> {
    unique(node.strings().iter().filter_map(|text| cwe(text)).collect())
}

/// Each once, in the order in which they stand: tools name first what matters most.
pub(super) fn unique(mut numbers: Vec<u32>) -> Vec<u32> {
    let mut seen = BTreeSet::new();
    numbers.retain(|number| seen.insert(*number));
    numbers
}

/// What identifies a rule or a vulnerability; reported where it is absent.
pub(super) fn id_of(node: Node<'_>, key: &str) -> String {
    let id = node.require(key).text().filter(|id| !id.trim().is_empty());
    id.unwrap_or_else(|| "(no id)".to_owned())
}

/// The severity that a word stands for, in any case. Where the tool gives none it is unknown, and so is a word of
/// no list, which is reported.
pub(super) fn severity(node: Node<'_>, words: &[(&str, Severity)]) -> Severity {
    let word = if node.is_string() {
        node.filled().and_then(|_| node.word_any_case(words))
    } else {
        node.word_any_case(words)
    };
    word.unwrap_or(Severity::Unknown)
}

/// The words by which CVSS rates its scores (section 5 of the specifications of 3.0 and 3.1).
pub(super) const RATINGS: &[(&str, Severity)] = &[
    ("critical", Severity::Critical),
    ("high", Severity::High),
    ("medium", Severity::Medium),
    ("low", Severity::Low),
    ("none", Severity::Info),
];

/// The package that a package URL names: `pkg:maven/com.google.guava/guava@18.0?type=jar`.
pub(super) fn package_url(text: &str) -> Option<Package> {
    let (_, name, version) = purl::parts(text).filter(|(_, name, _)| !name.is_empty())?;
    Some(Package {
        name: name.replace("%40", "@"),
        version: version.map(ToOwned::to_owned),
        fixed: None,
        purl: Some(text.trim().to_owned()),
    })
}

/// Checks of Bandit whose text quotes the password that they found.
pub(super) const QUOTING: [&str; 3] = ["B105", "B106", "B107"];

/// What to do about a distribution that is out of support.
pub(super) const NEWER: &str = "move to a release of the distribution that is supported";

/// `1 error`, `3 errors`.
pub(super) fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// The first line that is not blank.
pub(super) fn first_line(text: &str) -> String {
    text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::{cwe, package_url};
    use crate::ingest::{Options, ingest};
    use crate::model::Kind;

    #[test]
    fn package_urls_name_packages() {
        let named = |text| package_url(text).map(|p| (p.name, p.version));
        let guava = ("com.google.guava/guava".to_owned(), Some("18.0".to_owned()));
        assert_eq!(named("pkg:maven/com.google.guava/guava@18.0?type=jar"), Some(guava));
        assert_eq!(named("pkg:npm/@scope"), Some(("@scope".to_owned(), None)));
        assert_eq!(named("guava-18.0.jar"), None);
        assert_eq!(named("pkg:npm/"), None);
    }

    #[test]
    fn cwe_numbers_in_all_spellings() {
        for text in ["CWE-79", "cwe-079", "external/cwe/cwe-079", "CWE-79: Cross-site Scripting (XSS)", " 79", "CWE79"]
        {
            assert_eq!(cwe(text), Some(79), "{text}");
        }
        for text in ["", "-1", "0", "NVD-CWE-noinfo", "79 things", "security", "CWE-", "external/cwe/cwe--1", "CWE--1"]
        {
            assert_eq!(cwe(text), None, "{text}");
        }
    }

    /// The secret of every fixture is `hunter2`: it stands in no part of the evidence.
    #[test]
    fn secrets_are_not_kept() {
        let fixtures = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
        for artifact in ingest(&[fixtures], &|_| false, &Options::default()) {
            let is_security = artifact.kinds.first() == Some(&Kind::Security);
            let told = format!("{:?}", artifact.evidence);
            assert!(!is_security || !told.contains("hunter2"), "{}: {told}", artifact.name);
        }
    }
}
