//! Which parts of an artifact make no difference to what a filter gives: found by trial.
//!
//! Each part is taken away, emptied, changed, and put to each text and number that the filter names; a part that
//! leaves the result as it is in all of these trials is not read. Long arrays are tried with their first elements.

use std::collections::{BTreeMap, BTreeSet};

use jaq_json::Val;

use super::run::inputs;
use super::{Leaf, Mapping, Record};
use crate::jq::Expression;
use crate::model::Unread;
use crate::model::order::sort_by;
use crate::source::Node;
use crate::source::json::escape_key;

/// Different parts that are tried.
const MAX_SHAPES: usize = 300;
/// Elements of an array, and documents, that a filter is tried with.
const MAX_ITEMS: usize = 20;
/// Texts and numbers of a filter that parts are put to.
const MAX_LITERALS: usize = 40;

/// The single values of a document, in its order.
pub(super) fn leaves(node: Node<'_>, shape: &str, key: usize, leaves: &mut Vec<Leaf>) {
    if node.is_empty() {
        leaves.push(Leaf { shape: shape.to_owned(), bytes: (key + node.raw().len()) as u64 });
    } else if node.is_array() {
        let shape = format!("{shape}/*");
        node.items().for_each(|item| self::leaves(item, &shape, 0, leaves));
    } else {
        for (key, member) in node.entries() {
            self::leaves(member, &format!("{shape}/{}", escape_key((&*key).into())), key.len() + 2, leaves);
        }
    }
}

/// The parts that are not read, the largest first; `None` where there are too many different ones to try,
/// or the filter gives nothing to compare.
pub(super) fn find(mapping: &Mapping, records: &[Record], length: u64) -> Option<Vec<Unread>> {
    let mut shapes: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for leaf in records.iter().flat_map(|record| &record.leaves) {
        let (values, bytes) = shapes.entry(&leaf.shape).or_default();
        *values += 1;
        *bytes += leaf.bytes;
    }
    if shapes.len() > MAX_SHAPES {
        return None;
    }
    let sample = records.get(..MAX_ITEMS).unwrap_or(records);
    let inputs: Vec<Val> = inputs(mapping, sample).ok()?.iter().map(shortened).collect();
    let trial = Trial { filter: Expression::new(&mapping.filter).ok()?, literals: literals(&mapping.filter), inputs };
    let plain = trial.run(&trial.inputs);
    let prefix = if mapping.slurp { "/*" } else { "" };
    let is_unread = |shape: &str| trial.is_unread(&format!("{prefix}{shape}"), &plain);
    let unread: BTreeSet<&str> = shapes.keys().copied().filter(|shape| is_unread(shape)).collect();
    let mut found: Vec<Unread> = Vec::new();
    for shape in &unread {
        if found.iter().any(|part| is_in(shape, &part.shape)) {
            continue;
        }
        // The largest part around it of which nothing is read.
        let ends = shape.match_indices('/').map(|(at, _)| &shape[..at]).chain([*shape]);
        let whole = |part: &&str| {
            shapes.keys().filter(|other| is_in(other, part)).all(|other| unread.contains(other))
                && (part == shape || is_unread(part))
        };
        let part = ends.filter(|part| !part.is_empty()).find(whole).unwrap_or(shape);
        let inside = shapes.iter().filter(|(other, _)| is_in(other, part)).map(|(_, counts)| counts);
        let (values, bytes) = inside.fold((0, 0), |sum, (values, bytes)| (sum.0 + values, sum.1 + bytes));
        found.push(Unread { shape: part.to_owned(), values, bytes, of: length });
    }
    sort_by(&mut found, |a, b| b.bytes.cmp(&a.bytes).then_with(|| a.shape.cmp(&b.shape)));
    Some(found)
}

