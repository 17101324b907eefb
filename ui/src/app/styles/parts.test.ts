// The styles of the component library are imported part by part: a part that is used without its styles would look broken.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const SOURCES = join(import.meta.dirname, "../..");
const STYLES = join(SOURCES, "../node_modules/@mantine/core/styles");
const imported = readFileSync(join(import.meta.dirname, "parts.css"), "utf8");
const isImported = (part: string) => imported.includes(`styles/${part}.css`);

/** Parts without styles of their own, and what they are made of. */
const MADE_OF: Readonly<Record<string, readonly string[]>> = {
  TextInput: ["Input"],
  Textarea: ["Input"],
  NativeSelect: ["Input"],
  Modal: ["ModalBase", "Paper", "Overlay", "CloseButton"],
  Menu: ["Popover", "UnstyledButton"],
  Button: ["UnstyledButton", "Loader"],
  Switch: ["InlineInput"],
};

/** Parts that draw nothing of their own. */
const WITHOUT: ReadonlySet<string> = new Set(["MantineProvider", "Portal"]);

it("every part that is used has its styles", () => {
  const used = new Set<string>();
  for (const file of readdirSync(SOURCES, { recursive: true, encoding: "utf8" })) {
    if (!/\.tsx?$/.test(file)) continue;
    const source = readFileSync(join(SOURCES, file), "utf8");
    for (const [, names = ""] of source.matchAll(/import \{([^}]*)\} from "@mantine\/core"/g)) {
      for (const name of names.split(",")) if (/^\s*[A-Z]/.test(name)) used.add(name.trim());
    }
  }
  expect(used.size).toBeGreaterThan(4);
  for (const part of used) {
    const needs = [...(existsSync(join(STYLES, `${part}.css`)) ? [part] : []), ...(MADE_OF[part] ?? [])];
    for (const one of needs) expect(isImported(one), `${part} needs ${one}.css in parts.css`).toBe(true);
    const isKnown = needs.length > 0 || WITHOUT.has(part);
    expect(isKnown, `say in MADE_OF what ${part} is made of`).toBe(true);
  }
});

it("the order is that of the library", () => {
  const whole = readFileSync(join(STYLES, "../styles.css"), "utf8");
  const places = [...imported.matchAll(/styles\/([A-Z]\w+)\.css/g)].map(([, part = ""]) => {
    const rule = /\.(m_[0-9a-f]+)/.exec(readFileSync(join(STYLES, `${part}.css`), "utf8"))?.[1] ?? "";
    return [part, whole.indexOf(`.${rule}`)] as const;
  });
  const sorted = [...places].sort((a, b) => a[1] - b[1]);
  expect(places.map(([part]) => part)).toEqual(sorted.map(([part]) => part));
});
