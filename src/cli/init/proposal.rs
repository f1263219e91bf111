//! The text of a manifest, proposed from a release.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::model::order::sort_by_key;
use crate::model::{Elapsed, Health, Kind, LoadRun, Measurement, Outcome, Percentile, Release, Role, Severity};
use crate::pipeline::Validation;
use crate::safety::redact::{Counts, Redactor};
use crate::safety::visible;

/// Endpoints that get a limit of their own; the others are named.
const MAX_ENDPOINTS: usize = 20;
/// Services that are named one by one.
const MAX_SERVICES: usize = 60;
/// Names that an example shows.
const MAX_EXAMPLES: usize = 3;

/// Lines of the manifest.
struct Lines(String);

impl Lines {
    fn line(&mut self, text: &str) {
        let _ = writeln!(self.0, "{text}");
    }

    fn blank(&mut self) {
        self.0.push('\n');
    }

    /// A key with a text from an artifact; only a comment where the text holds a secret.
    fn key(&mut self, key: &str, value: &str) {
        match quoted(value) {
            Some(value) => self.line(&format!("{key} = {value}")),
            None if visible::is_blank(value) => self.line(&format!("# {key} = \"…\"")),
            None => self.line(&format!("# {key} = \"…\"  # holds what looks like a secret")),
        }
    }

    fn comment(&mut self, text: &str) {
        self.line(&format!("# {}", shown(text)));
    }
}

/// The manifest that fits what was seen.
pub(super) fn write(validation: &Validation) -> String {
    let release = &validation.release;
    let mut out = Lines(String::new());
    out.line("# What the artifacts cannot say, and the policy that they are judged by.");
    out.line("# Proposed by `signoff init` from the artifacts found. Everything in it is optional;");
    out.line("# an unknown key is an error, never ignored.");
    subject(release, &mut out);
    gate(release, &mut out);
    smoke(release, &mut out);
    security(release, &mut out);
    load(release, &mut out);
    rollback(release, &mut out);
    platform(release, &mut out);
    examples(&mut out);
    out.0
}

fn subject(release: &Release, out: &mut Lines) {
    let subject = &release.subject;
    out.blank();
    out.line("[report]");
    out.key("title", &format!("{} validation", subject.name.as_deref().unwrap_or("Release")));
    out.line("# story = \"TICKET-1 …\"");
    out.blank();
    out.line("# What was validated. Evidence about something else is reported as a contradiction.");
    out.line("[subject]");
    for (key, value) in [("name", &subject.name), ("environment", &subject.environment), ("target", &subject.target)] {
        match value {
            Some(value) => out.key(key, value),
            None => out.line(&format!("# {key} = \"…\"  # no artifact says it")),
        }
    }
    for (key, value) in [("version", &subject.version), ("commit", &subject.commit)] {
        match value.as_deref().and_then(quoted) {
            Some(value) => out.line(&format!("# {key} = {value}  # changes with each release")),
            None => out.line(&format!("# {key} = \"…\"")),
        }
    }
}

fn gate(release: &Release, out: &mut Lines) {
    let word = |kind: &Kind| format!("\"{kind}\"");
    let found: Vec<String> = Kind::ALL.iter().filter(|kind| release.has(**kind)).map(word).collect();
    out.blank();
    out.line("[gate]");
    out.line("# The kinds of evidence that must be there, else the verdict is undecided.");
    out.line(&format!("require = [{}]", found.join(", ")));
    for kind in Kind::ALL.into_iter().filter(|kind| !release.has(*kind)) {
        out.line(&format!(
            "# GAP: \"{kind}\" is not among the artifacts ({}); add it here with the evidence.",
            example(kind)
        ));
    }
    out.line("# max-age = \"7 days\"  # the oldest that evidence may be");
    let mut names = release.artifacts.iter().filter(|artifact| artifact.format.is_some());
    if let Some(name) = names.next().and_then(|artifact| quoted(&artifact.name)) {
        out.line(&format!("# required-artifacts = [{name}]  # files that must be there, by the end of their name"));
    }
}

