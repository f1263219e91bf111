//! What signoff's own formats have in common.

use jiff::Timestamp;

use crate::diagnostics::codes::OUT_OF_RANGE;
use crate::model::{Evidence, Subject, Tool};
use crate::source::Node;

/// Reports every key of an object that is not known, since a misspelt one would be lost in silence.
pub(super) fn known_keys(node: Node<'_>, known: &[&str]) {
    for (key, value) in node.members() {
        if !known.contains(&&*key) {
            value.unknown_word::<()>(&key, known.iter().copied());
        }
    }
}

/// What every native document may say of itself: `tool`, `time`, `product`, `version`, `commit`, `environment`, `target`.
pub(super) fn header(root: Node<'_>, evidence: &mut Evidence) {
    let tool = root.get("tool");
    evidence.tool = if tool.is_object() {
        known_keys(tool, &["name", "version"]);
        tool.require("name").string().map(|name| Tool::new(name, tool.get("version").text()))
    } else {
        tool.string().map(|name| Tool::new(name, None))
    };
    evidence.add_time_of_part(time(root.get("time")));
    evidence.add_subject(Subject {
        name: root.get("product").string(),
        version: root.get("version").text(),
        commit: root.get("commit").string(),
        environment: root.get("environment").string(),
        target: root.get("target").string(),
    });
}

/// A time stamp with a zone, RFC 3339.
pub(super) fn time(node: Node<'_>) -> Option<Timestamp> {
    let text = node.str()?;
    match text.parse() {
        Ok(time) => Some(time),
        Err(_) => {
            node.report(&OUT_OF_RANGE, "not a time stamp like `2025-11-20T10:00:00Z`");
            None
        }
    }
}

/// Labels and texts: an object of strings, numbers and booleans.
pub(super) fn facts(node: Node<'_>) -> Vec<(String, String)> {
    node.members().filter_map(|(label, value)| Some((label.into_owned(), value.text()?))).collect()
}
