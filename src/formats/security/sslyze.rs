//! SSLyze: the JSON output about the TLS configuration of servers, versions 3 to 6.
//!
//! ```json
//! {"sslyze_version": "6.3.1", "server_scan_results": [
//!    {"server_location": {"hostname": "staging.example.com", "port": 443}, "scan_status": "COMPLETED",
//!     "scan_result": {"tls_1_0_cipher_suites": {"status": "COMPLETED", "result": {"is_tls_version_supported": true}},
//!                     "heartbleed": {"status": "COMPLETED", "result": {"is_vulnerable_to_heartbleed": false}}}}]}
//! ```
//!
//! SSLyze lists no findings, it describes the server; signoff derives findings from what it describes:
//!
//! | described | finding |
//! |---|---|
//! | SSL 2.0 or 3.0 is accepted | high |
//! | TLS 1.0 or 1.1 is accepted | medium |
//! | a cipher suite without authentication, without encryption, or with a key of less than 112 bits is accepted | high |
//! | RC4 is accepted (RFC 7465) | medium, as CVE-2013-2566 (CVSS 5.9) |
//! | Heartbleed, CCS injection, ROBOT | high |
//! | no trust store validates the certificate, or it is for another host | medium |
//! | the chain of the certificate has a signature with SHA-1 | medium, as CVE-2005-4900 (CVSS 5.9) |
//! | the chain ends at an anchor of Symantec that browsers distrust | medium, as no trust store |
//! | TLS compression, insecure renegotiation | medium |
//! | clients may renegotiate as often as they like | medium, as CVE-2011-1473 (CVSS 5.0) |
//!
//! Versions 3 and 4 do not write whether a trust store validates the certificate: one does that built a chain without
//! an error of OpenSSL. Version 3 calls it `accepts_client_renegotiation` that clients may renegotiate.
//! Other cipher suites, curves, OCSP, resumption and headers are left out.
//! A server that could not be reached and a command that failed make the scan incomplete.
//! A command that was not scheduled says nothing.
//! Keys by nabla-c0d3/sslyze, `sslyze/json/json_output.py` and the result classes of `sslyze/plugins`.

use super::records::{expect_object, keep};
use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{INCOMPLETE, NOTHING_RAN};
use crate::formats::Format;
use crate::model::{Evidence, Finding, Kind, Location, Pointer, Scan, ScanClass, Severity, Tool};
use crate::source::{Doc, Json, Node, Probe, Stop};

pub(super) static FORMAT: Format = Format {
    id: "sslyze",
    kinds: &[Kind::Security],
    tool: "SSLyze",
    title: "JSON output",
    produce: "sslyze --json_out=sslyze.json staging.example.com",
    detect,
    read,
};

fn detect(probe: &Probe<'_>) -> bool {
    probe.is_object_with(&["server_scan_results"])
        && ["sslyze_version", "sslyze_url", "date_scans_started", "server_connectivity_errors"]
            .iter()
            .any(|key| probe.is_object_with(&[key]))
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let diags = doc.diags().clone();
    let mut version = None;
    let mut time = None;
    let mut servers = 0;
    let scans = &mut evidence.scans;
    let mut json = doc.json();
    let result = report(&mut json, scans, &mut version, &mut time, &mut servers);
    let tool = Tool::new("SSLyze", version);
    for scan in scans.iter_mut() {
        scan.tool = Some(tool.clone());
    }
    let nothing = servers == 0;
    evidence.tool = Some(tool);
    evidence.time = time;
    result?;
    json.end()?;
    if nothing {
        diags.push(Diagnostic::new(&NOTHING_RAN, "no server was scanned").at(Pointer::path("/server_scan_results")));
    }
    Ok(())
}

fn report(
    json: &mut Json<'_>,
    scans: &mut Vec<Scan>,
    version: &mut Option<String>,
    time: &mut Option<jiff::Timestamp>,
    servers: &mut u64,
) -> Result<(), Stop> {
    json.object(|json, key| match key {
        "sslyze_version" => {
            *version = json.record()?.text();
            Ok(())
        }
        "date_scans_completed" => {
            // Versions before 6 write it without its zone.
            *time = json.record()?.time();
            Ok(())
        }
        "server_scan_results" => json.array(|json, _| {
            let tree = json.tree()?;
            *servers += 1;
            let (scan, ran) = server(tree.root());
            keep(scan, ran, scans);
            Ok(())
        }),
        "invalid_server_strings" | "server_connectivity_errors" => json.array(|json, _| {
            *servers += 1;
            let tree = json.tree()?;
            let name = tree.root().get("server_string").text().unwrap_or_default();
            let error = tree.root().get("error_message").text().unwrap_or_default();
            tree.root().report(&INCOMPLETE, format!("`{name}` was not scanned: {error}"));
            Ok(())
        }),
        _ => json.skip(),
    })
}

