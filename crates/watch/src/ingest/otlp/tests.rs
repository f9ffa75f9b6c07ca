#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::super::testing::Collected;
use super::super::{DecodeError, Decoded, Limits};
use super::{decode_json, decode_protobuf};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use proptest::prelude::*;
use prost::Message;
use serde_json::{Value, json};

const NOW: u64 = 1_700_000_000_000_000_000;

fn limits() -> Limits {
    Limits::between(1_600_000_000_000, 1_800_000_000_000)
}

fn read(body: &str) -> Result<(String, Decoded), DecodeError> {
    let mut sink = Collected::default();
    let decoded = decode_json(body.as_bytes(), &limits(), &mut sink)?;
    Ok((sink.to_string(), decoded))
}

/// A request with these metrics of one service.
fn request(metrics: Value) -> Value {
    let attribute = |key: &str, value: &str| json!({"key": key, "value": {"stringValue": value}});
    json!({"resourceMetrics": [{
        "resource": {"attributes": [
            attribute("service.name", "api"),
            attribute("service.namespace", "shop"),
            attribute("service.instance.id", "i-1"),
            attribute("host.name", "h1"),
            attribute("process.runtime.name", "cpython"),
        ]},
        "scopeMetrics": [{"scope": {"name": "meter", "version": "1"}, "metrics": metrics}],
    }]})
}

fn read_metrics(metrics: Value) -> (String, Decoded) {
    read(&request(metrics).to_string()).unwrap()
}

fn point(fields: Value) -> Value {
    let mut point = json!({"startTimeUnixNano": "1", "timeUnixNano": NOW.to_string()});
    point.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    point
}

