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
    insta::assert_snapshot!(series, @"");
    insta::assert_snapshot!(decoded.rejected.to_string().replace("), ", "),\n"), @"");
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
    insta::assert_snapshot!(series, @"");
    assert_eq!(decoded.exemplars_skipped, 1);
    assert!(decoded.rejected.is_empty());
}

#[test]
fn a_scrapes_labels_are_added_and_the_targets_own_kept_aside() {
    let body = r#"up{job="other",exported_job="third"} 1
up{instance=""} 1
"#;
    let (series, _) = read_as(Format::Prometheus, LABELS, body).unwrap();
    insta::assert_snapshot!(series, @"");
}

#[test]
fn a_series_with_too_many_labels_is_refused_alone() {
    let labels: Vec<_> = (0..100).map(|index| format!("l{index}=\"x\"")).collect();
    let body = format!("up{{{}}} 1\nup 2\n", labels.join(","));
    let (series, decoded) = read_as(Format::Prometheus, &[], &body).unwrap();
    insta::assert_snapshot!(series, @"");
    insta::assert_snapshot!(decoded.rejected, @"");
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
    insta::assert_snapshot!(refusals, @"");
    let refusals = ["ok 1\n", "# EOF\nok 1\n", "ok 1 inf\n# EOF\n"]
        .map(|body| read_as(Format::OpenMetrics, &[], body).unwrap_err().to_string())
        .join("\n");
    insta::assert_snapshot!(refusals, @"");
    let scrape = Scrape { format: Format::Prometheus, time_ms: NOW, labels: &[] };
    let limits = Limits { max_decoded_bytes: 10, ..Limits::between(0, NOW) };
    let refusals = [&b"a 1\nb \xff"[..], b"longer than ten bytes"]
        .map(|body| decode(body, &scrape, &limits, &mut Collected::default()).unwrap_err().to_string())
        .join("\n");
    insta::assert_snapshot!(refusals, @"");
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
