//! `signoff.toml`: what the artifacts cannot say, and the policy.

mod read;
mod schema;
mod units;

pub use read::{Loaded, ManifestError, parse};
pub use schema::*;
pub use units::{Digest, Limit, Percent, Span};
