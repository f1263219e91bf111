//! A serialiser that writes JSON as people read it: a list or object that holds no other stands on one line.

use std::fmt;
use std::io;

use serde::ser::{self, Serialize};

use super::reference;
use crate::safety::{find, is, visible};

/// Bytes of a document that are passed on at once, whatever its form.
pub const PIECE: usize = 64 * 1024;

/// What is written so far, and where.
pub(super) struct Writer<'o> {
    out: &'o mut dyn io::Write,
    /// What was not passed on yet.
    held: Vec<u8>,
    /// The lists and objects that are open.
    open: Vec<Open>,
    /// Where the elements start of those that are still on one line.
    starts: Vec<usize>,
    /// What is written anew, in lines.
    line: Vec<u8>,
}

/// A list or object that is not closed yet.
struct Open {
    is_empty: bool,
    /// Where its bracket stands in what is held, while all of it is on one line.
    line: Option<usize>,
    /// Where its elements start among those of all.
    first: usize,
}

/// Why a value could not be written.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    /// What is written was not taken.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// JSON has no such value.
    #[error("{0}")]
    Value(String),
}

impl ser::Error for Error {
    fn custom<T: fmt::Display>(message: T) -> Error {
        Error::Value(message.to_string())
    }
}

type Done = Result<(), Error>;

impl<'o> Writer<'o> {
    pub fn new(out: &'o mut dyn io::Write) -> Writer<'o> {
        Writer { out, held: Vec::new(), open: Vec::new(), starts: Vec::new(), line: Vec::new() }
    }

    /// Passes on what is left, and `end`.
    pub fn finish(mut self, end: &[u8]) -> io::Result<()> {
        self.held.extend_from_slice(end);
        self.out.write_all(&self.held)
    }

    fn begin(&mut self, bracket: u8) {
        self.open.push(Open { is_empty: true, line: Some(self.held.len()), first: self.starts.len() });
        self.held.push(bracket);
    }

    fn end(&mut self, bracket: u8) {
        let Some(open) = self.open.pop() else { return };
        self.starts.truncate(open.first);
        if open.line.is_none() {
            self.next_line(self.open.len());
        }
        self.held.push(bracket);
    }

    /// Begins an element or a member of the innermost list or object.
    fn element(&mut self) -> Done {
        if let Some(Open { is_empty: false, line: Some(_), .. }) = self.open.last() {
            self.few(*b", ");
            self.starts.push(self.held.len());
            return Ok(());
        }
        self.first_or_in_its_line()
    }

    /// Begins an element that is the first one, or stands in a line of its own.
    fn first_or_in_its_line(&mut self) -> Done {
        let Some(inner) = self.open.last_mut() else { return Ok(()) };
        let is_first = std::mem::replace(&mut inner.is_empty, false);
        if is_first && let [.., Open { line: Some(_), .. }, _] = self.open[..] {
            self.break_up(self.open.len() - 2);
        }
        if let Some(Open { line: Some(_), .. }) = self.open.last() {
            self.starts.push(self.held.len());
            return Ok(());
        }
        if !is_first {
            self.held.push(b',');
        }
        // What stands before is settled.
        if self.held.len() >= PIECE {
            self.out.write_all(&self.held)?;
            self.held.clear();
        }
        self.next_line(self.open.len());
        Ok(())
    }

    /// Adds a few bytes, for which it takes longer to call a function that copies them.
    #[inline(always)]
    fn few<const N: usize>(&mut self, bytes: [u8; N]) {
        bytes.into_iter().for_each(|byte| self.held.push(byte));
    }

    /// Goes to the next line, indented by two blanks for each step.
    fn next_line(&mut self, steps: usize) {
        const LINE: &[u8] = b"\n                                                                ";
        let blanks = 2 * steps;
        let at_once = blanks.min(LINE.len() - 1);
        self.held.extend_from_slice(&LINE[..=at_once]);
        self.held.extend(std::iter::repeat_n(b' ', blanks - at_once));
    }

    /// Gives the elements of a list or object lines of their own, the last of which is a list or object that is open.
    fn break_up(&mut self, level: usize) {
        let Some(bracket) = self.open[level].line.take() else { return };
        let (first, end) = (self.open[level].first, self.open[level + 1].first);
        let mut written = std::mem::take(&mut self.line);
        written.clear();
        written.extend_from_slice(&self.held[bracket + 1..]);
        self.held.truncate(bracket + 1);
        for n in first..end {
            let from = self.starts[n] - (bracket + 1);
            self.next_line(level + 1);
            // Without the separator, which is a comma and a blank.
            let to = if n + 1 < end { self.starts[n + 1] - (bracket + 1) - 1 } else { written.len() };
            self.held.extend_from_slice(&written[from..to]);
        }
        self.line = written;
        self.starts.drain(first..end);
        let inner = &mut self.open[level + 1];
        inner.line = Some(self.held.len() - 1);
        inner.first = first;
    }

    fn quoted(&mut self, text: &str) {
        self.held.push(b'"');
        self.escaped(text);
        self.held.push(b'"');
    }

    /// The content of a string, in which no character hides or moves another.
    fn escaped(&mut self, text: &str) {
        let bytes = text.as_bytes();
        let (mut done, mut at) = (0, 0);
        while let Some(skip) = find(&text[at..], special) {
            at += skip;
            let short = match bytes[at] {
                b'"' => b'"',
                b'\\' => b'\\',
                b'\n' => b'n',
                b'\r' => b'r',
                b'\t' => b't',
                0x08 => b'b',
                0x0c => b'f',
                _ => 0,
            };
            if short != 0 {
                self.held.extend_from_slice(&bytes[done..at]);
                self.few([b'\\', short]);
                at += 1;
                done = at;
                continue;
            }
            let Some(c) = text[at..].chars().next() else { break };
            let next = at + c.len_utf8();
            if c < ' ' || visible::is_hidden(c) {
                self.held.extend_from_slice(&bytes[done..at]);
                self.held.extend_from_slice(reference(c).as_bytes());
                done = next;
            }
            at = next;
        }
        self.held.extend_from_slice(&bytes[done..]);
    }

    /// A number, as `serde_json` writes it.
    fn number(&mut self, number: impl Serialize) -> Done {
        serde_json::to_writer(&mut self.held, &number).map_err(ser::Error::custom)
    }

    fn literal(&mut self, text: &str) -> Done {
        self.held.extend_from_slice(text.as_bytes());
        Ok(())
    }
}

/// 0 of a byte of a string that stands for itself, whatever is around it.
#[inline(always)]
const fn special(byte: u8) -> u8 {
    visible::is_other(byte) | is(byte, b'"') | is(byte, b'\\')
}

/// Writes the text that is shown of a value into a string.
struct Shown<'w, 'o>(&'w mut Writer<'o>);

impl fmt::Write for Shown<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.escaped(text);
        Ok(())
    }
}

