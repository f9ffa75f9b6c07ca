//! What a person can set, from wherever it was set: defaults < file < environment < flags.
//!
//! Reads one file, and is handed everything else. Must never open the data folder or guess at a key that it does not know.

mod check;
mod default_data;
mod key;
mod layer;
mod settings;
mod shown;

pub use key::KEYS;
pub use settings::{Settings, Sources};
pub use shown::Origin;

use maru_watch::ScrapeTarget;
use serde::{Deserialize, Deserializer, de::Error as _};
use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
};

/// What a person can set. There is no `Debug`: addresses of databases carry passwords.
#[derive(Clone, Deserialize)]
pub struct Configuration {
    /// The data folder.
    pub data: PathBuf,
    /// Where to listen.
    #[serde(deserialize_with = "address")]
    pub listen: SocketAddr,
    /// The address of the state database; `None` for SQLite in the data folder.
    #[serde(deserialize_with = "filled")]
    pub state: Option<String>,
    /// Where history is kept; `None` for the data folder.
    #[serde(deserialize_with = "filled")]
    pub history: Option<String>,
    /// How the connection is encrypted.
    pub tls: Tls,
    /// Whether to listen beyond this machine without encryption.
    pub insecure_http: bool,
    /// Whether programs on this machine may send metrics in without a token.
    pub open_ingest_on_loopback: bool,
    /// What is watched.
    pub watch: Watching,
    /// How long records are kept.
    pub retention: Retention,
    /// How Maru tells what it does.
    pub log: Log,
    /// How much of anything there may be.
    pub limits: Limits,
    /// The longest that records wait before they become a part of history, in seconds.
    pub history_flush_seconds: u64,
}

/// How the connection is encrypted.
#[derive(Clone, Debug, Deserialize)]
pub struct Tls {
    /// PEM file with the certificate and those that vouch for it.
    #[serde(deserialize_with = "filled_path")]
    pub certificate: Option<PathBuf>,
    /// PEM file with its private key.
    #[serde(deserialize_with = "filled_path")]
    pub key: Option<PathBuf>,
    /// Whether Maru signs a certificate itself.
    pub self_signed: bool,
}

/// What is watched.
#[derive(Clone, Deserialize)]
pub struct Watching {
    /// Whether this machine is.
    pub host: bool,
    /// How often, in seconds.
    pub interval_seconds: u64,
    /// Which Prometheus targets are scraped.
    pub scrape: Vec<ScrapeTarget>,
}

/// How long records are kept.
#[derive(Clone, Debug, Deserialize)]
pub struct Retention {
    /// Samples, in days.
    pub samples_days: u32,
    /// Bands, in days.
    pub bands_days: u32,
}

/// How Maru tells what it does.
#[derive(Clone, Debug, Deserialize)]
pub struct Log {
    /// In which form.
    pub format: LogFormat,
    /// From which level on; `None` lets the command decide.
    #[serde(deserialize_with = "filled")]
    pub level: Option<String>,
}

/// The form of what is logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    Text,
    /// For programs, an object on each line.
    Json,
}

/// How much of anything there may be.
#[derive(Clone, Debug, Deserialize)]
pub struct Limits {
    /// What all running queries may hold together, in bytes.
    pub memory_bytes: usize,
    /// What may wait to be written before senders are told to slow down, in bytes.
    pub ingest_buffer_bytes: usize,
    /// The largest body of metrics as it comes in, in bytes.
    pub max_body_bytes: usize,
    /// How long a query may run, in seconds.
    pub sql_seconds: u64,
    /// The most rows that a query answers.
    pub sql_rows: usize,
}

fn filled<'de, D: Deserializer<'de>>(value: D) -> Result<Option<String>, D::Error> {
    Ok(Some(String::deserialize(value)?).filter(|text| !text.is_empty()))
}

fn filled_path<'de, D: Deserializer<'de>>(value: D) -> Result<Option<PathBuf>, D::Error> {
    Ok(filled(value)?.map(PathBuf::from))
}

fn address<'de, D: Deserializer<'de>>(value: D) -> Result<SocketAddr, D::Error> {
    parse_address(&String::deserialize(value)?).ok_or_else(|| D::Error::custom("no address"))
}

/// An address and port, where `localhost` is this machine and nothing in front of the port is too.
fn parse_address(text: &str) -> Option<SocketAddr> {
    let local = text.strip_prefix("localhost:").or_else(|| text.strip_prefix(':'));
    match local {
        Some(port) => Some(SocketAddr::from((Ipv4Addr::LOCALHOST, port.parse().ok()?))),
        None => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests;
