//! What tools leave beside their results is no evidence and no fault.
//!
//! Allure leaves attachments and descriptions of the run, Maven Surefire and Failsafe texts for people of each `TEST-*.xml`,
//! and ZAP and Dependency-Check the same report in further forms: the scans of zaproxy's GitHub actions always leave three.
//! Robot Framework, Gatling, JMeter, mochawesome and TestNG make pages for people around their results, Gradle keeps its own copy.
//! Only what no format recognises is that, and only in a folder that holds such results.
//! Tests of a browser leave screenshots in folders of any name: a picture that is named as one is an attachment wherever
//! results of tests are read.

use std::collections::BTreeSet;

use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{AUXILIARY, NOT_EVIDENCE, UNKNOWN_FORMAT};
use crate::model::{Artifact, around, folder_and_file};

/// Reports in a form that is not read, as strangers are called, the tool, and the formats of the same report that are read.
const FORMS: &[(&str, &str, &[&str])] = &[
    ("a report of ZAP for people", "ZAP", &["zap-json", "zap-xml"]),
    ("the XML report of OWASP Dependency-Check", "Dependency-Check", &["dependency-check"]),
    ("the CSV report of OWASP Dependency-Check", "Dependency-Check", &["dependency-check"]),
    ("a report of OWASP Dependency-Check for people", "Dependency-Check", &["dependency-check"]),
];

/// What a tool leaves with its results.
struct Company {
    tool: &'static str,
    /// The formats of those results.
    read: &'static [&'static str],
    /// The folder that they may stand in, inside of the one that the others are named from.
    inner: Option<&'static str>,
    /// Paths: a whole folder where a slash is at the end, any name without a slash for a star.
    files: &'static [&'static str],
}

/// Sources: robotframework (`--log`, `--report`), gatling-charts (`ReportsGenerator`, and the binary `simulation.log` of
/// 3.12 and later), Apache JMeter (`bin/report-template`), mochawesome-report-generator, TestNG (its reporters for people,
/// and `FailedReporter`, whose list is to be run again), and Gradle (`TestOutputStore` and `TestResultSerializer`).
const COMPANIES: &[Company] = &[
    Company {
        tool: "Robot Framework",
        read: &["robot-xml", "robot-json"],
        inner: None,
        files: &["log.html", "report.html"],
    },
    Company {
        tool: "Gatling",
        read: &["gatling-stats", "gatling-stats-js", "gatling-simulation-log"],
        inner: Some("js"),
        files: &["*.html", "js/*.js", "style/", "simulation.log"],
    },
    Company {
        tool: "JMeter",
        read: &["jmeter-statistics-json"],
        inner: None,
        files: &["index.html", "content/", "sbadmin2-1.0.7/"],
    },
    Company { tool: "mochawesome", read: &["mochawesome-json"], inner: None, files: &["*.html", "assets/"] },
    Company {
        tool: "TestNG",
        read: &["testng-xml"],
        inner: None,
        files: &[
            "bullet_point.png",
            "collapseall.gif",
            "emailable-report.html",
            "failed.png",
            "index.html",
            "jquery-3.6.0.min.js",
            "jquery.min.js",
            "navigator-bullet.png",
            "passed.png",
            "skipped.png",
            "testng-failed.xml",
            "testng-reports.css",
            "testng-reports.js",
            "testng-reports1.css",
            "testng-reports2.js",
            "testng.css",
        ],
    },
    Company { tool: "Gradle", read: &["junit-xml"], inner: None, files: &["binary/*.bin", "binary/*.bin.idx"] },
];

impl Company {
    /// The folder from which the files are named that stand with a result in this one.
    fn root<'f>(&self, folder: &'f str) -> &'f str {
        self.inner.and_then(|inner| around(folder, inner)).unwrap_or(folder)
    }

    /// Whether a path is that of one of the files.
    fn has(&self, path: &str) -> bool {
        self.files.iter().any(|file| match file.split_once('*') {
            Some((before, after)) => {
                let name = path.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
                name.is_some_and(|name| !name.contains('/'))
            }
            None if file.ends_with('/') => path.starts_with(file),
            None => path == *file,
        })
    }
}

/// Pictures: what their content is called, and how their names end.
const PICTURES: &[(&str, &[&str])] =
    &[("a PNG picture", &[".png"]), ("a JPEG picture", &[".jpg", ".jpeg"]), ("a GIF picture", &[".gif"])];

