//! What is JSON and what is none, and what is left of a text that is cut.

use proptest::prelude::*;

use super::*;

#[track_caller]
fn fault(text: &str) -> FaultKind {
    Tape::default().parse(text.as_bytes(), 0, Wants::default()).expect_err("must not parse").kind
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
        let ours = Tape::default().parse(text.as_bytes(), 0, Wants::default()).map(|end| end == text.len());
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
    assert_eq!(Tape::default().parse(deep.as_bytes(), 0, Wants::default()), Ok(deep.len()));
}

#[test]
fn a_cut_text_gives_what_is_complete() {
    let mut tape = Tape::default();
    assert_eq!(tape.parse_cut(br#"{"a":[1,{"b":2,"c":"#), Ok(None));
    let kinds: Vec<Type> = tape.entries.iter().map(|e| e.kind).collect();
    assert_eq!(kinds, [Type::Object, Type::Plain, Type::Array, Type::Number, Type::Object, Type::Plain, Type::Number]);
}

#[test]
fn of_the_lists_in_a_head_no_more_than_the_first_elements_are_kept() {
    let element = |n: usize| format!(r#"{{"n": {n}, "inner": [1, {{"x": [{n}]}}]}}"#);
    let text = |count: usize, then: &str| {
        let elements: Vec<String> = (0..count).map(element).collect();
        format!(r#"{{"list": [{}{then}], "last": [[], {{}}]}}"#, elements.join(", "))
    };
    let looked_at = MAX_LOOKED_AT as usize;
    let mut tape = Tape::default();
    let mut kept = |text: &str| {
        let end = tape.parse_cut(text.as_bytes()).expect("it starts as JSON");
        let (list, last) = (2, tape.entries.len().saturating_sub(4));
        assert_eq!(tape.entries[list].kind, Type::Array);
        let elements = tape.entries.iter().filter(|entry| entry.parent as usize == list).count();
        (elements, end, tape.entries[last].raw(text.as_bytes()) == b"last")
    };
    for count in [1, looked_at, looked_at + 1, 300] {
        let text = text(count, "");
        assert_eq!(kept(&text), (count.min(looked_at), Some(text.len()), true), "{count}");
    }
    // What is passed over is checked all the same: behind a fault nothing is believed.
    for bad in [", {\"n\": 01}", ", {\"n\": 1, \"n\": 2}", ", nul", ",", ", [[[}]"] {
        let (elements, end, has_last) = kept(&text(200, bad));
        assert!((looked_at..=looked_at + 1).contains(&elements) && end.is_none() && !has_last, "{bad}");
    }
}

fn scalar() -> impl Strategy<Value = &'static str> {
    let sound = [
        r#""""#,
        r#""a: b""#,
        r#""a longer text, é""#,
        r#""\n\u0041""#,
        "0",
        "-1.5e3",
        "123456789",
        "true",
        "false",
        "null",
    ];
    let other =
        ["{}", "[]", "[1, 2]", r#""\x""#, "\"open", "01", "1.", "nul", "", "1 2", "\"\u{1}\"", "{\"deep\":[[{}]]}"];
    prop_oneof![60 => prop::sample::select(sound.to_vec()), 1 => prop::sample::select(other.to_vec())]
}

/// A list of elements, most of which are written alike.
fn list() -> impl Strategy<Value = String> {
    let element = (scalar(), scalar(), scalar(), 0..20).prop_map(|(one, two, three, kind)| match kind {
        0 => format!("[{one}, {two}]"),
        1 => one.to_owned(),
        2 => format!("{{\"k\":{one},\"k\":{two}}}"),
        3 => format!("{{\"b\" : {one}}}"),
        4 => "{}".to_owned(),
        _ => {
            let list = format!("[{{\"c\" :{two},\"d\":{{}}}},{{\"c\" :{three},\"d\":{{}}}}]");
            format!("{{\"k\":{one},\"list\": {list},\"e\":[{three}, []]}}")
        }
    });
    (prop::collection::vec(element, 0..12), prop::sample::select(vec![",", ", ", "\n,\t"]))
        .prop_map(|(elements, comma)| format!("[{}]", elements.join(comma)))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_nobody_reads_is_checked_like_the_rest(list in list(), last in list(), nested in 0_usize..200) {
        let nested = if nested > 120 { nested } else { 0 };
        let list = format!("{}{list}{}", "[".repeat(nested), "]".repeat(nested));
        let text = format!("{{\"read\": {list}, \"unread\": {list} ,\"last\":{last}}}        ");
        let (mut all, mut some, mut none) = (Tape::default(), Tape::default(), Tape::default());
        let parsed = all.parse(text.as_bytes(), 0, Wants::default());
        let wants = Wants { members: &["last", "read"], ..Wants::default() };
        prop_assert_eq!(&some.parse(text.as_bytes(), 0, wants), &parsed);
        prop_assert_eq!(&none.pass(text.as_bytes(), 0), &parsed);
        // Where it goes on, the walk over what is cut is told the same.
        prop_assert!(all.open_at().eq(none.open_at()));
        if parsed.is_ok() {
            prop_assert_eq!((some.deepest, none.deepest), (all.deepest, all.deepest));
            let members = |tape: &Tape| {
                let after = |key: u32| tape.entries[key as usize + 1].next;
                let values = std::iter::successors(Some(1), move |key| Some(after(*key))).take(3);
                values.map(|key| tape.entries[key as usize + 1]).collect::<Vec<_>>()
            };
            let (all_members, some_members) = (members(&all), members(&some));
            let place = |entry: &Entry| (entry.start, entry.len);
            prop_assert!(all_members.iter().map(place).eq(some_members.iter().map(place)));
            let end = all_members[0].next as usize;
            prop_assert_eq!(&all.entries[1..end], &some.entries[1..end]);
            prop_assert_eq!(some_members[1].next as usize, end + 2);
            let kept = |tape: &Tape, from: u32| tape.entries.len() - from as usize;
            prop_assert_eq!(kept(&some, some_members[1].next), kept(&all, all_members[1].next));
        }
    }
}

#[test]
fn what_may_be_doubled_in_one_place_may_not_be_in_another() {
    let element = r#"{"s": 1, "s": 2, "list": [{"s": 3}]}"#;
    let record = format!("{{\"unread\": [{element}, {element}, {element}]}}        ");
    let mut tape = Tape::default();
    let wants = Wants { doubled: &["s"], members: &["read"] };
    assert!(tape.parse(record.as_bytes(), 0, wants).is_ok());
    let list = format!("[{element}, {element}]        ");
    assert_eq!(tape.pass(list.as_bytes(), 0).map_err(|fault| fault.kind), Err(FaultKind::DuplicateKey("s".into())));
}

#[test]
fn values_that_nobody_reads_are_counted() {
    let element = r#"{"key": "value", "n": [12, {}]}"#;
    let record = format!("{{\"unread\": [{}], \"n\": 1}}        ", [element; 100].join(","));
    let (mut all, mut some, mut none) = (Tape::default(), Tape::default(), Tape::default());
    assert!(all.parse(record.as_bytes(), 0, Wants::default()).is_ok());
    assert!(some.parse(record.as_bytes(), 0, Wants { members: &["n"], ..Wants::default() }).is_ok());
    assert!(none.pass(record.as_bytes(), 0).is_ok());
    assert_eq!((all.values(), some.values(), none.values()), (all.entries.len(), all.values(), all.values()));
}

#[test]
fn elements_that_nobody_reads_are_passed_over() {
    let text = format!("[{}]        ", vec![r#"{"key": "value", "n": [12, {}]}"#; 100].join(","));
    let mut tape = Tape::default();
    assert_eq!(tape.pass(text.as_bytes(), 0), Ok(text.trim_end().len()));
    // Those of the list and of the first one.
    assert_eq!(tape.entries.len(), 1 + 8 - 1);
    assert_eq!(tape.deepest, 4);
}

#[test]
fn long_lists_of_numbers_are_checked_like_the_rest() {
    let lasts =
        ["7", "0", "12 ", "07", "00", "-1", "1.5", "1e3", "", "1,", "1 2", "x", "[1]", "{\"a\":1}", "\"s\"", "1]"];
    for (last, comma) in lasts.into_iter().flat_map(|last| [",", ", ", " , ", ",\n", ",  "].map(|comma| (last, comma)))
    {
        for count in [1, 62, 63, 64, 65, 66, 300] {
            let numbers: Vec<String> = (0..count).map(|n| (n * 37 % 300).to_string()).collect();
            let list = format!("[{}{comma}{last}]", numbers.join(comma));
            for text in
                [list.clone(), format!("{{\"a\": {list}, \"b\": [{list}, {{}}]}}"), list[..list.len() - 1].to_owned()]
            {
                let (mut all, mut none, mut head) = (Tape::default(), Tape::default(), Tape::default());
                let parsed = all.parse(text.as_bytes(), 0, Wants::default());
                assert_eq!(none.pass(text.as_bytes(), 0), parsed, "{text}");
                assert_eq!(head.parse_cut(text.as_bytes()), Ok(parsed.clone().ok()), "{text}");
                if parsed.is_ok() {
                    let counted = [&all, &none, &head].map(|tape| (tape.values(), tape.deepest));
                    assert_eq!(counted, [counted[0]; 3], "{text}");
                }
            }
        }
    }
}

#[test]
fn of_an_element_with_a_fault_in_it_a_head_keeps_nothing() {
    let element = r#"{"n": [1, {"k": [2]}]}"#;
    let before = [element; 64].join(",");
    for faulty in [r#"{"n": [1, {"k": [2, x]}]}"#, r#"{"n": 1, "#, "[7, 8, x]", "x"] {
        let text = format!("{{\"list\": [{before},{faulty}");
        let mut tape = Tape::default();
        assert_eq!(tape.parse_cut(text.as_bytes()), Ok(None));
        // The object, the key, the list and what is in its first elements.
        assert_eq!(tape.entries.len(), 3 + 64 * 8, "{faulty}");
        assert!(
            tape.entries.iter().all(|entry| entry.kind != Type::Unread && entry.next as usize <= tape.entries.len())
        );
    }
}
