//! What people see on a terminal, through the real binary: small things that cost a newcomer time.

#[allow(dead_code, reason = "each driver uses a part of it")]
mod support;

use std::fs;
use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use support::{Scratch, run, signoff};

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Runs a command with a text on standard input.
fn fed(command: &mut Command, text: &str) -> Output {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary can be started");
    child.stdin.take().expect("it is piped").write_all(text.as_bytes()).expect("the binary reads its input");
    child.wait_with_output().expect("the binary comes to an end")
}

const FAILED: &str = "{\"schema\":\"signoff.smoke/1\",\"name\":\"a\",\"outcome\":\"failed\"}\n";
const SKIPPED: &str = "{\"schema\":\"signoff.smoke/1\",\"name\":\"a\",\"outcome\":\"skipped\"}\n";

#[test]
fn a_path_that_does_not_exist_is_refused_by_every_command() {
    for args in [
        &["inspect", "sample"][..],
        &["check", "sample"],
        &["report", "sample"],
        &["init", "sample"],
        &["verify", "samples/minimal/expected", "--artifacts", "sample"],
    ] {
        let output = run(signoff().args(args));
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(stderr(&output).contains("sample does not exist: did you mean samples?"), "{}", stderr(&output));
    }
    let output = run(signoff().args(["inspect", "nope"]));
    assert_eq!((output.status.code(), stderr(&output).as_str()), (Some(2), "error: nope does not exist\n"));
}

#[test]
fn standard_input_has_a_name() {
    let output = fed(signoff().args(["check", "-", "--require", "smoke"]), FAILED);
    assert!(stdout(&output).contains("  - a failed <stdin>\n"), "{}", stdout(&output));
    let named = fed(signoff().args(["check", "-", "--require", "smoke", "--format-of", "-=tap"]), FAILED);
    assert!(stdout(&named).contains("--> <stdin>"), "{}", stdout(&named));
}

/// A variable that is not set must not ask for less in silence.
#[test]
fn a_place_without_a_kind_is_refused() {
    for list in [",", "smoke,", "smoke,,load"] {
        let output = fed(signoff().args(["check", "-", "--require", list]), FAILED);
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr(&output).contains(&format!("`{list}` has a place without a kind")), "{}", stderr(&output));
    }
}

#[test]
fn a_failed_check_does_not_read_as_if_it_held() {
    let output = fed(signoff().args(["check", "-", "--require", "smoke"]), FAILED);
    assert!(stdout(&output).contains("\nfailed smoke.failed\n  must hold: No test failed\n"), "{}", stdout(&output));
}

#[test]
fn quiet_says_in_one_line_why() {
    for (text, code, reason) in [
        (FAILED, 1, "failed smoke.failed: a failed\n"),
        (SKIPPED, 3, "undecided smoke.executed: every test was skipped\n"),
    ] {
        let output = fed(signoff().args(["check", "-", "--require", "smoke", "--quiet"]), text);
        assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(code), ""));
        assert_eq!(stderr(&output), reason);
    }
    let output = fed(signoff().args(["check", "-", "--require", "smoke", "--quiet", "--fail-on", "never"]), FAILED);
    assert_eq!((output.status.code(), stderr(&output).as_str()), (Some(0), ""));
    let output = run(signoff().args(["check", "samples/blocked", "--quiet"]));
    assert!(stderr(&output).lines().count() == 1 && stderr(&output).contains(", and "), "{}", stderr(&output));
}

#[test]
fn what_cannot_be_read_is_said_once() {
    let scratch = Scratch::new("cli-unreadable");
    fs::write(scratch.0.join("a.json"), "{\"schema\": \"signoff.smoke/1\", \"tests\": [").expect("a temporary file");
    let output = run(signoff().arg("check").arg(&scratch.0));
    let both = stdout(&output) + &stderr(&output);
    assert_eq!(both.matches("error[syntax]").count(), 1, "{both}");
    assert_eq!(both.matches("a.json").count(), 1, "{both}");
    assert!(both.contains("help: "), "{both}");
}

