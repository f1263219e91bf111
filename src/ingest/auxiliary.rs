//! What tools leave beside their results is no evidence and no fault.
//!
//! Allure leaves attachments and descriptions of the run, Maven Surefire and Failsafe texts for people of each `TEST-*.xml`,
//! and ZAP and Dependency-Check the same report in further forms: the scans of zaproxy's GitHub actions always leave three.
//! Only what no format recognises is that, and only in a folder that holds such results.

use std::collections::BTreeSet;

use super::folder_and_file;
use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{AUXILIARY, NOT_EVIDENCE};
use crate::model::Artifact;

/// Reports in a form that is not read, as strangers are called, the tool, and the formats of the same report that are read.
const FORMS: &[(&str, &str, &[&str])] = &[
    ("a report of ZAP for people", "ZAP", &["zap-json", "zap-xml"]),
    ("the XML report of OWASP Dependency-Check", "Dependency-Check", &["dependency-check"]),
    ("the CSV report of OWASP Dependency-Check", "Dependency-Check", &["dependency-check"]),
    ("a report of OWASP Dependency-Check for people", "Dependency-Check", &["dependency-check"]),
];

/// What a folder holds that others may stand beside.
#[derive(Default)]
struct Results {
    allure: BTreeSet<String>,
    /// Folders, and the classes whose results Maven left there.
    maven: BTreeSet<(String, String)>,
    /// Folders, and the formats of artifacts in them.
    formats: BTreeSet<(String, &'static str)>,
}

/// Says of what stands beside results that it is no result itself.
pub(super) fn tell(artifacts: &mut [Artifact]) {
    let mut results = Results::default();
    for artifact in artifacts.iter() {
        let (folder, file) = folder_and_file(&artifact.name);
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
    for artifact in artifacts.iter_mut().filter(|artifact| artifact.format.is_none() && artifact.sha256.is_some()) {
        if let Some(tool) = results.tool(artifact) {
            let message = format!("stands beside the results of {tool} and is no result itself");
            artifact.evidence.diagnostics = vec![Diagnostic::new(&AUXILIARY, message)];
        }
    }
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
        let is_called = |what: &str| {
            let said = |d: &Diagnostic| d.code == &NOT_EVIDENCE && d.message.strip_prefix("is ") == Some(what);
            artifact.evidence.diagnostics.iter().any(said)
        };
        let (_, tool, read) = FORMS.iter().find(|(what, _, _)| is_called(what))?;
        read.iter().any(|format| self.formats.contains(&(folder.to_owned(), *format))).then_some(*tool)
    }
}

#[cfg(test)]
mod tests {
    use super::FORMS;
    use crate::diagnostics::Level;
    use crate::formats::{STRANGERS, by_id};
    use crate::ingest::{Options, ingest};

    #[test]
    fn each_form_is_a_stranger_beside_formats() {
        for (what, _, read) in FORMS {
            assert!(STRANGERS.iter().any(|stranger| stranger.what == *what), "{what}");
            assert!(read.iter().all(|format| by_id(format).is_some()), "{what}");
        }
    }

    /// What the GitHub action `zaproxy/action-baseline` uploads.
    #[test]
    fn forms_for_people_are_no_fault_beside_the_report_that_is_read() {
        let fixtures = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
        let folder = std::env::temp_dir().join(format!("signoff-forms-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("the folder for temporary files can be written");
        let put = |from: &str, name: &str| std::fs::copy(fixtures.join(from), folder.join(name)).expect("a file");
        put("fixtures-strangers/zap.html", "report_html.html");
        put("fixtures-strangers/zap.md", "report_md.md");
        let levels = || -> Vec<Level> {
            let artifacts = ingest(std::slice::from_ref(&folder), &|_| false, &Options::default());
            artifacts.iter().flat_map(|a| &a.evidence.diagnostics).map(crate::diagnostics::Diagnostic::level).collect()
        };
        assert_eq!(levels(), [Level::Error, Level::Error]);
        put("fixtures/zap-json/good/input.json", "report_json.json");
        assert_eq!(levels(), [Level::Note, Level::Note]);
        std::fs::remove_dir_all(&folder).expect("the temporary folder can be removed");
    }
}
