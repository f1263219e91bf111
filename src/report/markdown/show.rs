//! Phrases, tables and blocks of text as Markdown.

use crate::model::order::sort_by_cached_key;
use crate::model::{Phrase, Piece};
use crate::report::view::{Align, Table};
use crate::safety::markdown;
use crate::safety::visible::cut;

/// Characters of one text of an artifact that are shown in a line; how many more there are is said.
const MAX_INLINE: usize = 600;
/// Characters of one text of an artifact that are shown in a cell of a table.
const MAX_CELL: usize = 300;

/// A phrase as inline Markdown.
pub(in crate::report) fn inline(phrase: &Phrase) -> String {
    let mut out = String::new();
    push_inline(&mut out, phrase);
    out
}

/// Writes a phrase as inline Markdown.
pub(super) fn push_inline(out: &mut String, phrase: &Phrase) {
    for piece in phrase.pieces() {
        match piece {
            Piece::Own(words) => out.push_str(words),
            Piece::Owner(text) => out.push_str(markdown::prose(text).as_str()),
            Piece::Foreign(text) => markdown::push_code(out, &cut(text, MAX_INLINE)),
        }
    }
}

/// Writes text as a block that it cannot leave, indented by a number of spaces, without a line feed at its end.
pub(super) fn push_fence(out: &mut String, text: &str, indent: usize) {
    for (index, line) in markdown::fence(text).as_str().trim_end().lines().enumerate() {
        if index > 0 {
            out.push('\n');
        }
        if !line.is_empty() {
            push_spaces(out, indent);
            out.push_str(line);
        }
    }
}

/// Writes so many spaces.
fn push_spaces(out: &mut String, count: usize) {
    const SOME: &str = "                                ";
    for done in (0..count).step_by(SOME.len()) {
        out.push_str(&SOME[..SOME.len().min(count - done)]);
    }
}

/// A phrase as inline Markdown for the cell of a table.
pub fn in_cell(phrase: &Phrase) -> String {
    let mut out = String::new();
    for piece in phrase.pieces() {
        match piece {
            Piece::Own(words) if words.contains('|') => out.push_str(&words.replace('|', "\\|")),
            Piece::Own(words) => out.push_str(words),
            Piece::Owner(text) => out.push_str(markdown::prose(text).as_str()),
            Piece::Foreign(text) => out.push_str(markdown::cell(&cut(text, MAX_CELL)).as_str()),
        }
    }
    out
}

/// Characters that a line of a table should not exceed, so that it can be read raw.
const LINE: usize = 120;
/// Widths are multiples of this where there is room, so that a cell that grows by a character does not change every
/// line of the table.
const STEP: usize = 4;

/// How wide each column is padded: to its widest cell. Where that makes lines too long, to what all rows need but the
/// longest ones, which stand out; where these would be most of them, only as wide as four of five rows need, and the last
/// column is not padded. `lengths` are those of the cells, by rows.
fn widths(table: &Table, lengths: &[Vec<usize>]) -> Vec<usize> {
    let least: Vec<usize> = table.columns.iter().map(|column| column.title.chars().count().max(3)).collect();
    let mut natural = least.clone();
    for row in lengths {
        widen(&mut natural, row);
    }
    let stepped: Vec<usize> = (table.columns.iter().zip(&natural))
        .map(|(column, width)| match column.align {
            Align::Left => width.next_multiple_of(STEP),
            Align::Right => *width,
        })
        .collect();
    let fits = |widths: &[usize]| widths.iter().sum::<usize>() + 3 * widths.len() < LINE;
    if fits(&stepped) {
        return stepped;
    }
    if fits(&natural) {
        return natural;
    }
    // The shortest rows, as long as they fit together.
    let mut order: Vec<&Vec<usize>> = lengths.iter().collect();
    sort_by_cached_key(&mut order, |row| row.iter().sum::<usize>());
    let mut common = least.clone();
    let mut kept = 0;
    for row in order {
        let mut wider = common.clone();
        widen(&mut wider, row);
        if !fits(&wider) {
            break;
        }
        common = wider;
        kept += 1;
    }
    if kept * 2 > lengths.len() {
        return common;
    }
    let most = |column: usize| {
        let mut lengths: Vec<usize> = lengths.iter().map(|row| row[column]).collect();
        lengths.sort_unstable();
        lengths.get(lengths.len().saturating_sub(1 + lengths.len() / 5)).copied().unwrap_or(0).max(least[column])
    };
    let last = least.len().saturating_sub(1);
    (0..least.len()).map(|column| if column == last { least[column] } else { most(column) }).collect()
}

fn widen(widths: &mut [usize], row: &[usize]) {
    for (width, length) in widths.iter_mut().zip(row) {
        *width = (*width).max(*length);
    }
}

/// Writes a table, without a line feed at its end.
pub(super) fn push_table(out: &mut String, table: &Table) {
    let cells: Vec<Vec<String>> = table.rows.iter().map(|row| row.iter().map(in_cell).collect()).collect();
    let lengths: Vec<Vec<usize>> =
        cells.iter().map(|row| row.iter().map(|cell| cell.chars().count()).collect()).collect();
    let widths = widths(table, &lengths);
    let start = out.len();
    let mut push = |column: usize, text: &str, length: usize| {
        let spaces = widths[column].saturating_sub(length);
        out.push_str(if column == 0 { "| " } else { " | " });
        match table.columns[column].align {
            Align::Left => {
                out.push_str(text);
                push_spaces(out, spaces);
            }
            Align::Right => {
                push_spaces(out, spaces);
                out.push_str(text);
            }
        }
        if column + 1 == widths.len() {
            out.push_str(" |\n");
        }
    };
    for (index, column) in table.columns.iter().enumerate() {
        push(index, &column.title, column.title.chars().count());
    }
    for (index, (column, width)) in table.columns.iter().zip(&widths).enumerate() {
        match column.align {
            Align::Left => push(index, &"-".repeat(*width), *width),
            Align::Right => push(index, &format!("{}:", "-".repeat(width - 1)), *width),
        }
    }
    for (row, lengths) in cells.iter().zip(&lengths) {
        for (index, (cell, length)) in row.iter().zip(lengths).enumerate() {
            push(index, cell, *length);
        }
    }
    let end = start + out[start..].trim_end().len();
    out.truncate(end);
}

#[cfg(test)]
mod tests {
    use super::push_table;
    use crate::model::Phrase;
    use crate::report::view::Table;

    #[test]
    fn a_long_row_does_not_make_the_others_ragged() {
        let mut long = Table::new(&["Name", ">Count", "Word"]);
        for (name, count, word) in [("a", "1", "passed"), ("bc", "23", "skipped"), (&*"x".repeat(130), "4", "failed")] {
            long.row([name, count, word].map(Phrase::from));
        }
        let mut shown = String::new();
        push_table(&mut shown, &long);
        let lines: Vec<&str> = shown.lines().collect();
        let ends: Vec<usize> = lines.iter().map(|line| line.chars().count()).collect();
        assert!(ends[..4].iter().all(|end| *end == ends[0]) && ends[4] > 130, "{shown}");
        assert_eq!(lines[3], "| bc   |    23 | skipped |");
    }
}
