//! OpenTelemetry's own SDKs export to the program: over HTTP as protobuf and as JSON, and over gRPC.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use maru_tests::{Maru, python};
use reqwest::StatusCode;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What `tests/python/export_otlp.py` records, as the rules of OpenTelemetry for Prometheus have it: each series with its kind and unit,
/// and its values in the order of their time.
const EXPORTED: &str = "
carts_open{} gauge = 3 1
cpu_utilization_ratio{} gauge in ratio = 0.75 0.75
errors{} gauge = 7 2
http_client_latency_milliseconds_count{} counter = 3 3
http_client_latency_milliseconds_sum{} counter in milliseconds = 7 7
http_server_duration_seconds_bucket{http_route=/pay, le=+Inf} counter = 4 5
http_server_duration_seconds_bucket{http_route=/pay, le=0.1} counter = 1 1
http_server_duration_seconds_bucket{http_route=/pay, le=0.5} counter = 3 3
http_server_duration_seconds_bucket{http_route=/pay, le=1} counter = 3 4
http_server_duration_seconds_count{http_route=/pay} counter = 4 5
http_server_duration_seconds_sum{http_route=/pay} counter in seconds = 2.75 3.45
http_server_requests_total{http_method=GET, http_status_code=200} counter = 5 8
http_server_requests_total{http_method=POST, http_status_code=500} counter = 2 2
network_sent_bytes_total{} counter in bytes = 1500 1500
pages_read_total{} counter = 4096 4096
queue_length{durable=true, priority=3, queue=outgoing, share=0.25} gauge = 12 12
room_temperature_celsius{room=계산대} gauge in celsius = 21.5 22
";

#[tokio::test]
async fn the_python_sdk_exports_over_http() {
    let maru = Maru::start().await;
    let endpoint = format!("{}/v1/metrics", maru.url());
    for compression in ["plain", "gzip"] {
        export("http", &endpoint, compression, &[]);
    }
    // The same program in two ways: each value is there twice.
    let twice = |line: &str| {
        let (series, values) = line.split_once(" = ").unwrap();
        format!("{series} = {values} {values}")
    };
    let expected: Vec<_> = EXPORTED.trim().lines().map(twice).collect();
    assert_eq!(kept(&maru, "checkout-http").await, expected.join("\n"));
}

#[tokio::test]
async fn the_python_sdk_exports_over_grpc() {
    let maru = Maru::start().await;
    export("grpc", maru.url(), "plain", &[]);
    assert_eq!(kept(&maru, "checkout-grpc").await, EXPORTED.trim());
}

#[tokio::test]
async fn the_python_sdk_exports_over_grpc_packed_with_gzip() {
    let maru = Maru::start().await;
    export("grpc", maru.url(), "gzip", &[]);
    assert_eq!(kept(&maru, "checkout-grpc").await, EXPORTED.trim());
}

/// Exporters carry tokens the way OpenTelemetry's environment variables say it.
#[tokio::test]
async fn a_token_lets_an_exporter_in_where_one_is_asked_for() {
    let maru = Maru::setup().env("MARU_OPEN_INGEST_ON_LOOPBACK", "false").up().await;
    let made = maru.ask("token.create", json!({"name": "exporter", "scope": "ingest"})).await;
    let token = made["token"].as_str().unwrap();
    for (protocol, endpoint) in [("http", format!("{}/v1/metrics", maru.url())), ("grpc", maru.url().to_owned())] {
        let refused = python::run("export_otlp.py", &[protocol, &endpoint, "plain"], &[]);
        assert!(!refused.status.success(), "{protocol} needs no token");
        assert_eq!(kept(&maru, &format!("checkout-{protocol}")).await, "");
        let headers = [("OTEL_EXPORTER_OTLP_HEADERS", format!("authorization=Bearer%20{token}"))];
        export(protocol, &endpoint, "plain", &headers);
        assert_eq!(kept(&maru, &format!("checkout-{protocol}")).await, EXPORTED.trim());
    }
}

