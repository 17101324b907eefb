// Places inside JSON: names of members and numbers of items. A change copies only the way to what it changes; everything else
// stays as it was written.
import { list, record } from "../../../api/decode";

export type Path = readonly (string | number)[];

export function atPath(json: unknown, path: Path): unknown {
  return path.reduce<unknown>((inner, key) => (typeof key === "number" ? list(inner)[key] : record(inner)[key]), json);
}

/** Puts a value at a path; `undefined` takes it away. What is missing on the way is made. */
export function withPath(json: unknown, path: Path, value: unknown): unknown {
  const [first, ...rest] = path;
  if (first === undefined) return value;
  if (typeof first === "number") {
    const items = [...list(json)];
    const next = withPath(items[first], rest, value);
    if (next === undefined && rest.length === 0) items.splice(first, 1);
    else items[first] = next;
    return items;
  }
  const before = record(json);
  const next = withPath(before[first], rest, value);
  if (next !== undefined) return { ...before, [first]: next };
  const { [first]: _gone, ...others } = before;
  return others;
}
