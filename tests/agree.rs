//! What was read agrees with what stands at its pointer: the name, the word of the outcome or severity, the numbers.
//!
//! This looks at the bytes alone, knows no format, and so can say only that the node holds what was read, not that it was
//! read from the right key. `EXCEPT` lists where a reader combines several places, and why; a row that is not needed
//! any more fails the test.

#[allow(dead_code, reason = "each driver uses a part of it")]
mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use signoff::model::{Artifact, Elapsed, Health, Measurement, Outcome, Pointer, StepOutcome};
use signoff::source::{Diags, Input, resolve};
use support::{entries, name, read, root};

/// What does not stand at the pointer in some formats, why, and in which.
const EXCEPT: &[(&str, &str, &[&str])] = &[
    (
        "failures",
        "counted over records, or put together from several counters beside the node with the times",
        &[
            "ab-text",
            "artillery-json",
            "autocannon-json",
            "bombardier-json",
            "fortio-json",
            "gatling-simulation-log",
            "hey-csv",
            "jmeter-aggregate-csv",
            "jmeter-jtl-csv",
            "jmeter-jtl-xml",
            "k6-handle-summary",
            "k6-machine-readable-summary",
            "k6-raw-csv",
            "k6-raw-ndjson",
            "k6-summary-export",
            "locust-stats-csv",
            "oha-csv",
            "oha-json",
            "prometheus-histogram",
            "siege-json",
            "siege-text",
            "vegeta-report",
            "vegeta-results-csv",
            "vegeta-results-ndjson",
            "wrk-text",
            "wrk2-text",
        ],
    ),
    (
        "maximum",
        "computed over records, or stated on a line of its own",
        &[
            "ab-text",
            "gatling-simulation-log",
            "jmeter-jtl-csv",
            "k6-raw-ndjson",
            "siege-text",
            "vegeta-results-csv",
            "vegeta-results-ndjson",
            "wrk-text",
            "wrk2-text",
        ],
    ),
    (
        "mean",
        "computed over records, or stated on a line of its own",
        &[
            "ab-text",
            "gatling-simulation-log",
            "hey-csv",
            "jmeter-jtl-csv",
            "jmeter-jtl-xml",
            "k6-raw-csv",
            "k6-raw-ndjson",
            "locust-json",
            "oha-csv",
            "prometheus-histogram",
            "siege-text",
            "vegeta-results-csv",
            "vegeta-results-ndjson",
            "wrk-text",
            "wrk2-text",
        ],
    ),
    (
        "minimum",
        "computed over records, or stated on a line of its own",
        &["ab-text", "gatling-simulation-log", "jmeter-jtl-csv", "siege-text"],
    ),
    (
        "percentile",
        "computed over records, or stated on a line or in an object of its own",
        &[
            "ab-text",
            "gatling-simulation-log",
            "hey-csv",
            "jmeter-jtl-csv",
            "jmeter-jtl-xml",
            "k6-raw-csv",
            "k6-raw-ndjson",
            "oha-csv",
            "prometheus-histogram",
            "oha-json",
            "vegeta-results-csv",
            "vegeta-results-ndjson",
            "wrk-text",
            "wrk2-text",
        ],
    ),
    (
        "name of a service",
        "the file is the answer of one service, whose name is that of the tool",
        &[
            "alertmanager-v2-status",
            "dropwizard-health",
            "grafana-health",
            "health-json",
            "jaeger-services",
            "vault-health",
        ],
    ),
    (
        "duration of a test",
        "the sum of its steps, the time between two events, or stated on another line",
        &[
            "allure-result",
            "behave-json",
            "cucumber-json",
            "cucumber-messages",
            "dart-test-json",
            "pytest-json-report",
            "tap",
        ],
    ),
    (
        "error of a plan",
        "a sentence of our own about the node",
        &["ansible-json", "ansible-jsonl", "flyway-info", "helm-history", "helm-status"],
    ),
    (
        "requests",
        "counted over records, or stated beside the node with the times",
        &[
            "artillery-json",
            "bombardier-json",
            "gatling-simulation-log",
            "hey-csv",
            "jmeter-jtl-csv",
            "jmeter-jtl-xml",
            "k6-handle-summary",
            "k6-machine-readable-summary",
            "k6-raw-csv",
            "k6-raw-ndjson",
            "k6-summary-export",
            "locust-json",
            "oha-csv",
            "prometheus-histogram",
            "oha-json",
            "siege-json",
            "siege-text",
            "signoff-load",
            "vegeta-report",
            "vegeta-results-csv",
            "vegeta-results-ndjson",
        ],
    ),
    ("threshold", "a sentence of our own about the counter", &["artillery-json", "gatling-simulation-log"]),
    (
        "name of an endpoint",
        "stated once for the run, beside the node with the times",
        &["autocannon-json", "bombardier-json", "fortio-json", "vegeta-results-csv", "wrk-text", "wrk2-text"],
    ),
    (
        "outcome of a test",
        "the tool has other words for it, or it follows from other parts of the file",
        &[
            "behave-json",
            "ctrf",
            "cucumber-json",
            "cucumber-messages",
            "goss-json",
            "hurl-json",
            "junit-xml",
            "k6-summary-export",
            "karate-feature",
            "nunit2-xml",
            "pytest-json-report",
            "robot-json",
            "robot-xml",
            "tap",
        ],
    ),
    (
        "name of a test",
        "stands in the node above, or in the event that announced the test",
        &[
            "cucumber-messages",
            "dart-test-json",
            "jest-json",
            "junit-xml",
            "karate-summary",
            "mocha-json-stream",
            "playwright-json",
            "xunit-net-xml",
        ],
    ),
    (
        "place of a finding",
        "stands in the node above",
        &[
            "cyclonedx",
            "dependency-check",
            "dotnet-list",
            "nessus",
            "osv-scanner",
            "retire-js",
            "safety-scan",
            "sarif",
            "sslyze",
            "testssl-json",
            "trivy-json",
            "trivy-operator",
        ],
    ),
    (
        "title of a finding",
        "put together with the package or target, or stated once with the rule",
        &[
            "cyclonedx",
            "dotnet-list",
            "govulncheck",
            "grype-json",
            "kics-json",
            "npm-audit",
            "osv-scanner",
            "pip-audit",
            "safety-scan",
            "sarif",
            "sslyze",
        ],
    ),
    ("title of a step", "put together from the node's values and our own word for what is done", &["flyway-migrate"]),
    ("title of a step", "may stand on several lines", &["sql-script"]),
    (
        "restarts of a service",
        "the sum over containers, or 0 where the list of them is there and empty",
        &["kubernetes"],
    ),
    (
        "CWE of a finding",
        "stated once with the rule, or follows from the rule",
        &["kics-json", "mozilla-observatory", "sarif", "sslyze"],
    ),
    (
        "severity of a finding",
        "stated once with the rule, or follows from a score",
        &["kics-json", "mozilla-observatory", "osv-scanner", "sarif"],
    ),
    ("id of a migration", "stands on two lines", &["sql-script"]),
    ("rule of a finding", "the name of the check that the node is the answer to", &["sslyze"]),
    ("rule of a finding", "stated once, above its places", &["kics-json"]),
    ("rule of a finding", "the library, where the vulnerability has no name of its own", &["retire-js"]),
];

