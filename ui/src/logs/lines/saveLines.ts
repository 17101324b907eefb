// Saves the loaded lines as a file: as text (time, level, labels and line), as one JSON object a line, or as CSV; oldest first.
import { type LogEntry, streamKey } from "../entry";
import type { Lines } from "./lines";

export const FORMATS = ["text", "json", "csv"] as const;
export type Format = (typeof FORMATS)[number];

const FILES: Readonly<Record<Format, { name: string; type: string }>> = {
  text: { name: "lines.log", type: "text/plain" },
  json: { name: "lines.ndjson", type: "application/x-ndjson" },
  csv: { name: "lines.csv", type: "text/csv" },
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
  csv: (one) => [new Date(one.ms).toISOString(), one.level, streamKey(one.stream), one.line].map(cell).join(","),
};

/** A text that a spreadsheet would run as a formula gets an apostrophe, as lines are hostile. */
function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export function saveLines(lines: Lines, format: Format): void {
  const { name, type } = FILES[format];
  const url = URL.createObjectURL(new Blob([linesText(lines, format)], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
