//! What SQL statements do to data that hold other statements.

use crate::formats::rollback::sql_condition::of_condition;
use crate::formats::rollback::sql_cursor::shown;
use crate::formats::rollback::sql_effect::Effect;
use crate::formats::rollback::sql_execute::of_run;
use crate::formats::rollback::sql_routine::of_parts;
use crate::formats::rollback::sql_tokens::{Sort, Token};
use crate::source::json::shorten;

/// How many blocks are open.
#[derive(Default)]
pub(super) struct Depth(pub(super) usize);

impl Depth {
    /// Counts the token at `at`.
    pub(super) fn count(&mut self, tokens: &[Token<'_>], at: usize) {
        let after = tokens.get(at + 1);
        let token = &tokens[at];
        let is_first = |word: &str| tokens.first().is_some_and(|first| first.is(word));
        if token.is_of("BEGIN CASE") {
            // `END CASE` closes what `CASE` opened.
            let closes = at > 0 && tokens[at - 1].is("END") && token.is("CASE");
            self.0 += usize::from(!closes);
        } else if token.is("THEN") && is_first("IF") && self.0 == 0 {
            self.0 += 1;
        } else if token.is("END") {
            // `END IF` ends what has a word of its own, but behind a condition of SQL Server another one may start.
            let is_inner = after.is_some_and(|after| after.is_of("IF LOOP WHILE REPEAT"));
            let closes = !is_inner || self.0 == 1 && !is_first("BEGIN");
            self.0 = self.0.saturating_sub(usize::from(closes));
        }
    }
}

/// Words that start the statements in a block.
const INNER: &str = "
    ALTER BEGIN CALL COMMIT CREATE DECLARE DELETE DROP EXEC EXECUTE INSERT MERGE NULL PRINT RAISE RAISERROR RETURN
    ROLLBACK SELECT SET THROW TRUNCATE UPDATE WITH
";

pub(super) const PART_OF_A_BLOCK: &str = "expected a whole block, found a part of it";

/// What a condition, a loop or a block does: by its statements where they are known apart, otherwise by its words.
pub(super) fn of_block(statement: &[Token<'_>]) -> Result<Effect, String> {
    let begins = statement.first().is_some_and(|token| token.is("BEGIN"));
    if begins && !is_block(statement) {
        return Err(PART_OF_A_BLOCK.to_owned());
    }
    if begins {
        return Ok(of_parts(statement));
    }
    if let Some(effect) = of_condition(statement) {
        return Ok(effect);
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
pub(super) fn is_block(tokens: &[Token<'_>]) -> bool {
    end_of_block(tokens).is_some_and(|end| match &tokens[end..] {
        [] => true,
        [last] => last.is_symbol(";") || last.sort != Sort::Symbol,
        _ => false,
    })
}

/// How many tokens belong to the block that starts here, with its `END`.
pub(super) fn end_of_block(tokens: &[Token<'_>]) -> Option<usize> {
    let mut depth = Depth::default();
    for at in 0..tokens.len() {
        depth.count(tokens, at);
        if depth.0 == 0 {
            return Some(at + 1);
        }
    }
    None
}

/// What stands inside of a statement may be any statement.
pub(super) fn of_inside(tokens: &[Token<'_>]) -> Effect {
    if let Some(word) = destroying_word(tokens) {
        return Effect::Destroys(format!("does {word} inside of another statement"));
    }
    let unknown = || Effect::Remark(format!("what `{}` does is not known", shorten(&shown(tokens))));
    let called = tokens.windows(2).enumerate().filter(|(_, pair)| {
        pair[0].is_of("CALL EXEC EXECUTE") && (pair[1].sort != Sort::Symbol || pair[1].text == "(")
    });
    let mut worst = Effect::Harmless;
    let mut is_known = true;
    for (at, _) in called {
        match of_run(&tokens[at + 1..]) {
            Some(effect) => worst = worst.max(effect),
            None => is_known = false,
        }
    }
    if is_known { worst } else { worst.max(unknown()) }
}

/// Words that stand for the loss of data.
pub(super) const DESTROYING: &str = "DROP TRUNCATE DELETE OVERWRITE MODIFY ALTER DO";

/// The first word outside of quotes that stands for the loss of data.
pub(super) fn destroying_word(tokens: &[Token<'_>]) -> Option<String> {
    tokens.iter().find(|token| token.is_of(DESTROYING)).map(|token| token.text.to_ascii_uppercase())
}
