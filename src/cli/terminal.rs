//! What people see on a terminal and in the log of a CI job.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use crate::diagnostics::Level;
use crate::gate::{Check, Reason, Verdict};
use crate::model::order::sort_by_key;
use crate::model::{Notice, Release, Source};
use crate::pipeline::Validation;
use crate::report::view::{unless_gating, verdict_word};
use crate::safety::redact::{Counts, Redactor};
use crate::safety::terminal::line;

/// Reasons of one check that are shown.
const MAX_REASONS: usize = 10;
/// Notes of one code from which on they are folded into one.
const MIN_FOLDED: usize = 3;
/// Columns of a terminal below which lines are not broken: it would not help.
const MIN_WIDTH: usize = 40;

pub(super) const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

/// A stream that nobody may read to its end: what is left goes nowhere once it is closed, and the exit code is that of
/// the work all the same.
pub(super) struct Patient<W> {
    stream: W,
    is_closed: bool,
}

impl<W: Write> Patient<W> {
    pub(super) const fn new(stream: W) -> Patient<W> {
        Patient { stream, is_closed: false }
    }

    fn unless_closed<T>(&mut self, otherwise: T, write: impl FnOnce(&mut W) -> io::Result<T>) -> io::Result<T> {
        if self.is_closed {
            return Ok(otherwise);
        }
        match write(&mut self.stream) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.is_closed = true;
                Ok(otherwise)
            }
            result => result,
        }
    }
}

impl<W: Write> Write for Patient<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.unless_closed(bytes.len(), |stream| stream.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.unless_closed((), Write::flush)
    }
}

/// Standard error.
pub(super) fn stderr() -> Patient<impl Write> {
    Patient::new(anstream::stderr())
}

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

/// Columns of the terminal that standard output is; `None` where it is none, and lines may be as long as they are.
pub(super) fn width() -> Option<usize> {
    let size = terminal_size::terminal_size_of(io::stdout());
    size.map(|(columns, _)| usize::from(columns.0)).filter(|columns| *columns >= MIN_WIDTH)
}

/// The verdict, the decisions and their reasons, in lines of `width` characters where that is known.
pub(super) fn result(out: &mut dyn Write, validation: &Validation, width: Option<usize>) -> io::Result<()> {
    let judged = &validation.judged;
    let verdict = style(judged.verdict);
    writeln!(out, "{verdict}{}{verdict:#}", verdict_word(judged.verdict))?;
    for decision in &judged.decisions {
        let style = style(decision.verdict);
        let name = line(&decision.name);
        let gates = unless_gating(decision.gating);
        writeln!(out, "  {BOLD}{name}{BOLD:#}: {style}{}{style:#}{gates}", decision.verdict)?;
    }
    for verdict in [Verdict::Failed, Verdict::Undecided, Verdict::Conditional] {
        for check in &judged.checks {
            let all: Vec<&Reason> = check.reasons.iter().filter(|reason| reason.verdict() == verdict).collect();
            if !all.is_empty() {
                reasons(out, validation, check, &all, width)?;
            }
        }
    }
    Ok(())
}

/// The reasons of one verdict that a check has.
fn reasons(
    out: &mut dyn Write,
    validation: &Validation,
    check: &Check,
    all: &[&Reason],
    width: Option<usize>,
) -> io::Result<()> {
    let release = &validation.release;
    let verdict = all.first().map_or(Verdict::Passed, |reason| reason.verdict());
    let style = style(verdict);
    let gates = unless_gating(check.gating);
    writeln!(out, "\n{style}{verdict}{style:#} {BOLD}{}{BOLD:#}{gates}", check.id)?;
    // A title says what must hold; after `failed` alone it would read as if it did.
    wrapped(out, "  must hold: ", &line(&check.title.to_string()), "", width)?;
    let (expected, observed) = (check.expected.to_string(), check.observed.to_string());
    wrapped(out, "  ", &line(&format!("expected {expected}, observed {observed}")), "", width)?;
    for reason in all.iter().take(MAX_REASONS) {
        let waived = waived(reason);
        if let Some(notice) = release.notices.iter().find(|notice| is_of(reason, notice)) {
            write!(out, "  - ")?;
            self::notice(out, release, "", notice, waived, "    ", width)?;
            continue;
        }
        let source = reason.source.as_ref().map(|source| place(release, source)).unwrap_or_default();
        let text = format!("{}{waived}", short(&reason.text.to_string()));
        wrapped(out, "  - ", &line(&text), &line(&source), width)?;
    }
    if all.len() > MAX_REASONS {
        writeln!(out, "  - and {} more", all.len() - MAX_REASONS)?;
    }
    Ok(())
}

