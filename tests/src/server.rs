//! A server beside the program: started for one test, and gone with it however the test ends.

use crate::wait::until;
use rustix::process::{Pid, Signal, kill_process};
use std::{
    fs::{self, File},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

/// How long a server may take to end after it was told to.
const STOP: Duration = Duration::from_secs(30);
/// How much of its log a failed test shows, in bytes from the end.
const SHOWN: usize = 8_000;

/// A port of 127.0.0.1 that nobody listens on at this moment.
///
/// # Panics
/// When this machine has none left.
#[must_use]
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("a port").port()
}

/// A server that a test has started.
#[derive(Debug)]
pub(crate) struct Server {
    name: &'static str,
    log: PathBuf,
    /// The signal that ends it, and what it started itself, at once.
    at_once: Signal,
    child: Option<Child>,
}

impl Server {
    /// Starts `command`; what it says goes to the end of `log`.
    pub(crate) fn start(name: &'static str, command: &mut Command, log: &Path, at_once: Signal) -> Self {
        let out = File::options().create(true).append(true).open(log).expect("a file for the log");
        command.stdin(Stdio::null()).stdout(out.try_clone().expect("a second handle")).stderr(out);
        let child = command.spawn().unwrap_or_else(|error| panic!("{name} cannot be started: {error}"));
        Self { name, log: log.to_owned(), at_once, child: Some(child) }
    }

    /// Fails the test when it has ended by itself.
    pub(crate) fn check(&mut self) {
        let ended = self.child.as_mut().and_then(|child| child.try_wait().expect("it can be waited for"));
        assert!(ended.is_none(), "{} ended by itself; its log:\n{}", self.name, self.log());
    }

    /// Tells it to end by `signal`, and waits until it has.
    pub(crate) async fn end(&mut self, signal: Signal) {
        let child = self.child.as_mut().unwrap_or_else(|| panic!("{} does not run", self.name));
        kill_process(Pid::from_child(child), signal).expect("it can be sent a signal");
        until(&format!("{} ends", self.name), STOP, async || child.try_wait().expect("it can be waited for")).await;
        self.child = None;
    }

    /// The end of what it said.
    fn log(&self) -> String {
        let log = fs::read(&self.log).unwrap_or_default();
        String::from_utf8_lossy(&log[log.len().saturating_sub(SHOWN)..]).into_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            // It may have ended by itself.
            let _ = kill_process(Pid::from_child(&child), self.at_once);
            let _ = child.wait();
        }
        if std::thread::panicking() {
            eprintln!("── end of the log of {} ──\n{}", self.name, self.log());
        }
    }
}

/// `program`, to be ended by `signal` when the test's process ends before it can do so itself.
pub(crate) fn bound_to_this_process(program: &Path, signal: &str) -> Command {
    let mut command = Command::new("setpriv");
    command.arg(format!("--pdeathsig={signal}")).arg(program);
    command
}
