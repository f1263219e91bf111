//! Tables.

use crate::model::Phrase;

/// A table; every row has a cell for each column.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// The columns.
    pub columns: Vec<Column>,
    /// The rows.
    pub rows: Vec<Vec<Phrase>>,
}

/// A column.
#[derive(Clone, Debug)]
pub struct Column {
    /// Its heading, in our own words.
    pub title: String,
    /// How its cells stand.
    pub align: Align,
}

/// How the cells of a column stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// Text.
    Left,
    /// Numbers.
    Right,
}

impl Table {
    /// A table without rows. A title that starts with `>` is that of a column of numbers.
    pub fn new(titles: &[&str]) -> Table {
        let column = |title: &&str| match title.strip_prefix('>') {
            Some(title) => Column { title: title.to_owned(), align: Align::Right },
            None => Column { title: (*title).to_owned(), align: Align::Left },
        };
        Table { columns: titles.iter().map(column).collect(), rows: Vec::new() }
    }

    /// Adds a row. Missing cells at its end are empty.
    pub fn row(&mut self, cells: impl IntoIterator<Item = Phrase>) {
        let mut cells: Vec<Phrase> = cells.into_iter().collect();
        debug_assert!(cells.len() <= self.columns.len(), "a row has more cells than the table has columns");
        cells.resize_with(self.columns.len(), Phrase::new);
        self.rows.push(cells);
    }

    /// The table, where it has rows. A column in which every cell is empty says nothing and is left out.
    pub fn filled(mut self) -> Option<Table> {
        let said: Vec<bool> =
            (0..self.columns.len()).map(|column| self.rows.iter().any(|row| !row[column].is_empty())).collect();
        let mut kept = said.iter();
        self.columns.retain(|_| *kept.next().unwrap_or(&true));
        for row in &mut self.rows {
            let mut kept = said.iter();
            row.retain(|_| *kept.next().unwrap_or(&true));
        }
        (!self.rows.is_empty()).then_some(self)
    }
}
