//! JMeter: results as XML (JTL).
//!
//! ```xml
//! <testResults version="1.2">
//!   <httpSample t="511" lt="201" ts="1772366400000" s="true" lb="GET /products" rc="200" rm="OK" tn="Thread Group 1-1"/>
//! </testResults>
//! ```
//!
//! Requests are the samples directly in `<testResults>`; samples inside of a sample (redirects, embedded resources,
//! parts of a transaction) are its parts and are not counted.
//! Times (`t`) are in milliseconds; a sample failed where `s` is not `true`.
//! A sample whose `sc` is not 1 sums up many, whose times are not known: it is an error.
//! Where `jmeter.save.saveservice.time=false` left the times out, there are no latencies.
//! The `<sampleResult>` of JMeter 2.0 (`time`, `success`, `label`) is read too.
//! Samplers of plugins write elements of other names; what has neither a label nor an outcome is an error.
//! Request and response data are passed over.
//! The rest is as in [jmeter-jtl-csv](jmeter-jtl-csv.md).

use crate::diagnostics::codes::{MISSING_FIELD, UNKNOWN_WORD, UNREADABLE_PART};
use crate::formats::Format;
use crate::model::{Evidence, Kind, Tool, Unit};
use crate::source::{Doc, Element, Probe, Stop, Xml, XmlEvent};

use super::jmeter_jtl_csv::{TRANSACTION, is_one, stands_for};
use super::jtl_beside::beside;
use super::requests::Requests;

pub(super) static FORMAT: Format = Format {
    id: "jmeter-jtl-xml",
    kinds: &[Kind::Load],
    tool: "JMeter",
    title: "Results (JTL), XML",
    produce: "jmeter -n -t shop.jmx -l shop.jtl -Jjmeter.save.saveservice.output_format=xml",
    detect,
    read,
};

fn detect(probe: &Probe<'_>) -> bool {
    probe.has_root("testResults")
}

#[derive(Default)]
struct Samples {
    requests: Requests,
    users: Option<u64>,
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    evidence.tool = Some(Tool::new("JMeter", None));
    let diags = doc.diags().clone();
    let mut samples = Samples::default();
    let result = walk(&mut doc.xml(), &mut samples);
    evidence.time = samples.requests.end();
    let beside = beside(&samples.requests, &diags);
    let mut run = samples.requests.finish(&diags);
    run.beside = beside;
    run.users = samples.users;
    evidence.loads.push(run);
    result
}

fn walk(xml: &mut Xml<'_>, samples: &mut Samples) -> Result<(), Stop> {
    loop {
        match xml.next()? {
            XmlEvent::Open(element) if xml.open_elements() > 1 => {
                // Samplers of plugins write elements of other names.
                let is_sample = ["lb", "label", "s", "success"].iter().any(|key| element.attr(key).is_some());
                if is_sample || ["sample", "httpSample", "sampleResult"].contains(&element.name.as_str()) {
                    sample(&element, samples);
                } else {
                    element.report(&UNREADABLE_PART, "is no sample, and not counted");
                }
                xml.skip()?;
            }
            XmlEvent::End => return Ok(()),
            XmlEvent::Open(_) | XmlEvent::Close(_) => {}
        }
    }
}

fn sample(element: &Element, samples: &mut Samples) {
    // The first name is that of JMeter 2.1 and later, the second that of 2.0.
    let name = |names: [&'static str; 2]| if element.attr(names[0]).is_some() { names[0] } else { names[1] };
    let mut elapsed = element.elapsed(name(["t", "time"]), Unit::Millis);
    let counts = ["sc", "ec"].map(|name| element.attr(name).map(str::as_bytes));
    if !is_one(counts) {
        element.report(&UNREADABLE_PART, stands_for(counts));
        elapsed = None;
    }
    let failed = match element.attr(name(["s", "success"])) {
        Some("true") => false,
        Some("false") => true,
        Some(_) => {
            element.report(&UNKNOWN_WORD, "`s` is neither `true` nor `false`: counted as failed");
            true
        }
        None => {
            element.report(&MISSING_FIELD, "the sample does not say whether it succeeded: counted as failed");
            true
        }
    };
    let start = element.attr(name(["ts", "timeStamp"])).and_then(|text| text.trim().parse::<u64>().ok());
    if let (Some(start), Some(elapsed)) = (start, elapsed) {
        let start = start.saturating_mul(1_000_000);
        samples.requests.spans(start, start.saturating_add(elapsed.nanos()), Some(failed));
    }
    samples.users = samples.users.max(element.count("na"));
    let message = element.attr(name(["rm", "responseMessage"]));
    let label = element.attr(name(["lb", "label"])).unwrap_or_default();
    let group = samples.requests.group(label, || element.pointer());
    group.add(elapsed, Some(failed));
    group.sums += u64::from(message.is_some_and(|message| message.starts_with(TRANSACTION)));
}
