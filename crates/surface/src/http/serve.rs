//! Listens, and serves each connection until it ends or the server stops.

use super::{
    Options, Services,
    front::{Front, Peer},
    router::router,
    stall::Patient,
    tls::{self, Encryption},
};
use axum::Router;
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto,
};
use maru_kernel::{Error, ErrorKind, Figures, Result};
use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    task::JoinHandle,
};
use tokio_rustls::TlsAcceptor;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::Service;

pub use super::tls::Certificate;

/// How long a peer may take to encrypt, and to send its first request.
const FIRST_REQUEST: Duration = Duration::from_secs(20);
/// How long a peer may take to send the headers of a request, or to stay silent between two.
const HEADERS: Duration = Duration::from_secs(60);
/// How long a peer may take to read what is written to it.
const READING: Duration = Duration::from_secs(30);
/// How long requests that run may go on when the server stops.
const GRACE: Duration = Duration::from_secs(10);

/// A server that listens.
pub struct Served {
    /// Where it listens.
    pub address: SocketAddr,
    /// Where a browser on this machine finds it.
    pub url: String,
    /// The certificate that it shows, where it encrypts.
    pub certificate: Option<Certificate>,
    /// What it tells of itself. `/metrics` has it already.
    pub figures: Arc<dyn Figures>,
    /// Ends when the server was told to stop and all connections are closed.
    pub finished: JoinHandle<()>,
}

/// Listens until `shutdown`. When this returns, connections are taken.
///
/// # Errors
/// When the address cannot be listened on, when the certificate cannot be used, or when passwords would cross the network in the clear.
pub async fn serve(options: Options, services: Services, shutdown: CancellationToken) -> Result<Served> {
    options.check()?;
    let encryption = tls::prepare(&options.tls, options.listen.ip(), services.clock.as_ref())?;
    let listener = TcpListener::bind(options.listen).await.map_err(|error| cannot_listen(options.listen, &error))?;
    let address = listener.local_addr().map_err(|error| cannot_listen(options.listen, &error))?;
    let front = Arc::new(Front::new(&options, address, services, shutdown.clone()));
    let (acceptor, certificate) = match encryption {
        Some(Encryption { config, certificate }) => (Some(TlsAcceptor::from(config)), Some(certificate)),
        None => (None, None),
    };
    let scheme = if acceptor.is_some() { "https" } else { "http" };
    let figures: Arc<dyn Figures> = front.traffic.clone();
    let doors =
        Doors { listener, acceptor, router: router(front.clone()), front, places: Arc::new(Semaphore::new(options.max_connections)) };
    Ok(Served {
        address,
        url: format!("{scheme}://{}", reachable(address)),
        certificate,
        figures,
        finished: tokio::spawn(doors.hold_open(shutdown)),
    })
}

/// The address under which this machine reaches itself.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

fn cannot_listen(address: SocketAddr, error: &std::io::Error) -> Error {
    let error_of = |message: String| Error::new(ErrorKind::Unavailable, "MARU-0376", message);
    match error.kind() {
        std::io::ErrorKind::AddrInUse => error_of(format!("`{address}` is in use by another program."))
            .next("Stop that one, or choose another with `--listen ADDR:PORT`."),
        std::io::ErrorKind::AddrNotAvailable => error_of(format!("`{address}` is no address of this machine."))
            .next("Choose one that is, or `0.0.0.0` for all, with `--listen ADDR:PORT`."),
        std::io::ErrorKind::PermissionDenied => {
            error_of(format!("This user may not listen on `{address}`.")).next("Choose a port above 1023 with `--listen ADDR:PORT`.")
        }
        _ => error_of(format!("`{address}` cannot be listened on: {error}.")).next("Choose another with `--listen ADDR:PORT`."),
    }
}

/// Takes connections.
struct Doors {
    listener: TcpListener,
    acceptor: Option<TlsAcceptor>,
    router: Router,
    front: Arc<Front>,
    places: Arc<Semaphore>,
}

