//! Secrets here are made up, and put together when the tests run, so that no scanner takes them for real ones.

use proptest::prelude::*;

use proptest::strategy::ValueTree;

use super::{Counts, Redactor, rules};

/// A token: its prefix and a body that is no one's.
fn token(prefix: &[&str], length: usize) -> String {
    prefix.concat() + &"Ab3".repeat(length / 3 + 1)[..length]
}

#[track_caller]
fn check(text: &str, expected: &str) {
    let mut counts = Counts::default();
    let once = Redactor::standard().redact(text, &mut counts).into_owned();
    assert_eq!(once, expected);
    assert_eq!(Redactor::standard().redact(&once, &mut counts), expected, "idempotent");
}

#[track_caller]
fn keeps(text: &str) {
    check(text, text);
}

#[test]
fn tokens_of_known_form() {
    for (prefix, length, kind) in [
        (&["AK", "IA"][..], 0, "aws-key-id"),
        (&["gh", "p_"], 36, "github-token"),
        (&["github", "_pat_"], 40, "github-token"),
        (&["gl", "pat-"], 20, "gitlab-token"),
        (&["xo", "xb-"], 30, "slack-token"),
        (&["sk_", "live_"], 24, "stripe-key"),
        (&["np", "m_"], 36, "package-token"),
        (&["sk", "-proj-"], 40, "api-key"),
        (&["AI", "za"], 35, "gcp-key"),
        (&["ey", "JhbGciOiJIUzI1NiJ9.", "eyJzdWIiOiIxIn0", "."], 20, "jwt"),
    ] {
        let secret = if kind == "aws-key-id" { prefix.concat() + "ABCDEFGH12345678" } else { token(prefix, length) };
        check(&format!("call with {secret} failed"), &format!("call with [redacted:{kind}] failed"));
        check(
            &format!("/keys/{secret}.json"),
            &format!("/keys/[redacted:{kind}].json")
                .replace(if matches!(kind, "jwt" | "gitlab-token") { ".json" } else { "\0" }, ""),
        );
    }
}

/// So many characters of an alphabet, again and again.
fn of(alphabet: &str, length: usize) -> String {
    alphabet.chars().cycle().take(length).collect()
}

#[test]
fn keys_of_services_have_the_length_and_the_letters_that_the_service_gives_them() {
    const HEX: &str = "9f86d081";
    let key = |prefix: [&str; 2], body: String| (prefix.concat(), body);
    for (prefix, body) in [
        key(["gl", "sa_"], of("Ab3", 32) + "_" + &of(HEX, 8)),
        key(["da", "pi"], of(HEX, 32)),
        key(["sn", "trys_"], "eyJ".to_owned() + &of("pYXQiOj", 60) + "_" + &of("Ab3", 43)),
        key(["sn", "tryu_"], of(HEX, 64)),
        key(["pu", "l-"], of(HEX, 40)),
        key(["xa", "i-"], of("Ab3", 80)),
        key(["gs", "k_"], of("Ab3", 52)),
        key(["sb", "p_"], of(HEX, 40)),
        key(["bk", "ua_"], of("a1b", 40)),
        key(["pscale", "_tkn_"], of("Ab3-", 43)),
        key(["NR", "AK-"], of("AB3", 27)),
        key(["nt", "n_"], of("1", 11) + &of("Ab3", 35)),
        key(["fo", "1_"], of("Ab3-", 43)),
        key(["dp", ".pt."], of("Ab3", 43)),
        key(["dp", ".st.dev."], of("Ab3", 43)),
        key(["CCI", "PAT_"], of("Ab3", 22) + "_" + &of(HEX, 40)),
        key(["fi", "gd_"], of("Ab3-", 40)),
        key(["AK", "Cp"], of("Ab3", 69)),
        key(["PM", "AK-"], of(HEX, 24) + "-" + &of(HEX, 34)),
        key(["h", "f_"], of("AbCdE", 34)),
        key(["Ab3Ab3Ab3Ab3Ab", ".atlasv1."], of("Ab3-", 67)),
    ] {
        check(&format!("call with {prefix}{body} failed"), "call with [redacted:api-key] failed");
        keeps(&format!("{prefix} is what keys begin with"));
        keeps(&format!("src/{prefix}some_name/file.rs"));
    }
    check(&["AB", "IAABCDEFGH12345678"].concat(), "[redacted:aws-key-id]");
    for text in [
        "hf_tokenizer_with_a_name_that_goes_on_and_on_and_on",
        "fo1_replica_is_promoted_when_the_primary_is_gone_for_long",
        "figd_a_name_of_a_test_that_goes_on_and_on_and_on_and_on",
        "pul-request, gsk_value, dapi-url, ntn_count, xai-model",
        "map9f86d0819f86d0819f86d0819f86d0819f86d081",
    ] {
        keeps(text);
    }
}

