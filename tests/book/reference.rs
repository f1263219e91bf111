//! The pages that are made from the tables.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::Command;

use signoff::ci::{Head, PROVIDERS, Provider};
use signoff::diagnostics::{CODES, Level};
use signoff::formats::{Format, formats};
use signoff::gate::{Area, RULES};
use signoff::model::Kind;
use signoff::report::RENDERERS;
use signoff::report::html::STYLE_FILE;

use crate::blocks::{book, generated, none, read};
use crate::manifest_reference;
use crate::support::{entries, root};

const NOTE: &str = "<!-- This page is generated: UPDATE=1 cargo test --test book -->\n\n";

/// The file that holds a format, by id.
fn sources() -> BTreeMap<String, PathBuf> {
    let mut sources = BTreeMap::new();
    for kind in Kind::ALL {
        for file in entries(&root().join("src/formats").join(kind.word())).into_iter().filter(|path| path.is_file()) {
            for line in read(&file).lines() {
                if let Some(id) = line.trim().strip_prefix("id: \"").and_then(|rest| rest.strip_suffix("\",")) {
                    sources.insert(id.to_owned(), file.clone());
                }
            }
        }
    }
    sources
}

/// The text at the top of a source file, as Markdown.
fn module_doc(source: &str) -> String {
    let lines = source.lines().take_while(|line| line.starts_with("//!"));
    let lines = lines.map(|line| line.strip_prefix("//! ").unwrap_or_else(|| line.trim_start_matches("//!")));
    let mut is_code = false;
    lines.fold(String::new(), |text, line| {
        is_code ^= line.starts_with("```");
        // The page has a heading of its own.
        let deeper = if line.starts_with('#') && !is_code { "#" } else { "" };
        text + deeper + line + "\n"
    })
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

/// Inline code, whatever it contains.
fn code(text: &str) -> String {
    if text.contains('`') { format!("`` {text} ``") } else { format!("`{text}`") }
}

const fn kind_title(kind: Kind) -> &'static str {
    match kind {
        Kind::Smoke => "Functional tests",
        Kind::Security => "Security",
        Kind::Load => "Load",
        Kind::Rollback => "Rollback and deployment",
        Kind::Platform => "Services and monitoring",
    }
}

fn of_kind(kind: Kind) -> impl Iterator<Item = &'static Format> {
    formats().filter(move |format| format.kinds.first() == Some(&kind))
}

fn format_page(format: &Format, source: &str) -> String {
    let mut page = format!("# {}\n\n{NOTE}", format.id);
    let kinds: Vec<&str> = format.kinds.iter().map(|kind| kind.word()).collect();
    let _ = writeln!(page, "| | |\n| --- | --- |");
    let _ = writeln!(page, "| Tool | {} |", cell(format.tool));
    let _ = writeln!(page, "| File | {} |", cell(format.title));
    let _ = writeln!(page, "| Evidence | {} |", kinds.join(", "));
    let _ = writeln!(page, "| Produced by | {} |\n", cell(&code(format.produce)));
    page + &module_doc(source)
}

#[test]
fn formats_are_what_the_table_says() {
    let mut problems = Vec::new();
    let sources = sources();
    let mut list = format!("# Formats\n\n{NOTE}Files are recognised by their content; names do not matter.\n");
    let _ = writeln!(list, "`signoff formats` prints this list, `signoff formats --json` prints it for machines.");
    for kind in Kind::ALL {
        let _ = writeln!(list, "\n## {}\n", kind_title(kind));
        let _ = writeln!(list, "| Format | Tool | File | Produced by |\n| --- | --- | --- | --- |");
        for format in of_kind(kind) {
            let Format { id, tool, title, produce, .. } = format;
            let _ = writeln!(
                list,
                "| [{id}](formats/{id}.md) | {} | {} | {} |",
                cell(tool),
                cell(title),
                cell(&code(produce))
            );
            let source = sources.get(*id).unwrap_or_else(|| panic!("no file has a line `id: \"{id}\",`"));
            let page = format_page(format, &read(source));
            generated(&book().join(format!("reference/formats/{id}.md")), &page, &mut problems);
        }
    }
    generated(&book().join("reference/formats.md"), &list, &mut problems);
    for page in entries(&book().join("reference/formats")) {
        let id = page.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        if !formats().any(|format| format.id == id) {
            problems.push(format!("{} is the page of no format", page.display()));
        }
    }
    none(&problems);
}

