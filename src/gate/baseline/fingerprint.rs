//! What recognises a finding again.

use sha2::{Digest, Sha256};

use crate::model::Finding;
use crate::model::digest::hexadecimal;
use crate::model::finding::Location;

/// What recognises a finding in a place: the first 32 hexadecimal digits of the SHA-256 over scanner (in lower case),
/// rule, package, place and detail, each after its length.
///
/// Not in it: line numbers, severity, title, and the version of a package. Of a URL only the path is in it, so that
/// another host or another attack string makes no other finding. Where a package is named, the place is not in it
/// either: it often holds the version of an image.
pub fn fingerprint(scanner: &str, rule: &str, package: Option<&str>, place: &str, detail: Option<&str>) -> String {
    let (place, detail) = match package {
        Some(_) => ("", ""),
        None => (path_of(place), detail.unwrap_or_default()),
    };
    let mut text = String::with_capacity(256);
    for part in [scanner.to_lowercase().as_str(), rule, package.unwrap_or_default(), place, detail] {
        for piece in [part.len().to_string().as_str(), " ", part, "\n"] {
            text.push_str(piece);
        }
    }
    hexadecimal(&Sha256::digest(text)[..16])
}

/// Of a URL its path, of anything else all of it.
fn path_of(place: &str) -> &str {
    let Some((scheme, rest)) = place.split_once("://") else { return place };
    if scheme.is_empty() || !scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+.-".contains(&byte)) {
        return place;
    }
    let path = rest.find('/').map_or("/", |at| &rest[at..]);
    path.split(['?', '#']).next().unwrap_or(path)
}

/// A finding in each of its places: fingerprint, place, and how often. What is beyond the places that are kept stands
/// together in a place without a name.
pub fn occurrences(scanner: &str, finding: &Finding) -> Vec<(String, String, u64)> {
    let Finding { rule, locations, occurrences, package, .. } = finding;
    if let Some(package) = package {
        let place = locations.first().map(|location| location.place.as_str()).unwrap_or_default();
        let name = if place.is_empty() { package.name.clone() } else { format!("{} in {place}", package.name) };
        return vec![(fingerprint(scanner, rule, Some(&package.name), "", None), name, 1)];
    }
    let one = |location: &Location| {
        let print = fingerprint(scanner, rule, None, &location.place, location.detail.as_deref());
        (print, location.place.clone(), 1)
    };
    let mut all: Vec<(String, String, u64)> = locations.iter().map(one).collect();
    let rest = (*occurrences).max(1).saturating_sub(locations.len() as u64);
    if rest > 0 {
        all.push((fingerprint(scanner, rule, None, "", None), String::new(), rest));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::{fingerprint, path_of};

    #[test]
    fn of_a_url_only_the_path_counts() {
        for (place, expected) in [
            ("https://staging.example.com/login?next=%3Cscript%3E#top", "/login"),
            ("http://localhost:8000", "/"),
            ("src/a.py", "src/a.py"),
            ("registry.example.com/shop:2.7.0", "registry.example.com/shop:2.7.0"),
            ("://x/y", "://x/y"),
        ] {
            assert_eq!(path_of(place), expected);
        }
    }

    #[test]
    fn parts_of_a_fingerprint_do_not_run_into_each_other() {
        let of = |rule, place| fingerprint("s", rule, None, place, None);
        assert_ne!(of("ab", "c"), of("a", "bc"));
        assert_eq!(
            fingerprint("ZAP", "1", None, "http://a/x?q", None),
            fingerprint("zap", "1", None, "http://b/x", None)
        );
        assert_eq!(
            fingerprint("t", "CVE-1", Some("lib"), "image:1", Some("lib@1")),
            fingerprint("t", "CVE-1", Some("lib"), "image:2", Some("lib@2"))
        );
        assert_eq!(of("a", "b").len(), 32);
    }
}
