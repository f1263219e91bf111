//! What a reader of the report is told: the reasons of a verdict, what each area comes to, and what is not listed.

#[allow(dead_code, reason = "each driver uses a part of it")]
mod support;

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use serde_json::json;
use support::{Scratch, run, signoff};

/// A folder of artifacts with a manifest beside it, and the report of it.
struct Case {
    scratch: Scratch,
}

impl Case {
    fn new(name: &str, artifacts: &[(&str, String)], manifest: &str) -> Case {
        let scratch = Scratch::new(name);
        let write = |path: PathBuf, text: &str| fs::write(path, text).expect("a temporary file can be written");
        fs::create_dir_all(scratch.0.join("artifacts")).expect("a temporary folder can be made");
        artifacts.iter().for_each(|(name, text)| write(scratch.0.join("artifacts").join(name), text));
        write(scratch.0.join("signoff.toml"), manifest);
        Case { scratch }
    }

    /// Runs a subcommand in the folder: exit code, and what it prints.
    fn run(&self, args: &[&str]) -> (Option<i32>, String, String) {
        let output = run(signoff().current_dir(&self.scratch.0).args(args).args(["--as-of", "2026-03-02T12:00:00Z"]));
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("text");
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    }

    /// Makes the report in all its forms.
    fn report(&self, args: &[&str]) -> &Case {
        let forms = "md,html,junit,json,summary,ctrf,sarif,html-fragment";
        let all = ["report", "artifacts", "--quiet", "--out", "report", "--format", forms];
        let (code, _, error) = self.run(&[&all, args].concat());
        assert!(matches!(code, Some(0 | 1 | 3)), "{error}");
        self
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.scratch.0.join("report").join(name)).expect("the file was written")
    }
}

/// JUnit XML with so many tests, of which the first ones fail.
fn junit(tests: usize, failing: usize) -> String {
    let mut cases = String::new();
    for number in 0..tests {
        let end = if number < failing { "><failure message=\"broken\"/></testcase>" } else { "/>" };
        let _ = write!(cases, "<testcase classname=\"shop.Cart\" name=\"test {number}\" time=\"0.25\"{end}");
    }
    format!("<testsuite name=\"cart\" tests=\"{tests}\" failures=\"{failing}\">{cases}</testsuite>")
}

/// A scan in SARIF with so many findings of a level; in the source code somebody suppressed them, or did not.
fn sarif(count: usize, level: &str, suppressed: bool) -> String {
    let suppressions = if suppressed { json!([{"kind": "inSource", "status": "accepted"}]) } else { json!([]) };
    let result = |number: usize| {
        json!({
            "ruleId": format!("r{number}"), "level": level, "message": {"text": "found"}, "suppressions": suppressions,
            "locations": [{"physicalLocation": {"artifactLocation": {"uri": format!("f{number}.py")}}}],
        })
    };
    let results: Vec<_> = (0..count).map(result).collect();
    json!({"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "alpha"}}, "results": results}]}).to_string()
}

fn row<'m>(markdown: &'m str, start: &str) -> &'m str {
    markdown.lines().find(|line| line.starts_with(start)).unwrap_or_else(|| panic!("no row {start}: {markdown}"))
}

const WAIVED: &str = "[gate]\nrequire = [\"smoke\"]\n[[waiver]]\ncheck = \"smoke.failed\"\nscope = \"test 0\"\n\
                      owner = \"Dana Reyes\"\nreason = \"known\"\nexpires = \"2026-12-31\"\n";

#[test]
fn an_accepted_violation_is_the_reason_of_its_condition() {
    let case = Case::new("document-waived", &[("junit.xml", junit(3, 1))], WAIVED);
    let markdown = case.report(&[]).read("report.md");
    assert!(row(&markdown, "| Release validation ").contains("| **CONDITIONAL** "), "{markdown}");
    let cells: Vec<&str> = row(&markdown, "| Release validation ").split('|').map(str::trim).collect();
    assert_eq!(cells[3], "1", "{markdown}");
    assert!(!markdown.contains("Nothing stands against this release."), "{markdown}");
    let reason = row(&markdown, "| smoke.failed ");
    assert!(reason.contains("accepted by Dana Reyes until 2026-12-31") && reason.contains("[A1](#a1)"), "{reason}");
    assert!(case.read("report.html").contains(">1 reason<"), "the banner counts the same reasons");

    let (code, _, error) = case.run(&["check", "artifacts", "--quiet", "--fail-on", "conditional"]);
    assert_eq!(code, Some(1));
    assert!(error.contains("conditional smoke.failed: test 0 of shop.Cart failed: broken (waived)"), "{error}");
}

