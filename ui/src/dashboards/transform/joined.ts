// Tables laid under each other, with their rows in groups, counted into cells; and names of steps that other versions of dashboards use. Pure.
import { number, record, text, texts } from "../../api/decode";
import { type DataFrame, displayNames, type Field, frameLength, makeField } from "../data/frame";
import { withRows } from "./columns";
import { groupBy, groupsOf, joinByField } from "./frames";
import { isNamed } from "./names";
import type { Step } from "./transform";

/** More cells than this in one direction are smaller than a pixel. */
const MOST_BUCKETS = 200;
const USUAL_BUCKETS = 30;

/** All tables as one, their columns by name, in the order in which they come. */
export const append: Step = (frames) => {
  const [first] = frames;
  if (first === undefined || frames.length === 1) return [...frames];
  const names = displayNames(frames);
  const nameOf = (field: Field) => (field.labels === undefined ? field.name : (names.get(field) ?? field.name));
  const columns = new Map<string, Field>();
  for (const field of frames.flatMap((one) => one.fields)) {
    if (!columns.has(nameOf(field))) columns.set(nameOf(field), field);
  }
  const fields = [...columns].map(([name, like]) => {
    const values = frames.flatMap((frame) => {
      const own = frame.fields.find((one) => nameOf(one) === name);
      return Array.from({ length: frameLength(frame) }, (_, row) => own?.values[row] ?? null);
    });
    return makeField(name, like.type, values);
  });
  return [{ refId: first.refId, fields }];
};

/** One table by time where several tables have the same column of times: what reads columns of one table then finds them all. */
export const ensureColumns: Step = (frames, options, say) => {
  const times = frames.map((frame) => frame.fields.find((one) => one.type === "time")?.name);
  const [name] = times;
  const isShared = frames.length > 1 && name !== undefined && times.every((one) => one === name);
  return isShared ? joinByField(frames, { ...options, byField: name, mode: "outer" }, say) : [...frames];
};

/** A row a group, with its keys and figures; its rows are a table within it. */
export const groupToNestedTable: Step = (frames, options, say) =>
  frames.map((frame) => {
    const { keys, rows: groups } = groupsOf(frame, record(options.fields));
    const [heads] = groupBy([frame], options, say);
    if (keys.length === 0 || heads === undefined) return frame;
    const nested = groups.map((rows): DataFrame[] => {
      const part = withRows(frame, rows);
      const group = JSON.stringify(keys.map((one) => one.values[rows[0] ?? 0] ?? null));
      return [{ ...part, group, fields: part.fields.filter((_, at) => !keys.includes(frame.fields[at] as Field)) }];
    });
    const hasHeads = options.showSubframeHeaders !== false;
    const config = { custom: { headers: hasHeads } };
    return { ...frame, fields: [...heads.fields, { ...makeField("Rows", "frames", nested), config }] };
  });

interface Axis {
  readonly low: number;
  readonly size: number;
  readonly count: number;
}

/** Values counted by time and by size: a column of counts for each row of cells, named by its upper end. */
export const heatmap: Step = (frames, options) => {
  const points = frames.flatMap((frame) => {
    const time = frame.fields.find((one) => one.type === "time");
    const numbers = frame.fields.filter((one) => one.type === "number");
    if (time === undefined) return [];
    return numbers.flatMap((field) =>
      field.values.flatMap((y, row) => {
        const x = time.values[row];
        return typeof x === "number" && typeof y === "number" && Number.isFinite(y) ? [{ x, y }] : [];
      }),
    );
  });
  if (points.length === 0) return [...frames];
  const across = axisOf(
    points.map((one) => one.x),
    record(options.xBuckets),
  );
  const up = axisOf(
    points.map((one) => one.y),
    record(options.yBuckets),
  );
  const rows = Array.from({ length: up.count }, () => new Array<number>(across.count).fill(0));
  for (const { x, y } of points) {
    const row = rows[placeOn(up, y)];
    const column = placeOn(across, x);
    if (row !== undefined) row[column] = (row[column] ?? 0) + 1;
  }
  const times = Array.from({ length: across.count }, (_, at) => across.low + at * across.size);
  const fields = rows.map((cells, at) => {
    const from = Number((up.low + at * up.size).toPrecision(6));
    const to = Number((up.low + (at + 1) * up.size).toPrecision(6));
    return makeField(`${from} to ${to}`, "number", cells);
  });
  return [{ refId: frames[0]?.refId ?? "A", fields: [makeField("Time", "time", times), ...fields] }];
};

function axisOf(values: readonly number[], asked: Readonly<Record<string, unknown>>): Axis {
  const low = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const high = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const told = number(asked.value) ?? Number(text(asked.value) || Number.NaN);
  const span = high - low || 1;
  const size = asked.mode === "size" && told > 0 ? told : span / (told > 0 ? told : USUAL_BUCKETS);
  const count = Math.max(1, Math.min(MOST_BUCKETS, Math.ceil(span / size)));
  return { low, size: Math.max(size, span / MOST_BUCKETS), count };
}

function placeOn(axis: Axis, value: number): number {
  return Math.min(axis.count - 1, Math.floor((value - axis.low) / axis.size));
}

/** Columns in the order that is asked for; the others after them. */
export const order: Step = (frames, options) => {
  const places = record(options.indexByName);
  return frames.map((frame) => {
    const names = displayNames([frame]);
    const placeOf = (field: Field) => {
      const name = Object.keys(places).find((one) => isNamed(field, one, names.get(field)));
      return name === undefined ? Number.POSITIVE_INFINITY : (number(places[name]) ?? 0);
    };
    const sorted = frame.fields
      .map((field, at) => ({ field, at, place: placeOf(field) }))
      .sort((a, b) => (a.place === b.place ? a.at - b.at : a.place - b.place));
    return { ...frame, fields: sorted.map((one) => one.field) };
  });
};

/** Tables of queries that are named go, or stay alone. */
export const filterFrames: Step = (frames, options) => {
  const asked = (part: unknown) => texts(record(part).options).concat(text(record(part).options) || []);
  const [kept, left] = [asked(options.include), asked(options.exclude)];
  return frames.filter(
    (one: DataFrame) => (kept.length === 0 || kept.includes(one.refId)) && !left.includes(one.refId),
  );
};