/// A list or object that is being written.
pub(super) struct Inside<'w, 'o> {
    writer: &'w mut Writer<'o>,
    /// What closes it, and what closes the object that names the variant of an enumeration.
    closing: &'static [u8],
}

impl<'w, 'o> Inside<'w, 'o> {
    fn list(writer: &'w mut Writer<'o>) -> Inside<'w, 'o> {
        writer.begin(b'[');
        Inside { writer, closing: b"]" }
    }

    fn object(writer: &'w mut Writer<'o>) -> Inside<'w, 'o> {
        writer.begin(b'{');
        Inside { writer, closing: b"}" }
    }

    fn element(&mut self, value: &(impl Serialize + ?Sized)) -> Done {
        self.writer.element()?;
        value.serialize(&mut *self.writer)
    }

    fn member(&mut self, key: &'static str, value: &(impl Serialize + ?Sized)) -> Done {
        self.key(key)?;
        value.serialize(&mut *self.writer)
    }

    /// The name of a field or variant, which holds nothing to be escaped.
    fn key(&mut self, key: &'static str) -> Done {
        debug_assert!(find(key, special).is_none(), "{key:?} has to be escaped");
        self.writer.element()?;
        self.writer.held.push(b'"');
        self.writer.held.extend_from_slice(key.as_bytes());
        self.writer.few(*b"\": ");
        Ok(())
    }

    fn close(self) -> Done {
        self.closing.iter().for_each(|bracket| self.writer.end(*bracket));
        Ok(())
    }
}

/// The variant of an enumeration is the only key of an object.
fn variant<'w, 'o>(writer: &'w mut Writer<'o>, name: &'static str) -> Result<&'w mut Writer<'o>, Error> {
    Inside::object(&mut *writer).key(name)?;
    Ok(writer)
}

/// One function for each type of number.
macro_rules! numbers {
    ($($serialize:ident $type:ty),*) => {$(
        fn $serialize(self, value: $type) -> Done {
            self.number(value)
        }
    )*};
}

