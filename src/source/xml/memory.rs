//! What one cursor leaves for the next one of its thread: many documents are small, and written like the one before.

use std::cell::Cell;

use super::path::{Children, SharedNames};
use super::shape::Shapes;
use super::tag::{Attribute, Start};
use super::{MAX_DEPTH, Open};

/// Bytes of a text, or attributes, whose memory is kept: few tags are longer.
const MAX_KEPT: usize = 4_096;

thread_local! {
    static LEFT: Cell<Option<Box<Memory>>> = const { Cell::new(None) };
}

/// The parts of a cursor that hold memory. How tags were written and what their elements are called is kept as well, since
/// that makes nothing but the speed of what follows.
#[derive(Default)]
pub(super) struct Memory {
    pub open: Vec<Open>,
    pub full_names: String,
    pub start: Start,
    pub shapes: Shapes,
    pub names: SharedNames,
    pub done_with: (String, Vec<Attribute>),
    pub spare: Vec<Children>,
}

impl Memory {
    /// What the last cursor has left, or nothing.
    pub fn take() -> Memory {
        LEFT.try_with(Cell::take).ok().flatten().map(|left| *left).unwrap_or_default()
    }

    /// Leaves it for the next cursor.
    pub fn keep(mut self) {
        // Those that are open in a document that is cut off.
        for mut open in self.open.drain(..) {
            open.children.clear();
            self.spare.push(open.children);
        }
        self.spare.truncate(MAX_DEPTH);
        self.full_names.clear();
        let (text, attributes) = &self.done_with;
        if text.capacity() > MAX_KEPT || attributes.capacity() > MAX_KEPT {
            self.done_with = Default::default();
        }
        if self.start.beside.capacity() > MAX_KEPT || self.start.attributes.capacity() > MAX_KEPT {
            self.start = Start::default();
        }
        // A thread that ends keeps nothing.
        let _ = LEFT.try_with(|left| left.set(Some(Box::new(self))));
    }
}
