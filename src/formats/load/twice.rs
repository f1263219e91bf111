//! For tests: the same text read with and without scanner.

use proptest::prelude::*;

use crate::model::Evidence;
use crate::source::{Diags, Doc, Input, Stop};

type Read = fn(&mut Doc<'_>, &mut Evidence) -> Result<(), Stop>;

const USUAL: &[&str] = &["https://shop.example.com/", "https://shop.example.com/?a=1\\u0026b=2", "login", "", "/a\\/b"];
const ODD: &[&str] =
    &["Kühlschrank", "\\ud83d\\ude00", "\\ud83d", "\\x", "\\u12", "a\"b", "tab\there", "\u{7f}", "\\\\", "\\\""];

/// Texts in JSON strings: usual ones, escapes of all kinds, characters beyond ASCII, and what is no JSON.
pub(super) fn texts() -> impl Strategy<Value = &'static str> {
    prop_oneof![4 => proptest::sample::select(USUAL), 1 => proptest::sample::select(ODD)]
}

/// Checks that both readers say the same.
pub(super) fn same(text: &[u8], one: Read, other: Read) -> Result<(), TestCaseError> {
    let (one, other) = (said(text, one), said(text, other));
    prop_assert_eq!(one, other);
    Ok(())
}

fn said(text: &[u8], read: Read) -> String {
    let diags = Diags::default();
    let mut evidence = Evidence::default();
    let mut input = Input::open(Box::new(text)).expect("memory can be read");
    let result = read(&mut input.doc(true, diags.clone()), &mut evidence);
    format!("{result:?}\n{evidence:#?}\n{:#?}", diags.take())
}
