//! What people see on a terminal and in the log of a CI job.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use crate::gate::{Reason, Verdict};
use crate::model::{Notice, Release, Source};
use crate::pipeline::Validation;
use crate::report::view::verdict_word;
use crate::safety::redact::{Counts, Redactor};
use crate::safety::terminal::line;

/// Reasons of one check that are shown.
const MAX_REASONS: usize = 10;

pub(super) const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

/// The style of a verdict.
pub(super) const fn style(verdict: Verdict) -> Style {
    let colour = match verdict {
        Verdict::Passed => AnsiColor::Green,
        Verdict::Conditional => AnsiColor::Yellow,
        Verdict::Undecided => AnsiColor::Magenta,
        Verdict::Failed => AnsiColor::Red,
    };
    Style::new().bold().fg_color(Some(anstyle::Color::Ansi(colour)))
}

/// The verdict, the decisions and their reasons.
pub(super) fn result(out: &mut dyn Write, validation: &Validation) -> io::Result<()> {
    let judged = &validation.judged;
    let release = &validation.release;
    let verdict = style(judged.verdict);
    writeln!(out, "{verdict}{}{verdict:#}", verdict_word(judged.verdict))?;
    for decision in &judged.decisions {
        let style = style(decision.verdict);
        let name = line(&decision.name);
        let gating = if decision.gating { "" } else { " (does not gate)" };
        writeln!(out, "  {BOLD}{name}{BOLD:#}: {style}{}{style:#}{gating}", decision.verdict)?;
    }
    for verdict in [Verdict::Failed, Verdict::Undecided, Verdict::Conditional] {
        for check in &judged.checks {
            let all: Vec<&Reason> = check.reasons.iter().filter(|reason| reason.verdict() == verdict).collect();
            if all.is_empty() {
                continue;
            }
            let style = style(verdict);
            writeln!(
                out,
                "\n{style}{verdict}{style:#} {BOLD}{}{BOLD:#}: {}",
                check.id,
                line(&check.title.to_string())
            )?;
            writeln!(
                out,
                "  expected {}, observed {}",
                line(&check.expected.to_string()),
                line(&check.observed.to_string())
            )?;
            for reason in all.iter().take(MAX_REASONS) {
                let waived = if reason.waived_by.is_some() { " (waived)" } else { "" };
                write!(out, "  - {}{waived}", line(&short(&reason.text.to_string())))?;
                if let Some(source) = &reason.source {
                    write!(out, " {DIM}{}{DIM:#}", line(&place(release, source)))?;
                }
                writeln!(out)?;
            }
            if all.len() > MAX_REASONS {
                writeln!(out, "  - and {} more", all.len() - MAX_REASONS)?;
            }
        }
    }
    Ok(())
}

/// Artifact and pointer.
pub(super) fn place(release: &Release, source: &Source) -> String {
    let name = release.artifact(source.artifact).map_or("", |artifact| artifact.given.as_str());
    match source.pointer.to_string() {
        pointer if pointer.is_empty() => name.to_owned(),
        pointer => format!("{name} {pointer}"),
    }
}

/// The notices, as compilers show them. What is about no artifact and has a place stands in the manifest.
pub(super) fn notices<'n>(
    out: &mut dyn Write,
    release: &Release,
    manifest: &str,
    notices: impl Iterator<Item = &'n Notice>,
) -> io::Result<()> {
    for notice in notices {
        let level = notice.code.level.word();
        let colour = match notice.code.level {
            crate::diagnostics::Level::Error => AnsiColor::Red,
            crate::diagnostics::Level::Warning => AnsiColor::Yellow,
            crate::diagnostics::Level::Note => AnsiColor::Blue,
        };
        let style = Style::new().bold().fg_color(Some(anstyle::Color::Ansi(colour)));
        let text = short(&notice.text.to_string());
        writeln!(out, "{style}{level}[{}]{style:#}: {}", notice.code.id, line(&text))?;
        if let Some(source) = &notice.source {
            let name = release.artifact(source.artifact).map_or("", |artifact| artifact.given.as_str());
            let at = notice.place.map(|place| format!(":{place}")).unwrap_or_default();
            let pointer = source.pointer.to_string();
            let pointer = if pointer.is_empty() { String::new() } else { format!(" ({pointer})") };
            writeln!(out, "  {DIM}-->{DIM:#} {}", line(&format!("{name}{at}{pointer}")))?;
        }
        if let (None, Some(at)) = (&notice.source, notice.place) {
            writeln!(out, "  {DIM}-->{DIM:#} {}", line(&format!("{manifest}:{at}")))?;
        }
        if let Some(other) = &notice.other {
            writeln!(out, "  {DIM}-->{DIM:#} against {}", line(&place(release, other)))?;
        }
        writeln!(out, "  {DIM}help:{DIM:#} {}", line(&notice.help))?;
    }
    Ok(())
}

/// At most so many characters of a text that came from an artifact.
fn short(text: &str) -> String {
    crate::safety::visible::cut(text, 300).into_owned()
}

/// An error that ended the work.
pub(super) fn error(out: &mut dyn Write, error: &anyhow::Error) -> io::Result<()> {
    let style = style(Verdict::Failed);
    let mut text = error.to_string();
    for cause in error.chain().skip(1) {
        text.push_str(": ");
        text.push_str(&cause.to_string());
    }
    // A path, or a line of the manifest.
    let text = Redactor::standard().redact(&text, &mut Counts::default());
    let mut lines = text.lines();
    writeln!(out, "{style}error{style:#}: {}", line(lines.next().unwrap_or_default()))?;
    lines.try_for_each(|rest| writeln!(out, "{}", line(rest)))
}
