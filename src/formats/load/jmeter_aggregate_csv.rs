//! JMeter: the table of an Aggregate Report or a Summary Report, saved as CSV.
//!
//! ```csv
//! Label,# Samples,Average,Median,90% Line,95% Line,99% Line,Min,Max,Error %,Throughput,Received KB/sec,Sent KB/sec
//! Home,200,15,10,40,50,90,2,140,0.000%,10.33333,12.51,1.20
//! Cart,100,30,14,60,85,125,3,310,3.000%,5.16667,4.02,0.61
//! TOTAL,300,20,12,48,80,120,2,310,1.000%,15.50000,16.53,1.81
//! ```
//!
//! JMeter writes it by `Save Table Data`, in its own language: English, Chinese, French, Korean, Portuguese and Spanish are
//! read, with a point or a comma before decimals (apache/jmeter, `messages*.properties`). Its plugin `JMeterPluginsCMD`
//! (`--generate-csv`, `--plugin-type AggregateReport`) and Taurus name the columns by the keys of these words,
//! `sampler_label`, `aggregate_report_count`.
//! Times are in milliseconds, throughput is a second's requests.
//! The row `TOTAL`, or its word in the language of the table, is the whole, and counts transaction controllers beside
//! their samples. The first column is the label.
//! Percentiles are those that the columns name (`90% Line`); a Summary Report has none.
//! The share of failures is a percentage with two or three decimals, in old versions the share itself: failures are the
//! count whose share it is. Where several counts round to it, at least the smallest of them failed and at most the largest,
//! and a limit between these is undecided.
//! Without the row `TOTAL`, or with rows behind it, several tables stand in one file or it is cut off, which is an error.

use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{CONTRADICTION, INCOMPLETE, OUT_OF_RANGE, UNREADABLE_PART};
use crate::formats::Format;
use crate::model::{Endpoint, Evidence, Kind, LoadRun, Measurement, Percentile, Rate, Tool, Unit};
use crate::source::{Diags, Doc, Row, Stop};

use super::summary::settle;

pub(super) static FORMAT: Format = Format {
    id: "jmeter-aggregate-csv",
    kinds: &[Kind::Load],
    tool: "JMeter",
    title: "Table of an Aggregate Report or a Summary Report, CSV",
    produce: "JMeterPluginsCMD.sh --generate-csv aggregate.csv --input-jtl shop.jtl --plugin-type AggregateReport",
    detect: |probe| WORDS.iter().any(|words| probe.has_columns(&[words.samples, words.errors])),
    read,
};

/// What the columns of a table are called.
struct Words {
    samples: &'static str,
    errors: &'static str,
    mean: &'static str,
    median: &'static str,
    min: &'static str,
    /// Of several versions.
    max: &'static [&'static str],
    rate: &'static str,
    /// The row of the whole, where it is not [`WHOLE`].
    whole: &'static str,
}

/// By the languages of JMeter, and by the keys of its words.
const WORDS: [Words; 7] = [
    Words {
        samples: "# Samples",
        errors: "Error %",
        mean: "Average",
        median: "Median",
        min: "Min",
        max: &["Max", "Maximum"],
        rate: "Throughput",
        whole: WHOLE,
    },
    Words {
        samples: "aggregate_report_count",
        errors: "aggregate_report_error%",
        mean: "average",
        median: "aggregate_report_median",
        min: "aggregate_report_min",
        max: &["aggregate_report_max"],
        rate: "aggregate_report_rate",
        whole: WHOLE,
    },
    Words {
        samples: "# 样本",
        errors: "异常 %",
        mean: "平均值",
        median: "中位数",
        min: "最小值",
        max: &["最大值"],
        rate: "吞吐量",
        whole: "总体",
    },
    Words {
        samples: "# Echantillons",
        errors: "% Erreur",
        mean: "Moyenne",
        median: "Médiane",
        min: "Min",
        max: &["Max"],
        rate: "Débit",
        whole: WHOLE,
    },
    Words {
        samples: "표본 수",
        errors: "오류 %",
        mean: "평균",
        median: "중간값",
        min: "최소값",
        max: &["최대값"],
        rate: "처리량",
        whole: "총계",
    },
    Words {
        samples: "# Amostras",
        errors: "% de Erro",
        mean: "Média",
        median: "Mediana",
        min: "Mín.",
        max: &["Máx."],
        rate: "Vazão",
        whole: WHOLE,
    },
    Words {
        samples: "# Muestras",
        errors: "% Error",
        mean: "Media",
        median: "Mediana",
        min: "Mín",
        max: &["Máx"],
        rate: "Rendimiento",
        whole: "Total",
    },
];

