//! The figures of a report that are put together from others: what each is, how it is computed, and from what.

use serde_json::{Value, json};

use crate::model::phrase::plural;

/// Parts of a figure that are listed; the rest is counted.
const MAX_PARTS: usize = 200;

/// What a run measured over all endpoints.
const ALL: &str = "all requests";

/// A derived figure, or a family of them whose name ends in a word of the report's JSON.
struct Figure {
    /// Its name; `*` stands for the word.
    name: &'static str,
    /// The words, where there are several.
    words: &'static [&'static str],
    /// How it is computed.
    how: &'static str,
    /// Its value, and what it was computed from.
    compute: fn(&Value, &str) -> (Value, Vec<Part>),
}

/// One thing that a figure was computed from: what it says, and where it stands.
struct Part {
    text: String,
    source: Value,
}

const FIGURES: &[Figure] = &[
    Figure {
        name: "verdict",
        words: &[],
        how: "the worst verdict of the decisions that gate (failed, undecided, conditional, passed); that of a decision is \
              the worst of its checks, and that of a check the worst of its reasons, of which a waived one is a condition",
        compute: |report, _| (report["verdict"].clone(), decisions(report)),
    },
    Figure {
        name: "verdict.without-waivers",
        words: &[],
        how: "as the verdict, but each waived reason counts as what it is by itself",
        compute: |report, _| (report["verdict_without_waivers"].clone(), waivers(report)),
    },
    Figure {
        name: "as-of",
        words: &[],
        how: "the time that was given with --as-of or SOURCE_DATE_EPOCH; where none was, the newest time that an artifact \
              says of itself",
        compute: |report, _| (report["as_of"].clone(), times(report)),
    },
    Figure {
        name: "tests.*",
        words: &["total", "passed", "warned", "failed", "errored", "skipped", "info", "flaky"],
        how: "counted from the cases of every suite of every artifact that counts; totals that a file states are only \
              compared, but for skipped tests that a tool counts and does not list. A test that was tried again counts once, with \
              its last attempt; flaky ones are among the passed",
        compute: tests,
    },
    Figure {
        name: "findings.*",
        words: &["total", "critical", "high", "medium", "low", "info", "unknown", "suppressed"],
        how: "counted from the findings of every scan, each once however many places it has. What a scanner, a VEX \
              statement or a reviewer suppresses is counted apart and in no other figure",
        compute: security,
    },
    Figure {
        name: "security.grade",
        words: &[],
        how: "from the open findings and what people attest: F any critical, D any high, C more than 20 medium, B more than \
              5 medium, B+ any medium, partial or unmet attestation or unknown severity, A any low, else A+. It decides \
              nothing",
        compute: |report, _| {
            let open = |severity: &str| security(report, severity).1;
            let attested =
                owasp(report).into_iter().filter(|part| part.text.contains("partial") || part.text.contains("not_met"));
            let parts = ["critical", "high", "medium", "low", "unknown"].into_iter().flat_map(open).chain(attested);
            (Value::Null, parts.collect())
        },
    },
    Figure {
        name: "security.owasp",
        words: &[],
        how: "each open finding is put into the category that its scanner, its rule or its CWE names; a category without \
              findings is tested only where a scan ran that could have found something in it",
        compute: |report, _| (Value::Null, owasp(report)),
    },
    Figure {
        name: "run.error-rate",
        words: &[],
        how: "failures divided by requests of one run; the tool's own share where it does not state both. Runs are never \
              added up: a limit must hold in each",
        compute: |report, _| load(report, "error_rate"),
    },
    Figure {
        name: "run.*",
        words: &["requests", "failures", "rps", "min", "mean", "p50", "p90", "p95", "p99", "max"],
        how: "as the tool states it. Where the artifact holds single results it is computed over all of them: percentiles \
              by the tool's own method, times in milliseconds. Percentiles of several runs are never averaged",
        compute: |report, word| match word {
            "requests" | "failures" | "rps" => load(report, word),
            time => load(report, &format!("{time}_ms")),
        },
    },
    Figure {
        name: "run.grade",
        words: &[],
        how: "from the slowest 95th percentile of all runs, or the slowest response of a test where there is no run: A+ up to 100 ms, A up to 300 ms, B up to 1 s, C up to 3 s, D \
              beyond. It decides nothing",
        compute: |report, _| {
            let parts = load(report, "p95_ms").1.into_iter().filter(|part| part.text.starts_with(ALL));
            (Value::Null, parts.collect())
        },
    },
    Figure {
        name: "rollback.succeeds",
        words: &[],
        how: "false where a step failed or the tool says so, true where the tool says so or every step passed, else not known",
        compute: rollback,
    },
    Figure {
        name: "platform.*",
        words: &["healthy", "unhealthy", "unknown"],
        how: "counted from the services; one whose state the tool does not tell, or tells in a word that is not known, is \
              unknown",
        compute: platform,
    },
];

