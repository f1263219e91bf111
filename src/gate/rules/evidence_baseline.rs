//! The baseline can be compared with.

use super::{Area, Context, Rule};
use crate::diagnostics::codes::BASELINE_DOUBTFUL;
use crate::gate::baseline::Doubt;
use crate::gate::{Check, Reason, Weight};
use crate::manifest::Gate;
use crate::model::{Notice, Phrase};

pub(super) static RULE: Rule = Rule {
    id: "evidence.baseline",
    area: Area::Evidence,
    title: "The baseline can be compared with",
    how: "Where a key of the policy asks for a baseline (`max-newly-skipped`, `max-disappeared`, `max-new-…`, \
          `max-latency-increase`, `max-error-rate-increase`), `--baseline` must name an earlier `report.json`. \
          Without it the verdict is undecided. So it is where the baseline is of another product, is newer than this \
          report, or rests on the very same artifacts, since then nothing can have changed. A baseline of another \
          environment is a condition. Another target, the same commit and another policy are notices.",
    judge,
};

/// The keys of the policy that ask for a baseline.
pub(super) fn keys(gate: &Gate) -> Vec<&'static str> {
    let new = [
        gate.security.max_new_critical,
        gate.security.max_new_high,
        gate.security.max_new_medium,
        gate.security.max_new_low,
        gate.security.max_new_unknown,
    ];
    [
        ("gate.smoke.max-newly-skipped", gate.smoke.max_newly_skipped.is_some()),
        ("gate.smoke.max-disappeared", gate.smoke.max_disappeared.is_some()),
        ("gate.security.max-new-…", new.iter().any(Option::is_some)),
        ("gate.load.max-latency-increase", gate.load.max_latency_increase.is_some()),
        ("gate.load.max-error-rate-increase", gate.load.max_error_rate_increase.is_some()),
    ]
    .into_iter()
    .filter_map(|(key, is_given)| is_given.then_some(key))
    .collect()
}

fn judge(context: &Context<'_>) -> Vec<Check> {
    let keys = keys(&context.manifest.gate);
    if keys.is_empty() {
        return Vec::new();
    }
    let Some(against) = &context.against else {
        let keys = keys.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
        let words = format!("no baseline was given, and the policy asks for one: {keys}");
        return vec![Check::new(&RULE, "an earlier report", "none").reasons([Reason::new(Weight::Gap, words)])];
    };
    let compared = against.compared;
    let observed = match compared.before.as_of {
        Some(time) => Phrase::from(format!("one as of {time}")),
        None => Phrase::from("one without a time"),
    };
    let reasons = compared.doubts.iter().filter_map(|doubt| Some(Reason::new(weight(doubt)?, words(doubt))));
    vec![Check::new(&RULE, "an earlier report", observed).reasons(reasons)]
}

/// What a doubt weighs; `None` where it is only worth knowing.
const fn weight(doubt: &Doubt) -> Option<Weight> {
    match doubt {
        Doubt::OtherProduct(..) | Doubt::Newer | Doubt::SameEvidence => Some(Weight::Gap),
        Doubt::OtherEnvironment(..) => Some(Weight::Condition),
        Doubt::OtherTarget(..) | Doubt::SameCommit(_) | Doubt::OtherPolicy => None,
    }
}

/// A doubt in words.
pub fn words(doubt: &Doubt) -> Phrase {
    let other = |what: &str, old: &String, new: &String| {
        Phrase::from(format!("the baseline is of another {what}: "))
            .foreign(old.clone())
            .own(", not ")
            .foreign(new.clone())
    };
    match doubt {
        Doubt::OtherProduct(old, new) => other("product", old, new),
        Doubt::Newer => Phrase::from("the baseline is newer than what is compared with it"),
        Doubt::SameEvidence => {
            Phrase::from("the baseline rests on the very same artifacts, so nothing can have changed")
        }
        Doubt::OtherEnvironment(old, new) => other("environment", old, new),
        Doubt::OtherTarget(old, new) => other("target", old, new),
        Doubt::SameCommit(commit) => Phrase::from("the baseline is of the same commit, ").foreign(commit.clone()),
        Doubt::OtherPolicy => Phrase::from("the baseline was judged by another policy"),
    }
}

/// Doubts that weigh nothing here, since no check rests on them.
pub(in crate::gate) fn notices(context: &Context<'_>) -> Vec<Notice> {
    let is_asked = !keys(&context.manifest.gate).is_empty();
    let doubts = context.against.iter().flat_map(|against| &against.compared.doubts);
    doubts
        .filter(|doubt| !is_asked || weight(doubt).is_none())
        .map(|doubt| Notice {
            code: &BASELINE_DOUBTFUL,
            text: words(doubt),
            source: None,
            place: None,
            other: None,
            help: BASELINE_DOUBTFUL.help.to_owned(),
        })
        .collect()
}
