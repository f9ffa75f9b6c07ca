//! Builds the console with Node where there is one, so that it can be embedded. Without Node a page takes its place that says how to
//! get the console.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
    process::{Command, ExitCode, Stdio},
    time::Duration,
};

/// The oldest Node that the console's tools run on.
const OLDEST_NODE: (u32, u32) = (20, 19);
/// npm writes its own record of what it installed a moment before or after it writes the lock file.
const SAME_INSTALL: Duration = Duration::from_secs(60);

fn main() -> ExitCode {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=MARU_CONSOLE");
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("The console could not be built: {reason}");
            eprintln!("Set MARU_CONSOLE=skip to build Maru without it.");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    let target = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo set no OUT_DIR")?).join("console");
    let manifest = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").ok_or("cargo set no CARGO_MANIFEST_DIR")?);
    let console = manifest.join("../../console");
    watch_sources(&console);
    match missing(&console) {
        Some(reason) => {
            if env::var_os("MARU_CONSOLE").is_none() {
                println!("cargo:warning=Maru is built without its console: {reason}");
            }
            write_notice(&target, &reason).map_err(|error| format!("{}: {error}", target.display()))
        }
        None => build(&console, &target),
    }
}

/// Why the console cannot be built here; `None` when it can.
fn missing(console: &Path) -> Option<String> {
    if env::var_os("MARU_CONSOLE").is_some_and(|value| value == "skip") {
        return Some("MARU_CONSOLE=skip was set.".into());
    }
    if !console.join("package.json").exists() || !console.join("index.html").exists() {
        return Some("its sources are not here.".into());
    }
    let Some(node) = output_of("node", &["--version"]) else {
        return Some("Node is not installed.".into());
    };
    if version(&node).is_none_or(|version| version < OLDEST_NODE) {
        return Some(format!("Node {}.{} or newer is needed, and this one is {node}.", OLDEST_NODE.0, OLDEST_NODE.1));
    }
    if output_of("npm", &["--version"]).is_none() {
        return Some("npm is not installed.".into());
    }
    if !installed(console) && !npm(console, &["ci", "--no-audit", "--no-fund"]) {
        return Some("`npm ci` failed in console/; is the package registry reachable?".into());
    }
    None
}

fn build(console: &Path, target: &Path) -> Result<(), String> {
    let target_text = target.to_str().ok_or("the target folder's path is not UTF-8")?;
    if !npm(console, &["run", "build", "--", "--outDir", target_text, "--emptyOutDir"]) {
        return Err("`npm run build` failed in console/; its output is above.".into());
    }
    if !target.join("index.html").exists() {
        return Err(format!("`npm run build` made no index.html in {}.", target.display()));
    }
    Ok(())
}

/// Whether the packages that the lock file names are there.
fn installed(console: &Path) -> bool {
    let modified = |path: &str| fs::metadata(console.join(path)).and_then(|metadata| metadata.modified());
    match (modified("node_modules/.package-lock.json"), modified("package-lock.json")) {
        (Ok(installed), Ok(locked)) => locked <= installed + SAME_INSTALL,
        _ => false,
    }
}

/// Runs npm with its output on standard error, which cargo shows when the build fails.
fn npm(console: &Path, arguments: &[&str]) -> bool {
    let mut command = Command::new("npm");
    command.args(arguments).current_dir(console).stdin(Stdio::null()).stdout(io::stderr());
    command.status().is_ok_and(|status| status.success())
}

fn output_of(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Major and minor of `v20.19.1`.
fn version(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.strip_prefix('v')?.split('.').map(str::parse);
    Some((parts.next()?.ok()?, parts.next()?.ok()?))
}

/// Has cargo run this again when the console's sources change, and not for what npm and Vite write.
fn watch_sources(console: &Path) {
    const MADE: &[&str] = &["node_modules", "dist", "dev", "coverage", "test-results", "playwright-report"];
    for entry in fs::read_dir(console).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if !name.starts_with('.') && !MADE.contains(&name.as_ref()) {
            println!("cargo:rerun-if-changed={}", entry.path().display());
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "cargo gave this folder to the build, and nobody else writes in it")]
fn write_notice(target: &Path, reason: &str) -> io::Result<()> {
    if target.exists() {
        fs::remove_dir_all(target)?;
    }
    fs::create_dir_all(target)?;
    fs::write(
        target.join("index.html"),
        format!(
            "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>Maru</title></head>\n<body>\n<h1>Maru runs without its console</h1>\n\
             <p>This program was built without it: {reason}</p>\n\
             <p>Install Node {}.{} or newer, and build again: <code>cargo run --release -- up</code>.</p>\n\
             <p>All else works: the command line, and the <a href=\"/api/v1/openapi.json\">HTTP API</a>.</p>\n</body>\n</html>\n",
            OLDEST_NODE.0, OLDEST_NODE.1
        ),
    )
}
