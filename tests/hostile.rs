//! Artifacts that attack, through the real binary and all of its outputs.
//!
//! Each file of `tests/hostile/` is an artifact with `@TEXT@` in every field that a tool fills with text.
//! It is read once with harmless text and once with each attack: structure and verdict must stay the same.

#[allow(dead_code, reason = "each driver uses a part of it")]
mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use signoff::report::RENDERERS;
use support::{Scratch, entries, name, root};

const HARMLESS: &str = "some words of text";

/// What a report consists of, apart from its texts.
#[derive(Debug, PartialEq, Eq)]
struct Structure {
    exit: Option<i32>,
    verdict: String,
    headings: Vec<String>,
    rows: usize,
    html: Vec<String>,
    cases: usize,
}

struct Written {
    structure: Structure,
    /// Name and content of every output, the two streams among them.
    outputs: BTreeMap<String, String>,
}

fn report(scratch: &Path, template: &Path, text: &str) -> Written {
    let content = fs::read_to_string(template).expect("a template can be read");
    let is_xml = name(template).ends_with(".xml");
    let filled = if is_xml {
        let text: String = text.chars().filter(|c| (*c >= ' ' || *c == '\n') && *c != '\u{ffff}').collect();
        let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
        content.replace("@TEXT@", &text)
    } else {
        let quoted = serde_json::to_string(text).expect("a text can be written");
        content.replace("@TEXT@", &quoted[1..quoted.len() - 1])
    };
    let artifact = scratch.join(name(template));
    fs::write(&artifact, filled).expect("the artifact can be written");
    let out = scratch.join("out");
    let forms: Vec<&str> = RENDERERS.iter().map(|form| form.id).collect();
    let output = Command::new(env!("CARGO_BIN_EXE_signoff"))
        .args(["report", "--require", "", "--fail-on", "never", "--as-of", "2026-03-02T12:00:00Z"])
        .args(["--format", &forms.join(","), "--subject-digest", &format!("shop@sha256:{}", "ab".repeat(32)), "--out"])
        .args([&out, &artifact])
        .current_dir(scratch)
        .env_remove("SOURCE_DATE_EPOCH")
        .output()
        .expect("the binary can be started");
    let mut outputs: BTreeMap<String, String> = entries(&out)
        .iter()
        .map(|file| (name(file), fs::read_to_string(file).expect("what was written is text")))
        .collect();
    let json: serde_json::Value = serde_json::from_str(&outputs["report.json"]).expect("report.json is JSON");
    let structure = Structure {
        exit: output.status.code(),
        verdict: json["verdict"].as_str().unwrap_or_default().to_owned(),
        cases: cases(&outputs["report.junit.xml"]),
        ..markdown(&outputs["report.md"])
    };
    outputs.insert("stdout".to_owned(), String::from_utf8(output.stdout).expect("standard output is text"));
    outputs.insert("stderr".to_owned(), String::from_utf8(output.stderr).expect("standard error is text"));
    fs::remove_dir_all(&out).expect("the report can be removed");
    fs::remove_file(&artifact).expect("the artifact can be removed");
    Written { structure, outputs }
}

/// Headings, rows and raw HTML of Markdown.
fn markdown(text: &str) -> Structure {
    let mut headings: Vec<String> = Vec::new();
    let (mut rows, mut in_heading) = (0, false);
    let mut html = Vec::new();
    for event in Parser::new_ext(text, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH) {
        match event {
            Event::Start(Tag::Heading { .. }) => {
                headings.push(String::new());
                in_heading = true;
            }
            Event::End(TagEnd::Heading(_)) => in_heading = false,
            Event::Text(words) | Event::Code(words) if in_heading => {
                headings.last_mut().expect("a heading began").push_str(&words);
            }
            Event::Start(Tag::TableRow) => rows += 1,
            Event::Html(tag) | Event::InlineHtml(tag) => html.push(tag.into_string()),
            Event::Start(Tag::Image { dest_url, .. }) => html.push(format!("image {dest_url}")),
            Event::Start(Tag::Link { dest_url, .. }) if !dest_url.starts_with('#') => {
                html.push(format!("link {dest_url}"));
            }
            _ => {}
        }
    }
    Structure { exit: None, verdict: String::new(), headings, rows, html, cases: 0 }
}

/// How many test cases a JUnit file has; it must be well-formed.
fn cases(text: &str) -> usize {
    use quick_xml::events::Event;
    let mut reader = quick_xml::Reader::from_str(text);
    let mut cases = 0;
    loop {
        match reader.read_event().expect("the JUnit file is well-formed") {
            Event::Start(tag) | Event::Empty(tag) if tag.local_name().as_ref() == "testcase" => cases += 1,
            Event::Eof => return cases,
            _ => {}
        }
    }
}

