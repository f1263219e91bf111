//! Security: what people assessed, without a scan.

use serde::{Deserialize, Serialize};

use super::pointer::Pointer;

/// What somebody attests about one OWASP category without a scan.
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::model#example).")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Attestation {
    /// The category as written: `A05:2025`.
    pub code: String,
    /// The name as written; `None` where it is not written.
    pub name: Option<String>,
    /// What is said of it.
    pub status: AttestedStatus,
    /// A remark; `None` where there is none.
    pub note: Option<String>,
    /// Where it stands.
    pub pointer: Pointer,
}

/// What is said of a category by hand.
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::model#example).")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum AttestedStatus {
    /// Looked at, nothing open.
    Met,
    /// Looked at, some of it open.
    Partial,
    /// Looked at, not met.
    NotMet,
    /// Not looked at.
    NotAssessed,
}

impl AttestedStatus {
    /// The words of it.
    pub const ALL: [(&'static str, AttestedStatus); 4] = [
        ("met", AttestedStatus::Met),
        ("partial", AttestedStatus::Partial),
        ("not_met", AttestedStatus::NotMet),
        ("not_assessed", AttestedStatus::NotAssessed),
    ];

    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            AttestedStatus::Met => "met",
            AttestedStatus::Partial => "partial",
            AttestedStatus::NotMet => "not met",
            AttestedStatus::NotAssessed => "not assessed",
        }
    }
}

/// A security assessment by a person: attestations and response headers.
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::model#example).")]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Assessment {
    /// Who made it; `None` where the artifact does not say.
    pub author: Option<String>,
    /// The document it was taken from; `None` where the artifact does not say.
    pub document: Option<String>,
    /// What was assessed; `None` where the artifact does not say.
    pub target: Option<String>,
    /// The categories.
    pub categories: Vec<Attestation>,
    /// Response headers and whether they were there.
    pub headers: Vec<Header>,
    /// What the assessment recommends.
    pub recommendations: Vec<String>,
    /// Where it stands.
    pub pointer: Pointer,
}

/// A response header that was looked for.
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::model#example).")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// Its name.
    pub name: String,
    /// Whether it was there.
    pub present: bool,
    /// Its value; `None` where it is absent or not given.
    pub value: Option<String>,
    /// Where it stands.
    pub pointer: Pointer,
}
