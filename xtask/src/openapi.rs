//! `cargo xtask openapi`: the API's document, as the program prints it, and the console's types made from it.

use crate::checkout::{Checkout, output, run, tool};
use anyhow::{Context, Result, bail};
use clap::Args;
use std::fs;

const DOCUMENT: &str = "console/openapi.json";

/// What to do with the document.
#[derive(Debug, Default, Args)]
pub(crate) struct Openapi {
    /// Only says whether the one in the console is the program's.
    #[arg(long)]
    pub(crate) check: bool,
}

impl Openapi {
    /// Writes or checks it.
    pub(crate) fn run(&self, checkout: &Checkout) -> Result<()> {
        checkout.build_program()?;
        let current = output(tool(&checkout.program().to_string_lossy()).arg("openapi").current_dir(&checkout.root))?;
        let path = checkout.root.join(DOCUMENT);
        if self.check {
            let kept = fs::read_to_string(&path).with_context(|| format!("{DOCUMENT} could not be read"))?;
            if kept != current {
                bail!("{DOCUMENT} is not what the program prints. Run `cargo xtask openapi` and commit what it writes.");
            }
            println!("{DOCUMENT} is what the program prints.");
            return Ok(());
        }
        fs::write(&path, current).with_context(|| format!("{DOCUMENT} could not be written"))?;
        println!("{DOCUMENT} is written.");
        run(&mut checkout.npm("console", &["run", "generate"]))
    }
}
