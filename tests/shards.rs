//! Shards: what eight machines collect is what one would have seen, and whatever is missing is never to the good.

#[allow(dead_code, reason = "each driver uses a part of it")]
mod support;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use proptest::prelude::*;
use serde_json::{Value, json};
use signoff::bundle::Bundle;
use signoff::ingest::{Options, ingest};
use signoff::model::{Artifact, Shard};
use support::{Scratch, root, run, signoff};

const SHARDS: u32 = 8;
const PER_SHARD: u64 = 60;

/// Numbers that look random and are the same everywhere.
struct Lcg(u64);

impl Lcg {
    fn next(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }

    /// A response time in microseconds: most are short, some are long.
    fn micros(&mut self) -> u64 {
        let short = 20_000 + self.next(80_000);
        if self.next(20) == 0 { short * 12 } else { short }
    }
}

const NAMES: [&str; 3] = ["/basket", "/search", "/rare"];

/// Writes what the tools of one shard write: raw requests of three load tools, and tests.
fn write_shard(folder: &Path, number: u32) {
    fs::create_dir_all(folder).expect("a temporary folder can be made");
    let mut random = Lcg(u64::from(number) * 7 + 1);
    let mut k6 = String::from(
        "{\"type\":\"Metric\",\"data\":{\"name\":\"http_req_duration\",\"type\":\"trend\",\"contains\":\"time\",\
         \"thresholds\":[],\"submetrics\":null},\"metric\":\"http_req_duration\"}\n",
    );
    let mut vegeta = String::new();
    let mut jtl = String::from("timeStamp,elapsed,label,responseCode,success,allThreads\n");
    for index in 0..PER_SHARD {
        // A name that only some shards have.
        let name = NAMES[random.next(if number < 3 { 3 } else { 2 }) as usize];
        let (second, micros) = (random.next(60), random.micros());
        let status = if random.next(50) == 0 { 500 } else { 200 };
        let value = format!("{}.{:03}", micros / 1_000, micros % 1_000);
        let tags = format!("{{\"method\":\"GET\",\"name\":\"{name}\",\"status\":\"{status}\",\"url\":\"{name}\"}}");
        for (metric, value) in [("http_reqs", "1"), ("http_req_duration", &*value)] {
            writeln!(
                k6,
                "{{\"metric\":\"{metric}\",\"type\":\"Point\",\"data\":{{\"time\":\"2026-03-01T12:00:{second:02}.5Z\",\
                 \"value\":{value},\"tags\":{tags}}}}}"
            )
            .expect("a String takes all");
        }
        let nanos = random.micros() * 1_000;
        writeln!(
            vegeta,
            "{{\"attack\":\"\",\"seq\":{index},\"code\":{status},\"timestamp\":\"2026-03-01T12:01:{second:02}Z\",\
             \"latency\":{nanos},\"bytes_out\":0,\"bytes_in\":2,\"error\":\"\",\"body\":null,\"method\":\"GET\",\
             \"url\":\"{name}\",\"headers\":null}}"
        )
        .expect("a String takes all");
        let start = 1_772_366_400_000 + second * 1_000;
        writeln!(jtl, "{start},{},{name},{status},{},5", random.micros() / 1_000, status == 200)
            .expect("a String takes all");
    }
    let junit = format!(
        "<testsuite name=\"e2e\" tests=\"2\"><testcase name=\"pays {number}\" time=\"0.5\"/>\
         <testcase name=\"logs in {number}\" time=\"0.25\"/></testsuite>"
    );
    for (name, text) in [("k6.json", k6), ("vegeta.json", vegeta), ("results.jtl", jtl), ("junit.xml", junit)] {
        fs::write(folder.join(name), text).expect("a temporary file can be written");
    }
}

/// The files of all shards, each kind as one.
fn write_whole(shards: &Path, whole: &Path) {
    fs::create_dir_all(whole).expect("a temporary folder can be made");
    for name in ["k6.json", "vegeta.json", "results.jtl", "junit.xml"] {
        let mut text = String::new();
        for number in 1..=SHARDS {
            let part = fs::read_to_string(shards.join(format!("shard-{number}")).join(name)).expect("a shard");
            let header = usize::from(name.ends_with(".jtl") && number > 1);
            part.lines().skip(header).for_each(|line| text += &format!("{line}\n"));
        }
        if name == "junit.xml" {
            text = format!("<testsuites>{text}</testsuites>");
        }
        fs::write(whole.join(name), text).expect("a temporary file can be written");
    }
}

