//! `signoff verify`, through the real binary: what was changed is found and named.

#[allow(dead_code, reason = "each driver uses a part of it")]
mod support;

use std::fs;
use std::path::Path;

use support::{Scratch, copy, entries, name, root, run, signoff};

/// A copy of the sample with a report of it.
fn sample(scratch: &Scratch) {
    copy(&root().join("samples/ac-6-staging/artifacts"), &scratch.0.join("artifacts"));
    copy(&root().join("samples/ac-6-staging/signoff.toml"), &scratch.0.join("signoff.toml"));
    let output = run(signoff().current_dir(&scratch.0).args(["report", "artifacts", "--out", "report"]));
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}

fn verify(folder: &Path, args: &[&str]) -> (Option<i32>, String) {
    let output = run(signoff().current_dir(folder).args(["verify", "report"]).args(args));
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output.status.code(), text)
}

#[test]
fn an_untouched_report_holds_from_any_folder() {
    let scratch = Scratch::new("verify-same");
    sample(&scratch);
    let (code, text) = verify(&scratch.0, &["--artifacts", "artifacts"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("it is identical"), "{text}");
    let (code, text) = verify(&scratch.0, &[]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("not checked: 8 artifacts"), "{text}");
    let output = run(signoff()
        .arg("verify")
        .arg(scratch.0.join("report"))
        .arg("--artifacts")
        .arg(scratch.0.join("artifacts"))
        .arg("--manifest")
        .arg(scratch.0.join("signoff.toml")));
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
    fs::remove_file(scratch.0.join("signoff.toml")).expect("the manifest can be removed");
    let (code, text) = verify(&scratch.0, &["--artifacts", "artifacts"]);
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("--manifest"), "{text}");
}

/// Whoever opens a page in the folder of a report takes it for a part of it.
#[test]
fn a_file_that_the_list_does_not_name_is_no_part_of_the_report() {
    let scratch = Scratch::new("verify-forged");
    sample(&scratch);
    fs::write(scratch.0.join("report/notes.txt"), "of somebody").expect("a file can be written");
    let (code, text) = verify(&scratch.0, &["--artifacts", "artifacts"]);
    assert_eq!(code, Some(0), "{text}");
    fs::write(scratch.0.join("report/summary.md"), "**PASSED**").expect("a file can be written");
    for args in [&["--artifacts", "artifacts"][..], &[]] {
        let (code, text) = verify(&scratch.0, args);
        assert_eq!(code, Some(1), "{text}");
        assert!(text.contains("summary.md is no part of the report: SHA256SUMS does not list it"), "{text}");
    }
}

/// Hundreds of places: in each round one byte of every artifact is changed or taken out, and each is named.
#[test]
fn a_changed_byte_of_an_artifact_is_found_and_the_file_named() {
    let scratch = Scratch::new("verify-bytes");
    sample(&scratch);
    let folder = scratch.0.join("artifacts");
    let originals: Vec<(String, Vec<u8>)> = entries(&folder)
        .into_iter()
        .map(|path| (name(&path), fs::read(&path).expect("an artifact can be read")))
        .collect();
    let mut places = 0;
    for round in 0..26 {
        for (name, bytes) in &originals {
            let mut bytes = bytes.clone();
            let at = (round * 7919 + bytes.len() * round / 26) % bytes.len();
            if round % 2 == 0 {
                bytes[at] ^= 1 << (round % 8);
            } else {
                bytes.remove(at);
            }
            fs::write(folder.join(name), bytes).expect("an artifact can be written");
            places += 1;
        }
        let (code, text) = verify(&scratch.0, &["--artifacts", "artifacts"]);
        assert_eq!(code, Some(1), "round {round}: {text}");
        for (name, _) in &originals {
            assert!(text.contains(&format!("artifact changed: {name}")), "round {round}: {name} is not in:\n{text}");
        }
    }
    assert!(places > 200);
    for (name, bytes) in &originals {
        fs::write(folder.join(name), bytes).expect("an artifact can be written");
    }
    fs::rename(folder.join("zap.json"), folder.join("other.json")).expect("an artifact can be renamed");
    let (code, text) = verify(&scratch.0, &["--artifacts", "artifacts"]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("artifact missing: zap.json (the same content is called other.json)"), "{text}");
    assert!(text.contains("artifact added: other.json"), "{text}");
}