fn is_control(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
        || matches!(c, '\u{fffe}' | '\u{ffff}' | '\u{e0000}'..='\u{e007f}')
}

/// What must not stand in an output, whatever the artifact says.
#[track_caller]
fn inert(outputs: &BTreeMap<String, String>, about: &str) {
    for (file, content) in outputs {
        // CSV ends its lines with CR and LF.
        let content = &if file.ends_with(".csv") { content.replace("\r\n", "\n") } else { content.clone() };
        if let Some(at) = content.find(is_control) {
            panic!("{about}: {file} carries {:?}", content[at..].chars().next());
        }
        let forbidden: &[&str] = match file.as_str() {
            "report.html" | "report.fragment.html" => {
                &["<script", "<img", "<svg onload", "javascript:alert(1)\"", " onerror=\"", "<iframe"]
            }
            "report.junit.xml" => &["<script", "[[ATTACHMENT|", "[[PROPERTY|", "<testcase name=\"forged"],
            "stdout" | "stderr" => &["##vso[", "##teamcity[", "\n::", "section_start:"],
            _ => &[],
        };
        for word in forbidden {
            assert!(!content.contains(word), "{about}: {file} carries {word:?}");
        }
    }
}

/// Reads every template with every text and compares with what harmless text gives.
#[track_caller]
fn same_structure(test: &str, texts: &[&str]) {
    let scratch = Scratch::new(&format!("hostile-{test}"));
    for template in entries(&root().join("tests/hostile")) {
        let plain = report(&scratch.0, &template, HARMLESS);
        assert_eq!(plain.structure.exit, Some(0), "{}", name(&template));
        for text in texts {
            let attacked = report(&scratch.0, &template, text);
            let about = format!("{} with {text:?}", name(&template));
            inert(&attacked.outputs, &about);
            let Structure { verdict, rows, html, cases, exit, headings } = &attacked.structure;
            let expected = &plain.structure;
            assert_eq!((exit, verdict, cases), (&expected.exit, &expected.verdict, &expected.cases), "{about}");
            assert_eq!(headings, &expected.headings, "{about}");
            assert_eq!(rows, &expected.rows, "{about}");
            assert_eq!(html, &expected.html, "{about}");
        }
    }
}

#[test]
fn markup_stays_text() {
    same_structure(
        "markup",
        &[
            "<script>alert(1)</script><img src=x onerror=alert(1)>\"'><svg onload=alert(1)>",
            "</td></tr></table><h1>PASSED</h1><a href=\"javascript:alert(1)\">x</a><!-- --><iframe src=//a.example>",
            "]]></failure></testcase><testcase name=\"forged\"/><testcase name=\"x\"><failure>",
            "javascript:alert(1)",
        ],
    );
}

#[test]
fn markdown_stays_text() {
    same_structure(
        "markdown",
        &[
            "a | b | c\n\n# Verdict: PASSED\n\n```\n~~~\n| x |",
            "`` ` ``` | \\| [x](javascript:alert(1)) ![b](http://a.example/b.png) <http://a.example> \\",
            "\n\n---\n\n- [x] done\n/close\n[ref]: http://a.example\n\n[ref]\n=====\n@all #1",
            "{{verdict}} {{{raw}}} ${x} <% x %> [[ATTACHMENT|/etc/passwd]] [[PROPERTY|a=b]]",
        ],
    );
}

#[test]
fn nothing_steers_a_terminal_or_a_ci_system() {
    same_structure(
        "terminal",
        &[
            "\u{1b}[2J\u{1b}]0;title\u{7}\u{9b}31m\u{7f}\u{8}\u{0} text",
            "gpj.\u{202e}exe\u{202c} \u{200b}\u{feff}\u{2066}a\u{2069} \u{e0041} \u{ffff} text",
            "\n::error::forged\n##vso[task.complete result=Succeeded]\n##teamcity[x]\n\u{1b}[0Ksection_start:1:x\n::add-mask::a",
        ],
    );
}

