//! How each section stands: its verdict and its result, in one line.

use super::{Subject, summary, verdict_word};
use crate::gate::{Area, Check};
use crate::model::{Kind, Phrase};

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
    let of_kind = |area, kind| line(subject, area, Some(kind));
    StatusView {
        smoke: of_kind(Area::Smoke, Kind::Smoke),
        platform: of_kind(Area::Platform, Kind::Platform),
        rollback: of_kind(Area::Rollback, Kind::Rollback),
        performance: of_kind(Area::Load, Kind::Load),
        security: of_kind(Area::Security, Kind::Security),
        checklist: line(subject, Area::Checklist, None),
        evidence: line(subject, Area::Evidence, None),
    }
}

/// The verdict of the checks of an area, that there is evidence of it among them.
fn line(subject: &Subject<'_>, area: Area, kind: Option<Kind>) -> Option<Phrase> {
    let required = kind.map(|kind| format!("evidence.required.{}", kind.word()));
    let is_about = |check: &Check| check.rule.area == area || Some(&check.id) == required.as_ref();
    let verdict = subject.judged.proof(is_about)?;
    let mut words = format!("**{}.**", verdict_word(verdict));
    if kind.is_none_or(|kind| subject.release.has(kind)) {
        words.push_str(&format!(" {}.", summary::result(subject, area)));
    }
    Some(Phrase::from(words))
}
