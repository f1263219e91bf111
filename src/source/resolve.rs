//! From a pointer back to the text that it points at.
//!
//! This walks the bytes on its own, apart from the readers, so that it can be held against them; it goes on where
//! they stop (a text that is cut off, a key that stands twice), since evidence from before such a fault stands.
//! Names without quotation marks, as scripts write them, are names too.

use std::collections::HashMap;
use std::ops::Range;

use quick_xml::events::Event;

use super::json::locate;
use crate::diagnostics::LineColumn;
use crate::model::Pointer;

/// What a pointer points at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// Where it starts in the text.
    pub place: LineColumn,
    /// Which bytes of the text it is.
    pub range: Range<usize>,
}

impl Resolved {
    /// Its text; what is not UTF-8 is replaced.
    pub fn text<'t>(&self, bytes: &'t [u8]) -> std::borrow::Cow<'t, str> {
        String::from_utf8_lossy(&bytes[self.range.clone()])
    }
}

/// Finds what a pointer points at: a line, a place in the JSON on a line, a JSON pointer, or the path of an XML element.
/// The text is in UTF-8, without byte order mark. `None` where there is no such place.
pub fn resolve(bytes: &[u8], pointer: &Pointer) -> Option<Resolved> {
    let path = pointer.as_path();
    let range = match pointer.line_number() {
        Some(number) => {
            let line = line(bytes, number)?;
            // A document of a stream starts on the line, and may go on behind it.
            let in_line = || json(&bytes[line.clone()], path).or_else(|| json(&bytes[line.start..], path));
            if path.is_empty() { line } else { within(&line, in_line()?) }
        }
        None if path.is_empty() => 0..bytes.len(),
        None if is_xml(bytes) => xml(bytes, path)?,
        None => json(bytes, path)?,
    };
    let place = locate(&bytes[..range.start], LineColumn { line: 1, column: 1 });
    Some(Resolved { place, range })
}

fn within(outer: &Range<usize>, inner: Range<usize>) -> Range<usize> {
    outer.start + inner.start..outer.start + inner.end
}

fn is_xml(bytes: &[u8]) -> bool {
    bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'<')
}

fn line(bytes: &[u8], number: u64) -> Option<Range<usize>> {
    let skipped = usize::try_from(number.checked_sub(1)?).ok()?;
    let start = match skipped.checked_sub(1) {
        None => 0,
        Some(last) => memchr::memchr_iter(b'\n', bytes).nth(last)? + 1,
    };
    if start >= bytes.len() {
        return None;
    }
    let end = memchr::memchr(b'\n', &bytes[start..]).map_or(bytes.len(), |length| start + length);
    let end = if bytes[start..end].ends_with(b"\r") { end - 1 } else { end };
    Some(start..end)
}

fn json(bytes: &[u8], path: &str) -> Option<Range<usize>> {
    let mut at = blank(bytes, script(bytes));
    for token in path.strip_prefix('/')?.split('/') {
        let token = token.replace("~1", "/").replace("~0", "~");
        at = match bytes.get(at)? {
            b'{' => member(bytes, at, &token)?,
            b'[' => element(bytes, at, token.parse().ok()?)?,
            _ => return None,
        };
    }
    Some(at..value_end(bytes, at))
}

/// Where the object starts that a script gives to a variable, `var stats = {`; 0 where it is no such script.
fn script(bytes: &[u8]) -> usize {
    let start = blank(bytes, 0);
    let Some(after) = bytes.get(start..).and_then(|text| text.strip_prefix(b"var ")) else { return 0 };
    let name = after.iter().take_while(|byte| is_of_name(**byte)).count();
    if after[name..].starts_with(b" = ") { bytes.len() - after.len() + name + b" = ".len() } else { 0 }
}

const fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$')
}

