//! Records that are written alike: where one has the same keys, brackets and white space as another before it, only its
//! strings, numbers and literals are looked at one by one.
//!
//! What comes of it is what the parser would have come to; whatever differs is left to the parser.

use super::tape::{Entry, Fault, Tape, Type};

/// Shapes that are remembered: of tests that passed and failed, of results with and without a place.
const SHAPES: usize = 4;

/// Records with more values, or of more bytes, are parsed one by one.
const MAX_ENTRIES: usize = 512;
const MAX_BYTES: usize = 64 * 1024;

/// How many records in a row may be like none before them, until it is no longer tried with each of them.
const PATIENCE: u32 = 16;

/// With every so manieth record it is tried again.
const SELDOM: u32 = 64;

/// The shapes of the records that were met last.
#[derive(Debug, Default)]
pub(super) struct Shapes {
    /// The one that fitted last comes first.
    known: Vec<Shape>,
    /// Records since one was like another.
    misses: u32,
}

impl Shapes {
    /// As [`Tape::parse`].
    pub fn parse(&mut self, tape: &mut Tape, bytes: &[u8], at: usize, doubled: &[&str]) -> Result<usize, Fault> {
        if !matches!(bytes.get(at), Some(b'{' | b'[')) {
            return tape.parse(bytes, at, doubled);
        }
        let is_tried = self.misses < PATIENCE || self.misses.is_multiple_of(SELDOM);
        if is_tried && let Some(end) = self.parse_alike(tape, bytes, at) {
            self.misses = 0;
            return Ok(end);
        }
        self.misses = self.misses.saturating_add(1);
        let end = tape.parse(bytes, at, doubled)?;
        if is_tried && (2..=MAX_ENTRIES).contains(&tape.entries.len()) && end - at <= MAX_BYTES {
            let mut shape = if self.known.len() < SHAPES { None } else { self.known.pop() }.unwrap_or_default();
            shape.learn(tape, &bytes[..end], at);
            self.known.insert(0, shape);
        }
        Ok(end)
    }

    /// Parses the value that starts at `at`, if it is written like one before.
    fn parse_alike(&mut self, tape: &mut Tape, bytes: &[u8], at: usize) -> Option<usize> {
        let (index, end) =
            (self.known.iter().enumerate()).find_map(|(index, shape)| Some((index, shape.parse(tape, bytes, at)?)))?;
        self.known[..=index].rotate_right(1);
        Some(end)
    }
}

/// How a record is written, but for its strings, numbers and literals.
#[derive(Debug, Default)]
struct Shape {
    /// What stands between them, one piece behind the other.
    text: Vec<u8>,
    steps: Vec<Step>,
    deepest: usize,
}

#[derive(Clone, Copy, Debug)]
enum Step {
    /// Bytes that have to stand here: as far as this offset in the text of the shape.
    Piece(usize),
    /// A key or the start of a container, which stands so far behind the start of the last piece. Of containers the length
    /// is not known yet.
    Entry(usize, Entry),
    /// The end of the container of this index, so far behind the start of the last piece.
    End(usize, u32),
    /// A string, number or literal, in the container of this index.
    Scalar(u32),
}

impl Shape {
    /// Learns from a record that was parsed and ends with `bytes`.
    fn learn(&mut self, tape: &Tape, bytes: &[u8], at: usize) {
        let entries = &tape.entries;
        self.text.clear();
        self.steps.clear();
        self.deepest = tape.deepest;
        let mut keys = vec![false; entries.len()];
        for (index, entry) in entries.iter().enumerate().filter(|(_, entry)| entry.kind == Type::Object) {
            let mut key = index + 1;
            while key < entry.next as usize {
                keys[key] = true;
                key = entries[key + 1].next as usize;
            }
        }
        // The containers that are open, the innermost last.
        let mut open: Vec<usize> = Vec::new();
        let mut from = at;
        // What stands in the piece that is not complete yet.
        let mut inside: Vec<Step> = Vec::new();
        let past = |entry: &Entry| (entry.start + entry.len) as usize;
        for (index, entry) in entries.iter().enumerate() {
            while let Some(closed) = open.pop_if(|open| entries[*open].next as usize <= index) {
                inside.push(Step::End(past(&entries[closed]) - from, narrow(closed)));
            }
            let start = entry.start as usize;
            match entry.kind {
                Type::Array | Type::Object => {
                    inside.push(Step::Entry(start - from, *entry));
                    open.push(index);
                }
                _ if keys[index] => inside.push(Step::Entry(start - from, *entry)),
                _ => {
                    let quote = usize::from(matches!(entry.kind, Type::Plain | Type::Escaped));
                    self.piece(&bytes[from..start - quote], &mut inside);
                    self.steps.push(Step::Scalar(entry.parent));
                    from = past(entry) + quote;
                }
            }
        }
        while let Some(closed) = open.pop() {
            inside.push(Step::End(past(&entries[closed]) - from, narrow(closed)));
        }
        self.piece(&bytes[from..], &mut inside);
    }

