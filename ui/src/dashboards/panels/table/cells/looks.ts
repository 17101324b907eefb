// How the cells of a column look: the kind that `cellOptions` names (or `displayMode`, as dashboards of before have it), and the
// colours that a value has as words or as ground. Pure.
import { type Json, record, text } from "../../../../api/decode";
import { hashName, hueColor } from "../../../../charts/colors/palette";
import { type Field, plainValue } from "../../../data/frame";
import { cssColor, readableOn, scaleColor, seriesColor, smallText } from "../../../field/colors";
import { type Bounds, mapValue, type Shown, thresholdColor, thresholdsOf } from "../../../field/show";
import type { FieldOptions } from "../../../model/types";
import { safeImage } from "../../text/safeImage";

export const CELL_TYPES = [
  "auto",
  "color-text",
  "color-background",
  "gauge",
  "sparkline",
  "pill",
  "data-links",
  "json-view",
  "markdown",
  "image",
  "geo",
  "actions",
] as const;
export type CellType = (typeof CELL_TYPES)[number];

export interface Look {
  readonly type: CellType;
  /** Of grounds `gradient` or `basic`; of gauges `lcd` too. */
  readonly mode: "gradient" | "basic" | "lcd";
  /** The ground of the cell is that of its row. */
  readonly wholeRow: boolean;
  readonly wrap: boolean;
  /** Words beside a gauge or a small chart. */
  readonly words: "text" | "color" | "hidden";
  /** All that is written, such as the lines of small charts. */
  readonly options: Json;
}

/** Kinds of before, which told the mode in their name. */
const OLD_TYPES: Readonly<Record<string, { readonly type: CellType; readonly mode: Look["mode"] }>> = {
  basic: { type: "gauge", mode: "basic" },
  "gradient-gauge": { type: "gauge", mode: "gradient" },
  "lcd-gauge": { type: "gauge", mode: "lcd" },
  "color-background-solid": { type: "color-background", mode: "basic" },
};

/** `cellOptions`, whatever form the dashboard has them in. */
export function cellOptionsOf(custom: Json): Json {
  const written = record(custom.cellOptions);
  const named = text(written.type) || text(custom.displayMode, "auto");
  const { type, mode } = OLD_TYPES[named] ?? { type: named, mode: "gradient" };
  return { ...written, type, mode: written.mode ?? mode };
}

export function lookOf(field: Field): Look {
  const custom = field.config.custom;
  const options = cellOptionsOf(custom);
  const known = CELL_TYPES.find((one) => one === options.type) ?? "auto";
  const type = known === "auto" ? ownLook(field) : known;
  const mode = options.mode === "basic" || options.mode === "lcd" ? options.mode : "gradient";
  const hidden = options.hideValue === true || options.valueDisplayMode === "hidden";
  return {
    type,
    mode,
    wholeRow: type === "color-background" && options.applyToRow === true,
    wrap: custom.wrapText === true || options.wrapText === true,
    words: hidden ? "hidden" : options.valueDisplayMode === "color" ? "color" : "text",
    options,
  };
}

/** What is not told is seen from the values. */
function ownLook(field: Field): CellType {
  if (field.type === "frame") return "sparkline";
  return field.type === "other" ? "json-view" : "auto";
}

/** The colour of a value where its column asks for colour: of words, those of the lowest step, as there is no number to compare. */
export function colorOf(field: Field, place: number, shown: Shown, bounds: Bounds, dark: boolean): string | undefined {
  if (shown.color !== undefined) return shown.color;
  const { color } = field.config;
  const mode = color?.mode ?? "thresholds";
  if (mode === "fixed" || mode === "shades") return cssColor(color?.fixedColor, dark);
  if (mode.startsWith("continuous-")) return scaleColor(mode, 0);
  if (mode === "thresholds") {
    return cssColor(thresholdColor(Number.NEGATIVE_INFINITY, thresholdsOf(field.config), bounds), dark);
  }
  return seriesColor(place, dark);
}

export interface Paint {
  readonly background?: string;
  readonly color?: string;
}

export function paintOf(look: Look, color: string | undefined): Paint {
  if (look.type === "color-text") return { color: smallText(color) };
  if (look.type !== "color-background" || color === undefined || color === "transparent") return {};
  const words = readableOn(color);
  if (look.mode === "basic" || look.wholeRow) return { background: color, color: words };
  // Away from the middle of light and dark, so that the words stay as readable.
  const end = `oklch(from ${color} calc(l + (l - 0.62) * 0.4) c h)`;
  return { background: `linear-gradient(120deg, ${color}, ${end})`, color: words };
}

export interface Pill {
  readonly text: string;
  readonly color: string;
}

/** More chips in a cell are read by nobody; inspecting the cell shows all. */
const MOST_PILLS = 50;

/** A list, one written as JSON, or words with commas between them: a chip each, of the colour that a mapping or the name gives. */
export function pillsOf(value: unknown, config: FieldOptions, dark: boolean): Pill[] {
  return partsOf(value)
    .slice(0, MOST_PILLS)
    .map((one) => {
      const mapped = mapValue(one, config);
      const fixed = config.color?.mode === "fixed" ? config.color.fixedColor : undefined;
      const shown = mapped?.text ?? one;
      return { text: shown, color: cssColor(mapped?.color ?? fixed, dark) ?? hueColor(hashName(shown), dark) };
    });
}

function partsOf(value: unknown): string[] {
  if (value === null || value === undefined) return [];
  const written = typeof value === "string" && value.trimStart().startsWith("[") ? readJson(value) : value;
  const parts = Array.isArray(written) ? written : String(value).split(",");
  return parts.flatMap((one) => {
    const words = typeof one === "object" && one !== null ? JSON.stringify(one) : String(one ?? "").trim();
    return words === "" ? [] : [words];
  });
}

export function readJson(written: string): unknown {
  try {
    return JSON.parse(written);
  } catch {
    return undefined;
  }
}

/** A value as JSON, on lines of its own where it is shown whole. */
export function jsonText(value: unknown, whole = false): string {
  const plain = plainValue(value);
  const parsed = typeof plain === "string" && /^\s*[[{]/.test(plain) ? (readJson(plain) ?? plain) : plain;
  return typeof parsed === "string" ? parsed : (JSON.stringify(parsed, null, whole ? 2 : undefined) ?? "");
}

/** The picture that a value is, by its address or as base64. */
export function pictureOf(value: unknown, here: string): string | undefined {
  if (typeof value !== "string") return undefined;
  const isBase64 = /^[A-Za-z0-9+/]{40,}={0,2}$/.test(value.trim());
  return safeImage(isBase64 ? `data:image/png;base64,${value.trim()}` : value, here);
}

/** What the words of a style column may change of a row or cell. */
const STYLES: ReadonlySet<string> = new Set(["color", "backgroundColor", "fontWeight", "fontStyle", "textDecoration"]);

/** CSS as JSON, out of another column: only harmless properties with plain values. */
export function styleOf(value: unknown, dark: boolean): Readonly<Record<string, string>> {
  const json = record(typeof value === "string" ? readJson(value) : value);
  return Object.fromEntries(
    Object.entries(json).flatMap(([name, own]) => {
      const key = name.replace(/-([a-z])/g, (_whole, letter: string) => letter.toUpperCase());
      const written = String(own);
      if (!STYLES.has(key)) return [];
      const safe = key.endsWith("olor")
        ? cssColor(written, dark)
        : /^[a-z0-9 -]{1,30}$/i.test(written)
          ? written
          : undefined;
      return safe === undefined ? [] : [[key, safe]];
    }),
  );
}