impl Doors {
    async fn hold_open(self, shutdown: CancellationToken) {
        let connections = TaskTracker::new();
        let abort = CancellationToken::new();
        loop {
            let taken = tokio::select! {
                () = shutdown.cancelled() => break,
                taken = self.take() => taken,
            };
            let Some((stream, peer, place)) = taken else { continue };
            let connection =
                Connection { router: self.router.clone(), front: self.front.clone(), peer: Peer(peer), shutdown: shutdown.clone() };
            let acceptor = self.acceptor.clone();
            let abort = abort.clone();
            connections.spawn(async move {
                let _place = place;
                tokio::select! {
                    () = abort.cancelled() => {}
                    () = connection.serve(stream, acceptor) => {}
                }
            });
        }
        drop(self.listener);
        connections.close();
        if tokio::time::timeout(GRACE, connections.wait()).await.is_err() {
            tracing::warn!(connections = connections.len(), "connections were broken off: they did not end in time");
            abort.cancel();
            connections.wait().await;
        }
    }

    /// The next connection. When all places are taken, whoever comes waits at the system's door.
    async fn take(&self) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
        let place = self.places.clone().acquire_owned().await.ok()?;
        match self.listener.accept().await {
            Ok((stream, peer)) => Some((stream, peer, place)),
            Err(error) => {
                // Out of file descriptors, mostly: asking again at once would only burn time.
                tracing::warn!(%error, "a connection could not be taken");
                tokio::time::sleep(Duration::from_millis(100)).await;
                None
            }
        }
    }
}

/// One connection.
struct Connection {
    router: Router,
    front: Arc<Front>,
    peer: Peer,
    shutdown: CancellationToken,
}

impl Connection {
    async fn serve(self, stream: TcpStream, acceptor: Option<TlsAcceptor>) {
        let _open = self.front.traffic.connection();
        let _ = stream.set_nodelay(true);
        match acceptor {
            None => self.speak(stream).await,
            Some(acceptor) => match tokio::time::timeout(FIRST_REQUEST, acceptor.accept(stream)).await {
                Ok(Ok(stream)) => self.speak(stream).await,
                Ok(Err(error)) => tracing::debug!(peer = %self.peer.0, %error, "a connection could not be encrypted"),
                Err(_) => tracing::debug!(peer = %self.peer.0, "a connection was not encrypted in time"),
            },
        }
    }

    async fn speak(self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
        let spoken = Arc::new(AtomicBool::new(false));
        let Self { router, peer, shutdown, front: _front } = self;
        let service = service_fn({
            let spoken = spoken.clone();
            move |mut request: hyper::Request<Incoming>| {
                spoken.store(true, Ordering::Relaxed);
                request.extensions_mut().insert(peer);
                router.clone().call(request)
            }
        });
        let builder = protocols();
        let mut connection = std::pin::pin!(builder.serve_connection(TokioIo::new(Patient::new(stream, READING)), service));
        let mut is_stopping = false;
        let mut first_request = std::pin::pin!(tokio::time::sleep(FIRST_REQUEST));
        let mut is_waited_for = true;
        loop {
            tokio::select! {
                ended = connection.as_mut() => {
                    if let Err(error) = ended {
                        tracing::debug!(peer = %peer.0, error, "a connection broke");
                    }
                    return;
                }
                () = shutdown.cancelled(), if !is_stopping => {
                    is_stopping = true;
                    connection.as_mut().graceful_shutdown();
                }
                () = first_request.as_mut(), if is_waited_for => {
                    is_waited_for = false;
                    if !spoken.load(Ordering::Relaxed) {
                        return;
                    }
                }
            }
        }
    }
}

/// HTTP/1.1 and HTTP/2 on the same port, with bounds on what a peer may make the server hold.
fn protocols() -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEADERS).max_buf_size(64 << 10);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(Duration::from_secs(30))
        .keep_alive_timeout(Duration::from_secs(20))
        .max_concurrent_streams(128)
        .max_header_list_size(64 << 10)
        .adaptive_window(true);
    builder
}
