//! One input, read.

use super::evidence::{Evidence, Kind};
use super::unread::Unread;
use crate::safety::redact::Counts;

/// One input file, archive member or standard input, with what it says.
#[derive(Clone, Debug)]
pub struct Artifact {
    /// Its name in reports.
    pub name: String,
    /// Its path as the user gave it, for the terminal.
    pub given: String,
    /// SHA-256 over its bytes; `None` where it could not be read.
    pub sha256: Option<String>,
    /// Its length in bytes; `None` where it could not be read.
    pub bytes: Option<u64>,
    /// The id of its format; `None` where no format, or more than one, recognises it.
    pub format: Option<&'static str>,
    /// The id of the `[[format]]` of the manifest that mapped it to its format; `None` where it was read as it is.
    pub mapping: Option<String>,
    /// What that mapping does not read; `None` where there is none, or nobody asked.
    pub unread: Option<Vec<Unread>>,
    /// The kinds of evidence that its format holds; empty where it has no format.
    pub kinds: &'static [Kind],
    /// What it says, and what could not be read.
    pub evidence: Evidence,
    /// What was masked in its texts and its name.
    pub redactions: Counts,
}
