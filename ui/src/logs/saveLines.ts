// Saves the loaded lines as a text file: time, level, labels and line, oldest first.
import { type LogEntry, streamKey } from "./entry";

export function linesText(entries: readonly LogEntry[]): string {
  return entries
    .map((one) => `${new Date(one.ms).toISOString()}\t${one.level}\t{${streamKey(one.stream)}}\t${one.line}`)
    .reverse()
    .join("\n");
}

export function saveLines(entries: readonly LogEntry[]): void {
  const url = URL.createObjectURL(new Blob([linesText(entries)], { type: "text/plain" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = "lines.log";
  link.click();
  URL.revokeObjectURL(url);
}
