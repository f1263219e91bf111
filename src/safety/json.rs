//! JSON whose text can be looked at: invisible and control characters stand as `\u202e`, which readers turn back.
//!
//! See the [example](mod@crate::safety#example).

use std::io;

use serde::Serialize;

use super::visible;

mod writer;

pub(crate) use writer::PIECE;
use writer::{Error, Writer};

/// A value as JSON for people and machines; no character in it hides or moves another. What holds no list or object
/// stands on one line.
///
/// # Errors
/// The value cannot be written as JSON.
///
/// See the [example](mod@crate::safety#example).
pub fn pretty(value: &impl Serialize) -> serde_json::Result<String> {
    let mut out = Vec::with_capacity(128);
    write(value, &mut out, b"").map_err(serde::ser::Error::custom)?;
    String::from_utf8(out).map_err(serde::ser::Error::custom)
}

/// As [`pretty`], written piece by piece, and with a line feed at the end.
///
/// # Errors
/// The value cannot be written as JSON, or what is written is not taken.
pub(crate) fn write_pretty(value: &impl Serialize, out: &mut dyn io::Write) -> io::Result<()> {
    write(value, out, b"\n")
}

fn write(value: &impl Serialize, out: &mut dyn io::Write, end: &[u8]) -> io::Result<()> {
    let mut writer = Writer::new(out);
    match value.serialize(&mut writer) {
        Ok(()) => writer.finish(end),
        Err(Error::Io(error)) => Err(error),
        Err(Error::Value(message)) => Err(io::Error::new(io::ErrorKind::InvalidData, message)),
    }
}

/// A value as JSON on one line, as [`pretty`].
///
/// # Errors
/// The value cannot be written as JSON.
///
/// See the [example](mod@crate::safety#example).
pub fn compact(value: &impl Serialize) -> serde_json::Result<String> {
    let json = serde_json::to_string(value)?;
    Ok(escaped(&json).unwrap_or(json))
}

/// The escape that stands for a character, of which those beyond the first plane need two.
fn reference(c: char) -> String {
    c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect()
}

/// JSON text whose hidden characters, which can stand in strings alone, are escaped; `None` where there are none.
fn escaped(json: &str) -> Option<String> {
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
            out.push_str(&reference(c));
            done = at + c.len_utf8();
        }
        at += c.len_utf8();
    }
    if done == 0 {
        return None;
    }
    out.push_str(&json[done..]);
    Some(out)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::writer::PIECE;
    use super::{escaped, pretty, write_pretty};

    #[test]
    fn what_holds_no_other_stands_on_one_line() {
        let value = json!({
            "name": "a", "empty": [], "none": {}, "numbers": [1, 2.5, -3e300], "leaf": {"a": null, "b": true},
            "rows": [{"x": 1}, [], {"y": [2], "z": "\n"}], "last": 7,
        });
        let expected = r#"{
  "name": "a",
  "empty": [],
  "none": {},
  "numbers": [1, 2.5, -3e+300],
  "leaf": {"a": null, "b": true},
  "rows": [
    {"x": 1},
    [],
    {
      "y": [2],
      "z": "\n"
    }
  ],
  "last": 7
}"#;
        assert_eq!(pretty(&value).expect("a value can be written"), expected);
    }

    #[test]
    fn enumerations_are_written_as_everywhere() {
        #[derive(serde::Serialize)]
        enum One {
            Unit,
            Newtype(u8),
            Tuple(u8, char),
            Struct { a: (), b: Option<f32> },
        }
        let all = [One::Unit, One::Newtype(1), One::Tuple(2, '"'), One::Struct { a: (), b: Some(0.5) }];
        let ours = pretty(&all).expect("a value can be written");
        let parsed: Value = serde_json::from_str(&ours).expect("it is JSON");
        assert_eq!(parsed, serde_json::to_value(&all).expect("a value"));
        assert!(pretty(&std::collections::BTreeMap::from([(1, 2)])).is_err(), "a key is a string");
    }

    /// Any value of JSON.
    fn value() -> impl Strategy<Value = Value> {
        let text = "[ -~]{0,40}|[\"\\\\/\u{0}-\u{20}\u{7f}-\u{a0}é\u{200b}\u{202e}\u{ffff}\u{1f600}\u{e0041}x]{0,12}";
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            text.prop_map(Value::from),
        ];
        leaf.prop_recursive(5, 60, 6, move |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                proptest::collection::vec((text, inner), 0..6)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn all_that_is_written_is_what_others_write_but_for_blanks(value in value()) {
            let usual = serde_json::to_string(&value).expect("a value can be written");
            let usual = escaped(&usual).unwrap_or(usual);
            let mut ours = String::new();
            // Blanks between the parts: a line feed and all blanks after it, and one behind a comma or colon.
            let mut is_in_string = false;
            let text = pretty(&value).expect("a value can be written");
            let mut chars = text.chars();
            while let Some(c) = chars.next() {
                match c {
                    '"' => is_in_string = !is_in_string,
                    '\\' => {
                        ours.push(c);
                        ours.extend(chars.next());
                        continue;
                    }
                    ' ' | '\n' if !is_in_string => continue,
                    _ => {}
                }
                ours.push(c);
            }
            prop_assert_eq!(&ours, &usual);
            for line in text.lines() {
                prop_assert!(line.trim_end() == line, "a blank at the end of {:?}", line);
            }
        }
    }

    #[test]
    fn what_is_written_piece_by_piece_is_the_same() {
        for length in [0, 1, 100, PIECE - 20, PIECE - 5, PIECE, 3 * PIECE + 1] {
            for end in ["a", "é", "\u{202e}", "\u{e0041}ü\u{9b}"] {
                let value = json!(["x".repeat(length) + end, [end.repeat(length)], {"a": [end]}]);
                let mut out = Vec::new();
                write_pretty(&value, &mut out).expect("memory takes all");
                let whole = pretty(&value).expect("a value can be written") + "\n";
                assert!(out == whole.as_bytes(), "{length} {end:?}");
            }
        }
    }

    #[test]
    fn what_is_settled_is_passed_on() {
        struct Most(usize);
        impl std::io::Write for Most {
            fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
                self.0 = self.0.max(bytes.len());
                Ok(bytes.len())
            }
            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }
        let rows: Vec<Value> =
            (0..20_000).map(|n| json!({"number": n, "name": "a name", "inner": {"a": [n]}})).collect();
        let mut most = Most(0);
        write_pretty(&json!({"rows": rows}), &mut most).expect("all is taken");
        assert!(most.0 < PIECE + 1024, "{} bytes at once", most.0);
    }

    #[test]
    fn hidden_characters_are_escaped_and_survive() {
        let text = "a\u{202e}b\u{7f}c\u{9b}d\u{e0041}e\u{ffff}ü\n";
        let json = pretty(&text).expect("a text can be written");
        assert_eq!(json, r#""a\u202eb\u007fc\u009bd\udb40\udc41e\uffffü\n""#);
        assert_eq!(serde_json::from_str::<String>(&json).expect("it is JSON"), text);
    }
}