/// Words that stand for an outcome, in any tool, in lower case.
const SPOKEN: &[(Outcome, &[&str])] = &[
    (Outcome::Passed, &["pass", "ok", "success", "true", "0"]),
    (Outcome::Failed, &["fail", "false", "error", "not ok", "broken"]),
    (Outcome::Errored, &["error", "fail", "broken", "crash", "timed", "timeout", "interrupted"]),
    (
        Outcome::Skipped,
        &["skip", "pending", "ignore", "todo", "notrun", "not run", "notexecuted", "disabled", "inconclusive"],
    ),
    (Outcome::Warned, &["warn", "passed", "flaky"]),
];

/// What was read at one place.
struct Claim<'a> {
    what: &'static str,
    pointer: &'a Pointer,
    said: Said,
}

enum Said {
    /// Each word of it stands there.
    Text(String),
    /// One of these words stands there.
    OneOf(Vec<&'static str>),
    /// None of these stands there.
    NoneOf(Vec<&'static str>),
    /// The number stands there, in any of these units.
    Number(Vec<f64>),
}

fn count(value: u64) -> Said {
    #[expect(clippy::cast_precision_loss, reason = "fixtures are small")]
    Said::Number(vec![value as f64])
}

fn time(value: Elapsed) -> Said {
    let millis = value.as_millis_f64();
    Said::Number(vec![millis, millis / 1e3, millis * 1e3, millis * 1e6, millis / 60e3])
}

fn claims(artifact: &Artifact) -> Vec<Claim<'_>> {
    let e = &artifact.evidence;
    let mut all: Vec<Claim<'_>> = Vec::new();
    let mut add = |what, pointer, said| all.push(Claim { what, pointer, said });
    for case in e.suites.iter().flat_map(|suite| suite.cases()) {
        add("name of a test", &case.pointer, Said::Text(case.name.clone()));
        let spoken = |outcome| SPOKEN.iter().find(|(known, _)| *known == outcome).map(|(_, words)| words.to_vec());
        if let Some(words) = spoken(case.outcome) {
            add("outcome of a test", &case.pointer, Said::OneOf(words));
        }
        if let Some(elapsed) = case.elapsed {
            add("duration of a test", &case.pointer, time(elapsed));
        }
    }
    for finding in e.scans.iter().flat_map(|scan| scan.findings()) {
        add("rule of a finding", &finding.pointer, Said::Text(finding.rule.clone()));
        add("title of a finding", &finding.pointer, Said::Text(finding.title.clone()));
        if let Some(native) = &finding.native_severity {
            add("severity of a finding", &finding.pointer, Said::Text(native.clone()));
        }
        for location in &finding.locations {
            add("place of a finding", &finding.pointer, Said::Text(location.place.clone()));
        }
        for cwe in &finding.cwes {
            add("CWE of a finding", &finding.pointer, Said::Text(cwe.to_string()));
        }
    }
    for run in &e.loads {
        let endpoints = run.endpoints.iter().map(|endpoint| &endpoint.measurement);
        for measured in endpoints.chain([&run.overall]) {
            measurement(measured, &mut add);
        }
        for endpoint in &run.endpoints {
            add("name of an endpoint", &endpoint.measurement.pointer, Said::Text(endpoint.name.clone()));
        }
        for threshold in &run.thresholds {
            add("threshold", &threshold.pointer, Said::Text(threshold.expression.clone()));
        }
    }
    for plan in &e.plans {
        for step in &plan.steps {
            add("title of a step", &step.pointer, Said::Text(step.title.clone()));
            if step.outcome == StepOutcome::Failed {
                add(
                    "outcome of a step",
                    &step.pointer,
                    Said::OneOf(vec!["fail", "error", "false", "unreachable", "1"]),
                );
            }
        }
        for migration in &plan.migrations {
            add("id of a migration", &migration.pointer, Said::Text(migration.id.clone()));
        }
        for error in &plan.errors {
            add("error of a plan", &error.pointer, Said::Text(error.text.clone()));
        }
    }
    for service in &e.services {
        add("name of a service", &service.pointer, Said::Text(service.name.clone()));
        match service.health {
            Health::Healthy => add("health of a service", &service.pointer, Said::NoneOf(vec!["unhealthy"])),
            Health::Unhealthy | Health::Unknown => {}
        }
        if let Some(restarts) = service.restarts {
            add("restarts of a service", &service.pointer, count(restarts));
        }
    }
    for alert in &e.alerts {
        add("name of an alert", &alert.pointer, Said::Text(alert.name.clone()));
    }
    all
}

fn measurement<'a>(measured: &'a Measurement, add: &mut impl FnMut(&'static str, &'a Pointer, Said)) {
    let pointer = &measured.pointer;
    for (what, value) in [("requests", measured.requests), ("failures", measured.failures)] {
        value.into_iter().for_each(|value| add(what, pointer, count(value)));
    }
    for (what, value) in [("minimum", measured.min), ("mean", measured.mean), ("maximum", measured.max)] {
        value.into_iter().for_each(|value| add(what, pointer, time(value)));
    }
    measured.percentiles.values().for_each(|value| add("percentile", pointer, time(*value)));
}

