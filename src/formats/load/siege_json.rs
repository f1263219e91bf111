//! Siege: the JSON output.
//!
//! ```json
//! {"transactions": 1545, "availability": 100.00, "elapsed_time": 2.98, "response_time": 0.01, "transaction_rate": 518.46,
//!  "concurrency": 4.93, "successful_transactions": 1545, "failed_transactions": 0, "longest_transaction": 0.12, "shortest_transaction": 0.00}
//! ```
//!
//! Times are in seconds with two decimals, so a short one is 0.
//! `transactions` leaves the failed ones out: requests are both together, and `availability` is the share of the former.
//! There are no percentiles.

use crate::formats::Format;
use crate::model::{Evidence, Kind, LoadRun, Measurement, Ratio, Tool, Unit};
use crate::source::{Doc, Probe, Stop};

use super::summary::{rate, settle_at};

pub(super) static FORMAT: Format = Format {
    id: "siege-json",
    kinds: &[Kind::Load],
    tool: "Siege",
    title: "JSON output",
    produce: "siege -j -c 5 -t 30S https://staging.example.com/ > siege.json",
    detect,
    read,
};

fn detect(probe: &Probe<'_>) -> bool {
    probe.is_object_with(&["transactions", "availability", "transaction_rate"])
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    evidence.tool = Some(Tool::new("Siege", None));
    let tree = doc.document()?;
    let root = tree.root();
    let failures = root.require("failed_transactions").u64();
    let availability = root.get("availability").f64();
    let mut run = LoadRun {
        overall: Measurement {
            requests: root.require("transactions").u64().and_then(|n| n.checked_add(failures?)),
            failures,
            stated_error_rate: availability.and_then(|percent| Ratio::from_quotient(1.0 - percent / 100.0).ok()),
            throughput: rate(root.get("transaction_rate")),
            min: root.get("shortest_transaction").elapsed(Unit::Secs),
            mean: root.get("response_time").elapsed(Unit::Secs),
            max: root.get("longest_transaction").elapsed(Unit::Secs),
            ..Measurement::default()
        },
        elapsed: root.get("elapsed_time").elapsed(Unit::Secs),
        ..LoadRun::default()
    };
    settle_at(&mut run, root);
    evidence.loads.push(run);
    Ok(())
}
