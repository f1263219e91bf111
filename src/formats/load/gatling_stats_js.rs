//! Gatling: the statistics by request as JavaScript, which the HTML report shows (`js/stats.js`).
//!
//! ```js
//! var stats = {
//!     type: "GROUP",
//! name: "All Requests",
//! stats: {
//!     "name": "All Requests",
//!     "numberOfRequests": {
//!         "total": "8925",
//!         "ok": "8925",
//!         "ko": "0"
//!     }
//! },
//! contents: {
//! }
//! }
//! ```
//!
//! It says what [gatling-stats](gatling-stats.md) says, and is read by the same rules: numbers are texts, and `-` is none.
//! Gatling 3.13.5 and later write no other statistics (gatling/gatling, `StatsJsTemplate`, `ChartsFiles`).
//! The functions behind the object are passed over; the verdicts of assertions are not in the file.

use crate::diagnostics::LineColumn;
use crate::formats::Format;
use crate::model::{Evidence, Kind, Tool};
use crate::source::{Diags, Doc, Input, Probe, Stop, resolve};

use super::gatling::read_stats;

pub(super) static FORMAT: Format = Format {
    id: "gatling-stats-js",
    kinds: &[Kind::Load],
    tool: "Gatling",
    title: "Statistics by request as JavaScript (js/stats.js)",
    produce: "mvn gatling:test  # target/gatling/…/js/stats.js",
    detect,
    read,
};

const START: &str = "var stats = ";

fn detect(probe: &Probe<'_>) -> bool {
    probe.text().and_then(|text| text.trim_start().strip_prefix(START)).is_some_and(|rest| {
        let head = rest.get(..1024).unwrap_or(rest);
        head.starts_with('{') && head.contains("\"GROUP\"") && head.contains("pathFormatted:")
    })
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    evidence.tool = Some(Tool::new("Gatling", None));
    let text = doc.text()?;
    let diags = Diags::default();
    let result = read_object(&as_json(&text), &diags, evidence).map_err(|mut stop| {
        // Lines are those of the script, columns are not.
        stop.0.place = stop.0.place.map(|place| LineColumn { column: 1, ..place });
        stop
    });
    for mut diagnostic in diags.take() {
        diagnostic.place = resolve(text.as_bytes(), &diagnostic.pointer).map(|found| found.place);
        doc.report(diagnostic);
    }
    result
}

fn read_object(json: &str, diags: &Diags, evidence: &mut Evidence) -> Result<(), Stop> {
    let mut input = Input::open(Box::new(json.as_bytes())).map_err(|error| Stop::io(&error))?;
    let tree = input.doc(false, diags.clone()).document()?;
    read_stats(tree.root(), evidence);
    Ok(())
}

/// The object as JSON: its names in quotation marks, what stands around it left out. Lines stay what they are.
fn as_json(script: &str) -> String {
    let body = script.trim_start().strip_prefix(START).unwrap_or(script);
    let mut json = String::with_capacity(body.len() + body.len() / 8);
    let (mut rest, mut depth) = (body, 0_usize);
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' => text_length(rest),
            'a'..='z' | 'A'..='Z' | '_' | '$' => {
                rest.find(|c: char| !c.is_ascii_alphanumeric() && !"_$".contains(c)).unwrap_or(rest.len())
            }
            _ => first.len_utf8(),
        };
        let (piece, after) = rest.split_at(length);
        if first.is_ascii_alphabetic() && after.trim_start().starts_with(':') {
            json.extend(["\"", piece, "\""]);
        } else {
            json.push_str(piece);
        }
        rest = after;
        match first {
            '{' | '[' => depth += 1,
            '}' | ']' => depth = depth.saturating_sub(1),
            _ => continue,
        }
        if depth == 0 {
            break;
        }
    }
    json
}

/// How long the text in quotation marks is with which `rest` starts.
fn text_length(rest: &str) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_get_quotation_marks_and_texts_stay() {
        let script = "var stats = {\n type: \"a: {b: \\\"c\\\"}\",\ncontents: {\n\"req_ü: x\": {t$_1 : null}}\n}\nfunction f(){}";
        let json = "{\n \"type\": \"a: {b: \\\"c\\\"}\",\n\"contents\": {\n\"req_ü: x\": {\"t$_1\" : null}}\n}";
        assert_eq!(as_json(script), json);
        assert_eq!(as_json("var stats = {a: \"b"), "{\"a\": \"b");
    }
}
