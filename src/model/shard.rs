//! Shards: parts of a test run that was split over several machines.

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use regex::Regex;
use serde::{Deserialize, Serialize};

/// One part of a run that was split, as it says of itself.
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::model#example).")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(try_from = "ShardRecord")]
pub struct Shard {
    /// Its number, counted from 0 or 1.
    pub number: u32,
    /// How many there are.
    pub of: u32,
}

impl Shard {
    /// The shard of a number, out of so many.
    ///
    /// # Errors
    /// There is no such shard.
    pub fn new(number: u32, of: u32) -> Result<Shard, NoShard> {
        ShardRecord { number, of }.try_into()
    }
}

/// One part of a run that was split.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, schemars(rename = "Shard"))]
struct ShardRecord {
    /// Its number, counted from 0 or 1.
    number: u32,
    /// How many there are.
    #[cfg_attr(test, schemars(range(min = 1)))]
    of: u32,
}

/// Shards beyond this are no shards.
const MAX_SHARDS: u32 = 1_000_000;

/// A shard that there cannot be.
///
/// See the [example](mod@crate::model#example).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no shard like `3/8`: a number from 0 or 1 on, and how many there are")]
pub struct NoShard(String);

impl TryFrom<ShardRecord> for Shard {
    type Error = NoShard;

    fn try_from(ShardRecord { number, of }: ShardRecord) -> Result<Shard, NoShard> {
        let fits = (1..=MAX_SHARDS).contains(&of) && number <= of;
        if fits { Ok(Shard { number, of }) } else { Err(NoShard(format!("{number}/{of}"))) }
    }
}

impl FromStr for Shard {
    type Err = NoShard;

    fn from_str(text: &str) -> Result<Shard, NoShard> {
        let parts = text.split_once('/').and_then(|(number, of)| Some((number.parse().ok()?, of.parse().ok()?)));
        let (number, of) = parts.ok_or_else(|| NoShard(text.to_owned()))?;
        Shard::new(number, of)
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

/// What a name tells of a shard: its number, and of how many where it says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Its number.
    pub number: u32,
    /// How many there are; `None` where the name does not say.
    pub of: Option<u32>,
    /// The name in lower case with `#` for the number, which the files of one kind of all shards have in common.
    pub common: String,
}

/// The shard that a name tells, by its last part that tells one: `shard-2`, `shard_2`, `shard2`, `2-of-3`,
/// `shard-2-of-3`, in capitals or not.
pub fn of_name(name: &str) -> Option<Named> {
    static NAMED: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"(?:^|[^a-z0-9])shard[-_. ]?([0-9]{1,6})(?:[-_. ]?of[-_. ]?([0-9]{1,6}))?(?:$|[^0-9])").ok()
    });
    static COUNTED: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"(?:^|[^a-z0-9])([0-9]{1,6})[-_. ]?of[-_. ]?([0-9]{1,6})(?:$|[^a-z0-9])").ok());
    let name = name.to_lowercase();
    // What most names have neither of, both patterns need.
    if !name.contains("shard") && !name.contains("of") {
        return None;
    }
    let mut end = name.len();
    for part in name.split('/').rev() {
        let start = end - part.len();
        if let Some(captured) = [&NAMED, &COUNTED].into_iter().find_map(|pattern| pattern.as_ref()?.captures(part)) {
            let number = |index| captured.get(index).and_then(|group| group.as_str().parse().ok());
            let at = captured.get(1)?.range();
            let common = format!("{}#{}", &name[..start + at.start], &name[start + at.end..]);
            return Some(Named { number: number(1)?, of: number(2), common });
        }
        end = start.saturating_sub(1);
    }
    None
}

/// A name with `#` for the number of its shard where that stands alone: `out/k6-3.json` of shard 3 is `out/k6-#.json`.
pub fn without_number(name: &str, number: u32) -> String {
    let mut out = String::with_capacity(name.len());
    let mut digits = String::new();
    for char in name.chars().chain(['/']) {
        if char.is_ascii_digit() {
            digits.push(char);
            continue;
        }
        let is_word = out.ends_with(char::is_alphanumeric);
        match digits.parse::<u32>() {
            Ok(found) if found == number && !is_word => out.push('#'),
            _ => out.push_str(&digits),
        }
        digits.clear();
        out.push(char);
    }
    out.pop();
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, expected: Option<(u32, Option<u32>)>) {
        assert_eq!(of_name(name).map(|named| (named.number, named.of)), expected, "{name}");
    }

    #[test]
    fn names_tell_their_shard() {
        check("shard-2/junit.xml", Some((2, None)));
        check("results/Shard_2.xml", Some((2, None)));
        check("SHARD2/junit.xml", Some((2, None)));
        check("e2e-shard-2-of-3.xml", Some((2, Some(3))));
        check("report-2-of-3/junit.xml", Some((2, Some(3))));
        check("junit.2of3.xml", Some((2, Some(3))));
        check("run-1-of-2/shard-0.xml", Some((0, None)));
        check("shards.zip!/shard-10/junit.xml", Some((10, None)));
    }

    #[test]
    fn other_names_tell_none() {
        check("junit.xml", None);
        check("shards-3/junit.xml", None);
        check("reshard-3.xml", None);
        check("proof-2-offers-3.xml", None);
        check("shard.xml", None);
    }

    #[test]
    fn a_shard_is_a_number_of_a_count() {
        assert_eq!("3/8".parse(), Ok(Shard { number: 3, of: 8 }));
        assert_eq!("0/1".parse(), Ok(Shard { number: 0, of: 1 }));
        for bad in ["", "3", "9/8", "1/0", "-1/8", "3/8/1", "3 /8", "1/9999999"] {
            assert_eq!(bad.parse::<Shard>(), Err(NoShard(bad.to_owned())), "{bad}");
        }
    }

    #[test]
    fn the_files_of_all_shards_have_one_name() {
        assert_eq!(without_number("out/k6-3.json", 3), "out/k6-#.json");
        assert_eq!(without_number("out/03/k6.json", 3), "out/#/k6.json");
        assert_eq!(without_number("k6-13.json", 3), "k6-13.json");
        assert_eq!(without_number("k6.json", 6), "k6.json");
        assert_eq!(without_number("", 6), "");
        let common = |name| of_name(name).map(|named| named.common);
        assert_eq!(common("Shard-6/k6.json"), common("shard-7/k6.json"));
        assert_eq!(common("run/2-of-3/a.json").as_deref(), Some("run/#-of-3/a.json"));
    }
}
