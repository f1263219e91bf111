//! What of an artifact was not read.

/// A part of an artifact that a filter does not read.
///
/// See the [example](mod@crate::model#example).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// The keys that lead to it, as a pointer with `*` for every index; empty for all of it.
    pub shape: String,
    /// Single values in it.
    pub values: u64,
    /// Bytes of them, keys included.
    pub bytes: u64,
    /// Bytes of the artifact.
    pub of: u64,
}