#[test]
fn notes_of_one_kind_are_folded() {
    let output = run(signoff().args(["check", "samples/ac-6-staging"]));
    let text = stderr(&output);
    assert_eq!(text.matches("note[owasp-name]").count(), 1, "{text}");
    assert!(text.contains(", and 5 more of this kind\n"), "{text}");
}

#[test]
fn counts_agree_with_their_word() {
    let output = run(signoff().args(["check", "samples/blocked"]));
    let text = stdout(&output);
    assert!(text.contains("expected 1 name, observed") && text.contains("expected 2 names, observed"), "{text}");
}

#[test]
fn what_is_misspelt_is_answered_with_what_is_meant() {
    let scratch = Scratch::new("cli-misspelt");
    fs::create_dir_all(scratch.0.join("partials")).expect("a temporary folder");
    fs::write(scratch.0.join("partials/smok.hbs"), "").expect("a temporary file");
    let templates = scratch.0.to_str().expect("UTF-8");
    for (args, hint) in [
        (&["repot", "samples/minimal"][..], "a similar subcommand exists: 'report'"),
        (&["report", "samples/minimal", "--fromat", "md"], "a similar argument exists: '--format'"),
        (&["report", "samples/minimal", "--format", "mdd"], "did you mean `md`?"),
        (&["check", "samples/minimal", "--require", "smok"], "did you mean `smoke`?"),
        (&["check", "samples/minimal", "--format-of", "a=zap-jsn"], "did you mean `zap-json`?"),
        (&["check", "samples/minimal", "--format-of", "a=junit"], "did you mean `junit-xml`?"),
        (&["check", "samples/minimal", "--manifest", "Cargo.tml"], "did you mean Cargo.toml?"),
        (&["check", "samples/minimal", "--baseline", "sample"], "did you mean samples?"),
        (&["diff", "sample", "samples"], "did you mean samples?"),
        (&["verify", "sample"], "did you mean samples?"),
        (&["formats", "zapp"], "did you mean `zap`?"),
        (&["explain", "smoke.faild"], "did you mean `smoke.failed`?"),
        (
            &["report", "samples/minimal", "--out", templates, "--templates", templates],
            "did you mean partials/smoke.hbs?",
        ),
    ] {
        let output = run(signoff().args(args));
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(stderr(&output).contains(hint), "{args:?}: {}", stderr(&output));
    }
}

#[test]
fn colours_are_where_they_are_wanted() {
    let is_coloured = |change: fn(&mut Command) -> &mut Command| {
        let mut command = signoff();
        for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "TERM", "CI"] {
            command.env_remove(name);
        }
        let output = run(change(command.args(["check", "samples/minimal"])));
        stdout(&output).contains("\u{1b}[")
    };
    assert!(!is_coloured(|command| command), "standard output is no terminal");
    assert!(is_coloured(|command| command.args(["--color", "always"])));
    assert!(is_coloured(|command| command.env("CLICOLOR_FORCE", "1")));
    assert!(!is_coloured(|command| command.env("CLICOLOR_FORCE", "1").args(["--color", "never"])));
    assert!(!is_coloured(|command| command.env("NO_COLOR", "1").env("CLICOLOR", "1")));
}

#[test]
fn a_format_is_explained_with_what_it_reads() {
    let output = run(signoff().args(["explain", "junit-xml"]));
    let text = stdout(&output);
    assert!(text.contains("  about: ") && text.lines().any(|line| line.len() > 200), "{text}");
}

#[test]
fn formats_are_found_by_a_word() {
    let text = stdout(&run(signoff().args(["formats", "K6"])));
    assert!(text.contains("k6-summary") && !text.contains("junit-xml") && text.lines().count() < 20, "{text}");
    let all = stdout(&run(signoff().arg("formats")));
    assert!(all.contains("junit-xml") && all.contains("\n\nsecurity (") && !all.ends_with("\n\n"), "{all}");
}

