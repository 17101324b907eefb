// Log lines as a frame: time, text, labels; nanoseconds stay text, since a number cannot hold them.

import { millis, nanos } from "../../api/loki/nanos";
import type { RawEntry } from "../../api/loki/query";
import { type DataFrame, makeField } from "./frame";

export function linesFrame(refId: string, entries: readonly RawEntry[]): DataFrame {
  return {
    refId,
    fields: [
      makeField(
        "Time",
        "time",
        entries.map((one) => millis(one.ns)),
      ),
      makeField(
        "Line",
        "string",
        entries.map((one) => one.line),
      ),
      makeField(
        "tsNs",
        "string",
        entries.map((one) => one.ns),
      ),
      makeField(
        "labels",
        "other",
        entries.map((one) => ({ ...one.stream, ...one.metadata, ...one.parsed })),
      ),
      makeField("entry", "other", entries),
    ],
  };
}

/** The entries behind a frame of lines; those of any other table with times and words are made of its rows. */
export function entriesOf(frame: DataFrame): readonly RawEntry[] {
  const field = frame.fields.find((one) => one.name === "entry" && one.type === "other");
  return field === undefined ? entriesOfRows(frame) : (field.values as readonly RawEntry[]);
}

const LINE_NAME = /^(line|body|message|msg|log|event)$/i;

function entriesOfRows({ fields }: DataFrame): RawEntry[] {
  const time = fields.find((one) => one.type === "time");
  const words = fields.filter((one) => one.type === "string");
  const line = words.find((one) => LINE_NAME.test(one.name)) ?? words[0];
  if (time === undefined || line === undefined) return [];
  return time.values.flatMap((at, row) => {
    if (typeof at !== "number") return [];
    const rest = words.filter((one) => one !== line);
    const stream = Object.fromEntries(rest.map((one) => [one.name, String(one.values[row] ?? "")]));
    return [{ ns: nanos(at), line: String(line.values[row] ?? ""), stream, metadata: {}, parsed: {} }];
  });
}
