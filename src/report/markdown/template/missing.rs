//! What may be meant by a name that does not exist.

use std::collections::BTreeSet;

use super::Names;
use super::render::Scope;
use super::tree::Start;
use super::values::kind;
use crate::diagnostics::nearest;
use crate::report::view::data::{Record, Value};

/// What is said of the last of these names, which `value` does not have.
pub(super) fn hint(
    names: Names,
    start: Start,
    path: &[&str],
    value: Value<'_>,
    scope: &Scope<'_, '_>,
) -> Option<String> {
    let (name, before) = path.split_last()?;
    let meant = |name: &str| Some(format!("did you mean `{name}`?"));
    let own = match value {
        Value::Record(record) => record.names(),
        Value::Table(table) => Record::names(table),
        Value::Null(_) => Vec::new(),
        Value::Bool(_) | Value::Number(_) | Value::Text(_) | Value::Phrase(_) | Value::List(_) => {
            return Some(format!("`{name}` is looked up in {}", kind(value)));
        }
    };
    if let Some(own) = nearest(name, own) {
        return meant(own);
    }
    if let (Start::Context(0), []) = (start, before) {
        let n_out = scope.outwards().position(|scope| scope.context.member(name).is_some());
        if let Some(n_out) = n_out {
            return meant(&format!("{}{name}", "../".repeat(n_out)));
        }
    }
    let mut known = BTreeSet::new();
    names(&mut known);
    if known.contains(name) {
        return None;
    }
    nearest(name, known).and_then(meant)
}
