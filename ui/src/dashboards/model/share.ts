// A dashboard as a file for another server: its data sources become placeholders that an importer fills, as such files have them.
// Only the older form has placeholders; one of elements goes out as it is. Pure.
import { type Json, list, record, text } from "../../api/decode";
import { elementsPath } from "./elements/elements";

const NAMES: Readonly<Record<string, string>> = { prometheus: "Prometheus", loki: "Loki", tempo: "Tempo" };

/** Sources that every server has, or that are no sources. */
const isOwn = (uid: string) =>
  uid === "" || uid.startsWith("-- ") || uid.includes("$") || uid === "grafana" || uid === "__expr__";

export function forOthers(doc: Json): Json {
  if (elementsPath(doc) !== undefined) return doc;
  const inputs = new Map<string, { name: string; type: string }>();
  const names = new Set(list(doc.__inputs).map((one) => text(record(one).name)));
  const placeholder = (type: string, uid: string) => {
    const known = inputs.get(uid);
    if (known !== undefined) return known.name;
    const base = `DS_${(NAMES[type] ?? type).toUpperCase().replaceAll(/\W+/g, "_")}`;
    let name = base;
    for (let many = 2; names.has(name); many += 1) name = `${base}_${many}`;
    names.add(name);
    inputs.set(uid, { name, type });
    return name;
  };
  const walk = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(walk);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([member, inner]) => {
        if (member !== "datasource" || typeof inner !== "object" || inner === null) return [member, walk(inner)];
        const source = record(inner);
        const [type, uid] = [text(source.type), text(source.uid)];
        if (type === "" || isOwn(uid)) return [member, inner];
        return [member, { ...source, uid: `\${${placeholder(type, uid)}}` }];
      }),
    );
  };
  const { id: _id, ...rest } = doc;
  const walked = record(walk(rest));
  const __inputs = [...inputs.values()].map(({ name, type }) => ({
    name,
    label: NAMES[type] ?? type,
    description: "",
    type: "datasource",
    pluginId: type,
    pluginName: NAMES[type] ?? type,
  }));
  if (__inputs.length === 0) return walked;
  // Those of a file that came in with placeholders stay: what they stand for is still asked.
  return { ...walked, __inputs: [...list(doc.__inputs), ...__inputs] };
}
