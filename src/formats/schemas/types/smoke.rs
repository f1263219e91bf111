//! `signoff.smoke/1`: tests.

use std::collections::BTreeMap;

use schemars::JsonSchema;

use super::{Text, Tool};

/// Tests: one document, or one test a line.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(super) enum Smoke {
    Document(Box<SmokeDocument>),
    Line(Box<SmokeLine>),
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct SmokeDocument {
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
pub(super) struct SmokeLine {
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
