//! The gate: checks, waivers, decisions, and the verdict that follows from them.
//!
//! Nothing here reads a file or a clock: the time is an argument.
//!
//! # Example
//!
//! ```
//! use signoff::gate::{Question, RULES, Verdict, judge};
//! use signoff::ingest::{Options, read_bytes};
//! use signoff::manifest::parse;
//! use signoff::merge::merge;
//! use signoff::model::{Kind, Subject};
//!
//! let bytes = br#"{"schema": "signoff.smoke/1", "name": "front page", "outcome": "failed"}"#;
//! let release = merge(vec![read_bytes("smoke.json", bytes, &Options::default())], &Subject::default());
//! let policy = parse("signoff.toml", "[gate.smoke]\nmax-failed = 0\n")?;
//!
//! // Checks of the policy's own see the report; here are none.
//! let judged = judge(&Question::new(&release, &policy, &[Kind::Smoke]), &|_| serde_json::Value::Null);
//! assert_eq!(judged.verdict, Verdict::Failed);
//! let check = judged.checks.iter().find(|check| check.id == "smoke.failed").expect("the check is made");
//! assert!(RULES.iter().any(|rule| rule.id == check.rule.id));
//! assert_eq!(check.reasons.len(), 1);
//! # Ok::<(), Box<signoff::manifest::ManifestError>>(())
//! ```

mod accepted;
#[doc(hidden)]
pub mod baseline;
mod decision;
pub(crate) mod owasp;
pub mod policy;
mod rehearsal;
pub(crate) mod rules;
mod shell;
mod unused;
mod verdict;
mod waiver;

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::manifest::{Loaded, Manifest, Spanned, matches};
use crate::model::{Input, Kind, Notice, Release};

use baseline::Side;

pub(crate) use accepted::{Acceptance, Accepted};
pub use baseline::{BadBaseline, Baseline, Changes, Compared};
pub use decision::Decided;
pub use owasp::{Standing, Status, TopTen};
pub(crate) use rules::evidence_baseline::words as doubt_in_words;
pub use rules::{Area, RULES, Rule};
pub use verdict::{Check, Margin, Reason, Verdict, Weight};
pub use waiver::{WaiverState, WaiverUse};

/// What is to be judged, and by what.
///
/// See the [example](mod@crate::gate#example).
#[derive(Clone, Copy)]
pub struct Question<'q> {
    /// The evidence.
    pub release: &'q Release,
    /// The policy.
    pub loaded: &'q Loaded,
    /// The kinds of evidence that must be there.
    pub required: &'q [Kind],
    /// How many shards there must be; `None` where nobody says.
    pub shards: Option<u32>,
    /// The time of the report; `None` where neither the user nor the evidence says one.
    pub as_of: Option<Timestamp>,
    /// The time of the report as the user states it; `None` where it is only the newest time of the evidence,
    /// by which no evidence is old.
    pub stated_time: Option<Timestamp>,
    /// An earlier validation to compare with; `None` where none is given.
    pub baseline: Option<&'q Baseline>,
}

impl<'q> Question<'q> {
    /// A release and a policy, as of the newest time of the evidence, without a baseline.
    /// See [`crate::manifest::Gate::kinds`] for `required`.
    pub fn new(release: &'q Release, loaded: &'q Loaded, required: &'q [Kind]) -> Question<'q> {
        let shards = loaded.manifest.gate.shards.as_ref().map(|shards| *shards.get_ref());
        Question { release, loaded, required, shards, as_of: release.newest(), stated_time: None, baseline: None }
    }

    /// As of a time that somebody states.
    #[must_use]
    pub const fn at(mut self, time: Timestamp) -> Question<'q> {
        self.as_of = Some(time);
        self.stated_time = Some(time);
        self
    }
}

/// What the rules judge by: the question, and what several rules need of it.
///
/// See the [example](mod@crate::gate#example).
#[derive(Clone, Copy)]
pub struct Context<'c> {
    /// The evidence.
    pub release: &'c Release,
    /// The policy.
    pub manifest: &'c Manifest,
    /// See [`Question::required`].
    pub required: &'c [Kind],
    /// See [`Question::shards`].
    pub shards: Option<u32>,
    /// See [`Question::as_of`].
    pub as_of: Option<Timestamp>,
    /// See [`Question::stated_time`].
    pub stated_time: Option<Timestamp>,
    /// The findings by category of the OWASP Top 10.
    pub top_ten: &'c TopTen,
    /// The evidence, compared with the baseline; `None` where none is given.
    pub against: Option<Against<'c>>,
}

/// The evidence against the baseline.
///
/// See the [example](mod@crate::gate#example).
#[derive(Clone, Copy)]
pub struct Against<'a> {
    /// The baseline.
    pub before: &'a Side,
    /// What is judged now, without what is decided.
    pub after: &'a Side,
    /// What changed in the evidence.
    pub compared: &'a Compared,
}

/// What the gate decided.
///
/// See the [example](mod@crate::gate#example).
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
    /// The areas of which an artifact could not be read to its end: see [`Judged::proof`].
    pub unread: BTreeSet<Area>,
    /// The findings by category of the OWASP Top 10.
    pub top_ten: TopTen,
    /// What changed since the baseline; `None` where none was given.
    pub compared: Option<Compared>,
}

