//! The examples of the pages: manifests parse, native files are read, recipes agree with the table of formats.

use std::fs;
use std::process::Command;

use signoff::formats::{by_id, formats};
use signoff::gate::policy;
use signoff::ingest::read_with;
use signoff::manifest;

use crate::blocks::{blocks, book, none, pages, read, root_pages};
use crate::commands::{Scratch, bash};
use crate::pingbot_json;
use crate::support::root;

#[test]
fn every_manifest_parses() {
    let mut problems = Vec::new();
    for path in pages(&book()).into_iter().chain(root_pages()) {
        for block in blocks(&read(&path)) {
            if block.language != "toml" || block.info.starts_with("toml,ignore") {
                continue;
            }
            let name = format!("{}:{}", path.display(), block.start);
            match manifest::parse(&name, &block.text) {
                Ok(loaded) => problems.extend(policy::mistakes(&loaded).iter().map(ToString::to_string)),
                Err(error) => problems.push(error.to_string()),
            }
        }
    }
    none(&problems);
}

/// The complete manifest of the policy guide judges a release, and every name in it means something there.
#[test]
fn the_policy_of_the_guide_judges_a_release() {
    let scratch = Scratch::new("policy");
    let page = read(&book().join("policy.md"));
    let manifest = blocks(&page).into_iter().find(|block| block.file() == Some("signoff.toml"));
    let manifest = manifest.expect("the guide has a complete manifest");
    let path = scratch.0.join("signoff.toml");
    fs::write(&path, manifest.text).expect("a temporary file can be written");
    let mut command = Command::new(env!("CARGO_BIN_EXE_signoff"));
    command.arg("check").arg(root().join("samples/blocked/artifacts")).arg("--manifest").arg(path);
    let output = command.args(["--as-of", "2026-03-02T12:00:00Z"]).output().expect("the binary can be started");
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{text}");
    for unwanted in ["unused-pattern", "waiver-unused", "waiver-expired"] {
        assert!(!text.contains(unwanted), "{text}");
    }
}

/// Every example of a native format is read without a diagnostic, as the format whose page it is.
#[test]
fn native_examples_are_read() {
    let mut problems = Vec::new();
    let scratch = Scratch::new("native");
    for kind in ["smoke", "security", "load", "rollback", "services"] {
        let page = read(&book().join(format!("native/{kind}.md")));
        let examples: Vec<_> = blocks(&page).into_iter().filter(|block| block.file().is_some()).collect();
        assert!(examples.len() >= 2, "native/{kind}.md has the smallest and the fullest example");
        for block in examples {
            let file = block.file().unwrap_or_default();
            let path = scratch.0.join(file);
            fs::write(&path, &block.text).expect("a temporary file can be written");
            let output = Command::new(env!("CARGO_BIN_EXE_signoff")).args(["inspect", "--json"]).arg(&path).output();
            let output = output.expect("the binary can be started").stdout;
            let inspected: serde_json::Value = serde_json::from_slice(&output).expect("inspect prints JSON");
            let (format, diagnostics) = (&inspected[0]["format"], &inspected[0]["diagnostics"]);
            if format != &format!("signoff-{kind}") || diagnostics.as_array().is_none_or(|list| !list.is_empty()) {
                problems.push(format!("native/{kind}.md, {file}: {format} {diagnostics}"));
            }
        }
    }
    none(&problems);
}