/// What evidence of a kind is, for those who have none.
pub(super) const fn example(kind: Kind) -> &'static str {
    match kind {
        Kind::Smoke => "test results: JUnit XML, Newman, Playwright, …",
        Kind::Security => "scans: ZAP, Trivy, SARIF, …",
        Kind::Load => "a load test: k6, Locust, JMeter, …",
        Kind::Rollback => "a rehearsed rollback: terraform, helm, Ansible, …",
        Kind::Platform => "services: `docker compose ps`, Prometheus, …",
    }
}

fn smoke(release: &Release, out: &mut Lines) {
    if !release.has(Kind::Smoke) {
        return;
    }
    let tally = release.all_tests();
    out.blank();
    out.line("[gate.smoke]");
    out.comment(&format!(
        "Seen: {} tests, {} passed, {} warned, {} failed, {} errored, {} skipped.",
        tally.total(),
        tally.passed,
        tally.warned,
        tally.failed,
        tally.errored,
        tally.skipped
    ));
    out.line("max-failed = 0");
    out.line("max-errored = 0");
    let cases = || release.suites.iter().flat_map(|suite| suite.value.cases());
    let names = |outcome| {
        let of = cases().filter(move |case| case.outcome == outcome);
        of.filter_map(|case| quoted(&case.name)).take(MAX_EXAMPLES).collect::<Vec<_>>().join(", ")
    };
    let passed = names(Outcome::Passed);
    out.line(&format!("# required = [{passed}]  # tests that must have passed; `*` stands for any text"));
    let skipped = names(Outcome::Skipped);
    out.line(&format!("# allow-skipped = [{skipped}]  # then any other skipped test fails the check"));
    out.line("# min-executed = \"90 %\"");
}

fn security(release: &Release, out: &mut Lines) {
    if !release.has(Kind::Security) {
        return;
    }
    let tally = release.findings();
    out.blank();
    out.line("[gate.security]");
    for (key, severity) in [("max-critical", Severity::Critical), ("max-high", Severity::High)] {
        let seen = tally.of(severity);
        let advice = if seen > 0 { ": mend them, or accept them with a [[waiver]]" } else { "" };
        out.line(&format!("{key} = 0  # seen: {seen}{advice}"));
    }
    if !release.scans.is_empty() {
        for (key, severity) in
            [("max-medium", Severity::Medium), ("max-low", Severity::Low), ("max-unknown", Severity::Unknown)]
        {
            out.line(&format!("{key} = {}  # as many as seen: no more than today", tally.of(severity)));
        }
    }
    let mut scanners: Vec<&str> =
        release.scans.iter().filter_map(|scan| Some(scan.value.tool.as_ref()?.name.as_str())).collect();
    scanners.sort_unstable();
    scanners.dedup();
    let scanners: Vec<String> = scanners.into_iter().filter_map(quoted).collect();
    if !scanners.is_empty() {
        out.line(&format!("required-scanners = [{}]", scanners.join(", ")));
    }
}

fn load(release: &Release, out: &mut Lines) {
    if !release.has(Kind::Load) {
        return;
    }
    let runs: Vec<&LoadRun> = release.loads.iter().map(|run| &run.value).collect();
    out.blank();
    out.line("[gate.load]");
    let rates = runs.iter().filter_map(|run| run.overall.error_rate());
    let worst = rates.reduce(|a, b| if b > a { b } else { a });
    let seen = worst.map_or_else(|| "not measured".to_owned(), |rate| format!("seen: {}", rate.percent()));
    out.line(&format!("max-error-rate = \"1 %\"  # {seen}"));
    out.blank();
    out.line("# Limits with head room: half as much again as what was measured.");
    if let Some((metric, value)) = worst_latency(runs.iter().map(|run| &run.overall)) {
        threshold(out, &metric, None, value);
    }
    let mut endpoints: BTreeMap<&str, (u64, Vec<&Measurement>)> = BTreeMap::new();
    for endpoint in runs.iter().flat_map(|run| &run.endpoints) {
        let entry = endpoints.entry(&endpoint.name).or_default();
        entry.0 += endpoint.measurement.requests.unwrap_or(0);
        entry.1.push(&endpoint.measurement);
    }
    let mut endpoints: Vec<_> = endpoints.into_iter().collect();
    sort_by_key(&mut endpoints, |(name, (requests, _))| (std::cmp::Reverse(*requests), *name));
    for (name, (_, measured)) in endpoints.iter().take(MAX_ENDPOINTS) {
        if let Some((metric, value)) = worst_latency(measured.iter().copied()) {
            threshold(out, &metric, Some(name), value);
        }
    }
    if endpoints.len() > MAX_ENDPOINTS {
        out.line(&format!(
            "# {} endpoints with fewer requests have no limit of their own.",
            endpoints.len() - MAX_ENDPOINTS
        ));
    }
}

