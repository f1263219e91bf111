//! From the text of a template to its tree.
//!
//! White space follows Handlebars: a line that holds nothing but one tag of a block, one comment or one partial goes
//! with its line feed; `~` in a tag takes all white space on that side.

use std::borrow::Cow;

use memchr::memmem;

use super::error::Problem;
use super::helpers::{self, HELPERS, Made};
use super::path::{BLOCK_PARTIAL, Cursor, Fault, MAX_NESTED};
use super::tree::{Branch, Expression, Include, Kind, Node, Start, Term};
use crate::diagnostics::nearest;

/// Parses a template. `templates` are the names of all.
pub(super) fn parse<'t>(text: &'t str, templates: &[&'static str]) -> Result<Vec<Node<'t>>, Fault> {
    let cursor = Cursor { text, at: 0, scopes: Vec::new() };
    let mut parser = Parser { cursor, templates, from: 0, trim: Trim::Nothing, tag_end: 0 };
    match parser.body()? {
        (nodes, End::File) => Ok(nodes),
        (_, End::Else(at, _)) => Err((at, Problem::ElseOfNothing)),
        (_, End::Close(at, word)) => Err((at, Problem::ClosesNothing(word.to_owned()))),
    }
}

struct Parser<'t, 'n> {
    cursor: Cursor<'t>,
    templates: &'n [&'static str],
    /// Where the text starts that is not in the tree yet.
    from: usize,
    /// What is taken away at its start.
    trim: Trim,
    /// Where the last tag ends; 0 before the first.
    tag_end: usize,
}

/// What a tag takes away of the text after it.
#[derive(Clone, Copy)]
enum Trim {
    Nothing,
    /// The rest of the line, which is blank.
    Line,
    /// All white space.
    Space,
}

