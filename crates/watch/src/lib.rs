//! Metrics in, learned bands around each, and what leaves its band is an anomaly.
//!
//! The way of a sample: a *source* or a listener hands a body to a decoder ([`ingest`]); the *engine* sorts out what it has seen already,
//! writes the rest to history, and only then lets each series' band ([`band`]) judge it; what leaves its band becomes an *anomaly*. Bands
//! and detectors are pure. Never speaks a protocol to the outside (surfaces do), and never forgets an acknowledged sample.

mod anomaly;
pub mod band;
mod engine;
pub mod host;
pub mod ingest;
mod operations;
pub mod replay;
mod series;
mod source;
mod tables;
mod watch;

pub use anomaly::{AnomalyView, migrations};
pub use engine::{Accepted, WireFormat};
pub use operations::{ListAnomalies, ListSeries, ReadSeries, ShowOverview, register};
pub use series::SeriesId;
pub use source::ScrapeTarget;
pub use tables::{ANOMALIES, BANDS, SAMPLES, SERIES, tables};
pub use watch::{Watch, WatchOptions};
