//! What can be asked of values: whether they hold, how many there are, how two compare.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::tree::Comparison;
use crate::report::view::data::Value;

/// Whether a value counts as true. Null, false, 0, and texts and lists with nothing in them do not.
pub(super) fn holds(value: Value<'_>) -> bool {
    match value {
        Value::Null(_) => false,
        Value::Bool(value) => value,
        Value::Number(number) => number != 0,
        Value::Text(text) => !text.is_empty(),
        Value::Phrase(phrase) => !phrase.is_empty(),
        Value::List(list) => list.len() > 0,
        Value::Table(_) | Value::Record(_) => true,
    }
}

/// What a value is, in the words of the reference of the data.
pub(super) const fn kind(value: Value<'_>) -> &'static str {
    match value {
        Value::Null(_) => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::Text(_) => "raw text",
        Value::Phrase(_) => "text",
        Value::Table(_) => "a table",
        Value::List(_) => "a list",
        Value::Record(_) => "a group of values",
    }
}

/// What can be done with a value where something else is wanted; `written` is how it is written.
pub(super) fn advice(value: Value<'_>, written: &str) -> String {
    match value {
        Value::Null(_) => format!("ask first, with `{{{{#if {written}}}}}`"),
        Value::Bool(_) | Value::Number(_) => format!("write `{{{{{written}}}}}`"),
        Value::Text(_) => {
            format!("write `{{{{fence {written}}}}}`, or `{{{{{{{written}}}}}}}` where it is Markdown of the manifest")
        }
        Value::Phrase(_) => format!("write `{{{{text {written}}}}}`"),
        Value::Table(_) => format!("write `{{{{table {written}}}}}`"),
        Value::List(_) => format!("write `{{{{#each {written}}}}}`"),
        Value::Record(_) => "name one of its members".to_owned(),
    }
}

/// How many items, rows or characters; `None` where that cannot be asked.
pub(super) fn len(value: Value<'_>) -> Option<usize> {
    match value {
        Value::Null(_) => Some(0),
        Value::Bool(_) | Value::Number(_) => None,
        Value::Text(text) => Some(text.chars().count()),
        Value::Phrase(phrase) => Some(phrase.to_string().chars().count()),
        Value::Table(table) => Some(table.rows.len()),
        Value::List(list) => Some(list.len()),
        Value::Record(record) => Some(record.names().len()),
    }
}

/// Which of two values is of a kind that cannot be compared, or not with the other: 0 or 1.
pub(super) type Incomparable = usize;

/// Whether two values compare so.
pub(super) fn compare(how: Comparison, left: Value<'_>, right: Value<'_>) -> Result<bool, Incomparable> {
    let order = |wanted: fn(Ordering) -> bool| Ok(order(left, right)?.is_some_and(wanted));
    match how {
        Comparison::Eq => is_equal(left, right),
        Comparison::Ne => Ok(!is_equal(left, right)?),
        Comparison::Gt => order(Ordering::is_gt),
        Comparison::Gte => order(Ordering::is_ge),
        Comparison::Lt => order(Ordering::is_lt),
        Comparison::Lte => order(Ordering::is_le),
    }
}

/// A value that can be compared; a phrase is its plain words.
#[derive(PartialEq, Eq)]
enum Scalar<'v> {
    Null,
    Bool(bool),
    Number(i128),
    Text(Cow<'v, str>),
}

fn scalar(value: Value<'_>) -> Option<Scalar<'_>> {
    match value {
        Value::Null(_) => Some(Scalar::Null),
        Value::Bool(value) => Some(Scalar::Bool(value)),
        Value::Number(number) => Some(Scalar::Number(number)),
        Value::Text(text) => Some(Scalar::Text(Cow::Borrowed(text))),
        Value::Phrase(phrase) => Some(Scalar::Text(Cow::Owned(phrase.to_string()))),
        Value::Table(_) | Value::List(_) | Value::Record(_) => None,
    }
}

/// Values of two kinds are not equal.
fn is_equal(left: Value<'_>, right: Value<'_>) -> Result<bool, Incomparable> {
    Ok(scalar(left).ok_or(0_usize)? == scalar(right).ok_or(1_usize)?)
}

/// `None` where one of them is null. A text that is a number compares with numbers.
fn order(left: Value<'_>, right: Value<'_>) -> Result<Option<Ordering>, Incomparable> {
    Ok(match (scalar(left).ok_or(0_usize)?, scalar(right).ok_or(1_usize)?) {
        (Scalar::Null, _) | (_, Scalar::Null) => None,
        (Scalar::Bool(left), Scalar::Bool(right)) => Some(left.cmp(&right)),
        (Scalar::Number(left), Scalar::Number(right)) => Some(left.cmp(&right)),
        (Scalar::Text(left), Scalar::Text(right)) => Some(left.cmp(&right)),
        (Scalar::Number(left), Scalar::Text(right)) => Some(left.cmp(&right.parse().map_err(|_| 1_usize)?)),
        (Scalar::Text(left), Scalar::Number(right)) => Some(left.parse::<i128>().map_err(|_| 0_usize)?.cmp(&right)),
        (Scalar::Bool(_), Scalar::Number(_) | Scalar::Text(_))
        | (Scalar::Number(_) | Scalar::Text(_), Scalar::Bool(_)) => return Err(1),
    })
}
