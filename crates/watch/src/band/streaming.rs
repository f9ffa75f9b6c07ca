//! A band around one series, learned a point at a time in constant memory and time.
//!
//! What it learns, and from where the idea comes:
//!
//! - **Level**: exponential smoothing of observations that were first pulled in to the band, so that no
//!   single one can carry it away (S. Gelper, R. Fried, C. Croux, "Robust forecasting with exponential and
//!   Holt-Winters smoothing", Journal of Forecasting 29, 2010).
//! - **Spread**: the smoothed absolute deviation, each deviation pulled in in the same way. A deviation is
//!   believed beyond that only when one as large was seen lately: once is an outlier, twice is a habit.
//! - **Reach** to each side, in spreads: a multiplicative estimate of the deviation that one point in a
//!   thousand passes (A. Yazidi, H. Hammer, "Multiplicative update methods for incremental quantile
//!   estimation", IEEE Transactions on Cybernetics 49, 2019). It lets the band fit skewed and heavy tails,
//!   and since a step is at most a tenth, a single point cannot widen the band by more than that.
//! - **Echo**: the largest deviation seen lately, slowly forgotten. A single spike is news only when it
//!   goes beyond its echo; one that stays is news all the same.
//! - **Habit**: how many anomalies opened lately. Each doubles how long the next stay outside must last
//!   before it is told, unless it goes beyond the echo.
//!
//! When a long run stays outside on one side, the level has moved: the band starts again from the last few
//! points. Recent points are kept for that, and for the first band (their median and their median deviation).

use super::excursion::{Edges, Excursion};
use super::{BandSettings, Closing, Detector, Direction, Judgement, Side, Transition};
use serde::{Deserialize, Serialize};

/// Points kept, from which a band starts.
pub(super) const RECENT: usize = 7;
/// The point that first shows a band.
const VISIBLE_FROM: u8 = 3;
/// Points learned from before the next one, the twelfth, can be an anomaly.
const LEARNED: u8 = 11;
/// What one point counts for in the level, once enough were seen.
const LEVEL_GAIN: f64 = 0.05;
/// What one point counts for in the spread, once enough were seen.
const SPREAD_GAIN: f64 = 0.02;
/// Deviations are pulled in to this many spreads for the level.
const LEVEL_CLIP: f64 = 2.0;
/// The same while the series is outside its band, where little is to be learned from it.
const LEVEL_CLIP_OUTSIDE: f64 = 0.5;
/// Deviations are pulled in to this many spreads for the spread.
const SPREAD_CLIP: f64 = 2.5;
/// A normal distribution's standard deviation over its mean and over its median absolute deviation.
const PER_MEAN_DEVIATION: f64 = 1.2533;
const PER_MEDIAN_DEVIATION: f64 = 1.4826;
/// The reach at first, and between what it stays, in spreads.
pub(super) const REACH_AT_FIRST: f32 = 4.0;
pub(super) const REACH: std::ops::RangeInclusive<f32> = 3.0..=1000.0;
/// A point outside widens the reach by this factor (more while few were seen), one inside narrows it by the
/// other: in balance when one point in about a thousand is outside.
const REACH_UP: f32 = 1.1;
const REACH_UP_EARLY: f32 = 3.0;
const REACH_DOWN: f32 = 1.0 - 1e-4;
/// Points of one run outside that widen the reach; a long run is one happening, not many.
const REACH_RUN: u8 = 3;
/// While little was seen the band is wider, by this over the number of points.
const SMALL_SAMPLE: f64 = 4.0;
/// The least spread, as a part of the level and in itself: below it is floating-point noise.
const FLOOR_OF_LEVEL: f64 = 1e-3;
const FLOOR: f64 = 1e-9;
/// A single point is an anomaly beyond this many half-widths of the band, and this many echoes. While few
/// points were seen, the tails are unknown and it takes more, by `EXTREME_EARLY` over the number of points.
const EXTREME: f64 = 1.8;
const EXTREME_EARLY: f64 = 60.0;
const BEYOND_ECHO: f64 = 2.0;
/// Forgetting by the point: the echo by half in about five thousand, the habit in about two thousand.
const FORGET_ECHO: f64 = 1.0 - 1.4e-4;
const FORGET_HABIT: f32 = 1.0 - 3.5e-4;
/// The echo of one point, in half-widths of the band, at most.
const ECHO_CAP: f64 = 1e12;
/// Points outside in a row that are an anomaly, however mild; doubled by each unit of habit.
const PATIENCE: u8 = 3;
pub(super) const HABIT_CAP: f32 = 4.0;
/// Points outside in a row after which the band starts again where the series now is.
const SHIFT: u8 = 60;
/// A silence this many usual intervals long is a gap, after which the level is taken from this many points anew.
const GAP: f64 = 20.0;
const SETTLE: u8 = 3;
/// Values are judged as if no further from zero than this, so that no sum overflows.
pub(super) const LIMIT: f64 = 1e150;

