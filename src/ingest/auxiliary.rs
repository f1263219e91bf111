//! What tools leave beside their results is no evidence and no fault.
//!
//! Allure leaves attachments and descriptions of the run, Maven Surefire and Failsafe texts for people of each `TEST-*.xml`,
//! and ZAP and Dependency-Check the same report in further forms: the scans of zaproxy's GitHub actions always leave three.
//! Robot Framework, Gatling, JMeter, mochawesome, TestNG, Karate and Playwright make pages for people around their results,
//! Gradle keeps its own copy; pytest-html, Cucumber, Newman, Bruno, RSpec, k6, Locust and Artillery write a page where they are told to,
//! and what load tools print is kept beside the results that they write.
//! Only what no format recognises is that, and only in a folder that holds such results; what Playwright leaves in folders
//! of its own may have its results beside them, in one of them, or in another folder beside them.
//! Gatling lists the assertions of a run also where it has none: beside its results that is no fault, and no run.
//! A list of components (SBOM) weighs nothing beside a scan of dependencies, which it is the input of; alone it is a fault.
//! Tests of a browser leave screenshots and videos in folders of any name: a picture or video that is named as one is an
//! attachment wherever results of tests are read. So is a report of code coverage, which tells of no test how it ended.
//! What Git and desktops leave in any folder is known by its name.

mod companies;

use std::collections::BTreeSet;

use companies::{COMPANIES, PLAYWRIGHT};

use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{AUXILIARY, NOT_EVIDENCE, NOTHING_RAN, UNKNOWN_FORMAT};
use crate::model::{Artifact, ScanClass, folder_and_file};

/// Reports in a form that is not read, as strangers are called, the tool, and the formats of the same report that are read;
/// behind a slash stands the tool that must have written it.
const FORMS: &[(&str, &str, &[&str])] = &[
    ("a report of ZAP for people", "ZAP", &["zap-json", "zap-xml"]),
    ("the XML report of OWASP Dependency-Check", "Dependency-Check", &["dependency-check"]),
    ("the CSV report of OWASP Dependency-Check", "Dependency-Check", &["dependency-check"]),
    ("a report of OWASP Dependency-Check for people", "Dependency-Check", &["dependency-check"]),
    ("a report of Playwright for people", "Playwright", PLAYWRIGHT),
    ("a report of pytest-html for people", "pytest", &["junit-xml/pytest", "pytest-json-report"]),
    ("a report of Cucumber for people", "Cucumber", &["cucumber-json", "cucumber-messages"]),
    ("a report of Newman for people", "Newman", &["newman-json"]),
    ("a report of Bruno for people", "Bruno", &["bruno-json"]),
    ("a report of RSpec for people", "RSpec", &["rspec-json"]),
    ("a report of Locust for people", "Locust", &["locust-stats-csv", "locust-json"]),
    ("a report of k6 for people", "k6", K6),
    ("k6's text summary", "k6", K6),
    ("the text output of Artillery", "Artillery", &["artillery-json"]),
    ("a report of Artillery for people", "Artillery", &["artillery-json"]),
    ("the text output of Gatling", "Gatling", GATLING),
    ("a report of Gatling for people", "Gatling", GATLING),
    ("the table that Locust prints", "Locust", &["locust-stats-csv", "locust-json"]),
    ("the text report of Vegeta", "Vegeta", VEGETA),
    ("the results of Vegeta in their binary form", "Vegeta", VEGETA),
    (
        "what JMeter logs, which has no percentiles",
        "JMeter",
        &["jmeter-jtl-csv", "jmeter-jtl-xml", "jmeter-statistics-json"],
    ),
];

const K6: &[&str] =
    &["k6-handle-summary", "k6-machine-readable-summary", "k6-raw-csv", "k6-raw-ndjson", "k6-summary-export"];
const VEGETA: &[&str] = &["vegeta-report", "vegeta-results-csv", "vegeta-results-ndjson"];
const GATLING: &[&str] = &["gatling-stats", "gatling-stats-js", "gatling-simulation-log"];
/// What says how the requests of Gatling ended. The log stands one folder higher than the others.
const GATLING_RUNS: &[&str] = &["gatling-global-stats", "gatling-stats", "gatling-stats-js", "gatling-simulation-log"];

/// What a report of code coverage is called.
const COVERAGE: &str = "a report of code coverage, which does not say how a test ended";

/// Lists of components, as strangers are called. Beside a scan of dependencies they are what was scanned.
const INVENTORIES: &[&str] =
    &["a list of components (SPDX), which is no scan", "a list of components (Syft), which is no scan"];

