//! Findings that changed.

use std::collections::BTreeMap;

use super::changes::{Direction, Pair};
use super::side::{FindingKey, FindingState};
use crate::model::Severity;

/// A finding in a place that is open on one side only, more often on one side, or with another severity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FindingChange {
    /// What recognises it.
    pub key: FindingKey,
    /// What is known of it.
    pub state: Pair<FindingState>,
    /// Whether its scanner ran to its end: where it did not, an absence says nothing.
    pub looked: Pair<()>,
}

/// What a change of a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FindingClass {
    /// It is open and was not, is open more often, or its severity rose.
    New,
    /// It is not open any more, and its scanner did not run to its end: nobody looked.
    NotLookedFor,
    /// It is not open any more, since it is suppressed.
    Suppressed,
    /// It is not open any more, is open less often, or its severity fell.
    Gone,
}

impl FindingClass {
    /// Every class, in the order of reports.
    pub const ALL: [FindingClass; 4] =
        [FindingClass::New, FindingClass::NotLookedFor, FindingClass::Suppressed, FindingClass::Gone];

    /// The key of it in JSON.
    pub const fn word(self) -> &'static str {
        match self {
            FindingClass::New => "new",
            FindingClass::NotLookedFor => "not_looked_for",
            FindingClass::Suppressed => "suppressed",
            FindingClass::Gone => "gone",
        }
    }
}

impl FindingChange {
    /// How many are open, by severity.
    pub fn open(state: Option<&FindingState>) -> BTreeMap<Severity, u64> {
        state.map(|state| state.open.clone()).unwrap_or_default()
    }

    /// How many of a severity are new: open now, and not before with this or a worse severity.
    ///
    /// One whose severity rose is new with that severity. One whose severity was not known and is now is new as well,
    /// and one of which it is not known any more.
    pub fn new_of(&self, severity: Severity) -> u64 {
        let count = |state: Option<&FindingState>, severity: Severity| {
            state.and_then(|state| state.open.get(&severity)).copied().unwrap_or(0)
        };
        let (before, after) = (self.state.before.as_ref(), self.state.after.as_ref());
        if severity == Severity::Unknown {
            return count(after, severity).saturating_sub(count(before, severity));
        }
        let mut totals = (0_u64, 0_u64);
        let mut seen = 0;
        for each in Severity::ALL.into_iter().filter(|each| *each != Severity::Unknown) {
            totals = (totals.0.saturating_add(count(before, each)), totals.1.saturating_add(count(after, each)));
            let more = totals.1.saturating_sub(totals.0);
            let new = more.saturating_sub(seen);
            seen = seen.max(more);
            if each == severity {
                return new;
            }
        }
        0
    }

    /// What it is.
    pub fn class(&self) -> FindingClass {
        let suppressed = |state: &Option<FindingState>| state.as_ref().map_or(0, |state| state.suppressed);
        if Severity::ALL.into_iter().any(|severity| self.new_of(severity) > 0) {
            FindingClass::New
        } else if self.looked.after.is_none() {
            FindingClass::NotLookedFor
        } else if suppressed(&self.state.after) > suppressed(&self.state.before) {
            FindingClass::Suppressed
        } else {
            FindingClass::Gone
        }
    }

    /// Where it leads.
    pub fn direction(&self) -> Direction {
        match self.class() {
            FindingClass::New => {
                let is_only_info = Severity::ALL.into_iter().all(|s| s == Severity::Info || self.new_of(s) == 0);
                if is_only_info { Direction::Neutral } else { Direction::Worse }
            }
            FindingClass::NotLookedFor | FindingClass::Suppressed => Direction::Neutral,
            FindingClass::Gone => Direction::Better,
        }
    }
}
