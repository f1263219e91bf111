//! Where the definitions of routines and the blocks of a SQL script start and end, by their words alone.

use crate::formats::rollback::sql_comment::{Effort, block, is_dashes};
use crate::formats::rollback::sql_quotes::quoted;
use crate::formats::rollback::sql_split::dollar_quoted;
use crate::formats::rollback::sql_tokens::{Backslash, is_one_of};

/// Kinds of routines.
pub(super) const KINDS: &[&str] = &["EVENT", "FUNCTION", "PACKAGE", "PROC", "PROCEDURE", "TRIGGER"];

/// Words between `CREATE` and the kind.
const BEFORE_KIND: &[&str] = &[
    "OR",
    "REPLACE",
    "ALTER",
    "EDITIONABLE",
    "NONEDITIONABLE",
    "TEMP",
    "TEMPORARY",
    "CONSTRAINT",
    "AGGREGATE",
    "SQL",
    "SECURITY",
    "INVOKER",
    "DEFINER",
];

/// Words that a `DEFINER` may have: a user, a host of four numbers.
const MAX_DEFINER: usize = 8;

/// Whether a routine is defined here.
pub(super) fn is_definition(text: &str) -> bool {
    let is = |word: &str, known: &str| word.eq_ignore_ascii_case(known);
    let mut words = text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
    match words.next() {
        Some(word) if is(word, "CREATE") => {}
        Some(word) if is(word, "ALTER") => return is_redefinition(text),
        _ => return false,
    }
    let mut free = 0;
    for word in words.take(2 * MAX_DEFINER) {
        if KINDS.iter().any(|kind| is(word, kind)) {
            return true;
        }
        if is(word, "DEFINER") {
            free = MAX_DEFINER;
        } else if !BEFORE_KIND.iter().any(|known| is(word, known)) {
            if free == 0 {
                return false;
            }
            free -= 1;
        }
    }
    false
}

/// Whether SQL Server is given another definition of a routine: `ALTER PROCEDURE p AS …`.
fn is_redefinition(text: &str) -> bool {
    let statement = text.split(';').next().unwrap_or(text);
    let mut words = statement.split_ascii_whitespace().skip(1);
    let is = |word: &str, known: &[&str]| known.iter().any(|known| word.eq_ignore_ascii_case(known));
    words.next().is_some_and(|kind| is(kind, &["FUNCTION", "PROC", "PROCEDURE", "TRIGGER"]))
        && words.any(|word| is(word, &["AS"]))
}

/// Words behind `BEGIN` that make it the start of a transaction, or of a part that another one closes.
const NO_BLOCK: &str = "
    CATCH CONCURRENT DEFERRED DISTRIBUTED EXCLUSIVE IMMEDIATE ISOLATION READ TRAN TRANSACTION TRY WORK
";

/// Whether a block starts here that defines nothing: `BEGIN …` or `DECLARE …`, but for the variables of SQL Server.
pub(super) fn is_anonymous(text: &str) -> bool {
    let first = word(text);
    let rest = text[first.len()..].trim_start();
    let next = word(rest);
    if first.eq_ignore_ascii_case("DECLARE") {
        return !next.is_empty() && !next.starts_with('@');
    }
    first.eq_ignore_ascii_case("BEGIN") && !rest.is_empty() && !rest.starts_with(';') && !is_one_of(next, NO_BLOCK)
}

/// What was found of the block of a definition.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Block {
    /// It ends there; nothing but its name follows up to a semicolon or the end.
    Ends(usize),
    /// There is none, or more follows: how far that was looked for.
    None(usize),
    /// The text ends inside of it.
    Open,
}

