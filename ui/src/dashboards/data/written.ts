// Frames as JSON writes them: answers of the server's query API, and the data that a snapshot keeps in its panels. Pure.
//
//   { schema: { refId, fields: [{ name, type, labels, config }] }, data: { values: [[...]], entities: [{ NaN: [rows] }] } }
//   { refId, fields: [{ name, type, labels, config, values }] }                                   of older snapshots
import { type Json, labels, list, number, record, text } from "../../api/decode";
import { parseLinks } from "../model/parts/field";
import type { FieldOptions } from "../model/types";
import type { Lookup } from "../variables/interpolate";
import { type DataFrame, type Field, type FieldType, makeField, NO_OPTIONS } from "./frame";

/** The frame of a query's answer. */
export function writtenFrame(frame: Json, refId = text(record(frame.schema).refId)): DataFrame {
  const data = record(frame.data);
  const columns = list(data.values);
  const entities = list(data.entities);
  const fields = list(record(frame.schema).fields).map((one, at) =>
    fieldOf(record(one), withEntities(list(columns[at]), record(entities[at]))),
  );
  return { refId, fields };
}

/** Frames of a snapshot, and the values of repeats that they are of. */
export interface KeptData {
  readonly frames: readonly DataFrame[];
  readonly scope: ReadonlyMap<string, string>;
}

/** What a panel of a snapshot shows instead of asking: undefined where it is none of a snapshot. */
export function keptData(panel: Json): KeptData[] | undefined {
  const kept = list(panel.targets)
    .filter(isSnapshot)
    .map((one) => {
      const { snapshot, scopedVars } = record(one);
      return { frames: list(snapshot).map((frame) => writtenFrame(record(frame))), scope: scopeOf(record(scopedVars)) };
    });
  if (!Array.isArray(panel.snapshotData)) return kept.length === 0 ? undefined : kept;
  const old = list(panel.snapshotData).map((frame) => oldFrame(record(frame)));
  return [...kept, { frames: old, scope: new Map() }];
}

/** The frames of the copy of a repeat that `lookup` is of. */
export function keptHere(kept: readonly KeptData[], lookup: Lookup): DataFrame[] {
  const isHere = ({ scope }: KeptData) =>
    [...scope].every(([name, value]) => lookup(name, undefined)?.values.join() === value);
  return kept.filter(isHere).flatMap((one) => one.frames);
}

/** The span of time of what is kept; undefined where nothing has a time. */
export function keptSpan(kept: readonly KeptData[]): { readonly from: number; readonly to: number } | undefined {
  let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const field of kept.flatMap((one) => one.frames).flatMap((one) => one.fields)) {
    if (field.type !== "time") continue;
    for (const at of field.values) {
      if (typeof at !== "number") continue;
      from = Math.min(from, at);
      to = Math.max(to, at);
    }
  }
  return from < to ? { from, to } : undefined;
}

function scopeOf(json: Json): ReadonlyMap<string, string> {
  return new Map(Object.entries(json).map(([name, one]) => [name, text(record(one).value)]));
}

const isSnapshot = (target: unknown) => text(record(target).queryType) === "snapshot";

function oldFrame(frame: Json): DataFrame {
  const fields = list(frame.fields).map((one) => fieldOf(record(one), list(record(one).values)));
  return { refId: text(frame.refId, "A"), fields };
}

const TYPES: ReadonlySet<string> = new Set(["time", "number", "string", "boolean"]);

function fieldOf(schema: Json, values: readonly unknown[]): Field {
  const type = (TYPES.has(text(schema.type)) ? schema.type : "other") as FieldType;
  const named = schema.labels === undefined || schema.labels === null ? undefined : labels(schema.labels);
  const config = record(schema.config);
  const shown = text(config.displayNameFromDS) || text(config.displayName);
  const made = makeField(text(schema.name), type, values, named, shown === "" ? undefined : shown);
  const isBefore = record(record(config.custom).timeCompare).isTimeShiftQuery === true;
  return { ...made, config: ownOptions(config), ...(isBefore ? { isBefore } : {}) };
}

/** What the source says of its values; how they look is the panel's. */
function ownOptions(config: Json): FieldOptions {
  const [unit, links] = [text(config.unit), parseLinks(config.links)];
  if (unit === "" && links.length === 0) return NO_OPTIONS;
  return { custom: {}, ...(unit === "" ? {} : { unit }), ...(links.length === 0 ? {} : { links }) };
}

/** Values that JSON has no number for, in their rows. */
function withEntities(values: readonly unknown[], entities: Json): readonly unknown[] {
  const numbers = { NaN: Number.NaN, Inf: Number.POSITIVE_INFINITY, NegInf: Number.NEGATIVE_INFINITY };
  const all = Object.entries(numbers).flatMap(([name, value]) =>
    list(entities[name]).map((row) => [number(row) ?? -1, value] as const),
  );
  if (all.length === 0) return values;
  const filled = [...values];
  for (const [row, value] of all) if (row in filled) filled[row] = value;
  return filled;
}

/** A target that has its answer within it. */
export function snapshotTarget(refId: string, frames: readonly DataFrame[], scope: ReadonlyMap<string, string>): Json {
  const scopedVars = Object.fromEntries([...scope].map(([name, value]) => [name, { text: value, value }]));
  return {
    refId,
    datasource: { type: "grafana", uid: "grafana" },
    queryType: "snapshot",
    snapshot: frames.map(frameJson),
    ...(scope.size === 0 ? {} : { scopedVars }),
  };
}

function frameJson({ refId, fields }: DataFrame): Json {
  const entities = fields.map(({ values }) => entitiesOf(values));
  return {
    schema: { refId, fields: fields.map(schemaOf) },
    data: {
      values: fields.map((one) => [...one.values]),
      ...(entities.some((one) => one !== null) ? { entities } : {}),
    },
  };
}

function schemaOf({ name, type, labels: own, legend, config, isBefore }: Field): Json {
  const links = (config.links ?? []).map(({ title, url, newTab }) => ({ title, url, targetBlank: newTab }));
  const told = {
    ...(legend === undefined ? {} : { displayNameFromDS: legend }),
    ...(config.displayName === undefined ? {} : { displayName: config.displayName }),
    ...(config.unit === undefined ? {} : { unit: config.unit }),
    ...(links.length === 0 ? {} : { links }),
    ...(isBefore === true ? { custom: { timeCompare: { isTimeShiftQuery: true } } } : {}),
  };
  return { name, type, ...(own === undefined ? {} : { labels: own }), config: told };
}

function entitiesOf(values: readonly unknown[]): Json | null {
  const found: Record<string, number[]> = {};
  for (const [row, value] of values.entries()) {
    if (typeof value !== "number" || Number.isFinite(value)) continue;
    const name = Number.isNaN(value) ? "NaN" : value > 0 ? "Inf" : "NegInf";
    found[name] ??= [];
    found[name].push(row);
  }
  return Object.keys(found).length === 0 ? null : found;
}
