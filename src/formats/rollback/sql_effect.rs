//! What a SQL statement does to data.
//!
//! This reads what a statement does, not whether a database would take it:
//! the names of what is dropped, deleted or changed, in the words of PostgreSQL, MySQL, SQL Server, SQLite and Oracle.
//! What a statement does that is not known is an error.

use crate::formats::rollback::sql_alter::alter_table;
use crate::formats::rollback::sql_block::{DESTROYING, Depth, destroying_word, is_block, of_block, of_inside};
use crate::formats::rollback::sql_bookkeeping::is_bookkeeping;
use crate::formats::rollback::sql_cursor::{Cursor, is_alone, is_expression, is_whole, shown};
use crate::formats::rollback::sql_execute::{of_do, of_execute, of_prepared};
use crate::formats::rollback::sql_frame::is_frame;
use crate::formats::rollback::sql_objects::{of_altered_type, of_create, of_drop, of_truncate};
use crate::formats::rollback::sql_rows::{
    of_delete, of_explain, of_insert, of_replace, of_select, of_update, of_with, starts_query,
};
use crate::formats::rollback::sql_settings::{first_of_several, setting};
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
    let mut effect = read(Backslash::Plain);
    if text.contains('\\') {
        effect = match (effect, read(Backslash::Escapes)) {
            (Ok(plain), Ok(escaped)) => Ok(plain.max(escaped)),
            (Err(reason), Err(_)) => Err(reason),
            // What ends in a string of MySQL may hide statements in one of the others, and the other way round.
            (Ok(_), Err(reason)) if hides_loss(text, Backslash::Escapes) => Err(reason),
            (Err(reason), Ok(escaped)) if is_less(&escaped) && hides_loss(text, Backslash::Plain) => Err(reason),
            (Ok(only), Err(_)) | (Err(_), Ok(only)) => Ok(only),
        };
    }
    effect.map_err(|reason| shorten(&reason))
}

const fn is_less(effect: &Effect) -> bool {
    !matches!(effect, Effect::Destroys(_))
}

/// Whether words of loss stand outside of strings, where backslashes mean this.
fn hides_loss(text: &str, backslash: Backslash) -> bool {
    tokens(text, backslash).is_ok_and(|tokens| destroying_word(&tokens).is_some())
}

/// The effect of what may be several statements, where the script has another mark for their end.
fn of_tokens(tokens: &[Token<'_>]) -> Result<Effect, String> {
    if let Some(begin) = begin_of_declared(tokens) {
        let declared = of_inside(&tokens[..begin]);
        return of_block(&tokens[begin..]).map(|effect| effect.max(declared));
    }
    let mut effects = Vec::new();
    for statement in statements(tokens) {
        effects.push(of_statement(statement)?);
    }
    if effects.len() < 2 {
        return Ok(effects.pop().unwrap_or(Effect::Frame));
    }
    if statements(tokens).iter().all(|statement| setting(statement).is_some()) {
        return Ok(Effect::Frame);
    }
    let destroys = effects.iter().position(|effect| matches!(effect, Effect::Destroys(_)));
    let remark = effects.iter().position(|effect| matches!(effect, Effect::Remark(_)));
    Ok(match destroys.or(remark) {
        Some(at) => effects.swap_remove(at),
        None => Effect::Harmless,
    })
}

/// Where the block starts behind declarations of Oracle: `DECLARE v NUMBER; BEGIN … END`.
fn begin_of_declared(tokens: &[Token<'_>]) -> Option<usize> {
    let [declare, name, ..] = tokens else { return None };
    if !declare.is("DECLARE") || name.text.starts_with('@') {
        return None;
    }
    let begin = tokens.iter().position(|token| token.is("BEGIN"))?;
    is_block(&tokens[begin..]).then_some(begin)
}

/// The statements between semicolons; a block with its semicolons is one.
pub(super) fn statements<'c, 't>(tokens: &'c [Token<'t>]) -> Vec<&'c [Token<'t>]> {
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
    let mut apart = Vec::with_capacity(statements.len());
    for mut statement in statements {
        while let Some(length) = first_of_several(statement).filter(|length| *length < statement.len()) {
            apart.push(&statement[..length]);
            statement = &statement[length..];
        }
        apart.push(statement);
    }
    apart.retain(|statement| !statement.is_empty());
    apart
}

