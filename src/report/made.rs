//! How a report was made, as far as it decides what stands in it: what `signoff verify` needs to make it again.

use std::path::Path;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::RENDERERS;
use super::html::Style;
use super::junit::Profile;
use super::markdown::{TEMPLATES, template_path};
use super::summary::Budget;
use crate::formats;
use crate::model::digest::hexadecimal;
use crate::model::{Identity, Kind, SubjectDigest};

/// How a report was made. What only decides about the exit code is not part of it.
///
/// See the [example](mod@crate::report#example).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Made {
    /// SHA-256 of the manifest; `None` where there was none.
    pub policy: Option<String>,
    /// The time that was given; `None` where the evidence's was taken.
    pub as_of: Option<Timestamp>,
    /// The kinds that were asked for; `None` where the manifest's were.
    pub require: Option<Vec<Kind>>,
    /// The commit that was given; `None` where the manifest's or the CI system's was taken.
    pub commit: Option<String>,
    /// What was built, as given beside the manifest.
    pub digests: Vec<SubjectDigest>,
    /// What the CI system said; `None` where it was not asked.
    pub ci: Option<Identity>,
    /// How many shards there had to be; `None` where the manifest's number was taken.
    pub shards: Option<u32>,
    /// The earlier report that was compared with: its path, and SHA-256 over it; `None` where there was none.
    pub baseline: Option<(String, String)>,
    /// Artifacts whose format was named: the end of their name, and the format.
    pub formats: Vec<(String, &'static str)>,
    /// The bytes that one artifact may have; `None` where they were not given.
    pub max_size: Option<u64>,
    /// The forms that were written.
    pub forms: Vec<&'static str>,
    /// SHA-256 over the user's own templates; `None` where there were none.
    pub templates: Option<String>,
    /// The size of a summary.
    pub budget: Budget,
    /// How much the JUnit XML says.
    pub profile: Profile,
    /// Where the styles of the page stand.
    pub style: Style,
}

impl Made {
    /// The keys `policy_digest` and `options` of `report.json`.
    pub fn as_json(&self) -> (Value, Value) {
        let mut options = json!({
            "as_of": self.as_of.map(|time| time.to_string()),
            "require": self.require.as_ref().map(|kinds| kinds.iter().map(|kind| kind.word()).collect::<Vec<_>>()),
            "shards": self.shards,
            "baseline": self.baseline.as_ref().map(|(path, sha256)| json!({"path": path, "sha256": sha256})),
            "format_of": self.formats.iter().map(|(path, id)| json!({"path": path, "format": id})).collect::<Vec<_>>(),
            "forms": self.forms,
            "templates_digest": self.templates,
            "summary_chars": self.budget.chars,
            "summary_bytes": self.budget.bytes,
            "junit_profile": self.profile.word(),
            "css": self.style.word(),
        });
        // What few reports have stands in those alone.
        if let Some(commit) = &self.commit {
            options["commit"] = json!(commit);
        }
        if !self.digests.is_empty() {
            options["subject_digests"] = self.digests.iter().map(ToString::to_string).collect();
        }
        if let Some(ci) = &self.ci {
            options["ci"] = json!(ci);
        }
        if let Some(bytes) = self.max_size {
            options["max_size"] = json!(bytes);
        }
        (json!(self.policy), options)
    }

    /// From `report.json`; `None` where it does not say, or says what this version does not know.
    pub fn from_report(report: &Value) -> Option<Made> {
        let options = report.get("options")?.as_object()?;
        let text = |value: &Value| value.as_str().map(ToOwned::to_owned);
        let kind = |value: &Value| Kind::ALL.into_iter().find(|kind| value == kind.word());
        let form = |value: &Value| RENDERERS.iter().map(|form| form.id).find(|id| value == id);
        let size = |key: &str| options.get(key)?.as_u64()?.try_into().ok();
        let named = |value: &Value| Some((text(&value["path"])?, formats::by_id(value["format"].as_str()?)?.id));
        Some(Made {
            policy: text(&report["policy_digest"]),
            as_of: match &options["as_of"] {
                Value::String(time) => Some(time.parse().ok()?),
                _ => None,
            },
            require: match &options["require"] {
                Value::Array(kinds) => Some(kinds.iter().map(kind).collect::<Option<_>>()?),
                _ => None,
            },
            commit: options.get("commit").and_then(text),
            digests: match options.get("subject_digests") {
                Some(digests) => digests.as_array()?.iter().map(|d| d.as_str()?.parse().ok()).collect::<Option<_>>()?,
                None => Vec::new(),
            },
            ci: match options.get("ci") {
                Some(ci) => Some(Identity::deserialize(ci).ok()?),
                None => None,
            },
            shards: options["shards"].as_u64().and_then(|count| count.try_into().ok()),
            baseline: match options.get("baseline") {
                None | Some(Value::Null) => None,
                Some(baseline) => Some((text(&baseline["path"])?, text(&baseline["sha256"])?)),
            },
            max_size: options.get("max_size").and_then(Value::as_u64),
            formats: options["format_of"].as_array()?.iter().map(named).collect::<Option<_>>()?,
            forms: options["forms"].as_array()?.iter().map(form).collect::<Option<_>>()?,
            templates: text(options.get("templates_digest")?),
            budget: Budget { chars: size("summary_chars")?, bytes: size("summary_bytes")? },
            profile: Profile::ALL.into_iter().find(|profile| options["junit_profile"] == profile.word())?,
            style: Style::ALL.into_iter().find(|style| options["css"] == style.word())?,
        })
    }
}

/// SHA-256 over the templates in a folder that stand in for built-in ones, with their names.
pub fn templates_digest(folder: &Path) -> String {
    let mut hasher = Sha256::new();
    for (name, _) in TEMPLATES {
        let path = template_path(name);
        if let Ok(text) = std::fs::read(folder.join(&path)) {
            hasher.update(format!("{path} {}\n", text.len()));
            hasher.update(&text);
        }
    }
    hexadecimal(&hasher.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Said;

    #[test]
    fn what_is_written_is_read_back() {
        let made = Made {
            policy: Some("ab".repeat(32)),
            as_of: "2025-11-20T10:00:00Z".parse().ok(),
            require: Some(vec![Kind::Smoke, Kind::Load]),
            commit: Some("ab".repeat(20)),
            digests: vec![format!("shop@sha256:{}", "ef".repeat(32)).parse().expect("a digest")],
            ci: Some(Identity {
                provider: "gitlab".to_owned(),
                commit: Some(Said { variable: "CI_COMMIT_SHA".to_owned(), value: "ab".repeat(20) }),
                ..Identity::default()
            }),
            shards: Some(3),
            baseline: Some(("old/report.json".to_owned(), "ef".repeat(32))),
            formats: vec![("a.xml".to_owned(), "junit-xml")],
            max_size: Some(4_096),
            forms: vec!["md", "json"],
            templates: Some("cd".repeat(32)),
            budget: Budget { chars: 4_000, bytes: 16_000 },
            profile: Profile::Extended,
            style: Style::Separate,
        };
        for made in [made, Made::default()] {
            let (policy, options) = made.as_json();
            assert_eq!(Made::from_report(&json!({"policy_digest": policy, "options": options})), Some(made));
        }
        assert_eq!(Made::from_report(&json!({})), None);
    }
}
