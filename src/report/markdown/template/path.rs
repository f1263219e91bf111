//! What stands in a tag: words, paths, literals, calls of helpers.

use std::borrow::Cow;

use super::error::Problem;
use super::helpers::{self, Made};
use super::tree::{Expression, Position, Start, Term};
use crate::diagnostics::nearest;

/// How deep blocks and brackets may be nested.
pub(super) const MAX_NESTED: usize = 64;

/// What is said of partials that take a block.
pub(super) const BLOCK_PARTIAL: &str = "partials with a block";

/// What is wrong at a place, in bytes.
pub(super) type Fault = (usize, Problem);

/// The names that the blocks around a place give after `as`: of the item, then of its position. `None` for a block
/// that leaves the context as it is.
pub(super) type Scopes<'t> = Vec<Option<Vec<&'t str>>>;

/// A place in the text of a template.
pub(super) struct Cursor<'t> {
    /// The whole text.
    pub text: &'t str,
    /// Where it is, in bytes.
    pub at: usize,
    /// The blocks around it, the innermost last.
    pub scopes: Scopes<'t>,
}

/// Whether a character can be part of a name. Those of
/// <https://handlebarsjs.com/guide/expressions.html#literal-segments> cannot.
fn is_name(c: char) -> bool {
    !c.is_whitespace() && !"!\"#%&'()*+,./;<=>@[\\]^`{|}~".contains(c)
}

impl<'t> Cursor<'t> {
    /// What is left.
    pub(super) fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// The next character.
    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Whether this comes next, which is then passed.
    pub(super) fn eat(&mut self, what: &str) -> bool {
        let eaten = self.rest().starts_with(what);
        if eaten {
            self.at += what.len();
        }
        eaten
    }

