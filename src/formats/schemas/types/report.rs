//! `signoff.report/1`: `report.json`.

use schemars::JsonSchema;
use serde_json::Value;

use super::diff::Compared;
use crate::model::Shard;

/// `report.json`. These keys are stable; others may be added.
#[derive(JsonSchema)]
pub(super) struct Report {
    #[schemars(extend("const" = "signoff.report/1"))]
    schema: String,
    generator: Generator,
    title: Option<String>,
    /// The time of the report.
    #[schemars(extend("format" = "date-time"))]
    as_of: Option<String>,
    subject: ReportSubject,
    verdict: Verdict,
    decisions: Vec<ReportDecision>,
    checks: Vec<ReportCheck>,
    tests: ReportTests,
    security: ReportSecurity,
    load: ReportLoad,
    rollback: ReportRollback,
    platform: ReportPlatform,
    checklist: Vec<Value>,
    criteria: Vec<Value>,
    waivers: Vec<Value>,
    notices: Vec<Value>,
    artifacts: Vec<ReportArtifact>,
    /// What changed since the baseline; `null` where none was given.
    baseline: Option<ReportBaseline>,
}

#[derive(JsonSchema)]
struct ReportBaseline {
    report: Compared,
    /// What makes the comparison doubtful: `newer`, `same_evidence`, `same_commit`, `other_product`, ….
    doubts: Vec<String>,
    tolerance: Value,
    /// Tests by outcome and open findings by severity on each side; null where a side has nothing of the sort.
    counts: Value,
    worse: u64,
    neutral: u64,
    better: u64,
    /// By what they are about.
    changes: Value,
}

#[derive(JsonSchema)]
pub(super) struct Generator {
    name: String,
    version: String,
}

#[derive(JsonSchema)]
pub(super) struct ReportSubject {
    name: Option<String>,
    version: Option<String>,
    commit: Option<String>,
    environment: Option<String>,
    target: Option<String>,
    /// What was built, where it was given.
    #[serde(default)]
    digests: Vec<ReportDigest>,
}

#[derive(JsonSchema)]
struct ReportDigest {
    name: String,
    sha256: String,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
pub(super) enum Verdict {
    Passed,
    Conditional,
    Failed,
    Undecided,
}

#[derive(JsonSchema)]
struct ReportDecision {
    name: String,
    verdict: Verdict,
    reasons: Vec<ReportReason>,
}

#[derive(JsonSchema)]
struct ReportReason {
    check: String,
    text: String,
}

#[derive(JsonSchema)]
struct ReportCheck {
    id: String,
    title: String,
    verdict: Verdict,
    /// Whether the overall verdict rests on it.
    gating: bool,
    expected: String,
    observed: String,
    margin: Option<Value>,
    sources: Vec<ReportSource>,
}

/// Where a piece of evidence stands.
#[derive(JsonSchema)]
struct ReportSource {
    /// The id of an artifact: `A1`.
    artifact: String,
    /// A JSON pointer, a line, or the path of an XML element.
    pointer: String,
}

#[derive(JsonSchema)]
struct ReportTests {
    totals: TestTotals,
    suites: Vec<Value>,
}

#[derive(JsonSchema)]
struct TestTotals {
    total: u64,
    passed: u64,
    warned: u64,
    failed: u64,
    errored: u64,
    skipped: u64,
    info: u64,
    flaky: u64,
}

#[derive(JsonSchema)]
struct ReportSecurity {
    totals: SecurityTotals,
    owasp: Vec<ReportCategory>,
    findings: Vec<Value>,
}

#[derive(JsonSchema)]
struct SecurityTotals {
    total: u64,
    critical: u64,
    high: u64,
    medium: u64,
    low: u64,
    info: u64,
    unknown: u64,
    suppressed: u64,
}

#[derive(JsonSchema)]
struct ReportCategory {
    code: String,
    name: String,
    status: String,
    findings: u64,
}

#[derive(JsonSchema)]
struct ReportLoad {
    runs: Vec<Value>,
}

#[derive(JsonSchema)]
struct ReportRollback {
    plans: Vec<Value>,
}

#[derive(JsonSchema)]
struct ReportPlatform {
    services: Vec<Value>,
}

#[derive(JsonSchema)]
struct ReportArtifact {
    id: String,
    path: String,
    /// `null` where it could not be read.
    sha256: Option<String>,
    bytes: Option<u64>,
    /// `null` where no format recognises it.
    format: Option<String>,
    /// The `[[format]]` of the manifest that mapped it to its format; absent where it was read as it is.
    mapping: Option<String>,
    /// The id of the bundle that it came in; absent for one that was read itself.
    bundle: Option<String>,
    /// Its name where the bundle was made; absent for one that was read itself.
    bundled_path: Option<String>,
    /// The shard that the bundle says it is of; `null` where it does not say.
    shard: Option<Shard>,
    kind: Option<String>,
    tool: Option<Value>,
    #[schemars(extend("format" = "date-time"))]
    time: Option<String>,
    /// The packed file that it was taken from, where it was one.
    #[serde(default)]
    archive: Option<ReportArchive>,
}

/// An archive or a compressed file, as it is on disk.
#[derive(JsonSchema)]
struct ReportArchive {
    path: String,
    sha256: String,
    bytes: u64,
}
