//! Tests of one run that a tool wrote in two forms: in its own, and as JUnit XML into the same folder.
//!
//! Playwright Test does so with two reporters, gotestsum with `--jsonfile` and `--junitfile`, and Robot Framework with
//! `--xunit`: all give suites and tests the same names in both, Robot Framework its suites as the class of their tests.
//! An artifact of JUnit XML is such a form where each of its tests stands in the other report, in the suite of that name
//! and with an outcome of the same weight, and both are of one day.
//! Where one does not, all of it counts. So no verdict on an outcome becomes better by it.

use std::collections::BTreeMap;

use crate::model::{Artifact, Outcome, TestCase, folder_and_file};

/// The formats of the tools that write both.
const FORMATS: &[&str] = &["go-test-json", "playwright-json", ROBOT[0], ROBOT[1]];
const ROBOT: [&str; 2] = ["robot-json", "robot-xml"];

/// A test as both forms have it (suite, name, outcome), and how often.
type Tests<'a> = BTreeMap<(&'a str, String, Outcome), u64>;

/// The artifacts that tell nothing but what a report of the tool's own tells, each with that report; by their places.
pub(super) fn repeats(artifacts: &[Artifact]) -> BTreeMap<usize, usize> {
    let mut reports: BTreeMap<&str, Option<usize>> = BTreeMap::new();
    for (index, artifact) in artifacts.iter().enumerate() {
        if artifact.format.is_some_and(|format| FORMATS.contains(&format)) {
            // With two in a folder it is not known which one others repeat.
            let folder = folder_and_file(&artifact.name).0;
            reports.entry(folder).and_modify(|of| *of = None).or_insert(Some(index));
        }
    }
    // What is left of the tests that the files of a folder may repeat.
    let mut left: BTreeMap<&str, Option<Tests<'_>>> = BTreeMap::new();
    let mut repeats = BTreeMap::new();
    for (index, artifact) in artifacts.iter().enumerate().filter(|(_, artifact)| artifact.format == Some("junit-xml")) {
        let folder = folder_and_file(&artifact.name).0;
        let Some(of) = reports.get(folder).copied().flatten() else { continue };
        let report = &artifacts[of];
        let by_class = report.format.is_some_and(|format| ROBOT.contains(&format));
        let left = left.entry(folder).or_insert_with(|| tests(report, false));
        let own = tests(artifact, by_class).filter(|own| !own.is_empty() && artifact.evidence.diagnostics.is_empty());
        if are_of_one_day(artifact, report) && left.as_mut().zip(own).is_some_and(|(left, own)| take(left, own)) {
            repeats.insert(index, of);
        }
    }
    repeats
}

/// Whether the times of two artifacts, where both say them, are at most a day apart.
fn are_of_one_day(one: &Artifact, other: &Artifact) -> bool {
    let seconds = |artifact: &Artifact| artifact.evidence.time.map(|time| time.as_second());
    seconds(one).zip(seconds(other)).is_none_or(|(one, other)| one.abs_diff(other) <= 86_400)
}

/// Takes tests from those that are left, where all of them are there.
fn take<'a>(left: &mut Tests<'a>, own: Tests<'a>) -> bool {
    if own.iter().any(|(test, count)| left.get(test).is_none_or(|left| left < count)) {
        return false;
    }
    for (test, count) in own {
        left.entry(test).and_modify(|left| *left -= count);
    }
    true
}

/// The tests of an artifact, in suites that are called by the class of each where that is asked for; `None` where not
/// all are listed.
fn tests(artifact: &Artifact, by_class: bool) -> Option<Tests<'_>> {
    let mut tests = Tests::new();
    for suite in &artifact.evidence.suites {
        if suite.whole().total() != u64::try_from(suite.cases().len()).ok()? {
            return None;
        }
        for case in suite.cases() {
            let of = case.class.as_deref().filter(|_| by_class).unwrap_or(&suite.name);
            *tests.entry((of, name(artifact, case), weight(case.outcome))).or_default() += 1;
        }
    }
    Some(tests)
}

/// The name that a test has in JUnit XML: Playwright puts the blocks around a test before it.
fn name(artifact: &Artifact, case: &TestCase) -> String {
    match &case.class {
        Some(blocks) if artifact.format == Some("playwright-json") => format!("{blocks} › {}", case.name),
        _ => case.name.clone(),
    }
}

/// The forms differ in what is a failure and what an error.
const fn weight(outcome: Outcome) -> Outcome {
    match outcome {
        Outcome::Failed | Outcome::Errored => Outcome::Failed,
        Outcome::Passed | Outcome::Warned | Outcome::Skipped | Outcome::Info => outcome,
    }
}

#[cfg(test)]
mod tests {
    use crate::ingest::{Options, read_bytes};
    use crate::pipeline::{Request, judged};

