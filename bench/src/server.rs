//! Starts the servers that are compared, each in a temporary folder and on a free port of this machine, with the settings that it comes
//! with unless said otherwise here.

use crate::process::{self, Resident};
use anyhow::{Context, Result, bail};
use clap::ValueEnum;
use reqwest::Client;
use serde_json::Value;
use std::{
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};
use tempfile::{NamedTempFile, TempDir};
use tokio::{
    process::{Child, Command},
    time::Instant,
};

const START: Duration = Duration::from_secs(60);
const STOP: Duration = Duration::from_secs(60);
const SETTLE: Duration = Duration::from_secs(600);
/// How often it is tried whether a server answers: what a measured start may be late by.
const LOOK: Duration = Duration::from_millis(2);
/// Maru waits five minutes before it turns a quiet log into Parquet; a benchmark does not.
const FLUSH_SECONDS: &str = "30";

/// A server that can be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// Maru.
    Maru,
    /// Debian's `prometheus`.
    Prometheus,
    /// Debian's `victoria-metrics`.
    VictoriaMetrics,
}

impl Kind {
    /// What people call it.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Maru => "Maru",
            Self::Prometheus => "Prometheus",
            Self::VictoriaMetrics => "VictoriaMetrics",
        }
    }

    /// Debian's package, which is also the program's name.
    fn package(self) -> Option<&'static str> {
        match self {
            Self::Maru => None,
            Self::Prometheus => Some("prometheus"),
            Self::VictoriaMetrics => Some("victoria-metrics"),
        }
    }

    fn ready_path(self) -> &'static str {
        match self {
            Self::Maru => "/readyz",
            Self::Prometheus => "/-/ready",
            Self::VictoriaMetrics => "/health",
        }
    }

    /// How long its folder must stay the same for its background work to be over. Maru merges what it has once a minute.
    fn quiet(self) -> Duration {
        Duration::from_secs(if self == Self::Maru { 65 } else { 15 })
    }
}

/// Where programs and folders are.
#[derive(Clone, Debug)]
pub struct Places {
    /// Maru's program.
    pub maru: PathBuf,
    /// Where temporary folders are made.
    pub folder: PathBuf,
}

impl Places {
    /// An empty folder that goes away with the value.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn temporary(&self) -> Result<TempDir> {
        TempDir::with_prefix_in("maru-bench-", &self.folder)
            .with_context(|| format!("no folder can be made in `{}`", self.folder.display()))
    }

    /// Which version of `kind` is measured.
    ///
    /// # Errors
    /// When it is not there.
    pub async fn version(&self, kind: Kind) -> Result<String> {
        let mut command = match kind.package() {
            None => Command::new(&self.maru),
            Some(_) => Command::new("dpkg-query"),
        };
        match kind.package() {
            None => command.arg("--version"),
            Some(package) => command.args(["--show", "--showformat=${Package} ${Version}", package]),
        };
        let next = "`cargo build --release` builds Maru, and `cargo xtask setup --bench` installs its peers";
        let output = command.output().await.with_context(|| format!("{} cannot be run: {next}", kind.title()))?;
        if !output.status.success() {
            bail!("{} is not here: {next}", kind.title());
        }
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }
}

/// A server that runs. It is killed when the value goes away.
pub struct Server {
    kind: Kind,
    child: Child,
    pid: u32,
    folder: PathBuf,
    url: String,
    log: NamedTempFile,
    client: Client,
}

impl Server {
    /// Starts `kind` on `folder` without anything of its own to do, and waits until it is ready.
    ///
    /// # Errors
    /// When it does not become ready.
    pub async fn start(kind: Kind, places: &Places, folder: &Path) -> Result<Self> {
        let server = Self::spawn(kind, places, folder, &[("MARU_WATCH_HOST", "false"), ("MARU_HISTORY_FLUSH_SECONDS", FLUSH_SECONDS)])?;
        server.wait_for(kind.ready_path(), START).await?;
        Ok(server)
    }

    /// Starts `kind` on `folder`, with `settings` in the environment, and waits for nothing.
    ///
    /// # Errors
    /// When the program cannot be run.
    pub fn spawn(kind: Kind, places: &Places, folder: &Path, settings: &[(&str, &str)]) -> Result<Self> {
        let address = free_address()?;
        let log = NamedTempFile::with_prefix_in("maru-bench-log-", &places.folder)?;
        let mut command = command(kind, places, folder, &address);
        // `MARU_BIN` and whatever else is set for Maru here is not meant for the one that is measured.
        command.env_clear().envs(std::env::vars().filter(|(name, _)| !name.starts_with("MARU_")));
        if kind == Kind::Maru {
            command.envs(settings.iter().copied());
        }
        command.stdin(Stdio::null()).stdout(log.reopen()?).stderr(log.reopen()?).kill_on_drop(true);
        let child = command.spawn().with_context(|| format!("{} cannot be started", kind.title()))?;
        let pid = child.id().with_context(|| format!("{} ended at once", kind.title()))?;
        let client = Client::builder().tcp_nodelay(true).timeout(Duration::from_secs(120)).build()?;
        Ok(Self { kind, child, pid, folder: folder.to_owned(), url: format!("http://{address}"), log, client })
    }

    /// Which one it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Its address.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where it takes remote write.
    #[must_use]
    pub fn write_url(&self) -> String {
        format!("{}/api/v1/write", self.url)
    }

