//! Taurus: the final statistics as CSV (module `final-stats`, option `dump-csv`).
//!
//! ```csv
//! label,avg_ct,avg_lt,avg_rt,bytes,concurrency,fail,stdev_rt,succ,throughput,perc_0.0,perc_50.0,perc_95.0,perc_100.0,rc_200,rc_500
//! ,0.00210,0.04400,0.45950,90210,16,11,0.21000,666,677,0.06400,0.41200,1.29300,1.71800,666,11
//! https://staging.example.com/,0.00210,0.04400,0.45950,90210,16,11,0.21000,666,677,0.06400,0.41200,1.29300,1.71800,666,11
//! ```
//!
//! The row with the empty label is the whole; a file without it was cut off, which is an error. Times are in seconds.
//! Requests are `succ` and `fail` together; `throughput`, in spite of its name, is that sum too and not a rate, so that
//! there is none.
//! The percentiles 0 and 100 are the fastest and the slowest request.

use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::INCOMPLETE;
use crate::formats::Format;
use crate::model::{Elapsed, Endpoint, Evidence, Kind, LoadRun, Measurement, Percentile, Tool, Unit};
use crate::source::{Doc, Row, Stop};

use super::summary::settle;

pub(super) static FORMAT: Format = Format {
    id: "taurus-final-stats-csv",
    kinds: &[Kind::Load],
    tool: "Taurus",
    title: "Final statistics, CSV",
    produce: "bzt load.yml -o modules.final-stats.dump-csv=taurus.csv",
    detect: |probe| probe.has_columns(&["label", "avg_rt", "succ", "fail", "throughput"]),
    read,
};

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    evidence.tool = Some(Tool::new("Taurus", None));
    let diags = doc.diags().clone();
    let mut table = doc.table()?;
    let columns = table.header().iter();
    let percents: Vec<(String, Percentile)> = columns
        .filter_map(|column| {
            let percent = column.strip_prefix("perc_")?.parse().ok()?;
            Some((column.clone(), Percentile::from_percent(percent).ok()?))
        })
        .collect();
    let mut run = LoadRun::default();
    let mut whole = None;
    let result = loop {
        match table.next() {
            Ok(Some(row)) => {
                let measurement = measure(&row, &percents);
                let name = row.get("label").unwrap_or_default();
                if name.is_empty() {
                    run.users = row.count("concurrency");
                    whole = Some(measurement);
                } else {
                    run.endpoints.push(Endpoint { name: name.into_owned(), measurement });
                }
            }
            Ok(None) => break Ok(()),
            Err(stop) => break Err(stop),
        }
    };
    if let Some(whole) = whole {
        run.overall = whole;
        let place = run.overall.pointer.clone();
        settle(&mut run, &diags, |code, message| Diagnostic::new(code, message).at(place.clone()));
    } else {
        diags.push(Diagnostic::new(&INCOMPLETE, "the row with the empty label, which is the whole, is missing"));
    }
    evidence.loads.push(run);
    result
}

fn measure(row: &Row<'_>, percents: &[(String, Percentile)]) -> Measurement {
    let (succeeded, failures) = (row.count("succ"), row.count("fail"));
    let time = |column: &str| -> Option<Elapsed> { row.elapsed(column, Unit::Secs) };
    let mut measurement = Measurement {
        requests: succeeded.zip(failures).and_then(|(good, bad)| good.checked_add(bad)),
        failures,
        mean: time("avg_rt"),
        pointer: row.pointer(),
        ..Measurement::default()
    };
    for (column, percentile) in percents {
        match (percentile.parts(), time(column)) {
            (_, None) => {}
            (0, fastest) => measurement.min = fastest,
            (Percentile::WHOLE, slowest) => measurement.max = slowest,
            (_, Some(value)) => _ = measurement.percentiles.insert(*percentile, value),
        }
    }
    measurement
}
