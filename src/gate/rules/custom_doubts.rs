//! What a `true` of a check of the user's own may rest on that is not known.

use std::collections::BTreeSet;

use serde_json::Value;

use super::custom::is_named;
use crate::jq;
use crate::model::Kind;
use crate::model::phrase::plural;

/// What would be otherwise if more were known: a `true` that does not stay is no answer.
pub(super) fn sure(
    codes: &[String],
    json: &Value,
    mut answers: Vec<Result<bool, String>>,
) -> Vec<Result<bool, String>> {
    let doubts: [Doubt; 3] = [not_listed, not_there, not_measured];
    for doubt in doubts {
        let is_open = |at: &usize| answers[*at] == Ok(true);
        let open: Vec<usize> = (0..codes.len()).filter(is_open).collect();
        let Some((json, unknown)) = (!open.is_empty()).then(|| doubt(json)).flatten() else { continue };
        let open: Vec<usize> = open.into_iter().filter(|at| unknown.may_concern(&codes[*at])).collect();
        let asked: Vec<String> = open.iter().map(|at| codes[*at].clone()).collect();
        for (at, again) in open.into_iter().zip(jq::ask_all(&asked, &json)) {
            if let Some(problem) = unknown.problem(&codes[at], again == Ok(true)) {
                answers[at] = Err(format!("is true {problem}"));
            }
        }
    }
    answers
}

/// The report as it might be, and what is not known of it; `None` where all is known.
type Doubt = fn(&Value) -> Option<(Value, Unknown)>;

