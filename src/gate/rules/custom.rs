//! Checks of the user's own: jq expressions over the report.

use serde_json::Value;

use super::custom_names::NAMES;
use super::{Area, Rule};
use crate::diagnostics::nearest;
use crate::gate::{Check, Reason, Weight};
use crate::jq;
use crate::manifest::{CustomCheck, CustomVerdict, Manifest};
use crate::model::Phrase;
use crate::model::phrase::plural;

pub(super) static RULE: Rule = Rule {
    id: "custom",
    area: Area::Custom,
    title: "Checks of the policy's own",
    how: "Each `[[gate.custom]]` is a jq expression over `report.json` as it would be without custom checks. It must \
          give exactly one boolean: `true` holds, `false` fails the check (or makes it conditional, with `verdict = \
          \"conditional\"`). An error, no value, several values, another type or no answer within 30 s make the \
          verdict undecided, and so does `true` that rests on findings or tests of which the report lists only some, \
          or of an expression that asks for a field which no report has: what is misspelt is null, and null is less \
          than any number. \
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
fn is_named(code: &str, word: &str) -> bool {
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

/// What cannot be told from lists that hold only some of what was counted: a `true` is no answer where the expression
/// looks at such a list. It is asked again with a value in place of the list that has no elements to look at.
fn sure(codes: &[String], json: &Value, mut answers: Vec<Result<bool, String>>) -> Vec<Result<bool, String>> {
    if !answers.contains(&Ok(true)) {
        return answers;
    }
    let Some((abridged, hidden)) = abridged(json) else { return answers };
    for ((answer, again), code) in answers.iter_mut().zip(jq::ask_all(codes, &abridged)).zip(codes) {
        if *answer == Ok(true) && (again != Ok(true) || takes_any_type(code)) {
            *answer = Err(format!("is true for what is listed: {hidden} counted and not listed"));
        }
    }
    answers
}

/// The report with `true` in place of each list that leaves something out, and what they leave out; `None` where none
/// does.
fn abridged(json: &Value) -> Option<(Value, String)> {
    let count = |value: &Value| value.as_u64().unwrap_or(0);
    let folded = |scan: &Value| scan["folded"].as_array().cloned().unwrap_or_default();
    let scans = json["security"]["scans"].as_array().into_iter().flatten();
    let findings: u64 = scans.flat_map(folded).map(|rule| count(&rule["count"])).sum();
    let of_suite = |suite: &Value| count(&suite["folded"]).saturating_add(count(&suite["skipped_unlisted"]));
    let tests: u64 = json["tests"]["suites"].as_array().into_iter().flatten().map(of_suite).sum();
    if findings == 0 && tests == 0 {
        return None;
    }
    let mut abridged = json.clone();
    if findings > 0 {
        abridged["security"]["findings"] = true.into();
    }
    for suite in abridged["tests"]["suites"].as_array_mut().into_iter().flatten() {
        if of_suite(suite) > 0 {
            suite["cases"] = true.into();
        }
    }
    let hidden = [(findings, "finding"), (tests, "test")].into_iter().filter(|(count, _)| *count > 0);
    let hidden: Vec<String> = hidden.map(|(count, what)| plural(count, what)).collect();
    let are = if findings + tests == 1 { "is" } else { "are" };
    Some((abridged, format!("{} {are}", hidden.join(" and "))))
}

/// Whether an expression may take a list and a `true` alike: it forgives errors, or asks for the type or the text.
fn takes_any_type(code: &str) -> bool {
    const WORDS: &[&str] = &[
        "arrays",
        "booleans",
        "getpath",
        "has",
        "iterables",
        "leaf_paths",
        "objects",
        "paths",
        "pick",
        "recurse",
        "scalars",
        "strings",
        "tojson",
        "tostream",
        "tostring",
        "try",
        "type",
        "values",
        "walk",
    ];
    let mut words = code.split(|char: char| !char.is_ascii_alphanumeric() && char != '_');
    ["?", "..", "//", "@"].iter().any(|sign| code.contains(sign)) || words.any(|word| WORDS.contains(&word))
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

    #[test]
    fn what_a_tool_skips_and_does_not_list_is_a_test() {
        let json =
            json!({"tests": {"suites": [{"folded": 0, "skipped_unlisted": 2, "cases": [{"outcome": "passed"}]}]}});
        let codes = ["all(.tests.suites[].cases[]; .outcome == \"passed\")".to_owned()];
        let answer = sure(&codes, &json, jq::ask_all(&codes, &json)).remove(0);
        assert_eq!(answer, Err("is true for what is listed: 2 tests are counted and not listed".to_owned()));
    }

    #[test]
    fn what_is_not_listed_may_be_otherwise() {
        let report = |folded: u64| {
            let folded = if folded > 0 { json!([{"rule": "SQLI", "count": folded}]) } else { json!([]) };
            json!({
                "security": {"totals": {"high": 0}, "scans": [{"folded": folded}], "findings": [{"rule": "A"}]},
                "tests": {"totals": {"passed": 3}, "suites": [{"name": "smoke", "folded": 0, "cases": [{"name": "a"}]}]},
            })
        };
        let answer = |code: &str, folded| {
            let (codes, json) = ([code.to_owned()], report(folded));
            sure(&codes, &json, jq::ask_all(&codes, &json)).remove(0)
        };
        for code in [
            "all(.security.findings[]; .rule != \"B\")",
            ".security.findings | length < 2",
            "[.security.findings[]? | select(.rule == \"B\")] | length == 0",
            "[.. | objects | select(.rule == \"B\")] == []",
            "[.security.findings[] | tostring | select(contains(\"B\"))] | length == 0",
        ] {
            assert_eq!(answer(code, 0), Ok(true), "{code}");
            assert_eq!(
                answer(code, 2),
                Err("is true for what is listed: 2 findings are counted and not listed".to_owned()),
                "{code}"
            );
        }
        for code in [
            ".security.totals.high == 0",
            "[.tests.suites[] | select(.name == \"smoke\") | .cases | length] | add == 1",
            "all(.tests.suites[].cases[]; .name == \"a\") and .tests.totals.passed >= 3",
        ] {
            assert_eq!(answer(code, 2), Ok(true), "{code}");
        }
        assert_eq!(answer("any(.security.findings[]; .rule == \"B\")", 2), Ok(false));
    }
}
