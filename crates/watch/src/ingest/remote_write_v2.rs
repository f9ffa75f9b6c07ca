//! Prometheus remote write 2.0: a snappy block that holds an `io.prometheus.write.v2.Request`.
//!
//! Every text is written once, in the request's symbol table, and series refer to it by number. Nothing is allocated
//! for a series. Native histograms and exemplars are counted and left out.

use super::family::{Family, Type};
use super::intake::Intake;
use super::labels::Refusal;
use super::protobuf::{Field, Malformed, Reader, Value};
use super::remote_write::read_sample;
use super::{DecodeError, Decoded, Limits, Reason, SeriesSink, snappy};

/// Reads a compressed body into `sink`.
pub fn decode(body: &[u8], limits: &Limits, sink: &mut dyn SeriesSink) -> Result<Decoded, DecodeError> {
    decode_message(&snappy::decompress(body, limits)?, limits, sink)
}

/// Reads a body that is decompressed already.
pub fn decode_message(message: &[u8], limits: &Limits, sink: &mut dyn SeriesSink) -> Result<Decoded, DecodeError> {
    let symbols = Symbols::read(message, limits)?;
    let mut intake = Intake::new(limits, sink);
    let mut labels = Vec::with_capacity(32);
    let mut request = Reader::new(message);
    while let Some(field) = request.field().map_err(DecodeError::in_field("Request"))? {
        if field.number == 5 {
            let series = field.bytes().map_err(DecodeError::in_field("timeseries"))?;
            labels.clear();
            let Series { family, broken } = read_series(series, &symbols, &mut labels, &mut intake)?;
            match broken {
                None => intake.finish(&mut labels, |metric| family.series(metric)),
                Some(broken) => intake.refuse(&labels, broken.refusal(symbols.0.len())),
            }
        }
    }
    Ok(intake.decoded)
}

/// The texts of a request.
struct Symbols<'a>(Vec<&'a str>);

impl<'a> Symbols<'a> {
    /// Reads the whole table, since nothing says that it has to stand before the series.
    fn read(message: &'a [u8], limits: &Limits) -> Result<Self, DecodeError> {
        let most = limits.max_decoded_bytes / size_of::<&str>();
        let mut symbols = Vec::new();
        let mut request = Reader::new(message);
        while let Some(field) = request.field().map_err(DecodeError::in_field("Request"))? {
            match field.number {
                4 if symbols.len() >= most => {
                    let bytes = symbols.len().saturating_add(1).saturating_mul(size_of::<&str>());
                    let limit = limits.max_decoded_bytes;
                    return Err(DecodeError::TooLarge { what: "the symbol table", bytes, limit });
                }
                4 => symbols.push(field.text().map_err(DecodeError::in_field("symbols"))?),
                1..=3 => {
                    return Err(DecodeError::Malformed {
                        field: "Request",
                        offset: field.offset,
                        problem: format!(
                            "field {} is remote write 1.0's. Send that with the content type \
                             `application/x-protobuf`",
                            field.number
                        ),
                    });
                }
                _ => {}
            }
        }
        Ok(Self(symbols))
    }

    #[inline]
    fn get(&self, reference: u64) -> Option<&'a str> {
        self.0.get(usize::try_from(reference).ok()?).copied()
    }
}

/// What a time series says beside its labels and samples.
#[derive(Default)]
struct Series<'a> {
    family: Family<'a>,
    broken: Option<Broken>,
}

/// References that do not make up labels.
enum Broken {
    /// A reference to a symbol that is not there.
    Reference(u64),
    /// A name without a value.
    Odd,
}

impl Broken {
    fn refusal(self, symbols: usize) -> Refusal {
        let detail = match self {
            Broken::Reference(reference) => {
                format!("refers to symbol {reference} in `labels_refs`, and the request has {symbols}")
            }
            Broken::Odd => "has a name without a value at the end of `labels_refs`".to_owned(),
        };
        Refusal { reason: Reason::BadReference, detail }
    }
}

