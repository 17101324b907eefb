// The text of one member of a JSON object as it was written: numbers, spaces and order of members as they came.

/** The text of the value of `name` at the top of an object; undefined when there is none, or the text is no object. */
export function memberText(source: string, name: string): string | undefined {
  let at = space(source, 0);
  if (source[at] !== "{") return undefined;
  at = space(source, at + 1);
  while (source[at] === '"') {
    const keyEnd = stringEnd(source, at);
    const colon = space(source, keyEnd);
    if (source[colon] !== ":") return undefined;
    const start = space(source, colon + 1);
    const end = valueEnd(source, start);
    if (end === start) return undefined;
    if (keyOf(source.slice(at, keyEnd)) === name) return source.slice(start, end);
    at = space(source, end);
    if (source[at] !== ",") return undefined;
    at = space(source, at + 1);
  }
  return undefined;
}

function keyOf(quoted: string): string | undefined {
  try {
    return String(JSON.parse(quoted));
  } catch {
    return undefined;
  }
}

function space(source: string, from: number): number {
  let at = from;
  while (at < source.length && /\s/.test(source[at] ?? "")) at += 1;
  return at;
}

function stringEnd(source: string, from: number): number {
  let at = from + 1;
  while (at < source.length && source[at] !== '"') at += source[at] === "\\" ? 2 : 1;
  return Math.min(source.length, at + 1);
}

function valueEnd(source: string, from: number): number {
  let depth = 0;
  let at = from;
  while (at < source.length) {
    const letter = source[at];
    if (letter === '"') {
      at = stringEnd(source, at);
      if (depth === 0) return at;
      continue;
    }
    if (letter === "{" || letter === "[") depth += 1;
    else if (letter === "}" || letter === "]") {
      if (depth === 0) return at;
      depth -= 1;
      if (depth === 0) return at + 1;
    } else if (depth === 0 && (letter === "," || /\s/.test(letter ?? ""))) return at;
    at += 1;
  }
  return at;
}
