//! The commands of the pages, run as they are printed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::blocks::{Block, blocks, book, none, read};
use crate::support::{copy, root, words};

/// A folder that is removed at the end.
pub struct Scratch(pub PathBuf);

impl Scratch {
    pub fn new(name: &str) -> Scratch {
        let path = std::env::temp_dir().join(format!("signoff-book-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("the folder for temporary files can be written");
        Scratch(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Runs a script in a folder with signoff, and with `curl` and `docker` that answer nothing, on the path.
/// What it prints, output and errors as they come.
pub fn bash(folder: &Path, script: &str) -> String {
    let bin = Path::new(env!("CARGO_BIN_EXE_signoff")).parent().expect("the binary is in a folder").to_owned();
    let path = std::env::var("PATH").unwrap_or_default();
    let path = format!("{}:{}:{path}", root().join("tests/book/bin").display(), bin.display());
    let mut command = Command::new("bash");
    command.current_dir(folder).arg("-c").arg(format!("exec 2>&1\n{script}")).env("PATH", path).env("NO_COLOR", "1");
    command.env_remove("SOURCE_DATE_EPOCH").env_remove("COLUMNS");
    let output = command.output().expect("bash can be started");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Writes files and runs commands in the order of a page; a `text` block after a command is what it prints.
///
/// With `UPDATE=1` the page is written anew with what the commands print now.
#[track_caller]
fn transcript(path: &Path) {
    let scratch = Scratch::new(&path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default());
    let page = read(path);
    let mut lines: Vec<String> = page.lines().map(str::to_owned).collect();
    let mut problems = Vec::new();
    let mut printed: Option<String> = None;
    let mut replacements: Vec<(Block, String)> = Vec::new();
    for block in blocks(&page) {
        if let Some(file) = block.file() {
            fs::write(scratch.0.join(file), &block.text).expect("a temporary file can be written");
        } else if block.language == "sh" {
            printed = Some(bash(&scratch.0, &block.text));
        } else if let ("text", Some(text)) = (block.language.as_str(), printed.take())
            && text.trim_end() != block.text.trim_end()
        {
            let (page, line) = (path.display(), block.start + 1);
            problems.push(format!("{page} line {line}: printed is\n{text}instead of\n{}", block.text));
            replacements.push((block, text));
        }
    }
    if std::env::var_os("UPDATE").is_some() {
        for (block, text) in replacements.iter().rev() {
            let end = block.start + block.text.lines().count();
            lines.splice(block.start..end, text.trim_end().lines().map(str::to_owned));
        }
        fs::write(path, lines.join("\n") + "\n").expect("the page can be written");
        return;
    }
    none(&problems);
}

#[test]
fn the_tutorial_works_as_printed() {
    transcript(&book().join("tutorial.md"));
}

#[test]
fn a_format_of_your_own_works_as_printed() {
    transcript(&book().join("own-json.md"));
}

#[test]
fn the_troubleshooting_prints_what_it_says() {
    transcript(&book().join("troubleshooting.md"));
}

/// The two commands of the README stand in it as the project promises them.
#[test]
fn the_readme_has_the_two_commands() {
    let readme = read(&root().join("README.md"));
    let commands: Vec<String> = blocks(&readme).into_iter().map(|block| block.text).collect();
    for command in ["cargo run --release -- report samples/ac-6-staging --out target/report\n", "cargo test\n"] {
        assert!(commands.iter().any(|text| text == command), "the README does not have {command}");
    }
}

/// What the README shows works on the evidence of a sample, one command after the other.
#[test]
fn the_readme_works_on_a_folder_of_evidence() {
    let readme = read(&root().join("README.md"));
    let shown = blocks(&readme).into_iter().find(|block| block.text.starts_with("signoff inspect artifacts/"));
    let scratch = Scratch::new("readme");
    copy(&root().join("samples/ac-6-staging/artifacts"), &scratch.0.join("artifacts"));
    let said = bash(&scratch.0, &format!("set -e\n{}echo all is well", shown.expect("it shows the way").text));
    assert!(said.ends_with("it is identical.\nall is well\n"), "{said}");
}

/// Every `signoff` command on any page is one that the real command line parses: `--help` at the end keeps it from
/// being run, and all before it is parsed.
#[test]
fn every_command_is_known() {
    let mut problems = Vec::new();
    let mut pages = crate::blocks::pages(&book());
    pages.retain(|path| !path.starts_with(book().join("reference")));
    pages.extend(crate::blocks::root_pages());
    let mut count = 0;
    for path in pages {
        for block in blocks(&read(&path)) {
            if !["sh", "yaml", "bash", "groovy"].contains(&block.language.as_str()) {
                continue;
            }
            for line in block.text.replace("\\\n", " ").lines() {
                let Some(rest) = call(line) else { continue };
                count += 1;
                let output = Command::new(env!("CARGO_BIN_EXE_signoff")).args(words(rest)).arg("--help").output();
                let output = output.expect("the binary can be started");
                if !output.status.success() {
                    let said = String::from_utf8_lossy(&output.stderr).into_owned();
                    problems.push(format!("{}:{}: {line}: {said}", path.display(), block.start));
                }
            }
        }
    }
    none(&problems);
    assert!(count > 30, "only {count} commands were found");
}

/// What stands after `signoff` in a line that calls it: a word of lower-case letters, the command.
fn call(line: &str) -> Option<&str> {
    line.match_indices("signoff ").find_map(|(at, found)| {
        let before = line[..at].chars().next_back();
        let is_word = before.is_none_or(|c| c.is_whitespace() || ['\'', '"', '('].contains(&c));
        let rest = line[at + found.len()..].trim_end_matches(['\'', ')']);
        let is_command = rest.split_whitespace().next()?.bytes().all(|byte| byte.is_ascii_lowercase());
        (is_word && is_command).then_some(rest)
    })
}
