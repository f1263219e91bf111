//! How the small types stand in JSON: as one number or one text.
//!
//! What is read back is checked like any other input: a bundle may have been written by anybody.

use serde::de::{Deserialize, Deserializer, Error};
use serde::ser::{Serialize, Serializer};

use super::pointer::Pointer;
use super::quantity::{Elapsed, Percentile, Rate, Ratio, Unit};
use crate::diagnostics::{CODES, Code};

/// Counts beyond this are no counts; sums of those below do not overflow.
pub(super) const MAX_COUNT: u64 = 1_000_000_000_000;

/// A count of things, within bounds.
pub(super) fn count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let count = u64::deserialize(deserializer)?;
    if count > MAX_COUNT { Err(D::Error::custom(format!("{count} is too large for a count"))) } else { Ok(count) }
}

/// As [`count`], for what may not be known.
pub(super) fn maybe_count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    match Option::<u64>::deserialize(deserializer)? {
        Some(count) if count > MAX_COUNT => Err(D::Error::custom(format!("{count} is too large for a count"))),
        count => Ok(count),
    }
}

/// A diagnostic code, by its id.
pub(crate) mod code {
    use super::{CODES, Code, Deserialize, Deserializer, Error, Serializer};

    pub(crate) fn serialize<S: Serializer>(code: &Code, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(code.id)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<&'static Code, D::Error> {
        let id = String::deserialize(deserializer)?;
        let known = CODES.iter().copied().find(|code| code.id == id);
        known.ok_or_else(|| D::Error::custom(format!("there is no diagnostic code `{id}`")))
    }
}

impl Serialize for Elapsed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.nanos())
    }
}

impl<'de> Deserialize<'de> for Elapsed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Elapsed, D::Error> {
        let nanos = u64::deserialize(deserializer)?;
        #[expect(clippy::cast_precision_loss, reason = "compared with ten years alone")]
        Elapsed::from_f64(nanos as f64, Unit::Nanos).map_err(D::Error::custom)?;
        Ok(Elapsed::from_nanos(nanos))
    }
}

impl Serialize for Rate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.millionths())
    }
}

impl<'de> Deserialize<'de> for Rate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Rate, D::Error> {
        Ok(Rate::from_millionths(u64::deserialize(deserializer)?))
    }
}

impl Serialize for Ratio {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (self.part(), self.whole()).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Ratio {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Ratio, D::Error> {
        let (part, whole) = <(u64, u64)>::deserialize(deserializer)?;
        Ratio::new(part, whole)
            .filter(|_| part <= whole)
            .ok_or_else(|| D::Error::custom(format!("{part} of {whole} is no share")))
    }
}

impl Serialize for Percentile {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Percentile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Percentile, D::Error> {
        let text = String::deserialize(deserializer)?;
        let percent = text.strip_prefix('p').and_then(|number| number.parse().ok());
        let percentile = percent.and_then(|percent| Percentile::from_percent(percent).ok());
        percentile.ok_or_else(|| D::Error::custom(format!("`{text}` is no percentile")))
    }
}

impl Serialize for Pointer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Pointer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Pointer, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// The JSON Schema of a type: written out here under a name, or that of the record that it is read from.
#[cfg(test)]
macro_rules! schema_of {
    ($type:ty, $name:literal, $schema:tt) => {
        impl schemars::JsonSchema for $type {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                $name.into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!($schema)
            }
        }
    };
    ($type:ty, $record:ty) => {
        impl schemars::JsonSchema for $type {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                <$record>::schema_name()
            }

            fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                <$record>::json_schema(generator)
            }
        }
    };
}
#[cfg(test)]
pub(crate) use schema_of;

#[cfg(test)]
mod schemas {
    use super::{Elapsed, Percentile, Pointer, Rate, Ratio};

    schema_of!(Elapsed, "Elapsed", {"type": "integer", "minimum": 0, "description": "Nanoseconds."});
    schema_of!(Rate, "Rate", {"type": "integer", "minimum": 0, "description": "Millionths of one a second."});
    schema_of!(Percentile, "Percentile", {"type": "string", "description": "`p99.9`"});
    schema_of!(Pointer, "Pointer", {
        "type": "string",
        "description": "A place in the artifact: `/runs/0`, `line 7`; empty for all of it."
    });
    schema_of!(Ratio, "Ratio", {
        "type": "array", "items": {"type": "integer", "minimum": 0}, "minItems": 2, "maxItems": 2,
        "description": "Part and whole. A whole of 1000000000 stands for a share that the tool gives as a quotient."
    });
}
