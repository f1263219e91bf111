//! Templates at random, through signoff and through the `handlebars` crate.

use proptest::prelude::*;
use regex::Regex;

use super::handlebars::{ours, theirs};

/// White space and words between tags.
fn text() -> impl Strategy<Value = String> {
    let pieces =
        vec!["", "\n", "\n\n", " ", "  ", "\t", "x", "x\n", "\n  ", " y ", "\r\n", "{ ", "}", "\\ ", "é", "\\{{a}} "];
    prop::collection::vec(prop::sample::select(pieces), 0..4).prop_map(|pieces| pieces.concat())
}

/// What stands around a place in a template.
#[derive(Clone)]
struct Around {
    /// The blocks that change the context: whether each is a loop.
    frames: Vec<bool>,
    /// Whether there is `~` in tags; else there are comments.
    tildes: bool,
}

/// A tag, with `~` at its ends or not.
fn tag(around: &Around, inside: String) -> BoxedStrategy<String> {
    let most = if around.tildes { 3 } else { 0_u8 };
    let side = |sides: u8, bit| if sides & bit == bit { "~" } else { "" };
    (0..=most).prop_map(move |sides| format!("{{{{{}{inside}{}}}}}", side(sides, 1), side(sides, 2))).boxed()
}

/// A tag that is no block.
fn single(around: &Around) -> BoxedStrategy<String> {
    let mut paths =
        vec!["a", "n", "b", "yes", "nil", "{a}", "&a", "this.a", "obj.a", "@root.a", "words.1", "[odd name]"];
    paths.extend(["list.[1].a", "len words", "eq a \"a4\"", "lookup words 0", "> p", "> p obj"]);
    if !around.frames.is_empty() {
        paths.extend(["../a", "../obj.a", "@root.obj.n"]);
    }
    if around.frames.contains(&true) {
        paths.extend(["@index", "@first", "@last"]);
    }
    if around.frames.ends_with(&[true, true]) {
        paths.push("@../index");
    }
    let mut others = vec!["\n{{> q}}\n", "\n  {{> q}}\n", "\n\t{{> q obj}} \n"];
    if !around.tildes {
        others.extend(["{{! c }}", "{{!-- {{c}} --}}", "\n  {{!}}\n"]);
    }
    let around = around.clone();
    prop_oneof![
        5 => prop::sample::select(paths).prop_flat_map(move |path| tag(&around, path.to_owned())),
        1 => prop::sample::select(others).prop_map(str::to_owned),
    ]
    .boxed()
}

/// A block, in so many others at most.
fn block(around: &Around, depth: usize) -> BoxedStrategy<String> {
    let blocks = [
        ("if", vec!["yes", "no", "b", "none", "(eq n 4)", "(and yes nil)", "(not no)", "list"], None),
        ("unless", vec!["yes", "no", "nil", "(or no b)"], None),
        ("each", vec!["list", "none"], Some(true)),
        ("with", vec!["obj", "b"], Some(false)),
    ];
    let around = around.clone();
    (
        prop::sample::select(blocks.to_vec()),
        prop::collection::vec(prop::sample::select(vec!["if no", "unless yes"]), 0..3),
    )
        .prop_flat_map(move |((word, values, frame), chain)| {
            let mut inner = around.clone();
            inner.frames.extend(frame);
            let open = prop::sample::select(values).prop_map(move |value| format!("#{word} {value}"));
            let outer = around.clone();
            let mut parts = vec![open.prop_flat_map(move |open| tag(&outer, open)).boxed(), nodes(&inner, depth - 1)];
            for test in &chain {
                parts.extend([tag(&around, format!("else {test}")), nodes(&around, depth - 1)]);
            }
            // In strict mode the crate wants an `else` for `each` and `with`.
            if frame.is_some() || chain.len() == 1 {
                let word = if chain.is_empty() { "else" } else { "^" };
                parts.extend([tag(&around, word.to_owned()), nodes(&around, depth - 1)]);
            }
            parts.push(tag(&around, format!("/{word}")));
            parts
        })
        .prop_map(|parts| parts.concat())
        .boxed()
}

fn nodes(around: &Around, depth: usize) -> BoxedStrategy<String> {
    let node = match depth {
        0 => single(around),
        _ => prop_oneof![2 => single(around), 1 => block(around, depth)].boxed(),
    };
    let parts = prop::collection::vec((node, text()).prop_map(|(node, text)| node + &text), 0..4);
    (text(), parts).prop_map(|(text, parts)| text + &parts.concat()).boxed()
}

fn template() -> impl Strategy<Value = String> {
    let template = any::<bool>().prop_flat_map(|tildes| nodes(&Around { frames: Vec::new(), tildes }, 3));
    // Where nothing but white space follows the `~` of a tag that ends a line, the crate takes blanks after the next
    // tag too. And it does not take blanks at the end of a file for the end of a line.
    let blank = Regex::new(r"(~\}\}[ \t]*\r?\n\s*)\{\{").expect("the pattern is well-formed");
    template.prop_map(move |template| blank.replace_all(&template, "${1}z{{").into_owned() + "\n")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_template_is_written_as_the_crate_does(template in template()) {
        let ours = ours(&template);
        prop_assert!(ours.is_some());
        prop_assert_eq!(ours, theirs(&template));
    }
}
