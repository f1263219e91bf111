//! The public library: each of its items shows how it is used, or leads to where that is shown.
//!
//! A type is shown with what it is used for, at its module most often; fields, variants and methods are covered by it.
//! The sources are read as text: what is declared at the start of a line, what a module is declared with, and what is
//! re-exported. What is hidden from the documentation is no part of the library.

#[allow(dead_code, reason = "each driver uses a part of it")]
mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use support::root;

/// A module, by its names from the root of the crate.
type Module = Vec<String>;

struct Item {
    /// The module whose page it stands on.
    shown_in: Module,
    name: String,
    /// Its comments and attributes.
    above: String,
}

fn file(module: &[String]) -> PathBuf {
    let path = module.iter().fold(root().join("src"), |path, name| path.join(name));
    let candidates = match module {
        [] => vec![root().join("src/lib.rs")],
        _ => vec![path.with_extension("rs"), path.join("mod.rs")],
    };
    candidates.into_iter().find(|path| path.is_file()).unwrap_or_else(|| panic!("{module:?} has no file"))
}

fn source(module: &[String]) -> String {
    fs::read_to_string(file(module)).expect("a source can be read")
}

/// The comments and attributes above each line that starts with `pub`, and the statement from there to its end.
fn declarations(source: &str) -> Vec<(String, String)> {
    let lines: Vec<&str> = source.lines().collect();
    let mut all = Vec::new();
    for (at, _) in lines.iter().enumerate().filter(|(_, line)| line.starts_with("pub")) {
        let is_above = |line: &&&str| line.starts_with("///") || line.starts_with("#[");
        let n_above = lines[..at].iter().rev().take_while(is_above).count();
        let end =
            lines[at..].iter().position(|line| line.ends_with(';') || line.ends_with('{') && !line.contains("use "));
        let statement = lines[at..=at + end.unwrap_or(0)].join(" ");
        all.push((lines[at - n_above..at].join("\n"), statement));
    }
    all
}

/// The name that a declaration gives to an item.
fn item(statement: &str) -> Option<String> {
    const KINDS: [&str; 7] = ["fn", "struct", "enum", "trait", "static", "const", "type"];
    let mut words = statement.strip_prefix("pub ")?.split(|c: char| !(c.is_alphanumeric() || c == '_'));
    let kind = words.next()?;
    let name = words.next()?;
    let name = if kind == "const" && name == "fn" { words.next()? } else { name };
    KINDS.contains(&kind).then(|| name.to_owned())
}

/// The module that a re-export names, and what it takes from there.
fn re_export(statement: &str, module: &[String]) -> Option<(Module, Vec<String>)> {
    let (_, path) = statement.strip_suffix(';')?.split_once("use ").filter(|_| statement.starts_with("pub"))?;
    let (from, names) = path.split_once("::{").or_else(|| path.rsplit_once("::"))?;
    let mut parts: Vec<String> = from.split("::").map(str::to_owned).collect();
    let of = match parts[0].as_str() {
        "crate" => parts.split_off(1),
        _ => module.iter().cloned().chain(parts).collect(),
    };
    let names = names.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '*')).filter(|name| !name.is_empty());
    Some((of, names.map(str::to_owned).collect()))
}

/// Finds an item where it is declared, through further re-exports.
fn find(module: &[String], name: &str) -> Option<String> {
    let source = source(module);
    let declarations = declarations(&source);
    if let Some((above, _)) = declarations.iter().find(|(_, statement)| item(statement).as_deref() == Some(name)) {
        return Some(above.clone());
    }
    let from = declarations.iter().filter_map(|(_, statement)| re_export(statement, module));
    from.filter(|(_, names)| names.iter().any(|other| other == name || other == "*"))
        .find_map(|(of, _)| find(&of, name))
}

fn is_hidden(above: &str) -> bool {
    above.contains("#[doc(hidden)]")
}

/// Every item on the page of a module and on the pages below it, and the modules.
fn walk(module: &Module, items: &mut Vec<Item>, modules: &mut Vec<Module>) {
    modules.push(module.clone());
    for (above, statement) in declarations(&source(module)).into_iter().filter(|(above, _)| !is_hidden(above)) {
        let show = |name: String, above: String| Item { shown_in: module.clone(), name, above };
        if let Some(child) = statement.strip_prefix("pub mod ").and_then(|rest| rest.strip_suffix(';')) {
            walk(&module.iter().cloned().chain([child.to_owned()]).collect(), items, modules);
        } else if let Some(name) = item(&statement) {
            items.push(show(name, above));
        } else if let Some((of, names)) = re_export(&statement, module).filter(|_| statement.starts_with("pub use ")) {
            let all = || declarations(&source(&of)).iter().filter_map(|(_, statement)| item(statement)).collect();
            let names: Vec<String> = if names == ["*"] { all() } else { names };
            // What a macro writes is not found: the table of codes, which has its example in one place.
            items.extend(names.into_iter().filter_map(|name| find(&of, &name).map(|above| show(name, above))));
        }
    }
}

/// The modules whose example a comment leads to.
fn leads_to(comment: &str) -> Vec<Module> {
    let links = comment.split("(mod@crate").skip(1).filter_map(|rest| rest.split_once("#example)"));
    links.map(|(path, _)| path.split("::").filter(|name| !name.is_empty()).map(str::to_owned).collect()).collect()
}

#[test]
fn every_public_item_has_an_example_or_a_link_to_one() {
    let (mut items, mut modules) = (Vec::new(), Vec::new());
    walk(&Vec::new(), &mut items, &mut modules);
    let mut without: Vec<String> = Vec::new();
    let mut targets = BTreeSet::new();
    let mut look = |name: String, comment: &str| {
        let links = leads_to(comment);
        if links.is_empty() && !comment.contains("```") && !comment.contains("`examples/") {
            without.push(name);
        }
        targets.extend(links);
    };
    for item in &items {
        look(format!("{}::{}", item.shown_in.join("::"), item.name), &item.above);
    }
    for module in &modules {
        let source = source(module);
        let comment: Vec<&str> = source.lines().take_while(|line| line.starts_with("//!")).collect();
        look(format!("the module {}", module.join("::")), &comment.join("\n"));
    }
    assert!(without.is_empty(), "neither an example nor a link to one: {}", without.join(", "));
    for target in targets {
        let source = source(&target);
        let example = source.split_once("//! # Example\n").map(|(_, rest)| rest);
        assert!(example.is_some_and(|rest| rest.contains("//! ```\n")), "{target:?} has no section `Example`");
    }
    // The walk found what there is, and the library has not grown unseen.
    let names: BTreeSet<&str> = items.iter().map(|item| item.name.as_str()).collect();
    for name in ["validate", "ingest", "parse", "judge", "render", "Format", "Rule", "Doc", "Node", "Redactor"] {
        assert!(names.contains(name), "{name} is not public");
    }
    assert!((150..=240).contains(&items.len()), "{} public items", items.len());
}