/// The learned band of one series, and where the series stands to it.
///
/// Serialises as the bytes of [`StreamingBand::encode`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(into = "Vec<u8>", try_from = "Vec<u8>")]
pub struct StreamingBand {
    pub(super) level: f64,
    pub(super) spread: f64,
    pub(super) echo: f64,
    pub(super) recent: [f64; RECENT],
    pub(super) last_ms: i64,
    pub(super) excursion: Excursion,
    pub(super) interval_ms: f32,
    pub(super) reach_above: f32,
    pub(super) reach_below: f32,
    pub(super) habit: f32,
    pub(super) minimum: f32,
    pub(super) direction: Direction,
    pub(super) seen: u8,
    pub(super) settle: u8,
    pub(super) negative: bool,
}

impl Default for StreamingBand {
    fn default() -> Self {
        Self::new(BandSettings::default())
    }
}

impl Detector for StreamingBand {
    fn observe(&mut self, time_ms: i64, value: f64) -> Judgement {
        if !value.is_finite() {
            return self.judgement(&self.edges(), 0.0, None);
        }
        let value = value.clamp(-LIMIT, LIMIT);
        let ended_by_gap = self.pass_time(time_ms);
        self.negative |= value < 0.0;
        self.remember(value);
        if usize::from(self.seen) < RECENT {
            return self.begin();
        }
        let mut judged = if self.settle > 0 { self.settle() } else { self.judge(time_ms, value) };
        judged.transition = ended_by_gap.map(Transition::Closed).or(judged.transition);
        judged
    }
}

impl StreamingBand {
    /// A band of which nothing is known yet.
    #[must_use]
    pub fn new(settings: BandSettings) -> Self {
        let mut band = Self {
            level: 0.0,
            spread: 0.0,
            echo: 0.0,
            recent: [0.0; RECENT],
            last_ms: i64::MIN,
            excursion: Excursion::default(),
            interval_ms: 0.0,
            reach_above: REACH_AT_FIRST,
            reach_below: REACH_AT_FIRST,
            habit: 0.0,
            minimum: 0.0,
            direction: Direction::Both,
            seen: 0,
            settle: 0,
            negative: false,
        };
        band.configure(settings);
        band
    }

    /// Changes the settings and keeps what was learned.
    pub fn configure(&mut self, settings: BandSettings) {
        self.direction = settings.direction;
        let minimum = settings.minimum_deviation;
        self.minimum = if minimum.is_finite() { minimum.max(0.0) } else { 0.0 };
    }

    /// Whether an anomaly is open.
    #[must_use]
    pub fn is_anomalous(&self) -> bool {
        self.excursion.open
    }

    /// Whether too little is known to alert.
    #[must_use]
    pub fn is_warming(&self) -> bool {
        self.seen < LEARNED
    }

