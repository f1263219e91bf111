//! Checks of the user's own: jq expressions over the report.

use serde_json::Value;

use super::custom_doubts::sure;
use super::custom_names::NAMES;
use super::{Area, Rule};
use crate::diagnostics::nearest;
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
          \"conditional\"`). An error, no value, several values, another type or no answer within 30 s make the \
          verdict undecided. So does a `true` that rests on findings or tests of which the report lists only some, \
          on a part of the report for which there is no evidence (all of nothing are as they should be), on figures \
          that nothing tells, unless the expression says what null means, or on a field which no report has: null is \
          less than any number. Where evidence may be missing, an expression asks for it first: \
          `(.artifacts | all(.kind != \"load\")) or ...`. \
          Clock, environment and modules are not there. One check per expression, `custom.<id>`.",
    // The report is known only after all other rules: see `judge`.
    judge: |_| Vec::new(),
};

/// The id of a custom check.
pub(in crate::gate) fn id(keys: &CustomCheck) -> String {
    format!("{}.{}", RULE.id, keys.id.get_ref())
}

/// Asks every expression. `json` is the report without custom checks.
pub(in crate::gate) fn judge(manifest: &Manifest, json: &Value) -> Vec<Check> {
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
    let answers = jq::ask_all(&codes, json);
    let answers = sure(&codes, json, answers).into_iter().zip(&codes).map(|(answer, code)| match answer {
        Ok(true) => unknown_field(code, json).map_or(Ok(true), Err),
        answer => answer,
    });
    keys.iter().zip(answers).map(apply).collect()
}

/// The keys of objects that jq itself makes: `to_entries` and `match`.
const OF_JQ: &[&str] = &["captures", "key", "length", "name", "offset", "string", "value"];

/// What is to be said of an expression that asks for a field which stands in no report, unless it makes it itself.
fn unknown_field(code: &str, json: &Value) -> Option<String> {
    let is_known = |field: &str| NAMES.binary_search(&field).is_ok() || OF_JQ.contains(&field);
    let unknown = |field: &&str| !is_known(field) && !is_named(code, field) && !has_key(json, field);
    let field = jq::fields(code).into_iter().find(unknown)?;
    let near = nearest(field, NAMES.iter().copied());
    let near = near.map(|near| format!("; did you mean `.{near}`?")).unwrap_or_default();
    Some(format!("is true, and asks for `.{field}`, which no report has{near}"))
}

/// Whether a word stands in an expression elsewhere than behind a dot: as the key of an object, in a text.
pub(super) fn is_named(code: &str, word: &str) -> bool {
    let is_of_word = |char: char| char.is_ascii_alphanumeric() || char == '_';
    code.match_indices(word).any(|(at, _)| {
        let (before, behind) = (code[..at].chars().next_back(), code[at + word.len()..].chars().next());
        !before.is_some_and(|char| char == '.' || is_of_word(char)) && !behind.is_some_and(is_of_word)
    })
}

fn has_key(json: &Value, name: &str) -> bool {
    match json {
        Value::Object(fields) => fields.contains_key(name) || fields.values().any(|value| has_key(value, name)),
        Value::Array(items) => items.iter().any(|item| has_key(item, name)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::pipeline::{Request, validate};
    use crate::report::json;

    #[test]
    fn every_key_of_a_report_is_known() {
        fn check(value: &Value, unknown: &mut Vec<String>) {
            let Value::Object(fields) = value else {
                return value.as_array().into_iter().flatten().for_each(|item| check(item, unknown));
            };
            for (key, value) in fields {
                if NAMES.binary_search(&key.as_str()).is_err() {
                    unknown.push(key.clone());
                }
                // Artifacts name what stands in these.
                if !["facts", "redactions"].contains(&key.as_str()) {
                    check(value, unknown);
                }
            }
        }
        assert!(NAMES.is_sorted());
        let request = Request { paths: vec!["tests/fixtures".into(), "samples".into()], ..Request::default() };
        let validation = validate(&request);
        let made = request.made(&[], Default::default());
        let report = serde_json::to_value(json::Report(&validation.subject(&request, &made))).expect("it is JSON");
        let mut unknown = Vec::new();
        check(&report, &mut unknown);
        assert_eq!(unknown, [""; 0]);
    }

    #[test]
    fn what_is_misspelt_is_told() {
        let report = json!({"load": {"runs": [{"overall": {"p95_ms": 99_999}}]}, "facts": {"own": 1}});
        let unknown = |code: &str| unknown_field(code, &report);
        assert_eq!(
            unknown("all(.load.runs[]; .overal.p95_ms < 500)").as_deref(),
            Some("is true, and asks for `.overal`, which no report has; did you mean `.overall`?")
        );
        assert!(unknown(".security.totals.critcal <= 0").is_some());
        for code in [
            "all(.load.runs[]; .overall.p95_ms < 500)",
            ".security.totals.critical == 0",
            "[.load.runs[] | {mine: .overall}] | all(.mine != null)",
            "\"k=1\" | capture(\"(?<found>k)\") | .found == \"k\"",
            ".facts.own == 1 # .overal",
            "[.tests | to_entries[] | .key, .value] | length > 0",
        ] {
            assert_eq!(unknown(code), None, "{code}");
        }
    }
}