/// Whether a part is another one, or in it.
fn is_in(shape: &str, part: &str) -> bool {
    shape.strip_prefix(part).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

struct Trial {
    filter: Expression,
    literals: Vec<Val>,
    inputs: Vec<Val>,
}

enum Change<'v> {
    Remove,
    Alter,
    Put(&'v Val),
}

impl Trial {
    /// What the filter gives: its results, and how it fails where it does.
    fn run(&self, inputs: &[Val]) -> Vec<Result<String, String>> {
        let given = inputs.iter().flat_map(|input| self.filter.apply(input.clone()));
        given.map(|given| given.map(|value| value.to_string())).collect()
    }

    fn is_unread(&self, shape: &str, plain: &[Result<String, String>]) -> bool {
        let keys: Vec<String> = shape.split('/').skip(1).map(|key| key.replace("~1", "/").replace("~0", "~")).collect();
        let empty =
            [Val::Null, Val::Bool(true), Val::Bool(false), Val::Arr(Vec::new().into()), Val::obj(<_>::default())];
        let puts = empty.iter().chain(&self.literals).map(Change::Put);
        let mut changes = [Change::Remove, Change::Alter].into_iter().chain(puts);
        // Where the part is in none of the inputs that are tried, nothing is known of it.
        self.inputs.iter().any(|input| holds(input, &keys))
            && changes.all(|change| {
                let changed: Vec<Val> = self.inputs.iter().map(|input| changed(input, &keys, &change)).collect();
                self.run(&changed) == plain
            })
    }
}

fn holds(value: &Val, keys: &[String]) -> bool {
    let Some((first, rest)) = keys.split_first() else { return true };
    match value {
        Val::Arr(items) => first == "*" && items.iter().any(|item| holds(item, rest)),
        Val::Obj(members) => members.get(&Val::from(first.clone())).is_some_and(|member| holds(member, rest)),
        _ => false,
    }
}

/// A value with all that `keys` lead to changed.
fn changed(value: &Val, keys: &[String], change: &Change<'_>) -> Val {
    let Some((first, rest)) = keys.split_first() else {
        return match change {
            Change::Put(other) => (*other).clone(),
            Change::Alter => altered(value),
            Change::Remove => Val::Null,
        };
    };
    let is_removed = rest.is_empty() && matches!(change, Change::Remove);
    match value {
        Val::Arr(items) if first == "*" => {
            let kept = items.iter().filter(|_| !is_removed);
            kept.map(|item| changed(item, rest, change)).collect()
        }
        Val::Obj(members) => {
            let wanted = Val::from(first.clone());
            let kept = members.iter().filter(|(key, _)| !is_removed || **key != wanted);
            let member = |(key, member): (&Val, &Val)| {
                let member = if *key == wanted { changed(member, rest, change) } else { member.clone() };
                (key.clone(), member)
            };
            Val::obj(kept.map(member).collect())
        }
        other => other.clone(),
    }
}

/// Another value of the same type.
fn altered(value: &Val) -> Val {
    match value {
        Val::Null => Val::from("altered".to_owned()),
        Val::Bool(is) => Val::Bool(!is),
        Val::Num(_) => (value.clone() + Val::from(1_usize)).unwrap_or_default(),
        Val::TStr(_) | Val::BStr(_) => (value.clone() + Val::from("~".to_owned())).unwrap_or_default(),
        Val::Arr(items) => items.iter().cloned().chain([Val::Null]).collect(),
        Val::Obj(members) => {
            let more = (Val::from("altered".to_owned()), Val::Null);
            Val::obj(members.iter().map(|(key, member)| (key.clone(), member.clone())).chain([more]).collect())
        }
    }
}

/// A value with the first elements of its arrays.
fn shortened(value: &Val) -> Val {
    match value {
        Val::Arr(items) => items.iter().take(MAX_ITEMS).map(shortened).collect(),
        Val::Obj(members) => Val::obj(members.iter().map(|(key, member)| (key.clone(), shortened(member))).collect()),
        other => other.clone(),
    }
}

/// The texts and numbers of a filter: what it compares with is among them. Numbers with their neighbours.
fn literals(filter: &str) -> Vec<Val> {
    let mut texts = BTreeSet::new();
    for (index, text) in filter.split('"').enumerate() {
        if index % 2 == 1 && !text.contains('\\') {
            texts.insert(text);
        }
    }
    let mut literals: Vec<Val> = texts.into_iter().map(|text| Val::from(text.to_owned())).collect();
    let is_part = |c: char| !(c.is_ascii_digit() || c == '.');
    let numbers: BTreeSet<isize> = filter.split(is_part).filter_map(|word| word.parse().ok()).collect();
    for number in numbers {
        literals.extend([number.saturating_sub(1), number, number.saturating_add(1)].map(Val::from));
    }
    literals.truncate(MAX_LITERALS);
    literals
}