fn collect(from: &Path, shard: &str, out: &Path) -> Child {
    let mut command = signoff();
    command.arg("collect").arg(from).args(["--shard", shard]).arg("--out").arg(out).stdout(Stdio::null());
    command.spawn().expect("the binary can be started")
}

#[track_caller]
fn wait(child: Child) {
    let output = child.wait_with_output().expect("the binary ends");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// The bundles of all shards, each made by a process of its own, all at once.
fn bundles(scratch: &Path) -> PathBuf {
    let (shards, bundles) = (scratch.join("shards"), scratch.join("bundles"));
    (1..=SHARDS).for_each(|number| write_shard(&shards.join(format!("shard-{number}")), number));
    fs::create_dir_all(&bundles).expect("a temporary folder can be made");
    let of = |number: u32| {
        let out = bundles.join(format!("part{number}.signoff"));
        collect(&shards.join(format!("shard-{number}")), &format!("{number}/{SHARDS}"), &out)
    };
    (1..=SHARDS).map(of).collect::<Vec<_>>().into_iter().for_each(wait);
    bundles
}

/// Exit code and report.
#[track_caller]
fn report(paths: &[&Path], args: &[&str], out: &Path) -> (Option<i32>, Value) {
    let mut command = signoff();
    command.arg("report").args(paths).args(args).arg("--out").arg(out).args(["--format", "json,md", "--quiet"]);
    let output = run(&mut command);
    let text = fs::read(out.join("report.json"));
    let text = text.unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    (output.status.code(), serde_json::from_slice(&text).expect("JSON"))
}

/// What is the same whichever files said it: figures, and what was decided, without places.
fn figures(report: &Value) -> Value {
    let mut runs: Vec<Value> = report["load"]["runs"].as_array().expect("runs").clone();
    for run in &mut runs {
        let run = run.as_object_mut().expect("a run");
        for key in ["source", "shards", "users", "name"] {
            run.remove(key);
        }
        run["overall"].as_object_mut().expect("figures").remove("sources");
        let endpoints = run["endpoints"].as_array_mut().expect("endpoints");
        endpoints.iter_mut().for_each(|endpoint| drop(endpoint.as_object_mut().expect("figures").remove("sources")));
        endpoints.sort_by_key(|endpoint| endpoint["name"].as_str().map(ToOwned::to_owned));
    }
    runs.sort_by_key(ToString::to_string);
    let checks = report["checks"].as_array().expect("checks").iter().filter(|check| {
        // How many artifacts and shards there are is not the same.
        let id = check["id"].as_str().unwrap_or_default();
        !["evidence.readable", "evidence.shards"].contains(&id) && !id.starts_with("evidence.required.")
    });
    let checks: Vec<Value> =
        checks.map(|check| json!([check["id"], check["verdict"], check["observed"], check["margin"]])).collect();
    json!({"verdict": report["verdict"], "runs": runs, "tests": report["tests"]["totals"], "checks": checks})
}

const POLICY: &str = r#"
[gate]
require = ["smoke", "load"]

[gate.load]
max-error-rate = "5 %"

[[gate.load.threshold]]
metric = "p95"
max = "2 s"

[[gate.load.threshold]]
metric = "p99"
endpoint = "GET /search"
max = "1400 ms"

[[gate.load.threshold]]
metric = "rps"
min = 2
"#;

#[test]
fn eight_shards_are_what_a_single_pass_sees() {
    let scratch = Scratch::new("shards-eight");
    let bundles = bundles(&scratch.0);
    let (shards, whole) = (scratch.0.join("shards"), scratch.0.join("whole"));
    write_whole(&shards, &whole);
    let manifest = scratch.0.join("policy.toml");
    // The search of JMeter has another name there.
    fs::write(&manifest, POLICY).expect("a temporary file can be written");
    let manifest = manifest.display().to_string();
    let policy = ["--manifest", &manifest];
    let (code, of_bundles) = report(&[&bundles], &policy, &scratch.0.join("by-bundles"));
    let (code_whole, of_whole) = report(&[&whole], &policy, &scratch.0.join("by-whole"));
    let by_name = [policy[0], policy[1], "--shard-count", "8"];
    let (code_named, of_names) = report(&[&shards], &by_name, &scratch.0.join("by-names"));
    assert_eq!(figures(&of_bundles), figures(&of_whole));
    assert_eq!(figures(&of_bundles), figures(&of_names));
    assert_eq!((code, code_named), (code_whole, code_whole));
    assert_eq!(code, Some(0), "{:?}", figures(&of_whole));
    // And not by there being nothing to compare.
    let runs = of_bundles["load"]["runs"].as_array().expect("runs");
    assert_eq!(runs.len(), 3);
    for run in runs {
        assert_eq!(run["overall"]["requests"], u64::from(SHARDS) * PER_SHARD);
        assert_eq!(run["endpoints"].as_array().map(Vec::len), Some(3));
        assert_eq!(run["shards"].as_array().map(Vec::len), Some(8));
        assert!(run["overall"]["p95_ms"].is_f64() && run["overall"].get("intervals").is_none());
    }
    assert_eq!(of_bundles["tests"]["totals"]["total"], 16);

    // Figures lead to the artifacts, and these to their bundles.
    let artifacts = of_bundles["artifacts"].as_array().expect("artifacts");
    assert_eq!(artifacts.len(), 8 * 5);
    let source = &runs[0]["endpoints"][0]["sources"][0];
    let artifact = artifacts.iter().find(|artifact| artifact["id"] == source["artifact"]).expect("its artifact");
    assert_eq!(artifact["shard"], json!({"number": 1, "of": 8}));
    let bundle = artifacts.iter().find(|bundle| bundle["id"] == artifact["bundle"]).expect("its bundle");
    assert_eq!(bundle["format"], "signoff-bundle");
    let page = fs::read_to_string(scratch.0.join("by-bundles/report.md")).expect("a page");
    assert!(page.contains("`part1.signoff!/k6.json` by bundle [A1](#a1)"), "{page}");

    // The report is made again from the bundles.
    let mut verify = signoff();
    verify.arg("verify").arg(scratch.0.join("by-bundles")).arg("--artifacts").arg(&bundles).args(policy);
    let output = run(&mut verify);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success() && text.contains("The report holds"), "{text}");
}

