//! From paths to artifacts: discovery, archives, digests, and the cursors that formats read with.

mod archive;
mod canonical;
mod diags;
mod discover;
mod doc;
mod hashing;
mod input;
pub mod json;
mod lines;
mod probe;
mod resolve;
mod scan;
mod table;
mod xml;

pub use archive::{Packing, packing_of_name};
pub use canonical::{Canonical, Text, fixed};
pub use diags::Diags;
pub use discover::{Found, Refused, STDIN, discover, display_name};
pub use doc::Doc;
pub use input::{Input, Sealed};
pub use json::{Json, JsonKind, Node, Tree};
pub use lines::{Line, Lines};
pub use probe::{Probe, Shape, XmlHead};
pub use resolve::{Resolved, resolve};
pub use scan::{Scan, Seen, Unscanned};
pub use table::{Record, Row, Table};
pub use xml::{Element, Mark, Tag, Xml, XmlEvent, XmlTree};

use crate::diagnostics::codes::IO;
use crate::diagnostics::{Code, Diagnostic};

/// Why reading an artifact ended before its end. What was read before stands.
#[derive(Debug)]
pub struct Stop(pub Box<Diagnostic>);

impl Stop {
    /// Stops with a diagnostic about the whole artifact.
    pub fn new(code: &'static Code, message: impl Into<String>) -> Stop {
        Stop(Box::new(Diagnostic::new(code, message)))
    }

    /// Stops because of the operating system.
    pub fn io(error: &std::io::Error) -> Stop {
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

/// A limit of reading was exceeded; travels inside of an [`std::io::Error`].
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Exceeded(String);

/// The text of an error of the operating system, without its number, which differs between systems.
fn plain(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_lowercase()
}
