//! What a SQL statement does that runs another one: by its text, where it is written out.

use crate::formats::rollback::sql_block::{PART_OF_A_BLOCK, is_block};
use crate::formats::rollback::sql_cursor::{Cursor, is_alone, shown};
use crate::formats::rollback::sql_dynamic::{MAKERS, loss_of};
use crate::formats::rollback::sql_effect::{Effect, effect};
use crate::formats::rollback::sql_routine::{of_parts, unquoted};
use crate::formats::rollback::sql_tokens::{Backslash, Sort, Token, tokens, unquoted_name};
use crate::source::json::shorten;

/// `CALL`, `EXECUTE` and `EXEC`, by what stands behind that word.
pub(super) fn of_execute(word: &str, cursor: &Cursor<'_, '_>, statement: &[Token<'_>]) -> Result<Effect, String> {
    if cursor.is_at_end() {
        return cursor.expected("a name");
    }
    is_alone(statement)?;
    let called = cursor.rest().iter().take_while(|token| token.sort != Sort::Text);
    if let Some(shell) =
        called.map(|token| unquoted_name(token.text)).find(|name| name.eq_ignore_ascii_case("xp_cmdshell"))
    {
        return Err(format!("a command of the system is run by `{shell}`"));
    }
    let word = if word == "EXEC" { "EXECUTE" } else { word };
    let unknown = || {
        let call = format!("{word} {}", shown(cursor.rest()));
        Effect::Remark(format!("what `{}` does is not known", shorten(&call)))
    };
    Ok(of_written(cursor.rest()).unwrap_or_else(unknown))
}

/// `DO` of PostgreSQL does what stands in its block: `DO $$ BEGIN … END $$`.
pub(super) fn of_do(cursor: &mut Cursor<'_, '_>) -> Result<Effect, String> {
    let language = |cursor: &mut Cursor<'_, '_>| !cursor.take("LANGUAGE") || cursor.take("plpgsql");
    let is_known = language(cursor);
    let body =
        cursor.next().filter(|token| is_known && token.sort == Sort::Text).and_then(|token| unquoted(token.text));
    let (Some(body), true) = (body, language(cursor)) else { return cursor.expected("a block of plpgsql") };
    cursor.end()?;
    let block = tokens(&body, Backslash::Plain)?;
    // One in the other could be of any depth.
    if block.windows(2).any(|pair| pair[0].is("DO") && (pair[1].sort == Sort::Text || pair[1].is("LANGUAGE"))) {
        return Err("expected a block without others, found `DO`".to_owned());
    }
    let begin = block.iter().position(|token| token.is("BEGIN"));
    match (block.first(), begin) {
        (Some(first), Some(begin)) if first.is_of("BEGIN DECLARE") && is_block(&block[begin..]) => Ok(of_parts(&block)),
        _ => Err(PART_OF_A_BLOCK.to_owned()),
    }
}

/// `PREPARE … FROM` of MySQL runs nothing; what is written out there is prepared to be run.
pub(super) fn of_prepared(cursor: &mut Cursor<'_, '_>) -> Result<Effect, String> {
    let Some(token) = cursor.next() else { return cursor.expected("a statement") };
    cursor.end()?;
    match token.sort {
        Sort::Word if token.text.starts_with('@') => Ok(Effect::Harmless),
        Sort::Text | Sort::Name => {
            let text = literal(token).ok_or("expected a statement that is written out")?;
            effect(&text).map(|effect| effect.max(Effect::Harmless))
        }
        _ => Err(format!("expected a statement, found `{}`", token.text)),
    }
}

/// Tokens of such a statement that are looked at.
const MAX_RUN: usize = 256;

/// The effect of what is run inside of another statement, where it is written out; these tokens follow `EXECUTE`.
pub(super) fn of_run(tokens: &[Token<'_>]) -> Option<Effect> {
    let tokens = &tokens[..tokens.len().min(MAX_RUN)];
    let mut cursor = Cursor::new(tokens);
    if cursor.peek().is_some_and(|token| token.is_symbol("(")) {
        cursor.group().ok()?;
    } else {
        cursor.up_to(|token| token.is_symbol(";") || token.is_of("END ELSE")).ok()?;
    }
    of_written(&tokens[..tokens.len() - cursor.rest().len()])
}

fn of_written(tokens: &[Token<'_>]) -> Option<Effect> {
    let Some(text) = written_out(tokens) else { return of_parts_of_text(tokens) };
    match effect(&text).ok()? {
        Effect::Frame => Some(Effect::Harmless),
        effect => Some(effect),
    }
}

/// How statements start that lose data, whatever follows.
const LOSS: &[&str] = &["DELETE FROM ", "DROP DATABASE ", "DROP SCHEMA ", "DROP TABLE ", "TRUNCATE ", "DELETE "];

/// The effect of a text that is put together when it runs: by its start (`'DROP TABLE ' || name`), or by what stands in it
/// (`'ALTER TABLE ' || name || ' DROP COLUMN email'`).
fn of_parts_of_text(tokens: &[Token<'_>]) -> Option<Effect> {
    // What else follows is the name of what is called, and texts are arguments.
    let is_joined = tokens.get(1).is_some_and(|sign| matches!(sign.text, "|" | "+"));
    tokens
        .first()
        .filter(|first| first.is_symbol("(") || first.is_of(MAKERS) || first.sort == Sort::Text || is_joined)?;
    let end = tokens.iter().position(|token| token.is_of("INTO USING")).unwrap_or(tokens.len());
    let tokens = &tokens[..end];
    of_start(tokens).or_else(|| loss_of(tokens).map(|loss| Effect::Destroys(format!("runs a statement with {loss}"))))
}

fn of_start(tokens: &[Token<'_>]) -> Option<Effect> {
    let text = literal(tokens.iter().find(|token| token.sort == Sort::Text)?)?;
    let words = text.split_ascii_whitespace().take(3).collect::<Vec<_>>().join(" ") + " ";
    let is_start = |loss: &&&str| words.get(..loss.len()).is_some_and(|start| start.eq_ignore_ascii_case(loss));
    let loss = LOSS.iter().find(is_start)?.trim_end();
    Some(Effect::Destroys(format!("runs a statement that starts with {loss}")))
}

/// The text that is run: `('…')` of SQL Server, `IMMEDIATE '…'` of Oracle and others, `'…'` of PL/pgSQL,
/// `sp_executesql N'…'`, be it with parameters. `None` where it is put together when it runs, or something else is called.
fn written_out(tokens: &[Token<'_>]) -> Option<String> {
    let mut cursor = Cursor::new(tokens);
    if cursor.peek()?.is_symbol("(") {
        let mut inner = Cursor::new(cursor.group().ok()?);
        let text = literals(&mut inner)?;
        return (inner.is_at_end() && cursor.is_at_end()).then_some(text);
    }
    let is_text = cursor.peek()?.sort == Sort::Text;
    if cursor.take("IMMEDIATE") || is_text {
        let text = literals(&mut cursor)?;
        return cursor.peek().is_none_or(|token| token.is_of("USING INTO BULK RETURNING")).then_some(text);
    }
    let name = cursor.name().ok()?;
    let last = name.rsplit('.').next()?.trim_matches(|c| matches!(c, '"' | '[' | ']'));
    if !last.eq_ignore_ascii_case("sp_executesql") {
        return None;
    }
    if cursor.take_any(&["@stmt", "@statement"]).is_some() && !cursor.take_symbol("=") {
        return None;
    }
    let text = literals(&mut cursor)?;
    cursor.peek().is_none_or(|token| token.is_symbol(",")).then_some(text)
}

/// Strings, put together with `+` or `||`.
fn literals(cursor: &mut Cursor<'_, '_>) -> Option<String> {
    let mut text = literal(cursor.next()?)?;
    loop {
        if cursor.take_symbol("|") {
            cursor.take_symbol("|").then_some(())?;
        } else if !cursor.take_symbol("+") {
            return Some(text);
        }
        text.push_str(&literal(cursor.next()?)?);
    }
}

/// What stands in a string. One without doubled quotes holds no string of its own kind, so that strings in strings get
/// shorter by half.
fn literal(token: &Token<'_>) -> Option<String> {
    let text = token.text;
    if text.contains('\\') {
        return None;
    }
    match token.sort {
        // MySQL, BigQuery, and SQL Server where its option says so.
        Sort::Name => Some(text.strip_prefix('"')?.strip_suffix('"')?.replace("\"\"", "\"")),
        Sort::Text if text.starts_with('$') => {
            let tag = text[1..].find('$')? + 2;
            text.get(tag..text.len().checked_sub(tag)?).filter(|inner| !inner.contains('$')).map(str::to_owned)
        }
        Sort::Text => {
            let quoted = text.strip_prefix(['N', 'n', 'E', 'e']).unwrap_or(text);
            if let Some(other) = quoted.strip_prefix(['q', 'Q']) {
                let inner = other.strip_prefix('\'')?.strip_suffix('\'')?;
                let mut chars = inner.chars();
                chars.next()?;
                chars.next_back()?;
                return Some(chars.as_str().to_owned()).filter(|inner| !inner.contains('\''));
            }
            Some(quoted.strip_prefix('\'')?.strip_suffix('\'')?.replace("''", "'"))
        }
        Sort::Word | Sort::Number | Sort::Symbol => None,
    }
}
