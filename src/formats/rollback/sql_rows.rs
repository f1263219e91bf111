//! What queries and changes of rows in SQL do to data.

use crate::formats::rollback::sql_block::of_inside;
use crate::formats::rollback::sql_bookkeeping::{is_bookkeeping, is_row_of_tool};
use crate::formats::rollback::sql_cursor::{Cursor, is_alone, is_expression};
use crate::formats::rollback::sql_effect::Effect;
use crate::formats::rollback::sql_tokens::{Sort, Token};

/// Words that end the list of tables of a statement.
const CLAUSES: &str = "
    CROSS FOR FROM FULL GROUP HAVING INNER JOIN LEFT LIMIT NATURAL ON OPTION ORDER OUTPUT RETURNING RIGHT SET
    STRAIGHT_JOIN USING WHERE
";

/// Words that join tables.
const JOINS: &str = "CROSS FULL INNER JOIN LEFT NATURAL RIGHT STRAIGHT_JOIN";

/// Tables of a statement: their names, and whether others are joined to them.
struct Tables {
    names: Vec<String>,
    joined: bool,
}

fn tables(cursor: &mut Cursor<'_, '_>) -> Result<Tables, String> {
    let mut tables = Tables { names: Vec::new(), joined: false };
    loop {
        if cursor
            .rest()
            .get(1)
            .is_some_and(|token| matches!(token.sort, Sort::Word | Sort::Name) && !token.is_of(CLAUSES))
        {
            cursor.take("ONLY");
        }
        tables.names.push(cursor.name()?);
        cursor.take_symbol("*");
        if cursor.take_any(&["PARTITION", "WITH"]).is_some() {
            cursor.group()?;
        }
        let alias = cursor.take("AS");
        if alias || cursor.peek().is_some_and(|token| token.sort != Sort::Symbol && !token.is_of(CLAUSES)) {
            cursor.part()?;
        }
        if cursor.take("WITH") {
            cursor.group()?;
        }
        if cursor.peek().is_some_and(|token| token.is_of(JOINS)) {
            tables.joined = true;
            cursor.up_to(|token| token.is_of("LIMIT ORDER OUTPUT RETURNING SET WHERE") || token.is_symbol(","))?;
        }
        if !cursor.take_symbol(",") {
            return Ok(tables);
        }
    }
}

pub(super) fn of_delete(cursor: &mut Cursor<'_, '_>) -> Result<Effect, String> {
    is_alone(cursor.rest())?;
    while cursor.take_any(&["LOW_PRIORITY", "QUICK", "IGNORE"]).is_some() {}
    if cursor.take("TOP") {
        cursor.group()?;
    }
    let mut deleted = Tables { names: Vec::new(), joined: false };
    if !cursor.take("FROM") {
        deleted = tables(cursor)?;
    }
    let targeted = !deleted.names.is_empty() && cursor.take("FROM");
    let from = if targeted || deleted.names.is_empty() { tables(cursor)? } else { deleted };
    let rest = cursor.rest();
    match cursor.peek() {
        Some(token) if token.is_of(CLAUSES) => {}
        None => {}
        Some(_) => return cursor.expected("WHERE"),
    }
    let mut clauses = cursor.clone();
    clauses.up_to(|token| token.is("WHERE"))?;
    let some = clauses.take("WHERE");
    if some {
        is_expression(clauses.rest())?;
    } else if !rest.first().is_some_and(|token| token.is("USING")) {
        is_expression(rest)?;
    }
    if let ([name], true) = (&from.names[..], some)
        && is_row_of_tool(name, clauses.rest())
    {
        return Ok(Effect::Harmless);
    }
    // Which of the tables loses rows, only the names of the targets say.
    let ambiguous = targeted && (from.joined || from.names.len() > 1);
    if !ambiguous && from.names.iter().all(|name| is_bookkeeping(name)) {
        return Ok(Effect::Harmless);
    }
    let names = from.names.join(", ");
    Ok(Effect::Destroys(if some { format!("deletes rows of {names}") } else { format!("deletes all rows of {names}") }))
}

