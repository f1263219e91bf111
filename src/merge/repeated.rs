//! Load runs that are told twice: two artifacts of one run, such as results and the summary of the same.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostics::codes::OVERLAP;
use crate::model::{Elapsed, LoadRun, Measurement, Notice, Phrase, Release, Source, Sourced};

use super::shards::shard_of;

/// What tools round away.
const ROUNDED: u64 = 1_000_000;

/// The runs that repeat an earlier one, each with the first that it repeats; by their places in the release.
pub fn repeats(release: &Release) -> BTreeMap<usize, usize> {
    let mut repeats = BTreeMap::new();
    // By their counts, so that a run is compared with those alone that it may repeat.
    let mut firsts: BTreeMap<(u64, u64), Vec<usize>> = BTreeMap::new();
    for (index, run) in release.loads.iter().enumerate() {
        let counts: BTreeSet<(u64, u64)> =
            run.value.wholes().filter_map(|whole| whole.requests.filter(|n| *n > 0).zip(whole.failures)).collect();
        let earlier = counts.iter().filter_map(|counts| firsts.get(counts)).flatten();
        let is_first = |at: &usize| {
            let other = &release.loads[*at];
            is_same(&run.value, &other.value) && are_apart(release, run, other)
        };
        match earlier.copied().filter(is_first).min() {
            Some(first) => _ = repeats.insert(index, first),
            None => counts.into_iter().for_each(|counts| firsts.entry(counts).or_default().push(index)),
        }
    }
    repeats
}

/// Whether two runs stand in different artifacts that are no shards of each other.
fn are_apart(release: &Release, one: &Sourced<LoadRun>, other: &Sourced<LoadRun>) -> bool {
    let shard = |run: &Sourced<LoadRun>| release.artifact(run.artifact).and_then(|artifact| shard_of(artifact, true));
    let are_shards = shard(one).zip(shard(other)).is_some_and(|(one, other)| one != other);
    one.artifact != other.artifact && !are_shards
}

/// Whether two runs have the same counts and the same latencies, with what stands beside the requests or without.
fn is_same(one: &LoadRun, other: &LoadRun) -> bool {
    one.wholes().any(|one| other.wholes().any(|other| measures_the_same(one, other)))
}

/// Percentiles are left out, for which tools have rules of their own.
fn measures_the_same(one: &Measurement, other: &Measurement) -> bool {
    let same = |a: Option<u64>, b: Option<u64>| a.is_some() && a == b;
    let is_near = |a: Elapsed, b: Elapsed| a.nanos().abs_diff(b.nanos()) <= ROUNDED;
    let near = |of: fn(&Measurement) -> Option<Elapsed>| of(one).zip(of(other)).map(|(a, b)| is_near(a, b));
    same(one.requests.filter(|n| *n > 0), other.requests)
        && same(one.failures, other.failures)
        && near(|m| m.max) == Some(true)
        && near(|m| m.mean) != Some(false)
        && near(|m| m.min) != Some(false)
}

/// Notes each run that is told twice, with both places.
pub fn note(release: &mut Release) {
    let notices: Vec<Notice> = repeats(release)
        .into_iter()
        .filter_map(|(index, first)| {
            let (run, first) = (release.loads.get(index)?, release.loads.get(first)?);
            let name = release.artifact(first.artifact)?.name.clone();
            let place = |run: &Sourced<LoadRun>| Source::new(run.artifact, run.value.pointer.clone());
            Some(Notice {
                code: &OVERLAP,
                text: Phrase::new()
                    .own("has the counts and latencies of another load run, and is not added to it: ")
                    .foreign(name),
                source: Some(place(run)),
                place: None,
                other: Some(place(first)),
                help: "leave out one of two artifacts of the same run".to_owned(),
            })
        })
        .collect();
    release.notices.extend(notices);
}

#[cfg(test)]
mod tests {
    use crate::gate::Verdict;
    use crate::ingest::{Options, read_bytes};
    use crate::pipeline::{Request, Validation, judged};

    const JTL: &str = "timeStamp,elapsed,label,responseCode,success\n\
                       1772366400000,100,a,200,true\n1772366400100,300,b,500,false\n";

    fn validated(artifacts: &[(&str, &str)]) -> Validation {
        let read = |(name, text): &(&str, &str)| read_bytes(name, text.as_bytes(), &Options::default());
        judged(artifacts.iter().map(read).collect(), &Request::default())
    }

    fn notes(validation: &Validation) -> usize {
        validation.release.notices.iter().filter(|notice| notice.code.id == "overlap").count()
    }

    #[test]
    fn a_run_and_its_summary_are_one_run() {
        let row = |label: &str| {
            format!(
                r#""{label}":{{"transaction":"{label}","sampleCount":2,"errorCount":1,"errorPct":50.0,"meanResTime":200.0,
                "minResTime":100.0,"maxResTime":300.0,"throughput":5.0}}"#
            )
        };
        let statistics = format!("{{{}}}", row("Total"));
        let both = validated(&[("out/statistics.json", &statistics), ("shop.jtl", JTL)]);
        assert_eq!(notes(&both), 1);
        assert_eq!(super::repeats(&both.release).into_iter().collect::<Vec<_>>(), [(1, 0)]);
    }

    /// Gatling writes its assertions into a file of their own, beside the measurements.
    #[test]
    fn assertions_beside_the_statistics_are_no_run_that_limits_judge() {
        let assertions = r#"{"simulation":"Shop","assertions":[{"path":"Global","target":"percent of failed events",
            "condition":"is less than","expectedValues":[1.0],"result":true,"message":"few fail"}]}"#;
        let statistics = r#"{"name":"All Requests","numberOfRequests":{"total":1000,"ok":995,"ko":5},
            "minResponseTime":{"total":2},"maxResponseTime":{"total":300},"meanResponseTime":{"total":20},
            "percentiles1":{"total":12},"percentiles2":{"total":20},"percentiles3":{"total":80},
            "percentiles4":{"total":120},"meanNumberOfRequestsPerSecond":{"total":50}}"#;
        let verdict = |place: &str| {
            let validation = validated(&[("js/assertions.json", assertions), (place, statistics)]);
            let checks = validation.judged.checks.iter();
            checks.filter(|check| check.rule.id == "load.error-rate").map(|check| check.verdict()).next()
        };
        assert_eq!(verdict("js/global_stats.json"), Some(Verdict::Passed));
        assert_eq!(verdict("other/js/global_stats.json"), Some(Verdict::Undecided));
        let alone = validated(&[("js/assertions.json", assertions)]);
        assert_eq!(alone.judged.verdict, Verdict::Undecided);
    }

    #[test]
    fn runs_that_differ_are_several() {
        let slower = JTL.replace(",300,", ",310,");
        assert_eq!(notes(&validated(&[("a.jtl", JTL), ("b.jtl", &slower)])), 0);
        let shards = [("jtl-shard-1-of-2.jtl", JTL), ("jtl-shard-2-of-2.jtl", &format!("{JTL}\n"))];
        assert_eq!(notes(&validated(&shards)), 0);
    }
}
