//! No test failed, and none ended in an error.

use super::{Area, Context, Rule, applies, listed, named, suite_sources};
use crate::gate::{Check, Margin, Reason, Weight};
use crate::model::phrase::plural;
use crate::model::{Kind, Outcome, Sourced, TestCase};

pub(super) static FAILED: Rule = Rule {
    id: "smoke.failed",
    area: Area::Smoke,
    title: "No test failed",
    how: "Counts the tests whose outcome is *failed*, from the cases themselves. More than `gate.smoke.max-failed` \
          (0 where it is not given) fail the check. Each failed test is a reason that a waiver can name.",
    judge: |context| {
        let limit = context.manifest.gate.smoke.max_failed;
        judge(context, &FAILED, Outcome::Failed, limit, "Not too many tests failed")
    },
};

pub(super) static ERRORED: Rule = Rule {
    id: "smoke.errored",
    area: Area::Smoke,
    title: "No test ended in an error",
    how: "Counts the tests that could not be run to their end, from the cases themselves. More than \
          `gate.smoke.max-errored` (0 where it is not given) fail the check.",
    judge: |context| {
        let limit = context.manifest.gate.smoke.max_errored;
        judge(context, &ERRORED, Outcome::Errored, limit, "Not too many tests ended in an error")
    },
};

/// `lenient` is what is asked where some tests may end so.
fn judge(context: &Context<'_>, rule: &'static Rule, outcome: Outcome, limit: u64, lenient: &str) -> Vec<Check> {
    if !applies(context, Kind::Smoke) {
        return Vec::new();
    }
    let count = context.release.tests().of(outcome);
    let check = Check::new(rule, format!("at most {limit}"), count.to_string());
    let mut check = check.titled_above_zero(limit, lenient);
    check.margin = margin(count, limit);
    check.surplus = count.checked_sub(limit);
    if count > limit {
        check.reasons.reserve(listed(context, outcome).count());
        let mut kept = 0;
        for case in listed(context, outcome) {
            kept += 1;
            check.reasons.push(reason(&case));
        }
        if kept < count {
            let more = plural(count - kept, "test");
            check.reasons.push(Reason::new(Weight::Violation, format!("{more} more {outcome}, which are not listed")));
        }
    }
    check = check.sources(suite_sources(context));
    vec![check]
}

fn reason(case: &Sourced<&TestCase>) -> Reason {
    let test = case.value;
    let mut phrase = named(test).own(format!(" {}", test.outcome));
    if let Some(message) = &test.message {
        phrase = phrase.own(": ").foreign(message.clone());
    }
    Reason::new(Weight::Violation, phrase).scope(test.name.clone()).source(case.source(&test.pointer))
}

/// How far a count is from its limit; a limit of zero has no share.
pub(super) fn margin(count: u64, limit: u64) -> Option<Margin> {
    let signed = i64::try_from(limit).ok()? - i64::try_from(count).ok()?;
    let permille = (limit > 0).then(|| signed.saturating_mul(1000) / i64::try_from(limit).unwrap_or(i64::MAX));
    (limit > 0 || count > 0).then(|| Margin { absolute: signed.to_string(), permille })
}