    /// Passes white space.
    pub(super) fn space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    /// Passes a name, which may be empty.
    pub(super) fn name(&mut self) -> &'t str {
        let rest = self.rest();
        let name = &rest[..rest.find(|c| !is_name(c)).unwrap_or(rest.len())];
        self.at += name.len();
        name
    }

    /// What is said of what comes next.
    pub(super) fn unexpected(&self) -> Fault {
        (self.at, Problem::Unexpected(self.peek()))
    }

    /// Expressions, as long as there are any.
    pub(super) fn expressions(&mut self) -> Result<Vec<Expression<'t>>, Fault> {
        let mut all = Vec::new();
        loop {
            self.space();
            let rest = self.rest();
            let names = rest.strip_prefix("as").is_some_and(|rest| rest.trim_start().starts_with('|'));
            if names || !rest.starts_with(|c| is_name(c) || "\"'(@.[".contains(c)) {
                return Ok(all);
            }
            all.push(self.expression(0)?);
        }
    }

    /// One expression, in so many brackets.
    pub(super) fn expression(&mut self, depth: usize) -> Result<Expression<'t>, Fault> {
        let at = self.at;
        let term = match self.peek() {
            Some('(') => self.call(depth + 1)?,
            Some(quote @ ('"' | '\'')) => Term::Text(self.string(quote)?),
            _ => self.word()?,
        };
        if self.rest().starts_with('=') {
            let what = "parameters with a name (`name=value`)";
            return Err((at, Problem::Refused(what, Some("write the value alone"))));
        }
        // Nothing may touch it but what ends it.
        if !self.rest().starts_with(|c: char| c.is_whitespace() || "}~)".contains(c)) {
            return Err(self.unexpected());
        }
        Ok(Expression { at, written: &self.text[at..self.at], term })
    }

    /// `(helper value…)`
    fn call(&mut self, depth: usize) -> Result<Term<'t>, Fault> {
        let open = self.at;
        if depth > MAX_NESTED {
            return Err((open, Problem::TooDeep(MAX_NESTED)));
        }
        self.eat("(");
        self.space();
        let at = self.at;
        let name = self.name();
        if name.is_empty() {
            return Err(self.unexpected());
        }
        let helper = helpers::helper(name).ok_or_else(|| (at, helpers::unknown(name)))?;
        let mut values = Vec::new();
        loop {
            self.space();
            match self.peek() {
                Some(')') => break,
                None => return Err((open, Problem::Open("`(`"))),
                Some(_) => values.push(self.expression(depth)?),
            }
        }
        self.eat(")");
        match helper.with(name, values).map_err(|problem| (at, problem))? {
            Made::Value(call) => Ok(Term::Call(call)),
            Made::Written(_) => Err((at, Problem::GivesNothing(name.to_owned()))),
        }
    }

    /// Text in quotation marks; a backslash only matters before a mark of the same kind.
    fn string(&mut self, quote: char) -> Result<Cow<'t, str>, Fault> {
        let open = self.at;
        let inside = &self.text[open + 1..];
        let mut from = 0;
        loop {
            let Some(end) = inside[from..].find(quote).map(|end| from + end) else {
                return Err((open, Problem::Open("the text in quotation marks")));
            };
            let text = &inside[..end];
            if !text.ends_with('\\') {
                self.at = open + 1 + end + 1;
                return Ok(match from {
                    0 => Cow::Borrowed(text),
                    _ => Cow::Owned(text.replace(&format!("\\{quote}"), &quote.to_string())),
                });
            }
            from = end + 1;
        }
    }

    /// A literal or a path.
    fn word(&mut self) -> Result<Term<'t>, Fault> {
        let at = self.at;
        let name = self.name();
        let goes_on = self.rest().starts_with(['.', '/']);
        let is_number = !name.is_empty() && is_digits(name.strip_prefix('-').unwrap_or(name));
        let has_fraction =
            self.rest().strip_prefix('.').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        match name {
            "null" if !goes_on => Ok(Term::Null),
            "true" | "false" if !goes_on => Ok(Term::Bool(name == "true")),
            _ if is_number && !goes_on => {
                name.parse().map(Term::Number).map_err(|_| (at, Problem::Refused("numbers as large as this", None)))
            }
            _ if is_number && has_fraction => Err((at, Problem::Refused("numbers with a fraction", None))),
            _ => {
                self.at = at;
                self.path()
            }
        }
    }

    /// `name.name`, `../name`, `this`, `@index`
    fn path(&mut self) -> Result<Term<'t>, Fault> {
        if self.rest().starts_with('@') {
            return self.variable();
        }
        let (out, goes_on) = self.steps_out();
        if out > 0 && !goes_on {
            return Ok(Term::Path(Start::Context(out), Vec::new()));
        }
        let at = self.at;
        let is_this = self.eat(".") || self.name() == "this";
        if is_this && !self.separator() {
            return Ok(Term::Path(Start::Context(out), Vec::new()));
        }
        if !is_this {
            self.at = at;
        }
        let mut members = self.members()?;
        // A name that a block gives hides what the data has, in a path that starts with it.
        if !is_this && out == 0 {
            let scopes = self.scopes.iter().rev().flatten();
            for (outer, names) in scopes.enumerate() {
                if let Some(place) = names.iter().position(|name| *name == members[0]) {
                    let position = if place == 0 { Position::Item } else { Position::Key };
                    return Ok(Term::Path(Start::Named(outer, position), members.split_off(1)));
                }
            }
        }
        Ok(Term::Path(Start::Context(out), members))
    }

    /// How many `..` come next, and whether a separator stands after the last.
    fn steps_out(&mut self) -> (usize, bool) {
        let mut out = 0;
        let mut goes_on = true;
        while goes_on && self.eat("..") {
            out += 1;
            goes_on = self.separator();
        }
        (out, goes_on)
    }

    /// `@root.name`, `@index`, `@../index`
    fn variable(&mut self) -> Result<Term<'t>, Fault> {
        let at = self.at;
        self.eat("@");
        let (out, _) = self.steps_out();
        let name = self.name();
        if name == "root" && out == 0 {
            let members = if self.separator() { self.members()? } else { Vec::new() };
            return Ok(Term::Path(Start::Root, members));
        }
        match Position::ALL.iter().find(|(known, _)| *known == name) {
            Some((_, position)) => Ok(Term::Path(Start::Loop(out, *position), Vec::new())),
            None if name == "partial-block" => Err((at, Problem::Refused(BLOCK_PARTIAL, None))),
            None => {
                let known = Position::ALL.iter().map(|(known, _)| *known).chain(["root"]);
                Err((at, Problem::UnknownVariable { name: name.to_owned(), suggestion: nearest(name, known) }))
            }
        }
    }

    fn separator(&mut self) -> bool {
        self.eat(".") || self.eat("/")
    }

    /// The names of a path, of which there is one at least.
    fn members(&mut self) -> Result<Vec<&'t str>, Fault> {
        let mut members = Vec::new();
        loop {
            let at = self.at;
            if self.eat("[") {
                let end = self.rest().find(']').ok_or((at, Problem::Open("`[`")))?;
                members.push(&self.rest()[..end]);
                self.at += end + 1;
            } else {
                let name = self.name();
                if name == "this" || self.rest().starts_with("..") {
                    return Err((at, Problem::NotFirst(if name.is_empty() { ".." } else { name }.to_owned())));
                }
                if name.is_empty() {
                    return Err(self.unexpected());
                }
                members.push(name);
            }
            if !self.separator() {
                return Ok(members);
            }
        }
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}
