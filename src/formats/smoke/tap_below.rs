//! What stands below a test point of TAP: its subtests.

use crate::formats::smoke::tap_lines::Point;
use crate::model::Outcome;

/// Subtests that are kept by name.
const MAX_KEPT: usize = 1_000;

/// The subtests since the last point at the left margin.
#[derive(Debug, Default)]
pub(super) struct Below {
    /// Those that failed, each with its message.
    failed: Vec<String>,
    /// Whether the last one is the last of those.
    is_last_failed: bool,
    /// From the left to the right.
    levels: Vec<Level>,
    /// What the plan of subtests says and how many there were, where it says more; the first such plan.
    missing: Option<(u64, u64)>,
}

/// What stood below a point.
#[derive(Debug)]
pub(super) struct Subtests {
    /// Whether one of them ran; `None` where there are none.
    pub ran: Option<bool>,
    /// Those that failed, each with its message.
    pub failed: Vec<String>,
    /// As in [`Below`].
    pub missing: Option<(u64, u64)>,
}

/// Subtests of one depth that have no point of their parent yet.
#[derive(Debug, Default)]
struct Level {
    margin: usize,
    /// How many there are, and how many there should be.
    points: u64,
    planned: u64,
    /// Whether one of them ran: neither it was skipped or to-do, nor all that stand below it.
    ran: bool,
    /// Whether the last one ran, as far as it says itself, where its own subtests follow in a block (`ok 1 - name {`).
    open: Option<bool>,
}

impl Below {
    /// Takes a subtest; those that are deeper and were no block belong to it.
    pub(super) fn point(&mut self, margin: usize, point: &Point<'_>) {
        self.is_last_failed = point.outcome() == Outcome::Failed && self.failed.len() < MAX_KEPT;
        if self.is_last_failed {
            self.failed.push(format!("not ok {}", point.name));
        }
        let only_skipped = point.ok && self.take_deeper(margin) == Some(false);
        let ran = matches!(point.outcome(), Outcome::Passed | Outcome::Failed) && !only_skipped;
        let level = self.level(margin);
        level.points += 1;
        level.ran |= level.open.take().unwrap_or(false);
        if point.opens {
            level.open = Some(ran);
        } else {
            level.ran |= ran;
        }
    }

    /// Takes the message of the last subtest.
    pub(super) fn explain(&mut self, message: &str) {
        if let Some(last) = self.failed.last_mut().filter(|_| self.is_last_failed) {
            *last = format!("{last}: {message}");
            self.is_last_failed = false;
        }
    }

    /// Takes a plan of subtests: `1..2`, or `1..0 # SKIP reason`, which skips them as a whole.
    pub(super) fn plan(&mut self, margin: usize, count: u64, reason: &str) {
        if count > 0 || !reason.is_empty() {
            let level = self.level(margin);
            level.planned = level.planned.max(count);
        }
    }

    /// Takes the end of a block of subtests: `}`.
    pub(super) fn end_block(&mut self, margin: usize) {
        let only_skipped = self.take_deeper(margin) == Some(false);
        if let Some(level) = self.levels.last_mut().filter(|level| level.margin == margin)
            && let Some(ran) = level.open.take()
        {
            level.ran |= ran && !only_skipped;
        }
    }

    /// The subtests. There are none after it.
    pub(super) fn take(&mut self) -> Subtests {
        let ran = self.take_deeper(0);
        Subtests { ran, failed: std::mem::take(&mut self.failed), missing: self.missing.take() }
    }

    /// Takes what is deeper than a margin: `None` where nothing is, else whether one of them ran.
    fn take_deeper(&mut self, margin: usize) -> Option<bool> {
        let mut ran = None;
        while let Some(level) = self.levels.pop_if(|level| level.margin > margin) {
            if level.points < level.planned {
                self.missing.get_or_insert((level.planned, level.points));
            }
            ran = Some(ran.unwrap_or(false) || level.ran || level.open.unwrap_or(false));
        }
        ran
    }

    /// The level of a margin, which is the deepest then.
    fn level(&mut self, margin: usize) -> &mut Level {
        let at = self.levels.partition_point(|level| level.margin < margin);
        self.levels.truncate(at + 1);
        if self.levels.len() == at || self.levels[at].margin != margin {
            self.levels.truncate(at);
            self.levels.push(Level { margin, ..Level::default() });
        }
        &mut self.levels[at]
    }
}
