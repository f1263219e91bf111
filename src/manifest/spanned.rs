//! Values that know where they stand in the manifest.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Range;

use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};

/// By this name a value asks the reader of TOML for its place: it is given start, end and itself.
pub(super) const NAME: &str = "signoff::Spanned";

/// A value and where it stands: bytes of the text of the manifest.
///
/// It can be read from a manifest only, as other texts do not tell the place.
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::manifest#example).")]
#[derive(Clone, Debug)]
pub struct Spanned<T> {
    span: Range<usize>,
    value: T,
}

impl<T> Spanned<T> {
    /// The value.
    pub fn get_ref(&self) -> &T {
        &self.value
    }

    /// Where it stands.
    pub fn span(&self) -> Range<usize> {
        self.span.clone()
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Spanned<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Spanned<T>, D::Error> {
        deserializer.deserialize_newtype_struct(NAME, Parts(PhantomData))
    }
}

struct Parts<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Parts<T> {
    type Value = Spanned<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value of a manifest")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Spanned<T>, A::Error> {
        let none = || A::Error::custom("the place of a value is not known");
        let start = parts.next_element()?.ok_or_else(none)?;
        let end = parts.next_element()?.ok_or_else(none)?;
        Ok(Spanned { span: start..end, value: parts.next_element()?.ok_or_else(none)? })
    }
}

/// For the defaults in the JSON Schema.
#[cfg(test)]
impl<T: serde::Serialize> serde::Serialize for Spanned<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value.serialize(serializer)
    }
}
