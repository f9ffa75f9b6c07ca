//! What the HTTP surface tells of itself.

use axum::http::StatusCode;
use maru_kernel::{Figure, Figures};
use std::sync::{
    Arc,
    atomic::{AtomicI64, AtomicU64, Ordering},
};

/// A part of what is served, few enough to count each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Area {
    Api,
    Events,
    Ingest,
    Health,
    Console,
}

impl Area {
    const ALL: [(Self, &'static str); 5] =
        [(Self::Api, "api"), (Self::Events, "events"), (Self::Ingest, "ingest"), (Self::Health, "health"), (Self::Console, "console")];

    /// The part that a path belongs to.
    pub(super) fn of(path: &str) -> Self {
        match path {
            "/api/v1/events" => Self::Events,
            "/api/v1/write" | "/v1/metrics" => Self::Ingest,
            "/healthz" | "/readyz" | "/metrics" => Self::Health,
            _ if path.starts_with("/opentelemetry.") => Self::Ingest,
            _ if path.starts_with("/api/") => Self::Api,
            _ => Self::Console,
        }
    }
}

/// Counts of the HTTP surface.
#[derive(Debug, Default)]
pub(super) struct Traffic {
    /// By area and by class of status.
    answered: [[AtomicU64; 5]; 5],
    connections: AtomicI64,
    streams: AtomicI64,
}

impl Traffic {
    /// Counts a response.
    pub(super) fn answered(&self, area: Area, status: StatusCode) {
        let class = usize::from(status.as_u16() / 100).clamp(1, 5) - 1;
        self.answered[area as usize][class].fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a connection for as long as the answer lives.
    pub(super) fn connection(self: &Arc<Self>) -> Open {
        Open::new(self, |traffic| &traffic.connections)
    }

    /// Counts a live stream for as long as the answer lives.
    pub(super) fn stream(self: &Arc<Self>) -> Open {
        Open::new(self, |traffic| &traffic.streams)
    }
}

impl Figures for Traffic {
    fn figures(&self) -> Vec<Figure> {
        let mut figures = Vec::new();
        for (area, name) in Area::ALL {
            for (class, count) in self.answered[area as usize].iter().enumerate() {
                let count = count.load(Ordering::Relaxed);
                if count > 0 {
                    let figure =
                        Figure::counter("maru_http_responses_total", "Responses, by part of the surface and class of status.", count);
                    figures.push(figure.label("area", name).label("status", format!("{}xx", class + 1)));
                }
            }
        }
        let gauge = |name, help, value: &AtomicI64| Figure::gauge(name, help, value.load(Ordering::Relaxed) as f64);
        figures.push(gauge("maru_http_connections", "Connections that are open.", &self.connections));
        figures.push(gauge("maru_http_streams", "Live streams that are open.", &self.streams));
        figures
    }
}

/// Something open that is counted.
pub(super) struct Open {
    traffic: Arc<Traffic>,
    count: fn(&Traffic) -> &AtomicI64,
}

impl Open {
    fn new(traffic: &Arc<Traffic>, count: fn(&Traffic) -> &AtomicI64) -> Self {
        count(traffic).fetch_add(1, Ordering::Relaxed);
        Self { traffic: traffic.clone(), count }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        (self.count)(&self.traffic).fetch_sub(1, Ordering::Relaxed);
    }
}
