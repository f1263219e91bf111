//! What CI systems show beside the code and on the page of a job: annotations, summary, outputs.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::{self, Write};

use anyhow::Context;

use super::terminal::place;
use crate::diagnostics::Level;
use crate::gate::{Area, Check, Reason, Verdict};
use crate::model::order::sort_by_key;
use crate::model::{Notice, Release, Source};
use crate::pipeline::Validation;
use crate::report::markdown::in_cell;
use crate::report::view::{marked, result_line, unless_gating, verdict_word};
use crate::safety::terminal::{azure_property, line, message, property};
use crate::safety::visible::cut;

/// Annotations of one level that are made: GitHub shows ten of a step.
const MAX_OF_LEVEL: usize = 10;
/// Characters of one annotation.
const MAX_MESSAGE: usize = 1_000;
/// Rows of a job's summary.
const MAX_ROWS: usize = 100;
/// Bytes of a job's summary; GitHub takes one mebibyte of a step.
const MAX_SUMMARY: usize = 512 * 1024;

/// The CI systems that annotations are written for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Annotations {
    /// `::error file=…::…`
    Github,
    /// A section of the log
    Gitlab,
    /// `##vso[task.logissue …]…`
    Azure,
    /// Whichever of them this runs in, if any
    Auto,
    /// No annotations
    #[default]
    None,
}

#[derive(Debug, Default, clap::Args)]
pub(super) struct Args {
    /// Write annotations for a CI system
    #[arg(long, value_enum, value_name = "SYSTEM", default_value_t = Annotations::None)]
    annotations: Annotations,
    /// Add the verdict and its reasons to the summary of the job ($GITHUB_STEP_SUMMARY)
    #[arg(long)]
    github_summary: bool,
    /// Set the outputs of the step: verdict, and counts ($GITHUB_OUTPUT)
    #[arg(long)]
    github_output: bool,
}

/// One annotation.
struct Annotation<'v> {
    level: Level,
    title: &'v str,
    text: String,
    file: Option<&'v str>,
    line: Option<u64>,
    column: Option<u64>,
}

/// Writes what is asked for.
pub(super) fn write(args: &Args, validation: &Validation, out: &mut dyn Write) -> anyhow::Result<()> {
    match resolve(args.annotations, &|name| std::env::var(name).ok()) {
        Annotations::Github => github(validation, out)?,
        // Whoever takes escapes out where there is no terminal would take the marks of the section out as well.
        Annotations::Gitlab => {
            out.flush()?;
            gitlab(validation, &mut io::stdout())?;
        }
        Annotations::Azure => azure(validation, out)?,
        Annotations::Auto | Annotations::None => {}
    }
    if args.github_summary {
        append("GITHUB_STEP_SUMMARY", &summary(validation))?;
    }
    if args.github_output {
        append("GITHUB_OUTPUT", &outputs(validation))?;
    }
    Ok(())
}

/// Whether what is asked for can be written: found out before the work, not after it.
pub(super) fn ready(args: &Args) -> anyhow::Result<()> {
    if args.github_summary {
        append("GITHUB_STEP_SUMMARY", "")?;
    }
    if args.github_output {
        append("GITHUB_OUTPUT", "")?;
    }
    Ok(())
}

fn resolve(asked: Annotations, variable: &dyn Fn(&str) -> Option<String>) -> Annotations {
    if asked != Annotations::Auto {
        return asked;
    }
    let is_set = |name| variable(name).is_some_and(|value| value.eq_ignore_ascii_case("true"));
    [("GITHUB_ACTIONS", Annotations::Github), ("GITLAB_CI", Annotations::Gitlab), ("TF_BUILD", Annotations::Azure)]
        .into_iter()
        .find(|(name, _)| is_set(name))
        .map_or(Annotations::None, |(_, system)| system)
}

fn append(variable: &str, text: &str) -> anyhow::Result<()> {
    let path =
        std::env::var_os(variable).with_context(|| format!("${variable} is not set: is this GitHub Actions?"))?;
    let file = OpenOptions::new().append(true).create(true).open(&path);
    file.and_then(|mut file| file.write_all(text.as_bytes())).with_context(|| format!("${variable} cannot be written"))
}

