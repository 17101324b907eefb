// Transformations over several frames: join, merge, group, reduce.
import { record, text, texts } from "../../api/decode";
import { type DataFrame, displayNames, type Field, frameLength, makeField } from "../data/frame";
import { reducerLabel, reduceValues } from "../data/reducers";
import { findField } from "./columns";
import { isNamed } from "./names";
import type { Step } from "./transform";

/** More rows than this are not made of keys that several frames have many times. */
const MOST_ROWS = 100_000;

/** Joins frames by one column, by default time; with `outer` rows of all frames stay. A key that a frame has many times is its
 * last row there, as times are; `inner` and `outerTabular` keep each row, beside each of the others. */
export const joinByField: Step = (frames, options) => {
  const asked = text(options.byField);
  const inner = options.mode === "inner";
  const isTable = inner || options.mode === "outerTabular";
  const parts = frames.flatMap((frame) => {
    const key = asked === "" ? frame.fields.find((one) => one.type === "time") : findField(frame, asked);
    return key === undefined ? [] : [{ frame, key, rows: rowsByKey(key) }];
  });
  const first = parts[0];
  if (first === undefined || frames.length < 2) return [...frames];
  const all = [...new Set(parts.flatMap((one) => [...one.rows.keys()]))];
  const keys = inner ? all.filter((key) => parts.every((one) => one.rows.has(key))) : all;
  if (first.key.type === "time") keys.sort((a, b) => Number(a) - Number(b));
  const lines: { readonly key: unknown; readonly rows: readonly (number | undefined)[] }[] = [];
  for (const key of keys) {
    const found = parts.map(({ rows }) => (isTable ? (rows.get(key) ?? []) : (rows.get(key) ?? []).slice(-1)));
    for (const rows of combinations(found, MOST_ROWS - lines.length)) lines.push({ key, rows });
  }
  const columns = parts.flatMap(({ frame, key }, part) =>
    frame.fields
      .filter((one) => one !== key)
      .map((one) => ({ ...one, values: lines.map(({ rows }) => one.values[rows[part] ?? -1] ?? null) })),
  );
  return [
    {
      refId: first.frame.refId,
      fields: [{ ...first.key, values: lines.map((one) => one.key) }, ...numbered(columns)],
    },
  ];
};

function rowsByKey(field: Field): Map<unknown, number[]> {
  const rows = new Map<unknown, number[]>();
  field.values.forEach((value, row) => {
    const known = rows.get(value);
    if (known === undefined) rows.set(value, [row]);
    else known.push(row);
  });
  return rows;
}

/** The first `most` of each row of one list beside each of the others; an empty list gives nothing to its side. */
function combinations(lists: readonly (readonly number[])[], most: number): (number | undefined)[][] {
  let made: (number | undefined)[][] = [[]];
  for (const rows of lists) {
    const longer: (number | undefined)[][] = [];
    for (const line of made) {
      for (const row of rows.length === 0 ? [undefined] : rows) {
        if (longer.length < most) longer.push([...line, row]);
      }
    }
    made = longer;
  }
  return made;
}

/** `Time 1`, `Time 2`: columns of one name are counted, the first one too. What is told by labels needs no number. */
function numbered(fields: readonly Field[]): Field[] {
  const many = new Map<string, number>();
  for (const { name } of fields) many.set(name, (many.get(name) ?? 0) + 1);
  const seen = new Map<string, number>();
  return fields.map((one) => {
    if (many.get(one.name) === 1 || one.labels !== undefined) return one;
    const at = (seen.get(one.name) ?? 0) + 1;
    seen.set(one.name, at);
    return { ...one, name: `${one.name} ${at}` };
  });
}

/** One frame of all columns: rows that agree in the columns which every frame has become one, unless they contradict each other
 * in another. Frames that have no column in common stay. */
