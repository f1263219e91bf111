//! `summary.md`: the decision in the size that a ticket or a comment allows.
//!
//! Lists instead of tables, so that it reads well where Markdown is not rendered. The verdict, the decisions, what was
//! violated and what was excused come first. Of every section at least the first lines are kept; the rest is shed from
//! the end, and the last line says what was left out and the digest of the full report.

use super::markdown::inline;
use super::view::{Subject, verdict_word};
use crate::gate::{Area, Reason, Verdict};
use crate::model::Phrase;
use crate::model::digest::digest;
use crate::model::phrase::thousands;
use crate::safety::visible::cut;

/// How large a summary may be.
///
/// See the [example](mod@crate::report#example).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Characters.
    pub chars: usize,
    /// Bytes in UTF-8.
    pub bytes: usize,
}

/// The limits of places that summaries are put into, with room for what those places add.
///
/// See the [example](mod@crate::report#example).
pub const BUDGETS: &[(&str, Budget)] = &[
    ("github-comment", Budget { chars: 60_000, bytes: 250_000 }),
    ("github-step-summary", Budget { chars: 900_000, bytes: 900_000 }),
    ("gitlab-note", Budget { chars: 950_000, bytes: 950_000 }),
    ("jira", Budget { chars: 30_000, bytes: 120_000 }),
    ("bitbucket", Budget { chars: 32_000, bytes: 128_000 }),
    ("azure-pr", Budget { chars: 3_900, bytes: 15_600 }),
];

/// What a summary is cut to where nobody asks for another size.
pub const DEFAULT: Budget = Budget { chars: 60_000, bytes: 250_000 };

impl Default for Budget {
    fn default() -> Budget {
        DEFAULT
    }
}

/// Characters of one reason.
const MAX_REASON: usize = 500;
/// Lines of every section that are shown before any section gets more.
const FIRST: usize = 3;

struct Sheet {
    text: String,
    chars: usize,
    budget: Budget,
}

impl Sheet {
    /// Whether there is room for a line, and for the last line of all.
    fn has_room(&self, chars: usize, bytes: usize) -> bool {
        const LAST: usize = 300;
        self.chars + chars + 1 + LAST <= self.budget.chars && self.text.len() + bytes + 1 + LAST <= self.budget.bytes
    }

    /// Adds a line where there is room for it.
    fn line(&mut self, line: &str) -> bool {
        let chars = line.chars().count();
        let fits = self.has_room(chars, line.len());
        if fits {
            self.text.push_str(line);
            self.text.push('\n');
            self.chars += chars + 1;
        }
        fits
    }
}

/// A list under a title.
struct Section<'s> {
    title: &'static str,
    /// How many lines there are; the rest of them is still to be taken.
    count: usize,
    rest: Box<dyn Iterator<Item = String> + 's>,
    shown: Vec<String>,
}

impl<'s> Section<'s> {
    fn new(title: &'static str, lines: impl ExactSizeIterator<Item = String> + 's) -> Section<'s> {
        Section { title, count: lines.len(), rest: Box::new(lines), shown: Vec::new() }
    }

    fn head(&self) -> String {
        format!("\n**{}** ({}):\n", self.title, thousands(self.count as u64))
    }
}

/// Renders the summary; `markdown` is the full report.
pub fn render(subject: &Subject<'_>, markdown: &str, budget: Budget) -> String {
    let judged = subject.judged;
    let mut sheet = Sheet { text: String::new(), chars: 0, budget };
    head(subject, &mut sheet);
    let of = |verdict: Verdict, waived: bool| -> Vec<(&str, &Reason)> {
        let reasons = judged.checks.iter().flat_map(|check| check.reasons.iter().map(|r| (check.id.as_str(), r)));
        let is_of = |(_, reason): &(&str, &Reason)| {
            reason.waived_by.is_some() == waived && (waived || reason.verdict() == verdict)
        };
        reasons.filter(is_of).collect()
    };
    let reasons = |title, verdict, waived| {
        Section::new(title, of(verdict, waived).into_iter().map(|(check, reason)| reason_line(subject, check, reason)))
    };
    let areas: Vec<Area> =
        Area::ALL.into_iter().filter(|area| judged.checks.iter().any(|check| check.rule.area == *area)).collect();
    let results = areas.into_iter().map(|area| format!("- {}", super::view::result_line(subject, area)));
    let mut sections = vec![
        reasons("Violated", Verdict::Failed, false),
        reasons("Excused by a waiver", Verdict::Conditional, true),
        reasons("Not known", Verdict::Undecided, false),
        reasons("On condition", Verdict::Conditional, false),
        Section::new("Results", results.collect::<Vec<_>>().into_iter()),
    ];
    fill(&sheet, &mut sections);
    let mut left_out = Vec::new();
    for section in &sections {
        if !section.shown.is_empty() {
            section.head().lines().chain([""]).for_each(|line| {
                sheet.line(line);
            });
            section.shown.iter().for_each(|line| {
                sheet.line(line);
            });
        }
        let more = section.count - section.shown.len();
        if more > 0 {
            left_out.push(format!("{} of \"{}\"", thousands(more as u64), section.title));
        }
    }
    let digest = digest(markdown.as_bytes());
    let last = if left_out.is_empty() {
        format!("\nEverything else stands in report.md, SHA-256 `{digest}`.\n")
    } else {
        let list = left_out.join(", ");
        format!(
            "\nLeft out here: {list}. All of it stands in report.json.\nThe report is report.md, SHA-256 `{digest}`.\n"
        )
    };
    sheet.text + &last
}

