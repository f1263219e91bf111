//! What the forms of a report have in common, over the expected reports of the samples, and the sizes of summaries.

#[allow(dead_code, reason = "each driver uses a part of it")]
mod support;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::process::Command;

use pulldown_cmark::{Event, Options, Parser};
use support::{entries, name, root};

fn expected(form: &str) -> Vec<(String, String)> {
    entries(&root().join("samples"))
        .into_iter()
        .filter(|path| path.is_dir())
        .map(|sample| {
            let file = sample.join("expected").join(form);
            (name(&sample), fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display())))
        })
        .collect()
}

/// The text of a page, without tags, references resolved, white space folded.
fn text_of_html(page: &str) -> String {
    let start = page.find("<body>").expect("a page has a body");
    let mut text = String::new();
    let mut in_tag = false;
    for char in page[start..].chars() {
        match char {
            '<' => in_tag = true,
            '>' if in_tag => {
                in_tag = false;
                text.push(' ');
            }
            _ if in_tag => {}
            other => text.push(other),
        }
    }
    let text = ["&lt;<", "&gt;>", "&quot;\"", "&#39;'", "&#96;`", "&amp;&"].iter().fold(text, |text, pair| {
        let (reference, char) = pair.split_at(pair.len() - 1);
        text.replace(reference, char)
    });
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn markdown_and_html_state_the_same() {
    for ((sample, markdown), (_, page)) in expected("report.md").into_iter().zip(expected("report.html")) {
        let page = text_of_html(&page);
        let mut at = page.find("Skip to the decision").expect("the page has a link to the decision");
        let mut missing = Vec::new();
        for event in Parser::new_ext(&markdown, Options::ENABLE_TABLES) {
            let (Event::Text(text) | Event::Code(text)) = event else { continue };
            let wanted = text.split_whitespace().collect::<Vec<_>>().join(" ");
            match page[at..].find(&wanted) {
                Some(found) => at += found + wanted.len(),
                None => missing.push(wanted),
            }
        }
        assert!(missing.is_empty(), "{sample}: the page lacks, or has in another order: {missing:?}");
    }
}

#[test]
fn every_link_of_a_page_leads_somewhere_and_nothing_is_loaded_or_run() {
    for (sample, page) in expected("report.html") {
        let values = |attribute: &str| -> BTreeSet<String> {
            page.split(&format!(" {attribute}=\""))
                .skip(1)
                .map(|rest| rest.split('"').next().unwrap_or("").to_owned())
                .collect()
        };
        let ids = values("id");
        for link in values("href").iter().filter_map(|link| link.strip_prefix('#').map(ToOwned::to_owned)) {
            assert!(ids.contains(&link), "{sample}: nothing has the id `{link}`");
        }
        assert_eq!(page.matches("<h1").count(), 1, "{sample}");
        for bad in
            ["<script", "<img", "<link", "<iframe", "<object", "<embed", " src=", "javascript:", " style=", " onclick"]
        {
            assert!(!page.contains(bad), "{sample} has {bad}");
        }
        assert!(page.len() <= 120_000, "{sample} has {} bytes", page.len());
    }
}

#[test]
fn headings_go_down_by_one() {
    for (sample, page) in expected("report.html") {
        let levels: Vec<u32> =
            page.match_indices("<h").filter_map(|(at, _)| page[at + 2..at + 3].parse().ok()).collect();
        for pair in levels.windows(2) {
            assert!(pair[1] <= pair[0] + 1, "{sample}: h{} follows h{}", pair[1], pair[0]);
        }
    }
}

#[test]
fn summaries_keep_to_their_budgets() {
    let folder = std::env::temp_dir().join(format!("signoff-budget-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a temporary folder can be made");
    let mut lines = String::new();
    for number in 0..5_000 {
        writeln!(
            lines,
            "{{\"schema\":\"signoff.smoke/1\",\"name\":\"test {number} prüft 名前\",\"outcome\":\"failed\",\"message\":\"expected {number}, got äöü\"}}"
        )
        .expect("a String takes all");
    }
    let artifact = folder.join("smoke.ndjson");
    fs::write(&artifact, lines).expect("a temporary file can be written");
    let budgets = signoff::report::summary::BUDGETS.iter().map(|(name, budget)| ((*name).to_owned(), *budget));
    let own = signoff::report::summary::Budget { chars: 2_000, bytes: 2_000 };
    for (place, budget) in budgets.chain([("2000".to_owned(), own)]) {
        let out = folder.join("out");
        let output = Command::new(env!("CARGO_BIN_EXE_signoff"))
            .args(["report", "--quiet", "--require", "smoke", "--format", "summary", "--budget", &place, "--out"])
            .args([&out, &artifact])
            .output()
            .expect("the binary can be started");
        assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
        let summary = fs::read_to_string(out.join("summary.md")).expect("the summary was written");
        assert!(summary.chars().count() <= budget.chars && summary.len() <= budget.bytes, "{place}: {}", summary.len());
        assert!(summary.starts_with("**FAILED**"), "{place}");
        assert!(summary.contains("**Violated** (5,000)"), "{place}");
        assert!(summary.contains("SHA-256"), "{place}");
    }
    fs::remove_dir_all(&folder).expect("the temporary folder can be removed");
}
