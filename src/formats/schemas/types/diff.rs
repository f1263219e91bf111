//! `signoff.diff/1`: what changed from one report to another.

use schemars::JsonSchema;
use serde_json::Value;

use super::report::{Generator, ReportSubject, Verdict};

/// What `signoff diff --format json` prints.
#[derive(JsonSchema)]
pub(super) struct Diff {
    #[schemars(extend("const" = "signoff.diff/1"))]
    schema: String,
    generator: Generator,
    before: Compared,
    after: Compared,
    /// What makes the comparison doubtful: `newer`, `same_evidence`, `same_commit`, `other_product`, ….
    doubts: Vec<String>,
    tolerance: Value,
    worse: u64,
    neutral: u64,
    better: u64,
    /// By what they are about.
    changes: Value,
}

/// A report that is compared.
#[derive(JsonSchema)]
pub(super) struct Compared {
    path: String,
    sha256: String,
    subject: ReportSubject,
    #[schemars(extend("format" = "date-time"))]
    as_of: Option<String>,
    /// SHA-256 over the manifest.
    policy_digest: Option<String>,
    verdict: Option<Verdict>,
}
