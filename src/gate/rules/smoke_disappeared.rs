//! No test of the baseline disappeared.

use super::smoke_failed::margin;
use super::{Area, Context, Rule, tests_against};
use crate::gate::baseline::TestClass;
use crate::gate::{Check, Reason, Weight};
use crate::model::Phrase;
use crate::model::phrase::plural;

pub(super) static RULE: Rule = Rule {
    id: "smoke.disappeared",
    area: Area::Smoke,
    title: "No test of the baseline disappeared",
    how: "Where `gate.smoke.max-disappeared` is given, more tests of the baseline that are not there any more fail the \
          check: a test that was taken out shows nothing. A test is recognised by suite, class and name; where only \
          the suite has another name, by class and name. Without a baseline that has tests, and where tests are \
          counted and not listed, the verdict is undecided.",
    judge,
};

fn judge(context: &Context<'_>) -> Vec<Check> {
    const KEY: &str = "gate.smoke.max-disappeared";
    let Some(limit) = context.manifest.gate.smoke.max_disappeared else { return Vec::new() };
    let against = match tests_against(context, KEY) {
        Ok(against) => against,
        Err(reason) => return vec![Check::new(&RULE, format!("at most {limit}"), "not known").reasons([*reason])],
    };
    let changes = &against.compared.changes;
    let gone: Vec<_> = changes.tests_of(TestClass::Disappeared).collect();
    let count = gone.len() as u64;
    let unlisted = against.before.observed.unlisted_tests.values().sum::<u64>();
    let mut check = Check::new(&RULE, format!("at most {limit}"), count.to_string())
        .reason_if(changes.unmatched_tests.0 > 0, || {
            let words = plural(changes.unmatched_tests.0, "test");
            Reason::new(Weight::Gap, format!("{words} of the baseline may be among those that are not listed now"))
        })
        .reason_if(unlisted > 0, || {
            let words = plural(unlisted, "test");
            Reason::new(Weight::Gap, format!("the baseline counts {words} more than it lists"))
        });
    check = check.titled_above_zero(limit, "Not too many tests of the baseline disappeared");
    check.margin = margin(count, limit);
    check.surplus = count.checked_sub(limit);
    if count > limit {
        check = check.reasons(gone.into_iter().map(|test| {
            let key = test.name();
            let mut phrase = Phrase::from("the test ").foreign(key.name.clone());
            if !key.suite.is_empty() {
                phrase = phrase.own(" of ").foreign(key.suite);
            }
            Reason::new(Weight::Violation, phrase.own(" is not there any more")).scope(key.name)
        }));
    }
    vec![check]
}
