//! Statements that a script of SQL Server runs under a condition, taken out of it.
//!
//! ```sql
//! IF EXISTS (SELECT * FROM [__EFMigrationsHistory] WHERE [MigrationId] = N'20260301_AddEmail')
//! BEGIN
//!     ALTER TABLE [Users] DROP COLUMN [Email];
//! END;
//! ```
//!
//! What they may do is what they do without the condition. `dotnet ef migrations script --idempotent` writes all of a
//! script like this.

use crate::formats::rollback::sql_block::{Depth, destroying_word};
use crate::formats::rollback::sql_split::Piece;
use crate::formats::rollback::sql_tokens::{Backslash, Token, tokens};

/// Conditions that stand one in the other before one statement. Each is looked for in all that follows.
const MAX_AT_ONCE: usize = 8;

/// The pieces of a script, without conditions around whole statements and without the ends of these.
/// A condition without such an end stays where it is.
pub(super) fn unguarded(pieces: Vec<Piece<'_>>) -> Vec<Piece<'_>> {
    let mut out: Vec<Option<Piece<'_>>> = Vec::new();
    // The conditions that are open: what they guard first, and their piece as it was.
    let mut open: Vec<(usize, Piece<'_>)> = Vec::new();
    for piece in pieces {
        if !open.is_empty() && piece.text.eq_ignore_ascii_case("end") {
            open.pop();
            continue;
        }
        let mut inner = piece;
        if let Some(at) = alternative(inner.text).filter(|_| !open.is_empty()) {
            inner = inner.rest(at);
        }
        // `IF … DROP VIEW v; ELSE DROP VIEW w;` has no block around either.
        let after_condition = out.last().is_some_and(|last| last.is_some_and(|last| starts_with(last.text, "if")));
        if after_condition && starts_with(inner.text, "else") {
            let rest = inner.text["else".len()..].trim_start();
            inner = inner.rest(inner.text.len() - rest.len());
        }
        for _ in 0..MAX_AT_ONCE {
            let Some(at) = guard(inner.text) else { break };
            open.push((out.len(), inner));
            inner = inner.rest(at);
        }
        out.push(Some(inner));
    }
    // Of several in one piece the outermost holds all of it.
    for (at, piece) in open.into_iter().rev() {
        out[at] = Some(piece);
    }
    out.into_iter().flatten().collect()
}

/// Whether a text starts with this word, and something follows it.
fn starts_with(text: &str, word: &str) -> bool {
    text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
        && text[word.len()..].starts_with(char::is_whitespace)
        && !text[word.len()..].trim_start().is_empty()
}

/// Where a token of a text starts in it.
fn start(text: &str, token: &Token<'_>) -> usize {
    token.text.as_ptr() as usize - text.as_ptr() as usize
}

/// Where the statement starts behind `END ELSE BEGIN`; `None` where a text begins with something else.
fn alternative(text: &str) -> Option<usize> {
    text.get(..3).filter(|word| word.eq_ignore_ascii_case("end"))?;
    match &tokens(text, Backslash::Plain).ok()?[..] {
        [end, other, begin, first, ..] if end.is("END") && other.is("ELSE") && begin.is("BEGIN") => {
            Some(start(text, first))
        }
        _ => None,
    }
}

/// Where the statement starts behind `IF … BEGIN`; `None` where a text does not begin with a condition and the start of
/// a block that goes on behind its end.
fn guard(text: &str) -> Option<usize> {
    // Most pieces are something else, and some are very long.
    text.get(..2).filter(|word| word.eq_ignore_ascii_case("if"))?;
    let tokens = tokens(text, Backslash::Plain).ok()?;
    tokens.first().filter(|first| first.is("IF"))?;
    let begin = begin(&tokens)?;
    let (condition, block) = (&tokens[1..begin], &tokens[begin..]);
    let is_known = !condition.is_empty()
        && destroying_word(condition).is_none()
        && !condition.iter().any(|token| token.is_of("CALL EXEC EXECUTE BEGIN"));
    let first = block.get(1).filter(|first| !first.is_of("TRAN TRANSACTION TRY CATCH WORK DISTRIBUTED"))?;
    let mut depth = Depth::default();
    let closes = (0..block.len()).any(|at| {
        depth.count(block, at);
        depth.0 == 0
    });
    (is_known && !closes).then(|| start(text, first))
}

/// The first `BEGIN` outside of parentheses.
fn begin(tokens: &[Token<'_>]) -> Option<usize> {
    let mut depth = 0_usize;
    tokens.iter().position(|token| {
        if token.is_symbol("(") {
            depth += 1;
        } else if token.is_symbol(")") {
            depth = depth.saturating_sub(1);
        }
        depth == 0 && token.is("BEGIN")
    })
}

#[cfg(test)]
mod tests {
    use super::super::sql_split::split;
    use super::unguarded;

    #[track_caller]
    fn check(text: &str, expected: &[(u64, &str)]) {
        let pieces = unguarded(split(text));
        let pieces: Vec<(u64, &str)> = pieces.into_iter().map(|piece| (piece.line, piece.text)).collect();
        assert_eq!(pieces, expected);
    }

    #[test]
    fn a_condition_around_statements_is_taken_off() {
        check(
            "IF EXISTS (SELECT * FROM h WHERE id = N'BEGIN')\nBEGIN\n    DROP TABLE a;\n    DROP VIEW b;\nEND;\nGO\nDROP TABLE c;",
            &[(3, "DROP TABLE a"), (4, "DROP VIEW b"), (7, "DROP TABLE c")],
        );
        check(
            "if @a > 1 begin\nif @b > 1 begin drop table a; end;\ndrop view b; end",
            &[(2, "drop table a"), (3, "drop view b")],
        );
        check(
            "IF a = 1 BEGIN\nDROP TABLE a; END\nELSE BEGIN\nDROP TABLE b; END",
            &[(2, "DROP TABLE a"), (4, "DROP TABLE b")],
        );
    }

    #[test]
    fn what_is_run_otherwise_stands_apart() {
        check("IF a = 1 DROP VIEW v;\nELSE DROP TABLE b;", &[(1, "IF a = 1 DROP VIEW v"), (2, "DROP TABLE b")]);
        check("DROP VIEW v; ELSE DROP TABLE b;", &[(1, "DROP VIEW v"), (1, "ELSE DROP TABLE b")]);
    }

    #[test]
    fn what_is_no_such_condition_stays() {
        for text in [
            "IF EXISTS (SELECT 1) BEGIN DROP TABLE a END",
            "IF EXISTS (SELECT 1) DROP TABLE a",
            "IF EXISTS (SELECT 1) BEGIN TRANSACTION",
            "IF 1 = (EXEC p) BEGIN DROP TABLE a",
            "IF EXISTS (SELECT 1) BEGIN",
            "IF a BEGIN DROP TABLE a",
        ] {
            check(text, &[(1, text)]);
        }
        check("IF a BEGIN IF b BEGIN DROP TABLE a; END", &[(1, "IF a BEGIN IF b BEGIN DROP TABLE a")]);
        check("END ELSE BEGIN DROP TABLE b; END", &[(1, "END ELSE BEGIN DROP TABLE b"), (1, "END")]);
        check("DROP TABLE a; END", &[(1, "DROP TABLE a"), (1, "END")]);
    }
}
