//! The reference of the manifest, from the comments in its schema.

use std::collections::BTreeMap;
use std::fmt::Write as _;

#[derive(Debug, Default)]
struct Item {
    is_enum: bool,
    /// Whether every key may be left out.
    is_optional: bool,
    doc: String,
    fields: Vec<Field>,
}

#[derive(Clone, Debug)]
struct Field {
    /// The key, or the word of an enumeration.
    key: String,
    /// The type; empty in an enumeration.
    of: String,
    /// Whether it has a default of its own.
    has_default: bool,
    doc: String,
}

fn kebab(name: &str) -> String {
    let mut out = String::new();
    for (index, c) in name.chars().enumerate() {
        match c {
            '_' => out.push('-'),
            c if c.is_uppercase() => {
                if index > 0 {
                    out.push('-');
                }
                out.extend(c.to_lowercase());
            }
            c => out.push(c),
        }
    }
    out
}

fn items(source: &str) -> BTreeMap<String, Item> {
    let mut items = BTreeMap::new();
    let mut doc = String::new();
    let mut renamed: Option<String> = None;
    let mut has_default = false;
    let mut open: Option<(String, Item)> = None;
    let mut is_test = false;
    for line in source.lines() {
        is_test = if line.starts_with("#[cfg(test)]") { true } else { is_test && !line.starts_with("//!") };
        if is_test {
            continue;
        }
        let bare = line.trim();
        if let Some(text) = bare.strip_prefix("///") {
            doc += text.trim();
            doc.push('\n');
        } else if let Some(rest) = bare.strip_prefix("#[serde(rename = \"") {
            renamed = rest.split('"').next().map(str::to_owned);
        } else if bare.starts_with("#[") {
            has_default |= bare.starts_with("#[serde(") && bare.contains("default");
        } else if let Some(rest) = bare.strip_prefix("pub struct ").or_else(|| bare.strip_prefix("pub enum ")) {
            let name = rest.trim_end_matches(" {").to_owned();
            let is_optional = std::mem::take(&mut has_default);
            let doc = std::mem::take(&mut doc);
            let item = Item { is_enum: bare.contains("enum"), is_optional, doc, fields: Vec::new() };
            open = Some((name, item));
        } else if line == "}" {
            items.extend(open.take());
        } else if let Some((_, item)) = &mut open {
            let entry = bare.trim_end_matches(',');
            let (name, of) = match entry.strip_prefix("pub ").and_then(|field| field.split_once(": ")) {
                Some((name, of)) => (name, of),
                None => (entry, ""),
            };
            let key = renamed.take().unwrap_or_else(|| kebab(name));
            let has_default = std::mem::take(&mut has_default);
            item.fields.push(Field { key, of: of.to_owned(), has_default, doc: std::mem::take(&mut doc) });
        } else {
            doc.clear();
        }
    }
    items
}

/// What is inside of `Outer<…>`.
fn inside<'t>(of: &'t str, outer: &str) -> Option<&'t str> {
    of.strip_prefix(outer)?.strip_prefix('<')?.strip_suffix('>')
}

fn bare(of: &str) -> &str {
    let of = inside(of, "Option").unwrap_or(of);
    inside(of, "Spanned").unwrap_or(of)
}

fn words(item: &Item) -> String {
    item.fields.iter().map(|word| format!("`\"{}\"`", word.key)).collect::<Vec<_>>().join(", ")
}

/// What the words of an enumeration mean, where that is more than the words.
fn meanings(of: &str, items: &BTreeMap<String, Item>) -> String {
    let Some(item) = items.get(bare(of)).filter(|item| item.is_enum) else { return String::new() };
    let more = item.fields.iter().filter(|word| word.doc.trim() != word.key);
    more.map(|word| format!(" `{}`: {}", word.key, word.doc.trim())).collect()
}

fn value(of: &str, items: &BTreeMap<String, Item>) -> String {
    let of = bare(of);
    if let Some(element) = inside(of, "Vec") {
        return match items.get(bare(element)) {
            Some(item) if !item.is_enum => "tables".to_owned(),
            _ => format!("array of {}", value(element, items).replace("text", "texts")),
        };
    }
    match of {
        "String" => "text".to_owned(),
        "u64" | "u32" => "number".to_owned(),
        "bool" => "`true` or `false`".to_owned(),
        "Percent" => "share, such as `\"1 %\"`".to_owned(),
        "Span" => "time, such as `\"5 min\"`".to_owned(),
        "Limit" => "time, share or number".to_owned(),
        _ => match items.get(of) {
            Some(item) if item.is_enum => words(item),
            Some(_) => "table".to_owned(),
            None => panic!("the reference does not know the type `{of}`"),
        },
    }
}

fn section(header: &str, name: &str, items: &BTreeMap<String, Item>, page: &mut String) {
    let item = &items[name];
    let path = header.trim_matches(['[', ']']);
    if header.is_empty() {
        let _ = writeln!(page, "\n## At the top\n");
    } else {
        let _ = writeln!(page, "\n## {header}\n");
        // The comment of a table often starts with its header.
        let doc = item.doc.trim();
        let doc = doc.strip_prefix(&format!("`{header}`")).unwrap_or(doc).trim_start_matches([':', ' ']);
        let mut letters = doc.chars();
        if let Some(first) = letters.next() {
            let end = if doc.ends_with(['.', '`']) { "" } else { "." };
            let _ = writeln!(page, "{}{}{end}\n", first.to_uppercase(), letters.as_str());
        }
    }
    let _ = writeln!(page, "| Key | Value | |\n| --- | --- | --- |");
    for field in &item.fields {
        let may_be_absent = item.is_optional || field.has_default || field.of.starts_with("Option<");
        let must = if may_be_absent { "" } else { " *Required.*" };
        let mut doc = field.doc.trim().replace('\n', " ").replace('|', "\\|");
        doc += &meanings(&field.of, items);
        let _ = writeln!(page, "| `{}` | {} | {doc}{must} |", field.key, value(&field.of, items));
    }
    for field in &item.fields {
        let (element, is_list) = match inside(bare(&field.of), "Vec") {
            Some(element) => (bare(element), true),
            None => (bare(&field.of), false),
        };
        if items.get(element).is_some_and(|item| !item.is_enum) {
            let key = if path.is_empty() { field.key.clone() } else { format!("{path}.{}", field.key) };
            let header = if is_list { format!("[[{key}]]") } else { format!("[{key}]") };
            section(&header, element, items, page);
        }
    }
}

/// The page, without its heading.
pub fn page(source: &str) -> String {
    let items = items(source);
    let mut page = String::from(
        "Everything in `signoff.toml` is optional; a key that is not known is an error, and so is a value of the wrong type.\n\
         Keys at the top stand before the first table.\n\
         The [guide](../policy.md) has a complete example.\n",
    );
    section("", "Manifest", &items, &mut page);
    page
}
