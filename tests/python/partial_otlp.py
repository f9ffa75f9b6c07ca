"""Sends data points that cannot all be kept, and prints the answers as JSON: `partial_otlp.py HTTP_ENDPOINT GRPC_ENDPOINT`.

Speaks with OpenTelemetry's own messages, so that the answers are read by code that is not Maru's.
"""

import json
import sys
import time

import grpc
import requests
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest, ExportMetricsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2_grpc import MetricsServiceStub
from opentelemetry.proto.metrics.v1.metrics_pb2 import Gauge, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics


def request(name):
    """A gauge with a good point, one without a time, and one that is no number."""
    now = time.time_ns()
    points = [
        NumberDataPoint(time_unix_nano=now, as_double=1.5),
        NumberDataPoint(time_unix_nano=0, as_double=2.5),
        NumberDataPoint(time_unix_nano=now + 1_000_000, as_double=float("inf")),
    ]
    metric = Metric(name=name, gauge=Gauge(data_points=points))
    return ExportMetricsServiceRequest(resource_metrics=[ResourceMetrics(scope_metrics=[ScopeMetrics(metrics=[metric])])])


def told(response):
    """What the answer says was not kept."""
    partial = response.partial_success
    return {"rejected": partial.rejected_data_points, "message": partial.error_message}


def main():
    http_endpoint, grpc_endpoint = sys.argv[1:3]
    headers = {"content-type": "application/x-protobuf"}
    answer = requests.post(http_endpoint, data=request("partial.http").SerializeToString(), headers=headers, timeout=20)
    over_http = {"status": answer.status_code, "content_type": answer.headers["content-type"]}
    over_http |= told(ExportMetricsServiceResponse.FromString(answer.content))
    with grpc.insecure_channel(grpc_endpoint) as channel:
        over_grpc = told(MetricsServiceStub(channel).Export(request("partial.grpc"), timeout=20))
    print(json.dumps({"http": over_http, "grpc": over_grpc}))


if __name__ == "__main__":
    main()
