//! bombardier: the JSON output.
//!
//! ```json
//! {"spec":{"numberOfConnections":4,"method":"GET","url":"https://staging.example.com/"},
//!  "result":{"timeTakenSeconds":1.1,"req1xx":0,"req2xx":100,"req3xx":0,"req4xx":0,"req5xx":0,"others":0,
//!            "latency":{"mean":43693.31,"max":55930,"percentiles":{"50":44006,"95":48161}},"rps":{"mean":91.7}}}
//! ```
//!
//! Latencies are in *micro*seconds (codesenberg/bombardier, `clients.go`); percentiles are there only with `-l`.
//! A run of fewer requests than it was to make, or of less time, was stopped, which is an error.
//! Requests are the sum over all classes of status and `others` (no answer); failures are 4xx, 5xx and `others`.

use crate::diagnostics::codes::INCOMPLETE;
use crate::formats::Format;
use crate::model::{Endpoint, Evidence, Kind, LoadRun, Measurement, Tool, Unit};
use crate::source::{Doc, Node, Probe, Stop};

use super::summary::{cut_short, percentile_members, rate, settle_at};

pub(super) static FORMAT: Format = Format {
    id: "bombardier-json",
    kinds: &[Kind::Load],
    tool: "bombardier",
    title: "JSON output",
    produce: "bombardier -l -p r -o json https://staging.example.com/ > bombardier.json",
    detect,
    read,
};

fn detect(probe: &Probe<'_>) -> bool {
    probe.document().is_some_and(|root| root.get("spec").is_object() && root.get("result").has(&["req2xx", "req5xx"]))
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    evidence.tool = Some(Tool::new("bombardier", None));
    let tree = doc.document()?;
    let root = tree.root();
    let (spec, result) = (root.get("spec"), root.get("result"));
    let latency = result.get("latency");
    let overall = Measurement {
        requests: sum(result, &["req1xx", "req2xx", "req3xx", "req4xx", "req5xx", "others"]),
        failures: sum(result, &["req4xx", "req5xx", "others"]),
        throughput: rate(result.get("rps").get("mean")),
        mean: latency.get("mean").elapsed(Unit::Micros),
        max: latency.get("max").elapsed(Unit::Micros),
        percentiles: percentile_members(latency.get("percentiles"), Unit::Micros),
        pointer: result.pointer(),
        ..Measurement::default()
    };
    let target = spec.get("url").filled();
    let mut run = LoadRun {
        endpoints: target.clone().map(|name| Endpoint { name, measurement: overall.clone() }).into_iter().collect(),
        target,
        overall,
        users: spec.get("numberOfConnections").u64(),
        elapsed: result.get("timeTakenSeconds").elapsed(Unit::Secs),
        ..LoadRun::default()
    };
    settle_at(&mut run, result);
    if let Some(message) = stopped(&run, spec) {
        result.report(&INCOMPLETE, message);
    }
    evidence.loads.push(run);
    Ok(())
}

/// What to say of a run that did not do what it was to do.
fn stopped(run: &LoadRun, spec: Node<'_>) -> Option<String> {
    if let (Some(wanted), Some(done)) = (spec.get("numberOfRequests").u64(), run.overall.requests) {
        return (done < wanted).then(|| format!("{wanted} requests were to be made, and {done} were: it was stopped"));
    }
    cut_short(run.elapsed?, spec.get("testDurationSeconds").elapsed(Unit::Secs)?)
}

fn sum(result: Node<'_>, keys: &[&str]) -> Option<u64> {
    keys.iter().try_fold(0u64, |sum, key| sum.checked_add(result.require(key).u64()?))
}
