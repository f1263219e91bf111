//! Files that are often given as evidence and are none: each gets a message of its own.

use crate::source::Probe;

/// A kind of file that is known and is no evidence.
pub struct Stranger {
    /// What it is: `a Terraform state`.
    pub what: &'static str,
    /// What to give instead.
    pub instead: &'static str,
    /// Whether an artifact is one.
    pub detect: fn(&Probe<'_>) -> bool,
}

/// Every stranger.
pub static STRANGERS: &[Stranger] = &[
    Stranger {
        what: "a Terraform state, which is no dry run",
        instead: "give the plan: `terraform show -json PLAN`",
        detect: |probe| {
            probe.is_object_with(&["format_version", "values"])
                && !probe
                    .document()
                    .is_some_and(|root| root.get("resource_changes").exists() || root.get("planned_values").exists())
        },
    },
    Stranger {
        what: "an answer of the Alertmanager API v1, which is gone",
        instead: "ask `/api/v2/alerts`",
        detect: |probe| {
            probe.document().is_some_and(|root| {
                root.get("status").str().as_deref() == Some("deprecated")
                    || root.get("status").exists()
                        && root.get("data").is_array()
                        && root.get("data").at(0).get("fingerprint").exists()
            })
        },
    },
    Stranger {
        what: "a JMeter result without the names of its columns",
        instead: "write it with `jmeter.save.saveservice.print_field_names=true`",
        detect: |probe| {
            probe.header().is_some_and(|fields| {
                let number = |index: usize| fields.get(index).is_some_and(|f| f.bytes().all(|b| b.is_ascii_digit()));
                let judged = fields.iter().any(|field| field == "true" || field == "false");
                fields.len() >= 8 && fields[0].len() == 13 && number(0) && number(1) && judged
            })
        },
    },
    Stranger {
        what: "Vegeta's text report",
        instead: "give `vegeta report --type json`",
        detect: |probe| probe.first_line().is_some_and(|line| line.starts_with("Requests      [total, rate")),
    },
    Stranger {
        what: "hey's text summary",
        instead: "give `hey -o csv`",
        detect: |probe| {
            probe.text().is_some_and(|text| {
                text.contains("Response time histogram:") && text.contains("Status code distribution:")
            })
        },
    },
    Stranger {
        what: "Gatling's statistics as JavaScript",
        instead: "give `js/stats.json` or `js/global_stats.json`, which Gatling writes up to 3.13.4",
        detect: |probe| probe.first_line().is_some_and(|line| line.starts_with("var stats = {")),
    },
    Stranger {
        what: "an HTML page, perhaps the error page of a proxy",
        instead: "see what the request that wrote the file was answered",
        detect: |probe| probe.has_root("html") || probe.has_root("HTML"),
    },
];
