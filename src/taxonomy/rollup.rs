//! Which category a finding belongs to, and by which rule.

use std::sync::LazyLock;

use super::owasp::{Category, Edition, categories, category, of_tag};
use super::rows;
use crate::model::{Finding, ScanClass};

/// Which rule put a finding into a category.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    /// The scanner itself names the category of this edition: the tag as written.
    Tag(String),
    /// The scanner's documentation names it for this rule: ZAP's alert reference or plugin id.
    Scanner(String),
    /// A known vulnerability of a dependency, whatever weakness the vulnerability itself is.
    Dependency,
    /// OWASP maps this CWE to it.
    Cwe(u32),
    /// Derived: OWASP maps the nearest ancestor of this CWE to it.
    Ancestor {
        /// The CWE of the finding.
        cwe: u32,
        /// The ancestor that OWASP maps.
        ancestor: u32,
    },
    /// Derived: the scanner names a category of another edition, which lives on in this one: the tag as written.
    Successor(String),
    /// Nothing maps it. It is a finding all the same.
    Unmapped,
}

impl Rule {
    /// What decided, in one line.
    pub fn explain(&self) -> String {
        match self {
            Rule::Tag(tag) => format!("tagged {tag} by the scanner"),
            Rule::Scanner(id) => format!("by the scanner's documentation of rule {id}"),
            Rule::Dependency => "known vulnerability of a dependency".to_owned(),
            Rule::Cwe(cwe) => format!("CWE-{cwe}"),
            Rule::Ancestor { cwe, ancestor } => format!("CWE-{cwe}, a kind of CWE-{ancestor} (derived)"),
            Rule::Successor(tag) => format!("tagged {tag} by the scanner, which lives on here (derived)"),
            Rule::Unmapped => "no rule maps it".to_owned(),
        }
    }
}

/// The category of a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RollUp {
    /// The category; `None` where nothing maps the finding.
    pub category: Option<&'static Category>,
    /// What decided.
    pub rule: Rule,
}

/// The category of `edition` that a finding belongs to. The first rule that names one decides: the scanner's own tag,
/// its documentation (`tool` is the scanner's name), dependency, CWE, nearest mapped ancestor of the CWE, tag of another
/// edition. A rule that names several is settled by the finding's CWE, else by the order of the artifact.
pub fn roll_up(finding: &Finding, tool: Option<&str>, class: ScanClass, edition: Edition) -> RollUp {
    let listed = |cwe: u32| categories(edition).iter().find(|c| c.cwes.binary_search(&cwe).is_ok());
    let by_cwe = || finding.cwes.iter().find_map(|cwe| Some((listed(*cwe)?, *cwe)));
    let settle = |named: Vec<(&'static Category, String)>| {
        let cwe = by_cwe().map(|(category, _)| category);
        let at = named.iter().position(|(category, _)| Some(*category) == cwe).unwrap_or(0);
        named.into_iter().nth(at)
    };
    let decided = |category: &'static Category, rule| RollUp { category: Some(category), rule };

    let tags = finding.owasp.iter().filter_map(|tag| Some((of_tag(tag, edition)?, tag.clone()))).collect();
    if let Some((category, tag)) = settle(tags) {
        return decided(category, Rule::Tag(tag));
    }
    if tool.is_some_and(is_zap) {
        let (id, named) = zap(&finding.rule);
        let named = named.iter().filter(|c| c.edition == edition).map(|c| (*c, id.to_owned())).collect();
        if let Some((category, id)) = settle(named) {
            return decided(category, Rule::Scanner(id));
        }
    }
    if class == ScanClass::Sca || finding.package.is_some() {
        let code = match edition {
            Edition::Y2025 => "A03:2025",
            Edition::Y2021 => "A06:2021",
        };
        if let Some(category) = category(code) {
            return decided(category, Rule::Dependency);
        }
    }
    if let Some((category, cwe)) = by_cwe() {
        return decided(category, Rule::Cwe(cwe));
    }
    let by_ancestor = finding.cwes.iter().find_map(|cwe| {
        let (category, ancestor) = ancestor(*cwe, edition)?;
        Some(decided(category, Rule::Ancestor { cwe: *cwe, ancestor }))
    });
    let by_successor = || {
        finding.owasp.iter().find_map(|tag| {
            let category = category(tag)?.in_edition(edition)?;
            Some(decided(category, Rule::Successor(tag.clone())))
        })
    };
    by_ancestor.or_else(by_successor).unwrap_or(RollUp { category: None, rule: Rule::Unmapped })
}

fn is_zap(tool: &str) -> bool {
    tool.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| word.eq_ignore_ascii_case("zap"))
}

type ZapRow = (&'static str, Vec<&'static Category>);

static ZAP: LazyLock<Vec<ZapRow>> = LazyLock::new(|| {
    let codes = |cell: &'static str| cell.split(' ').filter_map(category);
    let mut table: Vec<ZapRow> = rows(include_str!("data/zap.tsv"))
        .filter_map(|row| match row.as_slice() {
            [id, latest, before] => Some((*id, codes(latest).chain(codes(before)).collect())),
            _ => None,
        })
        .collect();
    table.sort_unstable_by_key(|(id, _)| *id);
    table
});

