//! Applies a filter, and follows where the values that it gives come from.
//!
//! A text that the filter passes on is the same memory in its result as in its input, and so is an array or an object
//! as a whole; what the filter makes anew (a number that it computed, a text that it put together) has no origin.
//! A place in the result leads to the place in the artifact
//!
//! 1. that the value itself was taken from, unchanged;
//! 2. of the object whose text became its `name` (or `title`, `rule`, `code`, `metric`), where it is an object;
//! 3. that holds everything in it that was taken over unchanged;
//! 4. of what it is a part of in the result;
//! 5. of the document (the line, in NDJSON) that the filter was applied to.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;

use jaq_json::{Val, read};

use super::{Mapping, Record};
use crate::jq::Expression;
use crate::model::Pointer;
use crate::safety::redact::cut::before_cut;
use crate::safety::visible::cut;

/// Bytes that the results of a filter may have.
const MAX_RESULT: usize = 64 * 1024 * 1024;
/// How deep the result of a filter may be, as the readers have it.
const MAX_DEPTH: usize = 128;
/// Characters of what jq says that are shown.
const MAX_MESSAGE: usize = 200;
/// Places of a result that are followed down to single values; beyond, to the object or array that they stand in.
const MAX_SINGLE: usize = 200_000;
/// The members that tell what a piece of evidence is about.
const NAMES: &[&str] = &["name", "title", "rule", "code", "metric"];

/// What a filter gave.
#[derive(Debug)]
pub(super) struct Made {
    /// As JSON: one document, or one a line.
    pub text: String,
    pub is_lines: bool,
    /// From a place in the text to a place in the artifact.
    origins: HashMap<String, Pointer>,
}

/// Why a filter gave nothing that can be read.
#[derive(Debug)]
pub(super) struct Fault {
    pub message: String,
    /// The document that it was applied to.
    pub at: Pointer,
    pub is_limit: bool,
}

impl Made {
    /// The place in the artifact that a place in the result leads to.
    pub fn origin(&self, pointer: &Pointer) -> Pointer {
        let mut at = pointer.to_string();
        loop {
            if let Some(origin) = self.origins.get(&at) {
                return origin.clone();
            }
            match at.rfind('/') {
                Some(cut) => at.truncate(cut),
                None => return self.origins.get(at.trim_end()).cloned().unwrap_or_default(),
            }
            if at.ends_with(' ') {
                at.pop();
            }
        }
    }
}

/// The values that a filter is applied to: each document, or all of them in one array.
pub(super) fn inputs(mapping: &Mapping, records: &[Record]) -> Result<Vec<Val>, Fault> {
    let parse = |record: &Record| {
        read::parse_single(&record.text).map_err(|error| Fault {
            message: format!("cannot be applied: {error}"),
            at: record.base.clone(),
            is_limit: false,
        })
    };
    let values: Vec<Val> = records.iter().map(parse).collect::<Result<_, _>>()?;
    Ok(if mapping.slurp { vec![values.into_iter().collect()] } else { values })
}

