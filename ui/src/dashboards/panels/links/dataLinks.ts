// The links of one value: addresses with the value, its labels, its row and the variables of the dashboard filled in. Pure.
import { type DataFrame, displayNames, type Field } from "../../data/frame";
import { interpolate, type Lookup, type Value } from "../../variables/interpolate";
import { safeHref } from "../compute/links";

/** What a link can tell of: one value of a field, and the other values of its row. */
export interface Linked {
  readonly field: Field;
  readonly frame: DataFrame | undefined;
  /** Undefined: the value is a figure of all rows. */
  readonly row: number | undefined;
  readonly value: unknown;
  /** The value as it is shown. */
  readonly words: string;
  /** The name it is shown under. */
  readonly name: string;
}

export interface FilledLink {
  readonly title: string;
  readonly href: string;
  readonly newTab: boolean;
  /** Followed by a click even where there are others. */
  readonly oneClick: boolean;
}

/** Links whose addresses lead nowhere that a page may go are left out. */
export function filledLinks(of: Linked, lookup: Lookup): FilledLink[] {
  const all = withValue(of, lookup);
  return (of.field.config.links ?? []).flatMap(({ title, url, newTab, oneClick = false }) => {
    const href = safeHref(address(url, all));
    return href === undefined ? [] : [{ title: interpolate(title, all, "words") || href, href, newTab, oneClick }];
  });
}

/** The link that a click follows at once: the only one, or the one that says so. */
export function directLink(links: readonly FilledLink[]): FilledLink | undefined {
  return links.find((one) => one.oneClick) ?? (links.length === 1 ? links[0] : undefined);
}

/** What is told of the value is percent-encoded where no format is asked for, unless the address begins with it. */
function address(url: string, all: Lookup): string {
  const marked = url.replaceAll(
    /\$\{(__(?:value|field|series|data)\b[^}:]*)\}/g,
    (whole, _inside: string, at: number) => (at === 0 ? whole : whole.replace(/\}$/, ":percentencode}")),
  );
  return interpolate(marked, all, "plain");
}

function withValue(of: Linked, lookup: Lookup): Lookup {
  return (name, field) => {
    const told = toldOf(of, name, field ?? "");
    if (told === undefined) return lookup(name, field);
    const text = told === null ? "" : String(told);
    return { values: [text], texts: [text], many: false } satisfies Value;
  };
}

function toldOf(of: Linked, name: string, path: string): unknown {
  switch (name) {
    case "__series":
      return of.name;
    case "__field":
      return fieldPart(of.field, of.name, path);
    case "__value":
      return valuePart(of, path);
    case "__data":
      return dataPart(of, path);
    default:
      return undefined;
  }
}

const LABEL = /^labels(?:\.(.+)|\[["']?(.+?)["']?\])$/;

function fieldPart(field: Field, shown: string, path: string): unknown {
  const label = LABEL.exec(path);
  if (label !== null) return field.labels?.[label[1] ?? label[2] ?? ""] ?? "";
  if (path === "labels") {
    const pairs = Object.entries(field.labels ?? {});
    return pairs.map(([name, value]) => `${name}="${value}"`).join(", ");
  }
  return path === "name" ? field.name : shown;
}

function valuePart({ field, frame, row, value, words }: Linked, path: string): unknown {
  if (path === "text") return words;
  if (path === "numeric") return typeof value === "number" ? value : Number(value);
  if (path === "time") {
    const times = frame?.fields.find((one) => one.type === "time")?.values ?? [];
    return (row === undefined ? times.at(-1) : times[row]) ?? null;
  }
  return path === "calc" ? null : (value ?? field.values.at(-1) ?? null);
}

const COLUMN = /^fields(?:\.([^.[\]]+)|\[["']?(.+?)["']?\])(?:\.(text|numeric|raw))?$/;

/** A column of the same row, by its name, its shown name or its place. */
function dataPart({ frame, row }: Linked, path: string): unknown {
  const found = COLUMN.exec(path);
  if (found === null || frame === undefined) return "";
  const name = found[1] ?? found[2] ?? "";
  const names = displayNames([frame]);
  const column = frame.fields.find((one) => one.name === name || names.get(one) === name) ?? frame.fields[Number(name)];
  return (row === undefined ? column?.values.at(-1) : column?.values[row]) ?? "";
}