/// The answers are read by OpenTelemetry's own code.
#[tokio::test]
async fn what_is_not_kept_is_told_and_the_rest_is_kept() {
    let maru = Maru::start().await;
    let http = format!("{}/v1/metrics", maru.url());
    let answers = python::ask("partial_otlp.py", &[&http, maru.url().trim_start_matches("http://")], &[]);
    assert_eq!(answers["http"]["status"], 200);
    assert_eq!(answers["http"]["content_type"], "application/x-protobuf");
    for way in ["http", "grpc"] {
        assert_eq!(answers[way]["rejected"], 2, "{answers}");
        let message = answers[way]["message"].as_str().unwrap();
        assert!(message.contains("time_unix_nano") && message.contains("inf"), "{message}");
        let name = format!("partial_{way}");
        assert_eq!(maru.sql(&format!("SELECT value FROM samples JOIN series USING (series) WHERE name = '{name}'")).await, [[json!(1.5)]]);
    }
}

#[tokio::test]
async fn a_body_as_the_javascript_sdk_writes_it_is_kept() {
    let maru = Maru::start().await;
    let seconds = maru_tests::now_ms() / 1_000;
    let body = as_the_javascript_sdk_writes_it(seconds);
    let answer = maru.post("/v1/metrics", "application/json", body.to_string()).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()["content-type"], "application/json");
    assert_eq!(answer.json::<Value>().await.unwrap(), json!({}));
    insta::assert_snapshot!(kept(&maru, "web-1").await, @"
    cart_size_items{empty=false, ids=[1,2], region=kr, weight=0.5} gauge in items = 3
    http_client_duration_milliseconds_bucket{le=+Inf, method=GET} counter = 3
    http_client_duration_milliseconds_bucket{le=10, method=GET} counter = 1
    http_client_duration_milliseconds_bucket{le=5, method=GET} counter = 1
    http_client_duration_milliseconds_count{method=GET} counter = 3
    http_client_duration_milliseconds_sum{method=GET} counter in milliseconds = 52.5
    page_views_total{route=/} counter = 41
    render_time_milliseconds_count{} counter = 2
    render_time_milliseconds_sum{} counter in milliseconds = 6
    ");
    let times = maru.sql("SELECT DISTINCT time FROM samples").await;
    assert_eq!(times.len(), 1, "{times:?}");

    let mut broken = body;
    broken["resourceMetrics"][0]["scopeMetrics"][0]["metrics"][0]["sum"]["dataPoints"][0]["timeUnixNano"] = json!("0");
    let answer = maru.post("/v1/metrics", "application/json", broken.to_string()).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    let partial = answer.json::<Value>().await.unwrap();
    assert_eq!(partial["partialSuccess"]["rejectedDataPoints"], "1", "{partial}");
}

/// A number as JSON has it stands for the nearest `f64`, and no other.
#[tokio::test]
async fn numbers_of_a_json_body_are_read_to_fifteen_digits() {
    let maru = Maru::start().await;
    let now = maru_tests::now_ms();
    let values = [1_795_435_417.611_566_5, 0.009_863_031_000_000_001, 0.012_903_781_999_999_999, 123_456_789.123_456_79, 1e22];
    let point = |(at, value): (i64, &f64)| json!({"timeUnixNano": format!("{}000000", now + at), "asDouble": value});
    let points: Vec<_> = (0..).zip(&values).map(point).collect();
    let body = json!({"resourceMetrics": [{"scopeMetrics": [{"metrics": [{"name": "digits", "gauge": {"dataPoints": points}}]}]}]});
    let answer = maru.post("/v1/metrics", "application/json", body.to_string()).send().await.unwrap();
    assert_eq!(answer.json::<Value>().await.unwrap(), json!({}));
    let kept = maru.sql("SELECT CAST(value AS TEXT) FROM samples ORDER BY time").await;
    let kept: Vec<f64> = kept.iter().map(|row| row[0].as_str().unwrap().parse().unwrap()).collect();
    assert_eq!(kept.len(), values.len());
    assert!(kept.iter().zip(values).all(|(kept, sent)| ((kept - sent) / sent).abs() < 1e-15), "{kept:?}");
}

fn export(protocol: &str, endpoint: &str, compression: &str, variables: &[(&str, String)]) {
    let answers = python::ask("export_otlp.py", &[protocol, endpoint, compression], variables);
    assert_eq!(answers, json!(["SUCCESS", "SUCCESS", "SUCCESS", "SUCCESS"]));
}

