//! JSON Schemas of what signoff reads and writes: its own formats, and `report.json`.
//!
//! They are files, `schemas/<name>.json`, and a test makes them from types, so that nothing that makes schemas is in
//! the program. `UPDATE=1 cargo test --lib schemas` writes them anew; look at the difference before you commit it.

#[cfg(test)]
mod types;

/// A schema that is published.
#[derive(Clone, Copy, Debug)]
pub struct Published {
    /// Its name on the command line, and of its file.
    pub name: &'static str,
    /// What it is about.
    pub title: &'static str,
    /// The schema, as JSON: what its file holds, and what `signoff schema NAME` prints.
    pub text: &'static str,
}

macro_rules! published {
    ($name:literal, $title:literal) => {
        Published { name: $name, title: $title, text: include_str!(concat!("../../../schemas/", $name, ".json")) }
    };
}

/// Every schema, by name.
pub static SCHEMAS: &[Published] = &[
    published!("bundle", "signoff.bundle/1: what the artifacts of one shard say"),
    published!("diff", "signoff.diff/1: what `signoff diff --format json` prints"),
    published!("load", "signoff.load/1: a load run"),
    published!("manifest", "signoff.toml"),
    published!("report", "signoff.report/1: report.json"),
    published!("rollback", "signoff.rollback/1: a rehearsed rollback"),
    published!("security", "signoff.security/1: a security assessment"),
    published!("services", "signoff.services/1: services and monitoring"),
    published!("smoke", "signoff.smoke/1: tests"),
];

/// The schema of this name, as JSON.
pub fn schema(name: &str) -> Option<&'static str> {
    SCHEMAS.iter().find(|published| published.name == name).map(|published| published.text)
}
