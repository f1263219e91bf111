//! Bundles: what one machine's artifacts say, in one small file that reports are made of as of the artifacts themselves.
//!
//! ```json
//! {"schema":"signoff.bundle/1","generator":{"name":"signoff","version":"0.1.0"},"parts":[
//! {"shard":{"number":3,"of":8},"artifacts":[
//! {"path":"k6.json","sha256":"…","bytes":1048576,"format":"k6-raw-ndjson","redactions":{},"evidence":{…}}]}]}
//! ```
//!
//! A bundle is a set of parts, and a part is what one run of `signoff collect` made of files. Merging is the union of
//! the sets, so it is associative, commutative and idempotent, and the file is the same bytes whatever the order.
//! The evidence of each artifact is written as the model has it, after redaction, with every value of a load
//! distribution; counts that follow from others are not written, so that nobody has to believe them.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::diagnostics::codes::{AUXILIARY, IO, UNKNOWN_FORMAT, UNKNOWN_WORD};
use crate::diagnostics::{Diagnostic, Level, nearest};
use crate::formats;
use crate::model::{Artifact, Evidence, LoadRun, Part, Pointer, Shard, Texts, keep_text};
use crate::safety::redact::Counts;

/// The version of the schema.
pub const SCHEMA: &str = "signoff.bundle/1";
/// How the schemas of all versions start.
pub const ANY_SCHEMA: &str = "signoff.bundle/";
/// The id of the format.
pub const FORMAT: &str = "signoff-bundle";
/// Artifacts of one bundle.
pub const MAX_ARTIFACTS: usize = 100_000;

/// A bundle, ready to be written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bundle {
    /// Each part with its text, which decides whether two are the same.
    parts: BTreeSet<(Option<Shard>, String)>,
}

/// One artifact, as a bundle carries it.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
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
    /// How many secrets of which kind were masked.
    redactions: BTreeMap<String, u64>,
    /// What it says, and what of it could not be read.
    evidence: Evidence,
}

/// A bundle, for its schema.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "it is there for its schema alone")]
pub(crate) struct Document {
    #[schemars(extend("const" = "signoff.bundle/1"))]
    schema: String,
    /// What wrote it.
    generator: Generator,
    /// What each machine collected.
    parts: Vec<PartRecord>,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "it is there for its schema alone")]
struct Generator {
    /// `signoff`
    name: String,
    /// Its version.
    version: String,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Part")]
#[expect(dead_code, reason = "it is there for its schema alone")]
struct PartRecord {
    /// Which part of a run that was split it is; null where nobody said.
    shard: Option<Shard>,
    /// The artifacts, by name.
    artifacts: Vec<Entry>,
}

impl Bundle {
    /// What these artifacts say: those that were read themselves become one part, which is `shard`;
    /// those of bundles stay the parts that they are.
    ///
    /// # Errors
    /// Something cannot be written as JSON.
    pub fn of(artifacts: Vec<Artifact>, shard: Option<Shard>) -> serde_json::Result<Bundle> {
        let mut own = Part { shard, artifacts: Vec::new() };
        let mut others: BTreeMap<(String, usize), Part> = BTreeMap::new();
        let mut has_own = false;
        for mut artifact in artifacts {
            for (index, part) in artifact.evidence.parts.iter().enumerate() {
                others.entry((artifact.name.clone(), index)).or_default().shard = part.shard;
            }
            match artifact.origin.take() {
                Some(origin) => {
                    artifact.name = origin.name;
                    others.entry((origin.bundle, origin.part)).or_default().artifacts.push(artifact);
                }
                // A bundle that was read without fault is what its parts are.
                None if artifact.format == Some(FORMAT) && !has_error(&artifact.evidence) => {}
                None => {
                    has_own = true;
                    own.artifacts.push(artifact);
                }
            }
        }
        has_own |= others.is_empty();
        let parts = others.into_values().chain(has_own.then_some(own));
        let texts = parts.map(|part| Ok((part.shard, text_of(part)?))).collect::<serde_json::Result<_>>()?;
        Ok(Bundle { parts: texts })
    }

    /// The union of two bundles.
    #[must_use]
    pub fn merge(mut self, other: Bundle) -> Bundle {
        self.parts.extend(other.parts);
        self
    }

    /// The file's content.
    pub fn render(&self) -> String {
        let version = env!("CARGO_PKG_VERSION");
        let head =
            format!("{{\"schema\":\"{SCHEMA}\",\"generator\":{{\"name\":\"signoff\",\"version\":\"{version}\"}}");
        let parts: Vec<&str> = self.parts.iter().map(|(_, text)| text.as_str()).collect();
        format!("{head},\"parts\":[\n{}]}}\n", parts.join(",\n"))
    }
}

fn text_of(mut part: Part) -> serde_json::Result<String> {
    part.artifacts.sort_by(|a, b| (&a.name, &a.sha256).cmp(&(&b.name, &b.sha256)));
    let mut entries = Vec::new();
    for artifact in part.artifacts {
        entries.push(crate::safety::json::compact(&Entry {
            path: artifact.name,
            sha256: artifact.sha256,
            bytes: artifact.bytes,
            format: artifact.format.map(str::to_owned),
            redactions: artifact.redactions.iter().map(|(kind, count)| (kind.to_owned(), count)).collect(),
            evidence: artifact.evidence,
        })?);
    }
    let shard = serde_json::to_string(&part.shard)?;
    Ok(format!("{{\"shard\":{shard},\"artifacts\":[\n{}]}}", entries.join(",\n")))
}

fn has_error(evidence: &Evidence) -> bool {
    evidence.diagnostics.iter().any(|diagnostic| diagnostic.level() == Level::Error)
}

impl Entry {
    /// The artifact that it describes. What cannot be true of an artifact that was read is an error of that artifact.
    pub(crate) fn artifact(self) -> Artifact {
        let Entry { path, sha256, bytes, format, redactions, mut evidence } = self;
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
        if !has_error(&evidence) {
            // Where nothing was read, or only a bundle, there was a reason: one that the bundle does not give.
            if sha256.is_none() || bytes.is_none() {
                evidence.diagnostics.push(Diagnostic::new(&IO, "the bundle does not give its digest and length"));
            } else if known.is_none() && !is_auxiliary || known.is_some_and(|format| format.id == FORMAT) {
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
        let is_bundle = known.is_some_and(|format| format.id == FORMAT);
        Artifact {
            given: path.clone(),
            name: path,
            sha256,
            bytes,
            format: known.map(|format| format.id),
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
        if text.len() > crate::model::text::MAX_KEPT_TEXT {
            *text = keep_text(text);
        }
    }

    fn pair(&mut self, label: &mut String, value: &mut String) {
        self.text(label);
        self.text(value);
    }

    fn place(&mut self, _: &mut Pointer) {}
}
