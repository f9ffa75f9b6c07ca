//! OpenTelemetry metrics: an `ExportMetricsServiceRequest`, as protobuf, as JSON, or as gRPC hands it over.
//!
//! Names and labels follow OpenTelemetry's rules for Prometheus:
//!
//! - Characters that Prometheus does not know become `_`; the unit, spelled out, and `_total` are appended:
//!   `http.server.duration` in `s` is `http_server_duration_seconds`.
//! - `service.name` (after `service.namespace` and `/`) is the label `job`, `service.instance.id` is `instance`, and
//!   `host.name` is `host_name`. Other resource attributes and the instrumentation scope are left out.
//! - Attributes of a data point are its labels. When two come out with one name, their values are joined with `;`.
//!
//! | OTLP | becomes |
//! |---|---|
//! | gauge | a gauge |
//! | sum, monotonic and cumulative | a counter, named `…_total` |
//! | any other cumulative sum | a gauge |
//! | delta sum | a gauge without `_total`: each sample is what one interval added, not a running total |
//! | histogram | `…_bucket` with the label `le`, `…_count`, `…_sum`: counters, or for deltas gauges for each interval |
//! | exponential histogram | `…_count`, `…_sum`, in the same way |
//! | summary | one gauge for each `quantile`, and the counters `…_count` and `…_sum` |
//!
//! In [`Decoded::rejected`] a data point that is refused as a whole counts once.

mod attributes;
mod names;
mod points;
mod weight;

use super::intake::Intake;
use super::{DecodeError, Decoded, Limits, SeriesSink};
use attributes::Target;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use prost::Message;

/// Reads a protobuf body into `sink`.
///
/// The message's size in memory is reckoned before it is decoded, since a few bytes can ask for hundreds.
pub fn decode_protobuf(body: &[u8], limits: &Limits, sink: &mut dyn SeriesSink) -> Result<Decoded, DecodeError> {
    check_weight(weight::of_protobuf(body)?, limits)?;
    let request = ExportMetricsServiceRequest::decode(body).map_err(|error| {
        let text = error.to_string();
        let problem = text.strip_prefix("failed to decode Protobuf message: ").unwrap_or(&text);
        DecodeError::Protobuf { problem: problem.to_owned() }
    })?;
    Ok(decode_request(&request, limits, sink))
}

/// Reads a JSON body into `sink`.
pub fn decode_json(body: &[u8], limits: &Limits, sink: &mut dyn SeriesSink) -> Result<Decoded, DecodeError> {
    check_weight(weight::of_json(body), limits)?;
    let request: ExportMetricsServiceRequest = serde_json::from_slice(body).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let text = error.to_string();
        let place = format!(" at line {line} column {column}");
        let problem = text.strip_suffix(place.as_str()).unwrap_or(&text).to_owned();
        DecodeError::Json { line, column, problem }
    })?;
    Ok(decode_request(&request, limits, sink))
}

/// Reads a request that is decoded already, as gRPC hands it over.
pub fn decode_request(request: &ExportMetricsServiceRequest, limits: &Limits, sink: &mut dyn SeriesSink) -> Decoded {
    let mut intake = Intake::new(limits, sink);
    intake.refuses_not_finite = true;
    for resource_metrics in &request.resource_metrics {
        let target = Target::of(resource_metrics.resource.as_ref());
        for metric in resource_metrics.scope_metrics.iter().flat_map(|scope| &scope.metrics) {
            points::read(metric, &target, &mut intake);
        }
    }
    intake.decoded
}

fn check_weight(bytes: usize, limits: &Limits) -> Result<(), DecodeError> {
    let limit = limits.max_decoded_bytes;
    match bytes > limit {
        true => Err(DecodeError::TooLarge { what: "the decoded request", bytes, limit }),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests;
