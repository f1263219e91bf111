//! The JSON Schemas: they have just the keys that the readers know, and what signoff writes and ships fits them.

#[allow(dead_code, reason = "each test driver uses a part of it")]
mod support;

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Map, Value, json};
use signoff::formats::schemas::{self, SCHEMAS};
use support::{Scratch, entries, name, read, root, run, signoff};

/// The schema of this name.
#[track_caller]
fn schema(name: &str) -> Value {
    let text = schemas::schema(name).expect("the schema exists");
    serde_json::from_str(text).expect("a schema is JSON")
}

/// Follows a reference inside of a schema.
fn follow<'s>(schema: &'s Value, root: &'s Value) -> &'s Value {
    match schema["$ref"].as_str().and_then(|reference| reference.strip_prefix('#')) {
        Some(pointer) => root.pointer(pointer).unwrap_or_else(|| panic!("{pointer} is not in the schema")),
        None => schema,
    }
}

/// What is wrong with a value, for the words of JSON Schema that are used.
fn check(value: &Value, schema: &Value, root: &Value, at: &str, problems: &mut Vec<String>) {
    let schema = follow(schema, root);
    if let Some(choices) = schema["anyOf"].as_array().or(schema["oneOf"].as_array()) {
        let fits = choices.iter().any(|choice| {
            let mut inner = Vec::new();
            check(value, choice, root, at, &mut inner);
            inner.is_empty()
        });
        if !fits {
            problems.push(format!("{at} fits none of the choices: {value}"));
        }
    }
    let type_of = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let is_type = |name: &Value| name == type_of || (name == "number" && type_of == "integer");
    let has_type = match &schema["type"] {
        Value::Array(names) => names.iter().any(is_type),
        Value::Null => true,
        name => is_type(name),
    };
    if !has_type {
        problems.push(format!("{at} is of type {type_of}, not {}", schema["type"]));
    }
    if schema.get("const").is_some_and(|wanted| wanted != value) {
        problems.push(format!("{at} is not {}", schema["const"]));
    }
    if schema["enum"].as_array().is_some_and(|words| !words.contains(value)) {
        problems.push(format!("{at} is none of {}", schema["enum"]));
    }
    if let Value::Array(items) = value {
        for (index, item) in items.iter().enumerate().filter(|_| schema.get("items").is_some()) {
            check(item, &schema["items"], root, &format!("{at}/{index}"), problems);
        }
    }
    if let Value::Object(members) = value {
        for key in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !members.contains_key(key) {
                problems.push(format!("{at} has no {key}"));
            }
        }
        for (key, value) in members {
            match schema["properties"].get(key) {
                Some(inner) => check(value, inner, root, &format!("{at}/{key}"), problems),
                None if schema["additionalProperties"] == false => problems.push(format!("{at} has the key {key}")),
                None => {}
            }
        }
    }
}

#[track_caller]
fn fits(value: &Value, name: &str) {
    let schema = schema(name);
    let mut problems = Vec::new();
    check(value, &schema, &schema, "", &mut problems);
    assert!(problems.is_empty(), "{name}: {}", problems.join("\n"));
}

#[test]
fn reports_and_native_artifacts_fit_their_schemas() {
    let mut seen = BTreeSet::new();
    for sample in entries(&root().join("samples")).into_iter().filter(|path| path.is_dir()) {
        let report = fs::read(sample.join("expected/report.json")).expect("a report");
        fits(&serde_json::from_slice(&report).expect("JSON"), "report");
        let old = root().join("samples/minimal/expected");
        let diff = run(signoff().arg("diff").arg(old).arg(sample.join("expected")).args(["--format", "json"]));
        fits(&serde_json::from_slice(&diff.stdout).expect("JSON"), "diff");
        if let Ok(manifest) = fs::read_to_string(sample.join("signoff.toml")) {
            let manifest: toml::Table = toml::from_str(&manifest).expect("TOML");
            fits(&serde_json::to_value(manifest).expect("JSON"), "manifest");
        }
    }
    for id in SCHEMAS.iter().map(|published| published.name).filter(|id| !["diff", "manifest", "report"].contains(id)) {
        for case in entries(&root().join(format!("tests/fixtures/signoff-{id}"))) {
            if !name(&case).starts_with("good") {
                continue;
            }
            let input = entries(&case).into_iter().find(|path| name(path).starts_with("input")).expect("an input");
            let text = fs::read_to_string(&input).expect("text");
            // A document, or one on each line.
            let documents: Vec<Value> = match serde_json::from_str(&text) {
                Ok(Value::Array(documents)) => documents,
                Ok(document) => vec![document],
                Err(_) => text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect(),
            };
            documents.iter().for_each(|document| fits(document, id));
            seen.insert(id);
        }
    }
    assert_eq!(seen.len(), SCHEMAS.len() - 3, "{seen:?}");
}

