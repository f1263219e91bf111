//! From a tree to the types of the model.
//!
//! The serde_json crate could read the same bytes once more, but compiles its part of it for every type, and lists as
//! well as objects for each, though objects are all that most types can be read from.

use std::fmt;

use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error as _, Expected, IntoDeserializer, MapAccess, SeqAccess,
    Unexpected, VariantAccess, Visitor,
};

use super::node::{Node, shorten};

/// Why a tree is not what a type says.
#[derive(Debug)]
pub struct Refused(String);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refused {}

impl serde::de::Error for Refused {
    fn custom<T: fmt::Display>(message: T) -> Refused {
        Refused(message.to_string())
    }
}

impl Node<'_> {
    fn refuse<T>(self, expected: &dyn Expected) -> Result<T, Refused> {
        let text = self.is_string().then(|| shorten(&self.raw_text()));
        let unexpected = match &text {
            Some(text) => Unexpected::Str(text),
            None if self.is_object() => Unexpected::Map,
            None if self.is_array() => Unexpected::Seq,
            None if self.is_bool() => Unexpected::Bool(self.raw() == "true"),
            None if self.is_number() => Unexpected::Other(self.raw()),
            None => Unexpected::Unit,
        };
        Err(Refused::invalid_type(unexpected, expected))
    }

    fn visit_number<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        if !self.is_number() {
            return self.refuse(&visitor);
        }
        let text = self.raw();
        if let Ok(number) = text.parse() {
            visitor.visit_u64(number)
        } else if let Ok(number) = text.parse() {
            visitor.visit_i64(number)
        } else {
            match text.parse().ok().filter(|number: &f64| number.is_finite()) {
                Some(number) => visitor.visit_f64(number),
                None => Err(Refused::custom("number out of range")),
            }
        }
    }

    fn visit_text<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        if self.is_string() { visitor.visit_str(&self.raw_text()) } else { self.refuse(&visitor) }
    }

    fn visit_list<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        if !self.is_array() {
            return self.refuse(&visitor);
        }
        let mut items = Items(self.items());
        let value = visitor.visit_seq(&mut items)?;
        match items.0.next() {
            None => Ok(value),
            Some(_) => Err(Refused::custom("trailing elements")),
        }
    }

    fn visit_object<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        if self.is_object() {
            visitor.visit_map(Members { rest: self.entries(), value: None })
        } else {
            self.refuse(&visitor)
        }
    }
}

macro_rules! all {
    ($with:ident: $($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
            self.$with(visitor)
        })*
    };
}

impl<'de> Deserializer<'de> for Node<'_> {
    type Error = Refused;

    all!(visit_number: deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_f32 deserialize_f64);
    all!(visit_number: deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64);
    all!(visit_text: deserialize_char deserialize_str deserialize_string deserialize_identifier);
    all!(visit_list: deserialize_seq);
    all!(visit_object: deserialize_map);

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        if self.is_object() {
            self.visit_object(visitor)
        } else if self.is_array() {
            self.visit_list(visitor)
        } else if self.is_string() {
            self.visit_text(visitor)
        } else if self.is_bool() {
            self.deserialize_bool(visitor)
        } else if self.is_number() {
            self.visit_number(visitor)
        } else {
            visitor.visit_unit()
        }
    }

    /// Of what is not read.
    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        visitor.visit_unit()
    }

    fn deserialize_u128<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        match self.raw().parse() {
            Ok(number) => visitor.visit_u128(number),
            Err(_) => self.visit_number(visitor),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        if self.is_bool() { visitor.visit_bool(self.raw() == "true") } else { self.refuse(&visitor) }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        if self.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Refused> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Refused> {
        self.visit_list(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refused> {
        self.visit_object(visitor)
    }

    /// A word, or an object whose one key is the word.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refused> {
        if self.is_string() {
            return visitor.visit_enum(self.raw_text().into_deserializer());
        }
        let mut entries = self.entries();
        match (entries.next(), entries.next()) {
            (Some((word, content)), None) => visitor.visit_enum(Variant { word: &word, content }),
            _ => self.refuse(&visitor),
        }
    }

    serde::forward_to_deserialize_any! { i128 bytes byte_buf unit unit_struct tuple_struct }
}

/// The elements of a list.
struct Items<I>(I);

impl<'de, 't, I: Iterator<Item = Node<'t>>> SeqAccess<'de> for &mut Items<I> {
    type Error = Refused;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Refused> {
        self.0.next().map(|node| seed.deserialize(node)).transpose()
    }
}

/// The members of an object.
struct Members<'t, I> {
    rest: I,
    value: Option<Node<'t>>,
}

