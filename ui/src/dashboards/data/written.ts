// Frames as JSON writes them: answers of the server's query API, and the data that a snapshot keeps in its panels. Pure.
//
//   { schema: { refId, fields: [{ name, type, labels, config }] }, data: { values: [[...]], entities: [{ NaN: [rows] }] } }
//   { refId, fields: [{ name, type, labels, config, values }] }                                   of older snapshots
import { type Json, labels, list, number, record, text } from "../../api/decode";
import { type DataFrame, type Field, type FieldType, makeField } from "./frame";

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

/** What a panel of a snapshot shows instead of asking: undefined where it is none of a snapshot. */
export function keptFrames(panel: Json): DataFrame[] | undefined {
  const old = list(panel.snapshotData).map(record);
  const kept = list(panel.targets).flatMap((one) => {
    const target = record(one);
    return text(target.queryType) === "snapshot" ? list(target.snapshot).map(record) : [];
  });
  if (!Array.isArray(panel.snapshotData) && !list(panel.targets).some(isSnapshot)) return undefined;
  return [...kept.map((frame) => writtenFrame(frame)), ...old.map(oldFrame)];
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
  const { displayNameFromDS, displayName } = record(schema.config);
  const shown = text(displayNameFromDS) || text(displayName);
  return makeField(text(schema.name), type, values, named, shown === "" ? undefined : shown);
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