    const PLAYWRIGHT: &str = r#"{"config": {"version": "1.50.0", "projects": []}, "suites": [{"title": "pay.spec.ts", "file": "pay.spec.ts",
        "specs": [], "suites": [{"title": "pay", "file": "pay.spec.ts", "specs": [
        {"title": "pays", "ok": true, "tests": [{"status": "expected", "expectedStatus": "passed",
         "results": [{"status": "passed", "duration": 5, "retry": 0}]}]},
        {"title": "refunds", "ok": false, "tests": [{"status": "unexpected", "expectedStatus": "passed",
         "results": [{"status": "timedOut", "duration": 5, "retry": 0}]}]}]}]}],
        "errors": [], "stats": {"startTime": "2025-11-20T10:00:00.000Z", "duration": 10, "expected": 1, "skipped": 0, "unexpected": 1, "flaky": 0}}"#;

    fn junit(suite: &str, day: u8, cases: &str) -> String {
        format!(
            r#"<testsuites id="" name=""><testsuite name="{suite}" timestamp="2025-11-{day}T10:00:00.000Z">{cases}</testsuite></testsuites>"#
        )
    }

    /// How many tests there are, and how many artifacts that are not counted.
    #[track_caller]
    fn check(artifacts: &[(&str, &str)], expected: (u64, usize)) {
        let read = |(name, text): &(&str, &str)| read_bytes(name, text.as_bytes(), &Options::default());
        let release = judged(artifacts.iter().map(read).collect(), &Request::default()).release;
        let notes = release.notices.iter().filter(|notice| notice.code.id == "overlap").count();
        assert_eq!((release.tests().total(), notes), expected);
        assert_eq!(notes, release.artifacts.iter().filter(|artifact| !artifact.counted).count());
    }

    #[test]
    fn two_reporters_of_one_run_are_counted_once() {
        let (good, bad) =
            (r#"<testcase name="pay › pays"/>"#, r#"<testcase name="pay › refunds"><failure/></testcase>"#);
        let xml = |suite, day, cases: &str| junit(suite, day, cases);
        let beside = |name, text: &str, expected| check(&[("e2e/results.json", PLAYWRIGHT), (name, text)], expected);
        beside("e2e/results.xml", &xml("pay.spec.ts", 20, &format!("{good}{bad}")), (2, 1));
        // Another folder, suite, outcome or day, or the same test once more.
        beside("results.xml", &xml("pay.spec.ts", 20, good), (3, 0));
        beside("e2e/results.xml", &xml("cart.spec.ts", 20, good), (3, 0));
        beside("e2e/results.xml", &xml("pay.spec.ts", 20, &good.replace("/>", "><skipped/></testcase>")), (3, 0));
        beside("e2e/results.xml", &xml("pay.spec.ts", 22, good), (3, 0));
        beside("e2e/results.xml", &xml("pay.spec.ts", 20, &format!("{good}{good}")), (4, 0));
    }

    #[test]
    fn both_files_of_robot_framework_are_counted_once() {
        let output = r#"<robot generator="Robot 7.5 (Python 3.11.7 on linux)" generated="2025-11-20T10:00:01.000000" rpa="false" schemaversion="5">
            <suite id="s1" name="E2E"><suite id="s1-s1" name="Pay"><test id="s1-s1-t1" name="Pays"><status status="PASS" start="2025-11-20T10:00:00.000000" elapsed="0.1"/></test>
            <status status="PASS" start="2025-11-20T10:00:00.000000" elapsed="0.1"/></suite><status status="PASS" start="2025-11-20T10:00:00.000000" elapsed="0.1"/></suite>
            <statistics><total><stat pass="1" fail="0" skip="0">All Tests</stat></total></statistics><errors/></robot>"#;
        let xunit = r#"<testsuite name="E2E" tests="1" errors="0" failures="0" skipped="0" time="0.1"><testsuite name="Pay" tests="1" errors="0"
            failures="0" skipped="0" time="0.1"><testcase classname="E2E.Pay" name="Pays" time="0.1"/></testsuite></testsuite>"#;
        check(&[("output.xml", output), ("xunit.xml", xunit)], (1, 1));
        check(&[("output.xml", output), ("xunit.xml", &xunit.replace("E2E.Pay", "API.Pay"))], (2, 0));
    }

    #[test]
    fn both_files_of_gotestsum_are_counted_once() {
        let json = "{\"Action\":\"run\",\"Package\":\"shop/e2e\",\"Test\":\"TestPay\"}\n\
                    {\"Action\":\"pass\",\"Package\":\"shop/e2e\",\"Test\":\"TestPay\",\"Elapsed\":0.1}\n\
                    {\"Action\":\"pass\",\"Package\":\"shop/e2e\",\"Elapsed\":0.1}\n";
        let xml = "<testsuites><testsuite name=\"shop/e2e\" tests=\"1\" failures=\"0\">\
                   <testcase classname=\"shop/e2e\" name=\"TestPay\" time=\"0.1\"/></testsuite></testsuites>";
        check(&[("go.json", json), ("junit.xml", xml)], (1, 1));
        check(&[("go.json", json), ("again.json", &json.replace("0.1", "0.2")), ("junit.xml", xml)], (3, 0));
    }
}
