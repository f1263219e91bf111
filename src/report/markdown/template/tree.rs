//! A template as a tree. Its texts are those of the template's source, not copies.

use std::borrow::Cow;

/// A part of a template.
#[derive(Debug)]
pub(super) enum Node<'t> {
    /// Text, as it stands.
    Text(&'t str),
    /// `{{x}}`: a value that needs no escaping.
    Plain(Expression<'t>),
    /// `{{text x}}`: a phrase.
    Phrase(Expression<'t>),
    /// `{{table x}}`: a table.
    Table(Expression<'t>),
    /// `{{fence x 3}}`: text in a fence, and how many spaces stand before each line.
    Fence(Expression<'t>, Option<Expression<'t>>),
    /// `{{include "name"}}`, `{{> name}}`: another template.
    Include(Include<'t>),
    /// `{{#if x}}…{{else if y}}…{{else}}…{{/if}}`: the first branch that is taken, else what is last.
    Block(Vec<Branch<'t>>, Vec<Node<'t>>),
}

/// Another template in this place.
#[derive(Debug)]
pub(super) struct Include<'t> {
    /// Its name.
    pub name: Expression<'t>,
    /// What its paths start from; `None` where that is the same as here.
    pub context: Option<Expression<'t>>,
    /// What is put before each of its lines.
    pub indent: &'t str,
}

/// A branch of a block.
#[derive(Debug)]
pub(super) struct Branch<'t> {
    /// When it is taken, and how often.
    pub kind: Kind,
    /// What decides.
    pub value: Expression<'t>,
    /// What is in it.
    pub body: Vec<Node<'t>>,
}

/// The kinds of blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Where the value holds.
    If,
    /// Where it does not.
    Unless,
    /// Once for each item.
    Each,
    /// Where it holds, with paths that start from it.
    With,
}

impl Kind {
    /// All of them, with the words for them.
    pub(super) const ALL: [(&'static str, Kind); 4] =
        [("each", Kind::Each), ("if", Kind::If), ("unless", Kind::Unless), ("with", Kind::With)];
}

/// What gives a value.
#[derive(Debug)]
pub(super) struct Expression<'t> {
    /// Where it starts, in bytes.
    pub at: usize,
    /// As it is written.
    pub written: &'t str,
    /// What it is.
    pub term: Term<'t>,
}

/// What an expression is.
#[derive(Debug)]
pub(super) enum Term<'t> {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// `12`
    Number(i128),
    /// `"text"`, `'text'`
    Text(Cow<'t, str>),
    /// `smoke.facts`, `../title`, `@index`
    Path(Start, Vec<&'t str>),
    /// `(eq a b)`
    Call(Call<'t>),
}

/// What the names of a path are looked up in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    /// What a block around it, so many further out, made the context: `this`, `..`.
    Context(usize),
    /// The data of the report: `@root`.
    Root,
    /// What a block around it, so many further out, gave a name to.
    Named(usize, Position),
    /// What is known of the item, of the loop so many further out: `@index`.
    Loop(usize, Position),
}

/// What is known of the item of a loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Position {
    /// The item itself.
    Item,
    /// Its number, from 0.
    Index,
    /// Its name; in a list its number.
    Key,
    /// Whether it is the first.
    First,
    /// Whether it is the last.
    Last,
}

impl Position {
    /// Those that have a name of their own, with the names.
    pub(super) const ALL: [(&'static str, Position); 4] =
        [("first", Position::First), ("index", Position::Index), ("key", Position::Key), ("last", Position::Last)];
}

/// A helper that gives a value.
#[derive(Debug)]
pub(super) enum Call<'t> {
    /// Whether two values compare so.
    Compare(Comparison, Box<[Expression<'t>; 2]>),
    /// Whether all hold.
    And(Vec<Expression<'t>>),
    /// Whether one of them holds.
    Or(Vec<Expression<'t>>),
    /// Whether it does not hold.
    Not(Box<Expression<'t>>),
    /// How many items or characters.
    Len(Box<Expression<'t>>),
    /// A member by a name, or an item by a number, that is a value itself.
    Lookup(Box<[Expression<'t>; 2]>),
    /// A number that counts from 1, from one that counts from 0.
    Ordinal(Box<Expression<'t>>),
}

/// How two values compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    /// They are equal.
    Eq,
    /// They are not.
    Ne,
    /// The first is greater.
    Gt,
    /// It is not less.
    Gte,
    /// It is less.
    Lt,
    /// It is not greater.
    Lte,
}
