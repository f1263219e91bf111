//! From TOML to the types of the manifest.
//!
//! The toml crate could do this as well, but compiles its part of it for every type and every way to get there, though
//! a table is all that most types can be read from: a sixteenth of the program was that.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use serde::de::value::{StrDeserializer, UsizeDeserializer};
use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, EnumAccess, Error as _, MapAccess, SeqAccess, Unexpected,
    VariantAccess, Visitor,
};
use toml::Spanned as Placed;
use toml::de::{DeTable, DeValue};

use super::spanned::NAME;

/// What is wrong with a text.
#[derive(Debug)]
pub(super) struct Error {
    /// What is wrong.
    pub message: String,
    /// Where, in bytes; `None` where the whole text is meant.
    pub span: Option<Range<usize>>,
}

impl Error {
    /// Places an error that has no place yet.
    fn at(mut self, span: Range<usize>) -> Error {
        self.span.get_or_insert(span);
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

impl serde::de::Error for Error {
    fn custom<T: fmt::Display>(message: T) -> Error {
        Error { message: message.to_string(), span: None }
    }
}

/// Reads a whole text.
///
/// # Errors
/// It is no TOML, or not what the type says.
pub(super) fn from_str<'de, T: Deserialize<'de>>(text: &'de str) -> Result<T, Error> {
    let document =
        DeTable::parse(text).map_err(|error| Error { message: error.message().to_owned(), span: error.span() })?;
    let span = document.span();
    // The tree outlives nothing: what the manifest keeps, it owns.
    let table = DeValue::Table(document.into_inner());
    T::deserialize(Value { value: &table, span: span.clone() }).map_err(|error| error.at(span))
}

/// A value of the tree and where it stands.
struct Value<'t> {
    value: &'t DeValue<'t>,
    span: Range<usize>,
}

impl<'t> Value<'t> {
    fn of(placed: &'t Placed<DeValue<'t>>) -> Value<'t> {
        Value { value: placed.get_ref(), span: placed.span() }
    }

    fn refuse<T>(&self, expected: &dyn serde::de::Expected) -> Result<T, Error> {
        let unexpected = match self.value {
            DeValue::String(text) => Unexpected::Str(text),
            DeValue::Integer(_) => match self.integer().map(i64::try_from) {
                Some(Ok(number)) => Unexpected::Signed(number),
                _ => return Err(Error::custom("this number is too large")),
            },
            DeValue::Float(number) => Unexpected::Float(number.as_str().parse().unwrap_or(f64::NAN)),
            DeValue::Boolean(value) => Unexpected::Bool(*value),
            DeValue::Datetime(_) => Unexpected::Other("a date or time without quotation marks"),
            DeValue::Array(_) => Unexpected::Seq,
            DeValue::Table(_) => Unexpected::Map,
        };
        Err(Error::invalid_type(unexpected, expected))
    }

    fn integer(&self) -> Option<i128> {
        let DeValue::Integer(number) = self.value else { return None };
        i128::from_str_radix(number.as_str(), number.radix()).ok()
    }

    fn number<'de, V: Visitor<'de>>(&self, visitor: V) -> Result<V::Value, Error> {
        let Some(number) = self.integer() else { return self.refuse(&visitor) };
        match (u64::try_from(number), i64::try_from(number)) {
            (_, Ok(number)) => visitor.visit_i64(number),
            (Ok(number), Err(_)) => visitor.visit_u64(number),
            (Err(_), Err(_)) => self.refuse(&visitor),
        }
    }

    fn float<'de, V: Visitor<'de>>(&self, visitor: V) -> Result<V::Value, Error> {
        let DeValue::Float(number) = self.value else { return self.number(visitor) };
        // Only what says that it is infinite may be so.
        let is_sound = |n: &f64| n.is_finite() || number.as_str().contains(['i', 'n']);
        match number.as_str().parse().ok().filter(is_sound) {
            Some(number) => visitor.visit_f64(number),
            None => Err(Error::custom("this number is too large")),
        }
    }
}

macro_rules! numbers {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            self.number(visitor)
        })*
    };
}

impl<'de> Deserializer<'de> for Value<'_> {
    type Error = Error;

    /// Of what is no list and no table.
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.value {
            DeValue::String(text) => visitor.visit_str(text),
            DeValue::Boolean(value) => visitor.visit_bool(*value),
            _ => self.float(visitor),
        }
    }

    numbers!(deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128);
    numbers!(deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128);

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.value {
            DeValue::Boolean(value) => visitor.visit_bool(*value),
            _ => self.refuse(&visitor),
        }
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.float(visitor)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.float(visitor)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.value {
            DeValue::String(text) => visitor.visit_str(text),
            _ => self.refuse(&visitor),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    /// What stands there is there: a key without a value does not exist in TOML.
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value, Error> {
        if name == NAME {
            visitor.visit_seq(Parts { next: 0, value: self })
        } else {
            visitor.visit_newtype_struct(self)
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.value {
            DeValue::Array(items) => visitor.visit_seq(Items(items.iter())),
            _ => self.refuse(&visitor),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.value {
            DeValue::Table(table) => visitor.visit_map(Entries { rest: table.iter(), value: None }),
            _ => self.refuse(&visitor),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self.value {
            DeValue::String(text) => visitor.visit_enum(Word(text)),
            _ => self.refuse(&visitor),
        }
    }

    serde::forward_to_deserialize_any! { char bytes byte_buf unit unit_struct tuple tuple_struct identifier ignored_any }
}

/// The elements of a list.
struct Items<'t>(std::slice::Iter<'t, Placed<DeValue<'t>>>);

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Error> {
        let Some(item) = self.0.next() else { return Ok(None) };
        seed.deserialize(Value::of(item)).map(Some).map_err(|error| error.at(item.span()))
    }
}

/// The entries of a table.
struct Entries<'t, I> {
    rest: I,
    value: Option<&'t Placed<DeValue<'t>>>,
}

impl<'de, 't, I> MapAccess<'de> for Entries<'t, I>
where
    I: Iterator<Item = (&'t Placed<Cow<'t, str>>, &'t Placed<DeValue<'t>>)>,
{
    type Error = Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Error> {
        let Some((key, value)) = self.rest.next() else { return Ok(None) };
        self.value = Some(value);
        seed.deserialize(StrDeserializer::new(key.get_ref())).map(Some).map_err(|error: Error| error.at(key.span()))
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Error> {
        let value = self.value.take().ok_or_else(|| Error::custom("a key has no value"))?;
        seed.deserialize(Value::of(value)).map_err(|error| error.at(value.span()))
    }
}

/// Start, end and value, in this order, for [`super::Spanned`].
struct Parts<'t> {
    next: u8,
    value: Value<'t>,
}

impl<'de> SeqAccess<'de> for Parts<'_> {
    type Error = Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Error> {
        let Value { value, span } = &self.value;
        self.next += 1;
        match self.next {
            1 => seed.deserialize(UsizeDeserializer::new(span.start)).map(Some),
            2 => seed.deserialize(UsizeDeserializer::new(span.end)).map(Some),
            _ => seed.deserialize(Value { value, span: span.clone() }).map(Some),
        }
    }
}

