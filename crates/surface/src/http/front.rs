//! What all handlers share.

use super::{Options, Services, Tls, openapi, traffic::Traffic};
use bytes::Bytes;
use maru_kernel::{Call, Error, ErrorKind, Principal, Result};
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

/// How many operations run at a time.
const CALLS: usize = 256;
/// How many live streams are open at a time.
const STREAMS: usize = 512;

/// Where a request came from. The accept loop puts it into each request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer(pub(super) SocketAddr);

/// What all handlers share.
pub(super) struct Front {
    pub(super) services: Services,
    pub(super) traffic: Arc<Traffic>,
    pub(super) shutdown: CancellationToken,
    /// The description of the API, made once.
    pub(super) openapi: Bytes,
    /// Whether the connection is encrypted, so that cookies are only sent over such.
    pub(super) is_encrypted: bool,
    /// Whether to tell browsers never to come unencrypted.
    pub(super) is_strictly_encrypted: bool,
    /// Whether only the names of this machine are served.
    pub(super) is_local_only: bool,
    pub(super) open_ingest_on_loopback: bool,
    pub(super) max_body_bytes: usize,
    /// Cookies are shared by all ports of a host, so the port is in the name.
    pub(super) cookie: String,
    writes: Arc<Semaphore>,
    calls: Arc<Semaphore>,
    streams: Arc<Semaphore>,
}

impl Front {
    /// What handlers share when listening on `address`.
    pub(super) fn new(options: &Options, address: SocketAddr, services: Services, shutdown: CancellationToken) -> Self {
        let is_encrypted = options.tls != Tls::Off;
        let prefix = if is_encrypted { "__Host-" } else { "" };
        Self {
            openapi: openapi(services.gate.registry()).to_string().into(),
            services,
            traffic: Arc::default(),
            shutdown,
            is_encrypted,
            // A certificate that nobody vouches for may be replaced by none; browsers must then still come in.
            is_strictly_encrypted: matches!(options.tls, Tls::Own { .. }),
            is_local_only: !is_encrypted && address.ip().to_canonical().is_loopback(),
            open_ingest_on_loopback: options.open_ingest_on_loopback,
            max_body_bytes: options.max_body_bytes,
            cookie: format!("{prefix}maru-{}", address.port()),
            writes: Arc::new(Semaphore::new(options.max_in_flight_writes)),
            calls: Arc::new(Semaphore::new(CALLS)),
            streams: Arc::new(Semaphore::new(STREAMS)),
        }
    }

    /// A call by `principal` through this surface.
    pub(super) fn call(&self, principal: Principal) -> Call {
        Call::new(principal, "http", self.services.clock.clone())
    }

    /// A place among the bodies of metrics that are worked on.
    pub(super) fn place_for_write(&self) -> Result<OwnedSemaphorePermit> {
        place(&self.writes, "MARU-0361", "More metrics come in than can be worked on.")
    }

    /// A place among the operations that run.
    pub(super) fn place_for_call(&self) -> Result<OwnedSemaphorePermit> {
        place(&self.calls, "MARU-0362", "More operations run than there is room for.")
    }

    /// A place among the live streams.
    pub(super) fn place_for_stream(&self) -> Result<OwnedSemaphorePermit> {
        place(&self.streams, "MARU-0363", "More live streams are open than there is room for.")
    }
}

fn place(places: &Arc<Semaphore>, code: &'static str, message: &str) -> Result<OwnedSemaphorePermit> {
    places
        .clone()
        .try_acquire_owned()
        .map_err(|_| Error::new(ErrorKind::TooMany { retry_after: Duration::from_secs(1) }, code, message).next("Try again in 1 s."))
}
