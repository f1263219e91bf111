//! The comparison of two validations: what changed since the baseline.
//!
//! Both sides are brought into one form, a [`Side`]: that of a release which was just judged, and that which an old
//! `report.json` tells. [`compare`](fn@compare) is a pure function from two sides to [`Changes`]; `signoff diff`, the
//! rules that need a baseline and the section of the report all rest on it.
//!
//! Things are recognised again by what does not move when something else does:
//!
//! - a test by its suite, its class and its name; where a suite got another name, by class and name, if that leaves no
//!   doubt;
//! - a finding by its fingerprint, see [`fingerprint`](fn@fingerprint): never by a line number;
//! - a load run by its name, else by the path of its artifact, and an endpoint by its name;
//! - a rollback plan by its name, else by the path of its artifact, and a step by its title;
//! - a service by its role and name, an item of the checklist by its text, a waiver by check, scope and location.

mod changes;
mod compare;
mod counts;
mod document;
mod finding_change;
mod fingerprint;
mod plan_change;
mod read;
mod side;
mod test_change;

pub use changes::{
    Changes, CheckChange, Direction, ItemChange, LimitChange, LoadChange, Pair, RequestsChange, ScannerChange,
    ServiceChange, Totals, WaiverChange,
};
pub use compare::{Doubt, compare, compare_judgement, doubts};
pub use counts::Counts;
pub use finding_change::{FindingChange, FindingClass};
pub use fingerprint::{fingerprint, occurrences};
pub use plan_change::{Estimate, PlanChange, PlanPart, PlanState, Promise};
pub use read::{BadBaseline, read};
pub use side::{
    About, Figure, FindingKey, FindingState, Judgement, Observed, Run, Scanner, Side, TestKey, TestState, WaiverKey,
    WaiverState,
};
pub use test_change::{TestChange, TestClass};

use crate::manifest::LoadGate;
use crate::model::Ratio;

/// An earlier validation that a release is compared with.
///
/// See the [example](mod@crate::gate#example).
#[derive(Clone, Debug)]
pub struct Baseline {
    /// Its path as given, in the form in which reports name artifacts.
    pub path: String,
    /// SHA-256 over its bytes.
    pub sha256: String,
    /// What it says.
    pub side: Side,
}

/// How much may change before it counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tolerance {
    /// The share by which a latency may differ.
    pub latency: Ratio,
    /// The points by which a share of failed requests may differ.
    pub error_rate: Ratio,
}

impl Tolerance {
    /// What is tolerated where nobody says: latencies of two runs of the same build commonly differ by some percent.
    pub const LATENCY_PERCENT: u64 = 10;
    /// Half a point.
    pub const ERROR_RATE_PERMILLE: u64 = 5;
}

impl Default for Tolerance {
    fn default() -> Tolerance {
        let share = |part, whole| Ratio::new(part, whole).unwrap_or(Ratio::NOTHING);
        Tolerance {
            latency: share(Tolerance::LATENCY_PERCENT, 100),
            error_rate: share(Tolerance::ERROR_RATE_PERMILLE, 1000),
        }
    }
}

/// What changed, and since when.
///
/// See the [example](mod@crate::gate#example).
#[derive(Clone, Debug)]
pub struct Compared {
    /// The baseline's path as given.
    pub path: String,
    /// SHA-256 over the baseline.
    pub sha256: String,
    /// What the baseline is about.
    pub before: About,
    /// What is compared with it is about.
    pub after: About,
    /// What makes the comparison doubtful.
    pub doubts: Vec<Doubt>,
    /// How much may change before it counts.
    pub tolerance: Tolerance,
    /// What is counted on each side.
    pub counts: (Counts, Counts),
    /// What changed.
    pub changes: Changes,
}

impl Compared {
    /// Whether the two are of different products, of which nothing can be concluded.
    pub fn is_of_two_products(&self) -> bool {
        self.doubts.iter().any(|doubt| matches!(doubt, Doubt::OtherProduct(..)))
    }

    /// Compares the evidence with a baseline: what is decided is not compared yet.
    pub fn new(baseline: &Baseline, after: &Side, gate: &LoadGate) -> Compared {
        let default = Tolerance::default();
        let given = |percent: &Option<crate::manifest::Spanned<crate::manifest::Percent>>| {
            percent.as_ref().map(|percent| percent.get_ref().0)
        };
        let tolerance = Tolerance {
            latency: given(&gate.max_latency_increase).unwrap_or(default.latency),
            error_rate: given(&gate.max_error_rate_increase).unwrap_or(default.error_rate),
        };
        Compared {
            path: baseline.path.clone(),
            sha256: baseline.sha256.clone(),
            before: baseline.side.about.clone(),
            after: after.about.clone(),
            doubts: doubts(&baseline.side.about, &after.about),
            tolerance,
            counts: (Counts::of(&baseline.side.observed), Counts::of(&after.observed)),
            changes: compare(&baseline.side, after, tolerance),
        }
    }
}
