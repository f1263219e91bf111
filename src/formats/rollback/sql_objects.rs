//! What creating and dropping in SQL does to data.

use crate::formats::rollback::sql_block::{PART_OF_A_BLOCK, is_block};
use crate::formats::rollback::sql_bookkeeping::is_bookkeeping;
use crate::formats::rollback::sql_cursor::{Cursor, is_alone};
use crate::formats::rollback::sql_effect::{Effect, of_statement};
use crate::formats::rollback::sql_tokens::{Sort, Token};

/// What is dropped, and whether it holds data: tables and what holds tables, and stages of Snowflake, which hold files.
const OBJECTS: &[(&str, Holds)] = &[
    ("COLLATION", Holds::Nothing),
    ("DATABASE", Holds::Data),
    ("FOREIGN TABLE", Holds::Data),
    ("GROUP", Holds::Role),
    ("MATERIALIZED VIEW", Holds::View),
    ("PUBLIC SYNONYM", Holds::Nothing),
    ("PUBLICATION", Holds::Role),
    ("ROLE", Holds::Role),
    ("SCHEMA", Holds::Data),
    ("SEQUENCE", Holds::Nothing),
    ("SERVER", Holds::Nothing),
    ("STAGE", Holds::Data),
    ("STATISTICS", Holds::Nothing),
    ("STREAM", Holds::Nothing),
    ("SUBSCRIPTION", Holds::Role),
    ("SYNONYM", Holds::Nothing),
    ("TABLE", Holds::Data),
    ("TYPE", Holds::Nothing),
    ("USER", Holds::Nothing),
    ("VIEW", Holds::View),
    ("WAREHOUSE", Holds::Nothing),
];

/// What an object holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holds {
    Data,
    /// It is made of other data, and so is what depends on it.
    View,
    /// Nothing depends on it.
    Role,
    /// Itself nothing, but columns may depend on it.
    Nothing,
}

/// What is dropped by a form of its own, and can be made again.
const DEFINITIONS: &[&str] = &[
    "AGGREGATE",
    "CONNECTOR",
    "EVENT TRIGGER",
    "EVENT",
    "FUNCTION",
    "OPERATOR",
    "PACKAGE BODY",
    "PACKAGE",
    "POLICY",
    "PROC",
    "PROCEDURE",
    "ROUTINE",
    "RULE",
    "SECRET",
];

pub(super) fn of_drop(cursor: &mut Cursor<'_, '_>) -> Result<Effect, String> {
    let temporary = cursor.take("TEMPORARY");
    if let Some(what) = cursor.take_any(&["DOMAIN", "EXTENSION"]) {
        return of_dropped_type(what, cursor);
    }
    if cursor.take_any(DEFINITIONS).is_some() {
        is_alone(cursor.rest())?;
        cursor.take_any(&["FAMILY", "CLASS"]);
        cursor.take("IF EXISTS");
        if cursor.is_at_end() {
            return cursor.expected("a name");
        }
        let definition = cursor.rest();
        is_definition(definition)?;
        return Ok(Effect::Harmless);
    }
    if cursor.take("CAST") {
        cursor.take("IF EXISTS");
        cursor.group()?;
        cursor.take("RESTRICT");
        return cursor.end().map(|()| Effect::Harmless);
    }
    let Some((object, holds)) = OBJECTS.iter().find(|(words, _)| cursor.take(words)) else {
        return cursor.expected("what can be dropped");
    };
    if temporary && *object != "TABLE" {
        return cursor.expected("TABLE");
    }
    cursor.take("IF EXISTS");
    let names = cursor.names()?;
    let cascade =
        cursor.take_any(&["CASCADE CONSTRAINTS", "CASCADE", "RESTRICT"]).is_some_and(|word| word != "RESTRICT");
    if cascade && *holds == Holds::Role {
        return Err("expected the end, found `CASCADE`".to_owned());
    }
    cursor.take("PURGE");
    if object.ends_with("SYNONYM") {
        cursor.take("FORCE");
    }
    if *object == "DATABASE" && cursor.take("WITH") {
        cursor.group()?;
    }
    cursor.end()?;
    // A schema of that name may hold anything.
    let keeps_versions = |name: &&str| *object == "TABLE" && is_bookkeeping(name);
    let lost: Vec<&str> = names.iter().map(String::as_str).filter(|name| !keeps_versions(name)).collect();
    let what = format!("drops {} {}", object.to_ascii_lowercase(), lost.join(", "));
    Ok(match holds {
        _ if lost.is_empty() => Effect::Harmless,
        Holds::Data => Effect::Destroys(what),
        Holds::Nothing if cascade => Effect::Destroys(format!("{what} and all that depends on it")),
        Holds::View | Holds::Role | Holds::Nothing => Effect::Harmless,
    })
}

