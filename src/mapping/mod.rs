//! JSON of the user's own: `[[format]]` in the manifest maps it to one of signoff's formats with a jq filter.
//!
//! ```toml
//! [[format]]
//! id = "acme-checks"
//! to = "signoff.smoke/1"
//! keys = ["acme", "checks"]
//! filter = '.checks[] | {name: .title, outcome: (if .ok then "passed" else "failed" end)}'
//! ```
//!
//! The artifact stays the artifact: its digest is that of its own bytes, and the places of the evidence lead into it
//! (`run.rs` says which). What the filter gives is read by the reader of the native format, so it is held to the
//! same rules as a file that somebody wrote by hand.

mod bundled;
mod check;
mod run;
mod unread;

use std::io::Read;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender};

use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{INTERNAL, LIMIT, MAPPING};
use crate::formats::{self, Format};
use crate::jq::{PATIENCE, apart};
use crate::manifest::{FormatKeys, Loaded, matches};
use crate::model::{Evidence, Pointer, Texts, Tool, Unread};
use crate::source::{Diags, Doc, Input, Node, Probe, Stop, Tree, resolve};

pub(crate) use bundled::hold;
pub use check::mistakes;

use run::{Fault, Made};

/// One `[[format]]` of a manifest.
#[derive(Clone, Debug)]
pub struct Mapping {
    /// Its id.
    pub id: String,
    /// The tool that writes the artifacts; `None` where the manifest does not say.
    tool: Option<String>,
    /// The native format that the filter makes.
    native: &'static Format,
    /// The schema of that format.
    schema: &'static str,
    paths: Vec<String>,
    keys: Vec<String>,
    slurp: bool,
    filter: String,
    /// Line and column of the filter in the manifest.
    place: String,
}

impl Mapping {
    /// Those of a manifest, in its order.
    pub fn all(loaded: &Loaded) -> Vec<Mapping> {
        loaded.manifest.format.iter().filter_map(|keys| Mapping::new(keys, loaded)).collect()
    }

    fn new(keys: &FormatKeys, loaded: &Loaded) -> Option<Mapping> {
        let FormatKeys { id, tool, to, path, keys, slurp, filter } = keys;
        let place = loaded.place(&filter.span()).to_string();
        let paths = path.iter().map(|path| path.get_ref().clone()).collect();
        let (id, filter) = (id.get_ref().clone(), filter.get_ref().clone());
        let native = formats::by_id(to.format())?;
        let (tool, keys, slurp) = (tool.clone(), keys.clone(), *slurp);
        Some(Mapping { id, tool, native, schema: to.schema(), paths, keys, slurp, filter, place })
    }

    /// SHA-256 over all that decides what it makes of an artifact: where it may be, what it must hold, and the filter.
    pub fn digest(&self) -> String {
        let Mapping { id, tool, native: _, schema, paths, keys, slurp, filter, place: _ } = self;
        let parts = serde_json::json!([id, tool, schema, paths, keys, slurp, filter]);
        crate::model::digest::digest(parts.to_string().as_bytes())
    }

    /// Whether it names artifacts by their path. Then it goes before any format that recognises the content.
    pub const fn is_by_path(&self) -> bool {
        !self.paths.is_empty()
    }

    /// Whether an artifact is one of those that it is for.
    pub fn is_for(&self, name: &str, probe: &Probe<'_>) -> bool {
        let is_named = |path: &String| matches(path, name) || matches(&format!("*/{path}"), name);
        let has_keys = |node: Node<'_>| node.is_object() && self.keys.iter().all(|key| node.get(key).exists());
        let mut starts = probe.first().into_iter().chain(probe.elements().take(1));
        (self.paths.is_empty() || self.paths.iter().any(is_named)) && (self.keys.is_empty() || starts.any(has_keys))
    }

