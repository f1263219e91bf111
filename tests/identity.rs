//! The identity of a run: what the command line, the manifest, the environment and the artifacts say of it.

#[allow(dead_code, reason = "each driver uses a part of it")]
mod support;

use std::fs;
use std::path::Path;

use serde_json::Value;
use support::{Scratch, reported, run, signoff};

const COMMIT: &str = "de255fd16fd8c6e8a5f17a42ffc1421b1b5916b5";
const OTHER: &str = "0123456789abcdef0123456789abcdef01234567";
const PAGE: &str = "https://gitlab.example/shop/-/pipelines/9";

fn artifacts(scratch: &Scratch, commit: &str) {
    let commit = if commit.is_empty() { String::new() } else { format!("\"commit\":\"{commit}\",") };
    let text =
        format!("{{\"schema\":\"signoff.smoke/1\",{commit}\"tests\":[{{\"name\":\"a\",\"outcome\":\"passed\"}}]}}");
    fs::create_dir_all(scratch.0.join("artifacts")).expect("a temporary folder can be made");
    fs::write(scratch.0.join("artifacts/smoke.json"), text).expect("a temporary file can be written");
}

/// The report and its JSON.
#[track_caller]
fn report(folder: &Path, args: &[&str], environment: &[(&str, &str)]) -> (String, Value) {
    let mut command = signoff();
    for marker in
        ["GITHUB_ACTIONS", "GITLAB_CI", "JENKINS_URL", "TF_BUILD", "CIRCLECI", "BUILDKITE", "BITBUCKET_BUILD_NUMBER"]
    {
        command.env_remove(marker);
    }
    command.envs(environment.iter().copied());
    reported(&mut command, folder, &[&["--as-of", "2026-03-02T12:00:00Z"], args].concat())
}

fn gitlab(commit: &'static str) -> [(&'static str, &'static str); 4] {
    [("GITLAB_CI", "true"), ("CI_COMMIT_SHA", commit), ("CI_COMMIT_REF_NAME", "main"), ("CI_PIPELINE_URL", PAGE)]
}

fn notices<'r>(report: &'r Value, code: &str) -> Vec<&'r str> {
    let all = report["notices"].as_array().into_iter().flatten();
    all.filter(|notice| notice["code"] == code).filter_map(|notice| notice["message"].as_str()).collect()
}

#[test]
fn the_environment_counts_where_it_is_asked() {
    let scratch = Scratch::new("identity-asked");
    artifacts(&scratch, "");
    let without = report(&scratch.0, &[], &[]);
    assert_eq!(report(&scratch.0, &[], &gitlab(COMMIT)), without, "nobody asked");
    assert_eq!(report(&scratch.0, &["--ci", "auto"], &[]), without, "no CI system");
    let (markdown, json) = report(&scratch.0, &["--ci", "auto"], &gitlab(COMMIT));
    assert_eq!(json["subject"]["commit"], COMMIT);
    assert_eq!(json["options"]["ci"]["commit"], serde_json::json!({"variable": "CI_COMMIT_SHA", "value": COMMIT}));
    assert_eq!(json["options"]["ci"]["pipeline"]["value"], PAGE);
    assert_eq!(json["verdict"], "passed");
    for part in ["GitLab CI/CD", PAGE, "(CI_PIPELINE_URL)", "`main` (CI_COMMIT_REF_NAME)", "(CI_COMMIT_SHA)"] {
        assert!(markdown.contains(part), "`{part}` is not in the report");
    }
    // What was recorded is enough to make the report again, elsewhere and later.
    let mut command = signoff();
    let command = command.current_dir(&scratch.0).args(["verify", "out", "--artifacts", "artifacts"]);
    let output = run(command.env("CI_COMMIT_SHA", OTHER));
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
    assert!(String::from_utf8_lossy(&output.stdout).contains("it is identical"));
}

