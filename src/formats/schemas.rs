//! JSON Schemas of what signoff reads and writes: its own formats, and `report.json`.
//!
//! The readers walk the document themselves, so that each fault has its place. The types here only mirror what they
//! take; a test asks the readers for the keys that they know and compares.

#![expect(dead_code, reason = "the types are there for their schemas alone")]

use std::collections::BTreeMap;

use schemars::{JsonSchema, schema_for};
use serde_json::Value;

/// A schema that is published.
#[derive(Clone, Copy, Debug)]
pub struct Published {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it is about.
    pub title: &'static str,
    /// Makes it.
    pub make: fn() -> Value,
}

/// Every schema, by name.
pub static SCHEMAS: &[Published] = &[
    Published {
        name: "bundle",
        title: "signoff.bundle/1: what the artifacts of one shard say",
        make: || schema_for!(crate::formats::bundle::Document).to_value(),
    },
    Published {
        name: "diff",
        title: "signoff.diff/1: what `signoff diff --format json` prints",
        make: || schema_for!(Diff).to_value(),
    },
    Published { name: "load", title: "signoff.load/1: a load run", make: || schema_for!(Load).to_value() },
    Published { name: "manifest", title: "signoff.toml", make: || schema_for!(crate::manifest::Manifest).to_value() },
    Published { name: "report", title: "signoff.report/1: report.json", make: || schema_for!(Report).to_value() },
    Published {
        name: "rollback",
        title: "signoff.rollback/1: a rehearsed rollback",
        make: || schema_for!(Rollback).to_value(),
    },
    Published {
        name: "security",
        title: "signoff.security/1: a security assessment",
        make: || schema_for!(Security).to_value(),
    },
    Published {
        name: "services",
        title: "signoff.services/1: services and monitoring",
        make: || schema_for!(Services).to_value(),
    },
    Published { name: "smoke", title: "signoff.smoke/1: tests", make: || schema_for!(Smoke).to_value() },
];

/// The schema of this name.
pub fn schema(name: &str) -> Option<Value> {
    SCHEMAS.iter().find(|published| published.name == name).map(|published| (published.make)())
}

/// A text, or a number or truth value that is taken as text.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum Text {
    Words(String),
    Number(f64),
    Bool(bool),
}

/// A tool: its name, or its name and version.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum Tool {
    Name(String),
    Full(FullTool),
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct FullTool {
    /// Its name.
    name: String,
    /// Its version.
    version: Option<Text>,
}

/// Tests: one document, or one test a line.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum Smoke {
    Document(Box<SmokeDocument>),
    Line(Box<SmokeLine>),
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct SmokeDocument {
    #[schemars(extend("const" = "signoff.smoke/1"))]
    schema: String,
    /// Name of the suite.
    name: Option<String>,
    /// The command that ran it.
    command: Option<String>,
    /// How long it took.
    #[schemars(range(min = 0))]
    elapsed_ms: Option<f64>,
    /// The tests.
    tests: Vec<Test>,
    /// The tool that wrote it.
    tool: Option<Tool>,
    /// When it ran, with a zone.
    #[schemars(extend("format" = "date-time"))]
    time: Option<String>,
    /// What was tested: a URL.
    target: Option<String>,
    /// Where it was tested.
    environment: Option<String>,
    /// The commit that was tested.
    commit: Option<String>,
    /// The version that was tested.
    version: Option<Text>,
    /// The product that was tested.
    product: Option<String>,
}

#[derive(JsonSchema)]
struct SmokeLine {
    #[schemars(extend("const" = "signoff.smoke/1"))]
    schema: String,
    #[schemars(flatten)]
    test: Test,
}

