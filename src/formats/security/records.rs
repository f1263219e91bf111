//! What readers of several security formats share.

use crate::diagnostics::codes::UNREADABLE_PART;
use crate::model::{Finding, Scan, ScanClass, Severity};
use crate::source::Node;

/// Reads one entry of a list of findings; one that is no object as [`unreadable`].
pub(super) fn entry<'t>(node: Node<'t>, read: impl FnOnce(Node<'t>) -> Finding) -> Finding {
    if node.is_object() { read(node) } else { unreadable(node) }
}

/// Reports an entry that is no object. It counts as a finding of unknown severity: something was found, nobody can tell
/// what.
pub(super) fn unreadable(node: Node<'_>) -> Finding {
    node.report(&UNREADABLE_PART, "this entry is no object");
    Finding::new("unreadable", "unreadable entry", Severity::Unknown, node.pointer())
}

/// Keeps a scan. One that did not run says nothing about any category: it is kept for its findings only.
pub(super) fn keep(mut scan: Scan, ran: bool, scans: &mut Vec<Scan>) {
    if !ran {
        scan.class = ScanClass::Unknown;
    }
    if ran || scan.tally().total() + scan.tally().suppressed > 0 {
        scans.push(scan);
    }
}
