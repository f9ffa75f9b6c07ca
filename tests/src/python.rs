//! The Python environment that `cargo xtask setup` makes, and this project's own scripts in `tests/python`.

use serde_json::Value;
use std::{
    env,
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// A program of the environment, which `MARU_VENV` names, or which lies beside what cargo builds.
pub(crate) fn program(name: &str) -> PathBuf {
    let venv = env::var_os("MARU_VENV").map_or_else(beside_the_build, PathBuf::from);
    let program = venv.join("bin").join(name);
    assert!(program.exists(), "{} is not there: run `cargo xtask setup`, or name the environment in MARU_VENV", program.display());
    program
}

fn beside_the_build() -> PathBuf {
    let test = env::current_exe().expect("a test knows its own file");
    test.ancestors().nth(3).expect("tests lie in `target/debug/deps`").join("venv")
}

/// Runs a script to its end.
///
/// # Panics
/// When it cannot be started.
#[must_use]
pub fn run(script: &str, arguments: &[&str], variables: &[(&str, String)]) -> Output {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("python").join(script);
    let mut command = Command::new(program("python"));
    // Proxies and accounts of whoever runs the tests are none of theirs.
    command.env_clear().envs(variables.iter().map(|(name, value)| (name, value))).arg(path).args(arguments);
    command.output().expect("Python can be started")
}

/// What a script prints as JSON.
///
/// # Panics
/// When it fails, or prints something else.
#[must_use]
pub fn ask(script: &str, arguments: &[&str], variables: &[(&str, String)]) -> Value {
    let output = run(script, arguments, variables);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "`{script}` failed ({}):\n{}{said}", output.status, String::from_utf8_lossy(&output.stdout));
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("`{script}` printed no JSON ({error}):\n{said}"))
}