/// A test.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Test {
    /// The schema again, where each line has it.
    schema: Option<String>,
    /// Its name.
    name: String,
    /// What became of it.
    outcome: TestOutcome,
    /// The group that it belongs to.
    category: Option<String>,
    /// The class, module or file.
    class: Option<String>,
    /// How long it took.
    #[schemars(range(min = 0))]
    elapsed_ms: Option<f64>,
    /// The reason for an outcome other than passed.
    message: Option<String>,
    /// Stack trace, diff, output.
    detail: Option<String>,
    /// What was requested.
    endpoint: Option<String>,
    /// What came back.
    response: Option<String>,
    /// What was asked for.
    expected: Option<Text>,
    /// What was seen.
    observed: Option<Text>,
    /// Further facts: label and text.
    facts: Option<BTreeMap<String, Text>>,
    /// It passed, but not on the first attempt.
    flaky: Option<bool>,
    /// Attempts that were made.
    attempts: Option<u64>,
    /// Source file.
    file: Option<String>,
    /// Line in that file, from 1.
    line: Option<u64>,
    /// The issue that the test found.
    issue: Option<Issue>,
    /// When it ended, with a zone.
    #[schemars(extend("format" = "date-time"))]
    time: Option<String>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
enum TestOutcome {
    Passed,
    Warned,
    Failed,
    Errored,
    Skipped,
    Info,
}

/// An issue, as its author describes it.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Issue {
    title: String,
    severity: Option<String>,
    impact: Option<String>,
    root_cause: Option<String>,
    recommendation: Option<String>,
    workaround: Option<String>,
}

/// A security assessment by a person.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Security {
    #[schemars(extend("const" = "signoff.security/1"))]
    schema: String,
    /// Who made it.
    author: Option<String>,
    /// The document that it was taken from.
    document: Option<String>,
    /// What was assessed.
    target: Option<String>,
    /// Categories of the OWASP Top 10.
    categories: Option<Vec<Category>>,
    /// Response headers that were looked for.
    headers: Option<Vec<Header>>,
    recommendations: Option<Vec<String>>,
    /// Findings of a manual test.
    findings: Option<Vec<Finding>>,
    tool: Option<Tool>,
    #[schemars(extend("format" = "date-time"))]
    time: Option<String>,
    environment: Option<String>,
    commit: Option<String>,
    version: Option<Text>,
    product: Option<String>,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Category {
    /// `A01:2025`
    code: String,
    name: Option<String>,
    status: CategoryStatus,
    note: Option<String>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
enum CategoryStatus {
    Met,
    Partial,
    NotMet,
    NotAssessed,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Header {
    name: String,
    present: bool,
    value: Option<String>,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Finding {
    rule: Option<Text>,
    title: String,
    #[schemars(extend("enum" = [
        "critical", "Critical", "CRITICAL", "high", "High", "HIGH", "medium", "Medium", "MEDIUM", "low", "Low", "LOW",
        "info", "Info", "INFO",
    ]))]
    severity: String,
    /// Where it was found: one place or several.
    location: Option<OneOrMore<String>>,
    /// `532` or `"CWE-532"`, one or several.
    cwe: Option<OneOrMore<Text>>,
    description: Option<String>,
    solution: Option<String>,
}

#[derive(JsonSchema)]
#[schemars(untagged)]
enum OneOrMore<T> {
    One(T),
    More(Vec<T>),
}

/// A load run. Everything but the schema may be absent; what is absent is not known, and never zero.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Load {
    #[schemars(extend("const" = "signoff.load/1"))]
    schema: String,
    name: Option<String>,
    target: Option<String>,
    /// Virtual users at the most.
    users: Option<u64>,
    #[schemars(range(min = 0))]
    elapsed_s: Option<f64>,
    endpoints: Option<Vec<Endpoint>>,
    thresholds: Option<Vec<Threshold>>,
    tool: Option<Tool>,
    #[schemars(extend("format" = "date-time"))]
    time: Option<String>,
    environment: Option<String>,
    commit: Option<String>,
    version: Option<Text>,
    product: Option<String>,
    requests: Option<u64>,
    failures: Option<u64>,
    rps: Option<f64>,
    min_ms: Option<f64>,
    mean_ms: Option<f64>,
    p50_ms: Option<f64>,
    p75_ms: Option<f64>,
    p90_ms: Option<f64>,
    p95_ms: Option<f64>,
    p99_ms: Option<f64>,
    #[schemars(rename = "p99.9_ms")]
    p999_ms: Option<f64>,
    max_ms: Option<f64>,
}

/// The measurements of one request name.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Endpoint {
    name: String,
    requests: Option<u64>,
    failures: Option<u64>,
    rps: Option<f64>,
    min_ms: Option<f64>,
    mean_ms: Option<f64>,
    p50_ms: Option<f64>,
    p75_ms: Option<f64>,
    p90_ms: Option<f64>,
    p95_ms: Option<f64>,
    p99_ms: Option<f64>,
    #[schemars(rename = "p99.9_ms")]
    p999_ms: Option<f64>,
    max_ms: Option<f64>,
}