/// The keys that a reader knows, as it says itself when it meets one that it does not know.
fn known_keys(document: &Value, scratch: &Scratch) -> BTreeSet<String> {
    let path = scratch.0.join("probe.json");
    fs::write(&path, format!("{document}\n")).expect("a temporary file can be written");
    let artifact = read(&path);
    let about = artifact.evidence.diagnostics.iter().find(|d| d.message.contains("zzz-unknown"));
    let help = about.and_then(|d| d.help.clone()).unwrap_or_else(|| panic!("{document}: nothing about the key"));
    let list = help.rsplit("known are ").next().expect("a list");
    list.split('`').skip(1).step_by(2).map(ToOwned::to_owned).collect()
}

fn properties(schema: &Value, root: &Value) -> BTreeSet<String> {
    let schema = follow(schema, root);
    schema["properties"].as_object().map(|all| all.keys().cloned().collect()).unwrap_or_default()
}

#[test]
fn a_schema_has_the_keys_that_the_reader_knows() {
    let scratch = Scratch::new("schemas");
    // Schema, definition in it, and a document with an unknown key in just that kind of object.
    let unknown = || json!({"zzz-unknown": 1});
    for (id, definition, key, is_list) in [
        ("smoke", "SmokeDocument", "", false),
        ("smoke", "Test", "tests", true),
        ("security", "", "", false),
        ("security", "Category", "categories", true),
        ("security", "Header", "headers", true),
        ("security", "Finding", "findings", true),
        ("load", "", "", false),
        ("load", "Endpoint", "endpoints", true),
        ("load", "Threshold", "thresholds", true),
        ("rollback", "", "", false),
        ("rollback", "Step", "steps", true),
        ("rollback", "Command", "commands", true),
        ("rollback", "Migration", "migrations", true),
        ("rollback", "Revision", "current", false),
        ("services", "ServicesDocument", "", false),
        ("services", "Service", "services", true),
    ] {
        let mut document = Map::from_iter([("schema".to_owned(), json!(format!("signoff.{id}/1")))]);
        for (schema, list) in [("smoke", "tests"), ("services", "services")] {
            if schema == id {
                document.insert(list.to_owned(), json!([]));
            }
        }
        match (key, is_list) {
            ("", _) => document.extend(unknown().as_object().cloned().expect("an object")),
            (key, true) => drop(document.insert(key.to_owned(), json!([unknown()]))),
            (key, false) => drop(document.insert(key.to_owned(), unknown())),
        }
        let all = schema(id);
        let of = if definition.is_empty() { &all } else { &all["$defs"][definition] };
        assert_eq!(properties(of, &all), known_keys(&Value::Object(document), &scratch), "{id} {definition}");
    }
}

#[test]
fn reference_is_printed() {
    let text = |args: &[&str]| {
        let output = run(signoff().args(args));
        assert_eq!(output.status.code(), Some(0), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    };
    for published in SCHEMAS {
        assert!(text(&["schema"]).contains(published.name));
        assert_eq!(text(&["schema", published.name]), published.text);
    }
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(text(&["completions", shell]).contains("signoff"), "{shell}");
    }
    assert!(text(&["man"]).contains(".TH signoff"));
    assert!(text(&["man", "report"]).contains("templates"));
    assert_eq!(run(signoff().args(["schema", "smok"])).status.code(), Some(2));
}
