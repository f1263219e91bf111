//! What is fuzzed: functions over bytes that may never panic, and what must hold whatever the bytes are.

use pulldown_cmark::{Event, Options, Parser, Tag};
use signoff::formats::{Format, by_id, formats};
use signoff::gate::{Question, judge, policy};
use signoff::ingest::read_with;
use signoff::manifest::{Loaded, parse};
use signoff::merge::merge;
use signoff::model::{Artifact, Outcome, Pointer, Subject};
use signoff::report::made::Made;
use signoff::report::{self, RENDERERS, RenderOptions, view};
use signoff::safety::redact::{Counts, Redactor};
use signoff::safety::{csv, html, markdown, terminal, visible, xml};
use signoff::source::{Diags, Input, resolve};

/// One target.
pub struct Target {
    /// Its name; that of its file in `fuzz/fuzz_targets/` as well.
    pub name: &'static str,
    /// Takes any bytes.
    pub run: fn(&[u8]),
}

/// Every target.
pub const TARGETS: &[Target] = &[
    Target { name: "detect", run: detect },
    Target { name: "manifest", run: manifest },
    Target { name: "markdown", run: escapes },
    Target { name: "read", run: read },
    Target { name: "redact", run: redact },
    Target { name: "report", run: report },
];

/// Detection by content, and finding places in it.
pub fn detect(bytes: &[u8]) {
    let Ok(mut input) = Input::open(Box::new(bytes)) else { return };
    if input.normalise_encoding(&Diags::default()).is_err() {
        return;
    }
    input.trim_start();
    // What is spliced of two formats may be both, which is an error of its own.
    let _ = signoff::formats::detect(&input.probe());
    for place in ["", "/0", "/tests/0/name", "line 2", "line 1 /a", "/testsuites/testsuite[2]/@name"] {
        let Ok(pointer) = place.parse::<Pointer>() else { continue };
        let _ = resolve(input.head(), &pointer).map(|node| node.text(input.head()).len());
    }
}

/// Every reader, whatever detection says of the bytes: the first two choose the format.
pub fn read(bytes: &[u8]) {
    let Some((head, content)) = bytes.split_at_checked(2) else { return };
    let index = usize::from(u16::from_le_bytes([head[0], head[1]]));
    let count = formats().count();
    let Some(format) = formats().nth(index % count) else { return };
    let forced = Format { detect: |_| true, ..*format };
    let artifact = read_with(&forced, "artifact", content);
    // A reader that stops without a word would make of half a file a whole one.
    let said = artifact.evidence.diagnostics.iter().any(|diagnostic| diagnostic.code.id == "internal");
    assert!(!said, "{} failed", format.id);
    count_again(&artifact);
}

/// Totals are those of the cases.
fn count_again(artifact: &Artifact) {
    for suite in &artifact.evidence.suites {
        let kept = suite.cases().len() as u64 + suite.folded();
        assert!(suite.tally().total() + suite.tally().info >= kept, "{}: {kept} cases", suite.name);
        for outcome in Outcome::ALL {
            let kept = suite.cases().iter().filter(|case| case.outcome == outcome).count() as u64;
            assert!(suite.tally().of(outcome) >= kept, "{outcome} in {}", suite.name);
        }
    }
}

/// Redaction: done once, it is done, and it is counted.
pub fn redact(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut counts = Counts::default();
    let once = Redactor::standard().redact(&text, &mut counts).into_owned();
    assert_eq!(counts.total() == 0, once == text, "what is masked is counted");
    let mut again = Counts::default();
    let twice = Redactor::standard().redact(&once, &mut again);
    assert_eq!(twice, once.as_str(), "done once, it is done");
}

