//! How good the band is: seldom wrong on noise, quick on what matters, unmoved by what does not.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::noise::Noise;
use super::{BandSettings, Closing, Detector, Direction, Judgement, Opening, Side, StreamingBand, Transition};

const EVERY_MS: i64 = 10_000;

/// A band and the time of its next point.
struct Watched {
    band: StreamingBand,
    time_ms: i64,
    opened: Vec<Opening>,
    closed: Vec<Closing>,
}

impl Watched {
    fn with(settings: BandSettings) -> Self {
        Self { band: StreamingBand::new(settings), time_ms: 0, opened: Vec::new(), closed: Vec::new() }
    }

    fn new() -> Self {
        Self::with(BandSettings::default())
    }

    fn see(&mut self, value: f64) -> Judgement {
        let judged = self.band.observe(self.time_ms, value);
        assert!(judged.lower <= judged.expected && judged.expected <= judged.upper, "{judged:?}");
        assert!((0.0..=1.0).contains(&judged.score), "{judged:?}");
        match judged.transition {
            Some(Transition::Opened(opening)) => self.opened.push(opening),
            Some(Transition::Closed(closing)) => self.closed.push(closing),
            None => {}
        }
        self.time_ms += EVERY_MS;
        judged
    }

    fn see_all(&mut self, values: impl IntoIterator<Item = f64>) -> Option<Judgement> {
        values.into_iter().map(|value| self.see(value)).last()
    }

    /// Points until an anomaly opens, 1 for the first; at most `patience`.
    fn found_within(&mut self, patience: usize, mut next: impl FnMut() -> f64) -> Option<usize> {
        let before = self.opened.len();
        (1..=patience).find(|_| {
            self.see(next());
            self.opened.len() > before
        })
    }
}

/// Anomalies per 5,000 points over ten series of 30,000.
fn false_alerts(mut draw: impl FnMut(&mut Noise) -> f64) -> f64 {
    const SERIES: u64 = 10;
    const POINTS: usize = 30_000;
    let alerts: usize = (0..SERIES)
        .map(|seed| {
            let mut noise = Noise::seeded(seed + 1);
            let mut watched = Watched::new();
            watched.see_all((0..POINTS).map(|_| draw(&mut noise)));
            watched.opened.len()
        })
        .sum();
    alerts as f64 * 5_000.0 / (SERIES as f64 * POINTS as f64)
}

#[test]
fn stationary_noise_seldom_alerts() {
    let normal = false_alerts(Noise::normal);
    let skewed = false_alerts(|noise| noise.lognormal(1.0));
    let rare = false_alerts(|noise| noise.poisson(0.05));
    let few = false_alerts(|noise| noise.poisson(0.5));
    let many = false_alerts(|noise| noise.poisson(40.0));
    for (name, rate) in [("normal", normal), ("lognormal", skewed), ("poisson .05", rare), ("poisson .5", few), ("poisson 40", many)] {
        assert!(rate < 0.5, "{name}: {rate} anomalies per 5,000 points");
    }
}

#[test]
fn a_young_series_of_noise_seldom_alerts() {
    let mut alerts = 0;
    for seed in 0..100 {
        let mut noise = Noise::seeded(seed);
        let mut watched = Watched::new();
        watched.see_all((0..300).map(|_| noise.lognormal(0.5)));
        alerts += watched.opened.len();
    }
    assert!(alerts <= 6, "{alerts} anomalies in the first 300 points of 100 series");
}

#[test]
fn a_step_of_eight_deviations_is_found_within_three_points() {
    for before in [150, 1_000, 10_000] {
        for seed in 0..20 {
            let mut noise = Noise::seeded(seed * 31 + 7);
            let mut watched = Watched::new();
            watched.see_all((0..before).map(|_| noise.normal()));
            let found = watched.found_within(3, || 8.0 + noise.normal());
            assert!(found.is_some(), "not found after {before} points of seed {seed}");
        }
    }
}

#[test]
fn the_band_shows_from_the_third_point_and_alerts_from_the_twelfth() {
    let mut watched = Watched::new();
    let mut shown = Vec::new();
    for value in [10.0, 11.0, 9.0, 10.0, 10.5, 9.5, 10.0, 10.0, 11.0, 9.0, 10.0, 10.0] {
        let judged = watched.see(value);
        shown.push((judged.upper > judged.lower, judged.warming));
    }
    let visible_from = shown.iter().position(|(visible, _)| *visible).unwrap() + 1;
    let ready_from = shown.iter().position(|(_, warming)| !warming).unwrap();
    assert_eq!((visible_from, ready_from), (3, 11));
    assert_eq!(watched.found_within(1, || 1_000.0), Some(1));
}

#[test]
fn a_single_outlier_does_not_widen_the_band() {
    let mut noise = Noise::seeded(3);
    let mut watched = Watched::new();
    let before = watched.see_all((0..1_000).map(|_| noise.normal())).unwrap();
    let outlier = watched.see(500.0);
    assert!(matches!(outlier.transition, Some(Transition::Opened(_))));
    let after = watched.see_all((0..20).map(|_| noise.normal())).unwrap();
    let widened = (after.upper - after.lower) / (before.upper - before.lower);
    assert!((0.8..1.25).contains(&widened), "{widened}");
    assert!((after.expected - before.expected).abs() < 1.0);
    assert_eq!(watched.closed.len(), 1);
}

