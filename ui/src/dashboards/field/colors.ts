// Colours by the names that dashboards use, and the scales between them. All colours are CSS colours; nothing else of what
// a dashboard says about colour reaches the page.
import { type Hues, hueColor, nameOrLevelColor } from "../../charts/colors/palette";

const NAMED: Readonly<Record<string, [dark: string, light: string]>> = {
  green: ["#62c08a", "#2e8b57"],
  red: ["#e5615f", "#c8322f"],
  orange: ["#f0954f", "#c7641a"],
  yellow: ["#e5c04a", "#9a7b00"],
  blue: ["#5aa9e6", "#2272b4"],
  purple: ["#a78bfa", "#7350d8"],
};

const SHADES: readonly [string, number][] = [
  ["super-light-", 0.6],
  ["semi-dark-", -0.15],
  ["light-", 0.3],
  ["dark-", -0.3],
];

/** The CSS colour of a name, a shade of one, or any plain CSS colour; undefined when it is none. */
export function cssColor(name: string | undefined, dark: boolean): string | undefined {
  if (name === undefined || name === "") return undefined;
  if (name === "text") return dark ? "#e4e8ef" : "#171b22";
  if (name === "transparent") return "transparent";
  if (name === "gray" || name === "grey") return dark ? "#8a94a6" : "#6b7686";
  const shade = SHADES.find(([prefix]) => name.startsWith(prefix));
  const plain = shade === undefined ? name : name.slice(shade[0].length);
  const base = Object.hasOwn(NAMED, plain) ? NAMED[plain] : undefined;
  if (base !== undefined) {
    const own = dark ? base[0] : base[1];
    return shade === undefined ? own : lighten(own, shade[1]);
  }
  if (/^#[0-9a-f]{3,8}$/i.test(name))
    return name.length === 4 ? `#${[...name.slice(1)].map((c) => c + c).join("")}` : name;
  if (/^(rgb|rgba|hsl|hsla|oklch)\([\d\s.,%/a-z-]*\)$/i.test(name)) return name;
  return /^[a-z]{3,20}$/i.test(name) ? name : undefined;
}

/** Towards white (part above zero) or black. */
export function lighten(hex: string, part: number): string {
  const [r, g, b] = rgb(hex);
  const target = part > 0 ? 255 : 0;
  const move = (one: number) => Math.round(one + (target - one) * Math.abs(part));
  return toHex(move(r), move(g), move(b));
}

function rgb(hex: string): [number, number, number] {
  const value = Number.parseInt(hex.slice(1, 7), 16);
  return Number.isNaN(value) ? [128, 128, 128] : [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}

function toHex(r: number, g: number, b: number): string {
  return `#${[r, g, b].map((one) => Math.max(0, Math.min(255, one)).toString(16).padStart(2, "0")).join("")}`;
}

/** Six digits a colour, from low to high. */
function stopsOf(colors: string): readonly string[] {
  return colors.split(" ").map((one) => `#${one}`);
}

/** Scales whose steps look equal to every eye: those of matplotlib by a few of their colours. */
export const EVEN_SCALES = {
  cividis: stopsOf("00224e 123570 3b496c 575d6d 707173 8a8678 a59c74 c3b369 e1cc55 fee838"),
  viridis: stopsOf("440154 482878 3e4989 31688e 26828e 1f9e89 35b779 6ece58 b5de2b fde725"),
  magma: stopsOf("000004 180f3d 440f76 721f81 9e2f7f cd4071 f1605d fd9668 feca8d fcfdbf"),
  inferno: stopsOf("000004 1b0c41 4a0c6b 781c6d a52c60 cf4446 ed6925 fb9b06 f7d13d fcffa4"),
  plasma: stopsOf("0d0887 46039f 7201a8 9c179e bd3786 d8576b ed7953 fb9f3a fdca26 f0f921"),
};

/** Stops of the continuous scales, from low to high. */
const SCALES: Readonly<Record<string, readonly string[]>> = {
  GrYlRd: ["#62c08a", "#e5c04a", "#e5615f"],
  RdYlGr: ["#e5615f", "#e5c04a", "#62c08a"],
  BlYlRd: ["#5aa9e6", "#e5c04a", "#e5615f"],
  YlRd: ["#e5c04a", "#e5615f"],
  BlPu: ["#5aa9e6", "#a78bfa"],
  YlBl: ["#e5c04a", "#5aa9e6"],
  blues: ["#1f3a52", "#5aa9e6", "#cfe6f8"],
  reds: ["#4d2123", "#e5615f", "#f8d3d2"],
  greens: ["#1e4230", "#62c08a", "#d3f0df"],
  purples: ["#332a55", "#a78bfa", "#e6defe"],
  ...EVEN_SCALES,
};

export function scaleColor(mode: string, part: number): string {
  const stops = SCALES[mode.replace("continuous-", "")] ?? SCALES.GrYlRd ?? [];
  return mix(stops, part);
}

/** The colour at `part` (0 to 1) of evenly spaced stops. */
export function mix(stops: readonly string[], part: number): string {
  const at = Math.max(0, Math.min(1, Number.isNaN(part) ? 0 : part)) * (stops.length - 1);
  const low = Math.floor(at);
  const a = rgb(stops[low] ?? "#888888");
  const b = rgb(stops[low + 1] ?? stops[low] ?? "#888888");
  const between = (index: 0 | 1 | 2) => Math.round(a[index] + (b[index] - a[index]) * (at - low));
  return toHex(between(0), between(1), between(2));
}

/** The colour of the series at a place of the list. */
export function seriesColor(index: number, dark: boolean): string {
  return hueColor(index, dark);
}

/** How far the shades of one colour are from it, the first being itself. */
const SHADE_STEPS = [0, 0.3, -0.25, 0.5, -0.45, 0.15, -0.12];

/** One of the shades of a colour that the series of a panel get one after the other. */
export function shadeOf(color: string, index: number): string {
  return /^#[0-9a-f]{6}$/i.test(color) ? lighten(color, SHADE_STEPS[index % SHADE_STEPS.length] ?? 0) : color;
}

/** Whether a series is coloured by its name: a service is the same on every panel and page, and no two names of a panel are alike. */
export function isByName(mode: string | undefined): boolean {
  return mode === "palette-classic-by-name";
}

/** The colour that a palette gives: by the name of the series where the mode says so (`hues` of the panel, see `huesBeside`), else by its place. */
export function paletteColor(
  mode: string | undefined,
  name: string,
  index: number,
  { dark, hues }: { readonly dark: boolean; readonly hues: Hues },
): string {
  return isByName(mode) ? nameOrLevelColor(name, dark, hues) : seriesColor(index, dark);
}

/** A colour of the data where it is small text itself: so much of the text's own colour that it can be read on any ground of the page. */
export function smallText(color: string | undefined): string {
  return color === undefined ? "var(--text)" : `color-mix(in oklab, ${color} 60%, var(--text))`;
}

/** Text of fewer pixels is small to those who do not see well. */
const LARGE_PX = 24;

/** A colour of the data as text of `px` pixels. */
export function sizedText(color: string, px: number): string {
  return px < LARGE_PX ? smallText(color) : color;
}

/** Black or white, whichever is read better on a colour of the data. The browser decides: it alone knows what a variable holds. */
export function readableOn(color: string): string {
  return `oklch(from ${color} clamp(0.16, (0.58 - l) * 1000, 0.99) 0 0)`;
}
