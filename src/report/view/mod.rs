//! The view: what the report says, computed once. Rounding, wording, order, plural and "not known" are decided here;
//! templates only place things.

mod appendix;
mod changes;
mod checklist;
pub(super) mod counts;
pub(super) mod data;
mod decision;
mod monitoring;
mod performance;
mod rollback;
mod security;
mod services;
mod smoke;
mod status;
mod summary;
mod table;

use crate::gate::{Area, Check, Judged, Verdict};
use crate::manifest::{IssueKeys, Manifest, SectionName};
use crate::model::phrase::thousands;
use crate::model::test::Issue;
use crate::model::{Phrase, Release, Source};
use crate::report::made::Made;
use crate::safety::visible::cut;
use jiff::Timestamp;
use jiff::tz::Offset;

pub(super) use changes::ChangesAlone;
pub use changes::{ChangeGroup, ChangesView};
pub(super) use decision::required_instead;
pub(super) use smoke::tallies;
pub use table::{Align, Column, Table};

/// What the renderers show.
///
/// See the [example](mod@crate::report#example).
#[derive(Clone, Copy)]
pub struct Subject<'s> {
    /// The evidence.
    pub release: &'s Release,
    /// What the manifest says.
    pub manifest: &'s Manifest,
    /// What the gate decided.
    pub judged: &'s Judged,
    /// The time of the report.
    pub as_of: Option<Timestamp>,
    /// How it is made.
    pub made: &'s Made,
}

/// The data of the Markdown templates.
#[derive(Clone, Debug)]
pub struct View {
    /// The heading.
    pub title: Phrase,
    /// The verdict as a word in capitals.
    pub verdict: &'static str,
    /// What the verdict means, in one sentence.
    pub verdict_means: &'static str,
    /// Story, date and the like.
    pub meta: Vec<Labelled>,
    /// The decision block.
    pub decision: decision::DecisionView,
    /// Changes since the baseline; null where none was given.
    pub changes: Option<ChangesView>,
    /// The executive summary.
    pub summary: summary::SummaryView,
    /// How each section stands, for its first line.
    pub status: status::StatusView,
    /// 1 Smoke tests.
    pub smoke: smoke::SmokeView,
    /// 2 Monitoring.
    pub monitoring: monitoring::MonitoringView,
    /// 3 Rollback.
    pub rollback: rollback::RollbackView,
    /// 4 Services.
    pub services: services::ServicesView,
    /// 5 Performance.
    pub performance: performance::PerformanceView,
    /// 6 Security.
    pub security: security::SecurityView,
    /// 7 Checklist.
    pub checklist: checklist::ChecklistView,
    /// 8 Sign-off.
    pub sign_off: checklist::SignOffView,
    /// Sections of the user's own.
    pub sections: Vec<FreeView>,
    /// The appendices.
    pub appendix: appendix::AppendixView,
    /// The footer.
    pub footer: Vec<Labelled>,
}

/// A label and what it labels.
#[derive(Clone, Debug)]
pub struct Labelled {
    /// Our own word.
    pub label: Phrase,
    /// The text.
    pub text: Phrase,
}

/// A section of the user's own.
#[derive(Clone, Debug)]
pub struct FreeView {
    /// Its heading.
    pub title: Phrase,
    /// Its Markdown.
    pub body: String,
}

/// An issue, with what is said of it.
#[derive(Clone, Debug)]
pub struct IssueView {
    /// One line.
    pub title: Phrase,
    /// What is said of it.
    pub facts: Vec<Labelled>,
}

impl View {
    /// Computes the view.
    pub fn new(subject: &Subject<'_>) -> View {
        let report = &subject.manifest.report;
        let verdict = subject.judged.verdict;
        // What an artifact calls the product stands below, as text of the artifact: a heading is our word or the owner's.
        let title = match (&report.title, &subject.manifest.subject.name) {
            (Some(title), _) => Phrase::new().owner(title.clone()),
            (None, Some(name)) => Phrase::new().owner(name.clone()).own(": staging validation report"),
            (None, None) => Phrase::from("Staging validation report"),
        };
        View {
            title,
            verdict: verdict_word(verdict),
            verdict_means: verdict_means(subject.judged),
            meta: meta(subject),
            decision: decision::view(subject),
            changes: subject.judged.compared.as_ref().map(ChangesView::new),
            summary: summary::view(subject),
            status: status::view(subject),
            smoke: smoke::view(subject),
            monitoring: monitoring::view(subject),
            rollback: rollback::view(subject),
            services: services::view(subject),
            performance: performance::view(subject),
            security: security::view(subject),
            checklist: checklist::view(subject),
            sign_off: checklist::sign_off(subject),
            sections: subject
                .manifest
                .section
                .iter()
                .map(|section| FreeView {
                    title: Phrase::new().owner(section.title.clone()),
                    body: section.body.clone(),
                })
                .collect(),
            appendix: appendix::view(subject),
            footer: footer(subject),
        }
    }
}

/// Verdict and result of one area in one line, for summaries; `None` where no check was made about it.
pub(crate) fn result_line(release: &Release, judged: &Judged, area: Area) -> Option<String> {
    summary::result_line(release, judged, area)
}

/// What is said behind a decision that the overall verdict does not follow, and a check that it does not rest on.
pub(crate) const fn unless_gating(gating: bool) -> &'static str {
    if gating { "" } else { " (does not gate)" }
}

/// The id of a check, and whether the overall verdict does not rest on it.
pub(crate) fn marked(check: &Check) -> String {
    format!("{}{}", check.id, unless_gating(check.gating))
}

