//! The language of the templates: [Handlebars](https://handlebarsjs.com/guide/), as far as a report needs it.
//!
//! ```text
//! {{#each smoke.groups as |group|}}
//! {{text title}}
//! {{#if (gt (len group.tests) 9)}}many{{else if tests}}few{{else}}none{{/if}}
//! {{/each}}
//! {{include "issue"}} {{> issue this}} {{!-- a comment --}}
//! ```
//!
//! - Values: `{{path}}`, `{{{path}}}`, `{{&path}}`, all without escaping; `this`, `.`, `..`, `@root`, `[any name]`,
//!   numbers of items, names after `as`; in loops `@index`, `@key`, `@first`, `@last`, `@../index`.
//! - Blocks: `if`, `unless`, `each`, `with`, with `else`, `^` and `else if`; any [helper that tests](helpers).
//! - Literals: texts in either quotation marks, whole numbers, `true`, `false`, `null`.
//! - Helpers in tags and in brackets, partials, comments, `\{{`, `~`.
//!
//! What else Handlebars has is refused: decorators, inline partials and partials with a block, raw blocks, parameters
//! with names, sections by the name of a value.
//!
//! Everything is strict. A name that does not exist is an error wherever it is looked up, and so is a value of a kind
//! that a helper cannot take; nothing is passed over.
//!
//! The text becomes a tree ([`parse`]) that borrows from it; the tree and the borrowed view become the report
//! ([`render`]).

mod error;
mod helpers;
mod missing;
mod parse;
mod path;
mod render;
#[cfg(test)]
mod tests;
mod tree;
mod values;

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::BTreeSet;

pub(crate) use error::TemplateError;
use render::{Renderer, Scope};
use tree::Node;

use crate::report::view::data::Data;

/// Adds all names in the data.
type Names = fn(&mut BTreeSet<&'static str>);

/// The text of a template.
pub(super) struct Source {
    /// Its name.
    pub name: &'static str,
    /// Its file, as it is named in errors.
    pub file: String,
    /// The text; owned where it is the user's.
    pub text: Cow<'static, str>,
}

/// Templates that can include each other. Each is parsed once, when it is needed first.
pub(super) struct Templates<'t> {
    sources: &'t [Source],
    parsed: Vec<OnceCell<Vec<Node<'t>>>>,
}

impl<'t> Templates<'t> {
    /// Of these texts. Those of the user's own are parsed at once, so that no mistake in them stays hidden.
    ///
    /// # Errors
    /// One of the user's own is not well-formed.
    pub(super) fn new(sources: &'t [Source]) -> Result<Templates<'t>, Box<TemplateError>> {
        let templates = Templates { sources, parsed: sources.iter().map(|_| OnceCell::new()).collect() };
        for (index, source) in sources.iter().enumerate() {
            if matches!(source.text, Cow::Owned(_)) {
                templates.nodes(index)?;
            }
        }
        Ok(templates)
    }

    /// Renders one of them, by its name.
    ///
    /// # Errors
    /// One that it needs is not well-formed, names what does not exist, or gives a helper what that cannot take.
    pub(super) fn render<D: Data>(&self, name: &str, data: &D) -> Result<String, Box<TemplateError>> {
        let index = self.index(name).expect("a template that is rendered is one of the table");
        let source = self.source(index);
        let root = data.value();
        let mut renderer =
            Renderer { templates: self, root, names: D::names, source, depth: 0, out: String::with_capacity(16 << 10) };
        renderer.template(index, &Scope { context: root, item: None, outer: None })?;
        Ok(renderer.out)
    }

    /// The number of a template.
    fn index(&self, name: &str) -> Option<usize> {
        self.sources.iter().position(|source| source.name == name)
    }

    fn source(&self, index: usize) -> &'t Source {
        &self.sources[index]
    }

    fn names(&self) -> Vec<&'static str> {
        self.sources.iter().map(|source| source.name).collect()
    }

    fn nodes(&self, index: usize) -> Result<&[Node<'t>], Box<TemplateError>> {
        let parsed = &self.parsed[index];
        if let Some(nodes) = parsed.get() {
            return Ok(nodes);
        }
        let source = self.source(index);
        let nodes = parse::parse(&source.text, &self.names())
            .map_err(|(at, problem)| TemplateError::new(&source.file, &source.text, at, problem))?;
        Ok(parsed.get_or_init(|| nodes))
    }
}
