//! The gate: checks, waivers, decisions, and the verdict that follows from them.
//!
//! Nothing here reads a file or a clock: the time is an argument.

mod decision;
pub mod owasp;
pub mod policy;
pub mod rules;
mod unused;
mod verdict;
mod waiver;

use jiff::Timestamp;

use crate::manifest::{Loaded, Manifest};
use crate::model::{Kind, Notice, Release};

pub use decision::Decided;
pub use rules::{Area, RULES, Rule};
pub use verdict::{Check, Margin, Reason, Verdict, Weight};
pub use waiver::{WaiverState, WaiverUse};

/// What the rules judge by.
#[derive(Clone, Copy)]
pub struct Context<'c> {
    /// The evidence.
    pub release: &'c Release,
    /// The policy.
    pub manifest: &'c Manifest,
    /// The kinds of evidence that must be there.
    pub required: &'c [Kind],
    /// How many shards there must be; `None` where nobody says.
    pub shards: Option<u32>,
    /// The time of the report; `None` where neither the user nor the evidence says one.
    pub as_of: Option<Timestamp>,
    /// The time of the report as the user states it; `None` where it is only the newest time of the evidence,
    /// by which no evidence is old.
    pub stated_time: Option<Timestamp>,
}

impl<'c> Context<'c> {
    /// A release and a policy, as of the newest time of the evidence. See [`crate::manifest::Gate::kinds`] for `required`.
    pub fn new(release: &'c Release, manifest: &'c Manifest, required: &'c [Kind]) -> Context<'c> {
        let shards = manifest.gate.shards.as_ref().map(|shards| *shards.get_ref());
        Context { release, manifest, required, shards, as_of: release.newest(), stated_time: None }
    }

    /// As of a time that somebody states.
    #[must_use]
    pub const fn at(mut self, time: Timestamp) -> Context<'c> {
        self.as_of = Some(time);
        self.stated_time = Some(time);
        self
    }
}

/// What the gate decided.
#[derive(Clone, Debug)]
pub struct Judged {
    /// Every check, in the order of the table of rules.
    pub checks: Vec<Check>,
    /// The decisions, in the order of the manifest.
    pub decisions: Vec<Decided>,
    /// What became of each waiver, in the order of the manifest.
    pub waivers: Vec<WaiverUse>,
    /// The worst of the gating decisions.
    pub verdict: Verdict,
    /// What the verdict would be without waivers.
    pub strict_verdict: Verdict,
    /// What the reader must know about the policy: unused waivers, patterns that match nothing.
    pub notices: Vec<Notice>,
}

/// Judges a release. `report` makes the report's JSON of what was judged, for the checks of the policy's own.
pub fn judge(context: &Context<'_>, loaded: &Loaded, report: &dyn Fn(&Judged) -> serde_json::Value) -> Judged {
    let mut checks: Vec<Check> = RULES.iter().flat_map(|rule| (rule.judge)(context)).collect();
    if !context.manifest.gate.custom.is_empty() {
        let without = conclude(context, loaded, checks.clone());
        let custom = rules::custom::judge(context.manifest, &report(&without));
        let place = checks.iter().position(|check| check.rule.area > Area::Custom).unwrap_or(checks.len());
        checks.splice(place..place, custom);
    }
    conclude(context, loaded, checks)
}

/// Waivers and decisions over all checks.
fn conclude(context: &Context<'_>, loaded: &Loaded, mut checks: Vec<Check>) -> Judged {
    let (waivers, mut notices) = waiver::apply(&mut checks, loaded, context.as_of);
    notices.extend(unused::notices(context, loaded));
    let decisions = decision::decide(&mut checks, loaded);
    let gating = || decisions.iter().filter(|decision| decision.gating);
    // A manifest in which nothing gates would let everything through.
    let worst = |of: fn(&Decided) -> Verdict| {
        gating().map(of).max().unwrap_or_else(|| decisions.iter().map(of).max().unwrap_or(Verdict::Undecided))
    };
    let verdict = worst(|decision| decision.verdict);
    let strict_verdict = worst(|decision| decision.strict_verdict);
    Judged { verdict, strict_verdict, checks, decisions, waivers, notices }
}

/// A text as a part of an id: only lower-case letters, digits, `-` and `.`.
fn slug(text: &str) -> String {
    let mut id = String::new();
    for char in text.chars() {
        match char {
            'a'..='z' | '0'..='9' | '.' => id.push(char),
            'A'..='Z' => id.push(char.to_ascii_lowercase()),
            _ if !id.is_empty() && !id.ends_with('-') => id.push('-'),
            _ => {}
        }
    }
    id.trim_matches(['-', '.']).chars().take(60).collect()
}