/// Every series of one instance of a service with its values. Checks the labels that say where they come from, and leaves them out.
async fn kept(maru: &Maru, instance: &str) -> String {
    let rows = maru
        .sql(&format!(
            "SELECT name, labels, kind, unit, value FROM series JOIN samples USING (series)
             WHERE labels['instance'] = '{instance}' ORDER BY name, samples.series, samples.time"
        ))
        .await;
    let mut series: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in rows {
        let [name, labels, kind, unit, value] = row.try_into().unwrap();
        let mut labels: BTreeMap<String, String> = serde_json::from_value(labels).unwrap();
        assert_eq!(labels.remove("instance").as_deref(), Some(instance));
        assert_eq!(labels.remove("job").as_deref(), Some("shop/checkout"));
        assert_eq!(labels.remove("host_name").as_deref(), Some("till-7"));
        let labels: Vec<_> = labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let unit = unit.as_str().map(|unit| format!(" in {unit}")).unwrap_or_default();
        let line = format!("{}{{{}}} {}{unit}", name.as_str().unwrap(), labels.join(", "), kind.as_str().unwrap());
        series.entry(line).or_default().push(value.as_f64().unwrap().to_string());
    }
    series.iter().map(|(series, values)| format!("{series} = {}", values.join(" "))).collect::<Vec<_>>().join("\n")
}

/// An export of the JavaScript SDK: 64-bit times in quotes, all other numbers bare, enumerations as numbers.
fn as_the_javascript_sdk_writes_it(seconds: i64) -> Value {
    let (start, time) = (format!("{}000000000", seconds - 60), format!("{seconds}000000000"));
    let text = |key: &str, value: &str| json!({"key": key, "value": {"stringValue": value}});
    json!({"resourceMetrics": [{
        "resource": {
            "attributes": [
                text("service.name", "checkout"),
                text("service.namespace", "shop"),
                text("service.instance.id", "web-1"),
                text("host.name", "till-7"),
                text("telemetry.sdk.language", "nodejs"),
                {"key": "process.pid", "value": {"intValue": 4242}},
                {"key": "process.command_args", "value": {"arrayValue": {"values": [{"stringValue": "node"}, {"stringValue": "app.js"}]}}},
            ],
            "droppedAttributesCount": 0,
        },
        "scopeMetrics": [{
            "scope": {"name": "checkout", "version": "1.0.0"},
            "metrics": [
                {"name": "page.views", "description": "Pages that were shown", "unit": "", "sum": {
                    "aggregationTemporality": 2,
                    "isMonotonic": true,
                    "dataPoints": [{"attributes": [text("route", "/")], "startTimeUnixNano": start, "timeUnixNano": time, "asDouble": 41}],
                }},
                {"name": "cart.size", "description": "", "unit": "items", "gauge": {"dataPoints": [{
                    "attributes": [
                        text("region", "kr"),
                        {"key": "empty", "value": {"boolValue": false}},
                        {"key": "weight", "value": {"doubleValue": 0.5}},
                        {"key": "ids", "value": {"arrayValue": {"values": [{"intValue": 1}, {"intValue": 2}]}}},
                    ],
                    "startTimeUnixNano": start,
                    "timeUnixNano": time,
                    "asInt": 3,
                }]}},
                {"name": "http.client.duration", "description": "", "unit": "ms", "histogram": {
                    "aggregationTemporality": 2,
                    "dataPoints": [{
                        "attributes": [text("method", "GET")],
                        "bucketCounts": [1, 0, 2],
                        "explicitBounds": [5, 10],
                        "count": 3,
                        "sum": 52.5,
                        "min": 0.5,
                        "max": 40,
                        "startTimeUnixNano": start,
                        "timeUnixNano": time,
                    }],
                }},
                {"name": "render.time", "description": "", "unit": "ms", "exponentialHistogram": {
                    "aggregationTemporality": 2,
                    "dataPoints": [{
                        "attributes": [],
                        "count": 2,
                        "min": 2,
                        "max": 4,
                        "sum": 6,
                        "positive": {"offset": 5, "bucketCounts": [1, 0, 1]},
                        "negative": {"offset": 0, "bucketCounts": [0]},
                        "scale": 3,
                        "zeroCount": 0,
                        "startTimeUnixNano": start,
                        "timeUnixNano": time,
                    }],
                }},
            ],
        }],
    }]})
}