/// Whether a reason is what a notice says, after the name of the artifact.
fn is_of(reason: &Reason, notice: &Notice) -> bool {
    notice.code.level != Level::Note
        && reason.source.is_some()
        && reason.source == notice.source
        && reason.text.to_string().ends_with(&format!(": {}", notice.text))
}

/// One line on why the verdict is not better, for those who want to read nothing else.
pub(super) fn in_short(out: &mut dyn Write, validation: &Validation) -> io::Result<()> {
    let verdict = validation.judged.verdict;
    let checks = validation.judged.checks.iter().filter(|check| check.gating);
    let all: Vec<(&Check, &Reason)> =
        checks.flat_map(|check| check.reasons.iter().map(move |reason| (check, reason))).collect();
    let mut decisive: Vec<_> = all.iter().filter(|(_, reason)| reason.verdict() == verdict).collect();
    // What nobody accepted is said first.
    sort_by_key(&mut decisive, |(_, reason)| reason.waived_by.is_some());
    let Some((check, reason)) = decisive.first() else { return writeln!(out, "{verdict}") };
    let more = if decisive.len() == 1 { String::new() } else { format!(", and {} more", decisive.len() - 1) };
    let style = style(verdict);
    let text = format!("{}{}", short(&reason.text.to_string()), waived(reason));
    writeln!(out, "{style}{verdict}{style:#} {}: {}{more}", check.id, line(&text))
}

/// What is said after an accepted violation.
const fn waived(reason: &Reason) -> &'static str {
    if reason.waived_by.is_some() { " (waived)" } else { "" }
}

/// A text after `start`, wrapped at words and indented as far; `place` comes last, where it fits, else on its own line.
pub(super) fn wrapped(
    out: &mut dyn Write,
    start: &str,
    text: &str,
    place: &str,
    width: Option<usize>,
) -> io::Result<()> {
    write!(out, "{start}")?;
    let indent = start.chars().count();
    flow(out, indent, indent, text, place, width)
}

/// A text after a start of so many columns that is written already; its further lines are indented by `indent`.
fn flow(
    out: &mut dyn Write,
    start: usize,
    indent: usize,
    text: &str,
    place: &str,
    width: Option<usize>,
) -> io::Result<()> {
    let end = width.map_or(usize::MAX, |width| width.max(indent + MIN_WIDTH / 2));
    let indent = " ".repeat(indent);
    let (mut column, mut is_first) = (start, true);
    for word in text.split(' ') {
        let length = word.chars().count();
        if !is_first && column + 1 + length > end {
            write!(out, "\n{indent}")?;
            column = indent.len();
        } else if !is_first {
            write!(out, " ")?;
            column += 1;
        }
        write!(out, "{word}")?;
        column += length;
        is_first = false;
    }
    if !place.is_empty() {
        let fits = column + 1 + place.chars().count() <= end;
        let before = if fits { " ".to_owned() } else { format!("\n{indent}") };
        write!(out, "{before}{DIM}{place}{DIM:#}")?;
    }
    writeln!(out)
}

/// Artifact and pointer.
pub(super) fn place(release: &Release, source: &Source) -> String {
    let name = release.artifact(source.artifact).map_or("", |artifact| artifact.given.as_str());
    match source.pointer.to_string() {
        pointer if pointer.is_empty() => name.to_owned(),
        pointer => format!("{name} {pointer}"),
    }
}