/// Statements that lose no data: their first words, the words that must follow somewhere,
/// and how many tokens stand after the first words at least.
const HARMLESS: &[(&str, &str, usize)] = &[
    ("ALTER AGGREGATE", "", 2),
    ("ALTER COLLATION", "", 2),
    ("ALTER DATABASE", "COLLATE OWNER RENAME RESET SET", 3),
    ("ALTER DEFAULT PRIVILEGES", "", 2),
    ("ALTER FUNCTION", "", 2),
    ("ALTER INDEX", "", 2),
    ("ALTER MATERIALIZED VIEW", "", 2),
    ("ALTER OPERATOR", "", 2),
    ("ALTER POLICY", "", 2),
    ("ALTER PROC", "", 2),
    ("ALTER PROCEDURE", "", 2),
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
const HOLDERS: &[(&str, &str)] = &[("COPY", "FROM TO"), ("MERGE", "USING"), ("VALUES", "")];

pub(super) fn of_statement(statement: &[Token<'_>]) -> Result<Effect, String> {
    if is_frame(statement) {
        return Ok(Effect::Frame);
    }
    is_whole(statement)?;
    let mut cursor = Cursor::new(statement);
    if let Some(kind) = cursor.take_any(&["ALTER DOMAIN", "ALTER EXTENSION"]) {
        return of_altered_type(kind, &mut cursor);
    }
    let starts = [
        "DROP", "TRUNCATE", "DELETE", "UPDATE", "SET", "CREATE", "INSERT", "REPLACE", "SELECT", "EXPLAIN", "PREPARE",
        "WITH",
    ];
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
        Some("REPLACE") => of_replace(&mut cursor),
        Some("SELECT") => of_select(&mut cursor, statement),
        Some("EXPLAIN") => of_explain(&mut cursor),
        Some("WITH") => of_with(&mut cursor, statement),
        Some("PREPARE") => {
            cursor.name()?;
            if cursor.take("FROM") {
                return of_prepared(&mut cursor);
            }
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
        return of_execute(word, cursor, statement);
    }
    if cursor.take("DO") {
        return of_do(cursor);
    }
    if cursor.peek().is_some_and(|token| token.is_of("IF WHILE CASE BEGIN")) {
        return of_block(statement);
    }
    if cursor.peek().is_some_and(|token| token.is_symbol("(")) && starts_query(cursor.group()?) {
        is_alone(cursor.rest())?;
        return Ok(of_inside(statement));
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
    if let Some(effect) = of_maintenance(words, rest) {
        return Ok(effect);
    }
    match rest.first() {
        Some(first) if first.sort == Sort::Symbol && !matches!(first.text, "(" | "*") && *words != "ALTER OPERATOR" => {
            cursor.expected("a name")
        }
        _ => Ok(Effect::Harmless),
    }
}

/// What the upkeep of a table does beyond that: ClickHouse and Delta Lake; and of a server, in the words of MySQL.
fn of_maintenance(words: &str, rest: &[Token<'_>]) -> Option<Effect> {
    let has = |word: &str| rest.iter().any(|token| token.is(word));
    let what = shorten(&shown(rest));
    match words {
        "DETACH" if has("PERMANENTLY") => Some(Effect::Remark(format!("takes {what} out of use until it is attached"))),
        "OPTIMIZE TABLE" if has("DEDUPLICATE") => Some(Effect::Destroys(format!("deletes rows that repeat: {what}"))),
        "RESET" if rest.first().is_some_and(|first| first.is_of("MASTER BINARY")) => {
            Some(Effect::Destroys("deletes the binary logs".to_owned()))
        }
        "VACUUM" if has("RETAIN") => Some(Effect::Destroys(format!("deletes earlier versions: {what}"))),
        _ => None,
    }
}

fn of_set(cursor: &mut Cursor<'_, '_>) -> Result<Effect, String> {
    is_alone(cursor.rest())?;
    let rest = cursor.rest();
    if rest.len() < 2 || rest[0].sort == Sort::Symbol {
        return cursor.expected("an option and its value");
    }
    if setting(cursor.statement()) == Some(cursor.statement().len()) {
        return Ok(Effect::Frame);
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
        assert_eq!(effect("UPDATE users SET email = lower(email)"), Ok(Effect::Remark(remark)));
        destroys("UPDATE users SET email = NULL", "gives all rows one value in column users.email");
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