/// The verdict in capitals, so that it stands out without a colour.
pub const fn verdict_word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Passed => "PASSED",
        Verdict::Conditional => "CONDITIONAL",
        Verdict::Undecided => "UNDECIDED",
        Verdict::Failed => "FAILED",
    }
}

fn verdict_means(judged: &Judged) -> &'static str {
    let is_worse = judged.checks.iter().any(|check| check.verdict() > judged.verdict);
    match judged.verdict {
        Verdict::Passed if is_worse => {
            "Every check that the gating decisions rest on holds; others, listed below, do not."
        }
        Verdict::Conditional if is_worse => {
            "No check that the gating decisions rest on is violated, but what is listed below holds only on conditions \
             or not at all."
        }
        Verdict::Passed => "Every check of the policy holds.",
        Verdict::Conditional => "No check is violated, but what is listed below holds only on conditions.",
        Verdict::Undecided => {
            "The evidence does not allow a decision: something that the policy asks for is missing or cannot be trusted."
        }
        Verdict::Failed => "At least one check of the policy is violated.",
    }
}

fn meta(subject: &Subject<'_>) -> Vec<Labelled> {
    let report = &subject.manifest.report;
    let mut meta = Vec::new();
    let mut add = |label: &str, text: Option<Phrase>| meta.extend(text.map(|text| labelled(label, text)));
    add("Story", report.story.clone().map(owner));
    add("Acceptance criteria", report.acceptance.clone().map(owner));
    add("Date", subject.as_of.map(|time| Phrase::from(Offset::UTC.to_datetime(time).date().to_string())));
    meta
}

fn footer(subject: &Subject<'_>) -> Vec<Labelled> {
    let report = &subject.manifest.report;
    let mut footer = vec![labelled("Generated by", {
        let tool = Phrase::from(format!("signoff {}", env!("CARGO_PKG_VERSION")));
        match &report.generated_by {
            Some(by) => tool.own(" for ").owner(by.clone()),
            None => tool,
        }
    })];
    footer.extend(report.version.clone().map(|version| labelled("Report version", owner(version))));
    footer.extend(subject.as_of.map(|time| labelled("Last updated", Phrase::from(time.to_string()))));
    footer.extend(report.next_review.clone().map(|review| labelled("Next review", owner(review))));
    footer
}

/// Characters of a block of foreign text (a stack trace, the output of a command) that are shown.
const MAX_BLOCK: usize = 6_000;

/// A block of foreign text in the length that is shown; how many characters more there are is said.
fn block(text: &str) -> String {
    cut(text, MAX_BLOCK).into_owned()
}

fn labelled(label: &str, text: Phrase) -> Labelled {
    Labelled { label: Phrase::from(label), text }
}

fn owner(text: String) -> Phrase {
    Phrase::new().owner(text)
}

fn foreign(text: impl Into<String>) -> Phrase {
    Phrase::new().foreign(text)
}

/// A place in the evidence, with a link to the index of artifacts.
fn evidence(source: &Source) -> Phrase {
    let id = source.artifact.to_string();
    let anchor = id.to_lowercase();
    match source.pointer.to_string() {
        pointer if pointer.is_empty() => Phrase::from(format!("[{id}](#{anchor})")),
        pointer => Phrase::from(format!("[{id}](#{anchor}) ")).foreign(pointer),
    }
}

/// Several places: the first few, and how many there are.
fn evidence_list(sources: &[Source]) -> Phrase {
    const SHOWN: usize = 2;
    let mut phrase = Phrase::new();
    for (index, source) in sources.iter().take(SHOWN).enumerate() {
        let separator = if index > 0 { ", " } else { "" };
        phrase = phrase.own(separator).and(evidence(source));
    }
    match sources.len().saturating_sub(SHOWN) {
        0 => phrase,
        more => phrase.own(format!(" and {} more", thousands(more as u64))),
    }
}

/// Says in the last row of a table how many more there are, where there are any, and where they stand.
fn unlisted(table: &mut Table, more: u64, place: &str) {
    if more > 0 {
        table.row([Phrase::from(format!("{} more, {place}", thousands(more)))]);
    }
}

/// What is said of an issue in the manifest.
fn manifest_issues(manifest: &Manifest, section: SectionName) -> Vec<IssueView> {
    let of_issue = |issue: &IssueKeys| {
        let mut facts = Vec::new();
        let mut add = |label: &str, text: &Option<String>| {
            facts.extend(text.clone().map(|text| labelled(label, owner(text))));
        };
        add("Severity", &issue.severity);
        add("Status", &issue.status);
        add("Impact", &issue.impact);
        add("Root cause", &issue.root_cause);
        add("Recommendation", &issue.recommendation);
        add("Workaround", &issue.workaround);
        facts.extend(issue.command.clone().map(|command| labelled("Command", foreign(command))));
        IssueView { title: owner(issue.title.clone()), facts }
    };
    manifest.issue.iter().filter(|issue| issue.section == section).map(of_issue).collect()
}

/// What a test says of the issue that it found.
fn test_issue(issue: &Issue, source: &Source) -> IssueView {
    let mut facts = Vec::new();
    let mut add = |label: &str, text: &Option<String>| {
        facts.extend(text.clone().map(|text| labelled(label, foreign(text))));
    };
    add("Severity", &issue.severity);
    add("Impact", &issue.impact);
    add("Root cause", &issue.root_cause);
    add("Recommendation", &issue.recommendation);
    add("Workaround", &issue.workaround);
    facts.push(labelled("Evidence", evidence(source)));
    IssueView { title: foreign(issue.title.clone()), facts }
}
