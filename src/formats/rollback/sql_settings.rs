//! Settings of a session of SQL Server, which need no semicolon behind them.
//!
//! ```sql
//! SET NOCOUNT ON
//! DELETE FROM dbo.Users WHERE Id = 5
//! ```
//!
//! Source: the options of `SET` that are `ON` or `OFF` in the documentation of Transact-SQL.

use crate::formats::rollback::sql_cursor::Cursor;
use crate::formats::rollback::sql_split::{Form, Piece};
use crate::formats::rollback::sql_tokens::{Backslash, Token, tokens};

/// Options that are named at once: `SET QUOTED_IDENTIFIER, ANSI_NULLS ON`.
const MAX_OPTIONS: usize = 12;

/// How many tokens of a setting stand first: `SET NOCOUNT ON`. `None` where something else does.
pub(super) fn setting(tokens: &[Token<'_>]) -> Option<usize> {
    let mut cursor = Cursor::new(tokens);
    if !cursor.take("SET") {
        return None;
    }
    cursor.take("STATISTICS");
    if cursor.take("IDENTITY_INSERT") {
        cursor.name().ok()?;
    } else {
        for _ in 0..MAX_OPTIONS {
            // `ON DELETE SET NULL ON UPDATE CASCADE` is no setting.
            if cursor.peek().is_some_and(|token| token.is_of("NULL DEFAULT")) {
                return None;
            }
            cursor.part().ok()?;
            if !cursor.take_symbol(",") {
                break;
            }
        }
    }
    cursor.take_any(&["ON", "OFF"])?;
    Some(tokens.len() - cursor.rest().len())
}

/// How many tokens belong to the first of statements that need no semicolon: a setting, or a variable that is declared and
/// read for what runs then, as Alembic writes it. `None` where nothing tells.
pub(super) fn first_of_several(tokens: &[Token<'_>]) -> Option<usize> {
    if let Some(length) = setting(tokens) {
        return Some(length);
    }
    let is_variable = |at: usize| tokens.get(at).is_some_and(|token| token.text.starts_with('@'));
    let declares = tokens.first()?.is("DECLARE");
    if !(declares || tokens[0].is("SELECT")) || !is_variable(1) {
        return None;
    }
    let mut depth = 0_usize;
    (0..tokens.len()).skip(2).find(|&at| {
        let token = &tokens[at];
        if token.is_symbol("(") {
            depth += 1;
        } else if token.is_symbol(")") {
            depth = depth.saturating_sub(1);
        }
        let runs = token.is_of("EXEC EXECUTE") && tokens.get(at + 1).is_some_and(|next| next.is_symbol("("));
        depth == 0 && (runs || declares && token.is("SELECT") && is_variable(at + 1))
    })
}

/// Whether a setting ends directly before `at`.
pub(super) fn ends_before(tokens: &[Token<'_>], at: usize) -> bool {
    let is_value = at > 0 && tokens[at - 1].is_of("ON OFF");
    let first = at.saturating_sub(2 * MAX_OPTIONS + 2);
    is_value && (first..at).any(|start| tokens[start].is("SET") && setting(&tokens[start..at]) == Some(at - start))
}

/// The pieces of a script, with each setting as a piece of its own.
pub(super) fn apart(pieces: Vec<Piece<'_>>) -> Vec<Piece<'_>> {
    let mut out = Vec::with_capacity(pieces.len());
    for mut piece in pieces {
        let starts = if piece.form != Form::Plain { Vec::new() } else { starts(piece.text) };
        let mut cut = 0;
        for start in starts {
            let (first, rest) = piece.cut(start - cut);
            out.push(first);
            (piece, cut) = (rest, start);
        }
        out.push(piece);
    }
    out
}

/// Statements that a setting may follow.
const FOLLOWED: &str = "DECLARE DELETE EXEC EXECUTE INSERT MERGE PRINT SELECT TRUNCATE UPDATE USE";

/// Bytes of such a statement.
const MAX_FOLLOWED: usize = 64 * 1024;

/// Where the statements start behind settings, and settings behind statements.
fn starts(text: &str) -> Vec<usize> {
    // Most pieces are something else, and some are very long.
    let word = text.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or("");
    let is_known = |known: &str| word.eq_ignore_ascii_case(known);
    let may_go_on = is_known("SET") || text.len() <= MAX_FOLLOWED && FOLLOWED.split(' ').any(is_known);
    if !may_go_on {
        return Vec::new();
    }
    let Ok(tokens) = tokens(text, Backslash::Plain) else { return Vec::new() };
    let mut starts = Vec::new();
    let mut at = 0;
    while let Some(length) = length(&tokens[at..]).filter(|length| at + length < tokens.len()) {
        at += length;
        starts.push(tokens[at].text.as_ptr() as usize - text.as_ptr() as usize);
    }
    starts
}

/// How many tokens belong to a setting, or to a statement that a setting follows.
fn length(tokens: &[Token<'_>]) -> Option<usize> {
    let first = tokens.first()?;
    if first.is("SET") {
        return setting(tokens);
    }
    let follows = |at: &usize| tokens[*at].is("SET") && setting(&tokens[*at..]).is_some();
    (1..tokens.len()).find(follows).filter(|_| first.is_of(FOLLOWED))
}

#[cfg(test)]
mod tests {
    use super::super::sql_split::split;
    use super::apart;

    #[track_caller]
    fn check(text: &str, expected: &[(u64, &str)]) {
        let pieces: Vec<(u64, &str)> = apart(split(text)).into_iter().map(|piece| (piece.line, piece.text)).collect();
        assert_eq!(pieces, expected);
    }

    #[test]
    fn what_follows_a_setting_is_a_statement() {
        check("SET NOCOUNT ON\n\nDELETE FROM a\nGO", &[(1, "SET NOCOUNT ON"), (3, "DELETE FROM a")]);
        check(
            "set nocount on set xact_abort on\nset identity_insert [dbo].[a] off drop table a;",
            &[
                (1, "set nocount on"),
                (1, "set xact_abort on"),
                (2, "set identity_insert [dbo].[a] off"),
                (2, "drop table a"),
            ],
        );
        check("SET STATISTICS IO, TIME ON DROP TABLE x", &[(1, "SET STATISTICS IO, TIME ON"), (1, "DROP TABLE x")]);
    }

    #[test]
    fn a_setting_behind_a_statement_is_one_as_well() {
        check(
            "SET IDENTITY_INSERT a ON\nINSERT INTO a VALUES (1)\nSET IDENTITY_INSERT a OFF DELETE FROM b",
            &[
                (1, "SET IDENTITY_INSERT a ON"),
                (2, "INSERT INTO a VALUES (1)"),
                (3, "SET IDENTITY_INSERT a OFF"),
                (3, "DELETE FROM b"),
            ],
        );
        check("UPDATE a SET b = 1", &[(1, "UPDATE a SET b = 1")]);
    }

    #[test]
    fn what_is_no_setting_stays() {
        for text in ["SET autocommit = ON", "SET a TO ON DROP", "SET NULL ON UPDATE CASCADE", "SET NOCOUNT ON"] {
            check(text, &[(1, text)]);
        }
    }
}
