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
    let (good, bad) = (r#"<testcase name="pay › pays"/>"#, r#"<testcase name="pay › refunds"><failure/></testcase>"#);
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
    let json = r#"{"generator": "Rebot 7.5 (Python 3.11.7 on linux)", "generated": "2025-11-20T10:00:01.000000", "rpa": false,
            "suite": {"name": "E2E", "suites": [{"name": "Pay", "tests": [{"id": "s1-s1-t1", "name": "Pays", "status": "PASS",
            "elapsed_time": 0.1}], "status": "PASS"}], "status": "PASS"}}"#;
    check(&[("output.xml", output), ("output.json", json), ("xunit.xml", xunit)], (1, 2));
    check(&[("output.xml", output), ("output.json", &json.replace("\"Pays\"", "\"Refunds\""))], (2, 0));
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
    let method =
        |(name, status): &(&str, &str)| format!("<test-method name=\"{name}\" duration-ms=\"5\" status=\"{status}\"/>");
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
        assert_eq!(counts(&[(&own, &results), (&surefire, &both), (&inner, &both.replace("0.006", "0.005"))]), (2, 2));
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
    let artifacts = [("testng-results.xml", &*results), ("other.xml", &*other), ("a.xml", &*junit_of_testng(&["pay"]))];
    assert_eq!(counts(&artifacts), (3, 0));
}

/// Both files of a run, in one folder: how many tests there are, and how many artifacts that are not counted.
#[track_caller]
fn both(own: &str, form: &str, expected: (u64, usize)) {
    check(&[("run/own", own), ("run/form", form)], expected);
}

#[test]
fn newman_names_a_request_with_its_folders_and_a_skipped_test_like_one_that_passed() {
    let assertion = |name: &str, rest: &str| format!(r#"{{"assertion": "{name}", "skipped": false{rest}}}"#);
    let execution =
        |assertions: &[String]| format!(r#"{{"item": {{"name": "Login"}}, "assertions": [{}]}}"#, assertions.join(","));
    let run = |executions: &[String], failed: usize| {
        let failure =
            r#"{"at": "assertion:0 in test-script", "source": {"name": "Login"}, "error": {"message": "no"}}"#;
        let failures = vec![failure; failed].join(",");
        format!(
            r#"{{"collection": {{"info": {{"name": "Shop"}}}}, "run": {{"stats": {{"requests": {{}}, "assertions": {{"failed": {failed}}}}},
                "executions": [{}], "failures": [{failures}]}}}}"#,
            executions.join(",")
        )
    };
    let skipped = assertion("later", "").replace("false", "true");
    let once = execution(&[assertion("status is 200", ""), skipped]);
    let suite = |rest: &str, cases: &str| {
        format!(r#"<testsuites><testsuite name="Account / Login" {rest}>{cases}</testsuite></testsuites>"#)
    };
    let both_pass = r#"<testcase name="status is 200"/><testcase name="later"/>"#;
    both(&run(&[once.clone(), once.clone()], 0), &suite("", both_pass), (4, 1));
    both(&run(&[once], 0), &suite("", r#"<testcase name="pays"/>"#), (3, 0));
    // Failures of several iterations are counted, and one of them is listed.
    let bad = execution(&[assertion("status is 200", r#", "error": {"message": "no"}"#)]);
    let failed = suite(r#"failures="2""#, r#"<testcase name="status is 200"><failure/></testcase>"#);
    both(&run(&[bad.clone(), bad.clone()], 2), &failed, (2, 1));
    both(&run(&[bad], 1), &failed, (2, 0));
}

#[test]
fn bruno_names_a_request_by_its_path() {
    let json = r#"[{"results": [{"test": {"filename": "a/pay.bru"}, "name": "pay", "path": "a/pay", "status": "pass", "error": null,
            "request": {}, "response": {}, "testResults": [{"description": "pays", "status": "pass"}]},
            {"test": {"filename": "a/off.bru"}, "name": "off", "path": "a/off", "status": "error", "error": "refused",
            "request": {}, "response": {}, "testResults": []}]}]"#;
    let xml = |class: &str| {
        format!(
            r#"<testsuites><testsuite name="pay"><testcase name="pays" status="pass" classname="{class}"/></testsuite><testsuite name="off">
                <testcase name="Test suite has no errors" status="fail" classname="a/off"><error/></testcase></testsuite></testsuites>"#
        )
    };
    both(json, &xml("a/pay"), (2, 1));
    both(json, &xml("b/pay"), (4, 0));
}

#[test]
fn jest_and_vitest_write_titles_in_several_ways() {
    let json = r#"{"numTotalTests": 3, "numFailedTests": 0, "numTotalTestSuites": 2, "testResults": [{"name": "/app/pay.test.js", "assertionResults": [
            {"ancestorTitles": ["pay", "deep"], "title": "pays", "status": "passed"},
            {"ancestorTitles": ["pay"], "title": "later", "status": "todo"},
            {"ancestorTitles": [], "title": "alone", "status": "passed"}]},
            {"name": "/app/off.test.js", "status": "failed", "message": "cannot be loaded", "assertionResults": []}]}"#;
    let jest = r#"<testsuites name="jest tests" tests="2"><testsuite name="pay" tests="2"><testcase classname="pay deep pays" name="pay deep pays"/>
            <testcase classname="pay later" name="pay later"/><testcase classname=" alone" name=" alone"/></testsuite></testsuites>"#;
    both(json, jest, (4, 1));
    both(
        json,
        &jest.replace(r#"" name="pay deep pays""#, r#"" name="pays""#).replace(r#""pay deep pays""#, r#""pay › deep""#),
        (4, 1),
    );
    both(json, &jest.replace("later", "refunds"), (7, 0));
    let vitest = r#"<testsuites name="vitest tests"><testsuite name="pay.test.js"><testcase classname="pay.test.js" name="pay &gt; deep &gt; pays"/>
            <testcase classname="pay.test.js" name="pay &gt; later"><skipped/></testcase></testsuite><testsuite name="off.test.js">
            <testcase classname="off.test.js" name="off.test.js"><failure/></testcase></testsuite></testsuites>"#;
    both(json, vitest, (4, 1));
    let ctrf = r#"{"reportFormat": "CTRF", "results": {"tool": {"name": "jest"}, "summary": {"tests": 1},
            "tests": [{"name": "pay deep pays", "status": "passed", "suite": "pay.test.js > pay > deep"}]}}"#;
    both(json, ctrf, (4, 1));
    let one = r#"<testsuites><testsuite name="pay"><testcase classname="pay deep pays" name="pay deep pays"/></testsuite></testsuites>"#;
    both(ctrf, one, (1, 1));
}

