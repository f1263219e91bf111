//! Vegeta: results encoded as JSON, one request a line.
//!
//! ```json
//! {"attack":"","seq":0,"code":200,"timestamp":"2026-03-01T12:00:00.44366058Z","latency":154186562,"bytes_out":0,"bytes_in":36,"error":"","body":"","method":"GET","url":"https://shop.example.com/","headers":{}}
//! ```
//!
//! Latencies are in nanoseconds. Requests are grouped by method and URL.
//! A request failed where its status is 400 or above, or 0 (no answer).
//! Percentiles are computed from all requests; `vegeta report` estimates them and may differ in the last digits.
//! Bodies and headers are left out.

use crate::formats::Format;
use crate::model::{Elapsed, Evidence, Kind, Tool, Unit};
use crate::source::{Canonical, Doc, Node, Probe, Scan, Seen, Stop, Text};

use super::k6_raw::{Clock, nanos};
use super::requests::Requests;
use super::vegeta_raw::{Hit, add};

pub(super) static FORMAT: Format = Format {
    id: "vegeta-results-ndjson",
    kinds: &[Kind::Load],
    tool: "Vegeta",
    title: "Encoded results, NDJSON",
    produce: "vegeta encode --to json results.bin > results.ndjson",
    detect,
    read,
};

fn detect(probe: &Probe<'_>) -> bool {
    probe.first().is_some_and(|first| {
        first.has(&["latency", "code", "timestamp", "bytes_in", "bytes_out"]) && first.get("latency").is_number()
    })
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    read_with(doc, evidence, &Hits::default())
}

/// Reads with a scanner of lines; the result does not depend on which one it is.
fn read_with(doc: &mut Doc<'_>, evidence: &mut Evidence, scanner: &impl Scan<Event = Shot>) -> Result<(), Stop> {
    evidence.tool = Some(Tool::new("Vegeta", None));
    let diags = doc.diags().clone();
    let mut requests = Requests::default();
    let mut name = Vec::new();
    let result = doc.lines().scan(scanner, |shot, line| {
        match shot {
            Some(shot) => {
                let (method, url) = (shot.method.bytes(line.bytes), shot.url.bytes(line.bytes));
                let hit = Hit {
                    method: &method,
                    url: &url,
                    code: Some(shot.code),
                    latency: Some(shot.latency),
                    start: shot.start,
                    line: line.number,
                };
                add(&mut requests, &mut name, &hit);
            }
            None => line.record(|tree| record(tree.root(), &mut requests, &mut name)),
        }
        Ok(())
    });
    evidence.time = requests.end();
    evidence.loads.push(requests.finish(&diags));
    result
}

fn record(root: Node<'_>, requests: &mut Requests, name: &mut Vec<u8>) {
    let (method, url) = (root.get("method").str(), root.get("url").str());
    let hit = Hit {
        method: method.as_deref().unwrap_or_default().as_bytes(),
        url: url.as_deref().unwrap_or_default().as_bytes(),
        code: root.require("code").u64(),
        latency: root.require("latency").elapsed(Unit::Nanos),
        start: root.get("timestamp").str().and_then(|time| nanos(&time)),
        line: root.pointer().line_number().unwrap_or(1),
    };
    add(requests, name, &hit);
}

/// A scanner of lines as Vegeta writes them.
#[derive(Clone, Default)]
struct Hits {
    clock: Clock,
    /// The first header of the last line, and what followed on its first value: in most lines the others are the same.
    first: Vec<u8>,
    others: Vec<u8>,
}

/// What a line says.
#[derive(Clone)]
struct Shot {
    method: Text,
    url: Text,
    code: u64,
    latency: Elapsed,
    start: Option<u64>,
}

impl Scan for Hits {
    type Event = Shot;

    fn line(&mut self, line: &[u8]) -> Seen<Shot> {
        let mut cursor = Canonical::new(line);
        let shot = self.shot(&mut cursor).filter(|_| cursor.rest() == b"}" && Canonical::is_text(line));
        shot.map_or(Seen::Unsure, Seen::Event)
    }

    fn next(&mut self, text: &[u8]) -> Option<(usize, Seen<Shot>)> {
        let mut cursor = Canonical::new(text);
        let shot = self.shot(&mut cursor)?;
        let length = cursor.at() + 1;
        // No line feed may stand inside of it, as no other control character may.
        (cursor.eat(b"}\n") && Canonical::is_text(&text[..length])).then_some((length, Seen::Event(shot)))
    }
}