#[test]
fn gauges_and_sums_become_series() {
    let attributes = json!([
        {"key": "http.method", "value": {"stringValue": "GET"}},
        {"key": "http.status_code", "value": {"intValue": "200"}},
    ]);
    let (series, decoded) = read_metrics(json!([
        {"name": "system.memory.usage", "unit": "By", "gauge": {"dataPoints": [point(json!({"asInt": "1024"}))]}},
        {"name": "http.server.requests", "unit": "{request}", "sum": {
            "aggregationTemporality": 2, "isMonotonic": true,
            "dataPoints": [point(json!({"asDouble": 5.5, "attributes": attributes}))],
        }},
        {"name": "queue.length", "sum": {
            "aggregationTemporality": 2, "isMonotonic": false, "dataPoints": [point(json!({"asInt": 3}))],
        }},
        {"name": "bytes.sent", "unit": "By", "sum": {
            "aggregationTemporality": 1, "isMonotonic": true, "dataPoints": [point(json!({"asInt": "7"}))],
        }},
    ]));
    insta::assert_snapshot!(series, @r#"
    system_memory_usage_bytes{host_name="h1",instance="i-1",job="shop/api"} Gauge [bytes] 1024@1700000000000
    http_server_requests_total{host_name="h1",http_method="GET",http_status_code="200",instance="i-1",job="shop/api"} Counter 5.5@1700000000000
    queue_length{host_name="h1",instance="i-1",job="shop/api"} Gauge 3@1700000000000
    bytes_sent_bytes{host_name="h1",instance="i-1",job="shop/api"} Gauge [bytes] 7@1700000000000
    "#);
    assert_eq!((decoded.series, decoded.samples), (4, 4));
    assert!(decoded.rejected.is_empty());
}

#[test]
fn histograms_and_summaries_become_the_series_that_prometheus_has() {
    let (series, decoded) = read_metrics(json!([
        {"name": "http.server.duration", "unit": "s", "histogram": {"aggregationTemporality": 2, "dataPoints": [
            point(json!({
                "count": "6", "sum": 1.5, "bucketCounts": ["1", "2", 3], "explicitBounds": [0.005, 1], "min": 0, "max": 9,
                "attributes": [{"key": "le", "value": {"stringValue": "mine"}}],
                "exemplars": [{"timeUnixNano": "1", "asDouble": 1, "spanId": "eee19b7ec3c1b174",
                    "traceId": "5b8efff798038103d269b633813fc60c"}],
            })),
        ]}},
        {"name": "job.delta", "unit": "s", "histogram": {"aggregationTemporality": 1, "dataPoints": [
            point(json!({"count": 2})),
        ]}},
        {"name": "latency", "unit": "ms", "exponentialHistogram": {"aggregationTemporality": 2, "dataPoints": [
            point(json!({"count": "3", "sum": 10, "scale": 0, "zeroCount": "1",
                "positive": {"offset": 1, "bucketCounts": ["0", "2"]}})),
        ]}},
        {"name": "gc.pause", "unit": "s", "summary": {"dataPoints": [
            point(json!({"count": "4", "sum": 0.5, "quantileValues": [
                {"quantile": 0.5, "value": 0.1}, {"quantile": 0.99, "value": "NaN"},
            ]})),
        ]}},
    ]));
    insta::assert_snapshot!(series.replace("host_name=\"h1\",instance=\"i-1\",job=\"shop/api\"", "…"), @r#"
    http_server_duration_seconds_bucket{…,le="+Inf"} Counter 6@1700000000000
    http_server_duration_seconds_bucket{…,le="0.005"} Counter 1@1700000000000
    http_server_duration_seconds_bucket{…,le="1"} Counter 3@1700000000000
    http_server_duration_seconds_count{…,le="mine"} Counter 6@1700000000000
    http_server_duration_seconds_sum{…,le="mine"} Counter [seconds] 1.5@1700000000000
    job_delta_seconds_bucket{…,le="+Inf"} Gauge 2@1700000000000
    job_delta_seconds_count{…} Gauge 2@1700000000000
    latency_milliseconds_count{…} Counter 3@1700000000000
    latency_milliseconds_sum{…} Counter [milliseconds] 10@1700000000000
    gc_pause_seconds{…,quantile="0.5"} Gauge [seconds] 0.1@1700000000000
    gc_pause_seconds_count{…} Counter 4@1700000000000
    gc_pause_seconds_sum{…} Counter [seconds] 0.5@1700000000000
    "#);
    assert_eq!(decoded.exemplars_skipped, 1);
    insta::assert_snapshot!(decoded.rejected, @r#"1 sample refused: 1 not_a_number (first: series "gc_pause_seconds" {quantile="0.99", host_name="h1", instance="i-1", job="shop/api"}: sample at 2023-11-14T22:13:20Z (1700000000000 ms): its value is NaN)"#);
}

#[test]
fn data_points_of_one_series_are_handed_on_together_in_order() {
    let at = |nanos: u64, value: i64, zone: &str| {
        json!({"timeUnixNano": nanos.to_string(), "asInt": value.to_string(),
            "attributes": [{"key": "zone", "value": {"stringValue": zone}}]})
    };
    let points = [at(NOW + 2_000_000, 3, "a"), at(NOW, 9, "b"), at(NOW, 1, "a"), at(NOW + 1_000_000, 2, "a")];
    let (series, _) = read_metrics(json!([{"name": "g", "gauge": {"dataPoints": points}}]));
    insta::assert_snapshot!(series, @r#"
    g{host_name="h1",instance="i-1",job="shop/api",zone="a"} Gauge 1@1700000000000 2@1700000000001 3@1700000000002
    g{host_name="h1",instance="i-1",job="shop/api",zone="b"} Gauge 9@1700000000000
    "#);
}

#[test]
fn a_bad_data_point_refuses_only_itself() {
    let bad_name = json!({"attributes": [{"key": "", "value": {"stringValue": "x"}}], "asInt": "1"});
    let (series, decoded) = read_metrics(json!([
        {"name": "g", "gauge": {"dataPoints": [
            {"asInt": "1"},
            {"asInt": "1", "timeUnixNano": "0"},
            {"asInt": "1", "timeUnixNano": "1"},
            {"asInt": "1", "timeUnixNano": "18446744073709551615"},
            point(json!({})),
            point(json!({"asDouble": "NaN"})),
            point(bad_name),
            point(json!({"flags": 1})),
            point(json!({"asInt": "2"})),
        ]}},
        {"name": "h", "histogram": {"aggregationTemporality": 2, "dataPoints": [
            point(json!({"count": "1", "bucketCounts": ["1"], "explicitBounds": [1, 2]})),
            point(json!({"count": "1", "bucketCounts": ["1", "0", "0"], "explicitBounds": [2, 1]})),
        ]}},
        {"name": "future", "sketch": {"dataPoints": []}},
        {"name": "!!!", "gauge": {"dataPoints": [point(json!({"asInt": "2"}))]}},
    ]));
    insta::assert_snapshot!(series, @r#"g{host_name="h1",instance="i-1",job="shop/api"} Gauge 2@1700000000000"#);
    assert_eq!(decoded.stale_markers, 1);
    insta::assert_snapshot!(decoded.rejected.to_string().replace("), ", "),\n"), @r#"
    11 samples refused: 2 no_time (first: series "g" {host_name="h1", instance="i-1", job="shop/api"}: a data point has no `time_unix_nano`),
    3 no_value (first: series "g" {host_name="h1", instance="i-1", job="shop/api"}: a data point has neither `as_double` nor `as_int`, or it is not a number),
    1 empty_label_name (first: series "g" {="x", host_name="h1", instance="i-1", job="shop/api"} has a label without a name, of value "x"),
    1 too_old (first: series "g" {host_name="h1", instance="i-1", job="shop/api"}: sample at 1970-01-01T00:00:00Z (0 ms): the earliest taken is 2020-09-13T12:26:40Z (1600000000000 ms)),
    1 too_new (first: series "g" {host_name="h1", instance="i-1", job="shop/api"}: sample at 2554-07-21T23:34:33.709Z (18446744073709 ms): the latest taken is 2027-01-15T08:00:00Z (1800000000000 ms)),
    2 bad_buckets (first: series "h" {host_name="h1", instance="i-1", job="shop/api"}: a histogram has 1 `bucket_counts` for 2 `explicit_bounds`, and needs one more than bounds),
    1 no_name (first: series "" {host_name="h1", instance="i-1", job="shop/api"} has no label `__name__`)
    "#);
}

/// The shapes that SDKs send beside the ones above: numbers for 64-bit integers, fields that newer versions added,
/// empty lists left out, no resource.
#[test]
fn what_sdks_send_as_json_is_read() {
    let javascript = r#"{"resourceMetrics":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"unknown_service:node"}},
        {"key":"process.command_args","value":{"arrayValue":{"values":[{"stringValue":"node"}]}}},
        {"key":"process.pid","value":{"intValue":4321}}],"droppedAttributesCount":0},
        "scopeMetrics":[{"scope":{"name":"m","version":""},"metrics":[{"name":"c","description":"","unit":"",
        "sum":{"aggregationTemporality":2,"isMonotonic":true,"dataPoints":[{"attributes":[],"startTimeUnixNano":"1699999999000000000",
        "timeUnixNano":"1700000000000000000","asInt":11},{"attributes":[{"key":"k","value":{}}],
        "startTimeUnixNano":1699999999000000000,"timeUnixNano":1700000000001000000,"asDouble":2}]}}]}]}]}"#;
    insta::assert_snapshot!(read(javascript).unwrap().0, @r#"c_total{job="unknown_service:node"} Counter 11@1700000000000 2@1700000000001"#);
    // Protobuf libraries' own JSON names enumerations, which OTLP's does not.
    let named = request(json!([{"name": "c", "sum": {"aggregationTemporality": "AGGREGATION_TEMPORALITY_DELTA"}}]));
    insta::assert_snapshot!(read(&named.to_string()).unwrap().1.rejected, @r#"1 sample refused: 1 no_value (first: metric "c" has no `data` that can be read: no gauge, sum, histogram or summary, or in JSON one with a field of another type (OTLP writes enumerations as numbers))"#);
    let bare = format!(
        r#"{{"resourceMetrics":[{{"schemaUrl":"x","newField":{{"a":[1]}},"scopeMetrics":[{{"metrics":[
        {{"name":"c","metadata":[],"gauge":{{"dataPoints":[{{"timeUnixNano":"{NOW}","asDouble":1e3}}]}}}}]}}]}}]}}"#
    );
    insta::assert_snapshot!(read(&bare).unwrap().0, @"c{} Gauge 1000@1700000000000");
    assert_eq!(read("{}").unwrap().1, Decoded::default());
    assert_eq!(read(r#"{"resourceMetrics":[]}"#).unwrap().1, Decoded::default());
}

#[test]
fn protobuf_and_json_say_the_same() {
    let body = request(json!([{"name": "g", "gauge": {"dataPoints": [point(json!({"asInt": "1024"}))]}}]));
    let message: ExportMetricsServiceRequest = serde_json::from_value(body.clone()).unwrap();
    let mut sink = Collected::default();
    let decoded = decode_protobuf(&message.encode_to_vec(), &limits(), &mut sink).unwrap();
    assert_eq!((sink.to_string(), decoded), read(&body.to_string()).unwrap());
}

#[test]
fn bodies_that_cannot_be_read_are_refused() {
    let refusals = ["", "[1", "{\"resourceMetrics\":5}", &"[".repeat(10_000)].map(|body| read(body).unwrap_err().to_string()).join("\n");
    insta::assert_snapshot!(refusals, @"
    the JSON at line 1, column 0 is not an OTLP metrics request: EOF while parsing a value
    the JSON at line 1, column 2 is not an OTLP metrics request: invalid type: integer `1`, expected a sequence
    the JSON at line 1, column 20 is not an OTLP metrics request: invalid type: integer `5`, expected a sequence
    the JSON at line 1, column 6 is not an OTLP metrics request: invalid type: sequence, expected a string
    ");
    let limits = Limits { max_decoded_bytes: 10_000, ..limits() };
    let many = [0x0a, 0x00].repeat(1_000);
    let refusals = [&many[..], &[0x0a, 0x05, 0x00], &[0x0a, 0x02, 0x1a, 0x00, 0x08], &[0x0a, 0x03, 0x1a, 0x01, 0xff]]
        .map(|body| decode_protobuf(body, &limits, &mut Collected::default()).unwrap_err().to_string())
        .join("\n");
    insta::assert_snapshot!(refusals, @"
    the decoded request needs 210000 bytes, and at most 10000 are taken: split it into smaller ones
    field `ExportMetricsServiceRequest` at byte 0 of the message: the field claims to be 5 bytes long, and its message has 1 left
    field `ExportMetricsServiceRequest` at byte 5 of the message: the message ends in the middle of this field
    the body is not an OTLP metrics request: ResourceMetrics.schema_url: ExportMetricsServiceRequest.resource_metrics: invalid string value: data is not UTF-8 encoded
    ");
    let many = format!("{{\"resourceMetrics\":[{}{{}}]}}", "{},".repeat(1_000));
    let refusal = decode_json(many.as_bytes(), &limits, &mut Collected::default()).unwrap_err();
    assert!(refusal.is_too_large(), "{refusal}");
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(body in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = decode_protobuf(&body, &limits(), &mut Collected::default());
        let _ = decode_json(&body, &limits(), &mut Collected::default());
    }

    #[test]
    fn a_request_with_one_wrong_byte_is_read_or_refused(place in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let body = request(json!([
            {"name": "h", "unit": "s", "histogram": {"aggregationTemporality": 2, "dataPoints": [
                point(json!({"count": "1", "bucketCounts": ["1", "0"], "explicitBounds": [1]}))]}},
            {"name": "g", "gauge": {"dataPoints": [point(json!({"asDouble": 0.5}))]}},
        ]));
        let message: ExportMetricsServiceRequest = serde_json::from_value(body.clone()).unwrap();
        let mut protobuf = message.encode_to_vec();
        let index = place.index(protobuf.len());
        protobuf[index] = byte;
        let _ = decode_protobuf(&protobuf, &limits(), &mut Collected::default());
        let mut json = body.to_string().into_bytes();
        let index = place.index(json.len());
        json[index] = byte;
        let _ = decode_json(&json, &limits(), &mut Collected::default());
    }
}
