//! cargo-nextest, which runs the tests.

use crate::checkout::{Checkout, ask, run};
use anyhow::Result;

const VERSION: &str = "0.9.143";

/// Installs it when it is missing.
pub(crate) fn install(checkout: &Checkout) -> Result<()> {
    if ask(&mut checkout.cargo(&["nextest", "--version"])).is_some() {
        println!("cargo-nextest: there.");
        return Ok(());
    }
    println!("cargo-nextest: building {VERSION}, which takes some minutes once.");
    run(&mut checkout.cargo(&["install", "cargo-nextest", "--locked", "--version", VERSION]))
}