/// Applies the filter of a mapping to the documents of an artifact.
pub(super) fn apply(mapping: &Mapping, records: &[Record]) -> Result<Made, Fault> {
    let fault = |at: &Pointer, message: String, is_limit| Fault { message, at: at.clone(), is_limit };
    let whole = Pointer::whole();
    let filter = Expression::new(&mapping.filter)
        .map_err(|broken| fault(&whole, format!("is broken: {}", broken.message), false))?;
    let inputs = inputs(mapping, records)?;
    let mut given: Vec<(Val, Pointer)> = Vec::new();
    let mut places = Places::default();
    let mut lines: Vec<String> = Vec::new();
    let mut bytes = 0;
    for (index, input) in inputs.iter().enumerate() {
        let base = if mapping.slurp { &whole } else { records.get(index).map_or(&whole, |record| &record.base) };
        if mapping.slurp {
            places.slurped(input, records);
        } else {
            places.take(input, base.clone());
        }
        for output in filter.apply(input.clone()) {
            let output = output.map_err(|message| {
                let message = before_cut(&message).into_owned();
                fault(base, format!("fails: {}", cut(&message, MAX_MESSAGE)), false)
            })?;
            if depth(&output) > MAX_DEPTH {
                return Err(fault(base, format!("gives a value that is more than {MAX_DEPTH} levels deep"), true));
            }
            let output = with_schema(output, mapping.schema);
            lines.push(output.to_string());
            bytes += lines.last().map_or(0, String::len);
            if bytes > MAX_RESULT {
                return Err(fault(base, format!("gives more than {} MiB", MAX_RESULT >> 20), true));
            }
            given.push((output, base.clone()));
        }
    }
    let is_lines = given.len() != 1;
    let mut origins = HashMap::new();
    for (number, (output, base)) in (1..).zip(&given) {
        let at = if is_lines { Pointer::line(number) } else { Pointer::whole() }.to_string();
        origins.insert(at.clone(), base.clone());
        let mut path = if is_lines { format!("{at} ") } else { at.clone() };
        places.follow(output, &mut path, &mut origins);
        // The line as a whole is written without a blank.
        if let Some(of_line) = origins.remove(&path) {
            origins.insert(at, of_line);
        }
    }
    if given.is_empty() {
        return Err(fault(&whole, "gives nothing".to_owned(), false));
    }
    Ok(Made { text: lines.join("\n") + "\n", is_lines, origins })
}

/// The schema is known from the manifest, so a filter need not write it.
fn with_schema(output: Val, schema: &str) -> Val {
    match &output {
        Val::Obj(members) if !members.contains_key(&Val::from("schema".to_owned())) => {
            let mut members = (**members).clone();
            members.insert(Val::from("schema".to_owned()), Val::from(schema.to_owned()));
            Val::obj(members)
        }
        _ => output,
    }
}

/// How deep a value is; without recursion, since it may be deeper than any stack.
fn depth(value: &Val) -> usize {
    let mut deepest = 0;
    let mut open = vec![(value, 1)];
    while let Some((value, depth)) = open.pop() {
        deepest = deepest.max(depth);
        if deepest > MAX_DEPTH {
            break;
        }
        match value {
            Val::Arr(items) => open.extend(items.iter().map(|item| (item, depth + 1))),
            Val::Obj(members) => open.extend(members.values().map(|member| (member, depth + 1))),
            _ => {}
        }
    }
    deepest
}

/// Where the values of the input lie in memory, and in the artifact.
#[derive(Default)]
struct Places {
    places: Vec<Place>,
    /// By the address of the first byte: how many bytes, and which place.
    addresses: BTreeMap<usize, (usize, usize)>,
}

struct Place {
    parent: Option<usize>,
    token: Token,
}

enum Token {
    Base(Pointer),
    Key(String),
    Index(usize),
}

impl Places {
    /// Takes note of a document.
    fn take(&mut self, value: &Val, base: Pointer) {
        let mut open = vec![(value, self.add(None, Token::Base(base)))];
        while let Some((value, at)) = open.pop() {
            self.lies(value, at);
            match value {
                Val::Arr(items) => {
                    for (index, item) in items.iter().enumerate() {
                        open.push((item, self.add(Some(at), Token::Index(index))));
                    }
                }
                Val::Obj(members) => {
                    for (key, member) in members.iter() {
                        let of_member = self.add(Some(at), Token::Key(text(key).unwrap_or_default()));
                        // A key that becomes a value stands for its member.
                        self.lies(key, of_member);
                        open.push((member, of_member));
                    }
                }
                _ => {}
            }
        }
    }

    fn add(&mut self, parent: Option<usize>, token: Token) -> usize {
        self.places.push(Place { parent, token });
        self.places.len() - 1
    }

    fn lies(&mut self, value: &Val, at: usize) {
        if let Some((address, length)) = address(value) {
            self.addresses.insert(address, (length, at));
        }
    }

    /// Takes note of an array that holds one document after the other.
    fn slurped(&mut self, value: &Val, records: &[Record]) {
        let Val::Arr(items) = value else { return };
        for (item, record) in items.iter().zip(records) {
            self.take(item, record.base.clone());
        }
    }