#[test]
fn names_that_say_which_key_it_is() {
    for name in [
        "SECRET_KEY_BASE=",
        "STRIPE_KEY=",
        "SENDGRID_KEY: ",
        "DATADOG_APP_KEY=",
        "APP_KEY=",
        "OPENAI_KEY=",
        "GITHUB_PAT=",
        "Ocp-Apim-Subscription-Key: ",
        "bearer: ",
    ] {
        check(&format!("{name}base64:Qz7/hunter2Qz7+"), &format!("{name}[redacted:secret]"));
    }
    check("{\"bearer\": \"hunter2\"}", "{\"bearer\": \"[redacted:secret]\"}");
    check("the API_KEY 'hunter2hunter2' is refused", "the API_KEY '[redacted:secret]' is refused");
    for text in [
        "the API key 'MY_API_KEY_2' is not set",
        "secret key 'tls.crt' not found, api key \"required\"",
        "FILE_PAT=*.tsv INCLUDE_PATH=/usr/include SORT_KEY=price PUBLIC_KEY=id",
        "security: bearer: [] and Bearer: token is missing",
        "primary_key: id, cache-key: v2, key_base: 4",
    ] {
        keeps(text);
    }
}

#[test]
fn keys_of_putty() {
    let key = "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\nPublic-Lines: 2\nAAAAC3NzaC1lZDI1NTE5AAAA\nIAb3Ab3=\n\
               Private-Lines: 1\n";
    let body = of("Ab3", 44);
    check(&format!("{key}{body}\nPrivate-MAC: 0a1b\n"), &format!("{key}[redacted:private-key]\nPrivate-MAC: 0a1b\n"));
    check(&format!("{key}{body}"), &format!("{key}[redacted:private-key]"));
    keeps("Private-Lines: 1 is what stands there: nothing-that-is-a-key");
}

#[test]
fn names_of_secrets_with_values() {
    check("{\"user\":\"a\",\"password\":\"hunter 2\"}", "{\"user\":\"a\",\"password\":\"[redacted:secret]\"}");
    check("\"{\\\"apiKey\\\":\\\"hunter2\\\"}\"", "\"{\\\"apiKey\\\":\\\"[redacted:secret]\\\"}\"");
    check("<db:password>hunter2</db:password>", "<db:password>[redacted:secret]</db:password>");
    check("DB_PASSWORD=hunter2 ./run", "DB_PASSWORD=[redacted:secret] ./run");
    check("user=a&password=hunter2&x=1", "user=a&password=[redacted:secret]&x=1");
    check("deploy --token hunter2 --dry-run", "deploy --token [redacted:secret] --dry-run");
    check("client_secret: hunter2", "client_secret: [redacted:secret]");
    check("<input name=\"csrf_token\" value=\"hunter2\">", "<input name=\"csrf_token\" value=\"[redacted:secret]\">");
}

#[test]
fn headers() {
    check("Authorization: Bearer abc123.def", "Authorization: Bearer [redacted:authorization]");
    check("sent bearer abc123XYZ to it", "sent bearer [redacted:authorization] to it");
    check("Cookie: a=1b2c; theme=dark", "Cookie: a=[redacted:cookie]; theme=[redacted:cookie]");
    check(
        "Cookie: a=1b2c Cookie: b=3d4e; c=5f6a",
        "Cookie: a=[redacted:cookie] Cookie: b=[redacted:cookie]; c=[redacted:cookie]",
    );
    check("pass[0mword=hunter2", "pass[0mword=[redacted:secret]");
    check("curl -b a=1b2c3d4e https://example.test", "curl -b a=[redacted:cookie] https://example.test");
    check("X-Hub-Signature: 9f86d081884c7d65", "X-Hub-Signature: [redacted:secret]");
    check("Set-Cookie: sid=1b2c; Path=/; Secure", "Set-Cookie: sid=[redacted:cookie]; Path=/; Secure");
    check(
        "{\"name\":\"Authorization\",\"value\":\"Basic dTpwYXNzd29yZA==\"}",
        "{\"name\":\"Authorization\",\"value\":\"Basic [redacted:authorization]\"}",
    );
    check("X-Service-Key: hunter2", "X-Service-Key: [redacted:secret]");
}

