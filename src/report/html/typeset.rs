//! The Markdown of the report as HTML: headings with anchors, tables with captions, marks for status words, folded
//! blocks.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Write as _;

use pulldown_cmark::{Alignment, CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use crate::model::phrase::plural;
use crate::report::figures;
use crate::report::view::Subject;
use crate::safety::html;

/// Lines of a block of code up to which it is shown unfolded.
const LONG_BLOCK: usize = 14;
/// The heading under which lists are groups of tests.
const TEST_DETAILS: &str = "Test details";

/// A heading of the report.
pub(super) struct Heading {
    pub(super) level: u8,
    pub(super) id: String,
    pub(super) text: String,
    /// The status with which its section starts, and its class; `None` where it starts otherwise.
    pub(super) status: Option<(&'static str, &'static str)>,
}

/// The Markdown as HTML.
pub(super) struct Body {
    pub(super) title: String,
    /// What stands before the first section.
    pub(super) lead: String,
    pub(super) sections: Sections,
    pub(super) headings: Vec<Heading>,
}

/// Words that are marked by a colour of their own where they stand in bold.
const MARKED: &[(&str, &str)] = &[
    ("passed", "good"),
    ("succeeds", "good"),
    ("healthy", "good"),
    ("complete", "good"),
    ("better", "good"),
    ("unchanged", "good"),
    ("changed", "gap"),
    ("conditional", "warn"),
    ("warned", "warn"),
    ("partial", "warn"),
    ("open", "warn"),
    ("medium", "warn"),
    ("undecided", "gap"),
    ("skipped", "gap"),
    ("unknown", "gap"),
    ("info", "gap"),
    ("planned", "gap"),
    ("low", "gap"),
    ("failed", "bad"),
    ("fails", "bad"),
    ("errored", "bad"),
    ("unhealthy", "bad"),
    ("blocked", "bad"),
    ("critical", "bad"),
    ("high", "bad"),
    ("missing", "bad"),
    ("firing", "bad"),
    ("worse", "bad"),
    ("new", "bad"),
    ("newly failing", "bad"),
    ("newly skipped", "bad"),
    ("disappeared", "bad"),
];

/// The class of a status word, as it may stand in bold: `CONDITIONAL`, `Verdict: FAILED.`
pub(super) fn class_of(words: &str) -> Option<&'static str> {
    marked(words).map(|(_, class)| class)
}

fn marked(words: &str) -> Option<(&'static str, &'static str)> {
    let word = words.trim_end_matches('.').to_lowercase();
    let word = word.strip_prefix("verdict: ").unwrap_or(&word);
    MARKED.iter().copied().find(|(known, _)| *known == word)
}

/// The blocks of the document, one after the other.
struct Blocks<'m> {
    parser: Parser<'m>,
    /// The events of a block, and of the one that follows it; none at the end.
    here: Vec<Event<'m>>,
    ahead: Vec<Event<'m>>,
}

