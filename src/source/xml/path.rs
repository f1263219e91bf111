//! Names, and where an element stands: `/testsuites/testsuite[2]`.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::model::Pointer;
use crate::model::pointer::{digits, push_position};

/// The local name of an element, of which a document has few: all that are equal share one text.
///
/// See the [example](mod@crate::source#example).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name(Rc<str>);

impl Name {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::ops::Deref for Name {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl PartialEq<str> for Name {
    fn eq(&self, other: &str) -> bool {
        *self.0 == *other
    }
}

impl PartialEq<&str> for Name {
    fn eq(&self, other: &&str) -> bool {
        *self.0 == **other
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Names that are shared: one for each value of [`SharedNames::slot`]. The last one that was seen stays there.
const SLOTS: usize = 64;

#[derive(Debug, Default)]
pub(super) struct SharedNames(Vec<Option<Name>>);

impl SharedNames {
    pub fn get(&mut self, text: &str) -> Name {
        if self.0.is_empty() {
            self.0.resize(SLOTS, None);
        }
        let slot = &mut self.0[SharedNames::slot(text.as_bytes())];
        match slot {
            Some(name) if *name == *text => name.clone(),
            _ => slot.insert(Name(Rc::from(text))).clone(),
        }
    }

    /// Few names of one document agree in their length and both ends.
    fn slot(text: &[u8]) -> usize {
        let (Some(first), Some(last)) = (text.first(), text.last()) else { return 0 };
        (text.len() + usize::from(*first) * 5 + usize::from(*last) * 3) % SLOTS
    }
}

/// An element as a step of the paths that lead through it.
#[derive(Debug)]
pub(super) struct Step {
    outer: Option<Rc<Step>>,
    name: Name,
    position: u64,
}

impl Step {
    pub fn new(outer: Option<Rc<Step>>, name: Name, position: u64) -> Step {
        Step { outer, name, position }
    }
}

/// The path of the element of this name and position in `outer`; the root has no position.
pub(super) fn pointer(outer: Option<&Step>, name: &str, position: u64) -> Pointer {
    Pointer::path(path_through(outer, name, position, 0))
}

/// A path with room for so many bytes more, so that it is allocated once: paths are made for all that is kept.
fn path_through(outer: Option<&Step>, name: &str, position: u64, room: usize) -> String {
    let Some(step) = outer else {
        let mut path = String::with_capacity(1 + name.len() + room);
        push_step(&mut path, name, None);
        return path;
    };
    let room = room + name.len() + digits(position) + "/[]".len();
    let mut path = path_through(step.outer.as_deref(), &step.name, step.position, room);
    push_step(&mut path, name, Some(position));
    path
}

/// Names and positions, the root first.
pub(super) fn path<'n>(steps: impl Iterator<Item = (&'n str, u64)>) -> String {
    let mut path = String::with_capacity(64);
    for (index, (name, position)) in steps.enumerate() {
        push_step(&mut path, name, (index > 0).then_some(position));
    }
    path
}

fn push_step(path: &mut String, name: &str, position: Option<u64>) {
    path.push('/');
    path.push_str(name);
    if let Some(position) = position {
        path.push('[');
        push_position(path, position);
        path.push(']');
    }
}

/// Names of children that are looked for one after the other.
const FEW: usize = 16;

/// How many children of each name there were.
#[derive(Debug, Default)]
pub(super) struct Children {
    few: Vec<(Name, u64)>,
    more: BTreeMap<Name, u64>,
}

impl Children {
    /// Forgets all children.
    pub fn clear(&mut self) {
        self.few.clear();
        self.more.clear();
    }

    /// How many there were of a name.
    pub fn count(&self, name: &Name) -> u64 {
        let few = self.few.iter().find(|(few, _)| few == name).map(|(_, count)| *count);
        few.or_else(|| self.more.get(name).copied()).unwrap_or_default()
    }

    /// Counts a child and returns its position among those of the same name, from 1.
    pub fn next(&mut self, name: &Name) -> u64 {
        self.add(name, 1)
    }

    /// Counts so many children and returns how many of that name there are.
    pub fn add(&mut self, name: &Name, more: u64) -> u64 {
        if let Some((_, count)) = self.few.iter_mut().find(|(few, _)| few == name) {
            *count += more;
            return *count;
        }
        if self.few.len() < FEW {
            self.few.push((name.clone(), more));
            return more;
        }
        let count = self.more.entry(name.clone()).or_default();
        *count += more;
        *count
    }
}
