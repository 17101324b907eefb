// The lists of a dashboard's settings: variables, annotations, links. Each item is told in the words of the older form, whatever
// the document is, and an edit of one member is put where that member stands; the rest of the item stays as it was written.
import { type Json, list, record } from "../../../api/decode";
import { specPath } from "../document";
import { elementAnnotation, elementsPath, elementVariable } from "../elements/elements";
import { atPath, type Path, withPath } from "../patch/path";
import { newAnnotation, withAnnotationMember } from "./annotation";
import { newVariable, toElementVariable, withVariableMember } from "./variable";

export type ItemKind = "variables" | "annotations" | "links";

/** Items of the dashboard, or the variables that one row or tab brings along (dashboards of elements only). */
export type Items = ItemKind | { readonly section: Path };

export const kindOf = (items: Items): ItemKind => (typeof items === "string" ? items : "variables");

const OLDER: Readonly<Record<ItemKind, Path>> = {
  variables: ["templating", "list"],
  annotations: ["annotations", "list"],
  links: ["links"],
};

export function itemsPath(doc: Json, kind: Items): Path {
  if (typeof kind !== "string") return [...kind.section, "spec", "variables"];
  return elementsPath(doc) === undefined ? OLDER[kind] : [...specPath(doc), kind];
}

const isElements = (doc: Json) => elementsPath(doc) !== undefined;

/** The items as they are written. */
function writtenItems(doc: Json, kind: Items): readonly unknown[] {
  return list(atPath(doc, itemsPath(doc, kind)));
}

const withWritten = (doc: Json, kind: Items, items: readonly unknown[]): Json =>
  record(withPath(doc, itemsPath(doc, kind), items));

/** The items in the words of the older form. */
export function settingItems(doc: Json, kind: Items): Json[] {
  const written = writtenItems(doc, kind).map(record);
  if (!isElements(doc) || kindOf(kind) === "links") return written;
  return written.map((one) =>
    kindOf(kind) === "variables" ? elementVariable(one) : elementAnnotation(record(one.spec)),
  );
}

/** Changes one member of one item; `undefined` takes it away. */
export function withItemMember(doc: Json, kind: Items, index: number, member: Path, value: unknown): Json {
  const before = record(writtenItems(doc, kind)[index]);
  const elements = isElements(doc);
  const after =
    kindOf(kind) === "variables"
      ? withVariableMember(before, elements, member, value)
      : kindOf(kind) === "annotations"
        ? withAnnotationMember(before, elements, member, value)
        : record(withPath(before, member, value));
  return record(withPath(doc, [...itemsPath(doc, kind), index], after));
}

/** One more item at the end. A name that is taken gets a number behind it. */
export function withNewItem(doc: Json, kind: Items): Json {
  const items = writtenItems(doc, kind);
  return withWritten(doc, kind, [...items, newItem(doc, kind)]);
}

function newItem(doc: Json, kind: Items): Json {
  if (kindOf(kind) === "links") {
    return {
      title: "New link",
      type: "link",
      url: "",
      tags: [],
      icon: "external link",
      tooltip: "",
      asDropdown: false,
      targetBlank: true,
      includeVars: false,
      keepTime: false,
    };
  }
  const taken = new Set(settingItems(doc, kind).map((one) => one.name));
  const name = freeName(kindOf(kind) === "variables" ? "query" : "New annotation", taken);
  return kindOf(kind) === "variables" ? newVariable(name, isElements(doc)) : newAnnotation(name, isElements(doc));
}

function freeName(wanted: string, taken: ReadonlySet<unknown>): string {
  let name = wanted;
  for (let count = 2; taken.has(name); count += 1) name = `${wanted}${count}`;
  return name;
}

export function withoutItem(doc: Json, kind: Items, index: number): Json {
  return withWritten(
    doc,
    kind,
    writtenItems(doc, kind).filter((_, at) => at !== index),
  );
}

/** The order of variables is the order of their controls. */
export function withMovedItem(doc: Json, kind: Items, from: number, to: number): Json {
  const items = [...writtenItems(doc, kind)];
  if (to < 0 || to >= items.length) return doc;
  const [moved] = items.splice(from, 1);
  items.splice(to, 0, moved);
  return withWritten(doc, kind, items);
}

export function withCopiedItem(doc: Json, kind: Items, index: number): Json {
  const items = [...writtenItems(doc, kind)];
  const copy = record(items[index]);
  const names = new Set(settingItems(doc, kind).map((one) => one.name));
  const name = freeName(String(settingItems(doc, kind)[index]?.name ?? ""), names);
  const path: Path = isElements(doc) && kindOf(kind) !== "links" ? ["spec", "name"] : ["name"];
  items.splice(index + 1, 0, kindOf(kind) === "links" ? copy : withPath(copy, path, name));
  return withWritten(doc, kind, items);
}

/** Another kind of variable keeps its name and how it is shown; what only the former kind has goes. */
export function withVariableKind(doc: Json, items: Items, index: number, type: string): Json {
  const before = settingItems(doc, items)[index] ?? {};
  const { name, label, description, hide, skipUrlSync } = before;
  const kept = { name, label, description, hide, skipUrlSync };
  const known = Object.fromEntries(Object.entries(kept).filter(([, value]) => value !== undefined));
  const made = { ...known, ...DEFAULTS[type], type };
  const item = isElements(doc) ? toElementVariable(made) : made;
  return record(withPath(doc, [...itemsPath(doc, items), index], item));
}

const DEFAULTS: Readonly<Record<string, Json>> = {
  query: { datasource: { type: "prometheus", uid: "oriel-metrics" }, query: "", refresh: 1, sort: 1, regex: "" },
  custom: { query: "one, two, three" },
  constant: { query: "", hide: 2 },
  interval: { query: "1m,10m,30m,1h,6h,12h,1d,7d,14d,30d", auto: false, auto_count: 30, auto_min: "10s", refresh: 2 },
  textbox: { query: "" },
  datasource: { query: "prometheus", refresh: 1, regex: "" },
  adhoc: { datasource: { type: "prometheus", uid: "oriel-metrics" }, filters: [], baseFilters: [] },
  groupby: { datasource: { type: "prometheus", uid: "oriel-metrics" }, multi: true, options: [] },
  switch: {
    current: { text: "false", value: "false" },
    options: [
      { text: "Enabled", value: "true" },
      { text: "Disabled", value: "false" },
    ],
  },
};
