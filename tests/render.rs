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

/// The texts of Markdown that a page lacks, or has in another order.
fn missing(markdown: &str, page: &str) -> Vec<String> {
    let page = text_of_html(page);
    let mut at = page.find("Skip to the decision").expect("the page has a link to the decision");
    let mut missing = Vec::new();
    for event in Parser::new_ext(markdown, Options::ENABLE_TABLES) {
        let (Event::Text(text) | Event::Code(text)) = event else { continue };
        let wanted = text.split_whitespace().collect::<Vec<_>>().join(" ");
        match page[at..].find(&wanted) {
            Some(found) => at += found + wanted.len(),
            None => missing.push(wanted),
        }
    }
    missing
}

#[test]
fn markdown_and_html_state_the_same() {
    for ((sample, markdown), (_, page)) in expected("report.md").into_iter().zip(expected("report.html")) {
        assert_eq!(missing(&markdown, &page), Vec::<String>::new(), "{sample}");
    }
}

#[test]
fn a_fact_that_only_one_of_them_states_is_noticed() {
    let of_sample = |form| expected(form).remove(0).1;
    let (markdown, page) = (of_sample("report.md"), of_sample("report.html"));
    for (there, other) in
        [("61.8 ms", "61.9 ms"), ("ai-agents-worker", "ai-agents-walker"), ("Nothing blocks", "It blocks")]
    {
        assert!(markdown.contains(there), "{there}");
        assert!(!missing(&markdown.replace(there, other), &page).is_empty(), "{there} in Markdown");
        assert!(!missing(&markdown, &page.replace(there, other)).is_empty(), "{there} in HTML");
    }
}

#[test]
fn markdown_can_be_read_raw() {
    for (sample, markdown) in expected("report.md") {
        let lines = markdown.lines().count();
        let long = markdown.lines().filter(|line| line.chars().count() > 120).count();
        assert!(long * 6 < lines, "{sample}: {long} of {lines} lines are longer than 120 characters");
        assert!(!markdown.contains("\n\n\n") && !markdown.contains(" \n"), "{sample} has stray blanks");
    }
}

