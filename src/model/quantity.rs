//! Quantities: exact integers with their unit in the constructor, so that no `f64` reaches a comparison.

use std::fmt;

/// A number that cannot be the quantity it claims to be: negative, not finite, or absurdly large.
///
/// See the [example](mod@crate::model#example).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not a usable quantity (negative, not a number, or too large)")]
pub struct OutOfRange;

/// Time that something took (a response, a test, a step), in whole nanoseconds.
///
/// See the [example](mod@crate::model#example).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Elapsed(u64);

/// The unit that a tool writes times in.
///
/// See the [example](mod@crate::model#example).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// 10⁻⁹ s
    Nanos,
    /// 10⁻⁶ s
    Micros,
    /// 10⁻³ s
    Millis,
    /// 1 s
    Secs,
}

impl Unit {
    /// How many nanoseconds one of this unit is.
    pub const fn nanos(self) -> u64 {
        match self {
            Unit::Nanos => 1,
            Unit::Micros => 1_000,
            Unit::Millis => 1_000_000,
            Unit::Secs => 1_000_000_000,
        }
    }
}

impl Elapsed {
    /// Nothing elapsed.
    pub const ZERO: Elapsed = Elapsed(0);
    /// Ten years: what is longer is no measurement.
    const MAX: f64 = 10.0 * 365.25 * 86_400.0 * 1e9;

    /// From whole nanoseconds.
    pub const fn from_nanos(nanos: u64) -> Elapsed {
        Elapsed(nanos)
    }

    /// From a number in `unit`, rounded to the nearest nanosecond.
    ///
    /// # Errors
    /// Negative, not finite, or longer than ten years.
    pub fn from_f64(value: f64, unit: Unit) -> Result<Elapsed, OutOfRange> {
        #[expect(clippy::cast_precision_loss, reason = "a power of ten below 2^53")]
        let nanos = (value * unit.nanos() as f64).round();
        if (0.0..=Elapsed::MAX).contains(&nanos) {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "range checked above")]
            Ok(Elapsed(nanos as u64))
        } else {
            Err(OutOfRange)
        }
    }

    /// From milliseconds.
    ///
    /// # Errors
    /// As [`Elapsed::from_f64`].
    pub fn from_millis(value: f64) -> Result<Elapsed, OutOfRange> {
        Elapsed::from_f64(value, Unit::Millis)
    }

    /// From seconds.
    ///
    /// # Errors
    /// As [`Elapsed::from_f64`].
    pub fn from_secs(value: f64) -> Result<Elapsed, OutOfRange> {
        Elapsed::from_f64(value, Unit::Secs)
    }

    /// Whole nanoseconds.
    pub const fn nanos(self) -> u64 {
        self.0
    }

    /// Milliseconds, for output only.
    #[expect(clippy::cast_precision_loss, reason = "output keeps at most six decimals")]
    pub fn as_millis_f64(self) -> f64 {
        self.0 as f64 / 1e6
    }

    /// The sum, or the largest value that can be held.
    #[must_use]
    pub const fn saturating_add(self, other: Elapsed) -> Elapsed {
        Elapsed(self.0.saturating_add(other.0))
    }
}

/// For people: `850 ns`, `31 ms`, `1.25 s`, `3 min 5 s`. Three significant digits below a minute.
impl fmt::Display for Elapsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        #[expect(clippy::cast_precision_loss, reason = "output keeps three digits")]
        let ns = self.0 as f64;
        // What rounding makes a whole larger unit is shown in that: 1 s, not 1000 ms.
        match self.0 {
            0 => f.write_str("0 ms"),
            1..1_000 => write!(f, "{} ns", self.0),
            1_000..999_500 => write!(f, "{} µs", three_digits(ns / 1e3)),
            999_500..999_500_000 => write!(f, "{} ms", three_digits(ns / 1e6)),
            999_500_000..59_950_000_000 => write!(f, "{} s", three_digits(ns / 1e9)),
            59_950_000_000..3_600_000_000_000 => {
                let secs = (self.0 / 1_000_000_000).max(60);
                match secs % 60 {
                    0 => write!(f, "{} min", secs / 60),
                    rest => write!(f, "{} min {rest} s", secs / 60),
                }
            }
            172_800_000_000_000.. => {
                let hours = self.0 / 3_600_000_000_000;
                match hours % 24 {
                    0 => write!(f, "{} days", hours / 24),
                    rest => write!(f, "{} days {rest} h", hours / 24),
                }
            }
            _ => {
                let minutes = self.0 / 60_000_000_000;
                match minutes % 60 {
                    0 => write!(f, "{} h", minutes / 60),
                    rest => write!(f, "{} h {rest} min", minutes / 60),
                }
            }
        }
    }
}

