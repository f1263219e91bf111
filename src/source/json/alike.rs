//! Records that are written alike: of those that follow one which was read, that have the same keys, brackets and white
//! space, only strings, numbers and literals are looked at.
//!
//! Nothing is passed over that is no JSON, or that the parser would have refused: that is left for it.

use super::Json;
use super::tape::{MAX_RECORD, Tape, Type};
use super::text::{end_of_digits, end_of_plain, end_of_space, is_ascii};
use crate::source::marks::{WIDTH, word};

/// Shapes that are remembered: of tests with and without steps, of those that failed.
const SHAPES: usize = 4;

/// Records with more values, or of more bytes, are parsed one by one.
const MAX_ENTRIES: usize = 512;
const MAX_BYTES: usize = 64 * 1024;

/// The members of a record that a reader asked for.
pub struct Alike<'r> {
    bytes: &'r [u8],
    scalars: &'r [Scalar],
    /// Which of the scalars each member is.
    places: &'r [Option<usize>],
}

impl<'r> Alike<'r> {
    /// The member of this place in the list of keys as it stands in the text, strings without their quotation marks, and
    /// whether it is one. `None` where there is none, or where it is an object or array.
    #[inline]
    pub fn raw(&self, key: usize) -> Option<(bool, &'r [u8])> {
        let scalar = self.scalars.get((*self.places.get(key)?)?)?;
        Some((scalar.is_text, self.bytes.get(scalar.start..scalar.end)?))
    }
}

/// Where a string without escapes, a number or a literal stands; of strings what is between the quotation marks.
#[derive(Clone, Copy, Debug)]
struct Scalar {
    start: usize,
    end: usize,
    is_text: bool,
}

impl Scalar {
    /// The one that starts at `at`; `None` where something else stands, or what is no JSON.
    #[inline(always)]
    fn parse(number: &mut Tape, bytes: &[u8], at: usize) -> Option<Scalar> {
        let first = *bytes.get(at)?;
        if first == b'"' {
            let mut bits = 0;
            let (start, end) = (at + 1, end_of_plain(bytes, at + 1, &mut bits));
            let is_sound =
                bytes.get(end) == Some(&b'"') && (is_ascii(bits) || std::str::from_utf8(&bytes[start..end]).is_ok());
            return is_sound.then_some(Scalar { start, end, is_text: true });
        }
        let literal = |word: &[u8]| if bytes[at..].starts_with(word) { at + word.len() } else { at };
        let end = match first {
            b'1'..=b'9' => end_of_digits(bytes, at),
            b'0' => at + 1,
            b't' => literal(b"true"),
            b'f' => literal(b"false"),
            b'n' => literal(b"null"),
            _ => at,
        };
        // Numbers that are no integers are the parser's, and all that it refuses.
        let end = match bytes.get(end)? {
            b',' | b'}' | b']' | b'\n' if end > at => end,
            _ => number.scalar(bytes, at)?,
        };
        Some(Scalar { start: at, end, is_text: false })
    }

    /// Behind its closing quotation mark, if it has one.
    #[inline]
    const fn behind(self) -> usize {
        self.end + self.is_text as usize
    }
}

