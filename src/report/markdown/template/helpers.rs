//! The helpers: a table of their names, and how many values they take.

use super::error::Problem;
use super::tree::{Call, Comparison, Expression, Include, Node};
use crate::diagnostics::nearest;

/// What a helper does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Helper {
    /// Compares.
    Compare(Comparison),
    /// All hold.
    And,
    /// One holds.
    Or,
    /// Does not hold.
    Not,
    /// How many.
    Len,
    /// By a name or number that is a value.
    Lookup,
    /// Counts from 1.
    Ordinal,
    /// Writes a phrase.
    Text,
    /// Writes a table.
    Table,
    /// Writes a fence.
    Fence,
    /// Writes another template.
    Include,
}

/// All of them by name.
pub(super) const HELPERS: [(&str, Helper); 16] = [
    ("and", Helper::And),
    ("eq", Helper::Compare(Comparison::Eq)),
    ("fence", Helper::Fence),
    ("gt", Helper::Compare(Comparison::Gt)),
    ("gte", Helper::Compare(Comparison::Gte)),
    ("include", Helper::Include),
    ("len", Helper::Len),
    ("lookup", Helper::Lookup),
    ("lt", Helper::Compare(Comparison::Lt)),
    ("lte", Helper::Compare(Comparison::Lte)),
    ("ne", Helper::Compare(Comparison::Ne)),
    ("not", Helper::Not),
    ("or", Helper::Or),
    ("ordinal", Helper::Ordinal),
    ("table", Helper::Table),
    ("text", Helper::Text),
];

/// What a helper makes of its values.
pub(super) enum Made<'t> {
    /// A value.
    Value(Call<'t>),
    /// Something that is written.
    Written(Node<'t>),
}

/// The helper of a name; `None` where there is none.
pub(super) fn helper(name: &str) -> Option<Helper> {
    HELPERS.iter().find(|(known, _)| *known == name).map(|(_, helper)| *helper)
}

/// What is said of a helper that is not known.
pub(super) fn unknown(name: &str) -> Problem {
    let suggestion = nearest(name, HELPERS.iter().map(|(known, _)| *known));
    Problem::UnknownHelper { name: name.to_owned(), suggestion }
}

impl Helper {
    /// Whether it says true or false, and may be a block.
    pub(super) const fn is_test(self) -> bool {
        matches!(self, Helper::Compare(_) | Helper::And | Helper::Or | Helper::Not)
    }

    /// Gives it its values; `name` is how it is called.
    pub(super) fn with<'t>(self, name: &str, values: Vec<Expression<'t>>) -> Result<Made<'t>, Problem> {
        let value = |call| Ok(Made::Value(call));
        let written = |node| Ok(Made::Written(node));
        match self {
            Helper::Compare(how) => value(Call::Compare(how, Box::new(exactly(name, values)?))),
            Helper::And => value(Call::And(some(name, values)?)),
            Helper::Or => value(Call::Or(some(name, values)?)),
            Helper::Not => value(Call::Not(Box::new(one(name, values)?))),
            Helper::Len => value(Call::Len(Box::new(one(name, values)?))),
            Helper::Lookup => value(Call::Lookup(Box::new(exactly(name, values)?))),
            Helper::Ordinal => value(Call::Ordinal(Box::new(one(name, values)?))),
            Helper::Text => written(Node::Phrase(one(name, values)?)),
            Helper::Table => written(Node::Table(one(name, values)?)),
            Helper::Fence => {
                let n_values = values.len();
                let mut values = values.into_iter();
                match (values.next(), values.next(), values.next()) {
                    (Some(text), indent, None) => written(Node::Fence(text, indent)),
                    _ => Err(Problem::Count { name: name.to_owned(), wanted: "1 or 2 values", n_values }),
                }
            }
            Helper::Include => written(Node::Include(Include { name: one(name, values)?, context: None, indent: "" })),
        }
    }
}

fn exactly<'t, const N: usize>(name: &str, values: Vec<Expression<'t>>) -> Result<[Expression<'t>; N], Problem> {
    let wanted = if N == 1 { "1 value" } else { "2 values" };
    let n_values = values.len();
    values.try_into().map_err(|_| Problem::Count { name: name.to_owned(), wanted, n_values })
}

fn one<'t>(name: &str, values: Vec<Expression<'t>>) -> Result<Expression<'t>, Problem> {
    exactly(name, values).map(|[value]| value)
}

fn some<'t>(name: &str, values: Vec<Expression<'t>>) -> Result<Vec<Expression<'t>>, Problem> {
    if values.is_empty() {
        return Err(Problem::Count { name: name.to_owned(), wanted: "1 value or more", n_values: 0 });
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::HELPERS;

    #[test]
    fn the_helpers_are_sorted_and_each_is_there_once() {
        for pair in HELPERS.windows(2) {
            assert!(pair[0].0 < pair[1].0, "{} stands before {}", pair[0].0, pair[1].0);
        }
    }
}
