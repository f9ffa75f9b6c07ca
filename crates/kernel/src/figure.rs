//! What a component tells of itself, for `/metrics` and for Maru's watch over itself.

/// Whether a figure only grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FigureKind {
    /// Only grows, until the program starts anew.
    Counter,
    /// Goes up and down.
    Gauge,
}

/// One number that a component tells of itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// Prometheus name, with its unit: `maru_log_bytes_total`.
    pub name: &'static str,
    /// What it counts.
    pub help: &'static str,
    /// Whether it only grows.
    pub kind: FigureKind,
    /// What tells apart the figures of one name.
    pub labels: Vec<(&'static str, String)>,
    /// Its value now.
    pub value: f64,
}

impl Figure {
    /// A figure that only grows.
    #[must_use]
    pub fn counter(name: &'static str, help: &'static str, value: u64) -> Self {
        Self { name, help, kind: FigureKind::Counter, labels: Vec::new(), value: value as f64 }
    }

    /// A figure that goes up and down.
    #[must_use]
    pub fn gauge(name: &'static str, help: &'static str, value: f64) -> Self {
        Self { name, help, kind: FigureKind::Gauge, labels: Vec::new(), value }
    }

    /// Adds a label.
    #[must_use]
    pub fn label(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.labels.push((name, value.into()));
        self
    }
}

/// A component that tells figures of itself.
pub trait Figures: Send + Sync {
    /// Its figures now. Cheap: called every few seconds.
    fn figures(&self) -> Vec<Figure>;
}