    /// The native format that it makes.
    pub const fn native(&self) -> &'static Format {
        self.native
    }

    /// Reads an artifact: applies the filter, and reads what that gives as the native format.
    ///
    /// Where `is_audit`, it is tried as well which parts of the artifact make no difference to what the filter gives;
    /// `None` where nobody asks, or that cannot be told.
    ///
    /// # Errors
    /// The artifact is no JSON, or the filter does not give anything that can be read.
    pub fn read(
        &self,
        doc: &mut Doc<'_>,
        evidence: &mut Evidence,
        is_audit: bool,
    ) -> Result<Option<Vec<Unread>>, Stop> {
        let text = doc.text()?;
        let length = text.len() as u64;
        let records = Arc::new(records(&text, doc.is_lines(), doc.diags(), is_audit)?);
        let shared = Arc::clone(&records);
        let made = self.in_time(move |mapping| run::apply(&mapping, &shared))?;
        let made = made.map_err(|fault| self.stop(fault, &text))?;
        let diags = Diags::default();
        let result = read_native(self.native, &made, evidence, &diags);
        if let Err(stop) = result {
            diags.push(*stop.0);
        }
        evidence.visit(&mut Relocate(&made));
        if evidence.tool.is_none() {
            evidence.tool = self.tool.clone().map(|name| Tool::new(name, None));
        }
        for diagnostic in diags.take() {
            doc.report(self.relocate(diagnostic, &made, &text));
        }
        if !is_audit {
            return Ok(None);
        }
        Ok(self.in_time(move |mapping| unread::find(&mapping, &records, length)).ok().flatten())
    }

    /// Runs what a filter does in a thread of its own, since nothing ends a filter that does not end.
    fn in_time<T: Send + 'static>(&self, work: impl FnOnce(Mapping) -> T + Send + 'static) -> Result<T, Stop> {
        let mapping = self.clone();
        let run = move |send: Sender<T>| {
            let _ = send.send(work(mapping));
        };
        let receive = apart(run).map_err(|error| Stop::io(&error))?;
        receive.recv_timeout(PATIENCE).map_err(|error| match error {
            RecvTimeoutError::Timeout => {
                let message = format!("{} has not come to an end in {} s", self.words(), PATIENCE.as_secs());
                Diagnostic::new(&LIMIT, message).help("write the filter so that it comes to an end").into()
            }
            RecvTimeoutError::Disconnected => Stop::new(&INTERNAL, format!("{} made signoff fail", self.words())),
        })
    }

    fn words(&self) -> String {
        format!("the filter of `{}` ({} in the manifest)", self.id, self.place)
    }

    fn stop(&self, fault: Fault, text: &str) -> Stop {
        let code = if fault.is_limit { &LIMIT } else { &MAPPING };
        let mut diagnostic = Diagnostic::new(code, format!("{} {}", self.words(), fault.message)).at(fault.at.clone());
        diagnostic.place = resolve(text.as_bytes(), &fault.at).map(|found| found.place);
        diagnostic.into()
    }

    /// What the native reader says, with the place in the artifact and that in the result of the filter.
    fn relocate(&self, mut diagnostic: Diagnostic, made: &Made, text: &str) -> Diagnostic {
        let at = diagnostic.pointer.to_string();
        let at = if at.is_empty() { String::new() } else { format!(" {at} of") };
        diagnostic.message = format!("{}, in{at} what {} gives", diagnostic.message, self.words());
        diagnostic.pointer = made.origin(&diagnostic.pointer);
        diagnostic.other = diagnostic.other.map(|other| made.origin(&other));
        diagnostic.place = resolve(text.as_bytes(), &diagnostic.pointer).map(|found| found.place);
        let help = format!("the result has to be {}", self.schema);
        diagnostic.help = Some(diagnostic.help.map_or(help.clone(), |own| format!("{own}; {help}")));
        diagnostic
    }
}

fn read_native(format: &Format, made: &Made, evidence: &mut Evidence, diags: &Diags) -> Result<(), Stop> {
    let bytes: Box<dyn Read + '_> = Box::new(made.text.as_bytes());
    let mut input = Input::open(bytes).map_err(|error| Stop::io(&error))?;
    (format.read)(&mut input.doc(made.is_lines, diags.clone()), evidence)
}

