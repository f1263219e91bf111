//! Taxonomies: the OWASP Top 10, CWE numbers and names, and the recommended response headers.
//!
//! The data stands in `data/*.tsv` (tab-separated, a line that starts with `#` names the columns), is compiled in and
//! parsed at the first look-up. `NOTICE.md` says whose it is and under which terms.

pub mod cvss;
pub mod cwe;
pub mod headers;
pub mod owasp;
mod rollup;

/// The rows of a data file, as cells.
fn rows(text: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    text.lines().filter(|line| !line.starts_with('#')).map(|line| line.split('\t').collect())
}
