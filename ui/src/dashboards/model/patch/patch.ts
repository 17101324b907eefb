// JSON Patch (RFC 6902) of one document against another: what an edit changed, and the same change on a newer document.
// Invariant: applyPatch(before, patchOf(before, after)) equals `after`, and touches nothing that is equal in both.
import { atPath, type Path, withPath } from "./path";

export type Operation =
  | { readonly op: "add" | "replace"; readonly path: string; readonly value: unknown }
  | { readonly op: "remove"; readonly path: string };

export function patchOf(before: unknown, after: unknown): Operation[] {
  const out: Operation[] = [];
  compare([], before, after, out);
  return out;
}

export function pointer(path: Path): string {
  return path.map((one) => `/${String(one).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

function compare(path: Path, before: unknown, after: unknown, out: Operation[]): void {
  if (isSame(before, after)) return;
  if (Array.isArray(before) && Array.isArray(after)) compareItems(path, before, after, out);
  else if (isRecord(before) && isRecord(after)) {
    for (const key of Object.keys(before)) {
      if (!Object.hasOwn(after, key)) out.push({ op: "remove", path: pointer([...path, key]) });
      else compare([...path, key], before[key], after[key], out);
    }
    for (const key of Object.keys(after)) {
      if (!Object.hasOwn(before, key)) out.push({ op: "add", path: pointer([...path, key]), value: after[key] });
    }
  } else out.push({ op: "replace", path: pointer(path), value: after });
}

/** Items that are the same at both ends stay; of what is between, pairs are compared, and the rest comes or goes. */
function compareItems(path: Path, before: readonly unknown[], after: readonly unknown[], out: Operation[]): void {
  let start = 0;
  while (start < before.length && start < after.length && isSame(before[start], after[start])) start += 1;
  let end = 0;
  while (
    end < before.length - start &&
    end < after.length - start &&
    isSame(before[before.length - 1 - end], after[after.length - 1 - end])
  )
    end += 1;
  const pairs = Math.min(before.length, after.length) - start - end;
  for (let index = start; index < start + pairs; index += 1) {
    compare([...path, index], before[index], after[index], out);
  }
  for (let index = before.length - end - 1; index >= start + pairs; index -= 1) {
    out.push({ op: "remove", path: pointer([...path, index]) });
  }
  for (let index = start + pairs; index < after.length - end; index += 1) {
    out.push({ op: "add", path: pointer([...path, index]), value: after[index] });
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((one, index) => isSame(one, b[index]));
  }
  if (!isRecord(a) || !isRecord(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && isSame(a[key], b[key]));
}

/** The change does not fit: what it changes is not there any more. */
export class PatchError extends Error {
  constructor(readonly path: string) {
    super(`The change at ${path} does not fit: that place is gone or another thing now.`);
    this.name = "PatchError";
  }
}

export function applyPatch(document: unknown, operations: readonly Operation[]): unknown {
  return operations.reduce(applyOne, document);
}

function applyOne(document: unknown, operation: Operation): unknown {
  const steps = operation.path
    .split("/")
    .slice(1)
    .map((one) => one.replaceAll("~1", "/").replaceAll("~0", "~"));
  const path: (string | number)[] = [];
  let inner = document;
  for (const [index, step] of steps.entries()) {
    const isLast = index === steps.length - 1;
    const isNew = isLast && operation.op === "add";
    if (Array.isArray(inner)) {
      const place = /^(0|[1-9]\d*)$/.test(step) ? Number(step) : Number.NaN;
      if (!(place < inner.length || (isNew && place === inner.length))) throw new PatchError(operation.path);
      path.push(place);
      inner = inner[place];
    } else if (isRecord(inner) && (Object.hasOwn(inner, step) || isNew)) {
      path.push(step);
      inner = inner[step];
    } else throw new PatchError(operation.path);
  }
  if (operation.op === "remove") return withPath(document, path, undefined);
  const last = path.at(-1);
  if (operation.op === "replace" || typeof last !== "number") return withPath(document, path, operation.value);
  const items = [...(atPath(document, path.slice(0, -1)) as readonly unknown[])];
  items.splice(last, 0, operation.value);
  return withPath(document, path.slice(0, -1), items);
}
