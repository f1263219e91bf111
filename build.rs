//! Links the release build of the program statically, on Linux with the GNU C library.
//!
//! A program without shared libraries starts in two thirds of the time, runs on systems with an older C library, and is
//! still placed at random in memory (`-static-pie`). Rust's own switch for it, `-C target-feature=+crt-static`, can't
//! stand in a package that uses procedural macros, for these are shared libraries built with the same flags. So the
//! linker is told, for the program alone: `-static-pie`, and a folder in which the names of the three shared libraries
//! that Rust asks for are linker scripts that lead to the static ones.
//!
//! Nothing is changed where this can't be or isn't wanted: other systems, builds for another machine, debug builds, a
//! linker or `RUSTFLAGS` of the user's own, a C library without its static half, or a first program linked so that
//! doesn't run. Whoever distributes such a program has the duties of that library's licence, LGPL 2.1; the binaries of a
//! release are built for musl, or with `RUSTFLAGS`.
#![allow(clippy::print_stdout, reason = "a build script tells Cargo what to do by its output")]

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Each shared library that Rust's standard library asks for, and the static ones that stand in for it.
const LIBRARIES: [(&str, &[&str]); 3] = [
    ("libc.so", &["libc.a", "libgcc_eh.a", "libgcc.a"]),
    ("libgcc_s.so", &["libgcc_eh.a", "libgcc.a", "libc.a"]),
    ("libm.so", &["libm.a"]),
];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if let Some(Static { arguments, libraries }) = static_link() {
        for argument in arguments {
            println!("cargo::rustc-link-arg-bin=signoff={argument}");
        }
        // The linker scripts name these files, which another version of the compiler has elsewhere.
        for library in libraries {
            println!("cargo::rerun-if-changed={library}");
        }
    }
}

/// How a static program is linked.
struct Static {
    /// What the linker is told.
    arguments: Vec<String>,
    /// The files of the C library and the compiler that it is linked with.
    libraries: Vec<String>,
}

/// How the program is linked statically; `None` where it is linked as usual.
fn static_link() -> Option<Static> {
    let is = |name, value| env::var(name).is_ok_and(|found| found == value);
    let same_machine = env::var("HOST").ok()? == env::var("TARGET").ok()?;
    if !(same_machine && is("TARGET", "x86_64-unknown-linux-gnu") && is("PROFILE", "release"))
        || env::var_os("RUSTC_LINKER").is_some()
        || env::var_os("CARGO_ENCODED_RUSTFLAGS").is_some_and(|flags| !flags.is_empty())
    {
        return None;
    }
    let folder = PathBuf::from(env::var_os("OUT_DIR")?).join("static");
    fs::create_dir_all(&folder).ok()?;
    // What a static program that can stand anywhere begins with: a C library that has it was built for this.
    let mut libraries = vec![library("rcrt1.o")?];
    for (shared, parts) in LIBRARIES {
        let parts = parts.iter().map(|part| library(part)).collect::<Option<Vec<String>>>()?;
        fs::write(folder.join(shared), format!("GROUP({})\n", parts.join(" "))).ok()?;
        libraries.extend(parts);
    }
    let mut arguments = vec!["-static-pie".to_owned(), format!("-L{}", folder.to_str()?)];
    if !runs(&arguments, &folder) {
        return None;
    }
    // The list of addresses that the program corrects when it starts, a ninetieth as long; older C libraries and linkers
    // don't know it.
    arguments.push("-Wl,-z,pack-relative-relocs".to_owned());
    if !runs(&arguments, &folder) {
        arguments.pop();
    }
    Some(Static { arguments, libraries })
}

/// Where the C compiler, which is Rust's linker, has a file of its libraries.
fn library(name: &str) -> Option<String> {
    let output = Command::new("cc").arg(format!("-print-file-name={name}")).output().ok()?;
    let path = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    // A name that it doesn't know comes back as it went. White space would be two names in a linker script.
    (Path::new(&path).is_absolute() && !path.contains(char::is_whitespace)).then_some(path)
}

/// Whether a program linked with these arguments is built and runs.
fn runs(arguments: &[String], folder: &Path) -> bool {
    let (source, program) = (folder.join("first.rs"), folder.join("first"));
    let Some(rustc) = env::var_os("RUSTC") else { return false };
    let built = fs::write(&source, "fn main() { std::thread::spawn(|| {}).join().unwrap() }\n").is_ok()
        && Command::new(rustc)
            .arg(&source)
            .arg("-o")
            .arg(&program)
            .args(arguments.iter().map(|argument| format!("-Clink-arg={argument}")))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success());
    built && Command::new(&program).status().is_ok_and(|status| status.success())
}
