//! signoff turns a folder of test artifacts into a release decision that an auditor can check.
//!
//! Data flows one way, and only the two ends do I/O:
//!
//! ```text
//! discover → detect → read → merge → judge → view → render → write
//!  source     formats         merge    gate    report  report    report
//! ```

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
