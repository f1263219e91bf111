//! Statements of SQL Server that no semicolon ends, taken apart at the ends of their lines.
//!
//! ```sql
//! IF object_id(N'[dbo].[FK_Trays_Printers]', N'F') IS NOT NULL
//!     ALTER TABLE [dbo].[Trays] DROP CONSTRAINT [FK_Trays_Printers]
//! DELETE [dbo].[__MigrationHistory]
//! WHERE [MigrationId] = N'202603010000_AddTrays'
//! ```
//!
//! Entity Framework 6 writes its scripts like this, and Prisma the frame of a migration for SQL Server.
//! A part is cut off where a line starts with the word of a statement and all before it can be read as one.

use crate::formats::rollback::sql_condition::{condition, of_condition};
use crate::formats::rollback::sql_effect::{effect, of_statement};
use crate::formats::rollback::sql_split::{Form, Piece};
use crate::formats::rollback::sql_tokens::{Backslash, Token, is_one_of, tokens};

/// Words that start a statement.
const STARTS: &str = "
    ALTER BEGIN COMMIT CREATE DECLARE DELETE DENY DROP END EXEC EXECUTE GRANT IF INSERT MERGE PRINT RAISERROR REVOKE ROLLBACK
    SELECT SET THROW TRUNCATE UPDATE USE WHILE
";

/// Those of them behind which others stand in what can be read as a whole.
const FRAMES: &str = "END IF PRINT RAISERROR THROW";

/// Bytes of a piece that is looked at.
const MAX_PIECE: usize = 64 * 1024;

/// Lines of a piece that may start a statement.
const MAX_LINES: usize = 256;

