// What someone brings in, a file or a pasted text, as the texts of single dashboards: JSON, YAML, archives of both, and the
// wrappers that clusters put around them (ConfigMap, GrafanaDashboard, List).
import { list, record, text } from "../../api/decode";
import { isZip, readZip } from "./zip";

export interface Source {
  readonly name: string;
  readonly text: string;
}

/** Names of files that can hold dashboards. */
const NAMES = /\.(json|ya?ml)$/i;
/** Wrappers in wrappers deeper than this are not read. */
const DEEPEST = 4;

export async function sourcesOf(name: string, bytes: Uint8Array): Promise<Source[]> {
  if (!isZip(bytes)) return sourcesIn(name, new TextDecoder().decode(bytes));
  const files = await readZip(bytes, (one) => NAMES.test(one) && !one.startsWith("__MACOSX/"));
  if (files.length === 0) throw new Error(`${name} holds no file that ends in .json, .yaml or .yml.`);
  return (await Promise.all(files.map((one) => sourcesIn(one.name, one.text)))).flat();
}

/** A text that is one dashboard is handed on as it is, to the byte. */
export async function sourcesIn(name: string, written: string): Promise<Source[]> {
  const trimmed = written.trim();
  if (/^[{[]/.test(trimmed)) {
    const value = parseJson(trimmed);
    // What is wrong with it is said by who reads it as a dashboard.
    return value === undefined ? [{ name, text: written }] : (unwrapped(name, value, 0) ?? [{ name, text: written }]);
  }
  const { parseAllDocuments } = await import("yaml");
  const documents = parseAllDocuments(trimmed, { maxAliasCount: 100 } as never);
  const all = "empty" in documents ? [] : documents;
  return all.flatMap((document, index): Source[] => {
    const error = document.errors[0];
    if (error !== undefined) throw new Error(`${name} is neither JSON nor YAML: ${error.message.split("\n")[0]}`);
    const value: unknown = document.toJS({ maxAliasCount: 100 });
    if (value === null) return [];
    const own = all.length > 1 ? `${name} ${index + 1}` : name;
    return unwrapped(own, value, 0) ?? [{ name: own, text: JSON.stringify(value) }];
  });
}

/** The dashboards inside a wrapper; undefined is none. */
function unwrapped(name: string, value: unknown, depth: number): Source[] | undefined {
  if (depth > DEEPEST) return undefined;
  const json = record(value);
  const inner = (items: readonly unknown[]) =>
    items.flatMap(
      (one, index) =>
        unwrapped(`${name} ${index + 1}`, one, depth + 1) ?? [
          { name: `${name} ${index + 1}`, text: JSON.stringify(one) },
        ],
    );
  if (Array.isArray(value)) return inner(value);
  const kind = text(json.kind);
  if (kind.endsWith("List") && Array.isArray(json.items)) return inner(list(json.items));
  if (kind === "ConfigMap") {
    return Object.entries(record(json.data)).flatMap(([file, one]) =>
      NAMES.test(file) ? [{ name: file, text: text(one) }] : [],
    );
  }
  if (kind === "GrafanaDashboard") {
    const written = text(record(json.spec).json);
    return written === "" ? undefined : [{ name: text(record(json.metadata).name, name), text: written }];
  }
  return undefined;
}

function parseJson(written: string): unknown {
  try {
    return JSON.parse(written);
  } catch {
    return undefined;
  }
}
