//! Siege: the JSON output.
//!
//! ```json
//! {"transactions": 1545, "availability": 100.00, "elapsed_time": 2.98, "response_time": 0.01, "transaction_rate": 518.46,
//!  "concurrency": 4.93, "successful_transactions": 1545, "failed_transactions": 0, "longest_transaction": 0.12, "shortest_transaction": 0.00}
//! ```
//!
//! Times are in seconds with two decimals, so a short one is 0.
//! `transactions` leaves the failed ones out: requests are both together.
//! An answer of 400 and above is a failure: 408 and 500 to 509 stand in `failed_transactions`, all others stand in
//! `transactions` and are those that `successful_transactions` lacks.
//! Siege takes 401 and 407 for successes, since it answers them with credentials; they cannot be told apart.
//! A run that was interrupted may have a success more than transactions.
//! `availability` takes a 404 for a success and is not used.
//! There are no percentiles.
//! Counts by JoeDog/siege, `src/browser.c` and `src/response.c` of version 4.

use crate::formats::Format;
use crate::model::{Evidence, Kind, LoadRun, Measurement, Tool, Unit};
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
    let transactions = root.require("transactions").u64();
    let failed = root.require("failed_transactions").u64();
    let successful = root.require("successful_transactions").u64();
    let mut run = LoadRun {
        overall: Measurement {
            requests: requests(transactions, failed),
            failures: failures(transactions, successful, failed),
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

/// All requests: transactions leave out those that failed.
pub(super) fn requests(transactions: Option<u64>, failed: Option<u64>) -> Option<u64> {
    transactions?.checked_add(failed?)
}

/// The failed requests: those without an answer, and the transactions that were no success.
pub(super) fn failures(transactions: Option<u64>, successful: Option<u64>, failed: Option<u64>) -> Option<u64> {
    failed?.checked_add(transactions?.saturating_sub(successful?))
}
