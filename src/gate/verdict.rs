//! Verdicts, checks and their reasons.

use std::fmt;

use crate::model::{Phrase, Source};

use super::rules::Rule;

/// What is decided, best first.
///
/// See the [example](mod@crate::gate#example).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Everything holds.
    Passed,
    /// It holds only with waivers, warnings, or open items.
    Conditional,
    /// Evidence that the policy asks for is missing, empty, unreadable, stale, all skipped, or about another build.
    Undecided,
    /// A check is violated.
    Failed,
}

impl Verdict {
    /// Every verdict, best first.
    pub const ALL: [Verdict; 4] = [Verdict::Passed, Verdict::Conditional, Verdict::Undecided, Verdict::Failed];

    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Verdict::Passed => "passed",
            Verdict::Conditional => "conditional",
            Verdict::Undecided => "undecided",
            Verdict::Failed => "failed",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// How much a reason weighs.
///
/// See the [example](mod@crate::gate#example).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Weight {
    /// It makes the verdict conditional.
    Condition,
    /// It makes the verdict undecided.
    Gap,
    /// It makes the verdict failed.
    Violation,
}

impl From<Weight> for Verdict {
    fn from(weight: Weight) -> Verdict {
        match weight {
            Weight::Condition => Verdict::Conditional,
            Weight::Gap => Verdict::Undecided,
            Weight::Violation => Verdict::Failed,
        }
    }
}

/// One thing that stands against passing.
///
/// See the [example](mod@crate::gate#example).
#[derive(Clone, Debug)]
pub struct Reason {
    /// How much it weighs by itself.
    pub weight: Weight,
    /// What it is.
    pub text: Phrase,
    /// The test, finding, service or step that it is about, for waivers; `None` where it is about no single thing.
    pub scope: Option<String>,
    /// Where a finding is.
    pub location: Option<String>,
    /// Where it is too: a waiver for a place accepts it only where all of them are meant.
    pub further_locations: Vec<String>,
    /// Whether it is in more places than are kept, of which no waiver for a place can know.
    pub has_unlisted_locations: bool,
    /// The evidence.
    pub source: Option<Source>,
    /// The waiver that accepts it: its position in the manifest.
    pub waived_by: Option<usize>,
}

impl Reason {
    /// A reason with nothing but its text.
    pub fn new(weight: Weight, text: impl Into<Phrase>) -> Reason {
        Reason {
            weight,
            text: text.into(),
            scope: None,
            location: None,
            further_locations: Vec::new(),
            has_unlisted_locations: false,
            source: None,
            waived_by: None,
        }
    }

    /// What it is about.
    #[must_use]
    pub fn scope(mut self, scope: impl Into<String>) -> Reason {
        self.scope = Some(scope.into());
        self
    }

    /// Where the evidence is.
    #[must_use]
    pub fn source(mut self, source: Source) -> Reason {
        self.source = Some(source);
        self
    }

    /// The verdict that it leads to: an accepted violation is a condition.
    pub const fn verdict(&self) -> Verdict {
        match (self.weight, self.waived_by) {
            (Weight::Condition, _) | (Weight::Violation, Some(_)) => Verdict::Conditional,
            (Weight::Gap, _) => Verdict::Undecided,
            (Weight::Violation, None) => Verdict::Failed,
        }
    }
}

/// How far a measured value is from its limit.
///
/// See the [example](mod@crate::gate#example).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Margin {
    /// In the unit of the value: `20 ms`.
    pub absolute: String,
    /// In thousandths of the limit, negative where the limit is violated; `None` where the limit is zero.
    pub permille: Option<i64>,
}

impl fmt::Display for Margin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.absolute)?;
        match self.permille {
            None => Ok(()),
            Some(permille) => {
                let sign = if permille < 0 { "-" } else { "" };
                let (whole, tenth) = (permille.unsigned_abs() / 10, permille.unsigned_abs() % 10);
                match tenth {
                    0 => write!(f, " ({sign}{whole} %)"),
                    _ => write!(f, " ({sign}{whole}.{tenth} %)"),
                }
            }
        }
    }
}

/// One rule of the policy, applied.
///
/// See the [example](mod@crate::gate#example).
#[derive(Clone, Debug)]
pub struct Check {
    /// Stable id: that of the rule, with what it was applied to where the rule is applied several times.
    pub id: String,
    /// The rule.
    pub rule: &'static Rule,
    /// What was asked.
    pub title: Phrase,
    /// What the policy wants.
    pub expected: Phrase,
    /// What the evidence says.
    pub observed: Phrase,
    /// How far the one is from the other; `None` where that is no number.
    pub margin: Option<Margin>,
    /// What stands against passing. The verdict follows from it.
    pub reasons: Vec<Reason>,
    /// How many of the violations must go for the limit to hold; `None` where all must.
    pub surplus: Option<u64>,
    /// The evidence of the numbers.
    pub sources: Vec<Source>,
    /// Whether the overall verdict rests on it: a decision that gates does, or none gates.
    pub gating: bool,
}

impl Check {
    /// A check that nothing stands against yet.
    pub fn new(rule: &'static Rule, expected: impl Into<Phrase>, observed: impl Into<Phrase>) -> Check {
        Check {
            id: rule.id.to_owned(),
            rule,
            title: rule.title.into(),
            expected: expected.into(),
            observed: observed.into(),
            margin: None,
            reasons: Vec::new(),
            surplus: None,
            sources: Vec::new(),
            gating: true,
        }
    }

    /// Asks otherwise where the policy allows some of what by the title of the rule there is none of.
    #[must_use]
    pub(super) fn titled_above_zero(mut self, limit: u64, title: impl Into<Phrase>) -> Check {
        if limit > 0 {
            self.title = title.into();
        }
        self
    }

    /// Adds evidence.
    #[must_use]
    pub fn sources(mut self, sources: impl IntoIterator<Item = Source>) -> Check {
        self.sources.extend(sources);
        self
    }

    /// Adds reasons.
    #[must_use]
    pub fn reasons(mut self, reasons: impl IntoIterator<Item = Reason>) -> Check {
        self.reasons.extend(reasons);
        self
    }

    /// Adds a reason where a condition holds.
    #[must_use]
    pub fn reason_if(self, condition: bool, reason: impl FnOnce() -> Reason) -> Check {
        self.reasons(condition.then(reason))
    }

    /// The least number of reasons that must go for the check to have a better verdict.
    pub fn standing_between(&self) -> u64 {
        let verdict = self.verdict();
        let count = self.reasons.iter().filter(|reason| reason.verdict() == verdict).count() as u64;
        match (verdict, self.surplus) {
            (Verdict::Failed, Some(surplus)) => count.min(surplus).max(1),
            _ => count,
        }
    }

    /// The verdict: that of its worst reason.
    pub fn verdict(&self) -> Verdict {
        self.reasons.iter().map(Reason::verdict).max().unwrap_or(Verdict::Passed)
    }

    /// Whether it does not hold and the overall verdict doesn't rest on it.
    pub(crate) fn stands_outside(&self) -> bool {
        !self.gating && self.verdict() >= Verdict::Undecided
    }

    /// What the verdict would be without waivers.
    pub fn strict_verdict(&self) -> Verdict {
        self.reasons.iter().map(|reason| reason.weight.into()).max().unwrap_or(Verdict::Passed)
    }
}
