//! The start tags of JUnit XML: what an element in a test case says, and which cases are like most.

use std::num::NonZeroU64;

use crate::formats::smoke::junit_results::{duration, is_plain_duration};
use crate::model::{Outcome, Pointer, TestCase, keep_text};
use crate::source::Tag;

/// Elements of captured output, of which nothing is read.
pub(super) const OUTPUT: &[&str] = &["system-out", "system-err"];

/// Where the attributes that matter stand in the tag of a case that may have passed.
#[derive(Clone, Copy, Default)]
pub(super) struct Places {
    name: Option<usize>,
    class: Option<usize>,
    time: Option<usize>,
}

/// A case that passed, with nothing to report of it.
#[derive(Clone, Copy)]
pub(super) struct Plain<'x> {
    pub class: Option<&'x str>,
    pub name: &'x str,
    time: Option<&'x str>,
}

impl Plain<'_> {
    /// As it is kept.
    pub(super) fn case(self, pointer: Pointer) -> TestCase {
        let mut case = TestCase::new(keep_text(self.name), Outcome::Passed, pointer);
        case.class = self.class.map(keep_text);
        case.elapsed = self.time.and_then(duration);
        case
    }
}

/// Those of the last tag.
#[derive(Default)]
pub(super) struct LastPlaces {
    places: Option<Places>,
    shape: Option<NonZeroU64>,
    is_kept: bool,
}

impl LastPlaces {
    /// As [`Places::of`], which is asked where the last tag had another shape.
    pub(super) fn of(&mut self, tag: Tag<'_>, is_kept: bool) -> Option<Places> {
        let shape = tag.shape();
        if shape.is_none() || (self.shape, self.is_kept) != (shape, is_kept) {
            *self = LastPlaces { places: Places::of(tag, is_kept), shape, is_kept };
        }
        self.places
    }
}

impl Places {
    /// `None` where the attributes may say more of the case than its name, class and duration, or more than is counted.
    fn of(tag: Tag<'_>, is_kept: bool) -> Option<Places> {
        let mut places = Places::default();
        for (index, (key, _)) in tag.attributes().enumerate() {
            match key {
                "name" => places.name = Some(index),
                "classname" => places.class = Some(index),
                "time" => places.time = Some(index),
                "file" | "line" if is_kept => return None,
                // A configuration function of Common Test is no test.
                "log" => return None,
                "id" | "class" | "status" | "result" | "flaky" | "ignored" | "incomplete" => return None,
                _ => {}
            }
        }
        Some(places)
    }

    /// The case, if there is nothing to report of it.
    #[inline(always)]
    pub(super) fn plain<'x>(&self, tag: Tag<'x>) -> Option<Plain<'x>> {
        let value = |place: Option<usize>| place.and_then(|index| tag.value(index));
        let is_filled = |text: &&str| text.bytes().next().is_some_and(|byte| byte.is_ascii_graphic());
        let (name, class, time) = (value(self.name).filter(is_filled)?, value(self.class), value(self.time));
        let is_plain = class.as_ref().is_none_or(is_filled) && time.is_none_or(is_plain_duration);
        is_plain.then_some(Plain { class, name, time })
    }
}

/// What an element in a case says.
#[derive(Clone, Copy)]
pub(super) enum Child {
    Result(Outcome),
    /// An attempt that failed before one that passed.
    Flaky,
    /// One more attempt that failed.
    Rerun,
    Case,
    Other,
}

