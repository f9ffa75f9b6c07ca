//! Seeded noise for tests. The same seed gives the same series on every machine.

/// A generator of pseudo-random numbers (SplitMix64).
pub(super) struct Noise(u64);

impl Noise {
    pub fn seeded(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x2545_F491_4F6C_DD1D))
    }

    /// Evenly spread over 0 to 1.
    pub fn even(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((bits ^ (bits >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Normally distributed, mean 0, standard deviation 1.
    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.even()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.even()).cos()
    }

    /// `e` to the power of a normal of that standard deviation: skewed, with a heavy upper tail.
    pub fn lognormal(&mut self, deviation: f64) -> f64 {
        (deviation * self.normal()).exp()
    }

    /// How many events fall in an interval that on average has `mean` of them.
    pub fn poisson(&mut self, mean: f64) -> f64 {
        let none = (-mean).exp();
        let (mut events, mut left) = (0.0, self.even());
        while left > none {
            events += 1.0;
            left *= self.even();
        }
        events
    }
}
