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

use crate::formats::bundle::{Entry, ID, SCHEMA};
use crate::model::order::sort_by;
use crate::model::{Artifact, Part, Shard, Suite};
use crate::safety::identity;

/// A bundle, ready to be written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bundle {
    /// Each part with its text, which decides whether two are the same.
    parts: BTreeSet<(Option<Shard>, String)>,
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
                None if artifact.format == Some(ID) && !artifact.evidence.has_error() => {}
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
    sort_by(&mut part.artifacts, |a, b| (&a.name, &a.sha256).cmp(&(&b.name, &b.sha256)));
    let suites = part.artifacts.iter_mut().flat_map(|artifact| &mut artifact.evidence.suites);
    identity::number(suites.flat_map(Suite::attempts_mut));
    let mut entries = Vec::new();
    for artifact in part.artifacts {
        entries.push(crate::safety::json::compact(&Entry::of(artifact))?);
    }
    let shard = serde_json::to_string(&part.shard)?;
    Ok(format!("{{\"shard\":{shard},\"artifacts\":[\n{}]}}", entries.join(",\n")))
}
