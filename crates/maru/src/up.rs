//! `maru up`: composes the cell, serves it, and takes it down again.

use crate::{
    cell::{Cell, Mode},
    configuration::Configuration,
    endpoint::{self, Endpoint},
    language::Language,
    run_operation::with_holder,
};
use maru_kernel::{Error, ErrorKind, Result};
use maru_surface::http::{self, Options, Served, Tls};
use std::{
    future::Future,
    io::{self, Write},
    time::Duration,
};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// How many files this process wants to be able to open.
const FILES_WANTED: u64 = 65_536;
/// How long open connections may take to end.
const LAST_REQUESTS: Duration = Duration::from_secs(10);
/// How long everything that is in memory may take to reach the disk. What does not is still in the log.
const LAST_WRITES: Duration = Duration::from_secs(30);

/// Runs Maru until it is told to stop.
///
/// # Errors
/// When it cannot start, or cannot end cleanly.
pub async fn up(configuration: &Configuration, language: Language) -> Result<()> {
    let mut stop = StopSignals::new()?;
    let options = options(configuration)?;
    let cell = tokio::select! {
        opened = Cell::open(configuration, Mode::Serve) => opened.map_err(|error| with_holder(error, configuration))?,
        // Opening survives a killed process, so it survives being dropped.
        () = stop.next() => return Ok(()),
    };
    let ended = serve(configuration, options, &cell, language, &mut stop).await;
    let closed = stop.bounded(LAST_WRITES, cell.close()).await.unwrap_or(Ok(()));
    ended.and(closed)
}

async fn serve(configuration: &Configuration, options: Options, cell: &Cell, language: Language, stop: &mut StopSignals) -> Result<()> {
    let mut services = cell.services();
    services.local_token = Some(endpoint::token(&configuration.data)?);
    let shutdown = CancellationToken::new();
    let Served { url, certificate, mut finished, .. } = http::serve(options, services, shutdown.clone()).await?;
    announce(configuration, cell, language, &url, certificate.as_ref()).await;
    let ended = tokio::select! {
        () = stop.next() => Ok(()),
        _ = &mut finished => Err(Error::internal("MARU-0740", "The listener ended by itself.").next("Look at the log for the reason.")),
    };
    say(language.stopping());
    Endpoint::withdraw(&configuration.data);
    shutdown.cancel();
    if !finished.is_finished() {
        stop.bounded(LAST_REQUESTS, finished).await;
    }
    ended
}

/// Tells people and other commands where this program is. On a full disk neither address nor link can be written down: what is there can be
/// read all the same, so that is no reason not to serve.
async fn announce(configuration: &Configuration, cell: &Cell, language: Language, url: &str, certificate: Option<&http::Certificate>) {
    let endpoint = Endpoint {
        url: url.to_owned(),
        pid: std::process::id(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        certificate: certificate.map(|certificate| certificate.pem.clone()),
    };
    if let Err(error) = endpoint.announce(&configuration.data) {
        // The one of an earlier process would lead other commands, and the token, to whoever listens there now.
        Endpoint::withdraw(&configuration.data);
        tracing::error!(%error, "other commands will not find this program: its address could not be left in the data folder");
    }
    let code = cell.identity.start_link().await.unwrap_or_else(|error| {
        tracing::error!(%error, "there is no link to sign in with");
        None
    });
    say(&language.running(&endpoint.version, &configuration.data));
    say("");
    say(&language.console(url));
    match code {
        Some(code) => say(&language.sign_in(format_args!("{url}/sign-in#code={code}"))),
        None => say(language.sign_in_again()),
    }
    match configuration.watch.host {
        true => say(&language.watching(configuration.watch.interval_seconds)),
        false => say(language.not_watching()),
    }
    if let Some(certificate) = certificate.filter(|certificate| certificate.is_self_signed) {
        say(&language.self_signed(&certificate.fingerprint));
    }
    say("");
    say(language.how_to_stop());
}

/// Nobody may be left to read it; the program runs all the same.
fn say(line: &str) {
    let _ = writeln!(io::stdout().lock(), "{line}");
}

fn options(configuration: &Configuration) -> Result<Options> {
    let defaults = Options::at(configuration.listen);
    let max_connections = defaults.max_connections.min(usize::try_from(raise_file_limit() / 2).unwrap_or(usize::MAX));
    Ok(Options {
        tls: tls(configuration)?,
        insecure_http: configuration.insecure_http,
        open_ingest_on_loopback: configuration.open_ingest_on_loopback,
        max_body_bytes: configuration.limits.max_body_bytes,
        max_connections,
        ..defaults
    })
}

/// Lets this process open as many files as it may, and answers how many. What systems give a program at first is less than the connections
/// that it serves, which would leave none for the files of the store.
fn raise_file_limit() -> u64 {
    let mut limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    let may = limit.maximum.unwrap_or(FILES_WANTED).min(FILES_WANTED);
    if limit.current.is_some_and(|current| current < may) {
        let before = limit.current.replace(may);
        if let Err(error) = rustix::process::setrlimit(rustix::process::Resource::Nofile, limit) {
            tracing::warn!(%error, "this process may not open more files, so it serves fewer connections");
            limit.current = before;
        }
    }
    limit.current.unwrap_or(FILES_WANTED)
}

fn tls(configuration: &Configuration) -> Result<Tls> {
    let lacks = |there: &str, missing: &'static str| {
        Err(Error::invalid("MARU-0741", missing, format!("There is `{there}`, and no `{missing}`."))
            .next("A certificate needs its private key: set both."))
    };
    let tls = &configuration.tls;
    match (&tls.certificate, &tls.key) {
        (Some(_), Some(_)) if tls.self_signed => {
            Err(Error::invalid("MARU-0742", "tls.self_signed", "There is a certificate, and `tls.self_signed` asks for another.")
                .next("Drop one of the two."))
        }
        (Some(cert), Some(key)) => Ok(Tls::Own { cert: cert.clone(), key: key.clone() }),
        (Some(_), None) => lacks("tls.certificate", "tls.key"),
        (None, Some(_)) => lacks("tls.key", "tls.certificate"),
        (None, None) if tls.self_signed => Ok(Tls::SelfSigned { folder: configuration.data.join("tls") }),
        (None, None) => Ok(Tls::Off),
    }
}

/// The signals by which this program is told to stop.
struct StopSignals {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
}

impl StopSignals {
    fn new() -> Result<Self> {
        let listen = |kind| {
            signal(kind).map_err(|error| Error::new(ErrorKind::Unavailable, "MARU-0743", format!("Signals cannot be received: {error}.")))
        };
        Ok(Self {
            interrupt: listen(SignalKind::interrupt())?,
            terminate: listen(SignalKind::terminate())?,
            hang_up: listen(SignalKind::hangup())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = self.hang_up.recv() => {}
        }
    }

    /// What `work` ends with; `None` when it takes longer than `longest` or a further signal says not to wait.
    async fn bounded<T>(&mut self, longest: Duration, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            done = work => Some(done),
            () = self.next() => None,
            () = tokio::time::sleep(longest) => {
                tracing::warn!(seconds = longest.as_secs(), "the end is not waited for any longer");
                None
            }
        }
    }
}