/// Three significant digits without trailing zeros: 30.8, 126, 1.25.
fn three_digits(value: f64) -> String {
    let decimals = if value >= 100.0 {
        0
    } else if value >= 10.0 {
        1
    } else {
        2
    };
    let text = format!("{value:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// A share, kept as part and whole.
///
/// Where a tool gives only the quotient, the whole is [`Ratio::UNKNOWN_WHOLE`].
///
/// See the [example](mod@crate::model#example).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ratio {
    part: u64,
    whole: u64,
}

impl Ratio {
    /// The whole of a ratio that was given as a quotient: parts per thousand million.
    pub const UNKNOWN_WHOLE: u64 = 1_000_000_000;
    /// Nothing of anything.
    pub const NOTHING: Ratio = Ratio { part: 0, whole: 1 };

    /// `part` of `whole`; `None` where the whole is zero, since a share of nothing is no number.
    pub const fn new(part: u64, whole: u64) -> Option<Ratio> {
        if whole == 0 { None } else { Some(Ratio { part, whole }) }
    }

    /// From a quotient between 0 and 1, as a tool wrote it.
    ///
    /// # Errors
    /// Outside 0…1 or not finite.
    pub fn from_quotient(value: f64) -> Result<Ratio, OutOfRange> {
        if (0.0..=1.0).contains(&value) {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "range checked above")]
            let part = (value * 1e9).round() as u64;
            Ok(Ratio { part, whole: Ratio::UNKNOWN_WHOLE })
        } else {
            Err(OutOfRange)
        }
    }

    /// The part.
    pub const fn part(self) -> u64 {
        self.part
    }

    /// The whole, never zero.
    pub const fn whole(self) -> u64 {
        self.whole
    }

    /// The quotient, for output only.
    #[expect(clippy::cast_precision_loss, reason = "output keeps a few digits")]
    pub fn as_f64(self) -> f64 {
        self.part as f64 / self.whole as f64
    }

    /// Percent with at most two decimals, for people: `0.42 %`, `100 %`. Never rounds a violation away:
    /// a part that is neither nothing nor all is never shown as `0 %` or `100 %`.
    pub fn percent(self) -> String {
        let value = self.as_f64() * 100.0;
        if self.part > 0 && value < 0.01 {
            return "< 0.01 %".to_owned();
        }
        if self.part < self.whole && value > 99.99 {
            return "> 99.99 %".to_owned();
        }
        let text = format!("{value:.2}");
        format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
    }
}

impl PartialOrd for Ratio {
    fn partial_cmp(&self, other: &Ratio) -> Option<std::cmp::Ordering> {
        let left = u128::from(self.part) * u128::from(other.whole);
        let right = u128::from(other.part) * u128::from(self.whole);
        Some(left.cmp(&right))
    }
}

/// Events per second, in millionths.
///
/// See the [example](mod@crate::model#example).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rate(u64);

