//! Archives, compressed files and links: each file on disk can be found again by its digest, and nothing in them is passed
//! over in silence.

#[allow(dead_code, reason = "each driver uses a part of it")]
mod support;

use std::fs;
use std::io::Write;
use std::path::Path;

use serde_json::Value;
use signoff::model::digest::digest;
use support::{Scratch, reported, run, signoff};

fn smoke(name: &str) -> Vec<u8> {
    format!("{{\"schema\":\"signoff.smoke/1\",\"tests\":[{{\"name\":\"{name}\",\"outcome\":\"passed\"}}]}}")
        .into_bytes()
}

/// A `.tar` with files and links: name, and content or target.
fn tar(path: &Path, files: &[(&str, Vec<u8>)], links: &[(&str, &str)]) {
    let mut builder = tar::Builder::new(fs::File::create(path).expect("a temporary file can be made"));
    for (name, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, name, &**content).expect("a member can be added");
    }
    for (name, target) in links {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::Symlink);
        header.set_size(0);
        builder.append_link(&mut header, name, target).expect("a link can be added");
    }
    builder.finish().expect("the archive can be ended");
}

fn report(folder: &Path) -> (Value, String) {
    let (text, json) = reported(&mut signoff(), folder, &[]);
    (json, text)
}

fn artifact<'r>(report: &'r Value, path: &str) -> &'r Value {
    let all = report["artifacts"].as_array().into_iter().flatten();
    all.into_iter().find(|artifact| artifact["path"] == path).unwrap_or_else(|| panic!("no {path} in {report:#}"))
}

#[test]
fn what_was_packed_is_found_again_by_its_digest() {
    let scratch = Scratch::new("archives");
    let folder = scratch.0.join("artifacts");
    fs::create_dir_all(&folder).expect("a temporary folder can be made");
    tar(&folder.join("results.tar"), &[("run/a.json", smoke("a")), ("./b.json", smoke("b"))], &[]);
    let gz = fs::File::create(folder.join("c.json.gz")).expect("a temporary file can be made");
    let mut gz = flate2::write::GzEncoder::new(gz, flate2::Compression::fast());
    gz.write_all(&smoke("c")).and_then(|()| gz.finish().map(drop)).expect("it can be written");
    let (json, markdown) = report(&scratch.0);
    assert_eq!(json["verdict"], "passed", "{json:#}");
    assert_eq!(json["tests"]["totals"]["passed"], 3);
    for (path, file) in
        [("results.tar!/run/a.json", "results.tar"), ("results.tar!/b.json", "results.tar"), ("c.json.gz", "c.json.gz")]
    {
        let bytes = fs::read(folder.join(file)).expect("the file can be read");
        let archive = &artifact(&json, path)["archive"];
        assert_eq!(archive["path"], file);
        assert_eq!(archive["sha256"], digest(&bytes));
        assert_eq!(archive["bytes"], bytes.len());
        let line = format!("{}  {file}", digest(&bytes));
        assert_eq!(markdown.lines().filter(|found| *found == line).count(), 1, "{line} stands once in:\n{markdown}");
    }
    assert_eq!(artifact(&json, "c.json.gz")["sha256"], digest(&smoke("c")), "the content has a digest of its own");
    let verify = || run(signoff().current_dir(&scratch.0).args(["verify", "out", "--artifacts", "artifacts"]));
    assert_eq!(verify().status.code(), Some(0), "{}", String::from_utf8_lossy(&verify().stdout));
    // The same members, packed anew.
    tar(&folder.join("results.tar"), &[("b.json", smoke("b")), ("run/a.json", smoke("a"))], &[]);
    let output = verify();
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("artifact changed: results.tar as it is packed: was "), "{text}");
}

