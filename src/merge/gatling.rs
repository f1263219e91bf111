//! Gatling's assertions: encoded in its log, and with their verdicts in `js/assertions.json` beside it.
//!
//! One assertion of the log may be several in the other file (`forAll`), and never fewer (gatling-commons,
//! `AssertionValidator`). Where there are fewer, those of the log are limits that nobody judged.

use std::collections::BTreeMap;

use crate::diagnostics::codes::OVERLAP;
use crate::model::{
    ArtifactId, LoadRun, Notice, Phrase, Pointer, Release, Source, Sourced, Threshold, around, folder_and_file,
};

/// Takes the encoded assertions of a log for judged where the same folder says their verdicts.
pub(super) fn assertions(release: &mut Release) {
    let mut judged: BTreeMap<String, (ArtifactId, usize)> = BTreeMap::new();
    for run in release.loads.iter().filter(|run| is(release, run, "gatling-assertions")) {
        let (folder, thresholds) = (folder(release, run), &run.value.thresholds);
        if let Some(outer) =
            around(folder, "js").filter(|_| thresholds.iter().all(|threshold| threshold.holds.is_some()))
        {
            judged.insert(outer.to_owned(), (run.artifact, thresholds.len()));
        }
    }
    let encoded = |threshold: &Threshold| threshold.holds.is_none();
    let mut found = Vec::new();
    for (index, run) in release.loads.iter().enumerate().filter(|(_, run)| is(release, run, "gatling-simulation-log")) {
        let count = run.value.thresholds.iter().filter(|threshold| encoded(threshold)).count();
        let beside = judged.get(folder(release, run)).filter(|(_, judged)| count > 0 && count <= *judged);
        found.extend(beside.map(|(beside, _)| (index, *beside)));
    }
    for (index, beside) in found {
        let run = &mut release.loads[index];
        run.value.thresholds.retain(|threshold| !encoded(threshold));
        let source = Source::new(run.artifact, run.value.pointer.clone());
        release.notices.push(Notice {
            code: &OVERLAP,
            text: Phrase::from("has its assertions encoded, and their verdicts stand in a file beside it"),
            source: Some(source),
            place: None,
            other: Some(Source::new(beside, Pointer::whole())),
            help: "nothing has to be done".to_owned(),
        });
    }
}

fn is(release: &Release, run: &Sourced<LoadRun>, format: &str) -> bool {
    release.artifact(run.artifact).is_some_and(|artifact| artifact.format == Some(format))
}

fn folder<'r>(release: &'r Release, run: &Sourced<LoadRun>) -> &'r str {
    release.artifact(run.artifact).map_or("", |artifact| folder_and_file(&artifact.name).0)
}

#[cfg(test)]
mod tests {
    use crate::ingest::{Options, read_bytes};
    use crate::pipeline::{Request, judged};

    /// The verdicts on all limits of a log with so many assertions, and so many beside it.
    fn holds(place: &str, encoded: usize, beside: usize) -> Vec<Option<bool>> {
        let log = "ASSERTION\tAAECAAIBAAAAAAAAWUA=\n".repeat(encoded)
            + "RUN\tshop.Checkout\tcheckout\t1772366400000\t \t3.9.5\n\
               REQUEST\t\tHome\t1772366400200\t1772366400240\tOK\t \n";
        let one = r#"{"path":"Global","target":"max of response time","condition":"is less than","expectedValues":[100],
            "result":true,"message":"fast","actualValue":[40.0]}"#;
        let assertions = format!(r#"{{"simulation":"Shop","assertions":[{}]}}"#, vec![one; beside].join(","));
        let read = |name: &str, text: &str| read_bytes(name, text.as_bytes(), &Options::default());
        let artifacts = vec![read("run/simulation.log", &log), read(place, &assertions)];
        let release = judged(artifacts, &Request::default()).release;
        let notes = release.notices.iter().filter(|notice| notice.code.id == "overlap").count();
        let all: Vec<_> = release.loads.iter().flat_map(|run| &run.value.thresholds).map(|limit| limit.holds).collect();
        assert_eq!(notes, usize::from(!all.contains(&None)));
        all
    }

    #[test]
    fn encoded_assertions_are_judged_where_their_verdicts_stand_beside_them() {
        assert_eq!(holds("run/js/assertions.json", 1, 1), [Some(true)]);
        assert_eq!(holds("run/js/assertions.json", 1, 2), [Some(true), Some(true)]);
        let mut fewer = holds("run/js/assertions.json", 2, 1);
        fewer.sort();
        assert_eq!(fewer, [None, None, Some(true)]);
        let mut elsewhere = holds("other/js/assertions.json", 1, 1);
        elsewhere.sort();
        assert_eq!(elsewhere, [None, Some(true)]);
    }
}