impl Rate {
    /// From events per second.
    ///
    /// # Errors
    /// Negative, not finite, or above 10¹² per second.
    pub fn per_second(value: f64) -> Result<Rate, OutOfRange> {
        if value.is_finite() && (0.0..=1e12).contains(&value) {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "range checked above")]
            Ok(Rate((value * 1e6).round() as u64))
        } else {
            Err(OutOfRange)
        }
    }

    /// `count` events in `elapsed`; `None` where no time passed.
    pub fn of(count: u64, elapsed: Elapsed) -> Option<Rate> {
        if elapsed == Elapsed::ZERO {
            return None;
        }
        let micro = u128::from(count) * 1_000_000_000_000_000 / u128::from(elapsed.nanos());
        u64::try_from(micro).ok().map(Rate)
    }

    /// The rate of a part of the events in the same time; `None` where there are none.
    pub fn share(self, part: u64, whole: u64) -> Option<Rate> {
        let share = (u128::from(self.0) * u128::from(part)).checked_div(u128::from(whole))?;
        u64::try_from(share).ok().map(Rate)
    }

    /// From millionths of an event per second.
    pub(super) const fn from_millionths(millionths: u64) -> Rate {
        Rate(millionths)
    }

    /// Millionths of an event per second.
    pub(super) const fn millionths(self) -> u64 {
        self.0
    }

    /// Events per second, for output only.
    #[expect(clippy::cast_precision_loss, reason = "output keeps a few digits")]
    pub fn as_f64(self) -> f64 {
        self.0 as f64 / 1e6
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/s", three_digits(self.as_f64()))
    }
}

/// Which percentile: `p95` is the value that 95 % of the samples do not exceed.
///
/// See the [example](mod@crate::model#example).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Percentile(u32);

impl Percentile {
    /// The median.
    pub const P50: Percentile = Percentile(50_000);
    /// Nine of ten.
    pub const P90: Percentile = Percentile(90_000);
    /// 19 of 20.
    pub const P95: Percentile = Percentile(95_000);
    /// 99 of 100.
    pub const P99: Percentile = Percentile(99_000);

    /// From percent, to a thousandth: `99.9`.
    ///
    /// # Errors
    /// Outside 0…100 or not finite.
    pub fn from_percent(value: f64) -> Result<Percentile, OutOfRange> {
        if (0.0..=100.0).contains(&value) {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "range checked above")]
            Ok(Percentile((value * 1e3).round() as u32))
        } else {
            Err(OutOfRange)
        }
    }

    /// How many [`Percentile::parts`] are the largest sample.
    pub const WHOLE: u32 = 100_000;

    /// In thousandths of a percent.
    pub const fn parts(self) -> u32 {
        self.0
    }
}

impl fmt::Display for Percentile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{}.{:03}", self.0 / 1000, self.0 % 1000);
        write!(f, "p{}", text.trim_end_matches('0').trim_end_matches('.'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(value: f64, unit: Unit, expected: &str) {
        assert_eq!(Elapsed::from_f64(value, unit).map(|e| e.to_string()), Ok(expected.to_owned()));
    }

    #[test]
    fn elapsed_reads_like_a_person_would_say_it() {
        check(31.0, Unit::Millis, "31 ms");
        check(30.84, Unit::Millis, "30.8 ms");
        check(0.000_85, Unit::Millis, "850 ns");
        check(185.0, Unit::Secs, "3 min 5 s");
        check(300.0, Unit::Secs, "5 min");
        check(7.0 * 86_400.0, Unit::Secs, "7 days");
        check(0.0, Unit::Secs, "0 ms");
        check(999.4, Unit::Millis, "999 ms");
        check(999.7, Unit::Millis, "1 s");
        check(59.94, Unit::Secs, "59.9 s");
        check(59.97, Unit::Secs, "1 min");
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for bad in [-1.0, f64::NAN, f64::INFINITY, 1e300] {
            assert_eq!(Elapsed::from_secs(bad), Err(OutOfRange));
        }
    }

    #[test]
    fn a_small_share_is_never_shown_as_nothing() {
        assert_eq!(Ratio::new(1, 1_000_000).map(Ratio::percent), Some("< 0.01 %".to_owned()));
        assert_eq!(Ratio::new(999_999, 1_000_000).map(Ratio::percent), Some("> 99.99 %".to_owned()));
        assert_eq!(Ratio::new(1, 3).map(Ratio::percent), Some("33.33 %".to_owned()));
        assert_eq!(Ratio::new(0, 0), None);
    }

    #[test]
    fn percentiles_print_as_they_are_spoken() {
        assert_eq!(Percentile::P95.to_string(), "p95");
        assert_eq!(Percentile::from_percent(99.9).map(|p| p.to_string()), Ok("p99.9".to_owned()));
    }
}