export const merge: Step = (frames) => {
  // A query without an answer has no columns to agree on.
  const filled = frames.filter((one) => frameLength(one) > 0);
  if (filled.length < 2) return filled.length === 0 ? frames.slice(0, 1) : filled;
  const columns = new Map<string, Field>();
  for (const field of filled.flatMap((one) => one.fields)) {
    if (!columns.has(field.name)) columns.set(field.name, field);
  }
  const keys = [...columns.keys()].filter((name) =>
    filled.every((frame) => frame.fields.some((one) => one.name === name)),
  );
  if (keys.length === 0) return [...frames];
  const groups = new Map<string, Map<string, unknown>[]>();
  for (const frame of filled) {
    for (let index = 0; index < frameLength(frame); index += 1) {
      const row = new Map(frame.fields.map((one) => [one.name, one.values[index] ?? null]));
      const key = JSON.stringify(keys.map((name) => row.get(name)));
      const group = groups.get(key) ?? [];
      groups.set(key, group);
      const alike = group.filter((one) => agrees(one, row));
      for (const one of alike) for (const [name, value] of row) one.set(name, value);
      if (alike.length === 0) group.push(row);
    }
  }
  const rows = [...groups.values()].flat();
  const fields = [...columns].map(([name, like]) => ({ ...like, values: rows.map((row) => row.get(name) ?? null) }));
  return [{ refId: filled[0]?.refId ?? "A", fields }];
};

/** Whether a row has nothing that another row has otherwise. */
function agrees(row: ReadonlyMap<string, unknown>, other: ReadonlyMap<string, unknown>): boolean {
  for (const [name, value] of other) {
    const own = row.get(name) ?? null;
    if (own !== null && own !== value) return false;
  }
  return true;
}

/** Labels of the value columns as columns of their own. Tables have theirs already. */
export const labelsToFields: Step = (frames, options, say) => {
  const isRows = options.mode === "rows";
  const chosen = texts(options.keepLabels);
  const valueLabel = text(options.valueLabel);
  const tables = frames.filter((one) => !isSeries(one));
  const made = frames
    .filter(isSeries)
    .flatMap(splitSeries)
    .map(({ frame, time, field }): DataFrame => {
      const labels = Object.entries(field.labels ?? {}).filter(
        ([name]) => chosen.length === 0 || chosen.includes(name),
      );
      if (isRows) {
        const columns = [
          makeField(
            "label",
            "string",
            labels.map(([name]) => name),
          ),
          makeField(
            "value",
            "string",
            labels.map(([, value]) => value),
          ),
        ];
        return { refId: frame.refId, fields: columns };
      }
      const size = field.values.length;
      const named = valueLabel === "" ? field.name : (field.labels?.[valueLabel] ?? field.name);
      const columns = labels
        .filter(([name]) => name !== valueLabel)
        .map(([name, value]) => makeField(name, "string", new Array<string>(size).fill(value)));
      const { labels: _labels, legend: _legend, ...rest } = field;
      const own: Field = { ...rest, name: named, labels: undefined, legend: undefined };
      return { refId: frame.refId, fields: [...(time === undefined ? [] : [time]), own, ...columns] };
    });
  return [...tables, ...(isRows || made.length === 0 ? made : merge(made, {}, say))];
};

interface OneSeries {
  readonly frame: DataFrame;
  readonly time: Field | undefined;
  readonly field: Field;
}

function splitSeries(frame: DataFrame): OneSeries[] {
  const time = frame.fields.find((one) => one.type === "time");
  return frame.fields.filter((one) => one.type === "number").map((field) => ({ frame, time, field }));
}

/** Numbers over one column of times, and nothing else. */
function isSeries(frame: DataFrame): boolean {
  return (
    frame.fields.some((one) => one.type === "time") &&
    frame.fields.every((one) => one.type === "time" || one.type === "number")
  );
}

/** All series under each other: time, name, value. Tables stay as they are. */
export const seriesToRows: Step = (frames) => {
  if (!frames.every(isSeries)) return [...frames];
  const names = displayNames(frames);
  const times: unknown[] = [];
  const metrics: string[] = [];
  const values: unknown[] = [];
  for (const { time, field } of frames.flatMap(splitSeries)) {
    field.values.forEach((value, index) => {
      times.push(time?.values[index] ?? null);
      metrics.push(names.get(field) ?? field.name);
      values.push(value);
    });
  }
  return [
    {
      refId: frames[0]?.refId ?? "A",
      fields: [
        makeField("Time", "time", times),
        makeField("Metric", "string", metrics),
        makeField("Value", "number", values),
      ],
    },
  ];
};

