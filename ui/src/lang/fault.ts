// Where an error message of the server points at in the query text. All three languages write line and column, from 1.

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
  return undefined;
}

function offsetOf(query: string, line: number, column: number): number | undefined {
  const lines = query.split("\n");
  if (line < 1 || line > lines.length || column < 1) return undefined;
  const before = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
  return Math.min(before + column - 1, query.length);
}

function wordAt(query: string, at: number): { from: number; to: number } {
  if (at >= query.length) return { from: Math.max(0, query.length - 1), to: query.length };
  const word = /^(?:[\w.:]+|"(?:[^"\\]|\\.)*"?|`[^`]*`?|\s+|.)/s.exec(query.slice(at));
  return { from: at, to: at + (word?.[0].length ?? 1) };
}
