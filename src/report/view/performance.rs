//! 5 Performance.

use std::collections::BTreeSet;

use super::{
    IssueView, Labelled, Subject, Table, evidence, evidence_list, foreign, labelled, manifest_issues, unlisted,
};
use crate::gate::Area;
use crate::manifest::SectionName;
use crate::model::phrase::thousands;
use crate::model::{
    Elapsed, Inexact, Interval, LoadRun, Measurement, Percentile, Phrase, Rate, Ratio, Sourced, histogram,
};

/// Steps of time that are listed.
const MAX_STEPS: usize = 16;
/// Endpoints of one run that are listed.
const MAX_ENDPOINTS: usize = 200;

/// 5 Performance.
#[derive(Clone, Debug)]
pub struct PerformanceView {
    /// The owner's own words, in Markdown; null where there are none.
    pub narrative: Option<String>,
    /// Whether there is any measurement.
    pub present: bool,
    /// Response times that smoke tests measured; null where there is none.
    pub responses: Option<Table>,
    /// The load runs.
    pub runs: Vec<RunView>,
    /// Limits and what was measured against them; null where there is none.
    pub limits: Option<Table>,
    /// The grade and its rubric; null where nothing was measured.
    pub grade: Option<Phrase>,
    /// Issues that people describe.
    pub issues: Vec<IssueView>,
}

/// One load run.
#[derive(Clone, Debug)]
pub struct RunView {
    /// Name, evidence, users, duration, target.
    pub facts: Vec<Labelled>,
    /// The measurements.
    pub measurements: Table,
    /// What is not listed, and what is not exact; null where all is.
    pub folded: Option<Phrase>,
    /// How the response times are spread; null where the artifact does not hold every single one.
    pub spread: Option<Table>,
    /// Requests over time; null where the artifact does not hold the time of every single one.
    pub timeline: Option<Table>,
}

pub(super) fn view(subject: &Subject<'_>) -> PerformanceView {
    let responses = responses(subject);
    let runs: Vec<RunView> = subject.release.loads.iter().map(run_view).collect();
    let mut limits = Table::new(&["Limit", "Expected", "Observed", ">Margin", "Verdict"]);
    for check in subject.judged.checks.iter().filter(|check| check.rule.area == Area::Load) {
        limits.row([
            check.title.clone(),
            check.expected.clone(),
            check.observed.clone(),
            Phrase::from(check.margin.as_ref().map(ToString::to_string).unwrap_or_default()),
            Phrase::from(format!("**{}**", check.verdict())),
        ]);
    }
    PerformanceView {
        narrative: subject.manifest.narrative.performance.clone(),
        present: !runs.is_empty() || responses.is_some(),
        responses,
        runs,
        limits: limits.filled(),
        grade: grade(subject),
        issues: manifest_issues(subject.manifest, SectionName::Performance),
    }
}

fn responses(subject: &Subject<'_>) -> Option<Table> {
    let mut table = Table::new(&["Endpoint", ">Response time", "Expected", "Outcome", "Evidence"]);
    let mut more = 0;
    for suite in &subject.release.suites {
        for case in suite.value.cases() {
            let Some(extra) = &case.extra else { continue };
            let (Some(endpoint), Some(took)) = (&extra.endpoint, case.elapsed) else { continue };
            if table.rows.len() == MAX_ENDPOINTS {
                more += 1;
                continue;
            }
            table.row([
                foreign(endpoint.clone()),
                Phrase::from(took.to_string()),
                extra.expected.clone().map_or_else(Phrase::new, foreign),
                Phrase::from(case.outcome.word()),
                evidence(&suite.source(&case.pointer)),
            ]);
        }
    }
    unlisted(&mut table, more, "all of them in report.json");
    table.filled()
}

fn run_view(sourced: &Sourced<LoadRun>) -> RunView {
    let run = &sourced.value;
    let places = sourced.places();
    let here = match places.len() {
        1 => evidence_list(&places),
        shards => Phrase::from(format!("{shards} shards: ")).and(evidence_list(&places)),
    };
    let mut facts = Vec::new();
    facts.extend(run.name.clone().map(|name| labelled("Name", foreign(name))));
    facts.push(labelled("Evidence", here));
    facts.extend(run.target.clone().map(|target| labelled("Target", foreign(target))));
    facts.extend(run.users.map(|users| labelled("Virtual users", Phrase::from(thousands(users)))));
    facts.extend(run.elapsed.map(|elapsed| labelled("Duration", Phrase::from(elapsed.to_string()))));
    facts.extend(run.overall.throughput.map(|rate| labelled("Throughput", Phrase::from(rate.to_string()))));
    facts.extend(run.overall.error_rate().map(|rate| labelled("Failed", Phrase::from(rate.percent()))));
    let columns = ["Requests to", ">Requests", ">Failed", ">Mean", ">p50", ">p90", ">p95", ">p99", ">Max", "Evidence"];
    let mut measurements = Table::new(&columns);
    let mut notes = Vec::new();
    for endpoint in run.endpoints.iter().take(MAX_ENDPOINTS) {
        let places = evidence_list(&sourced.places_of(&endpoint.measurement));
        measurements.row(row(foreign(endpoint.name.clone()), &endpoint.measurement, places));
    }
    let places = evidence_list(&sourced.places_of(&run.overall));
    measurements.row(row(Phrase::from("**all together**"), &run.overall, places));
    if let Some(alone) = &run.alone {
        let places = evidence_list(&sourced.places_of(alone));
        measurements.row(row(Phrase::from("**requests alone**"), alone, places));
        notes.push(ALONE.to_owned());
    }
    let more = run.endpoints.len().saturating_sub(MAX_ENDPOINTS);
    if more > 0 {
        notes.push(format!("{more} more endpoints are not listed; all stand in report.json."));
    }
    let inexact: BTreeSet<Inexact> = std::iter::once(&run.overall)
        .chain(run.endpoints.iter().map(|endpoint| &endpoint.measurement))
        .filter_map(|measurement| measurement.inexact)
        .collect();
    notes.extend(inexact.into_iter().map(|why| String::from(words(why))));
    let folded = (!notes.is_empty()).then(|| Phrase::from(notes.join(" ")));
    RunView { facts, measurements, folded, spread: spread(run), timeline: timeline(run) }
}