/// What `signoff explain` says of each format: the prose of its page, a line each.
#[test]
fn explain_says_of_formats_what_their_pages_say() {
    let sources = sources();
    let about = |format: &Format| {
        let doc = module_doc(&read(&sources[format.id]));
        // Every second part stands inside of a fence.
        let prose: String = doc.split("```").step_by(2).collect::<Vec<_>>().join("\n\n");
        let paragraphs = prose.split("\n\n").map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "));
        let is_told = |text: &String| !text.is_empty() && !text.ends_with(':') && !text.starts_with(['|', '#', '-']);
        paragraphs.filter(is_told).collect::<Vec<_>>().join(" ")
    };
    let table: String = formats().map(|format| format!("{}\t{}\n", format.id, about(format))).collect();
    let mut problems = Vec::new();
    generated(&root().join("src/formats/about.tsv"), &table, &mut problems);
    none(&problems);
}

const fn area_title(area: Area) -> &'static str {
    match area {
        Area::Evidence => "The evidence itself",
        Area::Smoke => "Functional tests",
        Area::Security => "Security",
        Area::Load => "Load",
        Area::Rollback => "Rollback",
        Area::Platform => "Services and monitoring",
        Area::Custom => "Checks of the policy's own",
        Area::Checklist => "The checklist",
    }
}

#[test]
fn rules_are_what_the_table_says() {
    let mut problems = Vec::new();
    let mut page =
        format!("# Rules\n\n{NOTE}Each rule makes one check or several; a rule that does not apply makes none.\n");
    let _ = writeln!(
        page,
        "Decisions, checklist items, criteria and waivers name checks by these ids, with `*` for any text."
    );
    let _ = writeln!(
        page,
        "A rule that makes several checks adds to its id what each is about: `load.limit.p95.checkout`."
    );
    for area in Area::ALL {
        let _ = writeln!(page, "\n## {}", area_title(area));
        for rule in RULES.iter().filter(|rule| rule.area == area) {
            let _ = writeln!(page, "\n### {}\n\n**{}.**\n{}", rule.id, rule.title, sentences(rule.how));
        }
    }
    generated(&book().join("reference/rules.md"), &page, &mut problems);
    none(&problems);
}

#[test]
fn diagnostics_are_what_the_table_says() {
    let mut problems = Vec::new();
    let mut page = format!("# Diagnostics\n\n{NOTE}An **error** means that evidence is missing or cannot be trusted: ");
    page += "the verdict is undecided or worse.\nA **warning** makes it conditional or worse.\nA **note** changes nothing.\n";
    for level in [Level::Error, Level::Warning, Level::Note] {
        let word = level.word();
        let _ = writeln!(page, "\n## {}{}s", word[..1].to_uppercase(), &word[1..]);
        for code in CODES.iter().filter(|code| code.level == level) {
            let _ = writeln!(page, "\n### {}\n\n{}\n\n*What to do:* {}.", code.id, sentences(code.meaning), code.help);
        }
    }
    generated(&book().join("reference/diagnostics.md"), &page, &mut problems);
    none(&problems);
}

/// One sentence per line.
fn sentences(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(". ") {
        let next = rest[at + 2..].chars().next();
        let ends = next.is_some_and(|c| c.is_uppercase() || c == '`') && !rest[..at].ends_with("e.g");
        out += &rest[..=at];
        out.push(if ends { '\n' } else { ' ' });
        rest = &rest[at + 2..];
    }
    out + rest
}

#[test]
fn outputs_are_what_the_table_says() {
    let mut page = format!("# Outputs\n\n{NOTE}`signoff report --format NAME,…` chooses; ");
    page += "`SHA256SUMS` over what was written is always there.\n\n";
    page += "| Name | What it is | Files | Without `--format` |\n| --- | --- | --- | --- |\n";
    for form in RENDERERS {
        let asked = |file: &&str| if **file == *STYLE_FILE { " (with `--css separate`)" } else { "" };
        let files: Vec<String> = form.files.iter().map(|file| code(file) + asked(file)).collect();
        let default = if form.default { "written" } else { "" };
        let _ = writeln!(page, "| `{}` | {} | {} | {default} |", form.id, cell(form.title), files.join(", "));
    }
    let mut problems = Vec::new();
    generated(&book().join("reference/outputs.md"), &page, &mut problems);
    none(&problems);
}

