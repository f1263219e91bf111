//! The OWASP Top 10 of 2025 and 2021: categories, names, what a scan can say about each, and which findings belong where.
//!
//! A code without its year is ambiguous (`A05` is Injection in 2025 and Security Misconfiguration in 2021), so every
//! code here carries it.

use std::fmt;
use std::sync::LazyLock;

use super::rows;
use crate::model::ScanClass;

pub use super::rollup::roll_up;

/// An edition of the Top 10.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Edition {
    /// OWASP Top 10:2025, the latest.
    Y2025,
    /// OWASP Top 10:2021.
    Y2021,
}

impl Edition {
    /// Every edition, the latest first.
    pub const ALL: [Edition; 2] = [Edition::Y2025, Edition::Y2021];

    /// Its year, as codes have it.
    pub const fn year(self) -> &'static str {
        match self {
            Edition::Y2025 => "2025",
            Edition::Y2021 => "2021",
        }
    }

    /// Its title.
    pub const fn title(self) -> &'static str {
        match self {
            Edition::Y2025 => "OWASP Top 10:2025",
            Edition::Y2021 => "OWASP Top 10:2021",
        }
    }
}

impl fmt::Display for Edition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.title())
    }
}

/// A category of one edition.
#[derive(Debug, PartialEq, Eq)]
pub struct Category {
    /// The edition.
    pub edition: Edition,
    /// Code with year: `A01:2025`.
    pub code: &'static str,
    /// Official name.
    pub name: &'static str,
    /// Other spellings of the name that mean this category.
    aliases: Vec<&'static str>,
    /// Where it went in the next edition; `None` in the latest.
    successor: Option<&'static str>,
    /// CWE numbers that OWASP maps to it, sorted.
    pub cwes: Vec<u32>,
}

static CATEGORIES: LazyLock<[Vec<Category>; 2]> = LazyLock::new(|| Edition::ALL.map(read));

fn read(edition: Edition) -> Vec<Category> {
    rows(include_str!("data/owasp.tsv"))
        .filter_map(|row| match row.as_slice() {
            [year, code, name, aliases, successor, cwes] if *year == edition.year() => Some(Category {
                edition,
                code,
                name,
                aliases: aliases.split('|').filter(|alias| !alias.is_empty()).collect(),
                successor: Some(*successor).filter(|code| !code.is_empty()),
                cwes: cwes.split(' ').filter_map(|id| id.parse().ok()).collect(),
            }),
            _ => None,
        })
        .collect()
}

/// The ten categories of an edition, in order.
pub fn categories(edition: Edition) -> &'static [Category] {
    let [latest, before] = &*CATEGORIES;
    match edition {
        Edition::Y2025 => latest,
        Edition::Y2021 => before,
    }
}

/// The category with this code. `A1:2021`, `a01-2025` and `OWASP_2021_A01` are read too; a code without year is none.
pub fn category(code: &str) -> Option<&'static Category> {
    let (number, edition) = parse_code(code)?;
    categories(edition?).get(number.checked_sub(1)?)
}

impl Category {
    /// The category of `edition` that it lives on in, or came from; `None` where there is no single one.
    pub fn in_edition(&'static self, edition: Edition) -> Option<&'static Category> {
        match (self.edition, edition) {
            (Edition::Y2025, Edition::Y2025) | (Edition::Y2021, Edition::Y2021) => Some(self),
            (Edition::Y2021, Edition::Y2025) => self.successor.and_then(category),
            (Edition::Y2025, Edition::Y2021) => {
                let mut before = categories(edition).iter().filter(|c| c.successor == Some(self.code));
                // Broken Access Control took in another category: the one of the same name is meant.
                let first = before.next();
                before.fold(first, |best, other| if other.name == self.name { Some(other) } else { best })
            }
        }
    }

    fn is_called(&self, plain_name: &str) -> bool {
        plain(self.name) == plain_name || self.aliases.iter().any(|alias| plain(alias) == plain_name)
    }
}

impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.code, self.name)
    }
}

