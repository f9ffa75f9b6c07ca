//! Metrics that others send.

use super::house::{House, accepted, by_token, with};
use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use flate2::{Compression, write::GzEncoder};
use maru_kernel::{Error, ErrorKind};
use maru_watch::WireFormat;
use opentelemetry_proto::tonic::{
    collector::metrics::v1::{ExportMetricsServiceRequest, ExportMetricsServiceResponse},
    metrics::v1::ResourceMetrics,
};
use prost::Message;
use std::{io::Write, time::Duration};

const V2: &str = "application/x-protobuf;proto=io.prometheus.write.v2.Request";

fn send(path: &str, content_type: &str, body: impl Into<Body>) -> Request<Body> {
    Request::post(path).header(header::CONTENT_TYPE, content_type).body(body.into()).unwrap()
}

fn remote_write(content_type: &str) -> Request<Body> {
    with(send("/api/v1/write", content_type, "packed"), "content-encoding", "snappy")
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn remote_write_says_what_was_written() {
    let house = House::new().await;
    let answer = house.send(remote_write("application/x-protobuf")).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    assert!(!answer.headers.contains_key("x-prometheus-remote-write-samples-written"));
    house.watch.answers(Ok(accepted(7, 0)));
    let answer = house.send(remote_write(V2)).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    assert_eq!(answer.headers["x-prometheus-remote-write-samples-written"], "7");
    assert_eq!(answer.headers["x-prometheus-remote-write-histograms-written"], "0");
    assert_eq!(answer.headers["x-prometheus-remote-write-exemplars-written"], "0");
    assert_eq!(*house.watch.taken.lock().unwrap(), [(Some(WireFormat::RemoteWriteV1), 6), (Some(WireFormat::RemoteWriteV2), 6)]);
}

#[tokio::test]
async fn remote_write_says_what_was_refused() {
    let house = House::new().await;
    house.watch.answers(Ok(accepted(6, 1)));
    let answer = house.send(remote_write(V2)).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert_eq!(answer.headers["x-prometheus-remote-write-samples-written"], "6");
    insta::assert_snapshot!(answer.text().await, @"1 sample is too old, such as `up` [MARU-0201]");

    house.watch.answers(Err(Error::invalid("MARU-0202", "", "The body is no remote write.")));
    assert_eq!(house.send(remote_write(V2)).await.status, StatusCode::BAD_REQUEST);
    house.watch.answers(Err(Error::new(ErrorKind::TooMany { retry_after: Duration::from_secs(2) }, "MARU-0104", "Too much waits.")));
    let answer = house.send(remote_write(V2)).await;
    assert_eq!((answer.status, &answer.headers[header::RETRY_AFTER]), (StatusCode::TOO_MANY_REQUESTS, &"2".parse().unwrap()));
    house.watch.answers(Err(Error::new(ErrorKind::Unavailable, "MARU-0103", "The disk is full.").next("Free some space.")));
    let answer = house.send(remote_write(V2)).await;
    assert_eq!((answer.status, &answer.headers[header::RETRY_AFTER]), (StatusCode::SERVICE_UNAVAILABLE, &"5".parse().unwrap()));
    insta::assert_snapshot!(answer.text().await, @"The disk is full. [MARU-0103] Free some space.");
}

#[tokio::test]
async fn only_known_formats_are_read() {
    let house = House::new().await;
    for (path, content_type, encoding) in [
        ("/api/v1/write", "application/json", "snappy"),
        ("/api/v1/write", "application/x-protobuf", "gzip"),
        ("/v1/metrics", "text/plain", "identity"),
        ("/v1/metrics", "application/json", "zstd"),
    ] {
        let answer = house.send(with(send(path, content_type, "x"), "content-encoding", encoding)).await;
        assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{path} {content_type} {encoding}");
    }
    assert!(house.watch.taken.lock().unwrap().is_empty());
}

#[tokio::test]
async fn programs_elsewhere_need_a_token() {
    let house = House::new().await;
    let (ingest, read) = (house.token("ingest").await, house.token("read").await);
    let page = house.send(with(remote_write(V2), "origin", "http://evil.example")).await;
    assert_eq!(page.status, StatusCode::UNAUTHORIZED);
    let proxied = house.send(with(remote_write(V2), "x-forwarded-for", "192.0.2.7")).await;
    assert_eq!(proxied.status, StatusCode::UNAUTHORIZED);
    let house = house.seen_from("192.0.2.7:1");
    let answer = house.send(remote_write(V2)).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    insta::assert_snapshot!(answer.text().await, @"A token is needed. [MARU-0353] Create one with `maru token create NAME --scope ingest`, and send it as `Authorization: Bearer maru_…`.");
    assert_eq!(house.send(by_token(remote_write(V2), &read)).await.status, StatusCode::FORBIDDEN);
    assert_eq!(house.send(by_token(remote_write(V2), &ingest)).await.status, StatusCode::NO_CONTENT);
    use base64::Engine;
    let basic = base64::prelude::BASE64_STANDARD.encode(format!("prometheus:{ingest}"));
    assert_eq!(house.send(with(remote_write(V2), "authorization", &format!("Basic {basic}"))).await.status, StatusCode::NO_CONTENT);

    let house = House::with(|options| options.open_ingest_on_loopback = false).await;
    assert_eq!(house.send(remote_write(V2)).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn bodies_and_bombs_are_limited() {
    let house = House::with(|options| options.max_body_bytes = 1_000).await;
    let large = house.send(with(send("/api/v1/write", V2, vec![0; 1_001]), "content-encoding", "snappy")).await;
    assert_eq!(large.status, StatusCode::PAYLOAD_TOO_LARGE);
    let packed = |bytes: &[u8]| with(send("/v1/metrics", "application/x-protobuf", gzip(bytes)), "content-encoding", "gzip");
    assert_eq!(house.send(packed(&[0; 2_001])).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(house.send(packed(&[0; 2_000])).await.status, StatusCode::OK);
    assert_eq!(*house.watch.taken.lock().unwrap(), [(Some(WireFormat::OtlpProtobuf), 2_000)]);
}

#[tokio::test]
async fn who_comes_on_top_is_told_to_come_back() {
    let house = House::with(|options| options.max_in_flight_writes = 1).await;
    let held = house.watch.hold.lock().await;
    let (first, second) = tokio::join!(
        async {
            let first = house.send(remote_write(V2)).await;
            first.status
        },
        async {
            tokio::task::yield_now().await;
            let second = house.send(remote_write(V2)).await;
            drop(held);
            second
        }
    );
    assert_eq!(first, StatusCode::NO_CONTENT);
    assert_eq!((second.status, &second.headers[header::RETRY_AFTER]), (StatusCode::TOO_MANY_REQUESTS, &"1".parse().unwrap()));
    assert_eq!(house.send(remote_write(V2)).await.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn otlp_is_answered_in_its_own_encoding() {
    let house = House::new().await;
    let json = || send("/v1/metrics", "application/json", "{}");
    let answer = house.send(json()).await;
    assert_eq!((answer.status, &answer.headers[header::CONTENT_TYPE]), (StatusCode::OK, &"application/json".parse().unwrap()));
    insta::assert_snapshot!(answer.text().await, @"{}");
    house.watch.answers(Ok(accepted(6, 1)));
    insta::assert_snapshot!(house.send(json()).await.text().await, @r#"{"partialSuccess":{"rejectedDataPoints":"1","errorMessage":"1 sample is too old, such as `up` [MARU-0201]"}}"#);
    let protobuf = house.send(send("/v1/metrics", "application/x-protobuf", "")).await;
    assert_eq!(protobuf.status, StatusCode::OK);
    let response = ExportMetricsServiceResponse::decode(protobuf.bytes().await).unwrap();
    assert_eq!(response.partial_success.unwrap().rejected_data_points, 1);

    house.watch.answers(Err(Error::invalid("MARU-0203", "", "The body is no OTLP.")));
    let answer = house.send(json()).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    insta::assert_snapshot!(answer.text().await, @r#"{"code":3,"message":"The body is no OTLP. [MARU-0203]"}"#);
}

#[tokio::test]
async fn otlp_over_grpc_is_understood() {
    let house = House::new().await;
    let message = ExportMetricsServiceRequest { resource_metrics: vec![ResourceMetrics::default(); 3] };
    let framed = |message: &[u8], is_packed: bool| {
        let mut frame = vec![u8::from(is_packed)];
        frame.extend(u32::try_from(message.len()).unwrap().to_be_bytes());
        frame.extend(message);
        let request = send(crate::http::ingest::otlp_grpc::PATH, "application/grpc", frame);
        if is_packed { with(request, "grpc-encoding", "gzip") } else { request }
    };
    let answer = house.send(framed(&message.encode_to_vec(), false)).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(!answer.headers.contains_key("grpc-status"));
    assert_eq!(house.send(framed(&gzip(&message.encode_to_vec()), true)).await.status, StatusCode::OK);
    assert_eq!(*house.watch.taken.lock().unwrap(), [(None, 3), (None, 3)]);

    house.watch.answers(Err(Error::new(ErrorKind::TooMany { retry_after: Duration::from_secs(2) }, "MARU-0104", "Too much waits.")));
    let answer = house.send(framed(&message.encode_to_vec(), false)).await;
    assert_eq!(answer.headers["grpc-status"], "14");
    assert!(answer.headers.contains_key("grpc-status-details-bin"));

    let house = house.seen_from("192.0.2.7:1");
    let answer = house.send(framed(&message.encode_to_vec(), false)).await;
    assert_eq!((answer.status, &answer.headers["grpc-status"]), (StatusCode::OK, &"16".parse().unwrap()));
}
