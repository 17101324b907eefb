// What differs between two versions of a dashboard, path by path. Pure.

export interface Change {
  readonly path: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

const LONGEST = 120;

export function changesOf(before: unknown, after: unknown): Change[] {
  const result: Change[] = [];
  walk("", before, after, result);
  return result;
}

function walk(path: string, before: unknown, after: unknown, out: Change[]): void {
  if (before === after) return;
  if (isTree(before) && isTree(after) && Array.isArray(before) === Array.isArray(after)) {
    const [a, b] = [entries(before), entries(after)];
    for (const key of new Set([...a.keys(), ...b.keys()])) {
      walk(path === "" ? key : `${path}.${key}`, a.get(key), b.get(key), out);
    }
    return;
  }
  out.push({ path, before: short(before), after: short(after) });
}

function isTree(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** Panels and variables go by their id or name, so that a moved one is not a changed one. */
function entries(value: object): Map<string, unknown> {
  if (!Array.isArray(value)) return new Map(Object.entries(value));
  const keys = value.map((one: unknown, index) => {
    const item = (isTree(one) ? one : {}) as { id?: unknown; name?: unknown; refId?: unknown };
    const own = item.id ?? item.name ?? item.refId;
    return typeof own === "number" || typeof own === "string" ? `[${own}]` : `[${index}]`;
  });
  if (new Set(keys).size < keys.length) return new Map(value.map((one: unknown, index) => [`[${index}]`, one]));
  return new Map(value.map((one: unknown, index) => [keys[index] ?? "", one]));
}

function short(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}