/// A server that reads the file would call a run failed that the policy lets through.
#[test]
fn an_accepted_failure_is_none_for_other_tools() {
    let case = Case::new("document-accepted", &[("junit.xml", junit(3, 1))], WAIVED);
    let xml = case.report(&[]).read("report.junit.xml");
    assert!(!xml.contains("<failure") && !xml.contains("failures=\"1\""), "{xml}");
    assert!(xml.contains("<skipped message=\"waived, failed: broken; A1 "), "{xml}");
    let ctrf: serde_json::Value = serde_json::from_str(&case.read("report.ctrf.json")).expect("CTRF is JSON");
    assert_eq!((&ctrf["results"]["summary"]["failed"], &ctrf["results"]["summary"]["other"]), (&json!(0), &json!(1)));

    let commit = "de255fd16fd8c6e8a5f17a42ffc1421b1b5916b5";
    case.run(&["report", "artifacts", "--quiet", "--out", "report", "--format", "intoto", "--commit", commit]);
    let predicate: serde_json::Value = serde_json::from_str(&case.read("report.predicate.json")).expect("JSON");
    assert_eq!(predicate["failedTests"], json!([]));
    assert_eq!(predicate["warnedTests"], json!(["check: smoke.failed", "test: cart: test 0"]));

    // One that two checks object to is accepted where both are waived.
    let manifest = format!("{WAIVED}[gate.smoke]\nrequired = [\"test 0\"]\n");
    let case = Case::new("document-required", &[("junit.xml", junit(3, 1))], &manifest);
    assert!(case.report(&[]).read("report.junit.xml").contains("<failure message=\"broken; A1 "));
}

/// So would one that counts the failures of which the policy allows some.
#[test]
fn a_failure_within_the_limit_is_none_for_other_tools() {
    let manifest = |more: &str| format!("[gate]\nrequire = [\"smoke\"]\n[gate.smoke]\nmax-failed = 1\n{more}");
    let case = Case::new("document-within", &[("junit.xml", junit(3, 1))], &manifest(""));
    let xml = case.report(&[]).read("report.junit.xml");
    assert!(xml.contains("<skipped message=\"within the limit, failed: broken; A1 "), "{xml}");
    assert!(!xml.contains("<failure") && !xml.contains("failures=\"1\""), "{xml}");
    assert!(
        xml.contains("\"smoke.failed: Not too many tests failed\""),
        "one did, so that none did cannot hold: {xml}"
    );
    let ctrf: serde_json::Value = serde_json::from_str(&case.read("report.ctrf.json")).expect("CTRF is JSON");
    assert_eq!((&ctrf["results"]["summary"]["failed"], &ctrf["results"]["summary"]["other"]), (&json!(0), &json!(1)));

    let commit = "de255fd16fd8c6e8a5f17a42ffc1421b1b5916b5";
    case.run(&["report", "artifacts", "--quiet", "--out", "report", "--format", "intoto", "--commit", commit]);
    let predicate: serde_json::Value = serde_json::from_str(&case.read("report.predicate.json")).expect("JSON");
    assert_eq!((&predicate["result"], &predicate["failedTests"]), (&json!("WARNED"), &json!([])));
    assert_eq!(predicate["warnedTests"], json!(["test: cart: test 0"]));

    // Neither one failure too many nor a test that has to pass.
    let case = Case::new("document-beyond", &[("junit.xml", junit(3, 2))], &manifest(""));
    assert!(case.report(&[]).read("report.junit.xml").contains("failures=\"3\""), "two tests and their check");
    let case = Case::new("document-needed", &[("junit.xml", junit(3, 1))], &manifest("required = [\"test 0\"]\n"));
    assert!(case.report(&[]).read("report.junit.xml").contains("<failure message=\"broken; A1 "));
}