#[test]
fn the_reporter_of_playwright_for_ctrf_puts_project_and_file_before_the_blocks() {
    let ctrf = r#"{"reportFormat": "CTRF", "results": {"tool": {"name": "playwright"}, "summary": {"tests": 1},
            "tests": [{"name": "pays", "status": "passed", "suite": "api > pay.spec.ts > pay"}]}}"#;
    both(PLAYWRIGHT, ctrf, (2, 1));
    both(ctrf, &junit("pay.spec.ts", 20, r#"<testcase name="pay › pays"/>"#), (1, 1));
    both(PLAYWRIGHT, &ctrf.replace("> pay\"", "> cart\""), (3, 0));
}

#[test]
fn mocha_writes_full_titles_and_leaves_pending_tests_out() {
    let test =
        |title: &str, state: &str| format!(r#"{{"title": "{title}", "fullTitle": "pay {title}", "state": "{state}"}}"#);
    let awesome = format!(
        r#"{{"stats": {{"tests": 2, "passes": 1, "failures": 0, "pending": 1, "testsRegistered": 2}}, "results": [{{"title": "", "suites":
            [{{"title": "pay", "tests": [{}, {}]}}]}}]}}"#,
        test("pays", "passed"),
        test("later", "pending")
    );
    let mocha = format!(
        r#"{{"stats": {{"tests": 2, "passes": 1, "failures": 0, "pending": 1}}, "tests": [{{}}, {{}}], "passes": [{}], "failures": [],
            "pending": [{}]}}"#,
        test("pays", "passed"),
        test("later", "pending")
    );
    let junit = |skipped: u32| {
        format!(
            r#"<testsuites name="Mocha Tests" tests="{}" failures="0" skipped="{skipped}"><testsuite name="pay" tests="{}" failures="0">
                <testcase name="pay pays" classname="pays"/></testsuite></testsuites>"#,
            1 + skipped,
            1 + skipped
        )
    };
    let xunit = r#"<testsuite name="Mocha Tests"><testcase classname="pay" name="pays"/><testcase classname="pay" name="later"><skipped/></testcase></testsuite>"#;
    for own in [&awesome, &mocha] {
        both(own, &junit(1), (2, 1));
        both(own, &junit(2), (3, 0));
        both(own, xunit, (2, 1));
    }
}

