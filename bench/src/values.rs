//! The values that generated series take: counters and gauges that follow the time of day, with noise. The same seed gives the same
//! values. Pure.

use crate::labels::Shape;

const DAY_SECONDS: f64 = 86_400.0;
const PHASES: usize = 16;
const PAGE: f64 = 4_096.0;

/// Where the day stands at a moment, for series whose days are shifted against each other.
#[derive(Clone, Copy, Debug)]
pub struct Season([f64; PHASES]);

impl Season {
    /// The season at `time_ms`, milliseconds since the epoch.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a time of day needs no milliseconds")]
    pub fn at(time_ms: i64) -> Self {
        let day = (time_ms / 1_000) as f64 / DAY_SECONDS;
        let mut phases = [0.0; PHASES];
        for (phase, value) in phases.iter_mut().enumerate() {
            *value = (std::f64::consts::TAU * (day + phase as f64 / PHASES as f64)).sin();
        }
        Self(phases)
    }
}

/// A series' values, one after the other.
#[derive(Clone, Debug)]
pub struct Values {
    shape: Shape,
    phase: u8,
    random: u64,
    total: f64,
}

impl Values {
    /// The values of the series numbered `series` in the load with seed `seed`.
    #[must_use]
    pub fn new(shape: Shape, series: usize, seed: u64) -> Self {
        let random = mixed(seed ^ (series as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let phase = (random % PHASES as u64) as u8;
        let total = match shape {
            Shape::Count(rate) => (rate * 10_000.0).round(),
            Shape::Seconds(rate) => hundredths(rate * 10_000.0),
            _ => 0.0,
        };
        Self { shape, phase, random, total }
    }

    /// The next value, `seconds` after the one before.
    pub fn next(&mut self, season: &Season, seconds: f64) -> f64 {
        let season = season.0[usize::from(self.phase)];
        let noise = self.noise();
        let around = |middle: f64| middle * (1.0 + 0.25 * season + 0.06 * noise);
        match self.shape {
            Shape::Count(rate) => {
                // The noise decides, too, when something that happens less than once in a step happens.
                let chance = (noise + 3.0) / 6.0;
                self.total += (around(rate) * seconds + chance - 0.5).round().max(0.0);
                self.total
            }
            Shape::Seconds(rate) => {
                self.total = hundredths(self.total + around(rate).max(0.0) * seconds);
                self.total
            }
            Shape::Bytes(middle) => (around(middle) / PAGE).round().max(0.0) * PAGE,
            Shape::Whole(middle) => around(middle).round().max(0.0),
            Shape::Ratio => ((0.45 + 0.2 * season + 0.03 * noise).clamp(0.0, 1.0) * 10_000.0).round() / 10_000.0,
            Shape::Digits(middle) => around(middle).max(0.0),
            Shape::Fixed(value) => value,
        }
    }

    /// A number that is mostly between −1 and 1, never beyond −3.5 and 3.5: four even ones added up.
    #[expect(clippy::cast_precision_loss, reason = "sixteen bits fit")]
    fn noise(&mut self) -> f64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let bits = mixed(self.random);
        let sum = (bits & 0xffff) + (bits >> 16 & 0xffff) + (bits >> 32 & 0xffff) + (bits >> 48);
        (sum as f64 / f64::from(0xffff_u32) - 2.0) * 1.73
    }
}

fn hundredths(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

fn mixed(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(shape: Shape, seed: u64) -> Vec<f64> {
        let mut values = Values::new(shape, 7, seed);
        (0..5_000).map(|step| values.next(&Season::at(1_800_000_000_000 + step * 15_000), 15.0)).collect()
    }

    #[test]
    fn counters_count_at_their_rate() {
        for (shape, rate) in [(Shape::Count(40.0), 40.0), (Shape::Count(0.1), 0.1), (Shape::Seconds(0.3), 0.3)] {
            let values = values(shape, 1);
            assert!(values.windows(2).all(|pair| pair[1] >= pair[0]), "{shape:?}");
            let measured = (values[4_999] - values[0]) / (4_999.0 * 15.0);
            assert!((measured / rate - 1.0).abs() < 0.3, "{shape:?}: {measured}");
        }
    }

    #[test]
    fn gauges_move_around_their_middle() {
        let values = values(Shape::Bytes(100e6), 1);
        assert!(values.iter().all(|value| (50e6..150e6).contains(value)));
        assert!(values.windows(2).any(|pair| pair[1] != pair[0]));
    }

    #[test]
    fn the_seed_decides() {
        assert_eq!(values(Shape::Digits(1.0), 5), values(Shape::Digits(1.0), 5));
        assert_ne!(values(Shape::Digits(1.0), 5), values(Shape::Digits(1.0), 6));
    }
}
