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

/// The qualifiers of a package URL: key and value, as they are written. None where there are none.
pub(crate) fn qualifiers(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let text = text.split('#').next().unwrap_or(text);
    let all = text.split_once('?').map_or("", |(_, all)| all);
    all.split('&').filter_map(|one| one.split_once('=')).filter(|(_, value)| !value.is_empty())
}

/// The name and the version of `name@version`.
pub(crate) fn name_and_version(text: &str) -> (&str, Option<&str>) {
    match text.rsplit_once('@') {
        // A scope of npm starts with the sign that sets the version off.
        Some((name, version)) if !name.is_empty() && !name.ends_with('/') => (name, Some(version)),
        _ => (text, None),
    }
}
