//! Values with a unit, as people write them: `"800 ms"`, `"1 %"`, `"7 days"`.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, Visitor};

use crate::model::{Elapsed, Ratio, SubjectDigest, Unit};

/// A time with its unit: `"800 ms"`, `"1.5 s"`, `"5 min"`, `"2 h"`, `"7 days"`.
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::manifest#example).")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(pub Elapsed);

/// A share: `"1 %"`, `"99.5 %"`. A bare number is refused, since `1` could mean one percent or all.
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::manifest#example).")]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Percent(pub Ratio);

/// What was built, by its content: `"registry.example/shop/api@sha256:…"`, with 64 lower-case hexadecimal digits.
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::manifest#example).")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digest(pub SubjectDigest);

/// The limit of a load metric: a time, a percentage, or a number.
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::manifest#example).")]
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Limit {
    /// `"800 ms"`
    Time(Elapsed),
    /// `"1 %"`
    Share(Ratio),
    /// `50`, `12.5`
    Number(f64),
}

const UNITS: &[(&[&str], f64)] = &[
    (&["ns"], 1e-9),
    (&["us", "µs"], 1e-6),
    (&["ms"], 1e-3),
    (&["s", "sec", "second", "seconds"], 1.0),
    (&["m", "min", "minute", "minutes"], 60.0),
    (&["h", "hour", "hours"], 3_600.0),
    (&["d", "day", "days"], 86_400.0),
    (&["w", "week", "weeks"], 604_800.0),
];

fn number_and_unit(text: &str) -> Option<(f64, &str)> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let number = text[..end].parse().ok().filter(|n: &f64| n.is_finite())?;
    Some((number, text[end..].trim()))
}

impl Span {
    /// From text with a unit; `None` where it is none.
    pub fn parse(text: &str) -> Option<Span> {
        let (number, unit) = number_and_unit(text)?;
        let (_, seconds) = UNITS.iter().find(|(names, _)| names.contains(&unit))?;
        Elapsed::from_f64(number * seconds, Unit::Secs).ok().map(Span)
    }
}

impl Percent {
    /// From text with a percent sign; `None` where it is none or lies outside of 0…100.
    pub fn parse(text: &str) -> Option<Percent> {
        let (number, unit) = number_and_unit(text)?;
        (unit == "%").then_some(())?;
        Ratio::from_quotient(number / 100.0).ok().map(Percent)
    }
}

macro_rules! text_visitor {
    ($type:ty, $expecting:literal, $parse:expr) => {
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<$type, D::Error> {
                struct Text;
                impl Visitor<'_> for Text {
                    type Value = $type;
                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str($expecting)
                    }
                    fn visit_str<E: de::Error>(self, text: &str) -> Result<$type, E> {
                        $parse(text).ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
                    }
                }
                deserializer.deserialize_any(Text)
            }
        }
    };
}

text_visitor!(Span, "a time with its unit, such as \"800 ms\", \"5 min\" or \"7 days\"", Span::parse);
text_visitor!(Percent, "a percentage between 0 and 100 with its sign, such as \"1 %\"", Percent::parse);
text_visitor!(Digest, "NAME@sha256: and 64 lower-case hexadecimal digits", |text: &str| text.parse().ok().map(Digest));

impl<'de> Deserialize<'de> for Limit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Limit, D::Error> {
        struct Any;
        impl Visitor<'_> for Any {
            type Value = Limit;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a time such as \"800 ms\", a percentage such as \"1 %\", or a number")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Limit, E> {
                Span::parse(text)
                    .map(|span| Limit::Time(span.0))
                    .or_else(|| Percent::parse(text).map(|percent| Limit::Share(percent.0)))
                    .ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
            }
            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Limit, E> {
                #[expect(clippy::cast_precision_loss, reason = "limits are small")]
                self.visit_f64(number as f64)
            }
            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Limit, E> {
                if number.is_finite() && number >= 0.0 {
                    Ok(Limit::Number(number))
                } else {
                    Err(E::invalid_value(de::Unexpected::Float(number), &self))
                }
            }
        }
        deserializer.deserialize_any(Any)
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Limit::Time(elapsed) => write!(f, "{elapsed}"),
            Limit::Share(ratio) => f.write_str(&ratio.percent()),
            Limit::Number(number) => write!(f, "{number}"),
        }
    }
}

#[cfg(test)]
mod schemas {
    use super::{Digest, Limit, Percent, Span};
    use crate::model::wire::schema_of;

    schema_of!(Span, "Span", {
        "type": "string",
        "description": "A time with its unit: `800 ms`, `5 min`, `7 days`.",
        "pattern": "^\\s*[0-9.]+\\s*(ns|us|µs|ms|s|sec|seconds?|m|min|minutes?|h|hours?|d|days?|w|weeks?)\\s*$"
    });
    schema_of!(Percent, "Percent", {
        "type": "string",
        "description": "A percentage with its sign: `1 %`.",
        "pattern": "^\\s*[0-9.]+\\s*%\\s*$"
    });
    schema_of!(Digest, "Digest", {
        "type": "string",
        "description": "What was built, by its content: `registry.example/shop/api@sha256:…`.",
        "pattern": "^\\S+@sha256:[0-9a-f]{64}$"
    });
    schema_of!(Limit, "Limit", {
        "type": ["string", "number"],
        "description": "A time (`800 ms`), a percentage (`1 %`), or a number."
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_never_guessed() {
        assert_eq!(Span::parse("800ms").map(|s| s.0.to_string()), Some("800 ms".to_owned()));
        assert_eq!(Span::parse("5 min").map(|s| s.0.to_string()), Some("5 min".to_owned()));
        assert_eq!(Span::parse("800"), None);
        assert_eq!(Span::parse("ten ms"), None);
        assert_eq!(Percent::parse("0.01"), None);
        assert_eq!(Percent::parse("101 %"), None);
        assert_eq!(Percent::parse("99.5%").map(|p| p.0.percent()), Some("99.5 %".to_owned()));
    }
}
