//! Elements of a list that are written like the one before: same keys, brackets and white space. Only their strings,
//! numbers and literals are looked at, and their entries are made after those of the one before.

use super::{Entry, MAX_VALUES, Parser, Type, narrow};
use crate::source::marks::{WIDTH, word};

/// Elements with more entries are parsed one by one.
const MAX_ENTRIES: u32 = 64;

/// Bytes that may be looked at in vain beyond those that were not.
const MAX_VAIN: usize = 4 * 1024;

/// The last element that was complete, and how often the next one was like it.
#[derive(Debug, Default)]
pub(super) struct Repeats {
    /// The container that was closed last.
    pub(super) closed: u32,
    /// Bytes that may still be looked at in vain.
    credit: usize,
}

impl Repeats {
    pub(super) const fn new() -> Repeats {
        Repeats { closed: super::NONE, credit: MAX_VAIN }
    }
}

impl Parser<'_, '_> {
    /// Parses the next element of the open list, if it is written like the one before; false, with nothing done, where
    /// it is not, or is no JSON.
    pub(super) fn repeat(&mut self) -> bool {
        let model = self.repeats.closed;
        let Some(entry) = self.tape.entries.get(model as usize) else { return false };
        let after = narrow(self.tape.entries.len());
        let is_before = entry.parent == self.inner.container && entry.next == after;
        if !is_before || self.repeats.credit == 0 || after - model > MAX_ENTRIES || after as usize > MAX_VALUES {
            return false;
        }
        let (old, start) = (entry.start as usize, self.at);
        self.at = super::text::end_of_space(self.bytes, self.at);
        let from = self.at;
        if self.copy(model, old).is_some() {
            self.close_copied(model, after);
            self.repeats.closed = after;
            self.repeats.credit += self.at - from;
            return true;
        }
        self.repeats.credit = self.repeats.credit.saturating_sub(self.at - from);
        self.tape.entries.truncate(after as usize);
        self.at = start;
        false
    }

    /// Adds the entries of the element here, after those of the last one, which starts at `old`.
    /// Containers have no lengths yet. `None` where they are not written alike.
    fn copy(&mut self, model: u32, mut old: usize) -> Option<()> {
        let after = narrow(self.tape.entries.len());
        let count = after - model;
        self.tape.entries.reserve(count as usize);
        let outer = self.inner.container;
        for index in model..after {
            let entry = self.tape.entries[index as usize];
            let parent = if index == model { outer } else { entry.parent + count };
            let is_container = matches!(entry.kind, Type::Array | Type::Object);
            if is_container || self.is_key(entry) {
                let start = narrow(self.at + (entry.start as usize).checked_sub(old)?);
                self.tape.entries.push(Entry { start, next: entry.next + count, parent, ..entry });
                continue;
            }
            let quote = usize::from(is_text(entry));
            self.pass(old, entry.start as usize - quote)?;
            self.scalar(parent)?;
            old = end(entry);
        }
        self.pass(old, end(self.tape.entries[model as usize]))
    }

    /// Gives the containers among the entries from `after` on the lengths that those from `model` on have, and what
    /// their last values have more or less.
    fn close_copied(&mut self, model: u32, after: u32) {
        let entries = &mut self.tape.entries;
        for index in (0..after - model).rev() {
            let old = entries[(model + index) as usize];
            if !matches!(old.kind, Type::Array | Type::Object) || old.next == model + index + 1 {
                continue;
            }
            let behind = end(old) - end(entries[old.next as usize - 1]);
            let last = entries[(old.next + after - model) as usize - 1];
            let new = &mut entries[(after + index) as usize];
            new.len = narrow(end(last) + behind) - new.start;
        }
    }

    /// Whether an entry is the key of a member.
    #[inline]
    fn is_key(&self, entry: Entry) -> bool {
        is_text(entry) && {
            let behind = super::text::end_of_space(self.bytes, end(entry));
            self.bytes.get(behind) == Some(&b':')
        }
    }

    /// Passes over what stands from `old` to `end`, if it stands here too.
    #[inline]
    fn pass(&mut self, mut old: usize, end: usize) -> Option<()> {
        let (mut at, mut left, mut other) = (self.at, end.checked_sub(old)?, 0);
        self.at += left;
        while left > 0 {
            let differing = word(self.bytes.get(old..)?)? ^ word(self.bytes.get(at..)?)?;
            other |= if left < WIDTH { differing << (8 * (WIDTH - left)) } else { differing };
            (old, at, left) = (old + WIDTH, at + WIDTH, left.saturating_sub(WIDTH));
        }
        (other == 0).then_some(())
    }

