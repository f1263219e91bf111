//! What a SQL statement does to data.
//!
//! This reads what a statement does, not whether a database would take it:
//! the names of what is dropped, deleted or changed, in the words of PostgreSQL, MySQL, SQL Server, SQLite and Oracle.
//! What a statement does that is not known is an error.

use crate::formats::rollback::sql_alter::alter_table;
use crate::formats::rollback::sql_cursor::{Cursor, is_alone, is_expression, is_whole, shown};
use crate::formats::rollback::sql_tokens::{Backslash, Sort, Token, tokens};
use crate::source::json::shorten;

/// What a statement does to data, from the least to the worst.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Effect {
    /// It frames a transaction or sets an option of the session.
    Frame,
    /// It loses no data.
    Harmless,
    /// It may: how.
    Remark(String),
    /// It loses data: how.
    Destroys(String),
}

/// The effect of one statement.
/// Databases disagree on what a backslash in a string is: of two readings that are well-formed, the worse counts.
pub(super) fn effect(text: &str) -> Result<Effect, String> {
    let read = |backslash| tokens(text, backslash).map_err(str::to_owned).and_then(|tokens| of_tokens(&tokens));
    let plain = read(Backslash::Plain);
    let escaped = if text.contains('\\') { read(Backslash::Escapes) } else { return plain.map_err(|e| shorten(&e)) };
    match (plain, escaped) {
        (Ok(plain), Ok(escaped)) => Ok(plain.max(escaped)),
        (Ok(one), Err(_)) | (Err(_), Ok(one)) => Ok(one),
        (Err(reason), Err(_)) => Err(shorten(&reason)),
    }
}

/// The effect of what may be several statements, where the script has another mark for their end.
fn of_tokens(tokens: &[Token<'_>]) -> Result<Effect, String> {
    let mut effects = Vec::new();
    for statement in statements(tokens) {
        effects.push(of_statement(statement)?);
    }
    if effects.len() < 2 {
        return Ok(effects.pop().unwrap_or(Effect::Frame));
    }
    let destroys = effects.iter().position(|effect| matches!(effect, Effect::Destroys(_)));
    let remark = effects.iter().position(|effect| matches!(effect, Effect::Remark(_)));
    Ok(match destroys.or(remark) {
        Some(at) => effects.swap_remove(at),
        None => Effect::Harmless,
    })
}

/// The statements between semicolons; a block with its semicolons is one.
fn statements<'c, 't>(tokens: &'c [Token<'t>]) -> Vec<&'c [Token<'t>]> {
    let mut statements = Vec::new();
    let (mut start, mut depth) = (0, Depth::default());
    for (at, token) in tokens.iter().enumerate() {
        if token.is_symbol(";") && (depth.0 == 0 || is_frame(&tokens[start..at])) {
            statements.push(&tokens[start..at]);
            (start, depth) = (at + 1, Depth::default());
        } else {
            depth.count(&tokens[start..], at - start);
        }
    }
    statements.push(&tokens[start..]);
    statements.retain(|statement| !statement.is_empty());
    statements
}

/// How many blocks are open.
#[derive(Default)]
struct Depth(usize);

