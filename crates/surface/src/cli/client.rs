//! Calls operations of a program that runs elsewhere, over HTTP.

use super::{event_stream::EventStream, pinned::trust_only, problem::error_of};
use futures::StreamExt;
use maru_kernel::{Error, ErrorKind, Progress, Result};
use reqwest::{Response, StatusCode, header, redirect};
use serde_json::Value;
use std::time::Duration;
use tokio::sync::watch;
use url::{Host, Url};

const CONNECT: Duration = Duration::from_secs(5);
/// How much longer than the operation itself an answer may be under way.
const WAY: Duration = Duration::from_secs(10);
/// The largest answer that is taken, in bytes.
const LARGEST: usize = 256 << 20;

/// Which program to call, and as whom.
#[derive(Clone, Default)]
pub struct ClientOptions {
    /// Where it listens: `http://127.0.0.1:7171`.
    pub url: String,
    /// The token that says who calls.
    pub token: Option<String>,
    /// The certificate that it shows, as PEM, where it is known beforehand. Then no other is trusted.
    pub certificate: Option<String>,
}

/// Calls operations of a program that runs elsewhere.
pub struct Client {
    http: reqwest::Client,
    url: Url,
    token: Option<String>,
}

impl Client {
    /// A client that has not connected yet.
    ///
    /// # Errors
    /// When the address or the certificate makes no sense.
    pub fn new(options: ClientOptions) -> Result<Self> {
        let url =
            Url::parse(&options.url).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host()).ok_or_else(|| {
                Error::invalid("MARU-0601", "server", format!("`{}` is no address of a server.", options.url))
                    .next("Write it as `https://maru.example.com` or `http://127.0.0.1:7171`.")
            })?;
        let mut builder = reqwest::Client::builder()
            .connect_timeout(CONNECT)
            .redirect(redirect::Policy::none())
            .user_agent(concat!("maru/", env!("CARGO_PKG_VERSION")));
        if is_loopback(&url) {
            builder = builder.no_proxy();
        }
        if let Some(pem) = &options.certificate {
            builder = builder.use_preconfigured_tls(trust_only(pem)?);
        }
        let http =
            builder.build().map_err(|error| Error::internal("MARU-0606", format!("No connection can be set up: {}.", chain(&error))))?;
        Ok(Self { http, url, token: options.token })
    }

    /// Calls `operation`, which may run for `deadline`. How far it has come goes to `progress`.
    ///
    /// # Errors
    /// What the operation answers, or why it could not be asked.
    pub async fn call(&self, operation: &str, input: Value, deadline: Duration, progress: &watch::Sender<Progress>) -> Result<Value> {
        let mut request = self
            .http
            .post(self.at(&format!("api/v1/{}", operation.replacen('.', "/", 1))))
            .header(header::ACCEPT, "text/event-stream, application/json")
            .timeout(deadline + WAY)
            .json(&input);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        let response = request.send().await.map_err(|error| self.broken(&error))?;
        if response.status() != StatusCode::OK {
            return Err(self.refusal(response).await);
        }
        if is_event_stream(&response) {
            return self.follow(response, progress).await;
        }
        let body = self.whole(response).await?;
        serde_json::from_slice(&body).map_err(|_| self.stranger())
    }

    async fn follow(&self, response: Response, progress: &watch::Sender<Progress>) -> Result<Value> {
        let mut packets = response.bytes_stream();
        let mut events = EventStream::default();
        while let Some(packet) = packets.next().await {
            let packet = packet.map_err(|error| self.broken(&error))?;
            for event in events.push(&packet, LARGEST).map_err(|_| too_large())? {
                match event.name.as_str() {
                    "progress" => {
                        progress.send_replace(told(&event.data));
                    }
                    "result" => return serde_json::from_str(&event.data).map_err(|_| self.stranger()),
                    "error" => return Err(error_of(self.url.as_str(), 500, None, event.data.as_bytes())),
                    _ => {}
                }
            }
        }
        Err(Error::new(ErrorKind::Unavailable, "MARU-0604", format!("The connection to `{}` ended before the answer came.", self.url))
            .next("Call again; look at the server's log if it happens again."))
    }

    async fn refusal(&self, response: Response) -> Error {
        let status = response.status().as_u16();
        let retry_after =
            response.headers().get(header::RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok()).map(Duration::from_secs);
        match self.whole(response).await {
            Ok(body) => error_of(self.url.as_str(), status, retry_after, &body),
            Err(error) => error,
        }
    }

    async fn whole(&self, response: Response) -> Result<Vec<u8>> {
        let mut packets = response.bytes_stream();
        let mut body = Vec::new();
        while let Some(packet) = packets.next().await {
            let packet = packet.map_err(|error| self.broken(&error))?;
            if body.len() + packet.len() > LARGEST {
                return Err(too_large());
            }
            body.extend_from_slice(&packet);
        }
        Ok(body)
    }

    fn at(&self, path: &str) -> String {
        format!("{}/{path}", self.url.as_str().trim_end_matches('/'))
    }

    fn broken(&self, error: &reqwest::Error) -> Error {
        let url = self.url.as_str().trim_end_matches('/');
        if error.is_timeout() && !error.is_connect() {
            return Error::new(ErrorKind::Deadline, "MARU-0607", format!("`{url}` did not answer in time."));
        }
        if error.is_connect() {
            let reason = chain(error);
            let next = match reason.contains("certificate") {
                true => {
                    "Name the one that it shows: `--server-cert FILE`. A self-signed one is `tls/cert.pem` in the server's data folder."
                }
                false => "Check that the program runs there (`maru up`), and that the address is right.",
            };
            return Error::new(ErrorKind::Unavailable, "MARU-0603", format!("`{url}` cannot be reached: {reason}.")).next(next);
        }
        Error::new(ErrorKind::Unavailable, "MARU-0604", format!("The connection to `{url}` broke: {}.", chain(error))).next("Call again.")
    }

    fn stranger(&self) -> Error {
        error_of(self.url.as_str(), 200, None, b"")
    }
}

fn is_event_stream(response: &Response) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("text/event-stream"))
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn told(data: &str) -> Progress {
    let value: Value = serde_json::from_str(data).unwrap_or_default();
    Progress { fraction: value["fraction"].as_f64(), message: value["message"].as_str().unwrap_or_default().to_owned() }
}

fn too_large() -> Error {
    Error::new(ErrorKind::Invalid, "MARU-0608", format!("The answer is larger than {} MiB.", LARGEST >> 20))
        .next("Ask for less, such as a shorter time range or fewer rows.")
}

/// The innermost reason: the outer ones only say that a request failed.
fn chain(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

#[cfg(test)]
mod tests;
