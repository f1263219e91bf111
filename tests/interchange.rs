//! The outputs that other programs read: CTRF and SARIF against what their specifications require, CSV against what
//! spreadsheets calculate.
//!
//! The requirements are stated here in our own words, from the schema of CTRF (ctrf-io/ctrf, `schema/ctrf.schema.json`)
//! and from SARIF 2.1.0 (OASIS, sections 3.13 to 3.27 and 3.52).

#[allow(dead_code, reason = "each driver uses a part of it")]
mod support;

use std::fs;

use serde_json::{Value, json};
use support::{Scratch, entries, name, root, run, signoff};

/// Texts that an output could stumble over.
const TEXTS: &[&str] = &[
    "",
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    " =1",
    "＝1",
    "a,b;\"c\"\nd",
    "\u{0}\u{202e}<b>",
];

/// One release of every sample, and one whose every text is hostile: name, and its outputs by file.
fn outputs(test: &str) -> Vec<(String, Vec<(String, String)>)> {
    let scratch = Scratch::new(test);
    let hostile = scratch.0.join("hostile");
    fs::create_dir_all(&hostile).expect("a temporary folder can be made");
    let cases: String = TEXTS
        .iter()
        .map(|text| {
            let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;").replace('\u{0}', "");
            format!("<testcase name=\"{text}\" classname=\"{text}\" time=\"0.1\"><failure message=\"{text}\">{text}</failure></testcase>")
        })
        .collect();
    let junit = format!("<testsuites><testsuite name=\"\" tests=\"{}\">{cases}</testsuite></testsuites>", TEXTS.len());
    fs::write(hostile.join("junit.xml"), junit).expect("a temporary file can be written");
    for text in TEXTS {
        let zap = fs::read_to_string(root().join("tests/hostile/zap.json")).expect("a fixture can be read");
        let quoted = serde_json::to_string(text).expect("a text can be written");
        let file = format!("zap-{}.json", TEXTS.iter().position(|other| other == text).unwrap_or(0));
        fs::write(hostile.join(file), zap.replace("@TEXT@", &quoted[1..quoted.len() - 1]))
            .expect("a file can be written");
    }
    let samples = entries(&root().join("samples")).into_iter().filter(|path| path.is_dir());
    samples
        .chain([hostile])
        .map(|release| {
            let out = scratch.0.join("out").join(name(&release));
            let output = run(signoff()
                .args(["report", "--quiet", "--fail-on", "never", "--format", "csv,ctrf,sarif", "--out"])
                .args([&out, &release]));
            assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
            let files = entries(&out).into_iter().map(|file| {
                let content = fs::read_to_string(&file).expect("what was written is text");
                (name(&file), content)
            });
            (name(&release), files.collect())
        })
        .collect()
}

fn file<'f>(files: &'f [(String, String)], name: &str) -> &'f str {
    files.iter().find(|(file, _)| file == name).map(|(_, content)| content.as_str()).expect("the file was written")
}

/// What a document lacks or has too much, each with its place.
#[derive(Default)]
struct Faults(Vec<String>);

impl Faults {
    fn check(&mut self, holds: bool, place: &str, wanted: &str) {
        if !holds {
            self.0.push(format!("{place}: {wanted}"));
        }
    }

    /// A text that is not empty.
    fn text(&mut self, value: &Value, place: &str) {
        self.check(value.as_str().is_some_and(|text| !text.is_empty()), place, "a text that is not empty");
    }

    fn one_of(&mut self, value: &Value, words: &[&str], place: &str) {
        self.check(value.as_str().is_some_and(|word| words.contains(&word)), place, &format!("one of {words:?}"));
    }

