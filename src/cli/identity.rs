//! What the command line and the environment say of the subject: commit, digests, and the run of a CI system.

use std::fs::File;
use std::io::Read;

use anyhow::bail;
use serde_json::Value;

use super::report::pick;
use crate::ci::{self, PROVIDERS, Provider};
use crate::model::identity::{Identity, SubjectDigest, is_full_commit};
use crate::model::order::sort_by;

/// Bytes of the file in which a CI system describes what started a run. GitHub cuts events at 25 MB.
const MAX_EVENT: u64 = 32 * 1024 * 1024;

#[derive(Debug, Default, clap::Args)]
#[group(skip)]
pub(super) struct Args {
    /// The commit that the evidence must be about, in full [default: `commit` of `[subject]`]
    #[arg(long, value_name = "COMMIT")]
    commit: Option<String>,
    /// Something that was built, by its content: what attestations are about
    #[arg(long, value_name = "NAME@sha256:HEX")]
    subject_digest: Vec<String>,
    /// Take commit, branch and page of the run from the variables of a CI system: `auto` finds out which, `off` reads
    /// none; else azure, bitbucket, buildkite, circleci, github, gitlab or jenkins
    #[arg(long, value_name = "SYSTEM", default_value = "off")]
    ci: Option<String>,
}

impl Args {
    pub(super) fn commit(&self) -> anyhow::Result<Option<String>> {
        match &self.commit {
            Some(commit) if !is_full_commit(commit) => {
                bail!("--commit: `{commit}` is no commit in full: 40 or 64 lower-case hexadecimal digits")
            }
            commit => Ok(commit.clone()),
        }
    }

    pub(super) fn digests(&self) -> anyhow::Result<Vec<SubjectDigest>> {
        let mut digests = Vec::new();
        for text in &self.subject_digest {
            match text.parse() {
                Ok(digest) => digests.push(digest),
                Err(error) => bail!("--subject-digest: {error}"),
            }
        }
        sort_by(&mut digests, Ord::cmp);
        digests.dedup();
        Ok(digests)
    }

    pub(super) fn ci(&self) -> anyhow::Result<Option<Identity>> {
        let variables = |name: &str| std::env::var(name).ok();
        let Some(provider) = provider(self.ci.as_deref().unwrap_or("off"), &variables)? else { return Ok(None) };
        Ok(Some(ci::identify(provider, &variables, &event)))
    }
}

/// The provider that a word stands for; `None` where none is to be asked.
fn provider(word: &str, variables: ci::Variables<'_>) -> anyhow::Result<Option<&'static Provider>> {
    match word {
        "off" => Ok(None),
        "auto" => match ci::running(variables).as_slice() {
            [] => Ok(None),
            [provider] => Ok(Some(provider)),
            several => {
                let ids: Vec<&str> = several.iter().map(|provider| provider.id).collect();
                bail!("--ci auto: the variables of several systems are set ({}): name one", ids.join(", "))
            }
        },
        id => {
            let known = PROVIDERS.iter().map(|provider| (provider.id, Some(provider)));
            pick(id, "CI system", [("auto", None), ("off", None)].into_iter().chain(known))
        }
    }
}

/// A JSON file, where it can be read and is of a sane size.
fn event(path: &str) -> Option<Value> {
    let mut text = Vec::new();
    if !std::fs::metadata(path).ok()?.is_file() {
        return None;
    }
    File::open(path).ok()?.take(MAX_EVENT).read_to_end(&mut text).ok()?;
    serde_json::from_slice(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_is_named_or_found() {
        let both = |name: &str| matches!(name, "GITLAB_CI" | "JENKINS_URL").then(|| "true".to_owned());
        let one = |name: &str| (name == "GITLAB_CI").then(|| "true".to_owned());
        let none = |_: &str| None;
        let id = |word, variables| provider(word, variables).map(|found| found.map(|provider| provider.id));
        assert_eq!(id("off", &one).ok(), Some(None));
        assert_eq!(id("auto", &one).ok(), Some(Some("gitlab")));
        assert_eq!(id("auto", &none).ok(), Some(None));
        assert_eq!(id("jenkins", &none).ok(), Some(Some("jenkins")));
        let error = id("auto", &both).expect_err("must be refused").to_string();
        assert!(error.contains("gitlab, jenkins"), "{error}");
        let error = id("githb", &none).expect_err("must be refused").to_string();
        assert!(error.contains("did you mean `github`?"), "{error}");
    }

    #[test]
    fn the_help_names_every_system() {
        let command = <Args as clap::Args>::augment_args(clap::Command::new("x"));
        let option = command.get_arguments().find(|arg| arg.get_id() == "ci").expect("the option is there");
        let help = option.get_help().expect("it has a help").to_string();
        for provider in PROVIDERS {
            assert!(help.contains(provider.id), "{} is not in: {help}", provider.id);
        }
    }
}
