// The scales of colours that heatmaps name: those of ColorBrewer and of matplotlib by a few of their colours, mixed between. Pure.
import { cssColor, EVEN_SCALES, mix } from "../../field/colors";

/** Six digits a colour, from low to high. */
const stops = (colors: string) => colors.split(" ").map((one) => `#${one}`);

/** From pale to full: on dark ground the other way round, so that little is what is near the ground. */
const SEQUENTIAL: Readonly<Record<string, readonly string[]>> = {
  Blues: stops("f7fbff deebf7 c6dbef 9ecae1 6baed6 4292c6 2171b5 08519c 08306b"),
  Greens: stops("f7fcf5 e5f5e0 c7e9c0 a1d99b 74c476 41ab5d 238b45 006d2c 00441b"),
  Greys: stops("ffffff f0f0f0 d9d9d9 bdbdbd 969696 737373 525252 252525 000000"),
  Oranges: stops("fff5eb fee6ce fdd0a2 fdae6b fd8d3c f16913 d94801 a63603 7f2704"),
  Purples: stops("fcfbfd efedf5 dadaeb bcbddc 9e9ac8 807dba 6a51a3 54278f 3f007d"),
  Reds: stops("fff5f0 fee0d2 fcbba1 fc9272 fb6a4a ef3b2c cb181d a50f15 67000d"),
  BuGn: stops("f7fcfd e5f5f9 ccece6 99d8c9 66c2a4 41ae76 238b45 006d2c 00441b"),
  BuPu: stops("f7fcfd e0ecf4 bfd3e6 9ebcda 8c96c6 8c6bb1 88419d 810f7c 4d004b"),
  GnBu: stops("f7fcf0 e0f3db ccebc5 a8ddb5 7bccc4 4eb3d3 2b8cbe 0868ac 084081"),
  OrRd: stops("fff7ec fee8c8 fdd49e fdbb84 fc8d59 ef6548 d7301f b30000 7f0000"),
  PuBuGn: stops("fff7fb ece2f0 d0d1e6 a6bddb 67a9cf 3690c0 02818a 016c59 014636"),
  PuBu: stops("fff7fb ece7f2 d0d1e6 a6bddb 74a9cf 3690c0 0570b0 045a8d 023858"),
  PuRd: stops("f7f4f9 e7e1ef d4b9da c994c7 df65b0 e7298a ce1256 980043 67001f"),
  RdPu: stops("fff7f3 fde0dd fcc5c0 fa9fb5 f768a1 dd3497 ae017e 7a0177 49006a"),
  YlGnBu: stops("ffffd9 edf8b1 c7e9b4 7fcdbb 41b6c4 1d91c0 225ea8 253494 081d58"),
  YlGn: stops("ffffe5 f7fcb9 d9f0a3 addd8e 78c679 41ab5d 238443 006837 004529"),
  YlOrBr: stops("ffffe5 fff7bc fee391 fec44f fe9929 ec7014 cc4c02 993404 662506"),
  YlOrRd: stops("ffffcc ffeda0 fed976 feb24c fd8d3c fc4e2a e31a1c bd0026 800026"),
};

/** From one hue over a pale middle to another; the first is what is much. */
const DIVERGING: Readonly<Record<string, readonly string[]>> = {
  BrBG: stops("543005 8c510a bf812d dfc27d f6e8c3 f5f5f5 c7eae5 80cdc1 35978f 01665e 003c30"),
  PRGn: stops("40004b 762a83 9970ab c2a5cf e7d4e8 f7f7f7 d9f0d3 a6dba0 5aae61 1b7837 00441b"),
  PiYG: stops("8e0152 c51b7d de77ae f1b6da fde0ef f7f7f7 e6f5d0 b8e186 7fbc41 4d9221 276419"),
  PuOr: stops("2d004b 542788 8073ac b2abd2 d8daeb f7f7f7 fee0b6 fdb863 e08214 b35806 7f3b08"),
  RdBu: stops("67001f b2182b d6604d f4a582 fddbc7 f7f7f7 d1e5f0 92c5de 4393c3 2166ac 053061"),
  RdGy: stops("67001f b2182b d6604d f4a582 fddbc7 ffffff e0e0e0 bababa 878787 4d4d4d 1a1a1a"),
  RdYlBu: stops("a50026 d73027 f46d43 fdae61 fee090 ffffbf e0f3f8 abd9e9 74add1 4575b4 313695"),
  RdYlGn: stops("a50026 d73027 f46d43 fdae61 fee08b ffffbf d9ef8b a6d96a 66bd63 1a9850 006837"),
  Spectral: stops("9e0142 d53e4f f46d43 fdae61 fee08b ffffbf e6f598 abdda4 66c2a5 3288bd 5e4fa2"),
};

