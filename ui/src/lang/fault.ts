// Where an error message of the server points at in the query text. All three languages write line and column, from 1; what one
// finds wrong with the meaning names the part instead.

export interface Fault {
  readonly message: string;
  /** Offsets into the text, `from <= to`. Equal when no place is known. */
  readonly from: number;
  readonly to: number;
}

const POSITIONS: readonly RegExp[] = [
  /(?:^|[\s:(])line (\d+), col(?:umn)? (\d+)/,
  /(?:^|[\s":])(\d+):(\d+): parse error/,
  /at (?:position )?(\d+):(\d+)/,
];

/** The fault with the word at its position, or with the end of the text when the server missed something there. */
export function faultOf(message: string, query: string): Fault | undefined {
  for (const pattern of POSITIONS) {
    const found = pattern.exec(message);
    if (found === null) continue;
    const at = offsetOf(query, Number(found[1]), Number(found[2]));
    if (at !== undefined) return { message, ...wordAt(query, at) };
  }
  for (const part of namedParts(message)) {
    const from = query.indexOf(part);
    if (from >= 0 && query.indexOf(part, from + 1) < 0) return { message, from, to: from + part.length };
  }
  return undefined;
}

/** What the message says after its last colon and in quotes, the longest first: as it stands, and with the other kind of quotes. */
function namedParts(message: string): string[] {
  const tail = message.slice(message.lastIndexOf(": ") + 2).trim();
  const quoted = [...message.matchAll(/"([^"]+)"|`([^`]+)`/g)].map(([, one, two]) => one ?? two ?? "");
  const parts = [tail, ...quoted].filter((one) => one.length > 1);
  return parts.flatMap((one) => [one, one.replaceAll("`", '"')]).sort((a, b) => b.length - a.length);
}

function offsetOf(query: string, line: number, column: number): number | undefined {
  const lines = query.split("\n");
  // Within a range LogQL counts lines from 0.
  if (line === 0 && lines.length === 1) return offsetOf(query, 1, column);
  if (line < 1 || line > lines.length || column < 1) return undefined;
  const before = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
  return Math.min(before + column - 1, query.length);
}

function wordAt(query: string, at: number): { from: number; to: number } {
  if (at >= query.length) return { from: Math.max(0, query.length - 1), to: query.length };
  const word = /^(?:[\w.:]+|"(?:[^"\\]|\\.)*"?|`[^`]*`?|\s+|.)/s.exec(query.slice(at));
  return { from: at, to: at + (word?.[0].length ?? 1) };
}