/** One row a series with its reductions, or each column as one value. */
export const reduce: Step = (frames, options) => {
  const asked = texts(options.reducers);
  const reducers = asked.length === 0 ? ["max"] : asked;
  const names = displayNames(frames);
  const fields = frames
    .flatMap((one) => one.fields)
    .filter((one) => one.type !== "time" || options.includeTimeField === true);
  if (options.mode === "reduceFields") {
    return frames.map((frame) => ({
      ...frame,
      fields: frame.fields
        .filter((one) => one.type === "number")
        .map((one) => ({ ...one, values: [reduceValues(one.values, reducers[0] ?? "max")] })),
    }));
  }
  const numbers = fields.filter((one) => one.type === "number");
  const labelNames =
    options.labelsToFields === true ? [...new Set(numbers.flatMap((one) => Object.keys(one.labels ?? {})))].sort() : [];
  const columns = labelNames.map((label) =>
    makeField(
      label,
      "string",
      numbers.map((one) => one.labels?.[label] ?? null),
    ),
  );
  return [
    {
      refId: frames[0]?.refId ?? "A",
      fields: [
        makeField(
          "Field",
          "string",
          numbers.map((one) => (labelNames.length > 0 ? one.name : (names.get(one) ?? one.name))),
        ),
        ...columns,
        ...reducers.map((id) =>
          makeField(
            reducerLabel(id),
            "number",
            numbers.map((one) => reduceValues(one.values, id)),
          ),
        ),
      ],
    },
  ];
};

type Rule = (field: Field) => Readonly<Record<string, unknown>>;

/** What the options say of a field, by its own or its shown name. */
function ruleOf(asked: Readonly<Record<string, unknown>>, names: ReadonlyMap<Field, string>): Rule {
  return (field) => {
    const key = Object.keys(asked).find((name) => isNamed(field, name, names.get(field)));
    return key === undefined ? {} : record(asked[key]);
  };
}

/** The columns that rows are grouped by, and the rows of each group in the order in which groups begin. */
export function groupsOf(
  frame: DataFrame,
  asked: Readonly<Record<string, unknown>>,
): { readonly keys: readonly Field[]; readonly rows: readonly (readonly number[])[] } {
  const rule = ruleOf(asked, displayNames([frame]));
  const keys = frame.fields.filter((one) => rule(one).operation === "groupby");
  const groups = new Map<string, number[]>();
  for (let row = 0; row < frameLength(frame); row += 1) {
    const key = JSON.stringify(keys.map((one) => one.values[row] ?? null));
    const known = groups.get(key);
    if (known === undefined) groups.set(key, [row]);
    else known.push(row);
  }
  return { keys, rows: [...groups.values()] };
}

/** Rows with equal keys become one; other columns are reduced. */
export const groupBy: Step = (frames, options) => {
  const asked = record(options.fields);
  return frames.flatMap((frame) => {
    const names = displayNames([frame]);
    const rule = ruleOf(asked, names);
    const { keys, rows: all } = groupsOf(frame, asked);
    if (keys.length === 0) return [];
    const grouped = keys.map((one) => ({ ...one, values: all.map((rows) => one.values[rows[0] ?? 0] ?? null) }));
    const reduced = frame.fields.flatMap((one) => {
      const own = rule(one);
      if (own.operation !== "aggregate") return [];
      return texts(own.aggregations).map((id) => {
        const values = all.map((rows) =>
          reduceValues(
            rows.map((row) => one.values[row] ?? null),
            id,
          ),
        );
        const type = values.every((value) => value === null || typeof value === "number") ? "number" : one.type;
        return makeField(
          `${names.get(one) ?? one.name} (${groupName(id)})`,
          one.type === "time" && id.startsWith("last") ? "time" : type,
          values,
        );
      });
    });
    return [{ ...frame, fields: [...grouped, ...reduced] }];
  });
};

/** What the column's name ends in: the reducer's name as the field writes it. */
function groupName(id: string): string {
  const names: Readonly<Record<string, string>> = {
    sum: "sum",
    lastNotNull: "lastNotNull",
    mean: "mean",
    max: "max",
    min: "min",
  };
  return names[id] ?? id;
}
