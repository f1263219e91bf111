//! What the owner of a release says about its subject: by flag, by manifest, and by the CI system.
//!
//! The flag comes first, then the manifest, then the environment, then the artifacts. Whoever says otherwise than those
//! before is reported: none of them is passed over in silence.

use std::collections::BTreeMap;

use crate::diagnostics::Code;
use crate::diagnostics::codes::{CI_HEAD, CI_VARIABLE, CONTRADICTION};
use crate::merge::same;
use crate::model::identity::{Identity, Stated, SubjectDigest};
use crate::model::order::sort_by;
use crate::model::{Notice, Phrase, Release, Source, Subject};

use super::Request;

/// What the owner says: the subject by which artifacts are compared, the rest of it, and what does not agree.
pub(crate) fn of(request: &Request) -> (Subject, Stated, Vec<Notice>) {
    let keys = &request.loaded.manifest.subject;
    let mut notices = Vec::new();
    let commit = commit(request, &mut notices);
    let digests = digests(request, &mut notices);
    notices.extend(request.ci.iter().flat_map(variables));
    let subject = Subject {
        name: keys.name.clone(),
        version: keys.version.clone(),
        commit: commit.clone(),
        environment: keys.environment.clone(),
        target: keys.target.clone(),
    };
    (subject, Stated { commit, digests, ci: request.ci.clone() }, notices)
}

/// The first who says a commit is believed. Of a CI system either of its commits agrees: the one it checked out,
/// and the head of the change.
fn commit(request: &Request, notices: &mut Vec<Notice>) -> Option<String> {
    let of_ci = request.ci.as_ref();
    let in_ci = of_ci.and_then(|ci| ci.commit.as_ref());
    let head = of_ci.and_then(|ci| ci.head.as_ref());
    let claims = [
        ("--commit", request.commit.as_ref()),
        ("subject.commit", request.loaded.manifest.subject.commit.as_ref()),
        (in_ci.map_or("", |said| said.variable.as_str()), in_ci.map(|said| &said.value)),
    ];
    let mut claims = claims.into_iter().filter_map(|(who, said)| Some((who, said?)));
    let (first, chosen) = claims.next()?;
    for (who, said) in claims {
        let is_ci = in_ci.is_some_and(|ci| ci.variable == who);
        if same("commit", chosen, said) || is_ci && head.is_some_and(|head| same("commit", chosen, &head.value)) {
            continue;
        }
        let text = Phrase::new().own(format!("{who} names the commit ")).foreign(said.clone());
        notices.push(about_nothing(&CONTRADICTION, text.own(format!(", {first} ")).foreign(chosen.clone())));
    }
    let other = head.filter(|_| in_ci.is_some_and(|ci| ci.value == *chosen));
    notices.extend(other.map(|head| {
        let text = Phrase::from(format!("{} is ", in_ci.map_or("the commit", |said| &said.variable)));
        let text = text.foreign(chosen.clone()).own(", the head of the change is ").foreign(head.value.clone());
        about_nothing(&CI_HEAD, text.own(format!(" ({})", head.variable)))
    }));
    Some(chosen.clone())
}

fn digests(request: &Request, notices: &mut Vec<Notice>) -> Vec<SubjectDigest> {
    let of_manifest = request.loaded.manifest.subject.digests.iter().map(|digest| &digest.0);
    let mut all: Vec<SubjectDigest> = request.digests.iter().chain(of_manifest).cloned().collect();
    sort_by(&mut all, Ord::cmp);
    all.dedup();
    for pair in all.windows(2).filter(|pair| pair[0].name() == pair[1].name()) {
        let text = Phrase::new().foreign(pair[0].name()).own(" is given with two digests: ").foreign(pair[0].sha256());
        notices.push(about_nothing(&CONTRADICTION, text.own(" and ").foreign(pair[1].sha256())));
    }
    all
}

fn variables(ci: &Identity) -> impl Iterator<Item = Notice> {
    ci.unusable.iter().map(|said| {
        let text = Phrase::from(said.variable.clone());
        about_nothing(
            &CI_VARIABLE,
            match said.value.is_empty() {
                true => text.own(" is not set"),
                false => text.own(" cannot be used: ").foreign(said.value.clone()),
            },
        )
    })
}

/// Services that run another image of the same name than the one that was given.
pub(crate) fn other_images(release: &Release, stated: &Stated) -> Vec<Notice> {
    let wanted: BTreeMap<&str, &SubjectDigest> = stated.digests.iter().map(|digest| (digest.name(), digest)).collect();
    let other = |service: &crate::model::Sourced<crate::model::Service>| {
        let (image, digest) = service.value.image.as_ref()?.rsplit_once("@sha256:")?;
        let wanted = wanted.get(image).or_else(|| wanted.get(untagged(image)))?;
        (digest != wanted.sha256()).then(|| Notice {
            source: Some(Source::new(service.artifact, service.value.pointer.clone())),
            ..about_nothing(
                &CONTRADICTION,
                Phrase::new()
                    .foreign(service.value.name.clone())
                    .own(" runs another image than was given: ")
                    .foreign(service.value.image.clone().unwrap_or_default()),
            )
        })
    };
    release.services.iter().filter_map(other).collect()
}

/// An image without its tag: a colon after the last slash.
fn untagged(image: &str) -> &str {
    let name = image.rfind('/').map_or(0, |slash| slash + 1);
    image[name..].find(':').map_or(image, |colon| &image[..name + colon])
}

fn about_nothing(code: &'static Code, text: Phrase) -> Notice {
    Notice { code, text, source: None, place: None, other: None, help: code.help.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::untagged;

    #[test]
    fn a_port_is_no_tag() {
        assert_eq!(untagged("registry.example:5000/shop/api:1.2"), "registry.example:5000/shop/api");
        assert_eq!(untagged("registry.example:5000/shop/api"), "registry.example:5000/shop/api");
        assert_eq!(untagged("redis:7"), "redis");
    }
}