/// The reasons and the notices, the worst first, not more than a CI system shows.
fn annotations(validation: &Validation) -> Vec<Annotation<'_>> {
    let release = &validation.release;
    let told = told(release);
    let mut all: Vec<Annotation<'_>> = reasons(validation)
        .filter(|(check, reason)| reason.waived_by.is_none() && !is_told(check, reason, &told))
        .map(|(check, reason)| {
            let level = match reason.verdict() {
                Verdict::Failed | Verdict::Undecided if check.gating => Level::Error,
                _ => Level::Warning,
            };
            let gates = unless_gating(check.gating);
            annotation(release, level, &check.id, &format!("{}{gates}", reason.text), reason.source.as_ref())
        })
        .collect();
    let notices = release.notices.iter().chain(&validation.judged.notices);
    all.extend(notices.filter(|notice| notice.code.level != Level::Note).map(|notice| of_notice(release, notice)));
    let (errors, others): (Vec<_>, Vec<_>) = all.into_iter().partition(|annotation| annotation.level == Level::Error);
    let shown = [errors, others].map(|of_level| fair(of_level, MAX_OF_LEVEL, |annotation| annotation.title));
    shown.into_iter().flatten().collect()
}

/// As many items as there is room for, in their order: of each group some, so that none is lost for the length of another.
fn fair<'k, T>(mut items: Vec<T>, room: usize, group: impl Fn(&T) -> &'k str) -> Vec<T> {
    let mut index: BTreeMap<&str, usize> = BTreeMap::new();
    // How many items each group has, and how many of them are shown.
    let mut groups: Vec<(usize, usize)> = Vec::new();
    for item in &items {
        let at = *index.entry(group(item)).or_insert_with(|| {
            groups.push((0, 0));
            groups.len() - 1
        });
        groups[at].0 += 1;
    }
    let mut left = room.min(items.len());
    while left > 0 {
        for (count, share) in &mut groups {
            let more = usize::from(share < count && left > 0);
            *share += more;
            left -= more;
        }
    }
    items.retain(|item| {
        let share = index.get(group(item)).map(|at| &mut groups[*at].1);
        share.is_some_and(|share| {
            let is_shown = *share > 0;
            *share -= usize::from(is_shown);
            is_shown
        })
    });
    items
}

/// Texts, by their sources.
type Told<'r> = BTreeMap<Option<&'r Source>, BTreeSet<String>>;

/// What notices say that weigh on the verdict, with their sources: they have a place that the reasons have not.
fn told(release: &Release) -> Told<'_> {
    let mut told = Told::new();
    for notice in release.notices.iter().filter(|notice| notice.code.level != Level::Note) {
        told.entry(notice.source.as_ref()).or_default().insert(notice.text.to_string());
    }
    told
}

/// Whether a reason is what a notice says, by itself or after the name of the artifact.
fn is_told(check: &Check, reason: &Reason, told: &Told<'_>) -> bool {
    let Some(told) = told.get(&reason.source.as_ref()).filter(|_| check.rule.area == Area::Evidence) else {
        return false;
    };
    let text = reason.text.to_string();
    let rests = text.match_indices(": ").map(|(at, colon)| &text[at + colon.len()..]);
    let mut texts = std::iter::once(text.as_str()).chain(rests);
    texts.any(|text| told.contains(text))
}

fn reasons(validation: &Validation) -> impl Iterator<Item = (&Check, &Reason)> {
    let checks = validation.judged.checks.iter();
    let mut all: Vec<(&Check, &Reason)> =
        checks.flat_map(|check| check.reasons.iter().map(move |reason| (check, reason))).collect();
    let rank = |reason: &Reason| {
        [Verdict::Failed, Verdict::Undecided, Verdict::Conditional].iter().position(|v| *v == reason.verdict())
    };
    sort_by_key(&mut all, |(_, reason)| rank(reason).unwrap_or(usize::MAX));
    all.into_iter()
}

