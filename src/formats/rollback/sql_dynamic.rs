//! Texts that a script puts together and runs as statements: what they lose, by their words.
//!
//! ```sql
//! SET @s = IF(@found > 0, 'ALTER TABLE users DROP COLUMN email', 'SELECT 1');
//! PREPARE way_back FROM @s;
//! EXECUTE way_back;
//! ```
//!
//! Which text is run is not followed: where a script runs texts, each that is kept in a variable counts.

use crate::formats::rollback::sql_routine::{frame_of, unquoted};
use crate::formats::rollback::sql_tokens::{Backslash, Sort, Token, tokens, unquoted_name};

/// Functions that put a text together.
pub(super) const MAKERS: &str = "CONCAT CONCAT_WS FORMAT IMMEDIATE REPLACE STRING_AGG";

/// Routines of databases and their extensions that run the text that they are given.
const RUNNERS: &[&str] = &[
    "create_job",
    "dblink",
    "dblink_exec",
    "dblink_send_query",
    "exec_ddl_statement",
    "execute_prepared_stmt",
    "run_command_on_shards",
    "run_command_on_workers",
    "schedule",
    "schedule_in_database",
    "sp_add_jobstep",
    "sp_executesql",
    "sp_msforeachdb",
    "sp_msforeachtable",
];

/// Whether a routine of this name runs the text that it is given.
pub(super) fn is_runner(name: &str) -> bool {
    RUNNERS.iter().any(|known| unquoted_name(name).eq_ignore_ascii_case(known))
}

/// Whether a text has the word that all have which run others. It is looked for by its rare letter.
pub(super) fn may_run_text(text: &str) -> bool {
    let bytes = text.as_bytes();
    memchr::memchr2_iter(b'x', b'X', bytes).any(|at| {
        let word = at.checked_sub(1).and_then(|start| bytes.get(start..start + 4));
        word.is_some_and(|word| word.eq_ignore_ascii_case(b"exec"))
    })
}

