//! The program, run for a test.

use crate::{remote_write, wait::until};
use reqwest::{Client, Response, StatusCode, header::HeaderMap};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use std::{
    env,
    ffi::OsString,
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Output, Stdio},
    time::Duration,
};
use tempfile::TempDir;

/// How long the program may take to start. A debug build on a busy machine reads a log of some megabytes.
const START: Duration = Duration::from_secs(60);
/// How long it may take to end after it was told to.
const STOP: Duration = Duration::from_secs(30);

/// The program under test: `MARU_BIN`, or what `cargo build` leaves beside this test.
///
/// # Panics
/// When there is none.
#[must_use]
pub fn program() -> PathBuf {
    let program = env::var_os("MARU_BIN").map_or_else(beside_this_test, PathBuf::from);
    assert!(program.exists(), "{} is not there: run `cargo build --package maru`, or name the program in MARU_BIN", program.display());
    program
}

fn beside_this_test() -> PathBuf {
    let test = env::current_exe().expect("a test knows its own file");
    test.parent().and_then(Path::parent).expect("tests lie in `target/debug/deps`").join("maru")
}

/// How a [`Maru`] is to be started.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    data: Option<PathBuf>,
    listen: Option<String>,
    flags: Vec<String>,
    /// A command that runs the program, such as `prlimit --nofile=1024`.
    under: Vec<String>,
    environment: Vec<(String, String)>,
}

impl Setup {
    /// In this data folder, instead of a temporary one.
    #[must_use]
    pub fn data(mut self, folder: &Path) -> Self {
        self.data = Some(folder.to_owned());
        self
    }

    /// On this address, instead of a free port of `127.0.0.1`.
    #[must_use]
    pub fn listen(mut self, address: &str) -> Self {
        self.listen = Some(address.to_owned());
        self
    }

    /// With this flag behind `up`.
    #[must_use]
    pub fn flag(mut self, flag: &str) -> Self {
        self.flags.push(flag.to_owned());
        self
    }

    /// Run by another command, which becomes the program: `.under(&["prlimit", "--nofile=1024"])`.
    #[must_use]
    pub fn under(mut self, command: &[&str]) -> Self {
        self.under = command.iter().map(ToString::to_string).collect();
        self
    }

    /// With this environment variable: `.env("MARU_LIMITS_SQL_ROWS", "10")`.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Starts it, and returns when it is ready.
    ///
    /// # Panics
    /// When it does not become ready.
    pub async fn up(self) -> Maru {
        let home = tempfile::tempdir().expect("a temporary folder");
        let data = self.data.clone().unwrap_or_else(|| home.path().join("data"));
        // A connection that is kept may be one that the program, or its predecessor, is about to close.
        let client =
            Client::builder().danger_accept_invalid_certs(true).no_proxy().pool_max_idle_per_host(0).build().expect("an HTTP client");
        let mut maru = Maru { setup: self, home, data, client, child: None, printed_before: 0, url: String::new(), token: String::new() };
        maru.start_again().await;
        maru
    }
}

/// A running program with a data folder of its own. It ends when this is dropped; when a test fails, its log is printed.
#[derive(Debug)]
pub struct Maru {
    setup: Setup,
    home: TempDir,
    data: PathBuf,
    client: Client,
    child: Option<Child>,
    /// How much it had printed before it was started last.
    printed_before: usize,
    url: String,
    token: String,
}

/// What an operation answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body; a string where it is no JSON.
    pub body: Value,
}

impl Answer {
    /// Reads `response` to its end.
    ///
    /// # Panics
    /// When the connection breaks.
    pub async fn of(response: Response) -> Self {
        let (status, headers) = (response.status(), response.headers().clone());
        let text = response.text().await.expect("the whole answer");
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Self { status, headers, body }
    }

    /// The code of an error: `MARU-0012`; empty where there is none.
    #[must_use]
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    /// How many seconds to wait before the next attempt, where the answer says so.
    #[must_use]
    pub fn retry_after(&self) -> Option<u64> {
        self.headers.get("retry-after")?.to_str().ok()?.parse().ok()
    }
}

impl Maru {
    /// Starts one that does not watch the host, in a temporary folder, on a free port.
    pub async fn start() -> Self {
        Self::setup().up().await
    }

    /// The usual way to start one, to be varied. The host is not watched: `.env("MARU_WATCH_HOST", "true")` changes that.
    #[must_use]
    pub fn setup() -> Setup {
        Setup::default().env("MARU_WATCH_HOST", "false")
    }

