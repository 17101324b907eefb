"""Exports one trace, one metric and one log record with the OpenTelemetry SDK, over gRPC and over HTTP.

Usage: otel_client.py GRPC_ENDPOINT HTTP_ENDPOINT MARKER. Prints the two trace ids, gRPC first.
"""
import logging
import sys

from opentelemetry import trace
from opentelemetry._logs import set_logger_provider
from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor


def exporters(protocol, grpc, http):
    if protocol == "grpc":
        from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter
        from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter
        from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter

        options = {"endpoint": grpc, "insecure": True}
        return OTLPSpanExporter(**options), OTLPMetricExporter(**options), OTLPLogExporter(**options)
    from opentelemetry.exporter.otlp.proto.http import Compression
    from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    gzip = Compression.Gzip
    return (
        OTLPSpanExporter(endpoint=http + "/v1/traces", compression=gzip),
        OTLPMetricExporter(endpoint=http + "/v1/metrics", compression=gzip),
        OTLPLogExporter(endpoint=http + "/v1/logs", compression=gzip),
    )


def export(protocol, grpc, http, marker):
    spans, metrics, logs = exporters(protocol, grpc, http)
    resource = Resource.create({"service.name": f"shop-{protocol}", "service.instance.id": marker})
    tracers = TracerProvider(resource=resource)
    tracers.add_span_processor(BatchSpanProcessor(spans))
    meters = MeterProvider(resource=resource, metric_readers=[PeriodicExportingMetricReader(metrics)])
    loggers = LoggerProvider(resource=resource)
    set_logger_provider(loggers)
    loggers.add_log_record_processor(BatchLogRecordProcessor(logs))
    logger = logging.getLogger(f"shop.{protocol}")
    logger.setLevel(logging.INFO)
    logger.addHandler(LoggingHandler(level=logging.INFO, logger_provider=loggers))

    meter = meters.get_meter("shop")
    meter.create_counter("orders", unit="1").add(7, {"marker": marker})
    meter.create_histogram("order.size", unit="By").record(512, {"marker": marker})
    with tracers.get_tracer("shop").start_as_current_span("checkout", kind=trace.SpanKind.SERVER) as root:
        root.set_attribute("marker", marker)
        root.set_attribute("http.response.status_code", 201)
        with tracers.get_tracer("shop").start_as_current_span("charge card") as child:
            child.add_event("declined once", {"attempt": 1})
            child.set_status(trace.Status(trace.StatusCode.ERROR, "declined"))
            logger.warning("order %s was declined once", marker)
    print(format(root.get_span_context().trace_id, "032x"))
    tracers.shutdown()
    meters.shutdown()
    loggers.shutdown()


if __name__ == "__main__":
    _, grpc_endpoint, http_endpoint, the_marker = sys.argv
    export("grpc", grpc_endpoint, http_endpoint, the_marker)
    export("http", grpc_endpoint, http_endpoint, the_marker)
