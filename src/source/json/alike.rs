//! Records that are written alike: of those that follow one which was read, that have the same keys, brackets and white
//! space, only strings, numbers and literals are looked at.
//!
//! Nothing is passed over that is no JSON, or that the parser would have refused: that is left for it.

use super::Json;
use super::shape::Found;
use super::tape::MAX_VALUES;
use super::text::end_of_space;

/// The members of a record that a reader asked for.
pub struct Alike<'r> {
    bytes: &'r [u8],
    found: Found<'r>,
}

impl<'r> Alike<'r> {
    /// The member of this place in the list of keys as it stands in the text, strings without their quotation marks, and
    /// whether it is one. `None` where there is none, or where it is an object or array.
    #[inline]
    pub fn raw(&self, key: usize) -> Option<(bool, &'r [u8])> {
        self.found.member(key, self.bytes)
    }

    /// All strings, numbers and literals, in the order of the text, but for those in members that nobody reads.
    pub fn scalars(&self) -> impl Iterator<Item = (bool, &'r [u8])> {
        self.found.scalars(self.bytes)
    }
}

impl Json<'_> {
    /// Passes over the elements of a list that follow the one which was taken with [`Json::record`] last, that are
    /// written like it or like another one before which this was called for, and that `takes` takes: it is shown the
    /// members of these `keys`, which must be the same with each call. Each value is of the type that it is there,
    /// and strings have no escapes. Members that are not read ([`Json::record_of`]) may hold anything.
    ///
    /// To be called for the elements of a list that are objects, and at most once for each.
    pub(crate) fn pass_alike(&mut self, keys: &[&str], mut takes: impl FnMut(&Alike<'_>) -> bool) {
        self.shapes.learn(&self.window.tape.entries, 0, &self.window.bytes[..self.filled], self.at, keys);
        loop {
            let bytes = &self.window.bytes[..self.filled];
            let comma = end_of_space(bytes, self.at);
            if bytes.get(comma) != Some(&b',') {
                return;
            }
            let start = end_of_space(bytes, comma + 1);
            let Some(found) = self.shapes.find(Some(&mut self.window.tape), bytes, start) else { return };
            // A record that ends with the window is left to the parser: reading on would move it.
            let is_usual = self.depth + found.deepest <= super::MAX_DEPTH && found.values <= MAX_VALUES;
            if found.end == bytes.len() || !is_usual {
                return;
            }
            let end = found.end;
            if !takes(&Alike { bytes, found }) {
                return;
            }
            self.passed += 1;
            self.at = end;
            if self.at - self.window.counted > super::MAX_UNCOUNTED {
                self.count_lines();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::source::trickle::Trickle;
    use crate::source::{Diags, Stop};

    /// A record, written in one of a few ways, and now and then wrongly.
    fn record() -> impl Strategy<Value = String> {
        let scalar = prop::sample::select(vec![
            "\"\"",
            "\"a\"",
            "\"a longer text, é\"",
            "\"\\u0041\\n\"",
            "\"x\"",
            "0",
            "-12.5e3",
            "true",
            "false",
            "null",
            "{}",
            "[1,2]",
        ]);
        let fault = prop::sample::select(vec!["\"\\x\"", "\"\u{1}\"", "01", "nul", "\"open", "1.", "", "1,"]);
        let value = prop_oneof![30 => scalar, 1 => fault];
        (value.clone(), value.clone(), value, 0..12).prop_map(|(one, two, three, kind)| match kind {
            0 => format!("{{\"k\":{one},\"k\":{two}}}"),
            1 => format!("[{one}, {two} ,{three}]"),
            2 => format!("{{ \"k\" : {one}, \"b\":[{two},{{\"k\":[]}}]}}"),
            3 => format!("{{\"b\":{{\"k\":{one}}},\"\\u006b\":{two}}}"),
            4 => one.to_owned(),
            5..=7 => format!("{{\"k\":{one},\"b\":[{two}]}}"),
            _ => format!("{{\"k\":{one},\"b\":[{{\"c\":{two},\"d\":{{}}}},{three}],\"e\":{three}}}"),
        })
    }

    /// What each element of a list says of `k`, with its place; and whether the document is read to its end.
    fn elements(text: &str, at_once: usize, is_together: bool, members: &[&str]) -> (Vec<String>, bool) {
        let mut json = Json::new(Vec::new(), Box::new(Trickle { left: text.as_bytes(), at_once }), Diags::default());
        let mut seen = Vec::new();
        let mut list = |json: &mut Json<'_>, index: usize| -> Result<(), Stop> {
            let node = json.record_of(members)?;
            seen.push(format!("{index} {} {}", node.get("k").raw(), node.get("e").raw()));
            let is_object = node.is_object();
            if is_together && is_object {
                let mut index = index;
                json.pass_alike(&["e", "k"], |members| {
                    let shown = |key| match members.raw(key) {
                        Some((true, text)) => format!("\"{}\"", String::from_utf8_lossy(text)),
                        Some((false, text)) => String::from_utf8_lossy(text).into_owned(),
                        None => String::new(),
                    };
                    let is_taken = members.raw(1) != Some((true, b"x"));
                    index += usize::from(is_taken);
                    seen.extend(is_taken.then(|| format!("{index} {} {}", shown(1), shown(0))));
                    is_taken
                });
            }
            Ok(())
        };
        let result = json.array(&mut list).and_then(|()| json.end());
        (seen, result.is_ok())
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

        #[test]
        fn records_that_are_alike_are_passed_over_one_by_one(
            records in prop::collection::vec(record(), 0..30),
            at_once in 1_usize..60,
        ) {
            let text = format!("[{}]", records.join(", "));
            let one_by_one = elements(&text, at_once, false, &[]);
            prop_assert_eq!(&elements(&text, at_once, true, &[]), &one_by_one);
            prop_assert_eq!(&elements(&text, at_once, true, &["k", "e"]), &one_by_one);
        }
    }

    #[test]
    fn shapes_are_known_again() {
        let records: Vec<String> = (0..100)
            .map(|n| match n % 3 {
                0 => format!("{{\"k\":\"x\",\"n\":{n}}}"),
                1 => format!("{{\"k\":\"test {n}\",\"n\":{n}.5,\"tags\":[\"a\",{n}]}}"),
                _ => format!("{{\"k\":\"test {n}\",\"n\":{}}}", n % 2 == 0),
            })
            .collect();
        // More than is compared together has to follow.
        let text = format!("[{}]{}", records.join(",\n"), " ".repeat(40));
        let mut json = Json::new(text.into_bytes(), Box::new(std::io::empty()), Diags::default());
        let (mut parsed, mut passed) = (0, 0);
        let end = json.array(|json, _| {
            json.record()?;
            parsed += 1;
            json.pass_alike(&["k"], |members| {
                let is_taken = members.raw(0) != Some((true, b"x"));
                passed += usize::from(is_taken);
                is_taken
            });
            Ok(())
        });
        assert!(end.is_ok());
        // The first of each shape, and those that are not taken.
        assert_eq!((parsed, passed), (36, 64));
        assert_eq!(json.shapes.len(), 3);
    }

    #[test]
    fn lists_that_nobody_reads_are_of_any_length() {
        let lists =
            ["[]", "[\"a\"]", "[ \"a\" ,\n\"é\" ]", "[{\"k\":1},{\"k\":2}]", "[\"a\",1]", "[\"\\n\"]", "{\"k\":[]}"];
        let records: Vec<String> = (0..100)
            .map(|n| format!("{{\"k\":{n},\"type\":\"e2e\",\"tags\":{},\"browser\":\"b\"}}", lists[n % lists.len()]))
            .collect();
        let text = format!("[{}]{}", records.join(","), " ".repeat(40));
        let mut json = Json::new(text.into_bytes(), Box::new(std::io::empty()), Diags::default());
        let (mut parsed, mut seen) = (0, Vec::new());
        let end = json.array(|json, _| {
            seen.push(json.record_of(&["k", "type", "browser"])?.get("k").raw().to_owned());
            parsed += 1;
            json.pass_alike(&["k", "type", "browser"], |members| {
                assert_eq!((members.raw(1), members.raw(2)), (Some((true, &b"e2e"[..])), Some((true, &b"b"[..]))));
                seen.extend(members.raw(0).map(|(_, raw)| String::from_utf8_lossy(raw).into_owned()));
                true
            });
            Ok(())
        });
        assert!(end.is_ok());
        assert_eq!(seen, (0..100).map(|n| n.to_string()).collect::<Vec<_>>());
        // The first one, which the others are like.
        assert_eq!((parsed, json.shapes.len()), (1, 1));
    }
}
