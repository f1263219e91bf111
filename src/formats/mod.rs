//! The formats that signoff can read: the table, and detection by content.
//!
//! A format is one file under `formats/<kind>/` and one row in that folder's table. Its file starts with the text
//! of the book's page: the tool, the command that writes the artifact, a sample, what is read and what is left out.
//!
//! # Example
//!
//! ```
//! use signoff::formats::{by_id, formats};
//! use signoff::model::Kind;
//!
//! let smoke = by_id("signoff-smoke").expect("a format of signoff's own");
//! assert_eq!(smoke.kinds, [Kind::Smoke]);
//! assert!(formats().count() > 100);
//! ```
//!
//! A format of one's own is shown in `examples/add_a_format/`.

pub(crate) mod bundle;
pub(crate) mod load;
mod native;
pub(crate) mod platform;
pub(crate) mod rollback;
#[doc(hidden)]
pub mod schemas;
pub(crate) mod security;
pub(crate) mod smoke;
mod strangers;

use std::sync::LazyLock;

use crate::model::order::sort_by_key;
use crate::model::{Evidence, Kind};
use crate::source::{Doc, Probe, Stop};

pub(crate) use strangers::{OWN, is_own_report};
#[doc(hidden)]
pub use strangers::{STRANGERS, Stranger};

/// One kind of file that signoff can read.
///
/// See the [example](mod@crate::formats#example).
pub struct Format {
    /// Stable id, kebab-case; the name of its file with `_` for `-`.
    pub id: &'static str,
    /// The kinds of evidence that it holds; the first is its home.
    pub kinds: &'static [Kind],
    /// The tool that writes it, in its own spelling.
    pub tool: &'static str,
    /// What the file is: `Traditional JSON report`.
    pub title: &'static str,
    /// The command that writes it, as a user would type it.
    pub produce: &'static str,
    /// Whether an artifact is of this format, by its content. At most one format says yes. About XML none is asked but
    /// those of the tables for it, which are asked about nothing else.
    pub detect: fn(&Probe<'_>) -> bool,
    /// Reads it. What it could read stands in the evidence even where it fails.
    pub read: fn(&mut Doc<'_>, &mut Evidence) -> Result<(), Stop>,
}

impl std::fmt::Debug for Format {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Format").field(&self.id).finish()
    }
}

/// The tables of the kinds: formats that are XML, and all others. None of the others says yes to XML, so that only the few
/// are asked about it.
static TABLES: [Tables; 5] = [
    Tables { xml: smoke::XML, others: smoke::FORMATS },
    Tables { xml: security::XML, others: security::FORMATS },
    Tables { xml: load::XML, others: load::FORMATS },
    Tables { xml: &[], others: rollback::FORMATS },
    Tables { xml: &[], others: platform::FORMATS },
];

struct Tables {
    xml: &'static [&'static Format],
    others: &'static [&'static Format],
}

/// Every format: by kind, and in the order of the ids.
///
/// See the [example](mod@crate::formats#example).
pub fn formats() -> impl Iterator<Item = &'static Format> {
    static ALL: LazyLock<Vec<&'static Format>> = LazyLock::new(|| {
        let of_kind = |tables: &Tables| {
            let mut all = [tables.xml, tables.others].concat();
            sort_by_key(&mut all, |format| format.id);
            all
        };
        TABLES.iter().flat_map(of_kind).collect()
    });
    ALL.iter().copied()
}

/// The format with this id.
///
/// See the [example](mod@crate::formats#example).
pub fn by_id(id: &str) -> Option<&'static Format> {
    formats().find(|format| format.id == id)
}

/// What a format reads and leaves out, from the text of its page; empty where there is no such format.
pub(crate) fn about(id: &str) -> &'static str {
    let mut lines = include_str!("about.tsv").lines().filter_map(|line| line.split_once('\t'));
    lines.find(|(of, _)| *of == id).map_or("", |(_, text)| text)
}

/// The formats that recognise an artifact.
///
/// See the [example](mod@crate::formats#example).
pub fn detect(probe: &Probe<'_>) -> Vec<&'static Format> {
    let is_xml = probe.xml().is_some();
    let tables = TABLES.iter().flat_map(|tables| if is_xml { tables.xml } else { tables.others });
    tables.copied().filter(|format| (format.detect)(probe)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn ids_are_unique_and_tables_sorted() {
        let mut seen = BTreeSet::new();
        for format in formats() {
            assert!(seen.insert(format.id), "`{}` stands twice", format.id);
            assert!(!format.kinds.is_empty(), "`{}` has no kind", format.id);
        }
        for table in TABLES.iter().flat_map(|tables| [tables.xml, tables.others]) {
            for pair in table.windows(2) {
                assert!(pair[0].id < pair[1].id, "`{}` does not stand before `{}`", pair[0].id, pair[1].id);
            }
        }
    }
}
