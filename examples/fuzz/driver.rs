//! Makes bytes for the targets out of the fixtures: cut, flipped, spliced, with words that readers stumble over.
//! The same seed makes the same bytes.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

use super::targets::{TARGETS, Target};

/// Bytes of a fixture that are used.
const MAX_SEED: usize = 48 * 1024;

/// What readers stumble over.
const WORDS: &[&[u8]] = &[
    b"\"",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"null",
    b"true",
    b"-1",
    b"1e400",
    b"-0",
    b"NaN",
    b"0.1",
    b"\\u0000",
    b"\\ud800",
    b"18446744073709551616",
    b"9007199254740993",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\n",
    b"\r",
    b"\0",
    b"<",
    b">",
    b"</",
    b"<!--",
    b"<![CDATA[",
    b"]]>",
    b"<!DOCTYPE a [<!ENTITY b \"c\">]>&b;",
    b"&#0;",
    b"&amp;",
    b"'",
    b"2026-13-45T99:99:99Z",
    b"1969-12-31T23:59:59Z",
    b"|",
    b"`",
    b"```\n",
    b"# ",
    b"password=",
    b"Bearer ",
    b"%00",
    b"\x1b[31m",
    b"\xe2\x80\xae",
    b"\xe2\x80\x8b",
    b"[redacted:",
    b"::error::",
    b"PT1S",
    b"-1ms",
    b"1.5.5",
    b"=",
    b"\t",
    b"kind: Secret\ndata:\n  a: ",
    b"eyJhbGciOiJ",
    b"{{",
    b"}}",
    b"../../etc/passwd",
    b"https://u:p@a.example/",
];

/// Numbers without a clock: splitmix64.
pub struct Random(pub u64);

impl Random {
    /// The next number.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below a bound, 0 where that is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % (bound.max(1) as u64)).unwrap_or(0)
    }
}

/// A fixture: its format, as the place in the table, and its bytes.
pub struct Seed {
    format: u16,
    bytes: Vec<u8>,
}

/// The inputs of all fixtures, manifests among them, in the order of their names.
pub fn seeds(root: &Path) -> Vec<Seed> {
    let ids: Vec<&str> = signoff::formats::formats().map(|format| format.id).collect();
    let mut seeds = Vec::new();
    for format in entries(&root.join("tests/fixtures")) {
        let name = format.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let index = ids.iter().position(|id| *id == name).and_then(|index| index.try_into().ok()).unwrap_or(0);
        for input in entries(&format).iter().flat_map(|case| entries(case)) {
            let is_input = input.file_name().is_some_and(|name| name.to_string_lossy().starts_with("input"));
            if let Some(bytes) = is_input.then(|| fs::read(&input).ok()).flatten() {
                seeds.push(Seed { format: index, bytes: bytes[..bytes.len().min(MAX_SEED)].to_vec() });
            }
        }
    }
    let manifests = ["samples", "tests/fail-open"].into_iter().flat_map(|folder| entries(&root.join(folder)));
    let texts = manifests.filter_map(|folder| fs::read(folder.join("signoff.toml")).ok());
    seeds.extend(texts.map(|bytes| Seed { format: u16::MAX, bytes }));
    seeds
}

fn entries(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut entries: Vec<_> = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    entries.sort();
    entries
}

/// The seeds of a target as they are.
pub fn corpus<'s>(target: &Target, seeds: &'s [Seed]) -> impl Iterator<Item = Vec<u8>> + 's {
    let (is_manifest, has_format) = (target.name == "manifest", target.name == "read");
    let suits = move |seed: &&Seed| (seed.format == u16::MAX) == is_manifest;
    seeds.iter().filter(suits).map(move |seed| {
        let format = has_format.then(|| seed.format.to_le_bytes());
        format.into_iter().flatten().chain(seed.bytes.iter().copied()).collect()
    })
}

