//! No evidence is older than the policy allows.

use jiff::Timestamp;

use super::{Area, Context, Rule};
use crate::gate::{Check, Reason, Weight};
use crate::model::{ArtifactId, Elapsed, Phrase, Pointer, Source};

pub(super) static RULE: Rule = Rule {
    id: "evidence.age",
    area: Area::Evidence,
    title: "No evidence is older than allowed",
    how: "Where `gate.max-age` is given, the time that each artifact says of itself is compared with the time of the \
          report (`--as-of` or `SOURCE_DATE_EPOCH`); where it tells of several runs, that of the oldest. Evidence that is older, comes from the future, or does not say \
          its time makes the verdict undecided. So does a call without the time: by its own newest time no evidence \
          is old.",
    judge,
};

fn judge(context: &Context<'_>) -> Vec<Check> {
    let Some(limit) = context.manifest.gate.max_age else { return Vec::new() };
    let mut reasons = Vec::new();
    let mut oldest: Option<Elapsed> = None;
    // An artifact is as old as its oldest part.
    for (index, artifact) in (0..).zip(&context.release.artifacts).filter(|(_, a)| a.counted && a.format.is_some()) {
        let problem = match (artifact.oldest.or(artifact.time), context.stated_time) {
            (None, _) => Some("does not say when it was written".to_owned()),
            (_, None) => Some("may be of any age: give the time of the report with --as-of".to_owned()),
            (Some(time), Some(now)) => match age(time, now) {
                None => Some(format!("is from the future: {time}")),
                Some(age) => {
                    oldest = oldest.max(Some(age));
                    (age > limit.0).then(|| format!("is {age} old"))
                }
            },
        };
        if let Some(problem) = problem {
            let phrase = Phrase::new().foreign(artifact.name.clone()).own(format!(" {problem}"));
            reasons.push(Reason::new(Weight::Gap, phrase).source(Source::new(ArtifactId(index), Pointer::whole())));
        }
    }
    let observed = oldest.map_or_else(|| "no dated evidence".to_owned(), |age| format!("the oldest is {age} old"));
    vec![Check::new(&RULE, format!("at most {} old", limit.0), observed).reasons(reasons)]
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