pub(super) fn of_update(cursor: &mut Cursor<'_, '_>) -> Result<Effect, String> {
    is_alone(cursor.rest())?;
    while cursor.take_any(&["LOW_PRIORITY", "IGNORE", "OR ABORT", "OR FAIL", "OR IGNORE", "OR REPLACE"]).is_some() {}
    if cursor.take("TOP") {
        cursor.group()?;
    }
    let tables = tables(cursor)?;
    if !cursor.take("SET") {
        return cursor.expected("SET");
    }
    let values = cursor.up_to(|token| token.is_of("FROM LIMIT ORDER OUTPUT RETURNING WHERE"))?;
    let starts = values.first().is_some_and(|token| token.sort != Sort::Symbol || token.is_symbol("("));
    if !starts || !values.iter().any(|token| token.is_symbol("=")) {
        return Err("expected what is set after SET".to_owned());
    }
    is_expression(values)?;
    cursor.up_to(|token| token.is("WHERE"))?;
    let some = cursor.take("WHERE");
    is_expression(cursor.rest())?;
    let some = some && !holds_always(cursor.rest());
    let Some(table) = tables.names.iter().find(|table| !is_bookkeeping(table)) else { return Ok(Effect::Harmless) };
    if some {
        return Ok(Effect::Harmless);
    }
    if let Some(column) = emptied(values) {
        return Ok(Effect::Destroys(format!("gives all rows one value in column {table}.{column}")));
    }
    Ok(Effect::Remark(format!("an update overwrites values in all rows of {table}")))
}

/// Whether a condition leaves no row out: `1=1`, `TRUE`.
fn holds_always(condition: &[Token<'_>]) -> bool {
    match condition {
        [value] => value.is("TRUE") || value.text == "1",
        [left, sign, right] => {
            let is_constant = matches!(left.sort, Sort::Number | Sort::Text) || left.is("TRUE");
            is_constant && sign.is_symbol("=") && left.text == right.text
        }
        _ => false,
    }
}

/// The first column that an update sets to nothing: `email = NULL`.
fn emptied<'t>(values: &[Token<'t>]) -> Option<&'t str> {
    (1..values.len()).find_map(|at| {
        let (column, rest) = (&values[at - 1], &values[at..]);
        let sets = matches!(rest, [sign, value, ..] if sign.is_symbol("=") && value.is("NULL"));
        let ends = rest.get(2).is_none_or(|next| next.is_symbol(","));
        (sets && ends).then_some(column.text)
    })
}

pub(super) fn of_insert(cursor: &mut Cursor<'_, '_>) -> Result<Effect, String> {
    let statement = cursor.rest();
    is_alone(statement)?;
    if !statement.iter().any(|token| token.is_of("VALUES VALUE SELECT SET TABLE WITH")) {
        return cursor.expected("what is inserted");
    }
    let replaced = if cursor.take("OR REPLACE") { of_replaced(&mut cursor.clone())? } else { Effect::Harmless };
    cursor.up_to(|token| token.is_of("VALUES VALUE SELECT SET WITH"))?;
    if cursor.take_any(&["VALUES", "VALUE"]).is_some() && !cursor.is_at_end() {
        loop {
            cursor.take("ROW");
            cursor.group()?;
            if !cursor.take_symbol(",") {
                break;
            }
        }
        if cursor.peek().is_some_and(|token| !token.is_of("AS ON OUTPUT RETURNING UNION ORDER LIMIT")) {
            return cursor.expected("the end");
        }
    }
    let is_do = |at: &usize| statement[*at].is("DO") && statement.get(at + 1).is_some_and(|next| next.is("NOTHING"));
    let conflict = statement.windows(2).position(|pair| pair[0].is("ON") && pair[1].is("CONFLICT"));
    let inside = match conflict.and_then(|start| (start..statement.len()).find(is_do)) {
        Some(at) => of_inside(&statement[..at]).max(of_inside(&statement[at + 1..])),
        None => of_inside(statement),
    };
    Ok(replaced.max(inside))
}

