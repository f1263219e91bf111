//! No test was skipped.

use super::{Area, Context, Rule, applies, listed, named};
use crate::gate::{Check, Reason, Weight};
use crate::manifest::matches;
use crate::model::phrase::plural;
use crate::model::{Kind, Outcome};

pub(super) static RULE: Rule = Rule {
    id: "smoke.skipped",
    area: Area::Smoke,
    title: "No test was skipped",
    how: "A skipped test is missing evidence, not success: each makes the verdict conditional. Where \
          `gate.smoke.allow-skipped` is given, the tests that it names may be skipped on that condition, and any \
          other skipped test fails the check. Tests that a tool counts as skipped and does not list are skipped too.",
    judge,
};

fn judge(context: &Context<'_>) -> Vec<Check> {
    if !applies(context, Kind::Smoke) {
        return Vec::new();
    }
    let count = context.release.tests().skipped.saturating_add(context.release.skipped_unlisted());
    let allowed = context.manifest.gate.smoke.allow_skipped.as_ref();
    let expected = match allowed {
        None => "none".to_owned(),
        Some(names) => format!("none but {}", plural(names.len() as u64, "name")),
    };
    let mut check = Check::new(&RULE, expected, count.to_string());
    check.reasons.reserve(listed(context, Outcome::Skipped).count());
    let mut kept = 0;
    for case in listed(context, Outcome::Skipped) {
        kept += 1;
        let is_allowed = allowed.is_none_or(|names| names.iter().any(|name| matches(name.get_ref(), &case.value.name)));
        let weight = if is_allowed { Weight::Condition } else { Weight::Violation };
        let mut phrase = named(case.value).own(" was skipped");
        if let Some(message) = &case.value.message {
            phrase = phrase.own(": ").foreign(message.clone());
        }
        let source = case.source(&case.value.pointer);
        check.reasons.push(Reason::new(weight, phrase).scope(case.value.name.clone()).source(source));
    }
    if kept < count {
        let weight = if allowed.is_some() { Weight::Violation } else { Weight::Condition };
        let more = plural(count - kept, "skipped test");
        check.reasons.push(Reason::new(weight, format!("{more} more, which are not listed")));
    }
    vec![check]
}
