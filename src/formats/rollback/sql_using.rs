//! What the expression behind `USING` gives a column that gets another type.

use crate::formats::rollback::sql_cursor::{Cursor, shown};
use crate::formats::rollback::sql_tokens::{Sort, Token};
use crate::formats::rollback::sql_type::{Retyped, data_type, narrows};
use crate::source::json::shorten;

/// Types that hold other numbers, but not what stands behind their point or all of their digits. PostgreSQL casts integers
/// to them by itself, so that a cast that is written out mostly starts from another type.
const ROUNDED: &[&str] = &["BIGINT", "INT8", "DOUBLE", "DOUBLE PRECISION", "FLOAT8"];

/// Parentheses and casts that stand one in the other.
const MAX_DEPTH: usize = 8;

/// Where the values come from.
enum Origin {
    /// The column itself, at most given other types; whether one of them rounds.
    Column {
        rounds: bool,
    },
    Constant,
    Other,
}

/// What is lost of a column by an expression, if its new type alone loses nothing.
pub(super) fn lost(value: &[Token<'_>], column: &str) -> Option<String> {
    match origin(value, column, 0) {
        Origin::Column { rounds: false } => None,
        Origin::Column { rounds: true } => Some(format!("rounds by `{}`", shorten(&shown(value)))),
        Origin::Constant => None,
        Origin::Other => Some(format!("keeps no more than `{}`", shorten(&shown(value)))),
    }
}

/// Whether an expression is the same value for all rows.
pub(super) fn is_constant(value: &[Token<'_>]) -> bool {
    matches!(origin(value, "", 0), Origin::Constant)
}

fn origin(value: &[Token<'_>], column: &str, depth: usize) -> Origin {
    if depth == MAX_DEPTH {
        return Origin::Other;
    }
    let mut cursor = Cursor::new(value);
    let Some(mut origin) = first(&mut cursor, column, depth) else { return Origin::Other };
    while cursor.take_symbol(":") {
        if !cursor.take_symbol(":") {
            return Origin::Other;
        }
        origin = cast(origin, &mut cursor);
    }
    if cursor.is_at_end() { origin } else { Origin::Other }
}

/// What stands before casts.
fn first(cursor: &mut Cursor<'_, '_>, column: &str, depth: usize) -> Option<Origin> {
    let token = cursor.peek()?;
    if token.is_symbol("(") {
        return Some(origin(cursor.group().ok()?, column, depth + 1));
    }
    if token.is("CAST") && cursor.rest().get(1).is_some_and(|next| next.is_symbol("(")) {
        cursor.next();
        let mut inner = Cursor::new(cursor.group().ok()?);
        let value = inner.up_to(|token| token.is("AS")).ok()?;
        if !inner.take("AS") {
            return None;
        }
        let origin = cast(origin(value, column, depth + 1), &mut inner);
        return inner.is_at_end().then_some(origin);
    }
    if matches!(token.sort, Sort::Text | Sort::Number) || token.is_of("NULL TRUE FALSE DEFAULT") {
        cursor.next();
        return Some(Origin::Constant);
    }
    if matches!(token.text, "-" | "+") {
        cursor.next();
        let number = cursor.next()?;
        return (number.sort == Sort::Number).then_some(Origin::Constant);
    }
    let name = cursor.name().ok()?;
    Some(if plain(&name) == plain(column) { Origin::Column { rounds: false } } else { Origin::Other })
}

/// What becomes of values by the cast to the type that stands here.
fn cast(origin: Origin, cursor: &mut Cursor<'_, '_>) -> Origin {
    let Ok(data_type) = data_type(cursor) else { return Origin::Other };
    match origin {
        Origin::Column { .. } if narrows(&data_type, Retyped::Type) => Origin::Other,
        Origin::Column { rounds } => Origin::Column { rounds: rounds || ROUNDED.contains(&&*data_type) },
        other => other,
    }
}

/// The last part of a name, without quotes.
fn plain(name: &str) -> String {
    name.rsplit('.').next().unwrap_or(name).trim_matches('"').to_ascii_lowercase()
}
