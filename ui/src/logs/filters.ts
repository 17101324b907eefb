// Changes a LogQL query by one filter, by text surgery that leaves the rest of the query as it was typed. Pure.
import type { Labels } from "../api/decode";
import type { Field } from "./fields";
import { isSteady } from "./steady";

/** Whether the query asks for lines; everything else is a metric over lines. */
export function isLineQuery(query: string): boolean {
  return /^\s*\{/.test(query.replaceAll(/^\s*#.*$/gm, "")) && !/\}\s*[-+*/^%]\s*[\w({]/.test(query);
}

/** The query with the filter; without it where it was there, so that the same click goes back; with it in the place of its opposite. */
export function toggleFilter(query: string, field: Field, wanted: boolean): string {
  const same = findFilter(query, field, wanted ? "=" : "!=");
  if (same !== undefined) return isLast(query, same) ? query : without(query, same);
  const opposite = findFilter(query, field, wanted ? "!=" : "=");
  return addFilter(opposite === undefined ? query : without(query, opposite), field, wanted);
}

interface Found {
  readonly from: number;
  readonly to: number;
  readonly isStage: boolean;
}

/** Where the query says exactly this, as a matcher of its selector or as a stage. */
function findFilter(query: string, { name, value, from }: Field, op: "=" | "!="): Found | undefined {
  const isStage = from !== "label";
  const values = [JSON.stringify(value), `\`${value}\``].map(literal).join("|");
  const matcher = `${literal(name)}\\s*${op}\\s*(?:${values})`;
  const pattern = isStage ? `\\s*\\|\\s*${matcher}(?=\\s*(?:\\||$))` : `(?<=[{,]\\s*)${matcher}(?=\\s*[,}])`;
  const plain = outsideStrings(query);
  const close = plain.indexOf("}");
  for (const one of query.matchAll(new RegExp(pattern, "g"))) {
    // Within a text it is no filter; behind the selector it is a stage, in it a matcher.
    const nameAt = one.index + one[0].indexOf(name);
    if (plain.startsWith(name, nameAt) && nameAt > close === isStage) {
      return { from: one.index, to: one.index + one[0].length, isStage };
    }
  }
  return undefined;
}

/** A selector without any matcher is refused. */
function isLast(query: string, found: Found): boolean {
  return !found.isStage && /\{\s*\}/.test(without(query, found));
}

function without(query: string, { from, to, isStage }: Found): string {
  if (isStage) return `${query.slice(0, from)}${query.slice(to)}`;
  const [before, after] = [query.slice(0, from), query.slice(to)];
  // One of the commas beside it goes too.
  return /^\s*,/.test(after) ? `${before}${after.replace(/^\s*,\s*/, "")}` : `${before.replace(/,\s*$/, "")}${after}`;
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

/** An expression that finds just this text. */
function literal(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
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
    if (text === "" || (op === "~" && !isSteady(text))) continue;
    try {
      marks.push(op === "=" ? new RegExp(literal(text), "g") : jsPattern(text));
    } catch {
      // A pattern that only the server understands marks nothing.
    }
  }
  return marks;
}

/** A text to mark, whatever its case. */
export function textMarks(text: string): RegExp[] {
  return text === "" ? [] : [new RegExp(literal(text), "gi")];
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
