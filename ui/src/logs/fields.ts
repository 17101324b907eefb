// Fields that a line carries in itself, and how often each value occurs in the loaded lines. Pure.

import { type JsonNode, plainValue, readJson } from "./json";

export type FieldSource = "label" | "metadata" | "parsed" | "json" | "logfmt";

export interface Field {
  readonly name: string;
  readonly value: string;
  readonly from: FieldSource;
}

/** Longer lines are documents; their fields are found by the server's parsers. */
const LONGEST_PARSED = 16_384;
const MOST_FIELDS = 100;

export function parseLine(line: string): Field[] {
  if (line.length > LONGEST_PARSED) return [];
  const text = line.trimStart();
  return text.startsWith("{") ? parseJson(text) : parseLogfmt(text);
}

function parseJson(text: string): Field[] {
  const fields: Field[] = [];
  const node = readJson(text);
  if (node !== undefined) flatten(node, "", fields);
  return fields.slice(0, MOST_FIELDS);
}

/** Nested names are joined with underscores, as the `json` stage does. Arrays are left out, as there. */
function flatten(node: JsonNode, name: string, into: Field[]): void {
  if (node.kind === "array") return;
  if (node.kind === "object") {
    for (const [key, inner] of node.members) flatten(inner, name === "" ? clean(key) : `${name}_${clean(key)}`, into);
  } else if (node.raw !== "null") into.push({ name, value: plainValue(node.raw), from: "json" });
}

function clean(key: string): string {
  const safe = key.replaceAll(/[^A-Za-z0-9_]/g, "_");
  return /^\d/.test(safe) ? `_${safe}` : safe;
}

const PAIR = /([A-Za-z_][\w.-]*)=(?:"((?:[^"\\]|\\.)*)"|([^\s"]+))/g;

function parseLogfmt(text: string): Field[] {
  const fields: Field[] = [];
  for (const found of text.matchAll(PAIR)) {
    const [, name = "", quoted, plain] = found;
    const value = quoted === undefined ? (plain ?? "") : quoted.replaceAll(/\\(.)/g, "$1");
    fields.push({ name: clean(name), value, from: "logfmt" });
    if (fields.length === MOST_FIELDS) break;
  }
  return fields;
}

export interface ValueShare {
  readonly value: string;
  readonly count: number;
}

export interface FieldSummary {
  readonly name: string;
  readonly from: FieldSource;
  /** Lines that have the field. */
  readonly lines: number;
  readonly distinct: number;
  /** Most frequent first. */
  readonly top: readonly ValueShare[];
}

const MOST_TOP = 6;

/** A field of more values than this no longer splits lines at a glance. */
const MOST_SPLIT = 30;

/** Fields by how well they split the lines. */
export function summarize(all: readonly (readonly Field[])[]): FieldSummary[] {
  const found = new Map<string, { from: FieldSource; values: Map<string, number>; lines: number }>();
  for (const fields of all) {
    for (const field of fields) {
      let known = found.get(field.name);
      if (known === undefined) {
        known = { from: field.from, values: new Map(), lines: 0 };
        found.set(field.name, known);
      }
      known.lines += 1;
      known.values.set(field.value, (known.values.get(field.value) ?? 0) + 1);
    }
  }
  const summaries = [...found].map(([name, { from, values, lines }]): FieldSummary => {
    const top = [...values].map(([value, count]) => ({ value, count })).sort((a, b) => b.count - a.count);
    return { name, from, lines, distinct: values.size, top: top.slice(0, MOST_TOP) };
  });
  return summaries.sort((a, b) => rank(b) - rank(a) || a.name.localeCompare(b.name));
}

/** Values that fit on the screen and split the lines say most; one value for all says little; an id for each line least. */
function rank(field: FieldSummary): number {
  const isUnique = field.distinct > 10 && field.distinct > field.lines * 0.9;
  const kind = isUnique ? 0 : field.distinct === 1 ? 1 : field.distinct <= MOST_SPLIT ? 3 : 2;
  const isLevel = /^(detected_level|level|severity)$/.test(field.name);
  return kind * 1e9 + (isLevel ? 1e8 : 0) + field.lines;
}