#[test]
fn addresses() {
    check("https://u:p@ss:w@host/x", "https://u:[redacted:url-password]@host/x");
    check("next=https%3A%2F%2Fu%3Ahunter2%40host", "next=https%3A%2F%2Fu%3A[redacted:url-password]%40host");
    check("https://a.example/cb?code=hunter2&state=s", "https://a.example/cb?code=[redacted:url-secret]&state=s");
    check("jdbc:oracle:thin:scott/hunter2@//h:1521/x", "jdbc:oracle:thin:scott/[redacted:url-password]@//h:1521/x");
    check("run sqlplus -S scott/hunter2@db now", "run sqlplus -S scott/[redacted:url-password]@db now");
    keeps("jdbc:oracle:thin:@//h:1521/x");
    keeps("sqlplus /@db @run.sql");
    keeps("https://a.example/cb?code=404");
    keeps("ssh://git@a.example/repo.git");
    keeps("http://localhost:8080/health");
}

#[test]
fn keys_and_manifests() {
    let key = |end: &str| format!("a -----BEGIN {}-----\nAb3Ab3\nAb3=\n{end}", ["PRIVATE", "KEY"].join(" "));
    check(&key(&format!("-----END {}----- b", ["PRIVATE", "KEY"].join(" "))), "a [redacted:private-key] b");
    check(&key(""), "a [redacted:private-key]");
    check(
        "kind: Secret\ndata:\n  config.json: e30K\n  b: eA==\ntype: Opaque\n",
        "kind: Secret\ndata:\n  config.json: [redacted:kube-secret]\n  b: [redacted:kube-secret]\ntype: Opaque\n",
    );
    keeps("kind: ConfigMap\ndata:\n  config.json: e30K\n");
}

#[test]
fn secrets_that_hide() {
    check("pass\u{1b}[0mword=hunt\u{200b}er2", "pass\u{1b}[0mword=[redacted:secret]");
    check("\\u0070assword\\u003dhunter2", "\\u0070assword\\u003d[redacted:secret]");
    check("password&#61;hunter2", "password&#61;[redacted:secret]");
    check("body cGFzc3dvcmQ9aHVudGVyMmh1bnRlcjI= end", "body [redacted:base64] end");
}

#[test]
fn personal_and_internal_data() {
    check("to a.b@shop.example.com", "to [redacted:email]");
    check("at 192.168.1.20:80", "at [redacted:private-ip]:80");
    check("card 4012-8888-8888-1881", "card [redacted:card-number]");
    keeps("logo@2x.png and actions/checkout@v4.1.0 and 1.10.0.0.1");
}

#[test]
fn what_an_audit_needs_stays() {
    for text in [
        "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "123e4567-e89b-12d3-a456-426614174000",
        "Cookie Without SameSite Attribute",
        "Authorization: Bearer token missing returns 401",
        "password: required",
        "Password: must be at least eight characters",
        "password=${DB_PASSWORD} token=$TOKEN secret={{ vault }} api_key=****",
        "tokens used: 1200, token_count=12, max_token: 400",
        "PWD=/home/runner/work",
        "docker run -u 1000:1000 image",
        "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
        "100% of 3 & more \\ done",
        "exit code=1, key=value",
        "",
    ] {
        keeps(text);
    }
}

#[test]
fn kinds_are_counted() {
    let mut counts = Counts::default();
    Redactor::standard().redact("password=one1 secret=two2 a.b@example.com", &mut counts);
    assert_eq!(counts.iter().collect::<Vec<_>>(), [("email", 1), ("secret", 2)]);
    let mut sum = counts.clone();
    sum.add(&counts);
    assert_eq!(sum.total(), 6);
}