/// So would one that counts what no decision which gates asks for.
#[test]
fn a_failure_that_does_not_gate_is_none_for_other_tools() {
    let manifest = |gating: &str| {
        format!(
            "[gate]\nrequire = [\"smoke\"]\n[[decision]]\nname = \"Staging\"\nchecks = [{gating}]\n\
             [[decision]]\nname = \"Production\"\ngating = false\n"
        )
    };
    let case = Case::new("document-outside", &[("junit.xml", junit(3, 1))], &manifest("\"smoke.errored\""));
    let markdown = case.report(&[]).read("report.md");
    assert!(markdown.contains("**FAILED** because of 1 reason, which does not gate:"), "{markdown}");
    row(&markdown, "| smoke.failed (does not gate) ");
    let xml = case.read("report.junit.xml");
    assert!(!xml.contains("<failure") && !xml.contains("failures=\"1\""), "{xml}");
    for cause in ["test 0 of shop.Cart failed: broken\"", "broken; A1 "] {
        assert!(xml.contains(&format!("<skipped message=\"does not gate, failed: {cause}")), "{cause}: {xml}");
    }
    let ctrf: serde_json::Value = serde_json::from_str(&case.read("report.ctrf.json")).expect("CTRF is JSON");
    assert_eq!((&ctrf["results"]["summary"]["failed"], &ctrf["results"]["summary"]["other"]), (&json!(0), &json!(2)));
    let sarif: serde_json::Value = serde_json::from_str(&case.read("report.sarif")).expect("SARIF is JSON");
    let result = &sarif["runs"][0]["results"][0];
    assert_eq!((&result["ruleId"], &result["level"]), (&json!("smoke.failed"), &json!("warning")));
    assert!(case.read("summary.md").contains("- smoke.failed (does not gate): "), "the summary marks it too");
    let (code, _, _) = case.run(&["check", "artifacts", "--quiet"]);
    assert_eq!(code, Some(0));
    let (_, told, _) = case.run(&["check", "artifacts", "--quiet", "--annotations", "github"]);
    assert!(told.contains("::warning ") && !told.contains("::error "), "{told}");

    // It fails as ever where a check that gates needs the test, or where nothing gates at all.
    let needed = format!("{}[gate.smoke]\nrequired = [\"test 0\"]\n", manifest("\"smoke.required\""));
    let case = Case::new("document-outside-needed", &[("junit.xml", junit(3, 1))], &needed);
    assert!(case.report(&[]).read("report.junit.xml").contains("<failure message=\"broken; A1 "));
    let nothing = manifest("\"smoke.errored\"").replace("name = \"Staging\"", "name = \"Staging\"\ngating = false");
    let case = Case::new("document-outside-nothing", &[("junit.xml", junit(3, 1))], &nothing);
    assert!(case.report(&[]).read("report.junit.xml").contains("failures=\"2\""), "the test and its check");
}

#[test]
fn an_accepted_finding_is_suppressed_for_other_tools() {
    let manifest = "[gate]\nrequire = [\"security\"]\n[[waiver]]\ncheck = \"security.high\"\nscope = \"r1\"\n\
                    owner = \"Dana Reyes\"\nreason = \"not called\"\nexpires = \"2026-12-31\"\n";
    let case = Case::new("document-finding", &[("scan.sarif", sarif(2, "error", false))], manifest);
    let report: serde_json::Value =
        serde_json::from_str(&case.report(&[]).read("report.sarif")).expect("SARIF is JSON");
    let of = |rule: &str| {
        let results = report["runs"][0]["results"].as_array().expect("results");
        results.iter().find(|result| result["ruleId"] == rule).expect("the finding")["suppressions"].clone()
    };
    let accepted = json!([{"kind": "external", "status": "accepted", "justification": "not called"}]);
    assert_eq!((of("finding/r0"), of("finding/r1")), (json!([]), accepted));
}

/// Consumers show the time of a suite; it is that of its tests.
#[test]
fn a_suite_takes_as_long_as_its_tests() {
    let case = Case::new("document-time", &[("junit.xml", junit(5, 0))], "[gate]\nrequire = [\"smoke\"]\n");
    let junit = case.report(&[]).read("report.junit.xml");
    assert!(row(junit.trim_start(), "    <testsuite name=\"smoke\"").contains(" time=\"1.250\""), "{junit}");
}