    /// A client that keeps its connection.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The token of Maru's data folder.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn token(&self) -> Result<String> {
        Ok(std::fs::read_to_string(self.folder.join("token")).context("Maru left no token in its data folder")?.trim().to_owned())
    }

    /// The CPU time that it used since it started.
    ///
    /// # Errors
    /// When it has ended.
    pub fn cpu_time(&self) -> Result<Duration> {
        process::cpu_time(self.pid).with_context(|| self.last_words())
    }

    /// Its resident memory.
    ///
    /// # Errors
    /// When it has ended.
    pub fn resident(&self) -> Result<Resident> {
        process::resident(self.pid).with_context(|| self.last_words())
    }

    /// Waits until a GET of `path` is answered with success: until the answer's head is there.
    ///
    /// # Errors
    /// When it is not, within `longest`.
    pub async fn wait_for(&self, path: &str, longest: Duration) -> Result<()> {
        let started = Instant::now();
        let url = format!("{}{path}", self.url);
        while started.elapsed() < longest {
            let answer = self.client.get(&url).send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                return Ok(());
            }
            tokio::time::sleep(LOOK).await;
        }
        bail!("{} did not answer `{path}` within {} s. {}", self.kind.title(), longest.as_secs(), self.last_words())
    }

    /// Lets it finish its background work; answers what its samples occupy on disk once they are at rest.
    ///
    /// # Errors
    /// When it does not come to rest.
    pub async fn settle(&self) -> Result<AtRest> {
        let mut folder = self.folder.clone();
        match self.kind {
            Kind::Maru => {}
            // What came in during the last two hours waits in memory and in a log; a snapshot writes it as the block that it becomes.
            Kind::Prometheus => folder = self.folder.join("snapshots").join(self.snapshot().await?),
            Kind::VictoriaMetrics => {
                self.ask("/internal/force_flush").await?;
                self.ask("/internal/force_merge").await?;
            }
        }
        let started = Instant::now();
        let (mut occupied, mut since) = (0, Instant::now());
        while started.elapsed() < SETTLE {
            let now = process::occupied(&self.folder);
            if now != occupied || self.still_waits().await? {
                (occupied, since) = (now, Instant::now());
            }
            if since.elapsed() > self.kind.quiet() {
                let samples = self.folder.join("history").join("samples");
                return Ok(AtRest {
                    all: process::occupied(&folder),
                    samples: (self.kind == Kind::Maru).then(|| process::occupied(&samples)),
                });
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        bail!("{} did not come to rest within {} s. {}", self.kind.title(), SETTLE.as_secs(), self.last_words())
    }

    /// Asks it to stop and waits until it has.
    ///
    /// # Errors
    /// When it does not stop, or says that something went wrong.
    pub async fn stop(mut self) -> Result<()> {
        let pid = i32::try_from(self.pid).ok().and_then(rustix::process::Pid::from_raw).context("no process")?;
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).with_context(|| self.last_words())?;
        let ended = tokio::time::timeout(STOP, self.child.wait()).await;
        let status = ended.with_context(|| format!("{} did not stop within {} s", self.kind.title(), STOP.as_secs()))??;
        if !status.success() && self.kind == Kind::Maru {
            bail!("Maru ended with {status}. {}", self.last_words());
        }
        Ok(())
    }

    /// One of the figures that it tells of itself in Prometheus' text format.
    ///
    /// # Errors
    /// When it does not tell it.
    pub async fn figure(&self, name: &str) -> Result<u64> {
        let figures = self.ask("/metrics").await?;
        let value = figures.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.trim().parse().ok());
        value.with_context(|| format!("{} does not tell `{name}`", self.kind.title()))
    }

    /// Whether records of Maru wait in its log.
    async fn still_waits(&self) -> Result<bool> {
        Ok(self.kind == Kind::Maru && self.figure("maru_history_waiting_bytes").await? > 0)
    }

    async fn snapshot(&self) -> Result<String> {
        let answer =
            self.client.post(format!("{}/api/v1/admin/tsdb/snapshot", self.url)).timeout(SETTLE).send().await?.error_for_status()?;
        let answer: Value = serde_json::from_str(&answer.text().await?)?;
        Ok(answer["data"]["name"].as_str().context("Prometheus does not name its snapshot")?.to_owned())
    }

    async fn ask(&self, path: &str) -> Result<String> {
        Ok(self.client.get(format!("{}{path}", self.url)).timeout(SETTLE).send().await?.error_for_status()?.text().await?)
    }

    /// The end of its log, for an error.
    fn last_words(&self) -> String {
        let log = std::fs::read_to_string(self.log.path()).unwrap_or_default();
        let lines: Vec<_> = log.lines().rev().take(15).collect();
        let lines: Vec<_> = lines.into_iter().rev().collect();
        format!("The end of {}'s log:\n{}", self.kind.title(), lines.join("\n"))
    }
}

/// What is on disk when background work is over, in bytes.
#[derive(Clone, Copy, Debug)]
pub struct AtRest {
    /// All that it takes to keep the samples.
    pub all: u64,
    /// Of that the samples alone, where they are kept apart.
    pub samples: Option<u64>,
}

fn command(kind: Kind, places: &Places, folder: &Path, address: &str) -> Command {
    let folder = folder.to_string_lossy();
    let mut command = Command::new(kind.package().map_or(places.maru.as_os_str(), str::as_ref));
    match kind {
        Kind::Maru => command.args(["up", "--data", &folder, "--listen", address]),
        Kind::Prometheus => command
            .args(["--config.file=/dev/null", "--web.enable-remote-write-receiver", "--web.enable-admin-api"])
            .args([format!("--storage.tsdb.path={folder}"), format!("--web.listen-address={address}")]),
        Kind::VictoriaMetrics => command.args([format!("-storageDataPath={folder}"), format!("-httpListenAddr={address}")]),
    };
    command
}

/// An address that was free a moment ago.
fn free_address() -> Result<String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("this machine gives no port")?;
    Ok(listener.local_addr()?.to_string())
}