fn read_series<'a>(
    mut reader: Reader<'a>,
    symbols: &Symbols<'a>,
    labels: &mut Vec<(&'a str, &'a str)>,
    intake: &mut Intake<'_>,
) -> Result<Series<'a>, DecodeError> {
    let mut series = Series::default();
    let mut name = None;
    while let Some(field) = reader.field().map_err(DecodeError::in_field("timeseries"))? {
        match field.number {
            1 => {
                each_reference(field, |reference| {
                    let Some(symbol) = symbols.get(reference) else {
                        series.broken.get_or_insert(Broken::Reference(reference));
                        return;
                    };
                    match name.take() {
                        None => name = Some(symbol),
                        // One label over the limit is enough for the series to be refused.
                        Some(name) if labels.len() <= intake.limits.max_labels_per_series => {
                            labels.push((name, symbol));
                        }
                        Some(_) => {}
                    }
                })
                .map_err(DecodeError::in_field("timeseries.labels_refs"))?;
            }
            2 => intake.sample(read_sample(field).map_err(DecodeError::in_field("timeseries.samples"))?),
            3 => {
                field.bytes().map_err(DecodeError::in_field("timeseries.histograms"))?;
                intake.decoded.histograms_skipped += 1;
            }
            4 => {
                field.bytes().map_err(DecodeError::in_field("timeseries.exemplars"))?;
                intake.decoded.exemplars_skipped += 1;
            }
            5 => {
                series.family = read_metadata(field, symbols).map_err(DecodeError::in_field("timeseries.metadata"))?;
            }
            _ => {}
        }
    }
    if name.is_some() {
        series.broken.get_or_insert(Broken::Odd);
    }
    Ok(series)
}

/// Goes through references, which a sender may pack or not.
#[inline]
fn each_reference(field: Field<'_>, mut take: impl FnMut(u64)) -> Result<(), Malformed> {
    if let Value::Varint(reference) = field.value {
        take(reference);
        return Ok(());
    }
    let mut packed = field.bytes()?;
    while !packed.is_empty() {
        take(packed.varint()?);
    }
    Ok(())
}