/// The names of all figures.
pub(super) fn names() -> impl Iterator<Item = String> {
    FIGURES.iter().flat_map(|figure| match figure.words {
        [] => vec![figure.name.to_owned()],
        words => words.iter().map(|word| figure.name.replace('*', word)).collect(),
    })
}

/// Whether a reference names a figure.
pub(super) fn is_figure(reference: &str) -> bool {
    names().any(|name| name == reference)
}

/// A figure of a report; `None` where nothing is called so.
pub(super) fn explain(reference: &str, report: &Value) -> Option<Value> {
    let (figure, word) = FIGURES.iter().find_map(|figure| match figure.words {
        [] => (figure.name == reference).then_some((figure, "")),
        words => words.iter().find(|word| figure.name.replace('*', word) == reference).map(|word| (figure, *word)),
    })?;
    let (value, parts) = (figure.compute)(report, word);
    let more = parts.len().saturating_sub(MAX_PARTS);
    let from: Vec<Value> = parts
        .into_iter()
        .take(MAX_PARTS)
        .map(
            |Part { text, source }| json!({"text": text, "artifact": source["artifact"], "pointer": source["pointer"]}),
        )
        .collect();
    let mut all = json!({"kind": "figure", "id": reference, "value": value, "how": figure.how, "from": from});
    if more > 0 {
        all["more"] = json!(more);
    }
    Some(all)
}

fn list<'r>(value: &'r Value, key: &str) -> impl Iterator<Item = &'r Value> {
    value[key].as_array().into_iter().flatten()
}

fn word<'r>(value: &'r Value, key: &str) -> &'r str {
    value[key].as_str().unwrap_or_default()
}

fn part(text: impl Into<String>, source: &Value) -> Part {
    Part { text: text.into(), source: source.clone() }
}

fn decisions(report: &Value) -> Vec<Part> {
    let gating = list(report, "decisions").filter(|decision| decision["gating"] == true);
    let mut parts: Vec<Part> = gating
        .map(|decision| {
            part(format!("decision {}: {}", word(decision, "name"), word(decision, "verdict")), &Value::Null)
        })
        .collect();
    let verdict = word(report, "verdict");
    for check in list(report, "checks").filter(|check| verdict != "passed" && word(check, "verdict") == verdict) {
        let reasons = list(check, "reasons").filter(|reason| word(reason, "verdict") == verdict);
        parts.extend(
            reasons.map(|reason| {
                part(format!("check {}: {}", word(check, "id"), word(reason, "text")), &reason["source"])
            }),
        );
    }
    parts
}

fn waivers(report: &Value) -> Vec<Part> {
    let waived = |check: &Value| {
        let id = word(check, "id").to_owned();
        let reasons = list(check, "reasons").filter(|reason| !reason["waived_by"].is_null());
        reasons
            .map(|reason| part(format!("check {id}, waived: {}", word(reason, "text")), &reason["source"]))
            .collect::<Vec<_>>()
    };
    list(report, "checks").flat_map(waived).collect()
}

fn times(report: &Value) -> Vec<Part> {
    if let Some(given) = report["options"]["as_of"].as_str() {
        return vec![part(format!("given: {given}"), &Value::Null)];
    }
    let timed = list(report, "artifacts").filter(|artifact| artifact["time"].is_string());
    timed
        .map(|artifact| part(format!("{}: {}", word(artifact, "path"), word(artifact, "time")), &whole(artifact)))
        .collect()
}

/// The place of an artifact as a whole.
fn whole(artifact: &Value) -> Value {
    json!({"artifact": artifact["id"], "pointer": ""})
}

fn tests(report: &Value, outcome: &str) -> (Value, Vec<Part>) {
    let mut parts = Vec::new();
    for suite in list(&report["tests"], "suites") {
        let count = suite["totals"][outcome].as_u64().unwrap_or(0);
        let name = word(suite, "name");
        let name = if name.is_empty() { "a suite without a name" } else { name };
        parts.push(part(format!("{name}: {count}"), &suite["source"]));
        let is_listed = !matches!(outcome, "total" | "passed");
        let counts = |case: &&Value| {
            is_listed && (word(case, "outcome") == outcome || outcome == "flaky" && case["flaky"] == true)
        };
        parts.extend(list(suite, "cases").filter(counts).map(|case| {
            let place = json!({"artifact": suite["source"]["artifact"], "pointer": case["pointer"]});
            part(format!("test {}", word(case, "name")), &place)
        }));
    }
    (report["tests"]["totals"][outcome].clone(), parts)
}

