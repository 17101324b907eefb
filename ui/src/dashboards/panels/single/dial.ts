// The geometry of a gauge: arcs from its lowest to its highest value, in a picture whose middle is 0, 0. Pure.
import { cssColor } from "../../field/colors";
import { type Bounds, thresholdsOf, valueColor } from "../../field/show";
import type { FieldOptions } from "../../model/types";

export interface Dial {
  /** Degrees, clockwise from the right. */
  readonly start: number;
  readonly sweep: number;
  /** Of the track: its middle and its breadth. */
  readonly radius: number;
  readonly breadth: number;
  /** Where the words have room. */
  readonly inner: number;
  readonly box: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
}

/** The outer edge of the track; marks of thresholds stand outside of it. */
export const TRACK_EDGE = 86;
export const MARK_RADIUS = 92;
export const LABEL_RADIUS = 101;
const MARGIN = 96;
/** Words of thresholds beside the dial. */
const LABEL_ROOM = 34;

/** `factor`, 0 to 1: how broad the track is. */
export function dialOf(shape: "gauge" | "circle", factor: number, labelled: boolean): Dial {
  const breadth = Math.max(4, Math.min(1, factor) * 42);
  const side = MARGIN + (labelled ? LABEL_ROOM : 0);
  const top = MARGIN + (labelled ? 14 : 0);
  const bottom = shape === "circle" ? top : TRACK_EDGE * Math.sin(Math.PI / 6) + 14;
  return {
    start: shape === "circle" ? -90 : 150,
    sweep: shape === "circle" ? 360 : 240,
    radius: TRACK_EDGE - breadth / 2,
    breadth,
    inner: TRACK_EDGE - breadth,
    box: { x: -side, y: -top, w: side * 2, h: top + bottom },
  };
}

export function pointOn(dial: Dial, part: number, radius: number): { readonly x: number; readonly y: number } {
  const radians = ((dial.start + part * dial.sweep) * Math.PI) / 180;
  return { x: radius * Math.cos(radians), y: radius * Math.sin(radians) };
}

/** The path from one part of the way to another; a whole turn is two halves, for an arc cannot end where it began. */
export function arcPath(dial: Dial, from: number, to: number, radius = dial.radius): string {
  if (to <= from) return "";
  if ((to - from) * dial.sweep > 359.9) {
    const middle = (from + to) / 2;
    return arcPath(dial, from, middle, radius) + arcPath(dial, middle, to, radius);
  }
  const a = pointOn(dial, from, radius);
  const b = pointOn(dial, to, radius);
  const large = (to - from) * dial.sweep > 180 ? 1 : 0;
  return `M${a.x.toFixed(2)} ${a.y.toFixed(2)}A${radius} ${radius} 0 ${large} 1 ${b.x.toFixed(2)} ${b.y.toFixed(2)}`;
}

export function shareOf(value: number, { min, max }: Bounds): number {
  return Math.max(0, Math.min(1, (value - min) / (max - min)));
}

export interface Piece {
  readonly from: number;
  readonly to: number;
  /** Undefined: not reached. */
  readonly color: string | undefined;
}

export interface BarAsk {
  readonly share: number | undefined;
  /** Where the bar begins. */
  readonly from: number;
  readonly color: string;
  readonly segments: number;
  /** Part of a segment that is left free. */
  readonly spacing: number;
  /** The colour at a part of the way; undefined: `color` everywhere. */
  readonly colorAt: ((part: number) => string) | undefined;
}

/** A bar that changes its colour is this many pieces. */
const GRADIENT_PIECES = 60;
const MOST_SEGMENTS = 100;

/** What is drawn over the track: one bar, one of many colours, or segments. */
export function barPieces({ share, from, color, segments, spacing, colorAt }: BarAsk): Piece[] {
  const low = share === undefined ? from : Math.min(from, share);
  const high = share === undefined ? from : Math.max(from, share);
  const count = Math.min(MOST_SEGMENTS, Math.round(segments));
  if (count > 1) {
    const size = 1 / count;
    const gap = size * Math.max(0, Math.min(0.9, spacing));
    return Array.from({ length: count }, (_, index) => {
      const middle = (index + 0.5) * size;
      const lit = high > low && middle >= low - 1e-9 && middle <= high + 1e-9;
      const own = lit ? (colorAt?.(middle) ?? color) : undefined;
      return { from: index * size + gap / 2, to: (index + 1) * size - gap / 2, color: own };
    });
  }
  if (high <= low) return [];
  if (colorAt === undefined) return [{ from: low, to: high, color }];
  const pieces = Math.max(1, Math.ceil((high - low) * GRADIENT_PIECES));
  const size = (high - low) / pieces;
  return Array.from({ length: pieces }, (_, index) => {
    const at = low + index * size;
    // A hair's overlap, so that no seam shines through.
    return { from: at, to: Math.min(high, at + size + 0.002), color: colorAt(at + size / 2) };
  });
}

export interface Mark {
  readonly from: number;
  readonly to: number;
  readonly color: string;
  /** The number that the step begins at; undefined of the first. */
  readonly value: number | undefined;
}

/** The steps of thresholds as parts of the way. */
export function thresholdMarks(config: FieldOptions, bounds: Bounds, dark: boolean): Mark[] {
  const { steps, mode } = thresholdsOf(config);
  const at = (step: number | undefined, open: number) =>
    step === undefined || !Number.isFinite(step)
      ? open
      : mode === "percentage"
        ? Math.max(0, Math.min(1, step / 100))
        : shareOf(step, bounds);
  return steps.flatMap((step, index) => {
    const from = at(step.value, 0);
    const to = at(steps[index + 1]?.value, 1);
    const limit = mode === "percentage" ? bounds.min + (step.value / 100) * (bounds.max - bounds.min) : step.value;
    const color = cssColor(step.color, dark) ?? "transparent";
    return to > from ? [{ from, to, color, value: Number.isFinite(limit) ? limit : undefined }] : [];
  });
}

/** The colour of each part of the way: of thresholds and of scales of colours their own, else from pale to full. */
export function gradientOf(
  config: FieldOptions,
  bounds: Bounds,
  color: string,
  dark: boolean,
): (part: number) => string {
  const mode = config.color?.mode ?? "thresholds";
  if (mode.startsWith("continuous-")) {
    return (part) => valueColor(bounds.min + part * (bounds.max - bounds.min), config, bounds, dark) ?? color;
  }
  if (mode === "thresholds") {
    const marks = thresholdMarks(config, bounds, dark);
    return (part) => {
      const index = marks.findIndex((one) => part <= one.to);
      const own = marks[index];
      const next = marks[index + 1];
      if (own === undefined) return marks.at(-1)?.color ?? color;
      if (next === undefined) return own.color;
      const share = Math.round(((part - own.from) / (own.to - own.from)) * 100);
      return `color-mix(in oklab, ${next.color} ${share}%, ${own.color})`;
    };
  }
  return (part) => `color-mix(in oklab, ${color} ${Math.round(40 + part * 60)}%, var(--raised))`;
}