impl<'m> Blocks<'m> {
    fn new(markdown: &'m str) -> Blocks<'m> {
        let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
        let mut blocks = Blocks { parser: Parser::new_ext(markdown, options), here: Vec::new(), ahead: Vec::new() };
        blocks.read_ahead();
        blocks
    }

    /// Goes on to the next block; false where there is none.
    fn advance(&mut self) -> bool {
        std::mem::swap(&mut self.here, &mut self.ahead);
        self.ahead.clear();
        self.read_ahead();
        !self.here.is_empty()
    }

    /// Takes the block that follows as a part of this one.
    fn join(&mut self) {
        self.here.append(&mut self.ahead);
        self.read_ahead();
    }

    fn read_ahead(&mut self) {
        let mut depth = 0_usize;
        for event in &mut self.parser {
            match event {
                Event::Start(_) => depth += 1,
                Event::End(_) => depth = depth.saturating_sub(1),
                _ => {}
            }
            self.ahead.push(event);
            if depth == 0 {
                return;
            }
        }
    }
}

impl Body {
    pub(super) fn new(markdown: &str, subject: &Subject<'_>) -> Body {
        let mut blocks = Blocks::new(markdown);
        let (mut title, mut lead) = (String::new(), None);
        let mut headings: Vec<Heading> = Vec::new();
        let mut writer = Writer::default();
        // The drawings of sections, and where they stand: they lead to anchors that are all known at the end.
        let mut drawn = Vec::new();
        let mut last_level = 1;
        while blocks.advance() {
            let Event::Start(Tag::Heading { level, .. }) = &blocks.here[0] else {
                if writer.caption == TEST_DETAILS && is_group(&blocks.here[0], blocks.ahead.first()) {
                    blocks.join();
                }
                writer.events(&blocks.here);
                continue;
            };
            let text = plain_text(&blocks.here);
            let wanted = rank(*level);
            if wanted == 1 && title.is_empty() {
                title = text;
                continue;
            }
            lead.get_or_insert_with(|| std::mem::take(&mut writer.out));
            // A heading may go down by one level only; a page has one heading of the first.
            let level = wanted.clamp(2, last_level + 1);
            last_level = level;
            let id = writer.id(&text);
            if level == 2 {
                if !headings.is_empty() {
                    writer.out.push_str("</section>\n");
                }
                let _ = writeln!(writer.out, "<section aria-labelledby=\"{id}\">");
            }
            let _ = write!(writer.out, "<h{level} id=\"{id}\">");
            let end = blocks.here.len() - 1;
            writer.events(&blocks.here[1..end]);
            let _ = writeln!(writer.out, "</h{level}>");
            writer.caption.clone_from(&text);
            let status = status(&blocks.ahead);
            if level == 2 {
                // The status stands before the drawings.
                if status.is_some() && blocks.advance() {
                    writer.events(&blocks.here);
                }
                drawn.push((writer.out.len(), headings.len()));
            }
            writer.is_near = true;
            headings.push(Heading { level, id, text, status });
        }
        let Some(lead) = lead else {
            return Body { title, lead: writer.out, sections: Sections::default(), headings };
        };
        writer.out.push_str("</section>\n");
        let draw = |(at, heading): (usize, usize)| {
            let id = &headings[heading].id;
            (at, figures::of_section(id, subject, &writer.anchors))
        };
        let sections = Sections { drawings: drawn.into_iter().map(draw).collect(), html: writer.out };
        Body { title, lead, sections, headings }
    }
}

/// The sections, of which the drawings are kept apart.
#[derive(Default)]
pub(super) struct Sections {
    html: String,
    /// The drawings, and before which byte each of them stands.
    drawings: Vec<(usize, String)>,
}

impl Sections {
    /// How many bytes they have.
    pub(super) fn len(&self) -> usize {
        self.html.len() + self.drawings.iter().map(|(_, drawing)| drawing.len()).sum::<usize>()
    }

