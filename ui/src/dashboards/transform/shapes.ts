// Transformations that give tables another shape: turned round, taken apart, counted. Pure.
import { list, number, record, text } from "../../api/decode";
import { type DataFrame, displayNames, type Field, frameLength, makeField } from "../data/frame";
import { reduceValues } from "../data/reducers";
import { formatDate } from "../variables/dates";
import { findField, withRows } from "./columns";
import { isNamed } from "./names";
import type { Step } from "./transform";

/** Columns beyond this are not read by anyone. */
const MOST_COLUMNS = 500;

const rowsOf = (frame: DataFrame) => Array.from({ length: frameLength(frame) }, (_, row) => row);
const wordOf = (value: unknown) => (value === null || value === undefined ? "" : String(value));

function typeOf(values: readonly unknown[]): "number" | "string" {
  return values.every((one) => one === null || typeof one === "number") ? "number" : "string";
}

/** One table for each value of a field. */
export const partitionByValues: Step = (frames, options) => {
  const names = list(options.fields).map((one) => text(one));
  return frames.flatMap((frame) => {
    const keys = names.flatMap((name) => findField(frame, name) ?? []);
    if (keys.length === 0) return [frame];
    const parts = new Map<string, { readonly key: string; readonly rows: number[] }>();
    for (const row of rowsOf(frame)) {
      const words = keys.map((one) => wordOf(one.values[row]));
      const known = parts.get(JSON.stringify(words));
      if (known !== undefined) known.rows.push(row);
      else if (parts.size < MOST_COLUMNS) parts.set(JSON.stringify(words), { key: words.join(" "), rows: [row] });
    }
    return [...parts.values()].map(({ key, rows }) => {
      const part = withRows(frame, rows);
      const kept =
        options.keepFields === true
          ? part.fields
          : part.fields.filter((_, at) => !keys.includes(frame.fields[at] as Field));
      return {
        ...part,
        fields: kept.map((one) =>
          one.type === "number"
            ? {
                ...one,
                legend:
                  kept.filter((two) => two.type === "number").length > 1 ? `${one.legend ?? one.name} ${key}` : key,
              }
            : one,
        ),
      };
    });
  });
};

/** A table whose columns are the values of one field and whose rows are those of another. */
export const groupingToMatrix: Step = (frames, options) =>
  frames.map((frame) => {
    const column = findField(frame, text(options.columnField, "Time"));
    const row = findField(frame, text(options.rowField, "Time"));
    const value = findField(frame, text(options.valueField, "Value"));
    if (column === undefined || row === undefined || value === undefined) return frame;
    const rows = [...new Set(row.values)];
    const columns = [...new Set(column.values)].slice(0, MOST_COLUMNS);
    const cells = new Map<unknown, Map<unknown, unknown>>();
    for (const at of rowsOf(frame)) {
      const line = cells.get(row.values[at]) ?? new Map<unknown, unknown>();
      line.set(column.values[at], value.values[at]);
      cells.set(row.values[at], line);
    }
    const empty = options.emptyValue === "zero" ? 0 : options.emptyValue === "empty" ? "" : null;
    const made = columns.map((name) => {
      const values = rows.map((one) => cells.get(one)?.get(name) ?? empty);
      return makeField(wordOf(name), typeOf(values), values);
    });
    return { ...frame, fields: [makeField(`${row.name}\\${column.name}`, row.type, rows), ...made] };
  });

/** Rows become columns, under the values of the first text field. */
export const rowsToFields: Step = (frames, options) =>
  frames.map((frame) => {
    const said = list(options.mappings).map(record);
    const asked = (handler: string) => text(said.find((one) => one.handlerKey === handler)?.fieldName);
    const names = findField(frame, asked("field.name")) ?? frame.fields.find((one) => one.type === "string");
    const values = findField(frame, asked("field.value")) ?? frame.fields.find((one) => one.type === "number");
    if (names === undefined || values === undefined) return frame;
    const made = rowsOf(frame)
      .slice(0, MOST_COLUMNS)
      .map((row) => makeField(wordOf(names.values[row]), values.type, [values.values[row] ?? null]));
    return { ...frame, fields: made };
  });

