//! Markdown, the document of record: Handlebars templates place what the view says.

mod helpers;

use std::path::Path;

use handlebars::Handlebars;

use super::view::{Align, ChangesView, Table, View};
use crate::diagnostics::nearest;
use crate::model::order::{sort_by, sort_by_cached_key};
use crate::model::{Phrase, Piece};
use crate::safety::markdown;
use crate::safety::visible::cut;

/// The built-in templates: name and text.
pub const TEMPLATES: &[(&str, &str)] = &[
    ("report", include_str!("../../../templates/report.md.hbs")),
    ("changes", include_str!("../../../templates/partials/changes.hbs")),
    ("checklist", include_str!("../../../templates/partials/checklist.hbs")),
    ("checks", include_str!("../../../templates/partials/checks.hbs")),
    ("decision", include_str!("../../../templates/partials/decision.hbs")),
    ("evidence", include_str!("../../../templates/partials/evidence.hbs")),
    ("issue", include_str!("../../../templates/partials/issue.hbs")),
    ("monitoring", include_str!("../../../templates/partials/monitoring.hbs")),
    ("performance", include_str!("../../../templates/partials/performance.hbs")),
    ("rollback", include_str!("../../../templates/partials/rollback.hbs")),
    ("security", include_str!("../../../templates/partials/security.hbs")),
    ("services", include_str!("../../../templates/partials/services.hbs")),
    ("sign-off", include_str!("../../../templates/partials/sign-off.hbs")),
    ("smoke", include_str!("../../../templates/partials/smoke.hbs")),
    ("summary", include_str!("../../../templates/partials/summary.hbs")),
];

/// The path of a template inside of a folder of templates.
pub fn template_path(name: &str) -> String {
    if name == "report" { "report.md.hbs".to_owned() } else { format!("partials/{name}.hbs") }
}