impl Json<'_> {
    /// Passes over the elements of a list that follow the one which was taken with [`Json::record`] last, that are
    /// written like it or like another one before which this was called for, and that `takes` takes: it is shown the
    /// members of these `keys`, which must be the same with each call. Objects that have escapes in their strings, or
    /// other kinds of members where `keys` are looked for, are not passed over.
    ///
    /// To be called for the elements of a list that are objects, and at most once for each.
    pub(crate) fn pass_alike(&mut self, keys: &[&str], mut takes: impl FnMut(&Alike<'_>) -> bool) {
        self.shapes.learn(&self.window.tape, &self.window.bytes[..self.filled], self.at, keys);
        loop {
            let bytes = &self.window.bytes[..self.filled];
            let comma = end_of_space(bytes, self.at);
            if bytes.get(comma) != Some(&b',') {
                return;
            }
            let start = end_of_space(bytes, comma + 1);
            let Some((shape, scalars, end)) = self.shapes.find(bytes, start) else { return };
            // A record that ends with the window is left to the parser: reading on would move it.
            if end == bytes.len() || self.depth + shape.deepest > super::MAX_DEPTH {
                return;
            }
            if !takes(&Alike { bytes, scalars, places: &shape.places }) {
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

/// The shapes of records that were met; those that fitted more often come first.
#[derive(Debug, Default)]
pub(super) struct Shapes {
    known: Vec<Shape>,
    /// One that is being learned.
    spare: Shape,
    /// Those of the record that was looked at last.
    scalars: Vec<Scalar>,
    /// Of a number that is no integer.
    number: Tape,
}

impl Shapes {
    /// Learns from the record that ends at `end`, if none was written like it.
    fn learn(&mut self, tape: &Tape, bytes: &[u8], end: usize, keys: &[&str]) {
        let Some(root) = tape.entries.first() else { return };
        let is_usual = root.kind == Type::Object && tape.entries.len() <= MAX_ENTRIES && root.len as usize <= MAX_BYTES;
        if !is_usual || (root.start + root.len) as usize != end || self.find(bytes, root.start as usize).is_some() {
            return;
        }
        self.spare.learn(tape, &bytes[..end], keys);
        match self.known.iter().position(|known| *known == self.spare) {
            Some(index) => {
                self.hit(index);
            }
            None => {
                let old = if self.known.len() < SHAPES { None } else { self.known.pop() };
                let new = std::mem::replace(&mut self.spare, old.unwrap_or_default());
                self.known.push(new);
            }
        }
    }

    /// Parses the record that starts at `at`, if it is written like one before; returns its strings, numbers and
    /// literals, and the offset behind it.
    fn find(&mut self, bytes: &[u8], at: usize) -> Option<(&Shape, &[Scalar], usize)> {
        let (scalars, number) = (&mut self.scalars, &mut self.number);
        let fits = |(index, shape): (usize, &Shape)| Some((index, shape.parse(number, scalars, bytes, at)?));
        let (index, end) = self.known.iter().enumerate().find_map(fits)?;
        let index = self.hit(index);
        Some((&self.known[index], &self.scalars, end))
    }

    /// Counts that a shape fitted, and returns its place among those that fitted more often.
    fn hit(&mut self, index: usize) -> usize {
        self.known[index].hits += 1;
        if index > 0 && self.known[index - 1].hits < self.known[index].hits {
            self.known.swap(index - 1, index);
            return index - 1;
        }
        index
    }
}

/// How a record is written, but for its strings, numbers and literals.
#[derive(Debug, Default)]
struct Shape {
    /// What stands before each of them and behind the last.
    pieces: Vec<Piece>,
    /// The words of all pieces, one piece behind the other.
    words: Vec<Masked>,
    /// Which of the scalars the members are that the reader asks for.
    places: Vec<Option<usize>>,
    /// How many containers stand inside of each other at the deepest place.
    deepest: usize,
    /// How often another record was like it.
    hits: u64,
}

/// A text that stands between two scalars.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Piece {
    /// How many bytes it has.
    len: usize,
    /// Where its words end.
    words: usize,
}

/// Bytes of a piece, and 0xff for each in the mask. Those that are no part of the piece are 0 in both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Masked {
    word: u64,
    mask: u64,
}

impl PartialEq for Shape {
    fn eq(&self, other: &Shape) -> bool {
        self.words == other.words && self.pieces == other.pieces && self.places == other.places
    }
}

impl Shape {
    /// Learns from a record that `bytes` end with.
    fn learn(&mut self, tape: &Tape, bytes: &[u8], keys: &[&str]) {
        let entries = &tape.entries;
        (self.deepest, self.hits) = (tape.deepest, 0);
        self.words.clear();
        self.pieces.clear();
        self.places.clear();
        self.places.resize(keys.len(), None);
        let mut is_key = vec![false; entries.len()];
        let mut from = entries.first().map_or(0, |root| root.start as usize);
        for (index, entry) in entries.iter().enumerate() {
            if entry.kind == Type::Object {
                let mut key = index + 1;
                while key < entry.next as usize {
                    is_key[key] = true;
                    key = entries[key + 1].next as usize;
                }
            }
            if is_key[index] {
                continue;
            }
            let is_container = matches!(entry.kind, Type::Object | Type::Array);
            if index > 0 && is_key[index - 1] && entry.parent == 0 {
                let name = entries[index - 1].text(bytes);
                match keys.iter().position(|key| *key == name) {
                    Some(_) if is_container => return self.pieces.clear(),
                    Some(place) => self.places[place] = Some(self.pieces.len()),
                    None => {}
                }
            }
            if is_container {
                continue;
            }
            let quote = usize::from(matches!(entry.kind, Type::Plain | Type::Escaped));
            self.piece(&bytes[from..entry.start as usize - quote]);
            from = (entry.start + entry.len) as usize + quote;
        }
        self.piece(&bytes[from..]);
    }

    fn piece(&mut self, piece: &[u8]) {
        for bytes in piece.chunks(WIDTH) {
            let (mut word, mut mask) = ([0; WIDTH], [0; WIDTH]);
            word[..bytes.len()].copy_from_slice(bytes);
            mask[..bytes.len()].fill(0xff);
            self.words.push(Masked { word: u64::from_le_bytes(word), mask: u64::from_le_bytes(mask) });
        }
        self.pieces.push(Piece { len: piece.len(), words: self.words.len() });
    }

    /// The end of the record at `at`, if it is written like this one; `scalars` has its strings, numbers and literals.
    /// `None` also where fewer bytes follow than are compared at once.
    fn parse(&self, number: &mut Tape, scalars: &mut Vec<Scalar>, bytes: &[u8], mut at: usize) -> Option<usize> {
        scalars.clear();
        let start = at;
        let (last, before) = self.pieces.split_last()?;
        let mut done = 0;
        for piece in before {
            let scalar = Scalar::parse(number, bytes, self.pass(*piece, done, bytes, at)?)?;
            scalars.push(scalar);
            (at, done) = (scalar.behind(), piece.words);
        }
        let end = self.pass(*last, done, bytes, at)?;
        (end - start <= MAX_RECORD).then_some(end)
    }

    /// The offset behind the piece, if it stands at `at`; its words start at `done`.
    #[inline(always)]
    fn pass(&self, piece: Piece, done: usize, bytes: &[u8], mut at: usize) -> Option<usize> {
        let (end, mut other) = (at + piece.len, 0);
        for masked in self.words.get(done..piece.words)? {
            other |= (word(bytes.get(at..)?)? ^ masked.word) & masked.mask;
            at += WIDTH;
        }
        (other == 0).then_some(end)
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
    fn elements(text: &str, at_once: usize, is_together: bool) -> (Vec<String>, bool) {
        let mut json = Json::new(Vec::new(), Box::new(Trickle { left: text.as_bytes(), at_once }), Diags::default());
        let mut seen = Vec::new();
        let mut list = |json: &mut Json<'_>, index: usize| -> Result<(), Stop> {
            let node = json.record()?;
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
            prop_assert_eq!(elements(&text, at_once, true), elements(&text, at_once, false));
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
        let text = format!("[{}]", records.join(",\n"));
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
        assert_eq!((parsed, passed), (35, 65));
        assert_eq!(json.shapes.known.len(), 2);
    }
}
