//! Measures Maru as a person meets it: from the start to the console's first byte, and what it takes while it only watches this machine.

use crate::{
    report::{Better, Section, median},
    server::{Kind, Places, Server},
};
use anyhow::{Context, Result};
use std::{path::Path, time::Duration};
use tokio::time::Instant;

const LONGEST_START: Duration = Duration::from_secs(60);

/// How often, and how long.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct Start {
    /// How many times it is started.
    #[arg(long, default_value_t = 5)]
    pub starts: usize,
    /// For how many seconds it idles before that is measured.
    #[arg(long, default_value_t = 20)]
    pub settle_seconds: u64,
    /// For how many seconds idling is measured.
    #[arg(long, default_value_t = 60)]
    pub idle_seconds: u64,
}

/// Measures `maru up` as it comes.
pub async fn start(options: &Start, places: &Places) -> Section {
    let title = format!("Start and idling: median of {} starts, {} s of idling", options.starts, options.idle_seconds);
    let mut section = Section::new(title, &[Kind::Maru]);
    if let Err(error) = measure(options, places, &mut section).await {
        section.failure(format!("{error:#}"));
    }
    section
}

#[expect(clippy::cast_precision_loss, reason = "three digits of each number are shown")]
async fn measure(options: &Start, places: &Places, section: &mut Section) -> Result<()> {
    let (mut new, mut again) = (Vec::new(), Vec::new());
    for _ in 0..options.starts.max(1) {
        let folder = places.temporary()?;
        new.push(first_byte(places, folder.path()).await?);
        again.push(first_byte(places, folder.path()).await?);
    }
    section.row("first byte of the console, new data folder, ms (aim: 300)", Better::Less, vec![median(new)]);
    section.row("first byte of the console, existing data folder, ms (aim: 300)", Better::Less, vec![median(again)]);

    eprintln!("start: idling for {} s", options.settle_seconds + options.idle_seconds);
    let folder = places.temporary()?;
    let server = Server::spawn(Kind::Maru, places, folder.path(), &[])?;
    server.wait_for("/readyz", LONGEST_START).await?;
    tokio::time::sleep(Duration::from_secs(options.settle_seconds)).await;
    let before = server.cpu_time()?;
    tokio::time::sleep(Duration::from_secs(options.idle_seconds)).await;
    let used = server.cpu_time()? - before;
    let resident = server.resident()?;
    server.stop().await?;
    let mebibytes = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    let percent = used.as_secs_f64() * 100.0 / options.idle_seconds.max(1) as f64;
    section.row("CPU while it watches this machine, % of a core (aim: 1)", Better::Less, vec![Some(percent)]);
    section.row("resident memory then, MiB (aim: 95, which is 100 MB)", Better::Less, vec![Some(mebibytes(resident.now))]);
    section.row("resident memory at its peak, MiB", Better::Less, vec![Some(mebibytes(resident.peak))]);
    Ok(())
}

/// Starts Maru; answers how many milliseconds passed until the console's first byte was there.
async fn first_byte(places: &Places, folder: &Path) -> Result<f64> {
    let started = Instant::now();
    let server = Server::spawn(Kind::Maru, places, folder, &[])?;
    server.wait_for("/", LONGEST_START).await.context("the console did not appear")?;
    let took = started.elapsed();
    server.stop().await?;
    Ok(took.as_secs_f64() * 1e3)
}
