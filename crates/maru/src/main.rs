//! The program `maru`: its command line, its settings, and what a cell is composed of.
//!
//! Chooses between a server elsewhere, the program that holds the data folder, and this process; then calls operations like any other
//! surface. Must never do by itself what an operation does.

mod arguments;
mod cell;
mod completions;
mod config_show;
mod configuration;
mod endpoint;
mod failure;
mod language;
mod logging;
mod program;
mod replay;
mod run_operation;
mod up;

use language::Language;
use program::Program;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // Only fails where another provider was installed before, and nothing ran before.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let environment: Vec<(String, String)> =
        std::env::vars_os().map(|(name, value)| (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned())).collect();
    let language = Language::of(&environment);
    let registry = cell::catalogue();
    let matches = arguments::command(&registry, language).get_matches();
    Program { registry, matches, environment, language }.run()
}
