//! This host, and Maru itself.

use crate::{
    Watch,
    host::HostCollector,
    ingest::{Kind, NAME, Sample, SeriesRef, SeriesSink},
};
use maru_kernel::{FigureKind, Figures};
use std::{path::PathBuf, sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;

/// Reads this host every `every`, until `shutdown`.
pub(crate) async fn watch_host(
    watch: Arc<Watch>,
    host: String,
    every: Duration,
    figures: Vec<Arc<dyn Figures>>,
    shutdown: CancellationToken,
) {
    let mut collector = HostCollector::new(host.clone(), PathBuf::from("/"));
    let mut tick = tokio::time::interval(every);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    let mut failing = false;
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return,
            _ = tick.tick() => {}
        }
        let now_ms = watch.clock().now_ms();
        let result = watch
            .take_with(|sink| {
                collector.collect(now_ms, sink);
                own_figures(&figures, &host, now_ms, sink);
            })
            .await;
        match result {
            Ok(_) => failing = false,
            Err(error) if !failing => {
                tracing::warn!(%error, "what this machine measured could not be kept");
                failing = true;
            }
            Err(_) => {}
        }
    }
}

fn own_figures(figures: &[Arc<dyn Figures>], host: &str, now_ms: i64, sink: &mut dyn SeriesSink) {
    for figure in figures.iter().flat_map(|component| component.figures()) {
        let mut labels: Vec<(&str, &str)> = vec![(NAME, figure.name), ("host", host), ("service", "maru")];
        labels.extend(figure.labels.iter().map(|(name, value)| (*name, value.as_str())).filter(|(_, value)| !value.is_empty()));
        labels.sort_unstable();
        let kind = if figure.kind == FigureKind::Counter { Kind::Counter } else { Kind::Gauge };
        sink.series(SeriesRef { labels: &labels, kind, unit: None, samples: &[Sample { time_ms: now_ms, value: figure.value }] });
    }
}
