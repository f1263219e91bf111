//! Tests of the language: what it writes, what it refuses, and whether the `handlebars` crate does the same.

mod handlebars;
mod mistakes;
mod random;
mod views;

use std::borrow::Cow;
use std::sync::LazyLock;

use serde_json::{Map, Value as Json, json};

use super::{Source, TemplateError, Templates};
use crate::report::view::data::{Data, Record, Value};

impl Data for Json {
    fn value(&self) -> Value<'_> {
        match self {
            Json::Null => Value::NULL,
            Json::Bool(value) => Value::Bool(*value),
            Json::Number(number) => {
                Value::Number(i128::from(number.as_i64().expect("numbers of these tests are whole")))
            }
            Json::String(text) => Value::Text(text),
            Json::Array(items) => Value::List(items),
            Json::Object(members) => Value::Record(members),
        }
    }
}

impl Record for Map<String, Json> {
    fn member(&self, name: &str) -> Option<Value<'_>> {
        self.get(name).map(Data::value)
    }

    fn names(&self) -> Vec<&str> {
        self.keys().map(String::as_str).collect()
    }
}

/// Partials of all templates here.
const PARTIALS: [(&str, &str); 3] =
    [("p", "[{{a}}]\n"), ("q", "{{#each list}}\n- {{a}}\n{{/each}}\nend {{@root.a}}"), ("r", "{{../a}}")];

/// Data in which every item has the same members, down to a depth.
fn data(depth: usize) -> Json {
    let inner = || if depth == 0 { json!({"a": "deep", "n": 7}) } else { data(depth - 1) };
    json!({
        "a": format!("a{depth}"), "b": "", "n": depth, "yes": true, "no": false, "nil": null, "none": [],
        "words": ["x", "y", "z"], "list": [inner(), inner()], "obj": inner(), "odd name": "odd",
    })
}

static DATA: LazyLock<Json> = LazyLock::new(|| data(4));

/// Renders one template; it and the partials are the user's own.
fn render(template: &str, data: &impl Data) -> Result<String, Box<TemplateError>> {
    let texts = [("main", template)].into_iter().chain(PARTIALS);
    let source =
        |(name, text): (&'static str, &str)| Source { name, file: name.to_owned(), text: Cow::Owned(text.to_owned()) };
    let sources: Vec<Source> = texts.map(source).collect();
    Templates::new(&sources)?.render("main", data)
}
