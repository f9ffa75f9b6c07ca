//! Where to listen, and what is served there.

use super::Telemetry;
use crate::identity::Identity;
use maru_kernel::{Clock, Error, Figures, Gate, Result};
use maru_store::Bus;
use std::{net::SocketAddr, path::PathBuf, sync::Arc};

/// How the connection is encrypted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tls {
    /// Not at all.
    Off,
    /// With a certificate of one's own.
    Own {
        /// PEM file with the certificate and those that vouch for it.
        cert: PathBuf,
        /// PEM file with its private key.
        key: PathBuf,
    },
    /// With a certificate that Maru signs itself and keeps.
    SelfSigned {
        /// Where it is kept.
        folder: PathBuf,
    },
}

/// Where to listen, and how much to take.
#[derive(Clone, Debug)]
pub struct Options {
    /// Address and port. Port 0 lets the system choose.
    pub listen: SocketAddr,
    /// How the connection is encrypted.
    pub tls: Tls,
    /// Whether to listen on other than loopback addresses without encryption.
    pub insecure_http: bool,
    /// Whether programs on this machine may send metrics in without a credential.
    pub open_ingest_on_loopback: bool,
    /// The largest body of metrics as it comes in, in bytes. Unpacked it may be twice as large.
    pub max_body_bytes: usize,
    /// How many bodies of metrics are worked on at a time. Who comes on top is told to come back.
    pub max_in_flight_writes: usize,
    /// How many connections are open at a time. Who comes on top waits.
    pub max_connections: usize,
}

impl Options {
    /// The usual limits, without encryption.
    #[must_use]
    pub fn at(listen: SocketAddr) -> Self {
        Self {
            listen,
            tls: Tls::Off,
            insecure_http: false,
            open_ingest_on_loopback: true,
            max_body_bytes: 16 << 20,
            max_in_flight_writes: 32,
            max_connections: 2_048,
        }
    }

    /// Refuses to send passwords over the network in the clear, unless that was asked for.
    pub(super) fn check(&self) -> Result<()> {
        if self.listen.ip().to_canonical().is_loopback() || self.tls != Tls::Off || self.insecure_http {
            return Ok(());
        }
        Err(Error::invalid(
            "MARU-0360",
            "listen",
            format!("Listening on `{}` without encryption would send passwords over the network in the clear.", self.listen),
        )
        .next("Use `--tls-cert` and `--tls-key`, or `--tls-self-signed`; `--insecure-http` if something in front encrypts."))
    }
}

/// What is served.
#[derive(Clone)]
pub struct Services {
    /// The way to every operation.
    pub gate: Arc<Gate>,
    /// Who may come in.
    pub identity: Arc<Identity>,
    /// Takes in the metrics that others send.
    pub watch: Arc<dyn Telemetry>,
    /// Where live events come from.
    pub bus: Arc<Bus>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// What the components tell of themselves.
    pub figures: Vec<Arc<dyn Figures>>,
    /// Whether all is well enough to serve; if not, why.
    pub ready: Arc<dyn Fn() -> Result<()> + Send + Sync>,
    /// The token kept in the data folder. Who has it can read the folder, and is its administrator.
    pub local_token: Option<String>,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn passwords_cross_the_network_only_encrypted() {
        let mut options = Options::at("192.0.2.1:7171".parse().unwrap());
        insta::assert_snapshot!(options.check().unwrap_err(), @"Listening on `192.0.2.1:7171` without encryption would send passwords over the network in the clear. [MARU-0360] Use `--tls-cert` and `--tls-key`, or `--tls-self-signed`; `--insecure-http` if something in front encrypts.");
        options.insecure_http = true;
        assert!(options.check().is_ok());
        assert!(Options::at("[::1]:0".parse().unwrap()).check().is_ok());
        assert!(Options::at("0.0.0.0:0".parse().unwrap()).check().is_err());
    }
}
