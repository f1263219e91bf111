//! CI systems, and what their variables say of the run: commit, ref and page of the pipeline.
//!
//! Nothing here reads the environment: variables and the file of the event are asked for through arguments, and only
//! where the user wants it. What they say is text of strangers (the name of a branch is chosen by whoever opens a pull
//! request), so it is redacted here and escaped where it is written.

use serde_json::Value;

use crate::model::identity::{Identity, Said, is_full_commit};
use crate::safety::redact::{Counts, Redactor};
use crate::safety::visible;

/// Characters of a value that are kept.
const MAX_VALUE: usize = 500;

/// One CI system.
#[derive(Debug)]
pub struct Provider {
    /// Its name on the command line.
    pub id: &'static str,
    /// Its own name.
    pub title: &'static str,
    /// The variable that every job has, and its value in lower case; any where that is empty.
    pub marker: (&'static str, &'static str),
    /// The variable of the commit.
    pub commit: &'static str,
    /// Where the head of the change stands; it is used where it is another commit.
    pub head: Head,
    /// Variables of the branch or tag; the first that says something counts.
    pub refs: &'static [&'static str],
    /// The page of the run, with the variables in it: the first of which all are set.
    pub pipeline: &'static [&'static str],
    /// What to know before believing the commit.
    pub pitfalls: &'static str,
    /// Where the variables are documented.
    pub source: &'static str,
}

