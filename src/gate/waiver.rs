//! Waivers: violations that somebody accepts, for a while and with a reason.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;

use crate::diagnostics::Code;
use crate::diagnostics::codes::{
    WAIVER_BROAD, WAIVER_EXPIRED, WAIVER_EXPIRES_SOON, WAIVER_UNCLOCKED, WAIVER_UNDATED, WAIVER_UNUSED,
};
use crate::manifest::{Loaded, Waiver, matches};
use crate::model::{Notice, Phrase};

use super::verdict::{Check, Reason, Weight};

/// Days before its end on which a waiver is announced to expire.
const SOON: i64 = 14;

/// What became of a waiver.
///
/// See the [example](mod@crate::gate#example).
#[derive(Clone, Debug)]
pub struct WaiverUse {
    /// As the manifest says it.
    pub waiver: Waiver,
    /// Whether it holds.
    pub state: WaiverState,
    /// How many violations it covers.
    pub used: u64,
}

/// Whether a waiver holds.
///
/// See the [example](mod@crate::gate#example).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaiverState {
    /// It holds and covers something.
    Applied,
    /// It holds and there is nothing that it covers.
    Unused,
    /// Its last day is over.
    Expired,
    /// The time of the report is not known, so it cannot be known to hold.
    Undated,
}

impl WaiverState {
    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            WaiverState::Applied => "applied",
            WaiverState::Unused => "unused",
            WaiverState::Expired => "expired",
            WaiverState::Undated => "not applied: no date",
        }
    }
}

/// Applies the waivers. `as_of` is the time of the report; `is_stated` whether the user says it, and not only the
/// newest piece of evidence, by which a waiver never ends as long as nobody tests anew.
pub(super) fn apply(
    checks: &mut [Check],
    loaded: &Loaded,
    as_of: Option<Timestamp>,
    is_stated: bool,
) -> (Vec<WaiverUse>, Vec<Notice>) {
    let today = as_of.map(|time| Offset::UTC.to_datetime(time).date());
    let mut uses = Vec::new();
    let mut notices = Vec::new();
    for (index, waiver) in loaded.manifest.waiver.iter().enumerate() {
        let mut notice = |code: &'static Code, words: &str| {
            notices.push(Notice {
                code,
                text: Phrase::from("the waiver of ")
                    .foreign(waiver.check.get_ref().clone())
                    .own(" for ")
                    .foreign(waiver.scope.get_ref().clone())
                    .own(format!(" {words}")),
                source: None,
                place: Some(loaded.place(&waiver.check.span())),
                other: None,
                help: code.help.to_owned(),
            });
        };
        let expires: Option<Date> = waiver.expires.get_ref().parse().ok();
        let state = match (expires, today) {
            (None, _) | (_, None) => WaiverState::Undated,
            (Some(expires), Some(today)) if expires < today => WaiverState::Expired,
            _ => WaiverState::Applied,
        };
        let mut used = 0;
        match state {
            WaiverState::Expired => notice(&WAIVER_EXPIRED, "has expired and does not apply"),
            WaiverState::Undated => notice(&WAIVER_UNDATED, "does not apply: the time of the report is not known"),
            WaiverState::Applied | WaiverState::Unused => {
                let reasons = checks.iter_mut().filter(|check| matches(waiver.check.get_ref(), &check.id));
                for reason in reasons.flat_map(|check| &mut check.reasons) {
                    if used < waiver.max.as_ref().map_or(1, |max| *max.get_ref()) && covers(waiver, reason) {
                        reason.waived_by = Some(index);
                        used += 1;
                    }
                }
                if used == 0 {
                    notice(&WAIVER_UNUSED, "covers nothing");
                }
                if used > 0 && !is_stated {
                    notice(&WAIVER_UNCLOCKED, "applies by the newest time in the evidence alone");
                }
                if is_broad(waiver.scope.get_ref()) || waiver.check.get_ref().chars().all(|c| c == '*') {
                    notice(&WAIVER_BROAD, "covers more than can be meant");
                }
                let left = expires.zip(today).and_then(|(expires, today)| today.until(expires).ok());
                if left.is_some_and(|left| i64::from(left.get_days()) <= SOON) {
                    notice(&WAIVER_EXPIRES_SOON, &format!("expires on {}", waiver.expires.get_ref()));
                }
            }
        }
        let state = if state == WaiverState::Applied && used == 0 { WaiverState::Unused } else { state };
        uses.push(WaiverUse { waiver: waiver.clone(), state, used });
    }
    (uses, notices)
}

/// Whether a pattern says next to nothing about what it covers.
pub(super) fn is_broad(pattern: &str) -> bool {
    const MIN: usize = 3;
    pattern.contains('*') && pattern.chars().filter(|c| *c != '*').count() < MIN
}

/// Only violations of a single named thing can be accepted: missing evidence cannot.
fn covers(waiver: &Waiver, reason: &Reason) -> bool {
    reason.weight == Weight::Violation
        && reason.waived_by.is_none()
        && reason.scope.as_deref().is_some_and(|scope| matches(waiver.scope.get_ref(), scope))
        && waiver.location.as_deref().is_none_or(|pattern| is_there_only(pattern, reason))
}

/// Whether all places of a finding are such.
fn is_there_only(pattern: &str, reason: &Reason) -> bool {
    let mut places = reason.location.iter().chain(&reason.further_locations);
    reason.location.is_some() && !reason.has_unlisted_locations && places.all(|place| matches(pattern, place))
}
