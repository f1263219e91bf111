//! Code blocks of Markdown pages, and what several tests of the pages need.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{compare, entries, root};

/// The sources of the book.
pub fn book() -> PathBuf {
    root().join("book/src")
}

/// A fenced code block.
#[derive(Clone, Debug)]
pub struct Block {
    /// The word after the fence up to a comma or white space.
    pub language: String,
    /// All that stands after the fence.
    pub info: String,
    /// The lines.
    pub text: String,
    /// The last heading before it.
    pub heading: String,
    /// The line after the opening fence, from 0.
    pub start: usize,
}

impl Block {
    /// The value of `file=` in the info string.
    pub fn file(&self) -> Option<&str> {
        self.info.split([' ', ',']).find_map(|word| word.strip_prefix("file="))
    }
}

/// The code blocks of a page.
pub fn blocks(page: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut open: Option<(String, Block)> = None;
    let mut heading = String::new();
    for (number, line) in page.lines().enumerate() {
        let bare = line.trim_start();
        match &mut open {
            Some((fence, _)) if bare.trim_end() == fence => blocks.extend(open.take().map(|(_, block)| block)),
            Some((_, block)) => block.text += &format!("{line}\n"),
            None if bare.starts_with("```") => {
                let fence: String = bare.chars().take_while(|c| *c == '`').collect();
                let info = bare[fence.len()..].trim().to_owned();
                let language = info.split([' ', ',']).next().unwrap_or_default().to_owned();
                let block = Block { language, info, text: String::new(), heading: heading.clone(), start: number + 1 };
                open = Some((fence, block));
            }
            None if line.starts_with('#') => heading = line.trim_start_matches('#').trim().to_owned(),
            None => {}
        }
    }
    assert!(open.is_none(), "a code block is not closed");
    blocks
}

/// A page without its code, which holds no links.
pub fn prose(page: &str) -> String {
    let mut text = String::new();
    let mut fence: Option<String> = None;
    for line in page.lines() {
        let bare = line.trim();
        match &fence {
            Some(closing) if bare == closing => fence = None,
            Some(_) => {}
            None if bare.starts_with("```") => fence = Some(bare.chars().take_while(|c| *c == '`').collect()),
            None => {
                let outside: Vec<&str> =
                    if line.starts_with('#') { vec![line] } else { line.split('`').step_by(2).collect() };
                text += &format!("{}\n", outside.concat());
            }
        }
    }
    text
}

/// Every Markdown file under a folder.
pub fn pages(folder: &Path) -> Vec<PathBuf> {
    let mut pages = Vec::new();
    for path in entries(folder) {
        if path.is_dir() {
            pages.extend(self::pages(&path));
        } else if path.extension().is_some_and(|e| e == "md") {
            pages.push(path);
        }
    }
    pages
}

/// The pages at the root of the package.
pub fn root_pages() -> Vec<PathBuf> {
    ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"]
        .map(|name| root().join(name))
        .to_vec()
}

/// Reads a page.
#[track_caller]
pub fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Compares a generated page, or writes it.
#[track_caller]
pub fn generated(path: &Path, text: &str, problems: &mut Vec<String>) {
    if let (Some(folder), true) = (path.parent(), std::env::var_os("UPDATE").is_some()) {
        fs::create_dir_all(folder).expect("a folder of the book can be made");
    }
    compare(path, text, problems);
}

/// Fails with all problems.
#[track_caller]
pub fn none(problems: &[String]) {
    assert!(problems.is_empty(), "{} problems\n{}", problems.len(), problems.join("\n"));
}
