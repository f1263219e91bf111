//! Vegeta: the JSON report.
//!
//! ```json
//! {"latencies":{"mean":77141700,"50th":45852481,"90th":231986667,"95th":262478846,"99th":405648614,"max":886434368,"min":893609},
//!  "duration":4051316938,"wait":5103388,"requests":184,"rate":45.4,"throughput":22.6,"success":0.5,
//!  "status_codes":{"200":92,"500":92},"errors":["500 Internal Server Error"]}
//! ```
//!
//! All times are in nanoseconds.
//! Failures are the requests whose status is 400 or above, or 0 (no answer); `success` is the share of the others.
//! Where the two disagree, the worse counts.
//! `rate` is what was attempted, `throughput` counts successes only; the rate is used.
//! A report over nothing is an empty file.

use crate::diagnostics::codes::CONTRADICTION;
use crate::formats::Format;
use crate::model::{Evidence, Kind, LoadRun, Measurement, Percentile, Ratio, Tool, Unit};
use crate::source::{Doc, Probe, Stop};

use super::summary::{disagree, percentiles, rate, settle_at, share, statuses};

pub(super) static FORMAT: Format = Format {
    id: "vegeta-report",
    kinds: &[Kind::Load],
    tool: "Vegeta",
    title: "JSON report",
    produce: "vegeta report --type json results.bin > vegeta.json",
    detect,
    read,
};

fn detect(probe: &Probe<'_>) -> bool {
    probe.is_object_with(&["latencies", "requests", "success", "status_codes"])
}

const KEYS: &[(&str, Percentile)] =
    &[("50th", Percentile::P50), ("90th", Percentile::P90), ("95th", Percentile::P95), ("99th", Percentile::P99)];

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    evidence.tool = Some(Tool::new("Vegeta", None));
    let tree = doc.document()?;
    let root = tree.root();
    evidence.time = root.get("end").time();
    let latencies = root.get("latencies");
    let requests = root.require("requests").u64();
    let codes = statuses(root.get("status_codes"));
    let success = share(root.get("success"));
    // The worse of the statuses and the share counts.
    let is_worst = |(failed, all): &(u64, u64)| {
        let stated = success.map_or(0.0, |rate| 1.0 - rate.as_f64());
        failed <= all && Ratio::new(*failed, *all).is_none_or(|counted| counted.as_f64() > stated - 1e-6)
    };
    let mut run = LoadRun {
        overall: Measurement {
            requests,
            failures: requests
                .zip(codes)
                .map(|(all, (_, failed))| (failed, all))
                .filter(is_worst)
                .map(|(failed, _)| failed),
            stated_error_rate: success.and_then(|rate| Ratio::from_quotient(1.0 - rate.as_f64()).ok()),
            throughput: rate(root.get("rate")),
            min: latencies.get("min").elapsed(Unit::Nanos),
            mean: latencies.get("mean").elapsed(Unit::Nanos),
            max: latencies.get("max").elapsed(Unit::Nanos),
            percentiles: percentiles(latencies, KEYS, Unit::Nanos),
            pointer: root.get("latencies").pointer(),
            ..Measurement::default()
        },
        elapsed: root
            .get("duration")
            .elapsed(Unit::Nanos)
            .map(|attack| attack.saturating_add(root.get("wait").elapsed(Unit::Nanos).unwrap_or_default())),
        ..LoadRun::default()
    };
    if let (Some(requests), Some((counted, failed)), Some(success)) = (requests, codes, success) {
        disagree(root.get("requests"), requests, counted, root.get("status_codes").pointer());
        let stated = 1.0 - success.as_f64();
        if Ratio::new(failed, counted).is_some_and(|rate| (rate.as_f64() - stated).abs() > 1e-6) {
            let message =
                format!("says a share of successes of {}, counted {failed} failed of {counted}", success.as_f64());
            let other = root.get("status_codes").pointer();
            root.diags().push(root.get("success").diagnostic(&CONTRADICTION, message).against(other));
        }
    }
    settle_at(&mut run, root);
    evidence.loads.push(run);
    Ok(())
}
