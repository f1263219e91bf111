//! What the owner of a release says about its subject beside its names: digests of what was built, and the identity
//! of the pipeline that validates it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Something that was built, by its content: an image, a package. Written `NAME@sha256:HEX`.
///
/// See the [example](mod@crate::model#example).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SubjectDigest {
    /// Its name, as the registry or the build calls it.
    name: String,
    /// SHA-256 in 64 lower-case hexadecimal digits.
    sha256: String,
}

impl SubjectDigest {
    /// Its name, as the registry or the build calls it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// SHA-256 in 64 lower-case hexadecimal digits.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }
}

/// What was given for a digest is none.
///
/// See the [example](mod@crate::model#example).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not NAME@sha256: and 64 lower-case hexadecimal digits")]
pub struct NoDigest(String);

impl FromStr for SubjectDigest {
    type Err = NoDigest;

    fn from_str(text: &str) -> Result<SubjectDigest, NoDigest> {
        let (name, sha256) = text.rsplit_once("@sha256:").ok_or_else(|| NoDigest(text.to_owned()))?;
        let is_name = !name.is_empty() && !name.contains(char::is_whitespace) && !name.contains(char::is_control);
        match is_name && sha256.len() == 64 && is_hexadecimal(sha256) {
            true => Ok(SubjectDigest { name: name.to_owned(), sha256: sha256.to_owned() }),
            false => Err(NoDigest(text.to_owned())),
        }
    }
}

impl fmt::Display for SubjectDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@sha256:{}", self.name, self.sha256)
    }
}

/// Whether a text names a commit in full: 40 (SHA-1) or 64 (SHA-256) lower-case hexadecimal digits.
pub fn is_full_commit(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && is_hexadecimal(text)
}

fn is_hexadecimal(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// A value that the environment gave, with the variable that it stood in.
///
/// See the [example](mod@crate::model#example).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// The variable; several where the value is put together.
    pub variable: String,
    /// What it said.
    pub value: String,
}

/// What a CI system says of the run that validates the release. `None` where it does not say.
///
/// See the [example](mod@crate::model#example).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The CI system: an id of the table of providers.
    pub provider: String,
    /// The commit that the run is for, in full.
    pub commit: Option<Said>,
    /// The head of the change, where the commit is not it: a merge commit that only the CI system has, or the tip of
    /// another branch.
    pub head: Option<Said>,
    /// The branch or tag.
    #[serde(rename = "ref")]
    pub reference: Option<Said>,
    /// The page of the run: an address of `http` or `https`.
    pub pipeline: Option<Said>,
    /// Variables that do not say what they should.
    pub unusable: Vec<Said>,
}

/// What the owner says: by flag, manifest and environment, never an artifact.
///
/// See the [example](mod@crate::model#example).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stated {
    /// The commit that the evidence must be about.
    pub commit: Option<String>,
    /// What was built, sorted.
    pub digests: Vec<SubjectDigest>,
    /// The run; `None` where nobody asked for it.
    pub ci: Option<Identity>,
}

#[cfg(test)]
mod tests {
    use super::{SubjectDigest, is_full_commit};

    #[test]
    fn a_digest_is_whole_or_none() {
        let hex = "ab".repeat(32);
        let text = format!("registry.example:5000/shop/api@sha256:{hex}");
        let digest: SubjectDigest = text.parse().expect("a digest");
        assert_eq!((digest.name(), digest.sha256()), ("registry.example:5000/shop/api", hex.as_str()));
        assert_eq!(digest.to_string(), text);
        for bad in ["", "api", &format!("@sha256:{hex}"), &text[..text.len() - 1], &text.to_uppercase(), "a b@sha256:"]
        {
            assert!(bad.parse::<SubjectDigest>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_commit_is_in_full_or_none() {
        assert!(is_full_commit(&"a1".repeat(20)) && is_full_commit(&"a1".repeat(32)));
        for bad in ["HEAD", "", "de255fd", &"A1".repeat(20), &"a1".repeat(21)] {
            assert!(!is_full_commit(bad), "{bad}");
        }
    }
}