/// What JMeter calls the whole, where it has no other word for it.
const WHOLE: &str = "TOTAL";

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    evidence.tool = Some(Tool::new("JMeter", None));
    let diags = doc.diags().clone();
    let mut table = doc.table()?;
    let percents: Vec<(String, Percentile)> = table.header().iter().filter_map(|column| percent(column)).collect();
    let is_of = |words: &&Words| [words.samples, words.errors].iter().all(|name| table.column(name).is_some());
    let words = WORDS.iter().find(is_of).unwrap_or(&WORDS[0]);
    let mut run = LoadRun::default();
    let mut whole = None;
    let result = loop {
        match table.next() {
            Ok(Some(row)) => take(&row, words, &percents, &mut run, &mut whole),
            Ok(None) => break Ok(()),
            Err(stop) => break Err(stop),
        }
    };
    settle_whole(&mut run, whole, &diags);
    let place = run.overall.pointer.clone();
    settle(&mut run, &diags, |code, message| Diagnostic::new(code, message).at(place.clone()));
    evidence.loads.push(run);
    result
}

/// The percentile that a column holds: `90% Line`, `90% 百分位`, `aggregate_report_90%_line`.
fn percent(column: &str) -> Option<(String, Percentile)> {
    let (before, _) = column.split_once('%')?;
    let percent = before.rsplit(|c: char| !c.is_ascii_digit() && c != '.').next()?;
    Some((column.to_owned(), Percentile::from_percent(percent.parse().ok()?).ok()?))
}

fn take(
    row: &Row<'_>,
    words: &Words,
    percents: &[(String, Percentile)],
    run: &mut LoadRun,
    whole: &mut Option<Measurement>,
) {
    if whole.is_some() {
        row.report(&UNREADABLE_PART, format!("stands behind the row `{WHOLE}`: several tables stand in one file"));
        return;
    }
    let name = row.at(0).unwrap_or_default();
    let measurement = measure(row, words, percents);
    if [WHOLE, words.whole].contains(&&*name) {
        *whole = Some(measurement);
    } else {
        run.endpoints.push(Endpoint { name: name.into_owned(), measurement });
    }
}

fn settle_whole(run: &mut LoadRun, whole: Option<Measurement>, diags: &Diags) {
    let sum = |of: fn(&Measurement) -> Option<u64>| {
        run.endpoints.iter().try_fold(0u64, |sum, endpoint| sum.checked_add(of(&endpoint.measurement)?))
    };
    let (requests, failures) = (sum(|m| m.requests), sum(|m| m.failures));
    let Some(whole) = whole else {
        diags.push(Diagnostic::new(&INCOMPLETE, format!("the row `{WHOLE}` is missing: the file may be cut off")));
        run.overall = Measurement { requests, failures, ..Measurement::default() };
        return;
    };
    run.overall = whole;
    if let (Some(says), Some(counted)) = (run.overall.requests, requests.filter(|_| !run.endpoints.is_empty()))
        && says != counted
    {
        let message = format!("says {says} samples, the rows add up to {counted}");
        diags.push(Diagnostic::new(&CONTRADICTION, message).at(run.overall.pointer.clone()));
    }
}

