//! Whether a text is a SQL script, by its statements.

use crate::formats::rollback::sql_batch::has_batches;
use crate::formats::rollback::sql_definition::{is_anonymous, is_definition};
use crate::formats::rollback::sql_effect::{Effect, effect};
use crate::formats::rollback::sql_lines::lines_apart;
use crate::formats::rollback::sql_settings::apart;
use crate::formats::rollback::sql_split::{Form, Piece, split};

/// The first two words of statements that migrations have; the second is one of several.
const STARTS: &[(&str, &[&str])] = &[
    ("CREATE", OBJECTS),
    ("ALTER", OBJECTS),
    ("ALTER", &["SESSION"]),
    ("DROP", OBJECTS),
    ("DELETE", &["FROM"]),
    ("INSERT", &["INTO"]),
];
const OBJECTS: &[&str] = &[
    "TABLE",
    "VIEW",
    "INDEX",
    "UNIQUE",
    "SCHEMA",
    "DATABASE",
    "SEQUENCE",
    "TYPE",
    "FUNCTION",
    "PROC",
    "PROCEDURE",
    "TRIGGER",
    "EXTENSION",
    "OR",
    "MATERIALIZED",
    "COLUMN",
    "TEMPORARY",
    "ROLE",
    "USER",
    "DOMAIN",
    "POLICY",
    "CONSTRAINT",
];

/// What else is dropped, in words that prose has too.
const DROPPED: &[&str] = &[
    "AGGREGATE",
    "EVENT",
    "FOREIGN TABLE",
    "OPERATOR",
    "PACKAGE",
    "PUBLICATION",
    "RULE",
    "SERVER",
    "STAGE",
    "SUBSCRIPTION",
    "SYNONYM",
];

/// Words of a statement that drops one of these: `DROP PACKAGE IF EXISTS shop.p`.
const MAX_DROPPED: usize = 7;

/// First words that prose and other languages have too: with them, the whole statement must be readable.
const READABLE: &[&str] = &["UPDATE", "TRUNCATE", "COMMENT", "GRANT", "REVOKE", "RENAME", "PRAGMA"];

/// First words of statements that many scripts begin with, and that say little alone.
const UNSURE: &[&str] = &[
    "BEGIN",
    "CALL",
    "LOCK",
    "REPLACE",
    "RESET",
    "START",
    "DECLARE",
    "DO",
    "EXEC",
    "EXECUTE",
    "IF",
    "MERGE",
    "PRINT",
    "RAISERROR",
    "SELECT",
    "SET",
    "USE",
    "WHILE",
    "WITH",
];

/// Those of them that begin nothing but scripts whose every statement can be read.
const FRAMING: &[&str] = &["BEGIN", "START", "SET", "LOCK"];

/// The words behind `IF` in scripts of SQL Server, whose statement goes on behind its first semicolon.
const CONDITIONS: &[&str] = &["EXISTS", "NOT", "OBJECT_ID", "COL_LENGTH", "DB_ID", "SCHEMA_ID"];

/// The words behind `BEGIN` after which another statement may stand.
const BLOCKS: &[&str] = &["TRAN", "TRANSACTION", "TRY", "WORK"];

/// Bytes in which the first statement of a script mostly ends.
const ENOUGH: usize = 4 * 1024;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Start {
    Sure,
    /// It may be a statement: others have to be.
    Unsure,
    No,
}