/// The block of a definition, from its first `BEGIN` to its `END`.
pub(super) fn block_of(text: &str) -> Block {
    let (mut at, mut depth, mut began) = (0, 0_usize, false);
    let mut effort = Effort::of(text);
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        if let Some(length) = passed_over(text, at, first, &mut effort) {
            at += length;
            continue;
        }
        if first == ';' && depth == 0 {
            return Block::None(at);
        }
        if !(first.is_alphabetic() || first == '_') {
            at += first.len_utf8();
            continue;
        }
        let word = word(rest);
        at += word.len();
        let next = next_word(&text[at..]);
        let follows = |words: &[&str]| words.iter().any(|known| next.eq_ignore_ascii_case(known));
        if word.eq_ignore_ascii_case("BEGIN") && !follows(&["TRAN", "TRANSACTION", "DISTRIBUTED"]) {
            (depth, began) = (depth + 1, true);
        } else if word.eq_ignore_ascii_case("CASE") {
            depth += 1;
        } else if word.eq_ignore_ascii_case("END") && !follows(&["IF", "LOOP", "WHILE", "REPEAT", "FOR"]) {
            depth = depth.saturating_sub(1);
            if follows(&["CASE"]) {
                at += text[at..].find(|c: char| !c.is_whitespace()).unwrap_or(0) + "CASE".len();
            }
            if depth == 0 && began {
                return end_of(text, at);
            }
        }
    }
    Block::Open
}

/// The end of a block, behind which its name may stand.
fn end_of(text: &str, at: usize) -> Block {
    let rest = text[at..].trim_start();
    let name = rest.trim_start_matches(|c: char| c.is_alphanumeric() || matches!(c, '_' | '"' | '`'));
    let behind = name.trim_start();
    let between = &rest[..rest.len() - name.len()];
    let is_statement = ["DROP", "DELETE", "TRUNCATE", "ALTER", "UPDATE", "BEGIN"];
    if is_statement.iter().any(|word| between.eq_ignore_ascii_case(word))
        || !(behind.is_empty() || behind.starts_with(';'))
    {
        return Block::None(at);
    }
    Block::Ends(text.len() - behind.len())
}

/// The length of a comment or of what is quoted.
fn passed_over(text: &str, at: usize, first: char, effort: &mut Effort) -> Option<usize> {
    let rest = &text[at..];
    match first {
        '$' => dollar_quoted(rest),
        '-' if is_dashes(text, at) => Some(rest.find('\n').unwrap_or(rest.len())),
        '/' if rest.starts_with("/*") => Some(block(rest, effort).unwrap_or(rest.len())),
        _ => quoted(text, at, first, Backslash::Plain),
    }
}

pub(super) fn word(rest: &str) -> &str {
    let end = rest.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '$' | '#' | '@'))).unwrap_or(rest.len());
    &rest[..end]
}

fn next_word(rest: &str) -> &str {
    word(rest.trim_start())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn definitions_are_known_by_their_first_words() {
        for text in [
            "CREATE PROCEDURE p() BEGIN",
            "create or replace editionable function f",
            "CREATE DEFINER=`root`@`127.0.0.1` TRIGGER t",
            "CREATE CONSTRAINT TRIGGER t",
            "ALTER PROCEDURE dbo.p @a int\nAS\nDELETE FROM a; SELECT 1",
        ] {
            assert!(is_definition(text), "{text}");
        }
        for text in [
            "ALTER FUNCTION f() OWNER TO a; SELECT 1 AS b",
            "CREATE TABLE a (trigger int)",
            "CREATE VIEW v",
            "DROP PROCEDURE p",
            "CREATE",
        ] {
            assert!(!is_definition(text), "{text}");
        }
    }

    #[test]
    fn a_block_ends_at_its_own_end() {
        let ends = |text: &str| assert_eq!(block_of(text), Block::Ends(text.len()), "{text}");
        ends("CREATE TRIGGER t BEGIN DELETE FROM a; SELECT CASE x WHEN 1 THEN 2 END; END");
        ends(
            "CREATE PROCEDURE p() BEGIN IF a THEN DELETE FROM b; END IF; CASE x WHEN 1 THEN SELECT ';'; END CASE; END",
        );
        ends("CREATE PROCEDURE p AS BEGIN BEGIN TRAN; DELETE FROM a; COMMIT; END p");
        let none = |text: &str| assert!(matches!(block_of(text), Block::None(_)), "{text}");
        none("CREATE FUNCTION f() RETURN 1; BEGIN; DROP TABLE a; END");
        none("CREATE PROC p AS BEGIN SELECT 1; END\nDROP TABLE a;");
        assert_eq!(block_of("CREATE PROC p AS BEGIN SELECT 1;"), Block::Open);
    }
}