    /// The first points: each is kept, and the band is what they show together.
    fn begin(&mut self) -> Judgement {
        self.seen += 1;
        let known = usize::from(self.seen);
        let first = self.recent.get(RECENT - known..).unwrap_or(&self.recent);
        (self.level, self.spread) = centre(first);
        let edges = self.edges();
        self.judgement(&edges, 0.0, None)
    }

    /// The first points after a long silence. Much may have happened in it, so they are not judged: the level is taken from them, and the
    /// width stays as it was learned.
    fn settle(&mut self) -> Judgement {
        self.settle = self.settle.saturating_sub(1);
        let since = usize::from(SETTLE - self.settle.min(SETTLE - 1));
        (self.level, _) = centre(&self.recent[RECENT - since..]);
        self.judgement(&self.edges(), 0.0, None)
    }

    fn judge(&mut self, time_ms: i64, value: f64) -> Judgement {
        let edges = self.edges();
        let (side, deviation, half) = if value >= self.level {
            (Side::Above, value - self.level, edges.upper - self.level)
        } else {
            (Side::Below, self.level - value, self.level - edges.lower)
        };
        let ratio = if half > 0.0 { deviation / half } else { 0.0 };
        let is_outside = ratio > 1.0;
        let watched = self.direction.watches(side);
        let score = if watched { self.score(ratio, deviation) } else { 0.0 };
        let warming = self.is_warming();

        let transition = if is_outside {
            self.excursion.outside(time_ms, value, side, score, &edges);
            let told = watched && !warming && !self.excursion.open && self.is_news(ratio, deviation);
            told.then(|| self.tell())
        } else {
            self.excursion.inside().then(|| self.excursion.end()).flatten().map(Transition::Closed)
        };
        self.learn(value - self.level, half, is_outside);
        let transition = if self.excursion.run >= SHIFT { self.restart() } else { transition };
        Judgement { warming, ..self.judgement(&edges, score, transition) }
    }

    /// Whether a point outside is an anomaly by itself, or its run has lasted long enough to be one.
    fn is_news(&self, ratio: f64, deviation: f64) -> bool {
        let far = EXTREME + EXTREME_EARLY / f64::from(self.seen);
        let extreme = ratio > far && deviation > BEYOND_ECHO * self.echo;
        extreme || self.excursion.run >= PATIENCE << (self.habit as u8)
    }

    fn tell(&mut self) -> Transition {
        self.habit = (self.habit + 1.0).min(HABIT_CAP);
        Transition::Opened(self.excursion.open())
    }

    fn learn(&mut self, change: f64, half: f64, is_outside: bool) {
        self.seen = self.seen.saturating_add(1);
        let newness = 1.0 / f64::from(self.seen);
        let spread = self.floored_spread();
        let deviation = change.abs();

        let clip = spread * if is_outside { LEVEL_CLIP_OUTSIDE } else { LEVEL_CLIP };
        self.level += newness.max(LEVEL_GAIN) * change.clamp(-clip, clip);

        if self.excursion.run <= 1 {
            let believed = if self.excursion.open { 0.0 } else { self.echo };
            let deviation = deviation.min(believed.max(SPREAD_CLIP * spread));
            self.spread += newness.max(SPREAD_GAIN) * (PER_MEAN_DEVIATION * deviation - self.spread);
        }

        self.reach_above *= REACH_DOWN;
        self.reach_below *= REACH_DOWN;
        self.echo *= FORGET_ECHO;
        self.habit *= FORGET_HABIT;
        if is_outside {
            if self.excursion.run <= REACH_RUN {
                let up = REACH_UP + REACH_UP_EARLY * newness as f32;
                match self.excursion.side {
                    Side::Above => self.reach_above *= up,
                    Side::Below => self.reach_below *= up,
                }
            }
            self.echo = self.echo.max(deviation.min(ECHO_CAP * half));
        }
        self.reach_above = self.reach_above.clamp(*REACH.start(), *REACH.end());
        self.reach_below = self.reach_below.clamp(*REACH.start(), *REACH.end());
    }

