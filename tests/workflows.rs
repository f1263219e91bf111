//! What is shipped for CI systems: it parses, has no key that means nothing, pins what it runs, takes no text of an event
//! or an input into a script, and calls signoff as the command line is.

#[allow(dead_code, reason = "each driver uses a part of it")]
mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use support::{Scratch, entries, root, run, signoff, words};
use yaml_rust2::{Yaml, YamlLoader};

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn documents(path: &Path) -> Vec<Yaml> {
    YamlLoader::load_from_str(&text(path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn workflows() -> Vec<PathBuf> {
    entries(&root().join(".github/workflows"))
}

/// Every file that calls signoff.
fn all() -> Vec<PathBuf> {
    let mut files = workflows();
    files.push(root().join("action.yml"));
    files.extend(["ci/gitlab/signoff.yml", "ci/azure/signoff.yml"].map(|file| root().join(file)));
    files
}

const WORKFLOW: &[&str] = &["name", "on", "permissions", "concurrency", "jobs", "env", "defaults"];
const JOB: &[&str] = &[
    "name",
    "runs-on",
    "needs",
    "if",
    "permissions",
    "timeout-minutes",
    "strategy",
    "steps",
    "env",
    "outputs",
    "concurrency",
    "container",
    "services",
];
const STEP: &[&str] = &[
    "name",
    "id",
    "if",
    "uses",
    "with",
    "run",
    "shell",
    "env",
    "working-directory",
    "continue-on-error",
    "timeout-minutes",
];
const ACTION: &[&str] = &["name", "description", "branding", "inputs", "outputs", "runs", "author"];

#[track_caller]
fn known(node: &Yaml, keys: &[&str], at: &str) {
    let map = node.as_hash().unwrap_or_else(|| panic!("{at} is no mapping"));
    for key in map.keys().filter_map(Yaml::as_str) {
        assert!(keys.contains(&key), "{at}: nothing is called `{key}`");
    }
}

fn steps(node: &Yaml, at: &str) {
    let all = node.as_vec().unwrap_or_else(|| panic!("{at} has no steps"));
    assert!(!all.is_empty(), "{at} has no steps");
    for (index, step) in all.iter().enumerate() {
        let at = format!("{at}, step {}", index + 1);
        known(step, STEP, &at);
        let (uses, run) = (step["uses"].as_str(), step["run"].as_str());
        assert!(uses.is_some() != run.is_some(), "{at} has to have either `uses` or `run`");
        if let Some(uses) = uses {
            let pin = uses.split_once('@').map(|(_, pin)| pin).unwrap_or_default();
            let is_digest = pin.len() == 40 && pin.bytes().all(|byte| byte.is_ascii_hexdigit());
            assert!(is_digest, "{at}: `{uses}` is not pinned to a commit");
        }
        if let Some(run) = run {
            // A text of an event, an input or a branch would be run as a part of the script.
            assert!(!run.contains("${{"), "{at}: an expression in a script; hand it over by `env`");
        }
    }
}

#[test]
fn workflows_have_the_shape_of_workflows() {
    for path in workflows() {
        let at = path.display().to_string();
        let documents = documents(&path);
        let workflow = &documents[0];
        known(workflow, WORKFLOW, &at);
        assert_eq!(workflow["permissions"]["contents"].as_str(), Some("read"), "{at} asks for more than it needs");
        for (name, job) in workflow["jobs"].as_hash().expect("a workflow has jobs") {
            let at = format!("{at}, job {}", name.as_str().unwrap_or_default());
            known(job, JOB, &at);
            assert!(job["runs-on"].as_str().is_some() && job["timeout-minutes"].as_i64().is_some(), "{at}");
            steps(&job["steps"], &at);
        }
        for line in text(&path).lines().filter(|line| line.contains("uses: ")) {
            assert!(line.contains(" # v"), "{at}: `{}` does not say which version it is", line.trim());
        }
    }
}

#[test]
fn the_action_has_the_shape_of_an_action() {
    let path = root().join("action.yml");
    let documents = documents(&path);
    let action = &documents[0];
    known(action, ACTION, "action.yml");
    assert_eq!(action["runs"]["using"].as_str(), Some("composite"));
    steps(&action["runs"]["steps"], "action.yml");
    let source = text(&path);
    for (name, input) in action["inputs"].as_hash().expect("the action has inputs") {
        let name = name.as_str().expect("a name");
        known(input, &["description", "default", "required"], name);
        assert!(input["description"].as_str().is_some(), "{name} has no description");
        assert!(source.contains(&format!("inputs.{name}")), "the input {name} is never used");
    }
    for step in action["runs"]["steps"].as_vec().expect("steps") {
        assert!(step["run"].as_str().is_none() || step["shell"].as_str() == Some("bash"), "a script without a shell");
    }
    assert_eq!(action["inputs"]["version"]["default"].as_str(), Some(env!("CARGO_PKG_VERSION")));
    let gitlab = self::documents(&root().join("ci/gitlab/signoff.yml"));
    assert_eq!(gitlab[0]["spec"]["inputs"]["version"]["default"].as_str(), Some(env!("CARGO_PKG_VERSION")));
}

/// What the book gives to the action is what it takes.
#[test]
fn the_book_uses_the_inputs_of_the_action() {
    let documents = documents(&root().join("action.yml"));
    let page = text(&root().join("book/src/publish.md"));
    let with = page.split("uses: OWNER/REPOSITORY@").nth(1).and_then(|rest| rest.split("with:\n").nth(1));
    let with = with.expect("the book shows the action");
    let inputs = with.lines().take_while(|line| line.starts_with("          ")).filter_map(|line| line.split_once(':'));
    let inputs: Vec<&str> = inputs.map(|(name, _)| name.trim()).collect();
    assert!(inputs.len() >= 3, "{inputs:?}");
    for input in inputs {
        assert!(!documents[0]["inputs"][input].is_badvalue(), "the action has no input `{input}`");
    }
}

/// The outputs that the action passes on are those that signoff sets.
#[test]
fn the_outputs_of_the_action_are_set() {
    let scratch = Scratch::new("workflows-outputs");
    let output = scratch.0.join("output");
    run(signoff().args(["check", "samples/minimal", "--github-output", "--quiet"]).env("GITHUB_OUTPUT", &output));
    let set = text(&output);
    let documents = documents(&root().join("action.yml"));
    for value in documents[0]["outputs"].as_hash().expect("outputs").values() {
        let value = value["value"].as_str().unwrap_or_default();
        let Some(name) = value.split("steps.judge.outputs.").nth(1).and_then(|rest| rest.split(' ').next()) else {
            continue;
        };
        assert!(name == "exit-code" || set.contains(&format!("{name}=")), "nothing sets {name}");
    }
}

/// The script of the action, run as the runner runs it.
#[test]
fn the_script_of_the_action_works() {
    let scratch = Scratch::new("workflows-action");
    let documents = documents(&root().join("action.yml"));
    let steps = documents[0]["runs"]["steps"].as_vec().expect("steps");
    let step = steps.iter().find(|step| step["id"].as_str() == Some("judge")).expect("the action judges");
    let script = step["run"].as_str().expect("by a script");
    // The variables of the step, as the inputs are where nobody gives them.
    let variables = step["env"].as_hash().expect("it has variables").iter().filter_map(|(name, value)| {
        let input = value.as_str()?.strip_prefix("${{ inputs.")?.strip_suffix(" }}")?;
        Some((name.as_str()?, documents[0]["inputs"][input]["default"].as_str()?))
    });
    let variables: Vec<(&str, &str)> = variables.collect();
    assert!(variables.len() > 10, "{variables:?}");
    let bin = Path::new(env!("CARGO_BIN_EXE_signoff")).parent().expect("the binary is in a folder").to_owned();
    let judge = |paths: &str, require: &str, more: &[(&str, &str)]| {
        let outputs = scratch.0.join("outputs");
        let _ = fs::remove_file(&outputs);
        let mut command = Command::new("bash");
        command.args(["-c", script]).current_dir(root()).envs(variables.iter().copied());
        command.env("PATH", format!("{}:{}", bin.display(), std::env::var("PATH").unwrap_or_default()));
        command.env("PATHS", paths).env("OUT", scratch.0.join("report")).env("REQUIRE", require);
        command.env("FORMATS", "md,json").env("BUDGET", "github-comment").env("AS_OF", "2026-03-02T12:00:00Z");
        command.envs(more.iter().copied());
        command.env("GITHUB_OUTPUT", &outputs).env("GITHUB_STEP_SUMMARY", scratch.0.join("summary.md"));
        let code = command.output().expect("bash can be started").status.code();
        (code, fs::read_to_string(outputs).unwrap_or_default())
    };
    let (code, outputs) = judge("samples/minimal\n", "smoke", &[]);
    assert_eq!(code, Some(0), "{outputs}");
    assert!(outputs.contains("verdict=passed\n") && outputs.ends_with("exit-code=0\n"), "{outputs}");
    assert!(scratch.0.join("report/summary.md").is_file() && scratch.0.join("summary.md").is_file());
    let (code, outputs) = judge("samples/minimal/smoke.ndjson\nsamples/blocked/artifacts\n", "", &[]);
    assert_eq!(code, Some(1), "{outputs}");
    assert!(outputs.contains("verdict=failed\n") && outputs.ends_with("exit-code=1\n"), "{outputs}");
    let (code, outputs) = judge("nothing here\n", "", &[]);
    assert_eq!((code, outputs.as_str()), (Some(2), "exit-code=2\n"));
    // An input of several lines gives an option for each, and a baseline is compared with.
    let digest = |name: &str, digit: &str| format!("{name}@sha256:{}", digit.repeat(64));
    let digests = format!("{}\n{}\n", digest("shop/api", "a"), digest("shop/db", "b"));
    let more = [("BASELINE", "samples/minimal/expected"), ("SUBJECT_DIGEST", &*digests), ("FORMATS", "md,json,intoto")];
    let (code, outputs) = judge("samples/minimal\n", "smoke", &more);
    assert_eq!(code, Some(0), "{outputs}");
    let report = text(&scratch.0.join("report/report.json"));
    assert!(report.contains("\"baseline\"") && report.contains(&"a".repeat(64)) && report.contains(&"b".repeat(64)));
}

/// `--help` at the end: all before it is parsed by the real definition, and nothing is run.
#[test]
fn every_command_is_parsed_by_the_command_line() {
    let mut count = 0;
    for path in all() {
        let joined = text(&path).replace("\\\n", " ").replace("\n      --", " --").replace("\n      ${", " ${");
        for line in joined.lines().map(str::trim) {
            let line = line.trim_start_matches("- ").trim_start_matches("run: ");
            let command = match line.strip_prefix("signoff ") {
                Some(rest) => words(rest),
                None if line.starts_with("add --") => {
                    ["report".to_owned()].into_iter().chain(words(&line[4..])).collect()
                }
                // What a script adds to the options of `report`.
                None => match line.split_once("options").and_then(|(_, rest)| rest.split_once("=(")) {
                    Some((_, rest)) => {
                        let inside = rest.rsplit_once(')').map_or(rest, |(inside, _)| inside);
                        ["report".to_owned()].into_iter().chain(words(inside)).collect()
                    }
                    None => continue,
                },
            };
            count += 1;
            let command: Vec<String> = command.into_iter().filter(|word| word != "--").collect();
            let output = run(signoff().args(&command).arg("--help"));
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(0), "{}: {command:?}: {said}", path.display());
        }
    }
    assert!(count >= 10, "only {count} commands were found");
}

/// Whoever comes by the action, the component or the template can say what the command line can.
#[test]
fn every_option_can_be_given() {
    // The log of a job is no terminal and is read by nobody who asked for less; the others are of GitHub alone.
    const LEFT_OUT: &[&str] = &["--color", "--quiet", "--help"];
    const GITHUB: &[&str] = &["--github-summary", "--github-output"];
    let help = String::from_utf8(run(signoff().args(["report", "--help"])).stdout).expect("text");
    let lines = help.lines().map(|line| line.trim().trim_start_matches("-q, ").trim_start_matches("-h, "));
    let options = lines.filter_map(|line| line.split([' ', '=']).next().filter(|word| word.starts_with("--")));
    let options: Vec<&str> = options.filter(|option| !LEFT_OUT.contains(option)).collect();
    assert!(options.len() > 15, "{options:?}");
    for (file, is_github) in [("action.yml", true), ("ci/gitlab/signoff.yml", false), ("ci/azure/signoff.yml", false)] {
        let source = text(&root().join(file));
        for option in options.iter().filter(|option| is_github || !GITHUB.contains(option)) {
            let found = source.match_indices(option).any(|(at, found)| {
                source[at + found.len()..].starts_with(' ') || source[at + found.len()..].starts_with(')')
            });
            assert!(found, "{file} has no way to give {option}");
        }
    }
}

#[test]
fn the_formula_has_every_digest() {
    let scratch = Scratch::new("workflows-formula");
    let sums = scratch.0.join("SHA256SUMS");
    let release = text(&root().join(".github/workflows/release.yml"));
    let targets = release.lines().filter_map(|line| line.trim().strip_prefix("- { target: ")?.split(',').next());
    let lines: Vec<String> =
        targets.enumerate().map(|(n, target)| format!("{n:064x}  signoff-1.2.3-{target}.tar.gz\n")).collect();
    assert!(lines.len() >= 7, "the release has too few targets: {lines:?}");
    fs::write(&sums, lines.concat()).expect("a temporary file can be written");
    let fill = || {
        let mut command = Command::new("bash");
        command.arg(root().join("ci/homebrew/fill")).args(["1.2.3", "example/signoff"]).arg(&sums);
        run(&mut command)
    };
    let formula = String::from_utf8(fill().stdout).expect("text");
    assert!(formula.contains("/example/signoff/releases/download/v1.2.3/signoff-1.2.3-aarch64-apple-darwin.tar.gz"));
    assert!(!formula.contains('@') && formula.matches("sha256 \"00000").count() == 4, "{formula}");
    fs::write(&sums, &lines[0]).expect("a temporary file can be written");
    assert!(!fill().status.success(), "a formula without digests is none");
}

#[test]
fn the_container_runs_as_nobody_and_has_nothing() {
    let file = text(&root().join("ci/container/Containerfile"));
    assert!(file.contains("\nFROM scratch\n") && file.contains("\nUSER 65532:65532\n"), "{file}");
}
