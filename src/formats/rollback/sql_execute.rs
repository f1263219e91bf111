//! What a SQL statement does that runs another one: by its text, where it is written out.

use crate::formats::rollback::sql_cursor::{Cursor, is_alone, shown};
use crate::formats::rollback::sql_effect::{Effect, effect};
use crate::formats::rollback::sql_tokens::{Sort, Token};
use crate::source::json::shorten;

/// `CALL`, `EXECUTE` and `EXEC`, by what stands behind that word.
pub(super) fn of_execute(word: &str, cursor: &Cursor<'_, '_>, statement: &[Token<'_>]) -> Result<Effect, String> {
    if cursor.is_at_end() {
        return cursor.expected("a name");
    }
    is_alone(statement)?;
    let word = if word == "EXEC" { "EXECUTE" } else { word };
    let unknown = || {
        let call = format!("{word} {}", shown(cursor.rest()));
        Effect::Remark(format!("what `{}` does is not known", shorten(&call)))
    };
    Ok(match written_out(cursor.rest()).and_then(|text| effect(&text).ok()) {
        Some(Effect::Frame) => Effect::Harmless,
        Some(effect) => effect,
        None => unknown(),
    })
}

/// The text that is run: `('…')` of SQL Server, `IMMEDIATE '…'` of Oracle and others, `sp_executesql N'…'` without
/// parameters. `None` where it is put together when it runs, or something else is called.
fn written_out(tokens: &[Token<'_>]) -> Option<String> {
    let text = match tokens {
        [open, text, close] if open.is_symbol("(") && close.is_symbol(")") => text,
        [word, text] if word.is("IMMEDIATE") || word.is("sp_executesql") => text,
        _ => return None,
    };
    if text.sort != Sort::Text || text.text.contains('\\') {
        return None;
    }
    let quoted = text.text.strip_prefix(['N', 'n']).unwrap_or(text.text);
    Some(quoted.strip_prefix('\'')?.strip_suffix('\'')?.replace("''", "'"))
}
