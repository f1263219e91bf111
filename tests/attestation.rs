//! Attestations and digests, through the real binary: what the specifications demand, and what `sha256sum` says.

#[allow(dead_code, reason = "each driver uses a part of it")]
mod support;

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use support::{Scratch, root, run, signoff};

const COMMIT: &str = "de255fd16fd8c6e8a5f17a42ffc1421b1b5916b5";

/// What a field must be.
#[derive(Clone, Copy, Debug)]
enum Must {
    /// This very text.
    Be(&'static str),
    /// One of these.
    BeOneOf(&'static [&'static str]),
    /// An absolute URI.
    BeAUri,
    /// A time of RFC 3339 in UTC.
    BeATime,
    /// A list of texts.
    BeTexts,
    /// A list of resource descriptors, each with one of `uri`, `digest` and `content`.
    BeDescriptors,
    /// A list of resource descriptors that is not empty, each with a digest.
    BeSubjects,
}

/// A field of a specification: its place, whether it is required, and what it must be.
type Field = (&'static str, bool, Must);

/// in-toto/attestation, spec/v1/statement.md, v1.1.
const STATEMENT: &[Field] =
    &[("/_type", true, Must::Be("https://in-toto.io/Statement/v1")), ("/subject", true, Must::BeSubjects)];

/// in-toto/attestation, spec/predicates/test-result.md, v0.1.0.
const TEST_RESULT: &[Field] = &[
    ("/result", true, Must::BeOneOf(&["PASSED", "WARNED", "FAILED"])),
    ("/configuration", true, Must::BeDescriptors),
    ("/url", false, Must::BeAUri),
    ("/passedTests", false, Must::BeTexts),
    ("/warnedTests", false, Must::BeTexts),
    ("/failedTests", false, Must::BeTexts),
];

/// in-toto/attestation, spec/predicates/svr.md, v0.1.
const VERIFICATION: &[Field] = &[
    ("/verifier/id", true, Must::BeAUri),
    ("/timeCreated", true, Must::BeATime),
    ("/properties", true, Must::BeTexts),
];

/// The lengths of digests in hexadecimal digits: spec/v1/digest_set.md.
const DIGESTS: &[(&str, &[usize])] = &[("sha256", &[64]), ("gitCommit", &[40, 64])];

fn has_digest(descriptor: &Value) -> bool {
    let digests = descriptor["digest"].as_object();
    digests.is_some_and(|digests| {
        !digests.is_empty()
            && digests.iter().all(|(name, value)| {
                let lengths = DIGESTS.iter().find(|(known, _)| known == name).map_or(&[][..], |(_, lengths)| lengths);
                let is_hex = |text: &str| text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
                value.as_str().is_some_and(|text| lengths.contains(&text.len()) && is_hex(text))
            })
    })
}

fn is_uri(value: &Value) -> bool {
    let scheme = value.as_str().and_then(|text| text.split_once(':')).map_or("", |(scheme, _)| scheme);
    ["https", "http", "pkg", "git+https"].contains(&scheme) && !value.to_string().contains(' ')
}

fn holds(value: &Value, must: Must) -> bool {
    let all = |of: &dyn Fn(&Value) -> bool| value.as_array().is_some_and(|items| items.iter().all(of));
    match must {
        Must::Be(text) => value == text,
        Must::BeOneOf(texts) => texts.iter().any(|text| value == text),
        Must::BeAUri => is_uri(value),
        Must::BeATime => value.as_str().is_some_and(|t| t.ends_with('Z') && t.parse::<jiff::Timestamp>().is_ok()),
        Must::BeTexts => all(&Value::is_string),
        Must::BeDescriptors => all(&|item| has_digest(item) || is_uri(&item["uri"]) || item["content"].is_string()),
        Must::BeSubjects => value.as_array().is_some_and(|items| !items.is_empty()) && all(&has_digest),
    }
}

#[track_caller]
fn validate(document: &Value, fields: &[Field]) {
    for (place, is_required, must) in fields {
        match document.pointer(place) {
            Some(value) => assert!(holds(value, *must), "{place} must {must:?} and is {value}"),
            None => assert!(!is_required, "{place} is missing in {document}"),
        }
    }
}

/// Writes both attestations and reads them: the statements are valid and hold their predicates.
#[track_caller]
fn attest(artifacts: &str, args: &[&str], out: &Path) -> (Value, Value) {
    let mut command = signoff();
    command.args(["report", artifacts, "--quiet", "--fail-on", "never", "--format", "intoto,svr", "--out"]).arg(out);
    let output = run(command.args(args));
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let read = |name: &str| -> Value {
        serde_json::from_slice(&fs::read(out.join(name)).expect("it was written")).expect("it is JSON")
    };
    for (statement, predicate, kind, fields) in [
        ("report.intoto.json", "report.predicate.json", "test-result/v0.1", TEST_RESULT),
        ("report.svr.json", "report.svr-predicate.json", "svr/v0.1", VERIFICATION),
    ] {
        let statement = read(statement);
        validate(&statement, STATEMENT);
        assert_eq!(statement["predicateType"], format!("https://in-toto.io/attestation/{kind}"));
        validate(&statement["predicate"], fields);
        assert_eq!(statement["predicate"], read(predicate));
    }
    (read("report.intoto.json"), read("report.svr-predicate.json"))
}

fn list<'v>(statement: &'v Value, key: &str) -> Vec<&'v str> {
    statement["predicate"][key].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