fn member(bytes: &[u8], object: usize, wanted: &str) -> Option<usize> {
    let mut at = blank(bytes, object + 1);
    while bytes.get(at).is_some_and(|byte| *byte == b'"' || is_of_name(*byte)) {
        let is_bare = bytes[at] != b'"';
        let bare = bytes[at..].iter().take_while(|byte| is_of_name(**byte)).count();
        let end = if is_bare { at + bare } else { value_end(bytes, at) };
        let key: Option<String> = if is_bare {
            std::str::from_utf8(&bytes[at..end]).ok().map(ToOwned::to_owned)
        } else {
            serde_json::from_slice(&bytes[at..end]).ok()
        };
        at = blank(bytes, end);
        if bytes.get(at) != Some(&b':') {
            return None;
        }
        at = blank(bytes, at + 1);
        if key.as_deref() == Some(wanted) && at < bytes.len() {
            return Some(at);
        }
        at = next(bytes, value_end(bytes, at))?;
    }
    None
}

fn element(bytes: &[u8], array: usize, wanted: usize) -> Option<usize> {
    let mut at = blank(bytes, array + 1);
    for _ in 0..wanted {
        at = next(bytes, value_end(bytes, at))?;
    }
    (!matches!(bytes.get(at)?, b']' | b',')).then_some(at)
}

/// After the comma that follows a value.
fn next(bytes: &[u8], end: usize) -> Option<usize> {
    let at = blank(bytes, end);
    (bytes.get(at) == Some(&b',')).then(|| blank(bytes, at + 1))
}

fn blank(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    from + rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count()
}

/// Where a JSON value ends; the end of the text where it is cut off.
fn value_end(bytes: &[u8], start: usize) -> usize {
    let mut depth = 0_usize;
    let mut at = start;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => {
                at = string_end(bytes, at);
                if depth == 0 {
                    return at;
                }
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth <= 1 => return if depth == 0 { at } else { at + 1 },
            b'}' | b']' => depth -= 1,
            b',' | b' ' | b'\n' | b'\r' | b'\t' if depth == 0 => return at,
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}

fn string_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(step) = bytes.get(at..).and_then(|rest| memchr::memchr2(b'"', b'\\', rest)) {
        at += step;
        if bytes[at] == b'"' {
            return at + 1;
        }
        at += 2;
    }
    bytes.len()
}

/// An element that is open in an XML text.
struct Open {
    /// How many bytes of the wanted path its own path is, if the wanted one begins with it: of the others no child is
    /// wanted, so that no more is kept of them.
    matched: Option<usize>,
    children: HashMap<String, u64>,
    /// Where it starts, for the element that is wanted.
    start: Option<usize>,
}

impl Open {
    /// How far the wanted path is matched by a child of this name.
    fn child(&mut self, name: &str, wanted: &str) -> Option<usize> {
        let matched = self.matched?;
        // Only elements of the name that is wanted next are counted.
        let rest = wanted.get(matched..)?.strip_prefix('/')?.strip_prefix(name)?.strip_prefix('[')?;
        let (wanted_position, _) = rest.split_once(']')?;
        let position = self.children.entry(name.to_owned()).or_default();
        *position += 1;
        let is_it = wanted_position == position.to_string();
        is_it.then_some(matched + 1 + name.len() + 1 + wanted_position.len() + 1)
    }
}

/// How far the wanted path is matched by an outermost element of this name.
fn root(name: &str, wanted: &str) -> Option<usize> {
    let rest = wanted.strip_prefix('/')?.strip_prefix(name)?;
    (rest.is_empty() || rest.starts_with('/')).then_some(1 + name.len())
}

