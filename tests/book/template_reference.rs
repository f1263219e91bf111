//! The reference of the data that templates are given, from the comments at its types.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::blocks::{book, generated, none, read};
use crate::support::{entries, root};

struct Item {
    doc: String,
    /// Name, type and comment.
    fields: Vec<(String, String, String)>,
}

/// The structures that templates can see: the rows of the table in `view/data.rs`.
fn seen() -> BTreeSet<String> {
    let text = read(&root().join("src/report/view/data.rs"));
    let (_, table) = text.split_once("\ndata! {\n").expect("the table of the data starts with `data! {`");
    let rows = table.lines().filter_map(|line| line.strip_prefix("    Record: ").or(line.strip_prefix("    Table: ")));
    let name = |row: &str| row.split_once(" {").map(|(path, _)| path.rsplit("::").next().unwrap_or(path).to_owned());
    rows.map(|row| name(row).unwrap_or_else(|| panic!("{row:?} is no row of the table"))).collect()
}

/// These structures, from their source.
fn items() -> BTreeMap<String, Item> {
    let seen = seen();
    let mut items = BTreeMap::new();
    for file in entries(&root().join("src/report/view")) {
        let mut doc = String::new();
        let mut open: Option<(String, Item)> = None;
        for line in read(&file).lines() {
            let bare = line.trim();
            if let Some(text) = bare.strip_prefix("///") {
                let space = if doc.is_empty() { "" } else { " " };
                let _ = write!(doc, "{space}{}", text.trim());
            } else if let Some(name) = bare.strip_prefix("pub struct ").and_then(|rest| rest.strip_suffix(" {")) {
                if seen.contains(name) {
                    open = Some((name.to_owned(), Item { doc: std::mem::take(&mut doc), fields: Vec::new() }));
                }
            } else if line == "}" {
                items.extend(open.take());
            } else if let (Some((_, item)), Some((name, of))) =
                (&mut open, bare.strip_prefix("pub ").and_then(|field| field.trim_end_matches(',').split_once(": ")))
            {
                item.fields.push((name.to_owned(), of.to_owned(), std::mem::take(&mut doc)));
                continue;
            }
            if !bare.starts_with("///") && !bare.starts_with("#[") {
                doc.clear();
            }
        }
    }
    items
}

/// A type of Rust in the words of templates, and the structure that is in it.
fn words(of: &str, items: &BTreeMap<String, Item>) -> (String, Option<String>) {
    let inside = |outer: &str| of.strip_prefix(outer).and_then(|rest| rest.strip_suffix('>'));
    if let Some(inner) = inside("Option<") {
        let (text, item) = words(inner, items);
        return (format!("{text}, or null"), item);
    }
    if let Some(inner) = inside("Vec<") {
        let (text, item) = words(inner, items);
        return (format!("list of: {text}"), item);
    }
    let name = of.rsplit("::").next().unwrap_or(of);
    match name {
        "Phrase" => ("text, with `{{text}}`".to_owned(), None),
        "Table" => ("table, with `{{table}}`".to_owned(), None),
        "bool" => ("true or false".to_owned(), None),
        "&'static str" => ("word of signoff's".to_owned(), None),
        "String" => ("raw text".to_owned(), None),
        _ if items.contains_key(name) => (format!("[{name}](#{})", name.to_lowercase()), Some(name.to_owned())),
        _ => panic!("the view has the type {of}, which the reference has no words for"),
    }
}

#[test]
fn the_reference_of_the_template_data_is_what_the_types_say() {
    let items = items();
    let mut page = String::from(
        "# Template data\n\n<!-- This page is generated: UPDATE=1 cargo test --test book -->\n\n\
         What [templates](../templates.md) are given, from the types of the view.\n\
         `{{text}}` and `{{table}}` escape what they write.\n\
         *Raw text* comes in two kinds, and its line says which: Markdown of the manifest's owner, for `{{{…}}}`, and \
         text of artifacts, for `{{fence}}` alone.\n",
    );
    let mut order = vec!["View".to_owned()];
    let mut at = 0;
    while let Some(name) = order.get(at).cloned() {
        at += 1;
        let item = items.get(&name).unwrap_or_else(|| panic!("{name} has no structure"));
        let _ = write!(page, "\n## {name}\n\n{}\n\n| Name | Is | What |\n| --- | --- | --- |\n", item.doc);
        for (field, of, doc) in &item.fields {
            assert!(!doc.is_empty(), "{name}.{field} has no comment");
            let (text, inner) = words(of, &items);
            let _ = writeln!(page, "| `{field}` | {text} | {} |", doc.replace('|', "\\|"));
            order.extend(inner.filter(|inner| !order.contains(inner)));
        }
    }
    let mut problems = Vec::new();
    generated(&book().join("reference/template-data.md"), &page, &mut problems);
    none(&problems);
}