#[test]
fn a_disagreement_is_a_finding() {
    let scratch = Scratch::new("identity-disagree");
    artifacts(&scratch, "");
    let (_, json) = report(&scratch.0, &["--ci", "gitlab", "--commit", OTHER], &gitlab(COMMIT));
    assert_eq!(json["subject"]["commit"], OTHER, "the flag comes first");
    assert_eq!(json["verdict"], "conditional");
    assert_eq!(notices(&json, "contradiction"), [format!("CI_COMMIT_SHA names the commit {COMMIT}, --commit {OTHER}")]);

    let manifest = format!("[subject]\ncommit = \"{COMMIT}\"\n");
    fs::write(scratch.0.join("signoff.toml"), manifest).expect("the manifest can be written");
    let (_, json) = report(&scratch.0, &["--ci", "gitlab"], &gitlab(OTHER));
    assert_eq!(json["subject"]["commit"], COMMIT, "the manifest comes before the environment");
    assert_eq!(json["verdict"], "conditional");
    let (_, json) = report(&scratch.0, &["--ci", "gitlab"], &gitlab(COMMIT));
    assert_eq!(json["verdict"], "passed");

    // Evidence of another commit than the pipeline's proves nothing about it.
    fs::remove_file(scratch.0.join("signoff.toml")).expect("the manifest can be removed");
    artifacts(&scratch, OTHER);
    let (_, json) = report(&scratch.0, &["--ci", "gitlab"], &gitlab(COMMIT));
    assert_eq!(json["verdict"], "undecided");
    assert_eq!(notices(&json, "contradiction").len(), 1);
}

#[test]
fn the_head_of_a_change_agrees_and_is_shown() {
    let scratch = Scratch::new("identity-head");
    artifacts(&scratch, "");
    let merged = [&gitlab(COMMIT)[..], &[("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", OTHER)]].concat();
    let (markdown, json) = report(&scratch.0, &["--ci", "auto"], &merged);
    assert_eq!((&json["subject"]["commit"], &json["verdict"]), (&Value::from(COMMIT), &Value::from("passed")));
    assert_eq!(notices(&json, "ci-head").len(), 1);
    assert!(markdown.contains(&format!("head of the change `{OTHER}`")), "{markdown}");
    let (_, json) = report(&scratch.0, &["--ci", "auto", "--commit", OTHER], &merged);
    assert_eq!((&json["subject"]["commit"], &json["verdict"]), (&Value::from(OTHER), &Value::from("passed")));
}

#[test]
fn what_a_variable_cannot_mean_is_not_used() {
    let scratch = Scratch::new("identity-unusable");
    artifacts(&scratch, "");
    let environment = [
        ("BUILDKITE", "true"),
        ("BUILDKITE_COMMIT", "HEAD"),
        ("BUILDKITE_BRANCH", "evil\u{202e}|`](javascript:x)\n# forged"),
        ("BUILDKITE_BUILD_URL", "javascript:alert(1)"),
    ];
    let (markdown, json) = report(&scratch.0, &["--ci", "auto"], &environment);
    assert_eq!((&json["subject"]["commit"], &json["verdict"]), (&Value::Null, &Value::from("conditional")));
    assert_eq!(notices(&json, "ci-variable").len(), 2);
    assert!(!markdown.contains("\n# forged") && !markdown.contains('\u{202e}'), "{markdown}");
}

#[test]
fn a_service_that_runs_another_image_contradicts() {
    let scratch = Scratch::new("identity-image");
    artifacts(&scratch, "");
    let [built, other] = ["ab", "cd"].map(|byte| format!("registry.example/shop@sha256:{}", byte.repeat(32)));
    let services = |image: &str| {
        let text = format!(
            "{{\"schema\":\"signoff.services/1\",\"services\":[{{\"name\":\"shop\",\"health\":\"healthy\",\"image\":\"{image}\"}}]}}"
        );
        fs::write(scratch.0.join("artifacts/services.json"), text).expect("a temporary file can be written");
    };
    services(&built);
    let (markdown, json) = report(&scratch.0, &["--subject-digest", &built], &[]);
    assert_eq!(json["verdict"], "passed", "{json:#}");
    assert!(markdown.contains(&built));
    services(&other);
    let (_, json) = report(&scratch.0, &["--subject-digest", &built], &[]);
    assert_eq!(json["verdict"], "conditional");
    assert!(notices(&json, "contradiction")[0].contains("runs another image"), "{json:#}");
}