/// The worst value of the first of p95, p99, the maximum and the mean that was measured.
fn worst_latency<'m>(measured: impl Iterator<Item = &'m Measurement> + Clone) -> Option<(String, Elapsed)> {
    let percentile = |p: Percentile| {
        let worst = measured.clone().filter_map(|m| m.percentiles.get(&p).copied()).max();
        worst.map(|value| (p.to_string(), value))
    };
    let other = |name: &str, of: fn(&Measurement) -> Option<Elapsed>| {
        measured.clone().filter_map(of).max().map(|value| (name.to_owned(), value))
    };
    percentile(Percentile::P95)
        .or_else(|| percentile(Percentile::P99))
        .or_else(|| other("max", |m| m.max))
        .or_else(|| other("mean", |m| m.mean))
        .filter(|(_, value)| *value > Elapsed::ZERO)
}

fn threshold(out: &mut Lines, metric: &str, endpoint: Option<&str>, measured: Elapsed) {
    let Some(endpoint) = endpoint.map_or(Some(None), |name| quoted(name).map(Some)) else {
        out.line("# An endpoint whose name holds what looks like a secret has no limit of its own.");
        return;
    };
    out.line("[[gate.load.threshold]]");
    out.line(&format!("metric = \"{metric}\""));
    if let Some(endpoint) = endpoint {
        out.line(&format!("endpoint = {endpoint}"));
    }
    out.line(&format!("max = \"{}\"  # measured: {measured}", with_head_room(measured)));
}

/// Half as much again, rounded up to two digits, in a unit that the manifest reads.
fn with_head_room(measured: Elapsed) -> String {
    let wanted = u128::from(measured.nanos()) * 3 / 2 + u128::from(measured.nanos() % 2);
    let mut step = 1;
    while wanted / step >= 100 {
        step *= 10;
    }
    let rounded = wanted.div_ceil(step) * step;
    let (unit, size): (&str, u128) = match rounded {
        0..1_000 => ("ns", 1),
        1_000..1_000_000 => ("us", 1_000),
        1_000_000..1_000_000_000 => ("ms", 1_000_000),
        _ => ("s", 1_000_000_000),
    };
    let (whole, tenths) = (rounded / size, rounded % size * 10 / size);
    if tenths == 0 { format!("{whole} {unit}") } else { format!("{whole}.{tenths} {unit}") }
}

fn rollback(release: &Release, out: &mut Lines) {
    if !release.has(Kind::Rollback) {
        return;
    }
    out.blank();
    out.line("[gate.rollback]");
    let estimated = release.plans.iter().filter_map(|plan| plan.value.estimated.map(|(_, most)| most)).max();
    match estimated {
        Some(most) => out.line(&format!("# max-time = \"{}\"  # estimated: at most {most}", with_head_room(most))),
        None => out.line("# max-time = \"15 min\"  # no artifact gives an estimate"),
    }
    let steps = release.plans.iter().flat_map(|plan| &plan.value.steps);
    for step in steps.filter(|step| step.irreversible.is_some()).take(MAX_EXAMPLES) {
        if let Some(title) = quoted(&step.title) {
            out.line("# A step that cannot be undone; a person may accept it:");
            out.line("# [[gate.rollback.approved]]");
            out.line(&format!("# step = {title}"));
            out.line("# by = \"…\"");
            out.line("# reason = \"…\"");
        }
    }
}