/// A recipe gives the command that the table of formats gives.
#[test]
fn recipes_agree_with_the_formats() {
    let mut problems = Vec::new();
    let page = read(&book().join("produce.md"));
    let blocks = blocks(&page);
    let mut heading = String::new();
    let mut named = 0;
    for line in page.lines() {
        if line.starts_with("## ") {
            line.trim_start_matches("## ").clone_into(&mut heading);
        }
        for part in line.split("(reference/formats/").skip(1) {
            let id = part.split(".md)").next().unwrap_or_default();
            let Some(format) = by_id(id) else {
                problems.push(format!("{heading}: there is no format `{id}`"));
                continue;
            };
            named += 1;
            let produce = format.produce.split("  #").next().unwrap_or_default();
            let given = blocks.iter().any(|block| {
                block.heading == heading
                    && block.language == "sh"
                    && block.text.lines().any(|line| line.split("  #").next() == Some(produce))
            });
            if !given {
                problems.push(format!("{heading}: the command of `{id}` is `{produce}`"));
            }
            if !root().join("tests/fixtures").join(id).is_dir() {
                problems.push(format!("{heading}: `{id}` has no fixture"));
            }
        }
    }
    assert!(named > 14, "the recipes name their formats");
    none(&problems);
}

/// The smoke script of the recipes writes what signoff reads.
#[test]
fn the_smoke_script_works() {
    let scratch = Scratch::new("script");
    let page = read(&book().join("produce.md"));
    let script = blocks(&page).into_iter().find(|block| block.file() == Some("smoke.sh")).expect("there is a script");
    fs::write(scratch.0.join("smoke.sh"), script.text).expect("a temporary file can be written");
    let text = bash(&scratch.0, "bash smoke.sh https://staging.example.com; signoff inspect smoke.ndjson");
    assert!(text.contains("signoff-smoke") && text.contains("failed 0, errored 0, skipped 1"), "{text}");
    assert!(!text.contains("error["), "{text}");
}

/// The worked example of the contributors' guide is the file that is compiled, and it reads what it says it reads.
#[test]
fn the_example_of_a_format_works() {
    let source = read(&root().join("examples/add_a_format/pingbot_json.rs"));
    let page = read(&root().join("CONTRIBUTING.md"));
    let shown =
        blocks(&page).into_iter().find(|block| block.text.starts_with("//!")).expect("the guide has the example");
    assert_eq!(shown.text, source.replace("signoff::", "crate::"), "the guide shows another file than is compiled");
    let format = &pingbot_json::FORMAT;
    assert!(formats().all(|known| known.id != format.id), "the example is no real format");
    let good =
        br#"{"pingbot": "1.4", "pings": [{"path": "/", "state": "up", "ms": 12}, {"path": "/x", "state": "down"}]}"#;
    let artifact = read_with(format, "pingbot.json", good);
    assert_eq!((artifact.format, artifact.evidence.tally().total()), (Some("pingbot-json"), 2));
    assert_eq!(artifact.evidence.diagnostics, []);
    let secret = br#"{"pingbot": "1.4", "pings": [{"path": "/?token=ghp_aB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW3xY5", "state": "up"}]}"#;
    let artifact = read_with(format, "pingbot.json", secret);
    assert!(artifact.redactions.iter().count() > 0 && !format!("{:?}", artifact.evidence).contains("ghp_"));
    for (bad, code) in [
        (r#"{"pingbot": "1.4", "pings": []}"#, "nothing-ran"),
        (r#"{"pingbot": "1.4", "pings": [{"path": "/", "state": "sideways"}]}"#, "unknown-word"),
        (r#"{"other": 1}"#, "unknown-format"),
        ("", "empty-file"),
    ] {
        let artifact = read_with(format, "pingbot.json", bad.as_bytes());
        let codes: Vec<&str> = artifact.evidence.diagnostics.iter().map(|diagnostic| diagnostic.code.id).collect();
        assert_eq!(codes, [code], "{bad}");
    }
}

/// What the page about the library shows, compiled.
#[test]
fn the_library_works_as_shown() {
    use signoff::pipeline::{Request, validate};

    let request = Request { paths: vec![root().join("samples/minimal")], ..Request::default() };
    let validation = validate(&request);
    let checks: Vec<String> =
        validation.judged.checks.iter().map(|check| format!("{} {}", check.verdict(), check.id)).collect();
    assert!(checks.contains(&"undecided evidence.required.security".to_owned()), "{checks:?}");
}
