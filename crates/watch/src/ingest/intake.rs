//! What every decoder does with a series once it is read: check it, count it, hand it on.

use super::labels::{self, Refusal};
use super::{Decoded, Kind, Limits, Reason, Sample, SeriesRef, SeriesSink};

const STALE_NAN: u64 = 0x7ff0_0000_0000_0002;

/// The border between a decoder and the sink. A decoder gives it the samples of a series, then the series' labels.
pub(super) struct Intake<'s> {
    pub limits: &'s Limits,
    pub decoded: Decoded,
    /// Whether a value that is no finite number is an error. It is none in Prometheus, where a summary without observations, or a
    /// division by nothing, has such a value: there is nothing to say.
    pub refuses_not_finite: bool,
    sink: &'s mut dyn SeriesSink,
    samples: Vec<Sample>,
    in_order: bool,
    refused: Vec<RefusedSamples>,
}

/// Samples of the current series that are refused for one reason, until the series' labels are known.
struct RefusedSamples {
    reason: Reason,
    count: u64,
    first: Sample,
}

impl<'s> Intake<'s> {
    pub fn new(limits: &'s Limits, sink: &'s mut dyn SeriesSink) -> Self {
        Self {
            limits,
            decoded: Decoded::default(),
            refuses_not_finite: false,
            sink,
            samples: Vec::new(),
            in_order: true,
            refused: Vec::new(),
        }
    }

    /// Takes one sample of the current series.
    #[inline]
    pub fn sample(&mut self, sample: Sample) {
        let Sample { time_ms, value } = sample;
        if !value.is_finite() || time_ms < self.limits.earliest_ms || time_ms > self.limits.latest_ms {
            return self.refuse_sample(sample);
        }
        if let Some(last) = self.samples.last() {
            self.in_order &= last.time_ms < time_ms;
        }
        self.samples.push(sample);
    }

    #[cold]
    fn refuse_sample(&mut self, sample: Sample) {
        if sample.value.to_bits() == STALE_NAN {
            self.decoded.stale_markers += 1;
            return;
        }
        if !sample.value.is_finite() && !self.refuses_not_finite {
            self.decoded.not_finite += 1;
            return;
        }
        let reason = if sample.value.is_nan() {
            Reason::NotANumber
        } else if sample.value.is_infinite() {
            Reason::Infinite
        } else if sample.time_ms < self.limits.earliest_ms {
            Reason::TooOld
        } else {
            Reason::TooNew
        };
        match self.refused.iter_mut().find(|refused| refused.reason == reason) {
            Some(refused) => refused.count += 1,
            None => self.refused.push(RefusedSamples { reason, count: 1, first: sample }),
        }
    }

    /// Ends the current series: checks its labels and hands it to the sink. `family` says the series' kind and unit,
    /// given its metric name.
    #[inline]
    pub fn finish<'a>(&mut self, labels: &mut Vec<(&'a str, &'a str)>, family: impl FnOnce(&'a str) -> (Kind, Option<&'a str>)) {
        if !self.refused.is_empty() {
            self.report_refused_samples(labels);
        }
        if self.samples.is_empty() {
            return;
        }
        match labels::normalize(labels, self.limits) {
            Ok(name) => {
                if !self.in_order {
                    self.order_samples();
                }
                let (kind, unit) = family(name);
                self.decoded.series += 1;
                self.decoded.samples += self.samples.len() as u64;
                self.sink.series(SeriesRef { labels, kind, unit, samples: &self.samples });
                self.samples.clear();
                self.in_order = true;
            }
            Err(refusal) => self.refuse(labels, refusal),
        }
    }

    /// Ends the current series, which is refused whole.
    #[cold]
    pub fn refuse(&mut self, labels: &[(&str, &str)], Refusal { reason, detail }: Refusal) {
        let count = self.samples.len() as u64 + self.refused.drain(..).map(|refused| refused.count).sum::<u64>();
        self.decoded.rejected.add(reason, count, || format!("{} {detail}", labels::describe(labels)));
        self.samples.clear();
        self.in_order = true;
    }

    /// Ascending time; of samples at one time the sender's last is kept.
    fn order_samples(&mut self) {
        self.samples.sort_by_key(|sample| sample.time_ms);
        self.samples.dedup_by(|later, kept| {
            let same = later.time_ms == kept.time_ms;
            if same {
                *kept = *later;
            }
            same
        });
    }

    #[cold]
    fn report_refused_samples(&mut self, labels: &[(&str, &str)]) {
        for RefusedSamples { reason, count, first } in self.refused.drain(..) {
            let limits = self.limits;
            self.decoded.rejected.add(reason, count, || {
                let what = match reason {
                    Reason::TooOld => format!("the earliest taken is {}", in_words(limits.earliest_ms)),
                    Reason::TooNew => format!("the latest taken is {}", in_words(limits.latest_ms)),
                    _ => format!("its value is {}", first.value),
                };
                format!("{}: sample at {}: {what}", labels::describe(labels), in_words(first.time_ms))
            });
        }
    }
}

