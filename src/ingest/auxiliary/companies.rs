//! The files that tools leave with their results, a line for each tool.

use crate::model::{around, folder_and_file};

/// The results of Playwright Test.
pub(super) const PLAYWRIGHT: &[&str] = &["junit-xml/Playwright Test", "playwright-json"];

/// What a tool leaves with its results.
pub(super) struct Company {
    pub tool: &'static str,
    /// The formats of those results; behind a slash stands the tool that must have written them.
    pub read: &'static [&'static str],
    /// The folder that they may stand in, inside of the one that the others are named from; a star for any folder.
    inner: Option<&'static str>,
    /// Paths: a whole folder where a slash is at the end, any name without a slash for a star.
    files: &'static [&'static str],
}

/// Sources: robotframework (`--log`, `--report`), gatling-charts (`ReportsGenerator`, and the binary `simulation.log` of
/// 3.12 and later), Apache JMeter (`bin/report-template`, and its log), mochawesome-report-generator, TestNG (its reporters
/// for people, and `FailedReporter`, whose list is to be run again), Gradle (`TestOutputStore` and `TestResultSerializer`),
/// Karate (`com.intuit.karate.report`), pytest-html (`assets/style.css`), and Playwright Test 1.65 (its reporters `html`
/// and `blob`, and what it leaves of a test in `test-results`).
pub(super) const COMPANIES: &[Company] = &[
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
    Company { tool: "JMeter", read: &["jmeter-jtl-csv", "jmeter-jtl-xml"], inner: None, files: &["jmeter.log"] },
    Company {
        tool: "Karate",
        read: &["karate-feature", "karate-summary"],
        inner: None,
        files: &["*.html", "favicon.ico", "res/"],
    },
    Company { tool: "Allure", read: &["allure-result"], inner: Some("*"), files: &["allure-report/"] },
    Company { tool: "mochawesome", read: &["mochawesome-json"], inner: None, files: &["*.html", "assets/"] },
    Company {
        tool: "Playwright",
        read: PLAYWRIGHT,
        inner: Some("*"),
        files: &[
            "blob-report/",
            "playwright-report/data/",
            "playwright-report/index.html",
            "playwright-report/trace/",
            "test-results/*/attachments/",
            "test-results/*/error-context.md",
            "test-results/*/trace.zip!/",
            "test-results/.last-run.json",
        ],
    },
    Company {
        tool: "pytest",
        read: &["junit-xml/pytest", "pytest-json-report"],
        inner: None,
        files: &["assets/style.css"],
    },
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
    /// The folders from which the files are named that stand with a result in this one.
    pub fn roots<'f>(&self, folder: &'f str) -> [&'f str; 2] {
        match self.inner {
            None => [folder; 2],
            Some("*") => [folder, folder_and_file(folder).0],
            Some(inner) => [around(folder, inner).unwrap_or(folder); 2],
        }
    }

    /// Whether a path is that of one of the files.
    pub fn has(&self, path: &str) -> bool {
        self.files.iter().any(|file| match file.split_once('*') {
            Some((before, after)) => path.strip_prefix(before).is_some_and(|rest| match rest.split_once('/') {
                Some((_, inside)) => after.strip_prefix('/').is_some_and(|after| is_at(inside, after)),
                None => rest.ends_with(after),
            }),
            None => is_at(path, file),
        })
    }
}

/// Whether a path is this one, or in this folder where it ends with a slash.
fn is_at(path: &str, file: &str) -> bool {
    if file.ends_with('/') { path.starts_with(file) } else { path == file }
}

#[cfg(test)]
mod tests {
    use super::{COMPANIES, Company};
    use crate::ingest::auxiliary::tests::is_known;

    #[test]
    fn each_company_is_that_of_formats() {
        assert!(COMPANIES.iter().flat_map(|company| company.read).all(|format| is_known(format)));
    }

    #[test]
    fn files_are_named_from_the_folder_around_an_inner_one() {
        let is_named = |company: &&Company| company.inner.is_some_and(|inner| inner != "*");
        let [company] = COMPANIES.iter().filter(is_named).collect::<Vec<&Company>>()[..] else {
            panic!("one tool has its results in an inner folder")
        };
        let roots = ["js", "run/js", "run", "", "run/bjs"].map(|folder| company.roots(folder));
        assert_eq!(roots, ["", "run", "run", "", "run/bjs"].map(|root| [root; 2]));
    }
}
