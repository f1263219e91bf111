//! The types that the schemas are made from, and the test that compares the schemas with their files.
//!
//! The readers walk the document themselves, so that each fault has its place. The types here only mirror what they
//! take; a test asks the readers for the keys that they know and compares. The manifest and the evidence in a bundle
//! are described by the types that they are read into.

#![expect(dead_code, reason = "the types are there for their schemas alone")]

mod bundle;
mod diff;
mod load;
mod report;
mod rollback;
mod security;
mod services;
mod smoke;

use std::fs;
use std::path::{Path, PathBuf};

use schemars::{JsonSchema, Schema, schema_for};

use super::SCHEMAS;
use crate::manifest::Manifest;

/// The name of a schema, and what makes it.
type Maker = (&'static str, fn() -> Schema);

/// How each schema is made, in the order of the table.
const MAKERS: &[Maker] = &[
    ("bundle", || schema_for!(bundle::Document)),
    ("diff", || schema_for!(diff::Diff)),
    ("load", || schema_for!(load::Load)),
    ("manifest", || schema_for!(Manifest)),
    ("report", || schema_for!(report::Report)),
    ("rollback", || schema_for!(rollback::Rollback)),
    ("security", || schema_for!(security::Security)),
    ("services", || schema_for!(services::Services)),
    ("smoke", || schema_for!(smoke::Smoke)),
];

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

#[derive(JsonSchema)]
#[schemars(untagged)]
enum OneOrMore<T> {
    One(T),
    More(Vec<T>),
}

/// The folder of the files.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas")
}

/// What is wrong with a file; with `UPDATE=1` in the environment it is written.
fn problem(name: &str, schema: &Schema) -> Option<String> {
    // As a value: `Schema` itself would be written with its keys in another order.
    let actual = serde_json::to_string_pretty(schema.as_value()).expect("a schema is JSON") + "\n";
    let path = folder().join(format!("{name}.json"));
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, actual).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        return None;
    }
    let wanted = fs::read_to_string(&path).unwrap_or_default();
    let line = wanted.lines().zip(actual.lines()).take_while(|(a, b)| a == b).count();
    (wanted != actual).then(|| {
        format!(
            "schemas/{name}.json differs from line {}:\n  expected: {}\n  actual:   {}\n  \
             look at the difference, then refresh with UPDATE=1 cargo test --lib schemas",
            line + 1,
            wanted.lines().nth(line).unwrap_or("(end)"),
            actual.lines().nth(line).unwrap_or("(end)"),
        )
    })
}

#[test]
fn the_files_are_what_the_types_say() {
    let problems: Vec<String> = MAKERS.iter().filter_map(|(name, make)| problem(name, &make())).collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn table_makers_and_folder_agree() {
    let table: Vec<&str> = SCHEMAS.iter().map(|published| published.name).collect();
    assert!(table.is_sorted(), "{table:?}");
    assert_eq!(table, MAKERS.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    let entries = fs::read_dir(folder()).expect("the folder is there");
    let names = entries.map(|entry| entry.expect("an entry can be read").file_name().to_string_lossy().into_owned());
    let mut files: Vec<String> = names.collect();
    files.sort();
    assert_eq!(files, table.iter().map(|name| format!("{name}.json")).collect::<Vec<_>>());
}