/// A time as a person reads it, with the milliseconds that the sender sent.
fn in_words(time_ms: i64) -> String {
    match jiff::Timestamp::from_millisecond(time_ms) {
        Ok(time) => format!("{time} ({time_ms} ms)"),
        Err(_) => format!("{time_ms} ms"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::super::NAME;
    use super::super::testing::Collected;
    use super::*;

    fn taken(samples: &[(i64, f64)]) -> (Vec<(i64, f64)>, Decoded) {
        taken_as(samples, true)
    }

    fn taken_as(samples: &[(i64, f64)], refuses_not_finite: bool) -> (Vec<(i64, f64)>, Decoded) {
        let limits = Limits::between(1_000, 2_000);
        let mut sink = Collected::default();
        let mut intake = Intake::new(&limits, &mut sink);
        intake.refuses_not_finite = refuses_not_finite;
        for &(time_ms, value) in samples {
            intake.sample(Sample { time_ms, value });
        }
        intake.finish(&mut vec![(NAME, "up"), ("job", "a")], |_| (Kind::Gauge, None));
        let decoded = intake.decoded;
        let samples = sink.0.first().map(|series| series.samples.clone()).unwrap_or_default();
        (samples.iter().map(|sample| (sample.time_ms, sample.value)).collect(), decoded)
    }

    #[test]
    fn samples_are_put_in_order_and_the_last_of_one_time_is_kept() {
        let (samples, decoded) = taken(&[(1_500, 1.0), (1_200, 2.0), (1_500, 3.0), (1_200, 4.0)]);
        assert_eq!(samples, [(1_200, 4.0), (1_500, 3.0)]);
        assert_eq!((decoded.series, decoded.samples), (1, 2));
    }

    #[test]
    fn a_bad_sample_refuses_only_itself() {
        let (samples, decoded) = taken(&[
            (1_000, 1.0),
            (999, 2.0),
            (998, 2.0),
            (1_001, f64::NAN),
            (1_002, f64::NEG_INFINITY),
            (2_000, 5.0),
            (2_001, 6.0),
            (1_003, f64::from_bits(STALE_NAN)),
        ]);
        assert_eq!(samples, [(1_000, 1.0), (2_000, 5.0)]);
        assert_eq!(decoded.stale_markers, 1);
        assert_eq!(decoded.rejected.total(), 5);
        assert_eq!(decoded.rejected.count(Reason::TooOld), 2);
        insta::assert_snapshot!(decoded.rejected.to_string().replace("), ", "),\n"), @r#"
        5 samples refused: 2 too_old (first: series "up" {job="a"}: sample at 1970-01-01T00:00:00.999Z (999 ms): the earliest taken is 1970-01-01T00:00:01Z (1000 ms)),
        1 not_a_number (first: series "up" {job="a"}: sample at 1970-01-01T00:00:01.001Z (1001 ms): its value is NaN),
        1 infinite (first: series "up" {job="a"}: sample at 1970-01-01T00:00:01.002Z (1002 ms): its value is -inf),
        1 too_new (first: series "up" {job="a"}: sample at 1970-01-01T00:00:02.001Z (2001 ms): the latest taken is 1970-01-01T00:00:02Z (2000 ms))
        "#);
    }

    #[test]
    fn prometheus_may_have_nothing_to_say() {
        let (samples, decoded) =
            taken_as(&[(1_000, 1.0), (1_001, f64::NAN), (1_002, f64::INFINITY), (1_003, f64::from_bits(STALE_NAN))], false);
        assert_eq!(samples, [(1_000, 1.0)]);
        assert_eq!((decoded.not_finite, decoded.stale_markers, decoded.rejected.total()), (2, 1, 0));
    }

    #[test]
    fn times_beyond_any_calendar_are_refused_like_others() {
        let (samples, decoded) = taken(&[(i64::MIN, 1.0), (i64::MAX, 1.0)]);
        assert!(samples.is_empty());
        insta::assert_snapshot!(decoded.rejected, @r#"2 samples refused: 1 too_old (first: series "up" {job="a"}: sample at -9223372036854775808 ms: the earliest taken is 1970-01-01T00:00:01Z (1000 ms)), 1 too_new (first: series "up" {job="a"}: sample at 9223372036854775807 ms: the latest taken is 1970-01-01T00:00:02Z (2000 ms))"#);
    }
}