impl Hits {
    /// A line up to the bracket that closes it; `None` where it is written in another way.
    fn shot(&mut self, cursor: &mut Canonical<'_>) -> Option<Shot> {
        cursor.eat(b"{\"attack\":\"").then_some(())?;
        cursor.text()?;
        cursor.eat(b",\"seq\":").then_some(())?;
        cursor.number()?;
        cursor.eat(b",\"code\":").then_some(())?;
        let code = cursor.count()?;
        cursor.eat(b",\"timestamp\":\"").then_some(())?;
        let time = cursor.plain()?;
        cursor.eat(b",\"latency\":").then_some(())?;
        let latency = Elapsed::from_nanos(cursor.count()?);
        cursor.eat(b",\"bytes_out\":").then_some(())?;
        cursor.number()?;
        cursor.eat(b",\"bytes_in\":").then_some(())?;
        cursor.number()?;
        cursor.eat(b",\"error\":\"").then_some(())?;
        cursor.text()?;
        cursor.eat(b",\"body\":").then_some(())?;
        if !cursor.eat(b"null") {
            cursor.eat(b"\"").then_some(())?;
            cursor.text()?;
        }
        cursor.eat(b",\"method\":\"").then_some(())?;
        let method = cursor.text()?;
        cursor.eat(b",\"url\":\"").then_some(())?;
        let url = cursor.text()?;
        cursor.eat(b",\"headers\":").then_some(())?;
        self.headers(cursor)?;
        Some(Shot { method, url, code, latency, start: self.clock.nanos(time) })
    }

    /// Headers: lists of texts under keys in ascending order, so that none stands twice; or none at all.
    fn headers(&mut self, cursor: &mut Canonical<'_>) -> Option<()> {
        if cursor.eat(b"null") || cursor.eat(b"{}") {
            return Some(());
        }
        cursor.eat(b"{\"").then_some(())?;
        let first = cursor.plain()?;
        cursor.eat(b":[\"").then_some(())?;
        cursor.text()?;
        if self.first == first && cursor.eat_all(&self.others) {
            return Some(());
        }
        let rest = cursor.rest();
        let from = cursor.at();
        other_headers(cursor, first)?;
        self.first.clear();
        self.first.extend_from_slice(first);
        self.others.clear();
        self.others.extend_from_slice(&rest[..cursor.at() - from]);
        Some(())
    }
}

/// The headers from behind the first value of the first one on, under keys behind that one's.
fn other_headers<'l>(cursor: &mut Canonical<'l>, mut last: &'l [u8]) -> Option<()> {
    loop {
        while cursor.eat(b",\"") {
            cursor.text()?;
        }
        cursor.eat(b"]").then_some(())?;
        if !cursor.eat(b",\"") {
            return cursor.eat(b"}").then_some(());
        }
        let key = cursor.plain()?;
        if key <= last {
            return None;
        }
        last = key;
        cursor.eat(b":[\"").then_some(())?;
        cursor.text()?;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::formats::load::twice::{same, texts};
    use crate::source::Unscanned;

    const NUMBERS: &[&str] = &["200", "0", "404", "20211184", "-1", "1.5", "2e2", "12345678901234567890", "01", "null"];
    const HEADERS: &[&str] = &[
        r#"{"A":["1","2"],"B":["\u0026"]}"#,
        r#"{"A":["3"],"B":["\u0026"]}"#,
        r#"{"B":["1"],"B":["\u0026"]}"#,
        r#"{"A":["1"],"A":["1"]}"#,
        r#"{"B":["1"],"A":["1"]}"#,
        r#"{"A":[]}"#,
        "{}",
        "null",
        r#"{"A":"1"}"#,
    ];

    fn line() -> impl Strategy<Value = String> {
        let number = || proptest::sample::select(NUMBERS);
        (number(), number(), texts(), texts(), proptest::sample::select(HEADERS), 0..6u8).prop_map(
            |(code, latency, url, error, headers, order)| {
                let time = r#""timestamp":"2026-03-01T12:00:00.000494745Z""#;
                let start = format!(r#""attack":"a","seq":0,"code":{code},{time},"latency":{latency}"#);
                let rest = format!(r#""bytes_out":0,"bytes_in":8,"error":"{error}","body":"aGk=","method":"GET""#);
                match order {
                    0..4 => format!(r#"{{{start},{rest},"url":"{url}","headers":{headers}}}"#),
                    4 => format!(r#"{{{rest}, "url":"{url}",{start}}}"#),
                    _ => format!(r#"{{{start},{rest},"url":"{url}","url":"x","headers":{headers}}}"#),
                }
            },
        )
    }

    proptest! {
        #[test]
        fn the_scanner_reads_what_the_parser_reads(lines in proptest::collection::vec(line(), 1..12), cut in 0..40usize) {
            let mut bytes = lines.join("\n").into_bytes();
            bytes.truncate(bytes.len() - cut.min(bytes.len()));
            same(&bytes, read, |doc, evidence| read_with(doc, evidence, &Unscanned::default()))?;
        }
    }
}
