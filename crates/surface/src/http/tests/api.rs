//! Operations over HTTP.

use super::house::{House, LOCAL_TOKEN, by_token, get, post, with};
use axum::http::{StatusCode, header};

#[tokio::test]
async fn an_operation_is_a_post() {
    let house = House::new().await;
    let answer = house.send(by_token(post("/api/v1/note/write", r#"{"text":"hello"}"#), LOCAL_TOKEN)).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store");
    insta::assert_snapshot!(answer.text().await, @r#"{"number":1,"text":"hello","by":{"name":"local"}}"#);
}

#[tokio::test]
async fn what_is_wrong_is_said() {
    let house = House::new().await;
    let problem = async |path: &str, json: &str| house.send(by_token(post(path, json), LOCAL_TOKEN)).await.problem().await;
    insta::assert_snapshot!(problem("/api/v1/note/write", "").await, @"422 MARU-0012 `note.write` needs the field `text`.");
    insta::assert_snapshot!(problem("/api/v1/note/write", r#"{"txt":""}"#).await, @"422 MARU-0011 `note.write` has no field `txt`.");
    insta::assert_snapshot!(problem("/api/v1/note/write", "{").await, @"400 MARU-0367 The body is no JSON: EOF while parsing an object at line 1 column 1.");
    insta::assert_snapshot!(problem("/api/v1/note/wipe", "{}").await, @"404 MARU-0002 There is no operation `note.wipe`.");
    insta::assert_snapshot!(problem("/api/v1/wall/break", "{}").await, @"500 MARU-0999 Something went wrong inside Maru.");
    let large = format!(r#"{{"text":"{}"}}"#, "a".repeat(1 << 20));
    insta::assert_snapshot!(problem("/api/v1/note/write", &large).await, @"413 MARU-0368 The body is larger than 1048576 bytes.");
    let plain = with(post("/api/v1/note/write", "{}"), "content-type", "text/plain");
    insta::assert_snapshot!(house.send(by_token(plain, LOCAL_TOKEN)).await.problem().await, @"415 MARU-0366 The body is to be of type `application/json`.");
    insta::assert_snapshot!(house.send(get("/api/v1/note/write")).await.problem().await, @"405 MARU-0369 This address does not take that method.");
    insta::assert_snapshot!(house.send(get("/api/v2")).await.problem().await, @"404 MARU-0370 There is nothing at `/api/v2`.");
}

#[tokio::test]
async fn nobody_gets_in_without_a_credential() {
    let house = House::new().await;
    let answer = house.send(post("/api/v1/note/write", "{}")).await;
    assert_eq!(answer.headers[header::WWW_AUTHENTICATE], "Bearer realm=\"maru\"");
    insta::assert_snapshot!(answer.problem().await, @"401 MARU-0352 Nobody is signed in.");
    let wrong = house.send(by_token(post("/api/v1/note/write", "{}"), "maru_wrong")).await;
    insta::assert_snapshot!(wrong.problem().await, @"401 MARU-0311 The token is unknown, has expired or was revoked.");
    let basic = with(post("/api/v1/note/write", "{}"), "authorization", "Basic bWU6bG9jYWwtc2VjcmV0");
    insta::assert_snapshot!(house.send(basic).await.problem().await, @"401 MARU-0354 The header `Authorization` is not understood.");
}

#[tokio::test]
async fn a_token_carries_no_more_than_its_scope() {
    let house = House::new().await;
    let token = house.token("read").await;
    let denied = house.send(by_token(post("/api/v1/note/write", r#"{"text":"a"}"#), &token)).await;
    insta::assert_snapshot!(denied.problem().await, @"403 MARU-0003 `note.write` needs a credential with scope `change`; this one has `read`.");
    let list = house.send(by_token(post("/api/v1/operation/list", "{}"), &token)).await.json().await;
    let names: Vec<_> = list["operations"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    insta::assert_snapshot!(names.join(" "), @"note.write operation.list session.list session.revoke sign-in.link token.create token.list token.revoke user.create user.disable user.enable user.list user.set-password wall.break");
}

#[tokio::test]
async fn who_wants_events_is_told_of_progress() {
    let house = House::new().await;
    let request = with(post("/api/v1/note/write", r#"{"text":"hello"}"#), "accept", "text/event-stream");
    let answer = house.send(by_token(request, LOCAL_TOKEN)).await;
    assert_eq!(answer.headers[header::CONTENT_TYPE], "text/event-stream");
    let text = answer.text().await;
    assert!(text.ends_with("event: result\ndata: {\"number\":1,\"text\":\"hello\",\"by\":{\"name\":\"local\"}}\n\n"), "{text}");
    assert!(text.starts_with("event: progress\ndata: {\"fraction\":0.5,\"message\":\"Sharpening the pencil\"}\n\n"), "{text}");

    let request = with(post("/api/v1/note/write", "{}"), "accept", "text/event-stream");
    let text = house.send(by_token(request, LOCAL_TOKEN)).await.text().await;
    assert!(text.starts_with("event: error\ndata: {\"type\":\"urn:maru:error:MARU-0012\""), "{text}");
}

#[tokio::test]
async fn health_and_figures() {
    let house = House::new().await;
    assert_eq!(house.send(get("/healthz")).await.status, StatusCode::OK);
    assert_eq!(house.send(get("/readyz")).await.status, StatusCode::OK);
    let metrics = house.send(get("/metrics")).await;
    assert_eq!(metrics.headers[header::CONTENT_TYPE], "text/plain; version=0.0.4; charset=utf-8");
    let text = metrics.text().await;
    assert!(text.contains("maru_http_responses_total{area=\"health\",status=\"2xx\"} 2\n"), "{text}");

    let token = house.token("read").await;
    let house = house.seen_from("192.0.2.7:1");
    assert_eq!(house.send(get("/metrics")).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(house.send(by_token(get("/metrics"), &token)).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_name_that_was_made_to_point_here_is_not_served() {
    let house = House::new().await;
    let rebound = house.send(with(get("/healthz"), "host", "evil.example:7171")).await;
    insta::assert_snapshot!(rebound.problem().await, @"421 MARU-0355 This address is not served under that name.");
    assert_eq!(house.send(with(get("/healthz"), "host", "[::1]:7171")).await.status, StatusCode::OK);
    let house = House::with(|options| {
        options.listen = "0.0.0.0:7171".parse().unwrap();
        options.insecure_http = true;
    })
    .await;
    assert_eq!(house.send(with(get("/healthz"), "host", "maru.example")).await.status, StatusCode::OK);
}
