//! Texts that are there as a whole: lines of NDJSON, and the start of an artifact, for detection.

use std::sync::Arc;

use super::bytes::Bytes;
use super::tape::{self, Fault, FaultKind, Tape, Wants};
use super::{Tree, describe, locate};
use crate::diagnostics::{Diagnostic, LineColumn};
use crate::model::Pointer;
use crate::source::{Diags, Stop};

/// Parses one line of NDJSON.
pub(in crate::source) fn parse_line(text: &[u8], line: u64, diags: &Diags) -> Result<Tree, Stop> {
    let mut tape = Tape::default();
    let start = LineColumn { line, column: 1 };
    let fault = |offset: usize, kind: &FaultKind| {
        let place = locate(&text[..offset.min(text.len())], start);
        Stop::from(describe(kind).at(Pointer::line(line)).at_line(place))
    };
    match tape.parse(text, 0, Wants::default()) {
        Ok(end) if text[end..].iter().all(u8::is_ascii_whitespace) => {
            Ok(Tree { tape, line: Some(line), ..Tree::new(text.to_vec(), start, diags.clone()) })
        }
        Ok(end) => Err(fault(end, &FaultKind::Syntax("something follows the end of the record"))),
        Err(Fault { offset, kind }) => Err(fault(offset, &kind)),
    }
}

/// What can be told of the start of a JSON text, for detection.
pub(in crate::source) enum Head {
    /// One document, complete or cut off; the offset is that of what follows it.
    Document(Tree, Option<usize>),
    /// Not JSON from the start, or broken inside the head.
    Broken(Diagnostic),
}

/// Parses the start of a text; where it is not `complete`, what is cut off is closed.
pub(in crate::source) fn parse_head(text: &Arc<Vec<u8>>, complete: bool) -> Head {
    let mut tape = Tape::default();
    let start = LineColumn { line: 1, column: 1 };
    // Detection looks at the start of what may be read record by record.
    let parsed = if complete && text.len() <= tape::MAX_RECORD {
        tape.parse(text, 0, Wants::default()).map(Some)
    } else {
        tape.parse_cut(text)
    };
    match parsed {
        Ok(end) => {
            let text = Bytes::Shared(text.clone());
            let tree = Tree { tape, is_cut: end.is_none(), ..Tree::of(text, start, Diags::default()) };
            Head::Document(tree, end)
        }
        Err(Fault { offset, kind }) => {
            Head::Broken(describe(&kind).at_line(locate(&text[..offset.min(text.len())], start)))
        }
    }
}
