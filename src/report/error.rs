//! Why a report is not made.

use std::error::Error;
use std::io;

use super::write::WriteError;

/// Why a report is not rendered or written.
///
/// See the [example](mod@crate::report#example).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RenderError {
    /// A template of the user's cannot be used.
    #[error(transparent)]
    Template(Box<dyn Error + Send + Sync>),
    /// An attestation without a subject: neither a full commit nor a digest is stated.
    #[error(
        "an attestation is about something, and nothing is stated here: name the commit in full with --commit, \
         `commit` of [subject] or --ci, or what was built with --subject-digest or `digests` of [subject]"
    )]
    NoSubject,
    /// A verification result says when it was made, and the report has no time.
    #[error("--format svr: the report has no time: give it with --as-of")]
    NoTime,
    /// A value has no form in JSON.
    #[error("a form in JSON cannot be made")]
    Json(#[from] serde_json::Error),
    /// A form that is made piece by piece is not made to its end.
    #[error("a form cannot be made")]
    Pieces(#[from] io::Error),
    /// The operating system refuses.
    #[error(transparent)]
    Write(#[from] WriteError),
}
