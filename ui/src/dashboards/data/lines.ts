// Log lines as a frame: time, text, labels; nanoseconds stay text, since a number cannot hold them.

import { millis } from "../../api/loki/nanos";
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

/** The entries behind a frame of lines, if it is one. */
export function entriesOf(frame: DataFrame): readonly RawEntry[] {
  const field = frame.fields.find((one) => one.name === "entry" && one.type === "other");
  return (field?.values ?? []) as readonly RawEntry[];
}