/// Whoever reads that it is as of Monday takes it for granted that nothing in it is of Tuesday.
#[test]
fn a_report_as_of_before_its_evidence_says_so() {
    let newer = junit(1, 0).replace("<testsuite ", "<testsuite timestamp=\"2026-03-03T10:00:00Z\" ");
    let case = Case::new("document-before", &[("junit.xml", newer)], "[gate]\nrequire = [\"smoke\"]\n");
    let as_of = row(&case.report(&[]).read("report.md"), "- **As of:**").to_owned();
    assert!(
        as_of.contains("2026-03-02T12:00:00Z, before the newest time in the evidence, 2026-03-03T10:00:00"),
        "{as_of}"
    );
}

/// A format may hold several kinds of evidence of which this file holds one.
#[test]
fn an_artifact_that_says_nothing_of_a_kind_is_not_counted_as_evidence_of_it() {
    let load = r#"{"metrics": {"http_req_duration": {"type": "trend", "contains": "time", "values": {"avg": 1, "p(95)": 2}},
                   "http_reqs": {"type": "counter", "contains": "default", "values": {"count": 9, "rate": 1}}},
                   "root_group": {"name": "", "path": "", "id": "", "groups": [], "checks": []}}"#;
    let artifacts = [("junit.xml", junit(1, 0)), ("k6.json", load.to_owned())];
    let case = Case::new("document-kinds", &artifacts, "[gate]\nrequire = [\"smoke\", \"load\"]\n");
    let markdown = case.report(&[]).read("report.md");
    for (kind, id) in [("smoke", "[A1](#a1)"), ("load", "[A2](#a2)")] {
        let cells =
            row(&markdown, &format!("| evidence.required.{kind} ")).split('|').map(str::trim).collect::<Vec<_>>();
        assert_eq!(cells[4..6], ["1 artifact", id], "{markdown}");
    }
}

#[test]
fn a_kind_that_is_required_twice_is_one_check() {
    let case = Case::new("document-twice", &[("junit.xml", junit(1, 0))], "[gate]\nrequire = [\"smoke\", \"smoke\"]\n");
    let xml = case.report(&[]).read("report.junit.xml");
    assert_eq!(xml.matches("evidence.required.smoke").count(), 1, "{xml}");
}

#[test]
fn an_area_without_evidence_has_a_row() {
    let case = Case::new("document-areas", &[("junit.xml", junit(3, 0))], "");
    let markdown = case.report(&[]).read("report.md");
    for area in ["Security", "Performance", "Rollback"] {
        let cells: Vec<&str> = row(&markdown, &format!("| {area} ")).split('|').map(str::trim).collect();
        assert_eq!(cells[2..4], ["no evidence", "**UNDECIDED**"], "{markdown}");
    }
    assert!(!markdown.contains("| Services and monitoring "), "nobody asks for it: {markdown}");
    assert!(markdown.contains("There is no evidence of a load test."), "{markdown}");
    assert!(case.read("summary.md").contains("\n- Performance: **UNDECIDED**, no evidence\n"));
    assert!(markdown.contains("\n- Which build this is: no commit, version or digest is stated.\n"), "{markdown}");
}

/// The summary never shows an area better than its section does.
#[test]
fn what_people_attest_is_no_scan() {
    let attested = json!({"schema": "signoff.security/1", "categories": [{"code": "A01:2025", "status": "met"}]});
    let manifest = "[gate]\nrequire = [\"security\"]\n";
    let case = Case::new("document-attested", &[("security.json", attested.to_string())], manifest);
    let markdown = case.report(&[]).read("report.md");
    let cells: Vec<&str> = row(&markdown, "| Security ").split('|').map(str::trim).collect();
    assert_eq!(cells[2..4], ["no scan, only what people attest", "**UNDECIDED**"], "{markdown}");
    assert!(markdown.contains("**UNDECIDED.** No scan, only what people attest."), "{markdown}");
    assert!(!markdown.contains("No finding is open.") && !markdown.contains("Security grade"), "{markdown}");
}

#[test]
fn an_area_says_that_an_artifact_of_it_is_cut() {
    let cut = r#"{"metrics":{"http_reqs":{"count":36000,"ra"#;
    let artifacts = [("junit.xml", junit(3, 0)), ("k6.json", cut.to_owned())];
    let case = Case::new("document-cut", &artifacts, "[gate]\nrequire = [\"smoke\"]\n");
    let markdown = case.report(&[]).read("report.md");
    let sentence = "**UNDECIDED.** 3 of 3 passed (100 % ran); 1 artifact not complete.";
    assert!(markdown.contains(sentence), "{markdown}");
    assert!(markdown.contains("\n- 1 artifact could not be read to the end: [A2](#a2) `k6.json`.\n"), "{markdown}");
}

