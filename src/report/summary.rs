//! `summary.md`: the decision in the size that a ticket or a comment allows.
//!
//! Lists instead of tables, so that it reads well where Markdown is not rendered. The verdict, the decisions, what was
//! violated and what was excused come first. Of every check and every area at least the first lines are kept; the rest
//! is shed from the end, and the last line says what was left out and the digest of the full report.

use super::markdown::inline;
use super::view::{Subject, marked, required_instead, result_line, unless_gating, verdict_word};
use crate::gate::{Area, Check, Reason, Verdict};
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
/// Lines of every part that are shown before any part gets more.
const SHARES: [usize; 3] = [1, 3, usize::MAX];

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
    parts: Vec<Part<'s>>,
}

/// Lines of which none may be lost for the length of another part: those of one check.
struct Part<'s> {
    /// How many lines there are; the rest of them is still to be taken.
    count: usize,
    rest: Box<dyn Iterator<Item = String> + 's>,
    shown: Vec<String>,
}

impl<'s> Part<'s> {
    fn new(lines: impl ExactSizeIterator<Item = String> + 's) -> Part<'s> {
        Part { count: lines.len(), rest: Box::new(lines), shown: Vec::new() }
    }
}

impl Section<'_> {
    fn head(&self) -> String {
        let count: usize = self.parts.iter().map(|part| part.count).sum();
        format!("\n**{}** ({}):\n", self.title, thousands(count as u64))
    }

    fn shown(&self) -> impl Iterator<Item = &String> {
        self.parts.iter().flat_map(|part| &part.shown)
    }

    fn left_out(&self) -> usize {
        self.parts.iter().map(|part| part.count - part.shown.len()).sum()
    }
}

/// Renders the summary; `markdown` is the full report.
pub fn render(subject: &Subject<'_>, markdown: &str, budget: Budget) -> String {
    let judged = subject.judged;
    let mut sheet = Sheet { text: String::new(), chars: 0, budget };
    head(subject, &mut sheet);
    let reasons = |title, verdict: Verdict, waived: bool| {
        let is_of = |reason: &&Reason| reason.waived_by.is_some() == waived && (waived || reason.verdict() == verdict);
        let parts = judged.checks.iter().filter_map(|check| {
            let all: Vec<&Reason> = check.reasons.iter().filter(is_of).collect();
            let lines = all.into_iter().map(|reason| reason_line(subject, check, reason));
            (lines.len() > 0).then(|| Part::new(lines))
        });
        Section { title, parts: parts.collect() }
    };
    let results = Area::ALL.into_iter().filter_map(|area| result_line(subject.release, judged, area));
    let results = results.map(|line| Part::new(std::iter::once(format!("- {line}"))));
    let mut sections = vec![
        reasons("Violated", Verdict::Failed, false),
        reasons("Excused by a waiver", Verdict::Conditional, true),
        reasons("Not known", Verdict::Undecided, false),
        reasons("On condition", Verdict::Conditional, false),
        Section { title: "Results", parts: results.collect() },
    ];
    fill(&sheet, &mut sections);
    for section in sections.iter().filter(|section| section.shown().next().is_some()) {
        let head = section.head();
        head.lines().chain([""]).chain(section.shown().map(String::as_str)).for_each(|line| _ = sheet.line(line));
    }
    let left_out = sections.iter().filter(|section| section.left_out() > 0);
    let left_out: Vec<String> =
        left_out.map(|section| format!("{} of \"{}\"", thousands(section.left_out() as u64), section.title)).collect();
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

/// Takes lines into sections as long as there is room: the first few of each part, so that none is lost for the length
/// of another, then the others in order.
fn fill(sheet: &Sheet, sections: &mut [Section<'_>]) {
    let (mut chars, mut bytes) = (0, 0);
    for share in SHARES {
        for section in sections.iter_mut() {
            // The head of a section comes with its first line; a line of its own stands around it.
            let mut head = if section.shown().next().is_none() { section.head() } else { String::new() };
            for part in &mut section.parts {
                while part.shown.len() < share {
                    let Some(line) = part.rest.next() else { break };
                    let more = (head.chars().count() + line.chars().count() + 2, head.len() + line.len() + 2);
                    if !sheet.has_room(chars + more.0, bytes + more.1) {
                        part.rest = Box::new(std::iter::empty());
                        break;
                    }
                    (chars, bytes) = (chars + more.0, bytes + more.1);
                    head.clear();
                    part.shown.push(line);
                }
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
        let gates = unless_gating(decision.gating);
        let line = format!("- {name}{gates}: **{}**", verdict_word(decision.verdict));
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
    if let Some(words) = required_instead(subject.made) {
        sheet.line(&format!("- Policy: {words}"));
    }
}

fn reason_line(subject: &Subject<'_>, check: &Check, reason: &Reason) -> String {
    let mut line = format!("- {}: {}", marked(check), short(&reason.text));
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