    fn piece(&mut self, piece: &[u8], inside: &mut Vec<Step>) {
        self.text.extend_from_slice(piece);
        self.steps.push(Step::Piece(self.text.len()));
        self.steps.append(inside);
    }

    /// Parses the value that starts at `at`, if it is written like this; returns the offset behind it.
    fn parse(&self, tape: &mut Tape, bytes: &[u8], at: usize) -> Option<usize> {
        let mut scalars = tape.scalars(bytes, at);
        let mut done = 0;
        let mut start = at;
        for step in &self.steps {
            match *step {
                Step::Piece(end) => {
                    start = scalars.at();
                    scalars.expect(&self.text[done..end])?;
                    done = end;
                }
                Step::Entry(offset, entry) => scalars.push(Entry { start: narrow(start + offset), ..entry }),
                Step::End(offset, container) => scalars.end(container, start + offset),
                Step::Scalar(parent) => scalars.scalar(parent)?,
            }
        }
        let end = scalars.at();
        tape.deepest = self.deepest;
        Some(end)
    }
}

fn narrow(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A value, written in one of a few ways, and now and then wrongly.
    fn value() -> impl Strategy<Value = String> {
        let scalar = prop::sample::select(vec![
            "\"\"",
            "\"a\"",
            "\"a longer text, é\"",
            "\"\\u0041\\n\"",
            "\"\\x\"",
            "\"\u{1}\"",
            "0",
            "-12.5e3",
            "01",
            "true",
            "false",
            "null",
            "nul",
            "{}",
            "[]",
            "[1,2]",
            "\"open",
        ]);
        (scalar.clone(), scalar.clone(), scalar, 0..8).prop_map(|(one, two, three, kind)| match kind {
            0 => format!("{{\"k\":{one},\"k\":{two}}}"),
            1 => format!("[{one}, {two} ,{three}]"),
            2 => format!("{{\"s\":{one},\"s\":{two}}}"),
            3 => format!("{{ \"key\" : {one}, \"b\":[{two},{{\"c\":[]}}]}}"),
            _ => format!("{{\"key\":{one},\"b\":[{{\"c\":{two},\"d\":{{}}}},{three}],\"e\":{three}}}"),
        })
    }

    proptest! {
        #[test]
        fn a_record_has_the_entries_that_the_parser_finds(records in prop::collection::vec(value(), 1..40)) {
            let mut shapes = Shapes::default();
            let mut tape = Tape::default();
            for record in records {
                let text = format!(" {record} ");
                let mut alone = Tape::default();
                let expected = alone.parse(text.as_bytes(), 1, &["s"]);
                prop_assert_eq!(shapes.parse(&mut tape, text.as_bytes(), 1, &["s"]), expected.clone());
                if expected.is_ok() {
                    prop_assert_eq!(&tape.entries, &alone.entries);
                    prop_assert_eq!(tape.deepest, alone.deepest);
                }
            }
        }
    }

    #[test]
    fn records_that_are_alike_are_not_parsed_again() {
        let mut shapes = Shapes::default();
        let mut tape = Tape::default();
        for n in 0..100 {
            let text = format!("{{\"name\":\"test {n}\",\"time\":{n}.5,\"tags\":[\"a\",{n}],\"ok\":{}}}", n % 2 == 0);
            assert_eq!(shapes.parse(&mut tape, text.as_bytes(), 0, &[]), Ok(text.len()));
            assert_eq!((shapes.known.len(), shapes.misses), (1, u32::from(n == 0)));
        }
    }

    #[test]
    fn where_no_two_are_alike_it_is_seldom_tried() {
        let mut shapes = Shapes::default();
        let mut tape = Tape::default();
        for n in 0..1_000 {
            let text = format!("{{\"k{n}\":1}}");
            assert_eq!(shapes.parse(&mut tape, text.as_bytes(), 0, &[]), Ok(text.len()));
        }
        assert_eq!((shapes.known.len(), shapes.misses), (SHAPES, 1_000));
    }
}
