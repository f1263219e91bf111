//! Every link between pages leads to a page and to a heading of it, and every page can be reached.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::blocks::{book, none, pages, prose, read, root_pages};

/// The targets of the links of a page.
fn links(page: &str) -> Vec<String> {
    let text = prose(page);
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split([')', ' ']).next());
    targets.filter(|target| !target.is_empty()).map(str::to_owned).collect()
}

/// The anchors that mdBook and code hosts give to the headings of a page.
fn anchors(page: &str) -> BTreeSet<String> {
    let headings = prose(page);
    let headings = headings.lines().filter(|line| line.starts_with('#'));
    headings
        .map(|line| {
            let text = line.trim_start_matches('#').trim().to_lowercase();
            let kept = text.chars().filter(|c| c.is_alphanumeric() || [' ', '-', '_'].contains(c));
            kept.map(|c| if c == ' ' { '-' } else { c }).collect()
        })
        .collect()
}

fn check(page: &Path, problems: &mut Vec<String>) {
    let text = read(page);
    for link in links(&text) {
        if link.contains("://") || link.starts_with("mailto:") {
            continue;
        }
        let (path, anchor) = link.split_once('#').unwrap_or((&link, ""));
        let target: PathBuf = if path.is_empty() { page.to_owned() } else { page.with_file_name("").join(path) };
        if !target.exists() {
            problems.push(format!("{}: {link} leads nowhere", page.display()));
        } else if !anchor.is_empty() && !anchors(&read(&target)).contains(anchor) {
            problems.push(format!("{}: {link} names no heading", page.display()));
        }
    }
}

#[test]
fn every_link_leads_somewhere() {
    let mut problems = Vec::new();
    for page in pages(&book()).into_iter().chain(root_pages()) {
        check(&page, &mut problems);
    }
    none(&problems);
}

#[test]
fn every_page_is_in_the_summary() {
    let summary = read(&book().join("SUMMARY.md"));
    let listed: BTreeSet<PathBuf> = links(&summary).iter().map(|link| book().join(link)).collect();
    let mut problems = Vec::new();
    for page in pages(&book()).into_iter().filter(|page| !page.ends_with("SUMMARY.md")) {
        if !listed.contains(&page) {
            problems.push(format!("{} is not in the summary", page.display()));
        }
    }
    none(&problems);
}
