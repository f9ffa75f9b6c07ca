"""Exports metrics with OpenTelemetry's own SDK: `export_otlp.py http|grpc ENDPOINT plain|gzip`.

Two exports, the second after the instruments counted on. Prints as JSON what the exporter said to each, and ends with 1 when one of
them failed. What the instruments record is written down once more, as Maru should keep it, in `tests/opentelemetry.rs`.
"""

import json
import sys
import time

import grpc
from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter as GrpcExporter
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter as HttpExporter
from opentelemetry.metrics import CallbackOptions, Observation
from opentelemetry.sdk.metrics import Counter, MeterProvider
from opentelemetry.sdk.metrics.export import AggregationTemporality, InMemoryMetricReader, MetricExportResult
from opentelemetry.sdk.metrics.view import ExponentialBucketHistogramAggregation, View
from opentelemetry.sdk.resources import Resource


def exporter(protocol, endpoint, compression, temporality=None):
    """The exporter of `protocol`, as a program would make it."""
    if protocol == "http":
        pack = Compression.Gzip if compression == "gzip" else Compression.NoCompression
        return HttpExporter(endpoint=endpoint, compression=pack, timeout=20, preferred_temporality=temporality)
    pack = grpc.Compression.Gzip if compression == "gzip" else grpc.Compression.NoCompression
    return GrpcExporter(endpoint=endpoint, insecure=True, compression=pack, timeout=20, preferred_temporality=temporality)


def resource(protocol):
    """A service that says all that the rules look at, and more."""
    return Resource.create(
        {
            "service.namespace": "shop",
            "service.name": "checkout",
            "service.instance.id": f"checkout-{protocol}",
            "host.name": "till-7",
            "deployment.environment.name": "test",
        }
    )


def queue_length(_: CallbackOptions):
    """An observable gauge with attributes of every simple type."""
    yield Observation(12, {"queue": "outgoing", "priority": 3, "durable": True, "share": 0.25})


def pages_read(_: CallbackOptions):
    """An observable counter."""
    yield Observation(4096)


class Programme:
    """A program that measures itself, and its reader: cumulative but for what `temporality` says."""

    def __init__(self, protocol, temporality=None):
        self.reader = InMemoryMetricReader(preferred_temporality=temporality)
        views = [View(instrument_name="http.client.latency", aggregation=ExponentialBucketHistogramAggregation())]
        self.provider = MeterProvider(resource=resource(protocol), metric_readers=[self.reader], views=views)
        self.meter = self.provider.get_meter("checkout", "1.2.3")

    def export(self, to):
        """Sends what there is, and says what the exporter answered."""
        # Samples are told apart by the millisecond.
        time.sleep(0.005)
        return to.export(self.reader.get_metrics_data())


def main():
    protocol, endpoint, compression = sys.argv[1:4]
    programme = Programme(protocol)
    meter = programme.meter
    requests = meter.create_counter("http.server.requests", unit="{request}", description="Requests that were answered")
    sent = meter.create_counter("network.sent", unit="By")
    open_carts = meter.create_up_down_counter("carts.open", unit="{cart}")
    temperature = meter.create_gauge("room.temperature", unit="Cel")
    utilization = meter.create_gauge("cpu.utilization", unit="1")
    duration = meter.create_histogram("http.server.duration", unit="s", explicit_bucket_boundaries_advisory=[0.1, 0.5, 1.0])
    latency = meter.create_histogram("http.client.latency", unit="ms")
    meter.create_observable_gauge("queue.length", callbacks=[queue_length])
    meter.create_observable_counter("pages.read", callbacks=[pages_read])

    requests.add(5, {"http.method": "GET", "http.status_code": 200})
    requests.add(2, {"http.method": "POST", "http.status_code": 500})
    sent.add(1500)
    open_carts.add(4)
    open_carts.add(-1)
    temperature.set(21.5, {"room": "계산대"})
    utilization.set(0.75)
    for seconds in (0.05, 0.3, 0.4, 2.0):
        duration.record(seconds, {"http.route": "/pay"})
    for milliseconds in (1, 2, 4):
        latency.record(milliseconds)

    to = exporter(protocol, endpoint, compression)
    answers = [programme.export(to)]
    requests.add(3, {"http.method": "GET", "http.status_code": 200})
    open_carts.add(-2)
    temperature.set(22.0, {"room": "계산대"})
    duration.record(0.7, {"http.route": "/pay"})
    answers.append(programme.export(to))
    to.shutdown()

    # Another program, which counts each interval on its own.
    delta = {Counter: AggregationTemporality.DELTA}
    programme = Programme(protocol, delta)
    errors = programme.meter.create_counter("errors", unit="{error}")
    to = exporter(protocol, endpoint, compression, delta)
    for count in (7, 2):
        errors.add(count)
        answers.append(programme.export(to))
    to.shutdown()

    print(json.dumps([answer.name for answer in answers]))
    sys.exit(0 if all(answer is MetricExportResult.SUCCESS for answer in answers) else 1)


if __name__ == "__main__":
    main()
