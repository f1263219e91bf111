//! Artifacts of the user's own, mapped by `[[format]]`: what `inspect` and `check` print, through the real binary.
//!
//! `UPDATE=1 cargo test --test mappings` writes `tests/mappings/*/expected.txt` anew; look at the difference.

#[allow(dead_code, reason = "each driver uses a part of it")]
mod support;

use std::fs;

use signoff::ingest::{Options, ingest};
use signoff::manifest;
use signoff::mapping::Mapping;
use signoff::model::{Pointer, Texts};
use signoff::source::resolve;
use support::{Scratch, compare, entries, root, run, signoff};

#[test]
fn mapped_artifacts_say_what_is_expected() {
    let mut problems = Vec::new();
    for case in entries(&root().join("tests/mappings")) {
        let mut printed = String::new();
        for command in ["inspect", "check"] {
            let output = run(signoff().current_dir(&case).args([command, "in", "--color", "never"]));
            printed += &format!("$ signoff {command} in\n");
            printed += &String::from_utf8(output.stdout).expect("text");
            printed += &String::from_utf8(output.stderr).expect("text");
            printed += &format!("exit {}\n", output.status.code().unwrap_or(-1));
        }
        compare(&case.join("expected.txt"), &printed, &mut problems);
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// The pointers of an artifact's evidence.
struct Pointers(Vec<Pointer>);

impl Texts for Pointers {
    fn text(&mut self, _: &mut String) {}
    fn pair(&mut self, _: &mut String, _: &mut String) {}
    fn place(&mut self, pointer: &mut Pointer) {
        self.0.push(pointer.clone());
    }
}

#[test]
fn every_place_is_one_of_the_original_artifact() {
    for case in entries(&root().join("tests/mappings")) {
        let text = fs::read_to_string(case.join("signoff.toml")).expect("a case has a manifest");
        let loaded = manifest::parse("signoff.toml", &text).expect("the manifest of a case parses");
        let options = Options { mappings: Mapping::all(&loaded), ..Options::default() };
        for mut artifact in ingest(&[case.join("in")], &|_| false, &options) {
            let bytes = fs::read(&artifact.given).expect("an artifact can be read");
            assert_eq!(artifact.bytes, Some(bytes.len() as u64), "the digest is over the artifact itself");
            let mut pointers = Pointers(Vec::new());
            artifact.evidence.visit(&mut pointers);
            for pointer in pointers.0 {
                assert!(resolve(&bytes, &pointer).is_some(), "{}: there is no {pointer}", artifact.given);
            }
        }
    }
}

#[test]
fn a_report_of_mapped_artifacts_is_verified_and_explained() {
    let scratch = Scratch::new("mappings");
    let case = root().join("tests/mappings/smoke-document");
    let out = scratch.0.join("out");
    let report = run(signoff().current_dir(&case).args(["report", "in", "--format", "md,json", "--out"]).arg(&out));
    assert_eq!(report.status.code(), Some(1));
    let markdown = fs::read_to_string(out.join("report.md")).expect("a report was written");
    assert!(markdown.contains("`acme-checks` → signoff-smoke"), "{markdown}");
    let verify = || run(signoff().current_dir(&case).arg("verify").arg(&out).args(["--artifacts", "in"]));
    let text = String::from_utf8(verify().stdout).expect("text");
    assert!(text.ends_with("made again from the artifacts, it is identical.\n"), "{text}");
    let json = out.join("report.json");
    let mut explain = signoff();
    explain.current_dir(&case).args(["explain", "A1", "/suites/0/checks/1", "--artifacts", "in", "--report"]).arg(json);
    let text = String::from_utf8(run(&mut explain).stdout).expect("text");
    for part in ["acme-checks", "outcome failed", "> ", "\"title\": \"login\""] {
        assert!(text.contains(part), "{part} is not in:\n{text}");
    }
}

/// The file itself, of which parts may be left aside, is elsewhere.
#[test]
fn what_a_filter_ignores_is_not_known_of_what_came_in_a_bundle() {
    let scratch = Scratch::new("mappings-bundle");
    let bundle = scratch.0.join("shard.signoff");
    let case = root().join("tests/mappings/services");
    let output = run(signoff().current_dir(&case).args(["collect", "in", "--out"]).arg(&bundle));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8(run(signoff().arg("inspect").arg(&bundle)).stdout).expect("text");
    assert!(said.contains("ignored   not known: it came in a bundle"), "{said}");
}

#[test]
fn a_mistake_in_the_manifest_ends_the_work() {
    let scratch = Scratch::new("mappings-mistake");
    let manifest = scratch.0.join("signoff.toml");
    let text = "[[format]]\nid = \"acme\"\nto = \"signoff.smoke/1\"\nkeys = [\"a\"]\nfilter = '.a | lenght'\n";
    fs::write(&manifest, text).expect("a temporary file can be written");
    for command in ["check", "inspect"] {
        let output = run(signoff().arg(command).arg("samples/minimal").arg("--manifest").arg(&manifest));
        let said = String::from_utf8(output.stderr).expect("text");
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains("there is no filter `lenght`") && said.contains("signoff.toml:5:16"), "{said}");
    }
}

/// Whoever collects does not judge: the filter is a part of the policy.
#[test]
fn a_bundle_brings_no_filter_of_its_own() {
    let scratch = Scratch::new("mappings-bundle");
    let write = |name: &str, text: &str| {
        let path = scratch.0.join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder can be made");
        fs::write(&path, text).expect("a temporary file can be written");
        path
    };
    let manifest = |name: &str, outcome: &str| {
        let filter = format!("{{name: .acme, outcome: \"{outcome}\"}}");
        let format =
            format!("[[format]]\nid = \"acme\"\nto = \"signoff.smoke/1\"\nkeys = [\"acme\"]\nfilter = '{filter}'\n");
        write(name, &format!("[gate]\nrequire = [\"smoke\"]\n{format}"))
    };
    let (lenient, strict) = (manifest("lenient.toml", "passed"), manifest("strict.toml", "failed"));
    let without = write("without.toml", "[gate]\nrequire = [\"smoke\"]\n");
    let bundle = scratch.0.join("acme.signoff");
    let artifact = write("in/acme.json", "{\"acme\": \"checks\"}\n");
    let mut collect = signoff();
    collect.arg("collect").arg(artifact).arg("--manifest").arg(&lenient).arg("--out").arg(&bundle);
    assert_eq!(run(&mut collect).status.code(), Some(0));
    for (manifest, code, words) in [
        (&lenient, 0, "PASSED"),
        (&strict, 3, "was read by the `[[format]]` `acme` where it was collected, and that of the manifest is another"),
        (&without, 3, "was read by the `[[format]]` `acme` where it was collected, which the manifest does not have"),
    ] {
        let output = run(signoff().arg("check").arg(&bundle).arg("--manifest").arg(manifest));
        let text = String::from_utf8([output.stdout, output.stderr].concat()).expect("text");
        assert_eq!(output.status.code(), Some(code), "{text}");
        assert!(text.contains(words), "{text}");
    }
}