fn annotation<'v>(
    release: &'v Release,
    level: Level,
    title: &'v str,
    text: &str,
    source: Option<&Source>,
) -> Annotation<'v> {
    let file = source.and_then(|source| release.artifact(source.artifact)).map(|artifact| artifact.given.as_str());
    let line = source.and_then(|source| source.pointer.line_number());
    let pointer = source.map(|source| source.pointer.as_path()).filter(|path| !path.is_empty());
    let at = pointer.map(|pointer| format!(" ({pointer})")).unwrap_or_default();
    Annotation { level, title, text: cut(&format!("{text}{at}"), MAX_MESSAGE).into_owned(), file, line, column: None }
}

fn of_notice<'v>(release: &'v Release, notice: &'v Notice) -> Annotation<'v> {
    let text = format!("{}; {}", notice.text, notice.help);
    let mut annotation = annotation(release, notice.code.level, notice.code.id, &text, notice.source.as_ref());
    if let Some(place) = notice.place {
        annotation.line = Some(place.line);
        annotation.column = Some(place.column);
    }
    annotation
}

fn github(validation: &Validation, out: &mut dyn Write) -> io::Result<()> {
    for annotation in annotations(validation) {
        let mut properties = Vec::new();
        if let Some(file) = annotation.file {
            properties.push(format!("file={}", property(file)));
        }
        properties.extend(annotation.line.map(|line| format!("line={line}")));
        properties.extend(annotation.column.map(|column| format!("col={column}")));
        properties.push(format!("title={}", property(annotation.title)));
        writeln!(out, "::{} {}::{}", annotation.level.word(), properties.join(","), message(&annotation.text))?;
    }
    Ok(())
}

fn azure(validation: &Validation, out: &mut dyn Write) -> io::Result<()> {
    for annotation in annotations(validation) {
        let kind = if annotation.level == Level::Error { "error" } else { "warning" };
        let mut properties = format!("type={kind};code={}", azure_property(annotation.title));
        if let Some(file) = annotation.file {
            let _ = write!(properties, ";sourcepath={}", azure_property(file));
        }
        if let Some(line) = annotation.line {
            let _ = write!(properties, ";linenumber={line}");
        }
        if let Some(column) = annotation.column {
            let _ = write!(properties, ";columnnumber={column}");
        }
        writeln!(out, "##vso[task.logissue {properties}]{}", message(&annotation.text))?;
    }
    Ok(())
}

/// GitLab shows nothing beside the code from a log; its log has sections that can be folded.
fn gitlab(validation: &Validation, out: &mut dyn Write) -> io::Result<()> {
    let time = validation.as_of.map_or(0, jiff::Timestamp::as_second);
    let verdict = validation.judged.verdict;
    writeln!(out, "\x1b[0Ksection_start:{time}:signoff\r\x1b[0Ksignoff: {verdict}")?;
    for annotation in annotations(validation) {
        let file = annotation.file.map(|file| format!(" {}", line(file))).unwrap_or_default();
        let at = annotation.line.map(|line| format!(":{line}")).unwrap_or_default();
        let word = annotation.level.word();
        writeln!(out, "{word}[{}]{file}{at}: {}", annotation.title, line(&annotation.text))?;
    }
    writeln!(out, "\x1b[0Ksection_end:{time}:signoff\r\x1b[0K")
}

