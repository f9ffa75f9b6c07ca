//! Metrics in: decoders that turn what monitoring programs send into series and samples.
//!
//! Every decoder is a pure function of a body, [`Limits`] and a [`SeriesSink`]. None of them reads a clock, a file or a
//! socket, none panics whatever the body holds, and none sets memory aside because the body claims to need it.
//!
//! | module | reads |
//! |---|---|
//! | [`remote_write`] | Prometheus remote write 1.0 |
//! | [`remote_write_v2`] | Prometheus remote write 2.0 |
//! | [`otlp`] | OpenTelemetry metrics, protobuf and JSON |
//! | [`exposition`] | what a scraped target answers: Prometheus text 0.0.4 and OpenMetrics 1.0 |
//!
//! Two rules hold for all of them. **A bad sample or series refuses only itself**: it is counted in
//! [`Decoded::rejected`] with an example that names it, and the rest goes on. **A malformed message refuses the whole
//! body**: the decoder answers [`DecodeError`], and what the sink was handed until then must be thrown away.
//!
//! [`encode`] is the way back, for load generators and tests.

pub mod encode;
mod error;
pub mod exposition;
mod family;
mod intake;
mod labels;
mod limits;
pub mod otlp;
pub mod protobuf;
pub mod remote_write;
pub mod remote_write_v2;
mod report;
mod series;
mod snappy;
#[cfg(test)]
mod testing;

pub use error::DecodeError;
pub use limits::Limits;
pub use report::{Decoded, Reason, Rejection, Rejections};
pub use series::{Kind, NAME, Sample, SeriesRef, SeriesSink};
