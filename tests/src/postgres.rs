//! PostgreSQL 15 as Debian has it, on a port and in a folder of its own, with a database and a role that owns nothing else.

use crate::{
    server::{Server, bound_to_this_process, free_port},
    wait::until,
};
use rustix::process::Signal;
use std::{
    fs,
    os::unix::fs::{MetadataExt, chown},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};
use tempfile::TempDir;

const PROGRAMS: &str = "/usr/lib/postgresql/15/bin";
/// How long it may take to start.
const START: Duration = Duration::from_secs(60);

/// A running server with an empty database `maru`.
#[derive(Debug)]
pub struct Postgres {
    server: Server,
    folder: TempDir,
    port: u16,
}

impl Postgres {
    /// The password of the role that the program signs in as.
    pub const PASSWORD: &str = "ondol-floor";

    /// Starts a server.
    ///
    /// # Panics
    /// When it does not become ready.
    pub async fn start() -> Self {
        assert!(
            Path::new(PROGRAMS).join("initdb").exists(),
            "PostgreSQL 15 is not in {PROGRAMS}: run `cargo xtask setup` (Debian: postgresql)"
        );
        let folder = tempfile::Builder::new().prefix("maru-pg").tempdir().expect("a temporary folder");
        if is_root(folder.path()) {
            let (user, group) = user_and_group();
            chown(folder.path(), Some(user), Some(group)).expect("a folder of root's can be given away");
        }
        let mut initialise = program("initdb", folder.path());
        initialise.args(["--username=postgres", "--auth-local=trust", "--auth-host=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8"]);
        said(initialise.args(["--no-sync", "--pgdata=data"]));
        let port = free_port();
        let mut postgres = Self { server: launch(folder.path(), port), folder, port };
        postgres.wait().await;
        postgres.ask_in("postgres", &format!("CREATE ROLE maru LOGIN PASSWORD '{}'", Self::PASSWORD));
        postgres.ask_in("postgres", "CREATE DATABASE maru OWNER maru");
        postgres
    }

    /// The address of the database, password included.
    #[must_use]
    pub fn url(&self) -> String {
        format!("postgres://maru:{}@127.0.0.1:{}/maru", Self::PASSWORD, self.port)
    }

    /// What a query answers when PostgreSQL's own client asks it: a line for each row, `|` between columns.
    #[must_use]
    pub fn ask(&self, sql: &str) -> Vec<String> {
        self.ask_in("maru", sql)
    }

    /// Stops it in good order: who is connected is sent away.
    pub async fn stop(&mut self) {
        self.server.end(Signal::INT).await;
    }

    /// Ends it as a crash would.
    pub async fn crash(&mut self) {
        self.server.end(Signal::QUIT).await;
    }

    /// Starts it again with the same databases, on the same port.
    pub async fn start_again(&mut self) {
        self.server = launch(self.folder.path(), self.port);
        self.wait().await;
    }

    fn ask_in(&self, database: &str, sql: &str) -> Vec<String> {
        let mut psql = program("psql", self.folder.path());
        psql.args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1", "--username=postgres"]);
        psql.arg(format!("--host={}", self.folder.path().display())).arg(format!("--port={}", self.port));
        said(psql.args(["--dbname", database, "--command", sql])).lines().map(str::to_owned).collect()
    }

    async fn wait(&mut self) {
        until("PostgreSQL is ready", START, async || {
            self.server.check();
            let mut asked = program("pg_isready", self.folder.path());
            let asked = asked.args(["--quiet", "--host=127.0.0.1"]).arg(format!("--port={}", self.port)).status();
            asked.expect("`pg_isready` can be started").success().then_some(())
        })
        .await;
    }
}

fn launch(folder: &Path, port: u16) -> Server {
    let mut command = program("postgres", folder);
    command.args(["-D", "data", "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-k"]).arg(folder).args(["-p", &port.to_string()]);
    // Quitting takes the server's own children along.
    Server::start("PostgreSQL", &mut command, &folder.join("postgres.log"), Signal::QUIT)
}

/// One of PostgreSQL's programs. Its server refuses to run as root, and is run as the user that Debian makes for it then.
fn program(name: &str, folder: &Path) -> Command {
    let path = PathBuf::from(PROGRAMS).join(name);
    let mut command = bound_to_this_process(Path::new("env"), "QUIT");
    if is_root(Path::new("/proc/self")) {
        command = Command::new("setpriv");
        command.args(["--reuid=postgres", "--regid=postgres", "--init-groups", "--pdeathsig=QUIT", "env"]);
    }
    command.arg("LC_ALL=C.UTF-8").arg(path).current_dir(folder).stdin(Stdio::null());
    command
}

/// What a program prints that is expected to succeed.
fn said(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?} cannot be started: {error}"));
    assert!(output.status.success(), "{command:?} failed: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// Whether what this process made at `path` belongs to root.
fn is_root(path: &Path) -> bool {
    path.metadata().expect("it is there").uid() == 0
}

fn user_and_group() -> (u32, u32) {
    let users = fs::read_to_string("/etc/passwd").expect("a list of users");
    let line = users.lines().find(|line| line.starts_with("postgres:")).expect("the user `postgres`, which Debian's postgresql brings");
    let mut numbers = line.split(':').skip(2).map(|number| number.parse().expect("a number"));
    (numbers.next().expect("a user"), numbers.next().expect("a group"))
}
