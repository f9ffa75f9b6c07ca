//! Prometheus remote write 1.0: a snappy block that holds a `prometheus.WriteRequest`.
//!
//! Nothing is allocated for a series: labels borrow from the decompressed body, and the few lists are used again for
//! each series. Native histograms and exemplars are counted and left out.

use super::family::{self, Family, Type};
use super::intake::Intake;
use super::protobuf::{Field, Malformed, Reader};
use super::{DecodeError, Decoded, Limits, Sample, SeriesSink, snappy};

/// Reads a compressed body into `sink`.
pub fn decode(body: &[u8], limits: &Limits, sink: &mut dyn SeriesSink) -> Result<Decoded, DecodeError> {
    decode_message(&snappy::decompress(body, limits)?, limits, sink)
}

/// Reads a body that is decompressed already.
pub fn decode_message(message: &[u8], limits: &Limits, sink: &mut dyn SeriesSink) -> Result<Decoded, DecodeError> {
    let families = Families::read(message)?;
    let mut intake = Intake::new(limits, sink);
    let mut labels = Vec::with_capacity(32);
    let mut request = Reader::new(message);
    while let Some(field) = request.field().map_err(DecodeError::in_field("WriteRequest"))? {
        if field.number == 1 {
            let series = field.bytes().map_err(DecodeError::in_field("timeseries"))?;
            labels.clear();
            read_series(series, &mut labels, &mut intake)?;
            intake.finish(&mut labels, |metric| families.of(metric).series(metric));
        }
    }
    Ok(intake.decoded)
}

fn read_series<'a>(mut series: Reader<'a>, labels: &mut Vec<(&'a str, &'a str)>, intake: &mut Intake<'_>) -> Result<(), DecodeError> {
    while let Some(field) = series.field().map_err(DecodeError::in_field("timeseries"))? {
        match field.number {
            1 => {
                let label = read_label(field)?;
                // One label over the limit is enough for the series to be refused.
                if labels.len() <= intake.limits.max_labels_per_series {
                    labels.push(label);
                }
            }
            2 => intake.sample(read_sample(field).map_err(DecodeError::in_field("timeseries.samples"))?),
            3 => {
                field.bytes().map_err(DecodeError::in_field("timeseries.exemplars"))?;
                intake.decoded.exemplars_skipped += 1;
            }
            4 => {
                field.bytes().map_err(DecodeError::in_field("timeseries.histograms"))?;
                intake.decoded.histograms_skipped += 1;
            }
            _ => {}
        }
    }
    Ok(())
}

#[inline]
fn read_label(field: Field<'_>) -> Result<(&str, &str), DecodeError> {
    let label = field.bytes().map_err(DecodeError::in_field("timeseries.labels"))?;
    match short_label(label.rest()) {
        Some(label) => Ok(label),
        None => any_label(label),
    }
}

/// Reads a label as every sender writes it: name, then value, both shorter than 128 bytes. Such a label's keys and
/// lengths are ASCII, so that one look tells whether all of it is UTF-8.
#[inline]
fn short_label(label: &[u8]) -> Option<(&str, &str)> {
    let &[0x0a, name_length @ 0..0x80, ..] = label else { return None };
    let name_end = 2 + usize::from(name_length);
    let &[0x12, value_length @ 0..0x80] = label.get(name_end..name_end + 2)? else { return None };
    if label.len() != name_end + 2 + usize::from(value_length) {
        return None;
    }
    let text = std::str::from_utf8(label).ok()?;
    Some((text.get(2..name_end)?, text.get(name_end + 2..)?))
}

fn any_label(mut label: Reader<'_>) -> Result<(&str, &str), DecodeError> {
    let (mut name, mut value) = ("", "");
    while let Some(field) = label.field().map_err(DecodeError::in_field("timeseries.labels"))? {
        match field.number {
            1 => name = field.text().map_err(DecodeError::in_field("timeseries.labels.name"))?,
            2 => value = field.text().map_err(DecodeError::in_field("timeseries.labels.value"))?,
            _ => {}
        }
    }
    Ok((name, value))
}

/// Reads a `Sample`; both versions of remote write number its value and its time alike.
#[inline]
pub(super) fn read_sample(field: Field<'_>) -> Result<Sample, Malformed> {
    let mut reader = field.bytes()?;
    let mut sample = Sample { time_ms: 0, value: 0.0 };
    while let Some(field) = reader.field()? {
        match field.number {
            1 => sample.value = field.double()?,
            2 => sample.time_ms = field.varint()?.cast_signed(),
            _ => {}
        }
    }
    Ok(sample)
}

/// The metadata of a request, by metric family. Most requests have none.
struct Families<'a>(Vec<(&'a str, Family<'a>)>);