#[test]
fn pytest_names_a_module_with_dots_and_what_may_fail_as_skipped() {
    let test =
        |name: &str, outcome: &str| format!(r#"{{"nodeid": "t/test_pay.py::TestC::{name}", "outcome": "{outcome}"}}"#);
    let json = format!(
        r#"{{"created": 1763632800.0, "exitcode": 0, "root": "/app", "summary": {{"total": 3}}, "tests": [{}, {}, {}]}}"#,
        test("test_pay[a::b]", "passed"),
        test("test_may", "xfailed"),
        test("test_does", "xpassed")
    );
    let case = |name: &str| format!(r#"<testcase classname="t.test_pay.TestC" name="{name}"/>"#);
    let skipped = case("test_may").replace("/>", r#"><skipped type="pytest.xfail"/></testcase>"#);
    let xml = |first: &str| {
        format!(
            r#"<testsuites><testsuite name="pytest">{}{skipped}{}</testsuite></testsuites>"#,
            case(first),
            case("test_does")
        )
    };
    both(&json, &xml("test_pay[a::b]"), (3, 1));
    both(&json, &xml("test_refund"), (6, 0));
}

#[test]
fn formatters_of_cucumber_and_behave_put_something_around_a_name() {
    let step =
        |status: &str| format!(r#"[{{"keyword": "Then ", "name": "it pays", "result": {{"status": "{status}"}}}}]"#);
    let json = format!(
        r#"[{{"uri": "pay.feature", "keyword": "Feature", "name": "Pay", "elements": [
            {{"type": "scenario", "keyword": "Scenario", "name": "Rows", "line": 3, "steps": {0}}},
            {{"type": "scenario", "keyword": "Scenario", "name": "In rule", "line": 9, "steps": {0}}}]}}]"#,
        step("passed")
    );
    let xml = |name: &str| {
        format!(
            r#"<testsuite name="Cucumber"><testcase classname="Pay" name="{name}"/><testcase classname="Pay" name="strict - In rule"/></testsuite>"#
        )
    };
    ["Rows", "Rows - #1.1", "Rows - Example #1.1", "strict - Rows - good ones - #1.1"]
        .iter()
        .for_each(|name| both(&json, &xml(name), (2, 1)));
    both(&json, &xml("Columns - #1.1"), (4, 0));
    let behave = format!(
        r#"[{{"keyword": "Feature", "name": "Pay v1.0", "location": "features/sub/pay.feature:1", "status": "passed", "elements": [
            {{"type": "scenario", "keyword": "Scenario", "name": "Pays", "location": "features/sub/pay.feature:3", "status": "passed", "steps": {}}}]}}]"#,
        step("passed")
    );
    let junit = r#"<testsuite name="sub.pay.Pay v1.0"><testcase classname="sub.pay.Pay v1.0" name="Pays" status="passed"/></testsuite>"#;
    both(&behave, junit, (1, 1));
}