/// Where the head of a change stands.
#[derive(Debug)]
pub enum Head {
    /// Nowhere.
    Unknown,
    /// In a variable.
    Variable(&'static str),
    /// In a JSON file that a variable names, at the first of these pointers that is there.
    File(&'static str, &'static [&'static str]),
}

/// Every CI system, by id.
pub static PROVIDERS: &[Provider] = &[
    Provider {
        id: "azure",
        title: "Azure Pipelines",
        marker: ("TF_BUILD", "true"),
        commit: "BUILD_SOURCEVERSION",
        head: Head::Variable("SYSTEM_PULLREQUEST_SOURCECOMMITID"),
        refs: &["BUILD_SOURCEBRANCH"],
        pipeline: &["{SYSTEM_COLLECTIONURI}{SYSTEM_TEAMPROJECT}/_build/results?buildId={BUILD_BUILDID}"],
        pitfalls: "In the validation of a pull request the commit is the merge of it that the server made, and the ref is \
                   `refs/pull/N/merge`. With several repositories the variables are those of the one that triggered.",
        source: "https://learn.microsoft.com/azure/devops/pipelines/build/variables",
    },
    Provider {
        id: "bitbucket",
        title: "Bitbucket Pipelines",
        marker: ("BITBUCKET_BUILD_NUMBER", ""),
        commit: "BITBUCKET_COMMIT",
        head: Head::Unknown,
        refs: &["BITBUCKET_TAG", "BITBUCKET_BRANCH"],
        pipeline: &["https://bitbucket.org/{BITBUCKET_REPO_FULL_NAME}/pipelines/results/{BITBUCKET_BUILD_NUMBER}"],
        pitfalls: "The commit is the one that started the build. In a pipeline of a pull request the destination is merged \
                   into the clone first, so what runs is no commit of the repository. A pipeline can set the variables \
                   anew, and so say what it likes.",
        source: "https://support.atlassian.com/bitbucket-cloud/docs/variables-and-secrets/",
    },
    Provider {
        id: "buildkite",
        title: "Buildkite",
        marker: ("BUILDKITE", "true"),
        commit: "BUILDKITE_COMMIT",
        head: Head::Unknown,
        refs: &["BUILDKITE_TAG", "BUILDKITE_BRANCH"],
        pipeline: &["{BUILDKITE_BUILD_URL}"],
        pitfalls: "A build that was started by hand or by the API without a commit has the word `HEAD`, which names nothing; \
                   it is not taken.",
        source: "https://buildkite.com/docs/pipelines/environment_variables",
    },
    Provider {
        id: "circleci",
        title: "CircleCI",
        marker: ("CIRCLECI", "true"),
        commit: "CIRCLE_SHA1",
        head: Head::Unknown,
        refs: &["CIRCLE_TAG", "CIRCLE_BRANCH"],
        pipeline: &["{CIRCLE_BUILD_URL}"],
        pitfalls: "The page is that of the job, not of the workflow. The branch of a pull request of a fork is `pull/N`; a job \
                   for a tag has no branch.",
        source: "https://circleci.com/docs/reference/variables/",
    },
    Provider {
        id: "github",
        title: "GitHub Actions",
        marker: ("GITHUB_ACTIONS", "true"),
        commit: "GITHUB_SHA",
        head: Head::File(
            "GITHUB_EVENT_PATH",
            &["/pull_request/head/sha", "/workflow_run/head_sha", "/merge_group/head_sha"],
        ),
        refs: &["GITHUB_REF"],
        pipeline: &[
            "{GITHUB_SERVER_URL}/{GITHUB_REPOSITORY}/actions/runs/{GITHUB_RUN_ID}/attempts/{GITHUB_RUN_ATTEMPT}",
            "{GITHUB_SERVER_URL}/{GITHUB_REPOSITORY}/actions/runs/{GITHUB_RUN_ID}",
        ],
        pitfalls: "On `pull_request` the commit is the merge commit that GitHub made for the run, which is on no branch and \
                   goes away; on `pull_request_target` and `workflow_run` it is the tip of the base or default branch, \
                   which is not what was tested. The head of the change is read from the file of the event and shown beside it.",
        source: "https://docs.github.com/actions/reference/workflows-and-actions/events-that-trigger-workflows",
    },
    Provider {
        id: "gitlab",
        title: "GitLab CI/CD",
        marker: ("GITLAB_CI", "true"),
        commit: "CI_COMMIT_SHA",
        head: Head::Variable("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA"),
        refs: &["CI_COMMIT_REF_NAME"],
        pipeline: &["{CI_PIPELINE_URL}"],
        pitfalls: "In a merged results pipeline and in a merge train the commit is one that GitLab made for the run; the head \
                   stands in `CI_MERGE_REQUEST_SOURCE_BRANCH_SHA`, which is empty in all other pipelines.",
        source: "https://docs.gitlab.com/ci/variables/predefined_variables/",
    },
    Provider {
        id: "jenkins",
        title: "Jenkins",
        marker: ("JENKINS_URL", ""),
        commit: "GIT_COMMIT",
        head: Head::Unknown,
        refs: &["TAG_NAME", "BRANCH_NAME", "GIT_BRANCH"],
        pipeline: &["{BUILD_URL}"],
        pitfalls: "`GIT_COMMIT` is set by the Git plugin and is that of the last checkout, which in a pipeline may be a shared \
                   library or a second repository. Where a change request (`CHANGE_ID` is set) is built as merged, it is a \
                   merge commit that only this agent has. `GIT_BRANCH` may be `detached`, and `BRANCH_NAME` of a change \
                   request is `PR-N`.",
        source: "https://plugins.jenkins.io/git/ and https://www.jenkins.io/doc/book/pipeline/multibranch/",
    },
];

/// A provider, by its id.
pub fn by_id(id: &str) -> Option<&'static Provider> {
    PROVIDERS.iter().find(|provider| provider.id == id)
}

/// The value of a variable; `None` where it is not set, or empty, which some systems make of what does not apply.
pub type Variables<'v> = &'v dyn Fn(&str) -> Option<String>;

/// The CI systems that this runs in, by their markers.
pub fn running(variables: Variables<'_>) -> Vec<&'static Provider> {
    let runs = |provider: &&Provider| {
        let (name, wanted) = provider.marker;
        variables(name).is_some_and(|value| wanted.is_empty() || value.eq_ignore_ascii_case(wanted))
    };
    PROVIDERS.iter().filter(runs).collect()
}

/// What a CI system says of its run. `file` reads a JSON file that a variable names.
pub fn identify(provider: &Provider, variables: Variables<'_>, file: &dyn Fn(&str) -> Option<Value>) -> Identity {
    let mut identity = Identity { provider: provider.id.to_owned(), ..Identity::default() };
    let set = |name: &str| Some(said(name, &variables(name).filter(|value| !value.trim().is_empty())?));
    match set(provider.commit) {
        Some(said) if is_full_commit(&said.value) => identity.commit = Some(said),
        Some(said) => identity.unusable.push(said),
        None => identity.unusable.push(Said { variable: provider.commit.to_owned(), value: String::new() }),
    }
    let head = match provider.head {
        Head::Unknown => None,
        Head::Variable(name) => set(name),
        Head::File(name, pointers) => set(name).and_then(|at| match variables(name).and_then(|path| file(&path)) {
            Some(event) => pointers
                .iter()
                .find_map(|pointer| Some(said(&format!("{name} {pointer}"), event.pointer(pointer)?.as_str()?))),
            None => {
                identity.unusable.push(at);
                None
            }
        }),
    };
    match head {
        Some(head) if !is_full_commit(&head.value) => identity.unusable.push(head),
        head => identity.head = head.filter(|head| identity.commit.as_ref().is_none_or(|c| c.value != head.value)),
    }
    let is_name = |said: &Said| !matches!(said.value.as_str(), "HEAD" | "detached");
    identity.reference = provider.refs.iter().find_map(|name| set(name).filter(is_name));
    let pages = || provider.pipeline.iter().find_map(|template| filled(template, &set));
    match pages() {
        Some(page) if is_address(&page.value) => identity.pipeline = Some(page),
        Some(page) => identity.unusable.push(page),
        None => {}
    }
    identity
}

/// Secrets go before anything is cut.
fn said(variable: &str, value: &str) -> Said {
    let value = Redactor::standard().redact(value, &mut Counts::default());
    Said { variable: variable.to_owned(), value: visible::cut(&value, MAX_VALUE).into_owned() }
}

/// A template with the values of its variables; `None` where one of them is not set.
fn filled(template: &str, set: &dyn Fn(&str) -> Option<Said>) -> Option<Said> {
    let mut names = Vec::new();
    let mut value = String::new();
    for (index, part) in template.split(['{', '}']).enumerate() {
        if index % 2 == 0 {
            value.push_str(part);
        } else {
            value.push_str(&set(part)?.value.replace(' ', "%20"));
            names.push(part);
        }
    }
    Some(Said { variable: names.join(", "), value })
}

fn is_address(text: &str) -> bool {
    let is_web = ["https://", "http://"].iter().any(|scheme| text.starts_with(scheme));
    is_web && text.chars().all(|char| char.is_ascii_graphic() && !matches!(char, '"' | '<' | '>' | '`' | '\\'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMIT: &str = "de255fd16fd8c6e8a5f17a42ffc1421b1b5916b5";
    const HEAD: &str = "0123456789abcdef0123456789abcdef01234567";

    #[track_caller]
    fn check(id: &str, environment: &[(&str, &str)], expected: [&str; 4]) -> Identity {
        let variables = |name: &str| {
            let found = environment.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned()).filter(|value| !value.is_empty())
        };
        assert_eq!(running(&variables).iter().map(|provider| provider.id).collect::<Vec<_>>(), [id]);
        let provider = by_id(id).expect("the provider is in the table");
        let event = |path: &str| match path {
            "/event.json" => {
                serde_json::from_str(&format!("{{\"pull_request\":{{\"head\":{{\"sha\":\"{HEAD}\"}}}}}}")).ok()
            }
            _ => None,
        };
        let identity = identify(provider, &variables, &event);
        let said = |said: &Option<Said>| said.as_ref().map(|said| said.value.clone()).unwrap_or_default();
        let all = [&identity.commit, &identity.head, &identity.reference, &identity.pipeline].map(said);
        assert_eq!(all, expected, "{identity:?}");
        identity
    }

    #[test]
    fn the_table_is_sorted_and_its_templates_are_whole() {
        assert!(PROVIDERS.windows(2).all(|pair| pair[0].id < pair[1].id));
        for template in PROVIDERS.iter().flat_map(|provider| provider.pipeline) {
            assert_eq!(template.matches('{').count(), template.matches('}').count(), "{template}");
        }
    }

    #[test]
    fn github() {
        let run = "https://github.com/o/r/actions/runs/7";
        let push = [
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_SHA", COMMIT),
            ("GITHUB_REF", "refs/heads/main"),
            ("GITHUB_SERVER_URL", "https://github.com"),
            ("GITHUB_REPOSITORY", "o/r"),
            ("GITHUB_RUN_ID", "7"),
        ];
        check("github", &push, [COMMIT, "", "refs/heads/main", run]);
        let again = format!("{run}/attempts/2");
        let pull = [&push[..], &[("GITHUB_EVENT_PATH", "/event.json"), ("GITHUB_RUN_ATTEMPT", "2")]].concat();
        let identity = check("github", &pull, [COMMIT, HEAD, "refs/heads/main", &again]);
        assert_eq!(
            identity.head.map(|head| head.variable).as_deref(),
            Some("GITHUB_EVENT_PATH /pull_request/head/sha")
        );
        let lost = [&push[..], &[("GITHUB_EVENT_PATH", "/lost.json")]].concat();
        assert_eq!(check("github", &lost, [COMMIT, "", "refs/heads/main", run]).unusable.len(), 1);
    }

    #[test]
    fn gitlab() {
        let page = "https://gitlab.example/g/p/-/pipelines/9";
        let environment = [
            ("GITLAB_CI", "true"),
            ("CI_COMMIT_SHA", COMMIT),
            ("CI_COMMIT_REF_NAME", "v1.2"),
            ("CI_PIPELINE_URL", page),
            ("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", ""),
        ];
        check("gitlab", &environment, [COMMIT, "", "v1.2", page]);
        let mut merged = environment;
        merged[4].1 = HEAD;
        check("gitlab", &merged, [COMMIT, HEAD, "v1.2", page]);
    }

    #[test]
    fn azure_writes_spaces_and_capitals() {
        let environment = [
            ("TF_BUILD", "True"),
            ("BUILD_SOURCEVERSION", COMMIT),
            ("BUILD_SOURCEBRANCH", "refs/pull/3/merge"),
            ("SYSTEM_PULLREQUEST_SOURCECOMMITID", HEAD),
            ("SYSTEM_COLLECTIONURI", "https://dev.azure.com/o/"),
            ("SYSTEM_TEAMPROJECT", "My Shop"),
            ("BUILD_BUILDID", "12"),
        ];
        let page = "https://dev.azure.com/o/My%20Shop/_build/results?buildId=12";
        check("azure", &environment, [COMMIT, HEAD, "refs/pull/3/merge", page]);
    }

    #[test]
    fn jenkins_without_a_branch() {
        let environment = [
            ("JENKINS_URL", "https://ci.example/"),
            ("GIT_COMMIT", COMMIT),
            ("GIT_BRANCH", "detached"),
            ("BUILD_URL", "https://ci.example/job/a/1/"),
        ];
        check("jenkins", &environment, [COMMIT, "", "", "https://ci.example/job/a/1/"]);
    }

    #[test]
    fn circleci_and_bitbucket_prefer_the_tag() {
        let environment = [
            ("CIRCLECI", "true"),
            ("CIRCLE_SHA1", COMMIT),
            ("CIRCLE_TAG", "v1"),
            ("CIRCLE_BUILD_URL", "https://c.example/1"),
        ];
        check("circleci", &environment, [COMMIT, "", "v1", "https://c.example/1"]);
        let environment = [
            ("BITBUCKET_BUILD_NUMBER", "4"),
            ("BITBUCKET_COMMIT", COMMIT),
            ("BITBUCKET_BRANCH", "main"),
            ("BITBUCKET_REPO_FULL_NAME", "w/r"),
        ];
        check("bitbucket", &environment, [COMMIT, "", "main", "https://bitbucket.org/w/r/pipelines/results/4"]);
    }

    #[test]
    fn a_word_is_no_commit_and_a_script_is_no_address() {
        let environment = [
            ("BUILDKITE", "true"),
            ("BUILDKITE_COMMIT", "HEAD"),
            ("BUILDKITE_BRANCH", "main"),
            ("BUILDKITE_BUILD_URL", "javascript:alert(1)"),
        ];
        let identity = check("buildkite", &environment, ["", "", "main", ""]);
        let unusable: Vec<&str> = identity.unusable.iter().map(|said| said.variable.as_str()).collect();
        assert_eq!(unusable, ["BUILDKITE_COMMIT", "BUILDKITE_BUILD_URL"]);
        let none = check("buildkite", &[("BUILDKITE", "true")], ["", "", "", ""]);
        assert_eq!(none.unusable[0].value, "");
    }

    #[test]
    fn secrets_in_an_address_are_masked() {
        let environment = [
            ("BUILDKITE", "true"),
            ("BUILDKITE_COMMIT", COMMIT),
            ("BUILDKITE_BUILD_URL", "https://u:hunter2@b.example/1"),
        ];
        check("buildkite", &environment, [COMMIT, "", "", "https://u:[redacted:url-password]@b.example/1"]);
    }
}