/// Whether a text is a script.
pub(super) fn is_script(text: &str) -> bool {
    // The head may end inside of a statement; mostly its start is enough.
    let head = statements(text.get(..ENOUGH).unwrap_or(text));
    let is_whole = head.len() > 1 && !(text.len() > ENOUGH && is_anonymous(head[0].text));
    let first_is = |pieces: &[Piece<'_>]| pieces.first().map_or(Start::No, |first| start(first.text));
    let is_cut = !is_whole && text.len() > ENOUGH;
    if is_cut && !head.first().is_some_and(|first| may_start(first.text)) {
        return false;
    }
    if is_whole && first_is(&head) == Start::No {
        return false;
    }
    let pieces = if is_whole { head } else { statements(text) };
    if !text.contains(';') && pieces.len() < 2 && !has_batches(text) {
        return false;
    }
    match first_is(&pieces) {
        Start::Sure => true,
        Start::No => false,
        Start::Unsure => {
            let has_sure = |pieces: &[Piece<'_>]| pieces.iter().any(|piece| start(piece.text) == Start::Sure);
            has_sure(&pieces) || (is_whole && has_sure(&split(text))) || does_something(&pieces)
        }
    }
}

/// The statements of a text, without what runs another file.
fn statements(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = lines_apart(apart(split(text)));
    pieces.retain(|piece| piece.form != Form::Includes);
    pieces
}

/// Whether all statements can be read, and one of them does something or the first frames them.
fn does_something(pieces: &[Piece<'_>]) -> bool {
    let effects: Result<Vec<Effect>, String> = pieces.iter().map(|piece| effect(piece.text)).collect();
    let frames = |piece: &Piece<'_>| {
        let word = piece.text.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or("");
        FRAMING.iter().any(|known| word.eq_ignore_ascii_case(known))
    };
    let does = |effect: &Effect| matches!(effect, Effect::Remark(_) | Effect::Destroys(_));
    effects.is_ok_and(|effects| effects.iter().any(does) || pieces.first().is_some_and(frames))
}

/// Whether the first word is one of a statement, of which more is not known.
fn may_start(text: &str) -> bool {
    let text = executed(text);
    let word = text.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or("");
    let mut known = STARTS.iter().map(|(start, _)| start).chain(READABLE).chain(UNSURE);
    known.any(|known| word.eq_ignore_ascii_case(known))
}

/// What MySQL executes of a comment, where a text starts with one: `/*!40101 SET NAMES utf8mb4 */`.
fn executed(text: &str) -> &str {
    let Some(inner) = text.strip_prefix("/*!").or_else(|| text.strip_prefix("/*M!")) else { return text };
    let inner = inner.split_once("*/").map_or(inner, |(inner, _)| inner);
    inner.trim_start_matches(|c: char| c.is_ascii_digit()).trim()
}

/// Whether a text starts with the words of a statement.
fn start(text: &str) -> Start {
    let text = executed(text);
    if !text.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return Start::No;
    }
    let mut words =
        text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '@').filter(|word| !word.is_empty());
    let (Some(one), two) = (words.next(), words.next().unwrap_or("")) else { return Start::No };
    let is = |word: &str, known: &str| word.eq_ignore_ascii_case(known);
    let is_one = |known: &[&str]| known.iter().any(|known| is(one, known));
    if STARTS.iter().any(|(start, seconds)| is(one, start) && seconds.iter().any(|s| is(two, s))) || is_definition(text)
    {
        return Start::Sure;
    }
    if is(one, "DROP") && text.split_whitespace().count() <= MAX_DROPPED {
        let rest = text[one.len()..].trim_start();
        let starts = |known: &&str| rest.get(..known.len()).is_some_and(|start| is(start, known));
        return if DROPPED.iter().any(starts) { Start::Sure } else { Start::No };
    }
    let sure = if is_one(READABLE) {
        Start::Sure
    } else if is_one(UNSURE) {
        Start::Unsure
    } else {
        return Start::No;
    };
    let rest = text[one.len()..].trim_start();
    // The first statement of a block needs no semicolon before it.
    if is(one, "BEGIN") && BLOCKS.iter().any(|known| is(two, known)) {
        let inner = rest[two.len()..].trim_start();
        let nested = inner.get(..5).is_some_and(|word| is(word, "BEGIN"));
        return if !nested && start(inner) == Start::Sure { Start::Sure } else { Start::Unsure };
    }
    if is(one, "DO") && rest.starts_with('$') {
        return Start::Sure;
    }
    let goes_on = is(one, "IF") && (CONDITIONS.iter().any(|known| is(two, known)) || rest.starts_with('@'));
    match (goes_on, effect(text).is_ok()) {
        (true, true) => Start::Sure,
        (true, false) | (false, true) => sure,
        (false, false) => Start::No,
    }
}

#[cfg(test)]
mod tests {
    use super::is_script;

