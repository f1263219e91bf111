//! Tests that are told by more than one report: TestNG's own, and the JUnit XML of the same run beside it.
//!
//! TestNG writes `testng-results.xml` into a folder and JUnit XML into `junitreports/` in it (`XMLReporter`,
//! `JUnitReportReporter`); Maven Surefire and Failsafe let it do so and write JUnit XML of their own beside that.
//! An artifact of JUnit XML is such a report where each of its tests stands in TestNG's with the same class, name and
//! outcome. Where one does not, all of it counts.

use std::collections::BTreeMap;

use crate::model::{Artifact, Outcome, around, folder_and_file};

/// A test as both reports have it, and how often.
type Tests<'a> = BTreeMap<(Option<&'a str>, &'a str, Outcome, bool), u64>;

/// The artifacts that tell nothing but what a report of TestNG's own tells, each with that report; by their places.
pub(super) fn repeats(artifacts: &[Artifact]) -> BTreeMap<usize, usize> {
    let of_format = |format| {
        let all = artifacts.iter().enumerate().filter(move |(_, artifact)| artifact.format == Some(format));
        all.map(|(index, artifact)| (index, artifact, folder_and_file(&artifact.name).0))
    };
    let mut results: BTreeMap<&str, Option<usize>> = BTreeMap::new();
    for (index, _, folder) in of_format("testng-xml") {
        // With two in a folder it is not known which one others repeat.
        results.entry(folder).and_modify(|of| *of = None).or_insert(Some(index));
    }
    // What is left of the tests that the files of a folder may repeat.
    let mut left: BTreeMap<&str, Option<Tests<'_>>> = BTreeMap::new();
    let mut repeats = BTreeMap::new();
    for (index, artifact, folder) in of_format("junit-xml") {
        let root = [Some(folder), around(folder, "junitreports")].into_iter().flatten();
        let Some(of) = root.filter_map(|root| results.get(root)).find_map(|of| *of) else { continue };
        let left = left.entry(folder).or_insert_with(|| tests(&artifacts[of]));
        if left.as_mut().is_some_and(|left| take(left, artifact)) {
            repeats.insert(index, of);
        }
    }
    repeats
}

/// Takes the tests of an artifact from those that are left, where it says nothing else and all of them are there.
fn take<'a>(left: &mut Tests<'a>, artifact: &'a Artifact) -> bool {
    let Some(own) = tests(artifact).filter(|own| !own.is_empty() && artifact.evidence.diagnostics.is_empty()) else {
        return false;
    };
    if own.iter().any(|(test, count)| left.get(test).is_none_or(|left| left < count)) {
        return false;
    }
    for (test, count) in own {
        left.entry(test).and_modify(|left| *left -= count);
    }
    true
}

/// The tests of an artifact; `None` where not all are listed.
fn tests(artifact: &Artifact) -> Option<Tests<'_>> {
    let mut tests = Tests::new();
    for suite in &artifact.evidence.suites {
        if suite.whole().total() != u64::try_from(suite.cases().len()).ok()? {
            return None;
        }
        for case in suite.cases() {
            *tests.entry((case.class.as_deref(), case.name.as_str(), case.outcome, case.flaky)).or_default() += 1;
        }
    }
    Some(tests)
}

#[cfg(test)]
mod tests {
    use crate::ingest::{Options, read_bytes};
    use crate::pipeline::{Request, Validation, judged};

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

    fn junit(tests: &[&str]) -> String {
        let case = |name: &&str| format!("<testcase name=\"{name}\" classname=\"shop.Pay\" time=\"0.006\"/>");
        format!("<testsuite name=\"TestSuite\">{}</testsuite>", tests.iter().map(case).collect::<String>())
    }

    fn validated(artifacts: &[(&str, &str)]) -> Validation {
        let read = |(name, text): &(&str, &str)| read_bytes(name, text.as_bytes(), &Options::default());
        judged(artifacts.iter().map(read).collect(), &Request::default())
    }

    /// How many tests there are, and how many artifacts that are not counted.
    fn counts(artifacts: &[(&str, &str)]) -> (u64, usize) {
        let release = validated(artifacts).release;
        let notes = release.notices.iter().filter(|notice| notice.code.id == "overlap").count();
        assert_eq!(notes, release.artifacts.iter().filter(|artifact| !artifact.counted).count());
        (release.tests().total(), notes)
    }

    #[test]
    fn what_surefire_and_testng_write_of_one_run_is_counted_once() {
        let (results, both) = (testng(&[("pay", "PASS"), ("refund", "PASS")]), junit(&["pay", "refund"]));
        for root in ["", "target/surefire-reports/"] {
            let (own, inner) = (format!("{root}testng-results.xml"), format!("{root}junitreports/TEST-shop.Pay.xml"));
            let surefire = format!("{root}TEST-TestSuite.xml");
            assert_eq!(
                counts(&[(&own, &results), (&surefire, &both), (&inner, &both.replace("0.006", "0.005"))]),
                (2, 2)
            );
            let (one, other) = (junit(&["pay"]), junit(&["refund"]));
            assert_eq!(counts(&[(&own, &results), (&format!("{root}a.xml"), &one), (&inner, &other)]), (2, 2));
        }
    }

    #[test]
    fn what_says_something_else_counts() {
        let results = testng(&[("pay", "PASS"), ("refund", "FAIL")]);
        let beside = |name: &str, text: &str| counts(&[("run/testng-results.xml", &results), (name, text)]);
        // Another outcome, a test that the other does not list, the same test once more, another folder.
        assert_eq!(beside("run/a.xml", &junit(&["pay", "refund"])), (4, 0));
        assert_eq!(beside("run/a.xml", &junit(&["pay", "login"])), (4, 0));
        assert_eq!(beside("run/a.xml", &junit(&["pay", "pay"])), (4, 0));
        assert_eq!(beside("a.xml", &junit(&["pay"])), (3, 0));
        assert_eq!(beside("run/a.xml", &junit(&["pay"])), (2, 1));
        // A file says more than its tests.
        let incomplete = junit(&["pay"]).replace("<testsuite ", "<testsuite tests=\"3\" ");
        assert_eq!(beside("run/a.xml", &incomplete), (3, 0));
    }

    #[test]
    fn with_two_reports_in_a_folder_all_count() {
        let results = testng(&[("pay", "PASS")]);
        let other = results.replace("smoke", "again");
        let artifacts = [("testng-results.xml", &*results), ("other.xml", &*other), ("a.xml", &*junit(&["pay"]))];
        assert_eq!(counts(&artifacts), (3, 0));
    }
}
