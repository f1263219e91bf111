//! The whole way from paths to a judged release, as one function.
//!
//! # Example
//!
//! ```
//! use signoff::gate::Verdict;
//! use signoff::pipeline::{Request, validate};
//!
//! let request = Request { paths: vec!["samples/minimal".into()], ..Request::default() };
//! let validation = validate(&request);
//! // Evidence of three kinds that the policy asks for, where nobody says which, is missing.
//! assert_eq!(validation.judged.verdict, Verdict::Undecided);
//! ```

mod stated;

use std::path::PathBuf;

use jiff::Timestamp;

use crate::gate::baseline::Baseline;
use crate::gate::{Judged, Question, judge};
use crate::ingest::{Options, ingest};
use crate::manifest::Loaded;
use crate::mapping::{self, Mapping};
use crate::merge::{merge, repeated, shards, vex};
use crate::model::{Artifact, Identity, Kind, Release, SubjectDigest};
use crate::report::made::{Made, templates_digest};
use crate::report::{self, RenderOptions, Renderer, Subject, json};

/// What is to be validated, and by what.
///
/// See the [example](mod@crate::pipeline#example).
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
    /// The commit that the evidence must be about, in full; that of the manifest where it is not given.
    pub commit: Option<String>,
    /// What was built, beside what the manifest says.
    pub digests: Vec<SubjectDigest>,
    /// The run of a CI system; `None` where its variables are not to be used.
    pub ci: Option<Identity>,
    /// How many shards there must be.
    pub shards: Option<u32>,
    /// What the user says about single artifacts.
    pub options: Options,
    /// An earlier validation to compare with.
    pub baseline: Option<Baseline>,
    /// Files that are no evidence although they lie in the given folders: the manifest itself.
    pub ignore: Vec<PathBuf>,
}

impl Request {
    /// How a report of it is made, in these forms: without that, `signoff verify` cannot make the report again.
    ///
    /// See the [example](mod@crate::report#example).
    pub fn made(&self, forms: &[&Renderer], options: RenderOptions<'_>) -> Made {
        Made {
            policy: self.loaded.digest(),
            as_of: self.as_of,
            require: self.require.clone(),
            commit: self.commit.clone(),
            digests: self.digests.clone(),
            ci: self.ci.clone(),
            shards: self.shards,
            baseline: self.baseline.as_ref().map(|baseline| (baseline.path.clone(), baseline.sha256.clone())),
            formats: self.options.formats.clone(),
            max_size: self.options.max_size,
            forms: forms.iter().map(|form| form.id).collect(),
            templates: options.templates.map(templates_digest),
            budget: options.budget,
            profile: options.profile,
            style: options.style,
        }
    }
}

/// A release that was judged.
///
/// See the [example](mod@crate::pipeline#example).
#[derive(Clone, Debug)]
pub struct Validation {
    /// The evidence.
    pub release: Release,
    /// What the gate decided.
    pub judged: Judged,
    /// The time of the report; `None` where neither the user nor the evidence says one.
    pub as_of: Option<Timestamp>,
}

impl Validation {
    /// What a report of it shows; `request` is the one that it came of, and `made` how the report is made.
    ///
    /// See the [example](mod@crate::report#example).
    pub fn subject<'s>(&'s self, request: &'s Request, made: &'s Made) -> Subject<'s> {
        Subject {
            release: &self.release,
            manifest: &request.loaded.manifest,
            judged: &self.judged,
            as_of: self.as_of,
            made,
        }
    }
}

/// Reads, merges and judges.
///
/// See the [example](mod@crate::pipeline#example).
pub fn validate(request: &Request) -> Validation {
    let skip = report::no_evidence(&request.ignore);
    let mut options = request.options.clone();
    options.redactor = options.redactor.or_else(|| request.loaded.redactor.clone());
    options.mappings.extend(Mapping::all(&request.loaded));
    options.distributions |= shard_count(request).is_some();
    judged(ingest(&request.paths, &skip, &options), request)
}

/// Merges and judges artifacts that were read elsewhere, by [`crate::ingest::read_bytes`] for example.
/// The paths of the request are not looked at.
///
/// ```
/// use signoff::gate::Verdict;
/// use signoff::ingest::{Options, read_bytes};
/// use signoff::model::Kind;
/// use signoff::pipeline::{Request, judged};
///
/// let bytes = br#"{"schema": "signoff.smoke/1", "name": "front page", "outcome": "failed"}"#;
/// let artifact = read_bytes("smoke.json", bytes, &Options::default());
/// assert_eq!(artifact.format, Some("signoff-smoke"));
///
/// let request = Request { require: Some(vec![Kind::Smoke]), ..Request::default() };
/// let validation = judged(vec![artifact], &request);
/// assert_eq!(validation.judged.verdict, Verdict::Failed);
/// ```
pub fn judged(mut artifacts: Vec<Artifact>, request: &Request) -> Validation {
    let mut mappings = Mapping::all(&request.loaded);
    mappings.extend(request.options.mappings.iter().cloned());
    mapping::hold(&mut artifacts, &mappings);
    if let Some(as_of) = request.as_of {
        vex::hold(&mut artifacts, as_of);
    }
    let (subject, stated, contradictions) = stated::of(request);
    let mut release = merge(artifacts, &subject);
    shards::join(&mut release, shard_count(request).is_some());
    repeated::note(&mut release);
    release.notices.extend(contradictions);
    release.notices.extend(stated::other_images(&release, &stated));
    release.stated = stated;
    decided(release, request)
}

/// How many shards there must be; `None` where nobody says.
fn shard_count(request: &Request) -> Option<u32> {
    request.shards.or(request.loaded.manifest.gate.shards.as_ref().map(|shards| *shards.get_ref()))
}

/// Judges a release by another policy, time or requirement than it was judged by before.
/// The paths of the request are not looked at.
///
/// See the [example](mod@crate::pipeline#example).
pub fn decided(release: Release, request: &Request) -> Validation {
    let as_of = request.as_of.or_else(|| release.newest());
    let manifest = &request.loaded.manifest;
    let of_manifest = manifest.gate.kinds();
    let required = request.require.as_deref().unwrap_or(&of_manifest);
    let mut question = Question::new(&release, &request.loaded, required);
    question.shards = request.shards.or(question.shards);
    question.baseline = request.baseline.as_ref();
    if let Some(time) = request.as_of {
        question = question.at(time);
    }
    // How the report is made is not known yet, and nothing that is judged may depend on it.
    let made = Made::default();
    let report = |judged: &Judged| {
        let subject = Subject { release: &release, manifest, judged, as_of, made: &made };
        serde_json::to_value(json::Report(&subject)).unwrap_or_default()
    };
    let judged = judge(&question, &report);
    Validation { release, judged, as_of }
}
