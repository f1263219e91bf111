//! How many tests and findings there were and are: the numbers of the table and of the drawing.

use std::collections::BTreeMap;

use super::Table;
use crate::gate::baseline::{Changes, Compared, Counts, FindingClass, TestClass};
use crate::model::phrase::thousands;
use crate::model::{Outcome, Phrase, Severity};

/// Where a count leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trend {
    /// More of what is bad, or fewer of what is good.
    Worse,
    /// Fewer of what is bad, and nothing of it was only lost from sight.
    Better,
    /// More, which says nothing by itself.
    More,
    /// Fewer, which says nothing by itself.
    Fewer,
    /// As many.
    Same,
    /// Not counted on one side.
    Unknown,
}

impl Trend {
    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Trend::Worse => "worse",
            Trend::Better => "better",
            Trend::More => "more",
            Trend::Fewer => "fewer",
            Trend::Same => "same",
            Trend::Unknown => "not known",
        }
    }
}

/// What is counted on both sides.
#[derive(Clone, Copy, Debug)]
pub struct Count<K> {
    /// Of which kind; `None` for all of them together.
    pub kind: Option<K>,
    /// How many there were; `None` where the baseline has nothing of the sort.
    pub before: Option<u64>,
    /// How many there are; `None` where there is nothing of the sort any more.
    pub after: Option<u64>,
    /// Where it leads.
    pub trend: Trend,
}

/// The tests: all together, then each outcome that there was or is.
pub fn tests(compared: &Compared) -> Vec<Count<Outcome>> {
    let Changes { unmatched_tests, .. } = compared.changes;
    let lost = unmatched_tests.0 > 0 || compared.changes.tests_of(TestClass::Disappeared).next().is_some();
    let of = |counts: &Counts| counts.tests.clone();
    let is_good = |outcome: Option<Outcome>| match outcome {
        None | Some(Outcome::Passed) => Some(true),
        Some(Outcome::Warned | Outcome::Failed | Outcome::Errored | Outcome::Skipped) => Some(false),
        Some(Outcome::Info) => None,
    };
    rows(&Outcome::ALL, (of(&compared.counts.0), of(&compared.counts.1)), is_good, lost)
}

/// The open findings: all together, then each severity that there was or is.
pub fn findings(compared: &Compared) -> Vec<Count<Severity>> {
    let changes = &compared.changes;
    let hidden = |class| changes.findings_of(class).next().is_some();
    let lost = hidden(FindingClass::NotLookedFor) || hidden(FindingClass::Suppressed) || !changes.scanners.is_empty();
    let of = |counts: &Counts| counts.findings.clone();
    let is_good = |severity: Option<Severity>| match severity {
        None | Some(Severity::Critical | Severity::High | Severity::Medium | Severity::Low | Severity::Unknown) => {
            Some(false)
        }
        Some(Severity::Info) => None,
    };
    rows(&Severity::ALL, (of(&compared.counts.0), of(&compared.counts.1)), is_good, lost)
}

type Side<K> = Option<BTreeMap<K, u64>>;

fn rows<K: Copy + Ord>(
    kinds: &[K],
    (before, after): (Side<K>, Side<K>),
    is_good: impl Fn(Option<K>) -> Option<bool>,
    lost: bool,
) -> Vec<Count<K>> {
    let count = |side: &Side<K>, kind: Option<K>| {
        let side = side.as_ref()?;
        Some(match kind {
            None => side.values().fold(0, |total: u64, count| total.saturating_add(*count)),
            Some(kind) => side.get(&kind).copied().unwrap_or(0),
        })
    };
    let row = |kind: Option<K>| {
        let (before, after) = (count(&before, kind), count(&after, kind));
        Count { kind, before, after, trend: trend(before, after, is_good(kind), lost) }
    };
    let all = std::iter::once(None).chain(kinds.iter().copied().map(Some)).map(row);
    let has = |count: Option<u64>| count.is_some_and(|count| count > 0);
    let is_one = |row: &Count<K>| match row.kind {
        None => row.before.is_some() || row.after.is_some(),
        Some(_) => has(row.before) || has(row.after),
    };
    all.filter(is_one).collect()
}

/// Fewer of what is bad are better only where none was lost from sight; more of what is good may just be new.
fn trend(before: Option<u64>, after: Option<u64>, is_good: Option<bool>, lost: bool) -> Trend {
    let (Some(before), Some(after)) = (before, after) else { return Trend::Unknown };
    match (after.cmp(&before), is_good) {
        (std::cmp::Ordering::Equal, _) => Trend::Same,
        (std::cmp::Ordering::Less, Some(true)) | (std::cmp::Ordering::Greater, Some(false)) => Trend::Worse,
        (std::cmp::Ordering::Less, Some(false)) if !lost => Trend::Better,
        (std::cmp::Ordering::Less, _) => Trend::Fewer,
        (std::cmp::Ordering::Greater, _) => Trend::More,
    }
}

/// A count in words.
pub fn shown(count: Option<u64>) -> String {
    count.map_or_else(|| "not counted".to_owned(), thousands)
}

/// The counts as a table; `None` where neither side has tests or scans.
pub(super) fn table(compared: &Compared) -> Option<Table> {
    let mut table = Table::new(&["Change", "Count", ">Before", ">Now", ">Difference"]);
    for count in tests(compared) {
        let name = count.kind.map_or_else(|| "tests in all".to_owned(), |outcome| format!("tests: {outcome}"));
        table.row(cells(name, &count));
    }
    for count in findings(compared) {
        let name = count.kind.map_or_else(|| "open findings".to_owned(), |kind| format!("open findings: {kind}"));
        table.row(cells(name, &count));
    }
    table.filled()
}

fn cells<K>(name: String, count: &Count<K>) -> [Phrase; 5] {
    let word = match count.trend {
        Trend::Worse => "**worse**",
        other => other.word(),
    };
    let difference = match (count.before, count.after) {
        (Some(before), Some(after)) if after > before => format!("+{}", thousands(after - before)),
        (Some(before), Some(after)) if after < before => format!("-{}", thousands(before - after)),
        (Some(_), Some(_)) => "0".to_owned(),
        _ => String::new(),
    };
    [word.to_owned(), name, shown(count.before), shown(count.after), difference].map(Phrase::from)
}

#[cfg(test)]
mod tests {
    use super::{Trend, trend};

    #[test]
    fn fewer_are_better_only_where_none_was_lost_from_sight() {
        assert_eq!(trend(Some(3), Some(1), Some(false), false), Trend::Better);
        assert_eq!(trend(Some(3), Some(1), Some(false), true), Trend::Fewer);
        assert_eq!(trend(Some(1), Some(3), Some(false), true), Trend::Worse);
        assert_eq!(trend(Some(3), Some(1), Some(true), false), Trend::Worse);
        assert_eq!(trend(Some(1), Some(3), Some(true), false), Trend::More);
        assert_eq!(trend(None, Some(3), Some(false), false), Trend::Unknown);
        assert_eq!(trend(Some(0), Some(0), Some(false), true), Trend::Same);
    }
}