/// The pieces of a script, with each statement as a piece of its own.
pub(super) fn lines_apart(pieces: Vec<Piece<'_>>) -> Vec<Piece<'_>> {
    let mut out = Vec::with_capacity(pieces.len());
    for mut piece in pieces {
        let mut cut = 0;
        for start in starts(&piece) {
            let (first, rest) = piece.cut(start - cut);
            out.push(first);
            (piece, cut) = (rest, start);
        }
        out.push(piece);
    }
    out
}

/// Where the statements of a piece start, but for the first.
fn starts(piece: &Piece<'_>) -> Vec<usize> {
    let text = piece.text;
    let word = |line: &str| line.trim_start().split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or("").to_owned();
    let goes_on = |line: &str| is_one_of(&word(line), STARTS);
    let is_plain = piece.form == Form::Plain && text.len() <= MAX_PIECE && goes_on(text);
    if !is_plain || !text.lines().skip(1).any(goes_on) || !is_one_of(&word(text), FRAMES) && effect(text).is_ok() {
        return Vec::new();
    }
    let Ok(tokens) = tokens(text, Backslash::Plain) else { return Vec::new() };
    let mut starts = Vec::new();
    let mut first = 0;
    let lines = lines(text, &tokens);
    if lines.len() > MAX_LINES {
        return Vec::new();
    }
    for at in lines {
        if is_statement(&tokens[first..at]) {
            starts.push(offset(text, &tokens[at]));
            first = at;
        }
    }
    starts
}

fn offset(text: &str, token: &Token<'_>) -> usize {
    token.text.as_ptr() as usize - text.as_ptr() as usize
}

/// The tokens outside of parentheses that stand first in their line and may start a statement.
fn lines(text: &str, tokens: &[Token<'_>]) -> Vec<usize> {
    let mut depth = 0_usize;
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        if token.is_symbol("(") {
            depth += 1;
        } else if token.is_symbol(")") {
            depth = depth.saturating_sub(1);
        }
        let Some(before) = at.checked_sub(1).map(|before| &tokens[before]) else { continue };
        let between = &text[offset(text, before) + before.text.len()..offset(text, token)];
        if depth == 0 && between.contains('\n') && token.is_of(STARTS) {
            found.push(at);
        }
    }
    found
}

/// Whether this is one statement, or the first of a block under a condition with all before it.
fn is_statement(part: &[Token<'_>]) -> bool {
    let count = |word: &str| part.iter().filter(|token| token.is(word)).count();
    // Where a block is cut behind its first word, the rest of it is none.
    let is_open = count("CASE") > count("END") || part.len() == 1 && count("BEGIN") == 1;
    if is_open {
        return false;
    }
    if let [end, other, begin, inner @ ..] = part
        && end.is("END")
        && other.is("ELSE")
        && begin.is("BEGIN")
    {
        return of_statement(inner).is_ok();
    }
    if !part.first().is_some_and(|first| first.is("IF")) {
        return of_statement(part).is_ok();
    }
    match condition(part) {
        Some(at) if part[at].is("BEGIN") => {
            let inner = &part[at + 1..];
            let is_one = inner.first().is_some_and(|first| !first.is_of("BEGIN IF WHILE"));
            of_condition(part).is_some() || is_one && of_statement(inner).is_ok()
        }
        Some(_) => of_condition(part).is_some(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::sql_split::split;
    use super::lines_apart;

    #[track_caller]
    fn check(text: &str, expected: &[(u64, &str)]) {
        let pieces = lines_apart(split(text));
        let pieces: Vec<(u64, &str)> = pieces.into_iter().map(|piece| (piece.line, piece.text)).collect();
        assert_eq!(pieces, expected);
    }

    #[test]
    fn statements_end_with_their_line() {
        check(
            "IF object_id(N'a', N'F') IS NOT NULL\n    ALTER TABLE a DROP CONSTRAINT b\nDROP INDEX i ON a\nDELETE b\nWHERE c = 1",
            &[
                (1, "IF object_id(N'a', N'F') IS NOT NULL\n    ALTER TABLE a DROP CONSTRAINT b"),
                (3, "DROP INDEX i ON a"),
                (4, "DELETE b\nWHERE c = 1"),
            ],
        );
        check(
            "END\nELSE\nBEGIN\n  DROP VIEW v\nEND\nDROP VIEW w",
            &[(1, "END\nELSE\nBEGIN\n  DROP VIEW v"), (5, "END"), (6, "DROP VIEW w")],
        );
        check("BEGIN TRY\n\nBEGIN TRAN;", &[(1, "BEGIN TRY"), (3, "BEGIN TRAN")]);
        check(
            "END TRY\nBEGIN CATCH\nIF @@TRANCOUNT > 0\nBEGIN\n    ROLLBACK TRAN;\nEND;\nTHROW\nEND CATCH",
            &[
                (1, "END TRY"),
                (2, "BEGIN CATCH"),
                (3, "IF @@TRANCOUNT > 0\nBEGIN\n    ROLLBACK TRAN"),
                (6, "END"),
                (7, "THROW"),
                (8, "END CATCH"),
            ],
        );
        check(
            "IF @a = 1\nBEGIN\n  DROP INDEX i ON a\n  DROP VIEW v\nEND\nDROP VIEW w",
            &[(1, "IF @a = 1\nBEGIN\n  DROP INDEX i ON a"), (4, "DROP VIEW v"), (5, "END"), (6, "DROP VIEW w")],
        );
    }

    #[test]
    fn one_statement_stays_whole() {
        for text in [
            "UPDATE a\nSET b = 1\nWHERE c = 2",
            "INSERT INTO a\nSELECT * FROM b",
            "MERGE INTO a USING b ON a.c = b.c\nWHEN MATCHED THEN\nUPDATE SET d = 1",
            "CREATE VIEW v AS\nSELECT 1",
            "ALTER TABLE a\nDROP COLUMN b",
            "IF @a = 1\nUPDATE a\nSET b = 1",
            "DROP THE\nDROP TABLE a",
            "BEGIN\n  DELETE FROM a;\n  DELETE FROM b;\nEND",
            "UPDATE a SET b = CASE c\nWHEN 1 THEN 2\nEND\nWHERE d = 1 DROP",
        ] {
            check(text, &[(1, text)]);
        }
    }
}