#[test]
fn every_sample_is_attested_by_the_specification() {
    let scratch = Scratch::new("attest");
    let as_of = ["--as-of", "2026-03-02T12:00:00Z"];
    let (statement, svr) = attest("samples/ac-6-staging", &as_of, &scratch.0.join("conditional"));
    assert_eq!(statement["subject"], serde_json::json!([{"digest": {"gitCommit": COMMIT}}]));
    assert_eq!(statement["predicate"]["result"], "WARNED");
    let skipped: Vec<&str> =
        list(&statement, "warnedTests").into_iter().filter(|n| n.contains("Authentication")).collect();
    assert_eq!(skipped.len(), 1, "a test that did not run is warned: {skipped:?}");
    let readable = 8;
    let configuration = statement["predicate"]["configuration"].as_array().expect("a list");
    assert_eq!(configuration.len(), 2 + readable, "signoff, the policy, and each artifact");
    assert_eq!(svr["properties"][0], "SIGNOFF_CONDITIONAL");
    assert!(!svr["properties"].to_string().contains("SIGNOFF_PASSED"));

    let minimal = [&as_of[..], &["--require", "smoke", "--commit", COMMIT]].concat();
    let (statement, svr) = attest("samples/minimal", &minimal, &scratch.0.join("passed"));
    assert_eq!(statement["predicate"]["result"], "PASSED");
    assert_eq!(list(&statement, "passedTests").iter().filter(|name| name.starts_with("test: ")).count(), 3);
    assert_eq!((list(&statement, "warnedTests").len(), list(&statement, "failedTests").len()), (0, 0));
    assert_eq!(svr["properties"][0], "SIGNOFF_PASSED");

    // Evidence is missing: nobody knows, and that is failed, with nothing that holds.
    let (statement, svr) = attest(
        "samples/minimal",
        &minimal[..2].iter().chain(&minimal[4..]).copied().collect::<Vec<_>>(),
        &scratch.0.join("undecided"),
    );
    assert_eq!(statement["predicate"]["result"], "FAILED");
    assert!(list(&statement, "failedTests").contains(&"check: evidence.required.load"), "{statement}");
    assert_eq!(svr["properties"], serde_json::json!([]));

    let (statement, _) =
        attest("samples/blocked", &[&as_of[..], &["--commit", COMMIT]].concat(), &scratch.0.join("failed"));
    assert_eq!(statement["predicate"]["result"], "FAILED");
}

