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
}

/// Subtests of one depth that have no point of their parent yet.
#[derive(Debug, Default)]
struct Level {
    margin: usize,
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

    /// Takes the plan of subtests that were skipped as a whole: `1..0 # SKIP reason`.
    pub(super) fn skipped_plan(&mut self, margin: usize) {
        self.level(margin);
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

    /// Whether a subtest ran, where there are subtests, and those that failed. There are none after it.
    pub(super) fn take(&mut self) -> (Option<bool>, Vec<String>) {
        (self.take_deeper(0), std::mem::take(&mut self.failed))
    }

    /// Takes what is deeper than a margin: `None` where nothing is, else whether one of them ran.
    fn take_deeper(&mut self, margin: usize) -> Option<bool> {
        let mut ran = None;
        while let Some(level) = self.levels.pop_if(|level| level.margin > margin) {
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
