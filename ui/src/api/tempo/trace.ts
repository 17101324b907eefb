// GET /tempo/api/v2/traces/ID: one whole trace, decoded from OTLP's JSON into flat spans.

import { type Json, list, number, record, text } from "../decode";
import { getJson } from "../http";
import { between, compareNanos, type Instant, instant } from "../loki/nanos";

export interface Attribute {
  readonly key: string;
  readonly value: string;
}

export interface SpanEvent {
  readonly name: string;
  /** Nanoseconds after the start of the trace. */
  readonly at: number;
  readonly attributes: readonly Attribute[];
}

export interface SpanLink {
  readonly traceId: string;
  readonly spanId: string;
}

export interface Resource {
  readonly service: string;
  readonly attributes: readonly Attribute[];
}

/** A span, whoever made it. */
export type Span = Pick<DecodedSpan, keyof DecodedSpan>;

export interface Trace {
  /** Epoch nanoseconds of the earliest span. */
  readonly startNs: string;
  /** Nanoseconds from the earliest start to the latest end. */
  readonly length: number;
  readonly spans: readonly Span[];
}

export async function fetchTrace(id: string, signal?: AbortSignal): Promise<Trace> {
  return decodeTrace(await getJson(`/tempo/api/v2/traces/${encodeURIComponent(id)}`, { signal }));
}

interface Loose {
  readonly span: Readonly<Record<string, unknown>>;
  readonly resource: Resource;
  readonly scope: string;
}

export function decodeTrace(value: unknown): Trace {
  const answer = record(value);
  const body = answer.trace === undefined ? answer : record(answer.trace);
  const loose = list(body.resourceSpans ?? body.batches).flatMap(looseSpans);
  // A span that does not say when it began would move the start of its trace to 1970.
  const starts = loose.map((one) => text(one.span.startTimeUnixNano)).filter((ns) => ns !== "" && ns !== "0");
  const startNs = starts.reduce((least, one) => (compareNanos(one, least) < 0 ? one : least), starts[0] ?? "0");
  const traceStart = instant(startNs);
  const spans = loose.map((one) => new DecodedSpan(one, traceStart));
  const length = spans.reduce((most, one) => Math.max(most, one.start + one.length), 0);
  return { startNs, length, spans };
}

function looseSpans(value: unknown): Loose[] {
  const batch = record(value);
  const attributes = decodeAttributes(record(batch.resource).attributes);
  const service = attributes.find((one) => one.key === "service.name")?.value ?? "unknown service";
  const resource: Resource = { service, attributes };
  return list(batch.scopeSpans ?? batch.instrumentationLibrarySpans).flatMap((inner) => {
    const group = record(inner);
    const scope = text(record(group.scope).name);
    return list(group.spans).map((span): Loose => ({ span: record(span), resource, scope }));
  });
}

/** A span as it came. Most spans of a large trace are never looked at: what only the drawer shows is decoded when it asks. */
class DecodedSpan {
  readonly id: string;
  /** Empty for a root. */
  readonly parent: string;
  readonly name: string;
  readonly kind: string;
  readonly resource: Resource;
  readonly scope: string;
  /** Nanoseconds after the start of the trace. */
  readonly start: number;
  /** Nanoseconds. */
  readonly length: number;
  readonly isError: boolean;
  readonly statusMessage: string;
  readonly #span: Json;
  readonly #began: Instant;
  readonly #traceStart: Instant;

  constructor({ span, resource, scope }: Loose, traceStart: Instant) {
    const start = readInstant(span.startTimeUnixNano, traceStart);
    const end = readInstant(span.endTimeUnixNano, start);
    const status = record(span.status);
    this.id = hexId(text(span.spanId));
    this.parent = hexId(text(span.parentSpanId));
    this.name = text(span.name);
    this.kind = kindName(span.kind);
    this.resource = resource;
    this.scope = scope;
    this.start = between(start, traceStart);
    this.length = Math.max(0, between(end, start));
    this.isError = status.code === 2 || status.code === "STATUS_CODE_ERROR";
    this.statusMessage = text(status.message);
    this.#span = span;
    this.#began = start;
    this.#traceStart = traceStart;
  }

