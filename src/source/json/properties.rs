//! Properties of the parser and the cursor over texts that are made at random.

use std::collections::BTreeSet;
use std::fmt;

use proptest::prelude::*;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::tape::{Tape, Wants};
use super::{Json, Node, Tree};
use crate::diagnostics::LineColumn;
use crate::source::content::Content;
use crate::source::hashing::Hashing;
use crate::source::{Diags, Stop};

/// What `serde_json` takes, where no key stands twice in an object.
struct Unique;

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Unique, D::Error> {
        deserializer.deserialize_any(Unique)
    }
}

impl<'de> Visitor<'de> for Unique {
    type Value = Unique;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Unique, E> {
        Ok(Unique)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Unique, E> {
        Ok(Unique)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Unique, E> {
        Ok(Unique)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Unique, E> {
        Ok(Unique)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Unique, E> {
        Ok(Unique)
    }

    fn visit_str<E>(self, _: &str) -> Result<Unique, E> {
        Ok(Unique)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Unique, A::Error> {
        while elements.next_element::<Unique>()?.is_some() {}
        Ok(Unique)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Unique, A::Error> {
        let mut keys = BTreeSet::new();
        while let Some((key, Unique)) = members.next_entry::<String, Unique>()? {
            if !keys.insert(key) {
                return Err(A::Error::custom("a key stands twice"));
            }
        }
        Ok(Unique)
    }
}

fn value_of(node: Node<'_>) -> Value {
    if node.is_object() {
        node.entries().map(|(key, value)| (key.into_owned(), value_of(value))).collect()
    } else if node.is_array() {
        node.items().map(value_of).collect()
    } else if let Some(text) = node.is_string().then(|| node.string()).flatten() {
        Value::String(text)
    } else if let Some(number) = node.is_number().then(|| node.raw()) {
        // serde_json reads doubles less exactly than it writes them.
        let whole = number.parse::<i64>().map(Value::from);
        whole.unwrap_or_else(|_| number.parse::<f64>().expect("a number").into())
    } else {
        serde_json::from_str(node.raw()).expect("a word")
    }
}

fn values() -> impl Strategy<Value = Value> {
    let key = prop_oneof!["[a-c]{0,2}", "[a-z]{0,20}", "\\PC{0,6}"];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e300..1e300).prop_map(Value::from),
        "[\\PC\n\t\"\\\\\u{1}\u{1f}]{0,20}".prop_map(Value::from),
        "[a-z ]{0,40}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 64, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((key.clone(), inner), 0..30)
                .prop_map(|members| members.into_iter().collect::<serde_json::Map<_, _>>().into()),
        ]
    })
}

/// Values as text, in one line or in many.
fn texts() -> impl Strategy<Value = (Value, String)> {
    (values(), any::<bool>()).prop_map(|(value, pretty)| {
        let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
        (value, text.expect("a value can be written"))
    })
}

/// What a reader sees that takes the elements of `rows` and passes over the rest; `head` bytes are read before.
fn walk(text: &[u8], head: usize) -> (Vec<String>, Option<String>) {
    let (head, rest) = text.split_at(head.min(text.len()));
    walk_from(Json::new(head.to_vec(), Box::new(rest), Diags::default()))
}

fn walk_from(mut json: Json<'_>) -> (Vec<String>, Option<String>) {
    let mut seen = Vec::new();
    let mut tell = |node: Node<'_>| seen.push(format!("{} at {}: {}", node.pointer(), node.place(), node.raw()));
    let mut rows = |json: &mut Json<'_>, index: usize| -> Result<(), Stop> {
        // Lent or kept, a record is the same.
        if index.is_multiple_of(2) {
            tell(json.record()?);
        } else {
            tell(json.tree()?.root());
        }
        Ok(())
    };
    let end = json.object(|json, key| if key == "rows" { json.array(&mut rows) } else { json.skip() });
    let end = end.and_then(|()| json.end()).err().map(|stop| format!("{:?}", stop.0));
    (seen, end)
}

/// A document of some megabytes, of which parts are read by another thread: with records that are longer than what a
/// window has room for.
fn long() -> String {
    let rows = (0..60_000_u32).map(|n| match n % 5_000 {
        0 => format!("{{\"n\": {n}, \"long\": \"{}\"}}", "é".repeat(40_000)),
        k => format!("{{\"n\": {n}, \"text\": \"{}\", \"deep\": [{{\"k\": {k}}}]}}", "€x".repeat(k as usize % 17)),
    });
    let rows: Vec<String> = rows.collect();
    format!(
        "{{\"before\": [{}],\n\"rows\": [{}], \"last\": 1}}\n",
        rows[..20_000].join(", "),
        rows[20_000..].join(",\n ")
    )
}

#[test]
fn what_another_thread_reads_is_the_same() {
    let text = long();
    let middle = text.len() / 2;
    let broken = [&text.as_bytes()[..middle], b"\x00", &text.as_bytes()[middle..]].concat();
    for bytes in [text.as_bytes(), &text.as_bytes()[..text.len() - 9], &broken] {
        let own = Content::own(Box::new(std::io::Cursor::new(bytes.to_vec())), u64::MAX, None);
        let ahead = walk_from(Json::new(Vec::new(), Box::new(Hashing::of(own)), Diags::default()));
        let direct = walk(bytes, 0);
        assert_eq!(ahead.0.len(), direct.0.len());
        assert!(ahead == direct);
        assert_eq!(direct.1.is_none(), bytes.len() == text.len());
    }
}

#[test]
fn whoever_reads_a_limit_is_met_at_the_same_byte() {
    let text = long();
    for max in [1_048_576, 1_500_001, 2_000_003, text.len() as u64 - 1] {
        let own = || Content::own(Box::new(std::io::Cursor::new(text.clone())), max, None);
        let ahead = walk_from(Json::new(Vec::new(), Box::new(Hashing::of(own())), Diags::default()));
        let direct = walk_from(Json::new(Vec::new(), Box::new(Hashing::new(own())), Diags::default()));
        assert!(ahead == direct, "{max}: {:?} and {:?}", ahead.1, direct.1);
        assert!(direct.1.is_some_and(|stop| stop.contains("is larger than")));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn values_are_read_as_they_were_written((value, text) in texts()) {
        let mut tree = Tree::new(text.clone().into_bytes(), LineColumn { line: 1, column: 1 }, Diags::default());
        prop_assert_eq!(tree.parse(text.len(), 0, Wants::default()), Ok(text.len()));
        prop_assert_eq!(value_of(tree.root()), value);
        let keys = ["b", "", "a", "bb"];
        for (node, key) in tree.root().get_all(keys).into_iter().zip(keys) {
            prop_assert_eq!((node.exists(), node.raw()), (tree.root().get(key).exists(), tree.root().get(key).raw()));
        }
    }

    #[test]
    fn what_is_json_is_agreed_with_serde_json(
        (_, text) in texts(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), any::<bool>()), 0..4),
    ) {
        let mut bytes = text.into_bytes();
        for (at, byte, is_structure) in changes {
            let marks = b"\"\\{}[]:,0-.eu \n\x01\x80\xc3";
            let byte = if is_structure { marks[usize::from(byte) % marks.len()] } else { byte };
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        // A lone surrogate and a number beyond all doubles are well-formed, and serde_json refuses them.
        prop_assume!(!bytes.windows(3).any(|three| three.eq_ignore_ascii_case(b"\\ud")));
        let ours = Tape::default().parse(&bytes, 0, Wants::default());
        let ours = ours.is_ok_and(|end| bytes[end..].iter().all(|byte| b" \t\r\n".contains(byte)));
        let theirs = match serde_json::from_slice::<Unique>(&bytes) {
            Ok(Unique) => true,
            Err(error) if error.to_string().starts_with("number out of range") => return Ok(()),
            Err(_) => false,
        };
        prop_assert_eq!(ours, theirs, "{}", String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn it_does_not_matter_where_a_window_ends(
        (_, before) in texts(),
        rows in prop::collection::vec(texts(), 0..4),
        cut in prop::option::of(any::<prop::sample::Index>()),
        heads in prop::collection::vec(any::<prop::sample::Index>(), 8),
    ) {
        let rows: Vec<String> = rows.into_iter().map(|(_, text)| text).collect();
        let mut text = format!("{{\"before\": {before},\n\"rows\": [{}], \"last\": 1}}\n", rows.join(",\n ")).into_bytes();
        if let Some(cut) = cut {
            text.truncate(cut.index(text.len()));
        }
        let whole = walk(&text, text.len());
        for head in heads {
            let head = head.index(text.len() + 1);
            prop_assert_eq!(&walk(&text, head), &whole, "{}", head);
        }
    }
}
