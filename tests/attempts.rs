//! Which results are attempts of one test, and that many tests lose no required one unseen.

#[allow(dead_code, reason = "each driver uses a part of it")]
mod support;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use support::{Scratch, run, signoff};

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().expect("it is in a folder")).expect("a temporary folder can be made");
    fs::write(path, text).expect("a temporary file can be written");
}

/// A result of Allure; `minute` is when it ran.
fn result(folder: &Path, uuid: &str, history: &str, host: &str, status: &str, minute: u64) {
    let start = 1_763_632_800_000 + minute * 60_000;
    let history = if history.is_empty() { String::new() } else { format!("\"historyId\": \"{history}\", ") };
    let text = format!(
        "{{\"uuid\": \"{uuid}\", {history}\"name\": \"login\", \"fullName\": \"shop#login\", \"status\": \"{status}\", \
         \"start\": {start}, \"stop\": {}, \"labels\": [], \"parameters\": [{{\"name\": \"host\", \"value\": \"{host}\"}}]}}",
        start + 1000
    );
    write(&folder.join(format!("{uuid}-result.json")), &text);
}

fn check(path: &Path) -> (Option<i32>, String) {
    let output = run(signoff().arg("check").arg(path).args(["--require", "smoke"]));
    (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
}

fn collect(from: &Path, shard: &str, out: &Path) -> Vec<u8> {
    let output = run(signoff().arg("collect").arg(from).args(["--shard", shard]).arg("--out").arg(out));
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    fs::read(out).expect("the bundle was written")
}

#[test]
fn attempts_in_one_folder_are_one_test_there_and_in_a_bundle() {
    let scratch = Scratch::new("attempts-retry");
    let (results, bundles) = (scratch.0.join("results"), scratch.0.join("bundles"));
    result(&results, "a", "", "10.0.0.5", "failed", 1);
    result(&results, "b", "", "10.0.0.5", "passed", 2);
    fs::create_dir_all(&bundles).expect("a temporary folder can be made");
    let bundle = collect(&results, "1/1", &bundles.join("1.signoff"));
    for path in [&results, &bundles] {
        let (code, said) = check(path);
        assert_eq!(code, Some(0), "{said}");
        assert!(said.contains("flaky"), "{said}");
    }
    let text = String::from_utf8(bundle.clone()).expect("a bundle is text");
    assert!(!text.contains("10.0.0.5") && text.contains("\"history\":\"1\""), "{text}");
    assert_eq!(bundle, collect(&results, "1/1", &scratch.0.join("again.signoff")), "the same bytes each time");
    // A bundle beside what it was made of says the same.
    let (code, said) = check(&scratch.0);
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn the_same_test_in_another_shard_is_another_run() {
    let scratch = Scratch::new("attempts-shards");
    let bundles = scratch.0.join("bundles");
    fs::create_dir_all(&bundles).expect("a temporary folder can be made");
    for (number, status) in [(1, "failed"), (2, "passed")] {
        let shard = scratch.0.join(format!("shard-{number}"));
        result(&shard, &format!("r{number}"), "3708355f", "a", status, number);
        collect(&shard, &format!("{number}/2"), &bundles.join(format!("{number}.signoff")));
    }
    let (code, said) = check(&bundles);
    assert_eq!(code, Some(1), "{said}");
}

#[test]
fn folders_that_are_given_one_by_one_are_two_folders() {
    let scratch = Scratch::new("attempts-folders");
    result(&scratch.0.join("firefox"), "a", "3708355f", "a", "failed", 1);
    result(&scratch.0.join("chrome"), "b", "3708355f", "a", "passed", 2);
    let paths = ["firefox", "chrome"].map(|folder| scratch.0.join(folder));
    let output = run(signoff().arg("check").args(paths).args(["--require", "smoke"]));
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn a_required_test_whose_name_is_not_kept_is_neither_there_nor_absent() {
    let scratch = Scratch::new("attempts-required");
    let mut cases = String::new();
    for number in 0..12_000 {
        write!(cases, "<testcase classname=\"shop\" name=\"t{number}\" time=\"0.001\"/>").expect("a String takes all");
    }
    write(&scratch.0.join("junit.xml"), &format!("<testsuite name=\"shop\" tests=\"12000\">{cases}</testsuite>"));
    for (name, code, word) in [("t5", 0, "PASSED"), ("t11999", 3, "the names of 2000 tests were not kept")] {
        let policy = format!("[gate]\nrequire = [\"smoke\"]\n[gate.smoke]\nrequired = [\"{name}\"]\n");
        write(&scratch.0.join("signoff.toml"), &policy);
        let (found, said) = check(&scratch.0);
        assert!(found == Some(code) && said.contains(word), "{name}: {found:?}\n{said}");
    }
}
