// Boxes of a flame graph out of rows in depth-first order: `level`, `label`, `value` and `self`. Pure.
//
//   level  0 1 2 1        [ root                ]
//   value  9 5 2 3        [ a         ][ b     ]
//                         [ c  ]
import type { FlameBox } from "../../../traces/trace/flame";
import type { DataFrame } from "../../data/frame";

/** Boxes narrower than this share of the whole are not drawn. */
const NARROWEST = 0.0005;
const DEEPEST = 200;

const NAMES = ["level", "label", "value", "self", "service"] as const;

export function isFlame(frame: DataFrame): boolean {
  return ["level", "label", "value"].every((name) => frame.fields.some((one) => one.name === name));
}

export function boxesOf(frame: DataFrame): FlameBox[] {
  const [levels, labels, values, selves, services] = NAMES.map(
    (name) => frame.fields.find((one) => one.name === name)?.values ?? [],
  );
  const size = levels?.length ?? 0;
  const number = (column: readonly unknown[] | undefined, row: number) => Math.max(0, Number(column?.[row] ?? 0) || 0);
  const roots = Array.from({ length: size }, (_, row) => row).filter((row) => number(levels, row) === 0);
  const whole = roots.reduce((sum, row) => sum + number(values, row), 0);
  if (whole === 0) return [];
  const boxes: FlameBox[] = [];
  /** Where the next box of each level begins. */
  const next: number[] = [0];
  for (let row = 0; row < size; row += 1) {
    const depth = Math.min(DEEPEST, number(levels, row));
    const left = next[depth] ?? 0;
    const width = number(values, row) / whole;
    next[depth] = left + width;
    next[depth + 1] = left;
    if (width < NARROWEST) continue;
    boxes.push({
      service: String(services?.[row] ?? ""),
      name: String(labels?.[row] ?? ""),
      depth,
      left,
      width: Math.min(width, 1 - left),
      calls: 1,
      errors: 0,
      total: number(values, row),
      self: number(selves, row),
      longest: row,
    });
  }
  return boxes;
}
