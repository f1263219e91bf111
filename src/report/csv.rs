//! CSV: tests, findings and endpoints, a file each, safe to open in a spreadsheet.

use super::view::Subject;
use crate::model::{Elapsed, Percentile, Source};
use crate::safety::csv::field;

/// The first line of each file.
const HEADERS: [(&str, &str); 3] = [
    ("tests.csv", "suite,class,name,outcome,flaky,elapsed_ms,message,artifact,pointer\r\n"),
    ("findings.csv", "severity,rule,title,suppressed_by,places,first_place,package,cwe,artifact,pointer\r\n"),
    ("endpoints.csv", "run,endpoint,requests,failures,mean_ms,p50_ms,p90_ms,p95_ms,p99_ms,max_ms,artifact,pointer\r\n"),
];

/// The first line of the file of this name; `None` where it is none of these.
pub fn header(name: &str) -> Option<&'static str> {
    HEADERS.iter().find(|(file, _)| *file == name).map(|(_, header)| *header)
}

/// The files `tests.csv`, `findings.csv` and `endpoints.csv`.
pub fn render(subject: &Subject<'_>) -> Vec<String> {
    vec![tests(subject), findings(subject), endpoints(subject)]
}

fn row(out: &mut String, cells: &[&str]) {
    for (index, cell) in cells.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        out.push_str(&field(cell));
    }
    out.push_str("\r\n");
}

fn millis(elapsed: Option<Elapsed>) -> String {
    elapsed.map(|elapsed| elapsed.as_millis_f64().to_string()).unwrap_or_default()
}

fn tests(subject: &Subject<'_>) -> String {
    let mut out = HEADERS[0].1.to_owned();
    for suite in &subject.release.suites {
        for case in suite.value.cases() {
            let cells: [&str; 9] = [
                &suite.value.name,
                case.class.as_deref().unwrap_or_default(),
                &case.name,
                case.outcome.word(),
                if case.flaky { "true" } else { "false" },
                &millis(case.elapsed),
                case.message.as_deref().unwrap_or_default(),
                &suite.artifact.to_string(),
                &case.pointer.to_string(),
            ];
            row(&mut out, &cells);
        }
    }
    out
}

fn findings(subject: &Subject<'_>) -> String {
    let mut out = HEADERS[1].1.to_owned();
    for scan in &subject.release.scans {
        for finding in scan.value.findings() {
            let place = finding.locations.first().map(|location| location.place.as_str()).unwrap_or_default();
            let cwes: Vec<String> = finding.cwes.iter().map(|cwe| format!("CWE-{cwe}")).collect();
            let package = finding.package.as_ref().map(|package| match &package.version {
                Some(version) => format!("{} {version}", package.name),
                None => package.name.clone(),
            });
            let cells = [
                finding.severity.word(),
                &finding.rule,
                &finding.title,
                finding.suppression.as_ref().map(|s| s.by.as_str()).unwrap_or_default(),
                &finding.occurrences.to_string(),
                place,
                package.as_deref().unwrap_or_default(),
                &cwes.join(" "),
                &scan.artifact.to_string(),
                &finding.pointer.to_string(),
            ];
            row(&mut out, &cells);
        }
    }
    out
}

fn endpoints(subject: &Subject<'_>) -> String {
    let mut out = HEADERS[2].1.to_owned();
    let count = |value: Option<u64>| value.map(|value| value.to_string()).unwrap_or_default();
    for run in &subject.release.loads {
        for endpoint in &run.value.endpoints {
            let m = &endpoint.measurement;
            let percentile = |p: Percentile| millis(m.percentiles.get(&p).copied());
            let places = run.places_of(m);
            let list = |of: fn(&Source) -> String| places.iter().map(of).collect::<Vec<_>>().join("; ");
            let cells = [
                run.value.name.as_deref().unwrap_or_default(),
                &endpoint.name,
                &count(m.requests),
                &count(m.failures),
                &millis(m.mean),
                &percentile(Percentile::P50),
                &percentile(Percentile::P90),
                &percentile(Percentile::P95),
                &percentile(Percentile::P99),
                &millis(m.max),
                &list(|place| place.artifact.to_string()),
                &list(|place| place.pointer.to_string()),
            ];
            row(&mut out, &cells);
        }
    }
    out
}
