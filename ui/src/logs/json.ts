// JSON inside lines, read without changing it: numbers keep all their digits, strings their escapes. What is not JSON, or nested too
// deeply to be looked at, is no tree and stays text. Pure.

export type JsonNode =
  | { readonly kind: "object"; readonly members: readonly (readonly [key: string, value: JsonNode])[] }
  | { readonly kind: "array"; readonly items: readonly JsonNode[] }
  /** A string, number, boolean or null, as it was written. */
  | { readonly kind: "plain"; readonly raw: string };

/** Nobody unfolds more levels. */
const DEEPEST = 100;

const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

/** The object or array that the text is; a number alone is a line, not a document. */
export function readJson(text: string): JsonNode | undefined {
  if (!/^\s*[{[]/.test(text)) return undefined;
  try {
    JSON.parse(text);
  } catch {
    return undefined;
  }
  // It is valid: only its shape is left to be found.
  const tokens = text.match(TOKENS) ?? [];
  let at = 0;
  const value = (depth: number): JsonNode | undefined => {
    const token = tokens[at] ?? "";
    at += 1;
    if (token !== "{" && token !== "[") return { kind: "plain", raw: token };
    if (depth === DEEPEST) return undefined;
    const end = token === "{" ? "}" : "]";
    const members: [string, JsonNode][] = [];
    while (tokens[at] !== end) {
      if (tokens[at] === ",") at += 1;
      let key = "";
      if (token === "{") {
        key = plainValue(tokens[at] ?? "");
        at += 2;
      }
      const inner = value(depth + 1);
      if (inner === undefined) return undefined;
      members.push([key, inner]);
    }
    at += 1;
    return token === "{" ? { kind: "object", members } : { kind: "array", items: members.map(([, inner]) => inner) };
  };
  return value(0);
}

/** What a plain value says: strings without their quotes and escapes. */
export function plainValue(raw: string): string {
  return raw.startsWith('"') ? String(JSON.parse(raw)) : raw;
}

/** Indented by two; the text itself when it is no JSON. */
export function prettyJson(text: string): string {
  const node = readJson(text);
  return node === undefined ? text : printed(node, "");
}

function printed(node: JsonNode, indent: string): string {
  if (node.kind === "plain") return node.raw;
  const inner = `${indent}  `;
  const parts =
    node.kind === "array"
      ? node.items.map((item) => printed(item, inner))
      : node.members.map(([key, value]) => `${JSON.stringify(key)}: ${printed(value, inner)}`);
  const [open, close] = node.kind === "array" ? ["[", "]"] : ["{", "}"];
  return parts.length === 0 ? `${open}${close}` : `${open}\n${inner}${parts.join(`,\n${inner}`)}\n${indent}${close}`;
}
