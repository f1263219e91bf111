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
//! let markdown = RENDERERS.iter().find(|form| form.id == "md").expect("Markdown is a form");
//! let made = request.made(&[markdown], RenderOptions::default());
//! let files = render(validation.subject(&request, &made), &[markdown], RenderOptions::default())?;
//! assert!(files[0].content.contains("**Verdict: PASSED.**"));
//! # Ok::<(), signoff::report::RenderError>(())
//! ```
//!
//! # Where to look
//!
//! - To **read**: [`ingest::ingest`] for paths, [`ingest::read_bytes`] for bytes, [`ingest::read_with`] for a format of
//!   one's own (`examples/add_a_format/`); what was read is an [`model::Artifact`] with its [`model::Evidence`].
//! - To **judge**: [`pipeline::validate`] and [`pipeline::judged`]; the policy is a [`manifest::Loaded`] that
//!   [`manifest::parse`] makes; what came of it is [`gate::Judged`], with each [`gate::Check`] and its [`gate::Reason`]s.
//! - To **render**: [`report::render`] with rows of [`report::RENDERERS`], as above, and [`report::Writer`].
//! - To hide secrets and to escape: [`safety`] (`examples/redact.rs`).
//!
//! Each module has an example. The tables say what there is: [`formats::formats`], [`gate::RULES`], [`report::RENDERERS`], [`diagnostics::CODES`].
//!
//! What each layer holds, and what it may use, stands in `ARCHITECTURE.md`.
//! What is public and hidden from this documentation is for the command line and the tests of this package alone.

#![deny(missing_docs)]

#[doc(hidden)]
pub mod bundle;
#[doc(hidden)]
pub mod ci;
#[doc(hidden)]
pub mod cli;
pub mod diagnostics;
pub mod formats;
pub mod gate;
pub mod ingest;
mod jq;
pub mod manifest;
#[doc(hidden)]
pub mod mapping;
pub mod merge;
pub mod model;
pub mod pipeline;
pub mod report;
pub mod safety;
pub mod source;
mod taxonomy;
