//! What the scanners' formats have in common: CWE numbers in all spellings, titles of one line.

use crate::source::Node;

/// The number in `CWE-79`, `CWE-79: Cross-site Scripting`, `cwe-079`, `external/cwe/cwe-079` or `79`.
pub(super) fn cwe(text: &str) -> Option<u32> {
    let text = text.trim().to_ascii_lowercase();
    let rest = match text.rfind("cwe") {
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

/// Sorted, each once.
pub(super) fn unique(mut numbers: Vec<u32>) -> Vec<u32> {
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

/// The first line that is not blank.
pub(super) fn first_line(text: &str) -> String {
    text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::cwe;

    #[test]
    fn cwe_numbers_in_all_spellings() {
        for text in ["CWE-79", "cwe-079", "external/cwe/cwe-079", "CWE-79: Cross-site Scripting (XSS)", " 79", "CWE79"]
        {
            assert_eq!(cwe(text), Some(79), "{text}");
        }
        for text in ["", "-1", "0", "NVD-CWE-noinfo", "79 things", "security", "CWE-"] {
            assert_eq!(cwe(text), None, "{text}");
        }
    }
}
