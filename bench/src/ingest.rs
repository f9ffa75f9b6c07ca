//! Measures taking in: how fast, at what cost of CPU and memory, and what remains on disk.

use crate::{
    load::{self, Load, Sent},
    process::{self, Resident},
    report::{Better, Section},
    server::{AtRest, Kind, Places, Server},
};
use anyhow::{Result, bail};
use std::time::Duration;

/// What is sent.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct Ingest {
    /// How many active series there are.
    #[arg(long, default_value_t = 100_000)]
    pub series: usize,
    /// How many samples each of them gets.
    #[arg(long, default_value_t = 60)]
    pub samples_per_series: usize,
    /// Seconds between the samples of a series.
    #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u32).range(1..=300))]
    pub interval: u32,
    /// How many connections send at once.
    #[arg(long, default_value_t = 8)]
    pub connections: usize,
}

impl Ingest {
    /// The load, ending at `end_ms`.
    #[must_use]
    pub fn load(&self, seed: u64, end_ms: i64) -> Load {
        Load {
            series: self.series,
            steps: self.samples_per_series,
            interval_ms: i64::from(self.interval) * 1_000,
            seed,
            connections: self.connections,
            end_ms,
        }
    }
}

/// What was measured of one server.
struct Measured {
    sent: Sent,
    cpu: Duration,
    cpu_settled: Duration,
    generator_cpu: Duration,
    after: Resident,
    peak: u64,
    disk_after: u64,
    at_rest: AtRest,
    /// Rows of bands that Maru did not keep.
    bands_dropped: Option<u64>,
}

/// Sends the same load to each of `servers`, one after the other.
pub async fn ingest(load: &Load, servers: &[Kind], places: &Places) -> Section {
    let title = format!("Ingest: {} active series, {} samples each, {} connections", load.series, load.steps, load.connections);
    let mut section = Section::new(title, servers);
    let mut measured = Vec::new();
    for kind in servers {
        eprintln!("ingest: {} samples to {}", load.samples(), kind.title());
        match measure(*kind, load, places).await {
            Ok(one) => measured.push(Some(one)),
            Err(error) => {
                section.failure(format!("{}: {error:#}", kind.title()));
                measured.push(None);
            }
        }
    }
    add_rows(&mut section, load, &measured);
    section
}

async fn measure(kind: Kind, load: &Load, places: &Places) -> Result<Measured> {
    let folder = places.temporary()?;
    let server = Server::start(kind, places, folder.path()).await?;
    let (cpu_before, own_before) = (server.cpu_time()?, process::cpu_time(std::process::id())?);
    let sent = load::send(load, &server.write_url()).await?;
    let (cpu, generator_cpu) = (server.cpu_time()? - cpu_before, process::cpu_time(std::process::id())? - own_before);
    let (after, disk_after) = (server.resident()?, process::occupied(folder.path()));
    eprintln!("ingest: {} took {:.1} s; waiting for its background work", kind.title(), sent.all.as_secs_f64());
    let at_rest = server.settle().await?;
    let bands_dropped = match kind {
        Kind::Maru => Some(bands_dropped(&server, load).await?),
        Kind::Prometheus | Kind::VictoriaMetrics => None,
    };
    let measured = Measured {
        sent,
        cpu,
        cpu_settled: server.cpu_time()? - cpu_before,
        generator_cpu,
        after,
        peak: server.resident()?.peak,
        disk_after,
        at_rest,
        bands_dropped,
    };
    server.stop().await?;
    Ok(measured)
}

/// Refuses to go on when Maru does not have every sample.
async fn bands_dropped(server: &Server, load: &Load) -> Result<u64> {
    match server.figure("maru_watch_samples_total").await? {
        samples if samples == load.samples() => server.figure("maru_watch_bands_dropped_total").await,
        samples => bail!("it was sent {} samples and has {samples}", load.samples()),
    }
}

#[expect(clippy::cast_precision_loss, reason = "three digits of each number are shown")]
fn add_rows(section: &mut Section, load: &Load, measured: &[Option<Measured>]) {
    let mut row = |what: &str, better: Better, value: &dyn Fn(&Measured) -> Option<f64>| {
        section.row(what, better, measured.iter().map(|one| one.as_ref().and_then(value)).collect());
    };
    let (samples, series) = (load.samples() as f64, load.series as f64);
    let mebibytes = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    row("samples per second", Better::More, &|one| Some(samples / one.sent.all.as_secs_f64()));
    row("… the first of each series", Better::More, &|one| Some(series / one.sent.first_step.as_secs_f64()));
    row("… all further ones", Better::More, &|one| {
        let seconds = (one.sent.all - one.sent.first_step).as_secs_f64();
        (seconds > 0.0).then(|| (samples - series) / seconds)
    });
    row("samples per second and core: per second of its CPU time", Better::More, &|one| Some(samples / one.cpu.as_secs_f64()));
    row("CPU seconds per million samples, until the last answer", Better::Less, &|one| Some(one.cpu.as_secs_f64() * 1e6 / samples));
    row("… and with the background work after it", Better::Less, &|one| Some(one.cpu_settled.as_secs_f64() * 1e6 / samples));
    row("resident memory after the last answer, MiB", Better::Less, &|one| Some(mebibytes(one.after.now)));
    row("resident memory at its peak, MiB", Better::Less, &|one| Some(mebibytes(one.peak)));
    row("bytes on disk per sample, after the last answer", Better::Less, &|one| Some(one.disk_after as f64 / samples));
    row("bytes on disk per sample, at rest", Better::Less, &|one| Some(one.at_rest.all as f64 / samples));
    row("… of that the samples alone, without bands, names and state", Better::Less, &|one| Some(one.at_rest.samples? as f64 / samples));
    row("requests put off (429, 503)", Better::Less, &|one| Some(one.sent.put_off as f64));
    for one in measured.iter().flatten().take(1) {
        section.note(format!(
            "A sample takes {:.1} bytes in a request; generating and sending a million takes {:.2} s of the same cores' CPU time.",
            one.sent.bytes as f64 / samples,
            one.generator_cpu.as_secs_f64() * 1e6 / samples,
        ));
    }
    for dropped in measured.iter().flatten().filter_map(|one| one.bands_dropped).filter(|dropped| *dropped > 0) {
        section.note(format!("Maru did not keep {dropped} rows of bands: samples came in faster than bands are written."));
    }
}
