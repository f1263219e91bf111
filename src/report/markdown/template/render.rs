//! From the tree of a template and the data to the text.

use super::error::{Problem, TemplateError};
use super::parse::unknown_template;
use super::tree::{Branch, Call, Expression, Include, Kind, Node, Position, Start, Term};
use super::values::{advice, compare, holds, kind, len};
use super::{Names, Source, Templates, missing};
use crate::report::markdown::show::{push_fence, push_inline, push_table};
use crate::report::view::data::Value;

/// How deep blocks and templates may be nested while they are rendered.
const MAX_DEPTH: usize = 128;
/// How far a fence can be indented.
const MAX_INDENT: i128 = 80;

type Outcome<T> = Result<T, Box<TemplateError>>;

/// What paths start from, and what is around it.
#[derive(Clone, Copy)]
pub(super) struct Scope<'r, 's> {
    /// What `this` is.
    pub context: Value<'r>,
    /// Where a loop is; `None` where the context is no item of one.
    pub item: Option<Item<'r>>,
    /// What is around it; `None` for the data of the report.
    pub outer: Option<&'s Scope<'r, 's>>,
}

/// Where a loop is.
#[derive(Clone, Copy)]
pub(super) struct Item<'r> {
    index: usize,
    /// The name; `None` in a list.
    key: Option<&'r str>,
    is_last: bool,
}

impl<'r, 's> Scope<'r, 's> {
    /// From here outwards.
    pub(super) fn outwards(&'s self) -> impl Iterator<Item = &'s Scope<'r, 's>> {
        std::iter::successors(Some(self), |scope| scope.outer)
    }

    fn at(&self, position: Position) -> Value<'r> {
        match (position, &self.item) {
            (Position::Item, _) => self.context,
            (_, None) => Value::NULL,
            (Position::Key, Some(Item { key: Some(key), .. })) => Value::Text(key),
            (Position::Key | Position::Index, Some(item)) => Value::Number(item.index as i128),
            (Position::First, Some(item)) => Value::Bool(item.index == 0),
            (Position::Last, Some(item)) => Value::Bool(item.is_last),
        }
    }
}

/// One rendering.
pub(super) struct Renderer<'r, 't> {
    pub templates: &'r Templates<'t>,
    /// The data of the report.
    pub root: Value<'r>,
    /// All names in it.
    pub names: Names,
    /// The template that is rendered just now.
    pub source: &'t Source,
    /// How many blocks and templates are around.
    pub depth: usize,
    pub out: String,
}

impl<'r, 't> Renderer<'r, 't> {
    fn error<T>(&self, at: usize, problem: Problem) -> Outcome<T> {
        Err(TemplateError::new(&self.source.file, &self.source.text, at, problem))
    }

    /// A value of another kind than is wanted.
    fn wrong<T>(&self, expression: &Expression<'_>, value: Value<'_>, wanted: &'static str) -> Outcome<T> {
        let instead = matches!(expression.term, Term::Path(..)).then(|| advice(value, expression.written));
        let path = expression.written.to_owned();
        self.error(expression.at, Problem::Kind { path, is: kind(value), wanted, instead })
    }

    /// A template by its number.
    pub(super) fn template(&mut self, index: usize, scope: &Scope<'r, '_>) -> Outcome<()> {
        let outside = self.source;
        self.source = self.templates.source(index);
        self.nodes(self.templates.nodes(index)?, scope)?;
        self.source = outside;
        Ok(())
    }

    /// Something one level deeper, which starts at a place.
    fn deeper(&mut self, at: usize, inside: impl FnOnce(&mut Self) -> Outcome<()>) -> Outcome<()> {
        if self.depth >= MAX_DEPTH {
            return self.error(at, Problem::Endless(MAX_DEPTH));
        }
        self.depth += 1;
        inside(self)?;
        self.depth -= 1;
        Ok(())
    }