    fn only(&mut self, value: &Value, keys: &[&str], place: &str) {
        for key in value.as_object().into_iter().flat_map(|object| object.keys()) {
            self.check(keys.contains(&key.as_str()), place, &format!("no key `{key}`"));
        }
    }
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

const STATUSES: [&str; 5] = ["passed", "failed", "skipped", "pending", "other"];

fn ctrf_faults(report: &Value) -> Vec<String> {
    let mut faults = Faults::default();
    faults.check(report["reportFormat"] == "CTRF", "/reportFormat", "`CTRF`");
    let version: Vec<&str> = report["specVersion"].as_str().unwrap_or_default().split('.').collect();
    let is_number = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    faults.check(version.len() == 3 && version.iter().all(is_number), "/specVersion", "three numbers");
    let results = &report["results"];
    faults.text(&results["tool"]["name"], "/results/tool/name");
    faults.check(results["tests"].is_array(), "/results/tests", "an array");
    let tests = items(&results["tests"]);
    let summary = &results["summary"];
    for key in ["tests", "start", "stop"].into_iter().chain(STATUSES) {
        faults.check(summary[key].is_u64(), &format!("/results/summary/{key}"), "a whole number");
    }
    faults.check(summary["tests"] == json!(tests.len()), "/results/summary/tests", "the number of tests");
    for status in STATUSES {
        let count = tests.iter().filter(|test| test["status"] == status).count();
        faults.check(summary[status] == json!(count), &format!("/results/summary/{status}"), "its number of tests");
    }
    for (index, test) in tests.iter().enumerate() {
        let place = |key: &str| format!("/results/tests/{index}/{key}");
        faults.text(&test["name"], &place("name"));
        faults.one_of(&test["status"], &STATUSES, &place("status"));
        faults.check(test["duration"].is_u64(), &place("duration"), "whole milliseconds");
        let keys = ["name", "status", "duration", "suite", "message", "rawStatus", "flaky"];
        faults.only(test, &keys, &format!("/results/tests/{index}"));
        if let Some(suite) = test.get("suite") {
            faults.check(!items(suite).is_empty(), &place("suite"), "an array that is not empty");
            items(suite).iter().for_each(|part| faults.text(part, &place("suite")));
        }
        for key in ["message", "rawStatus"] {
            faults.check(test.get(key).is_none_or(Value::is_string), &place(key), "a text");
        }
        faults.check(test.get("flaky").is_none_or(Value::is_boolean), &place("flaky"), "true or false");
    }
    faults.0
}

fn sarif_faults(log: &Value) -> Vec<String> {
    let mut faults = Faults::default();
    faults.check(log["version"] == "2.1.0", "/version", "`2.1.0`");
    faults.check(items(&log["runs"]).len() == 1, "/runs", "one run");
    let run = &log["runs"][0];
    let driver = &run["tool"]["driver"];
    faults.text(&driver["name"], "/runs/0/tool/driver/name");
    let mut ids: Vec<&str> = Vec::new();
    for (index, rule) in items(&driver["rules"]).iter().enumerate() {
        let place = format!("/runs/0/tool/driver/rules/{index}");
        faults.text(&rule["id"], &place);
        faults.check(rule["shortDescription"]["text"].is_string(), &place, "a description is an object with a text");
        let id = rule["id"].as_str().unwrap_or_default();
        faults.check(!ids.contains(&id), &place, "an id of its own");
        ids.push(id);
    }
    for invocation in items(&run["invocations"]) {
        faults.check(invocation["executionSuccessful"].is_boolean(), "/runs/0/invocations", "executionSuccessful");
    }
    faults.check(run["results"].is_array(), "/runs/0/results", "an array");
    for (index, result) in items(&run["results"]).iter().enumerate() {
        let place = format!("/runs/0/results/{index}");
        faults.check(result["message"]["text"].is_string(), &place, "a message is an object with a text");
        faults.one_of(&result["level"], &["none", "note", "warning", "error"], &place);
        faults.check(result["ruleId"].as_str().is_some_and(|id| ids.contains(&id)), &place, "the id of a rule");
        for location in items(&result["locations"]) {
            let physical = &location["physicalLocation"];
            let uri = physical["artifactLocation"]["uri"].as_str();
            let is_uri = |uri: &str| uri.bytes().all(|byte| byte.is_ascii_graphic() && !b"<>\"{}|\\^`".contains(&byte));
            faults.check(uri.is_some_and(is_uri), &place, "a location has a URI");
            let line = physical["region"].get("startLine");
            faults.check(line.is_none_or(|line| line.as_u64() > Some(0)), &place, "a line counts from 1");
        }
    }
    faults.0
}

#[test]
fn ctrf_and_sarif_keep_to_their_specifications() {
    for (release, files) in outputs("specifications") {
        let parse = |name| serde_json::from_str::<Value>(file(&files, name)).expect("the file is JSON");
        assert_eq!(ctrf_faults(&parse("report.ctrf.json")), Vec::<String>::new(), "{release}");
        assert_eq!(sarif_faults(&parse("report.sarif")), Vec::<String>::new(), "{release}");
    }
}

#[test]
fn faults_are_found() {
    let good = json!({"reportFormat": "CTRF", "specVersion": "0.0.0", "results": {
        "tool": {"name": "x"},
        "summary": {"tests": 1, "passed": 1, "failed": 0, "skipped": 0, "pending": 0, "other": 0, "start": 0, "stop": 0},
        "tests": [{"name": "a", "status": "passed", "duration": 1, "suite": ["s"]}],
    }});
    assert_eq!(ctrf_faults(&good), Vec::<String>::new());
    for (pointer, bad) in [
        ("/reportFormat", json!("ctrf")),
        ("/specVersion", json!("1")),
        ("/results/tool/name", json!("")),
        ("/results/summary/passed", json!(0)),
        ("/results/summary/start", json!(-1)),
        ("/results/tests/0/name", json!("")),
        ("/results/tests/0/status", json!("ok")),
        ("/results/tests/0/duration", json!(0.5)),
        ("/results/tests/0/suite", json!([])),
    ] {
        let mut report = good.clone();
        *report.pointer_mut(pointer).expect("the place is there") = bad;
        assert!(!ctrf_faults(&report).is_empty(), "{pointer}");
    }
    let good = json!({"version": "2.1.0", "runs": [{
        "tool": {"driver": {"name": "x", "rules": [{"id": "r", "shortDescription": {"text": "t"}}]}},
        "results": [{"ruleId": "r", "level": "error", "message": {"text": "m"},
                     "locations": [{"physicalLocation": {"artifactLocation": {"uri": "a"}, "region": {"startLine": 1}}}]}],
    }]});
    assert_eq!(sarif_faults(&good), Vec::<String>::new());
    for (pointer, bad) in [
        ("/version", json!("2.0.0")),
        ("/runs/0/results/0/level", json!("fatal")),
        ("/runs/0/results/0/ruleId", json!("q")),
        ("/runs/0/results/0/message", json!("m")),
        ("/runs/0/results/0/locations/0/physicalLocation/artifactLocation/uri", json!("a b")),
        ("/runs/0/results/0/locations/0/physicalLocation/region/startLine", json!(0)),
    ] {
        let mut log = good.clone();
        *log.pointer_mut(pointer).expect("the place is there") = bad;
        assert!(!sarif_faults(&log).is_empty(), "{pointer}");
    }
}

/// What a spreadsheet would calculate: a cell that starts like a formula and is no plain number.
fn is_formula(cell: &str) -> bool {
    let trimmed = cell.trim_start();
    trimmed.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']) && cell.parse::<f64>().is_err()
        || cell.starts_with(['\t', '\r'])
}

#[test]
fn no_cell_is_a_formula_and_every_row_is_whole() {
    let mut cells = 0;
    for (release, files) in outputs("spreadsheets") {
        for table in ["tests.csv", "findings.csv", "endpoints.csv"] {
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(file(&files, table).as_bytes());
            for record in reader.records() {
                // Rows of another length than the first are an error of the reader.
                let record = record.unwrap_or_else(|error| panic!("{release}/{table}: {error}"));
                for cell in &record {
                    assert!(!is_formula(cell), "{release}/{table}: {cell:?}");
                    cells += 1;
                }
            }
        }
    }
    assert!(cells > 300, "{cells}");
    assert!(TEXTS.iter().filter(|text| is_formula(text)).count() > 5, "the texts hold no formulas");
}