#[test]
fn a_report_edited_by_hand_is_found_with_the_line() {
    let scratch = Scratch::new("verify-edit");
    sample(&scratch);
    let path = scratch.0.join("report/report.md");
    let text = fs::read_to_string(&path).expect("the report can be read");
    let line = 1 + text.lines().position(|line| line.contains("31 ms")).expect("the report has the figure");
    fs::write(&path, text.replacen("31 ms", "13 ms", 1)).expect("the report can be written");
    let (code, found) = verify(&scratch.0, &["--artifacts", "artifacts"]);
    assert_eq!(code, Some(1), "{found}");
    assert!(
        found.contains(&format!("report.md:{line}: ")) && found.contains("13 ms"),
        "line {line} is not in:\n{found}"
    );
    assert!(found.contains("report.md was changed after SHA256SUMS was written"), "{found}");
    // Whoever mends the digest as well is found all the same.
    let files = entries(&scratch.0.join("report")).into_iter().filter(|path| name(path) != "SHA256SUMS");
    let digest = |path: &Path| signoff::model::digest::digest(&fs::read(path).expect("a report can be read"));
    let sums: String = files.map(|path| format!("{}  {}\n", digest(&path), name(&path))).collect();
    fs::write(scratch.0.join("report/SHA256SUMS"), sums).expect("the digests can be written");
    let (code, found) = verify(&scratch.0, &["--artifacts", "artifacts"]);
    assert_eq!(code, Some(1), "{found}");
    assert!(found.contains(&format!("report.md:{line}: ")), "{found}");
    // Another manifest is another policy.
    let manifest = scratch.0.join("signoff.toml");
    let text = fs::read_to_string(&manifest).expect("the manifest can be read");
    fs::write(&manifest, text.replacen("15 min", "16 min", 1)).expect("the manifest can be written");
    let (code, found) = verify(&scratch.0, &["--artifacts", "artifacts"]);
    assert_eq!(code, Some(1), "{found}");
    assert!(found.contains("another manifest"), "{found}");
}

/// Each figure of the report, one after the other: the first digit of every tenth line that has one.
#[test]
fn any_figure_edited_by_hand_is_found_with_its_line() {
    let scratch = Scratch::new("verify-figures");
    sample(&scratch);
    let path = scratch.0.join("report/report.md");
    let text = fs::read_to_string(&path).expect("the report can be read");
    let lines: Vec<usize> = (0..).zip(text.lines()).filter(|(_, line)| line.contains('1')).map(|(at, _)| at).collect();
    let mut tried = 0;
    for at in lines.into_iter().step_by(10) {
        let edit =
            |(number, line): (usize, &str)| if number == at { line.replacen('1', "7", 1) } else { line.to_owned() };
        let edited: Vec<String> = text.lines().enumerate().map(edit).collect();
        fs::write(&path, edited.join("\n") + "\n").expect("the report can be written");
        let (code, found) = verify(&scratch.0, &["--artifacts", "artifacts"]);
        assert_eq!(code, Some(1), "{found}");
        assert!(found.contains(&format!("report.md:{}: ", at + 1)), "line {} is not in:\n{found}", at + 1);
        tried += 1;
    }
    assert!(tried >= 10, "only {tried} figures were tried");
}

#[test]
fn a_report_json_alone_is_enough_for_the_digests() {
    let scratch = Scratch::new("verify-alone");
    sample(&scratch);
    let alone = scratch.0.join("kept.json");
    fs::rename(scratch.0.join("report/report.json"), &alone).expect("a file can be renamed");
    fs::remove_dir_all(scratch.0.join("report")).expect("the folder can be removed");
    let verify = |args: &[&str]| {
        let output = run(signoff().current_dir(&scratch.0).args(["verify", "kept.json"]).args(args));
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let (code, text) = verify(&["--artifacts", "artifacts"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("8 artifacts have the digests") && text.contains("1 file as when made again"), "{text}");
    fs::remove_file(scratch.0.join("signoff.toml")).expect("the manifest can be removed");
    let (code, text) = verify(&["--artifacts", "artifacts"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("8 artifacts have the digests") && text.contains("not checked: what was made"), "{text}");
    fs::write(scratch.0.join("artifacts/zap.json"), "{}").expect("an artifact can be written");
    let (code, text) = verify(&["--artifacts", "artifacts"]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("artifact changed: zap.json: was "), "{text}");
}

#[test]
fn a_missing_list_of_digests_is_found() {
    let scratch = Scratch::new("verify-sums");
    sample(&scratch);
    fs::remove_file(scratch.0.join("report/SHA256SUMS")).expect("the list can be removed");
    let (code, text) = verify(&scratch.0, &["--artifacts", "artifacts"]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("differs: SHA256SUMS is missing") && text.contains("4 files as when made again"), "{text}");
}

#[test]
fn a_missing_file_is_named_once() {
    let scratch = Scratch::new("verify-missing");
    sample(&scratch);
    fs::remove_file(scratch.0.join("report/report.html")).expect("a file can be removed");
    let (code, text) = verify(&scratch.0, &["--artifacts", "artifacts"]);
    assert_eq!(code, Some(1), "{text}");
    assert_eq!(text.matches("report.html is missing").count(), 1, "{text}");
}

/// What decides what is read belongs to how a report was made.
#[test]
fn a_limit_of_the_size_is_a_part_of_the_report() {
    let scratch = Scratch::new("verify-size");
    sample(&scratch);
    let args = ["report", "artifacts", "--out", "report", "--max-size", "2 kB", "--quiet"];
    let output = run(signoff().current_dir(&scratch.0).args(args));
    assert_ne!(output.status.code(), Some(0), "some of it is larger");
    let (code, text) = verify(&scratch.0, &["--artifacts", "artifacts"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("it is identical"), "{text}");
}
