//! The clone that is worked on, and the tools that are started in it.

use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::{
    env,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// A clone of the project.
#[derive(Debug)]
pub(crate) struct Checkout {
    /// Where the project's files are.
    pub(crate) root: PathBuf,
    /// Where cargo builds.
    pub(crate) target: PathBuf,
}

impl Checkout {
    /// The clone that this was built from.
    pub(crate) fn find() -> Result<Self> {
        let metadata = output(cargo().args(["metadata", "--no-deps", "--format-version", "1"]))?;
        let metadata: Value = serde_json::from_str(&metadata).context("`cargo metadata` did not answer with JSON")?;
        let folder = |key: &str| metadata[key].as_str().map(PathBuf::from).with_context(|| format!("`cargo metadata` says no `{key}`"));
        Ok(Self { root: folder("workspace_root")?, target: folder("target_directory")? })
    }

    /// The program as `cargo build` leaves it.
    pub(crate) fn program(&self) -> PathBuf {
        self.target.join("debug/maru")
    }

    /// The Python environment that the tests use, beside what cargo builds.
    pub(crate) fn venv(&self) -> PathBuf {
        self.target.join("venv")
    }

    /// Cargo, in the root.
    pub(crate) fn cargo(&self, arguments: &[&str]) -> Command {
        let mut command = cargo();
        command.args(arguments).current_dir(&self.root);
        command
    }

    /// npm, in `folder` under the root.
    pub(crate) fn npm(&self, folder: &str, arguments: &[&str]) -> Command {
        let mut command = tool("npm");
        command.args(arguments).current_dir(self.root.join(folder));
        command
    }

    /// Builds the program with its console.
    pub(crate) fn build_program(&self) -> Result<()> {
        run(&mut self.cargo(&["build", "--locked", "--package", "maru"]))
    }
}

fn cargo() -> Command {
    tool(&env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()))
}

/// A command that reads nothing, and sees none of what `cargo run` told this program about this program: build scripts that look at
/// those variables would run again each time.
pub(crate) fn tool(program: &str) -> Command {
    let mut command = Command::new(program);
    command.stdin(Stdio::null());
    for (name, _) in env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
            command.env_remove(name.as_ref());
        }
    }
    command
}

/// Shows the command, runs it, and fails when it fails.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let shown = show(command);
    println!("$ {shown}");
    let status = command.status().with_context(|| format!("`{shown}` could not be started"))?;
    if !status.success() {
        bail!("`{shown}` failed ({status})");
    }
    Ok(())
}

/// What the command prints.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let shown = show(command);
    let output = command.stderr(Stdio::inherit()).output().with_context(|| format!("`{shown}` could not be started"))?;
    if !output.status.success() {
        bail!("`{shown}` failed ({})", output.status);
    }
    String::from_utf8(output.stdout).with_context(|| format!("`{shown}` printed something that is not UTF-8"))
}

/// What the command prints, or nothing when it is absent or fails: for asking what is there.
pub(crate) fn ask(command: &mut Command) -> Option<String> {
    let output = command.stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn show(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program.file_name().unwrap_or(program.as_os_str());
    let words = std::iter::once(name).chain(command.get_args());
    words.map(|word| quote(&word.to_string_lossy())).collect::<Vec<_>>().join(" ")
}

fn quote(word: &str) -> String {
    let plain = !word.is_empty() && word.chars().all(|c| c.is_alphanumeric() || "-_./:=,@+".contains(c));
    if plain { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shown_command_can_be_pasted_into_a_shell() {
        let mut command = tool("/usr/bin/maru");
        command.args(["sql", "SELECT 'a'", "--output=json", ""]);
        assert_eq!(show(&command), r"maru sql 'SELECT '\''a'\''' --output=json ''");
    }

    #[test]
    fn a_tool_that_is_absent_is_no_error_when_asked() {
        assert_eq!(ask(&mut tool("no-such-tool")), None);
    }
}
