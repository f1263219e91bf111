//! The word that a tool has for a severity beside the score of a rule, which may say less.
//!
//! By `pkg/report/sarif.go` of aquasecurity/trivy, `grype/presenter/sarif/presenter.go` of anchore/grype, and
//! `src/lib/formatters` of snyk/cli.

use crate::model::Severity;
use crate::source::Node;

const WORDS: &[(&str, Severity)] = &[
    ("critical", Severity::Critical),
    ("high", Severity::High),
    ("medium", Severity::Medium),
    ("low", Severity::Low),
    ("unknown", Severity::Unknown),
    (UNSPECIFIED, Severity::Unknown),
];

/// What Docker Scout writes for a vulnerability without a severity, as a tag or as that of CVSS.
const UNSPECIFIED: &str = "unspecified";

fn severity(word: &str) -> Option<Severity> {
    WORDS.iter().find(|(known, _)| word.trim().eq_ignore_ascii_case(known)).map(|(_, severity)| *severity)
}

/// The word on the line `Severity: HIGH`.
fn of_line(text: &str) -> Option<Severity> {
    text.lines().find_map(|line| severity(line.strip_prefix("Severity: ")?))
}

/// That in the message of a result: Trivy has a line for it, Grype begins with `A high vulnerability in`, and Snyk ends
/// with `a high severity vulnerability.`.
pub(super) fn of_message(text: &str) -> Option<Severity> {
    let begun = || severity(text.strip_prefix("A ")?.split_once(" vulnerability in ")?.0);
    let ended = || severity(text.strip_suffix(" severity vulnerability.")?.rsplit_once(" with a ")?.1);
    of_line(text).or_else(begun).or_else(ended)
}

/// That of a rule: older versions of Grype write it into `CVE-2024-1 high vulnerability for xz package` only, and Snyk
/// begins with `High severity - `.
pub(super) fn of_rule(rule: Node<'_>) -> Option<Severity> {
    let text = |key: &str| rule.get(key).get("text").str();
    let described = || severity(text("shortDescription")?.split_once(" vulnerability for ")?.0.rsplit(' ').next()?);
    let begun = || severity(text("shortDescription")?.split_once(" severity - ")?.0);
    text("help").and_then(|text| of_line(&text)).or_else(described).or_else(begun).or_else(|| {
        let properties = rule.get("properties");
        let mut tags = properties.get("tags").items();
        let is_unspecified = |node: Node<'_>| node.str().is_some_and(|text| text.eq_ignore_ascii_case(UNSPECIFIED));
        (is_unspecified(properties.get("cvssV3_severity")) || tags.any(is_unspecified)).then_some(Severity::Unknown)
    })
}

#[cfg(test)]
mod tests {
    use crate::formats::security::sarif::evidence_of;
    use crate::model::Severity;

    /// Of one rule and level, so that they would be counted alike by a glance.
    #[test]
    fn each_of_many_results_has_the_word_in_its_message() {
        let result = |word: &str| {
            let text = format!(r"Package: a\nInstalled Version: 1\nVulnerability V\nSeverity: {word}");
            format!(r#"{{"ruleId": "V", "ruleIndex": 0, "level": "error", "message": {{"text": "{text}"}}}}"#)
        };
        let results = [vec![result("HIGH"); 150], vec![result("CRITICAL"); 150]].concat().join(",");
        let tool =
            r#"{"driver": {"name": "Trivy", "rules": [{"id": "V", "properties": {"security-severity": "4.5"}}]}}"#;
        for members in
            [format!(r#""tool": {tool}, "results": [{results}]"#), format!(r#""results": [{results}], "tool": {tool}"#)]
        {
            let evidence = evidence_of(&format!(r#"{{"version": "2.1.0", "runs": [{{{members}}}]}}"#));
            let tally = evidence.scans[0].tally();
            assert_eq!((tally.of(Severity::Critical), tally.of(Severity::High), tally.total()), (150, 150, 300));
        }
    }
}