#[test]
fn what_is_long_is_cut_and_says_so() {
    let folder = std::env::temp_dir().join(format!("signoff-long-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a temporary folder can be made");
    let mut lines = String::new();
    let (name, message) = ("n".repeat(10_000), "m".repeat(1_000_000));
    for number in 0..20_000 {
        let (outcome, name, message) = match number {
            0 => ("failed", name.as_str(), message.as_str()),
            _ => ("passed", "short", ""),
        };
        let _ = writeln!(
            lines,
            "{{\"schema\":\"signoff.smoke/1\",\"name\":\"{number} {name}\",\"outcome\":\"{outcome}\",\"message\":\"{message}\"}}"
        );
    }
    let artifact = folder.join("smoke.ndjson");
    fs::write(&artifact, lines).expect("a temporary file can be written");
    let out = folder.join("out");
    let output = Command::new(env!("CARGO_BIN_EXE_signoff"))
        .args(["report", "--quiet", "--require", "smoke", "--format"])
        .args(["md,html,junit,json,summary,csv,ctrf,sarif,html-fragment", "--out"])
        .args([&out, &artifact])
        .output()
        .expect("the binary can be started");
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    let written = |name| fs::read_to_string(out.join(name)).expect("the file was written");
    for (form, most) in [("report.md", 20_000), ("report.html", 60_000), ("report.fragment.html", 50_000)] {
        let text = written(form);
        assert!(text.len() <= most, "{form} has {} bytes", text.len());
        assert!(text.contains("… (+999,400 chars)"), "{form} does not say how much of the message was cut");
        assert!(text.contains("19,999 tests that passed"), "{form} does not say what was folded");
    }
    assert!(written("report.json").contains(&message), "report.json holds all of it");
    fs::remove_dir_all(&folder).expect("the temporary folder can be removed");
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
        let _ = writeln!(
            lines,
            "{{\"schema\":\"signoff.smoke/1\",\"name\":\"test {number} prüft 名前\",\"outcome\":\"failed\",\"message\":\"expected {number}, got äöü\"}}"
        );
    }
    lines.push_str(
        "{\"schema\":\"signoff.smoke/1\",\"name\":\"accepted\",\"outcome\":\"failed\",\"message\":\"known\"}\n",
    );
    lines
        .push_str("{\"schema\":\"signoff.smoke/1\",\"name\":\"left\",\"outcome\":\"skipped\",\"message\":\"later\"}\n");
    let artifact = folder.join("smoke.ndjson");
    fs::write(&artifact, lines).expect("a temporary file can be written");
    let manifest = folder.join("signoff.toml");
    let title = "漢".repeat(400);
    let policy = format!(
        "[report]\ntitle = \"{title}\"\n[[waiver]]\ncheck = \"smoke.failed\"\nscope = \"accepted\"\n\
         owner = \"Release manager\"\nreason = \"known\"\nexpires = \"2999-01-01\"\n"
    );
    fs::write(&manifest, policy).expect("a temporary file can be written");
    let budgets = signoff::report::BUDGETS.iter().map(|(name, budget)| ((*name).to_owned(), *budget));
    let own =
        [1_000, 2_000, 5_000].map(|size| (size.to_string(), signoff::report::Budget { chars: size, bytes: size }));
    for (place, budget) in budgets.chain(own) {
        let out = folder.join("out");
        let output = Command::new(env!("CARGO_BIN_EXE_signoff"))
            .args(["report", "--quiet", "--require", "smoke", "--format", "summary", "--budget", &place])
            .args(["--as-of", "2026-01-01T00:00:00Z", "--manifest"])
            .arg(&manifest)
            .arg("--out")
            .args([&out, &artifact])
            .output()
            .expect("the binary can be started");
        assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
        let summary = fs::read_to_string(out.join("summary.md")).expect("the summary was written");
        assert!(summary.chars().count() <= budget.chars && summary.len() <= budget.bytes, "{place}: {}", summary.len());
        assert!(summary.starts_with("**FAILED**"), "{place}: {summary}");
        assert!(summary.contains("SHA-256 `"), "{place}: {summary}");
        let shown = summary.lines().filter(|line| line.starts_with("- smoke.failed: `test ")).count();
        let left = 5_000 - shown;
        if left > 0 {
            let grouped = if left < 1_000 { left.to_string() } else { format!("{},{:03}", left / 1_000, left % 1_000) };
            assert!(summary.contains(&format!("Left out here: {grouped} of \"Violated\"")), "{place}: {summary}");
        }
        if budget.bytes >= 2_000 {
            assert!(shown >= 3 && summary.contains("**Violated** (5,000)"), "{place}: {summary}");
            assert!(summary.contains("**Excused by a waiver** (1)"), "{place}: {summary}");
            assert!(summary.contains("accepted by Release manager until 2999-01-01"), "{place}: {summary}");
            assert!(summary.contains("`left` was skipped"), "{place}: {summary}");
        }
    }
    fs::remove_dir_all(&folder).expect("the temporary folder can be removed");
}

/// A file may hold as many runs as it likes; the table of scans has an end, and says what is behind it.
#[test]
fn the_table_of_scans_has_an_end() {
    let scratch = support::Scratch::new("render-scans");
    let folder = scratch.0.join("artifacts");
    fs::create_dir_all(&folder).expect("a temporary folder can be made");
    let run =
        r#"{"tool":{"driver":{"name":"alpha"}},"results":[{"ruleId":"a","level":"note","message":{"text":"b"}}]}"#;
    let sarif = format!(r#"{{"version":"2.1.0","runs":[{}]}}"#, vec![run; 203].join(","));
    fs::write(folder.join("many.sarif"), sarif).expect("a temporary file can be written");
    let (markdown, _) = support::reported(&mut support::signoff(), &scratch.0, &[]);
    let rows = markdown.lines().filter(|line| line.starts_with("| `alpha` ")).count();
    assert_eq!(rows, 200, "{markdown}");
    let rest = markdown.lines().find(|line| line.starts_with("| 3 more, which are not listed |")).expect("the rest");
    let cells: Vec<&str> = rest.split('|').map(str::trim).collect();
    assert_eq!(cells[2..6], ["", "", "3", "0"], "{rest}");
}
