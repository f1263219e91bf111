//! A format of one's own, read with nothing but the library: `cargo run --example add_a_format`.
//!
//! `pingbot_json.rs` beside it is the worked example of CONTRIBUTING.md.

mod pingbot_json;

use std::io::{self, Write};

use signoff::ingest::read_with;

const REPORT: &str = r#"{"pingbot": "1.4", "target": "https://staging.example.com",
  "pings": [{"path": "/", "state": "up", "ms": 12}, {"path": "/login", "state": "down", "error": "timed out"}]}"#;

fn main() -> io::Result<()> {
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
    Ok(())
}
