//! The records of a bundle: how one artifact stands in it, and what is checked when it is read back.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::diagnostics::codes::{AUXILIARY, IO, UNKNOWN_FORMAT, UNKNOWN_WORD};
use crate::diagnostics::{Diagnostic, nearest};
use crate::formats;
use crate::model::text::MAX_KEPT_TEXT;
use crate::model::{Artifact, Evidence, LoadRun, Mapped, Pointer, Texts, keep_text};
use crate::safety::redact::Counts;

/// The version of the schema.
pub const SCHEMA: &str = "signoff.bundle/1";
/// How the schemas of all versions start.
pub const ANY_SCHEMA: &str = "signoff.bundle/";
/// The id of the format.
pub const ID: &str = "signoff-bundle";
/// Artifacts of one bundle.
pub const MAX_ARTIFACTS: usize = 100_000;

/// One artifact, as a bundle carries it.
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct Entry {
    /// Its name where the bundle was made.
    path: String,
    /// SHA-256 over its bytes; null where it could not be read.
    sha256: Option<String>,
    /// Its length in bytes; null where it could not be read.
    bytes: Option<u64>,
    /// The id of its format; null where it was not recognised.
    format: Option<String>,
    /// The `[[format]]` of the manifest that mapped it to its format; absent where it was read as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mapping: Option<String>,
    /// SHA-256 over what that `[[format]]` was; absent where there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mapping_digest: Option<String>,
    /// How many secrets of which kind were masked.
    redactions: BTreeMap<String, u64>,
    /// What it says, and what of it could not be read.
    evidence: Evidence,
}

impl Entry {
    /// An artifact, as a bundle carries it.
    pub(crate) fn of(artifact: Artifact) -> Entry {
        let (mapping, mapping_digest) =
            artifact.mapping.map_or((None, None), |mapped| (Some(mapped.id), mapped.digest));
        Entry {
            path: artifact.name,
            sha256: artifact.sha256,
            bytes: artifact.bytes,
            format: artifact.format.map(str::to_owned),
            mapping,
            mapping_digest,
            redactions: artifact.redactions.iter().map(|(kind, count)| (kind.to_owned(), count)).collect(),
            evidence: artifact.evidence,
        }
    }

    /// The artifact that it describes. What cannot be true of an artifact that was read is an error of that artifact.
    pub(crate) fn artifact(self) -> Artifact {
        let Entry { path, sha256, bytes, format, mapping, mapping_digest, redactions, mut evidence } = self;
        evidence.visit(&mut Cut);
        evidence.loads.iter_mut().for_each(LoadRun::recompute);
        let known = format.as_deref().and_then(formats::by_id);
        if let (Some(format), None) = (&format, known) {
            let shown = crate::source::json::shorten(format);
            let near = nearest(format, formats::formats().map(|format| format.id));
            let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            let message = format!("the bundle says that it is of the format `{shown}`, which is not known{near}");
            evidence.diagnostics.push(Diagnostic::new(&UNKNOWN_WORD, message));
        }
        let is_digest =
            |text: &String| text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let sha256 = sha256.filter(is_digest);
        let is_auxiliary = evidence.diagnostics.iter().any(|diagnostic| diagnostic.code == &AUXILIARY);
        if !evidence.has_error() {
            // Where nothing was read, or only a bundle, there was a reason: one that the bundle does not give.
            if sha256.is_none() || bytes.is_none() {
                evidence.diagnostics.push(Diagnostic::new(&IO, "the bundle does not give its digest and length"));
            } else if known.is_none() && !is_auxiliary || known.is_some_and(|format| format.id == ID) {
                evidence
                    .diagnostics
                    .push(Diagnostic::new(&UNKNOWN_FORMAT, "was not recognised where it was collected"));
            }
        }
        let mut counts = Counts::default();
        for (kind, count) in &redactions {
            // It is shown in our own words.
            let is_kind = !kind.is_empty() && kind.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
            counts.add_kind(if is_kind { kind } else { "unknown" }, *count);
        }
        let is_bundle = known.is_some_and(|format| format.id == ID);
        Artifact {
            given: path.clone(),
            name: path,
            sha256,
            bytes,
            format: known.map(|format| format.id),
            // What is no id is none of any manifest, and may be anything.
            mapping: mapping.map(|id| match crate::manifest::is_id(&id) {
                true => Mapped { id, digest: mapping_digest },
                false => Mapped { id: "unknown".to_owned(), digest: None },
            }),
            unread: None,
            kinds: known.filter(|_| !is_bundle).map_or(&[], |format| format.kinds),
            evidence,
            redactions: counts,
            origin: None,
        }
    }
}

/// Cuts texts that no reader would have kept in full.
struct Cut;

impl Texts for Cut {
    fn text(&mut self, text: &mut String) {
        if text.len() > MAX_KEPT_TEXT {
            *text = keep_text(text);
        }
    }

    fn pair(&mut self, label: &mut String, value: &mut String) {
        self.text(label);
        self.text(value);
    }

    fn place(&mut self, _: &mut Pointer) {}
}
