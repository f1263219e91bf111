//! The table of what is redacted, in the order in which it counts where two rules meet.

use std::ops::Range;

use regex::Captures;

use super::headers::{authorization, cookie_values, cookies, credentials, scheme, trimmed};
use super::shapes::{private_key, putty_key, terraform_token};
use super::value::{self, is_placeholder, is_prose};

/// What a text must hold for a rule to be tried; found by passes over the bytes, beside the [`words`].
pub mod needs {
    /// What tokens of a known form begin with.
    pub const TOKEN: u32 = 1;
    /// As many digits as a card number has, at most a blank or a hyphen between two.
    pub const CARD: u32 = 1 << 1;
    /// One of `=` and `:`, which separate a name from its value; or `>`, where an escape may stand for them.
    pub const SEPARATOR: u32 = 1 << 2;
    /// `=`.
    pub const EQUALS: u32 = 1 << 3;
    /// `@`.
    pub const AT: u32 = 1 << 4;
    /// Two capital letters and two digits in a row, and ten or more digits in all.
    pub const IBAN: u32 = 1 << 5;
    /// Four numbers with full stops between them, the first of which private networks have.
    pub const ADDRESS: u32 = 1 << 6;
    /// A minus after a space, and what an option may begin with after it.
    pub const FLAG: u32 = 1 << 7;
    /// `<`.
    pub const TAG: u32 = 1 << 8;
    /// The word of that name, beside one of [`words`](super::words) and a [`SEPARATOR`].
    pub const VALUE: u32 = 1 << 9;
    /// [`HOOK`](super::HOOK), and the end of a host that takes messages.
    pub const WEBHOOK: u32 = 1 << 10;
    /// One of [`words`](super::words) at the end of a name, and a sign behind it that separates a name from its value.
    pub const NAMED: u32 = 1 << 11;
    /// One of [`words`](super::words) at the end of the name of an element, behind its `<`.
    pub const IN_TAG: u32 = 1 << 12;
    /// A name of a query's parameter that is secret there, and `=` behind it.
    pub const QUERY: u32 = 1 << 13;
    /// One of [`COMMANDS`](super::COMMANDS), beside a [`FLAG`].
    pub const COMMAND: u32 = 1 << 14;
    /// What a private key begins with, beside its word.
    pub const BEGIN: u32 = 1 << 15;
    /// What stands before a name and a password, beside the word for it.
    pub const LOGIN: u32 = 1 << 16;
    /// The name of that header, beside its word.
    pub const AUTHORIZATION: u32 = 1 << 17;
    /// One of [`words`](super::words) at the end of a name, and a blank and a quotation mark behind it.
    pub const QUOTED: u32 = 1 << 18;
}

/// Words that name a secret or a header, as a set: bit *n* stands for number *n* of [`WORDS`].
pub mod words {
    use super::WORDS;

    /// Any of them.
    pub const ANY: u32 = (1 << WORDS.len()) - 1;
    /// [`HOOK`](super::HOOK), which names none.
    pub const HOOK: u32 = 1 << WORDS.len();
    /// No word is needed.
    pub const NONE: u32 = 0;

    /// Some of them.
    pub const fn of<const N: usize>(names: [&str; N]) -> u32 {
        let (mut set, mut at) = (0, 0);
        while at < N {
            set |= 1 << number(names[at]);
            at += 1;
        }
        set
    }

    /// The number of one in [`WORDS`].
    pub const fn number(name: &str) -> usize {
        let mut number = 0;
        while number < WORDS.len() {
            if is_same(WORDS[number].as_bytes(), name.as_bytes()) {
                return number;
            }
            number += 1;
        }
        panic!("no such word");
    }

    const fn is_same(a: &[u8], b: &[u8]) -> bool {
        let mut at = 0;
        while at < a.len() && at < b.len() && a[at] == b[at] {
            at += 1;
        }
        at == a.len() && at == b.len()
    }
}

/// One row of the table.
pub struct Row {
    /// Stands in the mask: `[redacted:kind]`.
    pub kind: &'static str,
    /// What a text must hold, see [`needs`].
    pub needs: u32,
    /// Words of which a text must hold one, see [`words`].
    pub words: u32,
    /// Finds a candidate.
    pub pattern: &'static str,
    /// Finds the secrets in a candidate.
    pub find: Find,
}

