//! What a bundle says was read by a `[[format]]` stands only where the manifest has the same: the filter is a part of
//! the policy, and whoever collects does not judge.

use super::Mapping;
use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::MAPPING;
use crate::model::Artifact;

/// Holds what came in bundles against the mappings that whoever judges has.
pub(crate) fn hold(artifacts: &mut [Artifact], mappings: &[Mapping]) {
    for artifact in artifacts.iter_mut().filter(|artifact| artifact.origin.is_some()) {
        let Some(mapped) = &artifact.mapping else { continue };
        let known = mappings.iter().find(|mapping| mapping.id == mapped.id);
        let problem = match known {
            Some(mapping) if mapped.digest.as_ref() == Some(&mapping.digest()) => continue,
            Some(_) => "and that of the manifest is another",
            None => "which the manifest does not have",
        };
        let message = format!("was read by the `[[format]]` `{}` where it was collected, {problem}", mapped.id);
        let help =
            "collect and judge with the same manifest: what a filter makes of an artifact is a part of the policy";
        artifact.evidence.diagnostics.push(Diagnostic::new(&MAPPING, message).help(help));
    }
}