#[test]
fn links_in_an_archive_are_read_or_refused() {
    let scratch = Scratch::new("archive-links");
    let folder = scratch.0.join("artifacts");
    fs::create_dir_all(&folder).expect("a temporary folder can be made");
    let files = [("run-1/a.json", smoke("a"))];
    tar(&folder.join("good.tar"), &files, &[("latest/a.json", "../run-1/./a.json")]);
    let (json, _) = report(&scratch.0);
    assert_eq!(json["verdict"], "passed", "{json:#}");
    assert_eq!(json["tests"]["totals"]["total"], 1, "the same bytes are counted once");
    assert_eq!(artifact(&json, "good.tar!/latest/a.json")["counted"], true, "by name it is the first");
    assert_eq!(artifact(&json, "good.tar!/run-1/a.json")["counted"], false);
    fs::remove_file(folder.join("good.tar")).expect("the file can be removed");
    let links =
        [("b.json", "/etc/passwd"), ("c.json", "../../../etc/passwd"), ("d.json", "nowhere.json"), ("e", "run-1")];
    tar(&folder.join("bad.tar"), &files, &links);
    let (json, _) = report(&scratch.0);
    assert_eq!(json["verdict"], "undecided", "{json:#}");
    for (name, _) in links {
        assert_eq!(artifact(&json, &format!("bad.tar!/{name}"))["sha256"], Value::Null);
    }
    let notices = json["notices"].as_array().into_iter().flatten().filter(|notice| notice["code"] == "not-a-file");
    assert_eq!(notices.count(), links.len());
}

#[cfg(unix)]
#[test]
fn links_that_leave_the_folder_are_refused() {
    use std::os::unix::fs::symlink;

    let scratch = Scratch::new("folder-links");
    let folder = scratch.0.join("artifacts");
    fs::create_dir_all(folder.join("run-1")).expect("a temporary folder can be made");
    fs::write(folder.join("run-1/a.json"), smoke("a")).expect("a temporary file can be written");
    fs::write(scratch.0.join("outside.json"), smoke("outside")).expect("a temporary file can be written");
    symlink("run-1/a.json", folder.join("inside.json")).expect("a link can be made");
    let (json, _) = report(&scratch.0);
    assert_eq!((&json["verdict"], &json["tests"]["totals"]["total"]), (&Value::from("passed"), &Value::from(1)));
    symlink("../outside.json", folder.join("leaves.json")).expect("a link can be made");
    symlink("../", folder.join("folder")).expect("a link can be made");
    symlink("nowhere", folder.join("dangles.json")).expect("a link can be made");
    let (json, markdown) = report(&scratch.0);
    assert_eq!(json["verdict"], "undecided");
    assert!(!markdown.contains("outside"), "nothing outside of the folder is read");
    for name in ["leaves.json", "folder", "dangles.json"] {
        assert_eq!(artifact(&json, name)["sha256"], Value::Null, "{name}");
    }
}

#[cfg(unix)]
#[test]
fn a_link_to_a_folder_is_followed_where_it_is_named() {
    use std::os::unix::fs::symlink;

    let scratch = Scratch::new("named-link");
    fs::create_dir_all(scratch.0.join("run-1")).expect("a temporary folder can be made");
    fs::write(scratch.0.join("run-1/a.json"), smoke("a")).expect("a temporary file can be written");
    symlink("run-1", scratch.0.join("artifacts")).expect("a link can be made");
    let (json, _) = report(&scratch.0);
    assert_eq!(json["verdict"], "passed");
    assert_eq!(artifact(&json, "a.json")["format"], "signoff-smoke");
    assert_eq!(json["artifacts"].as_array().map(Vec::len), Some(1));
}

