//! The helpers of the templates. All of them refuse a name that does not exist.

use std::collections::BTreeSet;

use handlebars::{
    Context, Handlebars, Helper, HelperDef, HelperResult, Output, RenderContext, RenderErrorReason, Renderable,
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{TEMPLATES, inline, table};
use crate::diagnostics::nearest;
use crate::safety::markdown;

/// Makes the helpers known.
pub(super) fn register(handlebars: &mut Handlebars<'_>) {
    handlebars.register_helper("include", Box::new(Include));
    handlebars.register_helper("text", Box::new(Show(inline)));
    handlebars.register_helper("table", Box::new(Show(table)));
    handlebars.register_helper("fence", Box::new(fence));
    handlebars.register_helper("ordinal", Box::new(ordinal));
    handlebars.register_helper("if", Box::new(Conditional { wanted: true }));
    handlebars.register_helper("unless", Box::new(Conditional { wanted: false }));
}

/// The one parameter of a helper.
fn value<'h>(helper: &'h Helper<'_>, context: &Context) -> Result<&'h Value, RenderErrorReason> {
    let parameter = helper.param(0).ok_or_else(|| RenderErrorReason::ParamNotFoundForIndex("", 0))?;
    if parameter.is_value_missing() {
        let path = parameter.relative_path().map_or("", String::as_str);
        return Err(RenderErrorReason::Other(missing(path, context)));
    }
    Ok(parameter.value())
}

/// What is said of a name that does not exist.
fn missing(path: &str, context: &Context) -> String {
    let mut known = BTreeSet::new();
    names(context.data(), &mut known);
    let unknown = path.split('.').find(|part| !known.contains(part)).unwrap_or(path);
    let hint = match nearest(unknown, known.iter().copied()) {
        Some(name) if name != unknown => format!("; did you mean `{name}`?"),
        _ => String::new(),
    };
    format!("the data of the report has no `{path}`{hint}")
}

/// The names of all keys in the data.
fn names<'d>(data: &'d Value, known: &mut BTreeSet<&'d str>) {
    match data {
        Value::Object(map) => {
            for (key, value) in map {
                known.insert(key);
                names(value, known);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| names(item, known)),
        _ => {}
    }
}

fn parameter<T: DeserializeOwned>(helper: &Helper<'_>, context: &Context) -> Result<T, RenderErrorReason> {
    T::deserialize(value(helper, context)?)
        .map_err(|error| RenderErrorReason::Other(format!("{{{{{}}}}} cannot show this: {error}", helper.name())))
}

/// `{{include "name"}}`: another template with the same data, which `{{> name}}` would copy.
struct Include;

impl HelperDef for Include {
    fn call<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        registry: &'reg Handlebars<'reg>,
        context: &'rc Context,
        render: &mut RenderContext<'reg, 'rc>,
        out: &mut dyn Output,
    ) -> HelperResult {
        let name: String = parameter(helper, context)?;
        match registry.get_template(&name) {
            Some(template) => template.render(registry, context, render, out),
            None => {
                let hint = nearest(&name, TEMPLATES.iter().map(|(known, _)| *known));
                let hint = hint.map_or_else(String::new, |known| format!("; did you mean `{known}`?"));
                Err(RenderErrorReason::Other(format!("no template is called `{name}`{hint}")).into())
            }
        }
    }
}

/// A helper that shows one value.
struct Show<T>(fn(&T) -> String);

impl<T: DeserializeOwned + Send + Sync> HelperDef for Show<T> {
    fn call<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        context: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
        out: &mut dyn Output,
    ) -> HelperResult {
        out.write(&(self.0)(&parameter(helper, context)?))?;
        Ok(())
    }
}

/// `{{fence text indent}}`: a block of foreign text, indented by a number of spaces.
fn fence(
    helper: &Helper<'_>,
    _: &Handlebars<'_>,
    context: &Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    let text: String = parameter(helper, context)?;
    let indent = helper.param(1).and_then(|p| p.value().as_u64()).unwrap_or(0);
    let indent = " ".repeat(usize::try_from(indent).unwrap_or(0));
    for (index, line) in markdown::fence(&text).as_str().trim_end().lines().enumerate() {
        if index > 0 {
            out.write("\n")?;
        }
        if !line.is_empty() {
            out.write(&indent)?;
            out.write(line)?;
        }
    }
    Ok(())
}

/// `{{ordinal @index}}`: 1 for the first.
fn ordinal(
    helper: &Helper<'_>,
    _: &Handlebars<'_>,
    context: &Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    let index: u64 = parameter(helper, context)?;
    out.write(&(index + 1).to_string())?;
    Ok(())
}

/// `{{#if}}` and `{{#unless}}` that refuse a name that does not exist, which those of Handlebars do not.
struct Conditional {
    wanted: bool,
}

impl HelperDef for Conditional {
    fn call<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        registry: &'reg Handlebars<'reg>,
        context: &'rc Context,
        render: &mut RenderContext<'reg, 'rc>,
        out: &mut dyn Output,
    ) -> HelperResult {
        let holds = match value(helper, context)? {
            Value::Null | Value::Bool(false) => false,
            Value::String(text) => !text.is_empty(),
            Value::Array(items) => !items.is_empty(),
            Value::Bool(true) | Value::Number(_) | Value::Object(_) => true,
        };
        let branch = if holds == self.wanted { helper.template() } else { helper.inverse() };
        match branch {
            Some(template) => template.render(registry, context, render, out),
            None => Ok(()),
        }
    }
}
