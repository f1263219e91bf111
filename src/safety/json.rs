//! JSON whose text can be looked at: invisible and control characters stand as `\u202e`, which readers turn back.
//!
//! See the [example](mod@crate::safety#example).

use serde::Serialize;

use super::visible;

/// A value as JSON for people and machines; no character in it hides or moves another.
///
/// # Errors
/// The value cannot be written as JSON.
///
/// See the [example](mod@crate::safety#example).
pub fn pretty(value: &impl Serialize) -> serde_json::Result<String> {
    Ok(escaped(serde_json::to_string_pretty(value)?))
}

/// A value as JSON on one line, as [`pretty`].
///
/// # Errors
/// The value cannot be written as JSON.
///
/// See the [example](mod@crate::safety#example).
pub fn compact(value: &impl Serialize) -> serde_json::Result<String> {
    Ok(escaped(serde_json::to_string(value)?))
}

/// JSON text whose hidden characters, which can stand in strings alone, are escaped.
fn escaped(json: String) -> String {
    let mut out = String::new();
    let mut done = 0;
    let mut at = 0;
    // Nearly all of it is ASCII, of which only these bytes hide.
    let may_hide = |byte: &u8| (*byte >= 0x7f) | ((*byte < b' ') & (*byte != b'\n'));
    loop {
        // As many bytes at once as are compared together.
        while json.as_bytes()[at..]
            .first_chunk::<64>()
            .is_some_and(|bytes| !bytes.iter().fold(false, |any, byte| any | may_hide(byte)))
        {
            at += 64;
        }
        let Some(skip) = json.as_bytes()[at..].iter().position(may_hide) else { break };
        at += skip;
        let Some(c) = json[at..].chars().next() else { break };
        if visible::is_hidden(c) {
            out.push_str(&json[done..at]);
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
            done = at + c.len_utf8();
        }
        at += c.len_utf8();
    }
    if done == 0 {
        return json;
    }
    out.push_str(&json[done..]);
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