/// Exit code of `check` and what it prints.
fn check(paths: &[&Path], args: &[&str]) -> (Option<i32>, String) {
    let output = run(signoff().arg("check").args(paths).args(["--require", "smoke,load"]).args(args));
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    (output.status.code(), text.into_owned())
}

#[track_caller]
fn undecided(paths: &[&Path], args: &[&str], words: &[&str]) {
    let (code, text) = check(paths, args);
    assert_eq!(code, Some(3), "{text}");
    for words in words {
        assert!(text.contains(words), "`{words}` is not in\n{text}");
    }
}

#[test]
fn a_shard_that_is_missing_or_doubtful_is_undecided() {
    let scratch = Scratch::new("shards-missing");
    let bundles = bundles(&scratch.0);
    let part = |number: u32| bundles.join(format!("part{number}.signoff"));
    // So that what is left does not violate anything.
    let args = ["--manifest", &scratch.0.join("policy.toml").display().to_string()].map(ToOwned::to_owned);
    fs::write(scratch.0.join("policy.toml"), "[gate.load]\nmax-error-rate = \"5 %\"\n").expect("a policy");
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    assert_eq!(check(&[&bundles], &args).0, Some(0));

    undecided(&[&bundles], &[&args[..], &["--shard-count", "9"]].concat(), &["is a shard of 8, not of 9"]);

    // The same bundle twice is one bundle.
    fs::copy(part(2), scratch.0.join("again.signoff")).expect("a copy");
    let again = scratch.0.join("again.signoff");
    assert_eq!(check(&[&bundles, &again], &args).0, Some(0));

    // Nor does it matter that the files are there as well.
    let files = scratch.0.join("shards");
    assert_eq!(check(&[&bundles, &files], &args).0, Some(0));

    // What another shard collected is no shard of its own.
    let five = fs::read(part(5)).expect("a bundle");
    fs::remove_file(part(5)).expect("it is there");
    undecided(&[&bundles], &args, &["there is no shard 5 of 8"]);
    undecided(&[&bundles, &again], &args, &["there is no shard 5 of 8"]);
    wait(collect(&scratch.0.join("shards/shard-4"), "5/8", &part(5)));
    undecided(&[&bundles], &args, &["there is no shard 5 of 8: ", "no other shard has"]);

    // An empty folder is no shard.
    fs::create_dir_all(scratch.0.join("nothing")).expect("a folder");
    wait(collect(&scratch.0.join("nothing"), "5/8", &part(5)));
    undecided(&[&bundles], &args, &["there is no shard 5 of 8", "the part of shard 5/8 has no artifact"]);

    // A bundle that was cut says so.
    fs::write(part(5), &five[..five.len() / 2]).expect("a cut bundle");
    undecided(&[&bundles], &args, &["part5.signoff", "the JSON text ends before it is complete"]);

    // Two bundles that claim to be one shard.
    fs::write(part(5), &five).expect("a bundle");
    write_shard(&scratch.0.join("other"), 77);
    wait(collect(&scratch.0.join("other"), "3/8", &scratch.0.join("other.signoff")));
    let other = scratch.0.join("other.signoff");
    undecided(&[&bundles, &other], &args, &["shard 3 is there 2 times, with different content"]);

    // The last one of those counted from 1 may be the first of those counted from 0.
    fs::remove_file(part(8)).expect("it is there");
    undecided(&[&bundles], &args, &["there is no shard 8 of 8, or no shard 0"]);
}