/// The scan of one server, and whether any command was run on it.
fn server(node: Node<'_>) -> (Scan, bool) {
    let mut scan = Scan::new(ScanClass::TlsHeaders, node.pointer());
    let location = node.get("server_location");
    let location = if location.is_some() { location } else { node.get("server_info").get("server_location") };
    let host = location.get("hostname").text().unwrap_or_default();
    let target = format!("{host}:{}", location.get("port").text().unwrap_or_default());
    scan.targets.push(target.clone());
    let status = node.get("scan_status");
    match status.text().as_deref() {
        None | Some("COMPLETED") => {}
        Some("ERROR_NO_CONNECTIVITY") => {
            status.report(&INCOMPLETE, format!("`{target}` could not be reached and was not scanned"));
            return (scan, false);
        }
        Some(other) => status.report(&INCOMPLETE, format!("the scan of `{target}` is in state `{other}`")),
    }
    let newer = node.get("scan_result");
    let results = if newer.is_some() { newer } else { node.get("scan_commands_results") };
    let mut described = 0;
    for (command, attempt) in results.members() {
        if newer.is_some() {
            expect_object(results.require(&command));
        } else {
            expect_object(attempt);
        }
        let wrapped = newer.is_some() && attempt.is_object();
        let state = if wrapped { attempt.require("status") } else { attempt.get("status") };
        let result = if wrapped { attempt.get("result") } else { attempt };
        if state.text().as_deref() == Some("COMPLETED") {
            expect_object(attempt.require("result"));
        }
        match state.text().as_deref() {
            None | Some("COMPLETED" | "NOT_SCHEDULED") => {}
            Some(other) => {
                let reason = attempt.get("error_reason").text().map(|reason| format!(" ({reason})"));
                let message = format!("`{command}` of `{target}` ended as {other}{}", reason.unwrap_or_default());
                state.report(&INCOMPLETE, message);
            }
        }
        if result.is_object() {
            described += 1;
            derive(&command, result, &target, &mut scan);
        }
    }
    for (command, error) in node.get("scan_commands_errors").entries() {
        error.report(&INCOMPLETE, format!("`{command}` of `{target}` failed"));
    }
    if described == 0 {
        results.report(&NOTHING_RAN, format!("no command was run on `{target}`"));
    }
    (scan, described > 0)
}

/// A kind of cipher suite that protects too little.
struct WeakSuite {
    rule: &'static str,
    severity: Severity,
    cwe: u32,
    text: &'static str,
    known: &'static [&'static str],
    is_meant: fn(Node<'_>) -> bool,
}

/// By the names of IANA, and by `is_anonymous` and `key_size` beside them.
const WEAK_SUITES: &[WeakSuite] = &[
    WeakSuite {
        rule: "cipher_suites_anonymous",
        severity: Severity::High,
        cwe: 295,
        text: "accepts cipher suites without authentication",
        known: &[],
        is_meant: |suite| suite.get("is_anonymous").bool() == Some(true),
    },
    WeakSuite {
        rule: "cipher_suites_null",
        severity: Severity::High,
        cwe: 319,
        text: "accepts cipher suites without encryption",
        known: &[],
        is_meant: |suite| is_called(suite, "_WITH_NULL_"),
    },
    WeakSuite {
        rule: "cipher_suites_short_key",
        severity: Severity::High,
        cwe: 326,
        text: "accepts cipher suites with keys of less than 112 bits",
        known: &[],
        is_meant: |suite| suite.get("key_size").u64().is_some_and(|bits| 0 < bits && bits < 112),
    },
    WeakSuite {
        rule: "cipher_suites_rc4",
        severity: Severity::Medium,
        cwe: 327,
        text: "accepts RC4",
        known: &["CVE-2013-2566"],
        is_meant: |suite| is_called(suite, "_RC4_"),
    },
];

fn is_called(suite: Node<'_>, part: &str) -> bool {
    suite.get("name").str().is_some_and(|name| name.contains(part))
}