/// A limit that the tool itself judged.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Threshold {
    metric: String,
    expression: Text,
    holds: Option<bool>,
}

/// A rehearsed rollback.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Rollback {
    #[schemars(extend("const" = "signoff.rollback/1"))]
    schema: String,
    name: Option<String>,
    method: Option<String>,
    dry_run: Option<bool>,
    /// What is deployed now.
    current: Option<Revision>,
    /// What would be deployed afterwards.
    target_revision: Option<Revision>,
    files: Option<OneOrMore<String>>,
    steps: Vec<Step>,
    commands: Option<Vec<Command>>,
    /// One number of seconds, or the least and the most.
    estimated_s: Option<OneOrMore<f64>>,
    estimate_note: Option<String>,
    #[schemars(range(min = 0))]
    allowed_s: Option<f64>,
    migrations: Option<Vec<Migration>>,
    considerations: Option<OneOrMore<String>>,
    /// The author's verdict; a failed step outweighs it.
    succeeds: Option<bool>,
    tool: Option<Tool>,
    #[schemars(extend("format" = "date-time"))]
    time: Option<String>,
    target: Option<String>,
    environment: Option<String>,
    commit: Option<String>,
    version: Option<Text>,
    product: Option<String>,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Revision {
    id: Text,
    subject: Option<String>,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Step {
    title: String,
    command: Option<String>,
    output: Option<String>,
    outcome: StepOutcome,
    /// Why it cannot be undone.
    irreversible: Option<String>,
    #[schemars(range(min = 0))]
    elapsed_ms: Option<f64>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
enum StepOutcome {
    Passed,
    Failed,
    Skipped,
    Planned,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Command {
    note: Option<String>,
    line: String,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Migration {
    id: Text,
    reversible: Option<bool>,
    note: Option<String>,
}

/// Services and monitoring: one document, or one service a line.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum Services {
    Document(Box<ServicesDocument>),
    Line(Box<ServiceLine>),
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct ServicesDocument {
    #[schemars(extend("const" = "signoff.services/1"))]
    schema: String,
    services: Vec<Service>,
    tool: Option<Tool>,
    #[schemars(extend("format" = "date-time"))]
    time: Option<String>,
    target: Option<String>,
    environment: Option<String>,
    commit: Option<String>,
    version: Option<Text>,
    product: Option<String>,
}

#[derive(JsonSchema)]
struct ServiceLine {
    #[schemars(extend("const" = "signoff.services/1"))]
    schema: String,
    #[schemars(flatten)]
    service: Service,
}

/// A service.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Service {
    /// The schema again, where each line has it.
    schema: Option<String>,
    name: String,
    role: Option<ServiceRole>,
    health: ServiceHealth,
    /// The state in the tool's own words.
    status: Option<String>,
    ports: Option<Text>,
    image: Option<String>,
    /// How health was looked at.
    check: Option<String>,
    #[schemars(range(min = 0))]
    response_ms: Option<f64>,
    restarts: Option<u64>,
    reason: Option<String>,
    /// Further facts: label and text.
    facts: Option<BTreeMap<String, Text>>,
    #[schemars(extend("format" = "date-time"))]
    time: Option<String>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
enum ServiceRole {
    Container,
    Monitoring,
    Target,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
enum ServiceHealth {
    Healthy,
    Unhealthy,
    Unknown,
}

/// `report.json`. These keys are stable; others may be added.
#[derive(JsonSchema)]
struct Report {
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

/// What `signoff diff --format json` prints.
#[derive(JsonSchema)]
struct Diff {
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
struct Compared {
    path: String,
    sha256: String,
    subject: ReportSubject,
    #[schemars(extend("format" = "date-time"))]
    as_of: Option<String>,
    /// SHA-256 over the manifest.
    policy_digest: Option<String>,
    verdict: Option<Verdict>,
}

#[derive(JsonSchema)]
struct Generator {
    name: String,
    version: String,
}

#[derive(JsonSchema)]
struct ReportSubject {
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
enum Verdict {
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
    shard: Option<crate::model::Shard>,
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
