//! Certificates: one's own, or one that Maru signs itself and keeps.

use super::Tls;
use maru_kernel::{Clock, Error, ErrorKind, Result};
use maru_store::replace_file;
use rcgen::{CertificateParams, DnType, KeyPair, date_time_ymd};
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use sha2::{Digest, Sha256};
use std::{
    net::IpAddr,
    path::{Path, PathBuf},
    sync::Arc,
};

/// How many years a certificate of Maru's own is good for. Nobody vouches for it, so what counts is its fingerprint.
const YEARS: i16 = 10;

/// The certificate that clients see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// As PEM, for clients that are to trust exactly this one.
    pub pem: String,
    /// SHA-256 in hexadecimal with colons, as browsers show it.
    pub fingerprint: String,
    /// Whether Maru signed it itself, so that browsers will warn of it.
    pub is_self_signed: bool,
}

/// A way to encrypt, ready to be used.
pub(super) struct Encryption {
    pub(super) config: Arc<ServerConfig>,
    pub(super) certificate: Certificate,
}

/// Makes the way to encrypt ready; `None` when nothing is to be encrypted.
pub(super) fn prepare(tls: &Tls, listen: IpAddr, clock: &dyn Clock) -> Result<Option<Encryption>> {
    match tls {
        Tls::Off => Ok(None),
        Tls::Own { cert, key } => load(cert, key, false).map(Some),
        Tls::SelfSigned { folder } => {
            let (cert, key) = self_signed(folder, &names(listen), clock)?;
            load(&cert, &key, true).map(Some)
        }
    }
}

fn load(cert: &Path, key: &Path, is_self_signed: bool) -> Result<Encryption> {
    let pem = std::fs::read_to_string(cert).map_err(|error| unreadable("certificate", cert, &error.to_string()))?;
    let chain: Vec<_> = CertificateDer::pem_slice_iter(pem.as_bytes())
        .collect::<Result<_, _>>()
        .map_err(|error| unreadable("certificate", cert, &error.to_string()))?;
    let first = chain.first().ok_or_else(|| unreadable("certificate", cert, "it holds none"))?;
    let fingerprint = fingerprint(first);
    let key_der = PrivateKeyDer::from_pem_file(key).map_err(|error| unreadable("private key", key, &error.to_string()))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key_der))
        .map_err(|error| {
            Error::invalid(
                "MARU-0374",
                "tls-cert",
                format!("The certificate `{}` and the key `{}` cannot be used: {error}.", cert.display(), key.display()),
            )
            .next("Check that they belong together.")
        })?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Encryption { config: Arc::new(config), certificate: Certificate { pem, fingerprint, is_self_signed } })
}

fn fingerprint(certificate: &CertificateDer<'_>) -> String {
    let digest = Sha256::digest(certificate.as_ref());
    digest.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":")
}

/// The names under which clients will look for this machine.
fn names(listen: IpAddr) -> Vec<String> {
    let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
    let host = rustix::system::uname().nodename().to_string_lossy().to_ascii_lowercase();
    if host != "localhost" && !host.is_empty() && host.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.')) {
        names.push(host);
    }
    let listen = listen.to_canonical();
    if !listen.is_unspecified() && !listen.is_loopback() {
        names.push(listen.to_string());
    }
    names
}

/// The certificate of Maru's own in `folder`, made anew when it is missing or was made for other names.
fn self_signed(folder: &Path, names: &[String], clock: &dyn Clock) -> Result<(PathBuf, PathBuf)> {
    let (cert, key, made_for) = (folder.join("cert.pem"), folder.join("key.pem"), folder.join("names"));
    let wanted = names.join("\n");
    let is_there = cert.exists() && key.exists() && std::fs::read_to_string(&made_for).is_ok_and(|names| names == wanted);
    if !is_there {
        std::fs::create_dir_all(folder).map_err(|error| unreadable("folder for certificates", folder, &error.to_string()))?;
        let (cert_pem, key_pem) =
            sign(names, clock).map_err(|error| Error::internal("MARU-0375", format!("No certificate could be made: {error}.")))?;
        replace_file(&key, key_pem.as_bytes())?;
        replace_file(&cert, cert_pem.as_bytes())?;
        replace_file(&made_for, wanted.as_bytes())?;
    }
    Ok((cert, key))
}

fn sign(names: &[String], clock: &dyn Clock) -> Result<(String, String), rcgen::Error> {
    let today = clock.now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let day = |years: i16| date_time_ymd(i32::from(today.year() + years), today.month().unsigned_abs(), today.day().unsigned_abs().min(28));
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name.push(DnType::CommonName, "Maru");
    params.not_before = day(-1);
    params.not_after = day(YEARS);
    let key = KeyPair::generate()?;
    Ok((params.self_signed(&key)?.pem(), key.serialize_pem()))
}

fn unreadable(what: &str, path: &Path, reason: &str) -> Error {
    Error::new(ErrorKind::Invalid, "MARU-0373", format!("The {what} `{}` cannot be read: {reason}.", path.display()))
        .next("Check the path, that you may read it, and that it is PEM.")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use maru_kernel::SystemClock;

    #[test]
    fn a_certificate_is_kept_until_it_is_needed_for_other_names() {
        let folder = tempfile::tempdir().unwrap();
        let tls = Tls::SelfSigned { folder: folder.path().join("tls") };
        let prepared = |listen: &str| prepare(&tls, listen.parse().unwrap(), &SystemClock).unwrap().unwrap().certificate;
        let first = prepared("127.0.0.1");
        assert_eq!(first, prepared("127.0.0.1"));
        assert_ne!(first, prepared("192.0.2.1"));
        assert_eq!(first.fingerprint.len(), 32 * 3 - 1);
    }

    #[test]
    fn a_certificate_that_is_missing_is_named() {
        let tls = Tls::Own { cert: "/nowhere/cert.pem".into(), key: "/nowhere/key.pem".into() };
        let error = prepare(&tls, IpAddr::from([127, 0, 0, 1]), &SystemClock).err().unwrap();
        insta::assert_snapshot!(error, @"The certificate `/nowhere/cert.pem` cannot be read: No such file or directory (os error 2). [MARU-0373] Check the path, that you may read it, and that it is PEM.");
    }
}
