// The colours of the tokens against each other: WCAG AA, 4.5 to 1 for text, in both schemes.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { hueColor, nameTextColor, PALETTE_SIZE } from "../../charts/colors/palette";

const css = readFileSync(new URL("./tokens.css", import.meta.url), "utf8");

type Rgb = readonly [number, number, number];

function tokens(scheme: "dark" | "light"): Map<string, string> {
  const found = new Map<string, string>();
  for (const block of css.matchAll(/([^{}]+)\{([^}]*)\}/g)) {
    const [, selector = "", body = ""] = block;
    const other = scheme === "dark" ? "light" : "dark";
    if (selector.includes(`"${other}"`)) continue;
    for (const [, name = "", value = ""] of body.matchAll(/--([\w-]+):\s*([^;]+);/g)) found.set(name, value.trim());
  }
  return found;
}

function hex(text: string): Rgb {
  const found = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(text);
  if (found === null) throw new Error(`not a plain colour: ${text}`);
  return [1, 2, 3].map((at) => Number.parseInt(found[at] ?? "", 16)) as unknown as Rgb;
}

/** `rgb(1 2 3 / 14%)` laid over a colour. */
function over(text: string, below: Rgb): Rgb {
  const found = /^rgb\((\d+) (\d+) (\d+) \/ (\d+)%\)$/.exec(text);
  if (found === null) return hex(text);
  const part = Number(found[4]) / 100;
  return [1, 2, 3].map((at) => Number(found[at]) * part + (below[at - 1] ?? 0) * (1 - part)) as unknown as Rgb;
}

const linear = (channel: number) => {
  const part = channel / 255;
  return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
};
const luminance = ([r, g, b]: Rgb) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);

function contrast(a: Rgb, b: Rgb): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

const TEXTS = ["text", "muted", "accent-text", "error-text", "warn-text", "good-text"];
const SYNTAX = ["name", "function", "string", "number", "keyword", "label"].map((one) => `syntax-${one}`);
const GROUNDS = ["bg", "surface", "raised"];

/** OKLCH to linear sRGB, for the palette of series. Source: https://bottosson.github.io/posts/oklab/ */
function oklchLuminance(text: string): number {
  const found = /^oklch\(([\d.]+) ([\d.]+) ([\d.]+)\)$/.exec(text);
  const [lightness = 0, chroma = 0, hue = 0] = (found ?? []).slice(1).map(Number);
  const a = chroma * Math.cos((hue * Math.PI) / 180);
  const b = chroma * Math.sin((hue * Math.PI) / 180);
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const clip = (one: number) => Math.max(0, Math.min(1, one));
  return (
    0.2126 * clip(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s) +
    0.7152 * clip(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s) +
    0.0722 * clip(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s)
  );
}

for (const scheme of ["dark", "light"] as const) {
  describe(`colours of the ${scheme} scheme`, () => {
    const all = tokens(scheme);
    const token = (name: string) => all.get(name) ?? "";
    it.each([...TEXTS, ...SYNTAX])("%s can be read on every ground", (name) => {
      for (const ground of GROUNDS) {
        expect(contrast(hex(token(name)), hex(token(ground))), `${name} on ${ground}`).toBeGreaterThanOrEqual(4.5);
      }
    });
    it("what is chosen or marked can be read", () => {
      for (const ground of GROUNDS) {
        const below = hex(token(ground));
        const pairs: [string, string][] = [
          ["accent-text", "accent-soft"],
          ["text", "accent-soft"],
          ["error-text", "error-soft"],
          ["text", "mark"],
          ["text", "hover"],
        ];
        for (const [name, tint] of pairs) {
          const ratio = contrast(hex(token(name)), over(token(tint), below));
          expect(ratio, `${name} on ${tint} on ${ground}`).toBeGreaterThanOrEqual(4.5);
        }
      }
      expect(contrast(hex(token("on-accent")), hex(token("accent")))).toBeGreaterThanOrEqual(4.5);
    });
    it("names in their colour can be read", () => {
      const ground = luminance(hex(token("bg"))) + 0.05;
      for (let index = 0; index < 200; index += 1) {
        const text = oklchLuminance(nameTextColor(`service-${index}`, scheme === "dark")) + 0.05;
        expect(Math.max(text, ground) / Math.min(text, ground), `service-${index}`).toBeGreaterThanOrEqual(4.5);
      }
    });
    it("lines of series stand out from the ground, 3 to 1", () => {
      const ground = luminance(hex(token("bg"))) + 0.05;
      for (let index = 0; index < PALETTE_SIZE; index += 1) {
        const line = oklchLuminance(hueColor(index, scheme === "dark")) + 0.05;
        expect(Math.max(line, ground) / Math.min(line, ground), `hue ${index}`).toBeGreaterThanOrEqual(3);
      }
    });
  });
}
