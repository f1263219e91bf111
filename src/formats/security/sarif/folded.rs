//! Results that are only counted, told by a glance: of many with the same rule and level the first are kept.

use std::collections::HashMap;

use super::result::Seen;
use super::rules::{Level, RuleRef};
use super::run::Run;
use crate::model::Severity;
use crate::source::Alike;

/// The members that tell what a plain result is counted as.
pub(super) const GLANCE: &[&str] = &["ruleId", "ruleIndex", "level"];

/// Digits of the numbers that are taken without being looked at: none of these is too large for anything.
const MAX_DIGITS: usize = 9;

/// What results were counted as that only differ in their places and messages.
#[derive(Default)]
pub(super) struct Folded {
    /// By the members above, as they stand in the text.
    known: HashMap<Vec<u8>, Count>,
    /// The key of the result that is looked at.
    key: Vec<u8>,
}

struct Count {
    rule: String,
    severity: Severity,
    /// How many were counted that the scan does not know of yet.
    count: u64,
}

impl Run {
    /// Counts a result that is written like a plain one which was read; false, with nothing done, where it has to be read,
    /// because it would be kept or something would be reported of it.
    pub(super) fn counts(&mut self, result: &Alike<'_>) -> bool {
        let is_usual = |(is_text, raw): (bool, &[u8])| match is_text {
            true => raw.first().is_some_and(|first| *first > b' '),
            false => raw.len() <= MAX_DIGITS && raw.iter().all(u8::is_ascii_digit),
        };
        if !result.scalars().all(is_usual) {
            return false;
        }
        let [id, number, level] = [result.raw(0), result.raw(1), result.raw(2)].map(|raw| raw.map(|(_, raw)| raw));
        let key = &mut self.folded.key;
        key.clear();
        for raw in [id, number, level] {
            // No quotation mark stands in a string without escapes.
            key.extend_from_slice(raw.unwrap_or_default());
            key.push(b'"');
        }
        if let Some(known) = self.folded.known.get_mut(&*self.folded.key) {
            known.count += 1;
            return true;
        }
        let text = |raw: &[u8]| std::str::from_utf8(raw).ok().map(ToOwned::to_owned);
        let Some(id) = id.and_then(text) else { return false };
        let number = number.and_then(text).and_then(|digits| digits.parse().ok());
        let level = match level.map(Level::of) {
            Some(None) => return false,
            level => level.flatten(),
        };
        let (rule, severity) = Seen::plain(RuleRef::of_driver(id, number), level).rated(self);
        let is_folded = self.scan.push_folded(&rule, severity, false, 1);
        if is_folded {
            self.folded.known.insert(self.folded.key.clone(), Count { rule, severity, count: 0 });
        }
        is_folded
    }

    /// Tells the scan how many were counted.
    pub(super) fn settle(&mut self) {
        for (_, Count { rule, severity, count }) in std::mem::take(&mut self.folded.known) {
            self.scan.fold(&rule, severity, count);
        }
    }
}
