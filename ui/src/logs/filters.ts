// Changes a LogQL query by one filter, by text surgery that leaves the rest of the query as it was typed. Pure.
import type { Labels } from "../api/decode";
import type { Field } from "./fields";

/** Whether the query asks for lines; everything else is a metric over lines. */
export function isLineQuery(query: string): boolean {
  return /^\s*\{/.test(query.replaceAll(/^\s*#.*$/gm, "")) && !/\}\s*[-+*/^%]\s*[\w({]/.test(query);
}

/** The query with `name op value` added: into the selector for stream labels, as a stage after a parser for fields. */
export function addFilter(query: string, field: Field, wanted: boolean): string {
  const op = wanted ? "=" : "!=";
  const matcher = `${field.name}${op}${JSON.stringify(field.value)}`;
  if (field.from === "label") return addMatcher(query, matcher);
  const end = query.trimEnd();
  const parser = field.from === "json" || field.from === "logfmt" ? field.from : undefined;
  const isParsed = parser === undefined || new RegExp(`\\|\\s*${parser}\\b`).test(outsideStrings(end));
  return `${end}${isParsed ? "" : ` | ${parser}`} | ${matcher}`;
}

function addMatcher(query: string, matcher: string): string {
  const close = outsideStrings(query).indexOf("}");
  if (close < 0) return `{${matcher}}`;
  const before = query.slice(0, close).trimEnd();
  return `${before}${before.endsWith("{") || before.endsWith(",") ? "" : ", "}${matcher}${query.slice(close)}`;
}

/** The same text with the insides of strings blanked, so that positions stay. */
function outsideStrings(query: string): string {
  return query.replaceAll(/"(?:[^"\\]|\\.)*"|`[^`]*`/g, (text) => `"${" ".repeat(Math.max(0, text.length - 2))}"`);
}

/** A selector for exactly this stream. */
export function selectorOf(stream: Labels): string {
  const inner = Object.keys(stream)
    .filter((name) => name !== "detected_level" && !name.startsWith("__"))
    .sort()
    .map((name) => `${name}=${JSON.stringify(stream[name])}`)
    .join(", ");
  return `{${inner}}`;
}

/** What the line filters of a query look for, as expressions to mark in the lines. */
export function markExpressions(query: string): RegExp[] {
  const marks: RegExp[] = [];
  for (const found of query.matchAll(/\|([=~])\s*(?:"((?:[^"\\]|\\.)*)"|`([^`]*)`)/g)) {
    const [, op, quoted, raw] = found;
    const text = raw ?? (quoted ?? "").replaceAll(/\\(.)/g, "$1");
    if (text === "") continue;
    try {
      marks.push(op === "=" ? new RegExp(text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"), "g") : jsPattern(text));
    } catch {
      // A pattern that only the server understands marks nothing.
    }
  }
  return marks;
}

/** Go's `(?i)` prefix as a flag. */
function jsPattern(text: string): RegExp {
  const flagged = /^\(\?([ims]+)\)/.exec(text);
  const flags = [...(flagged?.[1] ?? "")].filter((one, index, all) => all.indexOf(one) === index).join("");
  return new RegExp(flagged === null ? text : text.slice(flagged[0].length), `g${flags}`);
}

export interface Piece {
  readonly text: string;
  readonly marked: boolean;
}

/** Lines longer than this are shown cut while folded; marking more would cost more than it tells. */
const MOST_MARKS = 50;

/** The line in pieces, marked where a filter found something. Joined, they are the line. */
export function markLine(line: string, marks: readonly RegExp[]): Piece[] {
  const spans: [number, number][] = [];
  for (const mark of marks) {
    for (const found of line.matchAll(mark)) {
      if (found[0] !== "") spans.push([found.index, found.index + found[0].length]);
      if (spans.length >= MOST_MARKS) break;
    }
  }
  spans.sort((a, b) => a[0] - b[0]);
  const pieces: Piece[] = [];
  let at = 0;
  for (const [from, to] of spans) {
    if (to <= at) continue;
    if (from > at) pieces.push({ text: line.slice(at, from), marked: false });
    pieces.push({ text: line.slice(Math.max(from, at), to), marked: true });
    at = to;
  }
  if (at < line.length || pieces.length === 0) pieces.push({ text: line.slice(at), marked: false });
  return pieces;
}

/** Colour and cursor sequences of terminals, after the escape character. */
const SEQUENCE = /^\[[0-9;?]*[A-Za-z]/;
const ESCAPE = 0x1b;
const isControl = (code: number) => (code < 0x20 && code !== 0x09 && code !== 0x0a) || code === 0x7f;

/** Without terminal colours; other control characters become a dot, so that they are seen and do nothing. */
export function plainText(line: string): string {
  let result = "";
  let from = 0;
  for (let index = 0; index < line.length; index += 1) {
    const code = line.charCodeAt(index);
    if (!isControl(code)) continue;
    result += line.slice(from, index);
    const sequence = code === ESCAPE ? SEQUENCE.exec(line.slice(index + 1, index + 24)) : null;
    if (sequence === null) result += "\u00b7";
    else index += sequence[0].length;
    from = index + 1;
  }
  return from === 0 ? line : result + line.slice(from);
}