fn xml(bytes: &[u8], wanted: &str) -> Option<Range<usize>> {
    let mut reader = quick_xml::Reader::from_reader(bytes);
    let mut buffer = Vec::new();
    let mut open: Vec<Open> = Vec::new();
    // Attributes and texts belong to their element.
    let wanted = wanted.split("/@").next().unwrap_or(wanted);
    loop {
        buffer.clear();
        let before = usize::try_from(reader.buffer_position()).ok()?;
        let event = reader.read_event_into(&mut buffer);
        let unfinished = || open.iter().find_map(|element| element.start).map(|start| start..bytes.len());
        let (tag, is_empty) = match event {
            Ok(Event::Start(tag)) => (tag, false),
            Ok(Event::Empty(tag)) => (tag, true),
            Ok(Event::End(_)) => {
                let after = usize::try_from(reader.buffer_position()).ok()?;
                if let Some(start) = open.pop()?.start {
                    return Some(start..after);
                }
                continue;
            }
            Ok(Event::Eof) | Err(_) => return unfinished(),
            Ok(_) => continue,
        };
        let name = tag.local_name().as_ref().to_owned();
        let matched = match open.last_mut() {
            None => root(&name, wanted),
            Some(parent) => parent.child(&name, wanted),
        };
        let start = (matched == Some(wanted.len())).then_some(before);
        if is_empty {
            let after = usize::try_from(reader.buffer_position()).ok()?;
            if let Some(start) = start {
                return Some(start..after);
            }
        } else {
            open.push(Open { matched, children: HashMap::new(), start });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, pointer: &str, expected: Option<(&str, &str)>) {
        let pointer: Pointer = pointer.parse().expect("a pointer");
        let found = resolve(text.as_bytes(), &pointer);
        let shown = found.as_ref().map(|found| (found.text(text.as_bytes()).into_owned(), found.place.to_string()));
        let shown = shown.as_ref().map(|(text, place)| (text.as_str(), place.as_str()));
        assert_eq!(shown, expected, "{pointer} in {text}");
    }

    #[test]
    fn json_pointers_are_followed() {
        let text = "{\n  \"a/b\": [1, {\"~\": \"x\\\"]\"}, [ ]],\n  \"\\u0063\": null }";
        check(text, "/a~1b/0", Some(("1", "2:11")));
        check(text, "/a~1b/1", Some(("{\"~\": \"x\\\"]\"}", "2:14")));
        check(text, "/a~1b/1/~0", Some(("\"x\\\"]\"", "2:20")));
        check(text, "/a~1b/2", Some(("[ ]", "2:29")));
        check(text, "/a~1b/2/0", None);
        check(text, "/a~1b/3", None);
        check(text, "/c", Some(("null", "3:13")));
        check(text, "/d", None);
        check("[{\"a\": [1, 2", "/0/a/1", Some(("2", "1:12")));
        check("{\"a\": 1, \"a\": 2}", "/a", Some(("1", "1:7")));
    }

    #[test]
    fn lines_are_counted_from_one() {
        check("a\r\nb\n\n{\"k\": [5]}", "line 2", Some(("b", "2:1")));
        check("a\r\nb\n\n{\"k\": [5]}", "line 1", Some(("a", "1:1")));
        check("a\r\nb\n\n{\"k\": [5]}", "line 4 /k/0", Some(("5", "4:8")));
        check("a\n", "line 2", None);
        check("a\n", "line 0", None);
    }

    #[test]
    fn element_paths_are_followed() {
        let text = "<?xml version=\"1.0\"?>\n<r>\n <x:a/><b>t</b><a k=\"1\">\n<c/></a></r>";
        check(text, "/r/a[1]", Some(("<x:a/>", "3:2")));
        check(text, "/r/a[2]", Some(("<a k=\"1\">\n<c/></a>", "3:16")));
        check(text, "/r/a[2]/c[1]", Some(("<c/>", "4:1")));
        check(text, "/r/b[2]", None);
        check(text, "/r", Some((&text[22..], "2:1")));
        check(text, "/r/a[2]/@k", Some(("<a k=\"1\">\n<c/></a>", "3:16")));
        check(text, "/r/a", None);
        check(text, "/ra[1]", None);
        check("<r><a>cut", "/r/a[1]", Some(("<a>cut", "1:4")));
        check("<r><a><b/></a><ab/><a><b/><b>x</b></a></r>", "/r/a[2]/b[2]", Some(("<b>x</b>", "1:27")));
    }

    /// A path kept for each open element would be 20 GB here.
    #[test]
    fn elements_that_are_open_cost_nothing() {
        let text = format!("<r>{}<a>x</a>", "<b>".repeat(100_000));
        check(&text, "/r/a[1]", None);
        let text = format!("<r>{}{}<a>x</a></r>", "<b>".repeat(100_000), "</b>".repeat(100_000));
        check(&text, "/r/a[1]", Some(("<a>x</a>", "1:700004")));
    }
}
