//! `signoff.toml`: what the artifacts cannot say, and the policy.
//!
//! Each table of it is a type here, and each key a field; the book's reference of the manifest is made from them.
//!
//! # Example
//!
//! ```
//! use signoff::manifest::parse;
//!
//! let loaded = parse("signoff.toml", "[subject]\nname = \"Shop\"\n[gate.smoke]\nrequired = [\"login works\"]\n")?;
//! assert_eq!(loaded.manifest.gate.smoke.required.len(), 1);
//!
//! let mistake = parse("signoff.toml", "[gate.smoke]\nrequird = []\n").expect_err("is refused");
//! assert!(mistake.to_string().contains("did you mean `required`?"));
//! # Ok::<(), Box<signoff::manifest::ManifestError>>(())
//! ```

mod decision_keys;
mod gate_keys;
mod read;
mod schema;
mod spanned;
mod tree;
mod units;

pub use decision_keys::*;
pub use gate_keys::*;
pub use read::{Loaded, ManifestError, parse};
pub use schema::*;
pub use spanned::Spanned;
pub use units::{Digest, Limit, Percent, Span};
