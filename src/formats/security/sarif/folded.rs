//! Results that are only counted, told by a glance: of many with the same rule and level the first are kept.

use std::collections::HashMap;

use super::result::Seen;
use super::rules::{Level, RuleRef};
use super::run::Run;
use crate::model::Severity;
use crate::source::Alike;

/// The members that tell what a plain result is counted as.
pub(super) const GLANCE: &[&str] = &["ruleId", "ruleIndex", "level"];

/// Digits of the numbers that are taken without being looked at: none of these is too large for anything.
const MAX_DIGITS: usize = 9;

/// Bytes of a key that is remembered, and how many are.
const MAX_KEY: usize = 1024;
const MAX_KNOWN: usize = 4096;

/// What results were counted as that only differ in their places and messages.
#[derive(Default)]
pub(super) struct Folded {
    /// By the members above, as they stand in the text.
    known: HashMap<Vec<u8>, Count>,
    /// The key of the result that is looked at.
    key: Vec<u8>,
}

struct Count {
    rule: String,
    severity: Severity,
    /// How many were counted that the scan does not know of yet.
    count: u64,
}

impl Run {
    /// Counts a result that is written like a plain one which was read; false, with nothing done, where it has to be read,
    /// because it would be kept or something would be reported of it.
    pub(super) fn counts(&mut self, result: &Alike<'_>) -> bool {
        let is_usual = |(is_text, raw): (bool, &[u8])| match is_text {
            true => raw.first().is_some_and(u8::is_ascii_graphic),
            false => raw.len() <= MAX_DIGITS && raw.iter().all(u8::is_ascii_digit),
        };
        if !result.scalars().all(is_usual) {
            return false;
        }
        let [id, number, level] = [result.raw(0), result.raw(1), result.raw(2)].map(|raw| raw.map(|(_, raw)| raw));
        let key = &mut self.folded.key;
        key.clear();
        for raw in [id, number, level] {
            // No quotation mark stands in a string without escapes.
            key.extend_from_slice(raw.unwrap_or_default());
            key.push(b'"');
        }
        if let Some(known) = self.folded.known.get_mut(&*self.folded.key) {
            known.count += 1;
            return true;
        }
        if self.folded.key.len() > MAX_KEY || self.folded.known.len() >= MAX_KNOWN {
            return false;
        }
        let text = |raw: &[u8]| std::str::from_utf8(raw).ok().map(ToOwned::to_owned);
        let Some(id) = id.and_then(text) else { return false };
        let number = number.and_then(text).and_then(|digits| digits.parse().ok());
        let level = match level.map(Level::of) {
            Some(None) => return false,
            level => level.flatten(),
        };
        let (rule, severity) = Seen::plain(RuleRef::of_driver(id, number), level).rated(self);
        let is_folded = self.scan_of(&rule).push_folded(&rule, severity, false, 1, 1);
        if is_folded {
            self.folded.known.insert(self.folded.key.clone(), Count { rule, severity, count: 0 });
        }
        is_folded
    }

