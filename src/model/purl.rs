//! Package URLs: `pkg:npm/%40scope/name@1.0?arch=amd64#sub`.

/// The type of a package URL, its path (namespace and name) and its version, each as it is written; without qualifiers and
/// subpath. `None` where a text is none. By package-url/purl-spec, `PURL-SPECIFICATION.rst`.
pub(crate) fn parts(text: &str) -> Option<(&str, &str, Option<&str>)> {
    let (kind, rest) = text.trim().strip_prefix("pkg:")?.split_once('/')?;
    let rest = rest.split(['?', '#']).next().unwrap_or(rest);
    // A scope of npm starts with the sign that sets the version off.
    match rest.rsplit_once('@') {
        Some((path, version)) if !path.is_empty() => Some((kind, path, Some(version))),
        _ => Some((kind, rest, None)),
    }
}