#[test]
fn ci_systems_are_what_the_table_says() {
    let mut page =
        format!("# CI systems\n\n{NOTE}`--ci NAME` takes from the variables of a CI system which run it is. ");
    page += "See [Attest the release](../attest.md).\n";
    for provider in PROVIDERS {
        let Provider { id, title, marker: (marker, value), commit, head, refs, pipeline, pitfalls, source } = provider;
        let equals = if value.is_empty() { String::new() } else { format!(" is `{value}`") };
        let names: Vec<String> = refs.iter().map(|name| code(name)).collect();
        let pages: Vec<String> = pipeline.iter().map(|template| code(template)).collect();
        let head = match head {
            Head::Unknown => "not said".to_owned(),
            Head::Variable(name) => code(name),
            Head::File(name, pointers) => {
                let places: Vec<String> = pointers.iter().map(|place| code(place)).collect();
                format!("{} of the file that {} names", places.join(" or "), code(name))
            }
        };
        let _ = writeln!(page, "\n## {title}\n\n| | |\n| --- | --- |\n| `--ci` | `{id}` |");
        let _ = writeln!(page, "| Recognised where | {}{equals} |\n| Commit | {} |", code(marker), code(commit));
        let _ = writeln!(page, "| Head of the change | {head} |\n| Branch or tag | {} |", names.join(", "));
        let _ = writeln!(page, "| Page of the run | {} |\n", pages.join(", else "));
        let _ = writeln!(page, "{}\n\nSource: <{}>", sentences(pitfalls), source.replace(" and ", "> and <"));
    }
    let mut problems = Vec::new();
    generated(&book().join("reference/ci.md"), &page, &mut problems);
    none(&problems);
}

#[test]
fn the_manifest_is_what_its_schema_says() {
    let mut problems = Vec::new();
    let files = ["schema.rs", "gate_keys.rs", "decision_keys.rs"];
    let keys: String = files.iter().map(|file| read(&root().join("src/manifest").join(file))).collect();
    let page = format!("# Manifest\n\n{NOTE}{}", manifest_reference::page(&keys));
    generated(&book().join("reference/manifest.md"), &page, &mut problems);
    none(&problems);
}

fn help(words: &[String]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_signoff"));
    command.args(words).arg("--help").env("NO_COLOR", "1").env_remove("COLUMNS");
    let output = command.output().expect("the binary can be started");
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("help is text");
    text.lines().map(|line| line.trim_end().to_owned() + "\n").collect()
}

/// The commands that a help text lists.
fn commands(help: &str) -> Vec<String> {
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let names = listed.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    names.filter_map(|line| line.split_whitespace().next()).filter(|n| *n != "help").map(str::to_owned).collect()
}

fn command_section(words: &[String], page: &mut String) {
    let help = help(words);
    if !words.is_empty() {
        let level = "#".repeat(words.len() + 1);
        let _ = writeln!(page, "\n{level} signoff {}\n", words.join(" "));
    }
    let _ = writeln!(page, "```text\n{}\n```", help.trim_end());
    for name in commands(&help) {
        command_section(&[words, &[name]].concat(), page);
    }
}

#[test]
fn the_command_line_is_what_its_help_says() {
    let mut problems = Vec::new();
    let mut page = format!("# Command line\n\n{NOTE}");
    command_section(&[], &mut page);
    generated(&book().join("reference/cli.md"), &page, &mut problems);
    none(&problems);
}

#[test]
fn the_summary_lists_the_reference() {
    let path = book().join("SUMMARY.md");
    let summary = read(&path);
    let (own, _) = summary.split_once("# Reference\n").expect("the summary has a part `# Reference`");
    let mut page = format!("{own}# Reference\n\n");
    for (title, file) in [
        ("Command line", "cli"),
        ("Outputs", "outputs"),
        ("Manifest", "manifest"),
        ("Template data", "template-data"),
        ("Rules", "rules"),
        ("Diagnostics", "diagnostics"),
        ("CI systems", "ci"),
    ] {
        let _ = writeln!(page, "- [{title}](reference/{file}.md)");
    }
    let _ = writeln!(page, "- [Formats](reference/formats.md)");
    for format in Kind::ALL.into_iter().flat_map(of_kind) {
        let _ = writeln!(page, "  - [{0}](reference/formats/{0}.md)", format.id);
    }
    let mut problems = Vec::new();
    generated(&path, &page, &mut problems);
    none(&problems);
}