fn read_metadata<'a>(field: Field<'a>, symbols: &Symbols<'a>) -> Result<Family<'a>, Malformed> {
    let mut metadata = field.bytes()?;
    let mut family = Family::default();
    while let Some(field) = metadata.field()? {
        match field.number {
            1 => family.of = Type::from_wire(field.varint()?),
            // A unit that is not there costs the unit, not the series.
            4 => family.unit = symbols.get(field.varint()?).filter(|unit| !unit.is_empty()),
            _ => {}
        }
    }
    Ok(family)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::super::encode::{self, labels};
    use super::super::testing::{Collected, field};
    use super::super::{Kind, Sample, SeriesRef};
    use super::*;

    fn limits() -> Limits {
        Limits::between(1_000, 2_000)
    }

    fn request(symbols: &[&str], series: &[&[&[u8]]]) -> Vec<u8> {
        let symbols = symbols.iter().map(|symbol| field(4, symbol.as_bytes()));
        let series = series.iter().map(|fields| field(5, &fields.concat()));
        symbols.chain(series).collect::<Vec<_>>().concat()
    }

    /// A sample of value 0 at 1,500 ms, with a start time.
    const SAMPLE: &[u8] = &[0x12, 6, 0x10, 0xdc, 0x0b, 0x18, 0xd0, 0x0f];
    const SYMBOLS: &[&str] = &["", "__name__", "up", "job", "node", "seconds"];

    fn read(message: &[u8]) -> Result<(String, Decoded), DecodeError> {
        let mut sink = Collected::default();
        let decoded = decode_message(message, &limits(), &mut sink)?;
        Ok((sink.to_string(), decoded))
    }

    #[test]
    fn reads_what_a_sender_writes() {
        let up = labels("up", &[("job", "node"), ("instance", "a:9100")]);
        let requests = labels("requests_total", &[("code", "200"), ("job", "node")]);
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
        let decoded = decode(&encode::remote_write_v2(series).unwrap(), &limits(), &mut sink).unwrap();
        insta::assert_snapshot!(sink, @r#"
        up{instance="a:9100",job="node"} Unknown 1@1000 0@2000
        requests_total{code="200",job="node"} Counter [requests] 7.5@1500
        "#);
        assert_eq!((decoded.series, decoded.samples), (2, 3));
    }

    #[test]
    fn reads_all_that_a_series_may_bring() {
        let message = request(
            SYMBOLS,
            &[
                // Packed references, a histogram's metadata with a unit, a creation time.
                &[&[0x0a, 4, 1, 2, 3, 4], SAMPLE, &[0x2a, 6, 0x08, 3, 0x18, 0, 0x20, 5], &[0x30, 1]],
                // References one by one.
                &[&[0x08, 1, 0x08, 2], SAMPLE],
                &[&[0x0a, 2, 1, 2], &[0x1a, 0], &[0x1a, 0], &[0x22, 0]],
            ],
        );
        let (series, decoded) = read(&message).unwrap();
        insta::assert_snapshot!(series, @r#"
        up{job="node"} Counter [seconds] 0@1500
        up{} Unknown 0@1500
        "#);
        assert_eq!((decoded.histograms_skipped, decoded.exemplars_skipped), (2, 1));
    }

    #[test]
    fn symbols_may_come_after_the_series() {
        let message = [request(&[], &[&[&[0x0a, 2, 1, 2], SAMPLE]]), request(SYMBOLS, &[])].concat();
        insta::assert_snapshot!(read(&message).unwrap().0, @"up{} Unknown 0@1500");
    }

    #[test]
    fn a_series_of_broken_references_refuses_only_itself() {
        let message = request(
            SYMBOLS,
            &[
                &[&[0x0a, 4, 1, 2, 3, 6], SAMPLE, SAMPLE],
                &[&[0x0a, 3, 1, 2, 3], SAMPLE],
                &[&[0x0a, 4, 1, 2, 0, 4], SAMPLE],
                &[&[0x0a, 4, 1, 2, 3, 4], SAMPLE],
            ],
        );
        let (series, decoded) = read(&message).unwrap();
        insta::assert_snapshot!(series, @r#"up{job="node"} Unknown 0@1500"#);
        insta::assert_snapshot!(decoded.rejected.to_string().replace("), ", "),\n"), @r#"
        4 samples refused: 3 bad_reference (first: series "up" refers to symbol 6 in `labels_refs`, and the request has 6),
        1 empty_label_name (first: series "up" {="node"} has a label without a name, of value "node")
        "#);
        let odd = read(&request(SYMBOLS, &[&[&[0x0a, 1, 1], SAMPLE]])).unwrap().1;
        insta::assert_snapshot!(odd.rejected, @r#"1 sample refused: 1 bad_reference (first: series "" has a name without a value at the end of `labels_refs`)"#);
    }

    #[test]
    fn a_malformed_message_is_refused_with_the_field_and_the_place() {
        let refusals = [
            &[0x2a, 0x7f][..],
            &[0x22, 0x01, 0xff],
            &[0x0a, 0x00],
            &request(SYMBOLS, &[&[&[0x0a, 1, 0x80]]]),
            &request(SYMBOLS, &[&[&[0x12, 1, 0x09]]]),
            &request(SYMBOLS, &[&[&[0x2a, 2, 0x0a, 0]]]),
        ]
        .map(|message| read(message).unwrap_err().to_string())
        .join("\n");
        insta::assert_snapshot!(refusals, @"
        field `Request` at byte 0 of the message: the field claims to be 127 bytes long, and its message has 0 left
        field `symbols` at byte 0 of the message: the text is not UTF-8
        field `Request` at byte 0 of the message: field 1 is remote write 1.0's. Send that with the content type `application/x-protobuf`
        field `timeseries.labels_refs` at byte 40 of the message: the message ends in the middle of this field
        field `timeseries.samples` at byte 40 of the message: the message ends in the middle of this field
        field `timeseries.metadata` at byte 40 of the message: the field is encoded as length-delimited, and has to be a varint
        ");
    }

    #[test]
    fn a_symbol_table_of_nothing_but_entries_is_refused() {
        let limits = Limits { max_decoded_bytes: 1_600, ..limits() };
        let message = request(&[""; 101], &[]);
        let refusal = decode_message(&message, &limits, &mut Collected::default()).unwrap_err();
        insta::assert_snapshot!(refusal, @"the symbol table needs 1616 bytes, and at most 1600 are taken: split it into smaller ones");
    }
}