/// A word out of a few.
struct Word<'t>(&'t str);

impl<'de> EnumAccess<'de> for Word<'_> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), Error> {
        Ok((seed.deserialize(StrDeserializer::new(self.0))?, self))
    }
}

/// A word has nothing in it.
impl<'de> VariantAccess<'de> for Word<'_> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        Ok(())
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, _: S) -> Result<S::Value, Error> {
        Err(Error::custom("a word has nothing in it"))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, Error> {
        Err(Error::custom("a word has nothing in it"))
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], _: V) -> Result<V::Value, Error> {
        Err(Error::custom("a word has nothing in it"))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::from_str;
    use crate::manifest::Spanned;

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
    struct Keys {
        text: Option<String>,
        count: Option<u32>,
        large: Option<u64>,
        share: Option<f64>,
        is_on: bool,
        word: Option<Word>,
        list: Vec<Part>,
        map: BTreeMap<String, i64>,
        part: Option<Part>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Part {
        name: String,
        #[serde(default)]
        rest: Vec<String>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    enum Word {
        One,
        TwoWords,
    }

    /// What the toml crate makes of the same text.
    #[test]
    fn the_answers_are_those_of_the_toml_crate() {
        let texts = [
            "",
            "text = 'a\\b'\ncount = 0x10\nlarge = 9223372036854775807\nshare = 1e-3\nis-on = true\nword = \"two-words\"",
            "text = \"\"\"\na\\u00e9\nb\"\"\"\nshare = 7\nword = 'one'",
            "share = inf",
            "share = 1e999",
            "[[list]]\nname = \"a\"\nrest = [\"b\", 'c']\n[[list]]\nname = \"d\"",
            "list = [{ name = \"a\" }, { name = \"b\", rest = [] }]",
            "map = { b = 1, a = -2 }\n[part]\nname = \"x\"",
            "part.name = \"dotted\"\npart.rest = [\n  \"a\",\n]",
            // Refused, each with its place.
            "text = 1",
            "text = [1]",
            "text = { a = 1 }",
            "count = -1",
            "count = 4294967296",
            "count = \"ten\"",
            "count = 1.5",
            "large = 99999999999999999999999999",
            "is-on = \"yes\"",
            "word = \"three\"",
            "word = 1",
            "is_on = true",
            "list = { name = \"a\" }",
            "[[list]]\nrest = []",
            "[[list]]\nname = \"a\"\nrest = [\"b\", 2]",
            "[part]\nname = \"x\"\nnam = \"y\"",
            "[part]\n",
            "map = { a = \"x\" }",
            "text = 'a'\ntext = 'b'",
            "[part\nname = 1",
            "text = ",
        ];
        let mut refused = 0;
        for text in texts {
            match (from_str::<Keys>(text), toml::from_str::<Keys>(text)) {
                (Ok(own), Ok(other)) => assert_eq!(own, other, "{text}"),
                (Err(own), Err(other)) => {
                    refused += 1;
                    assert_eq!(own.span, other.span(), "{text}");
                    // Ours says what stands there.
                    let is_own = own.message == "this number is too large"
                        || own.message == "invalid type: integer `1`, expected enum Word";
                    assert!(is_own || own.message == other.message(), "{text}: {own}, but {}", other.message());
                }
                (own, other) => panic!("{text}: {own:?}, but {other:?}"),
            }
        }
        assert_eq!(refused, texts.len() - 8);
    }

    #[test]
    fn a_value_knows_its_place() {
        #[derive(Deserialize)]
        struct Placed {
            a: Vec<Spanned<String>>,
            b: Option<Spanned<u64>>,
        }
        let text = "a = [\"x\", 'yz']\nb = 12\n";
        let read: Placed = from_str(text).expect("a sound text");
        let shown = |span: std::ops::Range<usize>| text[span].to_owned();
        assert_eq!(read.a.iter().map(|a| shown(a.span())).collect::<Vec<_>>(), ["\"x\"", "'yz'"]);
        assert_eq!(read.b.map(|b| (shown(b.span()), *b.get_ref())), Some(("12".to_owned(), 12)));
    }
}