/// Whether an artifact is of one of these formats, by the tool behind the slash where there is one.
fn is_of(artifact: &Artifact, read: &[&str]) -> bool {
    let tool = artifact.evidence.tool.as_ref().map(|tool| &*tool.name);
    read.iter().any(|known| match known.split_once('/') {
        Some((format, _)) if artifact.format != Some(format) => false,
        Some((_, by)) => tool == Some(by),
        None => artifact.format == Some(*known),
    })
}

fn has_bad(artifact: &Artifact) -> bool {
    let tally = artifact.evidence.tally();
    tally.failed + tally.errored > 0
}

/// Pictures and videos: what their content is called, and how their names end.
const MEDIA: &[(&str, &[&str])] = &[
    ("a PNG picture", &[".png"]),
    ("a JPEG picture", &[".jpg", ".jpeg"]),
    ("a GIF picture", &[".gif"]),
    ("an MP4 video", &[".mp4"]),
    ("a WebM video", &[".webm"]),
];

/// Files that Git keeps folders or leaves files out with, and that desktops leave in the folders that they show.
const HOUSEKEEPING: &[&str] = &[".DS_Store", ".gitignore", ".gitkeep", "Thumbs.db", "desktop.ini"];

/// What `test-results/.last-run.json` is called of a run that did not pass: where no test beside it failed, those are
/// results of another run.
const NOT_PASSED: &str = "a note of Playwright that its last run did not pass";

/// What a folder holds that others may stand beside.
#[derive(Default)]
struct Results {
    allure: BTreeSet<String>,
    /// Folders, and the classes whose results Maven left there.
    maven: BTreeSet<(String, String)>,
    /// Folders, and the reports in a form that is not read that may stand in them.
    forms: BTreeSet<(String, &'static str)>,
    /// Folders from which the files of a company are named, and which one it is.
    roots: BTreeSet<(String, usize)>,
    /// Folders that hold a scan of dependencies.
    scans: BTreeSet<String>,
    /// Folders in which Gatling's list of assertions belongs to a run that is there.
    gatling: BTreeSet<String>,
    /// Whether tests are among them.
    has_tests: bool,
    /// Whether tests of Playwright are among them that did not pass.
    has_failed: bool,
}

/// Says of what stands beside results that it is no result itself.
pub(super) fn tell(artifacts: &mut [Artifact]) {
    let is_unread = |artifact: &Artifact| artifact.format.is_none() && artifact.sha256.is_some();
    let weighs_nothing = |artifact: &Artifact| is_inventory(artifact) || asserts_nothing(artifact);
    if !artifacts.iter().any(|artifact| is_unread(artifact) || weighs_nothing(artifact)) {
        return;
    }
    let mut results = Results::default();
    for artifact in artifacts.iter() {
        let (folder, file) = folder_and_file(&artifact.name);
        results.has_tests |= !artifact.evidence.suites.is_empty();
        results.has_failed |= is_of(artifact, PLAYWRIGHT) && has_bad(artifact);
        for (which, company) in COMPANIES.iter().enumerate().filter(|(_, company)| is_of(artifact, company.read)) {
            results.roots.extend(company.roots(folder).map(|root| (root.to_owned(), which)));
        }
        let forms = FORMS.iter().filter(|(_, _, read)| is_of(artifact, read));
        results.forms.extend(forms.map(|(what, ..)| (folder.to_owned(), *what)));
        if is_of(artifact, GATLING_RUNS) {
            results.gatling.extend([folder.to_owned(), format!("{folder}/js").trim_start_matches('/').to_owned()]);
        }
        if artifact.evidence.scans.iter().any(|scan| scan.class == ScanClass::Sca) {
            results.scans.insert(folder.to_owned());
        }
        match artifact.format {
            Some("allure-result") => _ = results.allure.insert(folder.to_owned()),
            Some("junit-xml") => {
                let class = file.strip_prefix("TEST-").and_then(|rest| rest.strip_suffix(".xml"));
                results.maven.extend(class.map(|class| (folder.to_owned(), class.to_owned())));
            }
            _ => {}
        }
    }
    for artifact in artifacts.iter_mut().filter(|artifact| is_inventory(artifact)) {
        if results.scans.contains(folder_and_file(&artifact.name).0) {
            let message = "is a list of components beside a scan of dependencies, and no scan itself";
            artifact.evidence.diagnostics = vec![Diagnostic::new(&AUXILIARY, message)];
        }
    }
    for artifact in artifacts.iter_mut().filter(|artifact| asserts_nothing(artifact)) {
        if results.gatling.contains(folder_and_file(&artifact.name).0) {
            artifact.evidence.loads.clear();
            let message = "says that the simulation asserts nothing, beside the results of Gatling";
            artifact.evidence.diagnostics = vec![Diagnostic::new(&AUXILIARY, message)];
        }
    }
    for artifact in artifacts.iter_mut().filter(|artifact| is_unread(artifact)) {
        let message = match results.tool(artifact) {
            _ if HOUSEKEEPING.contains(&folder_and_file(&artifact.name).1) => "is no artifact of a tool".to_owned(),
            Some(tool) => format!("stands beside the results of {tool} and is no result itself"),
            None if !results.has_tests => continue,
            None if is_called(artifact, COVERAGE) => "is a report of code coverage and no result".to_owned(),
            None => match media(artifact) {
                Some(what) => format!("is {what} and no result"),
                None => continue,
            },
        };
        artifact.evidence.diagnostics = vec![Diagnostic::new(&AUXILIARY, message)];
    }
}

/// Whether an artifact is a list of components: a bill of materials in which nothing says that anybody scanned it.
fn is_inventory(artifact: &Artifact) -> bool {
    let evidence = &artifact.evidence;
    match (artifact.format, &*evidence.diagnostics) {
        _ if artifact.sha256.is_none() => false,
        (None, _) => INVENTORIES.iter().any(|what| is_called(artifact, what)),
        (Some("cyclonedx"), [fault]) => {
            evidence.scans.is_empty()
                && evidence.statements.is_empty()
                && (fault.code == &NOT_EVIDENCE || fault.code == &NOTHING_RAN)
        }
        _ => false,
    }
}

/// Whether an artifact is Gatling's list of assertions, and there are none.
fn asserts_nothing(artifact: &Artifact) -> bool {
    artifact.format == Some("gatling-assertions")
        && artifact.evidence.loads.iter().all(|run| run.thresholds.is_empty())
        && matches!(&*artifact.evidence.diagnostics, [fault] if fault.code == &NOTHING_RAN)
}

/// What an artifact is called that is a picture or a video, by its content and by its name.
fn media(artifact: &Artifact) -> Option<&'static str> {
    let said = |what: &str, d: &Diagnostic| {
        d.code == &UNKNOWN_FORMAT && d.message.strip_prefix("the content is ") == Some(what)
    };
    let name = artifact.name.to_ascii_lowercase();
    let named = MEDIA.iter().filter(|(_, ends)| ends.iter().any(|end| name.ends_with(end)));
    let mut named = named.map(|(what, _)| *what);
    named.find(|what| artifact.evidence.diagnostics.iter().any(|d| said(what, d)))
}

