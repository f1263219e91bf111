//! What the JSON reports of Cucumber and behave have in common: an array of features with elements and steps.

use super::steps::{Status, Steps};
use crate::model::{Evidence, Pointer, Suite, Unit};
use crate::source::{Doc, Node, Probe, Stop};

/// Which tool's report it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// Times in nanoseconds; elements have a `line`.
    Cucumber,
    /// Times in seconds; elements have a `location`.
    Behave,
}

/// The dialect of a report, by its first features; `None` where it is no such report.
pub fn dialect(probe: &Probe<'_>) -> Option<Dialect> {
    probe.elements().find_map(|feature| {
        let element = feature.get("elements").at(0);
        if element.is_object() {
            let is_scenario = element.has(&["keyword", "type"]) || element.has(&["keyword", "steps"]);
            let dialect = if element.get("location").is_string() && !element.get("line").exists() {
                Dialect::Behave
            } else {
                Dialect::Cucumber
            };
            return is_scenario.then_some(dialect);
        }
        if !feature.has(&["keyword", "name"]) {
            None
        } else if feature.get("uri").is_string() {
            Some(Dialect::Cucumber)
        } else {
            feature.get("location").is_string().then_some(Dialect::Behave)
        }
    })
}

/// Reads the features, each as a suite. `member` gets every other member of a feature with its key,
/// `element` every element, and `end` the suite at the end of its feature.
pub fn read_features<S: Default>(
    doc: &mut Doc<'_>,
    evidence: &mut Evidence,
    member: impl Fn(&str, Node<'_>, &mut S),
    element: impl Fn(Node<'_>, &mut S, &mut Suite, &mut Evidence),
    end: impl Fn(S, &Suite),
) -> Result<(), Stop> {
    let mut json = doc.json();
    json.array(|json, _| {
        let mut suite = Suite::new("", Pointer::path(json.pointer()));
        let mut state = S::default();
        let result = json.object(|json, key| {
            if key == "elements" {
                return json.array(|json, _| {
                    element(json.record()?, &mut state, &mut suite, evidence);
                    Ok(())
                });
            }
            let tree = json.tree()?;
            match key {
                "name" => suite.name = tree.root().string().unwrap_or_default(),
                _ => member(key, tree.root(), &mut state),
            }
            Ok(())
        });
        end(state, &suite);
        if suite.tally().total() > 0 {
            evidence.suites.push(suite);
        }
        result
    })?;
    json.end()
}

/// Adds a step or hook with its result. One without result did not run.
pub fn add_step(steps: &mut Steps, step: Node<'_>, words: &[(&str, Status)], unit: Unit) {
    let name = match (step.get("keyword").str(), step.get("name").str()) {
        (Some(keyword), Some(name)) => format!("{} {name}", keyword.trim()),
        (Some(one), None) | (None, Some(one)) => one.into_owned(),
        (None, None) => step.path(&["match", "location"]).string().unwrap_or_else(|| "hook".to_owned()),
    };
    let result = step.get("result");
    if !result.is_some() {
        steps.add(Status::Skipped, &name, Some("has no result".to_owned()), None);
        return;
    }
    let status = result.require("status").word_any_case(words).unwrap_or(Status::Unknown);
    let reason = result.get("error_message").joined("\n");
    steps.add(status, &name, Some(reason), result.get("duration").elapsed(unit));
}