  get attributes(): readonly Attribute[] {
    return decodeAttributes(this.#span.attributes);
  }

  get events(): readonly SpanEvent[] {
    return list(this.#span.events).map((one) => decodeEvent(record(one), this.#began, this.#traceStart));
  }

  get links(): readonly SpanLink[] {
    return list(this.#span.links).map((one): SpanLink => {
      const link = record(one);
      return { traceId: hexId(text(link.traceId)), spanId: hexId(text(link.spanId)) };
    });
  }
}

/** A missing time is taken for `fallback`. */
function readInstant(value: unknown, fallback: Instant): Instant {
  const ns = text(value);
  return ns === "" ? fallback : instant(ns);
}

function decodeEvent(event: Json, spanStart: Instant, traceStart: Instant): SpanEvent {
  return {
    name: text(event.name),
    at: between(readInstant(event.timeUnixNano, spanStart), traceStart),
    attributes: decodeAttributes(event.attributes),
  };
}

const KINDS = ["unspecified", "internal", "server", "client", "producer", "consumer"];

function kindName(kind: unknown): string {
  if (typeof kind === "number") return KINDS[kind] ?? "unspecified";
  return text(kind).replace("SPAN_KIND_", "").toLowerCase() || "unspecified";
}

const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/** What each letter of base64 stands for, by its code; 64 for those that are none. */
const SIXES = Uint8Array.from({ length: 128 }, (_, code) => {
  const six = BASE64.indexOf(String.fromCharCode(code));
  return six < 0 ? 64 : six;
});
/** Three hex digits of two letters of base64. */
const PAIRS = Array.from({ length: 4_096 }, (_, bits) => bits.toString(16).padStart(3, "0"));
/** Lengths of span and trace ids in hex; base64 makes them 12 and 24. */
const HEX_LENGTHS = [16, 32];

/** Ids arrive in base64, as protobuf's JSON writes bytes, or already in hex. */
export function hexId(id: string): string {
  if (id === "") return id;
  if (HEX_LENGTHS.includes(id.length) && /^[0-9a-f]+$/i.test(id)) return id.toLowerCase();
  // Large traces have a hundred thousand ids: two letters at a time, without an array of bytes.
  const padding = id.endsWith("==") ? 2 : id.endsWith("=") ? 1 : 0;
  const letters = id.length - padding;
  let hex = "";
  for (let at = 0; at < letters; at += 2) {
    const high = SIXES[id.charCodeAt(at)] ?? 64;
    const low = at + 1 < letters ? (SIXES[id.charCodeAt(at + 1)] ?? 64) : 0;
    if (high === 64 || low === 64) return id;
    hex += PAIRS[high * 64 + low] ?? "";
  }
  return letters === 0 ? id : hex.slice(0, Math.floor((letters * 3) / 4) * 2);
}

function decodeAttributes(value: unknown): Attribute[] {
  return list(value).map((one) => {
    const pair = record(one);
    return { key: text(pair.key), value: anyText(pair.value) };
  });
}

/** OTLP's AnyValue as text; lists and maps as JSON. */
export function anyText(value: unknown): string {
  const plain = anyPlain(value);
  return typeof plain === "string" ? plain : JSON.stringify(plain);
}

function anyPlain(value: unknown): unknown {
  const any = record(value);
  if ("stringValue" in any) return text(any.stringValue);
  if ("intValue" in any) return text(any.intValue);
  if ("doubleValue" in any) return String(number(any.doubleValue) ?? any.doubleValue);
  if ("boolValue" in any) return String(any.boolValue);
  if ("bytesValue" in any) return text(any.bytesValue);
  if ("arrayValue" in any) return list(record(any.arrayValue).values).map(anyPlain);
  if ("kvlistValue" in any) {
    return Object.fromEntries(
      list(record(any.kvlistValue).values).map((one) => [text(record(one).key), anyPlain(record(one).value)]),
    );
  }
  return "";
}
