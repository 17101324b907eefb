// The lines of a configuration with what they set, compared with the defaults. Reads YAML as the server writes it: two spaces a
// level, lists with dashes, texts of several lines after a bar. Pure.

export interface ConfigLine {
  readonly text: string;
  /** `doors.ui`; lines of a longer text have the path of its first. */
  readonly path: string;
  /** What the path is set to; empty where more lines follow. */
  readonly value: string;
  readonly isChanged: boolean;
  /** What it would be; undefined where the defaults have no such key. */
  readonly usual: string | undefined;
}

interface Read {
  readonly text: string;
  readonly path: string;
  readonly value: string;
}

const LINE = /^(\s*)((?:- )*)(?:([^\s:#'"][^:]*|'[^']*'|"[^"]*"):(?: (.*))?|(.*))$/;

export function readLines(yaml: string): Read[] {
  const stack: { indent: number; key: string }[] = [];
  const items = new Map<string, number>();
  const join = () => stack.map((one) => one.key).join(".");
  let textIndent: number | undefined;
  return yaml
    .replace(/\n$/, "")
    .split("\n")
    .map((text): Read => {
      const [, space = "", dashes = "", key, value = "", rest = ""] = LINE.exec(text) ?? [];
      if (textIndent !== undefined && (space.length > textIndent || text.trim() === "")) {
        return { text, path: join(), value: text.trim() };
      }
      textIndent = undefined;
      let indent = space.length;
      const drop = (least: number) => {
        while ((stack.at(-1)?.indent ?? -1) >= least) stack.pop();
      };
      drop(dashes === "" ? indent : indent + 1);
      for (let at = 0; at < dashes.length; at += 2) {
        // An item of a list belongs to the key before it, which stands at the same indent.
        const last = stack.at(-1);
        if (last !== undefined && last.indent === indent && /^\d+$/.test(last.key)) stack.pop();
        const parent = join();
        const index = items.get(parent) ?? 0;
        items.set(parent, index + 1);
        stack.push({ indent, key: String(index) });
        indent += 2;
      }
      if (key !== undefined) stack.push({ indent, key: key.replaceAll(/^['"]|['"]$/g, "") });
      const path = join();
      if (/^[|>][-+]?$/.test(value)) textIndent = indent;
      return { text, path, value: key === undefined ? rest : value };
    });
}

export function compareConfig(yaml: string, defaults: string): ConfigLine[] {
  const usual = new Map<string, string>();
  for (const one of readLines(defaults)) usual.set(one.path, known(usual.get(one.path), one.value));
  const all = new Map<string, string>();
  const lines = readLines(yaml);
  for (const one of lines) all.set(one.path, known(all.get(one.path), one.value));
  return lines.map((one) => {
    const before = usual.get(one.path);
    return { ...one, isChanged: before !== all.get(one.path), usual: before };
  });
}

/** Lines of one text count together. */
function known(before: string | undefined, value: string): string {
  return before === undefined ? value : `${before}\n${value}`;
}

/** What differs, with the keys that it stands under. */
export function onlyChanged(lines: readonly ConfigLine[]): ConfigLine[] {
  const changed = lines.filter((one) => one.isChanged).map((one) => one.path);
  return lines.filter((one) => one.isChanged || changed.some((path) => path.startsWith(`${one.path}.`)));
}