fn platform(release: &Release, out: &mut Lines) {
    if !release.has(Kind::Platform) {
        return;
    }
    out.blank();
    out.line("[gate.platform]");
    let mut services: BTreeMap<&str, Health> = BTreeMap::new();
    for service in release.services.iter().filter(|service| service.value.role != Role::Target) {
        let health = services.entry(&service.value.name).or_insert(service.value.health);
        if service.value.health != Health::Healthy {
            *health = service.value.health;
        }
    }
    let healthy = services.iter().filter(|(_, health)| **health == Health::Healthy);
    let names: Vec<String> = healthy.filter_map(|(name, _)| quoted(name)).take(MAX_SERVICES).collect();
    if !names.is_empty() {
        out.line("# Services that must be there and healthy; `*` stands for any text.");
        out.line("required = [");
        for name in names {
            out.line(&format!("  {name},"));
        }
        out.line("]");
    }
    for (name, health) in services.iter().filter(|(_, health)| **health != Health::Healthy).take(MAX_SERVICES) {
        out.comment(&format!("not healthy when this was written: {name} ({})", health.word()));
    }
    let containers = release.containers();
    if containers > 0 {
        out.line(&format!("expected-count = {containers}  # containers seen"));
    }
    out.line("# unhealthy = \"failed\"  # what an unhealthy service means that is not required");
}

fn examples(out: &mut Lines) {
    out.0.push_str(
        r#"
# Items that people tick off; an open one makes the verdict conditional.
# [[checklist]]
# item = "Backup restored on staging"
# status = "open"  # complete, partial, open, blocked

# Acceptance criteria and the checks that prove them.
# [[criterion]]
# text = "All smoke tests pass"
# checks = ["smoke.*"]

# Named verdicts; without one, a single decision rests on all checks.
# [[decision]]
# name = "Staging validation"
# checks = ["*"]

# An accepted violation: who, why, until when.
# [[waiver]]
# check = "smoke.failed"
# scope = "name of the test"
# owner = "…"
# reason = "…"
# expires = "2030-01-31"
"#,
    );
}

/// Text for a comment: one line, without secrets, everything visible.
fn shown(text: &str) -> String {
    let text = Redactor::standard().redact(text, &mut Counts::default()).into_owned();
    visible::cut(&visible::one_line(&text), 200).into_owned()
}

/// A TOML string that stands for exactly this text, and in which everything is visible.
/// `None` where it holds a secret, or says nothing.
fn quoted(text: &str) -> Option<String> {
    if visible::is_blank(text) {
        return None;
    }
    let mut counts = Counts::default();
    let _ = Redactor::standard().redact(text, &mut counts);
    if counts.total() > 0 {
        return None;
    }
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            _ if visible::one_line(c.encode_utf8(&mut [0; 4])) == *c.encode_utf8(&mut [0; 4]) => out.push(c),
            _ => {
                let _ = write!(out, "\\U{:08X}", u32::from(c));
            }
        }
    }
    out.push('"');
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::{quoted, with_head_room};
    use crate::manifest::Span;
    use crate::model::Elapsed;

    #[test]
    fn limits_have_head_room_and_can_be_read() {
        for (measured, expected) in [
            (31_000_000, "47 ms"),
            (234_000_000, "360 ms"),
            (1_000_000_000, "1.5 s"),
            (850, "1.3 us"),
            (1, "2 ns"),
            (66_600_000, "100 ms"),
            (185_000_000_000, "280 s"),
        ] {
            let limit = with_head_room(Elapsed::from_nanos(measured));
            assert_eq!(limit, expected);
            let read = Span::parse(&limit).expect("a limit can be read").0;
            assert!(read.nanos() * 2 >= measured * 3, "{limit} is not above {measured} ns");
        }
    }

    #[test]
    fn foreign_text_stands_for_itself_and_secrets_stay_out() {
        for text in ["plain", "with \"quotes\" and \\", "line\nbreak", "right\u{202e}left", "tab\t", "ünïcode ✓"] {
            let written = quoted(text).expect("no secret");
            assert!(!written.contains(['\n', '\u{202e}']), "{written}");
            let value: toml::Table = toml::from_str(&format!("a = {written}")).expect("valid TOML");
            assert_eq!(value["a"].as_str(), Some(text));
        }
        assert_eq!(quoted("https://user:hunter2hunter2@example.com/"), None);
        assert_eq!((quoted(""), quoted(" \u{200b}")), (None, None), "the manifest takes no blank text");
    }
}