#[test]
fn a_release_without_a_manifest_is_told_how_to_ask_for_less() {
    let output = run(signoff().args(["check", "samples/minimal"]));
    let text = stderr(&output).replace('\n', " ");
    assert!(text.contains("help: no signoff.toml says") && text.contains("`--require smoke`"), "{text}");
    let output = run(signoff().args(["check", "samples/minimal", "--require", "smoke,load"]));
    assert!(!stderr(&output).contains("help: no signoff.toml"), "{}", stderr(&output));
}

#[test]
fn a_folder_without_a_file_is_not_passed_over_in_silence() {
    let scratch = Scratch::new("cli-empty");
    let output = run(signoff().arg("inspect").arg(&scratch.0));
    assert_eq!((output.status.code(), stderr(&output).as_str()), (Some(0), "nothing is there to be read\n"));
}

#[test]
fn outputs_that_cannot_be_written_are_found_before_the_work() {
    let output = run(signoff().args(["check", "samples/minimal", "--github-output"]).env_remove("GITHUB_OUTPUT"));
    assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(2), ""));
    assert!(stderr(&output).contains("$GITHUB_OUTPUT is not set"), "{}", stderr(&output));
}

/// The short way to the version says what the long one does.
#[test]
fn the_version_is_the_same_whoever_answers() {
    let version = |args: &[&str]| stdout(&run(signoff().args(args)));
    let expected = format!("signoff {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(version(&["--version"]), expected);
    assert_eq!(version(&["-V"]), expected);
    assert_eq!(version(&["--color", "never", "--version"]), expected);
}

#[test]
fn whoever_stops_reading_does_not_change_the_exit_code() {
    let scratch = Scratch::new("cli-closed");
    fs::write(scratch.0.join("smoke.ndjson"), FAILED).expect("a file can be written");
    for command in ["check", "report"] {
        let mut child = signoff()
            .args([command, "--require", "smoke"])
            .arg(scratch.0.join("smoke.ndjson"))
            .args((command == "report").then(|| ["--out".into(), scratch.0.join("report")]).into_iter().flatten())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary can be started");
        drop((child.stdout.take(), child.stderr.take()));
        let status = child.wait().expect("the binary comes to an end");
        assert_eq!(status.code(), Some(1), "{command}");
    }
}

#[test]
fn the_folder_of_the_report_may_hold_evidence() {
    let scratch = Scratch::new("cli-out");
    let out = scratch.0.join("report");
    fs::create_dir(&out).expect("a folder can be made");
    fs::write(scratch.0.join("smoke.ndjson"), FAILED.replace("failed", "passed")).expect("a file can be written");
    let report = |forms: &str| {
        let mut command = signoff();
        command.arg("report").arg(&scratch.0).arg("--out").arg(&out).args(["--require", "smoke", "--format", forms]);
        run(&mut command).status.code()
    };
    assert_eq!(report("json,csv,summary"), Some(0));
    // What it wrote is none, and what this time is not written is gone.
    assert_eq!(report("json,ctrf"), Some(0));
    let left: Vec<String> = support::entries(&out).iter().map(|path| support::name(path)).collect();
    assert_eq!(left, ["SHA256SUMS", "report.ctrf.json", "report.json"]);
    fs::write(out.join("more.ndjson"), FAILED).expect("a file can be written");
    assert_eq!(report("json"), Some(1));
    // Evidence that is called like a file of the report is not replaced by it.
    fs::write(out.join("report.md"), FAILED).expect("a file can be written");
    assert_eq!((report("md"), report("json")), (Some(2), Some(1)));
    fs::write(out.join("report.json"), FAILED).expect("a file can be written");
    assert_eq!(report("json"), Some(2));
}

#[test]
fn a_manifest_that_cannot_be_read_is_not_passed_over() {
    let scratch = Scratch::new("cli-no-manifest");
    fs::write(scratch.0.join("smoke.ndjson"), FAILED.replace("failed", "passed")).expect("a file can be written");
    fs::create_dir(scratch.0.join("signoff.toml")).expect("a folder can be made");
    let output = run(signoff().arg("check").arg(".").current_dir(&scratch.0));
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("signoff.toml cannot be read"), "{}", stderr(&output));
}