/** Rows become columns and columns rows. */
export const transpose: Step = (frames, options) =>
  frames.map((frame) => {
    const [head, ...rest] = frame.fields;
    if (head === undefined) return frame;
    const names = displayNames([frame]);
    const columns = rowsOf(frame).slice(0, MOST_COLUMNS);
    const made = columns.map((row) => {
      const values = rest.map((one) => one.values[row] ?? null);
      return makeField(wordOf(head.values[row]), typeOf(values), values);
    });
    const first = text(options.firstFieldName) || head.name;
    return {
      ...frame,
      fields: [
        makeField(
          first,
          "string",
          rest.map((one) => names.get(one) ?? one.name),
        ),
        ...made,
      ],
    };
  });

/** How many values fall into each of equally wide buckets. */
export const histogram: Step = (frames, options) => {
  const fields = frames.flatMap((one) => one.fields).filter((one) => one.type === "number");
  const numbers = fields.map((one) => one.values.filter((value): value is number => Number.isFinite(value)));
  const all = numbers.flat();
  if (all.length === 0) return [...frames];
  const low = all.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const high = all.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const asked = number(options.bucketSize) ?? 0;
  const count = number(options.bucketCount) ?? 30;
  const size = asked > 0 ? asked : niceSize((high - low) / Math.max(1, count));
  const offset = number(options.bucketOffset) ?? 0;
  const first = Math.floor((low - offset) / size);
  const many = Math.min(MOST_COLUMNS, Math.floor((high - offset) / size) - first + 1);
  // Buckets so narrow that they cannot be told apart.
  if (!Number.isFinite(many)) return [...frames];
  const starts = Array.from({ length: many }, (_, at) => (first + at) * size + offset);
  const counted = (values: readonly number[]) => {
    const counts = new Array<number>(many).fill(0);
    for (const value of values) {
      const at = Math.min(many - 1, Math.floor((value - offset) / size) - first);
      counts[at] = (counts[at] ?? 0) + 1;
    }
    return counts;
  };
  const names = displayNames(frames);
  const columns =
    options.combine === true
      ? [makeField("Count", "number", counted(all))]
      : fields.map((one, at) => makeField(names.get(one) ?? one.name, "number", counted(numbers[at] ?? [])));
  return [
    {
      refId: frames[0]?.refId ?? "A",
      fields: [
        makeField("xMin", "number", starts),
        makeField(
          "xMax",
          "number",
          starts.map((one) => one + size),
        ),
        ...columns,
      ],
    },
  ];
};

