//! What developers of Maru run: `cargo xtask …`. Starts other tools, in order, and says what it does.
//!
//! Holds no logic of the program, which never needs it: a clone builds and runs without this crate.
#![allow(clippy::disallowed_methods, reason = "a developer's tool has its own files and measures its own steps")]

mod checkout;
mod debian;
mod deny;
mod nextest;
mod node;
mod openapi;
mod python;
mod setup;
mod suite;

use anyhow::Result;
use checkout::Checkout;
use clap::{Parser, Subcommand};

/// The command line of `cargo xtask`.
#[derive(Debug, Parser)]
#[command(name = "xtask", bin_name = "cargo xtask", about = "What developers of Maru run")]
pub struct Xtask {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Installs what the tests need. Quick when everything is there.
    Setup(setup::Setup),
    /// Runs every check and every test.
    Test(suite::Suite),
    /// Writes `console/openapi.json` and the console's types from the program.
    Openapi(openapi::Openapi),
    /// Checks licences, duplicate versions, sources and, with a network, advisories by `deny.toml`.
    Deny,
}

/// Does what the command line says.
///
/// # Errors
/// When a tool that it starts fails; the error names the command.
pub fn run(xtask: &Xtask) -> Result<()> {
    let checkout = Checkout::find()?;
    match &xtask.task {
        Task::Setup(setup) => setup.run(&checkout),
        Task::Test(suite) => suite.run(&checkout),
        Task::Openapi(openapi) => openapi.run(&checkout),
        Task::Deny => deny::run(&checkout),
    }
}
