//! One input, read.

use super::evidence::{Evidence, Kind};
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
    /// The kinds of evidence that its format holds; empty where it has no format.
    pub kinds: &'static [Kind],
    /// What it says, and what could not be read.
    pub evidence: Evidence,
    /// What was masked in its texts and its name.
    pub redactions: Counts,
}

/// The file that an artifact was packed in: an archive, or a compressed file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Packed {
    /// Its name in reports.
    pub name: String,
    /// SHA-256 over its bytes, as they are on disk.
    pub sha256: String,
    /// Its length in bytes.
    pub bytes: u64,
}