    /// Its address: `http://127.0.0.1:40123`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The local token, which stands for an administrator.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Its data folder.
    #[must_use]
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// Its process.
    ///
    /// # Panics
    /// When it does not run.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.as_ref().expect("it runs").id()
    }

    /// An HTTP client that takes any certificate, and sends no credential by itself.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Its log since the first start: what it wrote to standard error.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(self.log_file()).unwrap_or_default()
    }

    /// What it told the person who started it, since the first start: its standard output.
    #[must_use]
    pub fn printed(&self) -> String {
        fs::read_to_string(self.home.path().join("printed.txt")).unwrap_or_default()
    }

    /// The code of the newest sign-in link that it printed.
    ///
    /// # Panics
    /// When it printed none.
    #[must_use]
    pub fn sign_in_code(&self) -> String {
        let printed = self.printed();
        let (_, code) = printed.rsplit_once("/sign-in#code=").expect("it printed a link");
        code.split_whitespace().next().expect("a code").to_owned()
    }

    /// How much memory the process has in RAM, in bytes.
    ///
    /// # Panics
    /// When it does not run.
    #[must_use]
    pub fn resident_bytes(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid())).expect("the program runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("the kernel tells `VmRSS`");
        line.trim().trim_end_matches("kB").trim().parse::<u64>().expect("a number of kB") * 1024
    }

    /// Whether the process is there.
    #[must_use]
    pub fn is_running(&mut self) -> bool {
        self.child.as_mut().is_some_and(|child| matches!(child.try_wait(), Ok(None)))
    }

    /// Ends it as a power cut would: `SIGKILL`.
    ///
    /// # Panics
    /// When it had ended before.
    pub fn kill9(&mut self) {
        let mut child = self.child.take().expect("it runs");
        assert!(matches!(child.try_wait(), Ok(None)), "the program had ended by itself; its log:\n{}", self.log());
        child.kill().expect("it can be killed");
        child.wait().expect("it can be waited for");
    }

    /// Ends it as a service manager would, with `SIGTERM`, and returns how it ended.
    ///
    /// # Panics
    /// When it does not end in time.
    pub async fn stop(&mut self) -> ExitStatus {
        self.end_by(Signal::TERM).await
    }

    /// Sends it a signal by which programs are told to end, and returns how it ended.
    ///
    /// # Panics
    /// When it does not end in time.
    pub async fn end_by(&mut self, signal: Signal) -> ExitStatus {
        let child = self.child.as_mut().expect("it runs");
        kill_process(Pid::from_child(child), signal).expect("a signal can be sent");
        let ended = until("the program ends when told to", STOP, async || child.try_wait().expect("it can be waited for")).await;
        self.child = None;
        ended
    }

    /// Starts it again, in the same folder and in the same way, and returns when it is ready.
    ///
    /// # Panics
    /// When it does not become ready.
    pub async fn start_again(&mut self) {
        self.launch();
        self.ready().await;
    }

    /// Starts the process, and waits for nothing. [`Maru::ready`] or [`Maru::serving`] has to wait
    /// before anything is asked.
    ///
    /// # Panics
    /// When it cannot be started, or runs already.
    pub fn launch(&mut self) {
        assert!(self.child.is_none(), "it runs already");
        self.printed_before = self.printed().len();
        let listen = self.setup.listen.clone().unwrap_or_else(|| "127.0.0.1:0".to_owned());
        let mut command = self.command(&["up", "--listen", &listen]);
        let file = |path| File::options().create(true).append(true).open(path).expect("a file for what it writes");
        command.args(&self.setup.flags).stdout(file(self.home.path().join("printed.txt"))).stderr(file(self.log_file()));
        self.child = Some(command.spawn().expect("the program can be started"));
    }

    /// Returns when the process says that it is ready.
    ///
    /// # Panics
    /// When it does not become ready.
    pub async fn ready(&mut self) {
        self.serving().await;
        self.answering("/readyz").await;
    }

    /// Returns when the process serves what it has, ready to take in more or not.
    ///
    /// # Panics
    /// When it does not start to serve.
    pub async fn serving(&mut self) {
        self.url = until("the program says where its console is", START, async || {
            assert!(self.is_running(), "the program ended instead of starting");
            let printed = self.printed();
            // Not from `endpoint.json`: on a full disk there is none, or the one of an earlier process.
            let greeting = printed.get(self.printed_before..)?.split_once("Ctrl-C stops it.")?.0;
            greeting.lines().find_map(|line| line.strip_prefix("Console ")).map(|url| url.trim().to_owned())
        })
        .await;
        self.answering("/healthz").await;
        self.token = fs::read_to_string(self.data.join("token")).expect("the local token").trim().to_owned();
    }

    async fn answering(&mut self, path: &str) {
        until(&format!("`{path}` answers that all is well"), START, async || {
            assert!(self.is_running(), "the program ended instead of becoming ready");
            let answer = self.client.get(format!("{}{path}", self.url())).send().await;
            answer.ok().filter(|answer| answer.status().is_success())
        })
        .await;
    }

    /// Kills it with `SIGKILL`, and starts it again.
    pub async fn kill9_and_start_again(&mut self) {
        self.kill9();
        self.start_again().await;
    }

    /// Stops it with `SIGTERM`, and starts it again.
    pub async fn restart(&mut self) {
        let ended = self.stop().await;
        assert!(ended.success(), "it ended with {ended}");
        self.start_again().await;
    }

    /// The same program with other arguments, on this data folder: not started yet.
    #[must_use]
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut words = self.setup.under.iter().map(OsString::from).chain([program().into_os_string()]);
        let mut command = Command::new(words.next().expect("there is the program at least"));
        command.args(words).env_clear().env("PATH", env::var_os("PATH").unwrap_or_default()).env("HOME", self.home.path());
        command.envs(self.setup.environment.iter().map(|(name, value)| (name, value)));
        command.arg("--data").arg(&self.data).args(arguments).stdin(Stdio::null());
        command
    }

    /// Runs a command on this data folder to its end.
    ///
    /// # Panics
    /// When it cannot be started.
    #[must_use]
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("the program can be started")
    }

    /// Calls an operation as administrator: `call("sql.query", json!({"sql": "SELECT 1"}))`.
    ///
    /// # Panics
    /// When the connection breaks.
    pub async fn call(&self, operation: &str, input: Value) -> Answer {
        let url = format!("{}/api/v1/{}", self.url(), operation.replace('.', "/"));
        let sent = self.client.post(url).bearer_auth(&self.token).json(&input).send().await;
        Answer::of(sent.expect("an answer")).await
    }

    /// What an operation answers that is expected to succeed.
    ///
    /// # Panics
    /// When it fails.
    pub async fn ask(&self, operation: &str, input: Value) -> Value {
        let answer = self.call(operation, input).await;
        assert!(answer.status.is_success(), "{operation} answered {}: {}", answer.status, answer.body);
        answer.body
    }

    /// The rows that a query answers with.
    ///
    /// # Panics
    /// When it fails.
    pub async fn sql(&self, sql: &str) -> Vec<Vec<Value>> {
        let mut body = self.ask("sql.query", json!({"sql": sql, "limit": 100_000})).await;
        serde_json::from_value(body["rows"].take()).expect("rows")
    }

    /// The whole number that a query answers with: `count("SELECT count(*) FROM samples")`.
    ///
    /// # Panics
    /// When the answer is not a single whole number.
    pub async fn count(&self, sql: &str) -> i64 {
        let rows = self.sql(sql).await;
        match rows.as_slice() {
            [row] if row.len() == 1 => row[0].as_i64().expect("a whole number"),
            rows => panic!("`{sql}` answered {rows:?}"),
        }
    }

    /// Sends a remote write body (see [`remote_write::body`]) without a credential, as Prometheus on this machine does. An error is one of
    /// the connection: whether the body was taken is then unknown.
    ///
    /// # Errors
    /// When the connection breaks.
    pub async fn write(&self, body: Vec<u8>) -> reqwest::Result<Response> {
        self.post("/api/v1/write", remote_write::V1, body).header("content-encoding", "snappy").send().await
    }

    /// A request with a body, to be completed and sent.
    pub fn post(&self, path: &str, content_type: &str, body: impl Into<reqwest::Body>) -> reqwest::RequestBuilder {
        self.client.post(format!("{}{path}", self.url())).header("content-type", content_type).body(body)
    }

    fn log_file(&self) -> PathBuf {
        self.home.path().join("maru.log")
    }
}

impl Drop for Maru {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            // It may have ended by itself.
            let _ = child.kill();
            let _ = child.wait();
        }
        if std::thread::panicking() {
            eprintln!("── the program in {} ──\n{}\n{}", self.data.display(), self.printed(), self.log());
        }
    }
}