/// The verdict and its reasons, in Markdown, of a bounded size.
fn summary(validation: &Validation) -> String {
    let judged = &validation.judged;
    let mut text = format!("## {}\n\n", verdict_word(judged.verdict));
    for decision in &judged.decisions {
        let name = crate::safety::markdown::prose(&decision.name);
        let gates = unless_gating(decision.gating);
        let _ = writeln!(text, "- {}{gates}: **{}**", name.as_str(), decision.verdict);
    }
    let results = Area::ALL.into_iter().filter_map(|area| result_line(&validation.release, judged, area));
    text.push('\n');
    for line in results {
        let _ = writeln!(text, "- {line}");
    }
    let all: Vec<(&Check, &Reason)> = reasons(validation).collect();
    let n_all = all.len();
    let all = fair(all, MAX_ROWS, |(check, _)| check.id.as_str());
    if n_all > 0 {
        text.push_str("\n| verdict | check | reason | evidence |\n|---|---|---|---|\n");
    }
    let mut shown = 0;
    for (check, reason) in &all {
        let at = reason.source.as_ref().map(|source| place(&validation.release, source)).unwrap_or_default();
        let at = if at.is_empty() { String::new() } else { crate::safety::markdown::cell(&at).as_str().to_owned() };
        let waived = if reason.waived_by.is_some() { " (waived)" } else { "" };
        let row = format!(
            "| {}{waived} | {} | {} | {at} |\n",
            reason.verdict(),
            crate::safety::markdown::cell(&marked(check)).as_str(),
            in_cell(&reason.text)
        );
        if text.len() + row.len() > MAX_SUMMARY {
            break;
        }
        text.push_str(&row);
        shown += 1;
    }
    if shown < n_all {
        let _ = writeln!(text, "\nand {} more: see the report", n_all - shown);
    }
    text.push('\n');
    text
}

/// Outputs of a step: values of our own words and numbers, each on one line.
/// A count is `unknown` where nothing counts it, which an expression never takes for 0.
fn outputs(validation: &Validation) -> String {
    let release = &validation.release;
    let tests = (!release.suites.is_empty()).then(|| release.all_tests());
    let findings = (!release.scans.is_empty()).then(|| release.findings());
    let of = |severity| findings.as_ref().map(|findings| findings.of(severity));
    let checks = |verdict| validation.judged.checks.iter().filter(|check| check.verdict() == verdict).count();
    let mut text = format!("verdict={}\n", validation.judged.verdict);
    for (name, count) in [
        ("tests-total", tests.as_ref().map(|tests| tests.total())),
        ("tests-passed", tests.as_ref().map(|tests| tests.passed)),
        ("tests-failed", tests.as_ref().map(|tests| tests.failed)),
        ("tests-errored", tests.as_ref().map(|tests| tests.errored)),
        ("tests-skipped", tests.as_ref().map(|tests| tests.skipped)),
        ("findings-total", findings.as_ref().map(|findings| findings.total())),
        ("findings-critical", of(crate::model::Severity::Critical)),
        ("findings-high", of(crate::model::Severity::High)),
        ("artifacts", Some(release.artifacts.len() as u64)),
    ] {
        let count = count.map_or_else(|| "unknown".to_owned(), |count| count.to_string());
        let _ = writeln!(text, "{name}={count}");
    }
    for verdict in [Verdict::Passed, Verdict::Conditional, Verdict::Failed, Verdict::Undecided] {
        let _ = writeln!(text, "checks-{verdict}={}", checks(verdict));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_group_is_lost_for_the_length_of_another() {
        let check = |room, expected: &[&str]| {
            let items = vec!["a1", "a2", "a3", "a4", "b1", "c1", "c2"];
            assert_eq!(fair(items, room, |item| &item[..1]), expected);
        };
        check(0, &[]);
        check(2, &["a1", "b1"]);
        check(4, &["a1", "a2", "b1", "c1"]);
        check(6, &["a1", "a2", "a3", "b1", "c1", "c2"]);
        check(9, &["a1", "a2", "a3", "a4", "b1", "c1", "c2"]);
    }

    #[test]
    fn the_system_is_told_by_its_variables() {
        let resolve_in = |name: &'static str, value: &'static str| {
            resolve(Annotations::Auto, &move |asked| (asked == name).then(|| value.to_owned()))
        };
        assert_eq!(resolve_in("GITHUB_ACTIONS", "true"), Annotations::Github);
        assert_eq!(resolve_in("GITLAB_CI", "true"), Annotations::Gitlab);
        assert_eq!(resolve_in("TF_BUILD", "True"), Annotations::Azure);
        assert_eq!(resolve_in("CI", "true"), Annotations::None);
        assert_eq!(resolve(Annotations::Azure, &|_| None), Annotations::Azure);
    }
}
