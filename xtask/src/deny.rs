//! `cargo xtask deny`: what comes in from outside, held against `deny.toml`.

use crate::checkout::{self, Checkout, ask};
use anyhow::{Result, bail};

/// Runs cargo-deny. The advisories come from a database on the network: without it, the rest is checked all the same.
pub(crate) fn run(checkout: &Checkout) -> Result<()> {
    if ask(&mut checkout.cargo(&["deny", "--version"])).is_none() {
        bail!("cargo-deny is not here. Install it with `cargo install cargo-deny --locked` and run this again.");
    }
    checkout::run(&mut checkout.cargo(&["deny", "check", "licenses", "bans", "sources"]))?;
    checkout::run(&mut checkout.cargo(&["deny", "check", "advisories"]))
}
