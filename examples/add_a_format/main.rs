//! A format and a rule of one's own, with nothing but the library: `cargo run --example add_a_format`.
//!
//! `pingbot_json.rs` beside it is the worked example of CONTRIBUTING.md.

mod pingbot_json;

use std::io::{self, Write};

use signoff::ingest::read_with;
use signoff::manifest;
use signoff::model::Kind;
use signoff::pipeline::{Request, judged};

const REPORT: &str = r#"{"pingbot": "1.4", "target": "https://staging.example.com",
  "pings": [{"path": "/", "state": "up", "ms": 12}, {"path": "/login", "state": "down", "error": "timed out"}]}"#;

/// A rule over the report: what jq can ask of `report.json`.
const POLICY: &str = r#"
[[gate.custom]]
id = "login-answers"
title = "The login page answers"
expression = '[.tests.suites[].cases[] | select(.name == "/login")] | all(.outcome == "passed")'
message = "nobody can log in"
"#;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let artifact = read_with(&pingbot_json::FORMAT, "pingbot.json", REPORT.as_bytes());
    let mut out = io::stdout().lock();
    writeln!(out, "{} is {}", artifact.name, artifact.format.unwrap_or("not recognised"))?;
    for suite in &artifact.evidence.suites {
        for case in suite.cases() {
            writeln!(out, "  {} {} ({})", case.outcome, case.name, case.pointer)?;
        }
    }
    for diagnostic in &artifact.evidence.diagnostics {
        writeln!(out, "  {}: {}", diagnostic.code.id, diagnostic.message)?;
    }

    let loaded = manifest::parse("signoff.toml", POLICY)?;
    let request = Request { loaded, require: Some(vec![Kind::Smoke]), ..Request::default() };
    let validation = judged(vec![artifact], &request);
    writeln!(out, "\n{}", validation.judged.verdict)?;
    for check in &validation.judged.checks {
        writeln!(out, "  {} {}", check.verdict(), check.id)?;
        for reason in &check.reasons {
            writeln!(out, "    {}", reason.text)?;
        }
    }
    Ok(())
}