/// What is not known of a release. Each comes with a report that has another value in its places.
enum Unknown {
    /// Lists hold only some of what was counted: so many findings and tests are missing. `true` stands in place of each
    /// list, which has no elements to look at.
    Unlisted([(u64, &'static str); 2]),
    /// There is no evidence for these parts of the report: all of nothing are as they should be. `true` stands in place
    /// of each.
    Absent(Vec<[&'static str; 2]>),
    /// Nothing tells these figures: null is less than any number. A text, which is more than any, stands in place of each.
    Unmeasured(BTreeSet<&'static str>),
}

impl Unknown {
    /// Whether an expression has to be asked again.
    fn may_concern(&self, code: &str) -> bool {
        match self {
            Unknown::Unlisted(_) | Unknown::Absent(_) => true,
            // Only an order takes null for less than a number.
            Unknown::Unmeasured(_) => code.contains(['<', '>']) && !minds_null(code),
        }
    }

    /// What is to be said of an expression that is true, by whether it stays so with the other values; `None` where it
    /// does not rest on what is not known.
    fn problem(&self, code: &str, stays: bool) -> Option<String> {
        match self {
            Unknown::Unlisted(hidden) => (!stays || takes_any_type(code)).then(|| {
                let all: u64 = hidden.iter().map(|(count, _)| count).sum();
                let hidden = hidden.iter().filter(|(count, _)| *count > 0);
                let hidden: Vec<String> = hidden.map(|(count, what)| plural(*count, what)).collect();
                let are = if all == 1 { "is" } else { "are" };
                format!("for what is listed: {} {are} counted and not listed", hidden.join(" and "))
            }),
            Unknown::Absent(missing) => {
                let fields = jq::fields(code);
                let asked = missing.iter().find(|path| path.iter().all(|key| fields.contains(key)));
                let place = asked.map(|[part, key]| format!(" for `.{part}.{key}`"));
                (!stays || asked.is_some() && takes_any_type(code))
                    .then(|| format!("over nothing: there is no evidence{}", place.unwrap_or_default()))
            }
            Unknown::Unmeasured(missing) => (!stays).then(|| {
                let asked = jq::fields(code).into_iter().find(|field| missing.contains(field));
                let asked = asked.map_or_else(|| "a figure".to_owned(), |field| format!("`.{field}`"));
                format!(
                    "where {asked} is null, which is less than any number; `!= null` or `// 0` says what that means"
                )
            }),
        }
    }
}

fn not_listed(json: &Value) -> Option<(Value, Unknown)> {
    let count = |value: &Value| value.as_u64().unwrap_or(0);
    let folded = |scan: &Value| scan["folded"].as_array().cloned().unwrap_or_default();
    let scans = json["security"]["scans"].as_array().into_iter().flatten();
    let findings: u64 = scans.flat_map(folded).map(|rule| count(&rule["count"])).sum();
    let of_suite = |suite: &Value| count(&suite["folded"]).saturating_add(count(&suite["skipped_unlisted"]));
    let tests: u64 = json["tests"]["suites"].as_array().into_iter().flatten().map(of_suite).sum();
    if findings == 0 && tests == 0 {
        return None;
    }
    let mut json = json.clone();
    if findings > 0 {
        json["security"]["findings"] = true.into();
    }
    for suite in json["tests"]["suites"].as_array_mut().into_iter().flatten() {
        if of_suite(suite) > 0 {
            suite["cases"] = true.into();
        }
    }
    Some((json, Unknown::Unlisted([(findings, "finding"), (tests, "test")])))
}

/// What rests on a list: the part of the report, the list, and the keys of that part.
const PARTS: [(&str, &str, &[&str]); 6] = [
    ("tests", "suites", &["suites", "totals"]),
    ("security", "scans", &["findings", "scans", "totals"]),
    ("security", "headers", &["headers"]),
    ("load", "runs", &["runs"]),
    ("rollback", "plans", &["plans"]),
    ("platform", "services", &["services"]),
];

fn not_there(json: &Value) -> Option<(Value, Unknown)> {
    let is_empty = |part: &str, list: &str| json[part][list].as_array().is_some_and(Vec::is_empty);
    let empty = PARTS.into_iter().filter(|(part, list, _)| is_empty(part, list));
    let mut missing: Vec<[&str; 2]> =
        empty.flat_map(|(part, _, keys)| keys.iter().map(move |key| [part, key])).collect();
    // No alert at all is what monitoring that is well says.
    let is_monitoring = |artifact: &Value| artifact["kind"] == Kind::Platform.word();
    if json["artifacts"].as_array().is_some_and(|all| !all.iter().any(is_monitoring)) {
        missing.extend(["alerts", "samples"].map(|key| ["platform", key]));
    }
    if missing.is_empty() {
        return None;
    }
    let mut json = json.clone();
    for [part, key] in &missing {
        json[part][key] = true.into();
    }
    Some((json, Unknown::Absent(missing)))
}

/// The figures of a report that are null where nothing tells them, in alphabetical order.
const FIGURES: &[&str] = &[
    "allowed_ms",
    "elapsed_ms",
    "error_rate",
    "estimated_ms",
    "failures",
    "max_ms",
    "mean_ms",
    "min_ms",
    "p50_ms",
    "p90_ms",
    "p95_ms",
    "p99_ms",
    "requests",
    "response_ms",
    "restarts",
    "rps",
    "users",
];

fn not_measured(json: &Value) -> Option<(Value, Unknown)> {
    let (mut json, mut missing) = (json.clone(), BTreeSet::new());
    fill(&mut json, &mut missing);
    (!missing.is_empty()).then_some((json, Unknown::Unmeasured(missing)))
}

/// Puts texts in place of figures that are null, and notes which.
fn fill(value: &mut Value, missing: &mut BTreeSet<&'static str>) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| fill(item, missing)),
        Value::Object(fields) => {
            // The time of a test is left out where it is not known.
            if fields.contains_key("outcome") && !fields.contains_key("elapsed_ms") {
                fields.insert("elapsed_ms".to_owned(), Value::Null);
            }
            for (key, value) in fields.iter_mut() {
                match FIGURES.binary_search(&key.as_str()) {
                    Ok(at) if value.is_null() => {
                        missing.insert(FIGURES[at]);
                        *value = "".into();
                    }
                    _ => fill(value, missing),
                }
            }
        }
        _ => {}
    }
}

/// Whether an expression says itself what null means.
fn minds_null(code: &str) -> bool {
    code.contains("//") || ["null", "values"].iter().any(|word| is_named(code, word))
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

    fn answer(json: &Value, code: &str) -> Result<bool, String> {
        let codes = [code.to_owned()];
        sure(&codes, json, jq::ask_all(&codes, json)).remove(0)
    }

    #[test]
    fn nothing_rests_on_evidence_that_is_not_there() {
        let report = json!({
            "tests": {"totals": {"failed": 0}, "suites": [{"cases": [{"outcome": "passed", "elapsed_ms": 5.0}]}]},
            "security": {"totals": {"high": 0}, "scans": [], "findings": [], "headers": []},
            "load": {"runs": []}, "platform": {"services": [], "alerts": []}, "artifacts": [{"kind": "smoke"}],
        });
        for (code, part) in [
            (".security.totals.high == 0", ".security.totals"),
            (".security.totals.high < 1", ".security.totals"),
            ("all(.load.runs[]; .overall.error_rate < 0.01)", ".load.runs"),
            ("[.load.runs[]?] | all(.overall.error_rate < 0.01)", ".load.runs"),
            (".platform.alerts == []", ".platform.alerts"),
            (".tests.totals.failed == 0 and .security.findings == []", ".security.findings"),
        ] {
            assert_eq!(answer(&report, code), Err(format!("is true over nothing: there is no evidence for `{part}`")));
        }
        for code in [
            ".tests.totals.failed == 0",
            "[.tests.suites[].cases[]? | .outcome] == [\"passed\"]",
            "(.artifacts | all(.kind != \"load\")) or all(.load.runs[]; .overall.error_rate < 0.01)",
        ] {
            assert_eq!(answer(&report, code), Ok(true), "{code}");
        }
        assert_eq!(answer(&report, ".load.runs | length > 0"), Ok(false));
    }

    #[test]
    fn what_is_not_measured_is_less_than_nothing() {
        let report = json!({
            "load": {"runs": [{"p95_ms": 100.0, "overall": {"p99_ms": null}}, {"p95_ms": 200.0}]},
            "tests": {"suites": [{"cases": [{"outcome": "passed"}]}]}, "artifacts": [{"kind": "platform"}],
        });
        for (code, figure) in [
            ("all(.load.runs[]; .overall.p99_ms < 500)", "p99_ms"),
            ("[.load.runs[].overall.p99_ms // empty] == [] and .load.runs[0].overall.p99_ms < 5", ""),
            ("all(.tests.suites[].cases[]; .elapsed_ms <= 1000)", "elapsed_ms"),
            ("[.load.runs[] | .overall.p99_ms] | max < 500", "p99_ms"),
        ] {
            let expected = match figure {
                "" => Ok(true),
                figure => Err(format!(
                    "is true where `.{figure}` is null, which is less than any number; `!= null` or `// 0` says what \
                     that means"
                )),
            };
            assert_eq!(answer(&report, code), expected, "{code}");
        }
        for code in [
            "all(.load.runs[]; .p95_ms < 500)",
            "all(.load.runs[]; .overall.p99_ms == null or .overall.p99_ms < 500)",
            ".load.runs[0].overall.p99_ms == null",
            "[.load.runs[].overall.p99_ms | values] | all(. < 500)",
        ] {
            assert_eq!(answer(&report, code), Ok(true), "{code}");
        }
    }
}
