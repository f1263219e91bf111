//! `signoff inspect`: what each file is recognised as and what it says.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use serde_json::{Value, json};

use super::progress::on_terminal;
use super::report::{manifest_for, require_paths};
use super::terminal;
use crate::ingest::{Options, ingest};
use crate::mapping::Mapping;
use crate::merge::merge;
use crate::merge::shards::together;
use crate::model::phrase::plural;
use crate::model::{Artifact, Measurement, Percentile, Subject, Unread};
use crate::report::facts::facts;
use crate::report::no_evidence;
use crate::safety::terminal::line;
use crate::safety::visible::one_line;

/// Parts that a mapping ignores, of one artifact, that are listed.
const MAX_PARTS: usize = 20;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Files, folders, archives, or `-` for standard input
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// The manifest whose `[[format]]`s are applied [default: signoff.toml in the current folder or in the first PATH]
    #[arg(long, value_name = "FILE")]
    manifest: Option<PathBuf>,
    /// Print one JSON array, an object per artifact
    #[arg(long, conflicts_with = "endpoints")]
    json: bool,
    /// Print one line per endpoint over all load results, separated by tabs: name, requests, failures, p50, p90, p95,
    /// p99, max in ms
    #[arg(long)]
    endpoints: bool,
}

pub(super) fn run(args: &Args, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    require_paths(&args.paths)?;
    let (loaded, ignore) = manifest_for(&args.paths, args.manifest.as_deref())?;
    let skip = no_evidence(&ignore);
    let options = Options {
        redactor: loaded.redactor.clone(),
        mappings: Mapping::all(&loaded),
        is_audit: !args.endpoints,
        progress: on_terminal(false),
        distributions: args.endpoints,
        ..Options::default()
    };
    let artifacts = ingest(&args.paths, &skip, &options);
    if args.json {
        let all: Vec<Value> = artifacts.iter().map(as_json).collect();
        writeln!(out, "{}", crate::safety::json::pretty(&all)?)?;
    } else if args.endpoints {
        endpoints(artifacts, out)?;
    } else {
        for artifact in &artifacts {
            as_text(artifact, out)?;
        }
        if artifacts.is_empty() {
            writeln!(terminal::stderr(), "nothing is there to be read")?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn as_json(artifact: &Artifact) -> Value {
    let diagnostics: Vec<Value> = artifact
        .evidence
        .diagnostics
        .iter()
        .map(|d| {
            json!({
                "code": d.code.id,
                "severity": d.level().word(),
                "message": d.message,
                "pointer": d.pointer.to_string(),
                "line": d.place.map(|p| p.line),
                "column": d.place.map(|p| p.column),
                "help": d.help.as_deref().unwrap_or(d.code.help),
            })
        })
        .collect();
    let mut all = json!({
        "path": artifact.given,
        "format": artifact.format,
        "kind": artifact.kinds.first().map(|k| k.word()),
        "tool": artifact.evidence.tool.as_ref().map(|t| json!({"name": t.name, "version": t.version})),
        "sha256": artifact.sha256,
        "bytes": artifact.bytes,
        "time": artifact.evidence.time.map(|t| t.to_string()),
        "facts": facts(artifact),
        "diagnostics": diagnostics,
    });
    if let Some(mapping) = &artifact.mapping {
        all["mapping"] = json!(mapping.id);
        all["ignored"] = artifact.unread.as_ref().map_or(Value::Null, |parts| {
            let part = |part: &Unread| json!({"pointer": part.shape, "values": part.values, "bytes": part.bytes});
            parts.iter().map(part).collect()
        });
    }
    all
}

fn as_text(artifact: &Artifact, out: &mut dyn Write) -> std::io::Result<()> {
    writeln!(out, "{}", line(&artifact.given))?;
    let by = artifact.mapping.as_ref().map(|mapping| format!(" by `{}` of the manifest", line(&mapping.id)));
    writeln!(out, "  format    {}{}", artifact.format.unwrap_or("not recognised"), by.unwrap_or_default())?;
    for (kind, values) in facts(artifact) {
        let shown: Vec<String> = values
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(_, value)| !value.is_null())
            .map(|(key, value)| format!("{key} {value}"))
            .collect();
        writeln!(out, "  {kind:10}{}", shown.join(", "))?;
    }
    ignored(artifact, out)?;
    for diagnostic in &artifact.evidence.diagnostics {
        let place = diagnostic.place.map(|p| format!(" at {p}")).unwrap_or_default();
        writeln!(out, "  {}[{}]{place}: {}", diagnostic.level().word(), diagnostic.code.id, line(&diagnostic.message))?;
    }
    Ok(())
}

/// What a `[[format]]` of the manifest leaves aside.
fn ignored(artifact: &Artifact, out: &mut dyn Write) -> std::io::Result<()> {
    let parts = match (&artifact.mapping, &artifact.unread) {
        (None, _) => return Ok(()),
        (Some(_), None) if artifact.origin.is_some() => {
            return writeln!(out, "  ignored   not known: it came in a bundle, which has the evidence alone");
        }
        (Some(_), None) => {
            return writeln!(out, "  ignored   not known: the filter fails, or there is too much to try");
        }
        (Some(_), Some(parts)) if parts.is_empty() => return writeln!(out, "  ignored   nothing"),
        (Some(_), Some(parts)) => parts,
    };
    for part in parts.iter().take(MAX_PARTS) {
        let percent = (100 * part.bytes + part.of / 2).checked_div(part.of).unwrap_or(0);
        let share = if percent == 0 { "less than 1".to_owned() } else { percent.to_string() };
        let shape = if part.shape.is_empty() { "all of it" } else { &part.shape };
        let values = plural(part.values, "value");
        writeln!(out, "  ignored   {}: {values}, {share} % of the file", line(shape))?;
    }
    match parts.len().checked_sub(MAX_PARTS) {
        None | Some(0) => Ok(()),
        Some(more) => writeln!(out, "  ignored   and {more} more"),
    }
}

/// Prints what all artifacts together say of each endpoint; of a run without endpoints, what it says of all requests.
fn endpoints(artifacts: Vec<Artifact>, out: &mut dyn Write) -> std::io::Result<()> {
    let given = artifacts.iter().filter(|artifact| !artifact.evidence.loads.is_empty()).count();
    let mut runs = merge(artifacts, &Subject::default()).loads;
    if given > 1 {
        runs = vec![together(runs)];
    }
    let mut is_exact = true;
    for run in runs.iter().map(|run| &run.value) {
        let name = run.name.as_deref().or(run.target.as_deref()).unwrap_or_default();
        let whole = [(name, &run.overall)];
        let each: Vec<(&str, &Measurement)> = run.endpoints.iter().map(|e| (e.name.as_str(), &e.measurement)).collect();
        let rows = if each.is_empty() && !run.overall.is_empty() { &whole[..] } else { &each[..] };
        for (name, measurement) in rows {
            is_exact &= measurement.inexact.is_none();
            row(name, measurement, out)?;
        }
    }
    if !is_exact {
        let words = "some percentiles are the upper ends of the intervals that they are known to lie in";
        writeln!(terminal::stderr(), "note: {words}; --json has what each artifact says")?;
    }
    Ok(())
}

fn row(name: &str, m: &Measurement, out: &mut dyn Write) -> std::io::Result<()> {
    let number = |value: Option<f64>| value.map(|v| v.to_string()).unwrap_or_default();
    let count = |value: Option<u64>| value.map(|v| v.to_string()).unwrap_or_default();
    let percentile = |p: Percentile| match m.intervals.get(&p) {
        Some(interval) => number(Some(interval.high.as_millis_f64())),
        None => number(m.percentiles.get(&p).map(|e| e.as_millis_f64())),
    };
    writeln!(
        out,
        "{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}",
        one_line(name),
        count(m.requests),
        count(m.failures),
        percentile(Percentile::P50),
        percentile(Percentile::P90),
        percentile(Percentile::P95),
        percentile(Percentile::P99),
        number(m.max.map(|e| e.as_millis_f64())),
    )
}
