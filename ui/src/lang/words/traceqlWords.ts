// What TraceQL's functions, intrinsics and words do: how each is written, and one line about it.
import type { Words } from "./wordAt";

const overSpans = (does: string): readonly [string, string] => ["(attribute) by (attributes)", does];

export const TRACEQL_WORDS: Words = {
  rate: ["() by (attributes)", "Spans a second, one series for each value of the attributes."],
  count_over_time: ["() by (attributes)", "Spans of each step."],
  min_over_time: overSpans("Lowest value of the attribute among the spans of each step."),
  max_over_time: overSpans("Highest value of the attribute among the spans of each step."),
  avg_over_time: overSpans("Mean of the attribute over the spans of each step."),
  sum_over_time: overSpans("Sum of the attribute over the spans of each step."),
  quantile_over_time: [
    "(attribute, part…) by (attributes)",
    "Value that this part of the spans, between 0 and 1, does not exceed.",
  ],
  histogram_over_time: overSpans("How the values are spread, as buckets."),
  compare: ["({ conditions }, most)", "Values of attributes among the spans that fit beside those among all others."],
  topk: ["(k)", "The k highest series."],
  bottomk: ["(k)", "The k lowest series."],
  count: ["() > number", "Traces with that many spans that fit."],
  avg: ["(attribute) > value", "Traces by the mean over the spans that fit."],
  max: ["(attribute) > value", "Traces by the highest of the spans that fit."],
  min: ["(attribute) > value", "Traces by the lowest of the spans that fit."],
  sum: ["(attribute) > value", "Traces by the sum over the spans that fit."],
  by: ["(attributes)", "A set of spans for each value; behind a metric a series for each."],
  select: ["(attributes)", "These attributes come along with the spans that were found."],
  coalesce: ["()", "The sets of spans are one set again."],
  with: [" (name=value)", "Hints for the server, such as most_recent=true or exemplars=true."],
  name: ["", "Name of the span."],
  status: ["", "error, ok or unset."],
  statusMessage: ["", "What the span says about its status."],
  kind: ["", "server, client, producer, consumer, internal or unspecified."],
  duration: ["", "How long the span took, such as 100ms."],
  traceDuration: ["", "From the first beginning to the last end of the trace."],
  rootName: ["", "Name of the first span of the trace."],
  rootServiceName: ["", "Service of the first span of the trace."],
  nestedSetParent: ["", "Less than zero for the first span of a trace."],
  nil: ["", "= nil: spans without the attribute; != nil: spans with it."],
};
