#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::super::testing::Collected;
use super::super::{DecodeError, Decoded, Limits};
use super::{Format, Scrape, decode};
use proptest::prelude::*;

const NOW: i64 = 1_700_000_000_000;
const LABELS: &[(&str, &str)] = &[("job", "node"), ("instance", "localhost:9100")];

fn read_as(format: Format, labels: &[(&str, &str)], body: &str) -> Result<(String, Decoded), DecodeError> {
    let limits = Limits { max_labels_per_series: 8, ..Limits::between(NOW - 60_000, NOW + 60_000) };
    let mut sink = Collected::default();
    let decoded = decode(body.as_bytes(), &Scrape { format, time_ms: NOW, labels }, &limits, &mut sink)?;
    Ok((sink.to_string(), decoded))
}

#[test]
fn reads_prometheus_text() {
    let body = r#"
# HELP http_requests_total The total number of HTTP requests.
# TYPE http_requests_total counter
http_requests_total{method="post",code="200"} 1027 1700000000500
http_requests_total{method="post",code="400",}    3
	# A comment, and lines without a type.
msdos_file_access_time_seconds{path="C:\\DIR\\FILE.TXT",error="Cannot find \"it\":\nno \such"} 1.458255915e9
metric_without_labels 12.47

# TYPE rpc_duration_seconds summary
rpc_duration_seconds{quantile="0.5"} 4773
rpc_duration_seconds{ quantile = "0.99" , } NaN
rpc_duration_seconds_sum 1.7560473e+07
rpc_duration_seconds_count 2693
# TYPE request_seconds histogram
request_seconds_bucket{le="+Inf"} 144320
something_weird{problem="division by zero"} +Inf -3982045
ends_without_newline{empty="",brace="}"} 1"#;
    let (series, decoded) = read_as(Format::Prometheus, &[], body).unwrap();
    insta::assert_snapshot!(series, @r#"
    http_requests_total{code="200",method="post"} Counter 1027@1700000000500
    http_requests_total{code="400",method="post"} Counter 3@1700000000000
    msdos_file_access_time_seconds{error="Cannot find \"it\":\nno \\such",path="C:\\DIR\\FILE.TXT"} Unknown 1458255915@1700000000000
    metric_without_labels{} Unknown 12.47@1700000000000
    rpc_duration_seconds{quantile="0.5"} Gauge 4773@1700000000000
    rpc_duration_seconds_sum{} Counter 17560473@1700000000000
    rpc_duration_seconds_count{} Counter 2693@1700000000000
    request_seconds_bucket{le="+Inf"} Counter 144320@1700000000000
    ends_without_newline{brace="}"} Unknown 1@1700000000000
    "#);
    assert_eq!((decoded.not_finite, decoded.rejected.total()), (2, 0));
}

#[test]
fn reads_openmetrics() {
    let body = r#"# TYPE acme_http_router_request_seconds summary
# UNIT acme_http_router_request_seconds seconds
# HELP acme_http_router_request_seconds Latency through all of ACME's HTTP request router.
acme_http_router_request_seconds_sum{path="/api/v1",method="GET"} 9036.32
acme_http_router_request_seconds_count{path="/api/v1",method="GET"} 807283.0
acme_http_router_request_seconds_created{path="/api/v1",method="GET"} 1605281325.0
# TYPE go_goroutines gauge
go_goroutines 69 1700000001.25
# TYPE process_cpu_seconds counter
# UNIT process_cpu_seconds seconds
process_cpu_seconds_total 4.20072246e+06 # {trace_id="KOO5S4vxi0o"} 0.67
# TYPE build info
build_info{version="1"} 1
# EOF
"#;
    let (series, decoded) = read_as(Format::OpenMetrics, &[], body).unwrap();
    insta::assert_snapshot!(series, @r#"
    acme_http_router_request_seconds_sum{method="GET",path="/api/v1"} Counter [seconds] 9036.32@1700000000000
    acme_http_router_request_seconds_count{method="GET",path="/api/v1"} Counter 807283@1700000000000
    acme_http_router_request_seconds_created{method="GET",path="/api/v1"} Gauge 1605281325@1700000000000
    go_goroutines{} Gauge 69@1700000001250
    process_cpu_seconds_total{} Counter [seconds] 4200722.46@1700000000000
    build_info{version="1"} Gauge 1@1700000000000
    "#);
    assert_eq!(decoded.exemplars_skipped, 1);
    assert!(decoded.rejected.is_empty());
}

#[test]
fn a_scrapes_labels_are_added_and_the_targets_own_kept_aside() {
    let body = r#"up{job="other",exported_job="third"} 1
up{instance=""} 1
"#;
    let (series, _) = read_as(Format::Prometheus, LABELS, body).unwrap();
    insta::assert_snapshot!(series, @r#"
    up{exported_exported_job="other",exported_job="third",instance="localhost:9100",job="node"} Unknown 1@1700000000000
    up{instance="localhost:9100",job="node"} Unknown 1@1700000000000
    "#);
}

#[test]
fn a_series_with_too_many_labels_is_refused_alone() {
    let labels: Vec<_> = (0..100).map(|index| format!("l{index}=\"x\"")).collect();
    let body = format!("up{{{}}} 1\nup 2\n", labels.join(","));
    let (series, decoded) = read_as(Format::Prometheus, &[], &body).unwrap();
    insta::assert_snapshot!(series, @"up{} Unknown 2@1700000000000");
    insta::assert_snapshot!(decoded.rejected, @r#"1 sample refused: 1 too_many_labels (first: series "up" {l0="x", l1="x", l2="x", l3="x", l4="x", …} has more than the 8 labels that one series may carry)"#);
}

#[test]
fn refusals_say_which_line_and_what() {
    let refusals = [
        "ok 1\n0bad 1",
        "ok 1\nok{a=\"b\" 1",
        "ok{a=\"b} 1",
        "ok{a=b} 1",
        "ok{a} 1",
        "ok{=\"b\"} 1",
        "ok{a=\"b\";c=\"d\"} 1",
        "ok",
        "ok one",
        "ok 1 2.5",
        "ok 1 2 3",
        "{\"utf8.name\"} 1",
        "<html>",
    ]
    .map(|body| read_as(Format::Prometheus, &[], body).unwrap_err().to_string())
    .join("\n");
    insta::assert_snapshot!(refusals, @r#"
    line 2 (byte 5) of the exposition, metric name: no name starts with "0bad 1"
    line 2 (byte 14) of the exposition, label: after a label comes `,` or `}`, not "1"
    line 1 (byte 6) of the exposition, label value: no quote ends "b} 1"
    line 1 (byte 5) of the exposition, label value: here comes `"`, not "b} 1"
    line 1 (byte 4) of the exposition, label: here comes `=`, not "} 1"
    line 1 (byte 3) of the exposition, label name: no name starts with "=\"b\"} 1"
    line 1 (byte 8) of the exposition, label: after a label comes `,` or `}`, not ";c=\"d\"} 1"
    line 1 (byte 2) of the exposition, value: "" is not a number
    line 1 (byte 3) of the exposition, value: "one" is not a number
    line 1 (byte 5) of the exposition, timestamp: "2.5" is not a time in whole milliseconds since 1970
    line 1 (byte 7) of the exposition, end of line: "3" is more than a line may hold
    line 1 (byte 0) of the exposition, metric name: no name starts with "{\"utf8.name\"} 1"
    line 1 (byte 0) of the exposition, metric name: no name starts with "<html>"
    "#);
    let refusals = ["ok 1\n", "# EOF\nok 1\n", "ok 1 inf\n# EOF\n"]
        .map(|body| read_as(Format::OpenMetrics, &[], body).unwrap_err().to_string())
        .join("\n");
    insta::assert_snapshot!(refusals, @r#"
    line 2 (byte 5) of the exposition, end: the answer ends without `# EOF`, so that some of it is missing
    line 2 (byte 6) of the exposition, end: there is more after `# EOF`
    line 1 (byte 5) of the exposition, timestamp: "inf" is not a time in seconds since 1970
    "#);
    let scrape = Scrape { format: Format::Prometheus, time_ms: NOW, labels: &[] };
    let limits = Limits { max_decoded_bytes: 10, ..Limits::between(0, NOW) };
    let refusals = [&b"a 1\nb \xff"[..], b"longer than ten bytes"]
        .map(|body| decode(body, &scrape, &limits, &mut Collected::default()).unwrap_err().to_string())
        .join("\n");
    insta::assert_snapshot!(refusals, @"
    line 2 (byte 6) of the exposition, text: the text is not UTF-8
    the target's answer needs 21 bytes, and at most 10 are taken: split it into smaller ones
    ");
}

#[test]
fn the_content_type_says_the_format() {
    let openmetrics = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    assert_eq!(Format::from_content_type(openmetrics), Format::OpenMetrics);
    assert_eq!(Format::from_content_type("text/plain; version=0.0.4"), Format::Prometheus);
    assert_eq!(Format::from_content_type(""), Format::Prometheus);
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(body in r#"([a-z#]{0,4}|[ {}="\\,\n\t]|\PC|[0-9.]{1,4}|# (TYPE|UNIT|EOF) ?){0,40}"#) {
        for format in [Format::Prometheus, Format::OpenMetrics] {
            let _ = read_as(format, LABELS, &body);
        }
    }

    #[test]
    fn any_label_value_is_read_back(value in "(?s).{1,40}") {
        let escaped = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        let limits = Limits::between(0, NOW);
        let scrape = Scrape { format: Format::Prometheus, time_ms: NOW, labels: &[] };
        let mut sink = Collected::default();
        decode(format!("up{{a=\"{escaped}\"}} 1\n").as_bytes(), &scrape, &limits, &mut sink).unwrap();
        prop_assert_eq!(&sink.0[0].labels[1].1, &value);
    }
}
