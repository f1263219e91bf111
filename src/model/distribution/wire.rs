//! How a distribution stands in a bundle: every value with how often it occurs, and nothing that follows from them.

use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeSeq, SerializeStruct, Serializer};

use super::{Distribution, KEPT_BITS, MAX_EXACT, round};
use crate::model::quantity::{Elapsed, Unit};

/// A distribution as it stands in a bundle.
#[derive(serde::Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, schemars(rename = "Distribution"))]
struct Record {
    /// How coarse the values are: 0 for exact ones, 1 for eleven binary digits, 2 for eight.
    level: usize,
    /// What the samples add up to, in decimal digits; null where the values are exact and it follows from them.
    sum: Option<String>,
    /// The smallest and the largest sample; null where the values are exact, or there is none.
    ends: Option<(Elapsed, Elapsed)>,
    /// The values in ascending order, each as its distance from the one before in nanoseconds.
    /// A pair is a distance and how often the value occurs; a number alone is a value that occurs once.
    #[cfg_attr(test, schemars(with = "Vec<Step>"))]
    values: Values,
}

/// A value of a distribution: its distance from the one before, and how often it occurs if not once.
#[cfg(test)]
#[derive(schemars::JsonSchema)]
#[expect(dead_code, reason = "it is there for its schema alone")]
#[schemars(untagged)]
enum Step {
    Once(u64),
    Often(u64, u64),
}

struct Values(Vec<(u64, u64)>);

impl<'de> Deserialize<'de> for Values {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Values, D::Error> {
        struct All;
        impl<'de> Visitor<'de> for All {
            type Value = Values;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a list of values")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut steps: A) -> Result<Values, A::Error> {
                let mut values: Vec<(u64, u64)> = Vec::new();
                while let Some(One(distance, count)) = steps.next_element()? {
                    let last = values.last().map_or(0, |(value, _)| *value);
                    let value = last.checked_add(distance).filter(|_| distance > 0 || values.is_empty());
                    let value = value.ok_or_else(|| A::Error::custom("the values do not ascend"))?;
                    if count == 0 {
                        return Err(A::Error::custom("a value that occurs not once is no value"));
                    }
                    if values.len() == MAX_EXACT {
                        return Err(A::Error::custom(format!("more than {MAX_EXACT} distinct values")));
                    }
                    values.push((value, count));
                }
                Ok(Values(values))
            }
        }
        deserializer.deserialize_seq(All)
    }
}

/// A distance, and how often the value occurs.
struct One(u64, u64);

impl<'de> Deserialize<'de> for One {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<One, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = One;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a number or a pair of numbers")
            }

            fn visit_u64<E: Error>(self, distance: u64) -> Result<One, E> {
                Ok(One(distance, 1))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut pair: A) -> Result<One, A::Error> {
                let missing = || A::Error::custom("a pair has two numbers");
                let distance = pair.next_element()?.ok_or_else(missing)?;
                let count = pair.next_element()?.ok_or_else(missing)?;
                match pair.next_element::<u64>()? {
                    None => Ok(One(distance, count)),
                    Some(_) => Err(missing()),
                }
            }
        }
        deserializer.deserialize_any(Either)
    }
}

impl<'de> Deserialize<'de> for Distribution {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Distribution, D::Error> {
        let Record { level, sum, ends, values: Values(sorted) } = Record::deserialize(deserializer)?;
        let wrong = |what: &str| D::Error::custom(format!("a distribution {what}"));
        if level >= KEPT_BITS.len() {
            return Err(wrong("is of a coarseness that is not known"));
        }
        let count = sorted.iter().try_fold(0u64, |sum, (_, count)| sum.checked_add(*count));
        let count = count.filter(|count| *count <= MAX_SAMPLES).ok_or_else(|| wrong("has too many samples"))?;
        let mut distribution = Distribution { count, level, sorted, ..Distribution::default() };
        let of_values = distribution.sorted.first().zip(distribution.sorted.last()).map(|(low, high)| (low.0, high.0));
        if level == 0 {
            distribution.sum = distribution.sorted.iter().map(|(v, n)| u128::from(*v) * u128::from(*n)).sum();
            distribution.extremes = of_values;
        } else {
            if !distribution.sorted.iter().all(|(value, _)| round(*value, level) == *value) {
                return Err(wrong("has values that are finer than it says"));
            }
            distribution.sum = sum.and_then(|sum| sum.parse().ok()).ok_or_else(|| wrong("has no sum"))?;
            distribution.extremes = ends.map(|(min, max)| (min.nanos(), max.nanos()));
            check_ends(&mut distribution, of_values).map_err(wrong)?;
        }
        #[expect(clippy::cast_precision_loss, reason = "compared with ten years alone")]
        let longest = distribution.extremes.map_or(0.0, |(_, max)| max as f64);
        Elapsed::from_f64(longest, Unit::Nanos).map_err(D::Error::custom)?;
        Ok(distribution)
    }
}

