//! Templates over the structures of the view.

use std::collections::BTreeSet;

use super::render;
use crate::model::Phrase;
use crate::report::markdown::{TEMPLATES, sources, template::Templates};
use crate::report::view::data::{Data, Value};
use crate::report::view::{ChangeGroup, ChangesAlone, ChangesView, Labelled, Table, View};

fn changes() -> ChangesView {
    let mut table = Table::new(&["Name", ">Count"]);
    table.row([Phrase::new().foreign("a|b"), Phrase::from("1")]);
    let fact = |label: &str| Labelled { label: Phrase::from(label), text: Phrase::new().foreign("`x`") };
    ChangesView {
        facts: vec![fact("Commit"), fact("Version")],
        doubts: Vec::new(),
        result: Phrase::new(),
        overview: None,
        counts: Some(table.clone()),
        groups: vec![ChangeGroup { title: Phrase::from("Tests"), table, note: None }],
    }
}

#[track_caller]
fn written(template: &str, expected: &str) {
    let view = changes();
    let data = ChangesAlone { changes: &view };
    assert_eq!(render(template, &data).expect("the template can be rendered"), expected, "{template}");
}

#[test]
fn every_built_in_template_is_well_formed() {
    let sources = sources(None).expect("the built-in templates need no file");
    let templates = Templates::new(&sources).expect("none of them is the user's");
    for (index, (name, _)) in TEMPLATES.iter().enumerate() {
        assert!(templates.nodes(index).is_ok(), "{name}: {:?}", templates.nodes(index));
    }
}

#[test]
fn phrases_and_tables_are_shown_by_their_helpers() {
    written(
        "{{#each changes.facts}}{{text label}}: {{text text}}\n{{/each}}",
        "Commit: `` `x` ``\nVersion: `` `x` ``\n",
    );
    written("{{table changes.counts}}", "| Name     | Count |\n| -------- | ----: |\n| `a\\|b`   |     1 |");
    written(
        "{{#each changes.groups}}{{table table}}{{/each}}",
        "| Name     | Count |\n| -------- | ----: |\n| `a\\|b`   |     1 |",
    );
    written("{{#each changes.counts.rows}}{{#each this}}{{text this}};{{/each}}{{/each}}", "`a|b`;1;");
    written("{{#each changes.counts.columns}}{{title}} {{align}};{{/each}}", "Name left;Count right;");
}

#[test]
fn phrases_are_compared_and_counted_by_their_words() {
    written("{{#each changes.facts}}{{#if (eq label \"Commit\")}}{{text text}}{{/if}}{{/each}}", "`` `x` ``");
    written(
        "{{len changes.facts.0.label}} {{len changes.facts}} {{len changes.counts}} {{len changes.overview}}",
        "6 2 1 0",
    );
    written("{{#if changes.result}}1{{else if changes.overview}}2{{else if changes.counts}}3{{/if}}", "3");
}

#[test]
fn members_can_be_walked() {
    written(
        "{{#each changes.facts.0 as |value name|}}{{name}}={{text value}}{{#unless @last}}, {{/unless}}{{/each}}",
        "label=Commit, text=`` `x` ``",
    );
    written("{{#with changes.groups.[0]}}{{text title}}{{#if note}}{{text note}}{{/if}}{{/with}}", "Tests");
}

#[test]
fn a_fence_is_indented() {
    written("x\n   {{fence \"a\nb\" 3}}", "x\n      ```text\n   a\n   b\n   ```");
    written("{{fence 'a'}} {{ordinal 0}}", "```text\na\n``` 1");
}

#[test]
fn members_of_null_are_null_and_a_misspelt_one_is_none() {
    let below = |path: &[&str]| {
        path.iter()
            .try_fold(None::<View>.value(), |value, name| value.member(name))
            .is_some_and(|value| matches!(value, Value::Null(_)))
    };
    assert!(below(&["changes", "groups"]) && below(&["smoke", "counts", "rows"]) && below(&["title"]));
    assert!(
        !below(&["changes", "grups"]) && !below(&["titel"]) && !below(&["title", "x"]) && !below(&["meta", "label"])
    );
}

#[test]
fn all_names_are_known_also_those_that_no_data_has_just_now() {
    let mut names = BTreeSet::new();
    <View as Data>::names(&mut names);
    for name in ["title", "changes", "groups", "note", "migrations", "rows", "align", "considerations"] {
        assert!(names.contains(name), "{name} is not known");
    }
}