#[test]
fn what_is_not_secret_can_be_shown() {
    use super::Personal;

    let redactor = Redactor::new(&[], &[]).expect("valid patterns").without(&[Personal::Email, Personal::PrivateIp]);
    let text = "qa@example.com at 10.0.0.1 with password=hunter2 and card 4012-8888-8888-1881";
    let shown = redactor.redact(text, &mut Counts::default()).into_owned();
    assert_eq!(shown, "qa@example.com at 10.0.0.1 with password=[redacted:secret] and card [redacted:card-number]");
    let rows: Vec<&str> = rules::ROWS.iter().map(|row| row.kind).collect();
    assert!(Personal::ALL.iter().all(|kind| rows.contains(&kind.word())), "{rows:?}");
}

#[test]
fn patterns_and_exceptions_of_the_users_own() {
    let extra = [("customer-id".to_owned(), r"\bC-(\d{6})\b".to_owned())];
    let keep = [r"[a-z]+@example\.com".to_owned(), r"10\.0\.0\.\d+".to_owned()];
    let redactor = Redactor::new(&extra, &keep).expect("valid patterns");
    let text = redactor.redact("C-123456 qa@example.com 10.0.0.1 10.0.1.1", &mut Counts::default()).into_owned();
    assert_eq!(text, "C-[redacted:customer-id] qa@example.com 10.0.0.1 [redacted:private-ip]");
    assert!(Redactor::new(&[("a".to_owned(), "(".to_owned())], &[]).is_err());
    assert!(Redactor::new(&[("Bad kind".to_owned(), "a".to_owned())], &[]).is_err());
}

#[test]
fn no_word_holds_another() {
    let words = || rules::WORDS.into_iter().chain([rules::HOOK]);
    for word in words() {
        assert_eq!(words().filter(|other| other.contains(word)).count(), 1, "{word}");
    }
}

#[test]
fn tokens_and_addresses_need_what_they_begin_with() {
    let has_token = |text: &str| super::traits_of(text).has & rules::needs::TOKEN != 0;
    for begin in rules::TOKENS {
        assert!(has_token(&format!("of {begin}{}", "x".repeat(14))), "{begin}");
    }
    let takes_messages = |text: &str| super::traits_of(text).has & rules::needs::WEBHOOK != 0;
    assert!(takes_messages("https://Hooks.slack.com/services/T0"));
    assert!(takes_messages("https://é.example/ HOOKS.SLACK.COM/services/T0"));
    assert!(takes_messages("https://hoo\u{212a}s.slack.com/services/T0"));
    assert!(!takes_messages("https://host.slack.com/services/T0") && !takes_messages("tests/webhook.spec.ts"));
}