    /// Tells the scan how many were counted.
    pub(super) fn settle(&mut self) {
        for (_, Count { rule, severity, count }) in std::mem::take(&mut self.folded.known) {
            self.scan_of(&rule).push_folded(&rule, severity, false, count, count);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use crate::formats::security::sarif::evidence_of;
    use crate::model::finding::MAX_KEPT_PER_RULE;

    /// What is read of results, which may have a member that makes none of them written like another one.
    fn read(results: &[String], is_alike: bool) -> String {
        let unlike = |n: usize| if is_alike { String::new() } else { format!(r#","x{n}":[]"#) };
        let results: Vec<String> = results.iter().enumerate().map(|(n, r)| format!("{{{r}{}}}", unlike(n))).collect();
        let rules = r#"[{"id":"a","defaultConfiguration":{"level":"error"}},{"id":"b"}]"#;
        let (results, tool) = (results.join(","), format!(r#"{{"driver":{{"name":"x","rules":{rules}}}}}"#));
        let artifacts = r#"[{"location":{"uri":"listed.c"}}]"#;
        let text = format!(
            r#"{{"version":"2.1.0","runs":[{{"tool":{tool},"artifacts":{artifacts},"results":[{results}]}}]}}"#
        );
        let evidence = evidence_of(&text);
        let scan = &evidence.scans[0];
        let mut seen = format!("{:?} {} {:?}", scan.tally(), scan.occurrences(), scan.folded().collect::<Vec<_>>());
        for finding in scan.findings() {
            write!(seen, "\n{finding:?}").expect("a text can be written to");
        }
        for diagnostic in &evidence.diagnostics {
            let pointer = &diagnostic.pointer;
            write!(seen, "\n{} {} {pointer:?}", diagnostic.code.id, diagnostic.message)
                .expect("a text can be written to");
        }
        seen
    }

    #[test]
    fn results_that_are_alike_are_counted_as_if_each_was_read() {
        let place = |uri: &str, line: &str| {
            let region = format!(
                r#"{{"physicalLocation":{{"artifactLocation":{{"uri":{uri}}},"region":{{"startLine":{line}}}}}}}"#
            );
            format!(r#""locations":[{region}],"message":{{"text":"m"}}"#)
        };
        let mut random = 7_u64;
        let mut next = |count: u64| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (random >> 33) % count
        };
        let results: Vec<String> = (0..3_000)
            .map(|n| {
                let plain = place(r#""a.c""#, &n.to_string());
                let (id, number) = if next(3) == 0 { ("b", 1) } else { ("a", 0) };
                let level = ["error", "warning", "note", "none"][next(4) as usize];
                let usual = format!(r#""ruleId":"{id}","ruleIndex":{number},"level":"{level}""#);
                match next(60) {
                    0 => format!(r#""ruleId":"{id}","ruleIndex":1,"level":"wrong",{plain}"#),
                    1 => format!("{usual},{}", place(r#""a.c""#, "1.5")),
                    2 => format!("{usual},{}", place(r#""a.c""#, r#""1""#)),
                    3 => format!(r#"{usual},{plain},"suppressions":[{{"kind":"inSource"}}]"#),
                    4 => format!(r#"{usual},{plain},"occurrenceCount":5"#),
                    5 => format!(r#""ruleId":"new {n}","ruleIndex":9,"level":"{level}",{plain}"#),
                    6 => format!(r#"{usual},{plain},"kind":"pass""#),
                    7..20 => format!(r#""ruleId":"{id}",{plain},"codeFlows":[{{"threadFlows":[{}]}}]"#, next(9)),
                    20 => format!("{usual},{}", place(r#""caf\u00e9.c""#, "-1")),
                    _ => format!("{usual},{plain}"),
                }
            })
            .collect();
        assert!(read(&results, true) == read(&results, false), "counted otherwise than read");
        assert!(results.len() as u64 > 10 * MAX_KEPT_PER_RULE, "most are folded");
    }

    #[test]
    fn what_is_reported_of_each_is_reported_of_those_that_are_like_others() {
        let at = |uri: &str| {
            format!(r#""locations":[{{"physicalLocation":{{"artifactLocation":{{"uri":{uri},"index":0}}}}}}]"#)
        };
        let usual = at(r#""a.c""#);
        let pairs = [
            (at("null"), at("7")),
            (at("null"), at("true")),
            (at("7"), at("null")),
            (format!(r#"{usual},"message":{{"text":null}}"#), format!(r#"{usual},"message":{{"text":7}}"#)),
            (r#""locations":null"#.to_owned(), r#""locations":7"#.to_owned()),
            (
                format!(r#"{usual},"fingerprints":{{"f":"x"}},"partialFingerprints":7"#),
                format!(r#"{usual},"fingerprints":{{"f":"requires login"}},"partialFingerprints":7"#),
            ),
            (
                format!(r#"{usual},"message":{{"text":"x","markdown":7}}"#),
                format!("{usual},\"message\":{{\"text\":\"\u{a0}\",\"markdown\":7}}"),
            ),
            (format!(r#"{usual},"level":"note""#), format!(r#"{usual},"level":"noted""#)),
        ];
        for (one, other) in pairs {
            let result = |rest: &String| format!(r#""ruleId":"a","ruleIndex":0,{rest}"#);
            let results = [vec![result(&one); 150], vec![result(&other); 30], vec![result(&one); 30]].concat();
            assert!(read(&results, true) == read(&results, false), "{other}, after {one}");
        }
    }

    #[test]
    fn a_blank_place_is_looked_up() {
        let result = |uri: &str| {
            let location = format!(r#"[{{"physicalLocation":{{"artifactLocation":{{"uri":"{uri}","index":0}}}}}}]"#);
            format!(r#""ruleId":"a","ruleIndex":0,"locations":{location},"message":{{"text":"m"}}"#)
        };
        let mut results = vec![result("a.c"); 200];
        results.push(result(" "));
        results.extend(vec![result("b.c"); 200]);
        assert!(read(&results, true) == read(&results, false), "counted otherwise than read");
    }
}
