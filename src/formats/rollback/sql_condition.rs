//! What a statement of SQL Server does under a condition that has no block, or one that ends with it.
//!
//! ```sql
//! IF OBJECT_ID(N'dbo.Printers_Old') IS NOT NULL DROP VIEW dbo.Printers_Old
//! ELSE PRINT N'nothing to drop'
//! ```
//!
//! Source: `IF … ELSE` in the documentation of Transact-SQL.

use crate::formats::rollback::sql_block::{destroying_word, end_of_block};
use crate::formats::rollback::sql_effect::{Effect, of_statement, statements};
use crate::formats::rollback::sql_tokens::{Sort, Token};

/// Words that start a statement under a condition.
const STATEMENTS: &str = "
    ALTER COMMIT CREATE DELETE DENY DROP EXEC EXECUTE GRANT INSERT MERGE PRINT RAISERROR RETURN REVOKE ROLLBACK SELECT SET
    THROW TRUNCATE UPDATE
";

/// Words after which something of the condition stands.
const OPEN: &str = "AND BETWEEN IN IS LIKE NOT OR";

/// How many tokens the condition at the start has, with `IF`; `None` where no statement or block follows it.
pub(super) fn condition(tokens: &[Token<'_>]) -> Option<usize> {
    tokens.first().filter(|first| first.is("IF"))?;
    let mut depth = 0_usize;
    for at in 1..tokens.len() {
        let (before, token) = (&tokens[at - 1], &tokens[at]);
        if token.is_symbol("(") {
            depth += 1;
        } else if token.is_symbol(")") {
            depth = depth.checked_sub(1)?;
        }
        if depth > 0 || token.sort != Sort::Word {
            continue;
        }
        if token.is_of("THEN ELSE CASE IF END") {
            return None;
        }
        // `UPDATE(column)` is a condition of a trigger.
        let is_call = token.is("UPDATE") && tokens.get(at + 1).is_some_and(|next| next.is_symbol("("));
        if token.is("BEGIN") || token.is_of(STATEMENTS) && !is_call {
            let is_open = at == 1 || before.is_of(OPEN) || before.sort == Sort::Symbol && !before.is_symbol(")");
            let is_known = destroying_word(&tokens[1..at]).is_none()
                && !tokens[1..at].iter().any(|token| token.is_of("CALL EXEC EXECUTE"));
            return (!is_open && is_known).then_some(at);
        }
    }
    None
}

/// The worst of what a statement with `IF` runs; `None` where its parts are not known apart.
pub(super) fn of_condition(statement: &[Token<'_>]) -> Option<Effect> {
    let mut rest = statement;
    let mut worst = Effect::Frame;
    loop {
        if rest.first()?.is("IF") {
            rest = &rest[condition(rest)?..];
        }
        let length = length_of_branch(rest)?;
        worst = worst.max(of_branch(&rest[..length])?);
        match &rest[length..] {
            [] => return Some(worst),
            [other, after @ ..] if other.is("ELSE") && !after.is_empty() => rest = after,
            _ => return None,
        }
    }
}

/// How many tokens belong to what is run under a condition, up to `ELSE` or the end.
fn length_of_branch(rest: &[Token<'_>]) -> Option<usize> {
    if rest.first()?.is("BEGIN") {
        return end_of_block(rest);
    }
    let mut depth = 0_usize;
    for (at, token) in rest.iter().enumerate() {
        if token.is_symbol("(") {
            depth += 1;
        } else if token.is_symbol(")") {
            depth = depth.checked_sub(1)?;
        } else if depth == 0 && token.is("CASE") {
            return None;
        } else if depth == 0 && token.is("ELSE") {
            return Some(at);
        }
    }
    Some(rest.len())
}

fn of_branch(branch: &[Token<'_>]) -> Option<Effect> {
    let inner = match branch {
        [begin, inner @ .., end] if begin.is("BEGIN") && end.is("END") => inner,
        other => other,
    };
    let mut worst = Effect::Frame;
    for statement in statements(inner) {
        // What holds others again is left to its words, so that nothing gets deeper.
        if statement.first()?.is_of("BEGIN CASE IF WHILE") {
            return None;
        }
        worst = worst.max(of_statement(statement).ok()?);
    }
    Some(worst)
}
