//! `signoff.bundle/1`: what the artifacts of one shard say, in the terms of the model.

use schemars::JsonSchema;

use crate::formats::bundle::Entry;
use crate::model::Shard;

/// What `signoff collect` writes: what the artifacts of one part of a run say.
#[derive(JsonSchema)]
#[schemars(title = "Bundle")]
pub(super) struct Document {
    #[schemars(extend("const" = "signoff.bundle/1"))]
    schema: String,
    /// What wrote it.
    generator: Generator,
    /// What each machine collected.
    parts: Vec<PartRecord>,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Generator {
    /// `signoff`
    name: String,
    /// Its version.
    version: String,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Part")]
struct PartRecord {
    /// Which part of a run that was split it is; null where nobody said.
    shard: Option<Shard>,
    /// The artifacts, by name.
    artifacts: Vec<Entry>,
}
