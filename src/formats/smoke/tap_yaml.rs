//! The YAML block behind a test point of TAP.

use crate::formats::smoke::tap_lines::indent;
use crate::model::Elapsed;
use crate::source::Node;

/// Lines that are kept of one block.
const MAX_KEPT_LINES: usize = 1_000;

/// Where a line belongs that may stand in a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Inside,
    /// The line that ends it: `...`
    End,
    /// Not in it: a block that is never closed ends with the next line at the left margin.
    Behind,
}

/// A block that is open.
#[derive(Debug)]
pub(super) struct Yaml {
    /// How far its `---` is indented.
    margin: usize,
    lines: Vec<String>,
    /// The message of an object.
    of_object: Option<String>,
}

impl Yaml {
    /// The block that a line opens.
    pub(super) fn opened_by(line: &str) -> Option<Yaml> {
        let margin = indent(line);
        (line.trim() == "---" && margin > 0).then(|| Yaml { margin, lines: Vec::new(), of_object: None })
    }

    /// Takes a line, if it belongs to the block.
    pub(super) fn line(&mut self, line: &str) -> Place {
        let margin = indent(line);
        if line.trim() == "..." && margin == self.margin {
            return Place::End;
        }
        if margin == 0 && !line.trim().is_empty() {
            return Place::Behind;
        }
        if self.lines.len() < MAX_KEPT_LINES {
            self.lines.push(line.to_owned());
        }
        Place::Inside
    }

    /// What is wrong: `message`, or `error`, which may hold a `message` of its own (Vitest).
    pub(super) fn message(&self) -> Option<String> {
        let lines = self.texts();
        let deeper = || below(&lines, "error").and_then(|lines| value(lines, "message"));
        let plain = value(&lines, "message").or_else(|| value(&lines, "error")).or_else(deeper);
        self.of_object.clone().or(plain)
    }

    /// `duration_ms`
    pub(super) fn elapsed(&self) -> Option<Elapsed> {
        Elapsed::from_millis(value(&self.texts(), "duration_ms")?.parse().ok()?).ok()
    }

    /// Whether the line that it was given is its first one, and may be an object.
    pub(super) fn is_object(&self) -> bool {
        matches!(&*self.lines, [line] if line.trim_start().starts_with('{'))
    }

    /// Takes an object that stands in one line, as Deno writes it: `{"message":"500 != 200","severity":"fail"}`.
    pub(super) fn object(&mut self, object: Node<'_>) {
        let message = ["message", "error"].map(|key| object.get(key)).into_iter().find(|node| node.is_string());
        self.of_object = self.of_object.take().or_else(|| message?.filled());
    }

    fn texts(&self) -> Vec<&str> {
        self.lines.iter().map(String::as_str).collect()
    }
}

/// Where a key stands among those that are indented as the first one, and what is written behind it.
fn find<'l>(lines: &[&'l str], key: &str) -> Option<(usize, &'l str)> {
    let margin = indent(lines.iter().find(|line| !line.trim().is_empty())?);
    lines.iter().enumerate().find_map(|(at, line)| {
        let text = Some(line.trim()).filter(|_| indent(line) == margin)?;
        Some((at, text.strip_prefix(key)?.trim_start().strip_prefix(':')?.trim()))
    })
}

/// The lines below a key, which are indented deeper.
fn below<'a, 'l>(lines: &'a [&'l str], key: &str) -> Option<&'a [&'l str]> {
    let (at, _) = find(lines, key)?;
    let margin = indent(lines[at]);
    let rest = &lines[at + 1..];
    let is_outside = |line: &&str| indent(line) <= margin && !line.trim().is_empty();
    Some(&rest[..rest.iter().position(is_outside).unwrap_or(rest.len())])
}

/// The value of a key: plain, quoted, or a block of lines, which `>` folds into one.
fn value(lines: &[&str], key: &str) -> Option<String> {
    let (_, value) = find(lines, key)?;
    if value.starts_with(['|', '>']) {
        let block: Vec<&str> = below(lines, key)?.iter().map(|line| line.trim()).collect();
        return filled(&block.join(if value.starts_with('>') { " " } else { "\n" }));
    }
    let quoted = value.strip_prefix(['\'', '"']).and_then(|text| text.strip_suffix(['\'', '"']));
    filled(quoted.unwrap_or(value))
}

fn filled(text: &str) -> Option<String> {
    Some(text.trim()).filter(|text| !text.is_empty()).map(ToOwned::to_owned)
}

#[cfg(test)]
mod tests {
    use super::{Elapsed, Place, Yaml};

    #[track_caller]
    fn check(text: &str, message: Option<&str>) {
        let mut lines = text.lines();
        let mut yaml = lines.next().and_then(Yaml::opened_by).expect("the first line opens a block");
        for line in lines {
            assert_eq!(yaml.line(line), Place::Inside, "{line}");
        }
        assert_eq!(yaml.message().as_deref(), message, "{text}");
    }

    #[test]
    fn messages() {
        check("  ---\n  message: 500 != 200\n  error: no", Some("500 != 200"));
        check("  ---\n  error: '401 == 200'", Some("401 == 200"));
        check("  ---\n  operator: equal\n  actual: 1", None);
        check("  ---\n  message: |-\n    500\n      at login\n  code: 1", Some("500\nat login"));
        // Mocha and AVA indent the keys once more.
        check("  ---\n    message: |-\n      500 != 200\n    stack: |-\n      Error: 500", Some("500 != 200"));
        check(
            "  ---\n    name: Error\n    message: >-\n      expected\n      to fail\n    at: ''",
            Some("expected to fail"),
        );
        // Vitest
        check(
            "    ---\n    error:\n        name: \"E\"\n        message: \"1 is 2\"\n    message2: no",
            Some("1 is 2"),
        );
        check("    ---\n    error:\n    at: here\n        message: no", None);
        check("  ---", None);
    }

    #[test]
    fn ends() {
        let mut yaml = Yaml::opened_by("  ---").expect("it opens a block");
        assert_eq!(yaml.line("  duration_ms: 31.5"), Place::Inside);
        assert_eq!(yaml.line("    ..."), Place::Inside);
        assert_eq!(yaml.line("  ..."), Place::End);
        assert_eq!(yaml.line("ok 2"), Place::Behind);
        assert_eq!(yaml.elapsed(), Elapsed::from_millis(31.5).ok());
        assert!(Yaml::opened_by("---").is_none());
    }
}
