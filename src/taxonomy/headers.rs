//! Response headers that the OWASP Secure Headers Project recommends.

use std::sync::LazyLock;

use super::rows;

/// A recommended response header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recommended {
    /// Its name.
    pub name: &'static str,
    /// The value that the project proposes.
    pub value: &'static str,
    /// Whether it belongs on every response; some make sense on some responses only (`Clear-Site-Data`).
    pub everywhere: bool,
    /// The weakness of its absence; `None` where there is none by ZAP's rules.
    pub cwe: Option<u32>,
}

/// The recommended response headers, sorted by name.
static RECOMMENDED: LazyLock<Vec<Recommended>> = LazyLock::new(|| {
    rows(include_str!("data/headers.tsv"))
        .filter_map(|row| match row.as_slice() {
            [name, value, scope, cwe] => {
                Some(Recommended { name, value, everywhere: *scope == "every", cwe: cwe.parse().ok() })
            }
            _ => None,
        })
        .collect()
});

/// The recommended header of this name, in any case.
pub fn find(name: &str) -> Option<&'static Recommended> {
    RECOMMENDED.iter().find(|header| header.name.eq_ignore_ascii_case(name.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_whole() {
        assert_eq!(RECOMMENDED.len(), 13);
        for pair in RECOMMENDED.windows(2) {
            assert!(pair[0].name < pair[1].name, "`{}` does not stand before `{}`", pair[0].name, pair[1].name);
        }
        assert_eq!(find("x-frame-options").and_then(|header| header.cwe), Some(1021));
        assert_eq!(find("X-XSS-Protection"), None);
    }
}
