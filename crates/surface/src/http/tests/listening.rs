//! A real listener, and real clients.

use super::house::{House, LOCAL_TOKEN};
use crate::http::{Options, Tls, serve};
use maru_kernel::Result;
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_util::sync::CancellationToken;

fn options() -> Options {
    Options::at("127.0.0.1:0".parse().unwrap())
}

#[tokio::test]
async fn both_versions_of_http_are_spoken_in_the_clear() {
    let house = House::new().await;
    let stop = CancellationToken::new();
    let served = serve(options(), house.services.clone(), stop.clone()).await.unwrap();
    let health = format!("{}/healthz", served.url);
    assert_eq!(reqwest::get(&health).await.unwrap().version(), reqwest::Version::HTTP_11);
    let client = reqwest::Client::builder().http2_prior_knowledge().build().unwrap();
    let answer = client.get(&health).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.version()), (200, reqwest::Version::HTTP_2));
    let figures = served.figures.figures();
    assert!(figures.iter().any(|figure| figure.name == "maru_http_responses_total" && figure.value >= 2.0));
    stop.cancel();
    tokio::time::timeout(Duration::from_secs(5), served.finished).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_stop_ends_live_streams_at_once() {
    let house = House::new().await;
    let stop = CancellationToken::new();
    let served = serve(options(), house.services.clone(), stop.clone()).await.unwrap();
    let request = reqwest::Client::new().get(format!("{}/api/v1/events", served.url)).bearer_auth(LOCAL_TOKEN);
    let mut events = request.send().await.unwrap();
    assert!(events.chunk().await.unwrap().unwrap().starts_with(b"retry"));
    stop.cancel();
    tokio::time::timeout(Duration::from_secs(2), served.finished).await.unwrap().unwrap();
    assert!(events.chunk().await.unwrap_or_default().is_none());
}

#[tokio::test]
async fn a_certificate_of_marus_own_encrypts() {
    let house = House::new().await;
    let folder = tempfile::tempdir().unwrap();
    let options = Options { tls: Tls::SelfSigned { folder: folder.path().join("tls") }, ..options() };
    let stop = CancellationToken::new();
    // The certificate is made for the clock's day, and the client goes by the machine's.
    let services = crate::http::Services { clock: std::sync::Arc::new(maru_kernel::SystemClock), ..house.services.clone() };
    let served = serve(options, services, stop.clone()).await.unwrap();
    let certificate = served.certificate.unwrap();
    assert!(certificate.is_self_signed && served.url.starts_with("https://127.0.0.1:"));
    let trusted = reqwest::Certificate::from_pem(certificate.pem.as_bytes()).unwrap();
    let client = reqwest::Client::builder().tls_built_in_root_certs(false).add_root_certificate(trusted).build().unwrap();
    let answer = client.get(format!("{}/healthz", served.url)).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.version()), (200, reqwest::Version::HTTP_2));
    stop.cancel();
}

#[tokio::test]
async fn an_address_in_use_is_named() -> Result<()> {
    let house = House::new().await;
    let stop = CancellationToken::new();
    let first = serve(options(), house.services.clone(), stop.clone()).await?;
    let second = serve(Options::at(first.address), house.services.clone(), stop.clone()).await;
    let message = second.err().unwrap().to_string().replace(&first.address.to_string(), "ADDRESS");
    insta::assert_snapshot!(message, @"`ADDRESS` is in use by another program. [MARU-0376] Stop that one, or choose another with `--listen ADDR:PORT`.");
    stop.cancel();
    Ok(())
}

#[tokio::test]
async fn who_says_nothing_does_not_keep_the_server_from_stopping() {
    let house = House::new().await;
    let stop = CancellationToken::new();
    let served = serve(options(), house.services.clone(), stop.clone()).await.unwrap();
    let mut silent = TcpStream::connect(served.address).await.unwrap();
    silent.write_all(b"PRI * HT").await.unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    stop.cancel();
    tokio::time::timeout(Duration::from_secs(5), served.finished).await.unwrap().unwrap();
    assert_eq!(silent.read(&mut [0; 8]).await.unwrap_or_default(), 0);
}