#[test]
fn rspec_ginkgo_and_the_loggers_of_dotnet_name_tests_in_their_own_ways() {
    let rspec = r#"{"version": "3.13.0", "examples": [{"id": "1", "description": "pays", "full_description": "Shop pays", "status": "passed"}],
            "summary": {"example_count": 1}}"#;
    let junit = |attributes: &str| format!("<testsuite name=\"Shop\"><testcase {attributes}/></testsuite>");
    both(rspec, &junit(r#"classname="spec.shop_spec" name="Shop pays""#), (1, 1));
    let ginkgo = r#"[{"SuitePath": "/e2e", "SuiteDescription": "Shop", "SuiteSucceeded": true, "PreRunStats": {}, "SpecReports": [
            {"ContainerHierarchyTexts": ["Cart"], "LeafNodeType": "It", "LeafNodeText": "pays", "State": "passed"}]}]"#;
    both(ginkgo, &junit(r#"classname="Shop" status="passed" name="[It] Cart pays [slow, e2e]""#), (1, 1));
    let trx = r#"<TestRun><Results><UnitTestResult testId="1" testName="Shop.PayTests.Pays(amount: 1)" outcome="Passed"/></Results>
            <TestDefinitions><UnitTest id="1"><TestMethod className="Shop.PayTests"/></UnitTest></TestDefinitions></TestRun>"#;
    let case = r#"classname="Shop.PayTests" name="Pays(amount: 1)""#;
    both(trx, &junit(case), (1, 1));
    both(&trx.replace(r#"="Shop.PayTests.Pays"#, r#"="Pays"#), &junit(case), (1, 1));
    both(trx, &junit(&case.replace('1', "2")), (2, 0));
    let xunit = r#"<assemblies timestamp="now"><assembly name="Shop.dll"><collection name="c"><test name="Shop.PayTests.Pays(amount: 1)"
            type="Shop.PayTests" method="Pays" time="0.1" result="Pass"/></collection></assembly></assemblies>"#;
    both(trx, xunit, (1, 1));
    let nunit = r#"<test-run id="2"><test-suite type="TestFixture" fullname="Shop.PayTests" result="Passed">
            <test-case name="Pays(amount: 1)" classname="Shop.PayTests" result="Passed"/></test-suite></test-run>"#;
    both(trx, nunit, (1, 1));
    both(trx, &nunit.replace("Pays(", "Refunds("), (2, 0));
}

#[test]
fn what_bats_writes_as_tap_and_as_junit_xml_is_counted_once() {
    let junit = r#"<testsuites><testsuite name="a.bats"><testcase classname="a.bats" name="pays"/>
            <testcase classname="a.bats" name="later"><skipped>why</skipped></testcase></testsuite></testsuites>"#;
    both("1..2\nok 1 pays\nok 2 later # skip why\n", junit, (2, 1));
    both("1..2\nok 1 pays\nok 2 later\n", junit, (4, 0));
}

#[test]
fn schemathesis_puts_the_phases_of_an_operation_together() {
    let finished = |phase: &str, status: &str| {
        let recorder = r#"{"label": "GET /pay", "cases": {}, "checks": {}, "interactions": {}}"#;
        format!(
            r#"{{"ScenarioFinished": {{"phase": "{phase}", "label": "GET /pay", "status": "{status}", "recorder": {recorder}}}}}"#
        )
    };
    let lines = [
        r#"{"Initialize": {"schemathesis_version": "4.0.0", "seed": 1}}"#.to_owned(),
        finished("Coverage", "success"),
        finished("Fuzzing", "failure"),
        r#"{"EngineFinished": {"running_time": 1.0}}"#.to_owned(),
    ];
    let junit = |inner: &str| {
        format!(
            r#"<testsuites><testsuite name="schemathesis"><testcase name="GET /pay">{inner}</testcase></testsuite></testsuites>"#
        )
    };
    both(&lines.join("\n"), &junit("<failure/>"), (2, 1));
    both(&lines.join("\n"), &junit("<skipped/>"), (3, 0));
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

#[test]
fn the_features_of_karate_are_counted_once_beside_their_summary() {
    let feature = |name: &str, scenario: &str, has_failed: bool| {
        let status = if has_failed { "failed" } else { "passed" };
        format!(
            r#"{{"relativePath": "{name}.feature", "name": "{name}", "packageQualifiedName": "{name}", "scenarioResults": [{{"name": "{scenario}",
            "refId": "[1:3]", "line": 3, "failed": {has_failed}, "stepResults": [{{"step": {{"line": 4}}, "result": {{"status": "{status}"}}}}]}}]}}"#
        )
    };
    let row = |name: &str, passed: u32| {
        format!(
            r#"{{"name": "{name}", "relativePath": "{name}.feature", "passedCount": {passed}, "failedCount": {}, "scenarioCount": 1}}"#,
            1 - passed
        )
    };
    let summary = format!(
        r#"{{"version": "1.4.1", "scenariosPassed": 1, "scenariosfailed": 1, "featureSummary": [{}, {}]}}"#,
        row("pay", 1),
        row("cart", 0)
    );
    let junit = r#"<testsuite name="pay.feature"><testcase classname="pay" name="[1:3] pays"/></testsuite>"#;
    let (pay, cart) = (feature("pay", "pays", false), feature("cart", "adds", true));
    let beside =
        |cart: &str| counts(&[("r/pay.txt", &pay), ("r/cart.txt", cart), ("r/s.txt", &summary), ("r/p.xml", junit)]);
    assert_eq!(beside(&cart), (2, 2));
    // What failed in the summary passed in its report.
    assert_eq!(beside(&feature("cart", "adds", false)), (4, 1));
}
