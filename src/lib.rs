//! signoff turns a folder of test artifacts into a release decision that an auditor can check.
//!
//! Data flows one way, and only the two ends do I/O:
//!
//! ```text
//! discover → detect → read → merge → judge → view → render → write
//!  source     formats         merge    gate    report  report    report
//! ```
//!
//! [`pipeline::validate`] goes the whole way to a judged release; [`report::render`] makes the forms of it.
//!
//! ```
//! use signoff::gate::Verdict;
//! use signoff::model::Kind;
//! use signoff::pipeline::{Request, validate};
//! use signoff::report::made::Made;
//! use signoff::report::view::Subject;
//! use signoff::report::{RENDERERS, RenderOptions, render};
//!
//! let request = Request {
//!     paths: vec!["samples/minimal".into()],
//!     require: Some(vec![Kind::Smoke]),
//!     ..Request::default()
//! };
//! let validation = validate(&request);
//! assert_eq!(validation.judged.verdict, Verdict::Passed);
//! assert_eq!(validation.release.tests().passed, 3);
//!
//! let made = Made::default();
//! let subject = Subject {
//!     release: &validation.release,
//!     manifest: &request.loaded.manifest,
//!     judged: &validation.judged,
//!     as_of: validation.as_of,
//!     made: &made,
//! };
//! let markdown = RENDERERS.iter().find(|form| form.id == "md").expect("Markdown is a form");
//! let files = render(subject, &[markdown], RenderOptions::default())?;
//! assert!(files[0].content.contains("**Verdict: PASSED.**"));
//! # Ok::<(), anyhow::Error>(())
//! ```
//!
//! What each layer holds, and what it may use, stands in `ARCHITECTURE.md`.

pub mod bundle;
pub mod cli;
pub mod diagnostics;
pub mod formats;
pub mod gate;
pub mod ingest;
pub mod manifest;
pub mod merge;
pub mod model;
pub mod pipeline;
pub mod report;
pub mod safety;
pub mod source;
pub mod taxonomy;
