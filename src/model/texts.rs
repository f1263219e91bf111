//! Every text of an artifact, in one place: what hides secrets goes through here.
//!
//! The structures are taken apart field by field, so a new field does not compile until it has its line here.

use super::assessment::{Assessment, Attestation, Header};
use super::evidence::{Evidence, Subject, Tool};
use super::finding::{Finding, Location, Package, Scan, Statement, Suppression};
use super::load::{LoadRun, Measurement, Threshold};
use super::platform::{Alert, Sample, Service};
use super::pointer::Pointer;
use super::rollback::{Claim, Command, Migration, Plan, Revision, Step};
use super::test::{Issue, Suite, TestCase, TestExtra};
use crate::diagnostics::Diagnostic;

/// Is shown every text that came from an artifact, and may change it.
///
/// See the [example](mod@crate::model#example).
pub trait Texts {
    /// A text of its own.
    fn text(&mut self, text: &mut String);
    /// A text that a label stands before: together they may say what neither says alone.
    fn pair(&mut self, label: &mut String, value: &mut String);
    /// A place, which names keys of the artifact.
    fn place(&mut self, pointer: &mut Pointer);
}

impl Evidence {
    /// Shows every text of this evidence.
    pub fn visit(&mut self, texts: &mut dyn Texts) {
        let Evidence {
            tool,
            time: _,
            oldest: _,
            undated: _,
            shard: _,
            subject,
            further_subjects,
            packed,
            suites,
            scans,
            assessments,
            statements,
            loads,
            plans,
            services,
            alerts,
            samples,
            diagnostics,
            parts,
        } = self;
        each(tool, texts, of_tool);
        for subject in std::iter::once(subject).chain(further_subjects) {
            let Subject { name, version, commit, environment, target } = subject;
            options([name, version, commit, environment, target], texts);
        }
        each(packed, texts, |packed, texts| texts.text(&mut packed.name));
        each(suites, texts, of_suite);
        each(scans, texts, of_scan);
        each(assessments, texts, of_assessment);
        each(statements, texts, of_statement);
        each(loads, texts, of_load);
        each(plans, texts, of_plan);
        each(services, texts, of_service);
        each(alerts, texts, of_alert);
        each(samples, texts, of_sample);
        each(diagnostics, texts, of_diagnostic);
        for artifact in parts.iter_mut().flat_map(|part| &mut part.artifacts) {
            artifact.evidence.visit(texts);
        }
    }
}

impl Suite {
    /// Shows every text of this suite.
    pub(crate) fn visit(&mut self, texts: &mut dyn Texts) {
        of_suite(self, texts);
    }
}

fn each<'t, T: 't>(
    all: impl IntoIterator<Item = &'t mut T>,
    texts: &mut dyn Texts,
    one: impl Fn(&mut T, &mut dyn Texts),
) {
    for value in all {
        one(value, texts);
    }
}

fn options<const N: usize>(all: [&mut Option<String>; N], texts: &mut dyn Texts) {
    all.into_iter().flatten().for_each(|text| texts.text(text));
}

fn pairs(all: &mut [(String, String)], texts: &mut dyn Texts) {
    for (label, value) in all {
        texts.pair(label, value);
    }
}

fn of_tool(tool: &mut Tool, texts: &mut dyn Texts) {
    let Tool { name, version } = tool;
    texts.text(name);
    options([version], texts);
}

fn of_suite(suite: &mut Suite, texts: &mut dyn Texts) {
    let parts = suite.texts();
    texts.text(parts.name);
    options([parts.category, parts.target, parts.command], texts);
    texts.place(parts.pointer);
    each(parts.cases, texts, of_case);
}

fn of_case(case: &mut TestCase, texts: &mut dyn Texts) {
    let TestCase { name, class, outcome: _, flaky: _, elapsed: _, message, extra, pointer } = case;
    texts.text(name);
    options([class, message], texts);
    texts.place(pointer);
    let Some(extra) = extra else { return };
    let TestExtra {
        detail,
        category,
        endpoint,
        response,
        expected,
        observed,
        facts,
        attempts: _,
        // No text that anybody is shown.
        history: _,
        finished: _,
        file,
        line: _,
        issue,
    } = &mut **extra;
    options([detail, category, endpoint, response, expected, observed, file], texts);
    pairs(facts, texts);
    let Some(Issue { title, severity, impact, root_cause, recommendation, workaround }) = issue else { return };
    texts.text(title);
    options([severity, impact, root_cause, recommendation, workaround], texts);
}

fn of_scan(scan: &mut Scan, texts: &mut dyn Texts) {
    each(&mut scan.tool, texts, of_tool);
    each(&mut scan.targets, texts, |text, texts| texts.text(text));
    texts.place(&mut scan.pointer);
    each(scan.findings_mut(), texts, of_finding);
    scan.rename_rules(|rule| texts.text(rule));
}

