//! The Python packages that the tests talk with, in an environment of their own.

use crate::checkout::{Checkout, run, tool};
use anyhow::{Context, Result};
use std::fs;

const PINNED: &str = include_str!("../requirements.txt");

/// Makes the environment, or makes it anew when the pinned versions have changed.
pub(crate) fn install(checkout: &Checkout) -> Result<()> {
    let venv = checkout.venv();
    let installed = venv.join("requirements.txt");
    if fs::read_to_string(&installed).is_ok_and(|text| text == PINNED) {
        println!("Python packages: all there ({}).", venv.display());
        return Ok(());
    }
    println!("Python packages: installing into {}.", venv.display());
    let mut make = tool("python3");
    run(make.args(["-m", "venv", "--clear"]).arg(&venv))
        .context("Maru's tests need Python 3.11 or newer with its `venv` module (Debian: python3, python3-venv)")?;
    let mut pip = tool(&venv.join("bin/pip").to_string_lossy());
    let pinned = checkout.root.join("xtask/requirements.txt");
    run(pip.args(["install", "--quiet", "--disable-pip-version-check", "--requirement"]).arg(pinned))?;
    fs::write(&installed, PINNED).with_context(|| format!("{} could not be written", installed.display()))
}
