//! A bundle: what one machine's artifacts say, as `signoff collect` writes it.
//!
//! ```json
//! {"schema":"signoff.bundle/1","generator":{"name":"signoff","version":"0.1.0"},"parts":[
//! {"shard":{"number":1,"of":2},"artifacts":[
//! {"path":"k6.json","sha256":"…","bytes":1048576,"format":"k6-raw-ndjson","redactions":{},"evidence":{}}]}]}
//! ```
//!
//! Each artifact in it becomes an artifact of the report, under its own digest and with its own format;
//! `signoff schema bundle` prints all keys. The chapter on shards and bundles tells how they are used.
//!
//! A bundle is as hostile as any other file.
//! Counts and percentiles are formed anew from the cases, findings and values that it carries.
//! A version of the schema that is not known, a key that is not known, and an artifact that cannot be read are errors;
//! so is a part without artifacts, an artifact without digest, and one that was not recognised where it was collected.
//! Of an artifact that is given beside the bundle the file itself counts, and where the two say different things that is an error.

use std::cmp::Reverse;

use serde::Deserialize;

use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{LIMIT, MISSING_FIELD, NOTHING_RAN, UNREADABLE_PART, UNSUPPORTED_VERSION, WRONG_TYPE};
use crate::formats::Format;
use crate::formats::bundle::{ANY_SCHEMA, Entry, MAX_ARTIFACTS, SCHEMA};
use crate::model::distribution::MAX_EXACT;
use crate::model::order::sort_by_key;
use crate::model::{Distribution, Evidence, Kind, LoadRun, Part, Pointer};
use crate::source::json::shorten;
use crate::source::{Diags, Doc, Json, Probe, Refused, Stop};

pub(super) static FORMAT: Format = Format {
    id: "signoff-bundle",
    kinds: &Kind::ALL,
    tool: "signoff",
    title: "Bundle of what other artifacts say (signoff.bundle/1)",
    produce: "signoff collect artifacts/ --shard 3/8 --out shard-3.signoff",
    detect: |probe: &Probe<'_>| {
        probe.document().is_some_and(|root| root.get("schema").str().is_some_and(|name| name.starts_with(ANY_SCHEMA)))
    },
    read,
};

/// What was read so far.
struct Reading {
    artifacts: usize,
    /// Distinct latencies that are kept.
    kept: usize,
    /// How many may be kept before they are made fewer.
    budget: usize,
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let diags = doc.diags().clone();
    let mut json = doc.json();
    let mut reading = Reading { artifacts: 0, kept: 0, budget: MAX_EXACT };
    let mut has_parts = false;
    json.object(|json, key| match key {
        "schema" => {
            let tree = json.tree()?;
            let name = tree.root().str().unwrap_or_default();
            if name == SCHEMA {
                return Ok(());
            }
            let message = format!("`{}` is not the version that is known, `{SCHEMA}`", shorten(&name));
            Err(Stop(Box::new(tree.root().diagnostic(&UNSUPPORTED_VERSION, message))))
        }
        "generator" => json.skip(),
        "parts" => {
            has_parts = true;
            json.array(|json, index| {
                if index == MAX_ARTIFACTS {
                    return Err(Stop::new(&LIMIT, format!("more than {MAX_ARTIFACTS} parts")));
                }
                part(json, evidence, &mut reading, &diags)
            })
        }
        _ => {
            json.record()?.unknown_word::<()>(key, ["schema", "generator", "parts"].into_iter());
            Ok(())
        }
    })?;
    json.end()?;
    if !has_parts {
        doc.report(Diagnostic::new(&MISSING_FIELD, "`parts` is missing"));
    } else if evidence.parts.is_empty() {
        doc.report(Diagnostic::new(&NOTHING_RAN, "the bundle has no part").at(Pointer::path("/parts")));
    }
    Ok(())
}

fn part(json: &mut Json<'_>, evidence: &mut Evidence, reading: &mut Reading, diags: &Diags) -> Result<(), Stop> {
    let index = evidence.parts.len();
    evidence.parts.push(Part::default());
    json.object(|json, key| match key {
        "shard" => {
            let tree = json.tree()?;
            match Deserialize::deserialize(tree.root()) {
                Ok(shard) => evidence.parts[index].shard = shard,
                Err(error) => tree.root().report(&WRONG_TYPE, said(&error)),
            }
            Ok(())
        }
        "artifacts" => json.array(|json, _| {
            let tree = json.tree()?;
            if reading.artifacts == MAX_ARTIFACTS {
                let message = format!("more than {MAX_ARTIFACTS} artifacts");
                return Err(Stop(Box::new(tree.root().diagnostic(&LIMIT, message))));
            }
            reading.artifacts += 1;
            match Entry::deserialize(tree.root()) {
                Ok(entry) => {
                    let mut artifact = entry.artifact();
                    let distributions = artifact.evidence.loads.iter_mut().flat_map(LoadRun::distributions);
                    reading.kept += distributions.map(|one| one.kept()).sum::<usize>();
                    evidence.parts[index].artifacts.push(artifact);
                }
                Err(error) => tree.root().report(&UNREADABLE_PART, said(&error)),
            }
            if reading.kept > reading.budget {
                reading.kept = keep_budget(&mut evidence.parts);
                // What cannot be made fewer now is not looked at again for every artifact that follows.
                reading.budget = MAX_EXACT.max(reading.kept * 2);
            }
            Ok(())
        }),
        _ => {
            json.record()?.unknown_word::<()>(key, ["shard", "artifacts"].into_iter());
            Ok(())
        }
    })?;
    let part = &evidence.parts[index];
    if part.artifacts.is_empty() {
        let shard = part.shard.map(|shard| format!(" of shard {shard}")).unwrap_or_default();
        let message = format!("the part{shard} has no artifact that can be read");
        diags.push(Diagnostic::new(&NOTHING_RAN, message).at(Pointer::path(json.pointer())));
    }
    Ok(())
}

/// What is wrong with a record.
fn said(error: &Refused) -> String {
    format!("the record cannot be read: {}", shorten(&error.to_string()))
}

/// Keeps the values of all distributions together within what is kept of one artifact, as far as that is possible;
/// returns how many are kept.
fn keep_budget(parts: &mut [Part]) -> usize {
    let artifacts = parts.iter_mut().flat_map(|part| &mut part.artifacts);
    let mut all: Vec<&mut LoadRun> = artifacts.flat_map(|artifact| &mut artifact.evidence.loads).collect();
    let kept = loop {
        let mut distributions: Vec<&mut Distribution> = all.iter_mut().flat_map(|run| run.distributions()).collect();
        let kept = distributions.iter().map(|one| one.kept()).sum::<usize>();
        if kept <= MAX_EXACT {
            break kept;
        }
        // The largest ones, until half of what is too much may be gone.
        sort_by_key(&mut distributions, |one| Reverse(one.kept()));
        let mut passed = 0;
        let mut changed = false;
        for distribution in distributions {
            if passed > (kept - MAX_EXACT) / 2 && changed {
                break;
            }
            passed += distribution.kept();
            changed |= distribution.coarsen();
        }
        if !changed {
            break kept;
        }
    };
    all.into_iter().for_each(LoadRun::recompute);
    kept
}
