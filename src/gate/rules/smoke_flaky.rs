//! Not too many tests needed several attempts.

use super::smoke_failed::margin;
use super::{Area, Context, Rule, applies, cases, named, no_evidence, not_listed};
use crate::gate::{Check, Reason, Weight};
use crate::model::Kind;

pub(super) static RULE: Rule = Rule {
    id: "smoke.flaky",
    area: Area::Smoke,
    title: "Tests passed on the first attempt",
    how: "Where `gate.smoke.max-flaky` is given, more tests that passed only on a later attempt fail the check. Where \
          it is not given, each flaky test makes the verdict conditional.",
    judge,
};

fn judge(context: &Context<'_>) -> Vec<Check> {
    if !applies(context, Kind::Smoke) {
        let Some(limit) = context.manifest.gate.smoke.max_flaky else { return Vec::new() };
        let check = Check::new(&RULE, format!("at most {limit}"), "none");
        return vec![check.reasons([no_evidence(Kind::Smoke, "gate.smoke.max-flaky")])];
    }
    let count = context.release.tests().flaky;
    let limit = context.manifest.gate.smoke.max_flaky;
    let weight = match limit {
        Some(limit) if count > limit => Some(Weight::Violation),
        Some(_) => None,
        None => Some(Weight::Condition),
    };
    let expected = limit.map_or_else(|| "none".to_owned(), |limit| format!("at most {limit}"));
    let check = Check::new(&RULE, expected, count.to_string());
    let mut check = check.titled_above_zero(limit.unwrap_or(0), "Not too many tests needed several attempts");
    check.margin = limit.and_then(|limit| margin(count, limit));
    check.surplus = limit.and_then(|limit| count.checked_sub(limit));
    if let Some(weight) = weight {
        check = check.reasons(cases(context).filter(|case| case.value.flaky).map(|case| {
            let phrase = named(case.value).own(" passed only on a later attempt");
            Reason::new(weight, phrase).scope(case.value.name.clone()).source(case.source(&case.value.pointer))
        }));
        let more = count.saturating_sub(check.reasons.len() as u64);
        check = check.reason_if(more > 0, || not_listed(weight, more, "flaky test"));
    }
    vec![check]
}

#[cfg(test)]
mod tests {
    use crate::gate::{Question, Verdict, judge};
    use crate::manifest::parse;
    use crate::model::{Outcome, Pointer, Release, Sourced, Suite};

    #[test]
    fn what_is_not_kept_by_name_weighs_as_much() {
        let mut suite = Suite::new("many", Pointer::whole());
        suite.count(Outcome::Passed, true);
        suite.count(Outcome::Warned, false);
        let artifact = crate::model::ArtifactId(0);
        let release = Release { suites: vec![Sourced { artifact, value: suite }], ..Release::default() };
        let policy = parse("signoff.toml", "[gate.smoke]\nmax-flaky = 0\n").expect("a sound policy");
        let judged = judge(&Question::new(&release, &policy, &[]), &|_| serde_json::Value::Null);
        let verdict = |id: &str| judged.checks.iter().find(|check| check.id == id).map(crate::gate::Check::verdict);
        assert_eq!(verdict("smoke.flaky"), Some(Verdict::Failed));
        assert_eq!(verdict("smoke.warned"), Some(Verdict::Conditional));
    }
}
