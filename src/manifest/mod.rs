//! `signoff.toml`: what the artifacts cannot say, and the policy.

mod decision_keys;
mod gate_keys;
mod read;
mod schema;
mod units;

pub use decision_keys::*;
pub use gate_keys::*;
pub use read::{Loaded, ManifestError, parse};
pub use schema::*;
pub use units::{Limit, Percent, Span};