impl<'w, 'o> ser::Serializer for &'w mut Writer<'o> {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Inside<'w, 'o>;
    type SerializeTuple = Inside<'w, 'o>;
    type SerializeTupleStruct = Inside<'w, 'o>;
    type SerializeTupleVariant = Inside<'w, 'o>;
    type SerializeMap = Inside<'w, 'o>;
    type SerializeStruct = Inside<'w, 'o>;
    type SerializeStructVariant = Inside<'w, 'o>;

    fn serialize_bool(self, value: bool) -> Done {
        self.literal(if value { "true" } else { "false" })
    }
    numbers! {
        serialize_i8 i8, serialize_i16 i16, serialize_i32 i32, serialize_i64 i64, serialize_i128 i128,
        serialize_u8 u8, serialize_u16 u16, serialize_u32 u32, serialize_u64 u64, serialize_u128 u128,
        serialize_f32 f32, serialize_f64 f64
    }
    fn serialize_char(self, value: char) -> Done {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }
    fn serialize_str(self, value: &str) -> Done {
        self.quoted(value);
        Ok(())
    }
    fn serialize_bytes(self, value: &[u8]) -> Done {
        self.collect_seq(value)
    }
    fn serialize_none(self) -> Done {
        self.literal("null")
    }
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Done {
        value.serialize(self)
    }
    fn serialize_unit(self) -> Done {
        self.literal("null")
    }
    fn serialize_unit_struct(self, _: &'static str) -> Done {
        self.literal("null")
    }
    fn serialize_unit_variant(self, _: &'static str, _: u32, name: &'static str) -> Done {
        self.serialize_str(name)
    }
    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Done {
        value.serialize(self)
    }
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        value: &T,
    ) -> Done {
        let mut object = Inside::object(self);
        object.member(name, value)?;
        object.close()
    }
    fn serialize_seq(self, _: Option<usize>) -> Result<Inside<'w, 'o>, Error> {
        Ok(Inside::list(self))
    }
    fn serialize_tuple(self, _: usize) -> Result<Inside<'w, 'o>, Error> {
        Ok(Inside::list(self))
    }
    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Inside<'w, 'o>, Error> {
        Ok(Inside::list(self))
    }
    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        _: usize,
    ) -> Result<Inside<'w, 'o>, Error> {
        Ok(Inside { closing: b"]}", ..Inside::list(variant(self, name)?) })
    }
    fn serialize_map(self, _: Option<usize>) -> Result<Inside<'w, 'o>, Error> {
        Ok(Inside::object(self))
    }
    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Inside<'w, 'o>, Error> {
        Ok(Inside::object(self))
    }
    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        _: usize,
    ) -> Result<Inside<'w, 'o>, Error> {
        Ok(Inside { closing: b"}}", ..Inside::object(variant(self, name)?) })
    }
    fn collect_str<T: fmt::Display + ?Sized>(self, value: &T) -> Done {
        self.held.push(b'"');
        fmt::write(&mut Shown(self), format_args!("{value}")).map_err(<Error as ser::Error>::custom)?;
        self.held.push(b'"');
        Ok(())
    }
}

/// What serde tells apart, and JSON does not: lists of any kind, and objects with keys of any kind.
macro_rules! inside {
    ($($kind:ident::$add:ident($($key:ident)?) as $as:ident,)*) => {$(
        impl ser::$kind for Inside<'_, '_> {
            type Ok = ();
            type Error = Error;

            fn $add<T: Serialize + ?Sized>(&mut self, $($key: &'static str,)? value: &T) -> Done {
                self.$as($($key,)? value)
            }
            fn end(self) -> Done {
                self.close()
            }
        }
    )*};
}

inside! {
    SerializeSeq::serialize_element() as element,
    SerializeTuple::serialize_element() as element,
    SerializeTupleStruct::serialize_field() as element,
    SerializeTupleVariant::serialize_field() as element,
    SerializeStruct::serialize_field(key) as member,
    SerializeStructVariant::serialize_field(key) as member,
}

impl ser::SerializeMap for Inside<'_, '_> {
    type Ok = ();
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Done {
        self.writer.element()?;
        let before = self.writer.held.len();
        key.serialize(&mut *self.writer)?;
        match self.writer.held.get(before) {
            Some(b'"') => Ok(()),
            _ => Err(ser::Error::custom("a key is a string")),
        }
    }
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
        self.writer.literal(": ")?;
        value.serialize(&mut *self.writer)
    }
    fn end(self) -> Done {
        self.close()
    }
}