/// Put together here, so that no scanner takes this file for a leak.
fn secrets() -> Vec<(String, Vec<String>)> {
    let joined = |parts: &[&str]| parts.concat();
    let github = joined(&["gh", "p_", &"a1B2".repeat(9)]);
    let aws = joined(&["AK", "IAABCDEFGH12345678"]);
    let slack = joined(&["xo", "xb-", "1234567890-abcdefghij"]);
    let jwt = joined(&["ey", "JhbGciOiJIUzI1NiJ9.", "eyJzdWIiOiIxMjM0In0.", "c2lnbmF0dXJlc2ln"]);
    let needle = "correct-Horse7".to_owned();
    let known: Vec<String> =
        [&github, &aws, &slack, &jwt].into_iter().map(|secret| format!("call with {secret} failed")).collect();
    let named = [
        format!("password={needle}"),
        format!("{{\"client_secret\": \"{needle}\"}}"),
        format!("Authorization: Bearer {needle}"),
        format!("Cookie: session={needle}; theme=dark"),
        format!("https://user:{needle}@shop.example/path"),
        format!("https://shop.example/cb?access_token={needle}&x=1"),
        format!("curl -u admin:{needle} https://shop.example"),
        format!("pass\u{200b}word={needle}"),
        joined(&["-----BEGIN PRIV", "ATE KEY-----\n", &needle, "\n-----END PRIV", "ATE KEY-----"]),
    ];
    vec![
        (known.join("\n"), vec![github, aws, slack, jwt]),
        (named.join("\n"), vec![needle.clone()]),
        // Where a long text is cut, in the middle of the secret.
        (format!("{} password={needle}", "x ".repeat(32 * 1024 - 8)), vec![needle[..6].to_owned()]),
    ]
}

#[test]
fn no_secret_leaves() {
    let scratch = Scratch::new("hostile-secrets");
    for template in entries(&root().join("tests/hostile")) {
        for (text, needles) in secrets() {
            let written = report(&scratch.0, &template, &text);
            assert_eq!(written.structure.exit, Some(0), "{}", name(&template));
            for (file, content) in &written.outputs {
                for needle in &needles {
                    let at = content.find(needle.as_str());
                    let before = at.map(|at| content[..at].chars().rev().take(60).collect::<Vec<_>>());
                    let before = before.map(|chars| chars.into_iter().rev().collect::<String>());
                    assert_eq!(before, None, "{} leaks a secret into {file}", name(&template));
                }
            }
            let json: serde_json::Value = serde_json::from_str(&written.outputs["report.json"]).expect("it is JSON");
            let counted = json["redactions"].as_object().map_or(0, serde_json::Map::len);
            assert!(counted > 0, "{}: nothing was counted", name(&template));
        }
    }
}

/// A secret in the name of a file, and in what cannot be read.
#[test]
fn no_secret_leaves_with_a_name_or_a_message() {
    let scratch = Scratch::new("hostile-names");
    let secret = ["gh", "p_", &"a1B2".repeat(9)].concat();
    let out = scratch.0.join("out");
    for content in [format!("{{\"{secret}\": 1}}"), format!("<{secret}/>"), format!("{secret}{{"), String::new()] {
        let artifact = scratch.0.join(format!("{secret}.json"));
        fs::write(&artifact, content).expect("the artifact can be written");
        let output = Command::new(env!("CARGO_BIN_EXE_signoff"))
            .arg("report")
            .arg(&artifact)
            .arg("--out")
            .arg(&out)
            .current_dir(&scratch.0)
            .output()
            .expect("the binary can be started");
        assert_eq!(output.status.code(), Some(3));
        let files = entries(&out).into_iter().map(|file| fs::read(file).expect("a report can be read"));
        for content in files.chain([output.stdout, output.stderr]) {
            assert!(!String::from_utf8_lossy(&content).contains(&secret));
        }
    }
}

/// What is not to be read at all ends in exit code 3, and in a message that says why.
#[test]
fn limits_are_told() {
    let scratch = Scratch::new("hostile-limits");
    let large = scratch.0.join("large.json");
    fs::write(&large, " ".repeat(5000)).expect("the artifact can be written");
    let mut cases = vec![(large.clone(), "is larger than 4 KiB"), (large, "nothing but white space")];
    if cfg!(unix) {
        cases.push((PathBuf::from("/dev/zero"), "is no regular file"));
        cases.push((PathBuf::from("/proc/self/environ"), "is no regular file"));
    }
    for (index, (path, expected)) in cases.into_iter().enumerate() {
        let mut command = Command::new(env!("CARGO_BIN_EXE_signoff"));
        command.arg("check").arg(path);
        if index == 0 {
            command.args(["--max-size", "4KiB"]);
        }
        let output = command.output().expect("the binary can be started");
        assert_eq!(output.status.code(), Some(3), "{expected}");
        let message = String::from_utf8_lossy(&output.stdout);
        assert!(message.contains(expected), "`{expected}` is not in:\n{message}");
    }
}
