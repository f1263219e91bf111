//! Taurus: the final statistics as XML (module `final-stats`, option `dump-xml`).
//!
//! ```xml
//! <FinalStatus>
//!   <Group label="">
//!     <succ value="666"/><fail value="11"/><throughput value="677"/><concurrency value="16"/><avg_rt value="0.45950"/>
//!     <rc value="666" param="200"/><perc value="1.29300" param="95.0"/><perc value="1.71800" param="100.0"/>
//!   </Group>
//!   <Group label="https://staging.example.com/"/>
//! </FinalStatus>
//! ```
//!
//! The group with the empty label is the whole. Times are in seconds.
//! Requests are `succ` and `fail` together; `throughput`, in spite of its name, is that sum too and not a rate.
//! The percentiles 0 and 100 are the fastest and the slowest request.

use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{MISSING_FIELD, OUT_OF_RANGE};
use crate::formats::Format;
use crate::model::{Elapsed, Endpoint, Evidence, Kind, LoadRun, Measurement, Percentile, Rate, Tool, Unit};
use crate::source::{Doc, Element, Probe, Stop, Xml, XmlEvent, XmlTree};

use super::summary::{empty, settle};

pub(super) static FORMAT: Format = Format {
    id: "taurus-final-stats-xml",
    kinds: &[Kind::Load],
    tool: "Taurus",
    title: "Final statistics, XML",
    produce: "bzt load.yml -o modules.final-stats.dump-xml=taurus.xml",
    detect,
    read,
};

fn detect(probe: &Probe<'_>) -> bool {
    probe.has_root("FinalStatus")
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    evidence.tool = Some(Tool::new("Taurus", None));
    let diags = doc.diags().clone();
    let mut run = LoadRun::default();
    let mut whole = None;
    let result = walk(&mut doc.xml(), &mut run, &mut whole);
    if let Some(whole) = whole {
        run.overall = whole;
    } else if result.is_ok() {
        diags.push(Diagnostic::new(&MISSING_FIELD, "the group with the empty label, which is the whole, is missing"));
    }
    if let (Some(requests), Some(elapsed)) = (run.overall.requests, run.elapsed) {
        run.overall.throughput = Rate::of(requests, elapsed);
    }
    let place = run.overall.pointer.clone();
    if run.overall.requests.is_some() {
        settle(&mut run, &diags, |code, message| Diagnostic::new(code, message).at(place.clone()));
    } else {
        empty(&mut run.overall);
    }
    evidence.loads.push(run);
    result
}

fn walk(xml: &mut Xml<'_>, run: &mut LoadRun, whole: &mut Option<Measurement>) -> Result<(), Stop> {
    loop {
        match xml.next()? {
            XmlEvent::Open(element) if xml.open_elements() == 2 => {
                let tree = xml.tree(element)?;
                match tree.element.name.as_str() {
                    "Group" => group(&tree, run, whole),
                    "TestDuration" => {
                        let secs = tree.filled_text().and_then(|text| text.parse().ok());
                        run.elapsed = secs.and_then(|secs| Elapsed::from_secs(secs).ok());
                    }
                    _ => {}
                }
            }
            XmlEvent::End => return Ok(()),
            XmlEvent::Open(_) | XmlEvent::Close(_) => {}
        }
    }
}

fn group(tree: &XmlTree, run: &mut LoadRun, whole: &mut Option<Measurement>) {
    let label = tree.element.attr("label").unwrap_or_default();
    let mut measurement = Measurement { pointer: tree.element.pointer(), ..Measurement::default() };
    let count = |name: &str| {
        let Some(child) = tree.child(name) else {
            tree.element.report(&MISSING_FIELD, format!("<{name}> is missing"));
            return None;
        };
        child.element.count("value")
    };
    let (succeeded, failed) = (count("succ"), count("fail"));
    measurement.failures = failed;
    measurement.requests = succeeded.and_then(|n| n.checked_add(failed?));
    measurement.mean = tree.child("avg_rt").and_then(|child| child.element.elapsed("value", Unit::Secs));
    for child in tree.all("perc") {
        percentile(&child.element, &mut measurement);
    }
    if label.is_empty() {
        run.users = tree.child("concurrency").and_then(|child| child.element.count("value"));
        *whole = Some(measurement);
    } else {
        run.endpoints.push(Endpoint { name: label.to_owned(), measurement });
    }
}

fn percentile(element: &Element, measurement: &mut Measurement) {
    let percent: Option<f64> = element.attr("param").and_then(|text| text.trim().parse().ok());
    let Some(percentile) = percent.and_then(|percent| Percentile::from_percent(percent).ok()) else {
        element.report(&OUT_OF_RANGE, "`param` is not a percentage");
        return;
    };
    let Some(value) = element.elapsed("value", Unit::Secs) else { return };
    match percentile.parts() {
        0 => measurement.min = Some(value),
        Percentile::WHOLE => measurement.max = Some(value),
        _ => {
            measurement.percentiles.insert(percentile, value);
        }
    }
}