    /// The place that a value was taken from unchanged.
    fn of(&self, value: &Val) -> Option<usize> {
        let (address, _) = address(value)?;
        let (start, (length, place)) = self.addresses.range(..=address).next_back()?;
        (address < start + length).then_some(*place)
    }

    /// Finds the origins of a value and of all that is in it; returns its own.
    fn follow(&self, value: &Val, path: &mut String, origins: &mut HashMap<String, Pointer>) -> Option<usize> {
        let length = path.len();
        let mut common: Option<usize> = None;
        let mut join = |place: Option<usize>| {
            common = match (common, place) {
                (Some(one), Some(other)) => self.common(one, other),
                (one, other) => one.or(other),
            };
        };
        let mut named = None;
        match value {
            Val::Arr(items) => {
                for (index, item) in items.iter().enumerate() {
                    let _ = write!(path, "/{index}");
                    join(self.follow(item, path, origins));
                    path.truncate(length);
                }
            }
            Val::Obj(members) => {
                for (key, member) in members.iter() {
                    let key = text(key).unwrap_or_default();
                    let _ = write!(path, "/{}", key.replace('~', "~0").replace('/', "~1"));
                    let place = self.follow(member, path, origins);
                    if NAMES.contains(&key.as_str()) && named.is_none() && text(member).is_some() {
                        named = place.map(|place| self.holder(place, member));
                    }
                    join(place);
                    path.truncate(length);
                }
            }
            _ => {}
        }
        let own = self.of(value).or(named).or(common);
        let is_single = !matches!(value, Val::Arr(_) | Val::Obj(_));
        if let Some(place) = own.filter(|_| !is_single || origins.len() < MAX_SINGLE) {
            origins.insert(path.clone(), self.pointer(place));
        }
        own
    }

    /// The object that a text was taken from; the member itself where the text was its key.
    fn holder(&self, place: usize, text: &Val) -> usize {
        let is_key = self.places.get(place).is_some_and(|found| match &found.token {
            Token::Key(key) => self::text(text).as_deref() == Some(key),
            Token::Base(_) | Token::Index(_) => false,
        });
        if is_key { place } else { self.places.get(place).and_then(|found| found.parent).unwrap_or(place) }
    }

    fn way(&self, place: usize) -> Vec<usize> {
        let mut way = vec![place];
        while let Some(parent) = way.last().and_then(|at| self.places.get(*at)).and_then(|found| found.parent) {
            way.push(parent);
        }
        way.reverse();
        way
    }

    /// The smallest place that holds both.
    fn common(&self, one: usize, other: usize) -> Option<usize> {
        let (one, other) = (self.way(one), self.way(other));
        one.iter().zip(&other).take_while(|(a, b)| a == b).last().map(|(place, _)| *place)
    }

    fn pointer(&self, place: usize) -> Pointer {
        let mut path = String::new();
        let mut line = None;
        for place in self.way(place).iter().filter_map(|at| self.places.get(*at)) {
            match &place.token {
                Token::Base(base) => {
                    line = base.line_number();
                    path.push_str(base.as_path());
                }
                Token::Key(key) => {
                    let _ = write!(path, "/{}", key.replace('~', "~0").replace('/', "~1"));
                }
                Token::Index(index) => {
                    let _ = write!(path, "/{index}");
                }
            }
        }
        match line {
            Some(line) => Pointer::in_line(line, path),
            None => Pointer::path(path),
        }
    }
}

/// Where in memory a value lies that is passed on without a copy.
fn address(value: &Val) -> Option<(usize, usize)> {
    match value {
        Val::TStr(bytes) | Val::BStr(bytes) if !bytes.is_empty() => Some((bytes.as_ptr() as usize, bytes.len())),
        Val::Arr(items) => Some((std::ptr::from_ref::<Vec<Val>>(items) as usize, 1)),
        Val::Obj(members) => Some((std::ptr::from_ref(&**members) as usize, 1)),
        _ => None,
    }
}

/// A text as such.
fn text(value: &Val) -> Option<String> {
    match value {
        Val::TStr(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
        _ => None,
    }
}
