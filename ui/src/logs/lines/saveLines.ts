// Saves the loaded lines as a file: as text (time, level, labels and line), as one JSON object a line, or as CSV; oldest first.
import { csvCell } from "../../charts/csv";
import type { Saved } from "../../ui/save/Download";
import { type LogEntry, streamKey } from "../entry";
import type { Lines } from "./lines";

export const FORMATS = ["text", "json", "csv"] as const;
export type Format = (typeof FORMATS)[number];

const FILES: Readonly<Record<Format, Omit<Saved, "text">>> = {
  text: { label: "Text", name: "lines.txt", type: "text/plain" },
  json: { label: "JSON, one object a line", name: "lines.ndjson", type: "application/x-ndjson" },
  csv: { label: "CSV", name: "lines.csv", type: "text/csv" },
};

export function linesText(lines: Lines, format: Format): string {
  const rows: string[] = format === "csv" ? ["time,level,labels,line"] : [];
  for (let index = lines.size - 1; index >= 0; index -= 1) {
    const entry = lines.at(index);
    if (entry !== undefined) rows.push(ROW[format](entry));
  }
  return rows.join("\n");
}

const ROW: Readonly<Record<Format, (one: LogEntry) => string>> = {
  text: (one) => `${new Date(one.ms).toISOString()}\t${one.level}\t{${streamKey(one.stream)}}\t${one.line}`,
  json: (one) =>
    JSON.stringify({ ns: one.ns, level: one.level, labels: one.stream, metadata: one.metadata, line: one.line }),
  csv: (one) => [new Date(one.ms).toISOString(), one.level, streamKey(one.stream), one.line].map(csvCell).join(","),
};

/** The files that the loaded lines can be saved as. */
export function lineFiles(lines: Lines): readonly Saved[] {
  return FORMATS.map((format) => ({ ...FILES[format], text: () => linesText(lines, format) }));
}
