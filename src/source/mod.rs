//! From paths to artifacts: discovery, archives, digests, and the cursors that formats read with.
//!
//! # Example
//!
//! A format is asked with a [`Probe`] and reads with a [`Doc`]; every value that it takes knows its place:
//!
//! ```
//! use signoff::formats::Format;
//! use signoff::ingest::read_with;
//! use signoff::model::{Evidence, Kind, Outcome, Suite, TestCase};
//! use signoff::source::{Doc, Probe, Stop};
//!
//! fn detect(probe: &Probe<'_>) -> bool {
//!     probe.is_object_with(&["pingbot", "pings"])
//! }
//!
//! fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
//!     let tree = doc.document()?;
//!     let pings = tree.root().get("pings");
//!     let mut suite = Suite::new("", pings.pointer());
//!     for ping in pings.items() {
//!         let outcome = ping.require("state").word(&[("up", Outcome::Passed)]).unwrap_or(Outcome::Errored);
//!         suite.push(TestCase::new(ping.require("path").string().unwrap_or_default(), outcome, ping.pointer()));
//!     }
//!     evidence.suites.push(suite);
//!     Ok(())
//! }
//!
//! let format = Format {
//!     id: "pingbot-json",
//!     kinds: &[Kind::Smoke],
//!     tool: "Pingbot",
//!     title: "JSON report",
//!     produce: "pingbot --json > pingbot.json",
//!     detect,
//!     read,
//! };
//! let artifact = read_with(&format, "pingbot.json", br#"{"pingbot": "1", "pings": [{"path": "/", "state": "odd"}]}"#);
//! assert_eq!(artifact.evidence.suites[0].tally().errored, 1);
//! assert_eq!(artifact.evidence.diagnostics[0].pointer.to_string(), "/pings/0/state");
//! ```

mod ahead;
mod archive;
mod canonical;
mod content;
mod crew;
mod delimited;
mod diags;
mod discover;
mod doc;
mod hashing;
mod input;
pub(crate) mod json;
mod known;
mod lines;
mod marks;
mod probe;
mod resolve;
mod scan;
mod spare;
mod table;
#[cfg(test)]
mod trickle;
mod xml;
mod zstd;

pub(crate) use archive::{Packing, packing_of_name};
pub(crate) use canonical::{Canonical, Text, fixed};
pub(crate) use crew::{cores, keep_memory};
pub(crate) use delimited::{BLOCK, Marks};
pub use diags::Diags;
pub(crate) use discover::{Found, STDIN, discover, display_name};
pub use doc::Doc;
#[doc(hidden)]
pub use input::Input;
pub(crate) use json::{Alike, Refused};
pub use json::{Json, JsonKind, Node, Tree};
pub(crate) use known::same_start;
pub(crate) use lines::lossy;
pub use lines::{Line, Lines};
pub(crate) use marks::{WIDE, WIDTH, count_digits, eight_digits, few_digits, first_in_value, first_of_two};
pub use probe::{Probe, Shape, XmlHead};
#[doc(hidden)]
pub use resolve::{Resolved, resolve};
#[cfg(test)]
pub(crate) use scan::Unscanned;
pub(crate) use scan::{Scan, Seen};
pub use table::{Record, Row, Table};
pub(crate) use xml::plain_number;
pub use xml::{Element, Mark, Tag, Xml, XmlEvent, XmlTree};

use std::io::{self, Read};

use crate::diagnostics::codes::IO;
use crate::diagnostics::{Code, Diagnostic};

/// Why reading an artifact ended before its end. What was read before stands.
///
/// See the [example](mod@crate::source#example).
#[derive(Debug)]
pub struct Stop(pub Box<Diagnostic>);

impl Stop {
    /// Stops with a diagnostic about the whole artifact.
    pub fn new(code: &'static Code, message: impl Into<String>) -> Stop {
        Stop(Box::new(Diagnostic::new(code, message)))
    }

    /// Stops because of the operating system.
    pub fn io(error: &io::Error) -> Stop {
        match error.get_ref().and_then(|inner| inner.downcast_ref::<Exceeded>()) {
            Some(exceeded) => Stop::new(&crate::diagnostics::codes::LIMIT, exceeded.to_string()),
            None => Stop::new(&IO, format!("cannot be read: {}", plain(error))),
        }
    }
}

impl From<Diagnostic> for Stop {
    fn from(diagnostic: Diagnostic) -> Stop {
        Stop(Box::new(diagnostic))
    }
}

/// Reads until a buffer is full or the input ends, and returns how many bytes there are.
fn fill(input: &mut (impl Read + ?Sized), buffer: &mut [u8]) -> io::Result<usize> {
    let (filled, fault) = fill_up_to_a_fault(input, buffer);
    fault.map_or(Ok(filled), Err)
}

/// As [`fill`]; where reading fails, also how many bytes stand before that.
fn fill_up_to_a_fault(input: &mut (impl Read + ?Sized), buffer: &mut [u8]) -> (usize, Option<io::Error>) {
    let mut filled = 0;
    while filled < buffer.len() {
        match input.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return (filled, Some(error)),
        }
    }
    (filled, None)
}

/// A limit of reading was exceeded; travels inside of an [`std::io::Error`].
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Exceeded(String);

/// The text of an error of the operating system, without its number, which differs between systems.
fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_lowercase()
}
