//! `cargo xtask setup`: everything that the tests need, installed by name and version.

use crate::{checkout::Checkout, debian, nextest, node, python};
use anyhow::Result;
use clap::Args;

/// What to install.
#[derive(Debug, Default, Args)]
pub(crate) struct Setup {
    /// Also what the benchmarks compare with.
    #[arg(long)]
    bench: bool,
}

impl Setup {
    /// Installs what is missing.
    pub(crate) fn run(&self, checkout: &Checkout) -> Result<()> {
        debian::install(self.bench)?;
        python::install(checkout)?;
        node::install(checkout)?;
        nextest::install(checkout)
    }
}
