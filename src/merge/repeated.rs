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
            is_same(&run.value, &other.value) && are_apart(release, run, other) && !are_told_apart(release, run, other)
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

/// Whether something beside counts and latencies says that two runs are not one: no moment belongs to both, or one
/// tool says different things of them in the same words. Tools differ in how they name a target, in which time they
/// write, and in their percentiles.
fn are_told_apart(release: &Release, one: &Sourced<LoadRun>, other: &Sourced<LoadRun>) -> bool {
    let (left, right) = (&one.value, &other.value);
    let is_apart = |(a, b): (_, _), (c, d): (_, _)| b < c || d < a;
    if left.span.zip(right.span).is_some_and(|(left, right)| is_apart(left, right)) {
        return true;
    }
    let (Some(of_one), Some(of_other)) = (release.artifact(one.artifact), release.artifact(other.artifact)) else {
        return false;
    };
    let differ = |times: Option<(_, _)>| times.is_some_and(|(a, b)| a != b);
    of_one.format == of_other.format
        && (differ(of_one.time.zip(of_other.time))
            || left.target.as_ref().zip(right.target.as_ref()).is_some_and(|(left, right)| left != right)
            || left.overall.percentiles != right.overall.percentiles)
}

/// Whether two runs have the same counts and the same latencies, with what stands beside the requests or without.
fn is_same(one: &LoadRun, other: &LoadRun) -> bool {
    one.wholes().any(|one| other.wholes().any(|other| measures_the_same(one, other)))
}

/// Percentiles are left out here, for which tools have rules of their own.
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

    /// Two runs at a fixed rate have the same counts, and may have the same extremes.
    #[test]
    fn runs_of_one_tool_that_differ_in_time_target_or_percentiles_are_several() {
        let report = |minute: u32, p95: u64| {
            format!(
                r#"{{"latencies":{{"total":200,"mean":2000000,"50th":1900000,"90th":2500000,"95th":{p95},"99th":3000000,
                "max":5900000,"min":900000}},"bytes_in":{{"total":1,"mean":1}},"bytes_out":{{"total":0,"mean":0}},
                "earliest":"2026-03-01T10:{minute:02}:00Z","latest":"2026-03-01T10:{minute:02}:10Z",
                "end":"2026-03-01T10:{minute:02}:10.002Z","duration":10000000000,"wait":2000000,"requests":1000,
                "rate":100,"throughput":99.9,"success":1,"status_codes":{{"200":1000}},"errors":[]}}"#
            )
        };
        let first = report(0, 2_800_000);
        let both = |other: &str| notes(&validated(&[("login.json", &first), ("pay.json", other)]));
        assert_eq!(both(&format!("{first}\n")), 1, "a copy");
        assert_eq!(both(&report(30, 2_800_000)), 0, "half an hour later");
        assert_eq!(both(&report(0, 2_900_000)), 0, "another percentile");
    }

    #[test]
    fn runs_that_differ_are_several() {
        let slower = JTL.replace(",300,", ",310,");
        assert_eq!(notes(&validated(&[("a.jtl", JTL), ("b.jtl", &slower)])), 0);
        let shards = [("jtl-shard-1-of-2.jtl", JTL), ("jtl-shard-2-of-2.jtl", &format!("{JTL}\n"))];
        assert_eq!(notes(&validated(&shards)), 0);
    }
}