/// What is broken where it is collected is as broken in the report.
#[test]
fn a_bundle_does_not_launder() {
    let scratch = Scratch::new("shards-launder");
    let folder = scratch.0.join("artifacts");
    write_shard(&folder, 1);
    let fail =
        "<testsuite name=\"s\" tests=\"1\"><testcase name=\"t\"><failure message=\"no\"/></testcase></testsuite>";
    for (name, text) in [
        ("cut.xml", "<testsuites><testsuite name=\"a\"><testcase name=\"b\"/>"),
        ("empty.json", ""),
        ("notes.txt", "all is well"),
        ("fail.xml", fail),
    ] {
        fs::write(folder.join(name), text).expect("a temporary file can be written");
    }
    let bundle = scratch.0.join("one.signoff.gz");
    wait(collect(&folder, "1/1", &bundle));
    let (code, direct) = report(&[&folder], &["--require", "smoke"], &scratch.0.join("direct"));
    let (code_bundle, by_bundle) = report(&[&bundle], &["--require", "smoke"], &scratch.0.join("by-bundle"));
    assert_eq!((code, code_bundle), (Some(1), Some(1)));
    let notices = |report: &Value| {
        let all = report["notices"].as_array().expect("notices");
        all.iter().map(|n| json!([n["code"], n["message"], n["line"]]).to_string()).collect::<Vec<_>>()
    };
    assert_eq!(notices(&direct), notices(&by_bundle));
    assert_eq!(direct["tests"]["totals"], by_bundle["tests"]["totals"]);
    assert!(notices(&direct).len() >= 3, "{:?}", notices(&direct));

    // A bundle that says of a failing file that it passed does not stand in for the file.
    let junit = scratch.0.join("zz/fail.xml");
    fs::create_dir_all(scratch.0.join("zz")).expect("a folder");
    fs::write(&junit, fail).expect("a file");
    let honest = scratch.0.join("aa.signoff");
    wait(collect(&scratch.0.join("zz"), "1/1", &honest));
    let text = fs::read_to_string(&honest).expect("a bundle");
    assert!(text.contains("\"outcome\":\"failed\""));
    fs::write(&honest, text.replace("\"outcome\":\"failed\"", "\"outcome\":\"passed\"")).expect("a forged bundle");
    let (code, report) = report(&[&honest, &junit], &["--require", "smoke"], &scratch.0.join("forged"));
    assert_eq!((code, &report["tests"]["totals"]["failed"]), (Some(1), &json!(1)));
    assert!(notices(&report).iter().any(|notice| notice.contains("bundle-differs")), "{:?}", notices(&report));
}