/// Samples of one distribution, beyond which something is wrong.
const MAX_SAMPLES: u64 = 1_000_000_000_000;

/// Checks that sum, smallest and largest can be those of the rounded values.
fn check_ends(distribution: &mut Distribution, of_values: Option<(u64, u64)>) -> Result<(), &'static str> {
    let Some(((first, last), (min, max))) = of_values.zip(distribution.extremes) else {
        let is_empty = of_values.is_none() && distribution.extremes.is_none() && distribution.sum == 0;
        return if is_empty { Ok(()) } else { Err("has no smallest and largest sample") };
    };
    let level = distribution.level;
    if min > max || round(min, level) != first || round(max, level) != last {
        return Err("has a smallest or largest sample that is none of its values");
    }
    let (mut least, mut most) = (0u128, 0u128);
    for (low, high, count) in distribution.steps() {
        least += u128::from(low) * u128::from(count);
        most += u128::from(high) * u128::from(count);
    }
    if (least..=most).contains(&distribution.sum) { Ok(()) } else { Err("has a sum that its values do not add up to") }
}

impl Serialize for Distribution {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // What is not sorted in yet is sorted in a copy; readers leave nothing unsorted.
        let mut copy = None;
        let settled = if self.fresh.is_empty() {
            self
        } else {
            let copy = copy.insert(self.clone());
            copy.settle();
            copy
        };
        let exact = settled.is_exact();
        let ends = settled.min().zip(settled.max()).filter(|_| !exact);
        let mut record = serializer.serialize_struct("Distribution", 4)?;
        record.serialize_field("level", &settled.level)?;
        record.serialize_field("sum", &(!exact).then(|| settled.sum.to_string()))?;
        record.serialize_field("ends", &ends)?;
        record.serialize_field("values", &Steps(&settled.sorted))?;
        record.end()
    }
}

struct Steps<'v>(&'v [(u64, u64)]);

impl Serialize for Steps<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut steps = serializer.serialize_seq(Some(self.0.len()))?;
        let mut last = 0;
        for (value, count) in self.0 {
            match count {
                1 => steps.serialize_element(&(value - last))?,
                _ => steps.serialize_element(&(value - last, count))?,
            }
            last = *value;
        }
        steps.end()
    }
}

#[cfg(test)]
crate::model::wire::schema_of!(Distribution, Record);

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: impl IntoIterator<Item = u64>) -> Distribution {
        let mut distribution = Distribution::default();
        values.into_iter().for_each(|value| distribution.record(Elapsed::from_nanos(value)));
        distribution
    }

    #[track_caller]
    fn check(distribution: &Distribution, expected: &str) {
        let json = serde_json::to_string(distribution).expect("it can be written");
        assert_eq!(json, expected);
        let mut read: Distribution = serde_json::from_str(&json).expect("it can be read");
        assert_eq!(serde_json::to_string(&read).expect("it can be written"), json);
        let mut distribution = distribution.clone();
        for percent in [0.0, 50.0, 99.0, 100.0] {
            let percentile = crate::model::Percentile::from_percent(percent).expect("a percentile");
            assert_eq!(read.quantile(percentile), distribution.quantile(percentile));
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        check(&of([]), r#"{"level":0,"sum":null,"ends":null,"values":[]}"#);
        check(&of([7, 5, 7, 0]), r#"{"level":0,"sum":null,"ends":null,"values":[0,5,[2,2]]}"#);
        let mut coarse = of([5_000, 5_001, 10_000]);
        assert!(coarse.coarsen());
        // Eleven of the thirteen digits of 5000 are kept, eleven of the fourteen of 10000.
        check(&coarse, r#"{"level":1,"sum":"20001","ends":[5000,10000],"values":[[5002,2],5002]}"#);
    }

    #[test]
    fn what_cannot_be_is_refused() {
        for bad in [
            r#"{"level":0,"sum":null,"ends":null,"values":[5,0]}"#,
            r#"{"level":0,"sum":null,"ends":null,"values":[[5,0]]}"#,
            r#"{"level":0,"sum":null,"ends":null,"values":[18446744073709551615,1]}"#,
            r#"{"level":0,"sum":null,"ends":null,"values":[[5,18446744073709551615]]}"#,
            r#"{"level":0,"sum":null,"ends":null,"values":[-1]}"#,
            r#"{"level":0,"sum":null,"ends":null,"values":[1.5]}"#,
            r#"{"level":3,"sum":null,"ends":null,"values":[]}"#,
            r#"{"level":1,"sum":null,"ends":null,"values":[5002]}"#,
            r#"{"level":1,"sum":"5002","ends":[5000,5003],"values":[5001]}"#,
            r#"{"level":1,"sum":"4","ends":[5000,5003],"values":[5002]}"#,
            r#"{"level":1,"sum":"5002","ends":[1,5003],"values":[5002]}"#,
        ] {
            assert!(serde_json::from_str::<Distribution>(bad).is_err(), "{bad}");
        }
    }
}
