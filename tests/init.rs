//! `signoff init`, through the real binary: what it proposes can be read, and `report` right after it works.

#[allow(dead_code, reason = "each driver uses a part of it")]
mod support;

use std::fs;
use std::path::Path;
use std::process::Output;

use support::{Scratch, copy, entries, name, root, run, signoff};

/// Copies the artifacts of a sample: without its manifest and the report that is expected of it.
fn evidence(sample: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a temporary folder can be made");
    for entry in entries(sample) {
        if !["signoff.toml", "expected"].contains(&&*name(&entry)) {
            copy(&entry, &to.join(name(&entry)));
        }
    }
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn what_init_proposes_fits_the_evidence_that_it_saw() {
    let scratch = Scratch::new("init");
    for sample in entries(&root().join("samples")).into_iter().filter(|path| path.is_dir()) {
        let folder = scratch.0.join(name(&sample));
        evidence(&sample, &folder.join("in"));
        let output = run(signoff().current_dir(&folder).args(["init", "in"]));
        assert_eq!(output.status.code(), Some(0), "{}", text(&output));
        assert!(text(&output).contains("signoff report in"), "{}", text(&output));
        let check = run(signoff().current_dir(&folder).args(["check", "in", "--manifest", "signoff.toml"]));
        let expected = if name(&sample) == "blocked" { 1 } else { 0 };
        assert_eq!(check.status.code(), Some(expected), "{}: {}", name(&sample), text(&check));
        let report = run(signoff().current_dir(&folder).args(["report", "in"]));
        assert_eq!(report.status.code(), Some(expected), "{}: {}", name(&sample), text(&report));
        let printed = run(signoff().current_dir(&folder).args(["init", "in", "--out", "-"])).stdout;
        let written = fs::read(folder.join("signoff.toml")).expect("the manifest was written");
        assert!(printed == written, "{}: the same evidence gives the same proposal", name(&sample));
        let again = run(signoff().current_dir(&folder).args(["init", "in"]));
        assert_eq!(again.status.code(), Some(2), "nothing is overwritten");
        let forced = run(signoff().current_dir(&folder).args(["init", "in", "--force"]));
        assert_eq!(forced.status.code(), Some(0), "{}", text(&forced));
    }
}

/// A folder that holds a manifest already: it is no evidence, whichever manifest counts, and the reader is told.
#[test]
fn what_init_proposes_is_not_disturbed_by_a_manifest_among_the_evidence() {
    let scratch = Scratch::new("init-beside");
    copy(&root().join("samples/ac-6-staging"), &scratch.0.join("in"));
    let run = |args: &[&str]| run(signoff().current_dir(&scratch.0).args(args));
    let init = run(&["init", "in"]);
    assert_eq!(init.status.code(), Some(0), "{}", text(&init));
    assert!(text(&init).contains("  conditional ") && text(&init).contains("in/signoff.toml was left out"));
    let report = run(&["report", "in"]);
    assert_eq!(report.status.code(), Some(0), "{}", text(&report));
    let said = text(&report).replace(['\n', '\r'], " ");
    assert!(said.contains("note: in/signoff.toml is not used: the manifest is signoff.toml"), "{said}");
    let verify = run(&["verify", "signoff-report", "--artifacts", "in", "--manifest", "signoff.toml"]);
    assert_eq!(verify.status.code(), Some(0), "{}", text(&verify));
}

/// Two lists of the same services, in the folder that the manifest is written to.
#[test]
fn what_init_proposes_counts_each_service_once() {
    let scratch = Scratch::new("init-services");
    let listed = root().join("tests/fail-open/191-same-services-in-two-files/artifacts");
    copy(&listed, &scratch.0);
    let run = |args: &[&str]| run(signoff().current_dir(&scratch.0).args(args));
    let init = run(&["init", "."]);
    assert_eq!(init.status.code(), Some(0), "{}", text(&init));
    assert!(!text(&init).contains("left out"), "{}", text(&init));
    let check = run(&["check", ".", "--fail-on", "conditional"]);
    assert_eq!(check.status.code(), Some(0), "{}", text(&check));
}

#[test]
fn the_templates_that_are_written_give_the_same_report() {
    let scratch = Scratch::new("init-templates");
    let folder = scratch.0.join("templates");
    let init = || run(signoff().arg("init").arg("--templates").arg(&folder));
    assert_eq!(init().status.code(), Some(0));
    assert_eq!(init().status.code(), Some(2), "nothing is overwritten");
    let report = |out: &str, templates: bool| {
        let mut command = signoff();
        command.args(["report", "samples/ac-6-staging", "--format", "md", "--out"]).arg(scratch.0.join(out));
        if templates {
            command.arg("--templates").arg(&folder);
        }
        run(&mut command);
        fs::read_to_string(scratch.0.join(out).join("report.md")).expect("a report was written")
    };
    assert_eq!(report("own", true), report("built-in", false));
}
