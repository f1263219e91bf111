//! What holds for every text, checked with generated ones.

use proptest::prelude::*;
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag};

use super::redact::{Counts, Redactor};
use super::{csv, html, markdown, terminal, visible, xml};

/// Any text: characters at random, what structure is made of, and pieces that look like secrets.
fn hostile() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "`",
        "``",
        "|",
        "\\",
        "\\|",
        " ",
        "<b>",
        "&amp;",
        "*",
        "_",
        "[x](y)",
        "\n",
        "\r\n",
        "```",
        "~~~",
        "# ",
        "- ",
        "\u{1b}[31m",
        "\u{1b}",
        "\u{202e}",
        "\u{200b}",
        "\u{301}",
        "a",
        "É",
        "::",
        "##vso[",
        "##",
        "[[ATTACHMENT|",
        "password",
        "=",
        ": ",
        "\"",
        "'",
        "token",
        "hunter2X",
        "[redacted:password]",
        "[redacted:",
        "]",
        "Bearer ",
        "https://",
        "u:p",
        "@",
        "host.example",
        "%3D",
        "%40",
        "&quot;",
        "\\\"",
        "\\u003d",
        "Cookie: ",
        "a=b; ",
        "--secret ",
        "-p",
        "-----BEGIN PRIVATE",
        " KEY-----",
        "10.1.2.3",
        "?code=",
        "cGFzc3dvcmQ9aHVudGVyMkFCQ0RFRg==",
        "Authorization",
        "<token>",
        "0",
        "4012888888881881",
        ",",
        "kind: Secret\ndata:\n  a: ",
    ]);
    prop_oneof![".{0,40}".boxed(), prop::collection::vec(pieces, 0..14).prop_map(|parts| parts.concat()).boxed()]
}

fn controls(text: &str) -> Option<char> {
    text.chars().find(|c| *c != '\n' && visible::is_hidden(*c))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_hidden_reaches_an_output(text in hostile()) {
        for shown in [
            visible::one_line(&text).into_owned(),
            visible::block(&text).into_owned(),
            markdown::cell(&text).into_string(),
            markdown::fence(&text).into_string(),
            markdown::prose(&text).into_string(),
            html::text(&text).into_owned(),
            xml::text(&text).into_owned(),
            xml::attribute(&text).into_owned(),
            csv::field(&text).into_owned(),
            terminal::line(&text).into_owned(),
            terminal::message(&text),
        ] {
            prop_assert_eq!(controls(&shown), None, "{:?}", shown);
        }
        for shown in [visible::one_line(&text), terminal::line(&text), html::text(&text)] {
            prop_assert!(!shown.contains('\n'));
        }
    }

    #[test]
    fn what_was_done_once_is_done(text in hostile()) {
        let line = visible::one_line(&text);
        prop_assert_eq!(visible::one_line(&line), line.clone());
        let block = visible::block(&text);
        prop_assert_eq!(visible::block(&block), block.clone());
        let safe = terminal::line(&text);
        prop_assert_eq!(terminal::line(&safe), safe.clone());
        let redactor = Redactor::standard();
        let mut counts = Counts::default();
        let once = redactor.redact(&text, &mut counts).into_owned();
        let mut none = Counts::default();
        prop_assert_eq!(redactor.redact(&once, &mut none), once.as_str());
        prop_assert_eq!(none.total(), 0);
        prop_assert_eq!(counts.total() == 0, once == text);
    }

    #[test]
    fn no_line_of_a_log_is_a_command(text in hostile()) {
        let line = terminal::line(&text);
        prop_assert!(!line.trim_start().starts_with("::") && !line.contains("##vso[") && !line.contains("##["));
        prop_assert!(!xml::text(&text).contains("[[ATTACHMENT|"));
    }

    #[test]
    fn a_cell_is_one_cell_and_holds_its_text(text in hostile()) {
        let table = format!("| A | B | C |\n| --- | --- | --- |\n| x | {} | z |\n\nafter\n", markdown::cell(&text));
        let mut rows: Vec<Vec<Vec<Event<'_>>>> = Vec::new();
        let mut after = String::new();
        let mut is_in_table = false;
        for event in Parser::new_ext(&table, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH) {
            match (event, rows.last_mut()) {
                (Event::Start(Tag::Table(_)), _) => is_in_table = true,
                (Event::End(pulldown_cmark::TagEnd::Table), _) => is_in_table = false,
                (Event::Start(Tag::TableHead | Tag::TableRow), _) => rows.push(Vec::new()),
                (Event::Start(Tag::TableCell), Some(row)) => row.push(Vec::new()),
                (Event::End(_) | Event::Start(Tag::Paragraph), _) => {}
                (event, Some(row)) if is_in_table => row.iter_mut().last().into_iter().for_each(|cell| cell.push(event.clone())),
                (Event::Text(text), _) => after.push_str(&text),
                (event, _) => prop_assert!(false, "{event:?} in {table:?}"),
            }
        }
        let shown = visible::one_line(&text).into_owned();
        let expected = match shown.trim() {
            "" if shown.is_empty() => Event::Text("(empty)".into()),
            "" => Event::Text("(blank)".into()),
            _ => Event::Code(shown.into()),
        };
        let row = vec![vec![Event::Text("x".into())], vec![expected], vec![Event::Text("z".into())]];
        prop_assert_eq!(rows.len(), 2, "{}", table);
        prop_assert_eq!(&rows[1], &row, "{}", table);
        prop_assert_eq!(after, "after");
    }

    #[test]
    fn a_code_span_holds_its_text(text in hostile()) {
        let paragraph = format!("before {} after", markdown::code(&text));
        let spans: Vec<_> = Parser::new_ext(&paragraph, Options::ENABLE_TABLES).collect();
        let shown = visible::one_line(&text).into_owned();
        if !shown.trim().is_empty() {
            prop_assert!(spans.contains(&Event::Code(shown.into())), "{}", paragraph);
            prop_assert_eq!(spans.len(), 5, "{}", paragraph);
        }
    }

    #[test]
    fn a_fence_is_one_block_and_holds_its_text(text in hostile()) {
        let page = format!("before\n\n{}\nafter\n", markdown::fence(&text));
        let events: Vec<_> = Parser::new_ext(&page, Options::ENABLE_TABLES).collect();
        let blocks = events.iter().filter(|event| matches!(event, Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(_))))).count();
        let content: String = events.iter().filter_map(|event| if let Event::Text(text) = event { Some(text.as_ref()) } else { None }).collect();
        let shown = visible::block(&text).into_owned();
        let shown = shown.strip_suffix('\n').unwrap_or(&shown);
        prop_assert_eq!(blocks, 1, "{}", page);
        // An empty last line is the fence's own.
        let expected = if shown.is_empty() { "before\nafter".to_owned() } else { format!("before{shown}\nafter") };
        prop_assert_eq!(content.trim_end(), expected, "{}", page);
    }

    #[test]
    fn prose_is_its_text(text in hostile()) {
        let paragraph = format!("x {}", markdown::prose(&text));
        let mut content = String::new();
        for event in Parser::new_ext(&paragraph, Options::all() - Options::ENABLE_SMART_PUNCTUATION) {
            match event {
                Event::Text(text) => content.push_str(&text),
                Event::Start(Tag::Paragraph) | Event::End(_) => {}
                event => prop_assert!(false, "{event:?} in {paragraph:?}"),
            }
        }
        let shown = visible::one_line(&text).into_owned();
        let expected = format!("x {}", shown.trim());
        prop_assert_eq!(content.trim(), expected.trim());
    }
}