/// Whether an artifact is a stranger that is called so.
fn is_called(artifact: &Artifact, what: &str) -> bool {
    let said = |d: &Diagnostic| d.code == &NOT_EVIDENCE && d.message.strip_prefix("is ") == Some(what);
    artifact.evidence.diagnostics.iter().any(said)
}

impl Results {
    /// The tool beside whose results an artifact stands that is no result.
    fn tool(&self, artifact: &Artifact) -> Option<&'static str> {
        let (folder, file) = folder_and_file(&artifact.name);
        let known = ["executor.json", "categories.json", "environment.properties", "environment.xml"].contains(&file);
        if self.allure.contains(folder) && (known || file.contains("-attachment")) {
            return Some("Allure");
        }
        let class = file.strip_suffix(".txt").map(|stem| stem.strip_suffix("-output").unwrap_or(stem));
        if class.is_some_and(|class| self.maven.contains(&(folder.to_owned(), class.to_owned()))) {
            return Some("Maven Surefire");
        }
        let is_untold = is_called(artifact, NOT_PASSED) && !self.has_failed;
        if let Some(tool) = self.company(&artifact.name).filter(|_| !is_untold) {
            return Some(tool);
        }
        let (what, tool, _) = FORMS.iter().find(|(what, _, _)| is_called(artifact, what))?;
        self.forms.contains(&(folder.to_owned(), *what)).then_some(*tool)
    }

    /// The tool that leaves such a file with its results, which are there.
    fn company(&self, name: &str) -> Option<&'static str> {
        let inside = name.match_indices('/').map(|(at, _)| (&name[..at], &name[at + 1..]));
        let mut places = std::iter::once(("", name)).chain(inside);
        places.find_map(|(root, path)| {
            let mut companies = COMPANIES.iter().enumerate().filter(|(_, company)| company.has(path));
            let company = companies.find(|(which, _)| self.roots.contains(&(root.to_owned(), *which)));
            company.map(|(_, company)| company.tool)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::{COVERAGE, FORMS, INVENTORIES, NOT_PASSED};
    use crate::diagnostics::{Diagnostic, Level};
    use crate::formats::{STRANGERS, by_id};
    use crate::ingest::{Options, ingest};

    #[test]
    fn each_form_is_a_stranger_beside_formats() {
        for (what, _, read) in FORMS {
            assert!(STRANGERS.iter().any(|stranger| stranger.what == *what), "{what}");
            assert!(read.iter().all(|format| is_known(format)), "{what}");
        }
        let is_stranger = |what: &&str| STRANGERS.iter().any(|stranger| stranger.what == *what);
        assert!([COVERAGE, NOT_PASSED].iter().chain(INVENTORIES).all(is_stranger));
    }

    pub(super) fn is_known(format: &str) -> bool {
        by_id(format.split('/').next().unwrap_or(format)).is_some()
    }

    /// A folder that is removed at the end.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Folder {
            let folder = std::env::temp_dir().join(format!("signoff-{name}-{}", std::process::id()));
            fs::create_dir_all(&folder).expect("the folder for temporary files can be written");
            Folder(folder)
        }

        fn put(&self, name: &str, content: &[u8]) {
            let path = self.0.join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder can be made");
            fs::write(path, content).expect("a file can be written");
        }

        fn copy(&self, fixture: &str, name: &str) {
            let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
            self.put(name, &fs::read(tests.join(fixture)).expect("a fixture"));
        }

        /// The levels of what is said of the files that no format reads.
        fn levels(&self) -> Vec<Level> {
            let artifacts = ingest(std::slice::from_ref(&self.0), &|_| false, &Options::default());
            let strangers = artifacts.iter().filter(|artifact| artifact.format.is_none());
            strangers.flat_map(|artifact| &artifact.evidence.diagnostics).map(Diagnostic::level).collect()
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            fs::remove_dir_all(&self.0).expect("the temporary folder can be removed");
        }
    }

    /// What the GitHub action `zaproxy/action-baseline` uploads.
    #[test]
    fn forms_for_people_are_no_fault_beside_the_report_that_is_read() {
        let folder = Folder::new("forms");
        folder.copy("fixtures-strangers/zap.html", "report_html.html");
        folder.copy("fixtures-strangers/zap.md", "report_md.md");
        assert_eq!(folder.levels(), [Level::Error, Level::Error]);
        folder.copy("fixtures/zap-json/good/input.json", "report_json.json");
        assert_eq!(folder.levels(), [Level::Note, Level::Note]);
    }

    /// `k6 run --summary-export=k6.json script.js | tee k6.txt`
    #[test]
    fn what_a_load_tool_prints_is_no_fault_beside_its_results_and_is_one_beside_those_of_another() {
        let folder = Folder::new("printed");
        folder.copy("fixtures-strangers/k6.txt", "k6.txt");
        folder.copy("fixtures-strangers/jmeter-console.log", "console.log");
        folder.copy("fixtures/k6-summary-export/good-inverted-thresholds/input.json", "k6.json");
        assert_eq!(folder.levels(), [Level::Error, Level::Note]);
        folder.copy("fixtures-strangers/artillery.html", "artillery/run.json.html");
        folder.copy("fixtures/artillery-json/good/input.json", "artillery/run.json");
        folder.copy("fixtures/jmeter-jtl-csv/good/input.jtl", "shop.jtl");
        folder.copy("fixtures-strangers/vegeta.bin", "run/results.bin");
        folder.copy("fixtures/vegeta-report/good/input.json", "run/vegeta.json");
        assert_eq!(folder.levels(), [Level::Note; 4]);
    }

    const LEFT: &[&str] = &[
        "blob-report/report.zip!/report.jsonl",
        "playwright-report/data/4c1e.zip!/0-trace.trace",
        "playwright-report/index.html",
        "test-results/.last-run.json",
        "test-results/pay/error-context.md",
        "test-results/pay/trace.zip!/0-trace.network",
    ];

    #[test]
    fn a_list_of_components_is_no_fault_beside_a_scan_of_dependencies() {
        let folder = Folder::new("inventories");
        let syft = br#"{"artifacts":[],"artifactRelationships":[],"descriptor":{"name":"syft"}}"#;
        let cyclonedx = br#"{"bomFormat":"CycloneDX","specVersion":"1.6","version":1,"components":[]}"#;
        folder.put("sbom.syft.json", syft);
        folder.put("sbom.spdx.json", br#"{"spdxVersion":"SPDX-2.3","name":"shop"}"#);
        folder.put("sbom.cdx.json", cyclonedx);
        folder.put("bandit.json", br#"{"errors":[],"results":[],"metrics":{"_totals":{"loc":9}}}"#);
        let levels = || {
            let artifacts = ingest(std::slice::from_ref(&folder.0), &|_| false, &Options::default());
            let boms = artifacts.iter().filter(|artifact| artifact.name.contains("sbom"));
            boms.flat_map(|artifact| &artifact.evidence.diagnostics).map(Diagnostic::level).collect::<Vec<_>>()
        };
        assert_eq!(levels(), [Level::Error; 3], "a scan of the source code says nothing of components");
        folder.copy("fixtures/grype-json/good/input.json", "other/grype.json");
        assert_eq!(levels(), [Level::Error; 3], "another folder");
        folder.copy("fixtures/grype-json/good/input.json", "grype.json");
        assert_eq!(levels(), [Level::Note; 3]);
        let found = r#"{"bomFormat":"CycloneDX","specVersion":"1.6","version":1,"vulnerabilities":[{"id":1}]}"#;
        folder.put("sbom.cdx.json", found.as_bytes());
        assert!(levels().contains(&Level::Error), "a scan whose finding cannot be read");
    }

    #[test]
    fn a_list_of_no_assertions_is_no_fault_beside_the_run_that_it_belongs_to() {
        let runs = [
            ("gatling-stats/good/input.json", "js/stats.json"),
            ("gatling-global-stats/good/input.json", "js/global_stats.json"),
            ("gatling-stats-js/good/input.js", "js/stats.js"),
            ("gatling-simulation-log/good/input.log", "simulation.log"),
        ];
        let levels = |folder: &Folder| -> Vec<Level> {
            let artifacts = ingest(std::slice::from_ref(&folder.0), &|_| false, &Options::default());
            let lists = artifacts.iter().filter(|artifact| artifact.format == Some("gatling-assertions"));
            lists.flat_map(|artifact| &artifact.evidence.diagnostics).map(Diagnostic::level).collect()
        };
        for (fixture, name) in runs {
            let folder = Folder::new("no-assertions");
            folder.copy("fixtures/gatling-assertions/empty/input.json", "js/assertions.json");
            assert_eq!(levels(&folder), [Level::Error], "alone");
            folder.copy(&format!("fixtures/{fixture}"), name);
            assert_eq!(levels(&folder), [Level::Note], "{name}");
            folder.copy("fixtures/gatling-assertions/empty/input.json", "other/js/assertions.json");
            assert_eq!(levels(&folder), [Level::Note, Level::Error], "{name}, of another run");
        }
    }

    #[test]
    fn what_a_tool_leaves_with_its_results_is_no_fault_beside_them() {
        let cases: &[(&str, &str, &[&str], &str)] = &[
            ("robot-xml/good/input.xml", "output.xml", &["log.html", "report.html"], "old/log.html"),
            (
                "gatling-stats/good/input.json",
                "js/stats.json",
                &["index.html", "req_home-1.html", "js/theme.js", "style/logo.svg", "simulation.log"],
                "js/data/late.js",
            ),
            (
                "jmeter-statistics-json/good/input.json",
                "statistics.json",
                &["index.html", "content/js/graph.js", "sbadmin2-1.0.7/bower.json"],
                "jmeter.log",
            ),
            (
                "mochawesome-json/good-hook/input.json",
                "mochawesome.json",
                &["mochawesome.html", "assets/app.js"],
                "app.js",
            ),
            (
                "testng-xml/good/input.xml",
                "testng-results.xml",
                &["emailable-report.html", "testng-failed.xml"],
                "old/index.html",
            ),
            ("junit-xml/good/input.xml", "TEST-a.B.xml", &["binary/output.bin", "binary/output.bin.idx"], "output.bin"),
            ("jmeter-jtl-csv/good/input.jtl", "shop.jtl", &["jmeter.log"], "index.html"),
            ("karate-summary/good/input.json", "karate-summary-json.txt", &["karate-summary.html", "res/a.js"], "a.js"),
            ("junit-xml/good-pytest-reruns/input.xml", "junit.xml", &["assets/style.css"], "assets/app.js"),
            ("playwright-json/good-mixed/input.json", "results.json", LEFT, "test-results/pay/junit.xml"),
            ("playwright-json/good-mixed/input.json", "test-results/results.json", LEFT, "test-results/pay/shop.json"),
            ("junit-xml/good-playwright/input.xml", "reports/junit.xml", LEFT, "playwright-report/results.json"),
        ];
        for (fixture, result, files, other) in cases {
            let folder = Folder::new("company");
            files.iter().chain([other]).for_each(|file| folder.put(&format!("run-1/{file}"), b"no result"));
            let alone = vec![Level::Error; files.len() + 1];
            assert_eq!(folder.levels(), alone, "{result}");
            folder.copy(&format!("fixtures/{fixture}"), &format!("run-2/{result}"));
            assert_eq!(folder.levels(), alone, "{result} in another folder");
            folder.copy(&format!("fixtures/{fixture}"), &format!("run-1/{result}"));
            let mut levels = folder.levels();
            levels.sort();
            let mut expected = vec![Level::Note; files.len()];
            expected.push(Level::Error);
            expected.sort();
            assert_eq!(levels, expected, "{result}");
        }
    }

    #[test]
    fn a_page_for_people_is_no_fault_beside_the_results_of_its_tool_alone() {
        let folder = Folder::new("pages");
        folder.copy("fixtures-strangers/pytest.html", "report.html");
        folder.copy("fixtures/junit-xml/good/input.xml", "junit.xml");
        assert_eq!(folder.levels(), [Level::Error]);
        folder.copy("fixtures/junit-xml/good-pytest-reruns/input.xml", "pytest.xml");
        assert_eq!(folder.levels(), [Level::Note]);
    }

    #[test]
    fn a_last_run_that_failed_is_told_beside_results_that_may_be_older() {
        let folder = Folder::new("last-run");
        let suite = r#"<testsuite name="pay"><testcase name="pays"/></testsuite>"#;
        let results = format!(r#"<testsuites id="" name="">{suite}</testsuites>"#);
        folder.put("results.xml", results.as_bytes());
        folder.put("test-results/.last-run.json", br#"{"status": "passed", "failedTests": []}"#);
        assert_eq!(folder.levels(), [Level::Note]);
        folder.put("test-results/.last-run.json", br#"{"status": "failed", "failedTests": []}"#);
        assert_eq!(folder.levels(), [Level::Error]);
        folder.copy("fixtures/junit-xml/good-playwright/input.xml", "results.xml");
        assert_eq!(folder.levels(), [Level::Note]);
    }

    #[test]
    fn what_git_and_desktops_leave_is_no_fault() {
        let folder = Folder::new("housekeeping");
        folder.put("shop/.gitkeep", b"");
        folder.put(".DS_Store", b"\0\0\0\x01Bud1");
        folder.put("keep", b"");
        assert_eq!(folder.levels(), [Level::Note, Level::Error, Level::Note]);
    }

    #[test]
    fn coverage_is_no_fault_where_tests_are() {
        let folder = Folder::new("coverage");
        folder.copy("fixtures-strangers/cobertura.xml", "coverage/cobertura.xml");
        assert_eq!(folder.levels(), [Level::Error]);
        folder.copy("fixtures/junit-xml/good/input.xml", "junit.xml");
        assert_eq!(folder.levels(), [Level::Note]);
    }

    #[test]
    fn a_picture_is_an_attachment_where_tests_are_and_where_it_is_named_as_one() {
        let (folder, png) = (Folder::new("pictures"), b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR");
        folder.put("shots/login/failed 1.PNG", png);
        folder.copy("fixtures/zap-json/good/input.json", "zap.json");
        assert_eq!(folder.levels(), [Level::Error]);
        folder.copy("fixtures/junit-xml/good/input.xml", "results.xml");
        assert_eq!(folder.levels(), [Level::Note]);
        folder.put("results.json", png);
        folder.put("shots/login/log.png", b"no picture");
        assert_eq!(folder.levels(), [Level::Error, Level::Note, Level::Error]);
        folder.put("videos/login.cy.js.mp4", b"\0\0\0\x20ftypisom");
        folder.put("videos/login.webm", b"\x1a\x45\xdf\xa3\x01");
        assert_eq!(folder.levels(), [Level::Error, Level::Note, Level::Error, Level::Note, Level::Note]);
    }
}