/// Why a report could not be rendered.
#[derive(Debug, thiserror::Error)]
pub enum MarkdownError {
    /// A template of the user's cannot be read.
    #[error("the template {path} cannot be read")]
    Read {
        /// Its path.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A folder of templates cannot be listed.
    #[error("the folder of templates {path} cannot be read")]
    Folder {
        /// Its path.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A file of the user's stands in for no template.
    #[error("{path} stands in for no template{}", .suggestion.as_ref().map(|name| format!("; did you mean {name}?")).unwrap_or_default())]
    Unknown {
        /// Its path inside of the folder.
        path: String,
        /// The nearest path of a template; `None` where none is near.
        suggestion: Option<String>,
    },
    /// A template is not well-formed.
    #[error("a template is not well-formed")]
    Template(#[from] Box<handlebars::TemplateError>),
    /// A template names what does not exist, or a helper got what it cannot show.
    #[error("a template cannot be rendered")]
    Render(#[from] Box<handlebars::RenderError>),
}

/// Renders the view. `folder` may hold templates of the user's own, which stand in for the built-in ones of the
/// same name.
///
/// # Errors
/// A template cannot be read, is not well-formed, or names what does not exist.
pub fn render(view: &View, folder: Option<&Path>) -> Result<String, MarkdownError> {
    let markdown = registry(folder)?.render("report", view).map_err(Box::new)?;
    Ok(tidy(&markdown))
}

/// Renders changes alone, as the report has them.
///
/// # Errors
/// None that can happen with the built-in templates.
pub fn changes(view: &ChangesView) -> Result<String, MarkdownError> {
    let data = serde_json::json!({"changes": view});
    let markdown = registry(None)?.render("changes", &data).map_err(Box::new)?;
    Ok(tidy(&markdown))
}

fn registry(folder: Option<&Path>) -> Result<Handlebars<'static>, MarkdownError> {
    if let Some(folder) = folder {
        only_templates(folder)?;
    }
    let mut handlebars = Handlebars::new();
    handlebars.set_strict_mode(true);
    handlebars.register_escape_fn(handlebars::no_escape);
    for (name, built_in) in TEMPLATES {
        let path = folder.map(|folder| folder.join(template_path(name))).filter(|path| path.exists());
        let text = match path {
            None => (*built_in).to_owned(),
            Some(path) => std::fs::read_to_string(&path)
                .map_err(|source| MarkdownError::Read { path: path.display().to_string(), source })?,
        };
        handlebars.register_template_string(name, text).map_err(Box::new)?;
    }
    helpers::register(&mut handlebars);
    Ok(handlebars)
}

/// Refuses a folder with a template of a name that is not known: it would be passed over silently.
fn only_templates(folder: &Path) -> Result<(), MarkdownError> {
    let known: Vec<String> = TEMPLATES.iter().map(|(name, _)| template_path(name)).collect();
    for (place, prefix) in [(folder.to_owned(), ""), (folder.join("partials"), "partials/")] {
        if !place.is_dir() {
            continue;
        }
        let unreadable = |source| MarkdownError::Folder { path: place.display().to_string(), source };
        let mut names = Vec::new();
        for entry in std::fs::read_dir(&place).map_err(unreadable)? {
            names.push(entry.map_err(unreadable)?.file_name().to_string_lossy().into_owned());
        }
        sort_by(&mut names, Ord::cmp);
        let paths = names.iter().filter(|name| name.ends_with(".hbs")).map(|name| format!("{prefix}{name}"));
        if let Some(path) = paths.into_iter().find(|path| !known.contains(path)) {
            let file = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
            // The right name in the wrong folder is near as well.
            let same = known.iter().find(|known| file(known) == file(&path)).map(String::as_str);
            let suggestion = same.or_else(|| nearest(&path, known.iter().map(String::as_str))).map(str::to_owned);
            return Err(MarkdownError::Unknown { path, suggestion });
        }
    }
    Ok(())
}

/// At most one blank line in a row outside of fences, none at the end of the document, and no spaces at line ends.
fn tidy(markdown: &str) -> String {
    let mut out = String::with_capacity(markdown.len());
    let mut fence: Option<String> = None;
    let mut blank = true;
    for line in markdown.lines() {
        let trimmed = line.trim_start();
        match &fence {
            None if trimmed.starts_with("```") => {
                fence = Some(trimmed.chars().take_while(|c| *c == '`').collect());
            }
            Some(open) if trimmed == open => fence = None,
            _ => {}
        }
        let line = if fence.is_some() { line } else { line.trim_end() };
        if line.is_empty() && fence.is_none() {
            if !blank {
                out.push('\n');
            }
            blank = true;
        } else {
            out.push_str(line);
            out.push('\n');
            blank = false;
        }
    }
    let end = out.trim_end().len();
    out.truncate(end);
    out.push('\n');
    out
}

/// Characters of one text of an artifact that are shown in a line; how many more there are is said.
const MAX_INLINE: usize = 600;
/// Characters of one text of an artifact that are shown in a cell of a table.
const MAX_CELL: usize = 300;

/// A phrase as inline Markdown.
pub(super) fn inline(phrase: &Phrase) -> String {
    let mut out = String::new();
    for piece in phrase.pieces() {
        match piece {
            Piece::Own(words) => out.push_str(words),
            Piece::Owner(text) => out.push_str(markdown::prose(text).as_str()),
            Piece::Foreign(text) => out.push_str(markdown::code(&cut(text, MAX_INLINE)).as_str()),
        }
    }
    out
}

/// A phrase as inline Markdown for the cell of a table.
pub fn in_cell(phrase: &Phrase) -> String {
    let mut out = String::new();
    for piece in phrase.pieces() {
        match piece {
            Piece::Own(words) => out.push_str(&words.replace('|', "\\|")),
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
/// column is not padded.
fn widths(table: &Table, cells: &[Vec<String>]) -> Vec<usize> {
    let width = |text: &str| text.chars().count();
    let lengths = |column: usize| {
        let mut lengths: Vec<usize> = cells.iter().map(|row| width(&row[column])).collect();
        lengths.sort_unstable();
        lengths
    };
    let least = |column: usize| width(&table.columns[column].title).max(3);
    let columns = 0..table.columns.len();
    let natural: Vec<usize> =
        columns.clone().map(|column| lengths(column).last().copied().unwrap_or(0).max(least(column))).collect();
    let stepped: Vec<usize> = columns
        .clone()
        .map(|column| match table.columns[column].align {
            Align::Left => natural[column].next_multiple_of(STEP),
            Align::Right => natural[column],
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
    let mut order: Vec<&Vec<String>> = cells.iter().collect();
    sort_by_cached_key(&mut order, |row| row.iter().map(|cell| width(cell)).sum::<usize>());
    let mut common: Vec<usize> = columns.clone().map(least).collect();
    let mut kept = 0;
    for row in order {
        let wider: Vec<usize> = common.iter().zip(row).map(|(known, cell)| width(cell).max(*known)).collect();
        if !fits(&wider) {
            break;
        }
        common = wider;
        kept += 1;
    }
    if kept * 2 > cells.len() {
        return common;
    }
    let most = |column: usize| {
        let lengths = lengths(column);
        lengths.get(lengths.len().saturating_sub(1 + lengths.len() / 5)).copied().unwrap_or(0).max(least(column))
    };
    columns.clone().map(|column| if column + 1 == columns.end { least(column) } else { most(column) }).collect()
}

fn table(table: &Table) -> String {
    let cells: Vec<Vec<String>> = table.rows.iter().map(|row| row.iter().map(in_cell).collect()).collect();
    let width = |text: &str| text.chars().count();
    let widths = widths(table, &cells);
    let mut out = String::new();
    let mut line = |cells: &mut dyn Iterator<Item = String>| {
        out.push('|');
        for cell in cells {
            out.push(' ');
            out.push_str(&cell);
            out.push_str(" |");
        }
        out.push('\n');
    };
    let pad = |text: &str, column: usize| {
        let space = " ".repeat(widths[column].saturating_sub(width(text)));
        match table.columns[column].align {
            Align::Left => format!("{text}{space}"),
            Align::Right => format!("{space}{text}"),
        }
    };
    line(&mut table.columns.iter().enumerate().map(|(index, column)| pad(&column.title, index)));
    line(&mut table.columns.iter().enumerate().map(|(index, column)| match column.align {
        Align::Left => "-".repeat(widths[index]),
        Align::Right => format!("{}:", "-".repeat(widths[index] - 1)),
    }));
    for row in &cells {
        line(&mut row.iter().enumerate().map(|(index, text)| pad(text, index)));
    }
    out.truncate(out.trim_end().len());
    out
}

#[cfg(test)]
mod tests {
    use super::table;
    use crate::model::Phrase;
    use crate::report::view::Table;

    #[test]
    fn a_long_row_does_not_make_the_others_ragged() {
        let mut long = Table::new(&["Name", ">Count", "Word"]);
        for (name, count, word) in [("a", "1", "passed"), ("bc", "23", "skipped"), (&*"x".repeat(130), "4", "failed")] {
            long.row([name, count, word].map(Phrase::from));
        }
        let shown = table(&long);
        let lines: Vec<&str> = shown.lines().collect();
        let ends: Vec<usize> = lines.iter().map(|line| line.chars().count()).collect();
        assert!(ends[..4].iter().all(|end| *end == ends[0]) && ends[4] > 130, "{shown}");
        assert_eq!(lines[3], "| bc   |    23 | skipped |");
    }
}