#[test]
fn a_constant_with_floating_noise_never_alerts() {
    let mut noise = Noise::seeded(5);
    for constant in [0.0, 0.1, -7.25, 1e12] {
        let mut watched = Watched::new();
        watched.see_all((0..20_000).map(|_| constant * (1.0 + 1e-7 * noise.normal()) + 1e-13 * noise.normal()));
        assert_eq!(watched.opened, [], "{constant}");
    }
}

#[test]
fn a_constant_that_jumps_alerts_at_once() {
    for (constant, jump) in [(0.0, 1.0), (1.0, 0.0), (45.0, 46.0), (1e9, 2e9), (-3.0, 3.0)] {
        let mut watched = Watched::new();
        watched.see_all(std::iter::repeat_n(constant, 30));
        assert_eq!(watched.found_within(1, || jump), Some(1), "{constant} to {jump}");
    }
}

#[test]
fn a_new_level_becomes_normal() {
    let mut noise = Noise::seeded(11);
    for shift in [-500.0, 6.0, 12.0, 500.0] {
        let mut watched = Watched::new();
        watched.see_all((0..500).map(|_| noise.normal()));
        let adapted = watched.see_all((0..120).map(|_| shift + noise.normal())).unwrap();
        assert!((adapted.expected - shift).abs() < 2.0, "{shift}: {adapted:?}");
        assert!(adapted.upper - adapted.lower < 25.0, "{shift}: {adapted:?}");
        assert_eq!(watched.opened.len(), 1, "{shift}");
        assert_eq!(watched.closed.len(), 1, "{shift}");
    }
}

#[test]
fn does_not_flap_around_the_edge() {
    let mut noise = Noise::seeded(13);
    let mut watched = Watched::new();
    watched.see_all((0..500).map(|_| noise.normal()));
    watched.see_all((0..40).map(|turn| if turn % 3 == 0 { 0.0 } else { 15.0 }));
    watched.see_all((0..30).map(|_| noise.normal()));
    assert_eq!((watched.opened.len(), watched.closed.len()), (1, 1));
}

#[test]
fn an_anomaly_is_told_whole() {
    let mut watched = Watched::new();
    watched.see_all([10.0, 12.0].into_iter().cycle().take(100));
    watched.see_all([80.0, 90.0, 70.0]);
    watched.see_all([11.0; 8]);
    let (opening, closing) = (watched.opened[0], watched.closed[0]);
    assert_eq!((opening.start_ms, opening.direction, opening.actual), (1_000_000, Side::Above, 80.0));
    assert_eq!((closing.start_ms, closing.end_ms, closing.actual), (1_000_000, 1_020_000, 90.0));
    assert!(opening.lower < 10.0 && opening.upper > 12.0 && opening.upper < 20.0, "{opening:?}");
    assert_eq!((closing.expected, closing.lower, closing.upper), (opening.expected, opening.lower, opening.upper));
    assert!(closing.score > 0.9, "{closing:?}");
}

#[test]
fn tells_only_the_watched_side() {
    for (direction, high, low) in [(Direction::Both, 1, 1), (Direction::Above, 1, 0), (Direction::Below, 0, 1)] {
        let settings = BandSettings { direction, ..BandSettings::default() };
        for (value, expected) in [(200.0, high), (10.0, low)] {
            let mut watched = Watched::with(settings);
            watched.see_all([100.0, 101.0].into_iter().cycle().take(60));
            watched.see_all([value; 4]);
            assert_eq!(watched.opened.len(), expected, "{direction:?} {value}");
        }
    }
}

#[test]
fn the_least_deviation_worth_telling_is_kept_to() {
    let mut watched = Watched::with(BandSettings { minimum_deviation: 0.05, ..BandSettings::default() });
    watched.see_all([0.001; 60]);
    watched.see_all([0.04; 10]);
    assert_eq!(watched.opened, []);
    assert_eq!(watched.found_within(1, || 0.4), Some(1));
}

#[test]
fn what_was_never_negative_is_not_expected_below_zero() {
    let mut noise = Noise::seeded(17);
    let mut watched = Watched::new();
    for turn in 0..5_000 {
        let bytes = if turn % 40 == 0 { 1e8 * noise.even() } else { 1_000.0 * noise.even() };
        assert!(watched.see(bytes).lower >= 0.0);
    }
}

/// Anomalies in the first 8,000 points of a shape, and in the next 12,000.
fn early_and_late(shape: impl Fn(usize, &mut Noise) -> f64) -> (usize, usize) {
    let mut noise = Noise::seeded(19);
    let mut watched = Watched::new();
    watched.see_all((0..8_000).map(|turn| shape(turn, &mut noise)));
    let early = watched.opened.len();
    watched.see_all((8_000..20_000).map(|turn| shape(turn, &mut noise)));
    (early, watched.opened.len() - early)
}