fn spread(run: &LoadRun) -> Option<Table> {
    let mut table = Table::new(&[">From", ">To below", ">Responses", ">Share", ">Up to here"]);
    let bins = histogram::coarse(&run.spread);
    let total: u64 = bins.iter().map(|bin| bin.count).sum();
    let share = |count| Phrase::from(Ratio::new(count, total).map_or_else(String::new, Ratio::percent));
    let mut seen = 0;
    for bin in &bins {
        seen += bin.count;
        table.row([
            Phrase::from(bin.from.to_string()),
            Phrase::from(bin.to.to_string()),
            Phrase::from(thousands(bin.count)),
            share(bin.count),
            share(seen),
        ]);
    }
    table.filled()
}

fn timeline(run: &LoadRun) -> Option<Table> {
    let timeline = run.timeline.as_ref()?;
    let with_failures = run.timed_failures();
    let titles = [">From", ">Requests", ">Per second", ">Failed"];
    let mut table = Table::new(&titles[..if with_failures { 4 } else { 3 }]);
    for (from, length, bucket) in timeline.steps(MAX_STEPS) {
        let rate = Rate::of(bucket.requests, length).map_or_else(String::new, |rate| rate.to_string());
        let mut row = vec![from.to_string(), thousands(bucket.requests), rate];
        if with_failures {
            row.push(thousands(bucket.failures));
        }
        table.row(row.into_iter().map(Phrase::from));
    }
    table.filled()
}

/// What a reader must know of a run with records that stand beside others.
const ALONE: &str = "Some records sum up others or are parts of others; the row *requests alone* is without them, and \
                     limits over all requests have to hold both ways.";

/// What a reader must know of percentiles that are not exact.
const fn words(why: Inexact) -> &'static str {
    match why {
        Inexact::Rounded => {
            "There were too many distinct latencies to keep each: percentiles marked ≈ are within 0.5 % of the exact ones, \
             and limits are judged by the worse end."
        }
        Inexact::Buckets => {
            "The artifact has a histogram and not the single latencies: a percentile is only known to lie between the \
             bounds of a bucket, and limits are judged by the upper one."
        }
        Inexact::Summaries => {
            "The shards were merged from summaries without single latencies: a percentile over all of them is only known \
             to lie in the interval that is shown, and limits are judged by its worse end."
        }
    }
}

fn row(name: Phrase, m: &Measurement, place: Phrase) -> Vec<Phrase> {
    let count = |value: Option<u64>| Phrase::from(value.map_or_else(|| "-".to_owned(), thousands));
    let time = |value: Option<Elapsed>| Phrase::from(value.map_or_else(|| "-".to_owned(), |t| t.to_string()));
    let percentile = |p: Percentile| match (m.inexact, m.intervals.get(&p)) {
        (Some(Inexact::Summaries | Inexact::Buckets), Some(Interval { low, high }))
            if low.to_string() != high.to_string() =>
        {
            Phrase::from(format!("{low} to {high}"))
        }
        (Some(Inexact::Rounded), Some(_)) => Phrase::from("≈ ").and(time(m.percentiles.get(&p).copied())),
        _ => time(m.percentiles.get(&p).copied()),
    };
    vec![
        name,
        count(m.requests),
        count(m.failures),
        time(m.mean),
        percentile(Percentile::P50),
        percentile(Percentile::P90),
        percentile(Percentile::P95),
        percentile(Percentile::P99),
        time(m.max),
        place,
    ]
}

/// Grades by the slowest 95th percentile of any load run, or the slowest response of a smoke test where there is none.
const RUBRIC: [(f64, &str); 4] = [(100.0, "A+"), (300.0, "A"), (1_000.0, "B"), (3_000.0, "C")];

fn grade(subject: &Subject<'_>) -> Option<Phrase> {
    let of_run = |run: &Sourced<LoadRun>| {
        let measured = &run.value.overall;
        let percentile = measured.percentiles.get(&Percentile::P95).map(|p95| (*p95, "95th percentile under load"));
        percentile.or_else(|| Some((measured.max?, "response under load")))
    };
    let of_runs = subject.release.loads.iter().filter_map(of_run);
    let of_tests = || {
        let cases = subject.release.suites.iter().flat_map(|suite| suite.value.cases());
        cases.filter(|case| case.extra.as_ref().is_some_and(|e| e.endpoint.is_some())).filter_map(|case| case.elapsed)
    };
    let (slowest, what) = match of_runs.max_by_key(|(slowest, _)| *slowest) {
        Some(of_runs) => of_runs,
        None => (of_tests().max()?, "response of a smoke test"),
    };
    let millis = slowest.as_millis_f64();
    let grade = RUBRIC.iter().find(|(limit, _)| millis <= *limit).map_or("D", |(_, grade)| grade);
    Some(Phrase::from(format!(
        "Performance grade {grade}: the slowest {what} is {slowest}\n\
         (A+ up to 100 ms, A up to 300 ms, B up to 1 s, C up to 3 s, D beyond).\n\
         The grade decides nothing; the checks do."
    )))
}