    /// Adds them to a page.
    pub(super) fn push_to(&self, page: &mut String) {
        let mut from = 0;
        for (at, drawing) in &self.drawings {
            page.push_str(&self.html[from..*at]);
            page.push_str(drawing);
            from = *at;
        }
        page.push_str(&self.html[from..]);
    }
}

/// Whether two blocks are the title and the list of a group of tests, under their heading.
fn is_group(title: &Event<'_>, list: Option<&Event<'_>>) -> bool {
    matches!(title, Event::Start(Tag::Paragraph)) && matches!(list, Some(Event::Start(Tag::List(Some(_)))))
}

/// The status with which a section starts: a paragraph whose first word in bold is one.
fn status(events: &[Event<'_>]) -> Option<(&'static str, &'static str)> {
    match events {
        [Event::Start(Tag::Paragraph), Event::Start(Tag::Strong), Event::Text(word), ..] => marked(word),
        _ => None,
    }
}

/// `a7` of `<a id="a7">`
fn anchor_id(html: &str) -> Option<&str> {
    let id = html.trim().strip_prefix("<a id=\"")?.strip_suffix("\">")?;
    let digits = id.strip_prefix('a')?;
    (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(id)
}

/// The index of the event that ends what the first event starts; 0 where it starts nothing.
fn block_end(events: &[Event<'_>]) -> usize {
    let mut depth = 0_usize;
    for (index, event) in events.iter().enumerate() {
        match event {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return index;
        }
    }
    events.len().saturating_sub(1)
}

/// Whether the items of a list are labels in bold, each with one line of what it labels.
fn is_facts(items: &[Event<'_>]) -> bool {
    let mut at = 0;
    while at < items.len() {
        let end = at + block_end(&items[at..]);
        let [Event::Start(Tag::Item), Event::Start(Tag::Strong), ..] = &items[at..=end] else { return false };
        let label = at + 1 + block_end(&items[at + 1..=end]);
        let is_block =
            |event: &Event<'_>| matches!(event, Event::Start(Tag::List(_) | Tag::Paragraph | Tag::CodeBlock(_)));
        if !plain_text(&items[at + 1..label]).ends_with(':') || items[label..end].iter().any(is_block) {
            return false;
        }
        at = end + 1;
    }
    !items.is_empty()
}

const fn rank(level: HeadingLevel) -> u8 {
    level as u8
}

fn plain_text(events: &[Event<'_>]) -> String {
    events
        .iter()
        .filter_map(|event| match event {
            Event::Text(text) | Event::Code(text) => Some(&**text),
            Event::SoftBreak | Event::HardBreak => Some(" "),
            _ => None,
        })
        .collect()
}

#[derive(Default)]
struct Table {
    alignments: Vec<Alignment>,
    /// The headings of the columns, escaped.
    titles: Vec<String>,
    column: usize,
    in_head: bool,
    /// Where the cell that is being written starts.
    start: usize,
    /// Tables so far.
    count: u32,
}

#[derive(Default)]
struct Writer {
    out: String,
    ids: HashMap<String, u32>,
    /// The ids of the anchors of artifacts.
    anchors: BTreeSet<String>,
    table: Table,
    /// What tables are about: the heading above them.
    caption: String,
    /// Whether the next table is the first one under its heading, which then is its caption for the eye.
    is_near: bool,
}

impl Writer {
    /// An id as GitHub makes it: lower-case letters and digits, `-` for spaces, unique on the page.
    fn id(&mut self, text: &str) -> String {
        let mut id = String::new();
        for char in text.chars() {
            match char {
                'a'..='z' | '0'..='9' | '-' | '_' => id.push(char),
                'A'..='Z' => id.push(char.to_ascii_lowercase()),
                ' ' => id.push('-'),
                _ => {}
            }
        }
        let count = self.ids.entry(id.clone()).or_default();
        *count += 1;
        match *count {
            1 if !id.is_empty() => id,
            count => format!("{id}-{count}"),
        }
    }

    fn events(&mut self, events: &[Event<'_>]) {
        let mut at = 0;
        while at < events.len() {
            at += self.next(&events[at..]);
        }
    }

    /// Writes the first of these events, or several that belong together, and says how many.
    fn next(&mut self, events: &[Event<'_>]) -> usize {
        let event = &events[0];
        // Where a block ends is looked for only where it matters.
        match event {
            Event::Start(Tag::CodeBlock(_)) => {
                let end = block_end(events);
                self.code_block(&events[1..end]);
                return end + 1;
            }
            Event::Start(Tag::List(None)) => {
                let end = block_end(events);
                if is_facts(&events[1..end]) {
                    self.facts(&events[1..end]);
                    return end + 1;
                }
            }
            Event::Start(Tag::Paragraph) if self.caption == TEST_DETAILS => {
                let end = block_end(events);
                if is_group(event, events.get(end + 1)) {
                    return end + 1 + self.group(&events[1..end], &events[end + 1..]);
                }
            }
            _ => {}
        }
        self.event(event);
        1
    }

    /// A block of code; a long one is folded.
    fn code_block(&mut self, events: &[Event<'_>]) {
        let text: String = plain_text(events);
        let lines = text.lines().count();
        let is_long = lines > LONG_BLOCK;
        if is_long {
            let _ = writeln!(self.out, "<details><summary>{}</summary>", plural(lines as u64, "line"));
        }
        self.out.push_str("<pre tabindex=\"0\"><code>");
        html::push_block(&mut self.out, &text);
        self.out.push_str("</code></pre>\n");
        if is_long {
            self.out.push_str("</details>\n");
        }
    }

    /// A list of labels and what they label.
    fn facts(&mut self, events: &[Event<'_>]) {
        self.out.push_str("<ul class=\"facts\">\n");
        let mut at = 0;
        while at < events.len() {
            let end = at + block_end(&events[at..]);
            let value = at + 1 + block_end(&events[at + 1..]) + 1;
            self.out.push_str("<li>");
            self.events(&events[at + 1..value]);
            self.out.push_str(" <span>");
            self.events(&events[value..end]);
            self.out.push_str("</span></li>\n");
            at = end + 1;
        }
        self.out.push_str("</ul>\n");
    }

    /// A group of tests under its title; folded where every test passed. Returns how many events the list has.
    fn group(&mut self, title: &[Event<'_>], list: &[Event<'_>]) -> usize {
        let end = block_end(list);
        let is_strong = |pair: &&[Event<'_>]| matches!(pair[0], Event::Start(Tag::Strong));
        let passed = |pair: &[Event<'_>]| matches!(&pair[1], Event::Text(word) if **word == *"passed");
        let all_passed = list[..end].windows(2).filter(is_strong).all(passed);
        self.out.push_str(if all_passed { "<details class=\"group\">" } else { "<details class=\"group\" open>" });
        self.out.push_str("<summary>");
        self.events(title);
        self.out.push_str("</summary>\n");
        self.event(&list[0]);
        self.events(&list[1..=end]);
        self.out.push_str("</details>\n");
        end + 1
    }

    fn event(&mut self, event: &Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(*tag),
            Event::Text(text) => html::push_text(&mut self.out, text),
            Event::Code(text) => {
                self.out.push_str("<code>");
                html::push_text(&mut self.out, text);
                self.out.push_str("</code>");
            }
            Event::Html(text) | Event::InlineHtml(text) => self.raw(text),
            Event::SoftBreak => self.out.push('\n'),
            Event::HardBreak => self.out.push_str("<br>\n"),
            Event::Rule => self.out.push_str("<hr>\n"),
            Event::FootnoteReference(text) | Event::InlineMath(text) | Event::DisplayMath(text) => {
                html::push_text(&mut self.out, text);
            }
            Event::TaskListMarker(done) => self.out.push_str(if *done { "[x] " } else { "[ ] " }),
        }
    }

    /// Of raw HTML only the anchors of artifacts and folding blocks are let through; all else is text.
    fn raw(&mut self, text: &CowStr<'_>) {
        match anchor_id(text) {
            Some(id) => {
                let _ = write!(self.out, "<span id=\"{id}\"></span>");
                self.anchors.insert(id.to_owned());
            }
            None if text.trim() == "</a>" => {}
            None => html::push_text(&mut self.out, text),
        }
    }

    fn start(&mut self, tag: &Tag<'_>) {
        match tag {
            Tag::Paragraph => self.out.push_str("<p>"),
            Tag::Heading { .. } => self.out.push_str("<p><b>"),
            Tag::BlockQuote(_) => self.out.push_str("<blockquote>\n"),
            Tag::List(None) => self.out.push_str("<ul>\n"),
            Tag::List(Some(first)) => {
                let _ = writeln!(self.out, "<ol start=\"{first}\">");
            }
            Tag::Item => self.out.push_str("<li>"),
            Tag::Table(alignments) => {
                let numbers = alignments.iter().filter(|alignment| **alignment == Alignment::Right).count();
                // On a phone a table of words is shown as a list of its rows; a table of numbers is moved sideways.
                let kind =
                    if 2 * numbers < alignments.len() && alignments.len() > 2 { "scroll cards" } else { "scroll" };
                self.table = Table { alignments: alignments.clone(), count: self.table.count + 1, ..Table::default() };
                let number = self.table.count;
                let about = self.caption.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.' || c == ' ');
                let caption = html::text(about).into_owned();
                let near = if std::mem::take(&mut self.is_near) { " class=\"near\"" } else { "" };
                let _ = write!(
                    self.out,
                    "<div class=\"{kind}\" role=\"region\" tabindex=\"0\" aria-label=\"Table {number}: {caption}\">\
                     <table border=\"1\" cellpadding=\"4\">\n<caption{near}>Table {number}: {caption}</caption>\n"
                );
            }
            Tag::TableHead => {
                self.table.in_head = true;
                self.table.column = 0;
                self.out.push_str("<thead><tr>");
            }
            Tag::TableRow => {
                self.table.column = 0;
                self.out.push_str("<tr>");
            }
            Tag::TableCell => {
                let right = self.table.alignments.get(self.table.column) == Some(&Alignment::Right);
                let class = if right { " class=\"num\" align=\"right\"" } else { "" };
                let (start, title) = match (self.table.in_head, self.table.column) {
                    (true, _) => ("<th scope=\"col\"", None),
                    (false, 0) => ("<th scope=\"row\"", None),
                    (false, column) => ("<td", self.table.titles.get(column)),
                };
                self.out.push_str(start);
                self.out.push_str(class);
                if let Some(title) = title {
                    self.out.push_str(" data-l=\"");
                    self.out.push_str(title);
                    self.out.push('"');
                }
                self.out.push('>');
                self.table.start = self.out.len();
            }
            Tag::Emphasis => self.out.push_str("<em>"),
            Tag::Strong => self.out.push_str("<strong>"),
            Tag::Strikethrough => self.out.push_str("<del>"),
            Tag::Link { dest_url, .. } => {
                let inner = dest_url.starts_with('#');
                let web = dest_url.starts_with("https://") || dest_url.starts_with("http://");
                let href = html::text(dest_url).into_owned();
                match (inner, web) {
                    (true, _) => {
                        let _ = write!(self.out, "<a href=\"{href}\">");
                    }
                    (false, true) => {
                        let _ = write!(self.out, "<a href=\"{href}\" rel=\"noopener noreferrer nofollow\">");
                    }
                    // Any other scheme could do something: only the text of the link is shown.
                    (false, false) => self.out.push_str("<a>"),
                }
            }
            // No picture is ever loaded; its text is shown.
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph => self.out.push_str("</p>\n"),
            TagEnd::Heading(_) => self.out.push_str("</b></p>\n"),
            TagEnd::BlockQuote(_) => self.out.push_str("</blockquote>\n"),
            TagEnd::List(true) => self.out.push_str("</ol>\n"),
            TagEnd::List(false) => self.out.push_str("</ul>\n"),
            TagEnd::Item => self.out.push_str("</li>\n"),
            TagEnd::Table => self.out.push_str("</tbody></table></div>\n"),
            TagEnd::TableHead => {
                self.table.in_head = false;
                self.out.push_str("</tr></thead>\n<tbody>\n");
            }
            TagEnd::TableRow => self.out.push_str("</tr>\n"),
            TagEnd::TableCell => {
                if self.table.in_head {
                    let title = self.out[self.table.start..].to_owned();
                    // A heading with markup in it is not repeated as an attribute.
                    self.table.titles.push(if title.contains('<') { String::new() } else { title });
                }
                self.out.push_str(match (self.table.in_head, self.table.column) {
                    (true, _) | (false, 0) => "</th>",
                    (false, _) => "</td>",
                });
                self.table.column += 1;
            }
            TagEnd::Emphasis => self.out.push_str("</em>"),
            TagEnd::Strong => {
                self.mark();
                self.out.push_str("</strong>");
            }
            TagEnd::Strikethrough => self.out.push_str("</del>"),
            TagEnd::Link => self.out.push_str("</a>"),
            _ => {}
        }
    }

    /// Gives a status word in bold its class.
    fn mark(&mut self) {
        let Some(at) = self.out.rfind("<strong>") else { return };
        if let Some(class) = class_of(&self.out[at + "<strong>".len()..]) {
            let class = format!("<strong class=\"s {class}\">");
            self.out.replace_range(at..at + "<strong>".len(), &class);
        }
    }
}