#[test]
fn a_test_that_may_not_be_skipped_is_failed() {
    let scratch = Scratch::new("attest-skipped");
    let write =
        |name: &str, text: &str| fs::write(scratch.0.join(name), text).expect("a temporary file can be written");
    let test = |name: &str, outcome: &str| {
        format!("{{\"schema\":\"signoff.smoke/1\",\"name\":\"{name}\",\"outcome\":\"{outcome}\"}}\n")
    };
    write("smoke.ndjson", &[test("login", "passed"), test("pay", "skipped"), test("search", "skipped")].concat());
    let digest = "ab".repeat(32);
    write(
        "signoff.toml",
        &format!(
            "[gate]\nrequire = [\"smoke\"]\n[gate.smoke]\nallow-skipped = [\"search\"]\n\
             [subject]\ndigests = [\"registry.example/shop@sha256:{digest}\"]\n"
        ),
    );
    let folder = scratch.0.to_string_lossy().into_owned();
    let args = ["--as-of", "2026-03-02T12:00:00Z", "--subject-digest", &format!("pay@sha256:{digest}")];
    let (statement, _) = attest(&folder, &args, &scratch.0.join("out"));
    assert!(list(&statement, "failedTests").contains(&"test: pay"), "{statement}");
    assert!(list(&statement, "warnedTests").contains(&"test: search"), "{statement}");
    assert_eq!(list(&statement, "passedTests").iter().filter(|name| name.starts_with("test: ")).count(), 1);
    let names: Vec<&Value> = statement["subject"].as_array().into_iter().flatten().map(|s| &s["name"]).collect();
    assert_eq!(names, ["pay", "registry.example/shop"]);
}

/// What an artifact says of itself is no subject: whoever writes one would choose what is attested.
#[test]
fn without_a_stated_subject_nothing_is_attested() {
    let scratch = Scratch::new("attest-nothing");
    let artifact = scratch.0.join("smoke.json");
    let text = format!(
        "{{\"schema\":\"signoff.smoke/1\",\"commit\":\"{COMMIT}\",\"tests\":[{{\"name\":\"a\",\"outcome\":\"passed\"}}]}}"
    );
    fs::write(&artifact, text).expect("a temporary file can be written");
    for form in ["intoto", "svr"] {
        let out = scratch.0.join(form);
        let mut command = signoff();
        command.arg("report").arg(&artifact).args(["--as-of", "2026-03-02T12:00:00Z", "--format"]);
        command.arg(format!("md,json,{form}")).arg("--out");
        let output = run(command.arg(&out));
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{error}");
        assert!(error.contains("--commit") && error.contains("--subject-digest"), "{error}");
        assert_eq!(fs::read_dir(&out).map_or(0, Iterator::count), 0, "nothing is written");
    }
}

/// The form that `sha256sum -c --strict` takes: 64 digits, two spaces, a plain name, sorted; where the tool is installed,
/// it says so itself.
#[test]
fn sha256sum_accepts_the_digests() {
    let scratch = Scratch::new("sums");
    let forms: Vec<&str> = signoff::report::RENDERERS.iter().map(|form| form.id).collect();
    let mut command = signoff();
    command.current_dir(root().join("samples/ac-6-staging"));
    command.args(["report", ".", "--quiet", "--format", &forms.join(",")]);
    let output = run(command.arg("--out").arg(&scratch.0));
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let sums = fs::read_to_string(scratch.0.join("SHA256SUMS")).expect("it was written");
    let names: Vec<&str> = sums.lines().map(|line| line.split_once("  ").expect("two spaces").1).collect();
    let mut sorted = names.clone();
    sorted.sort_unstable();
    assert_eq!(names, sorted);
    let written = fs::read_dir(&scratch.0).expect("the folder can be read").count();
    assert_eq!(names.len(), written - 1, "every file but the list itself");
    for line in sums.lines() {
        let (digest, name) = line.split_once("  ").expect("two spaces");
        let bytes = fs::read(scratch.0.join(name)).expect("the file is there");
        assert_eq!(digest, signoff::model::digest::digest(&bytes));
    }
    let sha256sum =
        || Command::new("sha256sum").args(["-c", "--strict", "SHA256SUMS"]).current_dir(&scratch.0).output();
    if let Ok(output) = sha256sum() {
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        fs::write(scratch.0.join("report.intoto.json"), "{}").expect("the file can be written");
        assert_eq!(sha256sum().expect("it is still installed").status.code(), Some(1));
    }
}