/// Number and edition in a text that starts with a code, or has one after `OWASP`; `None` where there is no code.
/// The edition is `None` where the text has no year or that of another edition.
fn parse_code(text: &str) -> Option<(usize, Option<Edition>)> {
    let words: Vec<&str> = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let number = words.iter().find_map(|word| {
        let digits = word.strip_prefix(['A', 'a'])?;
        let number: usize = digits.parse().ok()?;
        ((1..=10).contains(&number) && digits.len() <= 2).then_some(number)
    })?;
    let edition = Edition::ALL.into_iter().find(|edition| words.contains(&edition.year()));
    Some((number, edition))
}

/// The category of `edition` that a scanner's own tag names: `A02:2021 - Cryptographic Failures`, `OWASP_2025_A05`,
/// `OWASP-A03:2021`. `None` for a tag of another edition, or without year.
pub(super) fn of_tag(tag: &str, edition: Edition) -> Option<&'static Category> {
    category(tag).filter(|category| category.edition == edition)
}

/// A name for comparison: letters in lower case, `&` as `and`, no punctuation.
fn plain(name: &str) -> String {
    let name = name.replace('&', " and ").to_lowercase();
    let words: Vec<&str> = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

/// Whether a name belongs to a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameCheck {
    /// It is the official name of the code.
    Right(&'static Category),
    /// It is the name that the code has in another edition, or had.
    OtherEdition {
        /// What the code is.
        official: &'static Category,
        /// Whose name it is.
        meant: &'static Category,
    },
    /// It is the name of another category.
    OtherCategory {
        /// What the code is.
        official: &'static Category,
        /// Whose name it is: in the edition of the code where that has the name, else in the other.
        meant: &'static Category,
    },
    /// It is the name of no category of any edition.
    Unknown {
        /// What the code is; `None` where it is no code.
        official: Option<&'static Category>,
    },
}

/// Compares a code and a name, as a document writes them. A code without year is taken for one of the latest edition.
pub fn check_name(code: &str, name: &str) -> NameCheck {
    let Some((number, edition)) = parse_code(code) else { return NameCheck::Unknown { official: None } };
    let edition = edition.unwrap_or(Edition::Y2025);
    let Some(official) = categories(edition).get(number - 1) else { return NameCheck::Unknown { official: None } };
    let name = plain(name);
    if official.is_called(&name) {
        return NameCheck::Right(official);
    }
    let others = Edition::ALL.into_iter().filter(|other| *other != edition);
    if let Some(meant) = others.clone().filter_map(|e| categories(e).get(number - 1)).find(|c| c.is_called(&name)) {
        let stays = meant.in_edition(edition) == Some(official);
        return if stays {
            NameCheck::OtherEdition { official, meant }
        } else {
            // The same name may live on under another code: that is what a reader of this edition looks for.
            let now = categories(edition).iter().find(|c| c.is_called(&name));
            match now {
                Some(meant) => NameCheck::OtherCategory { official, meant },
                None => NameCheck::OtherEdition { official, meant },
            }
        };
    }
    let all = std::iter::once(edition).chain(others).flat_map(categories);
    match all.into_iter().find(|c| c.is_called(&name)) {
        Some(meant) => NameCheck::OtherCategory { official, meant },
        None => NameCheck::Unknown { official: Some(official) },
    }
}

impl NameCheck {
    /// The category of `edition` that is spoken of, by the name where that is known and else by the code.
    pub fn category(&self, edition: Edition) -> Option<&'static Category> {
        match self {
            NameCheck::Right(category) => category.in_edition(edition),
            NameCheck::OtherEdition { meant, .. } | NameCheck::OtherCategory { meant, .. } => meant.in_edition(edition),
            NameCheck::Unknown { official } => official.and_then(|category| category.in_edition(edition)),
        }
    }

    /// What is wrong, in one line; `None` where nothing is.
    pub fn explain(&self) -> Option<String> {
        match self {
            NameCheck::Right(_) => None,
            NameCheck::OtherEdition { official, meant } | NameCheck::OtherCategory { official, meant } => {
                let now = meant.in_edition(official.edition).filter(|now| now != meant);
                let goes_on = now.map(|now| format!(", in {} part of {now}", now.edition.year())).unwrap_or_default();
                Some(format!(
                    "{} is \"{}\"; \"{}\" is {}{goes_on}",
                    official.code, official.name, meant.name, meant.code
                ))
            }
            NameCheck::Unknown { official: Some(official) } => {
                Some(format!("{} is \"{}\"; the name is that of no category", official.code, official.name))
            }
            NameCheck::Unknown { official: None } => Some("this is no code of the OWASP Top 10".to_owned()),
        }
    }
}