/// What stands in a node: its texts as they are meant, in lower case, and its numbers.
struct Node {
    text: String,
    numbers: Vec<f64>,
    is_xml: bool,
}

impl Node {
    fn new(pointer: &Pointer, raw: &str) -> Node {
        // The path says what keys name: a service, a metric, a list of skipped tests.
        let mut text = pointer.as_path().replace("~1", "/").replace("~0", "~") + "\n";
        match serde_json::from_str(raw) {
            Ok(value) => strings(&value, &mut text),
            Err(_) => {
                text += &["&lt;<", "&gt;>", "&quot;\"", "&apos;'", "&#39;'", "&#34;\"", "&#10;\n", "&amp;&"]
                    .iter()
                    .fold(raw.to_owned(), |text, pair| text.replace(&pair[..pair.len() - 1], &pair[pair.len() - 1..]))
                    .replace("\\\"", "\"")
                    .replace("\\\\", "\\");
            }
        }
        let is_xml = raw.starts_with('<');
        let both = format!("{text}\n{}\n{}", thousands(&text), if is_xml { decimals(&text) } else { String::new() });
        let is_part = |c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '+' | 'e' | 'E');
        let numbers = both.split(|c| !is_part(c)).flat_map(|part| {
            let bare = part.trim_matches(['e', 'E', '-', '+', '.']);
            [part.parse().ok(), bare.parse().ok()].into_iter().flatten()
        });
        let numbers = numbers.collect();
        Node { numbers, text: text.to_lowercase(), is_xml }
    }

    fn holds(&self, said: &Said) -> bool {
        match said {
            Said::Text(text) => {
                // What is cut or masked is not there any more.
                let is_whole = !text.contains("[redacted:") && !text.contains("… (+");
                let lower = text.to_lowercase();
                !is_whole || lower.split(|c: char| !c.is_alphanumeric()).all(|word| self.text.contains(word))
            }
            // XML says that a test passed by what is not there.
            Said::OneOf(words) if words.contains(&"pass") && self.is_xml => {
                !["<failure", "<error", "<skipped"].iter().any(|child| self.text.contains(child))
            }
            Said::OneOf(words) => words.iter().any(|word| self.text.contains(word)),
            Said::NoneOf(words) => !words.iter().any(|word| self.text.contains(word)),
            Said::Number(units) => {
                let is_near = |a: f64, b: f64| (a - b).abs() <= 1e-6 * a.abs().max(b.abs()).max(1e-9);
                units.iter().any(|unit| self.numbers.iter().any(|number| is_near(*number, *unit)))
            }
        }
    }
}

