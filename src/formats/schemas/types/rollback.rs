//! `signoff.rollback/1`: a rehearsed rollback.

use schemars::JsonSchema;

use super::{OneOrMore, Text, Tool};

/// A rehearsed rollback.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Rollback {
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
