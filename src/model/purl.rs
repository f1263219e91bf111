//! Package URLs: `pkg:npm/%40scope/name@1.0?arch=amd64#sub`.

/// The type of a package URL, its path (namespace and name) and its version, each as it is written; without qualifiers and
/// subpath. `None` where a text is none. By package-url/purl-spec, `PURL-SPECIFICATION.rst`.
pub(crate) fn parts(text: &str) -> Option<(&str, &str, Option<&str>)> {
    // Slashes behind the scheme mean nothing.
    let text = text.trim().strip_prefix("pkg:")?.trim_start_matches('/');
    let (kind, rest) = text.split(['?', '#']).next().unwrap_or(text).split_once('/')?;
    let (path, version) = name_and_version(rest);
    Some((kind, path, version))
}

/// The name and the version of `name@version`.
pub(crate) fn name_and_version(text: &str) -> (&str, Option<&str>) {
    match text.rsplit_once('@') {
        // A scope of npm starts with the sign that sets the version off.
        Some((name, version)) if !name.is_empty() && !name.ends_with('/') => (name, Some(version)),
        _ => (text, None),
    }
}
