//! Numbers of the Common Weakness Enumeration, and the names of version 4.19.1 to check tables against.

#[cfg(test)]
use std::sync::LazyLock;

#[cfg(test)]
use super::rows;

#[cfg(test)]
static NAMES: LazyLock<Vec<(u32, &'static str)>> = LazyLock::new(|| {
    rows(include_str!("data/cwe.tsv"))
        .filter_map(|row| match row.as_slice() {
            [id, name] => Some((id.parse().ok()?, *name)),
            _ => None,
        })
        .collect()
});

/// The name of a weakness or category; `None` where MITRE has no such number.
#[cfg(test)]
pub fn name(id: u32) -> Option<&'static str> {
    let at = NAMES.binary_search_by_key(&id, |(number, _)| *number).ok()?;
    Some(NAMES[at].1)
}

/// The number in a text such as `CWE-79`, `cwe-079: Cross-site Scripting`, `79` or `external/cwe/cwe-079`;
/// `None` where there is none, or where it is 0, which tools write for none.
pub fn parse(text: &str) -> Option<u32> {
    let lower = text.trim().to_ascii_lowercase();
    let number = |text: &str| {
        let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        text[..end].parse().ok().filter(|id| *id > 0)
    };
    if lower.bytes().all(|b| b.is_ascii_digit()) {
        return number(&lower);
    }
    // ZAP's -1 means that there is none.
    let named = lower.match_indices("cwe").map(|(at, _)| &lower[at + 3..]).filter(|rest| !rest.starts_with("--"));
    named.map(|rest| rest.trim_start_matches(['-', '_', ':', '/', ' '])).find_map(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_and_all_read() {
        let lines = include_str!("data/cwe.tsv").lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!(NAMES.len(), lines);
        for pair in NAMES.windows(2) {
            assert!(pair[0].0 < pair[1].0, "CWE-{} does not stand before CWE-{}", pair[0].0, pair[1].0);
        }
    }

    #[test]
    fn a_number_has_its_name() {
        assert_eq!(name(477), Some("Use of Obsolete Function"));
        assert_eq!(name(0), None);
    }

    #[test]
    fn numbers_are_found_in_what_tools_write() {
        for text in ["CWE-79", "79", "cwe-079", "external/cwe/cwe-079", "CWE-79: Cross-site Scripting", "CWE 79"] {
            assert_eq!(parse(text), Some(79), "{text}");
        }
        for text in ["", "CWE-0", "CWE-noinfo", "-1", "CWE--1", "79 things", "CVE-2024-3094", "NVD-CWE-Other"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
