//! `maru-bench`: measures Maru side by side with Debian's Prometheus and VictoriaMetrics, on the same generated load, and writes a report.
//!
//! It sends its load only to servers that it started itself on loopback, in temporary folders, and must never touch a server or a data folder
//! that was there before. It must never be needed to build or run Maru, never link Maru's own crates (what is measured is the program that
//! people run), and never write a number that it did not measure in that run.

mod body;
mod console;
mod ingest;
mod labels;
mod load;
mod process;
mod queries;
mod questions;
mod report;
mod server;
mod snappy;
mod values;

use anyhow::{Result, bail};
use clap::{Parser, Subcommand};
use console::Start;
use ingest::Ingest;
use jiff::Timestamp;
use queries::Queries;
use report::Section;
use server::{Kind, Places};
use std::{path::PathBuf, process::ExitCode};
use tokio::signal::unix::{SignalKind, signal};

/// Measures Maru side by side with its peers. Progress goes to standard error, the report as Markdown to standard output.
#[derive(Debug, Parser)]
#[command(name = "maru-bench", version)]
struct Bench {
    #[command(subcommand)]
    what: What,
    /// Maru's program.
    #[arg(long, global = true, env = "MARU_BIN", default_value = "target/release/maru")]
    maru: PathBuf,
    /// Which servers are measured.
    #[arg(long, global = true, value_enum, value_delimiter = ',', default_values_t = [Kind::Maru, Kind::Prometheus, Kind::VictoriaMetrics])]
    servers: Vec<Kind>,
    /// Where the servers' temporary folders are made.
    #[arg(long, global = true, default_value_os_t = std::env::temp_dir())]
    folder: PathBuf,
    /// What the generated values depend on.
    #[arg(long, global = true, default_value_t = 1)]
    seed: u64,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Takes in samples: speed, CPU, memory, disk.
    Ingest(Ingest),
    /// Asks five typical questions.
    Queries(Queries),
    /// Starts Maru and lets it idle.
    Start(Start),
    /// Everything: 100,000 and 1,000,000 series, the questions, the start.
    All {
        /// A small load, to see that all of it works; its numbers say little.
        #[arg(long)]
        quick: bool,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    let outcome = tokio::select! {
        outcome = run(Bench::parse()) => outcome,
        // What was started is killed, and what was made is removed, as their values go away.
        stopped = stopped() => stopped,
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn stopped() -> Result<()> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    bail!("stopped before the end")
}

async fn run(bench: Bench) -> Result<()> {
    let Bench { what, maru, servers, folder, seed } = bench;
    let places = Places { maru, folder };
    let started = now();
    let mut versions = Vec::new();
    for kind in servers.iter().filter(|kind| !matches!(what, What::Start(_)) || **kind == Kind::Maru) {
        versions.push(places.version(*kind).await?);
    }
    println!("{}", report::heading(started, &versions));
    // Every server gets the very same samples, so the end of the load is decided once.
    let end_ms = started.as_second() * 1_000;
    let mut failed = false;
    let mut show = |section: Section| {
        println!("{section}");
        failed |= section.has_failed();
    };
    match what {
        What::Ingest(ingest) => show(ingest::ingest(&ingest.load(seed, end_ms), &servers, &places).await),
        What::Queries(queries) => show(queries::queries(&queries.load(seed, end_ms), queries.repeat, &servers, &places).await),
        What::Start(start) => show(console::start(&start, &places).await),
        What::All { quick } => {
            let (loads, queries, start) = if quick { quick_load() } else { full_load() };
            show(console::start(&start, &places).await);
            for ingest in loads {
                show(ingest::ingest(&ingest.load(seed, end_ms), &servers, &places).await);
            }
            show(queries::queries(&queries.load(seed, end_ms), queries.repeat, &servers, &places).await);
        }
    }
    if failed {
        bail!("Not everything could be measured: the report says what and why.");
    }
    Ok(())
}

fn full_load() -> (Vec<Ingest>, Queries, Start) {
    let small = Ingest { series: 100_000, samples_per_series: 60, interval: 15, connections: 8 };
    let large = Ingest { series: 1_000_000, samples_per_series: 10, ..small };
    let queries = Queries { series: 10_000, hours: 24, interval: 30, connections: 8, repeat: 10 };
    (vec![small, large], queries, Start { starts: 5, settle_seconds: 20, idle_seconds: 60 })
}

fn quick_load() -> (Vec<Ingest>, Queries, Start) {
    let ingest = Ingest { series: 1_000, samples_per_series: 20, interval: 15, connections: 2 };
    let queries = Queries { series: 1_000, hours: 2, interval: 30, connections: 2, repeat: 3 };
    (vec![ingest], queries, Start { starts: 1, settle_seconds: 3, idle_seconds: 5 })
}

#[expect(clippy::disallowed_methods, reason = "the load ends when the measurement starts")]
fn now() -> Timestamp {
    Timestamp::now()
}