/// Checks what stands after the kind of a definition that is dropped: names, arguments, and what it belongs to.
fn is_definition(tokens: &[Token<'_>]) -> Result<(), String> {
    let mut cursor = Cursor::new(tokens);
    loop {
        // Operators have names of punctuation.
        while cursor.peek().is_some_and(|token| token.sort == Sort::Symbol && !matches!(token.text, "(" | ")" | ",")) {
            cursor.next();
        }
        if !cursor.peek().is_some_and(|token| token.is_symbol("(")) {
            cursor.name()?;
        }
        if cursor.peek().is_some_and(|token| token.is_symbol("(")) {
            cursor.group()?;
        }
        if cursor.take_any(&["ON", "USING"]).is_some() {
            cursor.name()?;
        }
        if !cursor.take_symbol(",") {
            break;
        }
    }
    cursor.take_any(&["CASCADE", "RESTRICT"]);
    cursor.end()
}

/// `ALTER DOMAIN` and `ALTER EXTENSION`: what the one drops is a default or a constraint; the other updates only.
pub(super) fn of_altered_type(kind: &str, cursor: &mut Cursor<'_, '_>) -> Result<Effect, String> {
    let words = if kind == "ALTER DOMAIN" { "ADD DROP OWNER RENAME SET VALIDATE" } else { "UPDATE" };
    cursor.name()?;
    let change = cursor.rest();
    is_alone(change)?;
    match change {
        [word, rest @ ..] if word.is_of(words) && (word.is("UPDATE") || !rest.is_empty()) => Ok(Effect::Harmless),
        _ => cursor.expected("a change that is known"),
    }
}

fn of_dropped_type(what: &str, cursor: &mut Cursor<'_, '_>) -> Result<Effect, String> {
    let exists = if cursor.take("IF EXISTS") { " IF EXISTS" } else { "" };
    let names = cursor.names()?.join(", ");
    let behavior = cursor.take_any(&["CASCADE", "RESTRICT"]).map(|word| format!(" {word}")).unwrap_or_default();
    cursor.end()?;
    if behavior == " CASCADE" {
        return Ok(Effect::Destroys(format!("drops {} {names} and the columns of it", what.to_ascii_lowercase())));
    }
    Ok(Effect::Remark(format!("`DROP {what}{exists} {names}{behavior}` drops columns where CASCADE is given")))
}

/// What may follow the names of tables that are emptied, as patterns.
const AFTER_TRUNCATE: &[&str] = &[
    "CASCADE|RESTRICT",
    "CONTINUE|RESTART IDENTITY",
    "CONTINUE|RESTART IDENTITY CASCADE|RESTRICT",
    "DROP|REUSE STORAGE",
    "DROP|REUSE STORAGE CASCADE",
    "DROP ALL STORAGE",
    "PARTITION (…)",
    "WITH (…)",
];

pub(super) fn of_truncate(cursor: &mut Cursor<'_, '_>) -> Result<Effect, String> {
    cursor.take("TABLE");
    cursor.take("IF EXISTS");
    let mut names = Vec::new();
    loop {
        cursor.take("ONLY");
        names.push(cursor.name()?);
        cursor.take_symbol("*");
        if !cursor.take_symbol(",") {
            break;
        }
    }
    cursor.take_pattern(AFTER_TRUNCATE);
    cursor.end()?;
    Ok(Effect::Destroys(format!("deletes all rows of {}", names.join(", "))))
}

/// Words before the kind of what is created.
const BEFORE_KIND: &[&str] = &[
    "OR REPLACE",
    "OR ALTER",
    "TEMP",
    "TEMPORARY",
    "GLOBAL",
    "LOCAL",
    "UNLOGGED",
    "EXTERNAL",
    "FOREIGN",
    "VIRTUAL",
    "UNIQUE",
    "CLUSTERED",
    "NONCLUSTERED",
    "FULLTEXT",
    "SPATIAL",
    "MATERIALIZED",
    "RECURSIVE",
    "PUBLIC",
    "BITMAP",
    "COLUMNSTORE",
    "EDITIONABLE",
    "NONEDITIONABLE",
    "TRANSIENT",
    "CONSTRAINT",
    "SQL SECURITY DEFINER",
    "SQL SECURITY INVOKER",
];

/// What can be created, and the words one of which must follow.
const CREATED: &[(&str, &str)] = &[
    ("AGGREGATE", ""),
    ("COLLATION", ""),
    ("CONNECTOR", ""),
    ("DATABASE", ""),
    ("DOMAIN", ""),
    ("EXTENSION", ""),
    ("FUNCTION", ""),
    ("INDEX", "ON"),
    ("MACRO", ""),
    ("OPERATOR", ""),
    ("POLICY", "ON"),
    ("PROC", "AS BEGIN"),
    ("PROCEDURE", "AS BEGIN IS"),
    ("PUBLICATION", ""),
    ("ROLE", ""),
    ("RULE", "DO"),
    ("SCHEMA", ""),
    ("SECRET", ""),
    ("SEQUENCE", ""),
    ("SERVER", ""),
    ("STATISTICS", "ON"),
    ("SYNONYM", "FOR"),
    ("TEXT SEARCH", ""),
    ("TRIGGER", ""),
    ("TYPE", ""),
    ("USER", ""),
    ("VIEW", "AS"),
];

/// What may follow the name of a table that is created.
const AFTER_TABLE: &str = "AS CLONE ENGINE INHERITS LIKE OF ON PARTITION SELECT USING WITH";

pub(super) fn of_create(cursor: &mut Cursor<'_, '_>) -> Result<Effect, String> {
    let statement = cursor.rest();
    let replaces = cursor.clone().take("OR REPLACE");
    loop {
        if cursor.take("ALGORITHM") || cursor.take("DEFINER") {
            if !cursor.take_symbol("=") {
                return cursor.expected("`=`");
            }
            cursor.part()?;
            if cursor.take_symbol("@") || cursor.peek().is_some_and(|token| token.text.starts_with('@')) {
                cursor.part()?;
            } else if cursor.peek().is_some_and(|token| token.is_symbol("(")) {
                cursor.group()?;
            }
        } else if cursor.take_any(BEFORE_KIND).is_none() {
            break;
        }
    }
    if cursor.take("TABLE") {
        is_alone(statement)?;
        cursor.take("IF NOT EXISTS");
        let name = cursor.name()?;
        match cursor.peek() {
            Some(token) if token.is_symbol("(") => {
                cursor.group()?;
                if cursor.peek().is_some_and(|token| !token.is_of(TABLE_OPTIONS)) {
                    return cursor.expected("an option of the table");
                }
            }
            Some(token) if !token.is_of(AFTER_TABLE) => return cursor.expected("`(`"),
            _ => {}
        }
        return Ok(if replaces { Effect::Destroys(format!("replaces table {name}")) } else { Effect::Harmless });
    }
    let Some((kind, needed)) = CREATED.iter().find(|(words, _)| cursor.take(words)) else {
        return cursor.expected("what can be created");
    };
    let rest = cursor.rest();
    if replaces && matches!(*kind, "DATABASE" | "SCHEMA") {
        is_alone(rest)?;
        let name = cursor.name()?;
        return Ok(Effect::Destroys(format!("replaces {} {name}", kind.to_ascii_lowercase())));
    }
    let each = rest.windows(2).position(|pair| pair[0].is("EACH") && pair[1].is("ROW")).filter(|_| *kind == "TRIGGER");
    if let Some(at) =
        each.filter(|at| rest.get(at + 2).is_some_and(|first| first.is_of("DELETE INSERT REPLACE UPDATE")))
    {
        // MySQL takes one statement without a block.
        is_alone(&rest[..at])?;
        return of_statement(&rest[at + 2..]).map(|_| Effect::Harmless);
    }
    let body = rest.iter().position(|token| token.is("BEGIN"));
    match body {
        Some(start) if is_block(&rest[start..]) => is_alone(&rest[..start])?,
        Some(_) => return Err(PART_OF_A_BLOCK.to_owned()),
        None => is_alone(rest)?,
    }
    if rest.is_empty() || (!needed.is_empty() && !rest.iter().any(|token| token.is_of(needed))) {
        return cursor.expected("more of what is created");
    }
    Ok(Effect::Harmless)
}

/// Words that may follow the columns of a table.
const TABLE_OPTIONS: &str = "
    AS AUTO_INCREMENT CHARACTER CHARSET CLUSTER COLLATE COMMENT COMPRESS COMPRESSION DEFAULT ENGINE IGNORE INHERITS
    KEY_BLOCK_SIZE LOCATION LOGGING NOCOMPRESS NOLOGGING ON OPTIONS ORGANIZATION PARTITION PARTITIONED PCTFREE REPLACE
    ROW ROW_FORMAT SEGMENT SELECT SERVER STORAGE STORED STRICT TABLESPACE TEXTIMAGE_ON UNION USING WITH WITHOUT
";
