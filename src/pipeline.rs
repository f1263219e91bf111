//! The whole way from paths to a judged release, as one function.

use std::path::PathBuf;

use jiff::Timestamp;

use crate::gate::baseline::Baseline;
use crate::gate::{Judged, Question, judge};
use crate::ingest::{Options, ingest};
use crate::manifest::Loaded;
use crate::merge::{merge, shards};
use crate::model::{Kind, Release, Subject};
use crate::report::{self, json};

/// What is to be validated, and by what.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// Files, folders, archives, or `-` for standard input.
    pub paths: Vec<PathBuf>,
    /// The manifest; the default policy where it is empty.
    pub loaded: Loaded,
    /// The time of the report; the newest time of the evidence where it is not given.
    pub as_of: Option<Timestamp>,
    /// The kinds of evidence that must be there; those of the manifest where it is not given.
    pub require: Option<Vec<Kind>>,
    /// How many shards there must be.
    pub shards: Option<u32>,
    /// What the user says about single artifacts.
    pub options: Options,
    /// An earlier validation to compare with.
    pub baseline: Option<Baseline>,
    /// Files that are no evidence although they lie in the given folders: the manifest itself.
    pub ignore: Vec<PathBuf>,
}

/// A release that was judged.
#[derive(Clone, Debug)]
pub struct Validation {
    /// The evidence.
    pub release: Release,
    /// What the gate decided.
    pub judged: Judged,
    /// The time of the report; `None` where neither the user nor the evidence says one.
    pub as_of: Option<Timestamp>,
}

/// Reads, merges and judges.
pub fn validate(request: &Request) -> Validation {
    let ignored: Vec<PathBuf> = request.ignore.iter().filter_map(|path| path.canonicalize().ok()).collect();
    let skip = |path: &std::path::Path| {
        path.canonicalize().is_ok_and(|path| ignored.contains(&path)) || report::is_report_file(path)
    };
    let mut options = request.options.clone();
    options.redactor = options.redactor.or_else(|| request.loaded.redactor.clone());
    let gate = &request.loaded.manifest.gate;
    let shard_count = request.shards.or(gate.shards.as_ref().map(|shards| *shards.get_ref()));
    options.distributions |= shard_count.is_some();
    let artifacts = ingest(&request.paths, &skip, &options);
    let keys = &request.loaded.manifest.subject;
    let stated = Subject {
        name: keys.name.clone(),
        version: keys.version.clone(),
        commit: keys.commit.clone(),
        environment: keys.environment.clone(),
        target: keys.target.clone(),
    };
    let mut release = merge(artifacts, &stated);
    shards::join(&mut release, shard_count.is_some());
    let as_of = request.as_of.or_else(|| release.newest());
    let of_manifest: Vec<Kind> = gate.require.iter().map(|kind| Kind::from(*kind)).collect();
    let question = Question {
        release: &release,
        loaded: &request.loaded,
        required: request.require.as_deref().unwrap_or(&of_manifest),
        shards: shard_count,
        as_of,
        stated_time: request.as_of,
        baseline: request.baseline.as_ref(),
    };
    let manifest = &request.loaded.manifest;
    // How the report is made is not known yet, and nothing that is judged may depend on it.
    let made = report::made::Made::default();
    let report = |judged: &Judged| {
        let subject = report::view::Subject { release: &release, manifest, judged, as_of, made: &made };
        serde_json::to_value(json::Report(&subject)).unwrap_or_default()
    };
    let judged = judge(&question, &report);
    Validation { release, judged, as_of }
}
