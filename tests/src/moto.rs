//! S3, served by moto from PyPI: a bucket in memory, behind a line that can be cut.

use crate::{
    line::Line,
    python,
    server::{Server, bound_to_this_process, free_port},
    wait::until,
};
use rustix::process::Signal;
use serde_json::Value;
use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};
use tempfile::TempDir;
use tokio::net::TcpStream;

/// How long it may take to start.
const START: Duration = Duration::from_secs(90);

/// A running server with an empty bucket.
#[derive(Debug)]
pub struct Moto {
    server: Server,
    _folder: TempDir,
    address: SocketAddr,
    /// What the program reaches it by.
    pub line: Line,
}

impl Moto {
    /// The bucket that there is.
    pub const BUCKET: &str = "maru";

    /// Starts a server.
    ///
    /// # Panics
    /// When it does not become ready.
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()));
        let mut command = bound_to_this_process(&python::program("moto_server"), "KILL");
        command.args(["--host", "127.0.0.1", "--port", &address.port().to_string()]);
        let server = Server::start("moto", &mut command, &folder.path().join("moto.log"), Signal::KILL);
        let mut moto = Self { server, _folder: folder, address, line: Line::to(address).await };
        until("moto is ready", START, async || {
            moto.server.check();
            TcpStream::connect(address).await.ok()
        })
        .await;
        let made = python::ask("make_bucket.py", &[Self::BUCKET], &variables(address));
        assert_eq!(made, Self::BUCKET);
        moto
    }

    /// The environment variables by which the program finds it, at the end of the line.
    #[must_use]
    pub fn variables(&self) -> Vec<(&'static str, String)> {
        variables(self.line.near())
    }

    /// Keys below `prefix`, and their sizes in bytes.
    #[must_use]
    pub fn list(&self, prefix: &str) -> BTreeMap<String, u64> {
        let listed = python::ask("list_bucket.py", &[Self::BUCKET, prefix], &variables(self.address));
        serde_json::from_value(listed).expect("keys and sizes")
    }

    /// What pyarrow reads in the Parquet files below `prefix`: `{files, columns: {name: type}, rows: [{…}]}`.
    #[must_use]
    pub fn read_parquet(&self, prefix: &str) -> Value {
        python::ask("read_parquet.py", &[Self::BUCKET, prefix], &variables(self.address))
    }
}

fn variables(address: SocketAddr) -> Vec<(&'static str, String)> {
    vec![
        ("AWS_ENDPOINT_URL", format!("http://{address}")),
        ("AWS_ACCESS_KEY_ID", "testing".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "testing".to_owned()),
        ("AWS_DEFAULT_REGION", "ap-northeast-2".to_owned()),
    ]
}