impl<'a> Families<'a> {
    /// Reads the metadata, which may stand behind the series that it is about.
    fn read(message: &'a [u8]) -> Result<Self, DecodeError> {
        let mut families = Vec::new();
        let mut request = Reader::new(message);
        while let Some(field) = request.field().map_err(DecodeError::in_field("WriteRequest"))? {
            match field.number {
                3 => families.push(read_metadata(field).map_err(DecodeError::in_field("metadata"))?),
                4 | 5 => {
                    return Err(DecodeError::Malformed {
                        field: "WriteRequest",
                        offset: field.offset,
                        problem: format!(
                            "field {} is remote write 2.0's. Send that with the content type \
                             `application/x-protobuf;proto=io.prometheus.write.v2.Request`",
                            field.number
                        ),
                    });
                }
                _ => {}
            }
        }
        families.sort_by_key(|(name, _)| *name);
        Ok(Self(families))
    }

    #[inline]
    fn of(&self, metric: &str) -> Family<'a> {
        if self.0.is_empty() {
            return Family::default();
        }
        let find = |name: &str| self.0.binary_search_by_key(&name, |(name, _)| name).ok();
        family::candidates(metric).find_map(find).and_then(|index| self.0.get(index)).map_or_else(Family::default, |(_, family)| *family)
    }
}