/// The names of such elements, which some tools write in another case. An early version of Elixir's `junit_formatter`
/// names a failure by its status, `failed`; other words of such statuses count alike.
const CHILDREN: &[(&str, Child)] = &[
    ("failure", Child::Result(Outcome::Failed)),
    ("failed", Child::Result(Outcome::Failed)),
    ("fail", Child::Result(Outcome::Failed)),
    ("error", Child::Result(Outcome::Errored)),
    ("errored", Child::Result(Outcome::Errored)),
    ("aborted", Child::Result(Outcome::Errored)),
    ("crashed", Child::Result(Outcome::Errored)),
    ("warning", Child::Result(Outcome::Warned)),
    ("skipped", Child::Result(Outcome::Skipped)),
    ("skip", Child::Result(Outcome::Skipped)),
    ("pending", Child::Result(Outcome::Skipped)),
    ("disabled", Child::Result(Outcome::Skipped)),
    ("ignored", Child::Result(Outcome::Skipped)),
    ("notrun", Child::Result(Outcome::Skipped)),
    ("flakyfailure", Child::Flaky),
    ("flakyerror", Child::Flaky),
    ("rerunfailure", Child::Rerun),
    ("rerunerror", Child::Rerun),
    ("rerun", Child::Rerun),
    ("testcase", Child::Case),
];

impl Child {
    pub(super) fn of(tag: Tag<'_>) -> Child {
        let name = tag.name();
        CHILDREN.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map_or(Child::Other, |(_, child)| *child)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::select;

    use crate::formats::smoke::junit_xml;
    use crate::model::Evidence;
    use crate::source::{Diags, Input};

    const NAMES: [&str; 10] = ["a", "b", "b &lt; c", " x", "", "é", "c", "d", "e", "f"];
    const CLASSES: [&str; 4] = ["classname=\"s.T\" ", "", "classname=\" \" ", "class=\"s.T\" "];
    const TIMES: [&str; 5] = ["time=\"0.5\" ", "", "time=\"-1\" ", "time=\"1,234.5\" ", "time=\"9999999\" "];
    const MORE: [&str; 6] = ["", "file=\"t.py\"", "line=\"3\"", "status=\"failed\"", "flaky=\"true\"", "id=\"7\""];
    const BODIES: [&str; 5] = ["", "<system-out>ok</system-out>", "text", "<failure message=\"no\"/>", "<skipped/>"];

    /// Attributes of a case, and what stands in it. Most cases are like most.
    fn case() -> impl Strategy<Value = (String, &'static str)> {
        let mostly = |rest: &'static [&'static str]| prop_oneof![3 => Just(rest[0]), 1 => select(rest)];
        let attributes = (select(&NAMES[..]), mostly(&CLASSES), mostly(&TIMES), mostly(&MORE));
        let attributes =
            attributes.prop_map(|(name, class, time, more)| format!("name=\"{name}\" {class}{time}{more}"));
        (attributes, mostly(&BODIES))
    }

    fn document(cases: &[(String, &str)], inside: &str) -> String {
        let case = |(attributes, body): &(String, &str)| match (inside, *body) {
            ("", "") => format!("  <testcase {attributes}/>\n"),
            _ => format!("  <testcase {attributes}>{inside}{body}</testcase>\n"),
        };
        let cases: String = cases.iter().map(case).collect();
        format!("<testsuites><testsuite name=\"s\">\n{cases}</testsuite></testsuites>")
    }

    fn read(text: &str, room: u64) -> (Vec<String>, String) {
        let diags = Diags::default();
        let mut input = Input::open(Box::new(text.as_bytes())).expect("memory can be read");
        let mut evidence = Evidence::default();
        let result = (junit_xml::FORMAT.read)(&mut input.doc(false, diags.clone()).with_room(room), &mut evidence);
        let said = diags.take().into_iter().map(|it| format!("{} {} {}", it.code.id, it.message, it.pointer));
        let said = said.chain(result.err().map(|stop| stop.0.message)).collect();
        (said, format!("{:#?} {}", evidence.suites, evidence.undated))
    }

    proptest! {
        #[test]
        fn cases_that_are_like_most_are_read_as_all_others(
            cases in prop::collection::vec(case(), 0..12),
            room in 0u64..8,
        ) {
            // None that holds a comment is like most.
            let (as_it_is, one_by_one) = (document(&cases, ""), document(&cases, "<!-- -->"));
            prop_assert_eq!(read(&as_it_is, room), read(&one_by_one, room));
        }
    }
}
