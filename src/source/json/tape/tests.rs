//! What is JSON and what is none, and what is left of a text that is cut.

use super::*;

#[track_caller]
fn fault(text: &str) -> FaultKind {
    Tape::default().parse(text.as_bytes(), 0, &[]).expect_err("must not parse").kind
}

#[test]
fn agrees_with_serde_json_on_what_is_json() {
    let texts = [
        "{}",
        "[]",
        "1",
        "-0",
        "-0.0",
        "1e5",
        "1E+5",
        "01",
        "1.",
        ".5",
        "+1",
        "-",
        "1e",
        "\"\"",
        "\"a\\u0041\"",
        "\"\\x\"",
        "\"\\u12\"",
        "[1,]",
        "{\"a\":1,}",
        "{\"a\"}",
        "{\"a\":}",
        "{1:2}",
        "tru",
        "truex",
        "null",
        "[1 2]",
        "[[],{}]",
        "{\"a\":{\"b\":[1,2,{\"c\":null}]}}",
        "nul",
        "\"\u{1}\"",
        "[",
        "{",
        "{\"a\":[",
        "]",
    ];
    for text in texts {
        let ours = Tape::default().parse(text.as_bytes(), 0, &[]).map(|end| end == text.len());
        let theirs = serde_json::from_str::<serde_json::Value>(text).is_ok();
        assert_eq!(ours == Ok(true), theirs, "{text}");
    }
}

#[test]
fn keys_are_compared_after_unescaping() {
    assert_eq!(fault(r#"{"status":"fail","st\u0061tus":"pass"}"#), FaultKind::DuplicateKey("status".into()));
}

#[test]
fn depth_is_limited() {
    assert_eq!(fault(&"[".repeat(100_000)), FaultKind::TooDeep);
    let deep = format!("{}{}", "[".repeat(MAX_DEPTH), "]".repeat(MAX_DEPTH));
    assert_eq!(Tape::default().parse(deep.as_bytes(), 0, &[]), Ok(deep.len()));
}

#[test]
fn a_cut_text_gives_what_is_complete() {
    let mut tape = Tape::default();
    assert_eq!(tape.parse_cut(br#"{"a":[1,{"b":2,"c":"#), Ok(None));
    let kinds: Vec<Type> = tape.entries.iter().map(|e| e.kind).collect();
    assert_eq!(kinds, [Type::Object, Type::Plain, Type::Array, Type::Number, Type::Object, Type::Plain, Type::Number]);
}