    /// A string, a number or a literal.
    #[inline]
    fn scalar(&mut self, parent: u32) -> Option<()> {
        let parsed = match self.bytes.get(self.at)? {
            b'"' => self.string().map(|_| ()),
            b'-' | b'0'..=b'9' => self.number(),
            b't' => self.literal(b"true", Type::True),
            b'f' => self.literal(b"false", Type::False),
            b'n' => self.literal(b"null", Type::Null),
            _ => return None,
        };
        parsed.ok()?;
        self.tape.entries.last_mut()?.parent = parent;
        Some(())
    }
}

const fn is_text(entry: Entry) -> bool {
    matches!(entry.kind, Type::Plain | Type::Escaped)
}

/// The offset behind a value, behind its quotation mark if it is a string.
const fn end(entry: Entry) -> usize {
    (entry.start + entry.len) as usize + is_text(entry) as usize
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Fault, OUTSIDE, Tape};
    use super::*;

    /// The tape of a text, or why it is none and where the open containers start; with and without what is done here.
    fn parse(text: &str, credit: usize) -> (Result<usize, Box<Fault>>, Tape) {
        let mut tape = Tape::default();
        let repeats = Repeats { credit, ..Repeats::new() };
        let mut parser =
            Parser { bytes: text.as_bytes(), at: 0, tape: &mut tape, inner: OUTSIDE, repeats, doubled: &[] };
        let parsed = parser.run().map(|()| parser.at);
        (parsed, tape)
    }

    fn scalar() -> impl Strategy<Value = &'static str> {
        let sound: &[&str] = &[
            "\"\"",
            "\"a: b\"",
            "\"a longer text, é\"",
            "\"\\n\\u0041\"",
            "0",
            "-1.5e3",
            "123456789",
            "true",
            "false",
            "null",
        ];
        let other: &[&str] = &["{}", "[]", "[1, 2]", "\"\\x\"", "\"open", "01", "nul", "", "1 2", "\"\u{1}\""];
        prop_oneof![60 => prop::sample::select(sound), 1 => prop::sample::select(other)]
    }

    /// A list of elements, most of which are written alike, in a list.
    fn list() -> impl Strategy<Value = String> {
        let element = (scalar(), scalar(), scalar(), 0..20).prop_map(|(one, two, three, kind)| match kind {
            0 => format!("[{one}, {two}]"),
            1 => one.to_owned(),
            2 => format!("{{\"k\":{one},\"k\":{two}}}"),
            3 => format!("{{\"b\" : {one}}}"),
            4 => "{}".to_owned(),
            _ => format!("{{\"k\":{one},\"list\": [{{\"c\" :{two},\"d\":{{}}}},{{\"c\" :{three},\"d\":{{}}}}],\"e\":[{three}, []]}}"),
        });
        (prop::collection::vec(element, 0..12), prop::sample::select(&[",", ", ", "\n,\t"][..]))
            .prop_map(|(elements, comma)| format!("[[{}], 1]   ", elements.join(comma)))
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn entries_and_faults_are_those_of_elements_one_by_one(text in list()) {
            let (ours, plain) = (parse(&text, MAX_VAIN), parse(&text, 0));
            prop_assert_eq!(&ours.0, &plain.0);
            prop_assert_eq!(&ours.1.entries, &plain.1.entries);
            prop_assert_eq!(ours.1.deepest, plain.1.deepest);
            prop_assert!(ours.1.open_at().eq(plain.1.open_at()));
        }
    }

    #[test]
    fn most_elements_are_not_parsed_again() {
        let text = format!("[{}]   ", vec!["{\"key\": \"value\", \"n\": [12]}"; 100].join(","));
        let mut tape = Tape::default();
        let repeats = Repeats::new();
        let mut parser =
            Parser { bytes: text.as_bytes(), at: 0, tape: &mut tape, inner: OUTSIDE, repeats, doubled: &[] };
        assert!(parser.run().is_ok());
        // All but the first, and the last, behind which the text ends.
        assert!(parser.repeats.credit > MAX_VAIN + 98 * 20, "{}", parser.repeats.credit);
    }

    #[test]
    fn elements_that_are_never_alike_are_soon_given_up() {
        let element = |n: u32| format!("{{\"text\": \"{}\", \"key {n}\": {n}}}", "x".repeat(100));
        let text = format!("[{}]   ", (0..1_000).map(element).collect::<Vec<_>>().join(","));
        let mut tape = Tape::default();
        let repeats = Repeats::new();
        let mut parser =
            Parser { bytes: text.as_bytes(), at: 0, tape: &mut tape, inner: OUTSIDE, repeats, doubled: &[] };
        assert!(parser.run().is_ok());
        assert_eq!(parser.repeats.credit, 0);
    }
}