/// Summaries without single latencies: an interval, and its worse end.
/// A policy that asks when and of which commit asks the artifacts, and not the bundle that they came in.
#[test]
fn a_bundle_is_as_old_as_what_it_holds() {
    let scratch = Scratch::new("shards-age");
    let (artifacts, bundle) = (scratch.0.join("artifacts"), scratch.0.join("shard.signoff"));
    fs::create_dir(&artifacts).expect("a temporary folder can be made");
    let commit = "de255fd16fd8c6e8a5f17a42ffc1421b1b5916b5";
    let rehearsal = json!({
        "schema": "signoff.rollback/1", "commit": commit, "time": "2026-03-02T08:00:00Z", "dry_run": true,
        "succeeds": true, "steps": [{"title": "Restore", "outcome": "passed"}],
    });
    fs::write(artifacts.join("rollback.json"), rehearsal.to_string()).expect("a temporary file can be written");
    let policy = scratch.0.join("policy.toml");
    let keys = "[gate]\nrequire = [\"rollback\"]\nmax-age = \"2 days\"\n[gate.evidence]\ncommit = \"required\"\n";
    fs::write(&policy, keys).expect("a temporary file can be written");
    assert!(run(signoff().arg("collect").arg(&artifacts).arg("--out").arg(&bundle)).status.success());
    let judged = |as_of: &str| {
        let mut command = signoff();
        command.arg("check").arg(&bundle).arg("--manifest").arg(&policy);
        let output = run(command.args(["--commit", commit, "--as-of", as_of]));
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let (code, text) = judged("2026-03-02T12:00:00Z");
    assert_eq!((code, text.contains("PASSED")), (Some(0), true), "{text}");
    let (code, text) = judged("2026-03-05T12:00:00Z");
    assert_eq!((code, text.contains("rollback.json is 3 days")), (Some(3), true), "{text}");
}

#[test]
fn summaries_are_judged_by_the_worse_end_of_the_interval() {
    let scratch = Scratch::new("shards-interval");
    // The fast shard's p95 is 100 ms, the slow one's 120 ms; both make 1000 requests.
    for (number, p95) in [(1, 100), (2, 120)] {
        let folder = scratch.0.join(format!("shard-{number}"));
        fs::create_dir_all(&folder).expect("a temporary folder can be made");
        let summary = json!({
            "schema": "signoff.load/1", "requests": 1000, "failures": 0, "min_ms": 10, "p50_ms": 50, "p90_ms": 90,
            "p95_ms": p95, "p99_ms": 200, "max_ms": 400,
        });
        fs::write(folder.join("load.json"), format!("{summary}\n")).expect("a temporary file can be written");
    }
    let judged = |max: &str| {
        let policy = scratch.0.join("policy.toml");
        let text = format!(
            "[gate]\nrequire = [\"load\"]\nshards = 2\n[[gate.load.threshold]]\nmetric = \"p95\"\nmax = \"{max}\"\n"
        );
        fs::write(&policy, text).expect("a policy");
        let shards = [scratch.0.join("shard-1"), scratch.0.join("shard-2")];
        let out = scratch.0.join("out");
        let bundles: Vec<PathBuf> = (1..=2).map(|number| scratch.0.join(format!("{number}.signoff"))).collect();
        for (index, bundle) in bundles.iter().enumerate() {
            wait(collect(&shards[index], &format!("{}/2", index + 1), bundle));
        }
        let policy = policy.display().to_string();
        let (code, report) = report(&[&bundles[0], &bundles[1]], &["--manifest", &policy], &out);
        let page = fs::read_to_string(out.join("report.md")).expect("a page");
        (code, report, page)
    };
    let (code, one, page) = judged("110 ms");
    let overall = &one["load"]["runs"][0]["overall"];
    assert_eq!(overall["requests"], 2000);
    // At least 950 + 900 of the 2000 samples are ≤ 100 ms, which is too few for p95; at least 1900 are ≤ 120 ms.
    let (low, high) = (overall["intervals"]["p95_ms"][0].as_f64(), overall["intervals"]["p95_ms"][1].as_f64());
    let (low, high) = (low.expect("an interval"), high.expect("an interval"));
    assert!((90.0..=100.5).contains(&low) && (120.0..=124.5).contains(&high), "{low} to {high}");
    assert_eq!(overall["p95_ms"].as_f64(), Some(high));
    assert_eq!(overall["inexact"], "summaries");
    assert_eq!(code, Some(1));
    let check =
        one["checks"].as_array().expect("checks").iter().find(|c| c["id"] == "load.limit.p95").expect("a check");
    let reason = check["reasons"][0]["text"].as_str().expect("a reason");
    assert!(reason.contains("is between") && reason.contains("its worse end is above the limit of 110 ms"), "{reason}");
    assert!(page.contains(" ms to 124 ms"), "{page}");
    assert!(page.contains("only known to lie in the interval"), "{page}");
    assert_eq!(judged("130 ms").0, Some(0));
}

#[test]
fn a_bundle_is_the_same_bytes_whenever_it_is_made() {
    let scratch = Scratch::new("shards-bytes");
    write_shard(&scratch.0.join("a/artifacts"), 1);
    write_shard(&scratch.0.join("b/artifacts"), 1);
    for suffix in ["signoff", "signoff.gz"] {
        let bytes = |from: &str| {
            let out = scratch.0.join(format!("{from}.{suffix}"));
            wait(collect(&scratch.0.join(from).join("artifacts"), "1/8", &out));
            fs::read(out).expect("a bundle")
        };
        assert_eq!(bytes("a"), bytes("b"), "{suffix}");
    }
    for bad in ["x.zip", "x.tar.gz", "x.zst"] {
        let output = run(signoff().arg("collect").arg(scratch.0.join("a")).arg("--out").arg(scratch.0.join(bad)));
        assert_eq!(output.status.code(), Some(2), "{bad}");
    }
    let text = fs::read_to_string(scratch.0.join("a.signoff")).expect("a bundle");
    assert!(!text.contains(&*scratch.0.to_string_lossy()), "the bundle names the machine's folders");
}

/// The artifacts of a few fixtures, of all kinds.
fn artifacts() -> Vec<Artifact> {
    let fixtures = [
        "junit-xml/good",
        "junit-xml/bad-cut",
        "vegeta-results-csv/good",
        "zap-json/good",
        "docker-ps/good",
        "terraform-plan-json/good",
        "signoff-security/good",
    ];
    let paths: Vec<PathBuf> = fixtures
        .iter()
        .flat_map(|name| {
            support::entries(&root().join("tests/fixtures").join(name))
                .into_iter()
                .filter(|path| support::name(path).starts_with("input"))
        })
        .collect();
    ingest(&paths, &|_| false, &Options { distributions: true, ..Options::default() })
}

fn bundle_of(all: &[Artifact], (mask, shard): (u8, Option<u32>)) -> Bundle {
    let chosen =
        all.iter().enumerate().filter(|(index, _)| mask & (1 << index) != 0).map(|(_, artifact)| artifact.clone());
    Bundle::of(chosen.collect(), shard.map(|number| Shard { number, of: 3 })).expect("it can be written")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn merging_is_associative_commutative_and_idempotent(
        made in prop::collection::vec((any::<u8>(), prop::option::of(1..=3u32)), 3),
    ) {
        let all = artifacts();
        let [a, b, c] = [0, 1, 2].map(|index: usize| bundle_of(&all, made[index]));
        let merge = |a: &Bundle, b: &Bundle| a.clone().merge(b.clone());
        prop_assert_eq!(merge(&merge(&a, &b), &c), merge(&a, &merge(&b, &c)));
        prop_assert_eq!(merge(&a, &b).render(), merge(&b, &a).render());
        prop_assert_eq!(merge(&a, &a).render(), a.render());

        // A bundle that is read and collected again is the same file.
        let scratch = Scratch::new("shards-round");
        let path = scratch.0.join("all.signoff");
        let merged = merge(&merge(&a, &b), &c).render();
        fs::write(&path, &merged).expect("a temporary file can be written");
        let read = ingest(&[path], &|_| false, &Options { distributions: true, ..Options::default() });
        let has_empty = made.iter().any(|(mask, _)| mask & 0x7f == 0);
        if !has_empty {
            prop_assert_eq!(Bundle::of(read, None).expect("it can be written").render(), merged);
        }
    }
}

fn endpoints(paths: &[PathBuf]) -> Vec<Vec<String>> {
    let output = run(signoff().args(["inspect", "--endpoints"]).args(paths));
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("text");
    text.lines().map(|line| line.split('\t').map(ToOwned::to_owned).collect()).collect()
}

/// A row of eight columns for each endpoint of every load format, and over several files or bundles together.
#[test]
fn endpoints_are_rows_of_every_load_format_and_of_several_files() {
    use signoff::formats::formats;
    use signoff::model::Kind;

    for format in formats().filter(|format| format.kinds.first() == Some(&Kind::Load)) {
        for case in support::entries(&root().join("tests/fixtures").join(format.id)) {
            if !support::name(&case).starts_with("good") {
                continue;
            }
            let input = support::entries(&case).into_iter().find(|path| support::name(path).starts_with("input"));
            let input = input.expect("an input");
            let artifact = support::read(&input);
            let runs = &artifact.evidence.loads;
            let expected: usize =
                runs.iter()
                    .map(|run| {
                        if run.endpoints.is_empty() {
                            usize::from(!run.overall.is_empty())
                        } else {
                            run.endpoints.len()
                        }
                    })
                    .sum();
            let rows = endpoints(&[input]);
            assert_eq!(rows.len(), expected, "{} {}", format.id, case.display());
            assert!(rows.iter().all(|row| row.len() == 8), "{} {rows:?}", format.id);
            let requests: Option<u64> =
                runs.iter().flat_map(|run| &run.endpoints).map(|e| e.measurement.requests).sum();
            if let (Some(requests), true) = (requests, runs.iter().all(|run| !run.endpoints.is_empty())) {
                let printed: u64 = rows.iter().map(|row| row[1].parse::<u64>().expect("a count")).sum();
                assert_eq!(printed, requests, "{}", format.id);
            }
        }
    }

    let scratch = Scratch::new("shards-endpoints");
    let (first, second) = (scratch.0.join("first"), scratch.0.join("second"));
    write_shard(&first, 1);
    write_shard(&second, 2);
    let both = [first.join("k6.json"), second.join("k6.json")];
    let text: String = both.iter().map(|path| fs::read_to_string(path).expect("a file")).collect();
    fs::write(scratch.0.join("whole.json"), text).expect("a temporary file can be written");
    let bundle = scratch.0.join("second.signoff");
    wait(collect(&both[1], "2/2", &bundle));
    let whole = endpoints(&[scratch.0.join("whole.json")]);
    assert_eq!(whole.len(), 3);
    assert_eq!(endpoints(&both), whole);
    assert_eq!(endpoints(&[both[0].clone(), bundle.clone()]), whole);
    // The same requests are not counted twice.
    assert_eq!(endpoints(&[both[0].clone(), both[1].clone(), bundle]), whole);
}

/// A figure of a bundle leads to the original file, where it is given, and says where it is to be found where not.
#[test]
fn explain_leads_from_a_bundle_to_the_file() {
    let scratch = Scratch::new("shards-explain");
    let folder = scratch.0.join("here");
    write_shard(&folder, 1);
    let bundle = scratch.0.join("one.signoff");
    wait(collect(&folder, "1/1", &bundle));
    let out = scratch.0.join("report");
    report(&[&bundle], &["--require", "smoke"], &out);
    let report = out.join("report.json").display().to_string();
    let text = |artifacts: &Path| {
        let reference = ["explain", "A2", "/testsuite/testcase[1]", "--report", &report, "--artifacts"];
        let output = run(signoff().args(reference).arg(artifacts));
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
    };
    let by_file = text(&folder);
    assert!(by_file.contains("file: unchanged") && by_file.contains("pays 1"), "{by_file}");
    let by_bundle = text(&bundle);
    assert!(
        by_bundle.contains("came in the bundle A1 (one.signoff)") && by_bundle.contains("`junit.xml`"),
        "{by_bundle}"
    );
}
