//! Turns a counter into a rate. Holds the last reading only; never guesses at what happened before it.

/// The per-second rate of a counter, from one reading to the next.
///
/// A reading below the one before means that the counter began again at zero; the reading itself is then
/// what it grew by, as in Prometheus' `rate`. A fall by less than half is a counter that wobbles
/// (two writers, a float that was corrected) rather than one that began again: it yields no rate.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rate {
    time_ms: i64,
    value: f64,
    known: bool,
}

/// A stored rate that cannot be read back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the stored state of a counter is not one that this version wrote; discard it and the counter is learned anew")]
pub struct RateDecodeError;

impl Rate {
    /// How many bytes [`Rate::encode`] writes.
    pub const ENCODED_LEN: usize = 17;

    /// A counter of which nothing is known.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The rate per second since the reading before; none for the first reading, for one that is not later
    /// than the last, for one that is negative or not finite, and for a wobble.
    pub fn per_second(&mut self, time_ms: i64, value: f64) -> Option<f64> {
        if !value.is_finite() || value < 0.0 || (self.known && time_ms <= self.time_ms) {
            return None;
        }
        let before = std::mem::replace(self, Self { time_ms, value, known: true });
        if !before.known {
            return None;
        }
        let grown = if value >= before.value {
            value - before.value
        } else if value < before.value / 2.0 {
            value
        } else {
            return None;
        };
        let seconds = (i128::from(time_ms) - i128::from(before.time_ms)) as f64 / 1000.0;
        Some(grown / seconds).filter(|rate| rate.is_finite())
    }

    /// The state in a fixed layout: known, time, value; little endian.
    #[must_use]
    pub fn encode(&self) -> [u8; Self::ENCODED_LEN] {
        let mut bytes = [0; Self::ENCODED_LEN];
        bytes[0] = u8::from(self.known);
        bytes[1..9].copy_from_slice(&self.time_ms.to_le_bytes());
        bytes[9..17].copy_from_slice(&self.value.to_le_bytes());
        bytes
    }

    /// Reads what [`Rate::encode`] wrote.
    ///
    /// # Errors
    /// When the bytes are not such a state.
    pub fn decode(bytes: &[u8]) -> Result<Self, RateDecodeError> {
        let bytes: &[u8; Self::ENCODED_LEN] = bytes.try_into().map_err(|_| RateDecodeError)?;
        let [known, rest @ ..] = bytes;
        let (time, value) = rest.split_at(8);
        let rate = Self {
            time_ms: i64::from_le_bytes(time.try_into().map_err(|_| RateDecodeError)?),
            value: f64::from_le_bytes(value.try_into().map_err(|_| RateDecodeError)?),
            known: *known == 1,
        };
        let sound = *known <= 1 && rate.value.is_finite() && rate.value >= 0.0;
        if sound { Ok(rate) } else { Err(RateDecodeError) }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn rates(readings: &[(i64, f64)]) -> Vec<Option<f64>> {
        let mut rate = Rate::new();
        readings.iter().map(|&(time, value)| rate.per_second(time, value)).collect()
    }

    #[test]
    fn grows_by_the_second() {
        assert_eq!(rates(&[(0, 100.0), (10_000, 150.0), (12_000, 150.0)]), [None, Some(5.0), Some(0.0)]);
    }

    #[test]
    fn a_reset_counts_from_zero() {
        assert_eq!(rates(&[(0, 1_000.0), (10_000, 20.0)]), [None, Some(2.0)]);
    }

    #[test]
    fn a_wobble_is_no_rate_and_no_spike_follows() {
        assert_eq!(rates(&[(0, 1_000.0), (10_000, 999.0), (20_000, 1_009.0)]), [None, None, Some(1.0)]);
    }

    #[test]
    fn what_cannot_be_a_reading_is_passed_over() {
        let seen = rates(&[(0, 10.0), (1_000, f64::NAN), (1_000, -1.0), (0, 50.0), (2_000, 20.0)]);
        assert_eq!(seen, [None, None, None, None, Some(5.0)]);
    }

    #[test]
    fn is_small() {
        assert_eq!(size_of::<Rate>(), 24);
    }

    proptest! {
        #[test]
        fn is_never_negative(readings in prop::collection::vec((any::<i64>(), any::<f64>()), 0..40)) {
            for rate in rates(&readings).into_iter().flatten() {
                prop_assert!(rate >= 0.0);
            }
        }

        #[test]
        fn comes_back_as_it_was(readings in prop::collection::vec((any::<i64>(), 0.0..1e18), 0..5)) {
            let mut rate = Rate::new();
            for (time, value) in readings {
                rate.per_second(time, value);
            }
            prop_assert_eq!(Rate::decode(&rate.encode()).unwrap(), rate);
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            if let Ok(rate) = Rate::decode(&bytes) {
                prop_assert_eq!(rate.encode().to_vec(), bytes);
            }
        }
    }
}
