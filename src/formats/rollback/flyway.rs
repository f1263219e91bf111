//! Flyway: the result of a command with `-outputType=json`.
//!
//! ```json
//! {"initialSchemaVersion":"2","targetSchemaVersion":"1","undoneMigrations":[{"version":"2","description":"add email","executionTime":12}],"migrationsUndone":1,"flywayVersion":"10.20.0","database":"shop","operation":"undo"}
//! ```
//!
//! - `flyway-undo` and `flyway-migrate`: each migration is a step.
//!   Flyway has no dry run with JSON, so these were really executed, and are said to be.
//!   A run that executed no migration proves nothing.
//! - `flyway-info`: the migrations with their states, and whether one has an undo script.
//!   One without can not be undone; that an undo script exists does not say that it loses nothing.
//! - `flyway-validate`: whether the migrations match the database.
//!   That they do is no rehearsal of a rollback, since nothing was planned or tried; that they do not is an error.
//!
//! A `clean` beside them drops all objects of each of its schemas, which cannot be undone.
//!
//! Since Flyway 10 several commands of one call stand in `individualResults`: all of these are read.
//! An answer with `error` is no result and is refused.
//! Source: `core/api/output` of Flyway.

use crate::diagnostics::codes::{CONTRADICTION, NOTHING_RAN, TOOL_FAILED, UNKNOWN_WORD};
use crate::formats::Format;
use crate::model::rollback::{Claim, Migration, Revision};
use crate::model::{Action, Evidence, Kind, Plan, Step, StepOutcome, Tool, Unit};
use crate::source::{Doc, Node, Probe, Stop};

pub(super) static INFO: Format = Format {
    id: "flyway-info",
    kinds: &[Kind::Rollback],
    tool: "Flyway",
    title: "Migrations and their states",
    produce: "flyway info -outputType=json > flyway-info.json",
    detect: |probe| operation(probe).as_deref() == Some("info"),
    read,
};

pub(super) static UNDO: Format = Format {
    id: "flyway-undo",
    kinds: &[Kind::Rollback],
    tool: "Flyway",
    title: "Undone migrations",
    produce: "flyway undo -outputType=json > flyway-undo.json",
    detect: |probe| operation(probe).as_deref() == Some("undo"),
    read,
};

pub(super) static VALIDATE: Format = Format {
    id: "flyway-validate",
    kinds: &[Kind::Rollback],
    tool: "Flyway",
    title: "Validation of the migrations",
    produce: "flyway validate -outputType=json > flyway-validate.json",
    detect: |probe| operation(probe).as_deref() == Some("validate"),
    read,
};

pub(super) static MIGRATE: Format = Format {
    id: "flyway-migrate",
    kinds: &[Kind::Rollback],
    tool: "Flyway",
    title: "Executed migrations",
    produce: "flyway migrate -outputType=json > flyway-migrate.json",
    detect: |probe| operation(probe).as_deref() == Some("migrate"),
    read,
};

/// The operation of the result, of several the first that is read.
fn operation(probe: &Probe<'_>) -> Option<String> {
    let root = probe.document()?;
    if !root.get("flywayVersion").exists() && !root.get("individualResults").is_array() {
        return None;
    }
    let own = root.get("operation").str().map(std::borrow::Cow::into_owned);
    let known = |word: &String| ["info", "undo", "validate", "migrate"].contains(&word.as_str());
    let inner = || root.get("individualResults").items().filter_map(|result| result.get("operation").string());
    own.filter(known).or_else(|| inner().find(known))
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let tree = doc.document()?;
    let root = tree.root();
    let several = root.get("individualResults").items();
    let results: Vec<Node<'_>> = if root.get("individualResults").is_array() { several.collect() } else { vec![root] };
    let version = results.iter().chain([&root]).find_map(|result| result.get("flywayVersion").filled());
    evidence.tool = Some(Tool::new("Flyway", version));
    evidence.time = root.get("timestamp").filled().and_then(|text| text.parse().ok());
    for result in results {
        let mut plan = Plan { name: result.get("database").filled(), pointer: result.pointer(), ..Plan::default() };
        for error in [result.get("error"), result.get("exception")].into_iter().filter(|error| error.is_some()) {
            let text = error.get("message").filled().unwrap_or_else(|| "Flyway reports an error".to_owned());
            error.report(&TOOL_FAILED, text.clone());
            plan.errors.push(Claim { text, pointer: error.pointer() });
        }
        let operation = result.require("operation");
        plan.method = operation.string().map(|word| format!("flyway {word}"));
        match operation.str().as_deref() {
            Some("info") => info(result, &mut plan),
            Some("undo") => executed(result, "undoneMigrations", "migrationsUndone", "undo", &mut plan),
            Some("migrate") => executed(result, "migrations", "migrationsExecuted", "migrate", &mut plan),
            Some("validate") => validate(result, &mut plan),
            Some("clean") => cleaned(result, &mut plan),
            _ => continue,
        }
        for warning in result.get("warnings").items() {
            plan.considerations.extend(warning.text().filter(|text| !text.is_empty()));
        }
        evidence.plans.push(plan);
    }
    Ok(())
}

