//! `signoff diff`: what changed between two reports.

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anstyle::{AnsiColor, Style};
use anyhow::{Context, bail};

use super::baseline;
use super::terminal::BOLD;
use crate::gate::baseline::{Compared, Counts, Direction, Tolerance, compare, doubts};
use crate::manifest::Percent;
use crate::model::Phrase;
use crate::model::phrase::plural;
use crate::report::view::{ChangesView, Table};
use crate::report::{changes, markdown};
use crate::safety::redact::Redactor;
use crate::safety::terminal::line;

/// Characters up to which a column is padded.
const MAX_PADDED: usize = 48;
/// Characters of a cell.
const MAX_CELL: usize = 160;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The earlier report.json, or the folder that holds it
    #[arg(value_name = "OLD")]
    old: PathBuf,
    /// The later report.json, or the folder that holds it
    #[arg(value_name = "NEW")]
    new: PathBuf,
    /// How to say it
    #[arg(long, value_enum, default_value_t = Form::Text)]
    format: Form,
    /// The file to write to [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// The share by which a latency may rise [default: 10 %]
    #[arg(long, value_name = "PERCENT")]
    max_latency_increase: Option<String>,
    /// The points by which the share of failed requests may rise [default: 0.5 %]
    #[arg(long, value_name = "PERCENT")]
    max_error_rate_increase: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Form {
    /// For a terminal
    Text,
    /// For a ticket or comment
    Markdown,
    /// For machines
    Json,
}

pub(super) fn run(args: &Args, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let share = |option: &str, text: &Option<String>| match text {
        None => Ok(None),
        Some(text) => match Percent::parse(text) {
            Some(percent) => Ok(Some(percent.0)),
            None => bail!("{option}: `{text}` is no percentage between 0 and 100 with its sign, such as `10 %`"),
        },
    };
    let default = Tolerance::default();
    let tolerance = Tolerance {
        latency: share("--max-latency-increase", &args.max_latency_increase)?.unwrap_or(default.latency),
        error_rate: share("--max-error-rate-increase", &args.max_error_rate_increase)?.unwrap_or(default.error_rate),
    };
    let old = baseline::load(&args.old, Redactor::standard())?;
    let new = baseline::load(&args.new, Redactor::standard())?;
    let compared = Compared {
        path: old.path.clone(),
        sha256: old.sha256.clone(),
        before: old.side.about.clone(),
        after: new.side.about.clone(),
        doubts: doubts(&old.side.about, &new.side.about),
        tolerance,
        counts: (Counts::of(&old.side.observed), Counts::of(&new.side.observed)),
        changes: compare(&old.side, &new.side, tolerance),
    };
    let view = ChangesView::new(&compared);
    match (args.format, &args.out) {
        (Form::Text, None) => text(out, &compared, &view)?,
        (form, out_file) => {
            let content = match form {
                Form::Text => {
                    let mut plain = anstream::StripStream::new(Vec::new());
                    text(&mut plain, &compared, &view)?;
                    String::from_utf8_lossy(&plain.into_inner()).into_owned()
                }
                Form::Markdown => markdown::changes(&view)?,
                Form::Json => {
                    let document = changes::document(&compared, &new.path, &new.sha256);
                    crate::safety::json::pretty(&document)? + "\n"
                }
            };
            match out_file {
                None => out.write_all(content.as_bytes())?,
                Some(path) => {
                    fs::write(path, content).with_context(|| format!("{} cannot be written", path.display()))?;
                }
            }
        }
    }
    let is_worse = compared.changes.count(Direction::Worse) > 0;
    Ok(ExitCode::from(if compared.is_of_two_products() { 2 } else { u8::from(is_worse) }))
}

/// A phrase on a terminal: our own words may be marked as in Markdown.
fn plain(phrase: &Phrase) -> String {
    line(&crate::safety::visible::cut(&phrase.to_string().replace("**", ""), MAX_CELL)).to_string()
}

fn text(out: &mut dyn Write, compared: &Compared, view: &ChangesView) -> io::Result<()> {
    let count = |direction| compared.changes.count(direction);
    let (worse, better, other) = (count(Direction::Worse), count(Direction::Better), count(Direction::Neutral));
    let colour = match worse {
        _ if compared.is_of_two_products() => AnsiColor::Magenta,
        0 => AnsiColor::Green,
        _ => AnsiColor::Red,
    };
    let style = Style::new().bold().fg_color(Some(anstyle::Color::Ansi(colour)));
    let result = match (worse, compared.changes.is_empty()) {
        _ if compared.is_of_two_products() => "nothing can be concluded: these are two products".to_owned(),
        (0, true) => "nothing changed".to_owned(),
        (0, false) => format!("nothing is worse; {better} better, {other} other changes"),
        _ => format!("{} for the worse; {better} better, {other} other", plural(worse, "change")),
    };
    writeln!(out, "{style}{result}{style:#}")?;
    for fact in &view.facts {
        writeln!(out, "  {}: {}", plain(&fact.label), plain(&fact.text))?;
    }
    for doubt in &view.doubts {
        writeln!(out, "  note: {}", plain(doubt))?;
    }
    for group in &view.groups {
        writeln!(out, "\n{BOLD}{}{BOLD:#}", plain(&group.title))?;
        table(out, &group.table)?;
        if let Some(note) = &group.note {
            writeln!(out, "  {}", plain(note))?;
        }
    }
    Ok(())
}

fn table(out: &mut dyn Write, table: &Table) -> io::Result<()> {
    let titles = table.columns.iter().map(|column| column.title.clone()).collect::<Vec<_>>();
    let rows: Vec<Vec<String>> = table.rows.iter().map(|row| row.iter().map(plain).collect()).collect();
    let width = |text: &str| text.chars().count();
    let all = || std::iter::once(&titles).chain(&rows);
    let widths: Vec<usize> = (0..titles.len())
        .map(|column| all().map(|row| width(&row[column])).max().unwrap_or(0).min(MAX_PADDED))
        .collect();
    for row in all() {
        let cells = row.iter().enumerate().map(|(column, text)| {
            let space = " ".repeat(widths[column].saturating_sub(width(text)));
            match table.columns[column].align {
                crate::report::view::Align::Left => format!("{text}{space}"),
                crate::report::view::Align::Right => format!("{space}{text}"),
            }
        });
        writeln!(out, "  {}", cells.collect::<Vec<_>>().join("  ").trim_end())?;
    }
    Ok(())
}