fn measure(row: &Row<'_>, words: &Words, percents: &[(String, Percentile)]) -> Measurement {
    let time = |name: &str| row.elapsed(name, Unit::Millis);
    let mut percentiles: std::collections::BTreeMap<_, _> = percents
        .iter()
        .filter_map(|(column, percentile)| Some((*percentile, row.elapsed(column, Unit::Millis)?)))
        .collect();
    if let Some(median) = time(words.median) {
        percentiles.entry(Percentile::P50).or_insert(median);
    }
    let requests = row.count(words.samples);
    let failures = requests.and_then(|requests| failures(&row.get(words.errors)?, row, requests));
    Measurement {
        requests,
        failures: failures.map(|(_, most)| most),
        failures_at_least: failures.filter(|(least, most)| least < most).map(|(least, _)| least),
        throughput: row.get(words.rate).and_then(|text| rate(&text)),
        min: time(words.min),
        mean: time(words.mean),
        max: words.max.iter().find_map(|name| time(name)),
        percentiles,
        pointer: row.pointer(),
        ..Measurement::default()
    }
}

/// A number as English has it: most languages write `0,5`. JMeter does not group digits.
fn english(number: &str) -> String {
    number.trim().replace(',', ".")
}

/// Samples a second, `10.3` or `10.3/sec`.
fn rate(text: &str) -> Option<Rate> {
    let text = &*english(text);
    Rate::per_second(text.strip_suffix("/sec").unwrap_or(text).parse().ok()?).ok()
}

/// The fewest and the most failures of which the share is what the row says.
fn failures(text: &str, row: &Row<'_>, requests: u64) -> Option<(u64, u64)> {
    let number = &*english(text);
    let found = match number.strip_suffix('%') {
        Some(percent) => counts(percent, requests, 2),
        None => exact(number, requests).or_else(|| counts(number, requests, 0)),
    };
    if found.is_none() {
        row.report(
            &OUT_OF_RANGE,
            format!("`{}` is no share of {requests} samples", crate::source::json::shorten(text)),
        );
    }
    found
}

/// The count of `all` whose share is this number, not rounded, as old versions write it: `0.05`.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
fn exact(share: &str, all: u64) -> Option<(u64, u64)> {
    let share: f64 = share.parse().ok().filter(|share| (0.0..=1.0).contains(share))?;
    let count = (share * all as f64).round();
    let is_exact = (share * all as f64 - count).abs() < 1e-9 * count.max(1.0);
    is_exact.then_some((count as u64, count as u64))
}

/// The fewest and the most of `all` whose share, times ten to the power of `shift`, is this decimal when rounded.
fn counts(decimal: &str, all: u64, shift: u32) -> Option<(u64, u64)> {
    let (whole, fraction) = decimal.split_once('.').unwrap_or((decimal, ""));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !is_number(whole) || !is_number(fraction) {
        return None;
    }
    let share: u128 = format!("{whole}{fraction}").parse().ok()?;
    let scale = 10_u128.checked_pow(shift.checked_add(u32::try_from(fraction.len()).ok()?)?)?;
    let (all, double) = (u128::from(all), scale.checked_mul(2)?);
    let least = share.checked_mul(2)?.saturating_sub(1).checked_mul(all)?.div_ceil(double);
    let most = share.checked_mul(2)?.checked_add(1)?.checked_mul(all)? / double;
    let most = most.min(all);
    (least <= most).then_some((u64::try_from(least).ok()?, u64::try_from(most).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_those_whose_share_is_what_is_written() {
        assert_eq!(counts("0.000", 300, 2), Some((0, 0)));
        assert_eq!(counts("1.000", 300, 2), Some((3, 3)));
        assert_eq!(counts("0.33", 300, 2), Some((1, 1)));
        assert_eq!(counts("0.002", 100_000, 2), Some((2, 2)));
        assert_eq!(counts("0.00", 2_000_000, 2), Some((0, 100)));
        assert_eq!(counts("100.000", 7, 2), Some((7, 7)));
        assert_eq!(exact("0.0", 20), Some((0, 0)));
        assert_eq!(exact("0.3333333333333333", 3), Some((1, 1)));
        assert_eq!(exact("0.33", 3), None);
        assert_eq!(counts("0.33", 3, 0), Some((1, 1)));
        assert_eq!(counts("50.000", 3, 2), None, "neither one nor two of three");
        assert_eq!(counts("120.000", 3, 2), None);
        assert_eq!(counts("-1", 3, 2), None);
        assert_eq!(counts("9".repeat(60).as_str(), 3, 2), None);
    }
}