/// The constants that bound what is read, and what they bound.
const LIMITS: &[(&str, &str, &str, &str)] = &[
    ("src/source/archive.rs", "MAX_MEMBERS", "Members of an archive", ""),
    ("src/source/archive.rs", "MAX_MEMBER", "Size of one member of a `.zip` or `.tar`", "bytes"),
    ("src/source/archive.rs", "MAX_EXPANDED", "What an archive may expand to, all in all", "bytes"),
    ("src/source/archive.rs", "MAX_RATIO", "How many times its size compressed data may expand to", ""),
    ("src/source/archive.rs", "FREE_EXPANSION", "Expansion to which that ratio does not apply", "bytes"),
    ("src/source/json/tape.rs", "MAX_DEPTH", "Levels of nesting in JSON", ""),
    ("src/source/json/tape.rs", "MAX_RECORD", "Length of one record of JSON: what a reader holds at once", "bytes"),
    ("src/source/json/tape.rs", "MAX_VALUES", "Values of one record of JSON", ""),
    ("src/source/lines.rs", "MAX_LINE", "Length of one line", "bytes"),
    ("src/source/xml/mod.rs", "MAX_DEPTH", "Levels of nesting in XML", ""),
    ("src/source/xml/mod.rs", "MAX_ATTRIBUTES", "Attributes of one XML element", ""),
    ("src/source/xml/mod.rs", "MAX_NAME", "Length of an XML name", "bytes"),
    ("src/source/xml/mod.rs", "MAX_TEXT", "Length of one XML text", "bytes"),
    (
        "src/source/doc.rs",
        "MAX_TEXT",
        "Size of a text that is read as a whole, such as SQL, or JSON for a `[[format]]`",
        "bytes",
    ),
    ("src/source/input.rs", "MAX_CONVERTED", "Size of a file in an encoding other than UTF-8", "bytes"),
    ("src/mapping/run.rs", "MAX_RESULT", "What the filter of a `[[format]]` may give", "bytes"),
    ("src/mapping/run.rs", "MAX_DEPTH", "Levels of nesting in what it gives", ""),
    ("src/formats/bundle.rs", "MAX_ARTIFACTS", "Artifacts of one bundle", ""),
    ("src/model/test.rs", "MAX_KEPT_PASSED", "Passing tests of one artifact that are kept by name", ""),
    ("src/model/test.rs", "MAX_KEPT_PASSED_IN_ALL", "Passing tests of all artifacts that are kept by name", ""),
    ("src/model/test.rs", "MAX_KEPT_OTHER", "Other tests of one artifact that are kept with their reasons", ""),
    ("src/model/test.rs", "MAX_KEPT_DETAILS", "Tests of one artifact that are kept with their output", ""),
    ("src/model/finding.rs", "MAX_KEPT_PER_RULE", "Findings of one rule and severity of one scan that are kept", ""),
    ("src/model/finding.rs", "MAX_KEPT_PER_SEVERITY", "Findings of one severity of one scan that are kept", ""),
    (
        "src/merge/vex.rs",
        "MAX_COMPARED",
        "Statements, and products of them, that are held against findings of their vulnerability",
        "",
    ),
    ("src/formats/load/requests.rs", "MAX_NAMES", "Names of requests of one load run that are kept apart", ""),
    ("src/report/view/services.rs", "MAX_LISTED_BAD", "Services that are not healthy and are listed", ""),
    ("src/ingest.rs", "MAX_READ_AHEAD", "Read ahead where the start of a file does not tell its format", "bytes"),
];

/// A product of numbers in the source text.
fn constant(source: &str, name: &str) -> u64 {
    let start = format!("const {name}: ");
    let line = source
        .lines()
        .find(|line| line.trim_start_matches("pub ").trim_start_matches("pub(super) ").starts_with(&start));
    let value = line.and_then(|line| line.split_once(" = ")).unwrap_or_else(|| panic!("there is no constant {name}")).1;
    let factors = value.trim_end_matches(';').split('*');
    factors.map(|factor| factor.trim().replace('_', "").parse::<u64>().expect("a number")).product()
}

fn amount(value: u64, unit: &str) -> String {
    use signoff::model::phrase::thousands;

    match value {
        _ if unit.is_empty() => thousands(value),
        _ if value.is_multiple_of(1 << 30) => format!("{} GiB", value >> 30),
        _ if value.is_multiple_of(1 << 20) => format!("{} MiB", value >> 20),
        _ if value.is_multiple_of(1 << 10) => format!("{} KiB", value >> 10),
        _ => format!("{} {unit}", thousands(value)),
    }
}

#[test]
fn the_limits_are_those_of_the_code() {
    const MARK: &str = "<!-- limits: generated from the constants of the code -->\n";
    let path = root().join("SECURITY.md");
    let page = read(&path);
    let (own, _) = page.split_once(MARK).expect("SECURITY.md has a mark for the limits");
    let mut page = format!("{own}{MARK}\n| What | At most |\n| --- | ---: |\n");
    for (file, name, what, unit) in LIMITS {
        let value = constant(&read(&root().join(file)), name);
        let _ = writeln!(page, "| {what} | {} |", amount(value, unit));
    }
    let mut problems = Vec::new();
    generated(&path, &page, &mut problems);
    none(&problems);
}
