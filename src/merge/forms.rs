//! Tests of one run that a tool wrote in two forms: in its own, and as JUnit XML beside it.
//!
//! Playwright Test does so with two reporters, gotestsum with `--jsonfile` and `--junitfile`, and Robot Framework with
//! `--xunit`. TestNG writes `testng-results.xml` into a folder and JUnit XML into `junitreports/` in it (`XMLReporter`,
//! `JUnitReportReporter`); Maven Surefire and Failsafe let it do so and write JUnit XML of their own beside that.
//! An artifact of JUnit XML is such a form where each of its tests stands in the tool's report, by the names that the tool
//! gives it in both, with an outcome of the same weight, and both are of one day. A test that is flaky in it is flaky in
//! the report too. Where one does not stand there, all of it counts. So no verdict on an outcome becomes better by it.

use std::collections::BTreeMap;

use crate::model::{Artifact, Outcome, Suite, TestCase, around, folder_and_file};

/// How a tool names a test.
type Named = for<'a> fn(&'a Suite, &'a TestCase) -> (&'a str, String);

/// A tool that writes both.
struct Tool {
    /// The formats of its own report.
    formats: &'static [&'static str],
    in_own: Named,
    in_junit: Named,
    /// The folder beside its own report in which JUnit XML may stand too.
    inner: Option<&'static str>,
}

const TOOLS: &[Tool] = &[
    Tool { formats: &["go-test-json"], in_own: by_suite, in_junit: by_suite, inner: None },
    // JUnit XML has the blocks around a test in its name.
    Tool {
        formats: &["playwright-json"],
        in_own: |suite, case| match &case.class {
            Some(blocks) => (&suite.name, format!("{blocks} › {}", case.name)),
            None => by_suite(suite, case),
        },
        in_junit: by_suite,
        inner: None,
    },
    Tool { formats: &["robot-json", "robot-xml"], in_own: by_suite, in_junit: by_class, inner: None },
    Tool { formats: &["testng-xml"], in_own: by_class, in_junit: by_class, inner: Some("junitreports") },
];

fn by_suite<'a>(suite: &'a Suite, case: &'a TestCase) -> (&'a str, String) {
    (&suite.name, case.name.clone())
}

fn by_class<'a>(suite: &'a Suite, case: &'a TestCase) -> (&'a str, String) {
    (case.class.as_deref().unwrap_or(&suite.name), case.name.clone())
}

/// A test as both forms have it: where it stands, its name, its outcome, and whether it is flaky.
type Test<'a> = (&'a str, String, Outcome, bool);

/// Tests, and how often each.
type Tests<'a> = BTreeMap<Test<'a>, u64>;

/// The artifacts that tell nothing but what a report of the tool's own tells, each with that report; by their places.
pub(super) fn repeats(artifacts: &[Artifact]) -> BTreeMap<usize, usize> {
    let mut repeats = BTreeMap::new();
    TOOLS.iter().for_each(|tool| of_tool(tool, artifacts, &mut repeats));
    repeats
}

/// Adds those of one tool.
fn of_tool(tool: &Tool, artifacts: &[Artifact], repeats: &mut BTreeMap<usize, usize>) {
    let mut reports: BTreeMap<&str, Option<usize>> = BTreeMap::new();
    for (index, artifact) in artifacts.iter().enumerate() {
        if artifact.format.is_some_and(|format| tool.formats.contains(&format)) {
            // With two in a folder it is not known which one others repeat.
            let folder = folder_and_file(&artifact.name).0;
            reports.entry(folder).and_modify(|of| *of = None).or_insert(Some(index));
        }
    }
    // What is left of the tests that the files of a folder may repeat.
    let mut left: BTreeMap<&str, Option<Tests<'_>>> = BTreeMap::new();
    for (index, artifact) in artifacts.iter().enumerate().filter(|(_, artifact)| artifact.format == Some("junit-xml")) {
        let folder = folder_and_file(&artifact.name).0;
        let outer = tool.inner.and_then(|inner| around(folder, inner));
        let mut roots = [Some(folder), outer].into_iter().flatten();
        let Some(of) = roots.find_map(|root| *reports.get(root)?) else { continue };
        let report = &artifacts[of];
        let own = tests(artifact, tool.in_junit).filter(|own| !own.is_empty());
        let left = left.entry(folder).or_insert_with(|| tests(report, tool.in_own));
        if artifact.evidence.diagnostics.is_empty()
            && !repeats.contains_key(&index)
            && are_of_one_day(artifact, report)
            && left.as_mut().zip(own).is_some_and(|(left, own)| take(left, own))
        {
            repeats.insert(index, of);
        }
    }
}

/// Whether the times of two artifacts, where both say them, are at most a day apart.
fn are_of_one_day(one: &Artifact, other: &Artifact) -> bool {
    let seconds = |artifact: &Artifact| artifact.evidence.time.map(|time| time.as_second());
    seconds(one).zip(seconds(other)).is_none_or(|(one, other)| one.abs_diff(other) <= 86_400)
}

/// Takes tests from those that are left, where all of them are there.
fn take<'a>(left: &mut Tests<'a>, own: Tests<'a>) -> bool {
    let mut rest = left.clone();
    // Those that are flaky first: a test that is not may repeat one that is, as JUnit XML often does not tell.
    for ((place, name, outcome, is_flaky), mut count) in own.into_iter().rev() {
        let kinds: &[bool] = if is_flaky { &[true] } else { &[false, true] };
        for is_flaky in kinds {
            if let Some(there) = rest.get_mut(&(place, name.clone(), outcome, *is_flaky)) {
                let taken = count.min(*there);
                (*there, count) = (*there - taken, count - taken);
            }
        }
        if count > 0 {
            return false;
        }
    }
    *left = rest;
    true
}