/// Adds the secrets of one match in a text to a list.
pub type Find = fn(&str, &Captures<'_>, &mut Vec<Range<usize>>);

/// Names whose values are secret, as they end: `db_password`, `X-Api-Key`, `clientSecret`.
const NAMES: &str = concat!(
    r"(?:pass(?:word|wd|wort|phrase|code)|pwd|secret|token|credentials?|bearer",
    r"|(?:api|app|access|secret|private|signing|encryption|account|master|client|auth|ssh|license|shared|subscription)[ ._-]?key",
    r"|(?:openai|anthropic|gemini|mistral|cohere|groq|stripe|paypal|sendgrid|mailgun|twilio|datadog|pusher|snyk)[ ._-]?key",
    r"|(?:aws|azure|github|gitlab)[ ._-]?key|secret[ ._-]?key[._-]?base",
    r"|(?:github|gh|gitlab|gl|bitbucket|azure|devops|ado|docker|dockerhub|jira|databricks|snowflake)_pat",
    r"|(?-u:\b)(?:db|user|smtp|admin|root|mysql|redis|ssh|ftp|http|proxy|sudo)[_-]?pass|(?-u:\b)_?auth|_?[cx]srf",
    r"|[jp]h?p?sess(?:ion)?id|session[_-]?id|aspxauth|connect\.sid|saml(?:response|request)",
    r"|x-[a-z0-9-]{0,40}(?:key|auth|signature|session))",
    r"(?:[._-]?(?:value|hash|base64|b64|plain|confirm(?:ation)?|again|repeat|old|new|current|[0-9]{1,2}))?",
);

/// Keys of services, each of the length and the letters that its service gives it: Grafana, Databricks, Sentry, Pulumi,
/// Groq, Supabase, Buildkite, PlanetScale, New Relic, Notion, Doppler, CircleCI, Artifactory, Postman, Hugging Face.
const VENDORS: &str = concat!(
    r"(?:glsa_[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}|dapi[a-f0-9]{32}|sntrys_[A-Za-z0-9_+/=-]{40,}|sntryu_[a-f0-9]{64}",
    r"|pul-[a-f0-9]{40}|gsk_[A-Za-z0-9]{40,}|sbp_[a-f0-9]{40}|bkua_[a-z0-9]{40}",
    r"|pscale_(?:tkn|oauth|pw)_[A-Za-z0-9_=.-]{32,}|NRAK-[A-Z0-9]{27}|ntn_[A-Za-z0-9]{40,}",
    r"|dp\.(?:ct|pt|sa|scim|audit)\.[A-Za-z0-9]{40,}|dp\.st\.(?:[a-z0-9_-]{2,35}\.)?[A-Za-z0-9]{40,}",
    r"|CCIPAT_[A-Za-z0-9]{22}_[a-fA-F0-9]{40}|AKCp[A-Za-z0-9]{60,}|PMAK-[a-f0-9]{24}-[a-f0-9]{34}|hf_[A-Za-z]{34,})",
);

/// The rules.
#[rustfmt::skip]
pub static ROWS: &[Row] = &[
    Row { kind: "private-key", needs: needs::BEGIN, words: words::of(["key"]), find: private_key,
        pattern: r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----" },
    Row { kind: "private-key", needs: needs::TOKEN, words: words::NONE, find: putty_key, pattern: r"Private-Lines:[ \t]*[0-9]{1,4}\s" },
    Row { kind: "jwt", needs: needs::TOKEN, words: words::NONE, find: whole,
        pattern: r"eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]*){0,3}" },
    Row { kind: "aws-key-id", needs: needs::TOKEN, words: words::NONE, find: bounded, pattern: r"(?:AKIA|ASIA|ABIA)[A-Z0-9]{12,}" },
    Row { kind: "gcp-key", needs: needs::TOKEN, words: words::NONE, find: bounded, pattern: r"(?:AIza[0-9A-Za-z_-]{20,}|GOCSPX-[0-9A-Za-z_-]{10,}|ya29\.[0-9A-Za-z_-]{10,})" },
    Row { kind: "github-token", needs: needs::TOKEN, words: words::NONE, find: bounded, pattern: r"(?:gh[oprsu]_[A-Za-z0-9]{16,}|github_pat_[A-Za-z0-9_]{16,})" },
    Row { kind: "gitlab-token", needs: needs::TOKEN, words: words::NONE, find: bounded, pattern: r"gl(?:pat|cbt|dt|rt|rtr|ptt|ft|soat|imt|agent|oas|ffct)-[A-Za-z0-9_.-]{10,}" },
    Row { kind: "slack-token", needs: needs::TOKEN, words: words::NONE, find: bounded, pattern: r"(?:xox[a-z]|xapp|xwfp)-[A-Za-z0-9-]{10,}" },
    Row { kind: "webhook", needs: needs::WEBHOOK, words: words::NONE, find: group,
        pattern: r"(?i)(?:hooks\.slack\.com/(?:services|workflows)/|discord(?:app)?\.com/api/webhooks/|[a-z0-9.-]*webhook\.office\.com/)([A-Za-z0-9/_@-]+)" },
    Row { kind: "stripe-key", needs: needs::TOKEN, words: words::NONE, find: bounded, pattern: r"(?:[rs]k_(?:live|test|prod)_[A-Za-z0-9]{8,}|whsec_[A-Za-z0-9+/=]{10,})" },
    Row { kind: "package-token", needs: needs::TOKEN, words: words::NONE, find: bounded, pattern: r"(?:npm_[A-Za-z0-9]{20,}|pypi-[A-Za-z0-9_-]{16,}|dckr_pat_[A-Za-z0-9_-]{16,}|rubygems_[a-f0-9]{20,}|oy2[a-z0-9]{43})" },
    Row { kind: "api-key", needs: needs::TOKEN, words: words::NONE, find: mixed, pattern: r"(?:sk-[A-Za-z0-9_-]{20,}|hf_[A-Za-z0-9]{20,}|SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}|hv[bsr]\.[A-Za-z0-9_-]{20,}|do[op]_v1_[a-f0-9]{32,}|shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}|lin_api_[A-Za-z0-9]{20,}|ATATT3[A-Za-z0-9_=-]{20,}|AGE-SECRET-KEY-1[A-Z0-9]{20,}|xai-[A-Za-z0-9_]{40,}|fo1_[A-Za-z0-9_-]{43,}|figd_[A-Za-z0-9_-]{40,})" },
    Row { kind: "api-key", needs: needs::TOKEN, words: words::NONE, find: bounded, pattern: VENDORS },
    Row { kind: "api-key", needs: needs::TOKEN, words: words::NONE, find: terraform_token, pattern: r"\.atlasv1\.[A-Za-z0-9_=-]{20,}" },
    Row { kind: "authorization", needs: needs::SEPARATOR | needs::AUTHORIZATION, words: words::of(["auth"]), find: authorization,
        pattern: r#"(?i)authorization["'\\`\]]{0,4}[ \t]*(?:=>|[:=])"# },
    Row { kind: "authorization", needs: 0, words: words::of(["bearer", "basic"]), find: scheme, pattern: r"(?i)(?-u:\b)(?:bearer|basic)(?:[ \t+]+)" },
    Row { kind: "cookie", needs: needs::SEPARATOR, words: words::of(["cookie"]), find: cookies, pattern: r#"(?i)(?-u:\b)cookie2?["'\\`\]]{0,4}[ \t]*(?:=>|[:=])"# },
    Row { kind: "cookie", needs: needs::FLAG | needs::COMMAND, words: words::NONE, find: cookies, pattern: r#"(?:\s--cookie[ =]|(?-u:\b)curl(?-u:\b)[^\n]*?\s-b ?)"# },
    Row { kind: "secret", needs: needs::SEPARATOR | needs::VALUE, words: words::ANY, find: pair,
        pattern: r#"(?i)(?-u:\b)(?:name|key|header|id)["'\\]{0,4}\s*[:=]\s*["'\\]{1,4}([^"'\\\x00-\x1f]{1,80})["'\\]{1,4}(?:\s*,\s*["'\\]{0,4}|(?:\s+[a-z0-9_-]+=["'][^"']*["'])*\s+)value["'\\]{0,4}\s*[:=]\s*"# },
    Row { kind: "secret", needs: needs::SEPARATOR | needs::NAMED, words: words::ANY, find: assigned,
        pattern: r#"(?i)(?:{NAMES})["'\\`\]]{0,6}([ \t]{0,8})(?:=>|:=|={1,3}|:|%3D)([ \t]{0,8})"# },
    Row { kind: "secret", needs: needs::QUOTED, words: words::of(["key"]), find: quoted_key,
        pattern: r#"(?i)(?:api|app|access|secret|private|signing|encryption|master|client|auth|subscription)[ ._-]?key["'`]?[ \t]{1,8}["'`]([^"'`\s]{8,})["'`]"# },
    Row { kind: "secret", needs: needs::FLAG, words: words::ANY, find: option,
        pattern: r#"(?i)(?:^|\s|['"])--?[a-z0-9-]{0,40}(?:{NAMES})[ \t]+"# },
    Row { kind: "secret", needs: needs::TAG | needs::IN_TAG, words: words::ANY, find: element,
        pattern: r"(?i)<[^<>=\x00-\x20]{0,60}?(?:{NAMES})(?:\s[^<>]*)?>(?:<!\[CDATA\[)?([^<\]]+)" },
    Row { kind: "kube-secret", needs: needs::SEPARATOR, words: words::of(["secret"]), find: kube_secret, pattern: r#"(?s)^.*(?-u:\b)kind["']?:\s*["']?Secret(?-u:\b).*$"# },
    Row { kind: "password", needs: needs::LOGIN, words: words::of(["pass"]), find: last_group, pattern: r"(?i)(?-u:\b)(?:login|user(?:name)?|account)\s+\S+\s+pass(?:word|wd)?\s+(\S+)" },
    Row { kind: "password", needs: needs::FLAG | needs::COMMAND, words: words::NONE, find: last_group,
        pattern: r#"(?-u:\b)(?:mysql[a-z0-9_]*|mariadb[a-z0-9_-]*|mongo[a-z0-9_]*|7z|redis-cli)(?-u:\b)[^\n]*?\s(?:-p|-a[ ])["']?([^\s'"]+)"# },
    Row { kind: "password", needs: needs::FLAG | needs::COMMAND, words: words::NONE, find: last_group,
        pattern: r#"(?-u:\b)(?:sshpass|(?:docker|podman|helm|oc|az|cf|skopeo)[ ][^\n]*?(?-u:\b)login)(?-u:\b)[^\n]*?\s-p[ =]?["']?([^\s'"]+)"# },
    Row { kind: "password", needs: needs::FLAG | needs::SEPARATOR, words: words::NONE, find: user_option,
        pattern: r#"(?:^|\s)(?:-u|-U|--user|--proxy-user|--auth|-a)[ =]?["']?([^\s:'"=/]+):([^\s'"]+)"# },
    Row { kind: "url-password", needs: needs::AT | needs::SEPARATOR, words: words::NONE, find: user_info,
        pattern: r#"(?i)(?-u:\b)([a-z][a-z0-9+.-]{0,30})://([^\s/?#"'<>`]*)@"# },
    Row { kind: "url-password", needs: needs::AT, words: words::NONE, find: last_group,
        pattern: r#"(?:jdbc:oracle:[a-z0-9]{2,8}:|(?-u:\b)(?:sqlplus|sqlldr|expdp|impdp)(?-u:\b)[^\n@]{0,200}?\s["']?)[^\s/@"':]{1,130}/("[^"\n]{1,130}"|[^\s@"']{1,130})@"# },
    Row { kind: "url-secret", needs: needs::EQUALS | needs::QUERY, words: words::NONE, find: query,
        pattern: r"(?i)(?:[?&;#]|^|amp;)(code|key|sig|signature|session|sid|s?auth|ticket|otp|pass|assertion|code_verifier|x-amz-signature|awsaccesskeyid|hmac)=" },
    Row { kind: "card-number", needs: needs::CARD, words: words::NONE, find: card,
        pattern: r"[2-6][0-9]{3}(?:([ -]?)[0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]{4}|[ -]?[0-9]{6}[ -]?[0-9]{5})" },
    Row { kind: "iban", needs: needs::IBAN, words: words::NONE, find: iban, pattern: r"(?-u:\b)[A-Z]{2}[0-9]{2}[ A-Z0-9]{11,40}" },
    Row { kind: "email", needs: needs::AT, words: words::NONE, find: email,
        pattern: r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})*\.[A-Za-z]{2,18}" },
    Row { kind: "private-ip", needs: needs::ADDRESS, words: words::NONE, find: address,
        pattern: r"(?:10\.[0-9]{1,3}|192\.168|172\.(?:1[6-9]|2[0-9]|3[01]))\.[0-9]{1,3}\.[0-9]{1,3}" },
];

/// The beginnings that make [`needs::TOKEN`], in order: those that begin alike are looked for together.
#[rustfmt::skip]
pub const TOKENS: [&str; 76] = [
    "-Lines:", ".atlasv1.", "ABIA", "AGE-SECRET", "AIza", "AKCp", "AKIA", "ASIA", "ATATT3", "CCIPAT_", "GOCSPX-", "NRAK-",
    "PMAK-", "SG.", "bkua_", "dapi", "dckr_pat_", "doo_v1_", "dop_v1_", "dp.audit.", "dp.ct.",
    "dp.pt.", "dp.sa.", "dp.scim.", "dp.st.", "eyJ", "figd_", "fo1_", "gho_", "ghp_", "ghr_", "ghs_", "ghu_",
    "github_pat_", "glagent-", "glcbt-", "gldt-", "glffct-", "glft-", "glimt-", "gloas-", "glpat-", "glptt-", "glrt-",
    "glrtr-", "glsa_", "glsoat-", "gsk_", "hf_", "hvb.", "hvr.", "hvs.", "lin_api_", "npm_", "ntn_", "oy2", "pscale_",
    "pul-", "pypi-", "rk_", "rubygems_", "sbp_", "shpat_", "shpca_", "shppa_", "shpss_", "sk-", "sk_", "sntrys_",
    "sntryu_", "whsec_", "xai-", "xapp-", "xox", "xwfp-", "ya29",
];

/// The names that make [`needs::QUERY`].
pub const QUERY: [&str; 16] = [
    "code",
    "key",
    "sig",
    "signature",
    "session",
    "sid",
    "auth",
    "sauth",
    "ticket",
    "otp",
    "pass",
    "assertion",
    "code_verifier",
    "x-amz-signature",
    "awsaccesskeyid",
    "hmac",
];

/// What makes [`needs::COMMAND`].
pub const COMMANDS: [&str; 9] =
    ["--cookie", "curl", "mysql", "mariadb", "mongo", "7z", "redis-cli", "sshpass", "login"];

/// The word that makes [`needs::WEBHOOK`], in small and in capital letters: addresses that post messages hold it.
pub const HOOK: &str = "hook";

/// The word of [`WORDS`] that counts only where a name ends, for paths and patterns begin like it: a personal access token.
pub const PAT: &str = "_pat";

/// The words that name a secret or a header; [`PAT`] only where a name ends, the last one only as the start of a word,
/// or after a full stop.
/// Those that are looked for together stand together, ordered so that few other words begin like them.
#[rustfmt::skip]
pub const WORDS: [&str; 17] = [
    "csrf", "xsrf", PAT, "pwd", "pass", "basic", "secret", "sess", "token", "cookie", "key", "bearer",
    "auth", "saml", "credential", "signature", "sid",
];

/// How [`NAMES`] go on behind the last of [`WORDS`] in them, beside those that end with it.
pub const ENDINGS: [(&str, &[&str]); 5] = [
    ("key", &["base", "_base", "-base", ".base"]),
    ("pass", &["word", "wd", "wort", "phrase", "code"]),
    ("credential", &["s"]),
    ("sess", &["ion", "id", "ionid", "ion_id", "ion-id"]),
    ("saml", &["response", "request"]),
];

/// What may stand behind a name that is part of it, beside one or two digits, and after a sign or none.
pub const SUFFIXES: [&str; 12] =
    ["value", "hash", "base64", "b64", "plain", "confirm", "confirmation", "again", "repeat", "old", "new", "current"];

/// The pattern of [`WORDS`] and [`HOOK`].
pub fn pattern_of_words() -> String {
    let [anywhere @ .., start] = WORDS;
    format!(r"(?i){}|{HOOK}|(?-u:\b){start}|\.{start}", anywhere.join("|"))
}

/// The pattern of a row, with the names put in.
pub fn pattern(row: &Row) -> String {
    row.pattern.replace("{NAMES}", NAMES)
}

fn is_token_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// Whether a range is no part of a longer word.
fn is_bounded(text: &str, range: &Range<usize>) -> bool {
    !text[..range.start].ends_with(is_token_char) && !text[range.end..].starts_with(is_token_char)
}

fn whole(_: &str, captures: &Captures<'_>, out: &mut Vec<Range<usize>>) {
    out.push(captures.get_match().range());
}

fn group(_: &str, captures: &Captures<'_>, out: &mut Vec<Range<usize>>) {
    out.extend(captures.get(1).map(|found| found.range()));
}

/// The first group of a user's pattern, or the whole match.
pub fn first_group(_: &str, captures: &Captures<'_>, out: &mut Vec<Range<usize>>) {
    out.push(captures.get(1).unwrap_or_else(|| captures.get_match()).range());
}

fn last_group(text: &str, captures: &Captures<'_>, out: &mut Vec<Range<usize>>) {
    out.extend(captures.get(1).map(|found| found.range()).filter(|range| is_secret(text, range, false)));
}

/// A token that no letter or digit precedes.
fn bounded(text: &str, captures: &Captures<'_>, out: &mut Vec<Range<usize>>) {
    let range = captures.get_match().range();
    if !text[..range.start].ends_with(|c: char| c.is_ascii_alphanumeric()) {
        out.push(range);
    }
}

/// As [`bounded`], for prefixes that words and class names share: there must be a digit behind the first four letters.
fn mixed(text: &str, captures: &Captures<'_>, out: &mut Vec<Range<usize>>) {
    if captures.get_match().as_str().bytes().skip(4).any(|byte| byte.is_ascii_digit()) {
        bounded(text, captures, out);
    }
}

/// Whether a value is a secret; `is_loose` where prose could follow the name.
pub fn is_secret(text: &str, range: &Range<usize>, is_loose: bool) -> bool {
    !(is_placeholder(&text[range.clone()]) || is_loose && is_prose(text, range))
}

/// `name=value`, `name: value`, `"name": "value"`.
fn assigned(text: &str, captures: &Captures<'_>, out: &mut Vec<Range<usize>>) {
    let found = captures.get_match();
    let Some(value) = value::value(text, found.end()) else { return };
    let name = found.as_str();
    let is_loose = !value.is_quoted && (name.ends_with([' ', '\t', ':']) || name.contains("=="));
    let content = &text[value.range.clone()];
    let lower = name.to_ascii_lowercase();
    // A count of tokens and the working directory of a shell are none.
    let is_count = !lower.contains("pass") && content.len() <= 4 && content.bytes().all(|byte| byte.is_ascii_digit());
    let is_directory = lower.starts_with("pwd") && content.starts_with('/');
    if !is_count && !is_directory && is_secret(text, &value.range, is_loose) {
        out.push(value.range);
    }
}

/// `API key 'value'`, where the value is no name.
fn quoted_key(text: &str, captures: &Captures<'_>, out: &mut Vec<Range<usize>>) {
    let Some(value) = captures.get(1) else { return };
    let has = |is_it: fn(&u8) -> bool| value.as_str().as_bytes().iter().any(is_it);
    let is_name = has(|byte| *byte == b'_') && !has(u8::is_ascii_lowercase);
    if has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic) && !is_name && is_secret(text, &value.range(), false) {
        out.push(value.range());
    }
}

/// `--password value`.
fn option(text: &str, captures: &Captures<'_>, out: &mut Vec<Range<usize>>) {
    let Some(value) = value::value(text, captures.get_match().end()) else { return };
    if !text[value.range.clone()].starts_with('-') && is_secret(text, &value.range, !value.is_quoted) {
        out.push(value.range);
    }
}

/// `<password>value</password>`.
fn element(text: &str, captures: &Captures<'_>, out: &mut Vec<Range<usize>>) {
    out.extend(captures.get(1).map(|found| found.range()).filter(|range| is_secret(text, range, false)));
}

/// `"name": "Authorization", "value": "…"`, as HAR and Postman write headers, and `name="token" value="…"`, as HTML does.
fn pair(text: &str, captures: &Captures<'_>, out: &mut Vec<Range<usize>>) {
    const NAMES: [&str; 14] = [
        "password",
        "passwd",
        "passphrase",
        "secret",
        "token",
        "apikey",
        "api-key",
        "api_key",
        "access-key",
        "access_key",
        "credential",
        "csrf",
        "xsrf",
        "sessionid",
    ];
    let at = captures.get_match().end();
    let name = captures[1].trim().to_ascii_lowercase();
    if name.ends_with("authorization") {
        return credentials(text, at, out);
    }
    if name.ends_with("cookie") {
        return cookie_values(text, at, out);
    }
    let is_session = ["sid", "session", "jsessionid", "phpsessid"].contains(&name.as_str());
    if is_session || NAMES.iter().any(|secret| name.ends_with(secret)) {
        out.extend(value::value(text, at).map(|value| value.range).filter(|range| is_secret(text, range, false)));
    }
}

/// The values below `data:` and `stringData:` of a Kubernetes Secret.
fn kube_secret(text: &str, _: &Captures<'_>, out: &mut Vec<Range<usize>>) {
    let mut at = 0;
    let mut indent_of_data = None;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        // A diff puts a sign before each line.
        let body = line.trim_end().trim_start_matches(['+', '-', '~']);
        let content = body.trim_start();
        let indent = body.len() - content.len();
        if matches!(content, "data:" | "stringData:") {
            indent_of_data = Some(indent);
            continue;
        }
        if content.is_empty() {
            continue;
        }
        if indent_of_data.is_none_or(|data| indent <= data) {
            indent_of_data = None;
            continue;
        }
        let content_start = start + line.trim_end().len() - content.len();
        let value_start = content.find(": ").map_or(0, |n| n + 2);
        let range = trimmed(text, content_start + value_start..content_start + content.len());
        let is_name = content.ends_with([':', '|', '>']);
        out.extend(Some(range).filter(|range| !is_name && is_secret(text, range, false)));
    }
}

/// `-u name:password`; numbers are a user and a group.
fn user_option(text: &str, captures: &Captures<'_>, out: &mut Vec<Range<usize>>) {
    let (Some(user), Some(password)) = (captures.get(1), captures.get(2)) else { return };
    let is_group = user.as_str() == password.as_str() || password.as_str().bytes().all(|byte| byte.is_ascii_digit());
    if !is_group && !password.as_str().starts_with('/') && is_secret(text, &password.range(), false) {
        out.push(password.range());
    }
}

/// The password before the host of an address, or a token in the user's place.
fn user_info(text: &str, captures: &Captures<'_>, out: &mut Vec<Range<usize>>) {
    let (Some(scheme), Some(info)) = (captures.get(1), captures.get(2)) else { return };
    let range = match info.as_str().split_once(':') {
        Some((user, _)) => info.start() + user.len() + 1..info.end(),
        None if scheme.as_str().to_ascii_lowercase().ends_with("http")
            || scheme.as_str().to_ascii_lowercase().ends_with("https") =>
        {
            info.range()
        }
        None => return,
    };
    if text[range.clone()].ne("git") && is_secret(text, &range, false) {
        out.push(range);
    }
}

/// The value of a query parameter whose name says too little elsewhere: `?code=…`.
fn query(text: &str, captures: &Captures<'_>, out: &mut Vec<Range<usize>>) {
    let start = captures.get_match().end();
    let rest = &text[start..];
    let end = rest.find(|c: char| c.is_whitespace() || "&#\"'<>\\;".contains(c)).unwrap_or(rest.len());
    let is_short_word = end < 6 && !captures[1].to_ascii_lowercase().starts_with('p');
    let range = start..start + end;
    if !is_short_word && is_secret(text, &range, false) {
        out.push(range);
    }
}

fn card(text: &str, captures: &Captures<'_>, out: &mut Vec<Range<usize>>) {
    let range = captures.get_match().range();
    let is_apart = !text[..range.start].ends_with(['-', '.', ':']) && !text[range.end..].starts_with(['-', ':']);
    let is_decimal =
        text[range.end..].strip_prefix('.').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    if is_bounded(text, &range) && is_apart && !is_decimal && value::is_card(&text[range.clone()]) {
        out.push(range);
    }
}

fn iban(text: &str, captures: &Captures<'_>, out: &mut Vec<Range<usize>>) {
    let start = captures.get_match().start();
    out.extend(value::iban(&text[start..]).map(|length| start..start + length));
}

fn email(text: &str, captures: &Captures<'_>, out: &mut Vec<Range<usize>>) {
    let range = captures.get_match().range();
    let address = &text[range.clone()];
    let ending = address.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    let is_file =
        ["png", "jpg", "jpeg", "svg", "gif", "webp", "js", "css", "json", "yml", "yaml"].contains(&ending.as_str());
    let is_address = text[..range.start].ends_with("//") || address.starts_with("git@");
    if !is_file && !is_address {
        out.push(range);
    }
}

fn address(text: &str, captures: &Captures<'_>, out: &mut Vec<Range<usize>>) {
    let range = captures.get_match().range();
    let is_version = text[..range.start].ends_with(['.', '-']) || text[..range.start].ends_with("/v");
    let goes_on =
        text[range.end..].strip_prefix('.').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    if is_bounded(text, &range) && !is_version && !goes_on {
        out.push(range);
    }
}
