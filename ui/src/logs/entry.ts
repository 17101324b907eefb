// A log line as the page shows it, made from what the server sent: level, fields and a trace to hop to. Pure.
import type { Labels } from "../api/decode";
import { millis } from "../api/loki/nanos";
import type { RawEntry } from "../api/loki/query";
import type { Level } from "../charts/colors/palette";
import { type Field, parseLine } from "./fields";

export interface LogEntry {
  /** Distinct for each line of the list, stable between pages. */
  readonly key: string;
  readonly ns: string;
  readonly ms: number;
  readonly line: string;
  readonly level: Level;
  readonly stream: Labels;
  readonly metadata: Labels;
  readonly parsed: Labels;
}

const LEVEL_NAMES: readonly [Level, RegExp][] = [
  ["critical", /^(critical|crit|fatal|emerg|emergency|alert|panic)$/i],
  ["error", /^(error|err|eror|severe)$/i],
  ["warn", /^(warn|warning)$/i],
  ["info", /^(info|information|informational|notice)$/i],
  ["debug", /^(debug|dbg|verbose)$/i],
  ["trace", /^(trace|trc)$/i],
];

const LEVEL_LABELS = ["detected_level", "level", "severity", "severity_text", "lvl", "loglevel"];

/** Enough of the line to find its level; the word stands near the start. */
const LEVEL_SEARCH_CHARS = 160;

export function levelOfName(name: string): Level | undefined {
  return LEVEL_NAMES.find(([, names]) => names.test(name))?.[0];
}

export function levelOf(entry: RawEntry): Level {
  for (const group of [entry.metadata, entry.stream, entry.parsed]) {
    for (const label of LEVEL_LABELS) {
      const level = levelOfName(group[label] ?? "");
      if (level !== undefined) return level;
    }
  }
  const start = entry.line.slice(0, LEVEL_SEARCH_CHARS);
  const named = /\b(?:level|lvl|severity)["']?\s*[=:]\s*["']?([a-z]+)/i.exec(start)?.[1];
  const bare = /\b(FATAL|CRITICAL|PANIC|ERROR|WARN|WARNING|INFO|DEBUG|TRACE)\b/.exec(start)?.[1];
  return levelOfName(named ?? bare ?? "") ?? "unknown";
}

export function entryOf(raw: RawEntry, repeat: number): LogEntry {
  return {
    key: `${raw.ns}/${streamKey(raw.stream)}/${raw.line.length}:${raw.line.slice(0, 64)}/${repeat}`,
    ns: raw.ns,
    ms: millis(raw.ns),
    line: raw.line,
    level: levelOf(raw),
    stream: raw.stream,
    metadata: raw.metadata,
    parsed: raw.parsed,
  };
}

const streamKeys = new WeakMap<Labels, string>();

export function streamKey(stream: Labels): string {
  let key = streamKeys.get(stream);
  if (key === undefined) {
    key = Object.keys(stream)
      .sort()
      .map((name) => `${name}=${stream[name]}`)
      .join(",");
    streamKeys.set(stream, key);
  }
  return key;
}

export function serviceOf(entry: Pick<LogEntry, "stream">): string {
  return entry.stream.service_name ?? entry.stream.app ?? entry.stream.job ?? entry.stream.container ?? "";
}

const TRACE_NAMES = /^(trace[_.-]?id|traceid|otel[_.]trace_id)$/i;

/** The trace that a line belongs to: from metadata, labels or parsed fields first, then from the text. */
export function traceOf(entry: LogEntry): string | undefined {
  for (const group of [entry.metadata, entry.parsed, entry.stream]) {
    for (const [name, value] of Object.entries(group)) {
      if (TRACE_NAMES.test(name) && isTraceId(value)) return value.toLowerCase();
    }
  }
  const found = /\btrace[_.-]?id["']?\s*[=:]\s*["']?([0-9a-f]{16,32})\b/i.exec(entry.line)?.[1];
  return found !== undefined && isTraceId(found) ? found.toLowerCase() : undefined;
}

function isTraceId(value: string): boolean {
  return /^[0-9a-f]{16,32}$/i.test(value) && !/^0+$/.test(value);
}

/** All fields of an entry, each name once: what the server knows first, then what the line itself says in JSON or key=value. */
export function fieldsOf(entry: LogEntry): Field[] {
  const fields = new Map<string, Field>();
  const add = (field: Field) => {
    if (!fields.has(field.name)) fields.set(field.name, field);
  };
  for (const [name, value] of Object.entries(entry.stream)) add({ name, value, from: "label" });
  for (const [name, value] of Object.entries(entry.metadata)) add({ name, value, from: "metadata" });
  const parsed = Object.entries(entry.parsed);
  for (const [name, value] of parsed) add({ name, value, from: "parsed" });
  if (parsed.length === 0) for (const field of parseLine(entry.line)) add(field);
  return [...fields.values()];
}