impl Depth {
    /// Counts the token at `at`.
    fn count(&mut self, tokens: &[Token<'_>], at: usize) {
        let after = tokens.get(at + 1);
        let token = &tokens[at];
        if token.is_of("BEGIN CASE") {
            // `END CASE` closes what `CASE` opened.
            let closes = at > 0 && tokens[at - 1].is("END") && token.is("CASE");
            self.0 += usize::from(!closes);
        } else if token.is("THEN") && tokens.first().is_some_and(|first| first.is("IF")) && self.0 == 0 {
            self.0 += 1;
        } else if token.is("END") && (!after.is_some_and(|after| after.is_of("IF LOOP WHILE REPEAT")) || self.0 == 1) {
            self.0 = self.0.saturating_sub(1);
        }
    }
}

/// Statements that frame a transaction, as patterns.
const FRAMES: &[&str] = &[
    "ABORT",
    "BEGIN",
    "BEGIN DEFERRED|EXCLUSIVE|IMMEDIATE|CONCURRENT",
    "BEGIN DEFERRED|EXCLUSIVE|IMMEDIATE TRANSACTION",
    "BEGIN ISOLATION LEVEL READ COMMITTED|UNCOMMITTED",
    "BEGIN ISOLATION LEVEL REPEATABLE READ",
    "BEGIN ISOLATION LEVEL SERIALIZABLE",
    "BEGIN READ ONLY|WRITE",
    "BEGIN TRAN|TRANSACTION name",
    "BEGIN TRAN|TRANSACTION|WORK",
    "BEGIN TRANSACTION ISOLATION LEVEL READ COMMITTED|UNCOMMITTED",
    "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ",
    "BEGIN TRANSACTION ISOLATION LEVEL SERIALIZABLE",
    "BEGIN TRANSACTION READ ONLY|WRITE",
    "BEGIN TRY|CATCH",
    "COMMIT",
    "COMMIT AND CHAIN",
    "COMMIT AND NO CHAIN",
    "COMMIT TRAN|TRANSACTION name",
    "COMMIT TRAN|TRANSACTION|WORK",
    "END",
    "END TRANSACTION|TRY|CATCH|WORK",
    "ROLLBACK",
    "ROLLBACK AND CHAIN",
    "ROLLBACK AND NO CHAIN",
    "ROLLBACK TO SAVEPOINT name",
    "ROLLBACK TO name",
    "ROLLBACK TRAN|TRANSACTION name",
    "ROLLBACK TRAN|TRANSACTION|WORK",
    "START TRANSACTION",
    "START TRANSACTION ISOLATION LEVEL READ COMMITTED|UNCOMMITTED",
    "START TRANSACTION ISOLATION LEVEL REPEATABLE READ",
    "START TRANSACTION ISOLATION LEVEL SERIALIZABLE",
    "START TRANSACTION READ ONLY|WRITE",
    "START TRANSACTION WITH CONSISTENT SNAPSHOT",
    "USE name",
];

fn is_frame(statement: &[Token<'_>]) -> bool {
    let mut cursor = Cursor::new(statement);
    cursor.take_pattern(FRAMES) && cursor.is_at_end()
}

/// Statements that lose no data: their first words, the words that must follow somewhere,
/// and how many tokens stand after the first words at least.
const HARMLESS: &[(&str, &str, usize)] = &[
    ("ALTER AGGREGATE", "", 2),
    ("ALTER COLLATION", "", 2),
    ("ALTER DEFAULT PRIVILEGES", "", 2),
    ("ALTER FUNCTION", "", 2),
    ("ALTER INDEX", "", 2),
    ("ALTER MATERIALIZED VIEW", "", 2),
    ("ALTER OPERATOR", "", 2),
    ("ALTER POLICY", "", 2),
    ("ALTER ROLE", "", 2),
    ("ALTER SCHEMA", "", 2),
    ("ALTER SEQUENCE", "", 2),
    ("ALTER TRIGGER", "", 2),
    ("ALTER TYPE", "ADD OWNER RENAME SET", 2),
    ("ALTER USER", "", 2),
    ("ALTER VIEW", "", 2),
    ("ANALYZE", "", 0),
    ("ASSERT", "", 1),
    ("ATTACH", "", 1),
    ("CLOSE", "", 1),
    ("COMMENT IF EXISTS ON", "IS", 4),
    ("COMMENT ON", "IS", 4),
    ("DEALLOCATE", "", 1),
    ("DECLARE", "", 2),
    ("DENY", "TO", 4),
    ("DESC", "", 1),
    ("DESCRIBE", "", 1),
    ("DETACH", "", 1),
    ("DISCARD", "", 1),
    ("DROP INDEX", "", 1),
    ("DROP TRIGGER", "", 1),
    ("FETCH", "", 1),
    ("FLUSH", "", 1),
    ("GRANT", "TO", 3),
    ("KILL", "", 1),
    ("LISTEN", "", 1),
    ("LOCK", "", 1),
    ("NOTIFY", "", 1),
    ("OPEN", "", 1),
    ("OPTIMIZE TABLE", "", 1),
    ("PRAGMA", "", 1),
    ("PRINT", "", 1),
    ("RAISE", "", 1),
    ("RAISERROR", "", 1),
    ("REFRESH MATERIALIZED VIEW", "", 1),
    ("REINDEX", "", 0),
    ("RELEASE", "", 1),
    ("RENAME TABLE", "TO", 3),
    ("RESET", "", 1),
    ("RETURN", "", 0),
    ("REVOKE", "FROM", 3),
    ("SAVEPOINT", "", 1),
    ("SHOW", "", 1),
    ("THROW", "", 0),
    ("UNLISTEN", "", 1),
    ("UNLOCK TABLES", "", 0),
    ("VACUUM", "", 0),
    ("WAITFOR", "", 2),
];

/// Statements that may hold any other: their first words, and the words one of which must follow.
const HOLDERS: &[(&str, &str)] =
    &[("COPY", "FROM TO"), ("MERGE", "USING"), ("REPLACE", "VALUES VALUE SELECT SET"), ("VALUES", "")];

fn of_statement(statement: &[Token<'_>]) -> Result<Effect, String> {
    if is_frame(statement) {
        return Ok(Effect::Frame);
    }
    is_whole(statement)?;
    let mut cursor = Cursor::new(statement);
    let starts =
        ["DROP", "TRUNCATE", "DELETE", "UPDATE", "SET", "CREATE", "INSERT", "SELECT", "EXPLAIN", "PREPARE", "WITH"];
    if let Some(word) = HARMLESS.iter().find(|(words, ..)| cursor.clone().take(words)) {
        return of_harmless(&mut cursor, word);
    }
    if let Some((words, inside)) = HOLDERS.iter().find(|(words, _)| cursor.take(words)) {
        if !inside.is_empty() && !cursor.rest().iter().any(|token| token.is_of(inside)) {
            return cursor.expected("more of the statement");
        }
        // What `MERGE` does stands in it, without parentheses.
        if *words != "MERGE" {
            is_alone(statement)?;
        }
        return Ok(of_inside(statement));
    }
    if cursor.take_any(&["ALTER TABLE", "ALTER FOREIGN TABLE"]).is_some() {
        let (table, lost) = alter_table(&mut cursor)?;
        let harmless = lost.is_empty() || is_bookkeeping(&table);
        return Ok(if harmless { Effect::Harmless } else { Effect::Destroys(lost.join("; ")) });
    }
    match cursor.take_any(&starts) {
        Some("DROP") => of_drop(&mut cursor),
        Some("TRUNCATE") => of_truncate(&mut cursor),
        Some("DELETE") => of_delete(&mut cursor),
        Some("UPDATE") => of_update(&mut cursor),
        Some("SET") => of_set(&mut cursor),
        Some("CREATE") => of_create(&mut cursor),
        Some("INSERT") => of_insert(&mut cursor),
        Some("SELECT") => of_select(&mut cursor, statement),
        Some("EXPLAIN") => of_explain(&mut cursor),
        Some("WITH") => of_with(&mut cursor, statement),
        Some("PREPARE") => {
            cursor.name()?;
            cursor.up_to(|token| token.is("AS"))?;
            if !cursor.take("AS") || !starts_query(cursor.rest()) {
                return cursor.expected("AS and a statement");
            }
            is_alone(cursor.rest())?;
            Ok(Effect::Harmless)
        }
        _ => of_rest(&mut cursor, statement),
    }
}

/// Statements whose first word may also be the name of something else.
fn of_rest(cursor: &mut Cursor<'_, '_>, statement: &[Token<'_>]) -> Result<Effect, String> {
    if let Some(word) = cursor.take_any(&["CALL", "EXECUTE", "EXEC"]) {
        if cursor.is_at_end() {
            return cursor.expected("a name");
        }
        is_alone(statement)?;
        let word = if word == "EXEC" { "EXECUTE" } else { word };
        let call = format!("{word} {}", shown(cursor.rest()));
        return Ok(Effect::Remark(format!("what `{}` does is not known", shorten(&call))));
    }
    if cursor.peek().is_some_and(|token| token.is_of("IF WHILE CASE BEGIN")) {
        return of_block(statement);
    }
    if cursor.peek().is_some_and(|token| token.is_symbol("(")) {
        if starts_query(cursor.group()?) {
            is_alone(cursor.rest())?;
            return Ok(of_inside(statement));
        }
    }
    cursor.expected("a statement")
}

fn of_harmless(cursor: &mut Cursor<'_, '_>, row: &(&str, &str, usize)) -> Result<Effect, String> {
    let (words, needed, least) = row;
    is_alone(cursor.rest())?;
    cursor.take(words);
    let rest = cursor.rest();
    if rest.len() < *least || (!needed.is_empty() && !rest.iter().any(|token| token.is_of(needed))) {
        return Err(format!("expected more of `{words}`, found the end"));
    }
    let altered = words.starts_with("ALTER") && *words != "ALTER DEFAULT PRIVILEGES";
    if let (true, Some(word)) = (altered, destroying_word(rest)) {
        return Err(format!("expected a change that is known, found `{word}`"));
    }
    match rest.first() {
        Some(first) if first.sort == Sort::Symbol && !matches!(first.text, "(" | "*") && *words != "ALTER OPERATOR" => {
            cursor.expected("a name")
        }
        _ => Ok(Effect::Harmless),
    }
}

/// What is dropped, and whether it holds data: tables and what holds tables.
const OBJECTS: &[(&str, Holds)] = &[
    ("COLLATION", Holds::Nothing),
    ("DATABASE", Holds::Data),
    ("FOREIGN TABLE", Holds::Data),
    ("GROUP", Holds::Role),
    ("MATERIALIZED VIEW", Holds::View),
    ("ROLE", Holds::Role),
    ("SCHEMA", Holds::Data),
    ("SEQUENCE", Holds::Nothing),
    ("STAGE", Holds::Nothing),
    ("STATISTICS", Holds::Nothing),
    ("STREAM", Holds::Nothing),
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
const DEFINITIONS: &[&str] =
    &["AGGREGATE", "CONNECTOR", "EVENT", "FUNCTION", "OPERATOR", "POLICY", "PROC", "PROCEDURE", "RULE", "SECRET"];

fn of_drop(cursor: &mut Cursor<'_, '_>) -> Result<Effect, String> {
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
    if *object == "DATABASE" && cursor.take("WITH") {
        cursor.group()?;
    }
    cursor.end()?;
    let lost: Vec<&str> = names.iter().map(String::as_str).filter(|name| !is_bookkeeping(name)).collect();
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

fn of_dropped_type(what: &str, cursor: &mut Cursor<'_, '_>) -> Result<Effect, String> {
    let exists = if cursor.take("IF EXISTS") { " IF EXISTS" } else { "" };
    let names = cursor.names()?.join(", ");
    let behavior = cursor.take_any(&["CASCADE", "RESTRICT"]).map(|word| format!(" {word}")).unwrap_or_default();
    cursor.end()?;
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

fn of_truncate(cursor: &mut Cursor<'_, '_>) -> Result<Effect, String> {
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

/// Words that end the list of tables of a statement.
const CLAUSES: &str = "
    CROSS FOR FROM FULL GROUP HAVING INNER JOIN LEFT LIMIT NATURAL ON OPTION ORDER OUTPUT RETURNING RIGHT SET
    STRAIGHT_JOIN USING WHERE
";

/// Words that join tables.
const JOINS: &str = "CROSS FULL INNER JOIN LEFT NATURAL RIGHT STRAIGHT_JOIN";

/// Tables of a statement: their names, and whether others are joined to them.
struct Tables {
    names: Vec<String>,
    joined: bool,
}

fn tables(cursor: &mut Cursor<'_, '_>) -> Result<Tables, String> {
    let mut tables = Tables { names: Vec::new(), joined: false };
    loop {
        if cursor
            .rest()
            .get(1)
            .is_some_and(|token| matches!(token.sort, Sort::Word | Sort::Name) && !token.is_of(CLAUSES))
        {
            cursor.take("ONLY");
        }
        tables.names.push(cursor.name()?);
        cursor.take_symbol("*");
        if cursor.take_any(&["PARTITION", "WITH"]).is_some() {
            cursor.group()?;
        }
        let alias = cursor.take("AS");
        if alias || cursor.peek().is_some_and(|token| token.sort != Sort::Symbol && !token.is_of(CLAUSES)) {
            cursor.part()?;
        }
        if cursor.take("WITH") {
            cursor.group()?;
        }
        if cursor.peek().is_some_and(|token| token.is_of(JOINS)) {
            tables.joined = true;
            cursor.up_to(|token| token.is_of("LIMIT ORDER OUTPUT RETURNING SET WHERE") || token.is_symbol(","))?;
        }
        if !cursor.take_symbol(",") {
            return Ok(tables);
        }
    }
}

fn of_delete(cursor: &mut Cursor<'_, '_>) -> Result<Effect, String> {
    is_alone(cursor.rest())?;
    while cursor.take_any(&["LOW_PRIORITY", "QUICK", "IGNORE"]).is_some() {}
    if cursor.take("TOP") {
        cursor.group()?;
    }
    let mut deleted = Tables { names: Vec::new(), joined: false };
    if !cursor.take("FROM") {
        deleted = tables(cursor)?;
    }
    let targeted = !deleted.names.is_empty() && cursor.take("FROM");
    let from = if targeted || deleted.names.is_empty() { tables(cursor)? } else { deleted };
    let rest = cursor.rest();
    match cursor.peek() {
        Some(token) if token.is_of(CLAUSES) => {}
        None => {}
        Some(_) => return cursor.expected("WHERE"),
    }
    let mut clauses = cursor.clone();
    clauses.up_to(|token| token.is("WHERE"))?;
    let some = clauses.take("WHERE");
    if some {
        is_expression(clauses.rest())?;
    } else if !rest.first().is_some_and(|token| token.is("USING")) {
        is_expression(rest)?;
    }
    // Which of the tables loses rows, only the names of the targets say.
    let ambiguous = targeted && (from.joined || from.names.len() > 1);
    if !ambiguous && from.names.iter().all(|name| is_bookkeeping(name)) {
        return Ok(Effect::Harmless);
    }
    let names = from.names.join(", ");
    Ok(Effect::Destroys(if some { format!("deletes rows of {names}") } else { format!("deletes all rows of {names}") }))
}

fn of_update(cursor: &mut Cursor<'_, '_>) -> Result<Effect, String> {
    is_alone(cursor.rest())?;
    while cursor.take_any(&["LOW_PRIORITY", "IGNORE", "OR ABORT", "OR FAIL", "OR IGNORE", "OR REPLACE"]).is_some() {}
    if cursor.take("TOP") {
        cursor.group()?;
    }
    let tables = tables(cursor)?;
    if !cursor.take("SET") {
        return cursor.expected("SET");
    }
    let values = cursor.up_to(|token| token.is_of("FROM LIMIT ORDER OUTPUT RETURNING WHERE"))?;
    let starts = values.first().is_some_and(|token| token.sort != Sort::Symbol || token.is_symbol("("));
    if !starts || !values.iter().any(|token| token.is_symbol("=")) {
        return Err("expected what is set after SET".to_owned());
    }
    is_expression(values)?;
    cursor.up_to(|token| token.is("WHERE"))?;
    let some = cursor.take("WHERE");
    is_expression(cursor.rest())?;
    let Some(table) = tables.names.iter().find(|table| !is_bookkeeping(table)) else { return Ok(Effect::Harmless) };
    if some {
        return Ok(Effect::Harmless);
    }
    Ok(Effect::Remark(format!("an update overwrites values in all rows of {table}")))
}

fn of_set(cursor: &mut Cursor<'_, '_>) -> Result<Effect, String> {
    is_alone(cursor.rest())?;
    let rest = cursor.rest();
    if rest.len() < 2 || rest[0].sort == Sort::Symbol {
        return cursor.expected("an option and its value");
    }
    match rest.iter().position(|token| token.is_symbol("=")) {
        Some(at) => is_expression(&rest[at + 1..])?,
        None if rest.len() == 2 => {}
        None if rest[0].is_of(OPTIONS) || rest[1].is("TO") || rest[2].is("TO") => {}
        None => return Err("expected `=` or TO after SET".to_owned()),
    }
    Ok(Effect::Frame)
}

/// Options of a session that are set without `=`.
const OPTIONS: &str =
    "CHARACTER CONSTRAINTS GLOBAL IDENTITY_INSERT LOCAL NAMES OFFSETS SESSION STATISTICS TIME TRANSACTION";

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

fn of_create(cursor: &mut Cursor<'_, '_>) -> Result<Effect, String> {
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
    let Some((_, needed)) = CREATED.iter().find(|(words, _)| cursor.take(words)) else {
        return cursor.expected("what can be created");
    };
    let rest = cursor.rest();
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

fn of_insert(cursor: &mut Cursor<'_, '_>) -> Result<Effect, String> {
    let statement = cursor.rest();
    is_alone(statement)?;
    if !statement.iter().any(|token| token.is_of("VALUES VALUE SELECT SET TABLE WITH")) {
        return cursor.expected("what is inserted");
    }
    cursor.up_to(|token| token.is_of("VALUES VALUE SELECT SET WITH"))?;
    if cursor.take_any(&["VALUES", "VALUE"]).is_some() && !cursor.is_at_end() {
        loop {
            cursor.take("ROW");
            cursor.group()?;
            if !cursor.take_symbol(",") {
                break;
            }
        }
        if cursor.peek().is_some_and(|token| !token.is_of("AS ON OUTPUT RETURNING UNION ORDER LIMIT")) {
            return cursor.expected("the end");
        }
    }
    Ok(of_inside(statement))
}

fn of_select(cursor: &mut Cursor<'_, '_>, statement: &[Token<'_>]) -> Result<Effect, String> {
    is_alone(cursor.rest())?;
    let mut before: Option<&Token<'_>> = None;
    for token in statement {
        if before.is_some_and(|before| before.is_of("FROM WHERE")) && token.is_of("FROM WHERE") {
            return Err(format!("expected a name, found `{}`", token.text));
        }
        before = Some(token);
    }
    Ok(of_inside(statement))
}

/// Words that start a query, or what gives rows like one.
const QUERIES: &str = "DELETE INSERT MERGE SELECT TABLE UPDATE VALUES WITH";

fn of_with(cursor: &mut Cursor<'_, '_>, statement: &[Token<'_>]) -> Result<Effect, String> {
    cursor.take("RECURSIVE");
    loop {
        cursor.name()?;
        if cursor.peek().is_some_and(|token| token.is_symbol("(")) {
            cursor.group()?;
        }
        if !cursor.take("AS") {
            return cursor.expected("AS");
        }
        cursor.take_any(&["MATERIALIZED", "NOT MATERIALIZED"]);
        if !starts_query(cursor.group()?) {
            return Err("expected a query after AS".to_owned());
        }
        if !cursor.take_symbol(",") {
            break;
        }
    }
    if !starts_query(cursor.rest()) {
        return cursor.expected("a query");
    }
    is_alone(cursor.rest())?;
    let inside = of_inside(statement);
    Ok(match cursor.take_any(&["DELETE", "INSERT", "UPDATE"]) {
        Some("DELETE") => of_delete(cursor).map(|_| inside)?,
        Some("INSERT") => of_insert(cursor).map(|_| inside)?,
        Some(_) => of_update(cursor)?.max(inside),
        None => inside,
    })
}

/// Whether a query starts here, be it in parentheses.
fn starts_query(tokens: &[Token<'_>]) -> bool {
    tokens.iter().find(|token| !token.is_symbol("(")).is_some_and(|first| first.is_of(QUERIES))
}

/// `EXPLAIN` alone runs nothing, with `ANALYZE` all.
fn of_explain(cursor: &mut Cursor<'_, '_>) -> Result<Effect, String> {
    let explained = cursor.rest();
    let start = explained.iter().position(|token| token.is_of("SELECT INSERT UPDATE DELETE MERGE WITH VALUES CREATE"));
    let (Some(start), true) = (start, explained.len() > 1) else { return cursor.expected("a statement") };
    is_alone(&explained[start..])?;
    if explained[..start].iter().any(|token| token.is_of("ANALYZE ANALYSE")) {
        return Ok(of_inside(explained));
    }
    Ok(Effect::Harmless)
}

/// Words that start the statements in a block.
const INNER: &str = "
    ALTER BEGIN CALL COMMIT CREATE DECLARE DELETE DROP EXEC EXECUTE INSERT MERGE NULL PRINT RAISE RAISERROR RETURN
    ROLLBACK SELECT SET THROW TRUNCATE UPDATE WITH
";

const PART_OF_A_BLOCK: &str = "expected a whole block, found a part of it";

/// What a condition, a loop or a block does, by its words.
fn of_block(statement: &[Token<'_>]) -> Result<Effect, String> {
    let begins = statement.first().is_some_and(|token| token.is("BEGIN"));
    if begins && !is_block(statement) {
        return Err(PART_OF_A_BLOCK.to_owned());
    }
    if let effect @ Effect::Destroys(_) = of_inside(statement) {
        return Ok(effect);
    }
    let mut depth = Depth::default();
    (0..statement.len()).for_each(|at| depth.count(statement, at));
    if depth.0 > 0 || !statement.iter().skip(1).any(|token| token.is_of(INNER)) {
        return Err(PART_OF_A_BLOCK.to_owned());
    }
    Ok(of_inside(statement))
}

/// Whether this is one block from `BEGIN` to its `END`.
fn is_block(tokens: &[Token<'_>]) -> bool {
    let mut depth = Depth::default();
    for at in 0..tokens.len() {
        depth.count(tokens, at);
        if depth.0 == 0 {
            return match &tokens[at + 1..] {
                [] => true,
                [last] => last.is_symbol(";") || last.sort != Sort::Symbol,
                _ => false,
            };
        }
    }
    false
}

/// What stands inside of a statement may be any statement.
fn of_inside(tokens: &[Token<'_>]) -> Effect {
    if let Some(word) = destroying_word(tokens) {
        return Effect::Destroys(format!("does {word} inside of another statement"));
    }
    let called = tokens
        .windows(2)
        .find(|pair| pair[0].is_of("CALL EXEC EXECUTE") && (pair[1].sort != Sort::Symbol || pair[1].text == "("));
    match called {
        Some(_) => Effect::Remark(format!("what `{}` does is not known", shorten(&shown(tokens)))),
        None => Effect::Harmless,
    }
}

/// Tables in which the tools keep their own version.
const BOOKKEEPING: &[&str] = &[
    "alembic_version",
    "databasechangelog",
    "databasechangeloglock",
    "flyway_schema_history",
    "schema_version",
    "schema_migrations",
    "schema_migration",
    "django_migrations",
    "__efmigrationshistory",
    "goose_db_version",
    "knex_migrations",
    "knex_migrations_lock",
    "_prisma_migrations",
];

fn is_bookkeeping(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or(name);
    let last = last.trim_matches(|c| matches!(c, '"' | '`' | '[' | ']')).to_ascii_lowercase();
    BOOKKEEPING.contains(&&*last)
}

/// Words that stand for the loss of data.
const DESTROYING: &str = "DROP TRUNCATE DELETE OVERWRITE MODIFY ALTER DO";

/// The first word outside of quotes that stands for the loss of data.
fn destroying_word(tokens: &[Token<'_>]) -> Option<String> {
    tokens.iter().find(|token| token.is_of(DESTROYING)).map(|token| token.text.to_ascii_uppercase())
}

/// For a statement that cannot be read: why it may lose data, by its words.
pub(super) fn words_of_effect(text: &str) -> Option<String> {
    let stands =
        |word: &str| word.eq_ignore_ascii_case("EXEC") || DESTROYING.split(' ').any(|w| w.eq_ignore_ascii_case(word));
    let word = match tokens(text, Backslash::Plain) {
        Ok(tokens) => {
            tokens.iter().find(|token| token.sort == Sort::Word && stands(token.text)).map(|token| token.text)
        }
        Err(_) => text.split(|c: char| !c.is_ascii_alphanumeric()).find(|word| stands(word)),
    };
    word.map(|word| format!("cannot be read, and has the word {}", word.to_ascii_uppercase()))
}

#[cfg(test)]
mod tests {
    use super::{Effect, effect, words_of_effect};

    #[track_caller]
    fn destroys(text: &str, expected: &str) {
        assert_eq!(effect(text), Ok(Effect::Destroys(expected.to_owned())));
    }

    #[track_caller]
    fn harmless(text: &str) {
        assert_eq!(effect(text), Ok(Effect::Harmless), "{text}");
    }

    #[test]
    fn what_is_dropped_is_lost() {
        destroys("ALTER TABLE users DROP COLUMN email", "drops column users.email");
        destroys("ALTER TABLE users DROP email, DROP COLUMN b", "drops column users.email; drops column users.b");
        destroys("DROP TABLE IF EXISTS a, shop.b CASCADE", "drops table a, shop.b");
        destroys("DROP SCHEMA shop", "drops schema shop");
        destroys("DROP DATABASE shop", "drops database shop");
        destroys("DROP TYPE mood CASCADE", "drops type mood and all that depends on it");
        for text in ["DROP INDEX i", "DROP VIEW v CASCADE", "ALTER TABLE a DROP CONSTRAINT c", "DROP TYPE mood"] {
            harmless(text);
        }
    }

    #[test]
    fn rows_that_are_deleted_are_lost() {
        destroys("TRUNCATE TABLE a, b", "deletes all rows of a, b");
        destroys("DELETE FROM users", "deletes all rows of users");
        destroys("DELETE FROM users WHERE id > 5", "deletes rows of users");
        harmless("DELETE FROM alembic_version WHERE alembic_version.version_num = '001'");
        harmless("DROP TABLE alembic_version");
        harmless("DELETE FROM public.\"DATABASECHANGELOG\" WHERE ID = '1'");
    }

    #[test]
    fn a_narrower_type_loses_values() {
        destroys(
            "ALTER TABLE users ALTER COLUMN email TYPE VARCHAR(50)",
            "gives column users.email the type VARCHAR(50), which may hold less",
        );
        destroys(
            "ALTER TABLE users MODIFY COLUMN email VARCHAR(50) NOT NULL",
            "gives column users.email the type VARCHAR(50), which may hold less",
        );
        harmless("ALTER TABLE users ALTER COLUMN email TYPE TEXT");
        harmless("ALTER TABLE users ALTER COLUMN email SET NOT NULL");
    }

    #[test]
    fn an_update_of_all_rows_is_worth_a_remark() {
        let remark = "an update overwrites values in all rows of users".to_owned();
        assert_eq!(effect("UPDATE users SET email = NULL"), Ok(Effect::Remark(remark)));
        harmless("UPDATE users SET email = NULL WHERE id = 1");
        harmless("UPDATE alembic_version SET version_num='001'");
    }

    #[test]
    fn what_stands_inside_counts() {
        destroys("WITH d AS (DELETE FROM users RETURNING *) SELECT 1", "does DELETE inside of another statement");
        destroys(
            "MERGE INTO users USING b ON users.id = b.id WHEN MATCHED THEN DELETE",
            "does DELETE inside of another statement",
        );
        harmless("INSERT INTO a VALUES ('DELETE')");
        harmless("SELECT \"drop\" FROM a");
        harmless("CREATE TABLE a (b INT REFERENCES c ON DELETE CASCADE)");
        harmless("DROP INDEX CONCURRENTLY IF EXISTS i");
    }

    #[test]
    fn frames_are_no_effect() {
        for text in ["BEGIN", "COMMIT", "START TRANSACTION", "SET search_path TO shop", "ROLLBACK"] {
            assert_eq!(effect(text), Ok(Effect::Frame), "{text}");
        }
        assert!(effect("DROP THE TABLE users").is_err());
    }

    #[test]
    fn every_case_has_its_effect() {
        let cases = include_str!("../../../tests/sql-effects.tsv");
        let wrong: Vec<String> = cases
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with("# "))
            .filter_map(|line| {
                let (expected, text) = line.split_once('\t').expect("an effect and a statement");
                let found = match effect(text) {
                    Ok(Effect::Frame) => "frame".to_owned(),
                    Ok(Effect::Harmless) => "harmless".to_owned(),
                    Ok(Effect::Remark(what)) => format!("remark: {what}"),
                    Ok(Effect::Destroys(why)) => format!("destroys: {why}"),
                    Err(_) => words_of_effect(text).map_or("error".to_owned(), |word| format!("error: {word}")),
                };
                (found != expected).then(|| format!("{text}\n  expected {expected}\n  found    {found}"))
            })
            .collect();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn a_second_statement_without_semicolon_is_no_part_of_the_first() {
        for first in [
            "SELECT 1",
            "CREATE TABLE a (b INT)",
            "UPDATE a SET b = 1 WHERE c = 2",
            "SET x = 1",
            "EXEC p",
            "GRANT r TO s",
        ] {
            for second in ["DROP TABLE x", "TRUNCATE TABLE x", "DELETE FROM x", "ALTER TABLE x DROP y"] {
                let text = format!("{first} {second}");
                assert!(effect(&text).is_err() && words_of_effect(&text).is_some(), "{text}");
            }
        }
    }

    #[test]
    fn the_worse_reading_of_a_backslash_counts() {
        harmless(r"INSERT INTO a VALUES ('C:\\dir\\'), ('it\'s')");
        destroys(r"INSERT INTO a VALUES ('\'); DROP TABLE b; --')", "drops table b");
    }
}
