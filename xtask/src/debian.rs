//! Debian's packages: a browser, fonts, and the servers that the tests start for themselves.

use crate::checkout::{ask, run, tool};
use anyhow::{Result, bail};
use std::process::Command;

const FOR_TESTS: &[&str] = &["chromium", "fonts-noto-cjk", "postgresql", "prometheus", "python3-venv"];
const FOR_BENCHMARKS: &[&str] = &["victoria-metrics"];

/// Refreshes the lists and installs the packages named in `$@`, while a policy keeps their services from being started: each test
/// starts its own server, on its own port, in its own folder. A policy that the machine already has is left alone.
const INSTALL: &str = "set -e
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
    trap 'rm -f /usr/sbin/policy-rc.d' EXIT
    printf '#!/bin/sh\\nexit 101\\n' >$policy
    chmod +x $policy
fi
apt-get -o DPkg::Lock::Timeout=300 -qq update
DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 -qq install --yes --no-install-recommends \"$@\"";

/// Installs the packages that are missing.
pub(crate) fn install(bench: bool) -> Result<()> {
    let wanted = FOR_TESTS.iter().chain(if bench { FOR_BENCHMARKS } else { &[] });
    let missing: Vec<&str> = wanted.copied().filter(|package| !is_installed(package)).collect();
    if missing.is_empty() {
        println!("Debian packages: all there.");
        return Ok(());
    }
    println!("Debian packages: installing {}.", missing.join(", "));
    if ask(tool("apt-get").arg("--version")).is_none() {
        bail!(
            "`apt-get` is not here, so the tests' packages cannot be installed. Install what Debian calls {} and run with `--no-setup`.",
            missing.join(", ")
        );
    }
    let mut command = as_root()?;
    run(command.args(["sh", "-c", INSTALL, "install"]).args(&missing))
}

fn is_installed(package: &str) -> bool {
    ask(tool("dpkg-query").args(["--show", "--showformat=${db:Status-Status}", package])).as_deref() == Some("installed")
}

/// A command that runs the rest of its words as root.
fn as_root() -> Result<Command> {
    if ask(tool("id").arg("--user")).as_deref() == Some("0") {
        return Ok(tool("env"));
    }
    if ask(tool("sudo").arg("--version")).is_none() {
        bail!("Installing packages needs root, and `sudo` is not here. Run `cargo xtask setup` as root once.");
    }
    Ok(tool("sudo"))
}
