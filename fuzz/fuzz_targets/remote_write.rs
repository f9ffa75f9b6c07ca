//! Every decoder of metrics, on any bytes: none may panic, hang or take more memory than its limits allow, and what
//! one hands on keeps every promise of `SeriesRef`.
//!
//! The first byte picks the decoder. Remote write comes twice, as a body and as the message in it, so that the fuzzer
//! reaches the message without having to invent snappy first.

#![no_main]

use libfuzzer_sys::fuzz_target;
use maru_watch::ingest::exposition::{self, Format, Scrape};
use maru_watch::ingest::{Limits, NAME, SeriesRef, SeriesSink, otlp, remote_write, remote_write_v2};

const EARLIEST_MS: i64 = 1_000_000;
const LATEST_MS: i64 = 4_102_444_800_000;

struct Promises {
    limits: Limits,
    series: u64,
    samples: u64,
}

impl SeriesSink for Promises {
    fn series(&mut self, series: SeriesRef<'_>) {
        let SeriesRef { labels, samples, .. } = series;
        assert!(labels.is_sorted_by(|a, b| a.0 < b.0));
        assert!(labels.iter().all(|(name, value)| !name.is_empty() && !value.is_empty()));
        assert!(labels.iter().any(|(name, _)| *name == NAME));
        assert!(labels.len() <= self.limits.max_labels_per_series);
        assert!(labels.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>() <= self.limits.max_series_bytes);
        assert!(!samples.is_empty() && samples.is_sorted_by(|a, b| a.time_ms < b.time_ms));
        assert!(samples.iter().all(|sample| sample.value.is_finite() && (EARLIEST_MS..=LATEST_MS).contains(&sample.time_ms)));
        self.series += 1;
        self.samples += samples.len() as u64;
    }
}

fuzz_target!(|input: &[u8]| {
    let Some((pick, body)) = input.split_first() else { return };
    let limits = Limits { max_decoded_bytes: 1024 * 1024, ..Limits::between(EARLIEST_MS, LATEST_MS) };
    let mut sink = Promises { limits: limits.clone(), series: 0, samples: 0 };
    let scrape = |format| Scrape { format, time_ms: EARLIEST_MS, labels: &[("instance", "a:1"), ("job", "a")] };
    let decoded = match pick % 8 {
        0 => remote_write::decode(body, &limits, &mut sink),
        1 => remote_write::decode_message(body, &limits, &mut sink),
        2 => remote_write_v2::decode(body, &limits, &mut sink),
        3 => remote_write_v2::decode_message(body, &limits, &mut sink),
        4 => otlp::decode_json(body, &limits, &mut sink),
        5 => otlp::decode_protobuf(body, &limits, &mut sink),
        6 => exposition::decode(body, &scrape(Format::Prometheus), &limits, &mut sink),
        _ => exposition::decode(body, &scrape(Format::OpenMetrics), &limits, &mut sink),
    };
    if let Ok(decoded) = decoded {
        assert_eq!((decoded.series, decoded.samples), (sink.series, sink.samples));
    }
});