/// The escapes of every output: nothing hidden passes, and Markdown stays text.
pub fn escapes(bytes: &[u8]) {
    let text = &*String::from_utf8_lossy(bytes);
    let shown = [
        visible::one_line(text).into_owned(),
        visible::block(text).into_owned(),
        markdown::cell(text).into_string(),
        markdown::code(text).into_string(),
        markdown::fence(text).into_string(),
        markdown::prose(text).into_string(),
        html::text(text).into_owned(),
        html::block(text).into_owned(),
        xml::text(text).into_owned(),
        xml::attribute(text).into_owned(),
        csv::field(text).into_owned(),
        terminal::line(text).into_owned(),
        terminal::message(text),
        terminal::property(text),
        terminal::azure_property(text),
    ];
    for shown in &shown {
        assert_eq!(hidden(shown), None, "in {shown:?}");
    }
    let row = format!("| a | b |\n| --- | --- |\n| {} | z |\n", markdown::cell(text));
    let cells = events(&row).iter().filter(|event| matches!(event, Event::Start(Tag::TableCell))).count();
    assert_eq!(cells, 4, "{row:?}");
    for page in [row, format!("x {}\n", markdown::prose(text)), format!("x\n\n{}\n", markdown::fence(text))] {
        for event in events(&page) {
            let is_live = matches!(
                event,
                Event::Html(_)
                    | Event::InlineHtml(_)
                    | Event::Start(Tag::Link { .. } | Tag::Image { .. } | Tag::Heading { .. } | Tag::List(_))
            );
            assert!(!is_live, "{event:?} in {page:?}");
        }
    }
    let safe = terminal::line(text);
    assert!(!safe.trim_start().starts_with("::") && !safe.contains("##vso["), "{safe:?}");
}

fn events(page: &str) -> Vec<Event<'_>> {
    Parser::new_ext(page, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH).collect()
}

fn hidden(text: &str) -> Option<char> {
    text.chars().find(|c| *c != '\n' && visible::is_hidden(*c))
}

/// The manifest: what is wrong with it has a place in it.
pub fn manifest(bytes: &[u8]) {
    let text = &*String::from_utf8_lossy(bytes);
    match parse("signoff.toml", text) {
        Ok(loaded) => {
            let lines = text.lines().count() as u64 + 1;
            for mistake in policy::mistakes(&loaded) {
                assert!(mistake.place.line <= lines, "{mistake}");
            }
            let _ = judged(&[], &loaded);
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// The whole way from one artifact to every form of the report.
pub fn report(bytes: &[u8]) {
    let Some(format) = recognised(bytes) else { return };
    let artifact = read_with(format, "artifact", bytes);
    for (file, content) in judged(&[artifact], &Loaded::default()) {
        let content = if file.ends_with(".csv") { content.replace("\r\n", "\n") } else { content };
        assert_eq!(hidden(&content), None, "in {file}");
        if file.ends_with(".json") || file.ends_with(".sarif") {
            assert!(serde_json::from_str::<serde_json::Value>(&content).is_ok(), "{file} is no JSON");
        }
    }
}

fn recognised(bytes: &[u8]) -> Option<&'static Format> {
    let mut input = Input::open(Box::new(bytes)).ok()?;
    input.normalise_encoding(&Diags::default()).ok()?;
    input.trim_start();
    let found = signoff::formats::detect(&input.probe());
    found.first().and_then(|format| by_id(format.id))
}

/// Name and content of every file of the report.
fn judged(artifacts: &[Artifact], loaded: &Loaded) -> Vec<(&'static str, String)> {
    let mut release = merge(artifacts.to_vec(), &Subject::default());
    release.stated.commit = Some("de255fd16fd8c6e8a5f17a42ffc1421b1b5916b5".to_owned());
    let mut question = Question::new(&release, loaded, &[]);
    question.shards = None;
    if let Ok(time) = "2026-03-02T12:00:00Z".parse() {
        question = question.at(time);
    }
    let as_of = question.as_of;
    let judged = judge(&question, &|_| serde_json::Value::Null);
    let made = Made::default();
    let subject = view::Subject { release: &release, manifest: &loaded.manifest, judged: &judged, as_of, made: &made };
    let forms: Vec<&'static report::Renderer> = RENDERERS.iter().collect();
    let options = RenderOptions::default();
    let files = report::render(subject, &forms, options).expect("the built-in templates render every release");
    files.into_iter().map(|file| (file.name, file.content)).collect()
}