enum Tag<'t> {
    /// A value or what a helper writes: it stands in its line.
    Inline(Node<'t>),
    Comment,
    Partial(Include<'t>),
    Open(Opening<'t>),
    Else(Option<Opening<'t>>),
    Close(&'t str),
}

/// `{{#word value as |name name|}}`, `{{else word value}}`
struct Opening<'t> {
    at: usize,
    word: &'t str,
    kind: Kind,
    value: Expression<'t>,
    /// `None` where paths start from the same as outside.
    names: Option<Vec<&'t str>>,
}

/// What ends the body of a block, and where it stands.
enum End<'t> {
    File,
    Else(usize, Option<Opening<'t>>),
    Close(usize, &'t str),
}

impl<'t> Parser<'t, '_> {
    /// Up to the end of the file, the end of a block, or an `else`.
    fn body(&mut self) -> Result<(Vec<Node<'t>>, End<'t>), Fault> {
        let mut nodes = Vec::new();
        while let Some((start, text_end)) = self.next_tag(&mut nodes) {
            match self.tag(start, text_end, &mut nodes)? {
                Tag::Comment => {}
                Tag::Inline(node) => nodes.push(node),
                Tag::Partial(include) => nodes.push(Node::Include(include)),
                Tag::Open(opening) => nodes.push(self.block(opening)?),
                Tag::Else(opening) => return Ok((nodes, End::Else(start, opening))),
                Tag::Close(word) => return Ok((nodes, End::Close(start, word))),
            }
        }
        self.text(self.cursor.text.len(), Trim::Nothing, &mut nodes);
        Ok((nodes, End::File))
    }

    /// Where the next tag starts, and where the text before it ends. `\{{` is text, and `\\{{` is a backslash and a
    /// tag.
    fn next_tag(&mut self, nodes: &mut Vec<Node<'t>>) -> Option<(usize, usize)> {
        loop {
            let start = self.cursor.at + memmem::find(self.cursor.rest().as_bytes(), b"{{")?;
            let text = &self.cursor.text[self.from..start];
            if !text.ends_with('\\') {
                return Some((start, start));
            }
            if text.ends_with("\\\\") {
                return Some((start, start - 1));
            }
            self.text(start - 1, Trim::Nothing, nodes);
            (self.from, self.trim) = (start, Trim::Nothing);
            self.cursor.at = start;
            while self.cursor.eat("{") {}
        }
    }

    /// Text up to a place, less what the tag before it and the tag after it take away.
    fn text(&mut self, end: usize, trim_end: Trim, nodes: &mut Vec<Node<'t>>) {
        let mut text = &self.cursor.text[self.from..end];
        text = match self.trim {
            Trim::Nothing => text,
            Trim::Line => after_line(text).unwrap_or(text),
            Trim::Space => text.trim_start(),
        };
        text = match trim_end {
            Trim::Nothing => text,
            Trim::Line => text.trim_end_matches([' ', '\t']),
            Trim::Space => text.trim_end(),
        };
        if !text.is_empty() {
            nodes.push(Node::Text(text));
        }
    }

    /// The tag that starts here; the text before it comes into the tree.
    fn tag(&mut self, start: usize, text_end: usize, nodes: &mut Vec<Node<'t>>) -> Result<Tag<'t>, Fault> {
        self.cursor.at = start + 2;
        if self.cursor.rest().starts_with("{{") {
            return Err((start, Problem::Refused("raw blocks (`{{{{`)", Some("for braces write `\\{{`"))));
        }
        let trims_before = self.cursor.eat("~");
        let (mut tag, trims_after) = self.content(start)?;
        let end = self.cursor.at;
        let text = self.cursor.text;
        let indent = blank_before(&text[self.tag_end..start], self.tag_end == 0);
        let line_ends = after_line(&text[end..]).is_some();
        let is_alone = indent.is_some() && line_ends && !matches!(tag, Tag::Inline(_));
        if let (Tag::Partial(include), Some(indent), true) = (&mut tag, indent, is_alone) {
            // Where `~` takes the blanks before it, they indent nothing.
            let is_taken = trims_before || matches!(self.trim, Trim::Space) && text[self.from..start].trim().is_empty();
            include.indent = if is_taken { "" } else { indent };
        }
        let trim = |takes_all| match (takes_all, is_alone) {
            (true, _) => Trim::Space,
            (false, true) => Trim::Line,
            (false, false) => Trim::Nothing,
        };
        self.text(text_end, trim(trims_before), nodes);
        (self.from, self.trim, self.tag_end) = (end, trim(trims_after), end);
        Ok(tag)
    }

    /// What stands in a tag up to its end, and whether it takes away the white space after it.
    fn content(&mut self, start: usize) -> Result<(Tag<'t>, bool), Fault> {
        if self.cursor.eat("{") {
            let tag = self.inline()?;
            self.cursor.space();
            if !self.cursor.eat("}") {
                return Err(self.cursor.unexpected());
            }
            return Ok((tag, self.close(start)?));
        }
        self.cursor.space();
        let at = self.cursor.at;
        if self.cursor.eat("!") {
            return Ok((Tag::Comment, self.comment(start)?));
        }
        let tag = if self.cursor.eat("#") {
            self.refuse(&[("*", "inline partials"), (">", BLOCK_PARTIAL)])?;
            Tag::Open(self.opening(start)?)
        } else if self.cursor.eat("/") {
            self.cursor.space();
            Tag::Close(self.cursor.name())
        } else if self.cursor.eat(">") {
            Tag::Partial(self.partial()?)
        } else if self.cursor.eat("^") || self.cursor.name() == "else" {
            self.alternative(start, at)?
        } else {
            self.cursor.at = at;
            self.refuse(&[("*", "decorators")])?;
            self.cursor.eat("&");
            self.inline()?
        };
        Ok((tag, self.close(start)?))
    }

    fn refuse(&self, signs: &[(&str, &'static str)]) -> Result<(), Fault> {
        let found = signs.iter().find(|(sign, _)| self.cursor.rest().starts_with(sign));
        found.map_or(Ok(()), |(_, what)| Err((self.cursor.at, Problem::Refused(what, None))))
    }

    /// The end of a tag.
    fn close(&mut self, start: usize) -> Result<bool, Fault> {
        self.cursor.space();
        let trims_after = self.cursor.eat("~");
        match self.cursor.eat("}}") {
            true => Ok(trims_after),
            false if self.cursor.peek().is_none() => Err((start, Problem::Open("the tag"))),
            false => Err(self.cursor.unexpected()),
        }
    }

    /// The rest of a comment: up to `--}}` where it starts with `--`.
    fn comment(&mut self, start: usize) -> Result<bool, Fault> {
        let rest = self.cursor.rest();
        let open = (start, Problem::Open("the comment"));
        if !rest.starts_with("--") {
            let end = rest.find("}}").ok_or(open)?;
            self.cursor.at += end + 2;
            return Ok(rest[..end].ends_with('~'));
        }
        for end in memmem::find_iter(rest.as_bytes(), b"}}") {
            let inside = &rest[..end];
            let trims_after = inside.ends_with("--~");
            if trims_after || inside.ends_with("--") {
                self.cursor.at += end + 2;
                return Ok(trims_after);
            }
        }
        Err(open)
    }

    /// A value, or a helper that writes.
    fn inline(&mut self) -> Result<Tag<'t>, Fault> {
        self.cursor.space();
        let first = self.cursor.expression(0)?;
        let (at, name) = (first.at, first.written);
        let values = self.cursor.expressions()?;
        let helper = helpers::helper(name);
        let node = match (&first.term, helper) {
            // A name that a block gives hides the helper of this name.
            (Term::Path(Start::Named(..), _), _) | (_, None) if values.is_empty() => match &first.term {
                Term::Path(..) | Term::Call(_) => Node::Plain(first),
                Term::Null | Term::Bool(_) | Term::Number(_) | Term::Text(_) => {
                    return Err((at, Problem::Refused("literals by themselves", Some("write it without braces"))));
                }
            },
            (_, None) => return Err((at, helpers::unknown(name))),
            (_, Some(helper)) => match helper.with(name, values).map_err(|problem| (at, problem))? {
                Made::Value(call) => {
                    let written = self.cursor.text[at..self.cursor.at].trim_end();
                    Node::Plain(Expression { at, written, term: Term::Call(call) })
                }
                Made::Written(node) => node,
            },
        };
        if let Node::Include(include) = &node {
            self.is_known(include)?;
        }
        Ok(Tag::Inline(node))
    }

    /// `> name`, `> name context`
    fn partial(&mut self) -> Result<Include<'t>, Fault> {
        self.cursor.space();
        let at = self.cursor.at;
        let name = match self.cursor.peek() {
            Some('(' | '"' | '\'' | '@') => self.cursor.expression(0)?,
            _ => {
                // A slash or a full stop is a part of the name here.
                while !self.cursor.name().is_empty() || self.cursor.eat("/") || self.cursor.eat(".") {}
                let written = &self.cursor.text[at..self.cursor.at];
                if written.is_empty() {
                    return Err(self.cursor.unexpected());
                }
                Expression { at, written, term: Term::Text(Cow::Borrowed(written)) }
            }
        };
        let mut values = self.cursor.expressions()?;
        if values.len() > 1 {
            let problem =
                Problem::Count { name: "> name".to_owned(), wanted: "1 value at most", n_values: values.len() };
            return Err((at, problem));
        }
        let include = Include { name, context: values.pop(), indent: "" };
        self.is_known(&include)?;
        Ok(include)
    }

    /// A name of a template that is written out has to be one.
    fn is_known(&self, include: &Include<'t>) -> Result<(), Fault> {
        match &include.name.term {
            Term::Text(name) if !self.templates.contains(&name.as_ref()) => {
                Err((include.name.at, unknown_template(name, self.templates)))
            }
            _ => Ok(()),
        }
    }

    /// `{{else}}`, `{{^}}`, `{{else if x}}`
    fn alternative(&mut self, start: usize, at: usize) -> Result<Tag<'t>, Fault> {
        self.cursor.space();
        if self.cursor.rest().starts_with(['}', '~']) {
            return Ok(Tag::Else(None));
        }
        if self.cursor.text[at..].starts_with('^') {
            let instead = Some("write `{{else if …}}` or `{{#unless …}}`");
            return Err((start, Problem::Refused("names after `^`", instead)));
        }
        // What comes here does not stand in the branch before it.
        let left = self.cursor.scopes.pop();
        let opening = self.opening(start);
        self.cursor.scopes.extend(left);
        Ok(Tag::Else(Some(opening?)))
    }

    /// `if value`, `each value as |item index|`
    fn opening(&mut self, start: usize) -> Result<Opening<'t>, Fault> {
        self.cursor.space();
        let at = self.cursor.at;
        let word = self.cursor.name();
        if word.is_empty() {
            return Err(self.cursor.unexpected());
        }
        let kind = Kind::ALL.iter().find(|(known, _)| *known == word).map(|(_, kind)| *kind);
        let test = helpers::helper(word).filter(|helper| helper.is_test());
        if kind.is_none() && test.is_none() {
            self.cursor.space();
            return Err((at, unknown_block(word, self.cursor.rest().starts_with(['}', '~']))));
        }
        let mut values = self.cursor.expressions()?;
        let names = self.names()?;
        let kind = kind.unwrap_or(Kind::If);
        let value = match test {
            // `{{#eq a b}}` is short for `{{#if (eq a b)}}`.
            Some(helper) => match helper.with(word, values).map_err(|problem| (at, problem))? {
                Made::Value(call) => Expression { at, written: word, term: Term::Call(call) },
                Made::Written(_) => return Err((at, Problem::GivesNothing(word.to_owned()))),
            },
            None => match (values.pop(), values.len()) {
                (Some(value), 0) => value,
                (value, more) => {
                    let n_values = more + usize::from(value.is_some());
                    return Err((at, Problem::Count { name: format!("#{word}"), wanted: "1 value", n_values }));
                }
            },
        };
        let (most, in_words) = match kind {
            Kind::If | Kind::Unless => (0, "no name"),
            Kind::With => (1, "1 name at most"),
            Kind::Each => (2, "2 names at most"),
        };
        if names.len() > most {
            return Err((at, Problem::Names { name: word.to_owned(), most: in_words }));
        }
        let names = matches!(kind, Kind::With | Kind::Each).then_some(names);
        Ok(Opening { at: start, word, kind, value, names })
    }

    /// `as |item index|`, or nothing.
    fn names(&mut self) -> Result<Vec<&'t str>, Fault> {
        let mut names = Vec::new();
        if !self.cursor.eat("as") {
            return Ok(names);
        }
        self.cursor.space();
        self.cursor.eat("|");
        loop {
            self.cursor.space();
            if self.cursor.eat("|") {
                return Ok(names);
            }
            match self.cursor.name() {
                "" => return Err(self.cursor.unexpected()),
                name => names.push(name),
            }
        }
    }

    /// The rest of a block.
    fn block(&mut self, first: Opening<'t>) -> Result<Node<'t>, Fault> {
        let (at, word) = (first.at, first.word);
        if self.cursor.scopes.len() >= MAX_NESTED {
            return Err((at, Problem::TooDeep(MAX_NESTED)));
        }
        let mut branches = Vec::new();
        let mut otherwise = Vec::new();
        let mut opening = Some(first);
        loop {
            let is_last = opening.is_none();
            self.cursor.scopes.push(opening.as_mut().and_then(|opening| opening.names.take()));
            let (body, end) = self.body()?;
            self.cursor.scopes.pop();
            match opening.take() {
                Some(Opening { kind, value, .. }) => branches.push(Branch { kind, value, body }),
                None => otherwise = body,
            }
            match end {
                End::Else(at, _) if is_last => return Err((at, Problem::SecondElse)),
                End::Else(_, next) => opening = next,
                End::Close(_, end) if end == word => return Ok(Node::Block(branches, otherwise)),
                End::Close(end_at, end) => {
                    let line = self.cursor.text[..at].matches('\n').count() + 1;
                    let (end, open) = (end.to_owned(), word.to_owned());
                    return Err((end_at, Problem::ClosesOther { end, open, line }));
                }
                End::File => return Err((at, Problem::OpenBlock(word.to_owned()))),
            }
        }
    }
}

/// What is said of a template that is not known.
pub(super) fn unknown_template(name: &str, templates: &[&'static str]) -> Problem {
    Problem::UnknownTemplate { name: name.to_owned(), suggestion: nearest(name, templates.iter().copied()) }
}

/// What is said of a block that is not known: of one without a value, that sections by the name of a value are no
/// part of the language.
fn unknown_block(word: &str, is_section: bool) -> Problem {
    let tests = HELPERS.iter().filter(|(_, helper)| helper.is_test()).map(|(name, _)| *name);
    let blocks = || Kind::ALL.iter().map(|(name, _)| *name);
    let hint = match nearest(word, blocks().chain(tests)) {
        Some(name) => format!("; did you mean `#{name}`?"),
        None if is_section => format!("; write `{{{{#if {word}}}}}`, `{{{{#each {word}}}}}` or `{{{{#with {word}}}}}`"),
        None => format!("; there are {}, and the helpers that test", blocks().collect::<Vec<_>>().join(", ")),
    };
    Problem::UnknownBlock(word.to_owned(), hint)
}

/// What comes after the rest of a line that is blank; `None` where it is not.
fn after_line(text: &str) -> Option<&str> {
    let rest = text.trim_start_matches([' ', '\t']);
    if rest.is_empty() {
        return Some(rest);
    }
    rest.strip_prefix('\n').or_else(|| rest.strip_prefix("\r\n"))
}

/// What stands at the end of a text in its last line, where that is blank; `None` where it is not, or where the line
/// starts before the text.
fn blank_before(text: &str, starts_file: bool) -> Option<&str> {
    let before = text.trim_end_matches([' ', '\t']);
    let starts_line = before.ends_with('\n') || before.is_empty() && starts_file;
    starts_line.then(|| &text[before.len()..])
}