    #[test]
    fn scripts_are_known_by_their_statements() {
        for text in [
            "DROP TABLE a;",
            "SELECT 1;\nDROP TABLE a;",
            "PRINT 'x'\nGO\nDROP TABLE a\nGO",
            "DECLARE @x int;\nALTER TABLE a DROP COLUMN b;",
            "DO $$ BEGIN DROP TABLE a; END $$;",
            "IF EXISTS (SELECT 1) BEGIN\nDROP TABLE a;\nEND;",
            "SET ANSI_NULLS ON\nGO\nSET QUOTED_IDENTIFIER ON\nGO\nDROP TABLE a\nGO",
            "EXEC sp_rename 'a', 'b';",
            "CALL p();",
            "MERGE INTO a USING b ON a.c = b.c WHEN MATCHED THEN DELETE;",
            "WITH x AS (SELECT 1) DELETE FROM a WHERE b IN (SELECT * FROM x);",
            "BEGIN TRY\nDROP TABLE a;\nEND TRY;",
            "DROP PROC p;",
            "DROP SYNONYM s;",
            "DROP STAGE s;",
            "DROP FOREIGN TABLE a;",
            "\\set ON_ERROR_STOP on\nDROP TABLE a;",
            "USE shop;\nDELETE FROM a;",
            "UPDATE a SET b = 1;",
            "SET NOCOUNT ON\nDELETE FROM a\nGO",
            "DROP TABLE a\nGO",
            "/*!40101 SET NAMES utf8mb4 */;\nDROP TABLE a;",
            "BEGIN EXECUTE IMMEDIATE 'DROP TABLE a'; END;\n/",
            "DECLARE\n  v NUMBER;\nBEGIN\n  EXECUTE IMMEDIATE 'DROP TABLE a';\nEND;\n/",
            "WHENEVER SQLERROR EXIT FAILURE\nDROP TABLE a;",
            "ALTER SESSION SET CURRENT_SCHEMA = SHOP;\nDROP INDEX a;",
            "RESET MASTER;\nDROP INDEX i ON a;",
            "\\i a.sql\nDROP TABLE a;",
            "ALTER PROCEDURE dbo.p AS SELECT 1\nGO",
            "IF OBJECT_ID(N'v') IS NOT NULL\n  DROP VIEW v\nDELETE dbo.a WHERE b = 1",
            "BEGIN TRY\nBEGIN TRAN;\nDROP INDEX i ON a;\nCOMMIT TRAN;\nEND TRY\nBEGIN CATCH\nTHROW\nEND CATCH",
        ] {
            assert!(is_script(text), "{text}");
        }
    }

    #[test]
    fn a_long_first_statement_is_read_to_its_end() {
        let list = "1, ".repeat(4000);
        assert!(is_script(&format!("UPDATE a SET b = 1 WHERE c IN ({list}2);\nDROP TABLE a;")));
        assert!(is_script(&format!("SELECT {list}2;\nDROP TABLE a;")));
        assert!(!is_script(&format!("Update of the plan {}", "and so on ".repeat(1000))));
    }

    #[test]
    fn prose_and_programs_are_no_scripts() {
        for text in [
            "'use strict';\nconst s = {};\ndelete s.b;",
            "use std::fs;\nfn main() {}",
            "use strict;\nuse warnings;\nmy $x = 1;",
            "Use the following steps; then drop it.",
            "Update 2024-01-01: the rollback was tested; all is well.",
            "Update notes; set the flag.",
            "Comment on the release; then go on.",
            "Drop by the office; then call.",
            "Call me; then write.",
            "Select the rollback; press start.",
            "SELECT 1;",
            "Lock table booked; see calendar.",
            "Set role admin; done",
            "begin;\nsteps done;",
            "Begin with the database; then restart.",
            "Declare the incident; call the team.",
            "Create session for the team; then talk.",
            "Reset the password; then call.",
            "Replace the file; set the flag.",
            "use strict;\nuse warnings;\nprint 1;",
            "if (x) { y(); }",
            "DROP TABLE a",
        ] {
            assert!(!is_script(text), "{text}");
        }
    }
}