#[test]
fn a_table_that_ends_says_how_many_more_there_are() {
    let result = |number| json!({"metric": {"__name__": "queue_length", "n": format!("{number}")}, "value": [1, "1"]});
    let samples: Vec<_> = (0..60).map(result).collect();
    let answer = json!({"status": "success", "data": {"resultType": "vector", "result": samples}});
    let mut lines = String::new();
    for number in 0..210 {
        let _ = writeln!(
            lines,
            "{{\"schema\":\"signoff.smoke/1\",\"name\":\"{number}\",\"outcome\":\"passed\",\"endpoint\":\"/\",\"elapsed_ms\":3}}"
        );
    }
    let artifacts =
        [("answer.json", answer.to_string()), ("scan.sarif", sarif(230, "note", true)), ("smoke.ndjson", lines)];
    let case = Case::new("document-ends", &artifacts, "[gate]\nrequire = []\n");
    let markdown = case.report(&[]).read("report.md");
    let section = |title: &str| {
        let from = markdown.find(title).unwrap_or_else(|| panic!("no {title}: {markdown}"));
        let rest = &markdown[from + title.len()..];
        &rest[..rest.find("\n#").unwrap_or(rest.len())]
    };
    let samples = section("### Saved query answers\n");
    assert!(samples.contains("\n| 10 more, all of them in report.json "), "{samples}");
    let suppressed = section("### Suppressed findings\n");
    assert!(suppressed.contains("\n| 30 more, which are not listed "), "{suppressed}");
    let responses = section("### Response times of smoke tests\n");
    assert!(responses.contains("\n| 10 more, all of them in report.json "), "{responses}");
    assert!(row(&markdown, "| Security ").contains("no open finding from 1 scan, 230 suppressed"), "{markdown}");
    let report: serde_json::Value = serde_json::from_str(&case.read("report.json")).expect("report.json is JSON");
    assert_eq!(report["platform"]["samples"].as_array().map(Vec::len), Some(60));
}

/// A grave notice is not lost behind many that change nothing.
#[test]
fn the_gravest_notices_come_first() {
    let mut artifacts: Vec<(String, String)> =
        (0..210).map(|number| (format!("a{number:03}.xml"), junit(2, 0))).collect();
    artifacts.push(("z.json".to_owned(), "{\"metrics\":".to_owned()));
    let artifacts: Vec<(&str, String)> = artifacts.iter().map(|(name, text)| (name.as_str(), text.clone())).collect();
    let case = Case::new("document-notices", &artifacts, "[gate]\nrequire = [\"smoke\"]\n");
    let markdown = case.report(&[]).read("report.md");
    let notices = &markdown[markdown.find("### Notices about the evidence").expect("there are notices")..];
    let first = notices.lines().find(|line| line.starts_with("- ")).expect("a group");
    assert!(first.starts_with("- **error** "), "{first}");
    assert!(notices.contains("  - and 10 more, all of them in report.json"), "{notices}");
}

/// Two hundred failing tests do not hide a critical finding.
#[test]
fn no_check_is_lost_for_the_length_of_another() {
    let artifacts = [("junit.xml", junit(300, 200)), ("scan.sarif", sarif(20, "error", false))];
    let case = Case::new("document-fair", &artifacts, "[gate]\nrequire = [\"smoke\", \"security\"]\n");
    case.report(&["--budget", "5000"]);
    let summary = case.read("summary.md");
    assert!(summary.contains("\n- smoke.failed: ") && summary.contains("\n- security.high: "), "{summary}");
    assert!(summary.contains("\n- Security: **FAILED**, 20 high from 1 scan\n"), "{summary}");

    let (_, annotations, _) = case.run(&["check", "artifacts", "--quiet", "--annotations", "github"]);
    let of = |title: &str| annotations.lines().filter(|line| line.contains(title)).count();
    assert_eq!((of("title=smoke.failed::"), of("title=security.high::")), (5, 5), "{annotations}");

    let job = case.scratch.0.join("job.md");
    run(signoff()
        .current_dir(&case.scratch.0)
        .args(["check", "artifacts", "--quiet", "--github-summary"])
        .env("GITHUB_STEP_SUMMARY", &job));
    let job = fs::read_to_string(job).expect("the summary of the job was written");
    let of = |check: &str| job.lines().filter(|line| line.starts_with(&format!("| failed | `{check}` |"))).count();
    assert_eq!((of("smoke.failed"), of("security.high")), (80, 20), "{job}");
    assert!(job.contains("\n- Smoke tests: **FAILED**, 100 of 300 passed, 200 failed (100 % ran)\n"), "{job}");
    assert!(job.contains("\nand 120 more: see the report\n"), "{job}");
}

