//! No evidence is older than the policy allows.

use jiff::Timestamp;

use super::{Area, Context, Rule, beyond};
use crate::gate::{Check, Reason, Weight};
use crate::model::{ArtifactId, Elapsed, Phrase, Pointer, Source};

pub(super) static RULE: Rule = Rule {
    id: "evidence.age",
    area: Area::Evidence,
    title: "No evidence is older than allowed",
    how: "Where `gate.max-age` is given, the time that each artifact says of itself is compared with the time of the \
          report (`--as-of` or `SOURCE_DATE_EPOCH`); where it tells of several runs, those of the oldest and of the \
          newest. Evidence that is older, comes from the future, or does not say its time makes the verdict \
          undecided. So does a call without the time: by its own newest time no evidence is old.",
    judge,
};

fn judge(context: &Context<'_>) -> Vec<Check> {
    let Some(limit) = context.manifest.gate.max_age else { return Vec::new() };
    let mut reasons = Vec::new();
    let mut oldest: Option<Elapsed> = None;
    // An artifact is as old as its oldest part.
    for (index, artifact) in (0..).zip(&context.release.artifacts).filter(|(_, a)| a.is_evidence()) {
        let problem = match (artifact.oldest.or(artifact.time).zip(artifact.time), context.stated_time) {
            (None, _) => Some("does not say when it was written".to_owned()),
            (_, None) => Some("may be of any age: give the time of the report with --as-of".to_owned()),
            (Some((first, last)), Some(now)) => match (age(first, now), age(last, now)) {
                (None, _) => Some(format!("is from the future: {first}")),
                (_, None) => Some(format!("is from the future: {last}")),
                (Some(age), Some(_)) => {
                    oldest = oldest.max(Some(age));
                    let undated =
                        artifact.undated.then(|| "has a part that does not say when it was written".to_owned());
                    if age > limit.0 { Some(format!("is {} old", shown(age, limit.0))) } else { undated }
                }
            },
        };
        if let Some(problem) = problem {
            let phrase = Phrase::new().foreign(artifact.name.clone()).own(format!(" {problem}"));
            reasons.push(Reason::new(Weight::Gap, phrase).source(Source::new(ArtifactId(index), Pointer::whole())));
        }
    }
    let observed = oldest
        .map_or_else(|| "no dated evidence".to_owned(), |age| format!("the oldest is {} old", shown(age, limit.0)));
    vec![Check::new(&RULE, format!("at most {} old", limit.0), observed).reasons(reasons)]
}

/// An age in words that differ from those of the limit where it is beyond it.
fn shown(age: Elapsed, limit: Elapsed) -> String {
    let text = age.to_string();
    if age > limit { beyond(text, &limit.to_string(), true) } else { text }
}

/// How long before `now` something was; `None` where it was after, by more than a clock may be off.
fn age(time: Timestamp, now: Timestamp) -> Option<Elapsed> {
    const SKEW: i64 = 300;
    let seconds = now.as_second() - time.as_second();
    if seconds < -SKEW {
        return None;
    }
    Some(Elapsed::from_nanos(seconds.max(0).unsigned_abs().saturating_mul(1_000_000_000)))
}
