//! Decides what a value should have been, and whether it left that range.
//!
//! Holds the [`Detector`] trait, the streaming band that implements it, and the step that turns a counter
//! into a rate before it is judged. Performs no I/O, reads no clock, knows no metric names.

mod detector;
mod encoding;
mod excursion;
mod rate;
mod settings;
mod streaming;

#[cfg(test)]
mod noise;
#[cfg(test)]
mod quality;

pub use detector::{Closing, Detector, Judgement, Opening, Side, Transition};
pub use encoding::DecodeBandError;
pub use rate::{Rate, RateDecodeError};
pub use settings::{BandSettings, Direction};
pub use streaming::StreamingBand;
