//! Debian's Prometheus, on a port and in a folder of its own.

use crate::{
    server::{Server, bound_to_this_process, free_port},
    wait::until,
};
use reqwest::Client;
use rustix::process::Signal;
use serde_json::Value;
use std::{collections::BTreeMap, fs::File, io::Write, path::Path, process::Command, time::Duration};
use tempfile::TempDir;

const PROGRAM: &str = "/usr/bin/prometheus";
/// How long it may take to start.
const START: Duration = Duration::from_secs(60);

/// Names and values of a series' labels, `__name__` among them.
pub type Labels = BTreeMap<String, String>;

/// A running Prometheus.
#[derive(Debug)]
pub struct Prometheus {
    server: Server,
    folder: TempDir,
    port: u16,
    client: Client,
}

impl Prometheus {
    /// Starts one with the configuration that `configuration` makes, given its own address (`127.0.0.1:9090`).
    ///
    /// # Panics
    /// When it does not become ready.
    pub async fn start(configuration: impl FnOnce(&str) -> String) -> Self {
        assert!(Path::new(PROGRAM).exists(), "{PROGRAM} is not there: run `cargo xtask setup` (Debian: prometheus)");
        let folder = tempfile::tempdir().expect("a temporary folder");
        let port = free_port();
        let mut file = File::options().create_new(true).write(true).open(folder.path().join("prometheus.yml")).expect("a new file");
        file.write_all(configuration(&format!("127.0.0.1:{port}")).as_bytes()).expect("it can be written");
        let client = Client::builder().no_proxy().build().expect("an HTTP client");
        let mut prometheus = Self { server: launch(folder.path(), port), folder, port, client };
        prometheus.wait().await;
        prometheus
    }

    /// Host and port: the label `instance` of what it scrapes from itself.
    #[must_use]
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Ends it in good order.
    pub async fn stop(&mut self) {
        self.server.end(Signal::TERM).await;
    }

    /// Starts it again on the same port.
    pub async fn start_again(&mut self) {
        self.server = launch(self.folder.path(), self.port);
        self.wait().await;
    }

    /// The result of a query at `time`, in seconds since the Unix epoch; now, where there is none.
    ///
    /// # Panics
    /// When it does not answer.
    pub async fn query(&self, query: &str, time: Option<f64>) -> Value {
        let mut parameters = vec![("query", query.to_owned())];
        parameters.extend(time.map(|time| ("time", time.to_string())));
        let url = reqwest::Url::parse_with_params(&format!("http://{}/api/v1/query", self.address()), &parameters).expect("an address");
        let answer = self.client.get(url).send().await.expect("an answer");
        let mut body: Value = answer.json().await.expect("JSON");
        assert_eq!(body["status"], "success", "`{query}` answered {body}");
        body["data"]["result"].take()
    }

    /// The value of a query that answers with one number; `None` when it answers with nothing.
    ///
    /// # Panics
    /// When it answers with several.
    pub async fn number(&self, query: &str) -> Option<f64> {
        let result = self.query(query, None).await;
        let found = result.as_array().expect("a list");
        assert!(found.len() <= 1, "`{query}` answered {result}");
        Some(number(&found.first()?["value"][1]))
    }

    /// Its time, in seconds since the Unix epoch.
    pub async fn time(&self) -> f64 {
        number(&self.query("time()", None).await[1])
    }

    /// Every sample that `selector` (such as `up[10m]`) finds until `time`, as it was scraped: milliseconds since the Unix epoch and value.
    pub async fn samples(&self, selector: &str, time: f64) -> BTreeMap<Labels, Vec<(i64, f64)>> {
        let result = self.query(selector, Some(time)).await;
        let series = result.as_array().expect("a list").iter().map(|series| {
            let labels: Labels = serde_json::from_value(series["metric"].clone()).expect("labels");
            let samples = series["values"].as_array().expect("samples").iter();
            (labels, samples.map(|sample| (milliseconds(&sample[0]), number(&sample[1]))).collect())
        });
        series.collect()
    }

    async fn wait(&mut self) {
        let url = format!("http://{}/-/ready", self.address());
        until("Prometheus is ready", START, async || {
            self.server.check();
            self.client.get(&url).send().await.ok().filter(|answer| answer.status().is_success())
        })
        .await;
    }
}

fn launch(folder: &Path, port: u16) -> Server {
    let mut command: Command = bound_to_this_process(Path::new(PROGRAM), "KILL");
    command
        .current_dir(folder)
        .args(["--config.file=prometheus.yml", "--storage.tsdb.path=data"])
        .arg(format!("--web.listen-address=127.0.0.1:{port}"));
    Server::start("Prometheus", &mut command, &folder.join("prometheus.log"), Signal::KILL)
}

/// A number as Prometheus' API has it: in quotes, since JSON knows no `NaN`, or bare.
fn number(value: &Value) -> f64 {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    text.parse().unwrap_or_else(|_| panic!("{value} is no number"))
}

#[expect(clippy::cast_possible_truncation, reason = "times of this millennium are far from the ends of an i64")]
fn milliseconds(seconds: &Value) -> i64 {
    (number(seconds) * 1_000.0).round() as i64
}
