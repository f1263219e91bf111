//! Texts with a secret of each kind, by which exceptions are told that would show secrets.

use std::ops::Range;

use regex::Regex;

/// A text with a secret in it.
pub struct Sample {
    /// What the mask says.
    pub kind: &'static str,
    /// The text.
    pub text: String,
    /// Where the secret is.
    pub secret: Range<usize>,
}

/// What stands before a secret, what of it is part of the secret, and what stands behind: in parts, so that no scanner
/// takes them for real ones.
const AROUND: &[(&str, &str, [&str; 2], &str)] = &[
    ("jwt", "", ["ey", "JhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0."], ""),
    ("aws-key-id", "", ["AK", "IA"], ""),
    ("gcp-key", "", ["AI", "za"], ""),
    ("github-token", "", ["gh", "p_"], ""),
    ("gitlab-token", "", ["gl", "pat-"], ""),
    ("slack-token", "", ["xo", "xb-"], ""),
    ("webhook", "https://hooks.slack.com/services/", ["T0", "/B0/"], ""),
    ("stripe-key", "", ["sk_", "live_"], ""),
    ("package-token", "", ["np", "m_"], ""),
    ("api-key", "", ["sk", "-"], ""),
    ("authorization", "Authorization: Bearer ", ["", ""], ""),
    ("cookie", "Cookie: sid=", ["", ""], "; Path=/"),
    ("secret", "password=", ["", ""], ""),
    ("secret", "\"secret\": \"", ["", ""], "\""),
    ("secret", "token: ", ["", ""], ""),
    ("secret", "run --api-key ", ["", ""], " now"),
    ("secret", "<password>", ["", ""], "</password>"),
    ("kube-secret", "kind: Secret\ndata:\n  a: ", ["", ""], "\n"),
    ("password", "mysql -p", ["", ""], " db"),
    ("url-password", "https://user:", ["", ""], "@host.example/"),
    ("url-secret", "https://host.example/cb?code=", ["", ""], "&a=b"),
];

/// Secrets by what they are made of; the first of each kind that its rule takes counts.
const BODIES: [&str; 4] = ["Qz7", "q7z", "QZ7", "739"];

/// Letters and digits of a secret.
const LENGTH: usize = 36;

/// All samples.
pub fn samples() -> impl Iterator<Item = Sample> {
    AROUND.iter().flat_map(|(kind, before, begin, after)| {
        BODIES.iter().map(move |body| {
            let body: String = body.chars().cycle().take(LENGTH).collect();
            let secret = begin.concat() + &body;
            let range = before.len()..before.len() + secret.len();
            Sample { kind, text: format!("{before}{secret}{after}"), secret: range }
        })
    })
}

/// The kind of a secret that an exception would show; `None` where it shows none of the samples.
pub fn shown(keep: &Regex) -> Option<&'static str> {
    let is_shown = |sample: &Sample| {
        let mut kept = keep.find_iter(&sample.text);
        kept.any(|kept| kept.start() <= sample.secret.start && sample.secret.end <= kept.end())
    };
    samples().find(is_shown).map(|sample| sample.kind)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::safety::redact::{Counts, Redactor};

    /// What is no secret here would refuse exceptions that show none.
    #[test]
    fn a_sample_is_masked_as_what_it_is() {
        for kind in AROUND.iter().map(|(kind, ..)| *kind) {
            let masked = samples().filter(|sample| sample.kind == kind).filter(|sample| {
                let Sample { text, secret, .. } = sample;
                let expected = format!("{}[redacted:{kind}]{}", &text[..secret.start], &text[secret.end..]);
                Redactor::standard().redact(text, &mut Counts::default()) == expected
            });
            assert!(masked.count() > 0, "{kind}");
        }
    }

    #[test]
    fn an_exception_that_shows_secrets_is_told() {
        let shown = |pattern: &str| shown(&Regex::new(pattern).expect("a pattern"));
        for pattern in
            [".+", r"\S+", "ghp_.*", "(?s).+", "[A-Za-z0-9_-]+", r"\w+", "[0-9]+", "password=.*", "[a-z0-9]+"]
        {
            assert!(shown(pattern).is_some(), "{pattern}");
        }
        for pattern in [
            r"(qa|security)@example\.com",
            r"10\.0\.0\.\d+",
            "[a-z]+@example.com",
            "password=test",
            "sk-cube-[a-z0-9]+",
            "[0-9a-f]{40}",
        ] {
            assert_eq!(shown(pattern), None, "{pattern}");
        }
    }
}
