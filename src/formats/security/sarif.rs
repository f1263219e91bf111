//! SARIF 2.1.0, the format that most source code scanners and many others can write.
//!
//! ```json
//! {"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "CodeQL", "rules": [{"id": "py/sql-injection",
//!     "defaultConfiguration": {"level": "error"}, "properties": {"security-severity": "8.8"}}]}},
//!   "results": [{"ruleId": "py/sql-injection", "message": {"text": "This query depends on user input."}}]}]}
//! ```
//!
//! Each run is a scan; the name of its tool decides what kind of scan it is. Trivy makes several in one run: its rules named
//! `Misconfiguration` and `Secret` are a configuration scan and a secret scan, and those named `License` are of no kind.
//! Trivy and ZAP (also as `ZAProxy`, which converters call it) list the rules of what they found only, so where they found
//! nothing, nothing tells what they looked for and whether they reached it: the kind of that scan is unknown.
//! So it is where Kubescape lists no rule, which leaves out what belongs to no file, and so all that it finds in a cluster:
//! the cluster is taken for not looked at.
//!
//! **Severity.** Where a result, or else its rule, has the property `security-severity`, that counts: as a CVSS score
//! (9.0 and above critical, 7.0 high, 4.0 medium, above 0 low), or as a word, which Semgrep writes.
//! Otherwise the level: `error` is high, `warning` medium, `note` low, `none` info.
//! The level is that of the result, else `none` for results of another kind than `fail`, else the override of the
//! invocation that the result names, else the rule's default, else `warning` (section 3.27.10 of the specification).
//! Levels alone mislead: Grype writes `warning` for nearly everything.
//! The score of Trivy and Grype is that of CVSS, their own word for the severity that of whoever distributes the package:
//! the worse of the two counts. The word stands in the message of the result (`Severity: CRITICAL`, `A critical vulnerability
//! in rpm package`), else in the help or the description of the rule; of Trivy the level `error` or `warning` counts as one.
//! The score 0.0 of Trivy, Grype and Kubescape means that they know none: unknown.
//! Snyk has its word at the end of the message (`with a high severity vulnerability.`) or at the beginning of the rule's
//! description (`High severity - `): the worse of word and score counts, and the word alone where there is no score, which
//! Snyk writes as `undefined` or `null`, for the levels of Snyk IaC do not tell medium from low.
//! OSV-Scanner has `warning` for everything, so without a score the severity is unknown.
//! So is what Docker Scout calls `UNSPECIFIED`, as the tag or the `cvssV3_severity` of a rule, unless its score is high.
//! Kubescape, where it writes no score, has `error` for critical and `warning` for both high and medium, which is taken for
//! high.
//! zizmor and DevSkim have a word of their own, `zizmor/severity` and `DevSkimSeverity`, which counts before the level.
//! dependency-check 12 writes the property twice into one rule, with the scores of two versions of CVSS: the higher counts.
//! Nuclei scores its `info` 1 and its `unknown` 9.5, so there the level `none` is looked at first.
//!
//! **What counts.** Results of the kinds `fail`, `open` and `review` are findings; `pass`, `notApplicable` and
//! `informational` are none.
//! A result whose `baselineState` is `absent` is gone and does not count.
//! A result with suppressions is suppressed unless one of them is under review or rejected (`status`, in drafts of the
//! specification `state`).
//! A result with several locations is one finding.
//!
//! **What is no evidence.** No runs, and a run whose `results` are absent or null: nothing ran.
//! `executionSuccessful: false`, or a `processStartFailureMessage`, which says that the process of the tool was never
//! started, or a signal (`exitSignalName`, `exitSignalNumber`) that ended it: the tool failed.
//! Snyk counts the dependencies that it knew (`artifactsScanned`): none means that nothing was tested.
//! SpotBugs calls it no success where it finds bugs (exit code 1), and before 4.8.4 names exit codes as signals.
//! Notifications of the level `error`: parts were not looked at; those of the level `warning` are told for Semgrep.
//! Their level is their own, else the override of the invocation, else the default of their descriptor, else `warning`
//! (section 3.58.6).
//! Bandit counts in its properties, as in its own report, the findings that `--severity-level` and its like leave out.
//! CodeQL tells with the property `incrementalMode` that it was `diff-informed`, and looked at nothing but what a pull
//! request changes (`src/analyze.ts` of github/codeql-action); Snyk Code tells in `coverage` of files that it failed to
//! parse (`sarif/sarif_types.go` of snyk/code-client-go): parts were not looked at, or nothing where it parsed none.
//! Results and rules that stand in other files (`externalPropertyFileReferences`) are not read, and that is said.
//!
//! A linter (ESLint, RuboCop, Clippy, PMD, Hadolint, ShellCheck, the compiler of C# and others) looks for no weaknesses: its
//! findings count, but it is no scan that a demand for security evidence asks for. It is one where a rule that it lists, or
//! a finding, is about security: by a CWE number, a score, an OWASP category, or by its id, tags or category
//! (`security/detect-eval-with-expression`, `Security/Eval`, `gosec`).
//!
//! CWE numbers come from the tags of rule and result, from `properties.cwe`, and from references to the taxonomy CWE, by
//! its name, its index or its guid;
//! OWASP categories from the tags.
//! Code snippets, flows, fixes and web requests are left out; of secret scanners, and of Bandit's
//! checks for passwords, the message too, which may quote the secret.
//! Versions before 2.1.0 are not read.