#[test]
fn a_member_does_not_hide_another_one_of_its_name() {
    let scratch = Scratch::new("archives-doubled");
    let failed = br#"{"schema":"signoff.smoke/1","tests":[{"name":"login","outcome":"failed"}]}"#.to_vec();
    let tared = scratch.0.join("doubled.tar");
    tar(&tared, &[("smoke.json", failed.clone()), ("smoke.json", smoke("login"))], &[]);
    // A list of members that names one of them twice.
    let zipped = scratch.0.join("doubled.zip");
    let mut writer = zip::ZipWriter::new(fs::File::create(&zipped).expect("a temporary file can be made"));
    for (name, content) in [("smoke.jsom", failed), ("smoke.json", smoke("login"))] {
        writer.start_file(name, zip::write::SimpleFileOptions::default()).expect("a member can be begun");
        writer.write_all(&content).expect("a member can be written");
    }
    writer.finish().expect("the archive can be ended");
    let bytes = fs::read(&zipped).expect("the archive was written");
    let text: String = bytes.iter().map(|byte| char::from(*byte)).collect();
    let doubled: Vec<u8> = text.replace("smoke.jsom", "smoke.json").chars().map(|c| c as u8).collect();
    fs::write(&zipped, doubled).expect("the archive can be written again");
    for (path, says) in [
        (tared, "stands in the archive more than once, each time as something else"),
        (zipped, "two of its members have the same name, and one would hide the other"),
    ] {
        let output = run(signoff().arg("check").arg(&path).args(["--require", "smoke"]));
        assert_eq!(output.status.code(), Some(3), "{}", path.display());
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(text.contains(says), "{text}");
    }
    // The same once more is no contradiction.
    let same = scratch.0.join("same.tar");
    tar(&same, &[("smoke.json", smoke("login")), ("smoke.json", smoke("login"))], &[]);
    let output = run(signoff().arg("check").arg(&same).args(["--require", "smoke"]));
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn an_archive_does_not_hide_the_one_before_it() {
    let scratch = Scratch::new("archives-joined");
    let failed = br#"{"schema":"signoff.smoke/1","tests":[{"name":"login","outcome":"failed"}]}"#.to_vec();
    let joined = |suffix: &str, before: Vec<u8>, behind: Vec<u8>| {
        let path = scratch.0.join(format!("joined{suffix}"));
        fs::write(&path, [before, behind].concat()).expect("a temporary file can be written");
        let output = run(signoff().arg("check").arg(&path).args(["--require", "smoke"]));
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let tared = |name: &str, content: Vec<u8>| {
        let path = scratch.0.join("one.tar");
        tar(&path, &[(name, content)], &[]);
        fs::read(&path).expect("the archive was written")
    };
    let zipped = |name: &str, content: &[u8]| {
        let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        writer.start_file(name, zip::write::SimpleFileOptions::default()).expect("a member can be begun");
        writer.write_all(content).expect("a member can be written");
        writer.finish().expect("the archive can be ended").into_inner()
    };
    let (code, text) = joined(".tar", tared("a.json", failed.clone()), tared("b.json", smoke("search")));
    assert_eq!(code, Some(1), "both are read: {text}");
    let (code, text) = joined(".zip", zipped("a.json", &failed), zipped("b.json", &smoke("search")));
    assert_eq!(code, Some(3), "{text}");
    assert!(text.contains("another archive stands before it in the same file"), "{text}");
    // Cut between two members, or before the mark at the end.
    let both = [&tared("a.json", smoke("login"))[..1024], &tared("b.json", failed.clone())[..1024]].concat();
    for cut in [both[..1024].to_vec(), both] {
        let (code, text) = joined(".tar", cut, Vec::new());
        assert_eq!(code, Some(3), "{text}");
        assert!(text.contains("the archive has no end mark"), "{text}");
    }
    let (code, text) = joined(".exe.zip", b"#!/bin/sh\nexit\n".to_vec(), zipped("b.json", &smoke("search")));
    assert_eq!(code, Some(0), "what unpacks itself is read: {text}");
    let (code, text) = joined(".zip", zipped("b.json", &smoke("search")), failed.clone());
    assert_eq!(code, Some(3), "{text}");
    assert!(text.contains("something stands behind its end"), "{text}");
    // A member that the directory does not list, before the one that it does.
    let (hidden, listed) = (zipped("a.json", &failed), zipped("b.json", &smoke("search")));
    let number = |bytes: &[u8], at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes"));
    let directory = |bytes: &[u8]| number(bytes, bytes.len() - 6) as usize;
    let (hidden, mut listed) = (hidden[..directory(&hidden)].to_vec(), listed);
    for at in [directory(&listed) + 42, listed.len() - 6] {
        let moved = number(&listed, at) + u32::try_from(hidden.len()).expect("a small archive");
        listed[at..at + 4].copy_from_slice(&moved.to_le_bytes());
    }
    let (code, text) = joined(".zip", hidden, listed);
    assert_eq!(code, Some(3), "{text}");
    assert!(text.contains("its directory does not list all that stands in it"), "{text}");
}