/// The next input of a target: a seed that suits it, mutated.
pub fn input(target: &Target, seeds: &[Seed], random: &mut Random) -> Vec<u8> {
    let suits = |seed: &Seed| (seed.format == u16::MAX) == (target.name == "manifest");
    let Some(seed) = (0..1000).map(|_| &seeds[random.below(seeds.len())]).find(|seed| suits(seed)) else {
        return Vec::new();
    };
    let mut bytes = seed.bytes.clone();
    for _ in 0..random.below(6) {
        mutate(&mut bytes, seeds, random);
    }
    bytes.truncate(2 * MAX_SEED);
    if target.name == "read" {
        // One in eight is given to a reader of another format.
        let format = if random.below(8) == 0 { random.below(1 << 16) as u16 } else { seed.format };
        bytes.splice(0..0, format.to_le_bytes());
    }
    bytes
}

fn mutate(bytes: &mut Vec<u8>, seeds: &[Seed], random: &mut Random) {
    let at = random.below(bytes.len() + 1);
    let end = (at + random.below(64)).min(bytes.len());
    match random.below(9) {
        0 => bytes.truncate(at),
        1 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
        2 => drop(bytes.drain(at..end)),
        3 => drop(bytes.splice(at..at, WORDS[random.below(WORDS.len())].iter().copied())),
        4 => drop(bytes.splice(at..end, WORDS[random.below(WORDS.len())].iter().copied())),
        5 => {
            let chunk = bytes[at..end].to_vec();
            let times = 1 + random.below(20);
            bytes.splice(at..at, chunk.repeat(times));
        }
        6 => {
            let other = &seeds[random.below(seeds.len())].bytes;
            let from = random.below(other.len());
            bytes.truncate(at);
            bytes.extend_from_slice(&other[from..]);
        }
        7 => number(bytes, at, random),
        _ => {
            let other = &seeds[random.below(seeds.len())].bytes;
            let from = random.below(other.len());
            let to = (from + random.below(200)).min(other.len());
            bytes.splice(at..at, other[from..to].iter().copied());
        }
    }
}

/// Puts another number in the place of the next one.
fn number(bytes: &mut Vec<u8>, at: usize, random: &mut Random) {
    const NUMBERS: &[&[u8]] = &[
        b"0",
        b"-1",
        b"1",
        b"1e308",
        b"1e400",
        b"0.0000001",
        b"9223372036854775808",
        b"18446744073709551615",
        b"NaN",
        b"\"7\"",
    ];
    let Some(start) = bytes[at..].iter().position(u8::is_ascii_digit).map(|found| at + found) else { return };
    let length = bytes[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    bytes.splice(start..start + length, NUMBERS[random.below(NUMBERS.len())].iter().copied());
}

/// What a run found out.
#[derive(Default)]
pub struct Outcome {
    /// Executions of each target, in the order of the table.
    pub executions: Vec<u64>,
    /// What failed: the target, and the bytes.
    pub failures: Vec<(&'static str, Vec<u8>)>,
    /// The longest execution, and its target.
    pub slowest: (Duration, &'static str),
}

/// How long a run lasts.
#[derive(Clone, Copy)]
pub enum Until {
    /// As many executions of each target.
    Executions(u64),
    /// A time.
    Elapsed(Duration),
}

/// Runs the targets in turn.
pub fn run(targets: &[&Target], seeds: &[Seed], seed: u64, until: Until) -> Outcome {
    let mut random = Random(seed);
    let mut outcome = Outcome { executions: vec![0; targets.len()], ..Outcome::default() };
    let start = Instant::now();
    for round in 0_u64.. {
        let is_over = match until {
            Until::Executions(count) => round == count,
            Until::Elapsed(limit) => start.elapsed() >= limit,
        };
        if is_over || outcome.failures.len() >= 50 {
            break;
        }
        for (index, target) in targets.iter().enumerate() {
            let bytes = input(target, seeds, &mut random);
            let began = Instant::now();
            let failed = catch_unwind(AssertUnwindSafe(|| (target.run)(&bytes))).is_err();
            outcome.executions[index] += 1;
            outcome.slowest = outcome.slowest.max((began.elapsed(), target.name));
            if failed {
                outcome.failures.push((target.name, bytes));
            }
        }
    }
    outcome
}

/// A target, by its name.
pub fn by_name(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}
