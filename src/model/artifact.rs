//! One input, read.

use serde::{Deserialize, Serialize};

use super::evidence::{Evidence, Kind};
use super::shard::Shard;
use super::unread::Unread;
use crate::safety::redact::Counts;

/// The folder that an artifact of this name stands in, and the name of its file.
pub(crate) fn folder_and_file(name: &str) -> (&str, &str) {
    name.rsplit_once('/').unwrap_or(("", name))
}

/// The folder around a folder of the name `inner`; `None` where it has another name.
pub(crate) fn around<'f>(folder: &'f str, inner: &str) -> Option<&'f str> {
    let (outer, name) = folder_and_file(folder);
    (name == inner).then_some(outer)
}

/// One input file, archive member or standard input, with what it says.
///
/// See the [example](mod@crate::model#example).
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
    /// The `[[format]]` of the manifest that mapped it to its format; `None` where it was read as it is.
    pub mapping: Option<Mapped>,
    /// What that mapping does not read; `None` where there is none, or nobody asked.
    pub unread: Option<Vec<Unread>>,
    /// The kinds of evidence that its format holds; empty where it has no format.
    pub kinds: &'static [Kind],
    /// What it says, and what could not be read.
    pub evidence: Evidence,
    /// What was masked in its texts and its name.
    pub redactions: Counts,
    /// The bundle that it came in; `None` for one that was read itself.
    pub origin: Option<Origin>,
}

/// By which `[[format]]` of a manifest an artifact was read.
///
/// See the [example](mod@crate::model#example).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapped {
    /// Its id.
    pub id: String,
    /// SHA-256 over all that decides what it makes of an artifact; `None` where a bundle does not say.
    pub digest: Option<String>,
}

/// Through which bundle an artifact came.
///
/// See the [example](mod@crate::model#example).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The name of the bundle in reports.
    pub bundle: String,
    /// Which part of the bundle, from 0.
    pub part: usize,
    /// The shard that the part is; `None` where it does not say.
    pub shard: Option<Shard>,
    /// The name that the artifact had where the bundle was made.
    pub name: String,
}

/// What one machine collected: a part of a bundle.
///
/// See the [example](mod@crate::model#example).
#[derive(Clone, Debug, Default)]
pub struct Part {
    /// The shard; `None` where it does not say.
    pub shard: Option<Shard>,
    /// The artifacts, by name.
    pub artifacts: Vec<Artifact>,
}

/// The file that an artifact was packed in: an archive, or a compressed file.
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::model#example).")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Packed {
    /// Its name in reports.
    pub name: String,
    /// SHA-256 over its bytes, as they are on disk.
    pub sha256: String,
    /// Its length in bytes.
    pub bytes: u64,
}
