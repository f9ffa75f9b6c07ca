//! A body of remote write 1.0 for a run of series, encoded and packed once: for each step only its values and times are written into it, so
//! that generating a load costs next to nothing. Pure.

use crate::{
    labels,
    snappy::Packer,
    values::{Season, Values},
};
use bytes::Bytes;
use std::ops::Range;

/// Bytes of a time in milliseconds as a varint: six from 2004 to 2109.
const TIME_BYTES: usize = 6;
/// A sample: its header, the value's header and the value, the time's header and the time.
const SAMPLE_BYTES: usize = 2 + 1 + 8 + 1 + TIME_BYTES;
const VALUE_AT: usize = 3;
const TIME_AT: usize = 12;

/// The body with one sample of each series of a run.
pub struct Body {
    packed: Vec<u8>,
    places: Vec<Place>,
}

struct Place {
    /// Where the sample is in the packed bytes.
    at: usize,
    /// How long after the others of the step this series is read, in milliseconds.
    late_ms: i64,
    values: Values,
}

impl Body {
    /// A body for the series numbered `series`, read every `interval_ms` milliseconds.
    #[must_use]
    pub fn new(series: Range<usize>, interval_ms: i64, seed: u64) -> Self {
        let mut packer = Packer::default();
        let mut before: Vec<(Vec<u8>, usize)> = Vec::new();
        let mut places = Vec::with_capacity(series.len());
        for series in series {
            let fields: Vec<_> = labels::labels(series).iter().map(|(name, value)| label_field(name, value)).collect();
            let size = fields.iter().map(Vec::len).sum::<usize>() + SAMPLE_BYTES;
            let mut header = vec![0x0a];
            varint(size as u64, &mut header);
            packer.literal(&header);
            let mut written = Vec::with_capacity(fields.len());
            for field in fields {
                let at = packer.length();
                match before.iter().find(|(earlier, _)| *earlier == field) {
                    Some((_, from)) => packer.repeat(*from, &field),
                    None => packer.literal(&field),
                }
                written.push((field, at));
            }
            before = written;
            let late_ms = late_ms(labels::instance_of(series), interval_ms);
            places.push(Place { at: packer.loose(&sample_field()), late_ms, values: Values::new(labels::shape(series), series, seed) });
        }
        let (packed, front) = packer.finish();
        places.iter_mut().for_each(|place| place.at += front);
        Self { packed, places }
    }

    /// How many samples it holds.
    #[must_use]
    pub fn samples(&self) -> usize {
        self.places.len()
    }

    /// The body of the step at `time_ms`, `seconds` after the one before.
    #[must_use]
    pub fn step(&mut self, time_ms: i64, season: &Season, seconds: f64) -> Bytes {
        for place in &mut self.places {
            let value = place.values.next(season, seconds);
            let sample = &mut self.packed[place.at..place.at + SAMPLE_BYTES];
            sample[VALUE_AT..VALUE_AT + 8].copy_from_slice(&value.to_le_bytes());
            write_time(time_ms + place.late_ms, &mut sample[TIME_AT..]);
        }
        Bytes::copy_from_slice(&self.packed)
    }
}

/// Instances are not all read at the same moment of a step, but each always at the same, and never right at the start: so that an hour that
/// begins and ends with a step holds the same number of samples of each.
fn late_ms(instance: usize, interval_ms: i64) -> i64 {
    let scattered = (instance as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 33;
    1 + i64::try_from(scattered).unwrap_or(0) % (interval_ms - 1).max(1)
}

fn label_field(name: &str, value: &str) -> Vec<u8> {
    let mut pair = Vec::with_capacity(name.len() + value.len() + 4);
    text_field(0x0a, name, &mut pair);
    text_field(0x12, value, &mut pair);
    let mut field = vec![0x0a];
    varint(pair.len() as u64, &mut field);
    field.append(&mut pair);
    field
}

fn text_field(tag: u8, text: &str, out: &mut Vec<u8>) {
    out.push(tag);
    varint(text.len() as u64, out);
    out.extend_from_slice(text.as_bytes());
}

fn sample_field() -> [u8; SAMPLE_BYTES] {
    let mut field = [0; SAMPLE_BYTES];
    field[0] = 0x12;
    field[1] = (SAMPLE_BYTES - 2) as u8;
    field[2] = 0x09;
    field[TIME_AT - 1] = 0x10;
    field
}

fn varint(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Writes a time over its six bytes.
fn write_time(time_ms: i64, into: &mut [u8]) {
    let mut rest = time_ms.cast_unsigned();
    for (at, byte) in into.iter_mut().enumerate().take(TIME_BYTES) {
        let more = if at + 1 < TIME_BYTES { 0x80 } else { 0 };
        *byte = (rest & 0x7f) as u8 | more;
        rest >>= 7;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use prost::Message;

    #[derive(PartialEq, Message)]
    struct WriteRequest {
        #[prost(message, repeated, tag = "1")]
        series: Vec<TimeSeries>,
    }
    #[derive(PartialEq, Message)]
    struct TimeSeries {
        #[prost(message, repeated, tag = "1")]
        labels: Vec<Label>,
        #[prost(message, repeated, tag = "2")]
        samples: Vec<Sample>,
    }
    #[derive(PartialEq, Message)]
    struct Label {
        #[prost(string, tag = "1")]
        name: String,
        #[prost(string, tag = "2")]
        value: String,
    }
    #[derive(PartialEq, Message)]
    struct Sample {
        #[prost(double, tag = "1")]
        value: f64,
        #[prost(int64, tag = "2")]
        time_ms: i64,
    }

    const START_MS: i64 = 1_800_000_000_000;

    fn unpacked(body: &Bytes) -> WriteRequest {
        WriteRequest::decode(&*snap::raw::Decoder::new().decompress_vec(body).unwrap()).unwrap()
    }

    fn steps(seed: u64) -> Vec<WriteRequest> {
        let mut body = Body::new(150..2_150, 15_000, seed);
        (0..3).map(|step| START_MS + step * 15_000).map(|time_ms| unpacked(&body.step(time_ms, &Season::at(time_ms), 15.0))).collect()
    }

    #[test]
    fn every_step_is_a_whole_message() {
        let steps = steps(1);
        for (step, message) in steps.iter().enumerate() {
            assert_eq!(message.series.len(), 2_000);
            for (series, content) in message.series.iter().enumerate() {
                let labels: Vec<_> = content.labels.iter().map(|label| (label.name.as_str(), label.value.clone())).collect();
                assert_eq!(labels, labels::labels(150 + series));
                assert_eq!(content.samples.len(), 1);
                let since_start = content.samples[0].time_ms - START_MS;
                assert_eq!(since_start.div_euclid(15_000), step as i64);
                assert_ne!(since_start.rem_euclid(15_000), 0);
            }
        }
        assert_ne!(steps[0], steps[1]);
    }

    #[test]
    fn the_seed_decides() {
        assert_eq!(steps(3), steps(3));
        assert_ne!(steps(3), steps(4));
    }
}