mod folded;
mod result;
mod rules;
mod run;
mod tools;
mod words;

use run::Run;

use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{INCOMPLETE, MISSING_FIELD, NOTHING_RAN, UNSUPPORTED_VERSION};
use crate::formats::Format;
use crate::model::{Evidence, Kind, Pointer, Subject};
use crate::source::json::shorten;
use crate::source::{Doc, Json, Node, Probe, Stop};

pub(super) static FORMAT: Format = Format {
    id: "sarif",
    kinds: &[Kind::Security],
    tool: "SARIF",
    title: "Static analysis results (SARIF 2.1.0) of any tool",
    produce: "semgrep scan --config auto --sarif --output semgrep.sarif",
    detect,
    read,
};

fn detect(probe: &Probe<'_>) -> bool {
    probe.document().is_some_and(|root| {
        let runs = root.get("runs");
        let schema = root.get("$schema");
        let names_itself = schema.is_string() && schema.str().is_some_and(|s| s.to_ascii_lowercase().contains("sarif"));
        let version = root.get("version");
        let has_version = version.is_string()
            && version
                .str()
                .is_some_and(|v| ["1.0.0", "2.0.0", "2.1.0", "2.2"].iter().any(|known| v.starts_with(known)));
        (runs.is_array() || runs.is_null()) && (names_itself || has_version || is_run(runs.at(0)))
    })
}

/// Whether it is a run; where the document is cut off, its version may stand behind the cut.
fn is_run(run: Node<'_>) -> bool {
    let result = run.get("results").at(0);
    run.path(&["tool", "driver"]).is_object()
        || result.get("message").is_object() && (result.get("ruleId").exists() || result.get("locations").is_array())
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let mut json = doc.json();
    json.allow_doubled(&[rules::SECURITY_SEVERITY]);
    let mut has_version = false;
    let mut n_runs = 0;
    let outcome = json.object(|json, key| match key {
        "version" => {
            has_version = true;
            version(json.record()?)
        }
        "runs" => json.array(|json, _| {
            n_runs += 1;
            run(json, evidence, doc)
        }),
        "inlineExternalProperties" => {
            let tree = json.tree()?;
            if tree.root().items().any(|part| !part.get("results").is_empty()) {
                tree.root().report(&INCOMPLETE, "results in `inlineExternalProperties` are not read");
            }
            Ok(())
        }
        _ => json.skip(),
    });
    let outcome = outcome.and_then(|()| json.end());
    if matches!(&outcome, Err(stop) if stop.0.code == &UNSUPPORTED_VERSION) {
        evidence.scans.clear();
    }
    let first = evidence.scans.first().and_then(|scan| scan.tool.clone());
    evidence.tool = first.filter(|tool| evidence.scans.iter().all(|scan| scan.tool.as_ref() == Some(tool)));
    outcome?;
    if !has_version {
        doc.report(Diagnostic::new(&MISSING_FIELD, "`version` is missing"));
    }
    if n_runs == 0 {
        doc.report(Diagnostic::new(&NOTHING_RAN, "no tool has run").at(Pointer::path("/runs")));
    }
    Ok(())
}

fn version(node: Node<'_>) -> Result<(), Stop> {
    match node.text() {
        Some(version) if version == "2.1.0" => Ok(()),
        version => {
            let shown = shorten(version.as_deref().unwrap_or_default()).clone();
            Err(node.diagnostic(&UNSUPPORTED_VERSION, format!("SARIF `{shown}` is not read, only 2.1.0")).into())
        }
    }
}

fn run(json: &mut Json<'_>, evidence: &mut Evidence, doc: &Doc<'_>) -> Result<(), Stop> {
    let mut run = Run::new(Pointer::path(json.pointer()));
    let outcome = json.object(|json, key| run.member(json, key));
    let run = run.finish(outcome.is_ok(), doc.diags());
    evidence.add_time_of_part(run.time);
    let commit = match run.commits.as_slice() {
        [commit, rest @ ..] if rest.iter().all(|other| other == commit) => Some(commit.clone()),
        _ => None,
    };
    evidence.add_subject_of_part(Subject { commit, ..Subject::default() }, evidence.scans.is_empty());
    evidence.scans.extend(run.scans());
    outcome
}

/// What is read of a text.
#[cfg(test)]
fn evidence_of(text: &str) -> Evidence {
    let diags = crate::source::Diags::default();
    let mut evidence = Evidence::default();
    let mut input = crate::source::Input::open(Box::new(text.as_bytes())).expect("memory can be read");
    let result = read(&mut input.doc(true, diags.clone()), &mut evidence);
    evidence.diagnostics = diags.take();
    evidence.diagnostics.extend(result.err().map(|stop| *stop.0));
    evidence
}