/// The findings in what one command describes.
fn derive(command: &str, result: Node<'_>, target: &str, scan: &mut Scan) {
    let mut push = |rule: &str, severity: Severity, cwe: u32, text: &str, known: &[&str], at: Pointer| {
        let mut finding = Finding::new(rule, format!("{target} {text}"), severity, at);
        finding.cwes.push(cwe);
        finding.references = known.iter().map(|id| (*id).to_owned()).collect();
        finding.locations.push(Location { place: target.to_owned(), line: None, detail: None });
        scan.push(finding);
    };
    let holds = |key: &str| result.require(key).bool();
    let old = match command {
        "ssl_2_0_cipher_suites" => Some(("accepts SSL 2.0", Severity::High)),
        "ssl_3_0_cipher_suites" => Some(("accepts SSL 3.0", Severity::High)),
        "tls_1_0_cipher_suites" => Some(("accepts TLS 1.0", Severity::Medium)),
        "tls_1_1_cipher_suites" => Some(("accepts TLS 1.1", Severity::Medium)),
        _ => None,
    };
    if command.ends_with("_cipher_suites") {
        for weak in WEAK_SUITES {
            let mut accepted = result.get("accepted_cipher_suites").items();
            if let Some(suite) = accepted.find(|accepted| (weak.is_meant)(accepted.get("cipher_suite"))) {
                push(weak.rule, weak.severity, weak.cwe, weak.text, weak.known, suite.pointer());
            }
        }
    }
    if let Some((text, severity)) = old {
        // Versions before 5 only list the suites.
        let suites = result.get("accepted_cipher_suites");
        let says = result.get("is_tls_version_supported");
        let supported = if says.exists() || !suites.is_array() { holds("is_tls_version_supported") } else { None };
        if !suites.is_empty() || supported == Some(true) {
            push(command, severity, 327, text, &[], result.pointer());
        }
    }
    match command {
        "heartbleed" if holds("is_vulnerable_to_heartbleed") == Some(true) => {
            push(command, Severity::High, 119, "is vulnerable to Heartbleed", &["CVE-2014-0160"], result.pointer());
        }
        "openssl_ccs_injection" if holds("is_vulnerable_to_ccs_injection") == Some(true) => {
            push(command, Severity::High, 326, "is vulnerable to CCS injection", &["CVE-2014-0224"], result.pointer());
        }
        "robot" => {
            let word = result.get("robot_result").text().unwrap_or_default();
            if word.starts_with("VULNERABLE") {
                push(command, Severity::High, 203, "is vulnerable to ROBOT", &[], result.pointer());
            } else if !word.starts_with("NOT_VULNERABLE") {
                result.report(&INCOMPLETE, format!("`robot` of `{target}` ended as {word}"));
            }
        }
        "tls_compression" if holds("supports_compression") == Some(true) => {
            push(command, Severity::Medium, 327, "supports TLS compression", &["CVE-2012-4929"], result.pointer());
        }
        "session_renegotiation" => {
            if holds("supports_secure_renegotiation") == Some(false) {
                let known = &["CVE-2009-3555"];
                push(command, Severity::Medium, 295, "has no secure renegotiation", known, result.pointer());
            }
            let keys = ["is_vulnerable_to_client_renegotiation_dos", "accepts_client_renegotiation"];
            if keys.iter().any(|key| result.get(key).bool() == Some(true)) {
                let text = "lets clients renegotiate until it is overloaded";
                push("client_renegotiation_dos", Severity::Medium, 400, text, &["CVE-2011-1473"], result.pointer());
            }
        }
        "certificate_info" => certificates(result, target, &mut push),
        _ => {}
    }
}

/// Takes a finding: rule, severity, CWE, what the target does, the names that it is known by, and where it stands.
type Push<'p> = dyn FnMut(&str, Severity, u32, &str, &[&str], Pointer) + 'p;

/// What is told of the certificates.
fn certificates(result: Node<'_>, target: &str, push: &mut Push<'_>) {
    let deployments = result.require("certificate_deployments");
    if deployments.is_array() && deployments.is_empty() {
        deployments.report(&INCOMPLETE, format!("no certificate of `{target}` was looked at"));
    }
    for deployment in deployments.items() {
        expect_object(deployment);
        let paths = deployment.get("path_validation_results");
        let trusted = paths.items().any(validates);
        let verified = paths.is_empty() && deployment.get("verified_certificate_chain").is_array();
        if !trusted && !verified {
            let text = "has a certificate that no trust store validates";
            push("certificate_untrusted", Severity::Medium, 295, text, &[], deployment.pointer());
        }
        if deployment.get("leaf_certificate_subject_matches_hostname").bool() == Some(false) {
            let text = "has a certificate for another host";
            push("certificate_hostname", Severity::Medium, 297, text, &[], deployment.pointer());
        }
        if deployment.get("verified_chain_has_sha1_signature").bool() == Some(true) {
            let (text, known) = ("has a certificate signed with SHA-1 in its chain", &["CVE-2005-4900"]);
            push("certificate_sha1", Severity::Medium, 328, text, known, deployment.pointer());
        }
        if deployment.get("verified_chain_has_legacy_symantec_anchor").bool() == Some(true) {
            let text = "has a certificate of a Symantec authority that browsers distrust";
            push("certificate_symantec", Severity::Medium, 295, text, &[], deployment.pointer());
        }
    }
}

/// Whether a trust store validates the certificate. Versions 3 and 4 leave the answer out, which SSLyze itself takes
/// from the two other keys (`sslyze/plugins/certificate_info`, `PathValidationResult`).
fn validates(path: Node<'_>) -> bool {
    let says = path.get("was_validation_successful");
    if says.exists() {
        return says.bool() == Some(true);
    }
    let chain = path.get("verified_certificate_chain");
    chain.is_array() && !chain.is_empty() && path.get("openssl_error_string").is_null()
}