fn of_finding(finding: &mut Finding, texts: &mut dyn Texts) {
    let Finding {
        rule,
        title,
        severity: _,
        native_severity,
        confidence,
        cwes: _,
        owasp,
        locations,
        occurrences: _,
        package,
        description,
        solution,
        references,
        suppression,
        fingerprint,
        pointer,
    } = finding;
    texts.text(rule);
    texts.text(title);
    options([native_severity, confidence, description, solution, fingerprint], texts);
    owasp.iter_mut().chain(references).for_each(|text| texts.text(text));
    for Location { place, line: _, detail } in locations {
        texts.text(place);
        options([detail], texts);
    }
    if let Some(Package { name, version, fixed, purl }) = package {
        texts.text(name);
        options([version, fixed, purl], texts);
    }
    if let Some(Suppression { by, reason }) = suppression {
        texts.text(by);
        options([reason], texts);
    }
    texts.place(pointer);
}

fn of_assessment(assessment: &mut Assessment, texts: &mut dyn Texts) {
    let Assessment { author, document, target, categories, headers, recommendations, pointer } = assessment;
    options([author, document, target], texts);
    for Attestation { code, name, status: _, note, pointer } in categories {
        texts.text(code);
        options([name, note], texts);
        texts.place(pointer);
    }
    for Header { name, present: _, value, pointer } in headers {
        match value {
            Some(value) => texts.pair(name, value),
            None => texts.text(name),
        }
        texts.place(pointer);
    }
    recommendations.iter_mut().for_each(|text| texts.text(text));
    texts.place(pointer);
}

fn of_statement(statement: &mut Statement, texts: &mut dyn Texts) {
    let Statement { vulnerabilities, products, suppresses: _, status, reason, author, time: _, pointer } = statement;
    vulnerabilities.iter_mut().chain(products).for_each(|text| texts.text(text));
    texts.text(status);
    options([reason, author], texts);
    texts.place(pointer);
}

fn of_load(run: &mut LoadRun, texts: &mut dyn Texts) {
    let LoadRun {
        name,
        target,
        overall,
        endpoints,
        beside,
        alone,
        thresholds,
        spread: _,
        timeline: _,
        users: _,
        elapsed: _,
        span: _,
        pointer,
        parts: _,
    } = run;
    options([name, target], texts);
    of_measurement(overall, texts);
    alone.iter_mut().for_each(|alone| of_measurement(alone, texts));
    beside.iter_mut().for_each(|name| texts.text(name));
    for endpoint in endpoints {
        texts.text(&mut endpoint.name);
        of_measurement(&mut endpoint.measurement, texts);
    }
    for Threshold { metric, expression, holds: _, pointer, part: _ } in thresholds {
        texts.text(metric);
        texts.text(expression);
        texts.place(pointer);
    }
    texts.place(pointer);
}

/// Numbers all but the place.
fn of_measurement(measurement: &mut Measurement, texts: &mut dyn Texts) {
    texts.place(&mut measurement.pointer);
}

fn of_plan(plan: &mut Plan, texts: &mut dyn Texts) {
    let Plan {
        name,
        method,
        dry_run: _,
        current,
        target,
        files,
        of_resources: _,
        steps,
        commands,
        estimated: _,
        estimate_note,
        allowed: _,
        migrations,
        considerations,
        stated_success: _,
        errors,
        pointer,
    } = plan;
    options([name, method, estimate_note], texts);
    for Revision { id, subject } in current.iter_mut().chain(target) {
        texts.text(id);
        options([subject], texts);
    }
    files.iter_mut().chain(considerations).for_each(|text| texts.text(text));
    for Step { action: _, title, command, output, outcome: _, irreversible, elapsed: _, pointer } in steps {
        texts.text(title);
        options([command, output, irreversible], texts);
        texts.place(pointer);
    }
    for Command { note, line } in commands {
        options([note], texts);
        texts.text(line);
    }
    for Migration { id, reversible: _, note, pointer } in migrations {
        texts.text(id);
        options([note], texts);
        texts.place(pointer);
    }
    for Claim { text, pointer } in errors {
        texts.text(text);
        texts.place(pointer);
    }
    texts.place(pointer);
}

fn of_service(service: &mut Service, texts: &mut dyn Texts) {
    let Service {
        name,
        role: _,
        health: _,
        status,
        ports,
        image,
        check,
        response_time: _,
        restarts: _,
        reason,
        facts,
        pointer,
    } = service;
    texts.text(name);
    texts.text(status);
    options([ports, image, check, reason], texts);
    pairs(facts, texts);
    texts.place(pointer);
}

fn of_alert(alert: &mut Alert, texts: &mut dyn Texts) {
    let Alert { name, state: _, severity, summary, labels, pointer } = alert;
    texts.text(name);
    options([severity, summary], texts);
    pairs(labels, texts);
    texts.place(pointer);
}

fn of_sample(sample: &mut Sample, texts: &mut dyn Texts) {
    let Sample { series, value, pointer } = sample;
    texts.pair(series, value);
    texts.place(pointer);
}

fn of_diagnostic(diagnostic: &mut Diagnostic, texts: &mut dyn Texts) {
    let Diagnostic { code: _, message, help, pointer, place: _, other } = diagnostic;
    texts.text(message);
    options([help], texts);
    texts.place(pointer);
    each(other, texts, |pointer, texts| texts.place(pointer));
}