impl<'de, 't, K: AsRef<str>, I: Iterator<Item = (K, Node<'t>)>> MapAccess<'de> for Members<'t, I> {
    type Error = Refused;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Refused> {
        let Some((key, value)) = self.rest.next() else { return Ok(None) };
        self.value = Some(value);
        seed.deserialize(StrDeserializer::new(key.as_ref())).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Refused> {
        let value = self.value.take().ok_or_else(|| Refused::custom("a key has no value"))?;
        seed.deserialize(value)
    }
}

/// A word and what stands under it.
struct Variant<'t> {
    word: &'t str,
    content: Node<'t>,
}

impl<'de, 't> EnumAccess<'de> for Variant<'t> {
    type Error = Refused;
    type Variant = Content<'t>;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Content<'t>), Refused> {
        Ok((seed.deserialize(StrDeserializer::new(self.word))?, Content(self.content)))
    }
}

/// What stands under a word.
struct Content<'t>(Node<'t>);

impl<'de> VariantAccess<'de> for Content<'_> {
    type Error = Refused;

    fn unit_variant(self) -> Result<(), Refused> {
        if self.0.is_null() { Ok(()) } else { self.0.refuse(&"nothing under this word") }
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Refused> {
        seed.deserialize(self.0)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Refused> {
        self.0.visit_list(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], visitor: V) -> Result<V::Value, Refused> {
        self.0.visit_object(visitor)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use serde::Deserialize;

    use super::super::Json;
    use crate::source::Diags;
    use crate::source::trickle::Trickle;

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields, default)]
    struct Record {
        text: Option<String>,
        count: u32,
        offset: i64,
        share: f64,
        sum: u128,
        is_on: bool,
        pair: Option<(u64, bool)>,
        word: Option<Word>,
        list: Vec<Record>,
        map: BTreeMap<String, u8>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    enum Word {
        One,
        Held(u8),
        Named { a: u8 },
    }

    /// No `-0`, which serde_json takes for a number that is not whole.
    fn value() -> impl Strategy<Value = String> {
        prop::sample::select(vec![
            "null",
            "true",
            "false",
            "0",
            "-7",
            "300",
            "4294967296",
            "18446744073709551615",
            "1.5",
            "-1e3",
            "1e400",
            "340282366920938463463374607431768211455",
            "\"\"",
            "\"one\"",
            "\"a\\n\\u00e9\"",
            "[]",
            "[1,true]",
            "[1]",
            "[1,true,2]",
            "{}",
            "{\"held\":5}",
            "{\"named\":{\"a\":1}}",
            "{\"one\":null}",
            "{\"a\":1,\"b\":2}",
            "[{}]",
            "[{\"text\":\"x\",\"list\":[{}]}]",
        ])
        .prop_map(str::to_owned)
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

        /// What is read, and whether anything is, does not depend on who reads.
        #[test]
        fn the_answers_are_those_of_serde_json(members in prop::collection::btree_map(
            prop::sample::select(vec![
                "text", "count", "offset", "share", "sum", "is_on", "pair", "word", "list", "map", "unknown",
            ]),
            value(),
            0..4,
        )) {
            let members: Vec<String> = members.into_iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
            let text = format!("{{{}}}", members.join(","));
            let mut json =
                Json::new(Vec::new(), Box::new(Trickle { left: text.as_bytes(), at_once: 7 }), Diags::default());
            let tree = json.tree().expect("sound JSON");
            let (own, other) = (Record::deserialize(tree.root()), serde_json::from_str::<Record>(&text));
            match (own, other) {
                (Ok(own), Ok(other)) => prop_assert_eq!(own, other, "{}", text),
                (Err(_), Err(_)) => {}
                (own, other) => prop_assert!(false, "{text}: {own:?}, but {other:?}"),
            }
        }
    }
}