/// Takes lines into sections as long as there is room: the first few of each, so that none is lost for the length of
/// another, then the others in order.
fn fill(sheet: &Sheet, sections: &mut [Section<'_>]) {
    let (mut chars, mut bytes) = (0, 0);
    for most in [FIRST, usize::MAX] {
        for section in sections.iter_mut() {
            while section.shown.len() < most {
                let Some(line) = section.rest.next() else { break };
                // The head of a section comes with its first line; a line of its own stands around it.
                let head = if section.shown.is_empty() { section.head() } else { String::new() };
                let more = (head.chars().count() + line.chars().count() + 2, head.len() + line.len() + 2);
                if !sheet.has_room(chars + more.0, bytes + more.1) {
                    section.rest = Box::new(std::iter::empty());
                    break;
                }
                (chars, bytes) = (chars + more.0, bytes + more.1);
                section.shown.push(line);
            }
        }
    }
}

/// The verdict, the decisions, and what they are about.
fn head(subject: &Subject<'_>, sheet: &mut Sheet) {
    let judged = subject.judged;
    let name = subject.manifest.report.title.clone().or_else(|| subject.release.subject.name.clone());
    let name = name.unwrap_or_else(|| "Staging validation".to_owned());
    // In the smallest sizes names are cut so short that the verdict has room whatever they are.
    let most = if sheet.budget.bytes < 4_000 { 60 } else { 200 };
    sheet.line(&format!("**{}**: {}", verdict_word(judged.verdict), inline(&Phrase::new().owner(cut(&name, most)))));
    sheet.line("");
    for decision in &judged.decisions {
        let name = inline(&Phrase::new().owner(cut(&decision.name, most)));
        let line = format!("- {name}: **{}**", verdict_word(decision.verdict));
        let statement = decision.statement.as_ref().map(|text| inline(&Phrase::new().owner(cut(text, most))));
        if !statement.is_some_and(|statement| sheet.line(&format!("{line} - {statement}"))) {
            sheet.line(&line);
        }
    }
    let about = &subject.release.subject;
    for (label, text) in [("Version", &about.version), ("Commit", &about.commit), ("Environment", &about.environment)] {
        if let Some(text) = text {
            sheet.line(&format!("- {label}: {}", inline(&Phrase::new().foreign(cut(text, most)))));
        }
    }
    if let Some(time) = subject.as_of {
        sheet.line(&format!("- As of: {time}"));
    }
}

fn reason_line(subject: &Subject<'_>, check: &str, reason: &Reason) -> String {
    let mut line = format!("- {check}: {}", short(&reason.text));
    if let Some(waiver) = reason.waived_by.and_then(|index| subject.judged.waivers.get(index)) {
        let owner = inline(&Phrase::new().owner(cut(waiver.waiver.owner.get_ref(), 100)));
        line.push_str(&format!(" (accepted by {owner} until {})", waiver.waiver.expires.get_ref()));
    }
    if let Some(source) = &reason.source {
        let place = cut(&source.to_string(), 200).into_owned();
        line.push_str(&format!(" ({})", inline(&Phrase::new().foreign(place))));
    }
    line
}

/// A reason of a bounded length. Foreign text was redacted when it was read.
fn short(phrase: &Phrase) -> String {
    let mut short = Phrase::new();
    for piece in phrase.pieces() {
        short = match piece {
            crate::model::Piece::Own(text) => short.own(cut(text, MAX_REASON)),
            crate::model::Piece::Owner(text) => short.owner(cut(text, MAX_REASON)),
            crate::model::Piece::Foreign(text) => short.foreign(cut(text, MAX_REASON)),
        };
    }
    inline(&short)
}
