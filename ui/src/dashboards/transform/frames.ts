// Transformations over several frames: merge, group, reduce.
import { record, text, texts } from "../../api/decode";
import { type DataFrame, displayNames, type Field, frameLength, makeField } from "../data/frame";
import { reducerLabel, reduceValues } from "../data/reducers";
import { isNamed } from "./names";
import type { Step } from "./transform";

/** One frame of all columns; rows that agree in all shared text columns become one. */
export const merge: Step = (frames) => {
  if (frames.length < 2) return [...frames];
  const order: string[] = [];
  const byName = new Map<string, Field>();
  for (const field of frames.flatMap((one) => one.fields)) {
    if (byName.has(field.name)) continue;
    byName.set(field.name, field);
    order.push(field.name);
  }
  const isValue = (name: string) => ["number", "frame"].includes(byName.get(name)?.type ?? "");
  const rows: Map<string, unknown>[] = [];
  const known = new Map<string, Map<string, unknown>>();
  for (const frame of frames) {
    for (let index = 0; index < frameLength(frame); index += 1) {
      const row = new Map(frame.fields.map((one) => [one.name, one.values[index] ?? null]));
      const key = JSON.stringify(order.filter((name) => !isValue(name)).map((name) => row.get(name) ?? null));
      const before = known.get(key);
      const isFree =
        before !== undefined &&
        [...row].every(([name, value]) => !isValue(name) || !before.has(name) || before.get(name) === value);
      if (before !== undefined && isFree) for (const [name, value] of row) before.set(name, value);
      else {
        known.set(key, row);
        rows.push(row);
      }
    }
  }
  const fields = order.flatMap((name) => {
    const like = byName.get(name);
    return like === undefined ? [] : [{ ...like, values: rows.map((row) => row.get(name) ?? null) }];
  });
  return [{ refId: frames[0]?.refId ?? "A", fields }];
};

/** Labels of the value columns as columns of their own. */
export const labelsToFields: Step = (frames, options, say) => {
  const isRows = options.mode === "rows";
  const chosen = texts(options.keepLabels);
  const valueLabel = text(options.valueLabel);
  const made = frames
    .flatMap((frame) => splitSeries(frame))
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
      return { refId: frame.refId, fields: [...(time === undefined ? [] : [time]), ...columns, own] };
    });
  return isRows ? made : merge(made, {}, say);
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

/** All series under each other: time, name, value. */
export const seriesToRows: Step = (frames) => {
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
