#![allow(clippy::unwrap_used)]
use super::*;
use axum::{Router, http::HeaderMap, response::IntoResponse, routing::post};
use serde_json::json;

async fn serving(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

fn client(url: String) -> Client {
    Client::new(ClientOptions { url, token: Some("secret".into()), certificate: None }).unwrap()
}

async fn called(client: &Client, operation: &str) -> (Result<Value>, Progress) {
    let (sender, receiver) = watch::channel(Progress::default());
    let result = client.call(operation, json!({"limit": 3}), Duration::from_secs(5), &sender).await;
    let progress = receiver.borrow().clone();
    (result, progress)
}

async fn plain(headers: HeaderMap, body: String) -> impl IntoResponse {
    let token = headers[header::AUTHORIZATION].to_str().unwrap().to_owned();
    axum::Json(json!({"token": token, "body": body}))
}

async fn slow() -> impl IntoResponse {
    let events = "event: progress\ndata: {\"fraction\":0.5,\"message\":\"halfway\"}\n\nevent: result\ndata: {\"n\":1}\n\n";
    ([(header::CONTENT_TYPE, "text/event-stream")], events)
}

async fn failing() -> impl IntoResponse {
    (
        [(header::CONTENT_TYPE, "text/event-stream")],
        "event: error\ndata: {\"status\":404,\"code\":\"MARU-0777\",\"detail\":\"No such thing.\"}\n\n",
    )
}

async fn busy() -> impl IntoResponse {
    (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "9")], r#"{"code":"MARU-0778","detail":"Too much.","next":"Wait."}"#)
}

#[tokio::test]
async fn an_operation_is_called() {
    let router = Router::new()
        .route("/api/v1/plain/call", post(plain))
        .route("/api/v1/slow/call", post(slow))
        .route("/api/v1/failing/call", post(failing))
        .route("/api/v1/busy/call", post(busy));
    let client = client(serving(router).await);

    assert_eq!(called(&client, "plain.call").await.0.unwrap(), json!({"token": "Bearer secret", "body": "{\"limit\":3}"}));
    let (result, progress) = called(&client, "slow.call").await;
    assert_eq!(result.unwrap(), json!({"n": 1}));
    assert_eq!(progress, Progress { fraction: Some(0.5), message: "halfway".into() });
    let error = called(&client, "failing.call").await.0.unwrap_err();
    assert_eq!((error.code, error.kind), ("MARU-0777", ErrorKind::NotFound));
    let error = called(&client, "busy.call").await.0.unwrap_err();
    assert_eq!((error.code, error.kind), ("MARU-0778", ErrorKind::TooMany { retry_after: Duration::from_secs(9) }));
    assert_eq!(error.next.as_deref(), Some("Wait."));
}

#[tokio::test]
async fn nobody_listens() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let client = client(url.clone());
    let error = called(&client, "plain.call").await.0.unwrap_err();
    insta::assert_snapshot!(error.to_string().replace(&url, "URL"), @"`URL` cannot be reached: Connection refused (os error 111). [MARU-0603] Check that the program runs there (`maru up`), and that the address is right.");
    assert_eq!(error.exit_code(), 5);
}

#[test]
fn an_address_is_checked() {
    let refused = |url: &str| Client::new(ClientOptions { url: url.into(), ..ClientOptions::default() }).err().unwrap().to_string();
    insta::assert_snapshot!(refused("maru.example.com"), @"`maru.example.com` is no address of a server. [MARU-0601] Write it as `https://maru.example.com` or `http://127.0.0.1:7171`.");
    insta::assert_snapshot!(refused("file:///etc/passwd"), @"`file:///etc/passwd` is no address of a server. [MARU-0601] Write it as `https://maru.example.com` or `http://127.0.0.1:7171`.");
}

async fn encrypted(router: Router) -> (String, String) {
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = rcgen::CertificateParams::new(vec!["elsewhere.example".to_owned()]).unwrap().self_signed(&key).unwrap();
    let key = rustls::pki_types::PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = rustls::ServerConfig::builder_with_provider(std::sync::Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(std::sync::Arc::new(config));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(stream) = acceptor.accept(stream).await else { continue };
            let service = hyper_util::service::TowerToHyperService::new(router.clone());
            let server = hyper_util::server::conn::auto::Builder::new(hyper_util::rt::TokioExecutor::new());
            let _ = server.serve_connection(hyper_util::rt::TokioIo::new(stream), service).await;
        }
    });
    (url, certificate.pem())
}

#[tokio::test]
async fn exactly_one_certificate_is_trusted() {
    let router = || Router::new().route("/api/v1/plain/call", post(plain));
    let ((url, pem), (_, other)) = (encrypted(router()).await, encrypted(router()).await);
    let with = |certificate: String| {
        Client::new(ClientOptions { url: url.clone(), token: Some("t".into()), certificate: Some(certificate) }).unwrap()
    };
    assert_eq!(called(&with(pem), "plain.call").await.0.unwrap()["token"], "Bearer t");
    let error = called(&with(other), "plain.call").await.0.unwrap_err();
    insta::assert_snapshot!(error.to_string().replace(&url, "URL"), @"`URL` cannot be reached: unexpected error: the server shows another certificate than the one that was named. [MARU-0603] Name the one that it shows: `--server-cert FILE`. A self-signed one is `tls/cert.pem` in the server's data folder.");
}