/// A text without the commas in its numbers: `92,163`.
fn thousands(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let is_digit = |at: Option<usize>| at.and_then(|at| chars.get(at)).is_some_and(char::is_ascii_digit);
    let is_comma = |at: usize| {
        let after = (1..=3).all(|more| is_digit(Some(at + more))) && !is_digit(Some(at + 4));
        chars[at] == ',' && is_digit(at.checked_sub(1)) && after
    };
    (0..chars.len()).filter(|at| !is_comma(*at)).map(|at| chars[at]).collect()
}

/// A text with full stops for the commas between its digits: `0,083` of a German machine.
fn decimals(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let is_digit = |at: Option<usize>| at.and_then(|at| chars.get(at)).is_some_and(char::is_ascii_digit);
    let is_comma = |at: usize| chars[at] == ',' && is_digit(at.checked_sub(1)) && is_digit(Some(at + 1));
    (0..chars.len()).map(|at| if is_comma(at) { '.' } else { chars[at] }).collect()
}

fn strings(value: &serde_json::Value, out: &mut String) {
    use serde_json::Value;
    match value {
        Value::Null => out.push_str("null\n"),
        Value::Array(items) => items.iter().for_each(|item| strings(item, out)),
        Value::Object(members) => {
            for (key, value) in members {
                out.push_str(key);
                out.push('\n');
                strings(value, out);
            }
        }
        Value::String(text) => {
            out.push_str(text);
            out.push('\n');
        }
        other => {
            out.push_str(&other.to_string());
            out.push('\n');
        }
    }
}

#[test]
fn what_was_read_stands_at_its_pointer() {
    let mut tried: BTreeMap<(String, &str), (u64, u64)> = BTreeMap::new();
    let mut first: BTreeMap<(String, &str), String> = BTreeMap::new();
    for format in entries(&root().join("tests/fixtures")) {
        for case in entries(&format).into_iter().filter(|path| path.is_dir() && name(path).starts_with("good")) {
            let Some(input) = entries(&case).into_iter().find(|path| name(path).starts_with("input")) else { continue };
            let artifact = read(&input);
            let bytes = fs::read(&input).expect("a fixture can be read");
            let mut text = Input::open(Box::new(&*bytes)).expect("a fixture can be opened");
            if text.normalise_encoding(&Diags::default()).is_err() {
                continue;
            }
            for Claim { what, pointer, said } in claims(&artifact) {
                let Some(node) = resolve(text.head(), pointer) else { continue };
                let raw = node.text(text.head());
                let key = (name(&format), what);
                let counts = tried.entry(key.clone()).or_default();
                counts.0 += 1;
                if !Node::new(pointer, &raw).holds(&said) {
                    counts.1 += 1;
                    let said = match said {
                        Said::Text(text) => text,
                        Said::OneOf(words) | Said::NoneOf(words) => words.join("|"),
                        Said::Number(units) => format!("{units:?}"),
                    };
                    let shown: String = raw.chars().take(160).collect();
                    first
                        .entry(key)
                        .or_insert_with(|| format!("{} at `{pointer}`: {said:?} is not in {shown:?}", name(&case)));
                }
            }
        }
    }
    let rows = EXCEPT.iter().flat_map(|(what, _, formats)| formats.iter().map(move |format| (*format, *what)));
    let except: BTreeSet<(&str, &str)> = rows.collect();
    let wrong: Vec<String> = first
        .iter()
        .filter(|((format, what), _)| !except.contains(&(format.as_str(), *what)))
        .map(|((format, what), about)| format!("{format}: {what} ({:?}): {about}", tried[&(format.clone(), *what)]))
        .collect();
    let needless: Vec<_> =
        except.iter().filter(|(format, what)| !first.contains_key(&((*format).to_owned(), *what))).collect();
    assert!(wrong.is_empty(), "{} disagree\n{}", wrong.len(), wrong.join("\n"));
    assert!(needless.is_empty(), "agrees, so that the row can go: {needless:?}");
    let held: u64 = tried.values().map(|(all, wrong)| all - wrong).sum();
    assert!(held > 1_800, "only {held} claims were held");
}