fn read_metadata(field: Field<'_>) -> Result<(&str, Family<'_>), Malformed> {
    let mut metadata = field.bytes()?;
    let mut name = "";
    let mut family = Family::default();
    while let Some(field) = metadata.field()? {
        match field.number {
            1 => family.of = Type::from_wire(field.varint()?),
            2 => name = field.text()?,
            5 => family.unit = Some(field.text()?).filter(|unit| !unit.is_empty()),
            _ => {}
        }
    }
    Ok((name, family))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::super::encode::{self, labels};
    use super::super::testing::{Collected, field};
    use super::super::{Kind, NAME, Reason, SeriesRef};
    use super::*;

    fn limits() -> Limits {
        Limits::between(1_000, 2_000)
    }

    fn label(name: &str, value: &str) -> Vec<u8> {
        field(1, &[field(1, name.as_bytes()), field(2, value.as_bytes())].concat())
    }

    /// A sample of value 0 at 1,500 ms: proto3 leaves out what is zero.
    const SAMPLE: &[u8] = &[0x12, 3, 0x10, 0xdc, 0x0b];

    fn read(message: &[u8]) -> Result<(String, Decoded), DecodeError> {
        let mut sink = Collected::default();
        let decoded = decode_message(message, &limits(), &mut sink)?;
        Ok((sink.to_string(), decoded))
    }

    #[test]
    fn reads_what_a_sender_writes() {
        let up = labels("up", &[("job", "node"), ("instance", "a:9100")]);
        let requests = labels("requests_total", &[("code", "200")]);
        let series = [
            SeriesRef {
                labels: &up,
                kind: Kind::Unknown,
                unit: None,
                samples: &[Sample { time_ms: 1_000, value: 1.0 }, Sample { time_ms: 2_000, value: 0.0 }],
            },
            SeriesRef { labels: &requests, kind: Kind::Counter, unit: Some("requests"), samples: &[Sample { time_ms: 1_500, value: 7.5 }] },
        ];
        let mut sink = Collected::default();
        let decoded = decode(&encode::remote_write(series).unwrap(), &limits(), &mut sink).unwrap();
        insta::assert_snapshot!(sink, @r#"
        up{instance="a:9100",job="node"} Unknown 1@1000 0@2000
        requests_total{code="200"} Counter [requests] 7.5@1500
        "#);
        assert_eq!((decoded.series, decoded.samples), (2, 3));
        assert!(decoded.rejected.is_empty());
    }

    #[test]
    fn labels_in_any_order_and_of_any_length_are_read() {
        let long = "x".repeat(300);
        let backwards = field(1, &[field(2, b"v"), field(1, b"backwards")].concat());
        let series = [label("zone", "é"), label("long", &long), backwards, label(NAME, "up"), label("no", "")];
        let (series, _) = read(&field(1, &[series.concat(), SAMPLE.to_vec()].concat())).unwrap();
        insta::assert_snapshot!(series.replace(&long, "…"), @r#"up{backwards="v",long="…",zone="é"} Unknown 0@1500"#);
    }

    #[test]
    fn histograms_and_exemplars_are_counted_and_left_out() {
        let series = [label(NAME, "h"), field(3, b""), field(4, b"\x08\x01"), field(4, b"")].concat();
        let (series, decoded) = read(&field(1, &series)).unwrap();
        assert_eq!(series, "");
        assert_eq!((decoded.exemplars_skipped, decoded.histograms_skipped, decoded.series), (1, 2, 0));
    }

    #[test]
    fn metadata_says_the_kind_and_unit_of_a_familys_series() {
        let metadata = |number: u8, family: &str, unit: &str| {
            let content = [vec![0x08, number], field(2, family.as_bytes()), field(5, unit.as_bytes())];
            field(3, &content.concat())
        };
        let series = |name: &str| field(1, &[label(NAME, name), SAMPLE.to_vec()].concat());
        let message = [
            series("latency_seconds_bucket"),
            series("latency_seconds_sum"),
            series("temperature"),
            series("other"),
            metadata(3, "latency_seconds", "seconds"),
            metadata(2, "temperature", ""),
        ];
        insta::assert_snapshot!(read(&message.concat()).unwrap().0, @"
        latency_seconds_bucket{} Counter 0@1500
        latency_seconds_sum{} Counter [seconds] 0@1500
        temperature{} Gauge 0@1500
        other{} Unknown 0@1500
        ");
    }

    #[test]
    fn a_bad_series_refuses_only_itself() {
        let many: Vec<u8> = (0..100).flat_map(|index| label(&format!("l{index}"), "x")).collect();
        let huge: Vec<u8> = (0..10).flat_map(|index| label(&format!("l{index}"), &"x".repeat(4_000))).collect();
        let message: Vec<u8> = [
            [label("job", "nameless"), SAMPLE.to_vec(), SAMPLE.to_vec()].concat(),
            [label(NAME, "twice"), label("a", "1"), label("a", "2"), SAMPLE.to_vec()].concat(),
            [label(NAME, "unnamed_label"), label("", "2"), SAMPLE.to_vec()].concat(),
            [label(NAME, "many"), many, SAMPLE.to_vec()].concat(),
            [label(NAME, "long_name"), label(&"n".repeat(513), "x"), SAMPLE.to_vec()].concat(),
            [label(NAME, "long_value"), label("a", &"v".repeat(1_000_000)), SAMPLE.to_vec()].concat(),
            [label(NAME, "huge"), huge, SAMPLE.to_vec()].concat(),
            [label(NAME, "another_century"), field(2, &[]), SAMPLE.to_vec()].concat(),
            [label(NAME, "good"), SAMPLE.to_vec()].concat(),
        ]
        .iter()
        .flat_map(|series| field(1, series))
        .collect();
        let (series, decoded) = read(&message).unwrap();
        insta::assert_snapshot!(series, @"
        another_century{} Unknown 0@1500
        good{} Unknown 0@1500
        ");
        insta::assert_snapshot!(decoded.rejected.to_string().replace("), ", "),\n"), @r#"
        9 samples refused: 2 no_name (first: series "" {job="nameless"} has no label `__name__`),
        1 duplicate_label (first: series "twice" {a="1", a="2"} has label "a" twice),
        1 empty_label_name (first: series "unnamed_label" {="2"} has a label without a name, of value "2"),
        1 too_many_labels (first: series "many" {l0="x", l1="x", l2="x", l3="x", l4="x", …} has more than the 64 labels that one series may carry),
        1 label_name_too_long (first: series "long_name" {nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn="x"} has label "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn…" whose name takes 513 bytes of 512),
        1 label_value_too_long (first: series "long_value" {a="vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv…"} has label "a" whose value takes 1000000 bytes of 4096),
        1 series_too_long (first: series "huge" {l0="xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…", l1="xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…", l2="xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…", l3="xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…", l4="xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…", …} has labels of 40032 bytes, and one series may have 16384),
        1 too_old (first: series "another_century": sample at 1970-01-01T00:00:00Z (0 ms): the earliest taken is 1970-01-01T00:00:01Z (1000 ms))
        "#);
        assert_eq!(decoded.rejected.count(Reason::NoName), 2);
    }

    #[test]
    fn a_malformed_message_is_refused_with_the_field_and_the_place() {
        let series = |content: &[u8]| field(1, &[&label(NAME, "up")[..], content].concat());
        let refusals = [
            &[0x0a, 0x7f][..],
            &[0x08, 0x01],
            &series(&[0x0a, 0x05, 0x0a]),
            &series(&field(1, &field(1, b"\xff\xfe"))),
            &series(&field(1, &[0x12, 0x02, 0xc3])),
            &series(&[0x12, 0x02, 0x09, 0x00]),
            &series(&field(2, &[0x08, 0x01])),
            &series(&[0x20, 0x01]),
            &field(3, &[0x12, 0x01, 0xff]),
            &field(5, b"remote write 2.0"),
            &[0x0b],
        ]
        .map(|message| read(message).unwrap_err().to_string())
        .join("\n");
        insta::assert_snapshot!(refusals, @"
        field `WriteRequest` at byte 0 of the message: the field claims to be 127 bytes long, and its message has 0 left
        field `timeseries` at byte 0 of the message: the field is encoded as a varint, and has to be length-delimited
        field `timeseries` at byte 18 of the message: the field claims to be 5 bytes long, and its message has 1 left
        field `timeseries.labels.name` at byte 20 of the message: the text is not UTF-8
        field `timeseries.labels` at byte 20 of the message: the field claims to be 2 bytes long, and its message has 1 left
        field `timeseries.samples` at byte 20 of the message: the message ends in the middle of this field
        field `timeseries.samples` at byte 20 of the message: the field is encoded as a varint, and has to be 8 bytes
        field `timeseries.histograms` at byte 18 of the message: the field is encoded as a varint, and has to be length-delimited
        field `metadata` at byte 2 of the message: the text is not UTF-8
        field `WriteRequest` at byte 0 of the message: field 5 is remote write 2.0's. Send that with the content type `application/x-protobuf;proto=io.prometheus.write.v2.Request`
        field `WriteRequest` at byte 0 of the message: wire type 3 is not used by proto3
        ");
    }
}
