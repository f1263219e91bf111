//! Numbers of the Common Weakness Enumeration.

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
    lower.match_indices("cwe").find_map(|(at, _)| number(lower[at + 3..].trim_start_matches(['-', '_', ':', '/', ' '])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_found_in_what_tools_write() {
        for text in ["CWE-79", "79", "cwe-079", "external/cwe/cwe-079", "CWE-79: Cross-site Scripting", "CWE 79"] {
            assert_eq!(parse(text), Some(79), "{text}");
        }
        for text in ["", "CWE-0", "CWE-noinfo", "-1", "79 things", "CVE-2024-3094", "NVD-CWE-Other"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