/// Whether a text is run here that need not be written out where it is run. Where a block is known to be one, `EXECUTE`
/// with a name runs what the name holds.
pub(super) fn runs_text(tokens: &[Token<'_>], in_block: bool) -> bool {
    tokens.iter().enumerate().any(|(at, token)| {
        let Some(next) = tokens.get(at + 1) else { return false };
        if token.is("PREPARE") {
            return tokens.get(at + 2).is_some_and(|from| from.is("FROM"));
        }
        if token.is_of("EXEC EXECUTE") {
            let is_text = next.is_symbol("(") || next.is_of(MAKERS) || next.sort == Sort::Text;
            let is_name = in_block && token.is("EXECUTE") && !next.is_of("FUNCTION ON PROCEDURE");
            return is_text || is_name && matches!(next.sort, Sort::Word | Sort::Name);
        }
        matches!(token.sort, Sort::Word | Sort::Name) && is_runner(token.text)
    })
}

/// What is lost by a text that statements keep in a variable.
pub(super) fn loss_assigned(tokens: &[Token<'_>]) -> Option<&'static str> {
    tokens.split(|token| token.is_symbol(";")).find_map(|statement| {
        let kept = kept(statement);
        loss_in(&together(statement, |at| kept[at]))
    })
}

/// What is lost by the texts of an expression.
pub(super) fn loss_of(expression: &[Token<'_>]) -> Option<&'static str> {
    loss_in(&together(expression, |_| true))
}

/// The texts of an expression as one, with a name in the place of what stands between them.
fn together(tokens: &[Token<'_>], is_meant: impl Fn(usize) -> bool) -> String {
    let mut all = String::new();
    let mut between = "";
    for (at, token) in tokens.iter().enumerate() {
        if let Some(text) = text_of(token).filter(|_| is_meant(at)) {
            all.push_str(between);
            all.push_str(&text);
            between = "";
        } else if token.sort != Sort::Symbol {
            between = " x ";
        } else if between.is_empty() && !matches!(token.text, "|" | "+") {
            between = " ";
        }
    }
    all
}

/// What stands in a string; MySQL has it in double quotes too, in which a name has no blanks.
fn text_of(token: &Token<'_>) -> Option<String> {
    match token.sort {
        Sort::Text if token.text.starts_with(['q', 'Q']) => {
            let inner = token.text.get(3..token.text.len().checked_sub(2)?)?;
            Some(inner.to_owned())
        }
        Sort::Text => unquoted(token.text),
        Sort::Name if token.text.starts_with('"') && token.text.contains(' ') => {
            Some(token.text.trim_matches('"').to_owned())
        }
        _ => None,
    }
}

/// Words that make what follows a value that is kept.
const KEEPS: &str = "DECLARE DEFAULT LET RETURN";

/// Words behind which a text is data, a message, or what another rule looks at.
const USES: &str = "
    ALTER CALL COMMENT CREATE DELETE EXEC EXECUTE IMMEDIATE INSERT MERGE PERFORM PRINT RAISE RAISERROR THROW UPDATE VALUES
";

/// Of each token of a statement whether a text there is kept in a variable, or selected to be run: the nearest word before
/// it decides.
fn kept(statement: &[Token<'_>]) -> Vec<bool> {
    let frame = frame_of(statement);
    let (mut is_kept, mut writes) = (false, false);
    let mut kept = Vec::with_capacity(statement.len());
    for (at, token) in statement.iter().enumerate() {
        let before = at.checked_sub(1).map(|before| &statement[before]);
        if token.is_symbol("=") && (before.is_some_and(|colon| colon.is_symbol(":")) || at == frame + 1) {
            // `v = '…'` of PL/pgSQL and `v := '…'`.
            is_kept |= before.is_some_and(|before| before.sort != Sort::Number);
        } else if token.is_of(KEEPS) {
            is_kept = true;
        } else if token.is("SELECT") {
            is_kept = !writes;
        } else if token.is("SET") {
            let is_variable = statement.get(at + 1).is_some_and(|name| name.text.starts_with('@'));
            is_kept = is_variable || before.is_none_or(|before| before.is_of("BEGIN DO ELSE LOOP THEN"));
        } else if token.is_of(USES) {
            is_kept = false;
            writes |= token.is_of("INSERT MERGE UPDATE");
        }
        kept.push(is_kept);
    }
    kept
}

/// What `DROP` loses; indexes, constraints and views could be made again.
const DROPS: &[(&str, &str)] = &[
    ("COLUMN", "DROP COLUMN"),
    ("DATABASE", "DROP DATABASE"),
    ("PARTITION", "DROP PARTITION"),
    ("SCHEMA", "DROP SCHEMA"),
    ("SUBPARTITION", "DROP SUBPARTITION"),
    ("TABLE", "DROP TABLE"),
    ("TABLESPACE", "DROP TABLESPACE"),
    ("USER", "DROP USER"),
];

/// The words of a text by which data is lost.
fn loss_in(text: &str) -> Option<&'static str> {
    match tokens(text, Backslash::Plain) {
        Ok(tokens) => {
            let words: Vec<&str> = tokens.iter().filter(|token| token.sort != Sort::Text).map(|t| t.text).collect();
            loss_of_words(&words)
        }
        // Quotes that another text closes.
        Err(_) => {
            let is_between = |c: char| !(c.is_alphanumeric() || matches!(c, '_' | '#' | '('));
            let words: Vec<&str> = text.split(is_between).filter(|word| !word.is_empty()).collect();
            loss_of_words(&words)
        }
    }
}

fn loss_of_words(words: &[&str]) -> Option<&'static str> {
    let is = |word: Option<&&str>, known: &str| word.is_some_and(|word| word.eq_ignore_ascii_case(known));
    words.iter().enumerate().find_map(|(at, word)| {
        let next = words.get(at + 1);
        if word.eq_ignore_ascii_case("DROP") {
            let name = if is(words.get(at + 2), "IF") { words.get(at + 4) } else { words.get(at + 2) };
            // A temporary table of SQL Server.
            let is_temporary = name.is_some_and(|name| name.starts_with('#'));
            return DROPS.iter().find(|(known, _)| is(next, known) && !is_temporary).map(|(_, drop)| *drop);
        }
        if word.eq_ignore_ascii_case("TRUNCATE") && !next.is_some_and(|next| next.starts_with('(')) {
            return Some("TRUNCATE");
        }
        if word.eq_ignore_ascii_case("DELETE") && is(next, "FROM") {
            return Some("DELETE FROM");
        }
        (word.eq_ignore_ascii_case("SET") && is(next, "UNUSED")).then_some("SET UNUSED")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<Token<'_>> {
        tokens(text, Backslash::Plain).expect("tokens")
    }

    #[track_caller]
    fn assigned(text: &str, expected: Option<&str>) {
        assert_eq!(loss_assigned(&read(text)), expected, "{text}");
    }

    #[test]
    fn a_text_that_is_kept_may_be_run() {
        assigned("SET @s = IF(@a > 0, 'ALTER TABLE users DROP COLUMN email', 'SELECT 1')", Some("DROP COLUMN"));
        assigned("SET @s = \"ALTER TABLE users DROP COLUMN email\"", Some("DROP COLUMN"));
        assigned("DECLARE @sql NVARCHAR(MAX) = N'DROP TABLE dbo.Users'", Some("DROP TABLE"));
        assigned("SELECT @sql += N'DROP TABLE ' + QUOTENAME(name) + ';' FROM sys.tables", Some("DROP TABLE"));
        assigned("DECLARE v text := 'TRUNCATE users'; BEGIN EXECUTE v; END", Some("TRUNCATE"));
        assigned("BEGIN IF a THEN v = 'DELETE FROM users'; END IF; END", Some("DELETE FROM"));
        assigned("v := 'ALTER TABLE ' || t || ' DROP ' || 'COLUMN email'", Some("DROP COLUMN"));
        assigned("v := q'[ALTER TABLE t SET UNUSED (c)]'", Some("SET UNUSED"));
        assigned("SET @s = CONCAT('ALTER TABLE [', @t, '] DROP PARTITION p1')", Some("DROP PARTITION"));
    }

    #[test]
    fn data_and_what_can_be_made_again_are_no_loss() {
        for text in [
            "SET @s = 'ALTER TABLE users DROP CONSTRAINT c'",
            "SET @s = 'DROP INDEX i ON a'",
            "SET @s = 'DROP TABLE IF EXISTS #old'",
            "SET @s = 'SELECT TRUNCATE(a, 2) FROM b'",
            "SET @s = 'SELECT ''DROP TABLE a'''",
            "INSERT INTO log VALUES ('DROP TABLE users')",
            "INSERT INTO log SELECT 'DROP TABLE users' FROM a",
            "UPDATE log SET what = 'DROP TABLE users'",
            "PRINT 'DROP TABLE users'",
            "EXEC log N'DROP TABLE users'",
        ] {
            assigned(text, None);
        }
    }

    #[test]
    fn texts_are_run_by_words_of_their_own() {
        for text in ["PREPARE s FROM @s", "EXEC(@sql)", "EXEC sys.sp_executesql @sql", "EXECUTE IMMEDIATE v"] {
            assert!(runs_text(&read(text), false), "{text}");
        }
        for text in ["EXEC dbo.p", "EXECUTE p", "PREPARE p AS SELECT 1", "GRANT EXECUTE ON p TO q", "SELECT 1"] {
            assert!(!runs_text(&read(text), false), "{text}");
        }
        assert!(runs_text(&read("BEGIN EXECUTE v; END"), true));
        assert!(may_run_text("a EXECUTE b") && may_run_text("Exec") && !may_run_text("xexe ec"));
    }
}