/// A JSON document of an artifact.
#[derive(Debug)]
struct Record {
    /// Where it stands.
    base: Pointer,
    /// Its text.
    text: Vec<u8>,
    /// The texts of its single values, in their order; none where nobody asks what is read.
    leaves: Vec<Leaf>,
}

/// A value of a document that holds no others.
#[derive(Debug)]
struct Leaf {
    /// The keys that lead to it, `*` for the index of an array.
    shape: String,
    /// Bytes of its text, with that of its key.
    bytes: u64,
}

/// The JSON documents of an artifact. A line that is no JSON is reported and passed over, as by every reader.
fn records(text: &str, is_lines: bool, diags: &Diags, is_audit: bool) -> Result<Vec<Record>, Stop> {
    let mut records = Vec::new();
    let bytes: Box<dyn Read + '_> = Box::new(text.as_bytes());
    let mut input = Input::open(bytes).map_err(|error| Stop::io(&error))?;
    let mut doc = input.doc(is_lines, diags.clone());
    let mut take = |tree: Tree| {
        let mut leaves = Vec::new();
        if is_audit {
            unread::leaves(tree.root(), "", 0, &mut leaves);
        }
        records.push(Record { base: tree.root().pointer(), text: tree.bytes().to_vec(), leaves });
        Ok(())
    };
    if is_lines {
        doc.lines().records(take)?;
    } else {
        take(doc.document()?)?;
    }
    Ok(records)
}

/// Puts evidence from its place in the result of a filter to its place in the artifact.
struct Relocate<'m>(&'m Made);

impl Texts for Relocate<'_> {
    fn text(&mut self, _: &mut String) {}

    fn pair(&mut self, _: &mut String, _: &mut String) {}

    fn place(&mut self, pointer: &mut Pointer) {
        *pointer = self.0.origin(pointer);
    }
}

#[cfg(test)]
mod tests {
    use crate::ingest::{Options, read_bytes};
    use crate::manifest::parse;
    use crate::mapping::Mapping;
    use crate::model::Artifact;

    #[track_caller]
    fn read(filter: &str, text: &str) -> Artifact {
        let manifest =
            format!("[[format]]\nid = \"acme\"\nto = \"signoff.smoke/1\"\npath = [\"*\"]\nfilter = '{filter}'\n");
        let loaded = parse("signoff.toml", &manifest).expect("a manifest");
        let options = Options { mappings: Mapping::all(&loaded), is_audit: true, ..Options::default() };
        read_bytes("acme.json", text.as_bytes(), &options)
    }

    #[track_caller]
    fn pointers(filter: &str, text: &str, expected: &[&str]) {
        let artifact = read(filter, text);
        assert!(artifact.evidence.diagnostics.is_empty(), "{filter}: {:?}", artifact.evidence.diagnostics);
        let cases = artifact.evidence.suites.iter().flat_map(|suite| suite.cases());
        assert_eq!(cases.map(|case| case.pointer.to_string()).collect::<Vec<_>>(), expected, "{filter}");
    }

    #[track_caller]
    fn ignored(filter: &str, text: &str, expected: &[&str]) {
        let unread = read(filter, text).unread.expect("it can be told");
        assert_eq!(unread.iter().map(|part| part.shape.as_str()).collect::<Vec<_>>(), expected, "{filter}");
    }

    const TREE: &str =
        r#"{"suites": [{"n": "API", "tests": [{"t": "a", "s": "ok"}, {"t": "b", "s": "bad", "e": {"m": "no"}}]}]}"#;

    #[test]
    fn places_lead_to_where_the_name_was_taken_from() {
        let outcome = r#"outcome: (if .s == "ok" then "passed" else "failed" end)"#;
        let record = ["/suites/0/tests/0", "/suites/0/tests/1"];
        pointers(&format!(".suites[].tests[] | {{name: .t, {outcome}}}"), TREE, &record);
        pointers(&format!("{{tests: [.suites[].tests[] | {{name: .t, {outcome}}}]}}"), TREE, &record);
        let category = format!(".suites[] as $s | $s.tests[] | {{name: .t, category: $s.n, {outcome}, message: .e.m}}");
        pointers(&category, TREE, &record);
        // A part of a text is in the same memory; a text that was put together has no place of its own.
        pointers(&format!(".suites[].tests[] | {{name: .t[0:1], {outcome}}}"), TREE, &record);
        let made_up = format!(".suites[].tests[] | {{name: \"test \\(.t)\", {outcome}, message: .e.m}}");
        pointers(&made_up, TREE, &["", "/suites/0/tests/1/e/m"]);
    }