    fn nodes(&mut self, nodes: &'r [Node<'t>], scope: &Scope<'r, '_>) -> Outcome<()> {
        for node in nodes {
            match node {
                Node::Text(text) => self.out.push_str(text),
                Node::Plain(expression) => self.plain(expression, scope)?,
                Node::Phrase(expression) => match self.value(expression, scope)? {
                    Value::Phrase(phrase) => push_inline(&mut self.out, phrase),
                    other => return self.wrong(expression, other, "`{{text}}` takes text that it escapes"),
                },
                Node::Table(expression) => match self.value(expression, scope)? {
                    Value::Table(table) => push_table(&mut self.out, table),
                    other => return self.wrong(expression, other, "`{{table}}` takes a table"),
                },
                Node::Fence(expression, indent) => self.fence(expression, indent.as_ref(), scope)?,
                Node::Include(include) => self.include(include, scope)?,
                Node::Block(branches, otherwise) => self.block(branches, otherwise, scope)?,
            }
        }
        Ok(())
    }

    /// A value without a helper.
    fn plain(&mut self, expression: &'r Expression<'t>, scope: &Scope<'r, '_>) -> Outcome<()> {
        match self.value(expression, scope)? {
            Value::Null(_) => {}
            Value::Bool(value) => self.out.push_str(if value { "true" } else { "false" }),
            Value::Number(number) => self.out.push_str(&number.to_string()),
            Value::Text(text) => self.out.push_str(text),
            other @ (Value::Phrase(_) | Value::Table(_) | Value::List(_) | Value::Record(_)) => {
                return self.wrong(expression, other, "braces alone write raw text, words and numbers");
            }
        }
        Ok(())
    }

    fn fence(
        &mut self,
        expression: &'r Expression<'t>,
        indent: Option<&'r Expression<'t>>,
        scope: &Scope<'r, '_>,
    ) -> Outcome<()> {
        let text = match self.value(expression, scope)? {
            Value::Text(text) => text,
            other => return self.wrong(expression, other, "`{{fence}}` takes raw text"),
        };
        let indent = match indent {
            None => 0,
            Some(indent) => match self.value(indent, scope)? {
                Value::Number(number @ 0..=MAX_INDENT) => usize::try_from(number).unwrap_or(0),
                other => return self.unfit(indent, other, "`{{fence}}` is indented by 0 to 80 spaces"),
            },
        };
        push_fence(&mut self.out, text, indent);
        Ok(())
    }

    fn include(&mut self, include: &'r Include<'t>, scope: &Scope<'r, '_>) -> Outcome<()> {
        let name = match self.value(&include.name, scope)? {
            Value::Text(name) => name,
            other => return self.unfit(&include.name, other, "the name of a template is raw text"),
        };
        let Some(index) = self.templates.index(name) else {
            return self.error(include.name.at, unknown_template(name, &self.templates.names()));
        };
        let start = self.out.len();
        match &include.context {
            None => self.deeper(include.name.at, |this| this.template(index, scope))?,
            Some(context) => {
                let scope = Scope { context: self.value(context, scope)?, item: None, outer: Some(scope) };
                self.deeper(include.name.at, |this| this.template(index, &scope))?;
            }
        }
        if !include.indent.is_empty() {
            let text = self.out.split_off(start);
            for line in text.split_inclusive('\n') {
                self.out.push_str(include.indent);
                self.out.push_str(line);
            }
        }
        Ok(())
    }

    fn block(&mut self, branches: &'r [Branch<'t>], otherwise: &'r [Node<'t>], scope: &Scope<'r, '_>) -> Outcome<()> {
        let at = branches.first().map_or(0, |branch| branch.value.at);
        self.deeper(at, |this| {
            for branch in branches {
                if this.branch(branch, scope)? {
                    return Ok(());
                }
            }
            this.nodes(otherwise, scope)
        })
    }

    /// Renders a branch where it is taken, and says whether it is.
    fn branch(&mut self, branch: &'r Branch<'t>, scope: &Scope<'r, '_>) -> Outcome<bool> {
        let value = self.value(&branch.value, scope)?;
        match branch.kind {
            Kind::If if holds(value) => self.nodes(&branch.body, scope)?,
            Kind::Unless if !holds(value) => self.nodes(&branch.body, scope)?,
            Kind::With if holds(value) => {
                self.nodes(&branch.body, &Scope { context: value, item: None, outer: Some(scope) })?;
            }
            Kind::Each => return self.each(branch, value, scope),
            Kind::If | Kind::Unless | Kind::With => return Ok(false),
        }
        Ok(true)
    }

    fn each(&mut self, branch: &'r Branch<'t>, value: Value<'r>, scope: &Scope<'r, '_>) -> Outcome<bool> {
        let mut item = |context, index, key, is_last| {
            let item = Some(Item { index, key, is_last });
            self.nodes(&branch.body, &Scope { context, item, outer: Some(scope) })
        };
        match value {
            Value::Null(_) => Ok(false),
            Value::List(list) => {
                let n_items = list.len();
                for index in 0..n_items {
                    item(list.item(index).unwrap_or(Value::NULL), index, None, index + 1 == n_items)?;
                }
                Ok(n_items > 0)
            }
            Value::Record(record) => {
                let names = record.names();
                for (index, name) in names.iter().copied().enumerate() {
                    let member = record.member(name).unwrap_or(Value::NULL);
                    item(member, index, Some(name), index + 1 == names.len())?;
                }
                Ok(!names.is_empty())
            }
            other @ (Value::Bool(_) | Value::Number(_) | Value::Text(_) | Value::Phrase(_) | Value::Table(_)) => {
                self.wrong(&branch.value, other, "`{{#each}}` takes a list")
            }
        }
    }

    fn value(&self, expression: &'r Expression<'t>, scope: &Scope<'r, '_>) -> Outcome<Value<'r>> {
        Ok(match &expression.term {
            Term::Null => Value::NULL,
            Term::Bool(value) => Value::Bool(*value),
            Term::Number(number) => Value::Number(*number),
            Term::Text(text) => Value::Text(text),
            Term::Path(start, members) => return self.path(expression, *start, members, scope),
            Term::Call(call) => return self.call(expression, call, scope),
        })
    }

    fn path(
        &self,
        expression: &Expression<'_>,
        start: Start,
        members: &[&str],
        scope: &Scope<'r, '_>,
    ) -> Outcome<Value<'r>> {
        let written = || expression.written.to_owned();
        let mut value = match start {
            Start::Root => self.root,
            Start::Context(out) => match scope.outwards().nth(out) {
                Some(scope) => scope.context,
                None => return self.error(expression.at, Problem::Outside(written())),
            },
            Start::Named(outer, position) => {
                scope.outwards().nth(outer).map_or(Value::NULL, |scope| scope.at(position))
            }
            Start::Loop(out, position) => match scope.outwards().filter(|scope| scope.item.is_some()).nth(out) {
                Some(scope) => scope.at(position),
                None => return self.error(expression.at, Problem::NoLoop(written())),
            },
        };
        for (n_found, name) in members.iter().enumerate() {
            value = match value.member(name) {
                Some(member) => member,
                None => {
                    let hint = missing::hint(self.names, start, &members[..=n_found], value, scope);
                    return self.error(expression.at, Problem::Missing { path: written(), hint });
                }
            };
        }
        Ok(value)
    }

    fn call(&self, expression: &Expression<'_>, call: &'r Call<'t>, scope: &Scope<'r, '_>) -> Outcome<Value<'r>> {
        let value = |expression| self.value(expression, scope);
        let number = |number: usize| Ok(Value::Number(number as i128));
        match call {
            Call::Compare(how, sides) => {
                let [left, right] = &**sides;
                let values = [value(left)?, value(right)?];
                match compare(*how, values[0], values[1]) {
                    Ok(outcome) => Ok(Value::Bool(outcome)),
                    Err(side) => self.unfit(&sides[side], values[side], "cannot be compared with the other"),
                }
            }
            Call::And(all) => {
                let mut outcome = true;
                for each in all {
                    outcome &= holds(value(each)?);
                }
                Ok(Value::Bool(outcome))
            }
            Call::Or(all) => {
                let mut outcome = false;
                for each in all {
                    outcome |= holds(value(each)?);
                }
                Ok(Value::Bool(outcome))
            }
            Call::Not(one) => Ok(Value::Bool(!holds(value(one)?))),
            Call::Len(one) => {
                let found = value(one)?;
                len(found).map_or_else(|| self.unfit(one, found, "`len` takes a list, a table or text"), number)
            }
            Call::Lookup(sides) => {
                let [of, name] = &**sides;
                let (of_value, name_value) = (value(of)?, value(name)?);
                let key = match name_value {
                    Value::Text(text) => text.to_owned(),
                    Value::Number(number) => number.to_string(),
                    other => return self.unfit(name, other, "`lookup` takes a name or a number"),
                };
                let path = || format!("{}.[{key}]", of.written);
                let hint = || missing::hint(self.names, Start::Root, &[&key], of_value, scope);
                match of_value.member(&key) {
                    Some(member) => Ok(member),
                    None => self.error(expression.at, Problem::Missing { path: path(), hint: hint() }),
                }
            }
            Call::Ordinal(one) => match value(one)? {
                Value::Number(number) => Ok(Value::Number(number.saturating_add(1))),
                other => self.unfit(one, other, "`ordinal` takes a number"),
            },
        }
    }

    /// A value of another kind than a helper takes.
    fn unfit<T>(&self, expression: &Expression<'_>, value: Value<'_>, wanted: &'static str) -> Outcome<T> {
        let path = expression.written.to_owned();
        self.error(expression.at, Problem::Kind { path, is: kind(value), wanted, instead: None })
    }
}
