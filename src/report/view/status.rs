//! How each section stands: its verdict and its result, in one line.

use super::{Subject, summary, verdict_word};
use crate::gate::Area;
use crate::model::Phrase;

/// The first line of each section; null where no check was made about it.
#[derive(Clone, Debug)]
pub struct StatusView {
    /// Of 1 Smoke tests.
    pub smoke: Option<Phrase>,
    /// Of 2 Monitoring and 4 Services, which are judged together.
    pub platform: Option<Phrase>,
    /// Of 3 Rollback.
    pub rollback: Option<Phrase>,
    /// Of 5 Performance.
    pub performance: Option<Phrase>,
    /// Of 6 Security.
    pub security: Option<Phrase>,
    /// Of 7 Checklist.
    pub checklist: Option<Phrase>,
    /// Of appendix A, the evidence.
    pub evidence: Option<Phrase>,
}

pub(super) fn view(subject: &Subject<'_>) -> StatusView {
    let of = |area| line(subject, area);
    StatusView {
        smoke: of(Area::Smoke),
        platform: of(Area::Platform),
        rollback: of(Area::Rollback),
        performance: of(Area::Load),
        security: of(Area::Security),
        checklist: of(Area::Checklist),
        evidence: of(Area::Evidence),
    }
}

/// The verdict of an area, and what it comes to as a sentence; `None` where no check was made about it.
fn line(subject: &Subject<'_>, area: Area) -> Option<Phrase> {
    let verdict = format!("**{}.**", verdict_word(summary::verdict(subject.judged, area)?));
    // That there is no evidence stands in the section.
    let Some(result) = summary::result(subject.release, subject.judged, area) else {
        return Some(Phrase::from(verdict));
    };
    let mut letters = result.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    Some(Phrase::from(format!("{verdict} {first}{}.", letters.as_str())))
}
