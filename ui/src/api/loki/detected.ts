// GET /loki/api/v1/detected_labels, detected_fields and patterns: what the lines of a selector have in common.
import type { Range } from "../../time/range";
import { list, number, record, text, texts } from "../decode";
import { getJson } from "../http";
import { nanos } from "./nanos";

export interface DetectedField {
  readonly name: string;
  readonly cardinality: number;
  /** `string`, `int`, `float`, `duration`, `bytes` or `boolean`. */
  readonly type: string;
  /** The parser that finds it; undefined for structured metadata. */
  readonly parser: "json" | "logfmt" | undefined;
}

export interface Pattern {
  readonly text: string;
  readonly level: string;
  readonly count: number;
  /** Epoch seconds and lines. */
  readonly samples: readonly (readonly [time: number, count: number])[];
}

const ask = async (path: string, query: string, range: Range, signal: AbortSignal, rest = {}) =>
  record(
    await getJson(`/loki/api/v1/${path}`, {
      params: { query, start: nanos(range.from), end: nanos(range.to), ...rest },
      signal,
    }),
  );

export async function detectedLabels(query: string, range: Range, signal: AbortSignal): Promise<DetectedField[]> {
  const answer = await ask("detected_labels", query, range, signal);
  return list(answer.detectedLabels).map((one) => {
    const entry = record(one);
    return { name: text(entry.label), cardinality: number(entry.cardinality) ?? 0, type: "string", parser: undefined };
  });
}

export async function detectedFields(query: string, range: Range, signal: AbortSignal): Promise<DetectedField[]> {
  const answer = await ask("detected_fields", query, range, signal, { line_limit: 2_000, limit: 200 });
  return list(answer.fields).map((one) => {
    const entry = record(one);
    const [first] = texts(entry.parsers);
    const parser = first === "json" || first === "logfmt" ? first : undefined;
    // A field that is called like a label gets this ending; the parser gives it the ending too.
    return { name: text(entry.label), cardinality: number(entry.cardinality) ?? 0, type: text(entry.type), parser };
  });
}

/** Most frequent first. */
export async function patterns(query: string, range: Range, stepMs: number, signal: AbortSignal): Promise<Pattern[]> {
  const answer = await ask("patterns", query, range, signal, { step: `${Math.max(1, Math.round(stepMs / 1_000))}s` });
  return decodePatterns(answer);
}

export function decodePatterns(value: unknown): Pattern[] {
  return list(record(value).data)
    .map((one): Pattern => {
      const entry = record(one);
      const samples = list(entry.samples).flatMap((pair): [number, number][] => {
        const [time, lines] = list(pair).map(number);
        return time === undefined || lines === undefined ? [] : [[time, lines]];
      });
      const count = samples.reduce((sum, [, lines]) => sum + lines, 0);
      return { text: text(entry.pattern), level: text(entry.level), count, samples };
    })
    .sort((a, b) => b.count - a.count);
}

/** Values of a field that the lines have. */
export async function detectedValues(name: string, query: string, range: Range): Promise<string[]> {
  const path = `detected_field/${encodeURIComponent(name)}/values`;
  return texts((await ask(path, query, range, AbortSignal.timeout(5_000), { limit: 200 })).values);
}
