//! The model: evidence and release, in the words that every layer uses.
//!
//! Nothing here reads a file, a clock or a format.

pub mod artifact;
pub mod digest;
pub mod distribution;
pub mod evidence;
pub mod finding;
pub mod histogram;
pub mod identity;
pub mod interval;
pub mod load;
pub mod outcome;
pub mod phrase;
pub mod platform;
pub mod pointer;
pub mod quantity;
pub mod release;
pub mod rollback;
pub mod shard;
pub mod test;
pub mod text;
pub mod texts;
pub mod timeline;
pub mod unread;
pub(crate) mod wire;

pub use artifact::{Artifact, Origin, Packed, Part};
pub use distribution::Distribution;
pub use evidence::{Evidence, Kind, Subject, Tool};
pub use finding::{Finding, Location, Scan, ScanClass, Severity, Suppression};
pub use identity::{Identity, Said, Stated, SubjectDigest};
pub use load::{Endpoint, Inexact, Interval, LoadRun, Measurement, Threshold};
pub use outcome::{Outcome, Tally};
pub use phrase::{Phrase, Piece};
pub use platform::{Alert, Health, Role, Service};
pub use pointer::Pointer;
pub use quantity::{Elapsed, Percentile, Rate, Ratio, Unit};
pub use release::{ArtifactId, Input, Notice, Release, Source, Sourced};
pub use rollback::{Action, Plan, Step, StepOutcome};
pub use shard::Shard;
pub use test::{Suite, TestCase, TestExtra};
pub use text::keep_text;
pub use texts::Texts;
pub use unread::Unread;
