// How a panel of log lines is shown, read from its options, and what of each line. Pure.

import type { Labels } from "../../../api/decode";
import { type Json, text, texts } from "../../../api/decode";
import { fieldsOf, type LogEntry } from "../../../logs/entry";
import { DEDUPES, type Dedupe } from "../../../logs/lines/dedupe";

export interface LogLook {
  readonly time: boolean;
  /** Nanoseconds instead of milliseconds. */
  readonly nanos: boolean;
  readonly level: boolean;
  /** Labels that differ between lines; those that all have in common. */
  readonly labels: boolean;
  readonly common: boolean;
  readonly wrap: boolean;
  readonly pretty: boolean;
  readonly details: boolean;
  readonly sidebar: boolean;
  readonly dedupe: Dedupe;
  readonly oldestFirst: boolean;
  readonly endless: boolean;
  /** Instead of the line; empty: the line. */
  readonly fields: readonly string[];
  readonly context: boolean;
  readonly colored: boolean;
  readonly small: boolean;
  readonly controls: boolean;
}

export function logLook(options: Json): LogLook {
  return {
    time: options.showTime !== false,
    nanos: options.timestampResolution === "ns",
    level: options.showLevel === true,
    labels: options.showLabels === true,
    common: options.showCommonLabels === true,
    wrap: options.wrapLogMessage === true,
    pretty: options.prettifyLogMessage === true,
    details: options.enableLogDetails !== false && options.noInteractions !== true,
    sidebar: text(options.detailsMode) === "sidebar",
    dedupe: DEDUPES.find((one) => one === options.dedupStrategy) ?? "none",
    oldestFirst: options.sortOrder === "Ascending",
    endless: options.enableInfiniteScrolling === true,
    fields: texts(options.displayedFields),
    context: options.showLogContextToggle === true,
    colored: options.syntaxHighlighting === true,
    small: options.fontSize === "small",
    controls: options.showControls === true,
  };
}

/** Labels of all lines that are the same on each. */
export function commonLabels(entries: readonly LogEntry[]): Labels {
  const [first, ...rest] = entries;
  if (first === undefined) return {};
  const common = new Map(Object.entries(first.stream));
  const seen = new Set<Labels>([first.stream]);
  for (const { stream } of rest) {
    if (seen.has(stream)) continue;
    seen.add(stream);
    for (const [name, value] of common) if (stream[name] !== value) common.delete(name);
    if (common.size === 0) break;
  }
  return Object.fromEntries(common);
}

/** `{a="b"}` of labels, without those that all lines have in common. */
export function labelsText(labels: Labels, without: Labels = {}): string {
  const own = Object.entries(labels).filter(([name, value]) => without[name] !== value);
  return own.map(([name, value]) => `${name}=${value}`).join(" ");
}

/** The name by which the chosen fields may hold the line itself. */
export const WHOLE_LINE = "___LOG_LINE_BODY___";

export interface Cell {
  readonly name: string;
  readonly value: string;
}

/** The chosen fields of a line, those it has. */
export function cellsOf(entry: LogEntry, names: readonly string[]): Cell[] {
  const all = new Map(fieldsOf(entry).map((one) => [one.name, one.value]));
  return names.flatMap((name) => {
    const value = name === WHOLE_LINE ? entry.line : all.get(name);
    return value === undefined ? [] : [{ name, value }];
  });
}

/** Longer lines are documents: to indent each would hold up the page. */
const LONGEST_PRETTY = 20_000;

/** A line of JSON on many lines; any other as it is. */
export function prettyLine(line: string): string {
  const start = line.trimStart()[0];
  if ((start !== "{" && start !== "[") || line.length > LONGEST_PRETTY) return line;
  try {
    return JSON.stringify(JSON.parse(line), null, 2);
  } catch {
    return line;
  }
}

export interface Token {
  readonly text: string;
  readonly kind: "plain" | "name" | "string" | "number" | "word";
}

const TOKEN =
  /("(?:[^"\\]|\\.)*")(\s*:)?|(?<![\w.-])([A-Za-z_][\w.-]*)(=)|(?<![\w.-])(\d+(?:\.\d+)?(?:ns|[µu]s|ms|s|m|h|%|[KMGT]i?B)?)(?![\w-]|\.\d)|\b(true|false|null|GET|POST|PUT|DELETE|PATCH|HEAD|OPTIONS)\b/g;

/** Names, texts, numbers and fixed words of a line: of JSON and `key=value`, and of whatever looks like them. */
export function tokensOf(line: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const add = (kind: Token["kind"], piece: string) => {
    if (piece !== "") tokens.push({ text: piece, kind });
  };
  for (const found of line.matchAll(TOKEN)) {
    const [whole, quoted, colon, key, equals, figure, word] = found;
    add("plain", line.slice(at, found.index));
    at = found.index + whole.length;
    if (quoted !== undefined) {
      add(colon === undefined ? "string" : "name", quoted);
      add("plain", colon ?? "");
    } else if (key !== undefined) {
      add("name", key);
      add("plain", equals ?? "");
    } else if (figure !== undefined) add("number", figure);
    else add("word", word ?? "");
  }
  add("plain", line.slice(at));
  return tokens;
}
