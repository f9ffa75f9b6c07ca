//! The band's state as bytes in a fixed layout, for checkpoints of very many series.
//! Little endian, a version in front; what is read back is a sound state or is refused.

use super::excursion::Excursion;
use super::streaming::{HABIT_CAP, LIMIT, REACH, StreamingBand};
use super::{BandSettings, Direction, Side};

const VERSION: u8 = 1;

/// Stored bytes that are not a band.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeBandError {
    /// Not as many bytes as a band has.
    #[error("a stored band has {expected} bytes, this one has {found}; discard it and the series is learned anew")]
    Length {
        /// Bytes of a band.
        expected: usize,
        /// Bytes given.
        found: usize,
    },
    /// Written by another version.
    #[error("the stored band is in layout {0}, this version reads layout {VERSION}; discard it and the series is learned anew")]
    Version(u8),
    /// A value in it that no band has.
    #[error("the stored band is damaged ({0} is out of range); discard it and the series is learned anew")]
    Damaged(&'static str),
}

impl StreamingBand {
    /// How many bytes [`StreamingBand::encode`] writes.
    pub const ENCODED_LEN: usize = 157;

    /// The whole state, settings included.
    #[must_use]
    pub fn encode(&self) -> [u8; Self::ENCODED_LEN] {
        let mut out = Writer { bytes: [0; Self::ENCODED_LEN], at: 0 };
        let stay = &self.excursion;
        out.put([VERSION]);
        for value in [self.level, self.spread, self.echo].into_iter().chain(self.recent) {
            out.put(value.to_le_bytes());
        }
        out.put(self.last_ms.to_le_bytes());
        for value in [self.interval_ms, self.reach_above, self.reach_below, self.habit, self.minimum] {
            out.put(value.to_le_bytes());
        }
        let direction = match self.direction {
            Direction::Both => 0,
            Direction::Above => 1,
            Direction::Below => 2,
        };
        out.put([direction, self.seen, self.settle, u8::from(self.negative)]);
        out.put(stay.start_ms.to_le_bytes());
        out.put(stay.expected.to_le_bytes());
        out.put(stay.actual.to_le_bytes());
        for value in [stay.below, stay.above, stay.peak] {
            out.put(value.to_le_bytes());
        }
        out.put(stay.lasted_ms.to_le_bytes());
        out.put([u8::from(stay.side == Side::Below), u8::from(stay.open), stay.run, stay.calm]);
        debug_assert_eq!(out.at, Self::ENCODED_LEN);
        out.bytes
    }

    /// Reads what [`StreamingBand::encode`] wrote.
    ///
    /// # Errors
    /// When the bytes are of another length or version, or hold what no band holds.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeBandError> {
        if bytes.len() != Self::ENCODED_LEN {
            return Err(DecodeBandError::Length { expected: Self::ENCODED_LEN, found: bytes.len() });
        }
        let mut from = Reader { bytes };
        let [version] = from.take();
        if version != VERSION {
            return Err(DecodeBandError::Version(version));
        }
        let mut band = Self::new(BandSettings::default());
        band.level = from.float("level", -LIMIT..=LIMIT)?;
        band.spread = from.float("spread", 0.0..=f64::MAX)?;
        band.echo = from.float("echo", 0.0..=f64::MAX)?;
        for value in &mut band.recent {
            *value = from.float("recent", -LIMIT..=LIMIT)?;
        }
        band.last_ms = i64::from_le_bytes(from.take());
        band.interval_ms = from.single("interval", 0.0..=f32::MAX)?;
        band.reach_above = from.single("reach above", REACH)?;
        band.reach_below = from.single("reach below", REACH)?;
        band.habit = from.single("habit", 0.0..=HABIT_CAP)?;
        band.minimum = from.single("minimum deviation", 0.0..=f32::MAX)?;
        band.direction = match from.take() {
            [0] => Direction::Both,
            [1] => Direction::Above,
            [2] => Direction::Below,
            [_] => return Err(DecodeBandError::Damaged("direction")),
        };
        [band.seen, band.settle] = from.take();
        band.negative = from.flag("sign")?;
        band.excursion = from.excursion()?;
        Ok(band)
    }
}

impl From<StreamingBand> for Vec<u8> {
    fn from(band: StreamingBand) -> Self {
        band.encode().to_vec()
    }
}

impl TryFrom<Vec<u8>> for StreamingBand {
    type Error = DecodeBandError;

    fn try_from(bytes: Vec<u8>) -> Result<Self, DecodeBandError> {
        Self::decode(&bytes)
    }
}

struct Writer {
    bytes: [u8; StreamingBand::ENCODED_LEN],
    at: usize,
}

impl Writer {
    fn put<const N: usize>(&mut self, field: [u8; N]) {
        self.bytes[self.at..self.at + N].copy_from_slice(&field);
        self.at += N;
    }
}

/// Reads fields from bytes whose length was checked; past their end it reads zeros.
struct Reader<'a> {
    bytes: &'a [u8],
}

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> [u8; N] {
        let mut field = [0; N];
        let (taken, rest) = self.bytes.split_at(N.min(self.bytes.len()));
        field[..taken.len()].copy_from_slice(taken);
        self.bytes = rest;
        field
    }

    fn float(&mut self, name: &'static str, sound: std::ops::RangeInclusive<f64>) -> Result<f64, DecodeBandError> {
        let value = f64::from_le_bytes(self.take());
        if sound.contains(&value) { Ok(value) } else { Err(DecodeBandError::Damaged(name)) }
    }

    fn single(&mut self, name: &'static str, sound: std::ops::RangeInclusive<f32>) -> Result<f32, DecodeBandError> {
        let value = f32::from_le_bytes(self.take());
        if sound.contains(&value) { Ok(value) } else { Err(DecodeBandError::Damaged(name)) }
    }

    fn flag(&mut self, name: &'static str) -> Result<bool, DecodeBandError> {
        match self.take() {
            [0] => Ok(false),
            [1] => Ok(true),
            [_] => Err(DecodeBandError::Damaged(name)),
        }
    }

    fn excursion(&mut self) -> Result<Excursion, DecodeBandError> {
        Ok(Excursion {
            start_ms: i64::from_le_bytes(self.take()),
            expected: self.float("expected", -LIMIT..=LIMIT)?,
            actual: self.float("actual", -LIMIT..=LIMIT)?,
            below: self.single("lower edge", 0.0..=f32::INFINITY)?,
            above: self.single("upper edge", 0.0..=f32::INFINITY)?,
            peak: self.single("peak", 0.0..=1.0)?,
            lasted_ms: u32::from_le_bytes(self.take()),
            side: if self.flag("side")? { Side::Below } else { Side::Above },
            open: self.flag("open")?,
            run: self.take::<1>()[0],
            calm: self.take::<1>()[0],
        })
    }
}