/// Notices, as compilers show them; several notes of one code are folded. What is about no artifact and has a place
/// stands in the manifest.
pub(super) fn notices<'n>(
    out: &mut dyn Write,
    release: &Release,
    manifest: &str,
    notices: impl Iterator<Item = &'n Notice>,
    width: Option<usize>,
) -> io::Result<()> {
    let all: Vec<&Notice> = notices.collect();
    for (index, one) in all.iter().enumerate() {
        let of_code = |other: &&&Notice| other.code == one.code;
        let count = all.iter().filter(of_code).count();
        if one.code.level != Level::Note || count < MIN_FOLDED {
            notice(out, release, manifest, one, "", "  ", width)?;
        } else if !all[..index].iter().any(|other| of_code(&other)) {
            notice(out, release, manifest, one, &format!(", and {} more of this kind", count - 1), "  ", width)?;
        }
    }
    Ok(())
}

/// A notice, with `more` after its text; what follows its first line is indented.
fn notice(
    out: &mut dyn Write,
    release: &Release,
    manifest: &str,
    notice: &Notice,
    more: &str,
    indent: &str,
    width: Option<usize>,
) -> io::Result<()> {
    let level = notice.code.level.word();
    let colour = match notice.code.level {
        Level::Error => AnsiColor::Red,
        Level::Warning => AnsiColor::Yellow,
        Level::Note => AnsiColor::Blue,
    };
    let style = Style::new().bold().fg_color(Some(anstyle::Color::Ansi(colour)));
    let text = format!("{}{more}", short(&notice.text.to_string()));
    let id = notice.code.id;
    write!(out, "{style}{level}[{id}]{style:#}: ")?;
    flow(out, level.len() + id.len() + "[]: ".len(), indent.len(), &line(&text), "", width)?;
    if let Some(source) = &notice.source {
        let name = release.artifact(source.artifact).map_or("", |artifact| artifact.given.as_str());
        let at = notice.place.map(|place| format!(":{place}")).unwrap_or_default();
        let pointer = source.pointer.to_string();
        let pointer = if pointer.is_empty() { String::new() } else { format!(" ({pointer})") };
        writeln!(out, "{indent}{DIM}-->{DIM:#} {}", line(&format!("{name}{at}{pointer}")))?;
    } else if let Some(at) = notice.place {
        writeln!(out, "{indent}{DIM}-->{DIM:#} {}", line(&format!("{manifest}:{at}")))?;
    }
    if let Some(other) = &notice.other {
        writeln!(out, "{indent}{DIM}-->{DIM:#} against {}", line(&place(release, other)))?;
    }
    wrapped(out, &format!("{indent}help: "), &line(&notice.help), "", width)
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

#[cfg(test)]
mod tests {
    use super::wrapped;

    #[track_caller]
    fn check(start: &str, text: &str, place: &str, width: Option<usize>, expected: &str) {
        let mut out = Vec::new();
        wrapped(&mut out, start, text, place, width).expect("a vector takes all");
        let plain = anstream::adapter::strip_str(std::str::from_utf8(&out).expect("text")).to_string();
        assert_eq!(plain, expected);
    }

    #[test]
    fn lines_are_broken_at_words_where_the_width_is_known() {
        let text = "the quick brown fox jumps over the lazy dog and does not stop";
        check("  - ", text, "a.json /x", None, &format!("  - {text} a.json /x\n"));
        let expected = "  - the quick brown fox jumps over the lazy\n    dog and does not stop a.json /x\n";
        check("  - ", text, "a.json /x", Some(45), expected);
        let expected =
            "  - the quick brown fox jumps over the lazy\n    dog and does not stop\n    artifacts/results.json /x\n";
        check("  - ", text, "artifacts/results.json /x", Some(45), expected);
        let long = "x".repeat(60);
        check("  - ", &long, "", Some(45), &format!("  - {long}\n"));
    }
}
