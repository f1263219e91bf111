//! JSON whose text can be looked at: invisible and control characters stand as `\u202e`, which readers turn back.

use serde::Serialize;

use super::visible;

/// A value as JSON for people and machines; no character in it hides or moves another.
///
/// # Errors
/// The value cannot be written as JSON.
pub fn pretty(value: &impl Serialize) -> serde_json::Result<String> {
    Ok(escaped(serde_json::to_string_pretty(value)?))
}

/// A value as JSON on one line, as [`pretty`].
///
/// # Errors
/// The value cannot be written as JSON.
pub fn compact(value: &impl Serialize) -> serde_json::Result<String> {
    Ok(escaped(serde_json::to_string(value)?))
}

/// JSON text whose hidden characters, which can stand in strings alone, are escaped.
fn escaped(json: String) -> String {
    let is_hidden = |c: char| c != '\n' && visible::is_hidden(c);
    if !json.contains(is_hidden) {
        return json;
    }
    let mut out = String::with_capacity(json.len() + 64);
    for c in json.chars() {
        if is_hidden(c) {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::pretty;

    #[test]
    fn hidden_characters_are_escaped_and_survive() {
        let text = "a\u{202e}b\u{7f}c\u{9b}d\u{e0041}e\u{ffff}ü\n";
        let json = pretty(&text).expect("a text can be written");
        assert_eq!(json, r#""a\u202eb\u007fc\u009bd\udb40\udc41e\uffffü\n""#);
        assert_eq!(serde_json::from_str::<String>(&json).expect("it is JSON"), text);
    }
}