#[test]
fn an_hourly_burst_stops_being_news() {
    let burst = |turn: usize, noise: &mut Noise| if turn % 360 < 30 { 1e7 + 1e6 * noise.normal() } else { 1_000.0 * noise.even() };
    let (early, late) = early_and_late(burst);
    assert!(early <= 12 && late <= 2, "{early} early, {late} late");
}

#[test]
fn a_sawtooth_is_normal() {
    let (early, late) = early_and_late(|turn, noise| (turn % 100) as f64 + noise.normal());
    assert!(early + late <= 2, "{early} early, {late} late");
}

#[test]
fn slow_drift_is_followed() {
    let mut noise = Noise::seeded(23);
    let mut watched = Watched::new();
    watched.see_all((0..20_000).map(|turn| f64::from(turn) * 0.02 + noise.normal()));
    assert_eq!(watched.opened, []);
}

#[test]
fn an_outage_that_comes_back_is_told_again() {
    let mut watched = Watched::new();
    for _ in 0..3 {
        watched.see_all([1.0; 200]);
        watched.see_all([0.0; 30]);
    }
    assert_eq!(watched.opened.len(), 3);
}

#[test]
fn a_silence_ends_an_anomaly_and_proves_nothing() {
    let mut watched = Watched::new();
    watched.see_all([10.0, 11.0].into_iter().cycle().take(60));
    watched.see_all([50.0, 51.0]);
    assert!(watched.band.is_anomalous());
    watched.time_ms += 3_600_000;
    let first = watched.see(50.0);
    assert!(matches!(first.transition, Some(Transition::Closed(closing)) if closing.end_ms == 610_000), "{first:?}");
    watched.see(10.0);
    assert_eq!(watched.opened.len(), 1);
}

#[test]
fn values_that_are_no_numbers_teach_nothing() {
    let mut watched = Watched::new();
    watched.see_all([10.0, 11.0].into_iter().cycle().take(60));
    let before = watched.band.clone();
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert_eq!(watched.see(value).score, 0.0);
    }
    assert_eq!(watched.band, before);
}

#[test]
fn a_million_bands_fit_in_160_megabytes() {
    assert!(size_of::<StreamingBand>() <= 160, "{}", size_of::<StreamingBand>());
}

mod hostile {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_series_is_judged_soundly_and_survives_storage(
            points in prop::collection::vec((any::<i64>(), any::<f64>()), 0..200),
            minimum in any::<f32>(),
        ) {
            let mut band = StreamingBand::new(BandSettings { direction: Direction::Both, minimum_deviation: minimum });
            let mut open = false;
            for (time, value) in points {
                let judged = band.observe(time, value);
                prop_assert!(judged.lower <= judged.expected && judged.expected <= judged.upper, "{:?}", judged);
                prop_assert!((0.0..=1.0).contains(&judged.score));
                match judged.transition {
                    Some(Transition::Opened(_)) => prop_assert!(!std::mem::replace(&mut open, true)),
                    Some(Transition::Closed(_)) => prop_assert!(std::mem::replace(&mut open, false)),
                    None => {}
                }
                prop_assert_eq!(open, band.is_anomalous());
                prop_assert_eq!(&StreamingBand::decode(&band.encode()).unwrap(), &band);
            }
        }

        #[test]
        fn going_on_from_storage_is_going_on(values in prop::collection::vec(-1e6..1e6, 1..120), at in 0_usize..120) {
            let mut straight = StreamingBand::default();
            let mut stored = StreamingBand::default();
            for (turn, value) in values.into_iter().enumerate() {
                if turn == at {
                    let json = serde_json::to_string(&stored).unwrap();
                    stored = serde_json::from_str(&json).unwrap();
                }
                let time = turn as i64 * EVERY_MS;
                prop_assert_eq!(straight.observe(time, value), stored.observe(time, value));
            }
        }

        #[test]
        fn any_bytes_are_read_or_refused(mut bytes in prop::collection::vec(any::<u8>(), StreamingBand::ENCODED_LEN), version in 0_u8..3) {
            bytes[0] = version;
            if let Ok(mut band) = StreamingBand::decode(&bytes) {
                band.observe(0, 1.0);
            }
        }
    }

    #[test]
    fn damage_is_named() {
        let sound = StreamingBand::default().encode();
        let of = |change: &dyn Fn(&mut Vec<u8>)| {
            let mut bytes = sound.to_vec();
            change(&mut bytes);
            StreamingBand::decode(&bytes).unwrap_err().to_string()
        };
        insta::assert_snapshot!(of(&|bytes| bytes.truncate(10)), @"a stored band has 157 bytes, this one has 10; discard it and the series is learned anew");
        insta::assert_snapshot!(of(&|bytes| bytes[0] = 9), @"the stored band is in layout 9, this version reads layout 1; discard it and the series is learned anew");
        insta::assert_snapshot!(of(&|bytes| bytes[9..17].copy_from_slice(&(-1.0_f64).to_le_bytes())), @"the stored band is damaged (spread is out of range); discard it and the series is learned anew");
    }
}