/// The grade rests on what it names.
#[test]
fn a_grade_names_what_it_rests_on() {
    let artifacts = [("scan.sarif", sarif(3, "error", false))];
    let case = Case::new("document-grade", &artifacts, "[gate]\nrequire = [\"security\"]\n");
    let markdown = case.report(&[]).read("report.md");
    assert!(markdown.contains("\nSecurity grade D: 3 high findings\n"), "{markdown}");
}

/// A policy by its name is not the one that was applied, where the command line asks for less.
#[test]
fn what_the_command_line_asks_for_stands_beside_the_policy() {
    let manifest = "[gate]\npolicy = \"staging policy, version 1.0\"\nrequire = [\"smoke\", \"security\"]\n";
    let case = Case::new("document-required-less", &[("junit.xml", junit(3, 0))], manifest);
    let markdown = case.report(&["--require", "smoke"]).read("report.md");
    let policy = row(&markdown, "- **Policy:** staging policy, version 1.0; the manifest has the SHA-256 `");
    let words = "by the command line evidence of smoke is required, whatever the policy says";
    assert!(policy.ends_with(&format!("`; {words}")), "{policy}");
    assert!(case.read("summary.md").contains(&format!("\n- Policy: {words}\n")));
    assert!(!case.report(&[]).read("report.md").contains("by the command line"));
}

/// A list of revisions is shown, and is no dry run: the page counts as the text does.
#[test]
fn a_list_of_revisions_is_no_dry_run() {
    let revision = |number: u32, status: &str| {
        json!({
            "revision": number, "updated": "2026-03-01T10:00:00Z", "status": status, "chart": "shop-1.0.0",
            "app_version": "1.0", "description": "Upgrade complete",
        })
    };
    let history = json!([revision(1, "superseded"), revision(2, "deployed")]).to_string();
    let rehearsal = json!({
        "schema": "signoff.rollback/1", "dry_run": true, "succeeds": true,
        "steps": [{"title": "back", "outcome": "passed"}],
    });
    let manifest = "[gate]\nrequire = [\"rollback\"]\n";
    let case = Case::new("document-revisions", &[("history.json", history.clone())], manifest);
    let markdown = case.report(&[]).read("report.md");
    assert!(markdown.contains("\n### Revisions 1\n") && markdown.contains("**nothing was tried**"), "{markdown}");
    assert!(markdown.contains("There is no evidence of a rollback dry run."), "{markdown}");
    assert!(!case.read("report.html").contains("rollback dry runs succeed"));

    let artifacts = [("history.json", history), ("rehearsal.json", rehearsal.to_string())];
    let case = Case::new("document-rehearsal", &artifacts, manifest);
    let markdown = case.report(&[]).read("report.md");
    assert!(row(&markdown, "| Rollback ").contains("1 of 1 dry runs succeed"), "{markdown}");
    assert!(case.read("report.html").contains("<b>1 of 1</b> <span>rollback dry runs succeed</span>"));
}

#[test]
fn services_that_several_artifacts_list_are_said_to_be_fewer() {
    let listed = |status: &str| {
        let of = |name: &str| {
            json!({"ID": "1", "Name": name, "Image": "shop", "Service": name, "Project": "shop", "State": "running",
                   "Status": status, "Health": "healthy", "ExitCode": 0, "Publishers": []})
        };
        format!("{}\n{}\n", of("shop-app-1"), of("shop-db-1"))
    };
    let artifacts = [("before.json", listed("Up 1 hour (healthy)")), ("later.json", listed("Up 2 hours (healthy)"))];
    let case = Case::new("document-services", &artifacts, "[gate]\nrequire = [\"platform\"]\n");
    let markdown = case.report(&[]).read("report.md");
    let result = row(&markdown, "| Services and monitoring ");
    assert!(result.contains("4 of 4 services healthy (2 different ones, which several artifacts list)"), "{result}");
}
