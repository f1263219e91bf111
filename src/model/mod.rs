//! The model: evidence and release, in the words that every layer uses.
//!
//! Nothing here reads a file, a clock or a format.
//!
//! # Example
//!
//! What a format writes down, and what is read from it:
//!
//! ```
//! use signoff::model::{Evidence, Outcome, Pointer, Suite, TestCase, Tool};
//!
//! let mut evidence = Evidence { tool: Some(Tool::new("Pingbot", None)), ..Evidence::default() };
//! let mut suite = Suite::new("staging", Pointer::path("/pings"));
//! suite.push(TestCase::new("front page", Outcome::Passed, Pointer::path("/pings/0")));
//! suite.push(TestCase::new("login", Outcome::Failed, Pointer::path("/pings/1")));
//! evidence.suites.push(suite);
//!
//! let tally = evidence.suites[0].tally();
//! assert_eq!((tally.passed, tally.failed, tally.total()), (1, 1, 2));
//! ```

pub(crate) mod artifact;
pub(crate) mod assessment;
#[doc(hidden)]
pub mod digest;
pub(crate) mod distribution;
pub(crate) mod evidence;
pub(crate) mod finding;
pub(crate) mod histogram;
pub(crate) mod identity;
pub(crate) mod interval;
pub(crate) mod load;
pub(crate) mod order;
pub(crate) mod outcome;
#[doc(hidden)]
pub mod phrase;
pub(crate) mod platform;
pub(crate) mod pointer;
pub(crate) mod purl;
pub(crate) mod quantity;
pub(crate) mod release;
pub(crate) mod rollback;
pub(crate) mod shard;
pub(crate) mod test;
pub(crate) mod text;
pub(crate) mod texts;
pub(crate) mod timeline;
pub(crate) mod unread;
pub(crate) mod wire;

pub use artifact::{Artifact, Mapped, Origin, Packed, Part};
pub(crate) use artifact::{around, folder_and_file};
pub use assessment::{Assessment, Attestation, AttestedStatus, Header};
pub use distribution::Distribution;
pub use evidence::{Evidence, Kind, Subject, Tool};
pub use finding::{Finding, Location, Package, Scan, ScanClass, Severity, SeverityTally, Statement, Suppression};
pub use identity::{Identity, NoDigest, Said, Stated, SubjectDigest};
pub use load::{Endpoint, Inexact, Interval, LoadRun, Measurement, Threshold};
pub use outcome::{Outcome, Tally};
pub use phrase::{Phrase, Piece};
pub use platform::{Alert, AlertState, Health, Role, Sample, Service};
pub use pointer::Pointer;
pub use quantity::{Elapsed, OutOfRange, Percentile, Rate, Ratio, Unit};
pub use release::{ArtifactId, Input, Notice, Release, Source, Sourced};
pub use rollback::{Action, Claim, Command, Migration, Plan, Revision, Step, StepOutcome};
pub use shard::{NoShard, Shard};
pub use test::{Issue, Suite, TestCase, TestExtra};
pub(crate) use text::{first_chars, keep_text};
pub use texts::Texts;
pub use unread::Unread;