/// The categories that ZAP's documentation gives an alert, and the id that they stand under.
fn zap(rule: &str) -> (&str, &'static [&'static Category]) {
    let find = |id: &str| ZAP.binary_search_by_key(&id, |(id, _)| *id).ok().map(|at| ZAP[at].1.as_slice());
    let plugin = rule.split_once('-').map_or(rule, |(plugin, _)| plugin);
    match (find(rule), find(plugin)) {
        (Some(categories), _) => (rule, categories),
        (None, Some(categories)) => (plugin, categories),
        (None, None) => (rule, &[]),
    }
}

type AncestorRow = (u32, [Option<(&'static Category, u32)>; 2]);

static ANCESTORS: LazyLock<Vec<AncestorRow>> = LazyLock::new(|| {
    let pair = |code: &str, via: &str| Some((category(code)?, via.parse().ok()?));
    rows(include_str!("data/ancestors.tsv"))
        .filter_map(|row| match row.as_slice() {
            [cwe, code, via, old_code, old_via] => {
                Some((cwe.parse().ok()?, [pair(code, via), pair(old_code, old_via)]))
            }
            _ => None,
        })
        .collect()
});

fn ancestor(cwe: u32, edition: Edition) -> Option<(&'static Category, u32)> {
    let at = ANCESTORS.binary_search_by_key(&cwe, |(id, _)| *id).ok()?;
    let [latest, before] = ANCESTORS[at].1;
    match edition {
        Edition::Y2025 => latest,
        Edition::Y2021 => before,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Pointer, Severity};

    fn finding(rule: &str, cwes: &[u32], owasp: &[&str]) -> Finding {
        let mut finding = Finding::new(rule, "title", Severity::Low, Pointer::whole());
        finding.cwes = cwes.to_vec();
        finding.owasp = owasp.iter().map(|tag| (*tag).to_owned()).collect();
        finding
    }

    #[track_caller]
    fn check(finding: &Finding, tool: &str, class: ScanClass, latest: (&str, Rule), before: (&str, Rule)) {
        for (edition, (code, rule)) in [(Edition::Y2025, latest), (Edition::Y2021, before)] {
            let found = roll_up(finding, Some(tool), class, edition);
            assert_eq!((found.category.map_or("-", |c| c.code), found.rule), (code, rule));
        }
    }

    #[test]
    fn tables_are_sorted_and_all_read() {
        let lines = |text: &str| text.lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!(ZAP.len(), lines(include_str!("data/zap.tsv")));
        assert_eq!(ANCESTORS.len(), lines(include_str!("data/ancestors.tsv")));
        for (id, categories) in ZAP.iter() {
            assert!(!categories.is_empty(), "ZAP's {id} has no category");
        }
        for pair in ANCESTORS.windows(2) {
            assert!(pair[0].0 < pair[1].0, "CWE-{} does not stand before CWE-{}", pair[0].0, pair[1].0);
        }
        for (cwe, editions) in ANCESTORS.iter() {
            for (category, ancestor) in editions.iter().flatten() {
                let mapped = category.cwes.contains(ancestor);
                assert!(mapped, "CWE-{ancestor}, ancestor of CWE-{cwe}, is not in {}", category.code);
                assert!(!category.cwes.contains(cwe), "CWE-{cwe} stands in {} itself", category.code);
            }
        }
    }

    #[test]
    fn the_scanners_own_tag_goes_first() {
        let tagged = finding("x", &[79], &["OWASP_2025_A02", "A05:2021 - Security Misconfiguration"]);
        check(
            &tagged,
            "Semgrep",
            ScanClass::Sast,
            ("A02:2025", Rule::Tag("OWASP_2025_A02".into())),
            ("A05:2021", Rule::Tag("A05:2021 - Security Misconfiguration".into())),
        );
    }

    #[test]
    fn zap_is_looked_up_by_alert_reference_then_plugin() {
        let missing_header = finding("10038-1", &[693], &[]);
        let by = || Rule::Scanner("10038".into());
        check(&missing_header, "OWASP ZAP", ScanClass::PassiveDast, ("A02:2025", by()), ("A05:2021", by()));
        check(&missing_header, "zapper", ScanClass::PassiveDast, ("A06:2025", Rule::Cwe(693)), ("-", Rule::Unmapped));
    }

    #[test]
    fn dependencies_go_to_the_supply_chain() {
        let vulnerable = finding("CVE-2021-44228", &[502], &[]);
        check(&vulnerable, "Trivy", ScanClass::Sca, ("A03:2025", Rule::Dependency), ("A06:2021", Rule::Dependency));
    }

    #[test]
    fn ancestors_and_successors_are_told_as_derived() {
        let by = || Rule::Ancestor { cwe: 24, ancestor: 23 };
        check(&finding("x", &[24], &[]), "t", ScanClass::Sast, ("A01:2025", by()), ("A01:2021", by()));
        check(
            &finding("x", &[], &["A10:2021"]),
            "t",
            ScanClass::Sast,
            ("A01:2025", Rule::Successor("A10:2021".into())),
            ("A10:2021", Rule::Tag("A10:2021".into())),
        );
        check(&finding("x", &[787], &["A1:2017"]), "t", ScanClass::Sast, ("-", Rule::Unmapped), ("-", Rule::Unmapped));
    }
}