/** The same on every ground. */
const FIXED: Readonly<Record<string, readonly string[]>> = {
  Turbo: stops(
    "30123b 4145ab 4675ed 39a2fc 1bcfd4 24eca6 61fc6c a4fc3b d1e834 f3c63a fe9b2d f36315 d93806 b11901 7a0402",
  ),
  Cividis: EVEN_SCALES.cividis,
  Viridis: EVEN_SCALES.viridis,
  Magma: EVEN_SCALES.magma,
  Inferno: EVEN_SCALES.inferno,
  Plasma: EVEN_SCALES.plasma,
  Warm: stops("6e40aa a83cb3 df40a1 ff507a ff704e f89b31 d2c934 aff05b"),
  Cool: stops("6e40aa 6054c8 4c6edb 368ce1 23abd8 1ac7c2 1ddfa3 30ef82 52f667 7ff658 aff05b"),
  Cubehelix: stops("000000 1a1530 163d4e 1f6642 54792f a07949 d07e93 cf9cda c1caf3 d2eeef ffffff"),
  Rainbow: stops("6e40aa bf3caf fe4b83 ff7847 e2b72f aff05b 52f667 1ddfa3 23abd8 4c6edb 6e40aa"),
  Sinebow: stops("ff4040 e78d0b a7d503 58fc2a 18f472 00bfbf 1872f4 582afc a703d5 e70b8d ff4040"),
};

export const SCHEMES = [...Object.keys(SEQUENTIAL), ...Object.keys(FIXED), ...Object.keys(DIVERGING)];

/** Case does not count: `interpolateYlOrRd` of before is `YlOrRd` too. */
function stopsOf(asked: string, dark: boolean): readonly string[] {
  const name = asked.replace(/^interpolate/, "").toLowerCase();
  const find = (all: Readonly<Record<string, readonly string[]>>) =>
    Object.entries(all).find(([known]) => known.toLowerCase() === name)?.[1];
  const diverging = find(DIVERGING);
  if (diverging !== undefined) return diverging.toReversed();
  const fixed = find(FIXED);
  if (fixed !== undefined) return fixed;
  const own = find(SEQUENTIAL) ?? SEQUENTIAL.Oranges ?? [];
  return dark ? own.toReversed() : own;
}

export interface ColorAsk {
  readonly mode: "scheme" | "opacity";
  readonly scheme: string;
  readonly steps: number;
  readonly reverse: boolean;
  /** Of opacity: the colour, and how it grows. */
  readonly fill: string;
  readonly scale: "exponential" | "linear";
  readonly exponent: number;
}

const MOST_STEPS = 256;

/** One colour a step, from low to high. */
export function paletteOf(ask: ColorAsk, dark: boolean): string[] {
  const steps = Math.max(2, Math.min(MOST_STEPS, Math.round(ask.steps)));
  const parts = Array.from({ length: steps }, (_, index) => index / (steps - 1));
  if (ask.mode === "opacity") {
    const fill = cssColor(ask.fill, dark) ?? "#f0954f";
    const grown = (part: number) => (ask.scale === "linear" ? part : part ** Math.max(0.05, ask.exponent));
    const all = parts.map(
      (part) => `color-mix(in srgb, ${fill} ${Math.round(grown(part) * 1_000) / 10}%, transparent)`,
    );
    return ask.reverse ? all.reverse() : all;
  }
  const own = stopsOf(ask.scheme, dark);
  const all = parts.map((part) => mix(own, part));
  return ask.reverse ? all.reverse() : all;
}

/** The place of a value among the colours. */
export function stepOf(value: number, low: number, high: number, steps: number): number {
  if (high <= low) return steps - 1;
  return Math.max(0, Math.min(steps - 1, Math.floor(((value - low) / (high - low)) * steps)));
}