/// What a folder holds that others may stand beside.
#[derive(Default)]
struct Results {
    allure: BTreeSet<String>,
    /// Folders, and the classes whose results Maven left there.
    maven: BTreeSet<(String, String)>,
    /// Folders, and the formats of artifacts in them.
    formats: BTreeSet<(String, &'static str)>,
    /// Folders from which the files of a tool are named, and the tool.
    roots: BTreeSet<(String, &'static str)>,
    /// Whether tests are among them.
    has_tests: bool,
}

/// Says of what stands beside results that it is no result itself.
pub(super) fn tell(artifacts: &mut [Artifact]) {
    let is_unread = |artifact: &Artifact| artifact.format.is_none() && artifact.sha256.is_some();
    if !artifacts.iter().any(is_unread) {
        return;
    }
    let mut results = Results::default();
    for artifact in artifacts.iter() {
        let (folder, file) = folder_and_file(&artifact.name);
        results.has_tests |= !artifact.evidence.suites.is_empty();
        let companies = COMPANIES.iter().filter(|company| artifact.format.is_some_and(|id| company.read.contains(&id)));
        results.roots.extend(companies.map(|company| (company.root(folder).to_owned(), company.tool)));
        match artifact.format {
            Some("allure-result") => _ = results.allure.insert(folder.to_owned()),
            Some("junit-xml") => {
                let class = file.strip_prefix("TEST-").and_then(|rest| rest.strip_suffix(".xml"));
                results.maven.extend(class.map(|class| (folder.to_owned(), class.to_owned())));
            }
            Some(format) if FORMS.iter().any(|(_, _, read)| read.contains(&format)) => {
                results.formats.insert((folder.to_owned(), format));
            }
            _ => {}
        }
    }
    for artifact in artifacts.iter_mut().filter(|artifact| is_unread(artifact)) {
        let message = match results.tool(artifact) {
            Some(tool) => format!("stands beside the results of {tool} and is no result itself"),
            None if results.has_tests && is_picture(artifact) => "is a picture and no result".to_owned(),
            None => continue,
        };
        artifact.evidence.diagnostics = vec![Diagnostic::new(&AUXILIARY, message)];
    }
}

/// Whether an artifact is a picture by its content and by its name.
fn is_picture(artifact: &Artifact) -> bool {
    let said = |what: &str, d: &Diagnostic| {
        d.code == &UNKNOWN_FORMAT && d.message.strip_prefix("the content is ") == Some(what)
    };
    let name = artifact.name.to_ascii_lowercase();
    PICTURES.iter().any(|(what, ends)| {
        ends.iter().any(|end| name.ends_with(end)) && artifact.evidence.diagnostics.iter().any(|d| said(what, d))
    })
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
        if let Some(tool) = self.company(&artifact.name) {
            return Some(tool);
        }
        let is_called = |what: &str| {
            let said = |d: &Diagnostic| d.code == &NOT_EVIDENCE && d.message.strip_prefix("is ") == Some(what);
            artifact.evidence.diagnostics.iter().any(said)
        };
        let (_, tool, read) = FORMS.iter().find(|(what, _, _)| is_called(what))?;
        read.iter().any(|format| self.formats.contains(&(folder.to_owned(), *format))).then_some(*tool)
    }

    /// The tool that leaves such a file with its results, which are there.
    fn company(&self, name: &str) -> Option<&'static str> {
        let inside = name.match_indices('/').map(|(at, _)| (&name[..at], &name[at + 1..]));
        let mut places = std::iter::once(("", name)).chain(inside);
        places.find_map(|(root, path)| {
            let mut companies = COMPANIES.iter().filter(|company| company.has(path));
            companies.find(|company| self.roots.contains(&(root.to_owned(), company.tool))).map(|company| company.tool)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::{COMPANIES, Company, FORMS};
    use crate::diagnostics::{Diagnostic, Level};
    use crate::formats::{STRANGERS, by_id};
    use crate::ingest::{Options, ingest};

    #[test]
    fn each_form_is_a_stranger_beside_formats() {
        for (what, _, read) in FORMS {
            assert!(STRANGERS.iter().any(|stranger| stranger.what == *what), "{what}");
            assert!(read.iter().all(|format| by_id(format).is_some()), "{what}");
        }
    }

    #[test]
    fn each_company_is_that_of_formats() {
        assert!(COMPANIES.iter().flat_map(|company| company.read).all(|format| by_id(format).is_some()));
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
    }

    #[test]
    fn files_are_named_from_the_folder_around_an_inner_one() {
        let [company] = COMPANIES.iter().filter(|company| company.inner.is_some()).collect::<Vec<&Company>>()[..]
        else {
            panic!("one tool has its results in an inner folder")
        };
        let roots = ["js", "run/js", "run", "", "run/bjs"].map(|folder| company.root(folder));
        assert_eq!(roots, ["", "run", "run", "", "run/bjs"]);
    }
}