/// What a kind of scan can say about a category.
///
/// An assessment of signoff's, not a statement of OWASP's. No scan shows that a category is free of faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Coverage {
    /// It cannot find anything there: the category is not tested.
    None,
    /// It can find some of it; silence says nothing: the category is partly tested.
    Partial,
    /// Common findings of it belong there; silence speaks for the surface that was tested.
    Direct,
}

/// The columns of the coverage table.
const CLASSES: [ScanClass; 8] = [
    ScanClass::PassiveDast,
    ScanClass::ActiveDast,
    ScanClass::Sca,
    ScanClass::Sast,
    ScanClass::TlsHeaders,
    ScanClass::IacConfig,
    ScanClass::Secrets,
    ScanClass::Manual,
];

type CoverageRow = (&'static str, [Coverage; 8]);

static COVERAGE: LazyLock<Vec<CoverageRow>> = LazyLock::new(|| {
    rows(include_str!("data/coverage.tsv"))
        .map(|row| {
            let word = |column: usize| match row.get(column + 1) {
                Some(&"D") => Coverage::Direct,
                Some(&"P") => Coverage::Partial,
                _ => Coverage::None,
            };
            (row[0], std::array::from_fn(word))
        })
        .collect()
});

/// What a kind of scan can say about a category. A scan of unknown kind says nothing.
pub fn coverage(class: ScanClass, category: &Category) -> Coverage {
    let column = CLASSES.iter().position(|c| *c == class);
    let row = COVERAGE.iter().find(|(code, _)| *code == category.code);
    row.zip(column).map_or(Coverage::None, |((_, cells), column)| cells[column])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_whole_and_in_order() {
        for edition in Edition::ALL {
            let codes: Vec<&str> = categories(edition).iter().map(|c| c.code).collect();
            let wanted: Vec<String> = (1..=10).map(|n| format!("A{n:02}:{}", edition.year())).collect();
            assert_eq!(codes, wanted);
        }
        assert_eq!(categories(Edition::Y2025).iter().map(|c| c.cwes.len()).sum::<usize>(), 250);
    }

    #[test]
    fn no_cwe_stands_in_two_categories_and_all_are_known() {
        for edition in Edition::ALL {
            let mut seen = std::collections::BTreeMap::new();
            for category in categories(edition) {
                for id in &category.cwes {
                    let before = seen.insert(*id, category.code);
                    assert_eq!(before, None, "CWE-{id} stands in {} too", category.code);
                    assert!(crate::taxonomy::cwe::name(*id).is_some(), "CWE-{id} of {} has no name", category.code);
                }
            }
        }
    }

    #[test]
    fn successors_exist_and_every_category_has_its_row_of_coverage() {
        for old in categories(Edition::Y2021) {
            assert!(old.in_edition(Edition::Y2025).is_some(), "{} has no successor", old.code);
        }
        for category in Edition::ALL.into_iter().flat_map(categories) {
            let rows = COVERAGE.iter().filter(|(code, _)| *code == category.code).count();
            assert_eq!(rows, 1, "{} has {rows} rows", category.code);
        }
        assert_eq!(COVERAGE.len(), 20);
    }

    #[test]
    fn codes_are_read_as_tools_write_them() {
        for text in ["A03:2021", "A3:2021", "a03-2021", "OWASP_2021_A03", "OWASP-A03:2021 - Injection", "A03_2021"] {
            assert_eq!(category(text).map(|c| c.code), Some("A03:2021"), "{text}");
        }
        for text in ["A03", "A03:2017", "API3:2023", "A11:2021", "A003:2021", "2021", ""] {
            assert_eq!(category(text), None, "{text}");
        }
    }

    #[test]
    fn categories_live_on() {
        let to = |code: &str, edition| category(code).and_then(|c| c.in_edition(edition)).map(|c| c.code);
        assert_eq!(to("A10:2021", Edition::Y2025), Some("A01:2025"));
        assert_eq!(to("A01:2025", Edition::Y2021), Some("A01:2021"));
        assert_eq!(to("A03:2025", Edition::Y2021), Some("A06:2021"));
        assert_eq!(to("A10:2025", Edition::Y2021), None);
    }

    #[track_caller]
    fn check(code: &str, name: &str, spoken_of: Option<&str>, wrong: Option<&str>) {
        let found = check_name(code, name);
        assert_eq!(found.category(Edition::Y2025).map(|c| c.code), spoken_of);
        assert_eq!(found.explain().as_deref(), wrong);
    }

    #[test]
    fn right_names_are_right_in_every_spelling() {
        check("A01:2025", "Broken Access Control", Some("A01:2025"), None);
        check("A09:2025", "Security Logging and Alerting Failures", Some("A09:2025"), None);
        check("A06:2021", "vulnerable & outdated components", Some("A03:2025"), None);
        check("A10", "Mishandling of Exceptional Conditions", Some("A10:2025"), None);
    }

    #[test]
    fn a_name_of_the_other_edition_is_told() {
        check(
            "A06:2025",
            "Vulnerable and Outdated Components",
            Some("A03:2025"),
            Some(
                "A06:2025 is \"Insecure Design\"; \"Vulnerable and Outdated Components\" is A06:2021, \
                 in 2025 part of A03:2025 Software Supply Chain Failures",
            ),
        );
        check(
            "A07:2025",
            "Identification and Authentication Failures",
            Some("A07:2025"),
            Some(
                "A07:2025 is \"Authentication Failures\"; \"Identification and Authentication Failures\" is A07:2021, \
                 in 2025 part of A07:2025 Authentication Failures",
            ),
        );
    }

    #[test]
    fn a_name_of_another_category_is_told() {
        check(
            "A04:2025",
            "Insecure Design",
            Some("A06:2025"),
            Some("A04:2025 is \"Cryptographic Failures\"; \"Insecure Design\" is A06:2025"),
        );
        check(
            "A05:2025",
            "Security Logging and Monitoring",
            Some("A09:2025"),
            Some(
                "A05:2025 is \"Injection\"; \"Security Logging and Monitoring Failures\" is A09:2021, \
                 in 2025 part of A09:2025 Security Logging & Alerting Failures",
            ),
        );
        check(
            "A09:2025",
            "Security Monitoring Failures",
            Some("A09:2025"),
            Some("A09:2025 is \"Security Logging & Alerting Failures\"; the name is that of no category"),
        );
        check("B1", "Injection", None, Some("this is no code of the OWASP Top 10"));
    }

    #[test]
    fn a_baseline_scan_does_not_test_for_injection() {
        let injection = category("A05:2025").expect("it exists");
        assert_eq!(coverage(ScanClass::PassiveDast, injection), Coverage::Partial);
        assert_eq!(coverage(ScanClass::ActiveDast, injection), Coverage::Direct);
        assert_eq!(coverage(ScanClass::Sca, injection), Coverage::None);
        assert_eq!(coverage(ScanClass::Unknown, injection), Coverage::None);
    }
}