impl Judged {
    /// The worst verdict of some checks; `None` where there is none among them. Where an artifact of their area could not
    /// be read to its end they prove nothing: what is missing may be what fails.
    pub fn proof(&self, is_meant: impl Fn(&Check) -> bool) -> Option<Verdict> {
        let verdict = |check: &Check| {
            let least = if self.unread.contains(&check.rule.area) { Verdict::Undecided } else { Verdict::Passed };
            check.verdict().max(least)
        };
        self.checks.iter().filter(|check| is_meant(check)).map(verdict).max()
    }

    /// Whether the overall verdict follows a decision.
    pub(crate) fn follows(&self, decision: &Decided) -> bool {
        decision::gating(&self.decisions).iter().any(|gates| std::ptr::eq(*gates, decision))
    }

    /// What the policy lets through although it does not hold.
    pub(crate) fn accepted(&self) -> Accepted<'_> {
        Accepted::new(&self.checks)
    }

    /// What the checks that some patterns name prove together; `None` where none of them was made. A pattern of which no
    /// check was made leaves its part unproved. The checklist proves nothing about itself.
    pub(crate) fn proof_by(&self, patterns: &[Spanned<String>]) -> Option<Verdict> {
        let names = |pattern: &Spanned<String>, check: &Check| {
            check.rule.area != Area::Checklist && matches(pattern.get_ref(), &check.id)
        };
        let worst = self.proof(|check| patterns.iter().any(|pattern| names(pattern, check)))?;
        let is_made = |pattern: &Spanned<String>| self.checks.iter().any(|check| names(pattern, check));
        Some(if patterns.iter().all(is_made) { worst } else { worst.max(Verdict::Undecided) })
    }
}

/// The areas of which an artifact could not be read to its end.
fn unread(release: &Release) -> BTreeSet<Area> {
    let artifacts = release.faulty().into_iter().filter_map(|id| release.artifact(id));
    artifacts.flat_map(|artifact| artifact.kinds).map(|kind| Area::of(*kind)).collect()
}

/// Judges a release. `report` makes the report's JSON of what was judged, for the checks of the policy's own.
///
/// See the [example](mod@crate::gate#example).
pub fn judge(question: &Question<'_>, report: &dyn Fn(&Judged) -> serde_json::Value) -> Judged {
    let Question { release, loaded, required, shards, as_of, stated_time, baseline } = *question;
    let manifest = &loaded.manifest;
    let top_ten = owasp::top_ten(release, manifest.gate.security.edition.into());
    let sides = baseline.map(|baseline| (baseline, Side::of_release(release, loaded, as_of)));
    let sides = sides.map(|(baseline, side)| {
        let compared = Compared::new(baseline, &side, &manifest.gate.load);
        (&baseline.side, side, compared)
    });
    let against = sides.as_ref().map(|(before, after, compared)| Against { before, after, compared });
    let context = Context { release, manifest, required, shards, as_of, stated_time, top_ten: &top_ten, against };
    let mut checks: Vec<Check> = RULES.iter().flat_map(|rule| (rule.judge)(&context)).collect();
    if !manifest.gate.custom.is_empty() {
        let without = conclude(&context, loaded, checks.clone());
        let custom = rules::custom::judge(manifest, &report(&without));
        let place = checks.iter().position(|check| check.rule.area > Area::Custom).unwrap_or(checks.len());
        checks.splice(place..place, custom);
    }
    conclude(&context, loaded, checks)
}

/// Waivers and decisions over all checks.
fn conclude(context: &Context<'_>, loaded: &Loaded, mut checks: Vec<Check>) -> Judged {
    // A time that lies before the evidence brings no waiver back.
    let today = context.as_of.max(context.release.newest());
    let (waivers, mut notices) = waiver::apply(&mut checks, loaded, today, context.stated_time.is_some());
    let unread = unread(context.release);
    rules::checklist::prove(context.manifest, &unread, &mut checks);
    notices.extend(unused::notices(context, loaded));
    notices.extend(rules::evidence_baseline::notices(context));
    let decisions = decision::decide(&mut checks, loaded);
    let gating = decision::gating(&decisions);
    let worst = |of: fn(&Decided) -> Verdict| gating.iter().map(|gates| of(gates)).max().unwrap_or(Verdict::Undecided);
    let verdict = worst(|decision| decision.verdict);
    let strict_verdict = worst(|decision| decision.strict_verdict);
    let top_ten = context.top_ten.clone();
    let mut judged =
        Judged { verdict, strict_verdict, checks, decisions, waivers, notices, unread, top_ten, compared: None };
    judged.compared = context.against.map(|Against { before, after, compared }| {
        let mut compared = compared.clone();
        let after = after.clone().judged(&judged);
        baseline::compare_judgement(before, &after, &mut compared.changes);
        compared.after = after.about;
        compared
    });
    judged
}

/// The artifacts that count and do not say of which commit they are evidence, with their positions.
pub(crate) fn evidence_without_commit(release: &Release) -> impl Iterator<Item = (usize, &Input)> {
    let is_silent =
        |artifact: &Input| artifact.is_evidence() && artifact.subjects().any(|subject| subject.commit.is_none());
    release.artifacts.iter().enumerate().filter(move |(_, artifact)| is_silent(artifact))
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