    #[test]
    fn a_key_that_becomes_a_name_leads_to_its_member() {
        let text = r#"{"checks": {"login": true, "pay/now": false}}"#;
        let filter = r#".checks | to_entries[] | {name: .key, outcome: (if .value then "passed" else "failed" end)}"#;
        pointers(filter, text, &["/checks/login", "/checks/pay~1now"]);
        ignored(filter, text, &[]);
    }

    #[test]
    fn each_line_is_a_document_of_its_own() {
        let text = "{\"c\": \"a\", \"x\": 1}\n{\"c\": \"b\"}\n";
        pointers(r#"{name: .c, outcome: "passed"}"#, text, &["line 1", "line 2"]);
        pointers(r#"{name: "made up", outcome: "passed"}"#, text, &["line 1", "line 2"]);
        pointers(r#"{name: .c, outcome: "passed"}"#, "{\"c\": \"a\"}\n", &[""]);
        ignored(r#"{name: .c, outcome: "passed"}"#, text, &["/x"]);
    }

    #[test]
    fn what_makes_no_difference_is_ignored_and_nothing_else() {
        let whole = r#".suites[].tests[] | {name: .t, outcome: (if .s == "ok" then "passed" else "failed" end)}"#;
        ignored(whole, TREE, &["/suites/*/n", "/suites/*/tests/*/e"]);
        // All are bad here, so only the text in the filter tells that the state is read.
        let bad = r#"{"suites": [{"tests": [{"t": "a", "s": "bad"}], "n": 1}]}"#;
        ignored(whole, bad, &["/suites/*/n"]);
        let bound = r#".a[] | {name: .t, outcome: (if .ms < 500 then "passed" else "failed" end)}"#;
        ignored(bound, r#"{"a": [{"t": "x", "ms": 20, "id": 20}]}"#, &["/a/*/id"]);
        // How many there are is read, what is in them is not.
        let count = r#"{name: "steps", outcome: (if (.steps | length) > 1 then "passed" else "failed" end)}"#;
        ignored(count, r#"{"steps": [{"a": 1}, {"a": 2}]}"#, &["/steps/*/a"]);
    }

    #[test]
    fn a_filter_that_does_not_end_is_given_up() {
        let artifact = read("def f: f; f", "{}");
        let diagnostic = &artifact.evidence.diagnostics[0];
        assert_eq!(diagnostic.code.id, "limit");
        assert!(diagnostic.message.contains("has not come to an end"), "{}", diagnostic.message);
    }

    #[test]
    fn what_a_filter_gives_is_held_to_the_native_format() {
        for (filter, code, message) in [
            (".a", "mapping", "gives nothing"),
            ("empty", "mapping", "gives nothing"),
            (".a.b.c", "mapping", "fails: cannot index"),
            ("{tests: []}", "nothing-ran", "no test is listed"),
            (
                "{name: \"a\", outcome: \"pased\"}",
                "unknown-word",
                "unknown word `pased`, in /outcome of what the filter",
            ),
            ("{name: \"a\", outcome: \"passed\", nmae: 1}", "unknown-word", "unknown word `nmae`"),
            ("{schema: \"signoff.load/1\"}", "unreadable-part", "is not of schema"),
            ("{name: nan, outcome: \"passed\"}", "syntax", "NaN and Infinity are not JSON numbers"),
            ("reduce range(200) as $i (1; [.])", "limit", "128 levels"),
        ] {
            let filter = if filter == ".a" { ".a[]" } else { filter };
            let artifact = read(filter, r#"{"a": []}"#);
            let found = artifact.evidence.diagnostics.iter().any(|d| d.code.id == code && d.message.contains(message));
            assert!(found, "{filter}: {:?}", artifact.evidence.diagnostics);
        }
    }
}
