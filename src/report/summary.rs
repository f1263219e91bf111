//! `summary.md`: the decision in the size that a ticket or a comment allows.
//!
//! Lists instead of tables, so that it reads well where Markdown is not rendered. The verdict, the decisions, the counts
//! of reasons, what was violated and what was excused come first; the rest is shed from the end, and the last line says
//! what was left out and the digest of the full report.

use super::markdown::inline;
use super::view::{Subject, verdict_word};
use crate::gate::{Area, Reason, Verdict};
use crate::model::Phrase;
use crate::model::phrase::{plural, thousands};
use crate::safety::visible::cut;

/// How large a summary may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Characters.
    pub chars: usize,
    /// Bytes in UTF-8.
    pub bytes: usize,
}

/// The limits of places that summaries are put into, with room for what those places add.
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

struct Sheet {
    text: String,
    chars: usize,
    budget: Budget,
}

impl Sheet {
    /// Adds a line where there is room for it and for the last line.
    fn line(&mut self, line: &str) -> bool {
        const LAST: usize = 400;
        let chars = line.chars().count() + 1;
        let fits = self.chars + chars + LAST <= self.budget.chars
            && self.text.len() + line.len() + 1 + LAST <= self.budget.bytes;
        if fits {
            self.text.push_str(line);
            self.text.push('\n');
            self.chars += chars;
        }
        fits
    }
}

/// Renders the summary; `markdown` is the full report.
pub fn render(subject: &Subject<'_>, markdown: &str, budget: Budget) -> String {
    let judged = subject.judged;
    let mut sheet = Sheet { text: String::new(), chars: 0, budget };
    let name = subject.manifest.report.title.clone().or_else(|| subject.release.subject.name.clone());
    let name = name.unwrap_or_else(|| "Staging validation".to_owned());
    sheet.line(&format!("**{}**: {}", verdict_word(judged.verdict), inline(&Phrase::new().owner(cut(&name, 200)))));
    sheet.line("");
    for decision in &judged.decisions {
        let statement =
            decision.statement.clone().map(|s| format!(" - {}", inline(&Phrase::new().owner(cut(&s, 300)))));
        let name = inline(&Phrase::new().owner(cut(&decision.name, 200)));
        sheet.line(&format!("- {name}: **{}**{}", verdict_word(decision.verdict), statement.unwrap_or_default()));
    }
    let about = &subject.release.subject;
    for (label, text) in [("Version", &about.version), ("Commit", &about.commit), ("Environment", &about.environment)] {
        if let Some(text) = text {
            sheet.line(&format!("- {label}: {}", inline(&Phrase::new().foreign(cut(text, 200)))));
        }
    }
    if let Some(time) = subject.as_of {
        sheet.line(&format!("- As of: {time}"));
    }
    let mut left_out = Vec::new();
    for (verdict, title) in
        [(Verdict::Failed, "Violated"), (Verdict::Undecided, "Not known"), (Verdict::Conditional, "On condition")]
    {
        let all: Vec<(&str, &Reason)> = judged
            .checks
            .iter()
            .flat_map(|check| check.reasons.iter().map(|reason| (check.id.as_str(), reason)))
            .filter(|(_, reason)| reason.verdict() == verdict)
            .collect();
        if all.is_empty() {
            continue;
        }
        sheet.line("");
        sheet.line(&format!("**{title}** ({}):", thousands(all.len() as u64)));
        sheet.line("");
        let mut shown = 0;
        for (check, reason) in &all {
            let waived = if reason.waived_by.is_some() { " (excused)" } else { "" };
            let place = reason.source.as_ref().map(|source| {
                let place = cut(&source.to_string(), 200).into_owned();
                format!(" ({})", inline(&Phrase::new().foreign(place)))
            });
            let text = short(&reason.text);
            if !sheet.line(&format!("- {check}: {text}{waived}{}", place.unwrap_or_default())) {
                break;
            }
            shown += 1;
        }
        if shown < all.len() {
            left_out.push(plural((all.len() - shown) as u64, "reason"));
        }
    }
    let results: Vec<String> = Area::ALL
        .into_iter()
        .filter(|area| judged.checks.iter().any(|check| check.rule.area == *area))
        .map(|area| format!("- {}", super::view::result_line(subject, area)))
        .collect();
    sheet.line("");
    let shown = results.iter().take_while(|line| sheet.line(line)).count();
    if shown < results.len() {
        left_out.push("results by area".to_owned());
    }
    let digest = super::digest(markdown);
    let left_out = if left_out.is_empty() {
        "Everything else stands".to_owned()
    } else {
        format!("Left out here: {}. All of it stands", left_out.join(", "))
    };
    let last = format!("\n{left_out} in report.md, SHA-256 `{digest}`.\n");
    sheet.text + &last
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
