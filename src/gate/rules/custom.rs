//! Checks of the user's own: jq expressions over the report.

use super::{Area, Rule};
use crate::gate::{Check, Reason, Weight};
use crate::jq;
use crate::manifest::{CustomCheck, CustomVerdict, Manifest};
use crate::model::Phrase;

pub(super) static RULE: Rule = Rule {
    id: "custom",
    area: Area::Custom,
    title: "Checks of the policy's own",
    how: "Each `[[gate.custom]]` is a jq expression over `report.json` as it would be without custom checks. It must \
          give exactly one boolean: `true` holds, `false` fails the check (or makes it conditional, with `verdict = \
          \"conditional\"`). An error, no value, several values, another type or no answer within 30 s make the verdict undecided. Clock, \
          environment and modules are not there. One check per expression, `custom.<id>`.",
    // The report is known only after all other rules: see `judge`.
    judge: |_| Vec::new(),
};

/// The id of a custom check.
pub(in crate::gate) fn id(keys: &CustomCheck) -> String {
    format!("{}.{}", RULE.id, keys.id.get_ref())
}

/// Asks every expression. `json` is the report without custom checks.
pub(in crate::gate) fn judge(manifest: &Manifest, json: &serde_json::Value) -> Vec<Check> {
    let keys = &manifest.gate.custom;
    let codes: Vec<String> = keys.iter().map(|keys| keys.expression.get_ref().clone()).collect();
    let apply = |(keys, answer): (&CustomCheck, Result<bool, String>)| {
        let observed = match &answer {
            Ok(holds) => Phrase::from(holds.to_string()),
            Err(_) => Phrase::from("no answer"),
        };
        let weight = match keys.verdict {
            CustomVerdict::Failed => Weight::Violation,
            CustomVerdict::Conditional => Weight::Condition,
        };
        let reason = match answer {
            Ok(true) => None,
            Ok(false) => {
                let text = keys
                    .message
                    .clone()
                    .map_or_else(|| Phrase::from("it does not hold"), |text| Phrase::new().owner(text));
                Some(Reason::new(weight, text).scope(keys.id.get_ref().clone()))
            }
            // What jq says may quote the report, and so the artifacts.
            Err(problem) => Some(Reason::new(Weight::Gap, Phrase::from("the expression ").foreign(problem))),
        };
        let mut check = Check::new(&RULE, "true", observed).reasons(reason);
        check.id = id(keys);
        check.title = Phrase::new().owner(keys.title.clone());
        check
    };
    keys.iter().zip(jq::ask_all(&codes, json)).map(apply).collect()
}