/// By `MigrationState` of Flyway: whether the migration is in a state that stops Flyway.
const STATES: &[(&str, bool)] = &[
    ("Pending", false),
    ("Above Target", false),
    ("Below Baseline", false),
    ("Baseline", false),
    ("Ignored", false),
    ("Ignored (Baseline)", false),
    ("Missing", true),
    ("Success", false),
    ("Missing (Failed)", true),
    ("Failed", true),
    ("Failed (Missing)", true),
    ("Failed (Future)", true),
    ("Undone", false),
    ("Available", false),
    ("Out of Order", false),
    ("Future", false),
    ("Outdated", false),
    ("Superseded", false),
    ("Deleted", false),
];

fn info(result: Node<'_>, plan: &mut Plan) {
    plan.current = result.get("schemaVersion").filled().map(|id| Revision { id, subject: None });
    for node in result.get("migrations").items() {
        let state = node.require("state");
        if state.word(STATES) == Some(true) {
            let text = format!("migration {} is `{}`", id(node), state.string().unwrap_or_default());
            plan.errors.push(Claim { text, pointer: node.pointer() });
        }
        let undoable = node.get("undoable").filled();
        let reversible = match undoable.as_deref() {
            Some("No") => Some(false),
            Some("Yes") | None => None,
            Some(other) => {
                node.get("undoable").report(&UNKNOWN_WORD, format!("unknown word `{other}`"));
                None
            }
        };
        let script = (undoable.as_deref() == Some("Yes")).then_some("has an undo script");
        let note = [state.string().as_deref(), script].into_iter().flatten().collect::<Vec<_>>().join(", ");
        plan.migrations.push(Migration { id: id(node), reversible, note: Some(note), pointer: node.pointer() });
    }
    if plan.migrations.is_empty() {
        result.report(&NOTHING_RAN, "Flyway found no migration");
    }
}

/// A migration's version and description; a repeatable migration has no version.
fn id(node: Node<'_>) -> String {
    let parts = [node.get("version").filled(), node.get("description").filled()];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn executed(result: Node<'_>, list: &str, total: &str, verb: &str, plan: &mut Plan) {
    plan.dry_run = Some(false);
    let version = |node: Node<'_>| node.filled().map(|id| Revision { id, subject: None });
    plan.current = version(result.get("initialSchemaVersion"));
    plan.target = version(result.get("targetSchemaVersion"));
    if verb == "undo" && result.get("targetSchemaVersion").is_null() {
        plan.target = Some(Revision { id: "empty schema".to_owned(), subject: None });
    }
    for node in result.get(list).items() {
        let title = format!("{verb} {}", id(node));
        let mut step = Step::new(Action::Run, title, StepOutcome::Passed, node.pointer());
        step.elapsed = node.get("executionTime").elapsed(Unit::Millis);
        plan.steps.push(step);
        plan.files.extend(node.get("filepath").filled());
    }
    let counted = plan.steps.len() as u64;
    let says = result.get(total);
    if let Some(number) = says.u64().filter(|number| *number != counted) {
        let message = format!("says {number} migrations, counted {counted}");
        says.diags().push(says.diagnostic(&CONTRADICTION, message).against(result.get(list).pointer()));
    }
    // Flyway writes an error instead of this result where it fails; `success` came with version 9.
    plan.stated_success = Some(result.get("success").bool().unwrap_or(plan.errors.is_empty()));
    if counted == 0 {
        result.report(&NOTHING_RAN, "no migration was executed");
    }
}

fn cleaned(result: Node<'_>, plan: &mut Plan) {
    plan.dry_run = Some(false);
    for list in ["schemasCleaned", "schemasDropped"] {
        for schema in result.get(list).items() {
            let name = schema.text().unwrap_or_default();
            let mut step = Step::new(Action::Delete, format!("clean {name}"), StepOutcome::Passed, schema.pointer());
            step.irreversible = Some(format!("drops all objects of schema {name}"));
            plan.steps.push(step);
        }
    }
    plan.stated_success = Some(result.get("success").bool().unwrap_or(plan.errors.is_empty()));
}

fn validate(result: Node<'_>, plan: &mut Plan) {
    plan.stated_success = result.require("validationSuccessful").bool();
    let error = result.get("errorDetails");
    if error.is_object() {
        let text = error.get("errorMessage").filled().unwrap_or_else(|| "the validation failed".to_owned());
        plan.errors.push(Claim { text, pointer: error.pointer() });
    }
    for node in result.get("invalidMigrations").items() {
        let details = node.path(&["errorDetails", "errorMessage"]).filled();
        let text = format!("{}: {}", id(node), details.unwrap_or_else(|| "is not valid".to_owned()));
        plan.errors.push(Claim { text, pointer: node.pointer() });
    }
    if result.get("validateCount").u64() == Some(0) {
        result.get("validateCount").report(&NOTHING_RAN, "no migration was validated");
    }
}
