//! Every pointer of every piece of evidence leads to a place in its artifact.

#[allow(dead_code, reason = "each test driver uses a part of it")]
mod support;

use std::fs;

use signoff::model::{Artifact, Pointer};
use signoff::source::{Diags, Input, resolve};
use support::{entries, name, read, root};

/// Every pointer that the evidence of an artifact carries, with what carries it.
fn pointers(artifact: &Artifact) -> Vec<(&'static str, &Pointer)> {
    let e = &artifact.evidence;
    let mut all: Vec<(&'static str, &Pointer)> = Vec::new();
    for suite in &e.suites {
        all.push(("suite", &suite.pointer));
        all.extend(suite.cases().iter().map(|case| ("case", &case.pointer)));
    }
    for scan in &e.scans {
        all.push(("scan", &scan.pointer));
        all.extend(scan.findings().iter().map(|finding| ("finding", &finding.pointer)));
    }
    for assessment in &e.assessments {
        all.push(("assessment", &assessment.pointer));
        all.extend(assessment.categories.iter().map(|category| ("category", &category.pointer)));
        all.extend(assessment.headers.iter().map(|header| ("header", &header.pointer)));
    }
    all.extend(e.statements.iter().map(|statement| ("statement", &statement.pointer)));
    for run in &e.loads {
        all.push(("load", &run.pointer));
        all.push(("overall", &run.overall.pointer));
        all.extend(run.endpoints.iter().map(|endpoint| ("endpoint", &endpoint.measurement.pointer)));
        all.extend(run.thresholds.iter().map(|threshold| ("threshold", &threshold.pointer)));
    }
    for plan in &e.plans {
        all.push(("plan", &plan.pointer));
        all.extend(plan.steps.iter().map(|step| ("step", &step.pointer)));
        all.extend(plan.migrations.iter().map(|migration| ("migration", &migration.pointer)));
        all.extend(plan.errors.iter().map(|error| ("error", &error.pointer)));
    }
    all.extend(e.services.iter().map(|service| ("service", &service.pointer)));
    all.extend(e.alerts.iter().map(|alert| ("alert", &alert.pointer)));
    all.extend(e.samples.iter().map(|sample| ("sample", &sample.pointer)));
    all
}

#[test]
fn every_pointer_of_every_fixture_resolves() {
    let mut problems = Vec::new();
    let mut resolved = 0;
    for format in entries(&root().join("tests/fixtures")) {
        for case in entries(&format).into_iter().filter(|path| path.is_dir()) {
            let Some(input) = entries(&case).into_iter().find(|path| name(path).starts_with("input")) else { continue };
            let artifact = read(&input);
            let bytes = fs::read(&input).expect("a fixture can be read");
            let mut text = Input::open(Box::new(&*bytes)).expect("a fixture can be opened");
            if text.normalise_encoding(&Diags::default()).is_err() {
                continue;
            }
            let mut unresolved: Vec<String> = Vec::new();
            for (what, pointer) in pointers(&artifact) {
                match resolve(text.head(), pointer) {
                    Some(_) => resolved += 1,
                    None => unresolved.push(format!("{what} at `{pointer}`")),
                }
            }
            if !unresolved.is_empty() {
                let first = unresolved.iter().take(3).map(String::as_str).collect::<Vec<_>>().join(", ");
                problems.push(format!("{}/{}: {} of them: {first}", name(&format), name(&case), unresolved.len()));
            }
        }
    }
    assert!(problems.is_empty(), "{} fixtures\n{}", problems.len(), problems.join("\n"));
    assert!(resolved > 1_000, "only {resolved} pointers were tried");
}
