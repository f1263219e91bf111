//! Templates of the user's own, through the real binary: what is misspelt is an error with a suggestion.

#[allow(dead_code, reason = "each driver uses a part of it")]
mod support;

use std::fs;

use support::{Scratch, root, run, signoff};

/// Writes one template into a folder, makes a report with it, and returns the exit code and what was said.
fn report(test: &str, file: &str, text: &str) -> (Option<i32>, String, String) {
    let scratch = Scratch::new(test);
    let templates = scratch.0.join("templates");
    fs::create_dir_all(templates.join("partials")).expect("a temporary folder can be made");
    fs::write(templates.join(file), text).expect("a temporary file can be written");
    let out = scratch.0.join("out");
    let output = run(signoff()
        .args(["report", "--quiet", "--fail-on", "never", "--format", "md", "--templates"])
        .arg(&templates)
        .arg("--out")
        .args([&out, &root().join("samples/ac-6-staging")]));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code(), said, fs::read_to_string(out.join("report.md")).unwrap_or_default())
}

#[track_caller]
fn refused(test: &str, file: &str, text: &str, words: &[&str]) {
    let (code, said, _) = report(test, file, text);
    assert_eq!(code, Some(2), "{said}");
    for word in words {
        assert!(said.contains(word), "{word:?} is not said: {said}");
    }
}

#[test]
fn a_good_template_stands_in() {
    let (code, said, markdown) =
        report("template-good", "partials/smoke.hbs", "{{#if smoke.present}}There are tests.{{/if}}\n");
    assert_eq!(code, Some(0), "{said}");
    assert!(markdown.contains("There are tests.") && !markdown.contains("### Results by category"), "{markdown}");
}

#[test]
fn a_misspelt_name_is_refused_with_the_nearest() {
    refused(
        "template-if",
        "partials/smoke.hbs",
        "{{#if smoke.presnt}}x{{/if}}",
        &["smoke.presnt", "did you mean `present`"],
    );
    refused(
        "template-unless",
        "partials/smoke.hbs",
        "{{#unless smok.present}}x{{/unless}}",
        &["smok.present", "`smoke`"],
    );
    refused("template-text", "partials/summary.hbs", "{{text titel}}", &["titel", "`title`"]);
    refused("template-table", "partials/summary.hbs", "{{table summary.result}}", &["summary.result", "`results`"]);
    refused(
        "template-nested",
        "partials/smoke.hbs",
        "{{#each smoke.groups}}{{#if foldd}}x{{/if}}{{/each}}",
        &["foldd", "`folded`"],
    );
    refused("template-each", "partials/smoke.hbs", "{{#each smoke.grups}}x{{/each}}", &["grups"]);
    refused("template-plain", "report.md.hbs", "{{verdct}}", &["verdct"]);
    refused("template-include", "report.md.hbs", "{{include \"smok\"}}", &["smok", "`smoke`"]);
}

#[test]
fn a_mistake_is_named_with_its_place() {
    let file = "partials/smoke.hbs";
    refused("template-place", file, "x\n  {{#if smoke.presnt}}x{{/if}}", &["partials/smoke.hbs:2:9: "]);
    refused("template-open", file, "\n{{#if smoke.present}}x", &["smoke.hbs:2:1: `{{#if}}` is not closed"]);
    refused("template-hash", file, "{{> issue a=b}}", &["smoke.hbs:1:11: ", "name=value"]);
    refused("template-kind", file, "{{title}}", &["smoke.hbs:1:3: `title` is text", "write `{{text title}}`"]);
    refused("template-depth", file, "{{include \"smoke\"}}", &["smoke.hbs:1:11: ", "contain itself"]);
}

#[test]
fn a_mistake_in_a_template_that_is_not_needed_is_refused() {
    // There is no baseline, so that no changes are shown.
    refused("template-unused", "partials/changes.hbs", "{{#each changes.groups}}", &["changes.hbs:1:1: "]);
}

#[test]
fn what_stands_below_a_null_is_null() {
    let (code, said, markdown) = report(
        "template-null",
        "partials/summary.hbs",
        "{{#if changes.groups}}There are changes.{{else}}There is no baseline.{{/if}}\n",
    );
    assert_eq!(code, Some(0), "{said}");
    assert!(markdown.contains("There is no baseline."), "{markdown}");
    refused("template-below", "partials/summary.hbs", "{{#if changes.grups}}x{{/if}}", &["grups", "`groups`"]);
}

#[test]
fn the_examples_of_the_book_are_good() {
    let page = fs::read_to_string(root().join("book/src/templates.md")).expect("the page can be read");
    let mut blocks =
        page.split("```handlebars\n").skip(1).filter_map(|rest| rest.split_once("```")).map(|(text, _)| text);
    let mut example = |test, file| {
        let (code, said, markdown) = report(test, file, blocks.next().expect("the page has an example"));
        assert_eq!(code, Some(0), "{said}");
        markdown
    };
    let decision = example("template-book-decision", "report.md.hbs");
    assert!(decision.contains("### Nearest limits") && !decision.contains("## 1. Smoke Test Results"), "{decision}");
    let smoke = example("template-book-smoke", "partials/smoke.hbs");
    assert!(smoke.contains("- **Coverage:** ") && !smoke.contains("### Test details"), "{smoke}");
    assert!(blocks.next().is_none(), "an example is not tested");
}

#[test]
fn a_file_that_stands_in_for_nothing_is_refused() {
    refused("template-file", "partials/smok.hbs", "x", &["partials/smok.hbs", "partials/smoke.hbs"]);
    refused("template-folder", "smoke.hbs", "x", &["smoke.hbs", "did you mean partials/smoke.hbs?"]);
    refused("template-root", "report.hbs", "x", &["report.hbs", "report.md.hbs"]);
}
