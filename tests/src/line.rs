//! A line to a server that can be cut and mended, as a network's can.

use std::net::SocketAddr;
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
};

/// A line that carries bytes to a server and back, until it is cut.
#[derive(Debug)]
pub struct Line {
    near: SocketAddr,
    far: SocketAddr,
    carrying: Option<JoinHandle<()>>,
}

impl Line {
    /// A line to `far` that is whole.
    pub async fn to(far: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let near = listener.local_addr().expect("a port");
        Self { near, far, carrying: Some(tokio::spawn(carry(listener, far))) }
    }

    /// The end of it to connect to.
    #[must_use]
    pub fn near(&self) -> SocketAddr {
        self.near
    }

    /// Cuts it: connections break off, and new ones are refused.
    ///
    /// # Panics
    /// When it is cut already.
    pub async fn cut(&mut self) {
        let carrying = self.carrying.take().expect("it is whole");
        carrying.abort();
        // When it has ended the port is closed.
        let _ = carrying.await;
    }

    /// Makes it whole again, at the same end.
    ///
    /// # Panics
    /// When it is whole already.
    pub async fn mend(&mut self) {
        assert!(self.carrying.is_none(), "it is whole");
        let listener = TcpListener::bind(self.near).await.expect("the port is still free");
        self.carrying = Some(tokio::spawn(carry(listener, self.far)));
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if let Some(carrying) = &self.carrying {
            carrying.abort();
        }
    }
}

async fn carry(listener: TcpListener, far: SocketAddr) {
    // Dropped with this task, and every connection with it.
    let mut connections = JoinSet::new();
    while let Ok((mut near, _)) = listener.accept().await {
        while connections.try_join_next().is_some() {}
        connections.spawn(async move {
            if let Ok(mut far) = TcpStream::connect(far).await {
                // Either side may leave at any time.
                let _ = copy_bidirectional(&mut near, &mut far).await;
            }
        });
    }
}