    /// Takes the last few points for the new normal.
    fn restart(&mut self) -> Option<Transition> {
        let (level, spread) = centre(&self.recent);
        self.level = level;
        self.spread = spread.max(self.spread / 2.0);
        self.seen = RECENT as u8;
        self.excursion.end().map(Transition::Closed)
    }

    /// Notes the time of a point; the anomaly that a long silence ended, if one was open.
    fn pass_time(&mut self, time_ms: i64) -> Option<Closing> {
        let known = self.last_ms != i64::MIN;
        let passed = if known { time_ms.saturating_sub(self.last_ms) } else { 0 };
        self.last_ms = self.last_ms.max(time_ms);
        if passed <= 0 {
            return None;
        }
        let passed = passed as f64;
        let usual = f64::from(self.interval_ms);
        if usual > 0.0 && passed > GAP * usual {
            self.settle = SETTLE;
            // The silence may be the new interval: learn from it, a little.
            self.interval_ms = (usual * 2.0) as f32;
            return self.excursion.end();
        }
        self.interval_ms = if usual > 0.0 { (usual + 0.1 * (passed - usual)) as f32 } else { passed as f32 };
        None
    }

    fn remember(&mut self, value: f64) {
        self.recent.copy_within(1.., 0);
        self.recent[RECENT - 1] = value;
    }

    fn edges(&self) -> Edges {
        if self.seen < VISIBLE_FROM {
            return Edges { expected: self.level, lower: self.level, upper: self.level };
        }
        let unit = self.floored_spread() * (1.0 + SMALL_SAMPLE / f64::from(self.seen));
        let minimum = f64::from(self.minimum);
        let lower = self.level - (unit * f64::from(self.reach_below)).max(minimum);
        let upper = self.level + (unit * f64::from(self.reach_above)).max(minimum);
        let lower = if self.negative { lower } else { lower.max(0.0) };
        Edges { expected: self.level, lower, upper }
    }

    fn floored_spread(&self) -> f64 {
        self.spread.max(FLOOR_OF_LEVEL * self.level.abs()).max(FLOOR)
    }

    /// 0 on the level, 0.5 on the edge of the band, and little more for what only repeats a deviation seen lately.
    fn score(&self, ratio: f64, deviation: f64) -> f64 {
        let squared = ratio * ratio;
        let score = if squared.is_finite() { squared / (1.0 + squared) } else { 1.0 };
        let is_echo = score > 0.5 && deviation <= BEYOND_ECHO * self.echo;
        if is_echo { 0.5 + (score - 0.5) / 4.0 } else { score }
    }

    fn judgement(&self, edges: &Edges, score: f64, transition: Option<Transition>) -> Judgement {
        let Edges { expected, lower, upper } = *edges;
        Judgement { expected, lower, upper, score, warming: self.is_warming(), transition }
    }
}

/// The median of a few values and their spread, as if they were normally distributed.
///
/// The spread is the median absolute deviation, or half of what the mean absolute deviation says when
/// that is more: of values of which most are equal, the median alone sees none.
fn centre(values: &[f64]) -> (f64, f64) {
    let mut sorted = [0.0; RECENT];
    let sorted = &mut sorted[..values.len().min(RECENT)];
    sorted.copy_from_slice(&values[..sorted.len()]);
    let level = median(sorted);
    for value in sorted.iter_mut() {
        *value = (*value - level).abs();
    }
    let mean = sorted.iter().sum::<f64>() / sorted.len().max(1) as f64;
    (level, (PER_MEDIAN_DEVIATION * median(sorted)).max(PER_MEAN_DEVIATION * mean / 2.0))
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => 0.0,
        odd if odd % 2 == 1 => values[middle],
        _ => values[middle - 1] / 2.0 + values[middle] / 2.0,
    }
}
