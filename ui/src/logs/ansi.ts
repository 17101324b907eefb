// Colours that programs write for terminals, as pieces of text with the name of a colour each. Pure.
import { plainText } from "./filters";

export const ANSI_COLORS = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"] as const;

export interface AnsiPiece {
  readonly text: string;
  readonly color: (typeof ANSI_COLORS)[number] | undefined;
  readonly bold: boolean;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character begins a sequence
const SEQUENCE = /\u001b\[([0-9;]*)m/g;

export function hasColors(line: string): boolean {
  return line.includes("\u001b[");
}

/** Joined, the pieces are the plain text of the line. */
export function ansiPieces(line: string): AnsiPiece[] {
  const pieces: AnsiPiece[] = [];
  let look: Omit<AnsiPiece, "text"> = { color: undefined, bold: false };
  let from = 0;
  const put = (to: number) => {
    const text = plainText(line.slice(from, to));
    if (text !== "") pieces.push({ text, ...look });
  };
  for (const found of line.matchAll(SEQUENCE)) {
    put(found.index);
    from = found.index + found[0].length;
    look = lookAfter(look, found[1] ?? "");
  }
  put(line.length);
  return pieces;
}

function lookAfter(before: Omit<AnsiPiece, "text">, codes: string): Omit<AnsiPiece, "text"> {
  let { color, bold } = before;
  const all = codes.split(";").map(Number);
  for (let index = 0; index < all.length; index += 1) {
    const code = all[index] ?? 0;
    // A colour out of 256, or of red, green and blue: the numbers behind it are no codes.
    if (code === 38 || code === 48) index += all[index + 1] === 5 ? 2 : 4;
    else if (code === 0) [color, bold] = [undefined, false];
    else if (code === 1) bold = true;
    else if (code === 22) bold = false;
    else if (code === 39) color = undefined;
    else if (code >= 30 && code <= 37) color = ANSI_COLORS[code - 30];
    else if (code >= 90 && code <= 97) color = ANSI_COLORS[code - 90];
  }
  return { color, bold };
}