#[test]
fn a_rule_that_needs_no_word_needs_more_than_what_stands_everywhere() {
    for row in rules::ROWS.iter().filter(|row| row.words == rules::words::NONE) {
        assert!(row.needs & super::WORDLESS != 0, "{}: {}", row.kind, row.pattern);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    /// A rule is passed over only where its pattern cannot match.
    #[test]
    fn what_a_rule_needs_is_what_its_pattern_says(
        text in "(-----BEGIN (RSA )?PRIVATE KEY-----|authorization: |Bearer |basic |cookie2?=|kind: \"?Secret|login a\
            |password b|passecret|[2-6][0-9]{3}|[ -]?[0-9]{4}|[ -]?[0-9]{5,6}|[A-Z]{2}[0-9]{2}|[A-Z0-9 ]{1,12}\
            |10\\.|192\\.168\\.|172\\.20\\.|[0-9]{1,3}\\.|[\n .a-z]{0,3}\
            |name=|\"token\"|, |Value: |pa[s\u{17f}]sword|[:=<>]|to[k\u{212a}]en|<csrf>x| --?| -[pubU] ?|curl |mysql \
            |hoo[k\u{212a}]s\\.slack\\.com/services/|webhook\\.office\\.Com/|é|_auth |%3D|x-hub-signature|</?|[\"'`\\]]{1,3}|_confirmation|-b64|2|connect\\.sid|phpsess(ion)?id|SAMLResponse|credentials|passphrase|[?&#]|sig|code|x-amz-signature|authorization|=|mongo x -p y|docker x login -p y|user|account|[ \t]{1,8}){0,12}"
    ) {
        let traits = super::traits_of(&text);
        for (index, row) in rules::ROWS.iter().enumerate() {
            use rules::needs::{AT, EQUALS, IBAN, SEPARATOR, TOKEN};
            // What the pattern needs is asked of the pattern itself, but for what no text of most has, and for digits of
            // which an account has more than its pattern says.
            let is_asked = row.needs & (TOKEN | SEPARATOR | EQUALS | AT) & !traits.has == 0
                && (row.needs & IBAN == 0 || text.bytes().filter(u8::is_ascii_digit).count() >= 10);
            if is_asked && super::built_in(index).is_match(&text) {
                prop_assert!(traits.allow(row), "{}: {text:?}", row.kind);
            }
        }
    }
}

/// Texts that a pattern may match: those that it describes, but for word boundaries and the edges of the text.
fn described(pattern: &str) -> impl Strategy<Value = String> + use<> {
    let mut plain = pattern.to_owned();
    for edge in ["(?-u:\\b)", "(?i)", "(?s)", "(?:^|\\s|['\"])", "(?:^|\\s)", "^", "$"] {
        plain = match edge {
            // A negated class starts with it.
            "^" => plain.strip_prefix('^').unwrap_or(&plain).replace("|^|", "|").replace("|^)", ")"),
            edge => plain.replace(edge, if edge.contains("\\s") { " " } else { "" }),
        };
    }
    let text = proptest::string::string_regex(&plain).expect("a pattern without edges");
    let around = || prop::sample::select(vec!["", " ", "x", "\n", "\"", "1", "?", "é ", "<", "a=b "]);
    (around(), text, around(), any::<bool>()).prop_map(|(before, text, after, is_loud)| {
        let text = if is_loud { text.to_ascii_uppercase() } else { text };
        format!("{before}{text}{after}")
    })
}

/// Where a rule finds a secret, it is tried: a secret that no rule looks at is shown.
#[test]
fn a_rule_is_tried_on_what_its_pattern_describes() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    for (index, row) in rules::ROWS.iter().enumerate() {
        let texts = described(&rules::pattern(row));
        let mut matched = 0;
        for _ in 0..CASES {
            let text = texts.new_tree(&mut runner).expect("a text").current();
            let traits = super::traits_of(&text);
            // Tokens and accounts are longer than their patterns say.
            let is_short = match row.kind {
                "iban" => text.bytes().filter(u8::is_ascii_digit).count() < 10,
                _ => row.needs & rules::needs::TOKEN != 0 && !traits.has_run,
            };
            let mut secrets = Vec::new();
            for captures in super::built_in(index).captures_iter(&text) {
                matched += 1;
                (row.find)(&text, &captures, &mut secrets);
            }
            // What stands in escapes is found once they are decoded.
            let is_found = || traits.has_escapes && !Redactor::standard().secrets(&text, 0).is_empty();
            assert!(secrets.is_empty() || is_short || traits.allow(row) || is_found(), "{}: {text:?}", row.kind);
            assert!(secrets.is_empty() || is_short || !Redactor::standard().is_name(&text), "{}: {text:?}", row.kind);
        }
        assert!(matched > CASES / 8, "{} of {CASES} are matched by {}: {}", matched, row.kind, row.pattern);
    }
}

/// Texts for each rule.
const CASES: usize = 400;

proptest! {
    #[test]
    fn names_that_are_passed_over_hold_nothing(name in "([a-z]{1,9}|[A-Z][a-z]{0,5}|[rs]k_|gh[ops]_|github_pat_|whsec_|hf_|npm_|dckr_pat_|AKIA|live_|[0-9]{1,9}|_){1,5}") {
        let redactor = Redactor::standard();
        prop_assert!(!redactor.is_name(&name) || redactor.secrets(&name, 0).is_empty());
    }

    #[test]
    fn keys_that_are_passed_over_hold_nothing(key in "[a-z0-9\\[\\]/]{8,45}") {
        let redactor = Redactor::standard();
        prop_assume!(redactor.is_plain(&key));
        prop_assert!(redactor.secrets(&key, 0).is_empty());
    }
}