/// The tests of an artifact; `None` where not all are listed.
fn tests(artifact: &Artifact, named: Named) -> Option<Tests<'_>> {
    let mut tests = Tests::new();
    for suite in &artifact.evidence.suites {
        if suite.whole().total() != u64::try_from(suite.cases().len()).ok()? {
            return None;
        }
        for case in suite.cases() {
            let (place, name) = named(suite, case);
            *tests.entry((place, name, weight(case.outcome), case.flaky)).or_default() += 1;
        }
    }
    Some(tests)
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
    fn counts(artifacts: &[(&str, &str)]) -> (u64, usize) {
        let read = |(name, text): &(&str, &str)| read_bytes(name, text.as_bytes(), &Options::default());
        let release = judged(artifacts.iter().map(read).collect(), &Request::default()).release;
        let notes = release.notices.iter().filter(|notice| notice.code.id == "overlap").count();
        assert_eq!(notes, release.artifacts.iter().filter(|artifact| !artifact.counted).count());
        (release.tests().total(), notes)
    }

    #[track_caller]
    fn check(artifacts: &[(&str, &str)], expected: (u64, usize)) {
        assert_eq!(counts(artifacts), expected);
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

    fn testng(tests: &[(&str, &str)]) -> String {
        let method = |(name, status): &(&str, &str)| {
            format!("<test-method name=\"{name}\" duration-ms=\"5\" status=\"{status}\"/>")
        };
        let count = |wanted: &str| tests.iter().filter(|(_, status)| *status == wanted).count();
        format!(
            "<testng-results ignored=\"0\" total=\"{}\" passed=\"{}\" failed=\"{}\" skipped=\"0\"><suite name=\"s\"><test \
             name=\"smoke\"><class name=\"shop.Pay\">{}</class></test></suite></testng-results>",
            tests.len(),
            count("PASS"),
            count("FAIL"),
            tests.iter().map(method).collect::<String>()
        )
    }

    fn junit_of_testng(tests: &[&str]) -> String {
        let case = |name: &&str| format!("<testcase name=\"{name}\" classname=\"shop.Pay\" time=\"0.006\"/>");
        format!("<testsuite name=\"TestSuite\">{}</testsuite>", tests.iter().map(case).collect::<String>())
    }

    #[test]
    fn what_surefire_and_testng_write_of_one_run_is_counted_once() {
        let (results, both) = (testng(&[("pay", "PASS"), ("refund", "PASS")]), junit_of_testng(&["pay", "refund"]));
        for root in ["", "target/surefire-reports/"] {
            let (own, inner) = (format!("{root}testng-results.xml"), format!("{root}junitreports/TEST-shop.Pay.xml"));
            let surefire = format!("{root}TEST-TestSuite.xml");
            assert_eq!(
                counts(&[(&own, &results), (&surefire, &both), (&inner, &both.replace("0.006", "0.005"))]),
                (2, 2)
            );
            let (one, other) = (junit_of_testng(&["pay"]), junit_of_testng(&["refund"]));
            assert_eq!(counts(&[(&own, &results), (&format!("{root}a.xml"), &one), (&inner, &other)]), (2, 2));
        }
    }

    #[test]
    fn what_says_something_else_counts() {
        let results = testng(&[("pay", "PASS"), ("refund", "FAIL")]);
        let beside = |name: &str, text: &str| counts(&[("run/testng-results.xml", &results), (name, text)]);
        // Another outcome, a test that the other does not list, the same test once more, another folder.
        assert_eq!(beside("run/a.xml", &junit_of_testng(&["pay", "refund"])), (4, 0));
        assert_eq!(beside("run/a.xml", &junit_of_testng(&["pay", "login"])), (4, 0));
        assert_eq!(beside("run/a.xml", &junit_of_testng(&["pay", "pay"])), (4, 0));
        assert_eq!(beside("a.xml", &junit_of_testng(&["pay"])), (3, 0));
        assert_eq!(beside("run/a.xml", &junit_of_testng(&["pay"])), (2, 1));
        // A file says more than its tests.
        let incomplete = junit_of_testng(&["pay"]).replace("<testsuite ", "<testsuite tests=\"3\" ");
        assert_eq!(beside("run/a.xml", &incomplete), (3, 0));
    }

    #[test]
    fn with_two_reports_in_a_folder_all_count() {
        let results = testng(&[("pay", "PASS")]);
        let other = results.replace("smoke", "again");
        let artifacts =
            [("testng-results.xml", &*results), ("other.xml", &*other), ("a.xml", &*junit_of_testng(&["pay"]))];
        assert_eq!(counts(&artifacts), (3, 0));
    }

    #[test]
    fn what_is_flaky_in_one_form_alone_is_not_lost() {
        let json = "{\"Action\":\"pass\",\"Package\":\"e2e\",\"Test\":\"TestPay\",\"Elapsed\":0.1}\n\
                    {\"Action\":\"pass\",\"Package\":\"e2e\",\"Elapsed\":0.1}\n";
        let xml = "<testsuite name=\"e2e\"><testcase name=\"TestPay\"/></testsuite>";
        check(&[("go.json", json), ("junit.xml", xml)], (1, 1));
        let flaky = xml.replace("/></testsuite>", "><flakyFailure message=\"once\"/></testcase></testsuite>");
        check(&[("go.json", json), ("junit.xml", &flaky)], (2, 0));
    }
}
