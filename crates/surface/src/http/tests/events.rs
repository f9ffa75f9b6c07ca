//! Live events.

use super::house::{House, LOCAL_TOKEN, by_token, get};
use axum::http::{StatusCode, header};
use maru_kernel::{Clock, Event};
use serde_json::json;
use std::time::Duration;

fn opened(house: &House, key: &str) -> Event {
    Event { kind: "AnomalyOpened", time: house.clock.now(), key: key.into(), data: json!({"score": 1}) }
}

#[tokio::test]
async fn events_come_as_they_happen() {
    let house = House::new().await;
    let mut answer = house.send(by_token(get("/api/v1/events?kind=AnomalyOpened&key=a"), LOCAL_TOKEN)).await;
    assert_eq!(answer.headers[header::CONTENT_TYPE], "text/event-stream");
    assert_eq!(answer.part().await.unwrap(), "retry: 2000\n: open\n\n");
    house.services.bus.publish(opened(&house, "b"));
    house.services.bus.publish(opened(&house, "a"));
    insta::assert_snapshot!(answer.part().await.unwrap(), @r#"
    event: AnomalyOpened
    data: {"kind":"AnomalyOpened","time":"2026-03-01T00:00:00Z","key":"a","data":{"score":1}}
    "#);
}

#[tokio::test]
async fn a_stream_ends_at_once_when_the_server_stops() {
    let house = House::new().await;
    let mut answer = house.send(by_token(get("/api/v1/events"), LOCAL_TOKEN)).await;
    answer.part().await.unwrap();
    house.shutdown.cancel();
    assert_eq!(tokio::time::timeout(Duration::from_secs(1), answer.part()).await.unwrap(), None);
}

#[tokio::test]
async fn a_slow_reader_is_told_that_it_lost_its_place() {
    let house = House::new().await;
    let answer = house.send(by_token(get("/api/v1/events"), LOCAL_TOKEN)).await;
    for _ in 0..10_000 {
        house.services.bus.publish(opened(&house, "a"));
    }
    assert!(answer.text().await.ends_with("event: lagged\ndata: {}\n\n"));
}

#[tokio::test]
async fn streams_are_for_those_who_may_read_and_are_limited() {
    let house = House::new().await;
    assert_eq!(house.send(get("/api/v1/events")).await.status, StatusCode::UNAUTHORIZED);
    let token = house.token("ingest").await;
    assert_eq!(house.send(by_token(get("/api/v1/events"), &token)).await.status, StatusCode::FORBIDDEN);
    let mut open = Vec::new();
    let refused = loop {
        let answer = house.send(by_token(get("/api/v1/events"), LOCAL_TOKEN)).await;
        if answer.status != StatusCode::OK {
            break answer;
        }
        open.push(answer);
    };
    assert_eq!(open.len(), 512);
    assert_eq!(refused.headers[header::RETRY_AFTER], "1");
    drop(open);
    assert_eq!(house.send(by_token(get("/api/v1/events"), LOCAL_TOKEN)).await.status, StatusCode::OK);
}
