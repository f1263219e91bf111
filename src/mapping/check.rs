//! What can be known of `[[format]]` before any artifact is read.

use crate::manifest::Spanned;

use crate::formats;
use crate::jq::Expression;
use crate::manifest::{FormatKeys, Loaded, ManifestError};

/// Everything that is wrong with the mappings of a manifest.
pub fn mistakes(loaded: &Loaded) -> Vec<ManifestError> {
    let all = &loaded.manifest.format;
    let mut errors = Vec::new();
    for (index, keys) in all.iter().enumerate() {
        one(keys, &all[..index], loaded, &mut errors);
    }
    errors
}

fn one(keys: &FormatKeys, before: &[FormatKeys], loaded: &Loaded, errors: &mut Vec<ManifestError>) {
    let mut error = |at: &Spanned<String>, message: String, help: &str| {
        errors.push(loaded.error(&at.span(), message, Some(help.to_owned())));
    };
    let id = keys.id.get_ref();
    if !crate::manifest::is_id(id) {
        error(&keys.id, format!("`{id}` is no id"), "write lower-case words and digits, joined by `-`");
    }
    if formats::by_id(id).is_some() {
        error(&keys.id, format!("`{id}` is a format that signoff knows"), "give it another id");
    }
    if before.iter().any(|other| other.id.get_ref() == id) {
        error(&keys.id, format!("`{id}` stands twice"), "give each format an id of its own");
    }
    if keys.path.is_empty() && keys.keys.is_empty() {
        let help = "add `path = [\"checks/*.json\"]`, or `keys` that no other file has together";
        error(&keys.id, format!("`{id}` has neither `path` nor `keys`, so it is for no artifact"), help);
    }
    for path in keys.path.iter().filter(|path| path.get_ref().trim().is_empty()) {
        error(path, "the path is blank".to_owned(), "write the end of a name, with `*` for any text");
    }
    if let Err(broken) = Expression::new(keys.filter.get_ref()) {
        let span = loaded.within(&keys.filter, broken.at);
        errors.push(loaded.error(&span, format!("the filter of `{id}` is broken: {}", broken.message), None));
    }
}

#[cfg(test)]
mod tests {
    use super::mistakes;
    use crate::manifest::parse;

    #[track_caller]
    fn check(keys: &str, expected: &[&str]) {
        let loaded = parse("signoff.toml", &format!("[[format]]\n{keys}\n")).expect("the keys and types are right");
        let found = mistakes(&loaded).iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        for part in expected {
            assert!(found.contains(part), "`{part}` is not in:\n{found}");
        }
        assert_eq!(found.is_empty(), expected.is_empty(), "{found}");
    }

    #[test]
    fn mistakes_have_a_place() {
        let rest = "to = \"signoff.smoke/1\"\nkeys = [\"a\"]\nfilter = '.a'";
        check(&format!("id = \"acme\"\n{rest}"), &[]);
        check(&format!("id = \"Acme checks\"\n{rest}"), &["`Acme checks` is no id", "signoff.toml:2:6"]);
        check(&format!("id = \"zap-json\"\n{rest}"), &["a format that signoff knows", "signoff.toml:2:6"]);
        check(
            "id = \"acme\"\nto = \"signoff.smoke/1\"\nfilter = '.'",
            &["neither `path` nor `keys`", "signoff.toml:2:6"],
        );
        check(
            "id = \"acme\"\nto = \"signoff.smoke/1\"\npath = [\"a.json\", \" \"]\nfilter = '.'",
            &["the path is blank", "signoff.toml:4:19"],
        );
        check(
            "id = \"acme\"\nto = \"signoff.smoke/1\"\nkeys = [\"a\"]\nfilter = '''\n.a[]\n| {name: .titel, outcome: pased}'''",
            &["the filter of `acme` is broken: there is no filter `pased`", "signoff.toml:7:27", "^^^^^"],
        );
        check(
            &format!("id = \"acme\"\n{rest}\n[[format]]\nid = \"acme\"\n{rest}"),
            &["stands twice", "signoff.toml:7:6"],
        );
    }

    #[test]
    fn another_schema_is_refused_with_a_suggestion() {
        let text = "[[format]]\nid = \"acme\"\nto = \"signoff.smoke/2\"\nkeys = [\"a\"]\nfilter = '.'\n";
        let error = parse("signoff.toml", text).expect_err("there is no such format").to_string();
        assert!(error.contains("signoff.toml:3:6") && error.contains("did you mean `signoff.smoke/1`?"), "{error}");
    }
}