/// `REPLACE` deletes each row of which it inserts another one, with the columns that are not named.
pub(super) fn of_replace(cursor: &mut Cursor<'_, '_>) -> Result<Effect, String> {
    let statement = cursor.statement();
    if !statement.iter().any(|token| token.is_of("VALUES VALUE SELECT SET TABLE WITH")) {
        return cursor.expected("more of the statement");
    }
    is_alone(statement)?;
    cursor.take_any(&["LOW_PRIORITY", "DELAYED"]);
    if cursor.take("TABLE") {
        return Ok(Effect::Destroys(format!("replaces table {}", cursor.name()?)));
    }
    Ok(of_replaced(cursor)?.max(of_inside(statement)))
}

/// What becomes of the rows that stand in the place of those that are inserted; the cursor stands before the table.
fn of_replaced(cursor: &mut Cursor<'_, '_>) -> Result<Effect, String> {
    cursor.take("INTO");
    let table = cursor.name()?;
    if is_bookkeeping(&table) {
        return Ok(Effect::Harmless);
    }
    Ok(Effect::Destroys(format!("deletes rows of {table} that it replaces")))
}

pub(super) fn of_select(cursor: &mut Cursor<'_, '_>, statement: &[Token<'_>]) -> Result<Effect, String> {
    is_alone(cursor.rest())?;
    let mut before: Option<&Token<'_>> = None;
    for token in statement {
        if before.is_some_and(|before| before.is_of("FROM WHERE")) && token.is_of("FROM WHERE") {
            return Err(format!("expected a name, found `{}`", token.text));
        }
        before = Some(token);
    }
    Ok(of_inside(statement))
}

/// Words that start a query, or what gives rows like one.
const QUERIES: &str = "DELETE INSERT MERGE SELECT TABLE UPDATE VALUES WITH";

pub(super) fn of_with(cursor: &mut Cursor<'_, '_>, statement: &[Token<'_>]) -> Result<Effect, String> {
    cursor.take("RECURSIVE");
    loop {
        cursor.name()?;
        if cursor.peek().is_some_and(|token| token.is_symbol("(")) {
            cursor.group()?;
        }
        if !cursor.take("AS") {
            return cursor.expected("AS");
        }
        cursor.take_any(&["MATERIALIZED", "NOT MATERIALIZED"]);
        if !starts_query(cursor.group()?) {
            return Err("expected a query after AS".to_owned());
        }
        if !cursor.take_symbol(",") {
            break;
        }
    }
    if !starts_query(cursor.rest()) {
        return cursor.expected("a query");
    }
    is_alone(cursor.rest())?;
    let inside = of_inside(statement);
    Ok(match cursor.take_any(&["DELETE", "INSERT", "UPDATE"]) {
        Some("DELETE") => of_delete(cursor).map(|_| inside)?,
        Some("INSERT") => match of_insert(cursor)? {
            effect @ Effect::Destroys(_) => effect.max(inside),
            _ => inside,
        },
        Some(_) => of_update(cursor)?.max(inside),
        None => inside,
    })
}

/// Whether a query starts here, be it in parentheses.
pub(super) fn starts_query(tokens: &[Token<'_>]) -> bool {
    tokens.iter().find(|token| !token.is_symbol("(")).is_some_and(|first| first.is_of(QUERIES))
}

/// `EXPLAIN` alone runs nothing, with `ANALYZE` all.
pub(super) fn of_explain(cursor: &mut Cursor<'_, '_>) -> Result<Effect, String> {
    let explained = cursor.rest();
    let start = explained.iter().position(|token| token.is_of("SELECT INSERT UPDATE DELETE MERGE WITH VALUES CREATE"));
    let (Some(start), true) = (start, explained.len() > 1) else { return cursor.expected("a statement") };
    is_alone(&explained[start..])?;
    if explained[..start].iter().any(|token| token.is_of("ANALYZE ANALYSE")) {
        return Ok(of_inside(explained));
    }
    Ok(Effect::Harmless)
}