#[test]
fn a_format_of_what_is_not_there_is_refused() {
    for (path, says) in [
        ("samples/minimal/artifacts/smoke.jsom=tap", "no artifact is called `samples/minimal/artifacts/smoke.jsom`"),
        ("t.xml=junit-xml", "no artifact is called `t.xml`"),
    ] {
        let output = run(signoff().args(["check", "samples/minimal", "--format-of", path]));
        assert_eq!(output.status.code(), Some(2), "{path}");
        assert!(stderr(&output).contains(says), "{}", stderr(&output));
    }
}

/// What the checks of an item prove is the same in the table, in the JSON and in the verdict.
#[test]
fn an_item_that_is_proved_in_part_is_not_shown_as_passed() {
    let scratch = Scratch::new("cli-proof");
    fs::write(scratch.0.join("smoke.ndjson"), FAILED.replace("failed", "passed")).expect("a file can be written");
    let manifest = "[gate]\nrequire = [\"smoke\"]\n\
        [[checklist]]\nitem = \"Tested and scanned\"\nstatus = \"complete\"\nchecks = [\"smoke.failed\", \"security.high\"]\n\
        [[criterion]]\ntext = \"No high finding\"\nchecks = [\"smoke.failed\", \"security.high\"]\n";
    fs::write(scratch.0.join("signoff.toml"), manifest).expect("a file can be written");
    let output = run(signoff().args(["report", ".", "--out", "report"]).current_dir(&scratch.0));
    assert_eq!(output.status.code(), Some(3), "{}", stdout(&output));
    let read = |name: &str| fs::read_to_string(scratch.0.join("report").join(name)).expect("the report is there");
    let json: serde_json::Value = serde_json::from_str(&read("report.json")).expect("report.json is JSON");
    assert_eq!(json["checklist"][0]["verdict"], "undecided");
    assert_eq!(json["criteria"][0]["verdict"], "undecided");
    let report = read("report.md");
    let rows = report.lines().filter(|line| line.starts_with("| Tested and scanned") || line.starts_with("| No high"));
    let rows: Vec<&str> = rows.collect();
    assert_eq!(rows.len(), 2, "{report}");
    assert!(rows.iter().all(|row| row.contains("**UNDECIDED**")), "{rows:?}");
}

/// What nothing tells of and what a scan was told not to look for is said, whoever states the commit.
#[test]
fn what_was_not_looked_at_is_said() {
    let scratch = Scratch::new("cli-gaps");
    fs::write(scratch.0.join("smoke.ndjson"), FAILED.replace("failed", "passed")).expect("a file can be written");
    let scan = support::root().join("tests/fail-open/190-limit-on-what-the-scan-leaves-out/artifacts/snyk.json");
    fs::copy(scan, scratch.0.join("snyk.json")).expect("a file can be copied");
    let commit = "de255fd16fd8c6e8a5f17a42ffc1421b1b5916b5";
    let args = ["report", ".", "--out", "report", "--format", "md", "--require", "smoke,security", "--commit", commit];
    let output = run(signoff().args(args).current_dir(&scratch.0));
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
    let report = fs::read_to_string(scratch.0.join("report/report.md")).expect("the report is there");
    for gap in [
        "- `Snyk` leaves out findings that are less severe than high.",
        "- Nothing tells that they are evidence of this commit: 2 of 2 artifacts.",
    ] {
        assert!(report.contains(gap), "`{gap}` is not in:\n{report}");
    }
}
