//! No block of code on any page is there unchecked: each is of a language that a test takes, or says why it is not.

use std::path::Path;

use yaml_rust2::YamlLoader;

use crate::blocks::{Block, blocks, book, none, pages, read, root_pages};

/// Pages whose commands are run, and whose `text` blocks are compared with what they print.
pub const TRANSCRIPTS: &[&str] = &["tutorial.md", "troubleshooting.md", "own-json.md"];

/// What is wrong with a block; `None` where it is right, or another test takes it.
fn fault(block: &Block, page: &Path, before: Option<&Block>) -> Option<String> {
    let is_transcript = TRANSCRIPTS.iter().any(|name| page.ends_with(name));
    match block.language.as_str() {
        // `every_manifest_parses`; a fragment of another file says `toml,ignore`.
        "toml" => None,
        // `every_command_is_known`, and the transcripts.
        "sh" | "bash" | "groovy" => None,
        // A workflow that is kept as a file of its own and included.
        "yaml" if block.text.starts_with("{{#include ") => None,
        "yaml" => YamlLoader::load_from_str(&block.text).err().map(|error| error.to_string()),
        "json" if block.info.contains("ignore") => None,
        "json" => {
            let whole = serde_json::from_str::<serde_json::Value>(&block.text);
            let is_lines = || block.text.lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok());
            whole.err().filter(|_| !is_lines()).map(|error| error.to_string())
        }
        "text" if is_transcript => {
            let is_printed = before.is_some_and(|before| before.language == "sh");
            (!is_printed).then(|| "nothing prints this text".to_owned())
        }
        // Data and drawings.
        "text" | "csv" | "xml" | "sql" | "markdown" | "handlebars" | "hbs" | "html" | "diff" => None,
        // `the_library_works_as_shown`, `the_example_of_a_format_works`.
        "rust" if block.info.contains("ignore") => None,
        other => Some(format!("no test takes blocks of `{other}`")),
    }
}

#[test]
fn no_block_is_uncovered() {
    let mut problems = Vec::new();
    let is_generated = |path: &Path| path.starts_with(book().join("reference"));
    for path in pages(&book()).into_iter().chain(root_pages()).filter(|path| !is_generated(path)) {
        let all = blocks(&read(&path));
        for (index, block) in all.iter().enumerate() {
            let before = index.checked_sub(1).and_then(|before| all.get(before));
            if let Some(fault) = fault(block, &path, before) {
                problems.push(format!("{}:{}: {fault}", path.display(), block.start));
            }
        }
    }
    none(&problems);
}

/// What a command prints is shown on a page that is run, so that it cannot become old.
#[test]
fn what_commands_print_is_compared() {
    let mut problems = Vec::new();
    for path in pages(&book()).into_iter().chain(root_pages()) {
        let is_transcript = TRANSCRIPTS.iter().any(|name| path.ends_with(name));
        for pair in blocks(&read(&path)).windows(2).filter(|_| !is_transcript) {
            let prints = pair[0].language == "sh" && pair[0].text.contains("signoff ");
            if prints && pair[1].language == "text" && pair[0].heading == pair[1].heading {
                problems.push(format!("{}:{}: this page is not run", path.display(), pair[1].start));
            }
        }
    }
    none(&problems);
}