fn security(report: &Value, severity: &str) -> (Value, Vec<Part>) {
    let counts = |finding: &&Value| {
        let is_open = finding["suppression"].is_null();
        match severity {
            "total" => is_open,
            "suppressed" => !is_open,
            severity => is_open && word(finding, "severity") == severity,
        }
    };
    let findings = list(&report["security"], "findings").filter(counts).map(|finding| {
        part(
            format!("{} {}: {}", word(finding, "severity"), word(finding, "rule"), word(finding, "title")),
            &finding["source"],
        )
    });
    (report["security"]["totals"][severity].clone(), findings.collect())
}

fn owasp(report: &Value) -> Vec<Part> {
    let mut parts = Vec::new();
    for category in list(&report["security"], "owasp") {
        let (code, status) = (word(category, "code"), word(category, "status"));
        let by: Vec<&str> = list(category, "by").filter_map(Value::as_str).collect();
        let findings = plural(category["findings"].as_u64().unwrap_or(0), "finding");
        parts.push(part(format!("{code} {status}, {findings} {}", by.join("; ")).trim_end(), &Value::Null));
        parts.extend(list(category, "attested").map(|attested| {
            part(
                format!("{code} attested {} as {}", word(attested, "status"), word(attested, "as")),
                &attested["source"],
            )
        }));
    }
    parts
}

fn load(report: &Value, key: &str) -> (Value, Vec<Part>) {
    let mut parts = Vec::new();
    let mut values = Vec::new();
    for run in list(&report["load"], "runs") {
        let all = std::iter::once((ALL, &run["overall"]));
        let endpoints = list(run, "endpoints").map(|endpoint| (word(endpoint, "name"), endpoint));
        for (name, measured) in all.chain(endpoints) {
            let said = match (key, &measured["failures"], &measured["requests"]) {
                ("error_rate", Value::Number(failures), Value::Number(requests)) => {
                    format!("{name}: {failures} of {requests} failed, {}", measured[key])
                }
                _ if measured[key].is_null() => continue,
                _ => format!("{name}: {}", measured[key]),
            };
            let place = json!({"artifact": run["source"]["artifact"], "pointer": measured["pointer"]});
            parts.push(part(said, &place));
        }
        values.push(run["overall"][key].clone());
    }
    (if values.len() == 1 { values.remove(0) } else { Value::Array(values) }, parts)
}

fn rollback(report: &Value, _: &str) -> (Value, Vec<Part>) {
    let mut parts = Vec::new();
    let mut values = Vec::new();
    for plan in list(&report["rollback"], "plans") {
        let name = if plan["name"].is_null() { "a plan without a name" } else { word(plan, "name") };
        let said = |value: &Value| value.as_bool().map_or("not known".to_owned(), |succeeds| succeeds.to_string());
        parts.push(part(format!("{name}: {}", said(&plan["succeeds"])), &plan["source"]));
        parts.extend(
            list(plan, "steps")
                .map(|step| part(format!("step {}: {}", word(step, "title"), word(step, "outcome")), &step["source"])),
        );
        parts.extend(
            list(plan, "errors").filter_map(Value::as_str).map(|error| part(format!("error: {error}"), &Value::Null)),
        );
        values.push(plan["succeeds"].clone());
    }
    (if values.len() == 1 { values.remove(0) } else { Value::Array(values) }, parts)
}

fn platform(report: &Value, health: &str) -> (Value, Vec<Part>) {
    let services = list(&report["platform"], "services").filter(|service| word(service, "health") == health);
    let parts: Vec<Part> = services
        .map(|service| part(format!("{}: {}", word(service, "name"), word(service, "status")), &service["source"]))
        .collect();
    (parts.len().into(), parts)
}

#[cfg(test)]
mod tests {
    use super::{FIGURES, is_figure, names};
    use crate::formats::formats;
    use crate::gate::RULES;

    #[test]
    fn a_name_means_one_thing() {
        let all: Vec<String> = names().collect();
        for (index, name) in all.iter().enumerate() {
            assert!(!all[..index].contains(name), "{name} stands twice");
            assert!(!RULES.iter().any(|rule| rule.id == name) && !formats().any(|format| format.id == name), "{name}");
        }
        assert!(is_figure("tests.passed") && !is_figure("tests.*") && !is_figure("tests"));
        assert!(FIGURES.iter().all(|figure| figure.words.is_empty() != figure.name.ends_with('*')));
    }
}