/** 1, 2 or 5 times a power of ten. */
function niceSize(least: number): number {
  if (!(least > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(least));
  return power * ([1, 2, 5, 10].find((one) => one * power >= least) ?? 10);
}

/** Times as text. */
export const formatTime: Step = (frames, options) =>
  frames.map((frame) => {
    const names = displayNames([frame]);
    const change = (field: Field): Field => {
      if (field.type !== "time" || !isNamed(field, text(options.timeField, "Time"), names.get(field))) return field;
      const values = field.values.map((one) =>
        typeof one === "number" ? formatDate(one, text(options.outputFormat)) : null,
      );
      return { ...field, type: "string", values };
    };
    return { ...frame, fields: frame.fields.map(change) };
  });

const CASES: Readonly<Record<string, (word: string, options: Readonly<Record<string, unknown>>) => string>> = {
  "Upper Case": (word) => word.toUpperCase(),
  "Lower Case": (word) => word.toLowerCase(),
  "Sentence Case": (word) => word.charAt(0).toUpperCase() + word.slice(1),
  "Title Case": (word) => word.replaceAll(/\b\w/g, (one) => one.toUpperCase()),
  "Pascal Case": (word) =>
    pieces(word)
      .map((one) => one.charAt(0).toUpperCase() + one.slice(1))
      .join(""),
  "Camel Case": (word) =>
    pieces(word)
      .map((one, at) => (at === 0 ? one : one.charAt(0).toUpperCase() + one.slice(1)))
      .join(""),
  "Snake Case": (word) => pieces(word).join("_"),
  "Kebab Case": (word) => pieces(word).join("-"),
  Trim: (word) => word.trim(),
  Substring: (word, options) => word.slice(number(options.substringStart) ?? 0, number(options.substringEnd) ?? 100),
};

const pieces = (word: string) =>
  word
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((one) => one !== "");

/** Texts of a field in another case, or a part of them. */
export const formatString: Step = (frames, options) => {
  const asked = text(options.outputFormat, "Upper Case");
  const change = Object.hasOwn(CASES, asked) ? CASES[asked] : undefined;
  const wanted = text(options.stringField);
  if (change === undefined) return [...frames];
  return frames.map((frame) => {
    const names = displayNames([frame]);
    return {
      ...frame,
      fields: frame.fields.map((field) => {
        if (field.type !== "string" || !isNamed(field, wanted, names.get(field))) return field;
        return { ...field, values: field.values.map((one) => (typeof one === "string" ? change(one, options) : one)) };
      }),
    };
  });
};

/** One row a series: its labels, and the series itself in a cell, under the name of the query. Its last value, or another figure, stands for it. */
export const timeSeriesTable: Step = (frames, options) => {
  const byQuery = new Map<string, { time: Field | undefined; field: Field }[]>();
  for (const frame of frames) {
    const time = frame.fields.find((one) => one.type === "time");
    const numbers = frame.fields.filter((one) => one.type === "number").map((field) => ({ time, field }));
    byQuery.set(frame.refId, [...(byQuery.get(frame.refId) ?? []), ...numbers]);
  }
  return [...byQuery].map(([refId, series]) => {
    const labels = [...new Set(series.flatMap((one) => Object.keys(one.field.labels ?? {})))].filter(
      (one) => one !== "__name__",
    );
    const calc = text(record(options[refId]).stat, "lastNotNull");
    return {
      refId,
      fields: [
        ...labels.map((name) =>
          makeField(
            name,
            "string",
            series.map((one) => one.field.labels?.[name] ?? ""),
          ),
        ),
        makeField(
          `Trend #${refId}`,
          "frame",
          series.map(
            ({ time, field }): DataFrame => ({
              refId,
              fields: time === undefined ? [field] : [time, field],
              figure: reduceValues(field.values, calc),
            }),
          ),
        ),
      ],
    };
  });
};

/** Series of many columns as one table each, or as one long one. */
export const prepareTimeSeries: Step = (frames, options) => {
  const format = text(options.format, "multi");
  if (format === "wide") return [...frames];
  const split = frames.flatMap((frame) => {
    const time = frame.fields.find((one) => one.type === "time");
    if (time === undefined) return [frame];
    return frame.fields
      .filter((one) => one.type === "number")
      .map((one) => ({ refId: frame.refId, fields: [time, one] }));
  });
  if (format !== "long") return split;
  const names = displayNames(frames);
  const rows = split.flatMap(({ fields: [time, value] }) =>
    (time?.values ?? []).flatMap((at, row) => {
      const own = value?.values[row] ?? null;
      return own === null || value === undefined ? [] : [{ at, name: names.get(value) ?? value.name, own }];
    }),
  );
  return [
    {
      refId: frames[0]?.refId ?? "A",
      fields: [
        makeField(
          "Time",
          "time",
          rows.map((one) => one.at),
        ),
        makeField(
          "Metric",
          "string",
          rows.map((one) => one.name),
        ),
        makeField(
          "Value",
          "number",
          rows.map((one) => one.own),
        ),
      ],
    },
  ];
};

/** Series of one value each as one row for each set of the other labels; a column for each value of the chosen label. */
export const joinByLabels: Step = (frames, options) => {
  const label = text(options.value);
  const wanted = list(options.join).map((one) => text(one));
  const fields = frames.flatMap((one) => one.fields).filter((one) => one.type === "number" && one.labels !== undefined);
  const keys =
    wanted.length > 0
      ? wanted
      : [...new Set(fields.flatMap((one) => Object.keys(one.labels ?? {})))].filter(
          (one) => one !== label && one !== "__name__",
        );
  const columns = [...new Set(fields.map((one) => one.labels?.[label] ?? ""))].slice(0, MOST_COLUMNS);
  const rows = new Map<string, { readonly labels: readonly string[]; readonly cells: Map<string, unknown> }>();
  for (const one of fields) {
    const own = keys.map((key) => one.labels?.[key] ?? "");
    const line = rows.get(JSON.stringify(own)) ?? { labels: own, cells: new Map<string, unknown>() };
    line.cells.set(one.labels?.[label] ?? "", reduceValues(one.values, "lastNotNull"));
    rows.set(JSON.stringify(own), line);
  }
  const lines = [...rows.values()];
  return [
    {
      refId: frames[0]?.refId ?? "A",
      fields: [
        ...keys.map((key, at) =>
          makeField(
            key,
            "string",
            lines.map((one) => one.labels[at] ?? ""),
          ),
        ),
        ...columns.map((name) =>
          makeField(
            name || "Value",
            "number",
            lines.map((one) => one.cells.get(name) ?? null),
          ),
        ),
      ],
    },
  ];
};
