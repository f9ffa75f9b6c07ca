#![allow(clippy::unwrap_used)]
use super::*;
use axum::{
    Router,
    http::HeaderMap,
    response::IntoResponse,
    routing::{get, post},
};
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
    ([(header::CONTENT_TYPE, "text/event-stream")], "event: error\ndata: {\"status\":404,\"code\":\"MARU-0777\",\"detail\":\"No such thing.\"}\n\n")
}

async fn busy() -> impl IntoResponse {
    (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "9")], r#"{"code":"MARU-0778","detail":"Too much.","next":"Wait."}"#)
}

#[tokio::test]
async fn an_operation_is_called() {
    let router = Router::new()
        .route("/healthz", get(|| async { "ok" }))
        .route("/api/v1/plain/call", post(plain))
        .route("/api/v1/slow/call", post(slow))
        .route("/api/v1/failing/call", post(failing))
        .route("/api/v1/busy/call", post(busy));
    let client = client(serving(router).await);

    assert!(client.answers(Duration::from_secs(5)).await);
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
    assert!(!client.answers(Duration::from_secs(5)).await);
    let error = called(&client, "plain.call").await.0.unwrap_err();
    insta::assert_snapshot!(error.to_string().replace(&url, "URL"), @"");
    assert_eq!(error.exit_code(), 5);
}

#[test]
fn an_address_is_checked() {
    let refused = |url: &str| Client::new(ClientOptions { url: url.into(), ..ClientOptions::default() }).err().unwrap().to_string();
    insta::assert_snapshot!(refused("maru.example.com"), @"");
    insta::assert_snapshot!(refused("file:///etc/passwd"), @"");
}
